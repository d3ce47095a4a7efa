/*
 * tam_iceberg_files.h
 *	  Files of iceberg tables as the file system sees them: where they lie,
 *	  what makes them durable.
 *
 * Below TAM_ICEBERG_DIRECTORY in the data directory, where the server works,
 * each table has a directory of its own, its root. PostgreSQL's tools neither
 * read it nor leave it out: a base backup contains it, pg_checksums passes it
 * by.
 */
#ifndef TAM_ICEBERG_FILES_H
#define TAM_ICEBERG_FILES_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/relcache.h"

#include "tam_compat.h"

#define TAM_ICEBERG_DIRECTORY "tamarack"

/* The directory of a relation's files, relative to the data directory; palloc'd. */
extern char *tam_iceberg_directory(RelFileLocator locator, int backend);
/* The directory of all of a database's tables in one tablespace, likewise. */
extern char *tam_iceberg_database_directory(Oid tablespace, Oid database);
/* A path inside the data directory, made relative to it; an ERROR for any other. Points into the argument. */
extern const char *tam_iceberg_relative(const char *path);

/* Makes the directory that a file is to lie in, and those above it, durably. */
extern void tam_iceberg_make_parent(const char *path);
/* Makes a file's entry in its directory durable. */
extern void tam_iceberg_sync_parent(const char *path);

/* Paths below are relative to a table's root. */

/* Makes the table's directories, durably. */
extern void tam_iceberg_make_root(Relation rel);
/* Makes files and their directory entries durable; raises what PostgreSQL raises when that fails. */
extern void tam_iceberg_sync_files(const char *root, List *paths);
/* Never throws: what cannot be removed is logged. */
extern void tam_iceberg_remove_files(const char *root, List *paths);

#endif							/* TAM_ICEBERG_FILES_H */
