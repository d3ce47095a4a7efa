/*
 * tam_iceberg_worker.c
 *	  Publishes changed tables by itself: a launcher, and for each database
 *	  with changes a worker that ends when there is nothing to do.
 *
 * The launcher connects to no database. A worker publishes one table after
 * the other, each in a transaction of its own, as the cluster's superuser; it
 * runs nothing of the table's owner. It waits for no lock: a table that is
 * being vacuumed or altered has its turn later. A table whose publication took
 * long has its next one after ten times as long, so that publishing never takes
 * more than a part of the machine.
 *
 * A worker keeps DROP DATABASE and CREATE DATABASE from their database, which
 * wait for five seconds: an idle one is gone sooner.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "tam_iceberg.h"
#include "tam_iceberg_changes.h"
#include "tam_iceberg_publication.h"

/* Workers at a time. */
#define WORKERS_AT_MOST 4
/* How long a worker without work stays. */
#define IDLE_MS 2000
/* How often a worker looks for work. */
#define LOOK_MS 100
/* A table that could not be locked, or whose publication failed, has its next turn after so long. */
#define LOCKED_MS 500
#define FAILED_MS 60000
/* Publishing may take a tenth of the time. */
#define PAUSE_FACTOR 10

extern PGDLLEXPORT void tam_iceberg_launcher_main(Datum argument);
extern PGDLLEXPORT void tam_iceberg_worker_main(Datum argument);

/* --- a worker --------------------------------------------------------------------------------- */

static void
put_back(const TamChange *change, int64 milliseconds)
{
	TamChange	later = *change;

	later.due = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), milliseconds);
	tam_changes_add(&later);
}

/* Opens a table that can be published now. NULL: there is none such, or *busy: somebody has it locked. */
static Relation
open_publishable(Oid relid, bool *busy)
{
	Relation	rel;

	*busy = !ConditionalLockRelationOid(relid, ShareUpdateExclusiveLock);
	if (*busy)
		return NULL;
	rel = SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)) ? try_relation_open(relid, NoLock) : NULL;
	if (rel == NULL)
		return NULL;
	if (tam_is_iceberg(rel) && rel->rd_rel->relpersistence == RELPERSISTENCE_PERMANENT)
		return rel;
	relation_close(rel, NoLock);
	return NULL;
}

static bool
publish(Oid relid)
{
	bool		busy;
	Relation	rel = open_publishable(relid, &busy);

	if (rel != NULL)
	{
		pgstat_report_activity(STATE_RUNNING, psprintf("publishing %s", RelationGetRelationName(rel)));
		(void) tam_iceberg_publish(rel);
		relation_close(rel, NoLock);
	}
	return !busy;
}

/* The error is reported, not thrown: the worker goes on with other tables. */
static void
report_failure(MemoryContext context)
{
	MemoryContextSwitchTo(context);
	HOLD_INTERRUPTS();
	EmitErrorReport();
	AbortCurrentTransaction();
	FlushErrorState();
	RESUME_INTERRUPTS();
}

/* When a table may be published again. */
typedef struct Pause
{
	Oid			table;
	TimestampTz until;
} Pause;

static HTAB *pauses = NULL;

static void
pause_table(Oid table, TimestampTz start)
{
	TimestampTz now = GetCurrentTimestamp();
	Pause	   *pause = hash_search(pauses, &table, HASH_ENTER, NULL);

	pause->until = now + (now - start) * PAUSE_FACTOR;
}

/* Whether the change has to wait; it is then put back. */
static bool
is_paused(const TamChange *change)
{
	Pause	   *pause = hash_search(pauses, &change->table, HASH_FIND, NULL);
	TamChange	later = *change;

	if (pause == NULL || pause->until <= GetCurrentTimestamp())
		return false;
	later.due = pause->until;
	tam_changes_add(&later);
	return true;
}

/* Publishes a table in a transaction of its own; what remains to be done is put back. */
static void
publish_table(const TamChange *change, MemoryContext context)
{
	TimestampTz start = GetCurrentTimestamp();

	if (is_paused(change))
		return;
	PG_TRY();
	{
		bool		done;

		SetCurrentStatementStartTimestamp();
		StartTransactionCommand();
		PushActiveSnapshot(GetTransactionSnapshot());
		done = publish(change->table);
		PopActiveSnapshot();
		CommitTransactionCommand();
		if (!done)
			put_back(change, LOCKED_MS);
	}
	PG_CATCH();
	{
		report_failure(context);
		put_back(change, FAILED_MS);
	}
	PG_END_TRY();
	pause_table(change->table, start);
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextReset(context);
}

/* Enters the database's tables one by one: all, or those that nothing is published of. */
static void
enter_tables(const TamChange *change)
{
	Relation	pg_class;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			method;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	method = get_table_am_oid("iceberg", true);
	pg_class = table_open(RelationRelationId, AccessShareLock);
	scan = systable_beginscan(pg_class, InvalidOid, false, NULL, 0, NULL);
	while (OidIsValid(method) && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);
		TamChange	table = {change->database, TAM_CHANGE_TABLE, form->oid, change->due};

		if (form->relam == method && RELKIND_HAS_TABLE_AM(form->relkind)
			&& form->relpersistence == RELPERSISTENCE_PERMANENT
			&& (change->kind == TAM_CHANGE_EVERYTHING || !tam_iceberg_is_published(form->oid)))
			tam_changes_add(&table);
	}
	systable_endscan(scan);
	table_close(pg_class, AccessShareLock);
	PopActiveSnapshot();
	CommitTransactionCommand();
}

