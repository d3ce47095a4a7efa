/*
 * tam_wal.c
 *	  The resource manager, and the promise that a transaction id which
 *	  reached a file is never given to another transaction.
 *
 * Two records of its own: one covers transaction ids, one sets a relation's
 * metapage (tam_meta.c). The records of files are tam_iceberg_wal.c's.
 *
 * Assigning an xid logs nothing, so a crash may hand out again an xid whose
 * rows stand in a SQLite file. Before an xid first reaches a file a record of
 * ours that covers it is therefore flushed. One record covers a few thousand
 * ids, but none beyond the current page of the commit log, whose pages are
 * made when the first id of a page is assigned. Redo moves the next xid past
 * the covered ones; those that were never used count as aborted.
 */
#include "postgres.h"

#include "access/clog.h"
#include "access/rmgr.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "access/xloginsert.h"
#include "access/xlogutils.h"
#include "miscadmin.h"
#include "storage/bufpage.h"
#include "storage/lwlock.h"

#include "tam.h"
#include "tam_iceberg_wal.h"

#define XLOG_TAM_COVER_XIDS 0x00
#define XLOG_TAM_SET_META 0x10

/* Ids that one record covers. */
#define COVERED_AT_ONCE 4096
/* Ids on a page of the commit log: two bits each. */
#define XIDS_PER_CLOG_PAGE (BLCKSZ * 4)

typedef struct xl_tam_cover_xids
{
	TransactionId last;			/* last id covered */
} xl_tam_cover_xids;

typedef struct xl_tam_set_meta
{
	int64		row_limit;		/* row numbers below may have been used */
	int64		storage;		/* iceberg: id in the truth tables */
} xl_tam_set_meta;

typedef struct TamShared
{
	LWLock	   *lock;			/* protects what follows */
	FullTransactionId covered;	/* ids up to this one are covered ... */
	XLogRecPtr	record;			/* ... by the record that ends here */
} TamShared;

static TamShared *shared = NULL;
/* What this backend knows to be covered, and by which record: spares the lock. */
static FullTransactionId known_covered = {0};
static XLogRecPtr known_record = InvalidXLogRecPtr;

/* --- resource manager --------------------------------------------------------- */

static void
redo_set_meta(XLogReaderState *record)
{
	xl_tam_set_meta *meta = (xl_tam_set_meta *) XLogRecGetData(record);
	Buffer		buffer = XLogInitBufferForRedo(record, 0);
	Page		page = BufferGetPage(buffer);

	tam_meta_init_page(page, meta->row_limit, meta->storage);
	PageSetLSN(page, record->EndRecPtr);
	MarkBufferDirty(buffer);
	UnlockReleaseBuffer(buffer);
}

static void
tam_redo(XLogReaderState *record)
{
	uint8		info = XLogRecGetInfo(record) & ~XLR_INFO_MASK;

	switch (info)
	{
		case XLOG_TAM_COVER_XIDS:
			AdvanceNextFullTransactionIdPastXid(((xl_tam_cover_xids *) XLogRecGetData(record))->last);
			break;
		case XLOG_TAM_SET_META:
			redo_set_meta(record);
			break;
		default:
			tam_iceberg_redo(record);
	}
}

static void
tam_desc(StringInfo buf, XLogReaderState *record)
{
	char	   *data = XLogRecGetData(record);

	switch (XLogRecGetInfo(record) & ~XLR_INFO_MASK)
	{
		case XLOG_TAM_COVER_XIDS:
			appendStringInfo(buf, "last xid %u", ((xl_tam_cover_xids *) data)->last);
			break;
		case XLOG_TAM_SET_META:
			appendStringInfo(buf, "row limit " INT64_FORMAT, ((xl_tam_set_meta *) data)->row_limit);
			break;
		default:
			tam_iceberg_desc(buf, record);
	}
}

