/*
 * tam_iceberg_fold.c
 *	  Moves committed rows from row_store to a data file, under the same row
 *	  numbers.
 *
 * One transaction deletes the tuples in row_store and enters the file in
 * data_file: older snapshots go on to see the tuples, newer ones the file.
 * Whoever wants to update such a row meanwhile waits for this transaction, and
 * then goes on with the row in its file. Rows that somebody else has locked
 * stay where they are.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"
#include "tam_utility.h"

PG_FUNCTION_INFO_V1(tam_function_iceberg_fold);

typedef struct Fold
{
	Relation	rel;
	TamStoreScan scan;
	Snapshot	snapshot;
	TamIcebergWriter *writer;
	TupleTableSlot *slot;
	TamBatch	batch;
	int64	   *numbers;		/* of the rows that were moved */
	int64		rows;
	int64		room;
} Fold;

/* Whether the current tuple was there for everybody by now; its buffer is locked. */
static bool
is_to_move(Fold *fold)
{
	bool		visible = HeapTupleSatisfiesVisibility(&fold->scan.tuple, fold->snapshot, fold->scan.buffer);

	return visible && !tam_store_is_anchor(&fold->scan.store, &fold->scan.tuple)
		&& !TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(fold->scan.tuple.t_data));
}

static void
move_row(Fold *fold, CommandId cid)
{
	TM_FailureData failure;
	char	   *entry = tam_store_append_alone(&fold->batch, &fold->scan.store, &fold->scan.tuple, true);

	if (heap_delete(fold->scan.store.table, &fold->scan.tuple.t_self, cid, InvalidSnapshot, false, &failure,
					false) != TM_Ok)
		return;
	tam_batch_store(entry, fold->rel, fold->slot, false);
	tam_iceberg_writer_add(fold->writer, fold->slot, TAM_ENTRY_I64(entry, ROW));
	if (fold->rows == fold->room)
	{
		fold->room *= 2;
		fold->numbers = repalloc_huge(fold->numbers, fold->room * sizeof(int64));
	}
	fold->numbers[fold->rows++] = TAM_ENTRY_I64(entry, ROW);
}

static void
move_rows(Fold *fold)
{
	CommandId	cid = GetCurrentCommandId(true);

	tam_store_scan_begin(&fold->scan, fold->rel, true);
	tam_store_scan_range(&fold->scan, 0, TAM_MAX_ROW);
	while (tam_store_scan_next(&fold->scan))
	{
		bool		move = is_to_move(fold);

		tam_store_scan_unlock(&fold->scan);
		CHECK_FOR_INTERRUPTS();
		if (move)
			move_row(fold, cid);
	}
	tam_store_scan_end(&fold->scan);
}

static int64
fold_relation(Relation rel)
{
	Fold		fold = {.rel = rel, .room = 1024};
	ListCell   *cell;

	fold.snapshot = RegisterSnapshot(GetLatestSnapshot());
	fold.numbers = palloc(fold.room * sizeof(int64));
	fold.slot = table_slot_create(rel, NULL);
	fold.writer = tam_iceberg_writer_open(rel, CurrentMemoryContext);
	tam_batch_init(&fold.batch, CurrentMemoryContext, BLCKSZ);
	move_rows(&fold);
	foreach(cell, tam_iceberg_writer_finish(fold.writer))
		tam_data_insert_file(rel, lfirst(cell), fold.numbers, fold.rows);
	ExecDropSingleTupleTableSlot(fold.slot);
	UnregisterSnapshot(fold.snapshot);
	tam_batch_free(&fold.batch);
	pfree(fold.numbers);
	return fold.rows;
}

Datum
tam_function_iceberg_fold(PG_FUNCTION_ARGS)
{
	Relation	rel = relation_open(PG_GETARG_OID(0), ShareUpdateExclusiveLock);
	int64		rows;

	if (!tam_is_iceberg(rel))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not an iceberg table", RelationGetRelationName(rel))));
	if (rel->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rows of temporary and unlogged tables cannot be moved to data files")));
	rows = tam_meta_exists(rel) ? fold_relation(rel) : 0;
	relation_close(rel, NoLock);
	PG_RETURN_INT64(rows);
}
