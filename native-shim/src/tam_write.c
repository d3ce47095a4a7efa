/*
 * tam_write.c
 *	  Inserts: single, multiple, speculative and gathered.
 *
 * A row's bytes must be readable by every session before an index entry names
 * it, so a relation with indexes or row triggers is written row by row. Where
 * nothing can look at a row before the statement is over, rows are gathered
 * and written in batches; whatever reads or changes the relation in this
 * session, ends the subtransaction or commits writes them out first.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/predicate.h"
#include "utils/memutils.h"

#include "tam_iceberg.h"
#include "tam_iceberg_option.h"

#define WRITE_BATCH_BYTES (16 * 1024)
/* A gathered batch is written out at either limit. */
#define PENDING_ROWS 8192
#define PENDING_BYTES (1024 * 1024)
/* Row numbers taken at a time for gathered rows. */
#define NUMBERS_AT_ONCE 8192

/* Rows gathered for one relation; lives in TopTransactionContext. */
typedef struct TamPending
{
	struct TamPending *next;
	Oid			relid;
	RelFileNumber storage;
	SubTransactionId subxact;	/* subtransaction that gathered them */
	TamBatch	batch;
	int64		next_row;		/* row numbers next_row..end_row - 1 are taken, unused */
	int64		end_row;
} TamPending;

static TamPending *pending_list = NULL;

FullTransactionId
tam_writer_xid(Relation rel)
{
	FullTransactionId xid = GetCurrentFullTransactionId();

	if (tam_is_sqlite_heap(rel))
	{
		tam_wal_cover_xid(xid);
		tam_xact_note_write();
	}
	return xid;
}

/* --- writing a batch -------------------------------------------------------------------- */

static void
write_in_java(Relation rel, TamBatch *batch)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 2];

	tam_upcall_key(arguments, rel);
	arguments[TAM_KEY_ARGUMENTS].j = (jlong) (intptr_t) batch->data;
	arguments[TAM_KEY_ARGUMENTS + 1].i = tam_batch_count(batch);
	tam_writer_acquire(rel);
	tam_upcall_void(TAM_INSERT, arguments);
	tam_writer_release(rel);
}

static void
write_batch(Relation rel, TamBatch *batch)
{
	if (tam_is_iceberg(rel))
		tam_iceberg_insert(rel, batch);
	else
		write_in_java(rel, batch);
	/* After the write: readers lock before they read (see tam_fetch.c). */
	CheckForSerializableConflictIn(rel, NULL, InvalidBlockNumber);
}

/* Appends a slot's row with the given header; sets the slot's TID. */
static char *
append_slot(TamBatch *batch, Relation rel, TupleTableSlot *slot, int64 row,
			FullTransactionId xid, CommandId cid, int options)
{
	bool		should_free;
	HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, true, &should_free);
	char	   *entry;

	if (tam_is_iceberg(rel))
		tam_iceberg_require_fit(rel, tuple);
	entry = tam_batch_append(batch, rel, tuple);
	TAM_ENTRY_I64(entry, ROW) = row;
	TAM_ENTRY_I64(entry, XMIN) = (int64) U64FromFullTransactionId(xid);
	TAM_ENTRY_I32(entry, CID) = (int32) cid;
	TAM_ENTRY_I32(entry, INFO) = (options & TABLE_INSERT_FROZEN) ? TAM_INFO_XMIN_FROZEN : 0;
	slot->tts_tableOid = RelationGetRelid(rel);
	tam_tid_from_row(row, &slot->tts_tid);
	tam_batch_mark_written(tuple, rel, entry);
	if (should_free)
		heap_freetuple(tuple);
	return entry;
}

static void
refuse_parallel(const char *what)
{
	if (IsParallelWorker())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				 errmsg("cannot %s tuples in a parallel worker", what)));
}

/* --- gathering --------------------------------------------------------------------------- */

/* Rows that go into row_store must have the id of the subtransaction that brings them. */
static bool
may_gather(Relation rel)
{
	return tam_is_sqlite_heap(rel) && !rel->rd_rel->relhasindex && rel->trigdesc == NULL;
}

static TamPending *
find_pending(Relation rel)
{
	for (TamPending *pending = pending_list; pending != NULL; pending = pending->next)
		if (pending->relid == RelationGetRelid(rel))
			return pending;
	return NULL;
}

static void
unlink_pending(TamPending *pending)
{
	TamPending **link = &pending_list;

	while (*link != pending)
		link = &(*link)->next;
	*link = pending->next;
}

static void
forget_pending(TamPending *pending)
{
	unlink_pending(pending);
	tam_batch_free(&pending->batch);
	pfree(pending);
}

static void
write_pending(Relation rel, TamPending *pending)
{
	tam_meta_give_back(rel, pending->next_row, pending->end_row);
	pending->next_row = pending->end_row = 0;
	if (tam_batch_count(&pending->batch) > 0)
		write_batch(rel, &pending->batch);
	tam_batch_clear(&pending->batch);
}

static TamPending *
make_pending(Relation rel)
{
	TamPending *pending = MemoryContextAllocZero(TopTransactionContext, sizeof(TamPending));

	pending->relid = RelationGetRelid(rel);
	pending->storage = TAM_REL_NUMBER(rel->rd_locator);
	pending->subxact = GetCurrentSubTransactionId();
	tam_batch_init(&pending->batch, TopTransactionContext, WRITE_BATCH_BYTES);
	pending->next = pending_list;
	pending_list = pending;
	return pending;
}

