/*
 * tam_cluster.c
 *	  VACUUM FULL and CLUSTER: copies what is still needed of a relation into
 *	  a new one, in the old order, in that of an index, or sorted.
 *
 * The caller holds an AccessExclusiveLock, so nobody else has work in progress
 * and nobody's row locks matter any more. What is needed of a row's header is
 * therefore little: the inserter, unless it is old enough to be forgotten, and
 * the updater of a row that is dead to new snapshots only. A multixact never
 * gets into the new relation.
 *
 * Rows get new numbers, and a version that an old snapshot may still see names
 * its successor by number. The successors' new numbers are kept in a table:
 * whichever of the two is copied first decides the number.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/relscan.h"
#include "access/xact.h"
#include "commands/progress.h"
#include "miscadmin.h"
#include "storage/procarray.h"
#include "utils/backend_progress.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/tuplesort.h"

#include "tam_iceberg.h"

/* A write batch is written out at either limit. */
#define COPY_BATCH_ROWS 4096
#define COPY_BATCH_BYTES (1024 * 1024)

/* A row whose new number somebody needs. */
typedef struct Successor
{
	int64		old_row;		/* key */
	int64		new_row;		/* TAM_NO_ROW: not decided yet */
} Successor;

typedef struct Copy
{
	Relation	old_rel;
	Relation	new_rel;
	int64		oldest_xmin;	/* full xids */
	int64		freeze_limit;
	bool		reform;			/* dropped columns hold values to be rid of */
	Datum	   *values;
	bool	   *isnull;
	HTAB	   *successors;
	TamBatch	batch;
	int64		next_row;		/* number of the next row of the new relation */
	int64		allocated;		/* numbers below are taken from the metapage */
	Tuplesortstate *sort;
	double		copied;
	double		written;
	double	   *vacuumed;
	double	   *recently_dead;
} Copy;

/* --- numbers ------------------------------------------------------------------------ */

