/*
 * tam_iceberg_parquet.h
 *	  The bytes of iceberg tables: reading and writing the data files of one
 *	  table.
 *
 * Nothing here knows about transactions, snapshots or visibility: whoever
 * calls says which files and which rows of them there are, and what he may
 * call at that time. A call may start the JVM, wait for the disk and serve
 * interrupts, so none is allowed in a critical section or with an LWLock or a
 * locked buffer. All raise ordinary errors, those that say "never throws"
 * excepted.
 *
 * A scan or writer belongs to the memory context that it was opened with: its
 * reset closes the scan, or discards the writer. The end of the transaction
 * closes all. The relation must stay open and locked as long.
 *
 * Everything is exported for the sake of tests/parquet.
 *
 * Row numbers are those of tam_tid_from_row; a position is a row's place in
 * its file, counted from 0.
 */
#ifndef TAM_ICEBERG_PARQUET_H
#define TAM_ICEBERG_PARQUET_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* A data file. */
typedef struct TamIcebergFile
{
	char	   *path;			/* relative to tam_iceberg_root */
	int64		bytes;			/* its size */
	int64		rows;			/* rows in it, deleted ones included */
	int64		first_row;		/* smallest and largest row number in it */
	int64		last_row;
	bool		contiguous;		/* row number = first_row + position, for every row */
	bytea	   *statistics;		/* for Java's eyes; may be NULL */
	int64	   *deleted;		/* positions, ascending, of rows that a scan leaves out; NULL for none */
	int			deleted_count;
} TamIcebergFile;

/* --- tam_iceberg_file_scan.c ------------------------------------------------ */

typedef struct TamIcebergScan TamIcebergScan;

/*
 * Starts to read the files, a list of TamIcebergFile, which is copied but for
 * the deleted positions: those must stay in place until the scan is closed. A
 * file is opened when its turn comes. The attributes are attribute numbers
 * (not shifted by FirstLowInvalidHeapAttributeNumber), NULL means all; the
 * empty set needs a Bitmapset with a member that is no attribute: 0.
 */
extern PGDLLEXPORT TamIcebergScan *tam_iceberg_files_open(Relation rel, List *files, Bitmapset *attributes,
											  MemoryContext context);
/*
 * Stores the next row in a virtual slot, with its TID and table; attributes
 * that are not read are null. False at the end, the slot is then empty. What
 * the slot points to stays in place until the next call with this scan, of
 * whichever function: materialize the slot to keep it. Files come in the order
 * of the list, rows in the order of their file.
 */
extern PGDLLEXPORT bool tam_iceberg_files_next(TamIcebergScan *scan, TupleTableSlot *slot);
/*
 * Finds a row by its number, deleted or not; false when no file has it. It
 * does not move the scan, and what its slot points to stays in place until
 * the next fetch or close. Neighbours come from memory.
 */
extern PGDLLEXPORT bool tam_iceberg_files_fetch(TamIcebergScan *scan, int64 row, TupleTableSlot *slot);
/* Starts again with the first row of the first file. */
extern PGDLLEXPORT void tam_iceberg_files_rewind(TamIcebergScan *scan);
/* Frees the scan. Never throws. */
extern PGDLLEXPORT void tam_iceberg_files_close(TamIcebergScan *scan);

/* --- tam_iceberg_file_writer.c ---------------------------------------------- */

typedef struct TamIcebergWriter TamIcebergWriter;

/* Starts to write rows into new files, as the table's options say. The table's directory is made when missing. */
extern PGDLLEXPORT TamIcebergWriter *tam_iceberg_writer_open(Relation rel, MemoryContext context);
/*
 * Adds a row, which is copied, in a slot of any kind. Row numbers should
 * ascend: a file whose rows follow each other needs no list of them. Memory
 * stays bounded: full batches go to Java, full row groups to the file.
 */
extern PGDLLEXPORT void tam_iceberg_writer_add(TamIcebergWriter *writer, TupleTableSlot *slot, int64 row);
/*
 * Ends the files and frees the writer: a list of TamIcebergFile * in the
 * current memory context, empty when no row was added. The files and their
 * directory entries are durable on return, and the caller's from then on: he
 * removes them when his transaction fails. After an error the writer is still
 * to be discarded.
 */
extern PGDLLEXPORT List *tam_iceberg_writer_finish(TamIcebergWriter *writer);
/* Removes all files and frees the writer. Never throws. */
extern PGDLLEXPORT void tam_iceberg_writer_discard(TamIcebergWriter *writer);
/* Rows added so far. */
extern PGDLLEXPORT int64 tam_iceberg_writer_rows(const TamIcebergWriter *writer);

/* --- tam_iceberg_path.c ------------------------------------------------------ */

/*
 * The absolute directory of the table, palloc'd; it need not exist:
 * DataDir/tamarack/<tablespace oid>/<database oid>/<relfilenumber>, with
 * t<backend>_ before the number for a temporary table.
 */
extern PGDLLEXPORT char *tam_iceberg_root(Relation rel);

#endif							/* TAM_ICEBERG_PARQUET_H */
