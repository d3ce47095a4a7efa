/*
 * tam_scan.c
 *	  Sequential, TID range, parallel, bitmap, sample and analyze scans.
 */
#include "postgres.h"

#include "access/relscan.h"
#include "access/skey.h"
#include "access/tsmapi.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "pgstat.h"
#include "storage/predicate.h"
#include "utils/memutils.h"

#include "tam_iceberg.h"

typedef struct TamScan
{
	TableScanDescData base;		/* must be first */
	TamCursor	cursor;
	MemoryContext context;		/* of the scan: batches live here */
	bool		open;			/* cursor is open */
	BlockNumber blocks;			/* logical blocks when the scan began */
	ParallelBlockTableScanWorkerData *worker;	/* parallel scans only */
	bool		worker_started;

	/* bitmap: rows of the current page that are wanted one by one */
	int64		wanted[TAM_ROWS_PER_BLOCK];
	int			wanted_count;
	int			wanted_next;
	bool		one_by_one;
	bool		recheck;
	bool		is_wanted[TAM_ROWS_PER_BLOCK];

	/* sample */
	BlockNumber block;
	char	   *by_offset[TAM_ROWS_PER_BLOCK];
} TamScan;

/* --- begin and end --------------------------------------------------------------- */

const TupleTableSlotOps *
tam_slot_callbacks(Relation rel)
{
	return &TTSOpsHeapTuple;
}

/* Positions the cursor on the whole table as it is now. */
static void
start_scan(TamScan *scan)
{
	Relation	rel = scan->base.rs_rd;
	int64		limit;

	tam_refuse_standby(rel);
	tam_pending_flush(rel);
	limit = tam_meta_row_limit(rel);
	scan->blocks = (BlockNumber) ((limit + TAM_ROWS_PER_BLOCK - 1) / TAM_ROWS_PER_BLOCK);
	if (scan->open)
		tam_cursor_close(&scan->cursor);
	tam_cursor_open(&scan->cursor, rel, scan->base.rs_snapshot, 0, limit - 1, scan->context);
	scan->open = true;
	scan->worker_started = false;
	scan->block = InvalidBlockNumber;
	scan->wanted_count = scan->wanted_next = 0;
	if (scan->base.rs_flags & SO_TYPE_SEQSCAN)
		pgstat_count_heap_scan(rel);
}

static void
lock_for_serializable(TamScan *scan)
{
	if (scan->base.rs_snapshot != NULL
		&& (scan->base.rs_flags & (SO_TYPE_SEQSCAN | SO_TYPE_SAMPLESCAN | SO_TYPE_TIDRANGESCAN)))
		PredicateLockRelation(scan->base.rs_rd, scan->base.rs_snapshot);
}

TableScanDesc
tam_scan_begin(Relation rel, Snapshot snapshot, int nkeys, struct ScanKeyData *key,
			   ParallelTableScanDesc pscan, uint32 flags)
{
	TamScan    *scan = palloc0(sizeof(TamScan));

	RelationIncrementReferenceCount(rel);
	scan->base.rs_rd = rel;
	scan->base.rs_snapshot = snapshot;
	scan->base.rs_nkeys = nkeys;
	scan->base.rs_flags = flags;
	scan->base.rs_parallel = pscan;
	scan->context = CurrentMemoryContext;
	if (nkeys > 0)
	{
		scan->base.rs_key = palloc(sizeof(ScanKeyData) * nkeys);
		if (key != NULL)
			memcpy(scan->base.rs_key, key, sizeof(ScanKeyData) * nkeys);
	}
	if (pscan != NULL)
		scan->worker = palloc0(sizeof(ParallelBlockTableScanWorkerData));
	lock_for_serializable(scan);
	start_scan(scan);
	return &scan->base;
}

