/*
 * tam_iceberg_wal.h
 *	  How the files of local iceberg tables come and go on the primary's
 *	  standbys. Paths are relative to the data directory.
 */
#ifndef TAM_ICEBERG_WAL_H
#define TAM_ICEBERG_WAL_H

#include "postgres.h"

#include "access/xlogreader.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

#include "tam_compat.h"

/* --- tam_iceberg_wal.c: what a standby and a recovery need to know -------- */

/* Logs the whole content of a finished, durable file. */
extern void tam_iceberg_log_file(const char *path);
/*
 * Removes files. Standbys first cancel those who may still read them: queries
 * whose snapshot sees the given transaction as running (Invalid: nobody can).
 * The record is flushed before the first file goes. Failures are logged only.
 */
extern void tam_iceberg_remove_logged(List *paths, TransactionId horizon, RelFileLocator locator, bool logged);
/* Removes a directory with all it holds; nothing to do when there is none. Failures are logged only. */
extern void tam_iceberg_remove_tree(const char *path, bool logged);
/* Removes the files of all tables of a database, in all tablespaces. */
extern void tam_iceberg_remove_database(Oid database);

/* Record types, in the order of tam_wal.c's. */
#define XLOG_TAM_FILE_CONTENT 0x20
#define XLOG_TAM_FILES_REMOVED 0x30
#define XLOG_TAM_TREE_REMOVED 0x40

extern void tam_iceberg_redo(XLogReaderState *record);
extern void tam_iceberg_desc(StringInfo buf, XLogReaderState *record);
extern const char *tam_iceberg_identify(uint8 info);
extern void tam_iceberg_redo_end(void);

#endif							/* TAM_ICEBERG_WAL_H */
