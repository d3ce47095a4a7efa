/*
 * tam_iceberg_fetch.c
 *	  Single rows by number: index fetches, row versions, dead index entries.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relscan.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"

#define FETCH_BATCH_BYTES 1024

/* --- one row -------------------------------------------------------------------------------- */

/* Where a row was found. */
typedef struct Found
{
	int			result;			/* TAM_FETCH_… */
	bool		in_file;
	bool		has_anchor;
	SnapshotData said;			/* what the snapshot said of the anchor */
} Found;

/*
 * Looks for the version of a row in row_store that the snapshot sees (NULL:
 * the first there is) and leaves the scan on it. An anchor's visibility is the
 * row's in the file; what a dirty snapshot says of it stays in the snapshot.
 */
static Found
find_in_store(TamStoreScan *scan, int64 row, Snapshot snapshot, GlobalVisState *vistest, bool *dead)
{
	Found		found = {.result = TAM_FETCH_MISSING};

	tam_store_scan_range(scan, row, row);
	while (tam_store_scan_next(scan))
	{
		bool		visible = snapshot == NULL
			|| HeapTupleSatisfiesVisibility(&scan->tuple, snapshot, scan->buffer);
		bool		anchor = tam_store_is_anchor(&scan->store, &scan->tuple);

		if (visible && !anchor)
		{
			tam_store_scan_unlock(scan);
			found.result = TAM_FETCH_VISIBLE;
			found.has_anchor = false;
			return found;
		}
		if (visible)
			found.result = TAM_FETCH_VISIBLE;
		else if (found.result != TAM_FETCH_VISIBLE)
			found.result = TAM_FETCH_INVISIBLE;
		if (anchor)
			found.has_anchor = true;
		if (anchor && snapshot != NULL)
			found.said = *snapshot;
		if (vistest != NULL && *dead)
			*dead = tam_store_is_dead(scan, vistest, NULL);
	}
	return found;
}

/* Whether nobody can see the row in any file any more. */
static bool
is_dead_in_files(Relation rel, int64 row, GlobalVisState *vistest, TransactionId *latest)
{
	TamDataView *any = tam_data_view_open(rel, SnapshotAny, false, NULL, row, row);
	TamDataView *view;
	TransactionId deleter = InvalidTransactionId;
	bool		dead = true;

	if (tam_data_covers(any, row))
	{
		view = tam_data_view_open(rel, NULL, true, vistest, row, row);
		dead = view != NULL && tam_data_verdict(view, row, &deleter) == TAM_VERDICT_DEAD;
		tam_data_view_close(view);
	}
	tam_data_view_close(any);
	if (dead && latest != NULL && TransactionIdIsNormal(deleter)
		&& (!TransactionIdIsValid(*latest) || TransactionIdFollows(deleter, *latest)))
		*latest = deleter;
	return dead;
}

/* Goes on to the files: a row there is visible if its file is, and its anchor, or nothing says that it is deleted. */
static Found
find_in_files(Relation rel, int64 row, Snapshot snapshot, Found found)
{
	bool		dirty = snapshot != NULL && snapshot->snapshot_type == SNAPSHOT_DIRTY;
	TamDataView *view = tam_data_view_open(rel, snapshot == NULL ? SnapshotAny : snapshot, false, NULL, row, row);
	TransactionId deleter;
	bool		any = snapshot == NULL || snapshot->snapshot_type == SNAPSHOT_ANY;

	if (!tam_data_covers(view, row))
	{
		if (found.has_anchor)
			found.result = TAM_FETCH_INVISIBLE;
	}
	else if (any || (found.has_anchor ? found.result == TAM_FETCH_VISIBLE
					 : tam_data_verdict(view, row, &deleter) == TAM_VERDICT_VISIBLE))
	{
		found.result = TAM_FETCH_VISIBLE;
		found.in_file = true;
	}
	else
		found.result = TAM_FETCH_INVISIBLE;
	tam_data_view_close(view);
	if (dirty && found.has_anchor)
	{
		snapshot->xmin = found.said.xmin;
		snapshot->xmax = found.said.xmax;
		snapshot->speculativeToken = found.said.speculativeToken;
	}
	return found;
}

