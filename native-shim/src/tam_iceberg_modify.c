/*
 * tam_iceberg_modify.c
 *	  Delete and update: heap's, of the tuple in row_store.
 *
 * heap reports places in row_store; callers want row numbers.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"
#include "tam_iceberg_changes.h"
#include "tam_iceberg_option.h"

#define ROW_BATCH_BYTES 1024

/* --- rows and places ------------------------------------------------------------------------ */

bool
tam_iceberg_try_locate(TamIcebergRow *row, Relation rel, ItemPointer tid, TamBatch *old)
{
	TamStoreScan scan;
	bool		found;

	row->rel = rel;
	row->tid = *tid;
	row->row = tam_row_from_tid(tid);
	tam_store_scan_begin(&scan, rel, true);
	tam_store_scan_range(&scan, row->row, row->row);
	found = tam_store_scan_next(&scan);
	tam_store_scan_unlock(&scan);
	if (found)
	{
		row->where = scan.tuple.t_self;
		if (old != NULL)
			tam_store_append_alone(old, &scan.store, &scan.tuple, true);
		tam_truth_open(&row->store, TAM_TRUTH_ROW_STORE, true);
	}
	tam_store_scan_end(&scan);
	return found;
}

void
tam_iceberg_locate(TamIcebergRow *row, Relation rel, ItemPointer tid, TamBatch *old)
{
	if (!tam_iceberg_try_locate(row, rel, tid, old))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("row " INT64_FORMAT " of table \"%s\" is not there", tam_row_from_tid(tid),
						RelationGetRelationName(rel))));
}

void
tam_iceberg_release(TamIcebergRow *row)
{
	tam_truth_close(&row->store);
}

int64
tam_iceberg_row_at(TamIcebergRow *row, ItemPointer where)
{
	TupleDesc	desc = RelationGetDescr(row->store.table);
	HeapTupleData tuple = {.t_self = *where};
	Buffer		buffer;
	bool		isnull;
	int64		result = TAM_NO_ROW;

	if (!heap_fetch(row->store.table, SnapshotAny, &tuple, &buffer, false))
		return TAM_NO_ROW;
	if (DatumGetInt64(heap_getattr(&tuple, TAM_STORE_STORAGE, desc, &isnull)) == tam_meta_storage(row->rel))
		result = tam_store_tuple_row(&row->store, &tuple);
	ReleaseBuffer(buffer);
	return result;
}

void
tam_iceberg_translate_failure(TamIcebergRow *row, TM_Result result, TM_FailureData *tmfd)
{
	int64		successor;

	/* Other results come without a place. */
	if (result != TM_Updated && result != TM_Deleted && result != TM_SelfModified)
		return;
	if (ItemPointerIndicatesMovedPartitions(&tmfd->ctid))
		return;
	successor = tam_iceberg_row_at(row, &tmfd->ctid);
	if (successor == TAM_NO_ROW)
		tmfd->ctid = row->tid;
	else
		tam_tid_from_row(successor, &tmfd->ctid);
}

static void
check_conflicts(Relation rel, ItemPointer tid)
{
	CheckForSerializableConflictIn(rel, tid, ItemPointerGetBlockNumber(tid));
}

/* --- delete ------------------------------------------------------------------------------------ */

TM_Result
tam_iceberg_tuple_delete(Relation rel, ItemPointer tid, CommandId cid, Snapshot snapshot,
						 Snapshot crosscheck, bool wait, TM_FailureData *tmfd, bool changingPart)
{
	TamIcebergRow row;
	TM_Result	result;

	tam_iceberg_require_row_deletes(rel);
	tam_changes_note(rel);
	tam_iceberg_locate(&row, rel, tid, NULL);
	result = heap_delete(row.store.table, &row.where, cid, crosscheck, wait, tmfd, changingPart);
	if (result == TM_Ok)
	{
		check_conflicts(rel, tid);
		pgstat_count_heap_delete(rel);
	}
	else
		tam_iceberg_translate_failure(&row, result, tmfd);
	tam_iceberg_release(&row);
	return result;
}

/* --- update ------------------------------------------------------------------------------------ */

/*
 * heap sees no change of row_store's keys, so it takes the weaker lock. Where
 * the user's keys change, the stronger one is taken before.
 */
static TM_Result
lock_key(TamIcebergRow *row, CommandId cid, bool wait, TM_FailureData *tmfd)
{
	HeapTupleData tuple = {.t_self = row->where};
	Buffer		buffer;
	TM_Result	result = heap_lock_tuple(row->store.table, &tuple, cid, LockTupleExclusive,
										 wait ? LockWaitBlock : LockWaitSkip, false, &buffer, tmfd);

	ReleaseBuffer(buffer);
	if (result == TM_Invisible)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("attempted to update invisible tuple")));
	return result == TM_WouldBlock ? TM_BeingModified : result;
}