/* The list entry to gather into; rows of another subtransaction go out first. */
static TamPending *
pending_for(Relation rel)
{
	TamPending *pending = find_pending(rel);

	if (pending != NULL
		&& (pending->subxact != GetCurrentSubTransactionId()
			|| pending->storage != TAM_REL_NUMBER(rel->rd_locator)))
	{
		tam_pending_flush(rel);
		pending = NULL;
	}
	return pending != NULL ? pending : make_pending(rel);
}

static void
gather(Relation rel, TupleTableSlot *slot, CommandId cid, int options)
{
	FullTransactionId xid = tam_writer_xid(rel);
	TamPending *pending = pending_for(rel);

	if (pending->next_row == pending->end_row)
	{
		/* The first rows of a statement may be its only ones. */
		int			count = tam_batch_count(&pending->batch) == 0 ? 16 : NUMBERS_AT_ONCE;

		pending->next_row = tam_meta_allocate(rel, count);
		pending->end_row = pending->next_row + count;
	}
	append_slot(&pending->batch, rel, slot, pending->next_row++, xid, cid, options);
	if (tam_batch_count(&pending->batch) >= PENDING_ROWS
		|| *(int64 *) (pending->batch.data + TAM_BATCH_USED) >= PENDING_BYTES)
		write_pending(rel, pending);
}

void
tam_pending_flush(Relation rel)
{
	TamPending *pending;

	if (likely(pending_list == NULL))
		return;
	pending = find_pending(rel);
	if (pending == NULL)
		return;
	/* Off the list first: if writing fails, the abort has nothing left to do. */
	unlink_pending(pending);
	write_pending(rel, pending);
	tam_batch_free(&pending->batch);
	pfree(pending);
}

void
tam_pending_flush_all(void)
{
	while (pending_list != NULL)
	{
		TamPending *pending = pending_list;
		Relation	rel = try_table_open(pending->relid, NoLock);

		/* The statement's end wrote them out, unless their table is gone. */
		if (rel == NULL || pending->storage != TAM_REL_NUMBER(rel->rd_locator))
			forget_pending(pending);
		else
			tam_pending_flush(rel);
		if (rel != NULL)
			table_close(rel, NoLock);
	}
}

void
tam_pending_discard(SubTransactionId subxact)
{
	TamPending *pending = pending_list;

	while (pending != NULL)
	{
		TamPending *next = pending->next;

		if (pending->subxact >= subxact)
			forget_pending(pending);
		pending = next;
	}
}

/* --- callbacks ---------------------------------------------------------------------------- */

void
tam_tuple_insert(Relation rel, TupleTableSlot *slot, CommandId cid, int options,
				 struct BulkInsertStateData *bistate)
{
	tam_multi_insert(rel, &slot, 1, cid, options, bistate);
}

static void
insert_at_once(Relation rel, TupleTableSlot **slots, int nslots, CommandId cid, int options)
{
	TamBatch	batch;
	FullTransactionId xid = tam_writer_xid(rel);
	int64		row;

	tam_pending_flush(rel);
	tam_batch_init(&batch, CurrentMemoryContext, nslots == 1 ? 512 : WRITE_BATCH_BYTES);
	row = tam_meta_allocate(rel, nslots);
	for (int i = 0; i < nslots; i++)
		append_slot(&batch, rel, slots[i], row + i, xid, cid, options);
	write_batch(rel, &batch);
	tam_batch_free(&batch);
}

void
tam_multi_insert(Relation rel, TupleTableSlot **slots, int nslots, CommandId cid, int options,
				 struct BulkInsertStateData *bistate)
{
	refuse_parallel("insert");
	if (!may_gather(rel))
		insert_at_once(rel, slots, nslots, cid, options);
	else
		for (int i = 0; i < nslots; i++)
			gather(rel, slots[i], cid, options);
	pgstat_count_heap_insert(rel, nslots);
}

void
tam_tuple_insert_speculative(Relation rel, TupleTableSlot *slot, CommandId cid, int options,
							 struct BulkInsertStateData *bistate, uint32 token)
{
	TamBatch	batch;
	char	   *entry;

	refuse_parallel("insert");
	tam_pending_flush(rel);
	tam_batch_init(&batch, CurrentMemoryContext, 512);
	entry = append_slot(&batch, rel, slot, tam_meta_allocate(rel, 1), tam_writer_xid(rel), cid, options);
	TAM_ENTRY_I32(entry, INFO) |= TAM_INFO_SPECULATIVE;
	TAM_ENTRY_I64(entry, NEXT) = token;
	write_batch(rel, &batch);
	tam_batch_free(&batch);
	pgstat_count_heap_insert(rel, 1);
}

static void
finish_speculative_in_java(Relation rel, int64 row, bool succeeded)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 2];

	tam_upcall_key(arguments, rel);
	arguments[TAM_KEY_ARGUMENTS].j = row;
	arguments[TAM_KEY_ARGUMENTS + 1].z = succeeded;
	tam_writer_acquire(rel);
	tam_upcall_void(TAM_FINISH_SPECULATIVE, arguments);
	tam_writer_release(rel);
}

void
tam_tuple_complete_speculative(Relation rel, TupleTableSlot *slot, uint32 token, bool succeeded)
{
	int64		row = tam_row_from_tid(&slot->tts_tid);

	if (tam_is_iceberg(rel))
		tam_iceberg_finish_speculative(rel, row, succeeded);
	else
		finish_speculative_in_java(rel, row, succeeded);
	if (!succeeded)
		pgstat_count_heap_delete(rel);
}

void
tam_finish_bulk_insert(Relation rel, int options)
{
	tam_pending_flush(rel);
}