void
tam_scan_rescan(TableScanDesc sscan, struct ScanKeyData *key, bool set_params,
				bool allow_strat, bool allow_sync, bool allow_pagemode)
{
	TamScan    *scan = (TamScan *) sscan;

	if (key != NULL && scan->base.rs_nkeys > 0)
		memcpy(scan->base.rs_key, key, sizeof(ScanKeyData) * scan->base.rs_nkeys);
	start_scan(scan);
}

void
tam_scan_end(TableScanDesc sscan)
{
	TamScan    *scan = (TamScan *) sscan;

	if (scan->open)
		tam_cursor_close(&scan->cursor);
	RelationDecrementReferenceCount(scan->base.rs_rd);
	if (scan->base.rs_key != NULL)
		pfree(scan->base.rs_key);
	if (scan->worker != NULL)
		pfree(scan->worker);
	if (scan->base.rs_flags & SO_TEMP_SNAPSHOT)
		UnregisterSnapshot(scan->base.rs_snapshot);
	pfree(scan);
}

/* --- sequential and parallel ------------------------------------------------------ */

static bool
keys_match(TamScan *scan, TupleTableSlot *slot)
{
	for (int i = 0; i < scan->base.rs_nkeys; i++)
	{
		ScanKey		key = &scan->base.rs_key[i];
		bool		isnull;
		Datum		value = slot_getattr(slot, key->sk_attno, &isnull);

		if (isnull || (key->sk_flags & SK_ISNULL)
			|| !DatumGetBool(FunctionCall2Coll(&key->sk_func, key->sk_collation,
											   value, key->sk_argument)))
			return false;
	}
	return true;
}

/* Moves a parallel scan's cursor to the next block that is this worker's. */
static bool
next_parallel_block(TamScan *scan)
{
	ParallelBlockTableScanDesc shared = (ParallelBlockTableScanDesc) scan->base.rs_parallel;
	BlockNumber block;
	int64		first;

	if (!scan->worker_started)
	{
		table_block_parallelscan_startblock_init(scan->base.rs_rd, scan->worker, shared);
		scan->worker_started = true;
	}
	block = table_block_parallelscan_nextpage(scan->base.rs_rd, scan->worker, shared);
	if (block == InvalidBlockNumber)
		return false;
	first = (int64) block * TAM_ROWS_PER_BLOCK;
	tam_cursor_restart(&scan->cursor, first, first + TAM_ROWS_PER_BLOCK - 1);
	return true;
}

static char *
next_entry(TamScan *scan, ScanDirection direction)
{
	char	   *entry;

	if (scan->base.rs_parallel == NULL)
		return tam_cursor_next(&scan->cursor, direction);
	if (!scan->worker_started && !next_parallel_block(scan))
		return NULL;
	while ((entry = tam_cursor_next(&scan->cursor, ForwardScanDirection)) == NULL)
		if (!next_parallel_block(scan))
			return NULL;
	return entry;
}

/* ALTER TYPE reads rows by the old types, which data files are not read by. */
static void
refuse_old_types(TamScan *scan, TupleDesc wanted)
{
	TupleDesc	desc = RelationGetDescr(scan->base.rs_rd);

	for (int i = 0; i < Min(desc->natts, wanted->natts); i++)
		if (TupleDescAttr(desc, i)->atttypid != TupleDescAttr(wanted, i)->atttypid
			&& !TupleDescAttr(wanted, i)->attisdropped)
			tam_data_refuse_files(scan->base.rs_rd, "be given other types of columns");
}

bool
tam_scan_getnextslot(TableScanDesc sscan, ScanDirection direction, TupleTableSlot *slot)
{
	TamScan    *scan = (TamScan *) sscan;
	char	   *entry;

	if (unlikely(slot->tts_tupleDescriptor != RelationGetDescr(sscan->rs_rd)) && tam_is_iceberg(sscan->rs_rd))
		refuse_old_types(scan, slot->tts_tupleDescriptor);

	while ((entry = next_entry(scan, direction)) != NULL)
	{
		if (TAM_ENTRY_I32(entry, VERDICT) != TAM_VERDICT_VISIBLE)
			continue;
		tam_batch_store(entry, scan->base.rs_rd, slot, false);
		if (unlikely(scan->base.rs_nkeys > 0) && !keys_match(scan, slot))
			continue;
		pgstat_count_heap_getnext(scan->base.rs_rd);
		return true;
	}
	ExecClearTuple(slot);
	return false;
}

