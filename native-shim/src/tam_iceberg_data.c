/*
 * tam_iceberg_data.c
 *	  Rows in data files: which there are under a snapshot, and their bytes.
 *
 * A file's rows are there for who sees its tuple in data_file; a row is
 * deleted for who sees its tuple in row_delete. Files are read by row number.
 * One set of files stays open, for the relation read last; commands close it
 * before they begin, as it holds a reference to the relation.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "executor/tuptable.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"
#include "tam_iceberg_files.h"

/* Attributes of data_file. */
enum
{
	FILE_STORAGE, FILE_PATH, FILE_BYTES, FILE_ROWS, FILE_FIRST_ROW, FILE_LAST_ROW, FILE_CONTIGUOUS, FILE_STATISTICS,
	FILE_NUMBERS, FILE_ATTRIBUTES
};

/* A file and its row numbers: bit n of the map stands for first_row + n. NULL: all from the first to the last. */
typedef struct DataFile
{
	TamIcebergFile file;		/* must be first */
	bytea	   *numbers;
} DataFile;

/* A row that somebody deleted. */
typedef struct DeletedRow
{
	int64		row;			/* key */
	int			verdict;
	TransactionId deleter;
} DeletedRow;

/* --- judging ------------------------------------------------------------------------------- */

static HTSV_Result
status_of(TamStoreScan *scan, GlobalVisState *vistest)
{
	TransactionId dead_after = InvalidTransactionId;
	HTSV_Result status = HeapTupleSatisfiesVacuumHorizon(&scan->tuple, scan->buffer, &dead_after);

	if (status == HEAPTUPLE_RECENTLY_DEAD && vistest != NULL && GlobalVisTestIsRemovableXid(vistest, dead_after))
		return HEAPTUPLE_DEAD;
	return status;
}

static bool
sees(TamDataView *view, TamStoreScan *scan)
{
	bool		visible = HeapTupleSatisfiesVisibility(&scan->tuple, view->snapshot, scan->buffer);

	if (tam_snapshot_needs_conflict_check(view->rel, view->snapshot))
		HeapCheckForSerializableConflictOut(visible, view->rel, &scan->tuple, scan->buffer, view->snapshot);
	return visible;
}

/* By VACUUM's rules a file counts that is there for good, or made by this transaction. */
static bool
file_counts(TamDataView *view, TamStoreScan *scan)
{
	TransactionId xmin;

	if (view->snapshot != NULL)
		return sees(view, scan);
	switch (status_of(scan, view->vistest))
	{
		case HEAPTUPLE_LIVE:
			return true;
		case HEAPTUPLE_INSERT_IN_PROGRESS:
			xmin = HeapTupleHeaderGetXmin(scan->tuple.t_data);
			return TransactionIdIsCurrentTransactionId(xmin);
		default:
			return false;
	}
}

/* What a row's tuple in row_delete makes of the row; VISIBLE: nothing. */
static int
delete_verdict(TamDataView *view, TamStoreScan *scan)
{
	TransactionId xmin = HeapTupleHeaderGetXmin(scan->tuple.t_data);

	if (view->snapshot != NULL)
		return sees(view, scan) ? TAM_VERDICT_INVISIBLE : TAM_VERDICT_VISIBLE;
	switch (status_of(scan, view->vistest))
	{
		case HEAPTUPLE_LIVE:
			return view->vistest != NULL && GlobalVisTestIsRemovableXid(view->vistest, xmin)
				? TAM_VERDICT_DEAD : TAM_VERDICT_RECENTLY_DEAD;
		case HEAPTUPLE_INSERT_IN_PROGRESS:
			return TAM_VERDICT_DELETE_IN_PROGRESS;
		default:
			return TAM_VERDICT_LIVE;
	}
}

/* --- views ------------------------------------------------------------------------------------ */

static DataFile *
make_file(TamStoreScan *scan)
{
	DataFile   *data_file = palloc0(sizeof(DataFile));
	TamIcebergFile *file = &data_file->file;
	Datum		values[FILE_ATTRIBUTES];
	bool		isnull[FILE_ATTRIBUTES];

	heap_deform_tuple(&scan->tuple, RelationGetDescr(scan->store.table), values, isnull);
	file->path = TextDatumGetCString(values[FILE_PATH]);
	file->bytes = DatumGetInt64(values[FILE_BYTES]);
	file->rows = DatumGetInt64(values[FILE_ROWS]);
	file->first_row = DatumGetInt64(values[FILE_FIRST_ROW]);
	file->last_row = DatumGetInt64(values[FILE_LAST_ROW]);
	file->contiguous = DatumGetBool(values[FILE_CONTIGUOUS]);
	if (!isnull[FILE_STATISTICS])
		file->statistics = DatumGetByteaPCopy(values[FILE_STATISTICS]);
	if (!isnull[FILE_NUMBERS])
		data_file->numbers = DatumGetByteaPCopy(values[FILE_NUMBERS]);
	return data_file;
}

