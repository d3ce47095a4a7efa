/*
 * tam_utility_option.c
 *	  Options of iceberg tables in CREATE TABLE … WITH and ALTER TABLE … SET.
 *
 * PostgreSQL refuses options that it does not know. So it gets a copy of the
 * statement without ours, after which they are checked and put into
 * reloptions: for a new table as soon as its catalog rows stand, before any row
 * is inserted; for ALTER TABLE at its end (tam_utility_alter.c).
 *
 * Some options name columns: they follow when a column is renamed or dropped.
 *
 * Commands nest. Each has its TamOptionCommand, the innermost is "current".
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "tam_iceberg_changes.h"
#include "tam_iceberg_option.h"
#include "tam_utility.h"
#include "tam_utility_option.h"

/* A column that a command has added, altered or dropped. */
typedef struct TouchedColumn
{
	Oid			relid;
	AttrNumber	attnum;
	char	   *name;			/* before; NULL: there was none */
} TouchedColumn;

static TamOptionCommand *current = NULL;

/* --- relations ----------------------------------------------------------------------- */

/* The access method of a relation of one of these kinds; InvalidOid if there is no such relation. */
static Oid
access_method_of(Oid relid, const char *kinds)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			access_method = InvalidOid;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	if (strchr(kinds, ((Form_pg_class) GETSTRUCT(tuple))->relkind) != NULL)
		access_method = ((Form_pg_class) GETSTRUCT(tuple))->relam;
	ReleaseSysCache(tuple);
	return access_method;
}

static const char table_kinds[] = {RELKIND_RELATION, RELKIND_MATVIEW, '\0'};

bool
tam_option_is_table(Oid relid)
{
	return OidIsValid(access_method_of(relid, table_kinds));
}

bool
tam_option_is_iceberg_table(Oid relid)
{
	return tam_access_method(access_method_of(relid, table_kinds)) == TAM_AM_ICEBERG;
}

bool
tam_option_names_iceberg(const char *access_method)
{
	return tam_access_method(get_table_am_oid(access_method, true)) == TAM_AM_ICEBERG;
}

/* --- taking options out of statements ---------------------------------------------------- */

static bool
is_for_us(DefElem *option)
{
	return option->defnamespace == NULL && !tam_option_is_postgres(option->defname);
}

static bool
has_ours(List *options)
{
	ListCell   *cell;

	foreach(cell, options)
		if (is_for_us(lfirst_node(DefElem, cell)))
			return true;
	return false;
}

static TamOption *
make_option(DefElem *definition, bool is_reset)
{
	TamOption  *option = palloc(sizeof(TamOption));

	option->name = pstrdup(definition->defname);
	if (is_reset)
		option->value = NULL;
	else
		option->value = definition->arg == NULL ? pstrdup("true") : defGetString(definition);
	return option;
}

List *
tam_option_split(List *definitions, bool is_reset, List **rest)
{
	List	   *ours = NIL;
	ListCell   *cell;

	*rest = NIL;
	foreach(cell, definitions)
	{
		DefElem    *definition = lfirst_node(DefElem, cell);

		if (!is_for_us(definition))
		{
			*rest = lappend(*rest, definition);
			continue;
		}
		if (!is_reset && tam_options_find(ours, definition->defname) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("parameter \"%s\" specified more than once", definition->defname)));
		ours = lappend(ours, make_option(definition, is_reset));
	}
	return ours;
}

/* --- CREATE TABLE, CREATE TABLE AS, CREATE MATERIALIZED VIEW -------------------------------- */

/* Whether CREATE TABLE makes an iceberg table. */
static bool
creates_iceberg(CreateStmt *create)
{
	static const char kinds[] = {RELKIND_PARTITIONED_TABLE, '\0'};
	Oid			inherited = InvalidOid;

	if (create->partspec != NULL)
		return false;
	if (create->accessMethod != NULL)
		return tam_option_names_iceberg(create->accessMethod);
	/* Where a partitioned table has an access method, its partitions have it too. */
	if (create->partbound != NULL)
		inherited = access_method_of(RangeVarGetRelid(linitial(create->inhRelations), NoLock, true), kinds);
	if (OidIsValid(inherited))
		return tam_access_method(inherited) == TAM_AM_ICEBERG;
	return tam_option_names_iceberg(default_table_access_method);
}

