/*
 * tam_iceberg_publication.c
 *	  Publishes a table: brings its Parquet files up to date and writes the
 *	  Iceberg metadata that says so.
 *
 * A publication is a part of a transaction that writes nothing else before it,
 * so what it publishes is a state that PostgreSQL committed. Whether it counts
 * is decided by that transaction's commit, with the tuple of "published":
 * files and metadata that nobody committed are removed at abort, those that no
 * Iceberg snapshot reaches any more at commit. All are logged, and flushed with
 * the commit record at the latest.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "common/file_utils.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/uuid.h"

#include "tam_iceberg.h"
#include "tam_iceberg_files.h"
#include "tam_iceberg_publication.h"
#include "tam_iceberg_publish.h"
#include "tam_iceberg_wal.h"

/* So many small files become one. */
#define SMALL_FILES_AT_MOST 15
#define SMALL_FILE_BYTES (1024 * 1024)

/* A file that goes with the end of the transaction. */
typedef struct PendingFile
{
	struct PendingFile *next;
	char	   *path;			/* relative to the data directory */
	bool		logged;			/* standbys have it */
	bool		at_commit;		/* or else at abort */
	SubTransactionId subxact;
} PendingFile;

/* In TopTransactionContext. */
static PendingFile *pending = NULL;
/* A transaction that has done nothing but publish. */
static TransactionId publishing_xid = InvalidTransactionId;

/* --- files that come and go with the transaction -------------------------------------- */

static void
add_pending(Relation rel, const char *path, bool at_commit)
{
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);
	PendingFile *file = palloc(sizeof(PendingFile));

	file->path = psprintf("%s/%s", tam_iceberg_directory(rel->rd_locator, TAM_RELATION_BACKEND(rel)), path);
	file->logged = RelationNeedsWAL(rel);
	file->at_commit = at_commit;
	file->subxact = GetCurrentSubTransactionId();
	file->next = pending;
	pending = file;
	MemoryContextSwitchTo(caller);
}

/* A durable file that this transaction has made. */
static void
adopt_file(Relation rel, const char *path)
{
	add_pending(rel, path, false);
	if (RelationNeedsWAL(rel))
		tam_iceberg_log_file(pending->path);
}

/* Removes what goes now; subxact: only what that subtransaction has noted, Invalid for all. */
static void
remove_pending(bool commit, SubTransactionId subxact)
{
	PendingFile **link = &pending;
	RelFileLocator locator = {0};
	List	   *logged = NIL;
	List	   *unlogged = NIL;

	while (*link != NULL)
	{
		PendingFile *file = *link;

		if (subxact != InvalidSubTransactionId && file->subxact != subxact)
		{
			link = &file->next;
			continue;
		}
		if (file->at_commit == commit && file->logged)
			logged = lappend(logged, file->path);
		else if (file->at_commit == commit)
			unlogged = lappend(unlogged, file->path);
		*link = file->next;
	}
	/* All in one record each. Which table counts only where a standby's queries are to be cancelled: none is. */
	tam_iceberg_remove_logged(logged, InvalidTransactionId, locator, true);
	tam_iceberg_remove_logged(unlogged, InvalidTransactionId, locator, false);
}

static void
end_transaction(XactEvent event, void *argument)
{
	switch (event)
	{
		case XACT_EVENT_PRE_PREPARE:
			if (pending != NULL)
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("cannot PREPARE a transaction that has published an iceberg table")));
			break;
		case XACT_EVENT_COMMIT:
			remove_pending(true, InvalidSubTransactionId);
			break;
		case XACT_EVENT_ABORT:
			remove_pending(false, InvalidSubTransactionId);
			break;
		default:
			break;
	}
}

static void
end_subtransaction(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *argument)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		remove_pending(false, mine);
	else if (event == SUBXACT_EVENT_COMMIT_SUB)
		for (PendingFile *file = pending; file != NULL; file = file->next)
			if (file->subxact == mine)
				file->subxact = parent;
}

void
tam_iceberg_publication_register(void)
{
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
}

/* --- the files ------------------------------------------------------------------------- */

/* A column as published files know it. */
typedef struct PublishedColumn
{
	int			number;
	Oid			type;
	int			typmod;
	int			has_default;	/* 1: rows from before it came have a value */
} PublishedColumn;

