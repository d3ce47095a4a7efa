/*
 * tam_utility.h
 *	  Declarations shared by the files about commands, table files seen from
 *	  C, and the inspection functions. Nothing here needs a JVM unless it says
 *	  so.
 */
#ifndef TAM_UTILITY_H
#define TAM_UTILITY_H

#include "tam.h"

#include <sys/stat.h>

#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "nodes/plannodes.h"
#include "storage/fd.h"
#include "utils/tuplestore.h"

/* --- tam_file.c: names of table files, and their directories -------------- */

#define TAM_FILE_DIRECTORY "sqlite_heap"
#define TAM_FILE_SUFFIX ".sqlite"

/* What the name of a table file says. */
typedef struct TamFileName
{
	Oid			tablespace;		/* 0: the database's default one */
	RelFileNumber number;
	int			backend;		/* TAM_NO_BACKEND unless temporary */
} TamFileName;

/* Directory of a database's files, relative to the data directory. */
extern char *tam_file_directory(Oid database);
/* Path of a file with this name, relative to the data directory. */
extern char *tam_file_named(Oid database, const TamFileName *name);
/* Path of the file of a relation of this database, relative to the data directory. */
extern char *tam_file_path(RelFileLocator locator, int backend);
/* Bytes of a relation's file and its log; 0 before the first write. */
extern int64 tam_file_bytes(RelFileLocator locator, int backend);
/* What lstat() says about a relation's main fork; false when there is none. */
extern bool tam_file_main_fork(RelFileLocator locator, int backend, struct stat *status);
/* False when a directory entry is no table file, nor the log of one. */
extern bool tam_file_parse(const char *entry, TamFileName *name);
/* Copies the permanent files of a database to a new one, and syncs them. */
extern void tam_file_copy_database(Oid source, Oid target);
/* Removes a database's directory; problems are logged, never raised. */
extern void tam_file_remove_database(Oid database);
/* Removes a file; true when it was there. Never throws: failures are logged. */
extern bool tam_file_unlink(const char *path);

/* --- tam_sweep.c ------------------------------------------------------------ */

extern void tam_sweep_register(void);
/* Removes what no table needs any more; the number of files. */
extern int64 tam_sweep(void);
/* A prepared transaction has ended, which may leave files behind. */
extern void tam_sweep_request(void);

/* --- tam_utility_database.c -------------------------------------------------- */

extern void tam_database_register(void);
/* To be called from object_access_hook when a database is made or dropped. */
extern void tam_database_created(Oid database);
extern void tam_database_dropped(Oid database);
/* Remembers the template of the CREATE DATABASE that begins; NULL: it is over. */
extern void tam_database_set_template(const CreatedbStmt *statement);

/* --- tam_utility_publication.c ----------------------------------------------- */

/* Refuse that one of our tables is published. */
extern void tam_publication_check(const char *name);
extern void tam_publication_check_relations(List *relations);

/* --- tam_utility_option.c ------------------------------------------------------ */

/* What a running command does to the options of iceberg tables. */
typedef struct TamOptionCommand
{
	MemoryContext context;		/* of the command */
	List	   *creating;		/* options for the table that it makes, until that stands */
	Oid			altered;		/* table whose options it may change, locked */
	bool		was_iceberg;
	List	   *before;			/* our options of that table */
	List	   *changes;		/* what it sets and resets */
	List	   *old_columns;	/* names of those about a column that the table had before */
	bool		check_rows;		/* whether to look if all values fit their Iceberg types */
	List	   *columns;		/* what it did to columns */
} TamOptionCommand;

/* Makes a command the current one; the one to go back to, by tam_option_leave in any case. */
extern TamOptionCommand *tam_option_enter(TamOptionCommand *command);
extern void tam_option_leave(TamOptionCommand *outer);
/* Before the command: the statement for PostgreSQL, a copy when it has options of ours. */
extern PlannedStmt *tam_option_begin(TamOptionCommand *command, PlannedStmt *planned);
/* After the command. */
extern void tam_option_finish(TamOptionCommand *command);
/* To be called from object_access_hook: the relation's catalog rows stand; argument is an ObjectAccessPostCreate. */
extern void tam_option_relation_created(Oid relid, const void *argument);
/* The same: a column is added, altered, or about to be dropped. */
extern void tam_option_column_touched(Oid relid, AttrNumber attnum);

/* --- tam_utility.c ------------------------------------------------------------ */

/* Which of our access methods an oid of pg_am means: a TAM_AM_…. */
extern int	tam_access_method(Oid access_method);

/* --- tam_function.c ----------------------------------------------------------- */

/* Asks Java a TAM_ASK_ question; starts the JVM. The answer is palloc'd, or NULL. */
extern char *tam_inspect(Relation rel, int question, int64 argument);
/* Opens a table of an access method, a TAM_AM_…, or raises 42809; checks no privileges. */
extern Relation tam_inspect_open(int method, Oid relid, LOCKMODE lockmode);
/* The same; wants SELECT on the table. */
extern Relation tam_inspect_open_readable(int method, Oid relid, LOCKMODE lockmode);
/* The same for who reads rows of sqlite_heap tables: wants them in reach as well. */
extern Relation tam_inspect_open_rows(Oid relid, LOCKMODE lockmode);
/* Raises an error when the table's rows are out of this session's reach. */
extern void tam_inspect_require_rows(Relation rel);

#endif							/* TAM_UTILITY_H */
