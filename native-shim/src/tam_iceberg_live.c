/*
 * tam_iceberg_live.c
 *	  Compares a table's rows with the rows of its published files.
 *
 * The table is walked in the order of row numbers, the rows of each file are
 * in that order as well: it is one merge. Row numbers are never used again,
 * and a row never changes under its number, so a number tells all.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"
#include "tam_iceberg_publication.h"

/* A file on its way through the merge. */
typedef struct MergedFile
{
	TamDataFile *data;
	int64	   *numbers;		/* its row numbers; NULL: they follow each other */
	int64		next;			/* position of the next row */
	int64	   *missing;		/* positions of rows that the table does not have */
	int64		missing_count;
	int64		missing_room;
} MergedFile;

/* The files whose range of row numbers the walk is in, and those it comes to. */
typedef struct Merge
{
	List	   *coming;			/* TamDataFile, by first row number */
	int			come;			/* of these are open or done */
	List	   *open;			/* MergedFile */
	List	   *done;			/* MergedFile */
} Merge;

/* --- one file ---------------------------------------------------------------------------- */

/* The row numbers of a file that does not hold all of its range. */
static int64 *
read_numbers(Relation rel, TamIcebergFile *file)
{
	int64	   *numbers = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * Max(file->rows, 1));
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);
	TamIcebergScan *scan = tam_iceberg_files_open(rel, list_make1(file), bms_make_singleton(0),
												  CurrentMemoryContext);
	int64		count = 0;

	while (count < file->rows && tam_iceberg_files_next(scan, slot))
		numbers[count++] = tam_row_from_tid(&slot->tts_tid);
	tam_iceberg_files_close(scan);
	ExecDropSingleTupleTableSlot(slot);
	if (count < file->rows)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("file \"%s\" of table \"%s\" has " INT64_FORMAT " rows instead of " INT64_FORMAT,
						file->path, RelationGetRelationName(rel), count, file->rows)));
	return numbers;
}

static MergedFile *
open_file(Relation rel, TamDataFile *data)
{
	MergedFile *file = palloc0(sizeof(MergedFile));

	file->data = data;
	if (!data->file.contiguous)
		file->numbers = read_numbers(rel, &data->file);
	return file;
}

static int64
next_number(const MergedFile *file)
{
	if (file->next >= file->data->file.rows)
		return PG_INT64_MAX;
	return file->numbers ? file->numbers[file->next] : file->data->file.first_row + file->next;
}

static void
note_missing(MergedFile *file)
{
	if (file->missing_count == file->missing_room)
	{
		Size		room = Max(file->missing_room * 2, 64);

		file->missing = file->missing == NULL ? palloc(room * sizeof(int64)) :
			repalloc_huge(file->missing, room * sizeof(int64));
		file->missing_room = room;
	}
	file->missing[file->missing_count++] = file->next;
}

/* Passes the file's rows before the number; true when it has a row of that number, which is passed, too. */
static bool
pass(MergedFile *file, int64 row)
{
	while (next_number(file) < row)
	{
		note_missing(file);
		file->next++;
	}
	if (next_number(file) > row)
		return false;
	file->next++;
	return true;
}

static void
finish_file(Merge *merge, MergedFile *file)
{
	(void) pass(file, PG_INT64_MAX);
	if (file->numbers != NULL)
		pfree(file->numbers);
	file->data->file.deleted = file->missing;
	file->data->file.deleted_count = (int) file->missing_count;
	merge->done = lappend(merge->done, file);
}

/* --- the merge ---------------------------------------------------------------------------- */

static void
open_files_up_to(Merge *merge, Relation rel, int64 row)
{
	while (merge->come < list_length(merge->coming))
	{
		TamDataFile *data = list_nth(merge->coming, merge->come);

		if (data->file.first_row > row)
			break;
		merge->open = lappend(merge->open, open_file(rel, data));
		merge->come++;
	}
}

/* Whether one of the files has the row. Rows are asked for in ascending order. */
static bool
merge_row(Merge *merge, Relation rel, int64 row)
{
	bool		found = false;
	ListCell   *cell;

	open_files_up_to(merge, rel, row);
	foreach(cell, merge->open)
	{
		MergedFile *file = lfirst(cell);

		if (pass(file, row))
			found = true;
		if (next_number(file) == PG_INT64_MAX)
		{
			merge->open = foreach_delete_current(merge->open, cell);
			finish_file(merge, file);
		}
	}
	return found;
}

static void
finish_merge(Merge *merge, Relation rel)
{
	ListCell   *cell;

	open_files_up_to(merge, rel, PG_INT64_MAX);
	foreach(cell, merge->open)
		finish_file(merge, lfirst(cell));
}

/* Those of the files that have rows left. */
static List *
files_with_rows(const Merge *merge)
{
	List	   *files = NIL;
	ListCell   *cell;

	foreach(cell, merge->done)
	{
		MergedFile *file = lfirst(cell);

		if (file->missing_count < file->data->file.rows)
			files = lappend(files, file->data);
	}
	return files;
}

List *
tam_iceberg_bring_up_to_date(Relation rel, Snapshot snapshot, List **files)
{
	Merge		merge = {.coming = *files};
	TamIcebergWriter *writer = NULL;
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		int64		row = tam_row_from_tid(&slot->tts_tid);

		CHECK_FOR_INTERRUPTS();
		if (merge_row(&merge, rel, row))
			continue;
		if (writer == NULL)
			writer = tam_iceberg_writer_open(rel, CurrentMemoryContext);
		tam_iceberg_writer_add(writer, slot, row);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	finish_merge(&merge, rel);
	*files = files_with_rows(&merge);
	return writer == NULL ? NIL : tam_iceberg_writer_finish(writer);
}
