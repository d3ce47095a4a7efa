/*
 * tam_compat.h
 *	  Every difference between PostgreSQL 15, 17 and 18, and nothing else.
 */
#ifndef TAM_COMPAT_H
#define TAM_COMPAT_H

#include "access/multixact.h"
#include "commands/vacuum.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/smgr.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#if PG_VERSION_NUM < 150000 || (PG_VERSION_NUM >= 160000 && PG_VERSION_NUM < 170000) || PG_VERSION_NUM >= 190000
#error "Tamarack supports PostgreSQL 15, 17 and 18"
#endif

#if PG_VERSION_NUM < 160000
#include "storage/relfilenode.h"

typedef RelFileNode RelFileLocator;
typedef Oid RelFileNumber;

#define rd_locator rd_node
#define TAM_SPC_OID(locator) ((locator).spcNode)
#define TAM_DB_OID(locator) ((locator).dbNode)
#define TAM_REL_NUMBER(locator) ((locator).relNode)
#define RelFileLocatorEquals(a, b) RelFileNodeEquals(a, b)
#define TAM_SMGR_LOCATOR(reln) ((reln)->smgr_rnode.node)
#else
#include "storage/relfilelocator.h"

#define TAM_SPC_OID(locator) ((locator).spcOid)
#define TAM_DB_OID(locator) ((locator).dbOid)
#define TAM_REL_NUMBER(locator) ((locator).relNumber)
#define TAM_SMGR_LOCATOR(reln) ((reln)->smgr_rlocator.locator)
#endif

/* Number of the backend that owns a temporary relation. */
#if PG_VERSION_NUM < 170000
#define TAM_RELATION_BACKEND(rel) ((rel)->rd_backend)
#define TAM_NO_BACKEND InvalidBackendId
#define TAM_MY_BACKEND BackendIdForTempRelations()
#else
#include "storage/procnumber.h"

#define TAM_RELATION_BACKEND(rel) ((rel)->rd_backend)
#define TAM_NO_BACKEND INVALID_PROC_NUMBER
#define TAM_MY_BACKEND ProcNumberForTempRelations()
#endif

#if PG_VERSION_NUM < 160000
typedef bool TamUpdateIndexes;

#define TAM_UPDATE_NO_INDEX false
#define TAM_UPDATE_ALL_INDEXES true
#else
typedef TU_UpdateIndexes TamUpdateIndexes;

#define TAM_UPDATE_NO_INDEX TU_None
#define TAM_UPDATE_ALL_INDEXES TU_All
#endif

/* PostgreSQL 17 counts whether an update moved the row to another page; 18 can log lock failures. */
#if PG_VERSION_NUM < 160000
#define tam_count_update(rel) pgstat_count_heap_update(rel, false)
#else
#define tam_count_update(rel) pgstat_count_heap_update(rel, false, false)
#endif
#if PG_VERSION_NUM < 180000
#define tam_conditional_lock_tuple(rel, tid, mode) ConditionalLockTuple(rel, tid, mode)
#define tam_conditional_xact_lock_wait(xid) ConditionalXactLockTableWait(xid)
#else
#define tam_conditional_lock_tuple(rel, tid, mode) ConditionalLockTuple(rel, tid, mode, log_lock_failures)
#define tam_conditional_xact_lock_wait(xid) ConditionalXactLockTableWait(xid, log_lock_failures)
#endif

/* What an update of heap must tell its caller about indexes, if it is of use to the caller. */
#include "access/heapam.h"
#include "access/heapam_xlog.h"

#if PG_VERSION_NUM < 160000
#define tam_heap_update(rel, tid, tuple, cid, crosscheck, wait, tmfd, lockmode) \
	heap_update(rel, tid, tuple, cid, crosscheck, wait, tmfd, lockmode)
#define tam_advance_conflict_horizon(header, horizon) HeapTupleHeaderAdvanceLatestRemovedXid(header, horizon)
#else
static inline TM_Result
tam_heap_update(Relation rel, ItemPointer tid, HeapTuple tuple, CommandId cid, Snapshot crosscheck, bool wait,
				TM_FailureData *tmfd, LockTupleMode *lockmode)
{
	TU_UpdateIndexes indexes;

	return heap_update(rel, tid, tuple, cid, crosscheck, wait, tmfd, lockmode, &indexes);
}
#define tam_advance_conflict_horizon(header, horizon) HeapTupleHeaderAdvanceConflictHorizon(header, horizon)
#endif

