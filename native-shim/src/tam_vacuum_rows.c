/*
 * tam_vacuum_rows.c
 *	  VACUUM's walk over the rows: dead ones go, old ids are found and frozen.
 *
 * A step covers a few thousand rows. Where dead rows are expected, it finds
 * and removes them in one go, under the writer slot; elsewhere it looks first,
 * which disturbs no writer. Rows go before their index entries: a row number
 * is never used again, so an entry without a row is that of a dead row. The
 * first step that removes rows of an indexed table leaves a note in the file,
 * which stays there until all entries are gone, whatever happens meanwhile.
 */
#include "postgres.h"

#include "commands/progress.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/autovacuum.h"
#include "utils/backend_progress.h"
#include "utils/memutils.h"

#include "tam_vacuum.h"

/* Dead rows are expected where the step before found one in so many. */
#define EXPECTED_SHARE 16

#define STEP_I64(vacuum, field) TAM_VACUUM_I64((vacuum)->step, TAM_STEP_##field)
#define STEP_I32(vacuum, field) TAM_VACUUM_I32((vacuum)->step, TAM_STEP_##field)
#define OLDEST_XID(vacuum) TAM_VACUUM_I64((vacuum)->freeze, TAM_FREEZE_OLDEST_XID)

/* --- steps ----------------------------------------------------------------------------- */

static void
call_step(TamVacuum *vacuum, int64 first, int64 last, bool remove, int64 note_to)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 6];
	jvalue	   *more = arguments + TAM_KEY_ARGUMENTS;

	tam_upcall_key(arguments, vacuum->rel);
	more[0].j = first;
	more[1].j = last;
	more[2].z = remove;
	more[3].j = note_to;
	more[4].j = (jlong) (intptr_t) vacuum->vistest;
	more[5].j = (jlong) (intptr_t) vacuum->step;
	tam_upcall_void(TAM_VACUUM_STEP, arguments);
}

static void
remove_dead(TamVacuum *vacuum, int64 first, int64 last)
{
	bool		needs_note = vacuum->index_count > 0 && vacuum->note == 0;

	tam_writer_acquire(vacuum->rel);
	call_step(vacuum, first, last, true, needs_note ? vacuum->row_limit - 1 : TAM_NO_ROW);
	tam_vacuum_release_writer(vacuum);
	if (needs_note && STEP_I32(vacuum, DEAD) > 0)
		vacuum->note = STEP_I64(vacuum, NOTE);
	vacuum->removed += STEP_I32(vacuum, DEAD);
}

/* Takes a step over first..last. Returns the last row number that it got to. */
static int64
take_step(TamVacuum *vacuum, int64 first, int64 last)
{
	int64		resume;

	if (!vacuum->index_vacuum)
		call_step(vacuum, first, last, false, TAM_NO_ROW);
	else
	{
		if (!vacuum->expects_dead)
			call_step(vacuum, first, last, false, TAM_NO_ROW);
		if (vacuum->expects_dead || STEP_I32(vacuum, DEAD) > 0)
			remove_dead(vacuum, first, last);
	}
	resume = STEP_I64(vacuum, RESUME_ROW);
	return resume < 0 ? last : resume - 1;
}

/* --- what a step found ------------------------------------------------------------------- */

/* Remembers rows that Java is to look at and to freeze. */
static void
add_freeze_range(TamVacuum *vacuum, int64 first, int64 last)
{
	if (vacuum->range_count == vacuum->range_size)
	{
		vacuum->range_size = Max(vacuum->range_size * 2, 64);
		vacuum->ranges = vacuum->ranges == NULL
			? palloc(sizeof(int64) * 2 * vacuum->range_size)
			: repalloc_huge(vacuum->ranges, sizeof(int64) * 2 * vacuum->range_size);
	}
	vacuum->ranges[2 * vacuum->range_count] = first;
	vacuum->ranges[2 * vacuum->range_count + 1] = last;
	vacuum->range_count++;
}