static void
work_on(const TamChange *change, MemoryContext context)
{
	if (change->kind == TAM_CHANGE_TABLE)
		publish_table(change, context);
	else
		enter_tables(change);
}

static void
make_pauses(void)
{
	HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(Pause)};

	pauses = hash_create("tamarack pauses", 64, &control, HASH_ELEM | HASH_BLOBS);
}

void
tam_iceberg_worker_main(Datum argument)
{
	Oid			database = DatumGetObjectId(argument);
	MemoryContext context;
	int			idle = 0;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	make_pauses();
	context = AllocSetContextCreate(TopMemoryContext, "tamarack worker", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	while (idle < IDLE_MS)
	{
		TamChange	change;

		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		if (tam_publish_delay >= 0 && tam_changes_take(database, GetCurrentTimestamp(), &change))
		{
			work_on(&change, context);
			idle = 0;
			continue;
		}
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, LOOK_MS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		idle += LOOK_MS;
	}
}

/* --- the launcher ------------------------------------------------------------------------------- */

/* Databases with a worker, and when that was started. */
static Oid	busy[WORKERS_AT_MOST];
static BackgroundWorkerHandle *handles[WORKERS_AT_MOST];
static int	worker_count = 0;

static void
forget_ended_workers(void)
{
	for (int i = worker_count - 1; i >= 0; i--)
	{
		pid_t		pid;

		if (GetBackgroundWorkerPid(handles[i], &pid) != BGWH_STOPPED)
			continue;
		pfree(handles[i]);
		worker_count--;
		busy[i] = busy[worker_count];
		handles[i] = handles[worker_count];
	}
}

static bool
start_worker(Oid database)
{
	BackgroundWorker worker = {0};

	strlcpy(worker.bgw_name, "tamarack iceberg publisher", BGW_MAXLEN);
	strlcpy(worker.bgw_type, "tamarack iceberg publisher", BGW_MAXLEN);
	strlcpy(worker.bgw_library_name, "tamarack", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "tam_iceberg_worker_main", BGW_MAXLEN);
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_main_arg = ObjectIdGetDatum(database);
	worker.bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(&worker, &handles[worker_count]))
		return false;
	busy[worker_count++] = database;
	return true;
}

static bool
database_exists(Oid database)
{
	bool		exists;

	StartTransactionCommand();
	exists = SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(database));
	CommitTransactionCommand();
	return exists;
}

/* Starts a worker if a change wants one; how long to wait at most until the next look, -1 for ever. */
static long
launch(void)
{
	TamChange	change;
	TimestampTz now = GetCurrentTimestamp();

	if (tam_publish_delay < 0 || !tam_changes_earliest(busy, worker_count, &change))
		return -1;
	if (change.due > now)
		return TimestampDifferenceMilliseconds(now, change.due) + 1;
	if (!database_exists(change.database))
	{
		tam_changes_forget(change.database);
		return 0;
	}
	if (worker_count == WORKERS_AT_MOST || !start_worker(change.database))
		return LOCKED_MS;
	return 0;
}

/* What happened before the server started nobody remembers. */
static void
enter_all_databases(void)
{
	Relation	pg_database;
	SysScanDesc scan;
	HeapTuple	tuple;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	pg_database = table_open(DatabaseRelationId, AccessShareLock);
	scan = systable_beginscan(pg_database, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_database form = (Form_pg_database) GETSTRUCT(tuple);
		TamChange	change = {form->oid, TAM_CHANGE_EVERYTHING, InvalidOid, GetCurrentTimestamp()};

		if (form->datallowconn && !form->datistemplate)
			tam_changes_add(&change);
	}
	systable_endscan(scan);
	table_close(pg_database, AccessShareLock);
	PopActiveSnapshot();
	CommitTransactionCommand();
}

void
tam_iceberg_launcher_main(Datum argument)
{
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	tam_changes_listen();
	if (tam_publish_delay >= 0)
		enter_all_databases();
	for (;;)
	{
		long		wait;

		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		ResetLatch(MyLatch);
		forget_ended_workers();
		wait = launch();
		if (wait != 0)
			(void) WaitLatch(MyLatch, WL_LATCH_SET | (wait > 0 ? WL_TIMEOUT : 0) | WL_EXIT_ON_PM_DEATH, wait,
							 PG_WAIT_EXTENSION);
	}
}

/* --- registration ---------------------------------------------------------------------------------- */

void
tam_iceberg_worker_register(void)
{
	BackgroundWorker launcher = {0};

	/* Where nothing is published by itself, no process is kept for it. */
	if (tam_publish_delay < 0)
		return;
	strlcpy(launcher.bgw_name, "tamarack iceberg launcher", BGW_MAXLEN);
	strlcpy(launcher.bgw_type, "tamarack iceberg launcher", BGW_MAXLEN);
	strlcpy(launcher.bgw_library_name, "tamarack", sizeof(launcher.bgw_library_name));
	strlcpy(launcher.bgw_function_name, "tam_iceberg_launcher_main", BGW_MAXLEN);
	launcher.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	launcher.bgw_start_time = BgWorkerStart_RecoveryFinished;
	launcher.bgw_restart_time = 5;
	RegisterBackgroundWorker(&launcher);
}
