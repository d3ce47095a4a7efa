/*
 * tam_cursor.c
 *	  A walk over a range of row numbers, batch by batch, in both directions.
 *
 * No read transaction of the file lives between two batches: a cursor held
 * for hours holds nothing in SQLite. Each batch covers an interval low..high
 * of row numbers completely.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"

#define FIRST_BATCH_ROWS 64
#define LARGEST_BATCH_ROWS 1024
#define FIRST_BATCH_BYTES (8 * 1024)
#define LARGEST_BATCH_BYTES (128 * 1024)

/* A dirty snapshot says of the one row just returned who is at work on it. */
static bool
reports_each_row(TamCursor *cursor)
{
	return cursor->judged && cursor->source->snapshot_type == SNAPSHOT_DIRTY;
}

void
tam_cursor_open(TamCursor *cursor, Relation rel, Snapshot snapshot,
				int64 first, int64 last, MemoryContext context)
{
	memset(cursor, 0, sizeof(*cursor));
	cursor->rel = rel;
	cursor->batch_rows = FIRST_BATCH_ROWS;
	tam_batch_init(&cursor->batch, context, FIRST_BATCH_BYTES);
	if (snapshot != NULL)
	{
		cursor->judged = true;
		cursor->source = snapshot;
		tam_snapshot_flatten(&cursor->snapshot, snapshot);
		cursor->check_conflicts = tam_snapshot_needs_conflict_check(rel, snapshot);
		if (reports_each_row(cursor))
			cursor->batch_rows = 1;
	}
	tam_cursor_restart(cursor, first, last);
}

void
tam_cursor_restart(TamCursor *cursor, int64 first, int64 last)
{
	cursor->first = first;
	cursor->last = last;
	cursor->started = false;
	cursor->count = 0;
	cursor->index = 0;
	cursor->entry = NULL;
}

void
tam_cursor_close(TamCursor *cursor)
{
	tam_batch_free(&cursor->batch);
	if (cursor->entries != NULL)
		pfree(cursor->entries);
	cursor->entries = NULL;
}

/* --- loading --------------------------------------------------------------------- */

static void
report_conflicts(TamCursor *cursor)
{
	char	   *entry = tam_batch_first(&cursor->batch);

	for (int i = 0; i < cursor->count; i++, entry = tam_entry_next(entry))
		tam_ssi_read(cursor->rel, entry, TAM_ENTRY_I32(entry, VERDICT) == TAM_VERDICT_VISIBLE,
					 cursor->source);
}

/* One upcall: packs rows of first..last; sets count, returns the row to resume at or -1. */
static int64
pack_in_java(TamCursor *cursor, int64 first, int64 last)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 7];
	jvalue	   *more = arguments + TAM_KEY_ARGUMENTS;

	tam_upcall_key(arguments, cursor->rel);
	more[0].j = first;
	more[1].j = last;
	more[2].i = cursor->batch_rows;
	more[3].z = cursor->headers_only;
	if (cursor->for_vacuum)
		more[4].j = (jlong) (intptr_t) cursor->vistest;
	else
		more[4].j = cursor->judged ? (jlong) (intptr_t) &cursor->snapshot : 0;
	more[5].j = (jlong) (intptr_t) cursor->batch.data;
	more[6].j = (jlong) cursor->batch.capacity;
	cursor->count = tam_upcall_int(cursor->for_vacuum ? TAM_SCAN_FOR_VACUUM : TAM_SCAN, arguments);
	if (cursor->judged)
		tam_snapshot_report(&cursor->snapshot, cursor->source);
	return *(int64 *) (cursor->batch.data + TAM_BATCH_RESUME_ROW);
}

static int64
pack(TamCursor *cursor, int64 first, int64 last)
{
	int64		resume;

	CHECK_FOR_INTERRUPTS();
	if (tam_is_iceberg(cursor->rel))
		resume = tam_iceberg_pack(cursor, first, last);
	else
		resume = pack_in_java(cursor, first, last);
	if (cursor->check_conflicts)
		report_conflicts(cursor);
	return resume;
}

static bool
first_row_is_too_large(TamCursor *cursor, int64 resume)
{
	if (cursor->count > 0 || resume < 0)
		return false;
	tam_batch_reserve(&cursor->batch, *(int64 *) (cursor->batch.data + TAM_BATCH_NEEDED));
	return true;
}