Size
tam_parallelscan_estimate(Relation rel)
{
	return table_block_parallelscan_estimate(rel);
}

Size
tam_parallelscan_initialize(Relation rel, ParallelTableScanDesc pscan)
{
	Size		size;

	tam_pending_flush(rel);
	size = table_block_parallelscan_initialize(rel, pscan);
	/* There is no shared buffer to profit from another scan's position. */
	pscan->phs_syncscan = false;
	return size;
}

void
tam_parallelscan_reinitialize(Relation rel, ParallelTableScanDesc pscan)
{
	table_block_parallelscan_reinitialize(rel, pscan);
}

/* --- TID range ---------------------------------------------------------------------- */

/* Row number of a bound; offsets beyond a block's last mean the block's end. */
static int64
bound_row(ItemPointer tid, bool upper)
{
	int64		block = ItemPointerGetBlockNumberNoCheck(tid);
	int64		offset = ItemPointerGetOffsetNumberNoCheck(tid);

	if (offset > TAM_ROWS_PER_BLOCK)
		return (block + 1) * TAM_ROWS_PER_BLOCK - (upper ? 1 : 0);
	return block * TAM_ROWS_PER_BLOCK + offset - 1;
}

void
tam_scan_set_tidrange(TableScanDesc sscan, ItemPointer mintid, ItemPointer maxtid)
{
	TamScan    *scan = (TamScan *) sscan;
	int64		limit = (int64) scan->blocks * TAM_ROWS_PER_BLOCK;
	int64		first = Max(bound_row(mintid, false), 0);
	int64		last = Min(bound_row(maxtid, true), limit - 1);

	tam_cursor_restart(&scan->cursor, first, last);
}

bool
tam_scan_getnextslot_tidrange(TableScanDesc sscan, ScanDirection direction, TupleTableSlot *slot)
{
	return tam_scan_getnextslot(sscan, direction, slot);
}

/* --- bitmap ------------------------------------------------------------------------- */

/* Below this density single fetches are cheaper than packing the span. */
#define ROWS_WORTH_ONE_FETCH 16

static void
want_all(TamScan *scan, int64 first)
{
	memset(scan->is_wanted, true, sizeof(scan->is_wanted));
	tam_cursor_restart(&scan->cursor, first, first + TAM_ROWS_PER_BLOCK - 1);
}

static void
want_some(TamScan *scan, int64 first, int ntuples, const OffsetNumber *offsets)
{
	int			span = offsets[ntuples - 1] - offsets[0] + 1;

	scan->one_by_one = ntuples * ROWS_WORTH_ONE_FETCH < span || ntuples == 1;
	memset(scan->is_wanted, false, sizeof(scan->is_wanted));
	for (int i = 0; i < ntuples; i++)
	{
		scan->wanted[i] = first + offsets[i] - 1;
		scan->is_wanted[offsets[i] - 1] = true;
	}
	scan->wanted_count = ntuples;
	tam_cursor_restart(&scan->cursor, scan->wanted[0], scan->wanted[ntuples - 1]);
}

/* Serializable readers lock before they read (tam_fetch.c). */
static void
lock_wanted(TamScan *scan, BlockNumber block, int ntuples)
{
	if (ntuples < 0)
		PredicateLockPage(scan->base.rs_rd, block, scan->base.rs_snapshot);
	for (int i = 0; i < ntuples; i++)
		tam_lock_before_read(scan->base.rs_rd, scan->wanted[i], scan->base.rs_snapshot);
}