/*
 * The oldest xid in a row that was left undecided and stays. Multixacts are
 * Java's to judge, so they count as too old.
 */
static int64
oldest_xid_of(char *entry)
{
	int			info = TAM_ENTRY_I32(entry, INFO);
	int64		oldest = PG_INT64_MAX;

	if (info & TAM_INFO_XMAX_MULTI)
		return 0;
	if (!(info & TAM_INFO_XMIN_FROZEN) && TAM_ENTRY_I64(entry, XMIN) != 0)
		oldest = TAM_ENTRY_I64(entry, XMIN);
	if (info & TAM_INFO_MODE_MASK)
		oldest = Min(oldest, TAM_ENTRY_I64(entry, XMAX));
	return oldest;
}

/* Counts the undecided rows that stay. Returns the oldest xid in them. */
static int64
collect_undecided(TamVacuum *vacuum)
{
	char	   *entry = vacuum->step + TAM_STEP_BATCH + TAM_BATCH_HEADER_SIZE;
	int64		oldest = PG_INT64_MAX;

	for (int left = STEP_I32(vacuum, BATCH + TAM_BATCH_COUNT); left > 0; left--, entry = tam_entry_next(entry))
	{
		int			verdict = TAM_ENTRY_I32(entry, VERDICT);
		int64		xid;

		if (verdict == TAM_VERDICT_DEAD)
			continue;
		xid = oldest_xid_of(entry);
		oldest = Min(oldest, xid);
		if (vacuum->index_count > 0)
			tam_dead_rows_add(&vacuum->kept, TAM_ENTRY_I64(entry, ROW));
		if (verdict == TAM_VERDICT_RECENTLY_DEAD)
			vacuum->recently_dead += 1;
		else if (verdict != TAM_VERDICT_INSERT_IN_PROGRESS)
			vacuum->live += 1;
	}
	return oldest;
}

/* Makes the rows known to index vacuuming. */
static void
collect_decided(TamVacuum *vacuum, int64 first, int64 last)
{
	const uint64 *kept = (const uint64 *) (vacuum->step + TAM_STEP_KEPT);
	const int64 *dead = (const int64 *) (vacuum->step + TAM_STEP_DEAD_ROWS);

	for (int64 row = first & ~INT64CONST(63); row <= last; row += 64, kept++)
		if (*kept != 0)
			tam_dead_rows_add_word(&vacuum->kept, row, *kept);
	for (int i = 0; i < STEP_I32(vacuum, DEAD); i++)
		tam_dead_rows_add(&vacuum->dead, dead[i]);
}

static void
collect_step(TamVacuum *vacuum, int64 first, int64 last)
{
	int			dead = STEP_I32(vacuum, DEAD);
	int			rows = STEP_I32(vacuum, ROWS);
	int64		oldest = collect_undecided(vacuum);

	oldest = Min(oldest, STEP_I64(vacuum, OLDEST_XID));
	vacuum->live += STEP_I32(vacuum, LIVE);
	vacuum->expects_dead = dead * EXPECTED_SHARE >= rows && dead > 0;
	if (rows * 2 < TAM_STEP_MAX_ROWS)
		vacuum->span = Min(vacuum->span * 2, TAM_STEP_MAX_SPAN);
	else if (STEP_I64(vacuum, RESUME_ROW) >= 0)
		vacuum->span = Max(vacuum->span / 2, TAM_STEP_MAX_ROWS);
	if (!vacuum->index_vacuum)
		vacuum->kept_dead += dead;
	else if (vacuum->index_count > 0)
		collect_decided(vacuum, first, last);
	/* Dead rows that stay must not stay with old ids in them. */
	if (oldest < vacuum->freeze_limit || (dead > 0 && !vacuum->index_vacuum))
		add_freeze_range(vacuum, first, last);
	else
		OLDEST_XID(vacuum) = Min(OLDEST_XID(vacuum), oldest);
}