static char *
describe_columns(Relation rel)
{
	StringInfoData columns;

	initStringInfo(&columns);
	for (int i = 0; i < RelationGetDescr(rel)->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), i);

		if (!attribute->attisdropped)
			appendStringInfo(&columns, "%d:%u:%d:%d ", attribute->attnum, attribute->atttypid,
							 attribute->atttypmod, attribute->atthasmissing);
	}
	return columns.data;
}

/* Reads one column of such a description; where the next one begins, or NULL at the end. */
static const char *
next_column(const char *text, PublishedColumn *column)
{
	int			length = 0;

	if (sscanf(text, "%d:%u:%d:%d %n", &column->number, &column->type, &column->typmod, &column->has_default,
			   &length) < 4)
		return NULL;
	return text + length;
}

static bool
find_column(const char *text, int number, PublishedColumn *column)
{
	while ((text = next_column(text, column)) != NULL)
		if (column->number == number)
			return true;
	return false;
}

/* What a change of columns since the last publication means. */
typedef enum ColumnChange
{
	COLUMNS_FIT,				/* the files say what the rows say */
	COLUMNS_WANT_FILES,			/* a new column has a value in old rows, which the files lack */
	COLUMNS_WANT_TABLE			/* a type has changed, in a way that Iceberg may not know */
} ColumnChange;

static ColumnChange
compare_columns(const char *then, const char *now)
{
	ColumnChange change = COLUMNS_FIT;
	PublishedColumn column;

	while ((now = next_column(now, &column)) != NULL)
	{
		PublishedColumn before;

		if (!find_column(then, column.number, &before))
			change = column.has_default ? COLUMNS_WANT_FILES : change;
		else if (before.type != column.type || before.typmod != column.typmod)
			return COLUMNS_WANT_TABLE;
	}
	return change;
}

static bool
is_small(const TamDataFile *data)
{
	return data->file.bytes < SMALL_FILE_BYTES;
}

/* The files that stay: others' rows are written anew. */
static List *
files_to_keep(List *files, bool none)
{
	List	   *kept = NIL;
	int			small = 0;
	ListCell   *cell;

	if (none)
		return NIL;
	foreach(cell, files)
		small += is_small(lfirst(cell));
	foreach(cell, files)
		if (small <= SMALL_FILES_AT_MOST || !is_small(lfirst(cell)))
			kept = lappend(kept, lfirst(cell));
	return kept;
}

/* Deletes the tuples of files that are not kept. */
static void
forget_files(List *files, List *kept)
{
	ListCell   *cell;

	foreach(cell, files)
		if (!list_member_ptr(kept, lfirst(cell)))
			tam_data_file_delete(lfirst(cell));
}

static void
enter_files(Relation rel, int64 storage, List *files)
{
	ListCell   *cell;

	foreach(cell, files)
	{
		TamIcebergFile *file = lfirst(cell);

		adopt_file(rel, file->path);
		tam_data_file_insert(storage, file);
	}
}

/* Kept and new files, as TamIcebergFile. */
static List *
live_files(List *kept, List *added)
{
	List	   *live = NIL;
	ListCell   *cell;

	foreach(cell, kept)
		live = lappend(live, &((TamDataFile *) lfirst(cell))->file);
	return list_concat(live, added);
}

/* --- the metadata ------------------------------------------------------------------------ */

char *
tam_iceberg_published_root(Relation rel)
{
	const char *directory = tam_iceberg_directory(rel->rd_locator, TAM_RELATION_BACKEND(rel));

	if (tam_iceberg_root_uri[0] == '\0')
		return psprintf("file:%s/%s", DataDir, directory);
	return psprintf("%s%s", tam_iceberg_root_uri, directory + strlen(TAM_ICEBERG_DIRECTORY));
}

/* All files that lie under the table's root. */
static void
add_present_files(Relation rel, const char *directory)
{
	char	   *path = psprintf("%s/%s", tam_iceberg_root(rel), directory);
	DIR		   *dir = AllocateDir(path);
	struct dirent *entry;

	if (dir == NULL && errno == ENOENT)
		return;
	while ((entry = ReadDir(dir, path)) != NULL)
	{
		char	   *below = psprintf("%s/%s", directory, entry->d_name);

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (get_dirent_type(psprintf("%s/%s", path, entry->d_name), entry, false, ERROR) == PGFILETYPE_DIR)
			add_present_files(rel, below);
		else
			add_pending(rel, below, true);
	}
	FreeDir(dir);
}