static void
init_successors(Copy *copy)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(int64);
	control.entrysize = sizeof(Successor);
	control.hcxt = CurrentMemoryContext;
	copy->successors = hash_create("tamarack row numbers", 256, &control,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Announces that the new number of a row will be asked for. */
static Successor *
expect_successor(Copy *copy, int64 old_row)
{
	bool		found;
	Successor  *successor = hash_search(copy->successors, &old_row, HASH_ENTER, &found);

	if (!found)
		successor->new_row = TAM_NO_ROW;
	return successor;
}

static int64
new_number(Copy *copy, Successor *successor)
{
	if (successor == NULL)
		return copy->next_row++;
	if (successor->new_row == TAM_NO_ROW)
		successor->new_row = copy->next_row++;
	return successor->new_row;
}

/* The new number of a successor, which may be copied later, or never if it is dead. */
static int64
translate_next(Copy *copy, int64 next)
{
	if (next < 0)
		return next;
	return new_number(copy, expect_successor(copy, next));
}

static int64
translate_row(Copy *copy, int64 row)
{
	if (hash_get_num_entries(copy->successors) == 0)
		return copy->next_row++;
	return new_number(copy, hash_search(copy->successors, &row, HASH_FIND, NULL));
}

/* --- headers -------------------------------------------------------------------------- */

static inline int
mode_of(char *entry)
{
	return (TAM_ENTRY_I32(entry, INFO) & TAM_INFO_MODE_MASK) >> TAM_INFO_MODE_SHIFT;
}

static void
clear_xmax(char *entry)
{
	TAM_ENTRY_I64(entry, XMAX) = 0;
	TAM_ENTRY_I64(entry, NEXT) = TAM_INFO_NEXT_NONE;
	TAM_ENTRY_I32(entry, INFO) &= ~(TAM_INFO_MODE_MASK | TAM_INFO_XMAX_MULTI | TAM_INFO_DELETED);
}

/* Puts the updater alone in the place of a multixact. */
static void
replace_multi(char *entry)
{
	MultiXactMember *members;
	int			count = GetMultiXactIdMembers((MultiXactId) TAM_ENTRY_I64(entry, XMAX), &members,
											  false, false);
	int			info = TAM_ENTRY_I32(entry, INFO) & ~(TAM_INFO_MODE_MASK | TAM_INFO_XMAX_MULTI);

	for (int i = 0; i < count; i++)
		if (ISUPDATE_from_mxstatus(members[i].status))
		{
			int			mode = members[i].status == MultiXactStatusUpdate
				? TAM_INFO_MODE_KEY_UPDATED : TAM_INFO_MODE_UPDATED;

			TAM_ENTRY_I64(entry, XMAX) = (int64) U64FromFullTransactionId(tam_full_xid(members[i].xid));
			TAM_ENTRY_I32(entry, INFO) = info | mode << TAM_INFO_MODE_SHIFT;
		}
	if (count > 0)
		pfree(members);
}

/* Whether VACUUM's rules, or the older horizon of our caller, call the row dead. */
static bool
is_dead(Copy *copy, char *entry)
{
	int			verdict = TAM_ENTRY_I32(entry, VERDICT);

	if (verdict == TAM_VERDICT_RECENTLY_DEAD)
		return TAM_ENTRY_I64(entry, XMAX) < copy->oldest_xmin;
	return verdict == TAM_VERDICT_DEAD;
}

/*
 * Reduces the header to what the new relation needs. False when the row is
 * dead. The command id stays: it may be that of the current transaction.
 */
static bool
prepare_header(Copy *copy, char *entry)
{
	int			verdict = TAM_ENTRY_I32(entry, VERDICT);

	if (mode_of(entry) >= TAM_INFO_MODE_UPDATED && (TAM_ENTRY_I32(entry, INFO) & TAM_INFO_XMAX_MULTI))
		replace_multi(entry);
	if (is_dead(copy, entry))
		return false;
	if (verdict == TAM_VERDICT_RECENTLY_DEAD || verdict == TAM_VERDICT_DELETE_IN_PROGRESS)
		*copy->recently_dead += 1;
	else
		clear_xmax(entry);
	if (TAM_ENTRY_I64(entry, XMIN) < copy->freeze_limit)
		TAM_ENTRY_I32(entry, INFO) |= TAM_INFO_XMIN_FROZEN;
	return true;
}

/* --- headers on their way through the sort -------------------------------------------- */

/* The sort keeps a heap tuple's header as it is; our bits take those that it ignores. */
#define SORTED_INFO_SHIFT 4
#define SORTED_INFO_MASK 0x0FFF

StaticAssertDecl((HEAP_HASNULL | HEAP_HASVARWIDTH | HEAP_HASEXTERNAL) < (1 << SORTED_INFO_SHIFT),
				 "info bits would overlap those that deforming needs");

static void
header_to_tuple(char *entry, HeapTuple tuple)
{
	HeapTupleHeader header = tuple->t_data;
	int			info = TAM_ENTRY_I32(entry, INFO);

	Assert((info & ~SORTED_INFO_MASK) == 0);
	header->t_infomask = (header->t_infomask & (HEAP_HASNULL | HEAP_HASVARWIDTH))
		| (uint16) (info << SORTED_INFO_SHIFT);
}

static void
header_from_tuple(HeapTuple tuple, char *entry)
{
	HeapTupleHeader header = tuple->t_data;
	FullTransactionId xmin = tam_full_xid(header->t_choice.t_heap.t_xmin);
	FullTransactionId xmax = tam_full_xid(header->t_choice.t_heap.t_xmax);

	TAM_ENTRY_I64(entry, ROW) = tam_row_from_tid(&tuple->t_self);
	TAM_ENTRY_I64(entry, XMIN) = (int64) U64FromFullTransactionId(xmin);
	TAM_ENTRY_I64(entry, XMAX) = (int64) U64FromFullTransactionId(xmax);
	TAM_ENTRY_I32(entry, CID) = (int32) header->t_choice.t_heap.t_field3.t_cid;
	TAM_ENTRY_I32(entry, INFO) = header->t_infomask >> SORTED_INFO_SHIFT;
	if (ItemPointerIndicatesMovedPartitions(&header->t_ctid))
		TAM_ENTRY_I64(entry, NEXT) = TAM_ROW_MOVED;
	else if (!ItemPointerEquals(&header->t_ctid, &tuple->t_self))
		TAM_ENTRY_I64(entry, NEXT) = tam_row_from_tid(&header->t_ctid);
}

/* --- writing ----------------------------------------------------------------------------- */

static void
write_in_java(Copy *copy)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 2];

	tam_upcall_key(arguments, copy->new_rel);
	arguments[TAM_KEY_ARGUMENTS].j = (jlong) (intptr_t) copy->batch.data;
	arguments[TAM_KEY_ARGUMENTS + 1].i = tam_batch_count(&copy->batch);
	tam_writer_acquire(copy->new_rel);
	tam_upcall_void(TAM_INSERT, arguments);
	tam_writer_release(copy->new_rel);
}

