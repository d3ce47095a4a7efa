/*
 * tam_iceberg_file_writer.c
 *	  Writes rows into new data files of a table.
 *
 * Rows gather in a batch, in memory that Java owns; varlenas beside it, in a
 * context of the writer. A batch that is full by rows or by bytes goes to
 * Java, which holds one row group, and from there to the file: so memory is
 * bounded whatever is loaded. Until finish has told of them, files go when the
 * writer goes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "tam.h"
#include "tam_iceberg_column.h"
#include "tam_iceberg_files.h"
#include "tam_iceberg_parquet.h"
#include "tam_iceberg_upcall.h"

/* A batch goes to Java when its varlenas take this many bytes. */
#define FULL_BYTES (8 * 1024 * 1024)

/* The table's one partition spec. */
#define SPEC_ID 0

typedef struct WriterColumn
{
	TamIcebergColumn *column;
	int32	   *null_count;
	char	   *nulls;
	char	   *values;
} WriterColumn;

struct TamIcebergWriter
{
	MemoryContext context;		/* its own */
	MemoryContext values;		/* varlenas of the batch */
	Relation	rel;
	char	   *root;
	TamIcebergColumns *mapped;	/* pinned */
	int64		handle;
	bool		has_descriptor;
	bool		released;
	char	   *batch;
	int			capacity;
	int			rows;			/* in the batch */
	int64		written;		/* before it */
	int64	   *row_numbers;
	WriterColumn *columns;
	List	   *created;		/* paths that Java has told of and nobody has taken */
	MemoryContextCallback callback;
};

#define HEADER_I32(batch, field) (*(int32 *) ((batch) + TAM_COLUMNS_##field))
#define HEADER_POINTER(batch, field) (*(char **) ((batch) + TAM_COLUMNS_##field))

/* --- opening --------------------------------------------------------------------- */

/* Unique over restarts, sessions and a session's writers. */
static char *
file_prefix(void)
{
	static uint32 counter = 0;

	return psprintf("%016llx-%d-%u", (unsigned long long) GetCurrentTimestamp(), MyProcPid, counter++);
}

static int64
open_in_java(TamIcebergWriter *writer)
{
	StringInfoData message;

	initStringInfo(&message);
	tam_iceberg_send_columns(&message, writer->rel, writer->mapped, NULL, false);
	tam_iceberg_send_options(&message, writer->rel);
	tam_iceberg_send_string(&message, writer->root);
	tam_iceberg_send_string(&message, file_prefix());
	pq_sendint32(&message, SPEC_ID);
	return tam_iceberg_open(TAM_ICEBERG_OPEN_WRITER, &message);
}

static void
bind_batch(TamIcebergWriter *writer)
{
	char	   *batch = tam_iceberg_address(TAM_ICEBERG_WRITER_BATCH, writer->handle);

	writer->batch = batch;
	writer->capacity = HEADER_I32(batch, CAPACITY);
	writer->row_numbers = (int64 *) HEADER_POINTER(batch, ROW_NUMBERS);
	writer->columns = palloc0(sizeof(WriterColumn) * Max(writer->mapped->count, 1));
	for (int i = 0; i < writer->mapped->count; i++)
	{
		WriterColumn *column = &writer->columns[i];
		char	   *entry = batch + TAM_COLUMNS_HEADER_SIZE + i * TAM_COLUMNS_COLUMN_SIZE;

		Assert(HEADER_I32(entry, WIDTH) == writer->mapped->columns[i].type.width);
		column->column = &writer->mapped->columns[i];
		column->null_count = &HEADER_I32(entry, NULL_COUNT);
		column->nulls = HEADER_POINTER(entry, NULLS);
		column->values = HEADER_POINTER(entry, VALUES);
		*column->null_count = 0;
	}
}

/* Lets go of everything but the memory, and removes what is nobody's. Never throws. */
static void
release(void *argument)
{
	TamIcebergWriter *writer = argument;

	if (writer->released)
		return;
	writer->released = true;
	tam_iceberg_close(TAM_ICEBERG_CLOSE_WRITER, writer->handle);
	tam_iceberg_remove_files(writer->root, writer->created);
	if (writer->has_descriptor)
		ReleaseExternalFD();
	if (writer->mapped != NULL)
		tam_iceberg_columns_unpin(writer->mapped);
}

/* Java has one file open, which fd.c does not see. */
static void
set_descriptor_aside(TamIcebergWriter *writer)
{
	writer->has_descriptor = AcquireExternalFD();
	if (!writer->has_descriptor)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("too many data files of iceberg tables are open in this session"),
				 errhint("Raise max_files_per_process.")));
}