/* PostgreSQL 18 has constraints that say NOT NULL of new rows only. */
#if PG_VERSION_NUM < 180000
#define TAM_IS_NOT_NULL(desc, index) (TupleDescAttr(desc, index)->attnotnull)
#else
#define TAM_IS_NOT_NULL(desc, index) \
	(TupleDescCompactAttr(desc, index)->attnullability == ATTNULLABLE_VALID)
#endif

/* --- VACUUM, CLUSTER, index builds ---------------------------------------- */

#if PG_VERSION_NUM < 170000
#include "postmaster/autovacuum.h"

#define TAM_IS_AUTOVACUUM() IsAutoVacuumWorkerProcess()
#define TAM_INDEX_VACUUM_TABLE(info, rel) ((void) 0)
#define tam_tuplesort_getdatum(sort, value, isnull) tuplesort_getdatum(sort, true, value, isnull, NULL)

struct VacuumCutoffs
{
	TransactionId relfrozenxid;
	MultiXactId relminmxid;
	TransactionId OldestXmin;
	MultiXactId OldestMxact;
	TransactionId FreezeLimit;
	MultiXactId MultiXactCutoff;
};

static inline bool
vacuum_get_cutoffs(Relation rel, const VacuumParams *params, struct VacuumCutoffs *cutoffs)
{
	cutoffs->relfrozenxid = rel->rd_rel->relfrozenxid;
	cutoffs->relminmxid = rel->rd_rel->relminmxid;
	return vacuum_set_xid_limits(rel, params->freeze_min_age, params->freeze_table_age,
								 params->multixact_freeze_min_age,
								 params->multixact_freeze_table_age,
								 &cutoffs->OldestXmin, &cutoffs->OldestMxact,
								 &cutoffs->FreezeLimit, &cutoffs->MultiXactCutoff);
}

#define tam_failsafe_check(cutoffs) vacuum_xid_failsafe_check((cutoffs)->relfrozenxid, (cutoffs)->relminmxid)
#define tam_stop_cost_delay() (VacuumCostActive = false, VacuumCostBalance = 0)
/* Progress of collecting dead rows: memory in bytes from 17 on, rows before. */
#define TAM_PROGRESS_DEAD_LIMIT(bytes, rows) \
	pgstat_progress_update_param(PROGRESS_VACUUM_MAX_DEAD_TUPLES, rows)
#define TAM_PROGRESS_DEAD(bytes, rows) \
	pgstat_progress_update_param(PROGRESS_VACUUM_NUM_DEAD_TUPLES, rows)
#define TAM_PROGRESS_INDEXES(total) ((void) 0)
#define TAM_PROGRESS_INDEX_DONE(done) ((void) 0)
#else
#define TAM_IS_AUTOVACUUM() AmAutoVacuumWorkerProcess()
#define TAM_INDEX_VACUUM_TABLE(info, rel) ((info)->heaprel = (rel))
#define tam_tuplesort_getdatum(sort, value, isnull) tuplesort_getdatum(sort, true, false, value, isnull, NULL)
#define tam_failsafe_check(cutoffs) vacuum_xid_failsafe_check(cutoffs)
#define tam_stop_cost_delay() (VacuumFailsafeActive = true, VacuumCostActive = false, VacuumCostBalance = 0)
#define TAM_PROGRESS_DEAD_LIMIT(bytes, rows) \
	pgstat_progress_update_param(PROGRESS_VACUUM_MAX_DEAD_TUPLE_BYTES, bytes)
#define TAM_PROGRESS_DEAD(bytes, rows) \
	(pgstat_progress_update_param(PROGRESS_VACUUM_DEAD_TUPLE_BYTES, bytes), \
	 pgstat_progress_update_param(PROGRESS_VACUUM_NUM_DEAD_ITEM_IDS, rows))
#define TAM_PROGRESS_INDEXES(total) pgstat_progress_update_param(PROGRESS_VACUUM_INDEXES_TOTAL, total)
#define TAM_PROGRESS_INDEX_DONE(done) pgstat_progress_update_param(PROGRESS_VACUUM_INDEXES_PROCESSED, done)
#endif

#if PG_VERSION_NUM < 180000
#define tam_delay_point() vacuum_delay_point()
#define tam_report_vacuum(rel, live, dead, start) \
	pgstat_report_vacuum(RelationGetRelid(rel), (rel)->rd_rel->relisshared, live, dead)
