/*
 * tam_index.c
 *	  Building, validating and thinning out indexes.
 *
 * There is no HOT here: every row version has its own index entries, so an
 * index entry's TID is always that of the row, and no chain can be broken.
 */
#include "postgres.h"

#include "access/relscan.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "commands/progress.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "pgstat.h"
#include "storage/procarray.h"
#include "utils/backend_progress.h"
#include "utils/snapmgr.h"
#include "utils/tuplesort.h"

#include "tam_iceberg.h"

/* --- index tuples from rows -------------------------------------------------- */

/* What it takes to make index tuples of rows. */
typedef struct IndexSource
{
	Relation	rel;
	Relation	index_rel;
	IndexInfo  *index_info;
	EState	   *estate;
	ExprContext *econtext;
	TupleTableSlot *slot;
	ExprState  *predicate;
	Datum		values[INDEX_MAX_KEYS];
	bool		isnull[INDEX_MAX_KEYS];
} IndexSource;

static void
begin_source(IndexSource *source, Relation rel, Relation index_rel, IndexInfo *index_info)
{
	source->rel = rel;
	source->index_rel = index_rel;
	source->index_info = index_info;
	source->estate = CreateExecutorState();
	source->econtext = GetPerTupleExprContext(source->estate);
	source->slot = table_slot_create(rel, NULL);
	source->econtext->ecxt_scantuple = source->slot;
	source->predicate = ExecPrepareQual(index_info->ii_Predicate, source->estate);
}

static void
end_source(IndexSource *source)
{
	ExecDropSingleTupleTableSlot(source->slot);
	FreeExecutorState(source->estate);
	/* These point into the executor state that has just gone. */
	source->index_info->ii_ExpressionsState = NIL;
	source->index_info->ii_PredicateState = NULL;
}

/*
 * Computes the index columns of an entry's row; false when the index's
 * predicate leaves the row out.
 */
static bool
form_index_columns(IndexSource *source, char *entry)
{
	MemoryContextReset(source->econtext->ecxt_per_tuple_memory);
	tam_batch_store(entry, source->rel, source->slot, false);
	if (source->predicate != NULL && !ExecQual(source->predicate, source->econtext))
		return false;
	FormIndexDatum(source->index_info, source->slot, source->estate, source->values, source->isnull);
	return true;
}

/* --- building ------------------------------------------------------------------ */

/* Consecutive blocks of a parallel scan that are read as one range. */
#define PARALLEL_RANGE_BLOCKS 8

typedef struct IndexBuild
{
	IndexSource source;
	TamCursor	cursor;
	bool		any_snapshot;	/* rows are judged by VACUUM's rules */
	bool		checks_unique;
	bool		any_visible;
	bool		progress;
	double		live_rows;
	BlockNumber first_block;
	BlockNumber blocks;			/* in the range to scan */
	BlockNumber reported;
	ParallelBlockTableScanDesc shared;	/* parallel builds only */
	ParallelBlockTableScanWorkerData worker;
	BlockNumber next_block;		/* already ours, not yet scanned */
} IndexBuild;

typedef enum BuildAction
{
	BUILD_SKIP,
	BUILD_INDEX_ALIVE,
	BUILD_INDEX_DEAD,			/* for old snapshots; no part in unique checks */
	BUILD_LOOK_AGAIN			/* a transaction was waited for */
} BuildAction;

static void
wait_for_writer(IndexBuild *build, char *entry, TransactionId xid)
{
	ItemPointerData tid;

	tam_tid_from_row(TAM_ENTRY_I64(entry, ROW), &tid);
	XactLockTableWait(xid, build->source.rel, &tid, XLTW_InsertIndexUnique);
	CHECK_FOR_INTERRUPTS();
}

/*
 * The lock on the table keeps writers out, so rows in progress are normally
 * this transaction's own.
 */
static void
warn_of_writer(IndexBuild *build, const char *kind)
{
	elog(WARNING, "table \"%s\" has a concurrent %s in progress",
		 RelationGetRelationName(build->source.rel), kind);
}

