/*
 * tam_utility_database.c
 *	  CREATE DATABASE copies the template's table files, DROP DATABASE removes
 *	  a database's.
 *
 * PostgreSQL calls object_access_hook when the new database's oid is known and
 * before it copies anything itself: the template is locked then, so nobody
 * is or gets connected to it, and its files stand still. Whatever ends the
 * transaction decides about the copies: an abort removes them. A dropped
 * database's files go when the drop has committed. What a crash leaves behind
 * is the sweep's. iceberg's files are not copied: the copy's tables publish
 * anew.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "storage/lmgr.h"

#include "tam_iceberg_wal.h"
#include "tam_utility.h"

/* Template of the CREATE DATABASE that is running; empty when none is. */
static char template_name[NAMEDATALEN] = "";
/* Databases that the current transaction made or dropped. */
static Oid	created = InvalidOid;
static Oid	dropped = InvalidOid;

void
tam_database_set_template(const CreatedbStmt *statement)
{
	ListCell   *cell;

	template_name[0] = '\0';
	if (statement == NULL)
		return;
	strlcpy(template_name, "template1", NAMEDATALEN);
	foreach(cell, statement->options)
	{
		DefElem    *option = lfirst_node(DefElem, cell);

		if (strcmp(option->defname, "template") == 0 && option->arg != NULL)
			strlcpy(template_name, defGetString(option), NAMEDATALEN);
	}
}

/* This session may have files of the template open itself. */
static void
close_own_files(Oid template)
{
	if (template == MyDatabaseId && tam_jvm_running())
		tam_upcall_void(TAM_CLOSE_FILES, NULL);
}

void
tam_database_created(Oid database)
{
	Oid			template;

	if (template_name[0] == '\0')
		return;
	template = get_database_oid(template_name, false);
	/* Tells a sweep that the directory is somebody's. */
	LockSharedObject(DatabaseRelationId, database, 0, AccessShareLock);
	close_own_files(template);
	created = database;
	tam_file_copy_database(template, database);
}

void
tam_database_dropped(Oid database)
{
	dropped = database;
}

static void
end_transaction(XactEvent event, void *argument)
{
	Oid			doomed = InvalidOid;

	if (event == XACT_EVENT_COMMIT)
		doomed = dropped;
	else if (event == XACT_EVENT_ABORT)
		doomed = created;
	else
		return;
	created = dropped = InvalidOid;
	if (!OidIsValid(doomed))
		return;
	tam_file_remove_database(doomed);
	tam_iceberg_remove_database(doomed);
}

void
tam_database_register(void)
{
	RegisterXactCallback(end_transaction, NULL);
}
