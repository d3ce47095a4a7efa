/*
 * tam_iceberg_sweep.c
 *	  Deletes what the truth tables hold about storages that no table has.
 *
 * A storage goes with its table, in the same transaction. Three things leave
 * one behind: a crash empties unlogged tables and ends temporary ones, and
 * VACUUM FULL or CLUSTER that aborts has made copies that old snapshots see,
 * whatever becomes of their maker.
 *
 * A storage id names the transaction that made it. While a table's new storage
 * is not committed nobody but that transaction writes there. So of storages
 * whose maker had ended before pg_class was read, all that are in use are those
 * of tables found there. Whoever holds a table locked may be giving it another
 * storage: then nothing is swept. Temporary tables of other sessions cannot be
 * looked into: while there are any, no temporary storage goes.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/relscan.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/procarray.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"
#include "tam_utility.h"

PG_FUNCTION_INFO_V1(tam_function_iceberg_sweep);

typedef struct Sweep
{
	FullTransactionId limit;	/* all transactions before have ended */
	HTAB	   *in_use;			/* storages of tables */
	bool		foreign_temporary;	/* other sessions have temporary tables */
	bool		blocked;		/* a table could not be looked into */
} Sweep;

/* --- storages in use ------------------------------------------------------------------------- */

static void
add_relation(Sweep *sweep, Oid relid)
{
	Relation	rel;
	int64		storage;

	if (!ConditionalLockRelationOid(relid, AccessShareLock))
	{
		sweep->blocked = true;
		return;
	}
	rel = try_relation_open(relid, NoLock);
	if (rel != NULL && RELATION_IS_OTHER_TEMP(rel))
		sweep->foreign_temporary = true;
	else if (rel != NULL && tam_is_iceberg(rel))
	{
		storage = tam_meta_storage(rel);
		hash_search(sweep->in_use, &storage, HASH_ENTER, NULL);
	}
	if (rel != NULL)
		relation_close(rel, NoLock);
	UnlockRelationOid(relid, AccessShareLock);
}

static List *
iceberg_relations(void)
{
	Relation	pg_class = table_open(RelationRelationId, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(pg_class, snapshot, 0, NULL);
	List	   *relations = NIL;
	HeapTuple	tuple;

	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		if (RELKIND_HAS_TABLE_AM(form->relkind) && tam_access_method(form->relam) == TAM_AM_ICEBERG)
			relations = lappend_oid(relations, form->oid);
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(pg_class, AccessShareLock);
	return relations;
}

static void
find_storages_in_use(Sweep *sweep)
{
	HASHCTL		control = {.keysize = sizeof(int64), .entrysize = sizeof(int64), .hcxt = CurrentMemoryContext};
	ListCell   *cell;

	sweep->in_use = hash_create("tamarack storages", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	sweep->limit = tam_full_xid(GetOldestActiveTransactionId());
	foreach(cell, iceberg_relations())
		add_relation(sweep, lfirst_oid(cell));
}

/* --- storages of nobody ------------------------------------------------------------------------ */

static bool
is_nobodys(Sweep *sweep, int64 storage)
{
	if (!FullTransactionIdPrecedes(tam_truth_storage_maker(storage), sweep->limit))
		return false;
	if (sweep->foreign_temporary && tam_truth_storage_is_temporary(storage))
		return false;
	return hash_search(sweep->in_use, &storage, HASH_FIND, NULL) == NULL;
}

/* The first storage beyond this one that a truth table holds something about; TAM_NO_STORAGE at the end. */
static int64
next_storage(TamTruth *truth, int64 storage)
{
	TupleTableSlot *slot = table_slot_create(truth->table, NULL);
	IndexScanDesc scan = TAM_INDEX_BEGINSCAN(truth->table, truth->index, SnapshotSelf, 1);
	int64		result = TAM_NO_STORAGE;
	ScanKeyData key;
	bool		isnull;

	ScanKeyInit(&key, 1, BTGreaterStrategyNumber, F_INT8GT, Int64GetDatum(storage));
	index_rescan(scan, &key, 1, NULL, 0);
	if (index_getnext_slot(scan, ForwardScanDirection, slot))
		result = DatumGetInt64(slot_getattr(slot, 1, &isnull));
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	return result;
}

static int64
sweep_table(Sweep *sweep, TamTruthTable which)
{
	TamTruth	truth;
	int64		storage = TAM_NO_STORAGE;
	int64		removed = 0;

	if (!tam_truth_try_open(&truth, which, true))
		return 0;
	while ((storage = next_storage(&truth, storage)) != TAM_NO_STORAGE)
		if (is_nobodys(sweep, storage))
		{
			tam_truth_delete(&truth, storage, false);
			removed++;
		}
	tam_truth_close(&truth);
	return removed;
}

int64
tam_iceberg_sweep(void)
{
	Sweep		sweep = {0};
	int64		removed = 0;

	find_storages_in_use(&sweep);
	if (!sweep.blocked)
		for (int which = 0; which < TAM_TRUTH_COUNT; which++)
			removed += sweep_table(&sweep, which);
	hash_destroy(sweep.in_use);
	return removed;
}

Datum
tam_function_iceberg_sweep(PG_FUNCTION_ARGS)
{
	PreventCommandDuringRecovery("iceberg_sweep()");
	PG_RETURN_INT64(tam_iceberg_sweep());
}
