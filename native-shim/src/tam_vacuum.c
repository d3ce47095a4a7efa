/*
 * tam_vacuum.c
 *	  VACUUM: finds dead rows, removes their index entries, then the rows;
 *	  freezes old ids and moves relfrozenxid.
 *
 * A round walks over the rows and removes the dead ones until the set of them
 * has used up its memory or the table ends, has every index delete the entries
 * of the set, and freezes the ranges that need it. A failure anywhere leaves a
 * sound table: rows that went before their entries are noted in the file.
 *
 * What changes the file is done in short transactions under the writer slot,
 * and nothing is held while VACUUM sleeps (vacuum_cost_delay).
 */
#include "postgres.h"

#include "access/multixact.h"
#include "access/transam.h"
#include "access/xlog.h"
#include "commands/progress.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/procarray.h"
#include "utils/backend_progress.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "tam_iceberg.h"
#include "tam_vacuum.h"

/* Pages given back to the file system under one hold of the writer slot. */
#define SHRINK_STEP_PAGES 512
/* A user's VACUUM leaves a log of up to so many times the usual length to later writers. */
#define LOG_PATIENCE 24
/* After removing more rows than this, a sync takes long ... */
#define MANY_ROWS 100000
/* ... and is not worth it to move relfrozenxid or relminmxid by less than this. */
#define SMALL_ADVANCE 1000000

#define FREEZE_I64(vacuum, field) (*(int64 *) ((vacuum)->freeze + TAM_FREEZE_##field))
#define FREEZE_I32(vacuum, field) (*(int32 *) ((vacuum)->freeze + TAM_FREEZE_##field))

/* --- limits ---------------------------------------------------------------------- */

static void
set_limits(TamVacuum *vacuum)
{
	struct VacuumCutoffs *cutoffs = &vacuum->cutoffs;

	vacuum->aggressive = vacuum_get_cutoffs(vacuum->rel, vacuum->params, cutoffs);
	if (vacuum->params->options & VACOPT_DISABLE_PAGE_SKIPPING)
		vacuum->aggressive = true;
	vacuum->vistest = GlobalVisTestFor(vacuum->rel);
	vacuum->freeze_limit = tam_full_limit(cutoffs->FreezeLimit);
	vacuum->oldest_xmin = tam_full_limit(cutoffs->OldestXmin);
	FREEZE_I64(vacuum, LIMIT) = vacuum->freeze_limit;
	FREEZE_I64(vacuum, OLDEST_XMIN) = vacuum->oldest_xmin;
	FREEZE_I32(vacuum, MULTI_LIMIT) = (int32) cutoffs->MultiXactCutoff;
	FREEZE_I64(vacuum, OLDEST_XID) = vacuum->oldest_xmin;
	FREEZE_I32(vacuum, OLDEST_MULTI) = (int32) cutoffs->OldestMxact;
}

/*
 * When wraparound is near, moving relfrozenxid is all that counts: indexes,
 * and with them the dead rows, are left to a later VACUUM.
 */
static void
check_failsafe(TamVacuum *vacuum)
{
	if (vacuum->failsafe || !tam_failsafe_check(&vacuum->cutoffs))
		return;
	vacuum->failsafe = true;
	vacuum->index_vacuum = vacuum->index_cleanup = false;
	tam_stop_cost_delay();
	ereport(WARNING,
			(errmsg("VACUUM leaves out the indexes of table \"%s\" to be done before transaction ids run out",
					RelationGetRelationName(vacuum->rel)),
			 errhint("Raise maintenance_work_mem or autovacuum_work_mem, and let VACUUM run more often.")));
}

/* --- shared with the other files --------------------------------------------------- */

void
tam_vacuum_release_writer(TamVacuum *vacuum)
{
	tam_writer_release_patiently(vacuum->rel, TAM_IS_AUTOVACUUM() ? 1 : LOG_PATIENCE);
}

void
tam_vacuum_delay(TamVacuum *vacuum, BlockNumber blocks_read, BlockNumber blocks_written)
{
	if (VacuumCostActive)
		VacuumCostBalance += VacuumCostPageMiss * (int) blocks_read
			+ VacuumCostPageDirty * (int) blocks_written;
	tam_delay_point();
}

/* --- rows and their index entries ---------------------------------------------------- */

static int64
last_pruning(Relation rel)
{
	jvalue		key[TAM_KEY_ARGUMENTS];

	tam_upcall_key(key, rel);
	return tam_upcall_long(TAM_LAST_PRUNING, key);
}

/*
 * No index entry names rows any more that the notes up to `last` and this
 * round's own name; and no crash can bring the entries back: other sessions
 * have deleted some, too, from full pages, so their records are flushed with
 * ours.
 */
static void
forget_prunings(TamVacuum *vacuum, int64 last)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 2];

	if (last == 0 && vacuum->note == 0)
		return;
	if (vacuum->index_count > 0)
		tam_wal_flush_all();
	tam_upcall_key(arguments, vacuum->rel);
	arguments[TAM_KEY_ARGUMENTS].j = last;
	arguments[TAM_KEY_ARGUMENTS + 1].j = vacuum->note;
	tam_writer_acquire(vacuum->rel);
	tam_upcall_void(TAM_FORGET_PRUNINGS, arguments);
	tam_vacuum_release_writer(vacuum);
	vacuum->note = 0;
}

/* Removes the index entries of the rows that went. */
static void
end_round(TamVacuum *vacuum, bool is_last)
{
	if (vacuum->dead.count > 0 || vacuum->last_pruning > 0)
	{
		check_failsafe(vacuum);
		if (vacuum->index_vacuum)
		{
			tam_vacuum_bulk_delete(vacuum);
			forget_prunings(vacuum, is_last ? vacuum->last_pruning : 0);
		}
	}
	tam_vacuum_freeze(vacuum);
}