#define tam_update_relstats(rel, pages, tuples, has_index, xid, multi, xid_updated, multi_updated) \
	vac_update_relstats(rel, pages, tuples, 0, has_index, xid, multi, xid_updated, multi_updated, false)
#define tam_index_beginscan(rel, index, snapshot) index_beginscan(rel, index, snapshot, 0, 0)
#else
#define tam_delay_point() vacuum_delay_point(false)
#define tam_report_vacuum(rel, live, dead, start) \
	pgstat_report_vacuum(RelationGetRelid(rel), (rel)->rd_rel->relisshared, live, dead, start)
#define tam_update_relstats(rel, pages, tuples, has_index, xid, multi, xid_updated, multi_updated) \
	vac_update_relstats(rel, pages, tuples, 0, 0, has_index, xid, multi, xid_updated, multi_updated, false)
#define tam_index_beginscan(rel, index, snapshot) index_beginscan(rel, index, snapshot, NULL, 0, 0)
#endif

/* --- files and commands ----------------------------------------------------- */

#include "common/relpath.h"
#include "catalog/namespace.h"

#if PG_VERSION_NUM < 160000
#define TAM_LOCATOR(spc, db, number) ((RelFileNode) {(spc), (db), (number)})
#else
#define TAM_LOCATOR(spc, db, number) ((RelFileLocator) {(spc), (db), (number)})
#endif

/* Backend that owns a temporary schema. */
#if PG_VERSION_NUM < 170000
#define TAM_NAMESPACE_BACKEND(namespace) GetTempNamespaceBackendId(namespace)
#else
#define TAM_NAMESPACE_BACKEND(namespace) GetTempNamespaceProcNumber(namespace)
#endif

#if PG_VERSION_NUM < 180000
#define TAM_PATH_TEXT(path) (path)
#define TAM_INDEX_BEGINSCAN(table, index, snapshot, keys) index_beginscan(table, index, snapshot, keys, 0)
#define TAM_INDEX_BEGINSCAN_BITMAP(index, snapshot) index_beginscan_bitmap(index, snapshot, 0)
#else
#define TAM_PATH_TEXT(path) ((path).str)
#define TAM_INDEX_BEGINSCAN(table, index, snapshot, keys) index_beginscan(table, index, snapshot, NULL, keys, 0)
#define TAM_INDEX_BEGINSCAN_BITMAP(index, snapshot) index_beginscan_bitmap(index, snapshot, NULL, 0)
#endif

/* Before expressions of a table's owner run. */
#if PG_VERSION_NUM < 170000
#define TAM_RESTRICT_SEARCH_PATH() ((void) 0)
#else
#define TAM_RESTRICT_SEARCH_PATH() RestrictSearchPath()
#endif

/* 18 knows NOT NULL constraints that old rows may violate. */
#if PG_VERSION_NUM < 180000
#define TAM_IS_NEVER_NULL(desc, index) (TupleDescAttr(desc, index)->attnotnull)
#else
#define TAM_IS_NEVER_NULL(desc, index) \
	(TupleDescCompactAttr(desc, index)->attnullability == ATTNULLABLE_VALID)
#endif

/* Walks over a bitmap of TIDs, page by page. */
#include "access/htup_details.h"
#include "nodes/tidbitmap.h"

typedef struct TamBitmapPage
{
	BlockNumber block;
	bool		lossy;			/* any row of the block */
	int			count;
	OffsetNumber offsets[MaxHeapTuplesPerPage];
} TamBitmapPage;

#if PG_VERSION_NUM < 180000
typedef TBMIterator *TamBitmapIterator;

#define tam_bitmap_begin(bitmap) tbm_begin_iterate(bitmap)
#define tam_bitmap_end(iterator) tbm_end_iterate(iterator)

static inline bool
tam_bitmap_next(TamBitmapIterator iterator, TamBitmapPage *page)
{
	TBMIterateResult *result = tbm_iterate(iterator);

	if (result == NULL)
		return false;
	page->block = result->blockno;
	page->lossy = result->ntuples < 0;
	page->count = Max(result->ntuples, 0);
	memcpy(page->offsets, result->offsets, page->count * sizeof(OffsetNumber));
	return true;
}
#else
typedef TBMPrivateIterator *TamBitmapIterator;

#define tam_bitmap_begin(bitmap) tbm_begin_private_iterate(bitmap)
#define tam_bitmap_end(iterator) tbm_end_private_iterate(iterator)

