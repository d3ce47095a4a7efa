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

/* Bits of a storage id that count the storages of one transaction; one more says that it is temporary. */
#define COUNT_BITS 19

/* Names of the truth tables and of the index of each whose first column is the storage. */
static const char *const table_names[] = {"row_store", "data_file", "published"};
static const char *const index_names[] = {"row_store_index", "data_file_index", "published_pkey"};

StaticAssertDecl(lengthof(table_names) == TAM_TRUTH_COUNT && lengthof(index_names) == TAM_TRUTH_COUNT,
				 "every truth table needs a name");

/* What is known about one; InvalidOid: nothing. */
typedef struct TruthOids
{
	Oid			table;
	Oid			index;
} TruthOids;

static TruthOids known[TAM_TRUTH_COUNT];
static bool used = false;

/* --- oids ------------------------------------------------------------------------------ */

static void
forget_oids(Datum argument, Oid relid)
{
	for (int i = 0; i < TAM_TRUTH_COUNT; i++)
		if (!OidIsValid(relid) || relid == known[i].table || relid == known[i].index)
			known[i].table = known[i].index = InvalidOid;
}

static bool
find_oids(TamTruthTable which, TruthOids *oids)
{
	Oid			schema;

	*oids = known[which];
	if (OidIsValid(oids->table))
		return true;
	schema = get_namespace_oid(TAM_TRUTH_SCHEMA, true);
	if (!OidIsValid(schema))
		return false;
	oids->table = get_relname_relid(table_names[which], schema);
	oids->index = get_relname_relid(index_names[which], schema);
	if (!OidIsValid(oids->table) || !OidIsValid(oids->index))
		return false;
	known[which] = *oids;
	return true;
}

void
tam_truth_register(void)
{
	CacheRegisterRelcacheCallback(forget_oids, (Datum) 0);
}

bool
tam_truth_used(void)
{
	return used;
}

/* --- opening --------------------------------------------------------------------------- */

bool
tam_truth_try_open(TamTruth *truth, TamTruthTable which, bool for_write)
{
	TruthOids	oids;

	if (!find_oids(which, &oids))
		return false;
	used = true;
	truth->table = table_open(oids.table, AccessShareLock);
	truth->index = index_open(oids.index, AccessShareLock);
	if (for_write)
	{
		if (which == TAM_TRUTH_ROW_STORE)
			tam_publication_note_write();
		LockRelationOid(oids.table, RowExclusiveLock);
		LockRelationOid(oids.index, RowExclusiveLock);
	}
	return true;
}

void
tam_truth_open(TamTruth *truth, TamTruthTable which, bool for_write)
{
	if (!tam_truth_try_open(truth, which, for_write))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"%s.%s\" does not exist", TAM_TRUTH_SCHEMA, table_names[which]),
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
tam_truth_new_storage(bool is_temporary)
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
	return (int64) ((U64FromFullTransactionId(xid) << 1 | (is_temporary ? 1 : 0)) << COUNT_BITS | count++);
}

FullTransactionId
tam_truth_storage_maker(int64 storage)
{
	return FullTransactionIdFromU64((uint64) storage >> (COUNT_BITS + 1));
}

bool
tam_truth_storage_is_temporary(int64 storage)
{
	return ((storage >> COUNT_BITS) & 1) != 0;
}