/* Whether the metadata that were published last can be gone on from. */
static bool
can_go_on(const TamPublished *published, const char *root, const char *columns)
{
	return strcmp(published->root, root) == 0
		&& compare_columns(published->columns, columns) != COLUMNS_WANT_TABLE;
}

/*
 * The tuple of published to go on from. Metadata name their files by the
 * root: where that has moved (another tablespace, a copied database, another
 * data directory or setting), or a column's type has changed, the Iceberg table
 * begins anew under its old identity, and what lies at its root is nobody's.
 */
static TamPublished *
begin_publication(Relation rel, int64 storage, const char *columns, Snapshot snapshot)
{
	TamPublished *published = tam_published_find(storage, snapshot);
	char	   *root = tam_iceberg_published_root(rel);

	if (published != NULL && can_go_on(published, root, columns))
		return published;
	if (published == NULL)
	{
		published = palloc0(sizeof(TamPublished));
		published->uuid = *DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, (Datum) 0));
		ItemPointerSetInvalid(&published->tid);
	}
	published->root = root;
	published->metadata = NULL;
	published->snapshot_id = -1;
	add_present_files(rel, "data");
	add_present_files(rel, "metadata");
	return published;
}

static void
publish_metadata(Relation rel, TamPublished *published, List *files)
{
	TamIcebergPublished *written;
	ListCell   *cell;

	published->published_at = Max(GetCurrentTimestamp(), published->published_at + 1000);
	written = tam_iceberg_publish_state(rel, files, &published->uuid, published->root, published->metadata,
									    published->published_at);
	foreach(cell, written->created)
		adopt_file(rel, lfirst(cell));
	foreach(cell, written->obsolete)
		add_pending(rel, lfirst(cell), true);
	published->metadata = written->metadata;
	published->snapshot_id = written->snapshot_id;
}

/* --- publishing ---------------------------------------------------------------------------- */

/*
 * A state that includes changes of this transaction was never committed: other
 * transactions may commit before it and are not in its snapshot.
 */
static void
require_clean_transaction(Relation rel)
{
	TransactionId xid = GetTopTransactionIdIfAny();

	if (TransactionIdIsValid(xid) && xid != publishing_xid)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("cannot publish table \"%s\" in a transaction that has written", RelationGetRelationName(rel)),
				 errdetail("What is published must be a committed state."),
				 errhint("Commit first.")));
	publishing_xid = GetTopTransactionId();
}

void
tam_publication_note_write(void)
{
	publishing_xid = InvalidTransactionId;
}

TamPublished *
tam_iceberg_publish(Relation rel)
{
	int64		storage;
	Snapshot	snapshot;
	TamPublished *published;
	char	   *columns = describe_columns(rel);
	List	   *files;
	List	   *kept;
	List	   *added;

	require_clean_transaction(rel);
	/* An empty table is published as well, and must have a storage for that. */
	tam_meta_ensure(rel);
	storage = tam_meta_storage(rel);
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	published = begin_publication(rel, storage, columns, snapshot);
	files = tam_data_files(storage, snapshot);
	kept = files_to_keep(files, published->metadata == NULL
						 || compare_columns(published->columns, columns) != COLUMNS_FIT);
	added = tam_iceberg_bring_up_to_date(rel, snapshot, &kept);
	published->columns = columns;
	forget_files(files, kept);
	enter_files(rel, storage, added);
	publish_metadata(rel, published, live_files(kept, added));
	tam_published_set(storage, published);
	UnregisterSnapshot(snapshot);
	return published;
}

bool
tam_iceberg_is_published(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);
	TamPublished *published = NULL;
	bool		answer = false;

	if (rel == NULL)
		return false;
	if (tam_meta_storage(rel) != TAM_NO_STORAGE)
		published = tam_published_find(tam_meta_storage(rel), GetActiveSnapshot());
	if (published != NULL)
		answer = strcmp(published->root, tam_iceberg_published_root(rel)) == 0;
	relation_close(rel, AccessShareLock);
	return answer;
}
