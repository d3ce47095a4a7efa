/*
 * tam_iceberg_files.h
 *	  Files of an iceberg table as the file system sees them. Paths are
 *	  relative to a table's root.
 */
#ifndef TAM_ICEBERG_FILES_H
#define TAM_ICEBERG_FILES_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* Makes the table's directories, durably. */
extern void tam_iceberg_make_root(Relation rel);
/* Makes files and their directory entries durable; raises what PostgreSQL raises when that fails. */
extern void tam_iceberg_sync_files(const char *root, List *paths);
/* Never throws: what cannot be removed is logged. */
extern void tam_iceberg_remove_files(const char *root, List *paths);

#endif							/* TAM_ICEBERG_FILES_H */
