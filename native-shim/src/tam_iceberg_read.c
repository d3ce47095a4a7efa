/*
 * tam_iceberg_read.c
 *	  Reading row_store: walks over row numbers, and entries of batches made
 *	  of its tuples.
 *
 * An index scan under SnapshotAny finds the tuples; each is judged under the
 * real snapshot with its buffer locked. Scans of tables read batch by batch
 * and let go of every pin in between, so that a cursor held open never keeps
 * VACUUM from a page of row_store.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"

/* Keys of a walk: the storage, and both ends of the range. */
#define STORE_SCAN_KEYS 3

/* --- walking ----------------------------------------------------------------------------- */

void
tam_store_scan_begin(TamStoreScan *scan, Relation rel, bool for_write)
{
	tam_truth_scan_begin(scan, rel, TAM_TRUTH_ROW_STORE, for_write);
}

void
tam_truth_scan_begin(TamStoreScan *scan, Relation rel, TamTruthTable which, bool for_write)
{
	scan->rel = rel;
	scan->buffer = InvalidBuffer;
	scan->has_keys = scan->in_chain = scan->locked = false;
	scan->scan = NULL;
	tam_truth_open(&scan->store, which, for_write);
	if (tam_meta_exists(rel))
		scan->scan = TAM_INDEX_BEGINSCAN(scan->store.table, scan->store.index, SnapshotAny, STORE_SCAN_KEYS);
}

void
tam_store_scan_range(TamStoreScan *scan, int64 first, int64 last)
{
	ScanKeyData keys[STORE_SCAN_KEYS];

	tam_store_scan_unlock(scan);
	scan->in_chain = false;
	if (scan->scan == NULL)
		return;
	ScanKeyInit(&keys[0], TAM_STORE_STORAGE, BTEqualStrategyNumber, F_INT8EQ,
				Int64GetDatum(tam_meta_storage(scan->rel)));
	ScanKeyInit(&keys[1], TAM_STORE_ROW, BTGreaterEqualStrategyNumber, F_INT8GE, Int64GetDatum(first));
	ScanKeyInit(&keys[2], TAM_STORE_ROW, BTLessEqualStrategyNumber, F_INT8LE, Int64GetDatum(last));
	index_rescan(scan->scan, keys, STORE_SCAN_KEYS, NULL, 0);
	scan->has_keys = true;
}

void
tam_store_scan_unlock(TamStoreScan *scan)
{
	if (scan->locked)
		LockBuffer(scan->buffer, BUFFER_LOCK_UNLOCK);
	scan->locked = false;
}

static void
lock_buffer(TamStoreScan *scan)
{
	LockBuffer(scan->buffer, BUFFER_LOCK_SHARE);
	scan->locked = true;
}

/* Moves to the tuple, or chain of tuples, that the next index entry names. */
static bool
next_chain(TamStoreScan *scan)
{
	ItemPointer tid = index_getnext_tid(scan->scan, ForwardScanDirection);
	Buffer		previous = scan->buffer;

	if (tid == NULL)
		return false;
	scan->tid = *tid;
	scan->buffer = ReleaseAndReadBuffer(previous, scan->store.table, ItemPointerGetBlockNumber(tid));
	if (scan->buffer != previous)
		heap_page_prune_opt(scan->store.table, scan->buffer);
	return true;
}

bool
tam_store_scan_next(TamStoreScan *scan)
{
	tam_store_scan_unlock(scan);
	if (scan->scan == NULL)
		return false;
	for (;;)
	{
		bool		first = !scan->in_chain;
		bool		all_dead = false;

		if (first && !next_chain(scan))
			return false;
		lock_buffer(scan);
		scan->in_chain = heap_hot_search_buffer(&scan->tid, scan->store.table, scan->buffer, SnapshotAny,
												&scan->tuple, &all_dead, first);
		if (scan->in_chain)
			return true;
		tam_store_scan_unlock(scan);
		scan->scan->kill_prior_tuple = all_dead && !scan->scan->xactStartedInRecovery;
		CHECK_FOR_INTERRUPTS();
	}
}