static BuildAction
judge_insert_in_progress(IndexBuild *build, char *entry)
{
	TransactionId xmin = (TransactionId) TAM_ENTRY_I64(entry, XMIN);

	if (build->any_visible || TransactionIdIsCurrentTransactionId(xmin))
	{
		build->live_rows += 1;
		return BUILD_INDEX_ALIVE;
	}
	warn_of_writer(build, "insert");
	if (!build->checks_unique)
		return BUILD_INDEX_ALIVE;
	wait_for_writer(build, entry, xmin);
	return BUILD_LOOK_AGAIN;
}

static BuildAction
judge_delete_in_progress(IndexBuild *build, char *entry)
{
	TransactionId updater;

	if (build->any_visible)
	{
		build->live_rows += 1;
		return BUILD_INDEX_DEAD;
	}
	updater = tam_entry_updater(entry);
	if (TransactionIdIsCurrentTransactionId(updater))
		return BUILD_INDEX_DEAD;
	warn_of_writer(build, "delete");
	if (build->checks_unique)
	{
		wait_for_writer(build, entry, updater);
		return BUILD_LOOK_AGAIN;
	}
	build->live_rows += 1;
	return BUILD_INDEX_DEAD;
}

/* What to do with a row; counts the live ones as ANALYZE does. */
static BuildAction
judge_row(IndexBuild *build, char *entry)
{
	switch (TAM_ENTRY_I32(entry, VERDICT))
	{
		case TAM_VERDICT_VISIBLE:
		case TAM_VERDICT_LIVE:
			build->live_rows += 1;
			return BUILD_INDEX_ALIVE;
		case TAM_VERDICT_RECENTLY_DEAD:
			return BUILD_INDEX_DEAD;
		case TAM_VERDICT_INSERT_IN_PROGRESS:
			return judge_insert_in_progress(build, entry);
		case TAM_VERDICT_DELETE_IN_PROGRESS:
			return judge_delete_in_progress(build, entry);
		default:
			return BUILD_SKIP;
	}
}

/* Moves the cursor to the next blocks of a parallel scan that are ours. */
static bool
claim_blocks(IndexBuild *build)
{
	BlockNumber first = build->next_block;
	BlockNumber end;

	if (!BlockNumberIsValid(first))
		return false;
	for (end = first + 1;; end++)
	{
		build->next_block = table_block_parallelscan_nextpage(build->source.rel, &build->worker,
															  build->shared);
		if (build->next_block != end || end - first >= PARALLEL_RANGE_BLOCKS)
			break;
	}
	tam_cursor_restart(&build->cursor, (int64) first * TAM_ROWS_PER_BLOCK,
					   (int64) end * TAM_ROWS_PER_BLOCK - 1);
	return true;
}

static char *
next_build_entry(IndexBuild *build)
{
	char	   *entry = tam_cursor_next(&build->cursor, ForwardScanDirection);

	while (entry == NULL && build->shared != NULL && claim_blocks(build))
		entry = tam_cursor_next(&build->cursor, ForwardScanDirection);
	return entry;
}

static void
report_build_progress(IndexBuild *build, char *entry)
{
	BlockNumber done;

	if (!build->progress)
		return;
	if (entry == NULL)
		done = build->blocks;
	else if (build->shared != NULL)
		done = (BlockNumber) Min(pg_atomic_read_u64(&build->shared->phs_nallocated), build->blocks);
	else
		done = (BlockNumber) (TAM_ENTRY_I64(entry, ROW) / TAM_ROWS_PER_BLOCK) - build->first_block;
	if (done != build->reported)
		pgstat_progress_update_param(PROGRESS_SCAN_BLOCKS_DONE, done);
	build->reported = done;
}

/* Hands every row that belongs into the index to the index access method. */
static void
feed_index(IndexBuild *build, IndexBuildCallback callback, void *callback_state)
{
	IndexSource *source = &build->source;
	char	   *entry;

	while ((entry = next_build_entry(build)) != NULL)
	{
		BuildAction action;
		ItemPointerData tid;

		CHECK_FOR_INTERRUPTS();
		report_build_progress(build, entry);
		action = judge_row(build, entry);
		if (action == BUILD_LOOK_AGAIN)
			tam_cursor_restart(&build->cursor, TAM_ENTRY_I64(entry, ROW), build->cursor.last);
		if (action == BUILD_LOOK_AGAIN || action == BUILD_SKIP || !form_index_columns(source, entry))
			continue;
		tam_tid_from_row(TAM_ENTRY_I64(entry, ROW), &tid);
		callback(source->index_rel, &tid, source->values, source->isnull,
				 action == BUILD_INDEX_ALIVE, callback_state);
	}
	report_build_progress(build, NULL);
}