/* *all_dead, if wanted: whether nobody can see any version. The scan is on the version found, if that is in row_store. */
static Found
find_version(TamStoreScan *scan, int64 row, Snapshot snapshot, bool *all_dead)
{
	GlobalVisState *vistest = all_dead == NULL ? NULL : GlobalVisTestFor(scan->rel);
	bool		dead = true;
	Found		found = find_in_store(scan, row, snapshot, vistest, &dead);

	if (found.result != TAM_FETCH_VISIBLE || found.has_anchor)
		found = find_in_files(scan->rel, row, snapshot, found);
	if (all_dead != NULL)
		*all_dead = found.result != TAM_FETCH_VISIBLE && dead && is_dead_in_files(scan->rel, row, vistest, NULL);
	return found;
}

/* The entry of a row in a file. */
static char *
append_from_file(Relation rel, int64 row, bool with_image, TamBatch *batch)
{
	TamDataView *view = tam_data_view_open(rel, SnapshotAny, false, NULL, row, row);
	bool		exists = true;
	char	   *entry;

	tam_batch_clear(batch);
	while ((entry = tam_data_append(view, batch, row, with_image, &exists)) == NULL && exists)
		tam_batch_reserve(batch, *(int64 *) (batch->data + TAM_BATCH_NEEDED));
	tam_data_view_close(view);
	return entry;
}

/* An entry without content: for who is only told that the row is there. */
static char *
append_header(int64 row, TamBatch *batch)
{
	char	   *entry;

	tam_batch_clear(batch);
	while ((entry = tam_batch_append_tuple(batch, NULL)) == NULL)
		tam_batch_reserve(batch, *(int64 *) (batch->data + TAM_BATCH_NEEDED));
	TAM_ENTRY_I64(entry, ROW) = row;
	TAM_ENTRY_I64(entry, XMIN) = FrozenTransactionId;
	TAM_ENTRY_I32(entry, INFO) = TAM_INFO_XMIN_FROZEN;
	return entry;
}

/* The entry of the version that find_version found; when that is invisible, the header of the first one there is. */
static char *
append_found(TamStoreScan *scan, int64 row, Found found, bool with_image, TamBatch *batch)
{
	if (found.in_file)
		return with_image ? append_from_file(scan->rel, row, true, batch) : append_header(row, batch);
	if (found.result == TAM_FETCH_INVISIBLE)
	{
		bool		dead;

		if (find_in_store(scan, row, NULL, NULL, &dead).result != TAM_FETCH_VISIBLE || !BufferIsValid(scan->buffer)
			|| scan->tuple.t_data == NULL)
			return append_header(row, batch);
	}
	return tam_store_append_alone(batch, &scan->store, &scan->tuple,
								  with_image && found.result == TAM_FETCH_VISIBLE);
}

int
tam_iceberg_read_row(Relation rel, int64 row, Snapshot snapshot, TamBatch *batch)
{
	TamStoreScan scan;
	Found		found;

	if (row < 0 || !tam_meta_exists(rel))
		return TAM_FETCH_MISSING;
	tam_store_scan_begin(&scan, rel, false);
	found = find_version(&scan, row, snapshot, NULL);
	if (found.result != TAM_FETCH_MISSING && append_found(&scan, row, found, snapshot != NULL, batch) == NULL)
		found.result = TAM_FETCH_MISSING;
	tam_store_scan_end(&scan);
	return found.result;
}

/* --- index fetch ---------------------------------------------------------------------------- */

typedef struct TamIcebergFetch
{
	IndexFetchTableData base;	/* must be first */
	TamStoreScan scan;
	TamBatch	batch;
} TamIcebergFetch;

struct IndexFetchTableData *
tam_iceberg_index_fetch_begin(Relation rel)
{
	TamIcebergFetch *fetch = palloc0(sizeof(TamIcebergFetch));

	fetch->base.rel = rel;
	tam_batch_init(&fetch->batch, CurrentMemoryContext, FETCH_BATCH_BYTES);
	tam_store_scan_begin(&fetch->scan, rel, false);
	return &fetch->base;
}