void
tam_store_scan_reset(TamStoreScan *scan)
{
	tam_store_scan_unlock(scan);
	scan->in_chain = false;
	if (BufferIsValid(scan->buffer))
		ReleaseBuffer(scan->buffer);
	scan->buffer = InvalidBuffer;
	if (scan->has_keys)
		index_rescan(scan->scan, NULL, STORE_SCAN_KEYS, NULL, 0);
}

void
tam_store_scan_end(TamStoreScan *scan)
{
	tam_store_scan_unlock(scan);
	if (BufferIsValid(scan->buffer))
		ReleaseBuffer(scan->buffer);
	scan->buffer = InvalidBuffer;
	if (scan->scan != NULL)
		index_endscan(scan->scan);
	tam_truth_close(&scan->store);
}

/* --- tuples ------------------------------------------------------------------------------ */

int64
tam_store_tuple_row(TamTruth *store, HeapTuple tuple)
{
	bool		isnull;

	return DatumGetInt64(heap_getattr(tuple, TAM_STORE_ROW, RelationGetDescr(store->table), &isnull));
}

bool
tam_store_is_anchor(TamTruth *store, HeapTuple tuple)
{
	return heap_attisnull(tuple, TAM_STORE_TUPLE, RelationGetDescr(store->table));
}

static int64
full_xid(TransactionId xid, FullTransactionId next)
{
	uint32		epoch = EpochFromFullTransactionId(next);

	if (!TransactionIdIsNormal(xid))
		return (int64) xid;
	if (xid > XidFromFullTransactionId(next))
		epoch--;
	return (int64) U64FromFullTransactionId(FullTransactionIdFromEpochAndXid(epoch, xid));
}

/* What a heap tuple's xmax means, as a TAM_INFO_MODE_…. */
static int
xmax_mode(HeapTupleHeader header)
{
	uint16		mask = header->t_infomask;
	bool		keys = (header->t_infomask2 & HEAP_KEYS_UPDATED) != 0;

	if (mask & HEAP_XMAX_INVALID)
		return TAM_INFO_MODE_NONE;
	if (!HEAP_XMAX_IS_LOCKED_ONLY(mask))
		return keys ? TAM_INFO_MODE_KEY_UPDATED : TAM_INFO_MODE_UPDATED;
	if (HEAP_XMAX_IS_EXCL_LOCKED(mask))
		return keys ? TAM_INFO_MODE_UPDATE_LOCK : TAM_INFO_MODE_NO_KEY_UPDATE_LOCK;
	return HEAP_XMAX_IS_SHR_LOCKED(mask) ? TAM_INFO_MODE_SHARE_LOCK : TAM_INFO_MODE_KEY_SHARE_LOCK;
}

void
tam_store_fill_entry(char *entry, HeapTupleHeader header, FullTransactionId next)
{
	int			mode = xmax_mode(header);
	int			info = mode << TAM_INFO_MODE_SHIFT;
	TransactionId xmax = HeapTupleHeaderGetRawXmax(header);
	bool		is_multi = mode != TAM_INFO_MODE_NONE && (header->t_infomask & HEAP_XMAX_IS_MULTI);

	if (HeapTupleHeaderXminFrozen(header))
		info |= TAM_INFO_XMIN_FROZEN;
	if (is_multi)
		info |= TAM_INFO_XMAX_MULTI;
	if (header->t_infomask & HEAP_COMBOCID)
		info |= TAM_INFO_CID_IS_COMBO;
	TAM_ENTRY_I32(entry, INFO) = info;
	TAM_ENTRY_I64(entry, XMIN) = full_xid(HeapTupleHeaderGetRawXmin(header), next);
	if (mode == TAM_INFO_MODE_NONE)
		TAM_ENTRY_I64(entry, XMAX) = 0;
	else
		TAM_ENTRY_I64(entry, XMAX) = is_multi ? (int64) xmax : full_xid(xmax, next);
	TAM_ENTRY_I32(entry, CID) = (int32) HeapTupleHeaderGetRawCommandId(header);
}

