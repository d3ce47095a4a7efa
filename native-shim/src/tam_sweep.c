/*
 * tam_sweep.c
 *	  Removes files that no table has any more.
 *
 * A table's file goes with the table, at commit or abort. A crash in between
 * leaves it behind, and so does COMMIT PREPARED, which runs no transaction
 * callback of ours. The sweep finds such files: those whose relfilenumber no
 * row of pg_class holds, committed or still in the making.
 *
 * A file is never removed under a running transaction's hands. Only these are
 * looked at, as they stood before pg_class is read:
 * - files whose main fork is missing, or empty as the stub of a dropped
 *   relation is until the next checkpoint: a relation's fork comes before its
 *   file, and is not empty any more when a file is copied to a new place that
 *   pg_class does not hold yet (SET TABLESPACE);
 * - files that are older than this run of the server: after a restart no
 *   transaction goes on but prepared ones, whose rows of pg_class are found.
 * pg_class is read twice: under a dirty snapshot, which shows rows in the
 * making and may miss one that moves meanwhile, then under an MVCC snapshot,
 * which shows all that were committed by then. Both take what this very
 * transaction has done for done. It may still fail, or the server crash, until
 * its commit record is written, and a file that it gives up is wanted again: a
 * transaction that gives up storage sweeps nothing.
 *
 * The directories of iceberg tables are swept alike.
 *
 * A temporary table's file goes when its main fork is gone: the server removes
 * those forks after a crash, other sessions never look into pg_class for them.
 *
 * Each database is swept once after every start of the server, by the first
 * session that has used one of our tables and commits, and again after a
 * prepared transaction has ended there. So are the truth tables of iceberg
 * (tam_iceberg_sweep.c).
 */
#include "postgres.h"

#include <time.h>
#include <unistd.h>

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "catalog/storage.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "storage/spin.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "tam_iceberg.h"
#include "tam_iceberg_files.h"
#include "tam_iceberg_wal.h"
#include "tam_utility.h"

/* Databases that are remembered; in others every session sweeps once. */
#define KNOWN_DATABASES 512
/* Sweeps that prepared transactions cause are at least so far apart. */
#define LEAST_PAUSE_MS 10000

typedef struct KnownDatabase
{
	Oid			database;
	bool		due;
	TimestampTz last;			/* when it was swept */
} KnownDatabase;

typedef struct SweepState
{
	slock_t		mutex;			/* protects what follows started */
	struct timespec started;	/* clock of the file system, at the server's start */
	int			count;
	KnownDatabase databases[KNOWN_DATABASES];
} SweepState;

static SweepState *state = NULL;
static KnownDatabase *own = NULL;
static bool swept_alone = false;

/* --- which files -------------------------------------------------------------------- */

static RelFileLocator
locator_of(const TamFileName *name)
{
	Oid			tablespace = OidIsValid(name->tablespace) ? name->tablespace : MyDatabaseTableSpace;

	return TAM_LOCATOR(tablespace, MyDatabaseId, name->number);
}

static bool
is_older_than_server(const char *directory, const char *entry)
{
	char	   *path = psprintf("%s/%s", directory, entry);
	struct stat status;
	bool		older = false;

	if (lstat(path, &status) == 0)
		older = status.st_ctim.tv_sec < state->started.tv_sec
			|| (status.st_ctim.tv_sec == state->started.tv_sec
				&& status.st_ctim.tv_nsec < state->started.tv_nsec);
	pfree(path);
	return older;
}

static bool
is_removable(const char *directory, const char *entry, const TamFileName *name)
{
	struct stat fork;

	if (!tam_file_main_fork(locator_of(name), name->backend, &fork))
		return true;
	if (name->backend != TAM_NO_BACKEND)
		return false;
	return fork.st_size == 0 || is_older_than_server(directory, entry);
}

