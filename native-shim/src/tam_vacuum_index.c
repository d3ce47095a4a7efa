/*
 * tam_vacuum_index.c
 *	  VACUUM's work on indexes.
 */
#include "postgres.h"

#include "access/genam.h"
#include "commands/progress.h"
#include "commands/vacuum.h"
#include "storage/lmgr.h"
#include "utils/backend_progress.h"

#include "tam_vacuum.h"

void
tam_vacuum_open_indexes(TamVacuum *vacuum)
{
	vac_open_indexes(vacuum->rel, RowExclusiveLock, &vacuum->index_count, &vacuum->indexes);
	vacuum->index_stats = palloc0(sizeof(IndexBulkDeleteResult *) * Max(vacuum->index_count, 1));
	vacuum->index_names = palloc(sizeof(char *) * Max(vacuum->index_count, 1));
	for (int i = 0; i < vacuum->index_count; i++)
		vacuum->index_names[i] = pstrdup(RelationGetRelationName(vacuum->indexes[i]));
}

void
tam_vacuum_close_indexes(TamVacuum *vacuum)
{
	vac_close_indexes(vacuum->index_count, vacuum->indexes, NoLock);
}

static IndexVacuumInfo
index_vacuum_info(TamVacuum *vacuum, Relation index, double tuples, bool estimated)
{
	IndexVacuumInfo info = {0};

	info.index = index;
	TAM_INDEX_VACUUM_TABLE(&info, vacuum->rel);
	info.estimated_count = estimated;
	info.message_level = DEBUG2;
	info.num_heap_tuples = tuples;
	info.strategy = vacuum->strategy;
	return info;
}

/*
 * A row is written before its entries and its number is never used again, so
 * an entry without a row belongs to one that a scan has pruned, or that a
 * crash has lost with its transaction. Rows that came after the round's scan
 * are there.
 */
static bool
is_entry_of_dead_row(ItemPointer tid, void *state)
{
	TamVacuum  *vacuum = state;
	int64		row = tam_row_from_tid(tid);

	if (tam_dead_rows_contain(&vacuum->dead, row))
		return true;
	if (row < vacuum->round_first || row > vacuum->round_last
		|| tam_dead_rows_contain(&vacuum->kept, row))
		return false;
	return tam_fetch_row(vacuum->rel, row, NULL, &vacuum->lookup) == TAM_FETCH_MISSING;
}

void
tam_vacuum_bulk_delete(TamVacuum *vacuum)
{
	if (vacuum->index_count == 0)
		return;
	pgstat_progress_update_param(PROGRESS_VACUUM_PHASE, PROGRESS_VACUUM_PHASE_VACUUM_INDEX);
	TAM_PROGRESS_INDEXES(vacuum->index_count);
	for (int i = 0; i < vacuum->index_count; i++)
	{
		IndexVacuumInfo info = index_vacuum_info(vacuum, vacuum->indexes[i],
												 vacuum->rel->rd_rel->reltuples, true);

		vacuum->index_stats[i] = index_bulk_delete(&info, vacuum->index_stats[i],
												   is_entry_of_dead_row, vacuum);
		TAM_PROGRESS_INDEX_DONE(i + 1);
	}
	TAM_PROGRESS_INDEXES(0);
	TAM_PROGRESS_INDEX_DONE(0);
	vacuum->index_scans++;
	pgstat_progress_update_param(PROGRESS_VACUUM_NUM_INDEX_VACUUMS, vacuum->index_scans);
}

/* Exact counts go to pg_class; estimates do not. */
static void
update_index_statistics(Relation index, IndexBulkDeleteResult *stats)
{
	if (stats == NULL || stats->estimated_count)
		return;
	tam_update_relstats(index, stats->num_pages, stats->num_index_tuples, false,
						InvalidTransactionId, InvalidMultiXactId, NULL, NULL);
}

void
tam_vacuum_cleanup_indexes(TamVacuum *vacuum)
{
	double		tuples = vacuum->live + vacuum->recently_dead + vacuum->kept_dead;

	if (vacuum->index_count == 0)
		return;
	pgstat_progress_update_param(PROGRESS_VACUUM_PHASE, PROGRESS_VACUUM_PHASE_INDEX_CLEANUP);
	TAM_PROGRESS_INDEXES(vacuum->index_count);
	for (int i = 0; i < vacuum->index_count; i++)
	{
		IndexVacuumInfo info = index_vacuum_info(vacuum, vacuum->indexes[i], tuples, false);

		vacuum->index_stats[i] = index_vacuum_cleanup(&info, vacuum->index_stats[i]);
		update_index_statistics(vacuum->indexes[i], vacuum->index_stats[i]);
		TAM_PROGRESS_INDEX_DONE(i + 1);
	}
	TAM_PROGRESS_INDEXES(0);
	TAM_PROGRESS_INDEX_DONE(0);
}
