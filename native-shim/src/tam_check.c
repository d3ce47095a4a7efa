/*
 * tam_check.c
 *	  sqlite_heap_check: is a table's file sound, and do its rows and indexes
 *	  agree?
 *
 * One line for each problem; none when all is well. Three steps, each only if
 * the one before found nothing:
 * - what SQLite's integrity check finds, and what does not fit the schema
 *	 (tamarack.sqliteheap.IntegrityCheck);
 * - rows whose header or tuple cannot be, or beyond the row limit
 *	 (tam_check_row.c);
 * - row versions whose successor is lost;
 * - index entries without a row, visible rows without an index entry
 *	 (tam_check_index.c).
 *
 * ShareUpdateExclusiveLock keeps VACUUM away. Rows are written before their
 * index entries, and go after them; a scan may remove dead rows before, but the
 * file notes which. So an entry without a row and without such a note is a
 * problem at any time, a row without an entry only if the snapshot sees it.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "access/genam.h"
#include "access/xlog.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "tam_check.h"

PG_FUNCTION_INFO_V1(tam_function_check);

#define ROW_BATCH_BYTES 8192

/* --- lines --------------------------------------------------------------------------------- */

static void
put_line(TamProblems *problems, const char *line)
{
	Datum		value = CStringGetTextDatum(line);
	bool		null = false;

	tuplestore_putvalues(problems->store, problems->desc, &value, &null);
	pfree(DatumGetPointer(value));
}

void
tam_problem(TamProblems *problems, const char *format,...)
{
	StringInfoData line;
	va_list		arguments;
	int			needed;

	if (problems->count++ >= TAM_PROBLEMS_AT_MOST)
		return;
	initStringInfo(&line);
	for (;;)
	{
		va_start(arguments, format);
		needed = appendStringInfoVA(&line, format, arguments);
		va_end(arguments);
		if (needed == 0)
			break;
		enlargeStringInfo(&line, needed);
	}
	put_line(problems, line.data);
	pfree(line.data);
}

/* Ends one kind of check: says how many problems were left out. */
static void
end_checks(TamProblems *problems)
{
	if (problems->count > TAM_PROBLEMS_AT_MOST)
		put_line(problems, psprintf(INT64_FORMAT " more problems of this kind",
									problems->count - TAM_PROBLEMS_AT_MOST));
	problems->count = 0;
}

/* --- sets of rows ------------------------------------------------------------------------------ */

