/*
 * tam_batch.c
 *	  Tuples between slots and off-heap batches.
 *
 * A batch holds packed row versions in the layout of tamarack.tuple.BatchLayout.
 * Read batches hold a heap tuple image with each row, so that PostgreSQL's own
 * code deforms it; write batches hold the stored form.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "executor/tuptable.h"
#include "utils/memutils.h"

#include "tam.h"

StaticAssertDecl(TAM_BATCH_IMAGE % MAXIMUM_ALIGNOF == 0, "tuple image must be aligned");
StaticAssertDecl(SizeofHeapTupleHeader == 23, "stored tuples assume this header size");
StaticAssertDecl(MAXIMUM_ALIGNOF == 8, "stored tuples assume this alignment");

/* Stored form: number of attributes, flags, null bitmap, data. */
#define STORED_PREFIX 3
#define STORED_HAS_NULL 1
#define STORED_HAS_VARWIDTH 2

/* --- buffers -------------------------------------------------------------------- */

void
tam_batch_init(TamBatch *batch, MemoryContext context, Size capacity)
{
	batch->context = context;
	batch->capacity = MAXALIGN(capacity);
	batch->data = MemoryContextAllocHuge(context, batch->capacity);
	tam_batch_clear(batch);
}

/* Makes room; what the batch held stays. */
void
tam_batch_reserve(TamBatch *batch, Size capacity)
{
	if (capacity <= batch->capacity)
		return;
	batch->capacity = MAXALIGN(capacity);
	batch->data = repalloc_huge(batch->data, batch->capacity);
}

void
tam_batch_free(TamBatch *batch)
{
	if (batch->data != NULL)
		pfree(batch->data);
	batch->data = NULL;
	batch->capacity = 0;
}

void
tam_batch_clear(TamBatch *batch)
{
	memset(batch->data, 0, TAM_BATCH_HEADER_SIZE);
	*(int64 *) (batch->data + TAM_BATCH_USED) = TAM_BATCH_HEADER_SIZE;
}

int
tam_batch_count(const TamBatch *batch)
{
	return *(int32 *) (batch->data + TAM_BATCH_COUNT);
}

char *
tam_batch_first(const TamBatch *batch)
{
	return batch->data + TAM_BATCH_HEADER_SIZE;
}

/* --- reading -------------------------------------------------------------------- */

static uint16
xmin_hints(int info)
{
	return (info & TAM_INFO_XMIN_FROZEN) ? HEAP_XMIN_FROZEN : 0;
}

static uint16
xmax_hints(int info)
{
	int			mode = (info & TAM_INFO_MODE_MASK) >> TAM_INFO_MODE_SHIFT;
	uint16		hints = (info & TAM_INFO_XMAX_MULTI) ? HEAP_XMAX_IS_MULTI : 0;

	if (mode == TAM_INFO_MODE_NONE)
		return HEAP_XMAX_INVALID;
	if (mode < TAM_INFO_MODE_UPDATED)
		hints |= HEAP_XMAX_LOCK_ONLY;
	return hints;
}

/*
 * Fills in what PostgreSQL's system columns and triggers read from a tuple's
 * header: xmin, xmax, command id, successor.
 */
static void
fill_header(HeapTupleHeader header, char *entry, ItemPointer self)
{
	int			info = TAM_ENTRY_I32(entry, INFO);
	int64		next = TAM_ENTRY_I64(entry, NEXT);

	header->t_choice.t_heap.t_xmin = (TransactionId) TAM_ENTRY_I64(entry, XMIN);
	header->t_choice.t_heap.t_xmax = (TransactionId) TAM_ENTRY_I64(entry, XMAX);
	header->t_choice.t_heap.t_field3.t_cid = (CommandId) TAM_ENTRY_I32(entry, CID);
	header->t_infomask &= HEAP_HASNULL | HEAP_HASVARWIDTH | HEAP_HASEXTERNAL;
	header->t_infomask |= xmin_hints(info) | xmax_hints(info);
	if (info & TAM_INFO_CID_IS_COMBO)
		header->t_infomask |= HEAP_COMBOCID;
	if (next == TAM_ROW_MOVED)
		ItemPointerSetMovedPartitions(&header->t_ctid);
	else if (next >= 0 && !(info & TAM_INFO_SPECULATIVE))
		tam_tid_from_row(next, &header->t_ctid);
	else
		header->t_ctid = *self;
}