/* Where a statement has the options of the iceberg table that it makes; NULL when it makes none. */
static List **
options_of_new_table(Node *statement)
{
	IntoClause *into;

	if (IsA(statement, ExplainStmt) && IsA(((ExplainStmt *) statement)->query, Query))
		statement = ((Query *) ((ExplainStmt *) statement)->query)->utilityStmt;
	if (statement != NULL && IsA(statement, CreateStmt))
	{
		CreateStmt *create = (CreateStmt *) statement;

		return has_ours(create->options) && creates_iceberg(create) ? &create->options : NULL;
	}
	if (statement == NULL || !IsA(statement, CreateTableAsStmt))
		return NULL;
	into = ((CreateTableAsStmt *) statement)->into;
	return has_ours(into->options)
		&& tam_option_names_iceberg(into->accessMethod == NULL ? default_table_access_method : into->accessMethod)
		? &into->options : NULL;
}

static PlannedStmt *
begin_create(TamOptionCommand *command, PlannedStmt *planned)
{
	List	  **options;

	if (options_of_new_table(planned->utilityStmt) == NULL)
		return planned;
	planned = copyObject(planned);
	options = options_of_new_table(planned->utilityStmt);
	command->creating = tam_option_split(*options, false, options);
	return planned;
}

void
tam_option_relation_created(Oid relid, const void *argument)
{
	const ObjectAccessPostCreate *creation = argument;
	List	   *options;
	ListCell   *cell;

	if (current == NULL || current->creating == NIL || (creation != NULL && creation->is_internal))
		return;
	CommandCounterIncrement();
	if (!tam_option_is_iceberg_table(relid))
		return;
	options = current->creating;
	current->creating = NIL;
	foreach(cell, options)
		tam_option_check(lfirst(cell));
	tam_options_store(relid, options);
	tam_options_check_table(relid);
}

/* --- columns --------------------------------------------------------------------------------- */

/* The name of a column, palloc'd; NULL when it has been dropped. */
static char *
name_of_column(Oid relid, AttrNumber attnum)
{
	HeapTuple	tuple = SearchSysCacheAttNum(relid, attnum);
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	name = pstrdup(NameStr(((Form_pg_attribute) GETSTRUCT(tuple))->attname));
	ReleaseSysCache(tuple);
	return name;
}

void
tam_option_column_touched(Oid relid, AttrNumber attnum)
{
	MemoryContext caller;
	TouchedColumn *column;
	ListCell   *cell;

	if (current == NULL || attnum <= 0 || !tam_option_is_iceberg_table(relid))
		return;
	foreach(cell, current->columns)
	{
		column = lfirst(cell);
		if (column->relid == relid && column->attnum == attnum)
			return;
	}
	caller = MemoryContextSwitchTo(current->context);
	column = palloc(sizeof(TouchedColumn));
	column->relid = relid;
	column->attnum = attnum;
	column->name = name_of_column(relid, attnum);
	current->columns = lappend(current->columns, column);
	MemoryContextSwitchTo(caller);
}

static void
follow_column(const TouchedColumn *column)
{
	char	   *now = name_of_column(column->relid, column->attnum);

	if (column->name != NULL && (now == NULL || strcmp(now, column->name) != 0))
		tam_options_rename_column(column->relid, column->name, now);
}

/* --- commands -------------------------------------------------------------------------------- */

TamOptionCommand *
tam_option_enter(TamOptionCommand *command)
{
	TamOptionCommand *outer = current;

	memset(command, 0, sizeof(TamOptionCommand));
	command->context = CurrentMemoryContext;
	current = command;
	return outer;
}

void
tam_option_leave(TamOptionCommand *outer)
{
	current = outer;
}

PlannedStmt *
tam_option_begin(TamOptionCommand *command, PlannedStmt *planned)
{
	switch (nodeTag(planned->utilityStmt))
	{
		case T_CreateStmt:
		case T_CreateTableAsStmt:
		case T_ExplainStmt:
			return begin_create(command, planned);
		case T_AlterTableStmt:
			return tam_option_begin_alter(command, planned);
		default:
			return planned;
	}
}

/* Other engines are to see it, without any change of a row. */
static void
note_change(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);

	tam_changes_note(rel);
	relation_close(rel, NoLock);
}

void
tam_option_finish(TamOptionCommand *command)
{
	List	   *tables = command->changes == NIL ? NIL : list_make1_oid(command->altered);
	ListCell   *cell;

	tam_option_finish_alter(command);
	if (command->columns != NIL)
		CommandCounterIncrement();
	foreach(cell, command->columns)
	{
		TouchedColumn *column = lfirst(cell);

		if (!tam_option_is_iceberg_table(column->relid))
			continue;
		follow_column(column);
		tables = list_append_unique_oid(tables, column->relid);
	}
	foreach(cell, tables)
	{
		if (!tam_option_is_iceberg_table(lfirst_oid(cell)))
			continue;
		tam_options_check_table(lfirst_oid(cell));
		note_change(lfirst_oid(cell));
	}
	tam_option_check_rows(command);
}
