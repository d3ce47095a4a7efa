/*
 * tam_fetch.c
 *	  Single rows by TID: index fetches, row versions, chains of updates.
 */
#include "postgres.h"

#include "access/relscan.h"
#include "executor/tuptable.h"
#include "storage/predicate.h"
#include "utils/memutils.h"

#include "tam_iceberg.h"

#define FETCH_BATCH_BYTES 1024

typedef struct TamIndexFetch
{
	IndexFetchTableData base;	/* must be first */
	TamBatch	batch;
	Snapshot	source;			/* snapshot that `snapshot` is the flat form of */
	CommandId	source_cid;
	TamSnapshot snapshot;
	bool		check_conflicts;
} TamIndexFetch;

/* --- the fetch ----------------------------------------------------------------------- */

static int
fetch_judged(Relation rel, int64 row, const TamSnapshot *snapshot, TamBatch *batch)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 4];
	jvalue	   *more = arguments + TAM_KEY_ARGUMENTS;
	int			result;

	if (row < 0 || !tam_meta_exists(rel))
		return TAM_FETCH_MISSING;
	tam_upcall_key(arguments, rel);
	more[0].j = row;
	more[1].j = (jlong) (intptr_t) snapshot;
	for (;;)
	{
		more[2].j = (jlong) (intptr_t) batch->data;
		more[3].j = (jlong) batch->capacity;
		result = tam_upcall_int(TAM_FETCH, arguments);
		if (result >= 0)
			return result;
		tam_batch_reserve(batch, *(int64 *) (batch->data + TAM_BATCH_NEEDED));
	}
}

/*
 * Serializable readers lock before they read: a writer checks for such locks
 * after it has written, so that one of the two always sees the other.
 */
void
tam_lock_before_read(Relation rel, int64 row, Snapshot snapshot)
{
	ItemPointerData tid;

	tam_tid_from_row(row, &tid);
	PredicateLockTID(rel, &tid, snapshot, InvalidTransactionId);
}

int
tam_fetch_row(Relation rel, int64 row, Snapshot snapshot, TamBatch *batch)
{
	TamSnapshot flat;
	bool		check;
	int			result;

	tam_refuse_standby(rel);
	tam_pending_flush(rel);
	if (snapshot == NULL)
		return tam_is_iceberg(rel) ? tam_iceberg_read_row(rel, row, NULL, batch)
			: fetch_judged(rel, row, NULL, batch);
	check = row >= 0 && tam_snapshot_needs_conflict_check(rel, snapshot);
	if (check)
		tam_lock_before_read(rel, row, snapshot);
	if (tam_is_iceberg(rel))
		result = tam_iceberg_read_row(rel, row, snapshot, batch);
	else
	{
		tam_snapshot_flatten(&flat, snapshot);
		result = fetch_judged(rel, row, &flat, batch);
		tam_snapshot_report(&flat, snapshot);
	}
	if (check && result != TAM_FETCH_MISSING)
		tam_ssi_read(rel, tam_batch_first(batch), result == TAM_FETCH_VISIBLE, snapshot);
	return result;
}

/* --- index fetch ---------------------------------------------------------------------- */

struct IndexFetchTableData *
tam_index_fetch_begin(Relation rel)
{
	TamIndexFetch *fetch = palloc0(sizeof(TamIndexFetch));

	tam_refuse_standby(rel);
	fetch->base.rel = rel;
	tam_batch_init(&fetch->batch, CurrentMemoryContext, FETCH_BATCH_BYTES);
	return &fetch->base;
}

void
tam_index_fetch_reset(struct IndexFetchTableData *data)
{
	((TamIndexFetch *) data)->source = NULL;
}

void
tam_index_fetch_end(struct IndexFetchTableData *data)
{
	tam_batch_free(&((TamIndexFetch *) data)->batch);
	pfree(data);
}

/* The flat snapshot serves all fetches of a scan while its source is the same. */
static void
prepare_snapshot(TamIndexFetch *fetch, Snapshot snapshot)
{
	if (fetch->source == snapshot && snapshot->snapshot_type == SNAPSHOT_MVCC
		&& fetch->source_cid == snapshot->curcid)
		return;
	tam_snapshot_flatten(&fetch->snapshot, snapshot);
	tam_snapshot_set_horizon(&fetch->snapshot, fetch->base.rel);
	fetch->source = snapshot;
	fetch->source_cid = snapshot->curcid;
	fetch->check_conflicts = tam_snapshot_needs_conflict_check(fetch->base.rel, snapshot);
}

