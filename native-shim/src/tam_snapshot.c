/*
 * tam_snapshot.c
 *	  SnapshotData as a flat struct that Java reads in place.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "storage/predicate.h"
#include "storage/procarray.h"
#include "utils/snapmgr.h"

#include "tam.h"

#define FLAT_I32(flat, field) (*(int32 *) ((flat)->flat + TAM_SNAPSHOT_##field))
#define FLAT_I64(flat, field) (*(int64 *) ((flat)->flat + TAM_SNAPSHOT_##field))

FullTransactionId
tam_full_xid(TransactionId xid)
{
	FullTransactionId next = ReadNextFullTransactionId();
	uint32		epoch = EpochFromFullTransactionId(next);

	if (!TransactionIdIsNormal(xid))
		return FullTransactionIdFromEpochAndXid(0, xid);
	if (xid > XidFromFullTransactionId(next))
		epoch--;
	return FullTransactionIdFromEpochAndXid(epoch, xid);
}

int64
tam_full_limit(TransactionId xid)
{
	FullTransactionId next = ReadNextFullTransactionId();
	int32		age = (int32) (XidFromFullTransactionId(next) - xid);
	int64		full = (int64) U64FromFullTransactionId(next) - age;

	return Max(full, (int64) FirstNormalTransactionId);
}

static int
flat_type(Snapshot snapshot)
{
	switch (snapshot->snapshot_type)
	{
		case SNAPSHOT_MVCC:
			return TAM_SNAPSHOT_TYPE_MVCC;
		case SNAPSHOT_SELF:
			return TAM_SNAPSHOT_TYPE_SELF;
		case SNAPSHOT_ANY:
			return TAM_SNAPSHOT_TYPE_ANY;
		case SNAPSHOT_TOAST:
			return TAM_SNAPSHOT_TYPE_TOAST;
		case SNAPSHOT_DIRTY:
			return TAM_SNAPSHOT_TYPE_DIRTY;
		case SNAPSHOT_HISTORIC_MVCC:
			return TAM_SNAPSHOT_TYPE_HISTORIC_MVCC;
		case SNAPSHOT_NON_VACUUMABLE:
			return TAM_SNAPSHOT_TYPE_NON_VACUUMABLE;
	}
	elog(ERROR, "unknown snapshot type %d", (int) snapshot->snapshot_type);
	return 0;
}

void
tam_snapshot_flatten(TamSnapshot *flat, Snapshot snapshot)
{
	memset(flat, 0, sizeof(*flat));
	FLAT_I32(flat, TYPE) = flat_type(snapshot);
	FLAT_I64(flat, POINTER) = (int64) (intptr_t) snapshot;
	if (snapshot->snapshot_type == SNAPSHOT_NON_VACUUMABLE)
		FLAT_I64(flat, VIS_TEST) = (int64) (intptr_t) snapshot->vistest;
	if (snapshot->snapshot_type != SNAPSHOT_MVCC)
		return;
	FLAT_I32(flat, CURCID) = (int32) snapshot->curcid;
	FLAT_I64(flat, XMIN) = (int64) U64FromFullTransactionId(tam_full_xid(snapshot->xmin));
	FLAT_I64(flat, XMAX) = (int64) U64FromFullTransactionId(tam_full_xid(snapshot->xmax));
}

void
tam_snapshot_set_horizon(TamSnapshot *flat, Relation rel)
{
	if (FLAT_I64(flat, VIS_TEST) == 0)
		FLAT_I64(flat, VIS_TEST) = (int64) (intptr_t) GlobalVisTestFor(rel);
}

void
tam_snapshot_report(const TamSnapshot *flat, Snapshot snapshot)
{
	if (snapshot->snapshot_type != SNAPSHOT_DIRTY)
		return;
	snapshot->xmin = (TransactionId) FLAT_I64(flat, DIRTY_XMIN);
	snapshot->xmax = (TransactionId) FLAT_I64(flat, DIRTY_XMAX);
	snapshot->speculativeToken = (uint32) FLAT_I32(flat, SPECULATIVE_TOKEN);
}

bool
tam_snapshot_needs_conflict_check(Relation rel, Snapshot snapshot)
{
	return snapshot != NULL && CheckForSerializableConflictOutNeeded(rel, snapshot);
}

TransactionId
tam_entry_updater(char *entry)
{
	int			info = TAM_ENTRY_I32(entry, INFO);
	int			mode = (info & TAM_INFO_MODE_MASK) >> TAM_INFO_MODE_SHIFT;
	MultiXactMember *members;
	TransactionId result = InvalidTransactionId;
	int			count;

	if (mode < TAM_INFO_MODE_UPDATED)
		return InvalidTransactionId;
	if (!(info & TAM_INFO_XMAX_MULTI))
		return (TransactionId) TAM_ENTRY_I64(entry, XMAX);
	count = GetMultiXactIdMembers((MultiXactId) TAM_ENTRY_I64(entry, XMAX), &members, false, false);
	for (int i = 0; i < count; i++)
		if (ISUPDATE_from_mxstatus(members[i].status))
			result = members[i].xid;
	if (count > 0)
		pfree(members);
	return result;
}

/*
 * A reader that sees a row conflicts with the transaction that has replaced
 * it since; one that does not see a row conflicts with its inserter. Aborted
 * transactions conflict with nobody.
 */
void
tam_ssi_read(Relation rel, char *entry, bool visible, Snapshot snapshot)
{
	TransactionId xid;

	if (visible)
		xid = tam_entry_updater(entry);
	else
		xid = (TransactionId) TAM_ENTRY_I64(entry, XMIN);
	if (!TransactionIdIsNormal(xid) || TransactionIdPrecedes(xid, TransactionXmin))
		return;
	if (!TransactionIdIsCurrentTransactionId(xid) && !TransactionIdIsInProgress(xid)
		&& !TransactionIdDidCommit(xid))
		return;
	CheckForSerializableConflictOut(rel, xid, snapshot);
}
