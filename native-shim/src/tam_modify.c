/*
 * tam_modify.c
 *	  Delete, update and lock of one row.
 *
 * Java decides, in one short transaction of the file, what the row's state
 * allows. When another transaction has to end first it says for which, having
 * written nothing; the wait happens here, with no Java frame beneath and the
 * writer slot free, and the operation starts over.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/sysattr.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/lmgr.h"
#include "storage/predicate.h"
#include "utils/datum.h"
#include "utils/snapmgr.h"

#include "tam.h"

#define ROW_BATCH_BYTES 1024

typedef struct TamOperation
{
	Relation	rel;
	ItemPointerData tid;
	int			kind;
	XLTW_Oper	reason;			/* what a waiting session reports */
	LockTupleMode lock_mode;	/* strength of the heavyweight tuple lock */
	LockWaitPolicy wait_policy;
	bool		has_tuple_lock;
	union
	{
		char		bytes[TAM_OP_SIZE];
		int64		aligned;
	}			off_heap;
} TamOperation;

#define OP_I32(operation, field) (*(int32 *) ((operation)->off_heap.bytes + TAM_OP_##field))
#define OP_I64(operation, field) (*(int64 *) ((operation)->off_heap.bytes + TAM_OP_##field))

/* Heavyweight lock that queues the waiters for a row, by strength. */
static LOCKMODE
heavy_mode(LockTupleMode mode)
{
	switch (mode)
	{
		case LockTupleKeyShare:
			return AccessShareLock;
		case LockTupleShare:
			return RowShareLock;
		case LockTupleNoKeyExclusive:
			return ExclusiveLock;
		case LockTupleExclusive:
			return AccessExclusiveLock;
	}
	elog(ERROR, "unknown tuple lock mode %d", (int) mode);
	return NoLock;
}

/* --- waiting -------------------------------------------------------------------------- */

static void
raise_not_available(Relation rel)
{
	ereport(ERROR,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("could not obtain lock on row in relation \"%s\"", RelationGetRelationName(rel))));
}

/* Joins the queue for the row; false when the policy is to skip instead. */
static bool
acquire_tuple_lock(TamOperation *operation)
{
	LOCKMODE	mode = heavy_mode(operation->lock_mode);

	if (operation->has_tuple_lock)
		return true;
	if (operation->wait_policy == LockWaitBlock)
		LockTuple(operation->rel, &operation->tid, mode);
	else if (!tam_conditional_lock_tuple(operation->rel, &operation->tid, mode))
	{
		if (operation->wait_policy == LockWaitError)
			raise_not_available(operation->rel);
		return false;
	}
	operation->has_tuple_lock = true;
	return true;
}

/* Waits for the transaction that Java named; false: skip the row. */
static bool
wait_for(TamOperation *operation)
{
	TransactionId xid = (TransactionId) OP_I64(operation, WAIT_XID);
	int			flags = OP_I32(operation, OUT_FLAGS);

	if (flags & TAM_OP_OUT_WAIT_ON_SUCCESSOR)
	{
		XactLockTableWait(xid, operation->rel, &operation->tid, XLTW_LockUpdated);
		return true;
	}
	if (!(flags & TAM_OP_OUT_SKIP_TUPLE_LOCK) && !acquire_tuple_lock(operation))
		return false;
	if (operation->wait_policy == LockWaitBlock)
		XactLockTableWait(xid, operation->rel, &operation->tid, operation->reason);
	else if (!tam_conditional_xact_lock_wait(xid))
	{
		if (operation->wait_policy == LockWaitError)
			raise_not_available(operation->rel);
		return false;
	}
	return true;
}

/* --- running --------------------------------------------------------------------------- */

