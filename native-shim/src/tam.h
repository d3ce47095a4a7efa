/*
 * tam.h
 *	  Declarations that the files of the shim share.
 *
 * The shim registers the callbacks and forwards each to Java, once per batch.
 * Three invariants hold everywhere: no longjmp crosses a Java frame, no Java
 * exception survives an upcall (tam_error.c), and interrupts are held while
 * Java runs.
 */
#ifndef TAM_H
#define TAM_H

#include "postgres.h"

#include <jni.h>

#include "access/tableam.h"
#include "access/transam.h"
#include "access/xlogdefs.h"
#include "storage/block.h"
#include "storage/bufpage.h"
#include "storage/itemptr.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "tam_compat.h"
#include "tam_layout.h"

/* --- row numbers and tuple identifiers ----------------------------------- */

/* Rows in a logical block: what MaxHeapTuplesPerPage allows a TID's offset. */
#define TAM_ROWS_PER_BLOCK 291
#define TAM_NO_ROW INT64CONST(-1)
#define TAM_ROW_MOVED INT64CONST(-2)
#define TAM_MAX_ROW ((int64) MaxBlockNumber * TAM_ROWS_PER_BLOCK)

static inline int64
tam_row_from_tid(const ItemPointerData *tid)
{
	return (int64) ItemPointerGetBlockNumberNoCheck(tid) * TAM_ROWS_PER_BLOCK
		+ ItemPointerGetOffsetNumberNoCheck(tid) - 1;
}

static inline void
tam_tid_from_row(int64 row, ItemPointer tid)
{
	ItemPointerSet(tid, (BlockNumber) (row / TAM_ROWS_PER_BLOCK),
				   (OffsetNumber) (row % TAM_ROWS_PER_BLOCK + 1));
}

/* --- tam_init.c ---------------------------------------------------------- */

extern char *tam_java_options;
extern char *tam_runtime_path;
extern int	tam_java_heap_mb;
/* Its value unless somebody sets another; a table that needs more gets it then. */
#define TAM_USUAL_HEAP_MB 64
extern int	tam_open_files;
extern bool tam_preloaded;

extern void tam_require_preload(void);

/* --- tam_jvm.c ----------------------------------------------------------- */

/* Starts the JVM on first use; raises an ERROR when it cannot. */
extern JNIEnv *tam_jvm_env(void);
/*
 * The same for tables that need more than jvm.options gives: on first use the
 * JVM gets the options of <addition>.options too, and <addition>.aot as its
 * AOT cache.
 */
extern JNIEnv *tam_jvm_env_for(const char *addition);
/* The options in <name>.options, one a line; palloc'd. */
extern char *tam_jvm_installed_options(const char *name);
/* The AOT cache that the JVM was started with, if it has one; NULL before the start. */
extern const char *tam_jvm_cache_path(void);
extern bool tam_jvm_running(void);
extern double tam_jvm_start_milliseconds(void);
/* Directory of the jars, the runtime and the native libraries. */
extern const char *tam_home(void);
extern bool tam_on_main_thread(void);

/* --- tam_error.c --------------------------------------------------------- */

typedef void (*tam_guarded) (void *argument);

/*
 * Runs a body that may raise a PostgreSQL error on behalf of Java. False when
 * it did: a Java exception that stands for the same error is then pending.
 */
extern bool tam_error_guard(JNIEnv *env, tam_guarded body, void *argument);
/* Turns the pending Java exception into a PostgreSQL error; does not return. */
extern void tam_error_raise(JNIEnv *env) __attribute__((noreturn));
/* Lets downcalls through again; called when a (sub)transaction has aborted. */
extern void tam_error_forget(void);
extern void tam_error_bind(JNIEnv *env);

/* --- tam_downcall.c ------------------------------------------------------ */

extern void tam_downcall_bind(JNIEnv *env);

/* --- tam_upcall.c -------------------------------------------------------- */