static inline bool
tam_bitmap_next(TamBitmapIterator iterator, TamBitmapPage *page)
{
	TBMIterateResult result;

	if (!tbm_private_iterate(iterator, &result))
		return false;
	page->block = result.blockno;
	page->lossy = result.lossy;
	page->count = result.lossy ? 0 : tbm_extract_page_tuple(&result, page->offsets, MaxHeapTuplesPerPage);
	return true;
}
#endif

static inline void
tam_main_fork_path(char *path, RelFileLocator locator, int backend)
{
	strlcpy(path, TAM_PATH_TEXT(GetRelationPath(TAM_DB_OID(locator), TAM_SPC_OID(locator),
												TAM_REL_NUMBER(locator), backend, MAIN_FORKNUM)),
			MAXPGPATH);
}

/* nodeBitmapHeapscan prefetches blocks of the main fork by itself. */
#if PG_VERSION_NUM < 180000
#define TAM_STOP_BITMAP_PREFETCH(node) ((node)->prefetch_maximum = 0)
#else
#define TAM_STOP_BITMAP_PREFETCH(node) ((void) (node))
#endif

/* --- callbacks whose signatures differ: thin wrappers around the shim's own --- */

#ifdef TAM_COMPAT_CALLBACKS

#include "access/relscan.h"
#include "nodes/tidbitmap.h"

extern bool tam_analyze_block(TableScanDesc scan, BlockNumber block);
extern bool tam_bitmap_block(TableScanDesc scan, BlockNumber block, int ntuples, const OffsetNumber *offsets);
extern bool tam_bitmap_tuple(TableScanDesc scan, TupleTableSlot *slot);
extern bool tam_bitmap_recheck(TableScanDesc scan);
extern void tam_bitmap_set_recheck(TableScanDesc scan, bool recheck);

#if PG_VERSION_NUM < 170000
static bool
tam_scan_analyze_next_block(TableScanDesc scan, BlockNumber block, BufferAccessStrategy strategy)
{
	return tam_analyze_block(scan, block);
}
#else
#include "storage/read_stream.h"

/* The stream names blocks; it must not read them, as there are no such buffers. */
static bool
tam_scan_analyze_next_block(TableScanDesc scan, ReadStream *stream)
{
	BufferAccessStrategy strategy;
	BlockNumber block = read_stream_next_block(stream, &strategy);

	return BlockNumberIsValid(block) && tam_analyze_block(scan, block);
}
#endif

#if PG_VERSION_NUM < 180000
static bool
tam_scan_bitmap_next_block(TableScanDesc scan, struct TBMIterateResult *page)
{
	return tam_bitmap_block(scan, page->blockno, page->ntuples, page->offsets);
}

static bool
tam_scan_bitmap_next_tuple(TableScanDesc scan, struct TBMIterateResult *page, TupleTableSlot *slot)
{
	return tam_bitmap_tuple(scan, slot);
}

#define TAM_BITMAP_CALLBACKS \
	.scan_bitmap_next_block = tam_scan_bitmap_next_block, \
	.scan_bitmap_next_tuple = tam_scan_bitmap_next_tuple
#else
static bool
tam_scan_bitmap_next_tuple(TableScanDesc scan, TupleTableSlot *slot, bool *recheck,
						   uint64 *lossy_pages, uint64 *exact_pages)
{
	TBMIterateResult page;
	OffsetNumber offsets[TBM_MAX_TUPLES_PER_PAGE];
	int			count = -1;

	while (!tam_bitmap_tuple(scan, slot))
	{
		if (!tbm_iterate(&scan->st.rs_tbmiterator, &page))
			return false;
		count = page.lossy ? -1 : tbm_extract_page_tuple(&page, offsets, TBM_MAX_TUPLES_PER_PAGE);
		tam_bitmap_block(scan, page.blockno, count, offsets);
		tam_bitmap_set_recheck(scan, page.recheck);
		(*(page.lossy ? lossy_pages : exact_pages))++;
	}
	*recheck = tam_bitmap_recheck(scan);
	return true;
}

#define TAM_BITMAP_CALLBACKS \
	.scan_bitmap_next_tuple = tam_scan_bitmap_next_tuple
#endif

#if PG_VERSION_NUM < 160000
#define TAM_SET_NEW_STORAGE .relation_set_new_filenode
#else
#define TAM_SET_NEW_STORAGE .relation_set_new_filelocator
#endif

#endif							/* TAM_COMPAT_CALLBACKS */

#endif							/* TAM_COMPAT_H */
