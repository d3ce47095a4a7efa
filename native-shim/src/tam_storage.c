/*
 * tam_storage.c
 *	  A relation's storage as a whole: creation, copy, truncation, sizes.
 */
#include "postgres.h"

#include <math.h>

#include "access/multixact.h"
#include "catalog/storage.h"
#include "catalog/storage_xlog.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "storage/smgr.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"

/* What heap needs for a row beside its data: header and line pointer. */
#define HEAP_ROW_OVERHEAD (MAXALIGN(SizeofHeapTupleHeader) + sizeof(ItemIdData))
#define HEAP_PAGE_BYTES (BLCKSZ - SizeOfPageHeaderData)

/* --- creation and copy ----------------------------------------------------------------- */

/* Crash recovery puts the empty init fork over the main fork of an unlogged relation. */
static void
create_init_fork(SMgrRelation smgr, const RelFileLocator *locator)
{
	smgrcreate(smgr, INIT_FORKNUM, false);
	log_smgrcreate(locator, INIT_FORKNUM);
	smgrimmedsync(smgr, INIT_FORKNUM);
}

/*
 * Makes an empty main fork; the file comes with the first write. What becomes
 * of the old storage is on PostgreSQL's list of pending deletes (tam_xact.c).
 */
void
tam_relation_set_new_filelocator(Relation rel, const RelFileLocator *newrlocator, char persistence,
								 TransactionId *freezeXid, MultiXactId *minmulti)
{
	SMgrRelation smgr;

	tam_require_preload();
	tam_pending_flush(rel);
	/* TRUNCATE: what the old storage held goes in this transaction. */
	if (tam_is_iceberg(rel) && !RelFileLocatorEquals(rel->rd_locator, *newrlocator))
		tam_iceberg_delete_storage(rel);
	*freezeXid = RecentXmin;
	*minmulti = GetOldestMultiXactId();
	smgr = RelationCreateStorage(*newrlocator, persistence, true);
	if (persistence == RELPERSISTENCE_UNLOGGED)
		create_init_fork(smgr, newrlocator);
	if (persistence == RELPERSISTENCE_TEMP && tam_is_sqlite_heap(rel))
		tam_xact_note_temporary(*newrlocator, TAM_MY_BACKEND);
	smgrclose(smgr);
}

static void
copy_file(Relation rel, const RelFileLocator *target)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 3];
	jvalue		key[TAM_KEY_ARGUMENTS];

	tam_upcall_key(arguments, rel);
	tam_upcall_key_of(key, TAM_AM_SQLITE_HEAP, *target, TAM_RELATION_BACKEND(rel));
	arguments[TAM_KEY_ARGUMENTS] = key[1];
	arguments[TAM_KEY_ARGUMENTS + 1] = key[2];
	arguments[TAM_KEY_ARGUMENTS + 2] = key[3];
	tam_upcall_void(TAM_COPY_FILE, arguments);
}

void
tam_relation_copy_data(Relation rel, const RelFileLocator *newrlocator)
{
	char		persistence = rel->rd_rel->relpersistence;
	SMgrRelation target;

	tam_pending_flush(rel);
	if (tam_is_iceberg(rel))
		tam_data_refuse_files(rel, "be moved to another tablespace");
	FlushRelationBuffers(rel);
	target = RelationCreateStorage(*newrlocator, persistence, true);
	RelationCopyStorage(RelationGetSmgr(rel), target, MAIN_FORKNUM, persistence);
	if (persistence == RELPERSISTENCE_UNLOGGED)
		create_init_fork(target, newrlocator);
	if (persistence == RELPERSISTENCE_TEMP && tam_is_sqlite_heap(rel))
		tam_xact_note_temporary(*newrlocator, TAM_RELATION_BACKEND(rel));
	if (tam_meta_exists(rel) && tam_is_sqlite_heap(rel))
		copy_file(rel, newrlocator);
	RelationDropStorage(rel);
	smgrclose(target);
}

/*
 * Only for relations that nobody else can see, so that no rollback is owed.
 * iceberg's row numbers go on: the deleted rows are still about.
 */
void
tam_relation_nontransactional_truncate(Relation rel)
{
	jvalue		key[TAM_KEY_ARGUMENTS];

	tam_pending_flush(rel);
	if (!tam_meta_exists(rel))
		return;
	if (tam_is_iceberg(rel))
	{
		tam_iceberg_delete_storage(rel);
		return;
	}
	tam_upcall_key(key, rel);
	tam_recent_forget();
	tam_upcall_void(TAM_TRUNCATE, key);
	tam_meta_reset(rel);
}

/* --- sizes ------------------------------------------------------------------------------ */

/* Logical blocks: what ANALYZE, BRIN, TABLESAMPLE and parallel scans count in. */
uint64
tam_relation_size(Relation rel, ForkNumber fork)
{
	if (fork == MAIN_FORKNUM || fork == InvalidForkNumber)
		return (uint64) tam_meta_blocks(rel) * BLCKSZ;
	return table_block_relation_size(rel, fork);
}

bool
tam_relation_needs_toast_table(Relation rel)
{
	return false;
}

/* Rows that heap would fit on a page, as its own estimate goes. */
static double
heap_density(Relation rel, int32 *attr_widths)
{
	int32		width = get_rel_data_width(rel, attr_widths) + HEAP_ROW_OVERHEAD;

	return Max((int32) HEAP_PAGE_BYTES * RelationGetFillFactor(rel, HEAP_DEFAULT_FILLFACTOR) / 100 / width, 1);
}

/*
 * The planner's costs are made for heap's pages, so pages are what the same
 * rows would take there. Row numbers, of which the metapage keeps an exact
 * count, play the part of the current size; nothing is read from the file.
 */
void
tam_relation_estimate_size(Relation rel, int32 *attr_widths, BlockNumber *pages, double *tuples,
						   double *allvisfrac)
{
	double		density = heap_density(rel, attr_widths);
	int64		rows = tam_meta_row_limit(rel);
	BlockNumber logical = (BlockNumber) ((rows + TAM_ROWS_PER_BLOCK - 1) / TAM_ROWS_PER_BLOCK);
	BlockNumber known_pages = (BlockNumber) rel->rd_rel->relpages;
	double		known_tuples = rel->rd_rel->reltuples;
	double		heap_pages = ceil(rows / density);

	*allvisfrac = 0;
	/* Never vacuumed and small: likely to grow, so assume ten pages like heap. */
	if (heap_pages < 10 && known_tuples < 0 && !rel->rd_rel->relhassubclass)
		heap_pages = 10;
	*pages = (BlockNumber) heap_pages;
	if (heap_pages == 0)
		*tuples = 0;
	else if (known_tuples >= 0 && known_pages > 0)
		*tuples = rint(known_tuples / known_pages * logical);
	else
		*tuples = rint(density * heap_pages);
}