static void
find_files(TamDataView *view, int64 first, int64 last)
{
	TamStoreScan scan;

	tam_truth_scan_begin(&scan, view->rel, TAM_TRUTH_DATA_FILE, false);
	tam_store_scan_range(&scan, first, TAM_MAX_ROW);
	while (tam_store_scan_next(&scan))
	{
		bool		counts = file_counts(view, &scan);
		DataFile   *file;

		tam_store_scan_unlock(&scan);
		if (!counts)
			continue;
		file = make_file(&scan);
		if (file->file.first_row <= last)
			view->files = lappend(view->files, file);
	}
	tam_store_scan_end(&scan);
}

static void
remember_deleted(TamDataView *view, int64 row, int verdict, TransactionId deleter)
{
	HASHCTL		control = {.keysize = sizeof(int64), .entrysize = sizeof(DeletedRow), .hcxt = view->context};
	DeletedRow *entry;

	if (view->deleted == NULL)
		view->deleted = hash_create("tamarack deleted rows", 256, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	entry = hash_search(view->deleted, &row, HASH_ENTER, NULL);
	entry->verdict = verdict;
	entry->deleter = deleter;
}

static void
find_deleted(TamDataView *view, int64 first, int64 last)
{
	TamStoreScan scan;

	tam_truth_scan_begin(&scan, view->rel, TAM_TRUTH_ROW_DELETE, false);
	tam_store_scan_range(&scan, first, last);
	while (tam_store_scan_next(&scan))
	{
		int			verdict = delete_verdict(view, &scan);
		TransactionId deleter = HeapTupleHeaderGetXmin(scan.tuple.t_data);

		tam_store_scan_unlock(&scan);
		if (verdict != TAM_VERDICT_VISIBLE && verdict != TAM_VERDICT_LIVE)
			remember_deleted(view, tam_store_tuple_row(&scan.store, &scan.tuple), verdict, deleter);
	}
	tam_store_scan_end(&scan);
}

static void
refuse_standby(Relation rel)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("table \"%s\" cannot be read on a standby server", RelationGetRelationName(rel)),
				 errdetail("The data files of an iceberg table are not in the write-ahead log yet, so a standby does not have them."),
				 errhint("Read it on the primary.")));
}

TamDataView *
tam_data_view_open(Relation rel, Snapshot snapshot, bool for_vacuum, GlobalVisState *vistest, int64 first, int64 last)
{
	MemoryContext context;
	MemoryContext caller;
	TamDataView *view;

	if (!tam_meta_exists(rel))
		return NULL;
	context = AllocSetContextCreate(CurrentMemoryContext, "tamarack data files", ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(context);
	view = palloc0(sizeof(TamDataView));
	view->rel = rel;
	view->snapshot = for_vacuum ? NULL : snapshot;
	view->vistest = vistest;
	view->context = context;
	find_files(view, first, last);
	if (view->files != NIL)
		find_deleted(view, first, last);
	MemoryContextSwitchTo(caller);
	if (view->files != NIL)
	{
		refuse_standby(rel);
		return view;
	}
	MemoryContextDelete(context);
	return NULL;
}

void
tam_data_view_close(TamDataView *view)
{
	if (view != NULL)
		MemoryContextDelete(view->context);
}

bool
tam_data_covers(TamDataView *view, int64 row)
{
	return view != NULL && tam_data_next_covered(view, row) == row;
}

static bool
has_number(DataFile *file, int64 row)
{
	int64		bit = row - file->file.first_row;

	return file->numbers == NULL || (((uint8 *) VARDATA(file->numbers))[bit / 8] >> (bit % 8)) & 1;
}

/* The first number from this one on that the file has; PG_INT64_MAX when there is none. */
static int64
next_number(DataFile *file, int64 row)
{
	for (row = Max(row, file->file.first_row); row <= file->file.last_row; row++)
		if (has_number(file, row))
			return row;
	return PG_INT64_MAX;
}

int64
tam_data_next_covered(TamDataView *view, int64 row)
{
	int64		next = PG_INT64_MAX;
	ListCell   *cell;

	if (view != NULL)
		foreach(cell, view->files)
			next = Min(next, next_number(lfirst(cell), row));
	return next;
}

/* The map of the row numbers that a file has, of those given, which ascend; NULL when it has all. */
static bytea *
make_numbers(const TamIcebergFile *file, const int64 *rows, int64 count)
{
	Size		size = VARHDRSZ + (file->last_row - file->first_row) / 8 + 1;
	bytea	   *numbers;

	if (file->contiguous)
		return NULL;
	numbers = palloc0(size);
	SET_VARSIZE(numbers, size);
	for (int64 i = 0; i < count; i++)
	{
		int64		bit = rows[i] - file->first_row;

		if (rows[i] >= file->first_row && rows[i] <= file->last_row)
			((uint8 *) VARDATA(numbers))[bit / 8] |= 1 << (bit % 8);
	}
	return numbers;
}

int
tam_data_verdict(TamDataView *view, int64 row, TransactionId *deleter)
{
	DeletedRow *entry = view->deleted == NULL ? NULL : hash_search(view->deleted, &row, HASH_FIND, NULL);

	*deleter = entry == NULL ? InvalidTransactionId : entry->deleter;
	if (entry != NULL)
		return entry->verdict;
	return view->snapshot == NULL ? TAM_VERDICT_LIVE : TAM_VERDICT_VISIBLE;
}

bool
tam_data_has_row(Relation rel, int64 row)
{
	TamDataView *view = tam_data_view_open(rel, SnapshotSelf, false, NULL, row, row);
	TransactionId deleter;
	bool		answer = tam_data_covers(view, row) && tam_data_verdict(view, row, &deleter) == TAM_VERDICT_VISIBLE;

	tam_data_view_close(view);
	return answer;
}

void
tam_data_refuse_files(Relation rel, const char *what)
{
	TamDataView *view = tam_data_view_open(rel, SnapshotAny, false, NULL, 0, TAM_MAX_ROW);

	if (view != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("table \"%s\" has data files, so it cannot %s yet", RelationGetRelationName(rel), what),
				 errhint("VACUUM FULL takes the rows out of data files.")));
}

