/*
 * tam_iceberg.h
 *	  What the files of the access method iceberg share.
 *
 * The truth about a table lies in ordinary heap tables of the schema
 * tamarack_iceberg (tam_iceberg_truth.c), read and written here directly.
 *
 * row_store holds one heap tuple for each row version that lies in no file:
 * the table's storage id, the row number, the stored form of the row (as
 * tam_batch_append makes it). That tuple *is* the row as far as transactions
 * are concerned: an INSERT is a heap_insert of it, an UPDATE a heap_update
 * that makes the tuple of the new row number, a DELETE a heap_delete, a row
 * lock a heap_lock_tuple. So visibility under every kind of snapshot, waiting,
 * row locks and their inheritance by new versions, speculative insertion,
 * savepoints, two-phase commit and crash safety are heap's own.
 *
 * A row in a data file has no tuple in row_store until somebody updates,
 * deletes or locks it. Then it gets an anchor: a tuple without a row, frozen,
 * so that it is there for everybody whatever becomes of its maker. heap's work
 * on the anchor is the work on the row. An update or delete also enters the row
 * in row_delete, in the same transaction: that is what lasts when the dead
 * anchor has been vacuumed away, and what scans go by. So a row of a file is
 * there for who sees its file in data_file and no tuple of it in row_delete.
 * Moving a row to a file (tam_iceberg_fold.c) deletes its tuple in row_store;
 * who finds a tuple deleted looks whether the row has moved so.
 *
 * Invariants:
 * - A row number is given to one row once, so (storage, row) finds one row, and
 *	 an index entry whose row is neither in row_store nor in a file belongs to a
 *	 dead row.
 * - A tuple of row_store is read under SnapshotAny by its index, and judged by
 *	 the real snapshot afterwards: nobody takes SIREAD locks in the truth tables.
 *	 Those lie on the user's table.
 * - Whoever writes holds AccessShareLock and RowExclusiveLock on row_store to
 *	 the end of the transaction, so that look-ups with an index page of the
 *	 user's table locked ask the lock manager for nothing new.
 */
#ifndef TAM_ICEBERG_H
#define TAM_ICEBERG_H

#include "tam.h"

#include "access/genam.h"
#include "utils/hsearch.h"
#include "access/htup.h"

#include "tam_iceberg_parquet.h"

/* --- tam_iceberg_truth.c --------------------------------------------------- */

#define TAM_TRUTH_SCHEMA "tamarack_iceberg"

/* A storage id that no table has. */
#define TAM_NO_STORAGE INT64CONST(0)

typedef enum TamTruthTable
{
	TAM_TRUTH_ROW_STORE,
	TAM_TRUTH_DATA_FILE,
	TAM_TRUTH_ROW_DELETE,
	TAM_TRUTH_PUBLISHED,
	TAM_TRUTH_COUNT
} TamTruthTable;

/* A truth table and its index, whose first column is the storage. */
typedef struct TamTruth
{
	Relation	table;
	Relation	index;
} TamTruth;

/* Attributes of row_store, and of its index. */
#define TAM_STORE_STORAGE 1
#define TAM_STORE_ROW 2
#define TAM_STORE_TUPLE 3
#define TAM_STORE_ATTRIBUTES 3

/* Opens a truth table. Locks are kept to the end of the transaction. */
extern void tam_truth_open(TamTruth *truth, TamTruthTable which, bool for_write);
/* The same, where the extension may be half dropped: false when there is none. */
extern bool tam_truth_try_open(TamTruth *truth, TamTruthTable which, bool for_write);
extern void tam_truth_close(TamTruth *truth);
extern void tam_truth_insert_index(TamTruth *truth, Datum *values, bool *isnull, ItemPointer tid);
/* A storage id that no relation of the cluster ever had. */
extern int64 tam_truth_new_storage(bool is_temporary);
/* The transaction that made a storage id, and whether it made it for a temporary table. */
extern FullTransactionId tam_truth_storage_maker(int64 storage);
extern bool tam_truth_storage_is_temporary(int64 storage);
/* Whether this session has opened a truth table. */
extern bool tam_truth_used(void);
extern void tam_truth_register(void);

/* --- tam_iceberg_read.c ---------------------------------------------------- */

/* A walk over the physical versions of the rows first..last of a table, in row order. */
typedef struct TamStoreScan
{
	Relation	rel;			/* the user's table */
	TamTruth	store;
	IndexScanDesc scan;			/* NULL: the table has no storage yet */
	Buffer		buffer;
	bool		has_keys;		/* scan has been given a range */
	bool		in_chain;
	bool		locked;
	ItemPointerData tid;
	HeapTupleData tuple;		/* current version, in the pinned buffer */
} TamStoreScan;

