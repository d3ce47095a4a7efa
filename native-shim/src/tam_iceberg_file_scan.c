/*
 * tam_iceberg_file_scan.c
 *	  Reads the data files of a table, batch by batch.
 *
 * Java decodes a batch of columns into its own memory; rows are read from
 * there without a crossing, varlenas without a copy. Values that are not
 * Datums there (text forms) are made once for a whole batch. There are two
 * areas, one for the scan's batch and one for fetched rows, for neither may
 * touch what a slot of the other points to.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/memutils.h"

#include "tam.h"
#include "tam_iceberg_column.h"
#include "tam_iceberg_parquet.h"
#include "tam_iceberg_upcall.h"

/* Files that Java keeps open to fetch single rows, and one for the scan. */
#define MOST_OPEN_FILES 8

/* One column of a batch. */
typedef struct BatchColumn
{
	TamIcebergColumn *column;
	int			width;			/* as in a batch; varlenas are 8 bytes */
	const char *nulls;
	const char *values;
	Datum	   *converted;		/* instead of values, when they are not Datums */
} BatchColumn;

typedef struct BatchArea
{
	MemoryContext context;		/* holds what was converted; reset for each batch */
	const char *batch;			/* address in Java's memory, NULL for none */
	int			rows;
	const int64 *row_numbers;
	BatchColumn *columns;
} BatchArea;

struct TamIcebergScan
{
	MemoryContext context;		/* its own */
	Relation	rel;
	TamIcebergColumns *mapped;	/* pinned */
	int64		handle;
	int			natts;
	int			column_count;	/* columns that are read */
	int			open_files;		/* set aside in fd.c */
	bool		closed;
	BatchArea	scanned;
	int			next_row;		/* in scanned */
	bool		ended;
	BatchArea	fetched;
	MemoryContextCallback callback;
};

/* --- opening --------------------------------------------------------------------- */

static void
send_file(StringInfo message, const char *root, TamIcebergFile *file)
{
	tam_iceberg_send_string(message, psprintf("%s/%s", root, file->path));
	pq_sendint64(message, file->bytes);
	pq_sendint64(message, file->rows);
	pq_sendint64(message, file->first_row);
	pq_sendint64(message, file->last_row);
	pq_sendbyte(message, file->contiguous);
	/* Statistics serve filters, of which there is none. */
	pq_sendint32(message, -1);
	pq_sendint64(message, file->deleted_count > 0 ? (int64) (intptr_t) file->deleted : 0);
	pq_sendint32(message, file->deleted == NULL ? 0 : file->deleted_count);
}

static int64
open_in_java(TamIcebergScan *scan, List *files, Bitmapset *attributes)
{
	char	   *root = tam_iceberg_root(scan->rel);
	StringInfoData message;
	ListCell   *cell;

	initStringInfo(&message);
	tam_iceberg_send_columns(&message, scan->rel, scan->mapped, attributes, false);
	pq_sendint32(&message, 0);
	pq_sendbyte(&message, 0);
	tam_iceberg_send_string(&message, NULL);
	pq_sendint32(&message, list_length(files));
	foreach(cell, files)
		send_file(&message, root, lfirst(cell));
	return tam_iceberg_open(TAM_ICEBERG_OPEN_SCAN, &message);
}

static void
init_area(TamIcebergScan *scan, BatchArea *area, Bitmapset *attributes)
{
	int			count = 0;

	area->context = AllocSetContextCreate(scan->context, "iceberg batch", ALLOCSET_DEFAULT_SIZES);
	area->batch = NULL;
	area->rows = 0;
	area->columns = MemoryContextAllocZero(scan->context, sizeof(BatchColumn) * Max(scan->mapped->count, 1));
	for (int i = 0; i < scan->mapped->count; i++)
	{
		TamIcebergColumn *column = &scan->mapped->columns[i];

		if (attributes != NULL && !bms_is_member(column->attnum, attributes))
			continue;
		area->columns[count].column = column;
		area->columns[count++].width = column->type.width;
	}
	scan->column_count = count;
}

static void
give_back_descriptors(TamIcebergScan *scan)
{
	for (; scan->open_files > 0; scan->open_files--)
		ReleaseExternalFD();
}

/* Lets go of everything but the memory. Never throws. */
static void
release(void *argument)
{
	TamIcebergScan *scan = argument;

	if (scan->closed)
		return;
	scan->closed = true;
	tam_iceberg_close(TAM_ICEBERG_CLOSE_SCAN, scan->handle);
	give_back_descriptors(scan);
	if (scan->mapped != NULL)
		tam_iceberg_columns_unpin(scan->mapped);
}

TamIcebergScan *
tam_iceberg_files_open(Relation rel, List *files, Bitmapset *attributes, MemoryContext context)
{
	MemoryContext own = AllocSetContextCreate(context, "iceberg scan", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(own);
	MemoryContext scratch;
	TamIcebergScan *scan = palloc0(sizeof(TamIcebergScan));

	scan->context = own;
	scan->rel = rel;
	scan->natts = RelationGetDescr(rel)->natts;
	scan->callback.func = release;
	scan->callback.arg = scan;
	MemoryContextRegisterResetCallback(own, &scan->callback);
	scan->mapped = tam_iceberg_columns_pin(rel);
	init_area(scan, &scan->scanned, attributes);
	init_area(scan, &scan->fetched, attributes);
	scratch = AllocSetContextCreate(own, "iceberg message", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(scratch);
	scan->handle = open_in_java(scan, files, attributes);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return scan;
}

void
tam_iceberg_files_close(TamIcebergScan *scan)
{
	MemoryContextDelete(scan->context);
}

/* Files that Java opens are invisible to fd.c, which must know how many there are. */
static void
set_descriptors_aside(TamIcebergScan *scan, int count)
{
	for (; scan->open_files < count; scan->open_files++)
		if (!AcquireExternalFD())
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
					 errmsg("too many data files of iceberg tables are open in this session"),
					 errhint("Raise max_files_per_process.")));
}