void
tam_batch_tuple(char *entry, Relation rel, HeapTuple tuple)
{
	tuple->t_len = (uint32) TAM_ENTRY_I32(entry, TUPLE_LENGTH);
	tuple->t_data = (HeapTupleHeader) (entry + TAM_BATCH_IMAGE);
	tuple->t_tableOid = rel == NULL ? InvalidOid : RelationGetRelid(rel);
	tam_tid_from_row(TAM_ENTRY_I64(entry, ROW), &tuple->t_self);
	fill_header(tuple->t_data, entry, &tuple->t_self);
}

CommandId
tam_entry_cmin(char *entry)
{
	HeapTupleData tuple;

	tam_batch_tuple(entry, NULL, &tuple);
	return HeapTupleHeaderGetCmin(tuple.t_data);
}

void
tam_batch_store(char *entry, Relation rel, TupleTableSlot *slot, bool copy)
{
	HeapTupleData tuple;

	tam_batch_tuple(entry, rel, &tuple);
	if (copy)
	{
		MemoryContext caller = MemoryContextSwitchTo(slot->tts_mcxt);
		HeapTuple	owned = heap_copytuple(&tuple);

		MemoryContextSwitchTo(caller);
		ExecStoreHeapTuple(owned, slot, true);
	}
	else
	{
		HeapTupleTableSlot *heap_slot = (HeapTupleTableSlot *) slot;

		ExecClearTuple(slot);
		heap_slot->tupdata = tuple;
		ExecStoreHeapTuple(&heap_slot->tupdata, slot, false);
	}
	slot->tts_tableOid = tuple.t_tableOid;
}

/*
 * Gives the tuple in a slot the header of the version just written: RETURNING
 * and triggers may ask it for system columns.
 */
void
tam_batch_mark_written(HeapTuple tuple, Relation rel, char *entry)
{
	tuple->t_tableOid = RelationGetRelid(rel);
	tam_tid_from_row(TAM_ENTRY_I64(entry, ROW), &tuple->t_self);
	fill_header(tuple->t_data, entry, &tuple->t_self);
}

/* --- stored rows ------------------------------------------------------------------ */

/* Makes a heap tuple image of a row's stored form; its length. */
static uint32
make_image(HeapTupleHeader header, const char *stored, Size size)
{
	uint16		natts;
	int			flags = stored[2];
	Size		bitmap;
	Size		data;

	memcpy(&natts, stored, sizeof(natts));
	bitmap = (flags & STORED_HAS_NULL) ? BITMAPLEN(natts) : 0;
	data = size - STORED_PREFIX - bitmap;
	HeapTupleHeaderSetNatts(header, natts);
	header->t_infomask = ((flags & STORED_HAS_NULL) ? HEAP_HASNULL : 0)
		| ((flags & STORED_HAS_VARWIDTH) ? HEAP_HASVARWIDTH : 0);
	header->t_hoff = MAXALIGN(SizeofHeapTupleHeader + bitmap);
	memcpy(header->t_bits, stored + STORED_PREFIX, bitmap);
	memcpy((char *) header + header->t_hoff, stored + STORED_PREFIX + bitmap, data);
	return (uint32) (header->t_hoff + data);
}

/* Room for an entry with an image of so many bytes; NULL when there is none. */
static char *
make_read_entry(TamBatch *batch, Size image_size)
{
	int64		used = *(int64 *) (batch->data + TAM_BATCH_USED);
	Size		entry_size = MAXALIGN(TAM_BATCH_IMAGE + image_size);
	char	   *entry = batch->data + used;

	if (used + entry_size > batch->capacity)
	{
		*(int64 *) (batch->data + TAM_BATCH_NEEDED) = used + entry_size;
		return NULL;
	}
	memset(entry, 0, Min(entry_size, TAM_BATCH_IMAGE + MAXALIGN(SizeofHeapTupleHeader)));
	TAM_ENTRY_I64(entry, NEXT) = TAM_INFO_NEXT_NONE;
	TAM_ENTRY_I32(entry, ENTRY_SIZE) = (int32) entry_size;
	*(int64 *) (batch->data + TAM_BATCH_USED) = used + entry_size;
	(*(int32 *) (batch->data + TAM_BATCH_COUNT))++;
	return entry;
}