static void
flush_batch(Copy *copy)
{
	if (tam_batch_count(&copy->batch) == 0)
		return;
	if (copy->next_row > copy->allocated)
	{
		int64		first PG_USED_FOR_ASSERTS_ONLY =
			tam_meta_allocate(copy->new_rel, (int) (copy->next_row - copy->allocated));

		Assert(first == copy->allocated);
		copy->allocated = copy->next_row;
	}
	if (tam_is_iceberg(copy->new_rel))
		tam_iceberg_insert_copies(copy->new_rel, &copy->batch);
	else
		write_in_java(copy);
	tam_batch_clear(&copy->batch);
}

/* A tuple without the values of dropped columns, and with those of columns added later. */
static HeapTuple
reform_tuple(Copy *copy, HeapTuple tuple)
{
	TupleDesc	desc = RelationGetDescr(copy->old_rel);

	if (!copy->reform && HeapTupleHeaderGetNatts(tuple->t_data) >= desc->natts)
		return tuple;
	heap_deform_tuple(tuple, desc, copy->values, copy->isnull);
	for (int i = 0; i < desc->natts; i++)
		if (TupleDescAttr(desc, i)->attisdropped)
			copy->isnull[i] = true;
	return heap_form_tuple(RelationGetDescr(copy->new_rel), copy->values, copy->isnull);
}

/* Appends a tuple under the header of `from`, an entry, or else under its own. */
static void
write_tuple(Copy *copy, HeapTuple tuple, char *from)
{
	HeapTuple	reformed = reform_tuple(copy, tuple);
	char	   *entry = tam_batch_append(&copy->batch, copy->new_rel, reformed);

	if (from == NULL)
		header_from_tuple(tuple, entry);
	else
	{
		TAM_ENTRY_I64(entry, ROW) = TAM_ENTRY_I64(from, ROW);
		TAM_ENTRY_I64(entry, XMIN) = TAM_ENTRY_I64(from, XMIN);
		TAM_ENTRY_I64(entry, XMAX) = TAM_ENTRY_I64(from, XMAX);
		TAM_ENTRY_I64(entry, NEXT) = TAM_ENTRY_I64(from, NEXT);
		TAM_ENTRY_I32(entry, CID) = TAM_ENTRY_I32(from, CID);
		TAM_ENTRY_I32(entry, INFO) = TAM_ENTRY_I32(from, INFO);
	}
	TAM_ENTRY_I64(entry, ROW) = translate_row(copy, TAM_ENTRY_I64(entry, ROW));
	TAM_ENTRY_I64(entry, NEXT) = translate_next(copy, TAM_ENTRY_I64(entry, NEXT));
	if (reformed != tuple)
		heap_freetuple(reformed);
	copy->written += 1;
	if (tam_batch_count(&copy->batch) >= COPY_BATCH_ROWS
		|| *(int64 *) (copy->batch.data + TAM_BATCH_USED) >= COPY_BATCH_BYTES)
		flush_batch(copy);
}

/* --- reading ------------------------------------------------------------------------------ */