/* Sets the bounds of the walk, in a parallel build to those of the first claim. */
static void
open_build_cursor(IndexBuild *build, Snapshot snapshot, BlockNumber start_block, BlockNumber block_count)
{
	Relation	rel = build->source.rel;
	int64		limit = tam_meta_row_limit(rel);
	int64		first = (int64) start_block * TAM_ROWS_PER_BLOCK;

	if (block_count != InvalidBlockNumber)
		limit = Min(limit, first + (int64) block_count * TAM_ROWS_PER_BLOCK);
	build->first_block = start_block;
	build->blocks = (BlockNumber) ((Max(limit - first, 0) + TAM_ROWS_PER_BLOCK - 1) / TAM_ROWS_PER_BLOCK);
	if (build->shared != NULL)
	{
		build->blocks = build->shared->phs_nblocks;
		limit = first;
		table_block_parallelscan_startblock_init(rel, &build->worker, build->shared);
		build->next_block = table_block_parallelscan_nextpage(rel, &build->worker, build->shared);
	}
	tam_cursor_open(&build->cursor, rel, build->any_snapshot ? NULL : snapshot, first, limit - 1,
					CurrentMemoryContext);
	build->cursor.for_vacuum = build->any_snapshot;
	build->cursor.vistest = build->any_snapshot ? GlobalVisTestFor(rel) : NULL;
}

/*
 * A plain build reads all versions and judges them itself, because those that
 * are dead to new snapshots only must be indexed, too. A concurrent one reads
 * what an MVCC snapshot sees. A parallel build's scan brings its snapshot.
 */
double
tam_index_build_range_scan(Relation rel, Relation index_rel, struct IndexInfo *index_info,
						   bool allow_sync, bool anyvisible, bool progress,
						   BlockNumber start_blockno, BlockNumber numblocks,
						   IndexBuildCallback callback, void *callback_state, TableScanDesc scan)
{
	IndexBuild	build = {0};
	Snapshot	snapshot = SnapshotAny;
	bool		registered = false;

	tam_refuse_standby(rel);
	tam_pending_flush(rel);
	if (scan != NULL)
	{
		snapshot = scan->rs_snapshot;
		build.shared = (ParallelBlockTableScanDesc) scan->rs_parallel;
	}
	else if (index_info->ii_Concurrent)
	{
		snapshot = RegisterSnapshot(GetTransactionSnapshot());
		registered = true;
	}
	build.any_snapshot = snapshot == SnapshotAny;
	build.checks_unique = index_info->ii_Unique || index_info->ii_ExclusionOps != NULL;
	build.any_visible = anyvisible;
	build.progress = progress;
	build.reported = InvalidBlockNumber;
	begin_source(&build.source, rel, index_rel, index_info);
	open_build_cursor(&build, snapshot, start_blockno, numblocks);
	if (progress)
		pgstat_progress_update_param(PROGRESS_SCAN_BLOCKS_TOTAL, build.blocks);

	feed_index(&build, callback, callback_state);

	tam_cursor_close(&build.cursor);
	if (scan != NULL)
		table_endscan(scan);
	if (registered)
		UnregisterSnapshot(snapshot);
	end_source(&build.source);
	return build.live_rows;
}

/* --- validating (CREATE INDEX CONCURRENTLY) ----------------------------------------- */

typedef struct IndexValidation
{
	IndexSource source;
	Snapshot	snapshot;
	struct ValidateIndexState *state;
	int64		indexed_row;	/* row of the current TID of the index */
	TamBatch	batch;			/* one missing row */
} IndexValidation;

#define NO_MORE_TIDS PG_INT64_MAX

/* Moves to the next of the index's sorted TIDs. */
static void
next_indexed_row(IndexValidation *validation)
{
	Datum		value;
	bool		isnull;
	ItemPointerData tid;

	if (!tam_tuplesort_getdatum(validation->state->tuplesort, &value, &isnull))
	{
		validation->indexed_row = NO_MORE_TIDS;
		return;
	}
	Assert(!isnull);
	itemptr_decode(&tid, DatumGetInt64(value));
	validation->indexed_row = tam_row_from_tid(&tid);
}