char *
tam_batch_append_image(TamBatch *batch, const char *stored, Size size)
{
	/* A header takes more than the prefix; its padding at most seven bytes. */
	char	   *entry = make_read_entry(batch, stored == NULL ? 0 : SizeofHeapTupleHeader + MAXIMUM_ALIGNOF + size);

	if (entry != NULL && stored != NULL)
		TAM_ENTRY_I32(entry, TUPLE_LENGTH)
			= (int32) make_image((HeapTupleHeader) (entry + TAM_BATCH_IMAGE), stored, size);
	return entry;
}

char *
tam_batch_append_tuple(TamBatch *batch, HeapTuple tuple)
{
	char	   *entry = make_read_entry(batch, tuple == NULL ? 0 : tuple->t_len);

	if (entry != NULL && tuple != NULL)
	{
		memcpy(entry + TAM_BATCH_IMAGE, tuple->t_data, tuple->t_len);
		TAM_ENTRY_I32(entry, TUPLE_LENGTH) = (int32) tuple->t_len;
	}
	return entry;
}

/* --- writing -------------------------------------------------------------------- */

static char *
make_room(TamBatch *batch, Size entry_size)
{
	int64		used = *(int64 *) (batch->data + TAM_BATCH_USED);
	char	   *entry;

	if (used + entry_size > batch->capacity)
		tam_batch_reserve(batch, Max(used + entry_size, Min(batch->capacity * 2, (Size) 1 << 20)));
	entry = batch->data + used;
	memset(entry, 0, TAM_BATCH_IMAGE);
	TAM_ENTRY_I64(entry, NEXT) = TAM_INFO_NEXT_NONE;
	TAM_ENTRY_I32(entry, ENTRY_SIZE) = (int32) entry_size;
	*(int64 *) (batch->data + TAM_BATCH_USED) = used + entry_size;
	(*(int32 *) (batch->data + TAM_BATCH_COUNT))++;
	return entry;
}

static void
store_form(char *entry, HeapTuple tuple)
{
	HeapTupleHeader header = tuple->t_data;
	uint16		natts = HeapTupleHeaderGetNatts(header);
	Size		bitmap = (header->t_infomask & HEAP_HASNULL) ? BITMAPLEN(natts) : 0;
	Size		data = tuple->t_len - header->t_hoff;
	char	   *out = entry + TAM_BATCH_IMAGE;

	memcpy(out, &natts, sizeof(natts));
	out[2] = ((header->t_infomask & HEAP_HASNULL) ? STORED_HAS_NULL : 0)
		| ((header->t_infomask & HEAP_HASVARWIDTH) ? STORED_HAS_VARWIDTH : 0);
	memcpy(out + STORED_PREFIX, header->t_bits, bitmap);
	memcpy(out + STORED_PREFIX + bitmap, (char *) header + header->t_hoff, data);
	TAM_ENTRY_I32(entry, BLOB_OFFSET) = TAM_BATCH_IMAGE;
	TAM_ENTRY_I32(entry, BLOB_SIZE) = (int32) (STORED_PREFIX + bitmap + data);
}

char *
tam_batch_append(TamBatch *batch, Relation rel, HeapTuple tuple)
{
	HeapTuple	flat = tam_toast_tuple(rel, tuple);
	/* The header is larger than the prefix: this is always enough. */
	Size		entry_size = MAXALIGN(TAM_BATCH_IMAGE + flat->t_len);
	char	   *entry;

	if (flat->t_len > MaxAllocSize - TAM_BATCH_IMAGE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("row of relation \"%s\" is too large: %zu bytes, at most %zu",
						RelationGetRelationName(rel), (Size) flat->t_len,
						(Size) MaxAllocSize - TAM_BATCH_IMAGE)));
	entry = make_room(batch, entry_size);
	store_form(entry, flat);
	if (flat != tuple)
		heap_freetuple(flat);
	return entry;
}
