/*
 * tam_utility_alter.c
 *	  Options of iceberg tables in ALTER TABLE … SET and RESET, and what becomes
 *	  of them when the access method changes.
 *
 * PostgreSQL checks the whole stored array whenever it sets or resets
 * anything: ours are out of it while the command runs, and are put back at its
 * end. The table's owner and lock are asked for before, by PostgreSQL's own
 * function.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/tablecmds.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "tam_iceberg_option.h"
#include "tam_iceberg_publication.h"
#include "tam_iceberg_upcall.h"
#include "tam_utility.h"
#include "tam_utility_option.h"

/* --- before -------------------------------------------------------------------- */

static bool
sets_options(AlterTableCmd *command)
{
	return command->subtype == AT_SetRelOptions || command->subtype == AT_ResetRelOptions;
}

/* What begin_alter looks for in a statement. */
typedef struct Subcommands
{
	AlterTableCmd *access_method;	/* the last one that sets it, or NULL */
	bool		options;		/* one sets or resets options */
	bool		types;			/* one does so with a column's Iceberg type */
	bool		others;			/* one does something else */
} Subcommands;

static bool
tam_option_is_type(const char *name)
{
	return strncmp(name, TAM_OPTION_TYPE, strlen(TAM_OPTION_TYPE)) == 0;
}

static bool
has_type_options(List *definitions)
{
	ListCell   *cell;

	foreach(cell, definitions)
		if (tam_option_is_type(lfirst_node(DefElem, cell)->defname))
			return true;
	return false;
}

static void
find_subcommands(AlterTableStmt *alter, Subcommands *found)
{
	ListCell   *cell;

	memset(found, 0, sizeof(Subcommands));
	foreach(cell, alter->cmds)
	{
		AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);

		if (command->subtype == AT_SetAccessMethod)
			found->access_method = command;
		if (!sets_options(command))
			found->others = true;
		else
		{
			found->options = true;
			found->types |= has_type_options((List *) command->def);
		}
	}
}

/* The lock that the statement needs; values are looked at when their column's Iceberg type changes. */
static LOCKMODE
lock_level(AlterTableStmt *alter, const Subcommands *found)
{
	return found->types ? AccessExclusiveLock : AlterTableGetLockLevel(alter->cmds);
}

/* Whether the table will be one of iceberg. */
static bool
becomes_iceberg(Oid relid, AlterTableCmd *access_method)
{
	if (access_method == NULL || !tam_option_is_table(relid))
		return tam_option_is_iceberg_table(relid);
	return tam_option_names_iceberg(access_method->name == NULL ? default_table_access_method : access_method->name);
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
	List	   *ours = tam_option_split((List *) subcommand->def, is_reset, &rest);
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

		if (tam_option_is_type(name) && get_attnum(relid, name + strlen(TAM_OPTION_TYPE)) != InvalidAttrNumber)
			columns = lappend(columns, (char *) name);
	}
	return columns;
}

PlannedStmt *
tam_option_begin_alter(TamOptionCommand *command, PlannedStmt *planned)
{
	AlterTableStmt *alter = (AlterTableStmt *) planned->utilityStmt;
	Subcommands found;
	Oid			relid;

	find_subcommands(alter, &found);
	/* Where PostgreSQL is going to refuse the command as such, nothing is touched. */
	if ((found.access_method == NULL && !found.options) || XactReadOnly || IsInParallelMode())
		return planned;
	relid = RangeVarGetRelid(alter->relation, NoLock, true);
	if (!OidIsValid(relid) || !(tam_option_is_iceberg_table(relid) || becomes_iceberg(relid, found.access_method)))
		return planned;
	relid = AlterTableLookupRelation(alter, lock_level(alter, &found));
	if (!OidIsValid(relid))
		return planned;
	command->altered = relid;
	command->was_iceberg = tam_option_is_iceberg_table(relid);
	command->before = command->was_iceberg ? tam_options_of(relid) : NIL;
	if (found.options && becomes_iceberg(relid, found.access_method))
		planned = take_changes(command, planned);
	command->old_columns = old_columns_of(relid, command->changes);
	/* Rows that are rewritten without our options are looked at afterwards. */
	command->check_rows = found.types || found.others;
	if (found.options && command->before != NIL)
		tam_options_store(relid, NIL);
	return planned;
}

/* --- after --------------------------------------------------------------------- */

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

void
tam_option_finish_alter(TamOptionCommand *command)
{
	if (!OidIsValid(command->altered) || (command->before == NIL && command->changes == NIL))
		return;
	CommandCounterIncrement();
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(command->altered)))
		return;
	if (tam_option_is_iceberg_table(command->altered))
		tam_options_store(command->altered, apply_changes(command));
	else if (command->before != NIL)
		drop_options(command);
}

static bool
has_types(List *options)
{
	ListCell   *cell;

	foreach(cell, options)
		if (tam_option_is_type(((TamOption *) lfirst(cell))->name))
			return true;
	return false;
}

void
tam_option_check_rows(TamOptionCommand *command)
{
	if (command->check_rows && tam_option_is_iceberg_table(command->altered)
		&& has_types(tam_options_of(command->altered)))
		tam_iceberg_require_all_fit(command->altered);
}
