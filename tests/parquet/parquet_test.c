/*
 * parquet_test.c
 *	  SQL functions around the boundary of iceberg's data files, for heap
 *	  tables: heap keeps the rows against which every value is compared.
 *
 * The files of a table are the rows of the table parquet_file, in their order.
 * Row number of the table's i-th row in a scan: first + i * step.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "tam_iceberg_parquet.h"
#include "tam_iceberg_publish.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(parquet_write);
PG_FUNCTION_INFO_V1(parquet_write_beside_failure);
PG_FUNCTION_INFO_V1(parquet_read);
PG_FUNCTION_INFO_V1(parquet_compare);
PG_FUNCTION_INFO_V1(parquet_compare_projected);
PG_FUNCTION_INFO_V1(parquet_compare_fetched);
PG_FUNCTION_INFO_V1(parquet_compare_rewound);
PG_FUNCTION_INFO_V1(parquet_publish);

#define ROWS_PER_BLOCK 291

static int64
row_of(ItemPointer tid)
{
	return (int64) ItemPointerGetBlockNumberNoCheck(tid) * ROWS_PER_BLOCK + ItemPointerGetOffsetNumberNoCheck(tid) - 1;
}

static TableScanDesc
begin_scan(Relation rel)
{
	return table_beginscan_strat(rel, GetActiveSnapshot(), 0, NULL, true, false);
}

/* --- writing ----------------------------------------------------------------- */

static void
put_files(ReturnSetInfo *result, List *files)
{
	ListCell   *cell;

	foreach(cell, files)
	{
		TamIcebergFile *file = lfirst(cell);
		Datum		values[7];
		bool		nulls[7] = {false};

		values[0] = CStringGetTextDatum(file->path);
		values[1] = Int64GetDatum(file->bytes);
		values[2] = Int64GetDatum(file->rows);
		values[3] = Int64GetDatum(file->first_row);
		values[4] = Int64GetDatum(file->last_row);
		values[5] = BoolGetDatum(file->contiguous);
		values[6] = PointerGetDatum(file->statistics);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

/* Writes the table's rows from one to another, in the order of a scan. */
static void
add_rows(Relation rel, TamIcebergWriter *writer, int64 from, int64 to, int64 first, int64 step)
{
	TableScanDesc scan = begin_scan(rel);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	int64		index = 0;

	for (; index < to && table_scan_getnextslot(scan, ForwardScanDirection, slot); index++)
		if (index >= from)
			tam_iceberg_writer_add(writer, slot, first + index * step);
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
}

/* parquet_write(regclass, first bigint, step bigint) */
Datum
parquet_write(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	TamIcebergWriter *writer = tam_iceberg_writer_open(rel, CurrentMemoryContext);

	InitMaterializedSRF(fcinfo, 0);
	add_rows(rel, writer, 0, PG_INT64_MAX, PG_GETARG_INT64(1), PG_GETARG_INT64(2));
	put_files(result, tam_iceberg_writer_finish(writer));
	table_close(rel, AccessShareLock);
	return (Datum) 0;
}

/* A writer and a scan in a subtransaction that fails. */
static void
fail_in_subtransaction(Relation rel, List *files)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;

	BeginInternalSubTransaction(NULL);
	PG_TRY();
	{
		TamIcebergWriter *writer = tam_iceberg_writer_open(rel, CurTransactionContext);
		TamIcebergScan *scan = tam_iceberg_files_open(rel, files, NULL, CurTransactionContext);
		TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);

		tam_iceberg_files_next(scan, slot);
		add_rows(rel, writer, 0, 5000, 1000000, 1);
		elog(ERROR, "this subtransaction fails");
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
	}
	PG_END_TRY();
}

/* parquet_write_beside_failure(regclass): what is open outside of a failing subtransaction goes on */
Datum
parquet_write_beside_failure(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	TamIcebergWriter *writer = tam_iceberg_writer_open(rel, CurrentMemoryContext);

	InitMaterializedSRF(fcinfo, 0);
	add_rows(rel, writer, 0, 3000, 0, 1);
	fail_in_subtransaction(rel, NIL);
	add_rows(rel, writer, 3000, PG_INT64_MAX, 0, 1);
	put_files(result, tam_iceberg_writer_finish(writer));
	table_close(rel, AccessShareLock);
	return (Datum) 0;
}

