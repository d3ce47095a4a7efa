/*
 * tam_iceberg_truth.c
 *	  The truth tables: their oids, opening them, storage ids.
 *
 * A storage id is given to a relation when its main fork gets a metapage, with
 * the first write. It is made of the id of the transaction that does so and a
 * count, hence unique in the cluster for all time: rows that a crash or an
 * aborted copy left behind under an old id can never be taken for another
 * table's. TRUNCATE, rewrites and a crash of an unlogged table give a relation
 * an empty fork, and with the next write a new id; SET TABLESPACE copies the
 * fork and so keeps the id.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "nodes/execnodes.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

#include "tam_iceberg.h"
#include "tam_iceberg_publication.h"

/* Bits of a storage id that count the storages of one transaction. */
#define COUNT_BITS 20

static Oid	row_store_oid = InvalidOid;
static Oid	row_store_index_oid = InvalidOid;

/* --- oids ------------------------------------------------------------------------------ */

static void
forget_oids(Datum argument, Oid relid)
{
	if (OidIsValid(relid) && relid != row_store_oid && relid != row_store_index_oid)
		return;
	row_store_oid = row_store_index_oid = InvalidOid;
}

static bool
find_oids(void)
{
	Oid			schema;

	if (OidIsValid(row_store_oid) && OidIsValid(row_store_index_oid))
		return true;
	schema = get_namespace_oid(TAM_TRUTH_SCHEMA, true);
	if (!OidIsValid(schema))
		return false;
	row_store_oid = get_relname_relid("row_store", schema);
	row_store_index_oid = get_relname_relid("row_store_index", schema);
	return OidIsValid(row_store_oid) && OidIsValid(row_store_index_oid);
}

void
tam_truth_register(void)
{
	CacheRegisterRelcacheCallback(forget_oids, (Datum) 0);
}

/* --- opening --------------------------------------------------------------------------- */

bool
tam_row_store_try_open(TamTruth *store, bool for_write)
{
	Oid			index;

	if (!find_oids())
		return false;
	index = row_store_index_oid;
	store->table = table_open(row_store_oid, AccessShareLock);
	store->index = index_open(index, AccessShareLock);
	if (for_write)
	{
		tam_publication_note_write();
		LockRelationOid(RelationGetRelid(store->table), RowExclusiveLock);
		LockRelationOid(RelationGetRelid(store->index), RowExclusiveLock);
	}
	return true;
}

void
tam_row_store_open(TamTruth *store, bool for_write)
{
	if (!tam_row_store_try_open(store, for_write))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"%s.row_store\" does not exist", TAM_TRUTH_SCHEMA),
				 errhint("The extension pg_iceberg_am makes it; is it installed in this database?")));
}

void
tam_truth_close(TamTruth *truth)
{
	index_close(truth->index, NoLock);
	table_close(truth->table, NoLock);
}

void
tam_truth_insert_index(TamTruth *truth, Datum *values, bool *isnull, ItemPointer tid)
{
	static IndexInfo plain = {.type = T_IndexInfo};

	index_insert(truth->index, values, isnull, tid, truth->table, UNIQUE_CHECK_NO, false, &plain);
}

/* --- storage ids ------------------------------------------------------------------------ */

int64
tam_truth_new_storage(void)
{
	static FullTransactionId last = {0};
	static uint32 count = 0;
	FullTransactionId xid = GetTopFullTransactionId();

	if (!FullTransactionIdEquals(xid, last))
		count = 0;
	last = xid;
	if (count >= (1 << COUNT_BITS))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many iceberg tables are filled for the first time in one transaction"),
				 errhint("Use several transactions.")));
	return (int64) (U64FromFullTransactionId(xid) << COUNT_BITS | count++);
}