static void
run_once(TamOperation *operation)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 2];

	tam_upcall_key(arguments, operation->rel);
	arguments[TAM_KEY_ARGUMENTS].i = operation->kind;
	arguments[TAM_KEY_ARGUMENTS + 1].j = (jlong) (intptr_t) operation->off_heap.bytes;
	OP_I32(operation, ACTION) = TAM_ACTION_DONE;
	OP_I32(operation, OUT_FLAGS) = 0;
	/* Locks may go to later versions, too. */
	if (OP_I32(operation, FLAGS) & TAM_OP_FLAG_FOLLOW_UPDATES)
		tam_recent_forget();
	else
		tam_recent_touch(operation->rel, OP_I64(operation, ROW));
	tam_writer_acquire(operation->rel);
	tam_upcall_void(TAM_MODIFY, arguments);
	tam_writer_release(operation->rel);
}

static TM_Result
run(TamOperation *operation)
{
	TM_Result	result = TM_WouldBlock;

	for (;;)
	{
		run_once(operation);
		if (OP_I32(operation, ACTION) == TAM_ACTION_DONE)
		{
			result = (TM_Result) OP_I32(operation, RESULT);
			break;
		}
		if (!wait_for(operation))
			break;
		CHECK_FOR_INTERRUPTS();
	}
	if (operation->has_tuple_lock)
		UnlockTuple(operation->rel, &operation->tid, heavy_mode(operation->lock_mode));
	if (result == TM_Ok && operation->kind != TAM_OPERATION_LOCK)
		tam_recent_gave_up(operation->rel, OP_I64(operation, ROW), (TransactionId) OP_I64(operation, XID));
	return result;
}

static void
prepare(TamOperation *operation, Relation rel, int kind, ItemPointer tid, CommandId cid,
		LockTupleMode mode, LockWaitPolicy policy, XLTW_Oper reason)
{
	memset(operation, 0, sizeof(*operation));
	operation->rel = rel;
	operation->tid = *tid;
	operation->kind = kind;
	operation->reason = reason;
	operation->lock_mode = mode;
	operation->wait_policy = policy;
	tam_pending_flush(rel);
	if (!tam_meta_exists(rel))
		elog(ERROR, "relation \"%s\" has no rows", RelationGetRelationName(rel));
	/* Anyone may put us into a multixact from here on. */
	MultiXactIdSetOldestMember();
	OP_I64(operation, ROW) = tam_row_from_tid(tid);
	OP_I64(operation, XID) = (int64) U64FromFullTransactionId(tam_writer_xid(rel));
	OP_I32(operation, CID) = (int32) cid;
	OP_I32(operation, LOCK_MODE) = (int32) mode;
}

static void
fill_failure(TamOperation *operation, TM_Result result, TM_FailureData *tmfd)
{
	int64		row = OP_I64(operation, FAILURE_ROW);

	if (row == TAM_ROW_MOVED)
	{
		tmfd->ctid = operation->tid;
		ItemPointerSetMovedPartitions(&tmfd->ctid);
	}
	else if (row >= 0)
		tam_tid_from_row(row, &tmfd->ctid);
	else
		tmfd->ctid = operation->tid;
	tmfd->xmax = (TransactionId) OP_I64(operation, FAILURE_XMAX);
	tmfd->cmax = result == TM_SelfModified ? (CommandId) OP_I32(operation, FAILURE_CMAX)
		: InvalidCommandId;
}

static void
refuse_in_parallel_mode(const char *what)
{
	if (IsInParallelMode())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				 errmsg("cannot %s tuples during a parallel operation", what)));
}

static void
refuse_invisible(TM_Result result, const char *what)
{
	if (result == TM_Invisible)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("attempted to %s invisible tuple", what)));
}

/* Points the operation to a flat snapshot that the row must be visible to. */
static void
set_crosscheck(TamOperation *operation, Snapshot crosscheck, TamSnapshot *flat)
{
	if (crosscheck == InvalidSnapshot)
		return;
	tam_snapshot_flatten(flat, crosscheck);
	OP_I64(operation, CROSSCHECK) = (int64) (intptr_t) flat;
}

/* --- delete ------------------------------------------------------------------------------ */