/* --- the files of a table ------------------------------------------------------ */

static void
set_deleted(TamIcebergFile *file, Datum array)
{
	Datum	   *positions;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(array), INT8OID, 8, true, TYPALIGN_DOUBLE, &positions, NULL, &count);
	file->deleted = palloc(sizeof(int64) * Max(count, 1));
	file->deleted_count = count;
	for (int i = 0; i < count; i++)
		file->deleted[i] = DatumGetInt64(positions[i]);
}

static TamIcebergFile *
read_file(HeapTuple tuple, TupleDesc desc)
{
	TamIcebergFile *file = palloc0(sizeof(TamIcebergFile));
	bool		is_null;
	Datum		value;

	file->path = TextDatumGetCString(SPI_getbinval(tuple, desc, 1, &is_null));
	file->bytes = DatumGetInt64(SPI_getbinval(tuple, desc, 2, &is_null));
	file->rows = DatumGetInt64(SPI_getbinval(tuple, desc, 3, &is_null));
	file->first_row = DatumGetInt64(SPI_getbinval(tuple, desc, 4, &is_null));
	file->last_row = DatumGetInt64(SPI_getbinval(tuple, desc, 5, &is_null));
	file->contiguous = DatumGetBool(SPI_getbinval(tuple, desc, 6, &is_null));
	file->statistics = DatumGetByteaPCopy(SPI_getbinval(tuple, desc, 7, &is_null));
	value = SPI_getbinval(tuple, desc, 8, &is_null);
	if (!is_null)
		set_deleted(file, value);
	return file;
}

static List *
files_of(Oid relid)
{
	MemoryContext caller = CurrentMemoryContext;
	List	   *files = NIL;

	SPI_connect();
	SPI_execute(psprintf("SELECT path, bytes, rows, first_row, last_row, contiguous, statistics, deleted "
						 "FROM parquet_file WHERE rel = %u ORDER BY id", relid), true, 0);
	MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < SPI_processed; i++)
		files = lappend(files, read_file(SPI_tuptable->vals[i], SPI_tuptable->tupdesc));
	SPI_finish();
	return files;
}

/* --- reading -------------------------------------------------------------------- */

static Bitmapset *
attributes_of(ArrayType *array)
{
	Datum	   *numbers;
	int			count;
	Bitmapset  *set = bms_make_singleton(0);

	deconstruct_array(array, INT4OID, 4, true, TYPALIGN_INT, &numbers, NULL, &count);
	for (int i = 0; i < count; i++)
		set = bms_add_member(set, DatumGetInt32(numbers[i]));
	return set;
}

/* parquet_read(anyelement, regclass, int[]) returns setof anyelement */
Datum
parquet_read(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	rel = table_open(PG_GETARG_OID(1), AccessShareLock);
	Bitmapset  *attributes = PG_ARGISNULL(2) ? NULL : attributes_of(PG_GETARG_ARRAYTYPE_P(2));
	TamIcebergScan *scan = tam_iceberg_files_open(rel, files_of(RelationGetRelid(rel)), attributes, CurrentMemoryContext);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	while (tam_iceberg_files_next(scan, slot))
		tuplestore_puttupleslot(result->setResult, slot);
	ExecDropSingleTupleTableSlot(slot);
	tam_iceberg_files_close(scan);
	table_close(rel, AccessShareLock);
	return (Datum) 0;
}

/* --- comparing ------------------------------------------------------------------- */

static char *
shown(Form_pg_attribute attribute, Datum value, bool is_null)
{
	Oid			function;
	bool		is_varlena;

	if (is_null)
		return "null";
	getTypeOutputInfo(attribute->atttypid, &function, &is_varlena);
	return OidOutputFunctionCall(function, value);
}

static bool
is_same(Form_pg_attribute attribute, Datum left, bool left_null, Datum right, bool right_null)
{
	if (left_null || right_null)
		return left_null == right_null;
	return datum_image_eq(left, right, attribute->attbyval, attribute->attlen);
}