/* Opens row_store; memory comes from the current context. */
extern void tam_store_scan_begin(TamStoreScan *scan, Relation rel, bool for_write);
/* The same over another truth table, whose index has a number as its second column. */
extern void tam_truth_scan_begin(TamStoreScan *scan, Relation rel, TamTruthTable which, bool for_write);
/* Walks anew over first..last. */
extern void tam_store_scan_range(TamStoreScan *scan, int64 first, int64 last);
/* Next version, its buffer share-locked until the next call here or tam_store_scan_unlock; false at the end. */
extern bool tam_store_scan_next(TamStoreScan *scan);
extern void tam_store_scan_unlock(TamStoreScan *scan);
/* Lets go of every pin. */
extern void tam_store_scan_reset(TamStoreScan *scan);
extern void tam_store_scan_end(TamStoreScan *scan);

/* Whether the tuple has no row, as that lies in a file. */
extern bool tam_store_is_anchor(TamTruth *store, HeapTuple tuple);
extern int64 tam_store_tuple_row(TamTruth *store, HeapTuple tuple);
/*
 * Appends a tuple of row_store as an entry with the row's image, or without
 * one; its buffer is pinned and not locked. NULL: no room, the batch says how
 * many bytes it needs (TAM_BATCH_NEEDED).
 */
extern char *tam_store_append(TamBatch *batch, TamTruth *store, HeapTuple tuple, FullTransactionId next,
							  bool with_image);
/* The same for a batch of its own, made large enough. */
extern char *tam_store_append_alone(TamBatch *batch, TamTruth *store, HeapTuple tuple, bool with_image);
/* Gives an entry the header of a tuple of row_store; next: an xid that is not assigned yet. */
extern void tam_store_fill_entry(char *entry, HeapTupleHeader header, FullTransactionId next);
/*
 * Whether nobody can see the tuple any more; its buffer is share-locked. *latest, if wanted, moves to
 * the id of the transaction by whose doing.
 */
extern bool tam_store_is_dead(TamStoreScan *scan, GlobalVisState *vistest, TransactionId *latest);

/* Packs rows of a cursor as Java does for sqlite_heap; sets count, returns the row to resume at or -1. */
extern int64 tam_iceberg_pack(TamCursor *cursor, int64 first, int64 last);

/* --- tam_iceberg_data.c ---------------------------------------------------- */

/* What a snapshot, or VACUUM, makes of the data files that may hold rows first..last. */
typedef struct TamDataView
{
	Relation	rel;
	Snapshot	snapshot;		/* NULL: by VACUUM's rules */
	GlobalVisState *vistest;	/* for these, may be NULL */
	List	   *files;			/* each begins with a TamIcebergFile; in no order */
	HTAB	   *deleted;		/* rows that somebody deleted; NULL: none */
	MemoryContext context;
} TamDataView;

/* In the current memory context; NULL when there is no file. */
extern TamDataView *tam_data_view_open(Relation rel, Snapshot snapshot, bool for_vacuum, GlobalVisState *vistest,
									   int64 first, int64 last);
extern void tam_data_view_close(TamDataView *view);
extern bool tam_data_covers(TamDataView *view, int64 row);
/* The first row number from this one on that a file may hold; PG_INT64_MAX when there is none. */
extern int64 tam_data_next_covered(TamDataView *view, int64 row);
/* A TAM_VERDICT_… for a row that a file holds. *deleter: who deleted it, if that counts. */
extern int	tam_data_verdict(TamDataView *view, int64 row, TransactionId *deleter);
/*
 * Appends the row as an entry, with or without image; NULL when there is no room (TAM_BATCH_NEEDED), or no such row
 * (*exists).
 */
extern char *tam_data_append(TamDataView *view, TamBatch *batch, int64 row, bool with_image, bool *exists);
/* Whether the latest state has the row in a file, not deleted by any transaction that has committed. */
extern bool tam_data_has_row(Relation rel, int64 row);
/* Raises an error if the table has data files, with which it cannot do what is wanted. */
extern void tam_data_refuse_files(Relation rel, const char *what);
/* Lets go of the files that this session has open. */
extern void tam_data_reader_close(void);
extern void tam_data_reader_forget(void);
/*
 * Enters a file that this transaction has made, with those of the ascending row numbers that lie in it. It goes if the
 * (sub)transaction aborts.
 */
extern void tam_data_insert_file(Relation rel, const TamIcebergFile *file, const int64 *rows, int64 count);
extern void tam_data_discard_files(SubTransactionId subxact);
extern void tam_data_end_transaction(bool committed);
extern void tam_data_insert_delete(Relation rel, int64 row, CommandId cid);

/* --- tam_iceberg_fetch.c --------------------------------------------------- */