bool
tam_bitmap_block(TableScanDesc sscan, BlockNumber block, int ntuples, const OffsetNumber *offsets)
{
	TamScan    *scan = (TamScan *) sscan;
	int64		first = (int64) block * TAM_ROWS_PER_BLOCK;

	scan->block = InvalidBlockNumber;
	/* Rows added after the scan began are not this snapshot's. */
	if (block >= scan->blocks || ntuples == 0)
		return false;
	scan->block = block;
	scan->one_by_one = false;
	scan->wanted_count = scan->wanted_next = 0;
	if (ntuples < 0)
		want_all(scan, first);
	else
		want_some(scan, first, ntuples, offsets);
	if (scan->cursor.check_conflicts)
		lock_wanted(scan, block, ntuples);
	return true;
}

static char *
next_wanted_entry(TamScan *scan)
{
	char	   *entry;

	while (scan->one_by_one && scan->wanted_next < scan->wanted_count)
		if (tam_fetch_row(scan->base.rs_rd, scan->wanted[scan->wanted_next++],
						  scan->base.rs_snapshot, &scan->cursor.batch) == TAM_FETCH_VISIBLE)
			return tam_batch_first(&scan->cursor.batch);
	if (scan->one_by_one)
		return NULL;
	while ((entry = tam_cursor_next(&scan->cursor, ForwardScanDirection)) != NULL)
		if (TAM_ENTRY_I32(entry, VERDICT) == TAM_VERDICT_VISIBLE
			&& scan->is_wanted[TAM_ENTRY_I64(entry, ROW) - (int64) scan->block * TAM_ROWS_PER_BLOCK])
			return entry;
	return NULL;
}

bool
tam_bitmap_tuple(TableScanDesc sscan, TupleTableSlot *slot)
{
	TamScan    *scan = (TamScan *) sscan;
	char	   *entry = scan->block == InvalidBlockNumber ? NULL : next_wanted_entry(scan);

	if (entry == NULL)
	{
		ExecClearTuple(slot);
		return false;
	}
	tam_batch_store(entry, scan->base.rs_rd, slot, false);
	pgstat_count_heap_fetch(scan->base.rs_rd);
	return true;
}

bool
tam_bitmap_recheck(TableScanDesc scan)
{
	return ((TamScan *) scan)->recheck;
}

void
tam_bitmap_set_recheck(TableScanDesc scan, bool recheck)
{
	((TamScan *) scan)->recheck = recheck;
}

/* --- sample ------------------------------------------------------------------------- */

/* Packs one logical block and finds its rows by offset. */
static void
load_block(TamScan *scan, BlockNumber block)
{
	int64		first = (int64) block * TAM_ROWS_PER_BLOCK;
	char	   *entry;

	memset(scan->by_offset, 0, sizeof(scan->by_offset));
	scan->block = block;
	scan->cursor.batch_rows = Max(scan->cursor.batch_rows, TAM_ROWS_PER_BLOCK);
	for (;;)
	{
		tam_cursor_restart(&scan->cursor, first, first + TAM_ROWS_PER_BLOCK - 1);
		entry = tam_cursor_next(&scan->cursor, ForwardScanDirection);
		/* All rows must lie in one batch, as they are picked at random. */
		if (entry == NULL || scan->cursor.high == scan->cursor.last)
			break;
		tam_batch_reserve(&scan->cursor.batch, scan->cursor.batch.capacity * 2);
	}
	for (; entry != NULL; entry = tam_cursor_next(&scan->cursor, ForwardScanDirection))
		scan->by_offset[TAM_ENTRY_I64(entry, ROW) - first] = entry;
}