/* --- batches --------------------------------------------------------------------- */

#define HEADER_I32(batch, field) (*(const int32 *) ((batch) + TAM_COLUMNS_##field))
#define HEADER_POINTER(batch, field) (*(char *const *) ((batch) + TAM_COLUMNS_##field))

static void
convert_rows(BatchColumn *column, int first, int count)
{
	int			level = column->column->type.wants_settings ? tam_iceberg_settings_begin() : 0;

	for (int row = first; row < first + count; row++)
		if (!column->nulls[row])
			column->converted[row] =
				tam_iceberg_value_convert(&column->column->type, ((struct varlena *const *) column->values)[row]);
	if (column->column->type.wants_settings)
		tam_iceberg_settings_end(level);
}

/* Takes over a batch of which only some rows will be read. */
static void
take_batch(TamIcebergScan *scan, BatchArea *area, const char *batch, int first, int count)
{
	MemoryContext caller;

	MemoryContextReset(area->context);
	area->batch = batch;
	area->rows = HEADER_I32(batch, ROWS);
	area->row_numbers = (const int64 *) HEADER_POINTER(batch, ROW_NUMBERS);
	caller = MemoryContextSwitchTo(area->context);
	for (int i = 0; i < scan->column_count; i++)
	{
		BatchColumn *column = &area->columns[i];
		const char *entry = batch + TAM_COLUMNS_HEADER_SIZE + i * TAM_COLUMNS_COLUMN_SIZE;

		Assert(HEADER_I32(entry, FIELD_ID) == column->column->attnum);
		Assert(HEADER_I32(entry, WIDTH) == column->width);
		column->nulls = HEADER_POINTER(entry, NULLS);
		column->values = HEADER_POINTER(entry, VALUES);
		column->converted = NULL;
		if (!tam_iceberg_value_needs_conversion(&column->column->type))
			continue;
		column->converted = palloc(sizeof(Datum) * Max(area->rows, 1));
		convert_rows(column, first, count < 0 ? area->rows : count);
	}
	MemoryContextSwitchTo(caller);
}

static void
store_row(TamIcebergScan *scan, BatchArea *area, int row, TupleTableSlot *slot)
{
	ExecClearTuple(slot);
	if (scan->column_count < scan->natts)
		memset(slot->tts_isnull, true, scan->natts);
	for (int i = 0; i < scan->column_count; i++)
	{
		BatchColumn *column = &area->columns[i];
		int			index = column->column->attnum - 1;

		slot->tts_isnull[index] = column->nulls[row];
		if (column->nulls[row])
			slot->tts_values[index] = (Datum) 0;
		else if (column->converted != NULL)
			slot->tts_values[index] = column->converted[row];
		else
			slot->tts_values[index] = tam_iceberg_value_get(column->width, column->values, row);
	}
	ExecStoreVirtualTuple(slot);
	tam_tid_from_row(area->row_numbers[row], &slot->tts_tid);
	slot->tts_tableOid = RelationGetRelid(scan->rel);
}

/* --- reading --------------------------------------------------------------------- */

static bool
next_batch(TamIcebergScan *scan)
{
	char	   *batch;

	CHECK_FOR_INTERRUPTS();
	if (scan->ended)
		return false;
	set_descriptors_aside(scan, Max(scan->open_files, 1));
	batch = tam_iceberg_address(TAM_ICEBERG_NEXT_BATCH, scan->handle);
	scan->next_row = 0;
	scan->scanned.rows = 0;
	if (batch == NULL)
	{
		scan->ended = true;
		return false;
	}
	take_batch(scan, &scan->scanned, batch, 0, -1);
	return true;
}

bool
tam_iceberg_files_next(TamIcebergScan *scan, TupleTableSlot *slot)
{
	while (scan->next_row >= scan->scanned.rows)
		if (!next_batch(scan))
		{
			ExecClearTuple(slot);
			return false;
		}
	store_row(scan, &scan->scanned, scan->next_row++, slot);
	return true;
}

void
tam_iceberg_files_rewind(TamIcebergScan *scan)
{
	scan->ended = false;
	scan->next_row = 0;
	scan->scanned.rows = 0;
	tam_iceberg_do(TAM_ICEBERG_REWIND_SCAN, scan->handle, 0);
}

bool
tam_iceberg_files_fetch(TamIcebergScan *scan, int64 row, TupleTableSlot *slot)
{
	int			index;

	CHECK_FOR_INTERRUPTS();
	set_descriptors_aside(scan, MOST_OPEN_FILES + 1);
	index = tam_iceberg_fetch_row(scan->handle, row);
	if (index < 0)
	{
		ExecClearTuple(slot);
		return false;
	}
	take_batch(scan, &scan->fetched, tam_iceberg_address(TAM_ICEBERG_FETCHED_BATCH, scan->handle), index, 1);
	store_row(scan, &scan->fetched, index, slot);
	return true;
}
