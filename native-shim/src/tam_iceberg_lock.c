/*
 * tam_iceberg_lock.c
 *	  Row locks: heap's, on the tuple in row_store, which is followed to its
 *	  latest version if the caller wants that.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "executor/tuptable.h"

#include "tam_iceberg.h"

#define ROW_BATCH_BYTES 1024

static void
raise_not_available(Relation rel)
{
	ereport(ERROR,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("could not obtain lock on row in relation \"%s\"", RelationGetRelationName(rel))));
}

/* Makes the user's row of the tuple of row_store that heap has put into a slot. */
static void
store_locked(TamIcebergRow *row, TupleTableSlot *store_slot, TupleTableSlot *slot)
{
	TamBatch	batch;
	HeapTuple	tuple;

	if (TTS_EMPTY(store_slot))
	{
		ExecClearTuple(slot);
		return;
	}
	tuple = ExecFetchSlotHeapTuple(store_slot, false, NULL);
	tam_batch_init(&batch, CurrentMemoryContext, ROW_BATCH_BYTES);
	tam_batch_store(tam_store_append_alone(&batch, &row->store, tuple, true), row->rel, slot, true);
	tam_batch_free(&batch);
}

/*
 * heap's lock of the row's tuple, and of its later versions if it follows
 * them; whoever is not to wait is told so here, in the name of the user's
 * table.
 */
static TM_Result
lock_in_store(TamIcebergRow *row, Snapshot snapshot, TupleTableSlot *store_slot, CommandId cid,
			  LockTupleMode mode, LockWaitPolicy wait_policy, uint8 flags, TM_FailureData *tmfd)
{
	LockWaitPolicy policy = wait_policy == LockWaitError ? LockWaitSkip : wait_policy;
	TM_Result	result = table_tuple_lock(row->store.table, &row->where, snapshot, store_slot, cid, mode,
										  policy, flags, tmfd);

	if (result == TM_WouldBlock && wait_policy == LockWaitError)
		raise_not_available(row->rel);
	return result;
}

TM_Result
tam_iceberg_tuple_lock(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot,
					   CommandId cid, LockTupleMode mode, LockWaitPolicy wait_policy, uint8 flags,
					   TM_FailureData *tmfd)
{
	TamIcebergRow row;
	TupleTableSlot *store_slot;
	TM_Result	result;

	tam_iceberg_locate(&row, rel, tid, NULL);
	store_slot = table_slot_create(row.store.table, NULL);
	result = lock_in_store(&row, snapshot, store_slot, cid, mode, wait_policy, flags, tmfd);
	store_locked(&row, store_slot, slot);
	if (!TTS_EMPTY(slot) && tmfd->traversed)
		*tid = slot->tts_tid;
	tam_iceberg_translate_failure(&row, result, tmfd);
	ExecDropSingleTupleTableSlot(store_slot);
	tam_iceberg_release(&row);
	return result;
}