typedef enum TamMethod
{
	TAM_SCAN,
	TAM_SCAN_FOR_VACUUM,
	TAM_FETCH,
	TAM_INSERT,
	TAM_FINISH_SPECULATIVE,
	TAM_MODIFY,
	TAM_FIND_DEAD,
	TAM_VACUUM_STEP,
	TAM_PRUNE,
	TAM_LAST_PRUNING,
	TAM_FORGET_PRUNINGS,
	TAM_FREEZE_ROWS,
	TAM_CREATE_FILE,
	TAM_DROP_FILE,
	TAM_COPY_FILE,
	TAM_CLOSE_FILES,
	TAM_TRUNCATE,
	TAM_SHRINK,
	TAM_MAKE_DURABLE,
	TAM_AFTER_WRITE,
	TAM_BEFORE_COMMIT,
	TAM_AFTER_TRANSACTION,
	TAM_FORGET,
	TAM_SIZE_IN_BYTES,
	TAM_INSPECT,
	TAM_JVM_STATE,
	TAM_METHOD_COUNT
} TamMethod;

/* Names a relation's storage to Java: am, tablespace, database, number, backend. */
#define TAM_KEY_ARGUMENTS 5

extern void tam_upcall_bind(JNIEnv *env);
extern int64 tam_upcall_count(void);
/*
 * Around each Call…Method: begin counts it and holds interrupts, end lets them
 * go and raises what Java has thrown. A JVM must have been started.
 */
extern JNIEnv *tam_upcall_begin(void);
extern void tam_upcall_end(JNIEnv *env);
/*
 * A class with static methods, global reference; options (lines as in
 * jvm.options) say where it is when the JVM was not started for it.
 */
extern jclass tam_upcall_find_class(const char *name, const char *options);
/* Fills the first TAM_KEY_ARGUMENTS values. */
extern void tam_upcall_key(jvalue *arguments, Relation rel);
extern void tam_upcall_key_of(jvalue *arguments, int am, RelFileLocator locator, int backend);
extern void tam_upcall_void(TamMethod method, const jvalue *arguments);
extern int	tam_upcall_int(TamMethod method, const jvalue *arguments);
extern int64 tam_upcall_long(TamMethod method, const jvalue *arguments);
/* Result as a palloc'd, NUL-terminated string in the server's encoding, or NULL. */
extern char *tam_upcall_string(TamMethod method, const jvalue *arguments);
/* A Java string from a C string in the server's encoding; inside a local frame. */
extern jstring tam_upcall_new_string(const char *text);
/* The other way: palloc'd, in the server's encoding. */
extern char *tam_text_from_java(const char *utf8);

/* --- tam_handler.c ------------------------------------------------------- */

/* Our access methods, as Java and the catalog tell them apart. */
#define TAM_AM_NONE (-1)
#define TAM_AM_SQLITE_HEAP 0
#define TAM_AM_ICEBERG 1

extern const TableAmRoutine *tam_sqlite_heap_routine(void);
extern bool tam_is_sqlite_heap(Relation rel);

/* --- tam_iceberg_handler.c ----------------------------------------------- */

extern const TableAmRoutine *tam_iceberg_routine(void);
extern bool tam_is_iceberg(Relation rel);

/* A relation is about to be dropped: so is the truth about it, if it is an iceberg table. */
extern void tam_iceberg_dropped(Oid relid);

/* Whether the relation is a table of either access method. */
static inline bool
tam_is_ours(Relation rel)
{
	return tam_is_sqlite_heap(rel) || tam_is_iceberg(rel);
}

/* --- tam_snapshot.c ------------------------------------------------------ */

typedef struct TamSnapshot
{
	char		flat[TAM_SNAPSHOT_SIZE];
} TamSnapshot;

/* Flattens a snapshot for Java; valid while the snapshot is. */
extern void tam_snapshot_flatten(TamSnapshot *flat, Snapshot snapshot);
/* Lets Java tell rows that are dead to everybody from those that are just not visible. */
extern void tam_snapshot_set_horizon(TamSnapshot *flat, Relation rel);
/* Copies what a SnapshotDirty reports back into the SnapshotData. */
extern void tam_snapshot_report(const TamSnapshot *flat, Snapshot snapshot);
/* 64-bit form of an xid that is not in the future. */
extern FullTransactionId tam_full_xid(TransactionId xid);
/* The transaction that updated or deleted an entry's row, whatever became of it; 0 when none did. */
extern TransactionId tam_entry_updater(char *entry);
/*
 * 64-bit form of an xid that PostgreSQL computed by subtraction: in a young
 * cluster it may lie before the beginning of time.
 */
