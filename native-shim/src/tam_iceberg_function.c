/*
 * tam_iceberg_function.c
 *	  The SQL functions about iceberg tables: publishing, and looking at what
 *	  was published.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xlog.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "tam_iceberg.h"
#include "tam_iceberg_publication.h"
#include "tam_iceberg_publish.h"
#include "tam_iceberg_upcall.h"
#include "tam_utility.h"

PG_FUNCTION_INFO_V1(tam_iceberg_function_publish);
PG_FUNCTION_INFO_V1(tam_iceberg_function_metadata_location);
PG_FUNCTION_INFO_V1(tam_iceberg_function_inspect);

/* What the names of the inspection functions begin with; the rest is the view that Java shows. */
#define FUNCTION_PREFIX "iceberg_"

/* --- opening ----------------------------------------------------------------------------- */

/* Bounds and partitions tell of rows that row security may hide. */
static void
refuse_row_security(Relation rel)
{
	if (check_enable_rls(RelationGetRelid(rel), InvalidOid, false) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row security of table \"%s\" hides what its files tell", RelationGetRelationName(rel))));
}

/* What was published of the table as the current snapshot sees it; NULL when nothing was. */
static TamPublished *
find_published(Relation rel)
{
	int64		storage = tam_meta_storage(rel);

	return storage == TAM_NO_STORAGE ? NULL : tam_published_find(storage, GetActiveSnapshot());
}

/* --- publishing ---------------------------------------------------------------------------- */

static void
require_publishable(Relation rel)
{
	if (rel->rd_rel->relpersistence == RELPERSISTENCE_PERMANENT)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot publish table \"%s\"", RelationGetRelationName(rel)),
			 errdetail("Temporary and unlogged tables are not published.")));
}

Datum
tam_iceberg_function_publish(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Relation	rel;
	TamPublished *published;

	PreventCommandIfReadOnly("iceberg_publish()");
	PreventCommandDuringRecovery("iceberg_publish()");
	rel = tam_inspect_open(TAM_AM_ICEBERG, relid, ShareUpdateExclusiveLock);
	if (!tam_is_owner(relid))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(rel->rd_rel->relkind), RelationGetRelationName(rel));
	require_publishable(rel);
	published = tam_iceberg_publish(rel);
	relation_close(rel, NoLock);
	if (published->snapshot_id < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(published->snapshot_id);
}

Datum
tam_iceberg_function_metadata_location(PG_FUNCTION_ARGS)
{
	Relation	rel = tam_inspect_open_readable(TAM_AM_ICEBERG, PG_GETARG_OID(0), AccessShareLock);
	TamPublished *published = find_published(rel);
	char	   *root = tam_iceberg_published_root(rel);

	relation_close(rel, AccessShareLock);
	if (published == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("%s/%s", root, published->metadata)));
}

/* --- inspection ------------------------------------------------------------------------------ */

/* The view that the called function shows: its name says so. */
static const char *
view_of(FunctionCallInfo fcinfo)
{
	char	   *name = get_func_name(fcinfo->flinfo->fn_oid);

	if (name == NULL || strncmp(name, FUNCTION_PREFIX, strlen(FUNCTION_PREFIX)) != 0)
		elog(ERROR, "tamarack: function %u is no inspection function", fcinfo->flinfo->fn_oid);
	return name + strlen(FUNCTION_PREFIX);
}

static StringInfo
ask_view(Relation rel, const char *view, const TamPublished *published)
{
	StringInfoData question;

	initStringInfo(&question);
	tam_iceberg_send_string(&question, view);
	tam_iceberg_send_string(&question, tam_iceberg_published_root(rel));
	tam_iceberg_send_string(&question, tam_iceberg_root(rel));
	tam_iceberg_send_string(&question, published->metadata);
	return tam_iceberg_ask(TAM_ICEBERG_INSPECT, &question);
}

static void
put_row(ReturnSetInfo *result, AttInMetadata *input, StringInfo answer)
{
	int			columns = pq_getmsgint(answer, 4);
	char	  **texts = palloc0(sizeof(char *) * columns);

	if (columns != input->tupdesc->natts)
		elog(ERROR, "tamarack: a row of %d columns instead of %d", columns, input->tupdesc->natts);
	for (int i = 0; i < columns; i++)
		texts[i] = tam_iceberg_get_string(answer);
	tuplestore_puttuple(result->setResult, BuildTupleFromCStrings(input, texts));
}

Datum
tam_iceberg_function_inspect(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation	rel = tam_inspect_open_readable(TAM_AM_ICEBERG, PG_GETARG_OID(0), AccessShareLock);
	TamPublished *published = find_published(rel);

	refuse_row_security(rel);
	InitMaterializedSRF(fcinfo, 0);
	if (published != NULL)
	{
		AttInMetadata *input = TupleDescGetAttInMetadata(result->setDesc);
		StringInfo	answer = ask_view(rel, view_of(fcinfo), published);

		for (int rows = pq_getmsgint(answer, 4); rows > 0; rows--)
		{
			CHECK_FOR_INTERRUPTS();
			put_row(result, input, answer);
		}
	}
	relation_close(rel, AccessShareLock);
	PG_RETURN_VOID();
}