/* Attributes that are not read must be null. */
static void
compare_rows(Relation rel, TupleTableSlot *wanted, TupleTableSlot *got, Bitmapset *attributes, int64 row)
{
	TupleDesc	desc = RelationGetDescr(rel);

	slot_getallattrs(wanted);
	slot_getallattrs(got);
	if (got->tts_tableOid != RelationGetRelid(rel) || row_of(&got->tts_tid) != row)
		elog(ERROR, "row " INT64_FORMAT " came as " INT64_FORMAT, row, row_of(&got->tts_tid));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		bool		is_read = !attribute->attisdropped && (attributes == NULL || bms_is_member(i + 1, attributes));
		bool		wanted_null = wanted->tts_isnull[i] || !is_read;

		if (!is_same(attribute, wanted->tts_values[i], wanted_null, got->tts_values[i], got->tts_isnull[i]))
			elog(ERROR, "row " INT64_FORMAT ", column %s: wanted %s, got %s", row, NameStr(attribute->attname),
				 shown(attribute, wanted->tts_values[i], wanted_null),
				 shown(attribute, got->tts_values[i], got->tts_isnull[i]));
	}
}

static bool
is_deleted(List *files, int64 index)
{
	ListCell   *cell;
	int64		start = 0;

	foreach(cell, files)
	{
		TamIcebergFile *file = lfirst(cell);

		for (int i = 0; index < start + file->rows && i < file->deleted_count; i++)
			if (file->deleted[i] == index - start)
				return true;
		if (index < start + file->rows)
			return false;
		start += file->rows;
	}
	return false;
}

static int64
compare_scan(Relation rel, List *files, TamIcebergScan *scan, Bitmapset *attributes, int64 first, int64 step)
{
	TableScanDesc heap_scan = begin_scan(rel);
	TupleTableSlot *wanted = table_slot_create(rel, NULL);
	TupleTableSlot *got = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);
	int64		index = 0;
	int64		compared = 0;

	for (; table_scan_getnextslot(heap_scan, ForwardScanDirection, wanted); index++)
	{
		if (is_deleted(files, index))
			continue;
		if (!tam_iceberg_files_next(scan, got))
			elog(ERROR, "only " INT64_FORMAT " rows came", compared);
		compare_rows(rel, wanted, got, attributes, first + index * step);
		compared++;
	}
	if (tam_iceberg_files_next(scan, got) || !TTS_EMPTY(got))
		elog(ERROR, "more than " INT64_FORMAT " rows came", compared);
	ExecDropSingleTupleTableSlot(wanted);
	ExecDropSingleTupleTableSlot(got);
	table_endscan(heap_scan);
	return compared;
}

/* parquet_compare(regclass, first bigint, step bigint): rows compared */
Datum
parquet_compare(PG_FUNCTION_ARGS)
{
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	List	   *files = files_of(RelationGetRelid(rel));
	TamIcebergScan *scan = tam_iceberg_files_open(rel, files, NULL, CurrentMemoryContext);
	int64		compared = compare_scan(rel, files, scan, NULL, PG_GETARG_INT64(1), PG_GETARG_INT64(2));

	tam_iceberg_files_close(scan);
	table_close(rel, AccessShareLock);
	PG_RETURN_INT64(compared);
}

/* parquet_compare_projected(regclass): no column, each alone, and each but one */
Datum
parquet_compare_projected(PG_FUNCTION_ARGS)
{
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	List	   *files = files_of(RelationGetRelid(rel));
	int			natts = RelationGetNumberOfAttributes(rel);
	int64		compared = 0;

	for (int i = -natts; i <= natts; i++)
	{
		Bitmapset  *attributes = i >= 0 ? bms_make_singleton(i) : bms_del_member(bms_add_range(NULL, 0, natts), -i);
		TamIcebergScan *scan = tam_iceberg_files_open(rel, files, attributes, CurrentMemoryContext);

		compared += compare_scan(rel, files, scan, attributes, 0, 1);
		tam_iceberg_files_close(scan);
	}
	table_close(rel, AccessShareLock);
	PG_RETURN_INT64(compared);
}

/* parquet_compare_rewound(regclass): after every number of rows that is a power of two */
Datum
parquet_compare_rewound(PG_FUNCTION_ARGS)
{
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	List	   *files = files_of(RelationGetRelid(rel));
	TamIcebergScan *scan = tam_iceberg_files_open(rel, files, NULL, CurrentMemoryContext);
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);
	int64		compared = compare_scan(rel, files, scan, NULL, 0, 1);

	for (int64 rows = 1; rows < compared * 2; rows *= 2)
	{
		tam_iceberg_files_rewind(scan);
		for (int64 i = 0; i < rows; i++)
			tam_iceberg_files_next(scan, slot);
	}
	tam_iceberg_files_rewind(scan);
	compared += compare_scan(rel, files, scan, NULL, 0, 1);
	ExecDropSingleTupleTableSlot(slot);
	tam_iceberg_files_close(scan);
	table_close(rel, AccessShareLock);
	PG_RETURN_INT64(compared);
}