extern int64 tam_full_limit(TransactionId xid);
extern bool tam_snapshot_needs_conflict_check(Relation rel, Snapshot snapshot);

/* --- tam_batch.c --------------------------------------------------------- */

/*
 * A buffer of packed rows. It lives in one memory context, whose reset frees
 * it; Java sees its address during an upcall only.
 */
typedef struct TamBatch
{
	MemoryContext context;
	char	   *data;			/* 8-aligned; header, then entries */
	Size		capacity;
} TamBatch;

extern void tam_batch_init(TamBatch *batch, MemoryContext context, Size capacity);
extern void tam_batch_reserve(TamBatch *batch, Size capacity);
extern void tam_batch_free(TamBatch *batch);
extern void tam_batch_clear(TamBatch *batch);
extern int	tam_batch_count(const TamBatch *batch);
extern char *tam_batch_first(const TamBatch *batch);

static inline char *
tam_entry_next(char *entry)
{
	return entry + *(int32 *) (entry + TAM_BATCH_ENTRY_SIZE);
}

#define TAM_ENTRY_I64(entry, field) (*(int64 *) ((entry) + TAM_BATCH_##field))
#define TAM_ENTRY_I32(entry, field) (*(int32 *) ((entry) + TAM_BATCH_##field))

/* The command that inserted the row, in this transaction. */
extern CommandId tam_entry_cmin(char *entry);
/* Stores an entry's tuple in a slot; copy = the slot owns its bytes. */
extern void tam_batch_store(char *entry, Relation rel, TupleTableSlot *slot, bool copy);
extern void tam_batch_mark_written(HeapTuple tuple, Relation rel, char *entry);
/* The tuple image of an entry as a HeapTuple that points into the batch. */
extern void tam_batch_tuple(char *entry, Relation rel, HeapTuple tuple);
/*
 * Appends one row version to a write batch, flattening external values; the
 * entry's row number and header are the caller's to fill. Returns the entry,
 * which is valid until the next append.
 */
extern char *tam_batch_append(TamBatch *batch, Relation rel, HeapTuple tuple);
/*
 * Appends a row to a read batch, from its stored form, or a header alone (NULL).
 * The entry's row number and header are the caller's to fill. NULL when the
 * batch has no room; TAM_BATCH_NEEDED then says what it takes.
 */
extern char *tam_batch_append_image(TamBatch *batch, const char *stored, Size size);
/* The same from a heap tuple, or NULL. */
extern char *tam_batch_append_tuple(TamBatch *batch, HeapTuple tuple);

/* --- tam_toast.c --------------------------------------------------------- */

/* The row as it is stored: nothing outside of it, long values compressed. May be the argument itself. */
extern HeapTuple tam_toast_tuple(Relation rel, HeapTuple tuple);

/* --- tam_meta.c ---------------------------------------------------------- */

/* Takes count consecutive row numbers, never handed out before; first one. */
extern int64 tam_meta_allocate(Relation rel, int count);
extern void tam_meta_give_back(Relation rel, int64 first, int64 end);
/* One past the highest row number handed out; 0 for an empty relation. */
extern int64 tam_meta_row_limit(Relation rel);
/* Makes sure that the metapage and the file exist, before the first write. */
extern void tam_meta_ensure(Relation rel);
/* Whether the relation has a file at all. */
extern bool tam_meta_exists(Relation rel);
extern BlockNumber tam_meta_blocks(Relation rel);
/* Starts the row numbers over; only where no index entry can name one. */
extern void tam_meta_reset(Relation rel);
/* iceberg: the id of the relation's storage in the truth tables (tam_iceberg_truth.c); 0: it has none yet. */
extern int64 tam_meta_storage(Relation rel);
extern void tam_meta_init_page(Page page, int64 next_row, int64 storage);

/* --- tam_shmem.c --------------------------------------------------------- */