void
tam_iceberg_index_fetch_reset(struct IndexFetchTableData *data)
{
	tam_store_scan_reset(&((TamIcebergFetch *) data)->scan);
}

void
tam_iceberg_index_fetch_end(struct IndexFetchTableData *data)
{
	TamIcebergFetch *fetch = (TamIcebergFetch *) data;

	tam_store_scan_end(&fetch->scan);
	tam_batch_free(&fetch->batch);
	pfree(fetch);
}

bool
tam_iceberg_index_fetch_tuple(struct IndexFetchTableData *data, ItemPointer tid, Snapshot snapshot,
							  TupleTableSlot *slot, bool *call_again, bool *all_dead)
{
	TamIcebergFetch *fetch = (TamIcebergFetch *) data;
	Relation	rel = fetch->base.rel;
	int64		row = tam_row_from_tid(tid);
	bool		check = tam_snapshot_needs_conflict_check(rel, snapshot);
	char	   *entry = NULL;
	Found		found;

	*call_again = false;
	if (all_dead != NULL)
		*all_dead = false;
	if (check)
		tam_lock_before_read(rel, row, snapshot);
	found = find_version(&fetch->scan, row, snapshot, all_dead);
	/* A unique index asks with a page locked, and has no use for the row: no file is read then. */
	if (found.result == TAM_FETCH_VISIBLE || (check && found.result == TAM_FETCH_INVISIBLE))
		entry = append_found(&fetch->scan, row, found, !(found.in_file && InterruptHoldoffCount > 0), &fetch->batch);
	tam_store_scan_reset(&fetch->scan);
	if (check && entry != NULL)
		tam_ssi_read(rel, entry, found.result == TAM_FETCH_VISIBLE, snapshot);
	if (found.result != TAM_FETCH_VISIBLE || entry == NULL)
		return false;
	if (TAM_ENTRY_I32(entry, TUPLE_LENGTH) > 0)
		tam_batch_store(entry, rel, slot, true);
	else
		ExecStoreAllNullTuple(slot);
	return true;
}

/* --- the latest version ---------------------------------------------------------------------- */

/* heap follows the chain of updates in row_store. */
void
tam_iceberg_get_latest_tid(TableScanDesc scan, ItemPointer tid)
{
	TamIcebergRow row;
	TableScanDesc store_scan;
	int64		latest;

	if (!tam_iceberg_try_locate(&row, scan->rs_rd, tid, NULL))
		return;
	store_scan = table_beginscan_tid(row.store.table, scan->rs_snapshot);
	heap_get_latest_tid(store_scan, &row.where);
	table_endscan(store_scan);
	latest = tam_iceberg_row_at(&row, &row.where);
	if (latest != TAM_NO_ROW)
		tam_tid_from_row(latest, tid);
	tam_iceberg_release(&row);
}

/* --- dead index entries ------------------------------------------------------------------------ */

/* Whether nobody can see the row any more. *latest moves to the id of the transaction by whose doing. */
static bool
is_dead_row(TamStoreScan *scan, int64 row, GlobalVisState *vistest, TransactionId *latest)
{
	bool		dead = true;

	tam_store_scan_range(scan, row, row);
	while (dead && tam_store_scan_next(scan))
		dead = tam_store_is_dead(scan, vistest, latest);
	tam_store_scan_reset(scan);
	return dead && is_dead_in_files(scan->rel, row, vistest, latest);
}

int64
tam_iceberg_mark_dead(Relation rel, TM_IndexDeleteOp *delstate, int first, int count, GlobalVisState *vistest)
{
	TransactionId latest = InvalidTransactionId;
	TamStoreScan scan;

	tam_store_scan_begin(&scan, rel, false);
	for (int i = first; i < first + count; i++)
	{
		TM_IndexDelete *entry = &delstate->deltids[i];

		if (is_dead_row(&scan, tam_row_from_tid(&entry->tid), vistest, &latest))
			delstate->status[entry->id].knowndeletable = true;
	}
	tam_store_scan_end(&scan);
	return (int64) latest;
}
