/*
 * tam_iceberg_fetch.c
 *	  Single rows by number: index fetches, row versions, dead index entries.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relscan.h"
#include "executor/tuptable.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"

#define FETCH_BATCH_BYTES 1024

/* --- one row -------------------------------------------------------------------------------- */

/*
 * Looks for the version of a row that the snapshot sees (NULL: the first
 * there is) and leaves the scan on it. When it sees none, *all_dead, if
 * wanted, says whether nobody can see any. TAM_FETCH_….
 */
static int
find_version(TamStoreScan *scan, int64 row, Snapshot snapshot, bool *all_dead)
{
	GlobalVisState *vistest = all_dead == NULL ? NULL : GlobalVisTestFor(scan->rel);
	int			result = TAM_FETCH_MISSING;
	bool		dead = true;

	tam_store_scan_range(scan, row, row);
	while (tam_store_scan_next(scan))
	{
		if (snapshot == NULL || HeapTupleSatisfiesVisibility(&scan->tuple, snapshot, scan->buffer))
		{
			tam_store_scan_unlock(scan);
			return TAM_FETCH_VISIBLE;
		}
		result = TAM_FETCH_INVISIBLE;
		if (vistest != NULL && dead)
			dead = tam_store_is_dead(scan, vistest, NULL);
	}
	if (all_dead != NULL)
		*all_dead = dead;
	return result;
}

/* The entry of the version that find_version found; when that is invisible, the header of the first one there is. */
static char *
append_found(TamStoreScan *scan, int64 row, int result, bool with_image, TamBatch *batch)
{
	if (result == TAM_FETCH_INVISIBLE && find_version(scan, row, NULL, NULL) == TAM_FETCH_MISSING)
		return NULL;
	return tam_store_append_alone(batch, &scan->store, &scan->tuple,
								  with_image && result == TAM_FETCH_VISIBLE);
}

int
tam_iceberg_read_row(Relation rel, int64 row, Snapshot snapshot, TamBatch *batch)
{
	TamStoreScan scan;
	int			result;

	if (row < 0 || !tam_meta_exists(rel))
		return TAM_FETCH_MISSING;
	tam_store_scan_begin(&scan, rel, false);
	result = find_version(&scan, row, snapshot, NULL);
	if (result != TAM_FETCH_MISSING && append_found(&scan, row, result, snapshot != NULL, batch) == NULL)
		result = TAM_FETCH_MISSING;
	tam_store_scan_end(&scan);
	return result;
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
	int			result;

	*call_again = false;
	if (all_dead != NULL)
		*all_dead = false;
	if (check)
		tam_lock_before_read(rel, row, snapshot);
	result = find_version(&fetch->scan, row, snapshot, all_dead);
	if (result == TAM_FETCH_VISIBLE || (check && result == TAM_FETCH_INVISIBLE))
		entry = append_found(&fetch->scan, row, result, true, &fetch->batch);
	tam_store_scan_reset(&fetch->scan);
	if (check && entry != NULL)
		tam_ssi_read(rel, entry, result == TAM_FETCH_VISIBLE, snapshot);
	if (result != TAM_FETCH_VISIBLE)
		return false;
	tam_batch_store(entry, rel, slot, true);
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
	return dead;
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