/* Inserts the index entry of a row that the snapshot sees and the index lacks. */
static void
insert_missing(IndexValidation *validation, int64 row)
{
	IndexSource *source = &validation->source;
	ItemPointerData tid;

	if (tam_fetch_row(source->rel, row, validation->snapshot, &validation->batch) != TAM_FETCH_VISIBLE
		|| !form_index_columns(source, tam_batch_first(&validation->batch)))
		return;
	tam_tid_from_row(row, &tid);
	index_insert(source->index_rel, source->values, source->isnull, &tid, source->rel,
				 source->index_info->ii_Unique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
				 false, source->index_info);
	validation->state->tups_inserted += 1;
}

/* Merges the index's TIDs with the headers of the visible rows. */
static void
merge_rows(IndexValidation *validation, TamCursor *cursor)
{
	BlockNumber reported = InvalidBlockNumber;
	char	   *entry;

	while ((entry = tam_cursor_next(cursor, ForwardScanDirection)) != NULL)
	{
		int64		row = TAM_ENTRY_I64(entry, ROW);
		BlockNumber block = (BlockNumber) (row / TAM_ROWS_PER_BLOCK);

		CHECK_FOR_INTERRUPTS();
		if (TAM_ENTRY_I32(entry, VERDICT) != TAM_VERDICT_VISIBLE)
			continue;
		validation->state->htups += 1;
		if (block != reported)
			pgstat_progress_update_param(PROGRESS_SCAN_BLOCKS_DONE, block);
		reported = block;
		while (validation->indexed_row < row)
			next_indexed_row(validation);
		if (validation->indexed_row > row)
			insert_missing(validation, row);
	}
}

void
tam_index_validate_scan(Relation rel, Relation index_rel, struct IndexInfo *index_info,
						Snapshot snapshot, struct ValidateIndexState *state)
{
	IndexValidation validation = {.snapshot = snapshot, .state = state, .indexed_row = -1};
	TamCursor	cursor;

	begin_source(&validation.source, rel, index_rel, index_info);
	tam_batch_init(&validation.batch, CurrentMemoryContext, BLCKSZ);
	tam_cursor_open(&cursor, rel, snapshot, 0, tam_meta_row_limit(rel) - 1, CurrentMemoryContext);
	cursor.headers_only = true;
	pgstat_progress_update_param(PROGRESS_SCAN_BLOCKS_TOTAL, tam_meta_blocks(rel));

	merge_rows(&validation, &cursor);

	tam_cursor_close(&cursor);
	tam_batch_free(&validation.batch);
	end_source(&validation.source);
}

/* --- deleting entries of dead rows ------------------------------------------------------ */

/*
 * Rows that one round of bottom-up deletion looks up, and the most it looks
 * up in all: an index page is locked meanwhile.
 */
#define BOTTOM_UP_ROUND 32
#define BOTTOM_UP_LIMIT 128

static int
compare_by_row(const void *left, const void *right)
{
	int64		a = tam_row_from_tid(&((const TM_IndexDelete *) left)->tid);
	int64		b = tam_row_from_tid(&((const TM_IndexDelete *) right)->tid);

	return (a > b) - (a < b);
}

/*
 * Moves the promising entries to the front and forgets those beyond the
 * limit. Both parts stay in row order: an older version has a lower number,
 * so the likeliest to be dead come first.
 */
static void
put_promising_first(TM_IndexDeleteOp *delstate)
{
	TM_IndexDelete *sorted = palloc(sizeof(TM_IndexDelete) * delstate->ndeltids);
	int			count = 0;

	for (int wanted = 1; wanted >= 0; wanted--)
		for (int i = 0; i < delstate->ndeltids; i++)
			if (delstate->status[delstate->deltids[i].id].promising == (wanted == 1))
				sorted[count++] = delstate->deltids[i];
	delstate->ndeltids = Min(count, BOTTOM_UP_LIMIT);
	memcpy(delstate->deltids, sorted, sizeof(TM_IndexDelete) * delstate->ndeltids);
	pfree(sorted);
}