static const char *
tam_identify(uint8 info)
{
	switch (info & ~XLR_INFO_MASK)
	{
		case XLOG_TAM_COVER_XIDS:
			return "COVER_XIDS";
		case XLOG_TAM_SET_META:
			return "SET_META";
		default:
			return tam_iceberg_identify(info);
	}
}

/* For wal_consistency_checking: the row counter runs ahead without a log. */
static void
tam_mask(char *page, BlockNumber block)
{
	memset(page + SizeOfPageHeaderData, 0, BLCKSZ - SizeOfPageHeaderData);
	PageSetLSN((Page) page, (XLogRecPtr) InvalidXLogRecPtr);
	((PageHeader) page)->pd_checksum = 0;
}

static RmgrData tam_rmgr = {
	.rm_name = "tamarack",
	.rm_redo = tam_redo,
	.rm_desc = tam_desc,
	.rm_identify = tam_identify,
	.rm_cleanup = tam_iceberg_redo_end,
	.rm_mask = tam_mask,
};

/* --- shared memory ------------------------------------------------------------ */

static void
init_shared(void)
{
	shared->lock = tam_shmem_lock();
	shared->covered = InvalidFullTransactionId;
	shared->record = InvalidXLogRecPtr;
}

void
tam_wal_register(void)
{
	RegisterCustomRmgr(TAM_RMGR_ID, &tam_rmgr);
	tam_shmem_add("tamarack", sizeof(TamShared), (void **) &shared, init_shared);
}

/* --- records ------------------------------------------------------------------ */

XLogRecPtr
tam_wal_log_meta(Buffer buffer, int64 row_limit, int64 storage)
{
	xl_tam_set_meta meta = {row_limit, storage};

	XLogBeginInsert();
	XLogRegisterBuffer(0, buffer, REGBUF_WILL_INIT);
	XLogRegisterData((char *) &meta, sizeof(meta));
	return XLogInsert(TAM_RMGR_ID, XLOG_TAM_SET_META);
}

/* --- covering ------------------------------------------------------------------ */

/* The last id that one record may cover from this one on. */
static FullTransactionId
cover_limit(FullTransactionId xid)
{
	uint64		value = U64FromFullTransactionId(xid);
	uint64		page_end = value - value % XIDS_PER_CLOG_PAGE + XIDS_PER_CLOG_PAGE - 1;

	return FullTransactionIdFromU64(Min(value + COVERED_AT_ONCE, page_end));
}

static XLogRecPtr
log_cover(FullTransactionId last)
{
	xl_tam_cover_xids cover = {XidFromFullTransactionId(last)};
	XLogRecPtr	record;

	XLogBeginInsert();
	XLogRegisterData((char *) &cover, sizeof(cover));
	record = XLogInsert(TAM_RMGR_ID, XLOG_TAM_COVER_XIDS);
	XLogFlush(record);
	return record;
}

/*
 * Whether the id is covered by a record that a recovery would replay. One
 * before the redo pointer says nothing about ids assigned since: the
 * checkpoint knows of those alone that had been assigned when it began. (A
 * checkpoint that begins after this look knows of the caller's id.)
 */
static bool
is_covered(FullTransactionId xid, FullTransactionId covered, XLogRecPtr record)
{
	return FullTransactionIdPrecedesOrEquals(xid, covered) && record > GetRedoRecPtr();
}

/* Flushes what any session has logged so far, by way of one more record; assigns no id. */
void
tam_wal_flush_all(void)
{
	FullTransactionId last = ReadNextFullTransactionId();

	FullTransactionIdRetreat(&last);
	log_cover(last);
}

void
tam_wal_cover_xid(FullTransactionId xid)
{
	FullTransactionId last;

	if (is_covered(xid, known_covered, known_record))
		return;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	if (!is_covered(xid, shared->covered, shared->record))
	{
		last = cover_limit(xid);
		shared->record = log_cover(last);
		shared->covered = last;
	}
	known_covered = shared->covered;
	known_record = shared->record;
	LWLockRelease(shared->lock);
}
