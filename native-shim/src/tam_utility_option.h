/*
 * tam_utility_option.h
 *	  What the files about options in commands share.
 */
#ifndef TAM_UTILITY_OPTION_H
#define TAM_UTILITY_OPTION_H

#include "tam_utility.h"

/* --- tam_utility_option.c ------------------------------------------------------ */

/* Whether the relation is a table or materialized view, of whichever access method. */
extern bool tam_option_is_table(Oid relid);
extern bool tam_option_is_iceberg_table(Oid relid);
/* Whether an access method's name means iceberg. */
extern bool tam_option_names_iceberg(const char *access_method);
/* Our options of a statement's list, as TamOption; the others go into *rest. */
extern List *tam_option_split(List *definitions, bool is_reset, List **rest);

/* --- tam_utility_alter.c ------------------------------------------------------- */

/* Before ALTER TABLE: the statement for PostgreSQL. Locks the table when it is about our options. */
extern PlannedStmt *tam_option_begin_alter(TamOptionCommand *command, PlannedStmt *planned);
/* After it. */
extern void tam_option_finish_alter(TamOptionCommand *command);
/* At the very end: raises 22003 when a row does not fit options that it was not written under. */
extern void tam_option_check_rows(TamOptionCommand *command);

#endif							/* TAM_UTILITY_OPTION_H */
