/*
 * tam_iceberg_publication.h
 *	  What has been published of a table, and publishing its present state.
 */
#ifndef TAM_ICEBERG_PUBLICATION_H
#define TAM_ICEBERG_PUBLICATION_H

#include "postgres.h"

#include "storage/itemptr.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "tam_iceberg_parquet.h"

/* --- tam_iceberg_data_file.c: the truth tables data_file and published ------ */

/* A tuple of data_file. */
typedef struct TamDataFile
{
	TamIcebergFile file;
	ItemPointerData tid;		/* of the tuple */
} TamDataFile;

/* A tuple of published. */
typedef struct TamPublished
{
	pg_uuid_t	uuid;			/* of the Iceberg table */
	char	   *root;			/* URI of the table's root, which its metadata name */
	char	   *metadata;		/* newest metadata file, relative to the table's root */
	int64		snapshot_id;	/* -1: none yet */
	char	   *columns;		/* what the files know of the columns */
	TimestampTz published_at;
	ItemPointerData tid;		/* of the tuple */
} TamPublished;

/* A storage's files that the snapshot shows, by their first row number: a list of TamDataFile. */
extern List *tam_data_files(int64 storage, Snapshot snapshot);
extern void tam_data_file_insert(int64 storage, const TamIcebergFile *file);
extern void tam_data_file_delete(const TamDataFile *file);
/* NULL: nothing has been published. */
extern TamPublished *tam_published_find(int64 storage, Snapshot snapshot);
/* Enters what published says; a tuple found before is replaced. */
extern void tam_published_set(int64 storage, const TamPublished *published);

/* --- tam_iceberg_live.c: which published rows are still there --------------- */

/*
 * Compares a table's rows with those of its files. The files' "deleted" say
 * which of their rows the snapshot does not show any more; the rows that are
 * in no file are written to new ones, which the result lists. Files without
 * any row left are taken out of the list.
 */
extern List *tam_iceberg_bring_up_to_date(Relation rel, Snapshot snapshot, List **files);

/* --- tam_iceberg_publication.c ----------------------------------------------- */

/*
 * Publishes the table's state of now, as a part of the current transaction,
 * which must not have written before. The caller holds
 * ShareUpdateExclusiveLock, so that nobody else publishes meanwhile.
 */
extern TamPublished *tam_iceberg_publish(Relation rel);
extern void tam_iceberg_publication_register(void);
/* Whether anything is published of a table's present storage, under its present root. */
extern bool tam_iceberg_is_published(Oid relid);
/* This transaction changes rows or definitions: it cannot publish any more. */
extern void tam_publication_note_write(void);
/* URI of the table's root as other engines find it; palloc'd. */
extern char *tam_iceberg_published_root(Relation rel);

#endif							/* TAM_ICEBERG_PUBLICATION_H */