TM_Result
tam_tuple_delete(Relation rel, ItemPointer tid, CommandId cid, Snapshot snapshot,
				 Snapshot crosscheck, bool wait, TM_FailureData *tmfd, bool changingPart)
{
	TamOperation operation;
	TamSnapshot flat;
	TM_Result	result;

	refuse_in_parallel_mode("delete");
	prepare(&operation, rel, TAM_OPERATION_DELETE, tid, cid, LockTupleExclusive,
			wait ? LockWaitBlock : LockWaitSkip, XLTW_Delete);
	if (changingPart)
		OP_I32(&operation, FLAGS) |= TAM_OP_FLAG_CHANGING_PARTITION;
	set_crosscheck(&operation, crosscheck, &flat);
	result = run(&operation);
	if (result == TM_WouldBlock)
		result = TM_BeingModified;
	refuse_invisible(result, "delete");
	if (result == TM_Ok)
	{
		CheckForSerializableConflictIn(rel, tid, ItemPointerGetBlockNumber(tid));
		pgstat_count_heap_delete(rel);
	}
	else
		fill_failure(&operation, result, tmfd);
	return result;
}

/* --- update ------------------------------------------------------------------------------ */

static bool
attribute_differs(TupleDesc desc, int attno, HeapTuple left, HeapTuple right)
{
	bool		left_null;
	bool		right_null;
	Datum		left_value = heap_getattr(left, attno, desc, &left_null);
	Datum		right_value = heap_getattr(right, attno, desc, &right_null);
	Form_pg_attribute attribute;

	if (left_null || right_null)
		return left_null != right_null;
	/* Of the system columns only tableoid can stand in a key, and it stays. */
	if (attno <= 0)
		return attno != TableOidAttributeNumber;
	attribute = TupleDescAttr(desc, attno - 1);
	return !datumIsEqual(left_value, right_value, attribute->attbyval, attribute->attlen);
}

bool
tam_has_key(Relation rel)
{
	Bitmapset  *key = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_KEY);
	bool		answer = !bms_is_empty(key);

	bms_free(key);
	return answer;
}

bool
tam_key_differs(Relation rel, HeapTuple left, HeapTuple right)
{
	Bitmapset  *key = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_KEY);
	bool		differs = false;
	int			member = -1;

	while (!differs && (member = bms_next_member(key, member)) >= 0)
		differs = attribute_differs(RelationGetDescr(rel), member + FirstLowInvalidHeapAttributeNumber,
									left, right);
	bms_free(key);
	return differs;
}

/*
 * Whether the update leaves the columns alone that foreign keys can refer to:
 * it then takes a weaker lock. A version's bytes never change, so the old one
 * can be read before it is locked.
 */
static bool
keeps_key(Relation rel, ItemPointer otid, HeapTuple new_tuple)
{
	int64		row = tam_row_from_tid(otid);
	char	   *entry;
	TamBatch	batch = {0};
	HeapTupleData old_tuple;
	bool		keeps = true;

	if (!tam_has_key(rel))
		return true;
	entry = tam_recent_entry(rel, row);
	if (entry == NULL)
	{
		tam_batch_init(&batch, CurrentMemoryContext, ROW_BATCH_BYTES);
		if (tam_fetch_row(rel, row, NULL, &batch) != TAM_FETCH_MISSING)
			entry = tam_batch_first(&batch);
	}
	if (entry != NULL)
	{
		tam_batch_tuple(entry, rel, &old_tuple);
		keeps = !tam_key_differs(rel, &old_tuple, new_tuple);
	}
	if (batch.data != NULL)
		tam_batch_free(&batch);
	return keeps;
}

