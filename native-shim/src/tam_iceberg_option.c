/*
 * tam_iceberg_option.c
 *	  Options of iceberg tables in pg_class.reloptions.
 *
 * Each element of that array is "name=value". Names of ours contain a dot, but
 * for two; PostgreSQL's never do. What a name and its value mean is Java's
 * (TableOptions).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#include "tam.h"
#include "tam_iceberg_column.h"
#include "tam_iceberg_option.h"
#include "tam_iceberg_upcall.h"

/* What PostgreSQL 15 to 18 know for tables; beside them all that begins with "autovacuum_". */
static const char *const postgres_options[] = {
	"fillfactor", "log_autovacuum_min_duration", "oids", "parallel_workers", "toast_tuple_target",
	"user_catalog_table", "vacuum_index_cleanup", "vacuum_max_eager_freeze_failure_rate", "vacuum_truncate",
};

bool
tam_option_is_postgres(const char *name)
{
	if (strncmp(name, "autovacuum_", strlen("autovacuum_")) == 0)
		return true;
	for (int i = 0; i < lengthof(postgres_options); i++)
		if (strcmp(name, postgres_options[i]) == 0)
			return true;
	return false;
}

static bool
is_ours(const char *name)
{
	return strchr(name, '.') != NULL || strcmp(name, TAM_OPTION_FORMAT_VERSION) == 0
		|| strcmp(name, TAM_OPTION_PARTITIONING) == 0;
}

/* --- reading ----------------------------------------------------------------- */

/* Makes an option of an element of reloptions, which it changes; false when that is not ours. */
static bool
read_element(char *element, TamOption *option)
{
	char	   *value = strchr(element, '=');

	if (value == NULL)
		return false;
	*value++ = '\0';
	option->name = element;
	option->value = value;
	return is_ours(element);
}

static int
get_elements(HeapTuple tuple, Datum **elements)
{
	bool		is_null;
	Datum		options = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_reloptions, &is_null);
	int			count = 0;

	if (!is_null)
		deconstruct_array(DatumGetArrayTypeP(options), TEXTOID, -1, false, TYPALIGN_INT, elements, NULL, &count);
	return count;
}

List *
tam_options_of(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	List	   *options = NIL;
	Datum	   *elements;
	int			count;

	if (!HeapTupleIsValid(tuple))
		return NIL;
	count = get_elements(tuple, &elements);
	for (int i = 0; i < count; i++)
	{
		TamOption  *option = palloc(sizeof(TamOption));

		if (read_element(TextDatumGetCString(elements[i]), option))
			options = lappend(options, option);
	}
	ReleaseSysCache(tuple);
	return options;
}

TamOption *
tam_options_find(List *options, const char *name)
{
	ListCell   *cell;

	foreach(cell, options)
		if (strcmp(((TamOption *) lfirst(cell))->name, name) == 0)
			return lfirst(cell);
	return NULL;
}

char *
tam_iceberg_option(Relation rel, const char *name)
{
	TamOption  *option;

	if (rel->rd_options == NULL)
		return NULL;
	option = tam_options_find(tam_options_of(RelationGetRelid(rel)), name);
	return option == NULL ? NULL : option->value;
}

/* --- messages ----------------------------------------------------------------- */

static void
send_options(StringInfo message, List *options)
{
	ListCell   *cell;

	pq_sendint32(message, list_length(options));
	foreach(cell, options)
	{
		TamOption  *option = lfirst(cell);

		tam_iceberg_send_string(message, option->name);
		tam_iceberg_send_string(message, option->value);
	}
}

void
tam_iceberg_send_options(StringInfo message, Relation rel)
{
	send_options(message, tam_options_of(RelationGetRelid(rel)));
}

static List *
get_options(StringInfo message)
{
	List	   *options = NIL;

	for (int count = pq_getmsgint(message, 4); count > 0; count--)
	{
		TamOption  *option = palloc(sizeof(TamOption));

		option->name = tam_iceberg_get_string(message);
		option->value = tam_iceberg_get_string(message);
		options = lappend(options, option);
	}
	return options;
}

/* --- format version 1 ----------------------------------------------------------- */

/* The table that was found to have row deletes last. */
static Oid	has_row_deletes = InvalidOid;

static void
forget_row_deletes(Datum argument, Oid relid)
{
	if (!OidIsValid(relid) || relid == has_row_deletes)
		has_row_deletes = InvalidOid;
}