TamRowSet
tam_rowset_make(int64 limit)
{
	TamRowSet	set = {limit, NULL};

	set.bits = MemoryContextAllocExtended(CurrentMemoryContext, limit / 8 + 1,
										  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	return set;
}

void
tam_rowset_free(TamRowSet *set)
{
	pfree(set->bits);
	set->bits = NULL;
}

bool
tam_check_row_exists(TamCheck *check, int64 row)
{
	if (tam_rowset_has(&check->present, row))
		return true;
	return tam_fetch_row(check->rel, row, NULL, &check->batch) != TAM_FETCH_MISSING;
}

/* The notes about pruned rows, as they are now. */
static void
read_prunings(TamCheck *check)
{
	MemoryContext caller = MemoryContextSwitchTo(check->context);
	int64		argument[2];

	if (check->pruned.bits != NULL)
		tam_rowset_free(&check->pruned);
	check->pruned = tam_rowset_make(tam_meta_row_limit(check->rel));
	MemoryContextSwitchTo(caller);
	argument[0] = (int64) (intptr_t) check->pruned.bits;
	argument[1] = check->pruned.limit;
	tam_inspect(check->rel, TAM_ASK_PRUNED_ROWS, (int64) (intptr_t) argument);
}

/* Who finds a row missing finds the note about it: both are written at once. */
bool
tam_check_row_was_pruned(TamCheck *check, int64 row)
{
	if (tam_rowset_has(&check->pruned, row))
		return true;
	read_prunings(check);
	return tam_rowset_has(&check->pruned, row);
}

/* --- rows ------------------------------------------------------------------------------------------ */

static void
check_row(TamCheck *check, char *entry)
{
	int64		row = TAM_ENTRY_I64(entry, ROW);

	if (row >= check->limit && row >= tam_meta_row_limit(check->rel))
		tam_problem(check->problems, "row " INT64_FORMAT " is beyond the row limit " INT64_FORMAT,
					row, check->limit);
	tam_rowset_add(&check->present, row);
	tam_check_header(check, entry);
	tam_check_tuple(check, entry);
}

/* Looks at each row by itself; false when one cannot be. Nothing may judge the rows then. */
static bool
check_rows(TamCheck *check)
{
	TamCursor	cursor;
	char	   *entry;
	bool		sound;

	tam_cursor_open(&cursor, check->rel, NULL, 0, TAM_MAX_ROW, CurrentMemoryContext);
	while ((entry = tam_cursor_next(&cursor, ForwardScanDirection)) != NULL)
		check_row(check, entry);
	tam_cursor_close(&cursor);
	sound = check->problems->count == 0;
	end_checks(check->problems);
	return sound;
}

static void
find_visible_rows(TamCheck *check)
{
	TamCursor	cursor;
	char	   *entry;

	tam_cursor_open(&cursor, check->rel, check->snapshot, 0, check->limit - 1, CurrentMemoryContext);
	cursor.headers_only = true;
	while ((entry = tam_cursor_next(&cursor, ForwardScanDirection)) != NULL)
		if (TAM_ENTRY_I32(entry, VERDICT) == TAM_VERDICT_VISIBLE)
			tam_rowset_add(&check->visible, TAM_ENTRY_I64(entry, ROW));
	tam_cursor_close(&cursor);
}

/*
 * The successor of a version that is being updated is there. Once the update
 * is over it may go before its predecessor: the one is removed when its deleter
 * is old enough, the other when its updater is.
 */
static void
check_successor(TamCheck *check, char *entry)
{
	int64		next = TAM_ENTRY_I64(entry, NEXT);
	int32		info = TAM_ENTRY_I32(entry, INFO);
	int32		verdict = TAM_ENTRY_I32(entry, VERDICT);
	int			mode = (info & TAM_INFO_MODE_MASK) >> TAM_INFO_MODE_SHIFT;

	if (next < 0 || mode < TAM_INFO_MODE_UPDATED || (info & TAM_INFO_SPECULATIVE)
		|| verdict != TAM_VERDICT_DELETE_IN_PROGRESS)
		return;
	if (!tam_check_row_exists(check, next) && !tam_check_row_was_pruned(check, next))
		tam_problem(check->problems, "row " INT64_FORMAT ": its successor " INT64_FORMAT " is lost",
					TAM_ENTRY_I64(entry, ROW), next);
}

static void
check_successors(TamCheck *check)
{
	TamCursor	cursor;
	char	   *entry;

	tam_cursor_open(&cursor, check->rel, NULL, 0, check->limit - 1, CurrentMemoryContext);
	cursor.headers_only = true;
	cursor.for_vacuum = true;
	cursor.vistest = GlobalVisTestFor(check->rel);
	while ((entry = tam_cursor_next(&cursor, ForwardScanDirection)) != NULL)
		check_successor(check, entry);
	tam_cursor_close(&cursor);
	end_checks(check->problems);
}

/* --- all of it ------------------------------------------------------------------------------------ */

/* An empty answer means that Java stopped for an interrupt. */
static char *
ask_problems(Relation rel)
{
	char	   *lines;

	while ((lines = tam_inspect(rel, TAM_ASK_PROBLEMS, 0)) != NULL && lines[0] == '\0')
		CHECK_FOR_INTERRUPTS();
	return lines;
}

/* False when the file has problems of its own. */
static bool
check_file(TamCheck *check)
{
	char	   *lines = ask_problems(check->rel);
	char	   *rest = NULL;

	if (lines == NULL)
		return true;
	for (char *line = strtok_r(lines, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
		put_line(check->problems, line);
	return false;
}

static void
check_indexes(TamCheck *check)
{
	List	   *indexes = RelationGetIndexList(check->rel);
	ListCell   *cell;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		tam_check_index(check, index);
		end_checks(check->problems);
		index_close(index, AccessShareLock);
	}
	list_free(indexes);
}

/* Each step relies on what the one before has found sound. */
static void
check_in_steps(TamCheck *check)
{
	if (tam_meta_exists(check->rel))
	{
		if (!check_file(check) || !check_rows(check))
			return;
		find_visible_rows(check);
		check_successors(check);
	}
	check_indexes(check);
}

static void
check_table(Relation rel, TamProblems *problems)
{
	TamCheck	check = {.rel = rel, .problems = problems, .context = CurrentMemoryContext};

	check.snapshot = RegisterSnapshot(GetLatestSnapshot());
	PushActiveSnapshot(check.snapshot);
	check.limit = tam_meta_row_limit(rel);
	check.present = tam_rowset_make(check.limit);
	check.visible = tam_rowset_make(check.limit);
	tam_batch_init(&check.batch, CurrentMemoryContext, ROW_BATCH_BYTES);
	check_in_steps(&check);
	tam_batch_free(&check.batch);
	PopActiveSnapshot();
	UnregisterSnapshot(check.snapshot);
}

Datum
tam_function_check(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	/* On a standby, where no such lock can be had, opening refuses. */
	LOCKMODE	lockmode = RecoveryInProgress() ? AccessShareLock : ShareUpdateExclusiveLock;
	Relation	rel = tam_inspect_open_rows(PG_GETARG_OID(0), lockmode);
	TamProblems problems = {0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	problems.store = result->setResult;
	problems.desc = result->setDesc;
	check_table(rel, &problems);
	/* The lock stays until the transaction ends: VACUUM's promises hold for what was said. */
	relation_close(rel, NoLock);
	return (Datum) 0;
}
