/*
 * tam_iceberg_data_file.c
 *	  The truth tables data_file and published: reading and writing their
 *	  tuples.
 *
 * These tables change with a publication only, and one session publishes a
 * table at a time. They are read by index, as system catalogs are.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "catalog/indexing.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"
#include "tam_iceberg_publication.h"

/* Attributes of data_file. */
#define FILE_STORAGE 1
#define FILE_PATH 2
#define FILE_BYTES 3
#define FILE_ROWS 4
#define FILE_FIRST_ROW 5
#define FILE_LAST_ROW 6
#define FILE_CONTIGUOUS 7
#define FILE_STATISTICS 8
#define FILE_ATTRIBUTES 8

/* Attributes of published. */
#define PUBLISHED_STORAGE 1
#define PUBLISHED_UUID 2
#define PUBLISHED_ROOT 3
#define PUBLISHED_METADATA 4
#define PUBLISHED_SNAPSHOT 5
#define PUBLISHED_COLUMNS 6
#define PUBLISHED_AT 7
#define PUBLISHED_ATTRIBUTES 7

/* --- access -------------------------------------------------------------------------- */

/* Begins to read a storage's tuples; the storage is the first attribute of table and index. */
static SysScanDesc
begin_scan(TamTruth *truth, int64 storage, Snapshot snapshot)
{
	ScanKeyData key;

	ScanKeyInit(&key, FILE_STORAGE, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(storage));
	return systable_beginscan(truth->table, RelationGetRelid(truth->index), true, snapshot, 1, &key);
}

/* --- data_file ------------------------------------------------------------------------- */

static TamDataFile *
read_file(HeapTuple tuple, TupleDesc desc)
{
	TamDataFile *read = palloc0(sizeof(TamDataFile));
	Datum		values[FILE_ATTRIBUTES];
	bool		isnull[FILE_ATTRIBUTES];

	heap_deform_tuple(tuple, desc, values, isnull);
	read->tid = tuple->t_self;
	read->file.path = TextDatumGetCString(values[FILE_PATH - 1]);
	read->file.bytes = DatumGetInt64(values[FILE_BYTES - 1]);
	read->file.rows = DatumGetInt64(values[FILE_ROWS - 1]);
	read->file.first_row = DatumGetInt64(values[FILE_FIRST_ROW - 1]);
	read->file.last_row = DatumGetInt64(values[FILE_LAST_ROW - 1]);
	read->file.contiguous = DatumGetBool(values[FILE_CONTIGUOUS - 1]);
	if (!isnull[FILE_STATISTICS - 1])
		read->file.statistics = DatumGetByteaPCopy(values[FILE_STATISTICS - 1]);
	return read;
}

static int
compare_first_rows(const ListCell *a, const ListCell *b)
{
	int64		left = ((TamDataFile *) lfirst(a))->file.first_row;
	int64		right = ((TamDataFile *) lfirst(b))->file.first_row;

	return left < right ? -1 : left > right;
}

List *
tam_data_files(int64 storage, Snapshot snapshot)
{
	TamTruth	truth;
	SysScanDesc scan;
	List	   *files = NIL;
	HeapTuple	tuple;

	tam_truth_open(&truth, TAM_TRUTH_DATA_FILE, false);
	scan = begin_scan(&truth, storage, snapshot);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		files = lappend(files, read_file(tuple, RelationGetDescr(truth.table)));
	systable_endscan(scan);
	tam_truth_close(&truth);
	list_sort(files, compare_first_rows);
	return files;
}