static HTAB *
make_candidates(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(TamFileName);
	control.entrysize = sizeof(TamFileName);
	control.hcxt = CurrentMemoryContext;
	return hash_create("tamarack sweep", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static HTAB *
list_candidates(const char *directory)
{
	HTAB	   *candidates = make_candidates();
	DIR		   *dir = AllocateDir(directory);
	struct dirent *entry;

	if (dir == NULL && errno == ENOENT)
		return candidates;
	while ((entry = ReadDirExtended(dir, directory, LOG)) != NULL)
	{
		TamFileName name = {0};

		if (tam_file_parse(entry->d_name, &name) && is_removable(directory, entry->d_name, &name))
			hash_search(candidates, &name, HASH_ENTER, NULL);
	}
	FreeDir(dir);
	return candidates;
}

/* Adds the directories of iceberg tables of this database in one tablespace. */
static void
add_iceberg_candidates(HTAB *candidates, Oid tablespace)
{
	char	   *directory = tam_iceberg_database_directory(tablespace, MyDatabaseId);
	DIR		   *dir = AllocateDir(directory);
	struct dirent *entry;

	if (dir == NULL && errno == ENOENT)
		return;
	while ((entry = ReadDirExtended(dir, directory, LOG)) != NULL)
	{
		TamFileName name = {0};

		name.tablespace = tablespace == MyDatabaseTableSpace ? InvalidOid : tablespace;
		name.number = atooid(entry->d_name);
		name.backend = TAM_NO_BACKEND;
		if (strspn(entry->d_name, "0123456789") == strlen(entry->d_name)
			&& is_removable(directory, entry->d_name, &name))
			hash_search(candidates, &name, HASH_ENTER, NULL);
	}
	FreeDir(dir);
}

static HTAB *
list_iceberg_candidates(void)
{
	HTAB	   *candidates = make_candidates();
	DIR		   *dir = AllocateDir(TAM_ICEBERG_DIRECTORY);
	struct dirent *entry;

	if (dir == NULL && errno == ENOENT)
		return candidates;
	while ((entry = ReadDirExtended(dir, TAM_ICEBERG_DIRECTORY, LOG)) != NULL)
		if (atooid(entry->d_name) != InvalidOid)
			add_iceberg_candidates(candidates, atooid(entry->d_name));
	FreeDir(dir);
	return candidates;
}

/* Strikes off the files that rows of pg_class name, seen under one snapshot. */
static void
keep_named(HTAB *candidates, Relation pg_class, Snapshot snapshot)
{
	TableScanDesc scan = table_beginscan(pg_class, snapshot, 0, NULL);
	HeapTuple	tuple;

	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);
		TamFileName name = {0};

		name.tablespace = form->reltablespace;
		name.number = form->relfilenode;
		name.backend = TAM_NO_BACKEND;
		hash_search(candidates, &name, HASH_REMOVE, NULL);
	}
	table_endscan(scan);
}

static void
keep_all_named(HTAB *candidates)
{
	Relation	pg_class = table_open(RelationRelationId, AccessShareLock);
	SnapshotData dirty;
	Snapshot	latest;

	InitDirtySnapshot(dirty);
	keep_named(candidates, pg_class, &dirty);
	latest = RegisterSnapshot(GetLatestSnapshot());
	keep_named(candidates, pg_class, latest);
	UnregisterSnapshot(latest);
	table_close(pg_class, AccessShareLock);
}

/* --- removing ------------------------------------------------------------------------ */

static bool
remove_file(const TamFileName *name)
{
	static const char *const companions[] = {"-wal", "-shm", "-journal"};
	char	   *path = tam_file_named(MyDatabaseId, name);
	bool		removed = tam_file_unlink(path);

	for (int i = 0; i < lengthof(companions); i++)
		removed |= tam_file_unlink(psprintf("%s%s", path, companions[i]));
	if (removed)
		ereport(LOG, (errmsg("removed file \"%s\", which belonged to no table any more", path)));
	return removed;
}

static bool
remove_iceberg_directory(const TamFileName *name)
{
	char	   *directory = tam_iceberg_directory(locator_of(name), name->backend);

	tam_iceberg_remove_tree(directory, true);
	ereport(LOG, (errmsg("removed directory \"%s\", which belonged to no table any more", directory)));
	return true;
}

static int64
sweep(HTAB *candidates, bool (*remove) (const TamFileName *name))
{
	HASH_SEQ_STATUS walk;
	TamFileName *name;
	int64		removed = 0;

	if (hash_get_num_entries(candidates) == 0)
		return 0;
	keep_all_named(candidates);
	hash_seq_init(&walk, candidates);
	while ((name = hash_seq_search(&walk)) != NULL)
		removed += remove(name);
	return removed;
}

static int64
sweep_database(void)
{
	return sweep(list_candidates(tam_file_directory(MyDatabaseId)), remove_file)
		+ sweep(list_iceberg_candidates(), remove_iceberg_directory);
}

/* CREATE DATABASE holds this lock on the database that it is making. */
static bool
is_nobodys_database(Oid database)
{
	LOCKTAG		tag;
	bool		unknown;

	AcceptInvalidationMessages();
	if (SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(database)))
		return false;
	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, database, 0);
	if (LockAcquire(&tag, AccessExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	AcceptInvalidationMessages();
	unknown = !SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(database));
	LockRelease(&tag, AccessExclusiveLock, false);
	return unknown;
}

/* A directory's entries that are numbers are databases. */
static int64
sweep_dropped_databases(const char *directory, void (*remove) (Oid database))
{
	DIR		   *dir = AllocateDir(directory);
	struct dirent *entry;
	int64		removed = 0;

	if (dir == NULL && errno == ENOENT)
		return 0;
	while ((entry = ReadDirExtended(dir, directory, LOG)) != NULL)
	{
		char	   *end;
		unsigned long database = strtoul(entry->d_name, &end, 10);

		if (database == 0 || *end != '\0' || database > PG_UINT32_MAX
			|| !is_nobodys_database((Oid) database))
			continue;
		remove((Oid) database);
		removed++;
	}
	FreeDir(dir);
	return removed;
}

