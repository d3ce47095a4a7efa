/*
 * tam_utility_option.c
 *	  Options of iceberg tables in CREATE TABLE … WITH and ALTER TABLE … SET.
 *
 * PostgreSQL refuses options that it does not know. So it gets a copy of the
 * statement without ours, after which they are checked and put into
 * reloptions: for a new table as soon as its catalog rows stand, before any row
 * is inserted; for ALTER TABLE at its end. PostgreSQL also checks what is stored
 * whenever ALTER TABLE sets or resets anything: ours are taken out before. The
 * table's owner and lock are asked for first, by PostgreSQL's own function.
 *
 * Some options name columns: they follow when a column is renamed or dropped.
 *
 * Commands nest. Each has its TamOptionCommand, the innermost is "current".
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "commands/tablecmds.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "tam_iceberg_option.h"
#include "tam_iceberg_publication.h"
#include "tam_iceberg_upcall.h"
#include "tam_utility.h"

/* A column that a command has altered or dropped. */
typedef struct TouchedColumn
{
	Oid			relid;
	AttrNumber	attnum;
	char	   *name;			/* before */
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

static bool
is_iceberg_table(Oid relid)
{
	static const char kinds[] = {RELKIND_RELATION, RELKIND_MATVIEW, '\0'};

	return tam_access_method(access_method_of(relid, kinds)) == TAM_AM_ICEBERG;
}

static bool
names_iceberg(const char *access_method)
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

/* Our options of a statement's list; the others go into *rest. */
static List *
split_options(List *definitions, bool is_reset, List **rest)
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
		return names_iceberg(create->accessMethod);
	/* Where a partitioned table has an access method, its partitions have it too. */
	if (create->partbound != NULL)
		inherited = access_method_of(RangeVarGetRelid(linitial(create->inhRelations), NoLock, true), kinds);
	if (OidIsValid(inherited))
		return tam_access_method(inherited) == TAM_AM_ICEBERG;
	return names_iceberg(default_table_access_method);
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
		&& names_iceberg(into->accessMethod == NULL ? default_table_access_method : into->accessMethod)
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
	command->creating = split_options(*options, false, options);
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
	if (!is_iceberg_table(relid))
		return;
	options = current->creating;
	current->creating = NIL;
	foreach(cell, options)
		tam_option_check(lfirst(cell));
	tam_options_store(relid, options);
	tam_options_check_table(relid);
}

/* --- ALTER TABLE: before -------------------------------------------------------------------- */

static bool
sets_options(AlterTableCmd *command)
{
	return command->subtype == AT_SetRelOptions || command->subtype == AT_ResetRelOptions;
}

/* Finds a subcommand that gives the table another access method, the last one, and one about options. */
static void
find_subcommands(AlterTableStmt *alter, AlterTableCmd **access_method, bool *options)
{
	ListCell   *cell;

	*access_method = NULL;
	*options = false;
	foreach(cell, alter->cmds)
	{
		AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);

		if (command->subtype == AT_SetAccessMethod)
			*access_method = command;
		*options = *options || sets_options(command);
	}
}

/* Whether the table will be one of iceberg. */
static bool
becomes_iceberg(Oid relid, AlterTableCmd *access_method)
{
	if (access_method == NULL)
		return is_iceberg_table(relid);
	return names_iceberg(access_method->name == NULL ? default_table_access_method : access_method->name);
}

/*
 * Takes our options out of a subcommand. One that keeps nothing becomes a RESET
 * of what is not there, for which PostgreSQL takes no stronger lock.
 */
static List *
take_options(AlterTableCmd *subcommand)
{
	bool		is_reset = subcommand->subtype == AT_ResetRelOptions;
	List	   *rest;
	List	   *ours = split_options((List *) subcommand->def, is_reset, &rest);
	ListCell   *cell;

	if (is_reset || ours == NIL)
		return ours;
	if (rest == NIL)
		subcommand->subtype = AT_ResetRelOptions;
	if (rest == NIL)
		foreach(cell, ours)
			rest = lappend(rest, makeDefElem(((TamOption *) lfirst(cell))->name, NULL, -1));
	subcommand->def = (Node *) rest;
	return ours;
}

static PlannedStmt *
take_changes(TamOptionCommand *command, PlannedStmt *planned)
{
	ListCell   *cell;

	planned = copyObject(planned);
	foreach(cell, ((AlterTableStmt *) planned->utilityStmt)->cmds)
		if (sets_options(lfirst_node(AlterTableCmd, cell)))
			command->changes = list_concat(command->changes, take_options(lfirst(cell)));
	return planned;
}

/* Columns that there are already: the options about them say how old values are kept. */
static List *
old_columns_of(Oid relid, List *changes)
{
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, changes)
	{
		const char *name = ((TamOption *) lfirst(cell))->name;

		if (strncmp(name, TAM_OPTION_TYPE, strlen(TAM_OPTION_TYPE)) == 0
			&& get_attnum(relid, name + strlen(TAM_OPTION_TYPE)) != InvalidAttrNumber)
			columns = lappend(columns, (char *) name);
	}
	return columns;
}

