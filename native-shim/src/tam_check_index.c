/*
 * tam_check_index.c
 *	  Do an index and its table agree?
 *
 * An index that can be walked over as a whole, entry by entry (btree, GiST,
 * SP-GiST) or as a bitmap (GIN), is: every entry must have its row, every row
 * that the snapshot sees must have an entry. A hash index is asked for each
 * visible row. A BRIN index says nothing about single rows.
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/genam.h"
#include "access/relscan.h"
#include "access/stratnum.h"
#include "access/tableam.h"
#include "catalog/index.h"
#include "catalog/pg_am.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/tidbitmap.h"
#include "storage/itemptr.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "tam_check.h"

#define BITMAP_BYTES (256 * 1024 * 1024)

/* The check of one index. */
typedef struct IndexCheck
{
	TamCheck   *check;
	Relation	index;
	TamRowSet	found;			/* rows that have an entry */
	EState	   *estate;
	TupleTableSlot *slot;
	IndexInfo  *info;
	ExprState  *predicate;		/* NULL for an index on all rows */
} IndexCheck;

static void
report(IndexCheck *state, int64 row, const char *text)
{
	ItemPointerData tid;

	tam_tid_from_row(row, &tid);
	tam_problem(state->check->problems, "index \"%s\": %s " INT64_FORMAT " (ctid (%u,%u))",
				RelationGetRelationName(state->index), text, row,
				ItemPointerGetBlockNumber(&tid), ItemPointerGetOffsetNumber(&tid));
}

/* --- entries ---------------------------------------------------------------------------------- */

static void
note_entry(IndexCheck *state, const ItemPointerData *tid)
{
	OffsetNumber offset = ItemPointerGetOffsetNumberNoCheck(tid);
	int64		row = tam_row_from_tid(tid);

	if (offset == 0 || offset > TAM_ROWS_PER_BLOCK)
		tam_problem(state->check->problems, "index \"%s\": an entry names ctid (%u,%u), which no row can have",
					RelationGetRelationName(state->index), ItemPointerGetBlockNumberNoCheck(tid), offset);
	else if (!tam_check_row_exists(state->check, row))
	{
		if (!tam_check_row_was_pruned(state->check, row))
			report(state, row, "an entry without row");
	}
	else if (state->index->rd_rel->relam == BTREE_AM_OID && tam_rowset_has(&state->found, row))
		report(state, row, "two entries for row");
	tam_rowset_add(&state->found, row);
}

