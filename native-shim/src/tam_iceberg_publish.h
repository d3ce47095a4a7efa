/*
 * tam_iceberg_publish.h
 *	  Publication of a table's state as an Iceberg snapshot.
 */
#ifndef TAM_ICEBERG_PUBLISH_H
#define TAM_ICEBERG_PUBLISH_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"
#include "utils/uuid.h"

/* What a publication wrote; all paths are relative to tam_iceberg_root. */
typedef struct TamIcebergPublished
{
	char	   *metadata;		/* the metadata file to point at */
	int64		snapshot_id;	/* -1 for none yet */
	List	   *created;		/* of char *: files it wrote, durable; empty when nothing had changed */
	List	   *obsolete;		/* of char *: files that no snapshot of the new metadata reaches. They may go once the
								 * pointer has moved and nobody reads by the old one; data files among them are those of
								 * expired snapshots. */
} TamIcebergPublished;

/*
 * Publishes the files, a list of TamIcebergFile with statistics and deleted
 * positions, as the table's state at a time. The caller sees to it that the
 * state is one that was committed, that nobody else publishes the table, and
 * that the pointer moves in a transaction; when that fails he removes what was
 * created (tam_iceberg_remove_files). previous_metadata is the metadata file
 * published last, or NULL; published_root is where other engines find the
 * table's root, NULL for tam_iceberg_root. The result is in the current memory
 * context; it may take 10 ms and more, and serves no interrupts meanwhile.
 */
extern PGDLLEXPORT TamIcebergPublished *tam_iceberg_publish_state(Relation rel, List *files, const pg_uuid_t *uuid,
													  const char *published_root, const char *previous_metadata,
													  TimestampTz at);

#endif							/* TAM_ICEBERG_PUBLISH_H */