/* Wants shared memory: *address is set in every process, init runs once for each start of the server. In _PG_init. */
extern void tam_shmem_add(const char *name, Size size, void **address, void (*init) (void));
extern struct LWLock *tam_shmem_lock(void);
extern void tam_shmem_register(void);

/* --- tam_wal.c ----------------------------------------------------------- */

extern void tam_wal_register(void);
/*
 * Makes sure that no crash can hand out this transaction id again; to be
 * called before the id first reaches a file.
 */
extern void tam_wal_cover_xid(FullTransactionId xid);
/* Flushes what any session has logged so far. */
extern void tam_wal_flush_all(void);
/*
 * Logs that row numbers below the limit may have been used; in a critical
 * section, with the metapage's buffer locked.
 */
extern XLogRecPtr tam_wal_log_meta(Buffer buffer, int64 row_limit, int64 storage);

/* --- tam_xact.c ---------------------------------------------------------- */

extern void tam_xact_register(void);
/* Remembers that this transaction wrote to one of our tables. */
extern void tam_xact_note_write(void);
/* Remembers a temporary relation, whose file goes when the relation is gone. */
extern void tam_xact_note_temporary(RelFileLocator locator, int backend);

/* --- tam_writer.c -------------------------------------------------------- */

extern void tam_writer_register(void);
/* The writer slot of a relation's file: at most one session holds it, briefly. */
extern void tam_writer_acquire(Relation rel);
extern bool tam_writer_try_acquire(Relation rel);
extern void tam_writer_release(Relation rel);
/* For bulk work: the log may grow to so many times its usual length. */
extern void tam_writer_release_patiently(Relation rel, int patience);
/* After an error: lets go of what its place of origin held. */
extern void tam_writer_release_all(void);

/* --- tam_write.c --------------------------------------------------------- */

/* Current full xid, for sqlite_heap covered by the WAL; assigns one if need be. */
extern FullTransactionId tam_writer_xid(Relation rel);

/* Writes out what tuple_insert gathered, for one relation or for all. */
extern void tam_pending_flush(Relation rel);
extern void tam_pending_flush_all(void);
extern void tam_pending_discard(SubTransactionId subxact);

/* --- tam_recent.c -------------------------------------------------------- */

/* Keeps a row that was just read, and is visible, for those who will ask for it again. */
extern void tam_recent_keep(Relation rel, const char *entry);
/* The kept entry of this row, its header as it was read; NULL when another is kept. Valid until the next call here. */
extern char *tam_recent_entry(Relation rel, int64 row);
/* The row's header may be about to change. */
extern void tam_recent_touch(Relation rel, int64 row);
/* The current (sub)transaction has updated or deleted the row. */
extern void tam_recent_gave_up(Relation rel, int64 row, TransactionId xid);
/* True: this transaction has updated or deleted the row. False: nothing is known. */
extern bool tam_recent_is_given_up(Relation rel, int64 row);
extern void tam_recent_forget(void);

/* --- tam_scan.c, tam_fetch.c, tam_modify.c, tam_storage.c … -------------- */

/* A forward or backward walk over a range of row numbers in batches. */
typedef struct TamCursor
{
	Relation	rel;
	TamBatch	batch;
	Snapshot	source;			/* snapshot to judge rows by, or NULL */
	TamSnapshot snapshot;		/* the same, flattened */
	bool		judged;			/* source is set */
	bool		check_conflicts;	/* serializable: report what is read */
	bool		headers_only;	/* set after opening: rows come without tuples */
	bool		for_vacuum;		/* set after opening: vacuum verdicts instead of visibility */
	GlobalVisState *vistest;	/* horizon for these verdicts */
	int64		first;			/* bounds of the walk, inclusive */
	int64		last;
	int64		low;			/* the batch covers low..high */
	int64		high;
	int			batch_rows;		/* rows to ask for next time */
	char	   *entry;			/* current entry */
	int			index;			/* its index in the batch; -1 or count outside */
	int			count;			/* rows in the batch */
	bool		started;
	bool		indexed;		/* entries is valid for the batch */
	char	  **entries;		/* addresses of the batch's entries, for walking back */
} TamCursor;

extern void tam_cursor_open(TamCursor *cursor, Relation rel, Snapshot snapshot,
							int64 first, int64 last, MemoryContext context);
