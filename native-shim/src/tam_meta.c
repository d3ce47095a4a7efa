/*
 * tam_meta.c
 *	  The metapage: block 0 of the main fork, the counter of row numbers.
 *
 * The counter works like a sequence. Numbers are reserved ahead by a WAL
 * record that sets the page, at redo, to the end of the reservation; numbers
 * within it are handed out without a log. The record is flushed before a number
 * of it is used, as a row in the file outlives a crash of the server, and so
 * may the index entries that name it: no crash can hand out a number again.
 *
 * A relation whose main fork is empty has no file yet: both come with the
 * first write. Crash recovery empties the fork of an unlogged relation, which
 * makes its old file count for nothing.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/smgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "tam_iceberg.h"

#define TAM_META_MAGIC 0x54414D4D
#define TAM_META_VERSION 1
/* Row numbers that one WAL record reserves beyond those asked for: more in a larger table. */
#define RESERVED_AHEAD_MIN 1024
#define RESERVED_AHEAD_MAX 65536

typedef struct TamMetaPage
{
	uint32		magic;
	uint32		version;
	int64		next_row;		/* next row number to hand out */
	int64		reserved;		/* numbers below are reserved in the WAL */
	int64		storage;		/* iceberg: id in the truth tables */
} TamMetaPage;

/* What rd_amcache holds for our relations. */
typedef struct TamRelationCache
{
	RelFileNumber number;		/* storage that the entry is about */
	bool		exists;
	int64		storage;		/* 0: not known */
} TamRelationCache;

#define META(page) ((TamMetaPage *) PageGetContents(page))

void
tam_meta_init_page(Page page, int64 next_row, int64 storage)
{
	PageInit(page, BLCKSZ, 0);
	META(page)->magic = TAM_META_MAGIC;
	META(page)->version = TAM_META_VERSION;
	META(page)->next_row = next_row;
	META(page)->reserved = next_row;
	META(page)->storage = storage;
	((PageHeader) page)->pd_lower = (char *) (META(page) + 1) - (char *) page;
}

/* --- existence -------------------------------------------------------------------- */

static bool
remembered_to_exist(Relation rel)
{
	TamRelationCache *cache = rel->rd_amcache;

	return cache != NULL && cache->exists && cache->number == TAM_REL_NUMBER(rel->rd_locator);
}

static void
remember_to_exist(Relation rel)
{
	if (rel->rd_amcache == NULL)
		rel->rd_amcache = MemoryContextAllocZero(CacheMemoryContext, sizeof(TamRelationCache));
	((TamRelationCache *) rel->rd_amcache)->number = TAM_REL_NUMBER(rel->rd_locator);
	((TamRelationCache *) rel->rd_amcache)->exists = true;
	((TamRelationCache *) rel->rd_amcache)->storage = 0;
}

bool
tam_meta_exists(Relation rel)
{
	if (remembered_to_exist(rel))
		return true;
	if (smgrnblocks(RelationGetSmgr(rel), MAIN_FORKNUM) == 0)
		return false;
	remember_to_exist(rel);
	return true;
}

/* --- writing ----------------------------------------------------------------------- */

static Buffer
lock_metapage(Relation rel, int mode)
{
	Buffer		buffer = ReadBuffer(rel, 0);

	LockBuffer(buffer, mode);
	if (META(BufferGetPage(buffer))->magic != TAM_META_MAGIC)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("block 0 of relation \"%s\" is not a Tamarack metapage",
						RelationGetRelationName(rel))));
	if (META(BufferGetPage(buffer))->version > TAM_META_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("relation \"%s\" was written by a newer version of Tamarack",
						RelationGetRelationName(rel))));
	return buffer;
}

/*
 * Sets the counter, in memory to next_row and in the log to reserved. The
 * caller holds the buffer's exclusive lock.
 */
static void
set_counter(Relation rel, Buffer buffer, int64 next_row, int64 reserved)
{
	Page		page = BufferGetPage(buffer);

	START_CRIT_SECTION();
	META(page)->next_row = next_row;
	META(page)->reserved = reserved;
	MarkBufferDirty(buffer);
	if (RelationNeedsWAL(rel))
		PageSetLSN(page, tam_wal_log_meta(buffer, reserved, META(page)->storage));
	END_CRIT_SECTION();
}

static void
create_metapage(Relation rel, int64 storage)
{
	Buffer		buffer = ReadBufferExtended(rel, MAIN_FORKNUM, P_NEW, RBM_NORMAL, NULL);

	if (BufferGetBlockNumber(buffer) != 0)
		elog(ERROR, "relation \"%s\" has a metapage already", RelationGetRelationName(rel));
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	tam_meta_init_page(BufferGetPage(buffer), 0, storage);
	set_counter(rel, buffer, 0, 0);
	UnlockReleaseBuffer(buffer);
}

