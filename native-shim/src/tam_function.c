/*
 * tam_function.c
 *	  The SQL functions that look at a table's file and rows, and at the JVM.
 *
 * All of them want SELECT on the table; sqlite_heap_files() shows tables on
 * which the caller has it.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/predicate.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "tam_utility.h"

PG_FUNCTION_INFO_V1(tam_function_file_path);
PG_FUNCTION_INFO_V1(tam_function_file_size);
PG_FUNCTION_INFO_V1(tam_function_schema_version);
PG_FUNCTION_INFO_V1(tam_function_files);
PG_FUNCTION_INFO_V1(tam_function_storage);
PG_FUNCTION_INFO_V1(tam_function_physical_rows);
PG_FUNCTION_INFO_V1(tam_function_live_rows);
PG_FUNCTION_INFO_V1(tam_function_sweep);
PG_FUNCTION_INFO_V1(tam_function_jvm);

/* --- opening and asking ------------------------------------------------------------------ */

static void
require_method(Relation rel, int method)
{
	if (method == TAM_AM_ICEBERG ? tam_is_iceberg(rel) : tam_is_sqlite_heap(rel))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is not an %s table", RelationGetRelationName(rel),
					method == TAM_AM_ICEBERG ? "iceberg" : "sqlite_heap"),
			 RELKIND_HAS_TABLE_AM(rel->rd_rel->relkind) ? 0 :
			 errdetail_relkind_not_supported(rel->rd_rel->relkind)));
}

void
tam_inspect_require_rows(Relation rel)
{
	if (RELATION_IS_OTHER_TEMP(rel))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot access temporary tables of other sessions")));
	tam_refuse_standby(rel);
	tam_pending_flush(rel);
}

Relation
tam_inspect_open(int method, Oid relid, LOCKMODE lockmode)
{
	Relation	rel = try_relation_open(relid, lockmode);

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	require_method(rel, method);
	return rel;
}

Relation
tam_inspect_open_readable(int method, Oid relid, LOCKMODE lockmode)
{
	Relation	rel = tam_inspect_open(method, relid, lockmode);
	AclResult	access = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT);

	if (access != ACLCHECK_OK)
		aclcheck_error(access, get_relkind_objtype(rel->rd_rel->relkind), RelationGetRelationName(rel));
	return rel;
}

Relation
tam_inspect_open_rows(Oid relid, LOCKMODE lockmode)
{
	Relation	rel = tam_inspect_open_readable(TAM_AM_SQLITE_HEAP, relid, lockmode);

	tam_inspect_require_rows(rel);
	return rel;
}

char *
tam_inspect(Relation rel, int question, int64 argument)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 2];

	tam_upcall_key(arguments, rel);
	arguments[TAM_KEY_ARGUMENTS].i = question;
	arguments[TAM_KEY_ARGUMENTS + 1].j = argument;
	return tam_upcall_string(TAM_INSPECT, arguments);
}

/* --- the file ------------------------------------------------------------------------------ */

Datum
tam_function_file_path(PG_FUNCTION_ARGS)
{
	Relation	rel = tam_inspect_open_readable(TAM_AM_SQLITE_HEAP, PG_GETARG_OID(0), AccessShareLock);
	char	   *path = tam_file_path(rel->rd_locator, TAM_RELATION_BACKEND(rel));

	relation_close(rel, AccessShareLock);
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("%s/%s", DataDir, path)));
}

Datum
tam_function_file_size(PG_FUNCTION_ARGS)
{
	Relation	rel = tam_inspect_open_readable(TAM_AM_SQLITE_HEAP, PG_GETARG_OID(0), AccessShareLock);
	int64		bytes = tam_file_bytes(rel->rd_locator, TAM_RELATION_BACKEND(rel));

	relation_close(rel, AccessShareLock);
	PG_RETURN_INT64(bytes);
}

Datum
tam_function_schema_version(PG_FUNCTION_ARGS)
{
	Relation	rel = tam_inspect_open_rows(PG_GETARG_OID(0), AccessShareLock);
	char	   *version = tam_inspect(rel, TAM_ASK_SCHEMA_VERSION, tam_meta_exists(rel));

	relation_close(rel, AccessShareLock);
	PG_RETURN_INT32(atoi(version));
}