extern void tam_cursor_restart(TamCursor *cursor, int64 first, int64 last);
extern void tam_cursor_close(TamCursor *cursor);
/* Next entry in the direction, visible or not; NULL at the end of the range. */
extern char *tam_cursor_next(TamCursor *cursor, ScanDirection direction);

/* --- tam_modify.c ----------------------------------------------------------- */

/* Whether the table has columns that foreign keys can refer to. */
extern bool tam_has_key(Relation rel);
/* Whether two versions of a row differ in columns that foreign keys can refer to. */
extern bool tam_key_differs(Relation rel, HeapTuple left, HeapTuple right);

/* --- tam_prune.c --------------------------------------------------------- */

/*
 * Removes the rows of an interval that are dead to everybody, if a scan saw
 * many invisible ones there and the writer slot is free.
 */
extern void tam_prune_interval(Relation rel, int64 first, int64 last, int invisible, int count);

/*
 * Fetches one row into a batch. The result is one of TAM_FETCH_…; the entry is
 * the batch's first.
 */
extern int	tam_fetch_row(Relation rel, int64 row, Snapshot snapshot, TamBatch *batch);

#define TAM_FETCH_INVISIBLE 0
#define TAM_FETCH_VISIBLE 1
#define TAM_FETCH_DEAD 2
#define TAM_FETCH_MISSING 3

/* Serializable: to be called before a row is read. */
extern void tam_lock_before_read(Relation rel, int64 row, Snapshot snapshot);
/* Serializable: reports the read-write conflict that reading this row means. */
extern void tam_ssi_read(Relation rel, char *entry, bool visible, Snapshot snapshot);

/* table AM callbacks, in the order of TableAmRoutine */
extern const TupleTableSlotOps *tam_slot_callbacks(Relation rel);
extern TableScanDesc tam_scan_begin(Relation rel, Snapshot snapshot, int nkeys, struct ScanKeyData *key,
									ParallelTableScanDesc pscan, uint32 flags);
extern void tam_scan_end(TableScanDesc scan);
extern void tam_scan_rescan(TableScanDesc scan, struct ScanKeyData *key, bool set_params,
							bool allow_strat, bool allow_sync, bool allow_pagemode);
extern bool tam_scan_getnextslot(TableScanDesc scan, ScanDirection direction, TupleTableSlot *slot);
extern void tam_scan_set_tidrange(TableScanDesc scan, ItemPointer mintid, ItemPointer maxtid);
extern bool tam_scan_getnextslot_tidrange(TableScanDesc scan, ScanDirection direction, TupleTableSlot *slot);
extern Size tam_parallelscan_estimate(Relation rel);
extern Size tam_parallelscan_initialize(Relation rel, ParallelTableScanDesc pscan);
extern void tam_parallelscan_reinitialize(Relation rel, ParallelTableScanDesc pscan);
extern struct IndexFetchTableData *tam_index_fetch_begin(Relation rel);
extern void tam_index_fetch_reset(struct IndexFetchTableData *data);
extern void tam_index_fetch_end(struct IndexFetchTableData *data);
extern bool tam_index_fetch_tuple(struct IndexFetchTableData *scan, ItemPointer tid, Snapshot snapshot,
								  TupleTableSlot *slot, bool *call_again, bool *all_dead);
extern bool tam_tuple_fetch_row_version(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot);
extern bool tam_tuple_tid_valid(TableScanDesc scan, ItemPointer tid);
extern void tam_tuple_get_latest_tid(TableScanDesc scan, ItemPointer tid);
extern bool tam_tuple_satisfies_snapshot(Relation rel, TupleTableSlot *slot, Snapshot snapshot);
extern TransactionId tam_index_delete_tuples(Relation rel, TM_IndexDeleteOp *delstate);
extern void tam_tuple_insert(Relation rel, TupleTableSlot *slot, CommandId cid, int options,
							 struct BulkInsertStateData *bistate);
extern void tam_tuple_insert_speculative(Relation rel, TupleTableSlot *slot, CommandId cid, int options,
										 struct BulkInsertStateData *bistate, uint32 token);