static void
vacuum_rows(TamVacuum *vacuum)
{
	int64		first = 0;

	tam_vacuum_begin_rows(vacuum);
	while (first != TAM_NO_ROW)
	{
		first = tam_vacuum_walk(vacuum, first);
		end_round(vacuum, first == TAM_NO_ROW);
	}
}

/* --- giving space back ------------------------------------------------------------------ */

/* Gives free pages back step by step, so that writers get their turn. */
static void
shrink_file(TamVacuum *vacuum)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 1];
	int			left;

	if (vacuum->params->truncate == VACOPTVALUE_DISABLED || vacuum->failsafe)
		return;
	pgstat_progress_update_param(PROGRESS_VACUUM_PHASE, PROGRESS_VACUUM_PHASE_TRUNCATE);
	do
	{
		tam_upcall_key(arguments, vacuum->rel);
		arguments[TAM_KEY_ARGUMENTS].i = SHRINK_STEP_PAGES;
		tam_writer_acquire(vacuum->rel);
		left = tam_upcall_int(TAM_SHRINK, arguments);
		tam_vacuum_release_writer(vacuum);
		tam_vacuum_delay(vacuum, 0, SHRINK_STEP_PAGES);
	} while (left > 0);
}

static int64
size_in_bytes(Relation rel)
{
	jvalue		key[TAM_KEY_ARGUMENTS];

	tam_upcall_key(key, rel);
	return tam_upcall_long(TAM_SIZE_IN_BYTES, key);
}

/* Everything about a relation that has a file. */
static void
vacuum_file(TamVacuum *vacuum)
{
	tam_xact_note_write();
	vacuum->bytes_before = size_in_bytes(vacuum->rel);
	vacuum_rows(vacuum);
	if (vacuum->index_cleanup)
		tam_vacuum_cleanup_indexes(vacuum);
	shrink_file(vacuum);
	vacuum->bytes_after = size_in_bytes(vacuum->rel);
}

/* --- the callback ------------------------------------------------------------------------- */

/*
 * Decides whether relfrozenxid and relminmxid move. The ids that are gone from
 * the file, frozen or removed by whomever, must be gone for good before
 * pg_class says so.
 */
static bool
may_advance(TamVacuum *vacuum, TransactionId frozen_xid, MultiXactId min_multi)
{
	int32		advance = (int32) (frozen_xid - vacuum->cutoffs.relfrozenxid);
	int32		multi_advance = (int32) (min_multi - vacuum->cutoffs.relminmxid);
	jvalue		key[TAM_KEY_ARGUMENTS];

	if (!vacuum->aggressive && vacuum->removed > MANY_ROWS
		&& advance < SMALL_ADVANCE && multi_advance < SMALL_ADVANCE)
		return false;
	if ((advance > 0 || multi_advance > 0) && tam_meta_exists(vacuum->rel) && tam_is_sqlite_heap(vacuum->rel))
	{
		tam_upcall_key(key, vacuum->rel);
		tam_upcall_void(TAM_MAKE_DURABLE, key);
	}
	return true;
}

static void
update_statistics(TamVacuum *vacuum)
{
	TransactionId frozen_xid = (TransactionId) FREEZE_I64(vacuum, OLDEST_XID);
	MultiXactId min_multi = (MultiXactId) FREEZE_I32(vacuum, OLDEST_MULTI);

	if (!may_advance(vacuum, frozen_xid, min_multi))
	{
		frozen_xid = InvalidTransactionId;
		min_multi = InvalidMultiXactId;
	}
	pgstat_progress_update_param(PROGRESS_VACUUM_PHASE, PROGRESS_VACUUM_PHASE_FINAL_CLEANUP);
	tam_update_relstats(vacuum->rel, tam_meta_blocks(vacuum->rel), vacuum->live, vacuum->index_count > 0,
						frozen_xid, min_multi, &vacuum->frozenxid_updated, &vacuum->minmulti_updated);
	tam_report_vacuum(vacuum->rel, (PgStat_Counter) vacuum->live,
					  (PgStat_Counter) vacuum->recently_dead, vacuum->start_time);
}

void
tam_relation_vacuum(Relation rel, struct VacuumParams *params, BufferAccessStrategy bstrategy)
{
	TamVacuum	vacuum = {.rel = rel, .params = params, .strategy = bstrategy};

	vacuum.verbose = (params->options & VACOPT_VERBOSE) != 0;
	vacuum.index_vacuum = vacuum.index_cleanup = params->index_cleanup != VACOPTVALUE_DISABLED;
	pgstat_progress_start_command(PROGRESS_COMMAND_VACUUM, RelationGetRelid(rel));
	set_limits(&vacuum);
	/* Before the row limit: index entries of rows beyond are not looked at, so their notes must stay. */
	if (vacuum.index_vacuum && tam_meta_exists(rel) && tam_is_sqlite_heap(rel))
		vacuum.last_pruning = last_pruning(rel);
	/* After the limits: rows with older ids are all below. */
	vacuum.row_limit = tam_meta_row_limit(rel);
	tam_vacuum_report_start(&vacuum);
	check_failsafe(&vacuum);
	tam_vacuum_open_indexes(&vacuum);
	if (tam_meta_exists(rel) && tam_is_iceberg(rel))
		tam_iceberg_vacuum_rows(&vacuum);
	else if (tam_meta_exists(rel))
		vacuum_file(&vacuum);
	else if (vacuum.index_cleanup)
		tam_vacuum_cleanup_indexes(&vacuum);
	tam_vacuum_close_indexes(&vacuum);
	update_statistics(&vacuum);
	pgstat_progress_end_command();
	tam_vacuum_report_end(&vacuum);
}
