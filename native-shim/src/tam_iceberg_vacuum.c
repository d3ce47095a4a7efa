/*
 * tam_iceberg_vacuum.c
 *	  VACUUM's part for rows in row_store: the index entries of dead rows.
 *
 * The dead tuples themselves go as those of any heap table go: by pruning and
 * by row_store's own VACUUM. Either may come first, as an entry whose row is
 * not found is one of a dead row. No transaction id stands in the table itself.
 */
#include "postgres.h"

#include "commands/progress.h"
#include "miscadmin.h"
#include "utils/backend_progress.h"

#include "tam_iceberg.h"
#include "tam_vacuum.h"

static void
collect_row(TamVacuum *vacuum, char *entry)
{
	int64		row = TAM_ENTRY_I64(entry, ROW);

	switch (TAM_ENTRY_I32(entry, VERDICT))
	{
		case TAM_VERDICT_DEAD:
			vacuum->removed += 1;
			tam_dead_rows_add(&vacuum->dead, row);
			return;
		case TAM_VERDICT_RECENTLY_DEAD:
			vacuum->recently_dead += 1;
			break;
		case TAM_VERDICT_INSERT_IN_PROGRESS:
			break;
		default:
			vacuum->live += 1;
			break;
	}
	tam_dead_rows_add(&vacuum->kept, row);
}

/* Looks at rows until the sets of them have used up their memory. Returns the row to go on with, or TAM_NO_ROW. */
static int64
collect_rows(TamVacuum *vacuum, int64 first)
{
	TamCursor	cursor;
	char	   *entry;
	int64		resume = TAM_NO_ROW;
	int64		reported = -1;

	tam_dead_rows_reset(&vacuum->dead, first);
	tam_dead_rows_reset(&vacuum->kept, first);
	tam_cursor_open(&cursor, vacuum->rel, NULL, first, vacuum->row_limit - 1, CurrentMemoryContext);
	cursor.for_vacuum = cursor.headers_only = true;
	cursor.vistest = vacuum->vistest;
	while (resume == TAM_NO_ROW && (entry = tam_cursor_next(&cursor, ForwardScanDirection)) != NULL)
	{
		int64		block = TAM_ENTRY_I64(entry, ROW) / TAM_ROWS_PER_BLOCK;

		if (block != reported)
		{
			pgstat_progress_update_param(PROGRESS_VACUUM_HEAP_BLKS_SCANNED, block + 1);
			tam_vacuum_delay(vacuum, 1, 0);
		}
		reported = block;
		collect_row(vacuum, entry);
		if (tam_dead_rows_full(&vacuum->dead) || tam_dead_rows_full(&vacuum->kept))
			resume = TAM_ENTRY_I64(entry, ROW) + 1;
	}
	vacuum->round_first = first;
	vacuum->round_last = resume == TAM_NO_ROW ? vacuum->row_limit - 1 : resume - 1;
	tam_cursor_close(&cursor);
	return resume;
}

void
tam_iceberg_vacuum_rows(TamVacuum *vacuum)
{
	int64		first = 0;

	tam_vacuum_begin_rows(vacuum);
	while (first != TAM_NO_ROW)
	{
		pgstat_progress_update_param(PROGRESS_VACUUM_PHASE, PROGRESS_VACUUM_PHASE_SCAN_HEAP);
		first = collect_rows(vacuum, first);
		if (vacuum->index_vacuum)
			tam_vacuum_bulk_delete(vacuum);
	}
	if (vacuum->index_cleanup)
		tam_vacuum_cleanup_indexes(vacuum);
}
