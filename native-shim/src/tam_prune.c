/*
 * tam_prune.c
 *	  Removal of dead rows by the scans that trip over them.
 *
 * A small table that is updated a lot would otherwise be scanned through all
 * its old versions until the next VACUUM. A row may go before its index
 * entries here: its number is never used again, so an entry without a row is
 * an entry of a dead row. VACUUM removes what entries remain; for it, and for
 * sqlite_heap_check, the file notes which rows went so.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/transam.h"
#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "tam.h"

/* Invisible rows in a batch that make pruning worth a write. */
#define WORTH_ROWS 32
/* ... and the share of the batch: one of so many. */
#define WORTH_SHARE 4
/* Transactions to wait for before the same table is tried again. */
#define RETRY_XIDS 32

/* The last attempt of this session. */
static Oid	last_relation = InvalidOid;
static TransactionId last_xid = InvalidTransactionId;

static bool
is_worth_it(Relation rel, int invisible, int count)
{
	TransactionId next;

	if (invisible < WORTH_ROWS || invisible * WORTH_SHARE < count || IsParallelWorker())
		return false;
	next = XidFromFullTransactionId(ReadNextFullTransactionId());
	if (last_relation == RelationGetRelid(rel) && next - last_xid < RETRY_XIDS)
		return false;
	last_relation = RelationGetRelid(rel);
	last_xid = next;
	return true;
}

void
tam_prune_interval(Relation rel, int64 first, int64 last, int invisible, int count)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 4];

	if (!is_worth_it(rel, invisible, count) || !tam_writer_try_acquire(rel))
		return;
	tam_upcall_key(arguments, rel);
	arguments[TAM_KEY_ARGUMENTS].j = first;
	arguments[TAM_KEY_ARGUMENTS + 1].j = last;
	arguments[TAM_KEY_ARGUMENTS + 2].z = rel->rd_rel->relhasindex;
	arguments[TAM_KEY_ARGUMENTS + 3].j = (jlong) (intptr_t) GlobalVisTestFor(rel);
	tam_upcall_int(TAM_PRUNE, arguments);
	tam_writer_release(rel);
}
