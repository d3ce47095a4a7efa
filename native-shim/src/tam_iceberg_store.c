/*
 * tam_iceberg_store.c
 *	  Writing row_store: inserts, copies with their history, the end of a
 *	  speculative insertion.
 *
 * A row's tuple stands in row_store, and its index, before anything else can
 * name the row.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/xloginsert.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"

#include "tam_iceberg.h"
#include "tam_iceberg_changes.h"

/* Whether this transaction has made copies, which stay if it aborts. */
static bool copied = false;

/* --- tuples of row_store ----------------------------------------------------------------- */

HeapTuple
tam_iceberg_form_store_tuple(TamTruth *store, int64 storage, char *entry, Datum *values, bool *isnull)
{
	Size		size = (Size) TAM_ENTRY_I32(entry, BLOB_SIZE);
	struct varlena *stored = palloc(VARHDRSZ + size);
	HeapTuple	tuple;

	SET_VARSIZE(stored, VARHDRSZ + size);
	memcpy(VARDATA(stored), entry + TAM_ENTRY_I32(entry, BLOB_OFFSET), size);
	memset(isnull, 0, sizeof(bool) * TAM_STORE_ATTRIBUTES);
	values[TAM_STORE_STORAGE - 1] = Int64GetDatum(storage);
	values[TAM_STORE_ROW - 1] = Int64GetDatum(TAM_ENTRY_I64(entry, ROW));
	values[TAM_STORE_TUPLE - 1] = PointerGetDatum(stored);
	tuple = heap_form_tuple(RelationGetDescr(store->table), values, isnull);
	pfree(stored);
	return tuple;
}

/* --- inserts ------------------------------------------------------------------------------ */

static void
insert_one(TamTruth *store, int64 storage, char *entry)
{
	Datum		values[TAM_STORE_ATTRIBUTES];
	bool		isnull[TAM_STORE_ATTRIBUTES];
	HeapTuple	tuple = tam_iceberg_form_store_tuple(store, storage, entry, values, isnull);
	int			options = 0;

	if (TAM_ENTRY_I32(entry, INFO) & TAM_INFO_SPECULATIVE)
	{
		HeapTupleHeaderSetSpeculativeToken(tuple->t_data, (uint32) TAM_ENTRY_I64(entry, NEXT));
		options |= HEAP_INSERT_SPECULATIVE;
	}
	heap_insert(store->table, tuple, (CommandId) TAM_ENTRY_I32(entry, CID), options, NULL);
	tam_truth_insert_index(store, values, isnull, &tuple->t_self);
	heap_freetuple(tuple);
}

/*
 * Inserts all entries at once, which share a command id, and their index
 * entries. Returns the slots, whose TIDs say where the tuples are; to be
 * dropped.
 */
static TupleTableSlot **
insert_many(TamTruth *store, int64 storage, TamBatch *batch, int options)
{
	int			count = tam_batch_count(batch);
	TupleTableSlot **slots = palloc(sizeof(TupleTableSlot *) * count);
	char	   *entry = tam_batch_first(batch);
	Datum		values[TAM_STORE_ATTRIBUTES];
	bool		isnull[TAM_STORE_ATTRIBUTES];

	for (int i = 0; i < count; i++, entry = tam_entry_next(entry))
	{
		slots[i] = MakeSingleTupleTableSlot(RelationGetDescr(store->table), &TTSOpsHeapTuple);
		ExecStoreHeapTuple(tam_iceberg_form_store_tuple(store, storage, entry, values, isnull), slots[i], true);
	}
	entry = tam_batch_first(batch);
	heap_multi_insert(store->table, slots, count, (CommandId) TAM_ENTRY_I32(entry, CID), options, NULL);
	memset(isnull, 0, sizeof(isnull));
	values[TAM_STORE_STORAGE - 1] = Int64GetDatum(storage);
	for (int i = 0; i < count; i++, entry = tam_entry_next(entry))
	{
		values[TAM_STORE_ROW - 1] = Int64GetDatum(TAM_ENTRY_I64(entry, ROW));
		tam_truth_insert_index(store, values, isnull, &slots[i]->tts_tid);
	}
	return slots;
}

static void
drop_slots(TupleTableSlot **slots, int count)
{
	for (int i = 0; i < count; i++)
		ExecDropSingleTupleTableSlot(slots[i]);
}

/* Memory of one batch's tuples. */
static MemoryContext
begin_batch(void)
{
	return MemoryContextSwitchTo(AllocSetContextCreate(CurrentMemoryContext, "tamarack row_store",
													   ALLOCSET_DEFAULT_SIZES));
}

static void
end_batch(MemoryContext caller)
{
	MemoryContext context = MemoryContextSwitchTo(caller);

	MemoryContextDelete(context);
}

void
tam_iceberg_insert(Relation rel, TamBatch *batch)
{
	int64		storage = tam_meta_storage(rel);
	TamTruth	store;
	MemoryContext caller;

	tam_changes_note(rel);
	tam_truth_open(&store, TAM_TRUTH_ROW_STORE, true);
	if (tam_batch_count(batch) == 1)
		insert_one(&store, storage, tam_batch_first(batch));
	else if (tam_batch_count(batch) > 1)
	{
		caller = begin_batch();
		drop_slots(insert_many(&store, storage, batch, 0), tam_batch_count(batch));
		end_batch(caller);
	}
	tam_truth_close(&store);
}

