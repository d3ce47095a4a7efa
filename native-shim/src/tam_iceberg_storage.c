/*
 * tam_iceberg_storage.c
 *	  The end of a storage: what the truth tables hold about it is deleted.
 *
 * That happens in the transaction that gives the storage up, by TRUNCATE, DROP
 * or at the end of a rewrite: if it aborts, everything is as it was. Nobody
 * else can reach the rows, as the table is locked.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relscan.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "tam_iceberg.h"
#include "tam_utility.h"

/* What this command itself has inserted it cannot delete; its callers see to it that there is nothing of the kind. */
void
tam_truth_delete(TamTruth *truth, int64 storage, bool wait)
{
	CommandId	cid = GetCurrentCommandId(true);
	TupleTableSlot *slot = table_slot_create(truth->table, NULL);
	IndexScanDesc scan = TAM_INDEX_BEGINSCAN(truth->table, truth->index, SnapshotSelf, 1);
	TM_FailureData failure;
	ScanKeyData key;

	/* Long rows have parts in a TOAST table; at commit no snapshot is left to read that with. */
	PushActiveSnapshot(GetLatestSnapshot());
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(storage));
	index_rescan(scan, &key, 1, NULL, 0);
	while (index_getnext_slot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		heap_delete(truth->table, &slot->tts_tid, cid, InvalidSnapshot, wait, &failure, false);
	}
	PopActiveSnapshot();
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

void
tam_iceberg_delete_storage(Relation rel)
{
	int64		storage = tam_meta_storage(rel);

	if (storage == TAM_NO_STORAGE)
		return;
	CommandCounterIncrement();
	for (int which = 0; which < TAM_TRUTH_COUNT; which++)
	{
		TamTruth	truth;

		if (!tam_truth_try_open(&truth, which, true))
			continue;
		tam_truth_delete(&truth, storage, true);
		tam_truth_close(&truth);
	}
}

static bool
is_iceberg_relation(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool		answer;

	if (!HeapTupleIsValid(tuple))
		return false;
	answer = RELKIND_HAS_TABLE_AM(((Form_pg_class) GETSTRUCT(tuple))->relkind)
		&& tam_access_method(((Form_pg_class) GETSTRUCT(tuple))->relam) == TAM_AM_ICEBERG;
	ReleaseSysCache(tuple);
	return answer;
}

/*
 * Also how a rewrite ends: the old storage is then that of the transient
 * relation, which is dropped. The caller of the hook holds the lock.
 */
void
tam_iceberg_dropped(Oid relid)
{
	Relation	rel;

	if (!is_iceberg_relation(relid))
		return;
	rel = table_open(relid, NoLock);
	if (!RELATION_IS_OTHER_TEMP(rel))
		tam_iceberg_delete_storage(rel);
	table_close(rel, NoLock);
}