/*
 * Marks the entries first..first+count-1 whose rows are dead to everybody.
 * Returns the latest xid that made one of them so, 0 for none.
 */
static int64
mark_dead_in_java(Relation rel, TM_IndexDeleteOp *delstate, int first, int count, GlobalVisState *vistest)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 4];
	int64	   *rows = palloc(sizeof(int64) * count);
	bool	   *dead = palloc0(sizeof(bool) * count);
	int64		horizon;

	for (int i = 0; i < count; i++)
		rows[i] = tam_row_from_tid(&delstate->deltids[first + i].tid);
	tam_upcall_key(arguments, rel);
	arguments[TAM_KEY_ARGUMENTS].j = (jlong) (intptr_t) rows;
	arguments[TAM_KEY_ARGUMENTS + 1].j = (jlong) (intptr_t) dead;
	arguments[TAM_KEY_ARGUMENTS + 2].i = count;
	arguments[TAM_KEY_ARGUMENTS + 3].j = (jlong) (intptr_t) vistest;
	horizon = tam_upcall_long(TAM_FIND_DEAD, arguments);
	for (int i = 0; i < count; i++)
		if (dead[i])
			delstate->status[delstate->deltids[first + i].id].knowndeletable = true;
	pfree(rows);
	pfree(dead);
	return horizon;
}

static int64
mark_dead(Relation rel, TM_IndexDeleteOp *delstate, int first, int count, GlobalVisState *vistest)
{
	if (tam_is_iceberg(rel))
		return tam_iceberg_mark_dead(rel, delstate, first, count, vistest);
	return mark_dead_in_java(rel, delstate, first, count, vistest);
}

/* Space that deleting the known deletable entries of a round frees in the index. */
static int
freed_space(TM_IndexDeleteOp *delstate, int first, int count)
{
	int			space = 0;

	for (int i = first; i < first + count; i++)
	{
		TM_IndexStatus *status = &delstate->status[delstate->deltids[i].id];

		if (status->knowndeletable)
			space += status->freespace;
	}
	return space;
}

/* Rounds of look-ups until the space wanted is found or a round finds nothing. */
static int64
delete_bottom_up(Relation rel, TM_IndexDeleteOp *delstate, GlobalVisState *vistest)
{
	int64		horizon = 0;
	int			space = 0;
	int			done = 0;

	put_promising_first(delstate);
	while (done < delstate->ndeltids && space < delstate->bottomupfreespace)
	{
		int			count = Min(BOTTOM_UP_ROUND, delstate->ndeltids - done);
		int64		latest = mark_dead(rel, delstate, done, count, vistest);
		int			freed = freed_space(delstate, done, count);

		horizon = Max(horizon, latest);
		done += count;
		space += freed;
		if (freed == 0)
			break;
	}
	return horizon;
}

/* The index access method relies on the array ending with a deletable entry. */
static void
drop_undeletable_end(TM_IndexDeleteOp *delstate)
{
	while (delstate->ndeltids > 0
		   && !delstate->status[delstate->deltids[delstate->ndeltids - 1].id].knowndeletable)
		delstate->ndeltids--;
}

/*
 * Called with an index page locked: looks up a bounded number of rows, waits
 * for nobody, and starts no JVM. A session that gets here without one knows
 * nothing about the rows; it lets the entries go that are known to be
 * deletable, with a horizon that is certainly late enough.
 */
TransactionId
tam_index_delete_tuples(Relation rel, TM_IndexDeleteOp *delstate)
{
	GlobalVisState *vistest;
	int64		horizon;

	qsort(delstate->deltids, delstate->ndeltids, sizeof(TM_IndexDelete), compare_by_row);
	if (tam_is_sqlite_heap(rel) && !tam_jvm_running())
	{
		drop_undeletable_end(delstate);
		horizon = delstate->ndeltids > 0 ? (int64) GetOldestNonRemovableTransactionId(rel) : 0;
		return (TransactionId) horizon;
	}
	vistest = GlobalVisTestFor(rel);
	if (delstate->bottomup)
		horizon = delete_bottom_up(rel, delstate, vistest);
	else
		horizon = mark_dead(rel, delstate, 0, delstate->ndeltids, vistest);
	drop_undeletable_end(delstate);
	return (TransactionId) horizon;
}