static void
grow(TamCursor *cursor)
{
	if (cursor->batch_rows >= LARGEST_BATCH_ROWS || reports_each_row(cursor))
		return;
	cursor->batch_rows *= 4;
	tam_batch_reserve(&cursor->batch, Min(cursor->batch.capacity * 4, LARGEST_BATCH_BYTES));
}

/* What a scan finds dead in passing it may as well clear away, as heap does. */
static void
prune(TamCursor *cursor)
{
	char	   *entry = tam_batch_first(&cursor->batch);
	int			invisible = 0;

	for (int i = 0; i < cursor->count; i++, entry = tam_entry_next(entry))
		invisible += TAM_ENTRY_I32(entry, VERDICT) != TAM_VERDICT_VISIBLE;
	tam_prune_interval(cursor->rel, cursor->low, cursor->high, invisible, cursor->count);
}

/* Packs the rows from `first` on. */
static void
load_forward(TamCursor *cursor, int64 first)
{
	int64		resume;

	do
		resume = pack(cursor, first, cursor->last);
	while (first_row_is_too_large(cursor, resume));
	cursor->low = first;
	cursor->high = resume < 0 ? cursor->last : resume - 1;
	cursor->indexed = false;
	/* iceberg's rows are pruned where they lie. */
	if (cursor->judged && IsMVCCSnapshot(cursor->source) && tam_is_sqlite_heap(cursor->rel))
		prune(cursor);
	grow(cursor);
}

/* Packs rows up to `last`, as many as one batch holds. */
static void
load_backward(TamCursor *cursor, int64 last)
{
	int64		span = cursor->batch_rows;

	for (;;)
	{
		int64		first = Max(cursor->first, last - span + 1);
		int64		resume = pack(cursor, first, last);

		if (resume < 0)
		{
			cursor->low = first;
			cursor->high = last;
			break;
		}
		if (!first_row_is_too_large(cursor, resume))
			span = Max(span / 2, 1);
	}
	cursor->indexed = false;
	grow(cursor);
}

/* --- walking --------------------------------------------------------------------- */

static void
start(TamCursor *cursor, ScanDirection direction)
{
	cursor->started = true;
	cursor->count = 0;
	cursor->index = 0;
	if (ScanDirectionIsBackward(direction))
	{
		cursor->low = cursor->last + 1;
		cursor->high = cursor->last;
	}
	else
	{
		cursor->low = cursor->first;
		cursor->high = cursor->first - 1;
		cursor->index = -1;
	}
}

static char *
next_forward(TamCursor *cursor)
{
	if (cursor->index + 1 < cursor->count)
	{
		cursor->index++;
		cursor->entry = cursor->index == 0 ? tam_batch_first(&cursor->batch)
			: tam_entry_next(cursor->entry);
		return cursor->entry;
	}
	while (cursor->high < cursor->last)
	{
		load_forward(cursor, cursor->high + 1);
		if (cursor->count > 0)
		{
			cursor->index = 0;
			cursor->entry = tam_batch_first(&cursor->batch);
			return cursor->entry;
		}
	}
	cursor->index = cursor->count;
	return NULL;
}

/* Entries have different lengths: walking back needs their addresses. */
static void
make_index(TamCursor *cursor)
{
	char	   *entry = tam_batch_first(&cursor->batch);

	if (cursor->indexed)
		return;
	if (cursor->entries == NULL)
		cursor->entries = MemoryContextAlloc(cursor->batch.context,
											 LARGEST_BATCH_ROWS * 4 * sizeof(char *));
	for (int i = 0; i < cursor->count; i++, entry = tam_entry_next(entry))
		cursor->entries[i] = entry;
	cursor->indexed = true;
}

static char *
next_backward(TamCursor *cursor)
{
	for (;;)
	{
		if (cursor->index - 1 >= 0 && cursor->count > 0)
		{
			make_index(cursor);
			cursor->index--;
			cursor->entry = cursor->entries[cursor->index];
			return cursor->entry;
		}
		if (cursor->low <= cursor->first)
			break;
		load_backward(cursor, cursor->low - 1);
		cursor->index = cursor->count;
	}
	cursor->index = -1;
	return NULL;
}

char *
tam_cursor_next(TamCursor *cursor, ScanDirection direction)
{
	if (unlikely(!cursor->started))
	{
		if (cursor->last < cursor->first)
			return NULL;
		start(cursor, direction);
	}
	if (likely(ScanDirectionIsForward(direction)))
		return next_forward(cursor);
	return next_backward(cursor);
}