char *
tam_store_append(TamBatch *batch, TamTruth *store, HeapTuple tuple, FullTransactionId next, bool with_image)
{
	Datum		values[TAM_STORE_ATTRIBUTES];
	bool		isnull[TAM_STORE_ATTRIBUTES];
	struct varlena *stored = NULL;
	char	   *entry;

	heap_deform_tuple(tuple, RelationGetDescr(store->table), values, isnull);
	if (with_image && isnull[TAM_STORE_TUPLE - 1])
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("row " INT64_FORMAT " lies in a data file", DatumGetInt64(values[TAM_STORE_ROW - 1]))));
	if (with_image)
		stored = PG_DETOAST_DATUM_PACKED(values[TAM_STORE_TUPLE - 1]);
	entry = tam_batch_append_image(batch, stored == NULL ? NULL : VARDATA_ANY(stored),
								   stored == NULL ? 0 : VARSIZE_ANY_EXHDR(stored));
	if (entry != NULL)
	{
		TAM_ENTRY_I64(entry, ROW) = DatumGetInt64(values[TAM_STORE_ROW - 1]);
		tam_store_fill_entry(entry, tuple->t_data, next);
	}
	if (stored != NULL && (Pointer) stored != DatumGetPointer(values[TAM_STORE_TUPLE - 1]))
		pfree(stored);
	return entry;
}

char *
tam_store_append_alone(TamBatch *batch, TamTruth *store, HeapTuple tuple, bool with_image)
{
	FullTransactionId next = ReadNextFullTransactionId();
	char	   *entry;

	tam_batch_clear(batch);
	while ((entry = tam_store_append(batch, store, tuple, next, with_image)) == NULL)
		tam_batch_reserve(batch, *(int64 *) (batch->data + TAM_BATCH_NEEDED));
	return entry;
}

bool
tam_store_is_dead(TamStoreScan *scan, GlobalVisState *vistest, TransactionId *latest)
{
	TransactionId dead_after = InvalidTransactionId;
	HTSV_Result verdict = HeapTupleSatisfiesVacuumHorizon(&scan->tuple, scan->buffer, &dead_after);

	if (verdict == HEAPTUPLE_RECENTLY_DEAD && GlobalVisTestIsRemovableXid(vistest, dead_after))
		verdict = HEAPTUPLE_DEAD;
	if (verdict != HEAPTUPLE_DEAD)
		return false;
	if (latest != NULL)
		tam_advance_conflict_horizon(scan->tuple.t_data, latest);
	return true;
}

/* --- batches ------------------------------------------------------------------------------- */

static int
vacuum_verdict(TamStoreScan *scan, GlobalVisState *vistest)
{
	TransactionId dead_after = InvalidTransactionId;

	switch (HeapTupleSatisfiesVacuumHorizon(&scan->tuple, scan->buffer, &dead_after))
	{
		case HEAPTUPLE_LIVE:
			return TAM_VERDICT_LIVE;
		case HEAPTUPLE_RECENTLY_DEAD:
			return vistest != NULL && GlobalVisTestIsRemovableXid(vistest, dead_after)
				? TAM_VERDICT_DEAD : TAM_VERDICT_RECENTLY_DEAD;
		case HEAPTUPLE_INSERT_IN_PROGRESS:
			return TAM_VERDICT_INSERT_IN_PROGRESS;
		case HEAPTUPLE_DELETE_IN_PROGRESS:
			return TAM_VERDICT_DELETE_IN_PROGRESS;
		default:
			return TAM_VERDICT_DEAD;
	}
}

static int
judge(TamCursor *cursor, TamStoreScan *scan)
{
	if (cursor->for_vacuum)
		return vacuum_verdict(scan, cursor->vistest);
	if (cursor->judged && !HeapTupleSatisfiesVisibility(&scan->tuple, cursor->source, scan->buffer))
		return TAM_VERDICT_INVISIBLE;
	return TAM_VERDICT_VISIBLE;
}

/* Whether a reader of the batch has a use for a row with this verdict. */
static bool
is_of_use(TamCursor *cursor, int verdict)
{
	return verdict != TAM_VERDICT_INVISIBLE || cursor->check_conflicts;
}

/* The same for its bytes. Those of a dead row may be gone from row_store's TOAST table. */
static bool
needs_image(TamCursor *cursor, int verdict)
{
	return !cursor->headers_only && verdict != TAM_VERDICT_INVISIBLE && verdict != TAM_VERDICT_DEAD;
}

/* A batch in the making: rows of row_store and of files, in row order. */
typedef struct Packing
{
	TamCursor  *cursor;
	TamDataView *view;			/* NULL: no files */
	FullTransactionId next;
	TamStoreScan scan;
	bool		has_tuple;		/* scan is on a tuple, unlocked, of ... */
	int64		tuple_row;
	int			tuple_verdict;
} Packing;