TamIcebergWriter *
tam_iceberg_writer_open(Relation rel, MemoryContext context)
{
	MemoryContext own = AllocSetContextCreate(context, "iceberg writer", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(own);
	TamIcebergWriter *writer = palloc0(sizeof(TamIcebergWriter));

	writer->context = own;
	writer->values = AllocSetContextCreate(own, "iceberg values", ALLOCSET_DEFAULT_SIZES);
	writer->rel = rel;
	writer->root = tam_iceberg_root(rel);
	writer->callback.func = release;
	writer->callback.arg = writer;
	MemoryContextRegisterResetCallback(own, &writer->callback);
	set_descriptor_aside(writer);
	writer->mapped = tam_iceberg_columns_pin(rel);
	tam_iceberg_make_root(rel);
	MemoryContextSwitchTo(writer->values);
	writer->handle = open_in_java(writer);
	MemoryContextSwitchTo(own);
	MemoryContextReset(writer->values);
	bind_batch(writer);
	MemoryContextSwitchTo(caller);
	return writer;
}

/* --- rows ------------------------------------------------------------------------ */

/* Text that depends on settings is made for all rows at once. */
static void
convert_rows(TamIcebergWriter *writer, WriterColumn *column)
{
	MemoryContext caller = MemoryContextSwitchTo(writer->values);
	int			level = tam_iceberg_settings_begin();

	for (int row = 0; row < writer->rows; row++)
		if (!column->nulls[row])
			tam_iceberg_value_put(&column->column->type, ((Datum *) column->values)[row], column->values, row);
	tam_iceberg_settings_end(level);
	MemoryContextSwitchTo(caller);
}

static void
flush_batch(TamIcebergWriter *writer)
{
	CHECK_FOR_INTERRUPTS();
	if (writer->rows == 0)
		return;
	for (int i = 0; i < writer->mapped->count; i++)
		if (writer->columns[i].column->type.wants_settings)
			convert_rows(writer, &writer->columns[i]);
	HEADER_I32(writer->batch, ROWS) = writer->rows;
	tam_iceberg_do(TAM_ICEBERG_WRITE, writer->handle, (int64) (intptr_t) writer->batch);
	writer->written += writer->rows;
	writer->rows = 0;
	for (int i = 0; i < writer->mapped->count; i++)
		*writer->columns[i].null_count = 0;
	MemoryContextReset(writer->values);
}

static Datum
copy_value(TamIcebergType *type, Datum value)
{
	if (type->typlen == -1)
		return PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	return datumCopy(value, type->typbyval, type->typlen);
}

static void
put_values(TamIcebergWriter *writer, TupleTableSlot *slot)
{
	int			row = writer->rows;

	for (int i = 0; i < writer->mapped->count; i++)
	{
		WriterColumn *column = &writer->columns[i];
		int			index = column->column->attnum - 1;
		bool		is_null = slot->tts_isnull[index];

		column->nulls[row] = is_null;
		*column->null_count += is_null;
		if (is_null)
			continue;
		if (column->column->type.wants_settings)
			((Datum *) column->values)[row] = copy_value(&column->column->type, slot->tts_values[index]);
		else
			tam_iceberg_value_put(&column->column->type, slot->tts_values[index], column->values, row);
	}
}

void
tam_iceberg_writer_add(TamIcebergWriter *writer, TupleTableSlot *slot, int64 row)
{
	MemoryContext caller;

	slot_getallattrs(slot);
	caller = MemoryContextSwitchTo(writer->values);
	put_values(writer, slot);
	MemoryContextSwitchTo(caller);
	writer->row_numbers[writer->rows++] = row;
	if (writer->rows == writer->capacity || MemoryContextMemAllocated(writer->values, false) >= FULL_BYTES)
		flush_batch(writer);
}

int64
tam_iceberg_writer_rows(const TamIcebergWriter *writer)
{
	return writer->written + writer->rows;
}

/* --- the end ----------------------------------------------------------------------- */

static TamIcebergFile *
read_file(StringInfo message)
{
	TamIcebergFile *file = palloc0(sizeof(TamIcebergFile));

	file->path = tam_iceberg_get_string(message);
	file->bytes = pq_getmsgint64(message);
	file->rows = pq_getmsgint64(message);
	file->first_row = pq_getmsgint64(message);
	file->last_row = pq_getmsgint64(message);
	file->contiguous = pq_getmsgbyte(message) != 0;
	file->statistics = tam_iceberg_get_bytes(message);
	return file;
}

List *
tam_iceberg_writer_finish(TamIcebergWriter *writer)
{
	List	   *files = NIL;
	StringInfo	message;
	MemoryContext caller = CurrentMemoryContext;

	flush_batch(writer);
	MemoryContextSwitchTo(writer->context);
	message = tam_iceberg_answer(TAM_ICEBERG_FINISH_WRITER, writer->handle);
	MemoryContextSwitchTo(caller);
	for (int count = pq_getmsgint(message, 4); count > 0; count--)
	{
		TamIcebergFile *file = read_file(message);

		files = lappend(files, file);
		MemoryContextSwitchTo(writer->context);
		writer->created = lappend(writer->created, pstrdup(file->path));
		MemoryContextSwitchTo(caller);
	}
	tam_iceberg_sync_files(writer->root, writer->created);
	writer->created = NIL;
	MemoryContextDelete(writer->context);
	return files;
}

void
tam_iceberg_writer_discard(TamIcebergWriter *writer)
{
	MemoryContextDelete(writer->context);
}
