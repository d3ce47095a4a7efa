/*
 * tam_iceberg_upcall.h
 *	  The static methods of tamarack.iceberg.IcebergTables, which documents
 *	  the messages.
 *
 * A message is a StringInfo that pq_send… filled and pq_getmsg… reads. All
 * calls start the JVM if need be, hold interrupts while Java runs and raise
 * what Java throws.
 */
#ifndef TAM_ICEBERG_UPCALL_H
#define TAM_ICEBERG_UPCALL_H

#include "postgres.h"

#include "lib/stringinfo.h"

typedef enum TamIcebergMethod
{
	TAM_ICEBERG_MAP_COLUMN,
	TAM_ICEBERG_CHECK_OPTION,
	TAM_ICEBERG_IS_OPTION,
	TAM_ICEBERG_CHECK_TABLE,
	TAM_ICEBERG_OPEN_SCAN,
	TAM_ICEBERG_NEXT_BATCH,
	TAM_ICEBERG_REWIND_SCAN,
	TAM_ICEBERG_FETCH_ROW,
	TAM_ICEBERG_FETCHED_BATCH,
	TAM_ICEBERG_SCAN_COUNTERS,
	TAM_ICEBERG_CLOSE_SCAN,
	TAM_ICEBERG_PRUNE_FILES,
	TAM_ICEBERG_OPEN_WRITER,
	TAM_ICEBERG_WRITER_BATCH,
	TAM_ICEBERG_WRITE,
	TAM_ICEBERG_FINISH_WRITER,
	TAM_ICEBERG_CLOSE_WRITER,
	TAM_ICEBERG_PUBLISH,
	TAM_ICEBERG_CLOSE_ALL,
	TAM_ICEBERG_METHOD_COUNT
} TamIcebergMethod;

/* checkOption, isOption: name and value (or NULL) in the server's encoding. */
extern void tam_iceberg_check_option(const char *name, const char *value);
extern bool tam_iceberg_is_option(const char *name);

/* mapColumn, pruneFiles, publish: the answer, palloc'd. */
extern StringInfo tam_iceberg_ask(TamIcebergMethod method, StringInfo message);
/* checkTable. */
extern void tam_iceberg_tell(TamIcebergMethod method, StringInfo message);
/* openScan, openWriter: a handle. */
extern int64 tam_iceberg_open(TamIcebergMethod method, StringInfo message);

/* What takes a handle alone: nextBatch, fetchedBatch, writerBatch. */
extern char *tam_iceberg_address(TamIcebergMethod method, int64 handle);
/* finishWriter. */
extern StringInfo tam_iceberg_answer(TamIcebergMethod method, int64 handle);
/* rewindScan: argument is 0. scanCounters, write: argument is an address. */
extern void tam_iceberg_do(TamIcebergMethod method, int64 handle, int64 argument);
extern int	tam_iceberg_fetch_row(int64 handle, int64 row);
/* closeScan, closeWriter. Never throws: failures are logged. */
extern void tam_iceberg_close(TamIcebergMethod method, int64 handle);
/* Closes what the transaction that ends has left open. Never throws, never starts a JVM. */
extern void tam_iceberg_close_all(void);

/* Strings and byte strings in messages: text in the server's encoding, NULL for null; conversions are done here. */
extern void tam_iceberg_send_string(StringInfo message, const char *text);
extern void tam_iceberg_send_bytes(StringInfo message, const void *bytes, int length);
/* palloc'd; NULL for null. */
extern char *tam_iceberg_get_string(StringInfo message);
extern bytea *tam_iceberg_get_bytes(StringInfo message);

#endif							/* TAM_ICEBERG_UPCALL_H */