static void
next_tuple(Packing *packing)
{
	packing->has_tuple = tam_store_scan_next(&packing->scan);
	if (!packing->has_tuple)
		return;
	packing->tuple_verdict = judge(packing->cursor, &packing->scan);
	tam_store_scan_unlock(&packing->scan);
	packing->tuple_row = tam_store_tuple_row(&packing->scan.store, &packing->scan.tuple);
}

/*
 * Packs the current tuple. False: no room. *seen: it is the row's one version that counts.
 */
static bool
pack_tuple(Packing *packing, bool in_file, bool *seen)
{
	TamCursor  *cursor = packing->cursor;
	int			verdict = packing->tuple_verdict;
	char	   *entry;

	/* By VACUUM's rules a row is where its file is. */
	if (!is_of_use(cursor, verdict) || tam_store_is_anchor(&packing->scan.store, &packing->scan.tuple)
		|| (in_file && !cursor->judged))
		return true;
	entry = tam_store_append(&cursor->batch, &packing->scan.store, &packing->scan.tuple, packing->next,
							 needs_image(cursor, verdict));
	if (entry == NULL)
		return false;
	TAM_ENTRY_I32(entry, VERDICT) = verdict;
	*seen = *seen || verdict != TAM_VERDICT_INVISIBLE;
	return true;
}

/* Packs a row that a file holds. False: no room. */
static bool
pack_data(Packing *packing, int64 row)
{
	TamCursor  *cursor = packing->cursor;
	TransactionId deleter;
	int			verdict = tam_data_verdict(packing->view, row, &deleter);
	bool		exists;
	char	   *entry;

	if (verdict == TAM_VERDICT_INVISIBLE)
		return true;
	entry = tam_data_append(packing->view, &cursor->batch, row, needs_image(cursor, verdict), &exists);
	if (entry == NULL)
		return !exists;
	TAM_ENTRY_I32(entry, VERDICT) = verdict;
	if (TransactionIdIsValid(deleter))
	{
		TAM_ENTRY_I64(entry, XMAX) = full_xid(deleter, packing->next);
		TAM_ENTRY_I32(entry, INFO) |= TAM_INFO_MODE_UPDATED << TAM_INFO_MODE_SHIFT;
	}
	return true;
}

/* Packs what there is of one row. False: no room. */
static bool
pack_row(Packing *packing, int64 row)
{
	bool		in_file = tam_data_covers(packing->view, row);
	bool		seen = false;

	for (; packing->has_tuple && packing->tuple_row == row; next_tuple(packing))
		if (!pack_tuple(packing, in_file, &seen))
			return false;
	return !in_file || seen || pack_data(packing, row);
}

/* The row to resume at, TAM_NO_ROW at the end. */
static int64
pack_rows(Packing *packing, int64 first, int64 last)
{
	TamCursor  *cursor = packing->cursor;

	for (int64 row = first;; row++)
	{
		row = tam_data_next_covered(packing->view, row);
		if (packing->has_tuple)
			row = Min(row, packing->tuple_row);
		if (row > last)
			return TAM_NO_ROW;
		if (!pack_row(packing, row))
			return row;
		if (tam_batch_count(&cursor->batch) >= cursor->batch_rows)
			return row < last ? row + 1 : TAM_NO_ROW;
	}
}

int64
tam_iceberg_pack(TamCursor *cursor, int64 first, int64 last)
{
	Packing		packing = {.cursor = cursor, .next = ReadNextFullTransactionId()};
	int64		resume;

	tam_batch_clear(&cursor->batch);
	packing.view = tam_data_view_open(cursor->rel, cursor->source, !cursor->judged || cursor->for_vacuum,
									  cursor->vistest, first, last);
	tam_store_scan_begin(&packing.scan, cursor->rel, false);
	tam_store_scan_range(&packing.scan, first, last);
	next_tuple(&packing);
	resume = pack_rows(&packing, first, last);
	tam_store_scan_end(&packing.scan);
	tam_data_view_close(packing.view);
	cursor->count = tam_batch_count(&cursor->batch);
	return resume;
}