static void
create_sqlite_file(Relation rel)
{
	jvalue		key[TAM_KEY_ARGUMENTS];

	tam_upcall_key(key, rel);
	tam_upcall_void(TAM_CREATE_FILE, key);
}

void
tam_meta_ensure(Relation rel)
{
	int64		storage;

	if (tam_meta_exists(rel))
		return;
	storage = tam_is_iceberg(rel) ? tam_truth_new_storage(RelationUsesLocalBuffers(rel)) : TAM_NO_STORAGE;
	LockRelationForExtension(rel, ExclusiveLock);
	if (smgrnblocks(RelationGetSmgr(rel), MAIN_FORKNUM) == 0)
	{
		if (tam_is_sqlite_heap(rel))
			create_sqlite_file(rel);
		create_metapage(rel, storage);
	}
	UnlockRelationForExtension(rel, ExclusiveLock);
	remember_to_exist(rel);
}

/*
 * Whether numbers up to the limit may be handed out without a log: they are
 * reserved, and by a record that a recovery from the last checkpoint replays.
 */
static bool
is_reserved(Relation rel, Page page, int64 limit)
{
	if (limit > META(page)->reserved)
		return false;
	return !RelationNeedsWAL(rel) || PageGetLSN(page) > GetRedoRecPtr();
}

/* Numbers to reserve beyond those that are needed now. */
static int64
reserved_ahead(int64 row)
{
	return Min(Max(row / 8, RESERVED_AHEAD_MIN), RESERVED_AHEAD_MAX);
}

int64
tam_meta_allocate(Relation rel, int count)
{
	Buffer		buffer;
	Page		page;
	XLogRecPtr	reservation;
	int64		first;

	tam_meta_ensure(rel);
	buffer = lock_metapage(rel, BUFFER_LOCK_EXCLUSIVE);
	page = BufferGetPage(buffer);
	first = META(page)->next_row;
	if (first + count > TAM_MAX_ROW)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("relation \"%s\" has used all its row numbers", RelationGetRelationName(rel)),
				 errhint("VACUUM FULL numbers the rows anew.")));
	if (is_reserved(rel, page, first + count))
	{
		META(page)->next_row = first + count;
		MarkBufferDirty(buffer);
	}
	else
		set_counter(rel, buffer, first + count, first + count + reserved_ahead(first));
	reservation = PageGetLSN(page);
	UnlockReleaseBuffer(buffer);
	/* Another session may have made the reservation, and not have flushed it yet. iceberg's rows are logged after it. */
	if (RelationNeedsWAL(rel) && tam_is_sqlite_heap(rel))
		XLogFlush(reservation);
	return first;
}

/* Returns the unused end of a range, if nobody has taken numbers since. */
void
tam_meta_give_back(Relation rel, int64 first, int64 end)
{
	Buffer		buffer;

	if (first >= end)
		return;
	buffer = lock_metapage(rel, BUFFER_LOCK_EXCLUSIVE);
	if (META(BufferGetPage(buffer))->next_row == end)
	{
		META(BufferGetPage(buffer))->next_row = first;
		MarkBufferDirty(buffer);
	}
	UnlockReleaseBuffer(buffer);
}

void
tam_meta_reset(Relation rel)
{
	Buffer		buffer;

	if (!tam_meta_exists(rel))
		return;
	buffer = lock_metapage(rel, BUFFER_LOCK_EXCLUSIVE);
	set_counter(rel, buffer, 0, 0);
	UnlockReleaseBuffer(buffer);
}

/* --- reading ------------------------------------------------------------------------ */

int64
tam_meta_row_limit(Relation rel)
{
	Buffer		buffer;
	int64		limit;

	if (!tam_meta_exists(rel))
		return 0;
	buffer = lock_metapage(rel, BUFFER_LOCK_SHARE);
	limit = META(BufferGetPage(buffer))->next_row;
	UnlockReleaseBuffer(buffer);
	return limit;
}

int64
tam_meta_storage(Relation rel)
{
	TamRelationCache *cache;
	Buffer		buffer;

	if (!tam_meta_exists(rel))
		return TAM_NO_STORAGE;
	cache = rel->rd_amcache;
	if (cache->storage == TAM_NO_STORAGE)
	{
		buffer = lock_metapage(rel, BUFFER_LOCK_SHARE);
		cache->storage = META(BufferGetPage(buffer))->storage;
		UnlockReleaseBuffer(buffer);
	}
	return cache->storage;
}

BlockNumber
tam_meta_blocks(Relation rel)
{
	return (BlockNumber) ((tam_meta_row_limit(rel) + TAM_ROWS_PER_BLOCK - 1) / TAM_ROWS_PER_BLOCK);
}