static BlockNumber
next_sample_block(TamScan *scan, struct SampleScanState *scanstate)
{
	TsmRoutine *method = scanstate->tsmroutine;

	if (method->NextSampleBlock != NULL)
		return method->NextSampleBlock(scanstate, scan->blocks);
	if (scan->block == InvalidBlockNumber)
		return scan->blocks > 0 ? 0 : InvalidBlockNumber;
	return scan->block + 1 < scan->blocks ? scan->block + 1 : InvalidBlockNumber;
}

bool
tam_scan_sample_next_block(TableScanDesc sscan, struct SampleScanState *scanstate)
{
	TamScan    *scan = (TamScan *) sscan;
	BlockNumber block;

	if (scan->blocks == 0)
		return false;
	block = next_sample_block(scan, scanstate);
	if (!BlockNumberIsValid(block))
	{
		scan->block = InvalidBlockNumber;
		return false;
	}
	load_block(scan, block);
	return true;
}

bool
tam_scan_sample_next_tuple(TableScanDesc sscan, struct SampleScanState *scanstate, TupleTableSlot *slot)
{
	TamScan    *scan = (TamScan *) sscan;

	for (;;)
	{
		OffsetNumber offset = scanstate->tsmroutine->NextSampleTuple(scanstate, scan->block,
																	 TAM_ROWS_PER_BLOCK);
		char	   *entry;

		CHECK_FOR_INTERRUPTS();
		if (!OffsetNumberIsValid(offset))
			break;
		entry = scan->by_offset[offset - 1];
		if (entry == NULL || TAM_ENTRY_I32(entry, VERDICT) != TAM_VERDICT_VISIBLE)
			continue;
		tam_batch_store(entry, scan->base.rs_rd, slot, false);
		pgstat_count_heap_getnext(scan->base.rs_rd);
		return true;
	}
	ExecClearTuple(slot);
	return false;
}

/* --- analyze ------------------------------------------------------------------------- */

bool
tam_analyze_block(TableScanDesc sscan, BlockNumber block)
{
	TamScan    *scan = (TamScan *) sscan;
	int64		first = (int64) block * TAM_ROWS_PER_BLOCK;

	scan->cursor.for_vacuum = true;
	scan->cursor.check_conflicts = false;
	scan->cursor.vistest = GlobalVisTestFor(scan->base.rs_rd);
	tam_cursor_restart(&scan->cursor, first, first + TAM_ROWS_PER_BLOCK - 1);
	return true;
}

/* Counts a row as heap does; true when it belongs into the sample. */
static bool
count_for_analyze(char *entry, double *liverows, double *deadrows)
{
	bool		own;

	switch (TAM_ENTRY_I32(entry, VERDICT))
	{
		case TAM_VERDICT_LIVE:
			*liverows += 1;
			return true;
		case TAM_VERDICT_INSERT_IN_PROGRESS:
			own = TransactionIdIsCurrentTransactionId((TransactionId) TAM_ENTRY_I64(entry, XMIN));
			*liverows += own ? 1 : 0;
			return own;
		case TAM_VERDICT_DELETE_IN_PROGRESS:
			own = !(TAM_ENTRY_I32(entry, INFO) & TAM_INFO_XMAX_MULTI)
				&& TransactionIdIsCurrentTransactionId((TransactionId) TAM_ENTRY_I64(entry, XMAX));
			*(own ? deadrows : liverows) += 1;
			return !own;
		default:
			*deadrows += 1;
			return false;
	}
}

bool
tam_scan_analyze_next_tuple(TableScanDesc sscan, TransactionId OldestXmin, double *liverows,
							double *deadrows, TupleTableSlot *slot)
{
	TamScan    *scan = (TamScan *) sscan;
	char	   *entry;

	while ((entry = tam_cursor_next(&scan->cursor, ForwardScanDirection)) != NULL)
		if (count_for_analyze(entry, liverows, deadrows))
		{
			tam_batch_store(entry, scan->base.rs_rd, slot, false);
			return true;
		}
	ExecClearTuple(slot);
	return false;
}