static PlannedStmt *
begin_alter(TamOptionCommand *command, PlannedStmt *planned)
{
	AlterTableStmt *alter = (AlterTableStmt *) planned->utilityStmt;
	AlterTableCmd *access_method;
	bool		options;
	Oid			relid;

	find_subcommands(alter, &access_method, &options);
	/* Where PostgreSQL is going to refuse the command as such, nothing is touched. */
	if ((access_method == NULL && !options) || XactReadOnly || IsInParallelMode())
		return planned;
	relid = RangeVarGetRelid(alter->relation, NoLock, true);
	if (!OidIsValid(relid) || !(is_iceberg_table(relid) || becomes_iceberg(relid, access_method)))
		return planned;
	relid = AlterTableLookupRelation(alter, AlterTableGetLockLevel(alter->cmds));
	if (!OidIsValid(relid))
		return planned;
	command->altered = relid;
	command->was_iceberg = is_iceberg_table(relid);
	command->before = command->was_iceberg ? tam_options_of(relid) : NIL;
	if (options && becomes_iceberg(relid, access_method))
		planned = take_changes(command, planned);
	command->old_columns = old_columns_of(relid, command->changes);
	if (options && command->before != NIL)
		tam_options_store(relid, NIL);
	return planned;
}

/* --- ALTER TABLE: after ---------------------------------------------------------------------- */

static void
refuse_change(Oid relid, const char *name, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot change option \"%s\" of table \"%s\"", name, get_rel_name(relid)),
			 errhint("%s", hint)));
}

static int
format_version(const TamOption *option)
{
	return option == NULL || option->value == NULL ? TAM_DEFAULT_FORMAT_VERSION : atoi(option->value);
}

static bool
is_published(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	int64		storage = tam_meta_storage(rel);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	bool		answer = storage != 0 && tam_published_find(storage, snapshot) != NULL;

	UnregisterSnapshot(snapshot);
	relation_close(rel, NoLock);
	return answer;
}

static bool
is_old_column(TamOptionCommand *command, const char *name)
{
	ListCell   *cell;

	foreach(cell, command->old_columns)
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	return false;
}

/* Refuses to change what old data files and metadata rely on. */
static void
check_change(TamOptionCommand *command, const TamOption *change)
{
	TamOption  *before = tam_options_find(command->before, change->name);
	const char *old_value = before == NULL ? "" : before->value;

	if (!command->was_iceberg || strcmp(old_value, change->value == NULL ? "" : change->value) == 0)
		return;
	if (strcmp(change->name, TAM_OPTION_PARTITIONING) == 0)
		refuse_change(command->altered, change->name,
					  "Partitioning is fixed when a table is created: copy the rows into a new table.");
	if (strcmp(change->name, TAM_OPTION_FORMAT_VERSION) == 0 && format_version(change) < format_version(before))
		refuse_change(command->altered, change->name,
					  "The format version can be raised, not lowered: copy the rows into a new table.");
	if (is_old_column(command, change->name) && is_published(command->altered))
		refuse_change(command->altered, change->name,
					  "The Iceberg type of a column is fixed once the table is published: add a column, or copy the rows into a new table.");
}

/* RESET takes what is set, and what could be. */
static void
check_option(TamOptionCommand *command, const TamOption *change)
{
	if (change->value != NULL)
		tam_option_check(change);
	else if (tam_options_find(command->before, change->name) == NULL && !tam_iceberg_is_option(change->name))
		tam_option_check(change);
}

/* The options before with the changes, in the order PostgreSQL has: what is set comes last. */
static List *
apply_changes(TamOptionCommand *command)
{
	List	   *options = list_copy(command->before);
	ListCell   *cell;

	foreach(cell, command->changes)
	{
		TamOption  *change = lfirst(cell);

		check_option(command, change);
		check_change(command, change);
		options = list_delete_ptr(options, tam_options_find(options, change->name));
		if (change->value != NULL)
			options = lappend(options, change);
	}
	return options;
}

/* Tells whom it may surprise that our options mean nothing to the new access method. */
static void
drop_options(TamOptionCommand *command)
{
	StringInfoData names;
	ListCell   *cell;

	initStringInfo(&names);
	foreach(cell, command->before)
		appendStringInfo(&names, "%s\"%s\"", names.len == 0 ? "" : ", ", ((TamOption *) lfirst(cell))->name);
	tam_options_store(command->altered, NIL);
	ereport(NOTICE,
			(errmsg("options of the access method iceberg are dropped from table \"%s\"",
					get_rel_name(command->altered)),
			 errdetail("They were %s.", names.data)));
}

static void
finish_alter(TamOptionCommand *command)
{
	if (!OidIsValid(command->altered) || (command->before == NIL && command->changes == NIL))
		return;
	CommandCounterIncrement();
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(command->altered)))
		return;
	if (is_iceberg_table(command->altered))
		tam_options_store(command->altered, apply_changes(command));
	else if (command->before != NIL)
		drop_options(command);
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

	if (current == NULL || attnum <= 0 || !is_iceberg_table(relid))
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
			return begin_alter(command, planned);
		default:
			return planned;
	}
}

void
tam_option_finish(TamOptionCommand *command)
{
	List	   *tables = command->changes == NIL ? NIL : list_make1_oid(command->altered);
	ListCell   *cell;

	finish_alter(command);
	if (command->columns != NIL)
		CommandCounterIncrement();
	foreach(cell, command->columns)
	{
		TouchedColumn *column = lfirst(cell);

		if (!is_iceberg_table(column->relid))
			continue;
		follow_column(column);
		tables = list_append_unique_oid(tables, column->relid);
	}
	foreach(cell, tables)
		if (is_iceberg_table(lfirst_oid(cell)))
			tam_options_check_table(lfirst_oid(cell));
}