/* --- the walk ------------------------------------------------------------------------------ */

static Size
dead_rows_memory(void)
{
	int			kilobytes = maintenance_work_mem;

	if (TAM_IS_AUTOVACUUM() && autovacuum_work_mem != -1)
		kilobytes = autovacuum_work_mem;
	return (Size) kilobytes * 1024;
}

void
tam_vacuum_begin_rows(TamVacuum *vacuum)
{
	tam_dead_rows_init(&vacuum->dead, CurrentMemoryContext, dead_rows_memory());
	tam_dead_rows_init(&vacuum->kept, CurrentMemoryContext, dead_rows_memory());
	tam_batch_init(&vacuum->lookup, CurrentMemoryContext, 1024);
	vacuum->step = palloc0(TAM_STEP_SIZE);
	vacuum->span = TAM_STEP_MAX_ROWS;
	STEP_I64(vacuum, OLDEST_XMIN) = vacuum->oldest_xmin;
	pgstat_progress_update_param(PROGRESS_VACUUM_TOTAL_HEAP_BLKS, tam_meta_blocks(vacuum->rel));
	TAM_PROGRESS_DEAD_LIMIT(vacuum->dead.limit, vacuum->dead.limit * BITS_PER_BYTE);
}

static void
report_progress(TamVacuum *vacuum, int64 first, int64 last)
{
	BlockNumber blocks = (BlockNumber) ((last - first) / TAM_ROWS_PER_BLOCK + 1);

	pgstat_progress_update_param(PROGRESS_VACUUM_HEAP_BLKS_SCANNED, last / TAM_ROWS_PER_BLOCK + 1);
	if (vacuum->removed > 0)
		pgstat_progress_update_param(PROGRESS_VACUUM_HEAP_BLKS_VACUUMED, last / TAM_ROWS_PER_BLOCK + 1);
	TAM_PROGRESS_DEAD(vacuum->dead.used, vacuum->dead.count);
	tam_vacuum_delay(vacuum, blocks, STEP_I32(vacuum, DEAD) > 0 ? blocks : 0);
}

int64
tam_vacuum_walk(TamVacuum *vacuum, int64 first)
{
	int64		end = vacuum->row_limit - 1;
	bool		full = false;

	pgstat_progress_update_param(PROGRESS_VACUUM_PHASE, PROGRESS_VACUUM_PHASE_SCAN_HEAP);
	tam_dead_rows_reset(&vacuum->dead, first);
	tam_dead_rows_reset(&vacuum->kept, first);
	vacuum->round_first = first;
	while (first <= end && !full)
	{
		int64		last = take_step(vacuum, first, Min(first + vacuum->span - 1, end));

		collect_step(vacuum, first, last);
		report_progress(vacuum, first, last);
		full = tam_dead_rows_full(&vacuum->dead) || tam_dead_rows_full(&vacuum->kept);
		first = last + 1;
	}
	vacuum->round_last = first - 1;
	return first <= end ? first : TAM_NO_ROW;
}

void
tam_vacuum_freeze(TamVacuum *vacuum)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 3];

	for (int i = 0; i < vacuum->range_count; i++)
	{
		tam_upcall_key(arguments, vacuum->rel);
		arguments[TAM_KEY_ARGUMENTS].j = vacuum->ranges[2 * i];
		arguments[TAM_KEY_ARGUMENTS + 1].j = vacuum->ranges[2 * i + 1];
		arguments[TAM_KEY_ARGUMENTS + 2].j = (jlong) (intptr_t) vacuum->freeze;
		tam_writer_acquire(vacuum->rel);
		vacuum->frozen += tam_upcall_int(TAM_FREEZE_ROWS, arguments);
		tam_vacuum_release_writer(vacuum);
		tam_vacuum_delay(vacuum, 0, TAM_STEP_MAX_ROWS / TAM_ROWS_PER_BLOCK);
	}
	vacuum->range_count = 0;
}
