/*
 * tam_iceberg_lock.c
 *	  Row locks: heap's, on the tuple in row_store, which is followed to its
 *	  latest version if the caller wants that.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "utils/snapmgr.h"

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
	if (tam_store_is_anchor(&row->store, tuple))
		tam_iceberg_read_row(row->rel, tam_store_tuple_row(&row->store, tuple), SnapshotAny, &batch);
	else
		tam_store_append_alone(&batch, &row->store, tuple, true);
	tam_batch_store(tam_batch_first(&batch), row->rel, slot, true);
	tam_batch_free(&batch);
}

/*
 * After TM_Deleted: whether the row, or the last version that heap followed it
 * to, has moved to a file; *row then means its anchor.
 */
static bool
go_to_file(TamIcebergRow *row, uint8 flags, TM_FailureData *tmfd, bool *moved)
{
	/* heap has moved the place along the chain. */
	int64		last = tam_iceberg_row_at(row, &row->where);

	if (ItemPointerIndicatesMovedPartitions(&tmfd->ctid) || last == TAM_NO_ROW
		|| (last == row->row && row->in_file) || !tam_data_has_row(row->rel, last))
		return false;
	if (last != row->row && !(flags & TUPLE_LOCK_FLAG_FIND_LAST_VERSION))
		return false;
	*moved |= last != row->row;
	tam_iceberg_go_to_anchor(row, last);
	return true;
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
	bool		moved = false;
	TM_Result	result;

	for (;;)
	{
		result = table_tuple_lock(row->store.table, &row->where, snapshot, store_slot, cid, mode, policy,
								  flags, tmfd);
		if (result == TM_Deleted && go_to_file(row, flags, tmfd, &moved))
			continue;
		if (result != TM_Updated || ItemPointerIndicatesMovedPartitions(&tmfd->ctid)
			|| ItemPointerEquals(&tmfd->ctid, &row->where)
			|| tam_iceberg_row_at(row, &tmfd->ctid) != row->row)
			break;
		/* The row goes on in another tuple (tam_iceberg_modify.c). */
		row->where = tmfd->ctid;
	}
	if (result == TM_WouldBlock && wait_policy == LockWaitError)
		raise_not_available(row->rel);
	tmfd->traversed |= moved;
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