void
tam_iceberg_require_row_deletes(Relation rel)
{
	static bool registered = false;
	char	   *version;

	if (rel->rd_options == NULL || RelationGetRelid(rel) == has_row_deletes)
		return;
	if (!registered)
		CacheRegisterRelcacheCallback(forget_row_deletes, (Datum) 0);
	registered = true;
	version = tam_iceberg_option(rel, TAM_OPTION_FORMAT_VERSION);
	if (version != NULL && strcmp(version, "1") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot update or delete rows of table \"%s\"", RelationGetRelationName(rel)),
				 errdetail("Version 1 of the Iceberg format has no row deletes."),
				 errhint("Raise it: ALTER TABLE ... SET (\"format-version\" = 2).")));
	has_row_deletes = RelationGetRelid(rel);
}

/* --- writing -------------------------------------------------------------------- */

void
tam_option_check(const TamOption *option)
{
	if (strchr(option->name, '=') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid option name \"%s\": must not contain \"=\"", option->name)));
	tam_iceberg_check_option(option->name, option->value);
}

/* reloptions with the options of PostgreSQL's that a tuple has, then these; 0 when that is none at all. */
static Datum
form_reloptions(HeapTuple tuple, List *options)
{
	ArrayBuildState *state = NULL;
	Datum	   *elements;
	int			count = get_elements(tuple, &elements);
	TamOption	ignored;
	ListCell   *cell;

	for (int i = 0; i < count; i++)
		if (!read_element(TextDatumGetCString(elements[i]), &ignored))
			state = accumArrayResult(state, elements[i], false, TEXTOID, CurrentMemoryContext);
	foreach(cell, options)
	{
		TamOption  *option = lfirst(cell);
		text	   *element = cstring_to_text(psprintf("%s=%s", option->name, option->value));

		state = accumArrayResult(state, PointerGetDatum(element), false, TEXTOID, CurrentMemoryContext);
	}
	return state == NULL ? (Datum) 0 : makeArrayResult(state, CurrentMemoryContext);
}

void
tam_options_store(Oid relid, List *options)
{
	Relation	catalog = table_open(RelationRelationId, RowExclusiveLock);
	HeapTuple	tuple = SearchSysCacheLocked1(RELOID, ObjectIdGetDatum(relid));
	Datum		values[Natts_pg_class] = {0};
	bool		nulls[Natts_pg_class] = {0};
	bool		replaced[Natts_pg_class] = {0};
	HeapTuple	changed;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	values[Anum_pg_class_reloptions - 1] = form_reloptions(tuple, options);
	nulls[Anum_pg_class_reloptions - 1] = values[Anum_pg_class_reloptions - 1] == (Datum) 0;
	replaced[Anum_pg_class_reloptions - 1] = true;
	changed = heap_modify_tuple(tuple, RelationGetDescr(catalog), values, nulls, replaced);
	CatalogTupleUpdate(catalog, &changed->t_self, changed);
	UnlockTuple(catalog, &tuple->t_self, InplaceUpdateTupleLock);
	ReleaseSysCache(tuple);
	table_close(catalog, RowExclusiveLock);
	CommandCounterIncrement();
}

/* --- options and columns ----------------------------------------------------------- */

void
tam_options_check_table(Oid relid)
{
	Relation	rel;
	TamIcebergColumns *columns;

	if (tam_options_of(relid) == NIL)
		return;
	rel = relation_open(relid, AccessShareLock);
	columns = tam_iceberg_columns_pin(rel);
	PG_TRY();
	{
		StringInfoData message;

		initStringInfo(&message);
		tam_iceberg_send_columns(&message, rel, columns, NULL, false);
		tam_iceberg_send_options(&message, rel);
		tam_iceberg_tell(TAM_ICEBERG_CHECK_TABLE, &message);
		pfree(message.data);
	}
	PG_FINALLY();
	{
		tam_iceberg_columns_unpin(columns);
	}
	PG_END_TRY();
	relation_close(rel, NoLock);
}

/* A name that PostgreSQL would cut could not be dumped and restored. */
static void
require_short_names(List *options)
{
	ListCell   *cell;

	foreach(cell, options)
	{
		const char *name = ((TamOption *) lfirst(cell))->name;

		if (strlen(name) >= NAMEDATALEN)
			ereport(ERROR,
					(errcode(ERRCODE_NAME_TOO_LONG),
					 errmsg("option \"%s\" would be too long", name),
					 errdetail("Names have at most %d bytes.", NAMEDATALEN - 1),
					 errhint("Choose a shorter name for the column.")));
	}
}

void
tam_options_rename_column(Oid relid, const char *from, const char *to)
{
	List	   *options = tam_options_of(relid);
	StringInfoData message;

	if (options == NIL)
		return;
	initStringInfo(&message);
	send_options(&message, options);
	tam_iceberg_send_string(&message, from);
	tam_iceberg_send_string(&message, to);
	options = get_options(tam_iceberg_ask(TAM_ICEBERG_RENAME_COLUMN, &message));
	require_short_names(options);
	tam_options_store(relid, options);
}