/* tam_fetch_row for our tables. Without a snapshot, or when the row is invisible, the entry is a header alone. */
extern int	tam_iceberg_read_row(Relation rel, int64 row, Snapshot snapshot, TamBatch *batch);
extern struct IndexFetchTableData *tam_iceberg_index_fetch_begin(Relation rel);
extern void tam_iceberg_index_fetch_reset(struct IndexFetchTableData *data);
extern void tam_iceberg_index_fetch_end(struct IndexFetchTableData *data);
extern bool tam_iceberg_index_fetch_tuple(struct IndexFetchTableData *data, ItemPointer tid, Snapshot snapshot,
										  TupleTableSlot *slot, bool *call_again, bool *all_dead);
extern void tam_iceberg_get_latest_tid(TableScanDesc scan, ItemPointer tid);
/* tam_index_delete_tuples: marks the entries first..first+count-1 whose rows are dead to everybody. */
extern int64 tam_iceberg_mark_dead(Relation rel, TM_IndexDeleteOp *delstate, int first, int count,
								   GlobalVisState *vistest);

/* --- tam_iceberg_store.c --------------------------------------------------- */

/* Inserts the rows of a write batch into row_store, each under its entry's command id. */
extern void tam_iceberg_insert(Relation rel, TamBatch *batch);
/* Inserts copies of rows with the headers that their entries have (VACUUM FULL, CLUSTER). */
extern void tam_iceberg_insert_copies(Relation rel, TamBatch *batch);
/* The transaction has ended: whether it made copies, some of which may be nobody's now. */
extern bool tam_iceberg_forget_copies(void);
extern void tam_iceberg_finish_speculative(Relation rel, int64 row, bool succeeded);
/* A tuple of row_store for an entry of a write batch. */
extern HeapTuple tam_iceberg_form_store_tuple(TamTruth *store, int64 storage, char *entry, Datum *values,
											  bool *isnull);

/* --- tam_iceberg_storage.c ------------------------------------------------- */

/* Deletes, in this transaction, the truth about a table's storage; the caller has the table for itself. */
extern void tam_iceberg_delete_storage(Relation rel);
/* Deletes the tuples of a storage from one truth table; those that another transaction is at work on only after waiting. */
extern void tam_truth_delete(TamTruth *truth, int64 storage, bool wait);

/* --- tam_iceberg_sweep.c --------------------------------------------------- */

/* Deletes what the truth tables hold about storages that no table has; the number of storages. */
extern int64 tam_iceberg_sweep(void);

/* --- tam_iceberg_modify.c, tam_iceberg_lock.c ------------------------------ */

/* The row that an operation is about, and the tuple of row_store that stands for it. */
typedef struct TamIcebergRow
{
	Relation	rel;
	TamTruth	store;
	int64		row;
	ItemPointerData tid;		/* of the user's row */
	ItemPointerData where;		/* of the tuple in row_store */
	bool		in_file;		/* that is an anchor: the row itself lies in a file */
} TamIcebergRow;

/* Finds the row's tuple; *old, if wanted, receives its entry. To be released after use, if it was found. */
extern bool tam_iceberg_try_locate(TamIcebergRow *row, Relation rel, ItemPointer tid, TamBatch *old);
/* The same; raises an error when it is not there. */
extern void tam_iceberg_locate(TamIcebergRow *row, Relation rel, ItemPointer tid, TamBatch *old);
extern void tam_iceberg_release(TamIcebergRow *row);
/* Makes *row mean the anchor of a row that lies in a file. */
extern void tam_iceberg_go_to_anchor(TamIcebergRow *row, int64 number);
/* The row number of a tuple of row_store of this table; TAM_NO_ROW when it is gone. */
extern int64 tam_iceberg_row_at(TamIcebergRow *row, ItemPointer where);
/* Makes a heap failure one of the user's table. */
extern void tam_iceberg_translate_failure(TamIcebergRow *row, TM_Result result, TM_FailureData *tmfd);
extern TM_Result tam_iceberg_tuple_delete(Relation rel, ItemPointer tid, CommandId cid, Snapshot snapshot,
										  Snapshot crosscheck, bool wait, TM_FailureData *tmfd, bool changingPart);
extern TM_Result tam_iceberg_tuple_update(Relation rel, ItemPointer otid, TupleTableSlot *slot, CommandId cid,
										  Snapshot snapshot, Snapshot crosscheck, bool wait, TM_FailureData *tmfd,
										  LockTupleMode *lockmode, TamUpdateIndexes *update_indexes);
extern TM_Result tam_iceberg_tuple_lock(Relation rel, ItemPointer tid, Snapshot snapshot, TupleTableSlot *slot,
										CommandId cid, LockTupleMode mode, LockWaitPolicy wait_policy, uint8 flags,
										TM_FailureData *tmfd);

/* --- tam_iceberg_vacuum.c -------------------------------------------------- */

struct TamVacuum;
/* The rows' part of VACUUM: index entries of dead rows. */
extern void tam_iceberg_vacuum_rows(struct TamVacuum *vacuum);

#endif							/* TAM_ICEBERG_H */
