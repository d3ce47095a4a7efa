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
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
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
#define PUBLISHED_DEFAULTS 6
#define PUBLISHED_AT 7
#define PUBLISHED_ATTRIBUTES 7

/* --- access -------------------------------------------------------------------------- */

/* The oid of a truth table or of one of its indexes. */
static Oid
truth_oid(const char *name)
{
	Oid			schema = get_namespace_oid(TAM_TRUTH_SCHEMA, true);
	Oid			oid = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;

	if (!OidIsValid(oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s.%s\" does not exist", TAM_TRUTH_SCHEMA, name),
				 errhint("The extension pg_iceberg_am makes it; is it installed in this database?")));
	return oid;
}

/* Begins to read a storage's tuples; the storage is the first attribute of table and index. */
static SysScanDesc
begin_scan(Relation table, const char *index, int64 storage, Snapshot snapshot)
{
	ScanKeyData key;

	ScanKeyInit(&key, FILE_STORAGE, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(storage));
	return systable_beginscan(table, truth_oid(index), true, snapshot, 1, &key);
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
	Relation	table = table_open(truth_oid("data_file"), AccessShareLock);
	SysScanDesc scan = begin_scan(table, "data_file_index", storage, snapshot);
	List	   *files = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		files = lappend(files, read_file(tuple, RelationGetDescr(table)));
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	list_sort(files, compare_first_rows);
	return files;
}

void
tam_data_file_insert(int64 storage, const TamIcebergFile *file)
{
	Relation	table = table_open(truth_oid("data_file"), RowExclusiveLock);
	Datum		values[FILE_ATTRIBUTES];
	bool		isnull[FILE_ATTRIBUTES] = {false};

	values[FILE_STORAGE - 1] = Int64GetDatum(storage);
	values[FILE_PATH - 1] = CStringGetTextDatum(file->path);
	values[FILE_BYTES - 1] = Int64GetDatum(file->bytes);
	values[FILE_ROWS - 1] = Int64GetDatum(file->rows);
	values[FILE_FIRST_ROW - 1] = Int64GetDatum(file->first_row);
	values[FILE_LAST_ROW - 1] = Int64GetDatum(file->last_row);
	values[FILE_CONTIGUOUS - 1] = BoolGetDatum(file->contiguous);
	values[FILE_STATISTICS - 1] = PointerGetDatum(file->statistics);
	isnull[FILE_STATISTICS - 1] = file->statistics == NULL;
	CatalogTupleInsert(table, heap_form_tuple(RelationGetDescr(table), values, isnull));
	table_close(table, RowExclusiveLock);
}

void
tam_data_file_delete(const TamDataFile *file)
{
	Relation	table = table_open(truth_oid("data_file"), RowExclusiveLock);

	CatalogTupleDelete(table, (ItemPointer) &file->tid);
	table_close(table, RowExclusiveLock);
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
	read->defaults = TextDatumGetCString(values[PUBLISHED_DEFAULTS - 1]);
	read->published_at = DatumGetTimestampTz(values[PUBLISHED_AT - 1]);
	return read;
}

TamPublished *
tam_published_find(int64 storage, Snapshot snapshot)
{
	Relation	table = table_open(truth_oid("published"), AccessShareLock);
	SysScanDesc scan = begin_scan(table, "published_pkey", storage, snapshot);
	HeapTuple	tuple = systable_getnext(scan);
	TamPublished *published = NULL;

	if (HeapTupleIsValid(tuple))
		published = read_published(tuple, RelationGetDescr(table));
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	return published;
}

void
tam_published_set(int64 storage, const TamPublished *published)
{
	Relation	table = table_open(truth_oid("published"), RowExclusiveLock);
	Datum		values[PUBLISHED_ATTRIBUTES];
	bool		isnull[PUBLISHED_ATTRIBUTES] = {false};
	HeapTuple	tuple;

	values[PUBLISHED_STORAGE - 1] = Int64GetDatum(storage);
	values[PUBLISHED_UUID - 1] = UUIDPGetDatum(&published->uuid);
	values[PUBLISHED_ROOT - 1] = CStringGetTextDatum(published->root);
	values[PUBLISHED_METADATA - 1] = CStringGetTextDatum(published->metadata);
	values[PUBLISHED_SNAPSHOT - 1] = Int64GetDatum(published->snapshot_id);
	values[PUBLISHED_DEFAULTS - 1] = CStringGetTextDatum(published->defaults);
	values[PUBLISHED_AT - 1] = TimestampTzGetDatum(published->published_at);
	tuple = heap_form_tuple(RelationGetDescr(table), values, isnull);
	if (ItemPointerIsValid(&published->tid))
		CatalogTupleUpdate(table, (ItemPointer) &published->tid, tuple);
	else
		CatalogTupleInsert(table, tuple);
	table_close(table, RowExclusiveLock);
}

/* --- both --------------------------------------------------------------------------------- */

static void
delete_tuples(const char *name, const char *index, int64 storage)
{
	Relation	table = table_open(truth_oid(name), RowExclusiveLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	SysScanDesc scan = begin_scan(table, index, storage, snapshot);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		CatalogTupleDelete(table, &tuple->t_self);
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(table, RowExclusiveLock);
}

void
tam_publication_forget(int64 storage)
{
	delete_tuples("data_file", "data_file_index", storage);
	delete_tuples("published", "published_pkey", storage);
}
