/*
 * tam_iceberg_publish.c
 *	  Publishes a table's state: Java writes Iceberg's metadata, C makes it
 *	  durable.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "tam.h"
#include "tam_iceberg_column.h"
#include "tam_iceberg_files.h"
#include "tam_iceberg_parquet.h"
#include "tam_iceberg_publish.h"
#include "tam_iceberg_upcall.h"

/* Milliseconds since 1970. */
static int64
iceberg_time(TimestampTz at)
{
	return at / 1000 + (int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY * 1000;
}

static void
send_live_file(StringInfo message, TamIcebergFile *file)
{
	tam_iceberg_send_string(message, file->path);
	pq_sendint64(message, file->bytes);
	tam_iceberg_send_bytes(message, VARDATA_ANY(file->statistics), VARSIZE_ANY_EXHDR(file->statistics));
	pq_sendint64(message, (int64) (intptr_t) file->deleted);
	pq_sendint32(message, file->deleted == NULL ? 0 : file->deleted_count);
}

static void
send_state(StringInfo message, Relation rel, TamIcebergColumns *columns, List *files, const pg_uuid_t *uuid,
		   const char *published_root, const char *previous_metadata, TimestampTz at)
{
	char	   *root = tam_iceberg_root(rel);
	ListCell   *cell;

	tam_iceberg_send_string(message, DatumGetCString(DirectFunctionCall1(uuid_out, UUIDPGetDatum(uuid))));
	tam_iceberg_send_string(message, published_root == NULL ? root : published_root);
	tam_iceberg_send_string(message, root);
	tam_iceberg_send_columns(message, rel, columns, NULL, true);
	pq_sendint32(message, columns->last_field_id);
	tam_iceberg_send_options(message, rel);
	tam_iceberg_send_string(message, previous_metadata);
	pq_sendint64(message, iceberg_time(at));
	pq_sendint32(message, list_length(files));
	foreach(cell, files)
		send_live_file(message, lfirst(cell));
}

static List *
read_paths(StringInfo message)
{
	List	   *paths = NIL;

	for (int count = pq_getmsgint(message, 4); count > 0; count--)
		paths = lappend(paths, tam_iceberg_get_string(message));
	return paths;
}

static StringInfo
ask(Relation rel, List *files, const pg_uuid_t *uuid, const char *published_root, const char *previous_metadata,
	TimestampTz at)
{
	TamIcebergColumns *columns = tam_iceberg_columns_pin(rel);
	StringInfo	answer = NULL;

	PG_TRY();
	{
		StringInfoData message;

		initStringInfo(&message);
		send_state(&message, rel, columns, files, uuid, published_root, previous_metadata, at);
		answer = tam_iceberg_ask(TAM_ICEBERG_PUBLISH, &message);
		pfree(message.data);
	}
	PG_FINALLY();
	{
		tam_iceberg_columns_unpin(columns);
	}
	PG_END_TRY();
	return answer;
}

/* Metadata that is not durable is as if it had not been written. */
static void
sync_created(const char *root, List *created)
{
	PG_TRY();
	{
		tam_iceberg_sync_files(root, created);
	}
	PG_CATCH();
	{
		tam_iceberg_remove_files(root, created);
		PG_RE_THROW();
	}
	PG_END_TRY();
}

TamIcebergPublished *
tam_iceberg_publish_state(Relation rel, List *files, const pg_uuid_t *uuid, const char *published_root,
						  const char *previous_metadata, TimestampTz at)
{
	TamIcebergPublished *published = palloc0(sizeof(TamIcebergPublished));
	StringInfo	answer;

	tam_iceberg_make_root(rel);
	answer = ask(rel, files, uuid, published_root, previous_metadata, at);
	published->metadata = tam_iceberg_get_string(answer);
	published->snapshot_id = pq_getmsgint64(answer);
	published->created = read_paths(answer);
	published->obsolete = read_paths(answer);
	sync_created(tam_iceberg_root(rel), published->created);
	return published;
}