static int64
bytes_of_class(Form_pg_class form)
{
	Oid			tablespace = OidIsValid(form->reltablespace) ? form->reltablespace : MyDatabaseTableSpace;
	int			backend = TAM_NO_BACKEND;

	if (form->relpersistence == RELPERSISTENCE_TEMP)
		backend = isTempOrTempToastNamespace(form->relnamespace) ? TAM_MY_BACKEND
			: TAM_NAMESPACE_BACKEND(form->relnamespace);
	return tam_file_bytes(TAM_LOCATOR(tablespace, MyDatabaseId, form->relfilenode), backend);
}

Datum
tam_function_files(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	pg_class;
	TableScanDesc scan;
	HeapTuple	tuple;

	InitMaterializedSRF(fcinfo, 0);
	pg_class = table_open(RelationRelationId, AccessShareLock);
	scan = table_beginscan_catalog(pg_class, 0, NULL);
	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);
		Datum		values[2];
		bool		nulls[2] = {false, false};

		if (!RELKIND_HAS_STORAGE(form->relkind) || tam_access_method(form->relam) != TAM_AM_SQLITE_HEAP
			|| pg_class_aclcheck(form->oid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			continue;
		values[0] = ObjectIdGetDatum(form->oid);
		values[1] = Int64GetDatum(bytes_of_class(form));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	table_endscan(scan);
	table_close(pg_class, AccessShareLock);
	return (Datum) 0;
}

/* --- the rows ------------------------------------------------------------------------------- */

enum StorageColumn
{
	STORAGE_ROWID,
	STORAGE_XMIN,
	STORAGE_CMIN,
	STORAGE_XMAX,
	STORAGE_CMAX,
	STORAGE_TUPLE_BYTES,
	STORAGE_LIVE,
	STORAGE_COLUMNS
};

/* The two commands of a combo command id, which only the transaction that made it can tell. */
static void
put_combo(char *entry, Datum *values, bool *nulls)
{
	TransactionId xmin = (TransactionId) TAM_ENTRY_I64(entry, XMIN);
	HeapTupleHeaderData header;

	if (!TransactionIdIsCurrentTransactionId(xmin))
		return;
	memset(&header, 0, SizeofHeapTupleHeader);
	HeapTupleHeaderSetXmin(&header, xmin);
	HeapTupleHeaderSetXmax(&header, GetTopTransactionId());
	HeapTupleHeaderSetCmax(&header, (CommandId) TAM_ENTRY_I32(entry, CID), true);
	values[STORAGE_CMIN] = Int64GetDatum(HeapTupleHeaderGetCmin(&header));
	values[STORAGE_CMAX] = Int64GetDatum(HeapTupleHeaderGetCmax(&header));
	nulls[STORAGE_CMIN] = nulls[STORAGE_CMAX] = false;
}

/*
 * The file keeps one command id for both ends of a row version: cmin until the
 * row is updated or deleted, cmax from then on. What is not known is null.
 */
static void
put_commands(char *entry, Datum *values, bool *nulls)
{
	int32		info = TAM_ENTRY_I32(entry, INFO);
	bool		ended = (info & TAM_INFO_MODE_MASK) >> TAM_INFO_MODE_SHIFT >= TAM_INFO_MODE_UPDATED;

	nulls[STORAGE_CMIN] = nulls[STORAGE_CMAX] = true;
	if (info & TAM_INFO_CID_IS_COMBO)
		put_combo(entry, values, nulls);
	else
	{
		int			column = ended ? STORAGE_CMAX : STORAGE_CMIN;

		values[column] = Int64GetDatum((uint32) TAM_ENTRY_I32(entry, CID));
		nulls[column] = false;
	}
}

static void
put_storage_row(char *entry, ReturnSetInfo *result)
{
	Datum		values[STORAGE_COLUMNS];
	bool		nulls[STORAGE_COLUMNS] = {false};

	values[STORAGE_ROWID] = Int64GetDatum(TAM_ENTRY_I64(entry, ROW));
	values[STORAGE_XMIN] = Int64GetDatum(TAM_ENTRY_I64(entry, XMIN));
	values[STORAGE_XMAX] = Int64GetDatum(TAM_ENTRY_I64(entry, XMAX));
	put_commands(entry, values, nulls);
	values[STORAGE_TUPLE_BYTES] = Int32GetDatum(TAM_ENTRY_I32(entry, BLOB_SIZE));
	values[STORAGE_LIVE] = BoolGetDatum(TAM_ENTRY_I32(entry, VERDICT) == TAM_VERDICT_VISIBLE);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Walks over all row versions, judged by the caller's snapshot. */
static void
open_cursor(TamCursor *cursor, Relation rel, bool headers_only)
{
	Snapshot	snapshot = GetActiveSnapshot();

	PredicateLockRelation(rel, snapshot);
	tam_cursor_open(cursor, rel, snapshot, 0, tam_meta_row_limit(rel) - 1, CurrentMemoryContext);
	cursor->headers_only = headers_only;
}

Datum
tam_function_storage(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	rel = tam_inspect_open_rows(PG_GETARG_OID(0), AccessShareLock);
	TamCursor	cursor;
	char	   *entry;

	InitMaterializedSRF(fcinfo, 0);
	open_cursor(&cursor, rel, false);
	while ((entry = tam_cursor_next(&cursor, ForwardScanDirection)) != NULL)
		put_storage_row(entry, result);
	tam_cursor_close(&cursor);
	relation_close(rel, AccessShareLock);
	return (Datum) 0;
}

Datum
tam_function_physical_rows(PG_FUNCTION_ARGS)
{
	Relation	rel = tam_inspect_open_rows(PG_GETARG_OID(0), AccessShareLock);
	int64		rows = 0;

	if (tam_meta_exists(rel))
		rows = strtoll(tam_inspect(rel, TAM_ASK_ROW_COUNT, 0), NULL, 10);
	relation_close(rel, AccessShareLock);
	PG_RETURN_INT64(rows);
}

Datum
tam_function_live_rows(PG_FUNCTION_ARGS)
{
	Relation	rel = tam_inspect_open_rows(PG_GETARG_OID(0), AccessShareLock);
	TamCursor	cursor;
	char	   *entry;
	int64		rows = 0;

	open_cursor(&cursor, rel, true);
	while ((entry = tam_cursor_next(&cursor, ForwardScanDirection)) != NULL)
		rows += TAM_ENTRY_I32(entry, VERDICT) == TAM_VERDICT_VISIBLE;
	tam_cursor_close(&cursor);
	relation_close(rel, AccessShareLock);
	PG_RETURN_INT64(rows);
}

/* --- the server ------------------------------------------------------------------------------- */

Datum
tam_function_sweep(PG_FUNCTION_ARGS)
{
	tam_require_preload();
	PreventCommandDuringRecovery("sqlite_heap_sweep()");
	PG_RETURN_INT64(tam_sweep());
}

/* Whether the cache file is mapped: the JVM drops one that does not fit without a word. */
static bool
cache_is_mapped(void)
{
	FILE	   *maps = tam_jvm_cache_path() == NULL ? NULL : AllocateFile("/proc/self/maps", "r");
	char		line[MAXPGPATH + 128];
	bool		found = false;
	const char *name;

	if (maps == NULL)
		return false;
	/* By its name alone: the path may lead over symbolic links. */
	name = strrchr(tam_jvm_cache_path(), '/');
	while (!found && fgets(line, sizeof(line), maps) != NULL)
		found = strstr(line, name) != NULL;
	FreeFile(maps);
	return found;
}

enum JvmColumn
{
	JVM_VERSION,
	JVM_UPTIME,
	JVM_START_MS,
	JVM_HEAP_USED,
	JVM_HEAP_LIMIT,
	JVM_AOT_CACHE_IN_USE,
	JVM_UPCALLS,
	JVM_COLUMNS
};

static Datum
interval_of_milliseconds(int64 milliseconds)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = milliseconds * 1000;
	return IntervalPGetDatum(interval);
}

/* The lines of EntryPoints.jvmState() and what C knows itself. */
static void
put_jvm_state(Datum *values)
{
	char	   *rest = NULL;
	char	   *lines = tam_upcall_string(TAM_JVM_STATE, NULL);

	values[JVM_VERSION] = CStringGetTextDatum(strtok_r(lines, "\n", &rest));
	values[JVM_UPTIME] = interval_of_milliseconds(strtoll(strtok_r(NULL, "\n", &rest), NULL, 10));
	values[JVM_HEAP_USED] = Int64GetDatum(strtoll(strtok_r(NULL, "\n", &rest), NULL, 10));
	values[JVM_HEAP_LIMIT] = Int64GetDatum(strtoll(strtok_r(NULL, "\n", &rest), NULL, 10));
	values[JVM_START_MS] = Float8GetDatum(tam_jvm_start_milliseconds());
	values[JVM_AOT_CACHE_IN_USE] = BoolGetDatum(cache_is_mapped());
	values[JVM_UPCALLS] = Int64GetDatum(tam_upcall_count());
}

/* Starts the JVM if the session has none yet: whoever asks wants to know what it costs. */
Datum
tam_function_jvm(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	Datum		values[JVM_COLUMNS] = {0};
	bool		nulls[JVM_COLUMNS] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	put_jvm_state(values);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