/*
 * What a unique index asks about the old version of a row that is being
 * updated: it is deleted by ourselves, so not there, but not dead to others.
 */
static bool
is_known_to_be_given_up(Relation rel, int64 row, Snapshot snapshot)
{
	if (snapshot->snapshot_type != SNAPSHOT_DIRTY || !tam_recent_is_given_up(rel, row))
		return false;
	snapshot->xmin = snapshot->xmax = InvalidTransactionId;
	snapshot->speculativeToken = 0;
	return true;
}

bool
tam_index_fetch_tuple(struct IndexFetchTableData *data, ItemPointer tid, Snapshot snapshot,
					  TupleTableSlot *slot, bool *call_again, bool *all_dead)
{
	TamIndexFetch *fetch = (TamIndexFetch *) data;
	Relation	rel = fetch->base.rel;
	int64		row = tam_row_from_tid(tid);
	int			result;

	*call_again = false;
	if (all_dead != NULL)
		*all_dead = false;
	if (is_known_to_be_given_up(rel, row, snapshot))
		return false;
	tam_pending_flush(rel);
	prepare_snapshot(fetch, snapshot);
	if (fetch->check_conflicts)
		tam_lock_before_read(rel, row, snapshot);
	result = fetch_judged(rel, row, &fetch->snapshot, &fetch->batch);
	tam_snapshot_report(&fetch->snapshot, snapshot);
	if (fetch->check_conflicts && result != TAM_FETCH_MISSING)
		tam_ssi_read(rel, tam_batch_first(&fetch->batch), result == TAM_FETCH_VISIBLE, snapshot);
	if (all_dead != NULL)
		*all_dead = result == TAM_FETCH_DEAD || result == TAM_FETCH_MISSING;
	if (result != TAM_FETCH_VISIBLE)
		return false;
	tam_batch_store(tam_batch_first(&fetch->batch), rel, slot, true);
	if (snapshot->snapshot_type == SNAPSHOT_MVCC)
		tam_recent_keep(rel, tam_batch_first(&fetch->batch));
	return true;
}

/* --- row versions ------------------------------------------------------------------------ */

bool
tam_tuple_fetch_row_version(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot)
{
	TamBatch	batch;
	bool		found;
	char	   *kept = snapshot->snapshot_type == SNAPSHOT_ANY
		? tam_recent_entry(rel, tam_row_from_tid(tid)) : NULL;

	if (kept != NULL)
	{
		tam_batch_store(kept, rel, slot, true);
		return true;
	}
	tam_batch_init(&batch, CurrentMemoryContext, FETCH_BATCH_BYTES);
	found = tam_fetch_row(rel, tam_row_from_tid(tid), snapshot, &batch) == TAM_FETCH_VISIBLE;
	if (found)
		tam_batch_store(tam_batch_first(&batch), rel, slot, true);
	tam_batch_free(&batch);
	return found;
}

bool
tam_tuple_tid_valid(TableScanDesc scan, ItemPointer tid)
{
	return ItemPointerIsValid(tid)
		&& ItemPointerGetBlockNumber(tid) < tam_meta_blocks(scan->rs_rd);
}

/* Follows the chain of updates; the last version that the snapshot sees wins. */
void
tam_tuple_get_latest_tid(TableScanDesc scan, ItemPointer tid)
{
	TamBatch	batch;
	int64		row = tam_row_from_tid(tid);

	tam_batch_init(&batch, CurrentMemoryContext, FETCH_BATCH_BYTES);
	while (row >= 0)
	{
		int			result = tam_fetch_row(scan->rs_rd, row, scan->rs_snapshot, &batch);
		char	   *entry = tam_batch_first(&batch);

		if (result == TAM_FETCH_MISSING)
			break;
		if (result == TAM_FETCH_VISIBLE)
			tam_tid_from_row(row, tid);
		row = (TAM_ENTRY_I32(entry, INFO) & TAM_INFO_SPECULATIVE) ? TAM_NO_ROW
			: TAM_ENTRY_I64(entry, NEXT);
	}
	tam_batch_free(&batch);
}

bool
tam_tuple_satisfies_snapshot(Relation rel, TupleTableSlot *slot, Snapshot snapshot)
{
	TamBatch	batch;
	bool		visible;

	tam_batch_init(&batch, CurrentMemoryContext, FETCH_BATCH_BYTES);
	visible = tam_fetch_row(rel, tam_row_from_tid(&slot->tts_tid), snapshot, &batch) == TAM_FETCH_VISIBLE;
	tam_batch_free(&batch);
	return visible;
}