void
tam_data_file_insert(int64 storage, const TamIcebergFile *file)
{
	TamTruth	truth;
	Datum		values[FILE_ATTRIBUTES];
	bool		isnull[FILE_ATTRIBUTES] = {false};

	tam_truth_open(&truth, TAM_TRUTH_DATA_FILE, true);
	values[FILE_STORAGE - 1] = Int64GetDatum(storage);
	values[FILE_PATH - 1] = CStringGetTextDatum(file->path);
	values[FILE_BYTES - 1] = Int64GetDatum(file->bytes);
	values[FILE_ROWS - 1] = Int64GetDatum(file->rows);
	values[FILE_FIRST_ROW - 1] = Int64GetDatum(file->first_row);
	values[FILE_LAST_ROW - 1] = Int64GetDatum(file->last_row);
	values[FILE_CONTIGUOUS - 1] = BoolGetDatum(file->contiguous);
	values[FILE_STATISTICS - 1] = PointerGetDatum(file->statistics);
	isnull[FILE_STATISTICS - 1] = file->statistics == NULL;
	CatalogTupleInsert(truth.table, heap_form_tuple(RelationGetDescr(truth.table), values, isnull));
	tam_truth_close(&truth);
}

void
tam_data_file_delete(const TamDataFile *file)
{
	TamTruth	truth;

	tam_truth_open(&truth, TAM_TRUTH_DATA_FILE, true);
	CatalogTupleDelete(truth.table, (ItemPointer) &file->tid);
	tam_truth_close(&truth);
}

/* --- published ------------------------------------------------------------------------- */

static TamPublished *
read_published(HeapTuple tuple, TupleDesc desc)
{
	TamPublished *read = palloc0(sizeof(TamPublished));
	Datum		values[PUBLISHED_ATTRIBUTES];
	bool		isnull[PUBLISHED_ATTRIBUTES];

	heap_deform_tuple(tuple, desc, values, isnull);
	read->tid = tuple->t_self;
	read->uuid = *DatumGetUUIDP(values[PUBLISHED_UUID - 1]);
	read->root = TextDatumGetCString(values[PUBLISHED_ROOT - 1]);
	read->metadata = TextDatumGetCString(values[PUBLISHED_METADATA - 1]);
	read->snapshot_id = DatumGetInt64(values[PUBLISHED_SNAPSHOT - 1]);
	read->columns = TextDatumGetCString(values[PUBLISHED_COLUMNS - 1]);
	read->published_at = DatumGetTimestampTz(values[PUBLISHED_AT - 1]);
	return read;
}

TamPublished *
tam_published_find(int64 storage, Snapshot snapshot)
{
	TamTruth	truth;
	SysScanDesc scan;
	HeapTuple	tuple;
	TamPublished *published = NULL;

	tam_truth_open(&truth, TAM_TRUTH_PUBLISHED, false);
	scan = begin_scan(&truth, storage, snapshot);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		published = read_published(tuple, RelationGetDescr(truth.table));
	systable_endscan(scan);
	tam_truth_close(&truth);
	return published;
}

void
tam_published_set(int64 storage, const TamPublished *published)
{
	TamTruth	truth;
	Datum		values[PUBLISHED_ATTRIBUTES];
	bool		isnull[PUBLISHED_ATTRIBUTES] = {false};
	HeapTuple	tuple;

	tam_truth_open(&truth, TAM_TRUTH_PUBLISHED, true);
	values[PUBLISHED_STORAGE - 1] = Int64GetDatum(storage);
	values[PUBLISHED_UUID - 1] = UUIDPGetDatum(&published->uuid);
	values[PUBLISHED_ROOT - 1] = CStringGetTextDatum(published->root);
	values[PUBLISHED_METADATA - 1] = CStringGetTextDatum(published->metadata);
	values[PUBLISHED_SNAPSHOT - 1] = Int64GetDatum(published->snapshot_id);
	values[PUBLISHED_COLUMNS - 1] = CStringGetTextDatum(published->columns);
	values[PUBLISHED_AT - 1] = TimestampTzGetDatum(published->published_at);
	tuple = heap_form_tuple(RelationGetDescr(truth.table), values, isnull);
	if (ItemPointerIsValid(&published->tid))
		CatalogTupleUpdate(truth.table, (ItemPointer) &published->tid, tuple);
	else
		CatalogTupleInsert(truth.table, tuple);
	tam_truth_close(&truth);
}