/* --- bytes ------------------------------------------------------------------------------------ */

typedef struct DataReader
{
	Relation	rel;			/* a reference of its own, of the transaction */
	TupleDesc	desc;
	int64		storage;
	List	   *paths;			/* of String */
	TamIcebergScan *scan;
	TupleTableSlot *slot;
	MemoryContext context;
} DataReader;

static DataReader reader;

static void
hold_relation(Relation rel, bool hold)
{
	ResourceOwner caller = CurrentResourceOwner;

	CurrentResourceOwner = TopTransactionResourceOwner;
	if (hold)
		RelationIncrementReferenceCount(rel);
	else
		RelationDecrementReferenceCount(rel);
	CurrentResourceOwner = caller;
}

void
tam_data_reader_forget(void)
{
	memset(&reader, 0, sizeof(reader));
}

void
tam_data_reader_close(void)
{
	DataReader	old = reader;

	if (old.rel == NULL)
		return;
	tam_data_reader_forget();
	tam_iceberg_files_close(old.scan);
	ExecDropSingleTupleTableSlot(old.slot);
	hold_relation(old.rel, false);
	MemoryContextDelete(old.context);
}

/* Whether the open files are all that the view has. */
static bool
reader_serves(TamDataView *view)
{
	ListCell   *cell;

	if (reader.rel != view->rel || reader.desc != RelationGetDescr(view->rel)
		|| reader.storage != tam_meta_storage(view->rel))
		return false;
	foreach(cell, view->files)
		if (!list_member(reader.paths, makeString(((TamIcebergFile *) lfirst(cell))->path)))
			return false;
	return true;
}

static void
open_reader(TamDataView *view)
{
	TamDataView *all;
	MemoryContext caller;
	ListCell   *cell;

	tam_data_reader_close();
	all = tam_data_view_open(view->rel, view->snapshot, view->snapshot == NULL, view->vistest, 0, TAM_MAX_ROW);
	if (all == NULL)
		elog(ERROR, "data files of relation \"%s\" have gone", RelationGetRelationName(view->rel));
	reader.context = AllocSetContextCreate(TopTransactionContext, "tamarack data reader", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(reader.context);
	foreach(cell, all->files)
		reader.paths = lappend(reader.paths, makeString(pstrdup(((TamIcebergFile *) lfirst(cell))->path)));
	reader.slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(RelationGetDescr(view->rel)), &TTSOpsVirtual);
	reader.scan = tam_iceberg_files_open(view->rel, all->files, NULL, reader.context);
	MemoryContextSwitchTo(caller);
	hold_relation(view->rel, true);
	reader.rel = view->rel;
	reader.desc = RelationGetDescr(view->rel);
	reader.storage = tam_meta_storage(view->rel);
	tam_data_view_close(all);
}