static void
report_rows(Copy *copy)
{
	const int	parameters[] = {PROGRESS_CLUSTER_HEAP_TUPLES_SCANNED, PROGRESS_CLUSTER_HEAP_TUPLES_WRITTEN};
	int64		values[] = {(int64) copy->copied, (int64) copy->written};

	pgstat_progress_update_multi_param(2, parameters, values);
}

/* Takes a row of the old relation: to the new one, to the sort, or nowhere. */
static void
take_row(Copy *copy, char *entry)
{
	HeapTupleData tuple;

	if (!prepare_header(copy, entry))
	{
		*copy->vacuumed += 1;
		return;
	}
	copy->copied += 1;
	tam_batch_tuple(entry, copy->old_rel, &tuple);
	if (copy->sort == NULL)
		write_tuple(copy, &tuple, entry);
	else
	{
		if (TAM_ENTRY_I64(entry, NEXT) >= 0)
			expect_successor(copy, TAM_ENTRY_I64(entry, NEXT));
		header_to_tuple(entry, &tuple);
		tuplesort_putheaptuple(copy->sort, &tuple);
	}
	report_rows(copy);
}

static void
open_cursor(Copy *copy, TamCursor *cursor)
{
	tam_cursor_open(cursor, copy->old_rel, NULL, 0, tam_meta_row_limit(copy->old_rel) - 1,
					CurrentMemoryContext);
	cursor->for_vacuum = true;
	cursor->vistest = GlobalVisTestFor(copy->old_rel);
}

static void
copy_sequentially(Copy *copy)
{
	TamCursor	cursor;
	BlockNumber reported = InvalidBlockNumber;
	char	   *entry;

	pgstat_progress_update_param(PROGRESS_CLUSTER_PHASE, PROGRESS_CLUSTER_PHASE_SEQ_SCAN_HEAP);
	pgstat_progress_update_param(PROGRESS_CLUSTER_TOTAL_HEAP_BLKS, tam_meta_blocks(copy->old_rel));
	open_cursor(copy, &cursor);
	while ((entry = tam_cursor_next(&cursor, ForwardScanDirection)) != NULL)
	{
		BlockNumber block = (BlockNumber) (TAM_ENTRY_I64(entry, ROW) / TAM_ROWS_PER_BLOCK);

		CHECK_FOR_INTERRUPTS();
		if (block != reported)
			pgstat_progress_update_param(PROGRESS_CLUSTER_HEAP_BLKS_SCANNED, block + 1);
		reported = block;
		take_row(copy, entry);
	}
	tam_cursor_close(&cursor);
	pgstat_progress_update_param(PROGRESS_CLUSTER_HEAP_BLKS_SCANNED, tam_meta_blocks(copy->old_rel));
}

/*
 * In an index's order a successor may come before the row that names it, so
 * all successors must be known beforehand.
 */
static void
find_successors(Copy *copy)
{
	TamCursor	cursor;
	char	   *entry;

	open_cursor(copy, &cursor);
	cursor.headers_only = true;
	while ((entry = tam_cursor_next(&cursor, ForwardScanDirection)) != NULL)
	{
		int			verdict = TAM_ENTRY_I32(entry, VERDICT);

		CHECK_FOR_INTERRUPTS();
		if ((verdict == TAM_VERDICT_RECENTLY_DEAD || verdict == TAM_VERDICT_DELETE_IN_PROGRESS)
			&& TAM_ENTRY_I64(entry, NEXT) >= 0)
			expect_successor(copy, TAM_ENTRY_I64(entry, NEXT));
	}
	tam_cursor_close(&cursor);
}