static void
walk_entries(IndexCheck *state)
{
	IndexScanDesc scan = TAM_INDEX_BEGINSCAN(state->check->rel, state->index, SnapshotAny, 0);
	ItemPointer tid;

	index_rescan(scan, NULL, 0, NULL, 0);
	while ((tid = index_getnext_tid(scan, ForwardScanDirection)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		note_entry(state, tid);
	}
	index_endscan(scan);
}

/* A lossy page of the bitmap says that any of its rows may have an entry. */
static void
note_page(IndexCheck *state, const TamBitmapPage *page)
{
	ItemPointerData tid;

	if (page->lossy)
	{
		int64		first = (int64) page->block * TAM_ROWS_PER_BLOCK;

		for (int64 row = first; row < first + TAM_ROWS_PER_BLOCK; row++)
			tam_rowset_add(&state->found, row);
		return;
	}
	for (int i = 0; i < page->count; i++)
	{
		ItemPointerSet(&tid, page->block, page->offsets[i]);
		note_entry(state, &tid);
	}
}

static void
walk_bitmap(IndexCheck *state)
{
	IndexScanDesc scan = TAM_INDEX_BEGINSCAN_BITMAP(state->index, SnapshotAny);
	TIDBitmap  *bitmap = tbm_create(BITMAP_BYTES, NULL);
	TamBitmapIterator iterator;
	TamBitmapPage page;

	index_rescan(scan, NULL, 0, NULL, 0);
	index_getbitmap(scan, bitmap);
	index_endscan(scan);
	iterator = tam_bitmap_begin(bitmap);
	while (tam_bitmap_next(iterator, &page))
		note_page(state, &page);
	tam_bitmap_end(iterator);
	tbm_free(bitmap);
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* Puts a visible row into the slot; false when it is not indexed, or gone by now. */
static bool
fetch_indexed_row(IndexCheck *state, int64 row)
{
	TamCheck   *check = state->check;

	ResetExprContext(GetPerTupleExprContext(state->estate));
	if (tam_fetch_row(check->rel, row, NULL, &check->batch) == TAM_FETCH_MISSING)
		return false;
	tam_batch_store(tam_batch_first(&check->batch), check->rel, state->slot, false);
	GetPerTupleExprContext(state->estate)->ecxt_scantuple = state->slot;
	return state->predicate == NULL || ExecQual(state->predicate, GetPerTupleExprContext(state->estate));
}

/* Looks one row up in an index that cannot be walked over. */
static void
look_up(IndexCheck *state, int64 row)
{
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];
	ScanKeyData key;
	IndexScanDesc scan;
	ItemPointer tid;
	Oid			type = state->index->rd_opcintype[0];
	Oid			operator = get_opfamily_member(state->index->rd_opfamily[0], type, type, HTEqualStrategyNumber);

	FormIndexDatum(state->info, state->slot, state->estate, values, nulls);
	if (nulls[0])
	{
		tam_rowset_add(&state->found, row);
		return;
	}
	ScanKeyEntryInitialize(&key, 0, 1, HTEqualStrategyNumber, type, state->index->rd_indcollation[0],
						   get_opcode(operator), values[0]);
	scan = TAM_INDEX_BEGINSCAN(state->check->rel, state->index, SnapshotAny, 1);
	index_rescan(scan, &key, 1, NULL, 0);
	while ((tid = index_getnext_tid(scan, ForwardScanDirection)) != NULL)
		note_entry(state, tid);
	index_endscan(scan);
}

static void
check_visible_rows(IndexCheck *state, bool by_look_up)
{
	TamRowSet  *visible = &state->check->visible;

	for (int64 row = 0; row < visible->limit; row++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!tam_rowset_has(visible, row) || tam_rowset_has(&state->found, row)
			|| !fetch_indexed_row(state, row))
			continue;
		if (by_look_up)
			look_up(state, row);
		if (!tam_rowset_has(&state->found, row))
			report(state, row, "no entry for row");
	}
}

/* --- one index -------------------------------------------------------------------------------------- */

static void
check_with(IndexCheck *state)
{
	const IndexAmRoutine *am = state->index->rd_indam;
	bool		by_look_up = !am->amoptionalkey;

	if (!by_look_up && am->amgettuple != NULL)
		walk_entries(state);
	else if (!by_look_up)
		walk_bitmap(state);
	if (state->index->rd_index->indisvalid)
		check_visible_rows(state, by_look_up);
}

static bool
can_be_checked(Relation index)
{
	if (!index->rd_index->indisready || index->rd_rel->relam == BRIN_AM_OID)
		return false;
	return index->rd_indam->amoptionalkey || index->rd_rel->relam == HASH_AM_OID;
}

static void
check_in_context(IndexCheck *state)
{
	state->found = tam_rowset_make(state->check->limit);
	state->estate = CreateExecutorState();
	state->slot = table_slot_create(state->check->rel, NULL);
	state->info = BuildIndexInfo(state->index);
	if (state->info->ii_Predicate != NIL)
		state->predicate = ExecPrepareQual(state->info->ii_Predicate, state->estate);
	check_with(state);
	ExecDropSingleTupleTableSlot(state->slot);
	FreeExecutorState(state->estate);
}

/* Runs the index's expressions as the table's owner, who cannot harm the caller by them. */
static void
check_as_owner(IndexCheck *state)
{
	Oid			user;
	int			security;
	int			nest_level = NewGUCNestLevel();

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(state->check->rel->rd_rel->relowner, security | SECURITY_RESTRICTED_OPERATION);
	TAM_RESTRICT_SEARCH_PATH();
	check_in_context(state);
	AtEOXact_GUC(false, nest_level);
	SetUserIdAndSecContext(user, security);
}

void
tam_check_index(TamCheck *check, Relation index)
{
	IndexCheck	state = {.check = check, .index = index};
	MemoryContext context;
	MemoryContext caller;

	if (!can_be_checked(index))
		return;
	context = AllocSetContextCreate(CurrentMemoryContext, "tamarack index check", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	check_as_owner(&state);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}