static void
add_new_version(TamOperation *operation, TamBatch *batch, HeapTuple tuple, CommandId cid)
{
	char	   *entry;

	tam_batch_init(batch, CurrentMemoryContext, ROW_BATCH_BYTES);
	entry = tam_batch_append(batch, operation->rel, tuple);
	OP_I64(operation, NEW_ROW) = tam_meta_allocate(operation->rel, 1);
	OP_I64(operation, NEW_ROW_BATCH) = (int64) (intptr_t) batch->data;
	TAM_ENTRY_I64(entry, ROW) = OP_I64(operation, NEW_ROW);
	TAM_ENTRY_I64(entry, XMIN) = OP_I64(operation, XID);
	TAM_ENTRY_I32(entry, CID) = (int32) cid;
}

static TM_Result
update_row(TamOperation *operation, TupleTableSlot *slot, HeapTuple tuple, CommandId cid)
{
	TamBatch	batch;
	TM_Result	result;

	add_new_version(operation, &batch, tuple, cid);
	result = run(operation);
	if (result == TM_WouldBlock)
		result = TM_BeingModified;
	if (result == TM_Ok)
		tam_batch_mark_written(tuple, operation->rel, tam_batch_first(&batch));
	tam_batch_free(&batch);
	refuse_invisible(result, "update");
	if (result != TM_Ok)
	{
		tam_meta_give_back(operation->rel, OP_I64(operation, NEW_ROW), OP_I64(operation, NEW_ROW) + 1);
		return result;
	}
	tam_tid_from_row(OP_I64(operation, NEW_ROW), &slot->tts_tid);
	CheckForSerializableConflictIn(operation->rel, &operation->tid,
								   ItemPointerGetBlockNumber(&operation->tid));
	tam_count_update(operation->rel);
	return result;
}

TM_Result
tam_tuple_update(Relation rel, ItemPointer otid, TupleTableSlot *slot, CommandId cid,
				 Snapshot snapshot, Snapshot crosscheck, bool wait, TM_FailureData *tmfd,
				 LockTupleMode *lockmode, TamUpdateIndexes *update_indexes)
{
	TamOperation operation;
	TamSnapshot flat;
	bool		should_free;
	HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, true, &should_free);
	bool		keep;
	TM_Result	result;

	refuse_in_parallel_mode("update");
	slot->tts_tableOid = RelationGetRelid(rel);
	tuple->t_tableOid = slot->tts_tableOid;
	keep = keeps_key(rel, otid, tuple);
	*lockmode = keep ? LockTupleNoKeyExclusive : LockTupleExclusive;
	prepare(&operation, rel, TAM_OPERATION_UPDATE, otid, cid, *lockmode,
			wait ? LockWaitBlock : LockWaitSkip, XLTW_Update);
	if (keep)
		OP_I32(&operation, FLAGS) |= TAM_OP_FLAG_KEY_UNCHANGED;
	set_crosscheck(&operation, crosscheck, &flat);
	result = update_row(&operation, slot, tuple, cid);
	if (result != TM_Ok)
		fill_failure(&operation, result, tmfd);
	*update_indexes = result == TM_Ok ? TAM_UPDATE_ALL_INDEXES : TAM_UPDATE_NO_INDEX;
	if (should_free)
		heap_freetuple(tuple);
	return result;
}

/* --- lock -------------------------------------------------------------------------------- */

static TM_Result
lock_version(Relation rel, ItemPointer tid, CommandId cid, LockTupleMode mode,
			 LockWaitPolicy policy, uint8 flags, TM_FailureData *tmfd)
{
	TamOperation operation;
	TM_Result	result;

	prepare(&operation, rel, TAM_OPERATION_LOCK, tid, cid, mode, policy, XLTW_Lock);
	if (flags & TUPLE_LOCK_FLAG_LOCK_UPDATE_IN_PROGRESS)
		OP_I32(&operation, FLAGS) |= TAM_OP_FLAG_FOLLOW_UPDATES;
	result = run(&operation);
	if (result != TM_Ok)
		fill_failure(&operation, result, tmfd);
	return result;
}