static bool
key_changes(Relation rel, TamBatch *old, HeapTuple tuple)
{
	HeapTupleData old_tuple;

	if (old == NULL)
		return false;
	tam_batch_tuple(tam_batch_first(old), rel, &old_tuple);
	return tam_key_differs(rel, &old_tuple, tuple);
}

/* One new version: its write batch, and its tuple of row_store. */
typedef struct NewVersion
{
	TamBatch	batch;
	char	   *entry;
	int64		number;
	Datum		values[TAM_STORE_ATTRIBUTES];
	bool		isnull[TAM_STORE_ATTRIBUTES];
	HeapTuple	tuple;
} NewVersion;

static void
make_version(NewVersion *version, TamIcebergRow *row, HeapTuple tuple)
{
	tam_batch_init(&version->batch, CurrentMemoryContext, ROW_BATCH_BYTES);
	version->entry = tam_batch_append(&version->batch, row->rel, tuple);
	version->number = tam_meta_allocate(row->rel, 1);
	TAM_ENTRY_I64(version->entry, ROW) = version->number;
	version->tuple = tam_iceberg_form_store_tuple(&row->store, tam_meta_storage(row->rel), version->entry,
												  version->values, version->isnull);
}

static void
free_version(NewVersion *version)
{
	heap_freetuple(version->tuple);
	tam_batch_free(&version->batch);
}

static TM_Result
update_store(TamIcebergRow *row, NewVersion *version, bool key, CommandId cid, Snapshot crosscheck, bool wait,
			 TM_FailureData *tmfd)
{
	LockTupleMode ignored;
	TM_Result	result = key ? lock_key(row, cid, wait, tmfd) : TM_Ok;

	if (result == TM_Ok)
		result = tam_heap_update(row->store.table, &row->where, version->tuple, cid, crosscheck, wait, tmfd,
								 &ignored);
	if (result == TM_Ok)
		tam_truth_insert_index(&row->store, version->values, version->isnull, &version->tuple->t_self);
	return result;
}

static TM_Result
update_row(TamIcebergRow *row, HeapTuple tuple, bool key, CommandId cid, Snapshot crosscheck, bool wait,
		   TM_FailureData *tmfd, TupleTableSlot *slot)
{
	NewVersion	version;
	TM_Result	result;

	make_version(&version, row, tuple);
	result = update_store(row, &version, key, cid, crosscheck, wait, tmfd);
	if (result == TM_Ok)
	{
		/* heap may have left a lock on the new version. */
		tam_store_fill_entry(version.entry, version.tuple->t_data, ReadNextFullTransactionId());
		tam_batch_mark_written(tuple, row->rel, version.entry);
		tam_tid_from_row(version.number, &slot->tts_tid);
		check_conflicts(row->rel, &row->tid);
		tam_count_update(row->rel);
	}
	else
	{
		tam_meta_give_back(row->rel, version.number, version.number + 1);
		tam_iceberg_translate_failure(row, result, tmfd);
	}
	free_version(&version);
	return result;
}

TM_Result
tam_iceberg_tuple_update(Relation rel, ItemPointer otid, TupleTableSlot *slot, CommandId cid,
						 Snapshot snapshot, Snapshot crosscheck, bool wait, TM_FailureData *tmfd,
						 LockTupleMode *lockmode, TamUpdateIndexes *update_indexes)
{
	bool		should_free;
	HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, true, &should_free);
	bool		has_key = tam_has_key(rel);
	TamBatch	old = {0};
	TamIcebergRow row;
	bool		key;
	TM_Result	result;

	tam_iceberg_require_row_deletes(rel);
	tam_iceberg_require_fit(rel, tuple);
	tam_changes_note(rel);
	slot->tts_tableOid = RelationGetRelid(rel);
	tuple->t_tableOid = slot->tts_tableOid;
	if (has_key)
		tam_batch_init(&old, CurrentMemoryContext, ROW_BATCH_BYTES);
	tam_iceberg_locate(&row, rel, otid, has_key ? &old : NULL);
	key = key_changes(rel, has_key ? &old : NULL, tuple);
	*lockmode = key ? LockTupleExclusive : LockTupleNoKeyExclusive;
	result = update_row(&row, tuple, key, cid, crosscheck, wait, tmfd, slot);
	*update_indexes = result == TM_Ok ? TAM_UPDATE_ALL_INDEXES : TAM_UPDATE_NO_INDEX;
	tam_iceberg_release(&row);
	if (has_key)
		tam_batch_free(&old);
	if (should_free)
		heap_freetuple(tuple);
	return result;
}