static void
copy_by_index(Copy *copy, Relation index)
{
	IndexScanDesc scan;
	TamCursor	cursor;
	ItemPointer tid;

	const int	parameters[] = {PROGRESS_CLUSTER_PHASE, PROGRESS_CLUSTER_INDEX_RELID};
	int64		values[] = {PROGRESS_CLUSTER_PHASE_INDEX_SCAN_HEAP, RelationGetRelid(index)};

	pgstat_progress_update_multi_param(2, parameters, values);
	find_successors(copy);
	open_cursor(copy, &cursor);
	scan = tam_index_beginscan(copy->old_rel, index, SnapshotAny);
	index_rescan(scan, NULL, 0, NULL, 0);
	while ((tid = index_getnext_tid(scan, ForwardScanDirection)) != NULL)
	{
		int64		row = tam_row_from_tid(tid);
		char	   *entry;

		CHECK_FOR_INTERRUPTS();
		if (scan->xs_recheck)
			elog(ERROR, "index \"%s\" is lossy and cannot order rows", RelationGetRelationName(index));
		tam_cursor_restart(&cursor, row, row);
		entry = tam_cursor_next(&cursor, ForwardScanDirection);
		if (entry != NULL)
			take_row(copy, entry);
	}
	index_endscan(scan);
	tam_cursor_close(&cursor);
}

static void
write_sorted(Copy *copy)
{
	HeapTuple	tuple;

	pgstat_progress_update_param(PROGRESS_CLUSTER_PHASE, PROGRESS_CLUSTER_PHASE_SORT_TUPLES);
	tuplesort_performsort(copy->sort);
	pgstat_progress_update_param(PROGRESS_CLUSTER_PHASE, PROGRESS_CLUSTER_PHASE_WRITE_NEW_HEAP);
	while ((tuple = tuplesort_getheaptuple(copy->sort, true)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		write_tuple(copy, tuple, NULL);
		report_rows(copy);
	}
	tuplesort_end(copy->sort);
}

/* --- the callback ------------------------------------------------------------------------- */

static bool
has_dropped_columns(TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
		if (TupleDescAttr(desc, i)->attisdropped)
			return true;
	return false;
}

static void
begin_copy(Copy *copy, Relation old_rel, Relation new_rel, TransactionId oldest_xmin, TransactionId xid_cutoff)
{
	int			natts = RelationGetDescr(new_rel)->natts;

	memset(copy, 0, sizeof(*copy));
	copy->old_rel = old_rel;
	copy->new_rel = new_rel;
	copy->oldest_xmin = tam_full_limit(oldest_xmin);
	copy->freeze_limit = tam_full_limit(xid_cutoff);
	copy->reform = has_dropped_columns(RelationGetDescr(old_rel));
	copy->values = palloc(sizeof(Datum) * natts);
	copy->isnull = palloc(sizeof(bool) * natts);
	init_successors(copy);
	if (tam_is_sqlite_heap(new_rel))
		tam_xact_note_write();
	tam_batch_init(&copy->batch, CurrentMemoryContext, COPY_BATCH_BYTES);
	copy->next_row = copy->allocated = tam_meta_row_limit(new_rel);
}

static void
end_copy(Copy *copy)
{
	flush_batch(copy);
	tam_batch_free(&copy->batch);
	hash_destroy(copy->successors);
	pfree(copy->values);
	pfree(copy->isnull);
}

void
tam_relation_copy_for_cluster(Relation old_rel, Relation new_rel, Relation old_index, bool use_sort,
							  TransactionId OldestXmin, TransactionId *xid_cutoff,
							  MultiXactId *multi_cutoff, double *num_tuples,
							  double *tups_vacuumed, double *tups_recently_dead)
{
	Copy		copy;

	tam_pending_flush(old_rel);
	begin_copy(&copy, old_rel, new_rel, OldestXmin, *xid_cutoff);
	copy.vacuumed = tups_vacuumed;
	copy.recently_dead = tups_recently_dead;
	if (use_sort)
		copy.sort = tuplesort_begin_cluster(RelationGetDescr(old_rel), old_index,
											maintenance_work_mem, NULL, TUPLESORT_NONE);
	if (old_index != NULL && !use_sort)
		copy_by_index(&copy, old_index);
	else
		copy_sequentially(&copy);
	if (use_sort)
		write_sorted(&copy);
	*num_tuples += copy.copied;
	end_copy(&copy);
}