/* Waits for whoever updates a later version just now; false: skip. */
static bool
wait_for_updater(Relation rel, ItemPointer tid, TransactionId xid, LockWaitPolicy policy)
{
	if (policy == LockWaitBlock)
	{
		XactLockTableWait(xid, rel, tid, XLTW_FetchUpdated);
		return true;
	}
	if (tam_conditional_xact_lock_wait(xid))
		return true;
	if (policy == LockWaitError)
		raise_not_available(rel);
	return false;
}

/*
 * Walks from an updated version to the last one, which is to be locked: *tid
 * is moved along. TM_Ok: there is one; anything else is the final result.
 */
static TM_Result
find_last_version(Relation rel, ItemPointer tid, CommandId cid, LockWaitPolicy policy,
				  TM_FailureData *tmfd, TamBatch *batch)
{
	SnapshotData dirty;

	InitDirtySnapshot(dirty);
	for (;;)
	{
		char	   *entry = tam_batch_first(batch);
		TransactionId xmin;
		int			result;

		if (ItemPointerIndicatesMovedPartitions(tid))
			ereport(ERROR,
					(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
					 errmsg("tuple to be locked was already moved to another partition due to concurrent update")));
		result = tam_fetch_row(rel, tam_row_from_tid(tid), &dirty, batch);
		entry = tam_batch_first(batch);
		if (result == TAM_FETCH_MISSING)
			return TM_Deleted;
		xmin = (TransactionId) TAM_ENTRY_I64(entry, XMIN);
		if (result != TAM_FETCH_VISIBLE)
		{
			int64		next = TAM_ENTRY_I64(entry, NEXT);

			/* Replaced as well, or its inserter is gone: then there is no successor. */
			if (next == TAM_ROW_MOVED)
				ItemPointerSetMovedPartitions(tid);
			else if (next < 0)
				return TM_Deleted;
			else
				tam_tid_from_row(next, tid);
			continue;
		}
		if (TransactionIdIsValid(dirty.xmax))
		{
			if (!wait_for_updater(rel, tid, dirty.xmax, policy))
				return TM_WouldBlock;
			continue;
		}
		if (TransactionIdIsCurrentTransactionId(xmin) && tam_entry_cmin(entry) >= cid)
		{
			tmfd->xmax = xmin;
			tmfd->cmax = tam_entry_cmin(entry);
			return TM_SelfModified;
		}
		return TM_Ok;
	}
}

static void
store_locked(Relation rel, ItemPointer tid, TupleTableSlot *slot, TamBatch *batch)
{
	if (tam_fetch_row(rel, tam_row_from_tid(tid), NULL, batch) != TAM_FETCH_MISSING)
		tam_batch_store(tam_batch_first(batch), rel, slot, true);
	else
		ExecClearTuple(slot);
}

TM_Result
tam_tuple_lock(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot,
			   CommandId cid, LockTupleMode mode, LockWaitPolicy wait_policy, uint8 flags,
			   TM_FailureData *tmfd)
{
	TamBatch	batch;
	TM_Result	result;

	tmfd->traversed = false;
	tam_batch_init(&batch, CurrentMemoryContext, ROW_BATCH_BYTES);
	for (;;)
	{
		result = lock_version(rel, tid, cid, mode, wait_policy, flags, tmfd);
		if (result == TM_Deleted && (flags & TUPLE_LOCK_FLAG_FIND_LAST_VERSION))
			goto done;
		if (result != TM_Updated || !(flags & TUPLE_LOCK_FLAG_FIND_LAST_VERSION))
			break;
		if (ItemPointerEquals(&tmfd->ctid, tid))
		{
			result = TM_Deleted;
			goto done;
		}
		*tid = tmfd->ctid;
		tmfd->traversed = true;
		result = find_last_version(rel, tid, cid, wait_policy, tmfd, &batch);
		if (result != TM_Ok)
			goto done;
	}
	store_locked(rel, tid, slot, &batch);
done:
	tam_batch_free(&batch);
	return result;
}