static int64
sweep_dropped_iceberg_databases(void)
{
	DIR		   *dir = AllocateDir(TAM_ICEBERG_DIRECTORY);
	struct dirent *entry;
	int64		removed = 0;

	if (dir == NULL && errno == ENOENT)
		return 0;
	while ((entry = ReadDirExtended(dir, TAM_ICEBERG_DIRECTORY, LOG)) != NULL)
		if (atooid(entry->d_name) != InvalidOid)
			removed += sweep_dropped_databases(psprintf("%s/%s", TAM_ICEBERG_DIRECTORY, entry->d_name),
											   tam_iceberg_remove_database);
	FreeDir(dir);
	return removed;
}

/*
 * Whether this transaction's commit gives up storage that an abort would keep.
 * PostgreSQL's list does not name what outer levels of a subtransaction did.
 */
static bool
gives_up_storage(void)
{
	RelFileLocator *locators;
	int			count = smgrGetPendingDeletes(true, &locators);

	if (count > 0)
		pfree(locators);
	return count > 0
		|| (GetCurrentTransactionNestLevel() > 1 && TransactionIdIsValid(GetTopTransactionIdIfAny()));
}

int64
tam_sweep(void)
{
	MemoryContext context;
	MemoryContext caller;
	int64		removed;

	if (gives_up_storage())
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("cannot remove files of no table in a transaction that drops, truncates or rewrites tables"),
				 errhint("Commit first.")));
	context = AllocSetContextCreate(CurrentMemoryContext, "tamarack sweep", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	removed = sweep_database() + sweep_dropped_databases(TAM_FILE_DIRECTORY, tam_file_remove_database)
		+ sweep_dropped_iceberg_databases();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return removed;
}

/* --- when ------------------------------------------------------------------------------- */

/* This database's entry, made if there is none; NULL when there is no room. */
static KnownDatabase *
own_entry(void)
{
	if (own != NULL)
		return own;
	SpinLockAcquire(&state->mutex);
	for (int i = 0; i < state->count && own == NULL; i++)
		if (state->databases[i].database == MyDatabaseId)
			own = &state->databases[i];
	if (own == NULL && state->count < KNOWN_DATABASES)
	{
		own = &state->databases[state->count++];
		own->database = MyDatabaseId;
		own->due = true;
		own->last = 0;
	}
	SpinLockRelease(&state->mutex);
	return own;
}

/* Whether it is this session's turn to sweep; asked at every commit. */
static bool
take_turn(void)
{
	KnownDatabase *entry = own_entry();
	TimestampTz now = GetCurrentStatementStartTimestamp();
	bool		turn = false;

	if (entry == NULL)
	{
		turn = !swept_alone;
		swept_alone = true;
		return turn;
	}
	if (!entry->due)
		return false;
	SpinLockAcquire(&state->mutex);
	if (entry->due && now >= entry->last + LEAST_PAUSE_MS * INT64CONST(1000))
	{
		turn = true;
		entry->due = false;
		entry->last = now;
	}
	SpinLockRelease(&state->mutex);
	return turn;
}

void
tam_sweep_request(void)
{
	KnownDatabase *entry = own_entry();

	if (entry != NULL)
		entry->due = true;
}

/*
 * Nobody else's VACUUM spares the rows that a snapshot of VACUUM or CREATE
 * INDEX CONCURRENTLY sees: pg_class cannot be trusted under it.
 */
static bool
has_reliable_snapshots(void)
{
	return (MyProc->statusFlags & (PROC_IN_VACUUM | PROC_IN_SAFE_IC)) == 0;
}

static void
before_commit(XactEvent event, void *argument)
{
	if (event != XACT_EVENT_PRE_COMMIT || !(tam_jvm_running() || tam_truth_used())
		|| !OidIsValid(MyDatabaseId) || RecoveryInProgress()
		|| !has_reliable_snapshots() || gives_up_storage() || !take_turn())
		return;
	PG_TRY();
	{
		tam_sweep();
		tam_iceberg_sweep();
	}
	PG_CATCH();
	{
		tam_sweep_request();
		PG_RE_THROW();
	}
	PG_END_TRY();
}

/* --- shared memory ------------------------------------------------------------------------ */

static void
init_state(void)
{
	SpinLockInit(&state->mutex);
	state->count = 0;
	/* The clock that file systems take their time stamps from. */
	clock_gettime(CLOCK_REALTIME_COARSE, &state->started);
}

void
tam_sweep_register(void)
{
	tam_shmem_add("tamarack sweep", sizeof(SweepState), (void **) &state, init_state);
	RegisterXactCallback(before_commit, NULL);
}