void
tam_iceberg_finish_speculative(Relation rel, int64 row, bool succeeded)
{
	ItemPointerData tid;
	TamIcebergRow found;

	tam_tid_from_row(row, &tid);
	tam_iceberg_locate(&found, rel, &tid, NULL);
	if (succeeded)
		heap_finish_speculative(found.store.table, &found.where);
	else
		heap_abort_speculative(found.store.table, &found.where);
	tam_iceberg_release(&found);
}

/* --- copies ------------------------------------------------------------------------------- */

/* Gives a tuple on a locked page the transactions that made and ended the row it is a copy of. */
static void
set_history(HeapTupleHeader header, char *entry)
{
	int			info = TAM_ENTRY_I32(entry, INFO);
	int			mode = (info & TAM_INFO_MODE_MASK) >> TAM_INFO_MODE_SHIFT;

	header->t_infomask &= ~HEAP_XACT_MASK;
	header->t_infomask2 &= ~HEAP_KEYS_UPDATED;
	header->t_choice.t_heap.t_xmin = (TransactionId) TAM_ENTRY_I64(entry, XMIN);
	header->t_choice.t_heap.t_xmax = InvalidTransactionId;
	header->t_choice.t_heap.t_field3.t_cid = (CommandId) TAM_ENTRY_I32(entry, CID);
	if (info & TAM_INFO_CID_IS_COMBO)
		header->t_infomask |= HEAP_COMBOCID;
	if (info & TAM_INFO_XMIN_FROZEN)
		header->t_infomask |= HEAP_XMIN_FROZEN;
	if (mode < TAM_INFO_MODE_UPDATED)
	{
		header->t_infomask |= HEAP_XMAX_INVALID;
		return;
	}
	header->t_choice.t_heap.t_xmax = (TransactionId) TAM_ENTRY_I64(entry, XMAX);
	if (mode == TAM_INFO_MODE_KEY_UPDATED)
		header->t_infomask2 |= HEAP_KEYS_UPDATED;
}

/* The tuples first..end-1, which lie on one page, get their history; logged as one page image. */
static void
set_page_history(Relation table, TupleTableSlot **slots, char **entries, int first, int end)
{
	Buffer		buffer = ReadBuffer(table, ItemPointerGetBlockNumber(&slots[first]->tts_tid));
	Page		page;

	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	page = BufferGetPage(buffer);
	START_CRIT_SECTION();
	for (int i = first; i < end; i++)
	{
		ItemId		item = PageGetItemId(page, ItemPointerGetOffsetNumber(&slots[i]->tts_tid));
		HeapTupleHeader header = (HeapTupleHeader) PageGetItem(page, item);

		set_history(header, entries[i]);
		if (!(header->t_infomask & HEAP_XMAX_INVALID))
			PageSetPrunable(page, HeapTupleHeaderGetRawXmax(header));
	}
	MarkBufferDirty(buffer);
	if (RelationNeedsWAL(table))
		log_newpage_buffer(buffer, true);
	END_CRIT_SECTION();
	UnlockReleaseBuffer(buffer);
}

static void
set_histories(Relation table, TupleTableSlot **slots, TamBatch *batch)
{
	int			count = tam_batch_count(batch);
	char	  **entries = palloc(sizeof(char *) * count);
	char	   *entry = tam_batch_first(batch);
	int			first = 0;

	for (int i = 0; i < count; i++, entry = tam_entry_next(entry))
		entries[i] = entry;
	for (int end = 1; end <= count; end++)
		if (end == count || ItemPointerGetBlockNumber(&slots[end]->tts_tid)
			!= ItemPointerGetBlockNumber(&slots[first]->tts_tid))
		{
			set_page_history(table, slots, entries, first, end);
			first = end;
		}
}

static bool
all_frozen(TamBatch *batch)
{
	char	   *entry = tam_batch_first(batch);

	for (int i = 0; i < tam_batch_count(batch); i++, entry = tam_entry_next(entry))
		if (!(TAM_ENTRY_I32(entry, INFO) & TAM_INFO_XMIN_FROZEN)
			|| (TAM_ENTRY_I32(entry, INFO) & TAM_INFO_MODE_MASK) >> TAM_INFO_MODE_SHIFT >= TAM_INFO_MODE_UPDATED)
			return false;
	return true;
}

/*
 * Old snapshots must find in the copy what they would have found in the
 * original. Rows that everybody sees are inserted frozen. Others are inserted
 * as ours and get their true history at once; nobody else can reach them yet.
 */
void
tam_iceberg_insert_copies(Relation rel, TamBatch *batch)
{
	int64		storage;
	TamTruth	store;
	MemoryContext caller = begin_batch();
	bool		frozen = all_frozen(batch);
	TupleTableSlot **slots;

	copied = true;
	tam_truth_open(&store, TAM_TRUTH_ROW_STORE, true);
	storage = tam_meta_storage(rel);
	slots = insert_many(&store, storage, batch, frozen ? HEAP_INSERT_FROZEN : 0);
	if (!frozen)
		set_histories(store.table, slots, batch);
	drop_slots(slots, tam_batch_count(batch));
	tam_truth_close(&store);
	end_batch(caller);
}

bool
tam_iceberg_forget_copies(void)
{
	bool		answer = copied;

	copied = false;
	return answer;
}
