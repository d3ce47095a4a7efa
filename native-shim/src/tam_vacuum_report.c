/*
 * tam_vacuum_report.c
 *	  What VACUUM VERBOSE and autovacuum's log say.
 */
#include "postgres.h"

#include "access/transam.h"
#include "commands/dbcommands.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "tam_vacuum.h"

/* "database.schema.table" */
static char *
full_name(Relation rel)
{
	return psprintf("%s.%s.%s", get_database_name(MyDatabaseId),
					get_namespace_name(RelationGetNamespace(rel)), RelationGetRelationName(rel));
}

void
tam_vacuum_report_start(TamVacuum *vacuum)
{
	vacuum->start_time = GetCurrentTimestamp();
	pg_rusage_init(&vacuum->usage);
	if (vacuum->verbose)
		ereport(INFO,
				(errmsg(vacuum->aggressive ? "aggressively vacuuming \"%s\"" : "vacuuming \"%s\"",
						full_name(vacuum->rel))));
}

static bool
is_report_wanted(TamVacuum *vacuum)
{
	int			least = vacuum->params->log_min_duration;

	if (vacuum->verbose)
		return true;
	return TAM_IS_AUTOVACUUM() && least >= 0
		&& (least == 0 || TimestampDifferenceExceeds(vacuum->start_time, GetCurrentTimestamp(), least));
}

static void
append_title(StringInfo text, TamVacuum *vacuum)
{
	const char *kind = "automatic vacuum of table";

	if (vacuum->verbose)
		kind = "finished vacuuming";
	else if (vacuum->params->is_wraparound)
		kind = "automatic vacuum to prevent wraparound of table";
	else if (vacuum->aggressive)
		kind = "automatic aggressive vacuum of table";
	appendStringInfo(text, "%s \"%s\": index scans: %d\n", kind, full_name(vacuum->rel), vacuum->index_scans);
}

static void
append_rows(StringInfo text, TamVacuum *vacuum)
{
	appendStringInfo(text, "tuples: %.0f removed, %.0f remain, %.0f are dead but not yet removable\n",
					 vacuum->removed, vacuum->live + vacuum->recently_dead + vacuum->kept_dead,
					 vacuum->recently_dead);
	if (vacuum->kept_dead > 0)
		appendStringInfo(text, "tuples kept: %.0f dead, as %s\n", vacuum->kept_dead,
						 vacuum->failsafe ? "the failsafe left the indexes out"
						 : "indexes were not to be cleaned up");
	if (vacuum->frozen > 0)
		appendStringInfo(text, "frozen: %.0f tuples\n", vacuum->frozen);
}

static void
append_limits(StringInfo text, TamVacuum *vacuum)
{
	TransactionId oldest = vacuum->cutoffs.OldestXmin;

	appendStringInfo(text, "removable cutoff: %u, which is %d xids old\n", oldest,
					 (int32) (ReadNextTransactionId() - oldest));
	if (vacuum->frozenxid_updated)
		appendStringInfo(text, "new relfrozenxid: %u\n",
						 (TransactionId) *(int64 *) (vacuum->freeze + TAM_FREEZE_OLDEST_XID));
	if (vacuum->minmulti_updated)
		appendStringInfo(text, "new relminmxid: %u\n",
						 (MultiXactId) *(int32 *) (vacuum->freeze + TAM_FREEZE_OLDEST_MULTI));
}

static void
append_sizes(StringInfo text, TamVacuum *vacuum)
{
	for (int i = 0; i < vacuum->index_count; i++)
	{
		IndexBulkDeleteResult *stats = vacuum->index_stats[i];

		if (stats != NULL)
			appendStringInfo(text, "index \"%s\": %u pages, %u newly deleted, %u deleted, %u reusable\n",
							 vacuum->index_names[i], stats->num_pages, stats->pages_newly_deleted,
							 stats->pages_deleted, stats->pages_free);
	}
	if (tam_is_sqlite_heap(vacuum->rel))
		appendStringInfo(text, "file: " INT64_FORMAT " bytes before, " INT64_FORMAT " bytes after\n",
						 vacuum->bytes_before, vacuum->bytes_after);
}

void
tam_vacuum_report_end(TamVacuum *vacuum)
{
	StringInfoData text;

	if (!is_report_wanted(vacuum))
		return;
	initStringInfo(&text);
	append_title(&text, vacuum);
	append_rows(&text, vacuum);
	append_limits(&text, vacuum);
	append_sizes(&text, vacuum);
	appendStringInfo(&text, "system usage: %s", pg_rusage_show(&vacuum->usage));
	ereport(vacuum->verbose ? INFO : LOG, (errmsg_internal("%s", text.data)));
	pfree(text.data);
}