/* --- single rows ------------------------------------------------------------------ */

static ItemPointerData *
tids_of(Relation rel, int64 *count)
{
	TableScanDesc scan = begin_scan(rel);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	int64		capacity = 1024;
	ItemPointerData *tids = palloc(sizeof(ItemPointerData) * capacity);

	*count = 0;
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		if (*count == capacity)
		{
			capacity *= 2;
			tids = repalloc_huge(tids, sizeof(ItemPointerData) * capacity);
		}
		tids[(*count)++] = slot->tts_tid;
	}
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	return tids;
}

/*
 * parquet_compare_fetched(regclass, first bigint, step bigint, fetches int):
 * rows in a random order, and numbers that no row has, while a scan goes on
 */
Datum
parquet_compare_fetched(PG_FUNCTION_ARGS)
{
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	int64		first = PG_GETARG_INT64(1);
	int64		step = PG_GETARG_INT64(2);
	TamIcebergScan *scan = tam_iceberg_files_open(rel, files_of(RelationGetRelid(rel)), NULL, CurrentMemoryContext);
	TupleTableSlot *wanted = table_slot_create(rel, NULL);
	TupleTableSlot *got = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);
	TupleTableSlot *passing = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);
	int64		count;
	ItemPointerData *tids = tids_of(rel, &count);
	uint64		random = 1;
	int64		passed = 0;

	for (int i = 0; i < PG_GETARG_INT32(3); i++)
	{
		int64		index;

		random = random * UINT64CONST(6364136223846793005) + UINT64CONST(1442695040888963407);
		/* Every other time the row after the last one. */
		index = i % 2 == 0 ? (int64) ((random >> 33) % count) : ((int64) ((random >> 33) % count) / 7 * 7) % count;
		if (!table_tuple_fetch_row_version(rel, &tids[index], GetActiveSnapshot(), wanted))
			elog(ERROR, "heap has lost a row");
		if (!tam_iceberg_files_fetch(scan, first + index * step, got))
			elog(ERROR, "row " INT64_FORMAT " was not found", first + index * step);
		compare_rows(rel, wanted, got, NULL, first + index * step);
		if (step > 1 && tam_iceberg_files_fetch(scan, first + index * step + 1, got))
			elog(ERROR, "row " INT64_FORMAT " was found", first + index * step + 1);
		passed += tam_iceberg_files_next(scan, passing);
	}
	if (tam_iceberg_files_fetch(scan, first + count * step, got) || tam_iceberg_files_fetch(scan, first - 1, got))
		elog(ERROR, "a row beyond the ends was found");
	ExecDropSingleTupleTableSlot(wanted);
	ExecDropSingleTupleTableSlot(got);
	ExecDropSingleTupleTableSlot(passing);
	tam_iceberg_files_close(scan);
	table_close(rel, AccessShareLock);
	PG_RETURN_INT64(passed);
}

/* --- publishing -------------------------------------------------------------------- */

/* parquet_publish(regclass, uuid, text, timestamptz, OUT metadata text, OUT snapshot bigint, OUT created int, OUT obsolete int) */
Datum
parquet_publish(PG_FUNCTION_ARGS)
{
	Relation	rel = table_open(PG_GETARG_OID(0), AccessShareLock);
	TamIcebergPublished *published =
		tam_iceberg_publish_state(rel, files_of(RelationGetRelid(rel)), PG_GETARG_UUID_P(1), NULL,
								  PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)),
								  PG_GETARG_TIMESTAMPTZ(3));
	TupleDesc	desc;
	Datum		values[4];
	bool		nulls[4] = {false};

	get_call_result_type(fcinfo, NULL, &desc);
	values[0] = CStringGetTextDatum(psprintf("%s/%s", tam_iceberg_root(rel), published->metadata));
	values[1] = Int64GetDatum(published->snapshot_id);
	values[2] = Int32GetDatum(list_length(published->created));
	values[3] = Int32GetDatum(list_length(published->obsolete));
	table_close(rel, AccessShareLock);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
