/*
 * tam_iceberg_option.h
 *	  The options of iceberg tables. They lie in pg_class.reloptions, among
 *	  those that every table can have (PostgreSQL's).
 *
 * PostgreSQL itself refuses our names wherever it checks options, and ignores
 * them wherever it reads them. So commands never show them to it
 * (tam_utility_option.c).
 */
#ifndef TAM_ICEBERG_OPTION_H
#define TAM_ICEBERG_OPTION_H

#include "postgres.h"

#include "access/htup.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

#define TAM_OPTION_FORMAT_VERSION "format-version"
#define TAM_OPTION_PARTITIONING "partitioning"
#define TAM_OPTION_TYPE "tamarack.type."

#define TAM_DEFAULT_FORMAT_VERSION 2

/* An option, or the change of one; in the server's encoding. */
typedef struct TamOption
{
	char	   *name;
	char	   *value;			/* NULL: it is to be as if it had never been set */
} TamOption;

/* --- reading ----------------------------------------------------------------- */

/* Whether a name is for PostgreSQL to judge; all others are for us. */
extern bool tam_option_is_postgres(const char *name);
/* Our options of a relation, as a list of TamOption in the current memory context. */
extern List *tam_options_of(Oid relid);
/* The option of this name in a list, or NULL. */
extern TamOption *tam_options_find(List *options, const char *name);
/* An option's value, palloc'd; NULL when it is not set. */
extern char *tam_iceberg_option(Relation rel, const char *name);
/* Appends the part "options" of messages to Java. */
extern void tam_iceberg_send_options(StringInfo message, Relation rel);
/* Raises 0A000 when the table's format has no deleted rows. */
extern void tam_iceberg_require_row_deletes(Relation rel);

/* --- tam_iceberg_fit.c --------------------------------------------------------- */

/* Raises 22003 when a row has a value that does not fit its column's Iceberg type. */
extern void tam_iceberg_require_fit(Relation rel, HeapTuple tuple);
/* The same for all rows of a table, on which the caller has a lock that keeps others from adding any. */
extern void tam_iceberg_require_all_fit(Oid relid);

/* --- writing ------------------------------------------------------------------ */

/* Raises 22023 unless the option is known and has a value that it can have. Starts the JVM. */
extern void tam_option_check(const TamOption *option);
/* Replaces our options of a relation, on which the caller has a lock; increments the command counter. */
extern void tam_options_store(Oid relid, List *options);
/* Raises 22023 unless the relation's options fit its columns. Starts the JVM if there are any. */
extern void tam_options_check_table(Oid relid);
/*
 * A column has got another name, or has gone (NULL): so have the options about
 * it. Raises 0A000 when the table is partitioned by a column that has gone.
 */
extern void tam_options_rename_column(Oid relid, const char *from, const char *to);

#endif							/* TAM_ICEBERG_OPTION_H */