char *
tam_data_append(TamDataView *view, TamBatch *batch, int64 row, bool with_image, bool *exists)
{
	char	   *entry;
	HeapTuple	tuple;

	if (!reader_serves(view))
		open_reader(view);
	*exists = tam_iceberg_files_fetch(reader.scan, row, reader.slot);
	if (!*exists)
		return NULL;
	tuple = with_image ? ExecCopySlotHeapTuple(reader.slot) : NULL;
	entry = tam_batch_append_tuple(batch, tuple);
	if (tuple != NULL)
		heap_freetuple(tuple);
	if (entry == NULL)
		return NULL;
	TAM_ENTRY_I64(entry, ROW) = row;
	TAM_ENTRY_I64(entry, XMIN) = FrozenTransactionId;
	TAM_ENTRY_I32(entry, INFO) = TAM_INFO_XMIN_FROZEN;
	return entry;
}

/* --- files of transactions that abort --------------------------------------------------------- */

/* A file that this transaction has made; in TopTransactionContext. */
typedef struct NewFile
{
	struct NewFile *next;
	SubTransactionId subxact;
	char	   *root;
	char	   *path;
} NewFile;

static NewFile *new_files = NULL;

static void
note_new_file(Relation rel, const TamIcebergFile *file)
{
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);
	NewFile    *new_file = palloc(sizeof(NewFile));

	new_file->subxact = GetCurrentSubTransactionId();
	new_file->root = tam_iceberg_root(rel);
	new_file->path = pstrdup(file->path);
	new_file->next = new_files;
	new_files = new_file;
	MemoryContextSwitchTo(caller);
}

void
tam_data_end_transaction(bool committed)
{
	if (!committed)
		tam_data_discard_files(TopSubTransactionId);
	new_files = NULL;
}

void
tam_data_discard_files(SubTransactionId subxact)
{
	NewFile   **link = &new_files;

	while (*link != NULL)
	{
		NewFile    *new_file = *link;

		if (new_file->subxact < subxact)
		{
			link = &new_file->next;
			continue;
		}
		tam_iceberg_remove_files(new_file->root, list_make1(new_file->path));
		*link = new_file->next;
	}
}

/* --- writing ----------------------------------------------------------------------------------- */

static void
insert_tuple(TamTruth *truth, Datum *values, bool *isnull, int number, CommandId cid)
{
	HeapTuple	tuple = heap_form_tuple(RelationGetDescr(truth->table), values, isnull);
	Datum		keys[2] = {values[0], values[number]};
	bool		no_nulls[2] = {false, false};

	heap_insert(truth->table, tuple, cid, 0, NULL);
	tam_truth_insert_index(truth, keys, no_nulls, &tuple->t_self);
	heap_freetuple(tuple);
}

void
tam_data_insert_file(Relation rel, const TamIcebergFile *file, const int64 *rows, int64 count)
{
	bytea	   *numbers = make_numbers(file, rows, count);
	TamTruth	truth;
	Datum		values[FILE_ATTRIBUTES];
	bool		isnull[FILE_ATTRIBUTES] = {false};

	note_new_file(rel, file);
	tam_truth_open(&truth, TAM_TRUTH_DATA_FILE, true);
	values[FILE_STORAGE] = Int64GetDatum(tam_meta_storage(rel));
	values[FILE_PATH] = CStringGetTextDatum(file->path);
	values[FILE_BYTES] = Int64GetDatum(file->bytes);
	values[FILE_ROWS] = Int64GetDatum(file->rows);
	values[FILE_FIRST_ROW] = Int64GetDatum(file->first_row);
	values[FILE_LAST_ROW] = Int64GetDatum(file->last_row);
	values[FILE_CONTIGUOUS] = BoolGetDatum(file->contiguous);
	values[FILE_STATISTICS] = PointerGetDatum(file->statistics);
	isnull[FILE_STATISTICS] = file->statistics == NULL;
	values[FILE_NUMBERS] = PointerGetDatum(numbers);
	isnull[FILE_NUMBERS] = numbers == NULL;
	insert_tuple(&truth, values, isnull, FILE_LAST_ROW, GetCurrentCommandId(true));
	tam_truth_close(&truth);
}

void
tam_data_insert_delete(Relation rel, int64 row, CommandId cid)
{
	TamTruth	truth;
	Datum		values[2] = {Int64GetDatum(tam_meta_storage(rel)), Int64GetDatum(row)};
	bool		isnull[2] = {false, false};

	tam_truth_open(&truth, TAM_TRUTH_ROW_DELETE, true);
	insert_tuple(&truth, values, isnull, 1, cid);
	tam_truth_close(&truth);
}