extern void tam_tuple_complete_speculative(Relation rel, TupleTableSlot *slot, uint32 token, bool succeeded);
extern void tam_multi_insert(Relation rel, TupleTableSlot **slots, int nslots, CommandId cid, int options,
							 struct BulkInsertStateData *bistate);
extern TM_Result tam_tuple_delete(Relation rel, ItemPointer tid, CommandId cid, Snapshot snapshot,
								  Snapshot crosscheck, bool wait, TM_FailureData *tmfd, bool changingPart);
extern TM_Result tam_tuple_update(Relation rel, ItemPointer otid, TupleTableSlot *slot, CommandId cid,
								  Snapshot snapshot, Snapshot crosscheck, bool wait, TM_FailureData *tmfd,
								  LockTupleMode *lockmode, TamUpdateIndexes *update_indexes);
extern TM_Result tam_tuple_lock(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot,
								CommandId cid, LockTupleMode mode, LockWaitPolicy wait_policy, uint8 flags,
								TM_FailureData *tmfd);
extern void tam_finish_bulk_insert(Relation rel, int options);
extern void tam_relation_set_new_filelocator(Relation rel, const RelFileLocator *newrlocator, char persistence,
											 TransactionId *freezeXid, MultiXactId *minmulti);
extern void tam_relation_nontransactional_truncate(Relation rel);
extern void tam_relation_copy_data(Relation rel, const RelFileLocator *newrlocator);
extern void tam_relation_copy_for_cluster(Relation old_rel, Relation new_rel, Relation old_index, bool use_sort,
										  TransactionId OldestXmin, TransactionId *xid_cutoff,
										  MultiXactId *multi_cutoff, double *num_tuples,
										  double *tups_vacuumed, double *tups_recently_dead);
extern void tam_relation_vacuum(Relation rel, struct VacuumParams *params, BufferAccessStrategy bstrategy);
extern bool tam_scan_analyze_next_tuple(TableScanDesc scan, TransactionId OldestXmin, double *liverows,
										double *deadrows, TupleTableSlot *slot);
extern double tam_index_build_range_scan(Relation rel, Relation index_rel, struct IndexInfo *index_info,
										 bool allow_sync, bool anyvisible, bool progress,
										 BlockNumber start_blockno, BlockNumber numblocks,
										 IndexBuildCallback callback, void *callback_state, TableScanDesc scan);
extern void tam_index_validate_scan(Relation rel, Relation index_rel, struct IndexInfo *index_info,
									Snapshot snapshot, struct ValidateIndexState *state);
extern uint64 tam_relation_size(Relation rel, ForkNumber fork);
extern bool tam_relation_needs_toast_table(Relation rel);
extern void tam_relation_estimate_size(Relation rel, int32 *attr_widths, BlockNumber *pages, double *tuples,
									   double *allvisfrac);
extern bool tam_scan_sample_next_block(TableScanDesc scan, struct SampleScanState *scanstate);
extern bool tam_scan_sample_next_tuple(TableScanDesc scan, struct SampleScanState *scanstate,
									   TupleTableSlot *slot);
/* Version-independent parts of callbacks whose signatures differ; tam_compat.h wraps them. */
extern bool tam_analyze_block(TableScanDesc scan, BlockNumber block);
/* Prepares the rows of a bitmap's page; ntuples < 0 means all of them. */
extern bool tam_bitmap_block(TableScanDesc scan, BlockNumber block, int ntuples, const OffsetNumber *offsets);
/* Next visible row of that page. */
extern bool tam_bitmap_tuple(TableScanDesc scan, TupleTableSlot *slot);
/* Whether the current page's rows must be checked against the condition again. */
extern bool tam_bitmap_recheck(TableScanDesc scan);
extern void tam_bitmap_set_recheck(TableScanDesc scan, bool recheck);

/* --- tam_planner.c ------------------------------------------------------- */

extern void tam_planner_register(void);

/* --- tam_utility.c ------------------------------------------------------- */

extern void tam_utility_register(void);
/* Rows are not in the WAL yet: a standby has none. */
extern void tam_refuse_standby(Relation rel);

#endif							/* TAM_H */
