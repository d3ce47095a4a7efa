/*-------------------------------------------------------------------------
 *
 * tam_sqlite_unpack.c
 *	  Inserting: write batches (tamarack.tuple.BatchLayout) into SQLite rows.
 *
 * A batch of several rows is read through the virtual table
 * tam_unpack(row, version): one statement inserts them all, with its
 * cursor staying at the end of the table.  A single row is bound directly.
 *
 *-------------------------------------------------------------------------
 */
#include "tam_sqlite_store.h"

SQLITE_EXTENSION_INIT3

/* From this size on a tuple is streamed into its row instead of bound: binding copies it. */
#define STREAMED_TUPLE (8 * 1024 * 1024)

typedef struct unpack_table
{
	sqlite3_vtab base;
	tam_store  *store;
} unpack_table;

typedef struct unpack_cursor
{
	sqlite3_vtab_cursor base;
	const char *entry;
	int			remaining;
	unsigned char version[TAM_VERSION_BYTES];
} unpack_cursor;

enum
{
	COLUMN_ROW,
	COLUMN_VERSION
};

static inline int64_t
read_int64(const char *base, int offset)
{
	int64_t		value;

	memcpy(&value, base + offset, sizeof(value));
	return value;
}

static inline int32_t
read_int32(const char *base, int offset)
{
	int32_t		value;

	memcpy(&value, base + offset, sizeof(value));
	return value;
}

static inline void
write_big_endian(unsigned char *bytes, uint64_t value)
{
	value = __builtin_bswap64(value);
	memcpy(bytes, &value, sizeof(value));
}

/*
 * SQLITE_RANGE when a field does not fit into six bytes.
 */
int
tam_header_encode(const tam_header *header, unsigned char *bytes)
{
	const int64_t limit = INT64_C(1) << 47;

	if (header->xmin < 0 || header->xmin >= limit || header->xmax < 0 || header->xmax >= limit)
		return SQLITE_RANGE;
	if (header->state < 0 || header->state >= limit ||
		header->next < -limit || header->next >= limit)
		return SQLITE_RANGE;
	/* Each store spills two bytes into the next field, which is written after it. */
	write_big_endian(bytes, (uint64_t) header->xmin << 16);
	write_big_endian(bytes + TAM_HEADER_FIELD, (uint64_t) header->xmax << 16);
	write_big_endian(bytes + 2 * TAM_HEADER_FIELD, (uint64_t) header->state << 16);
	write_big_endian(bytes + 3 * TAM_HEADER_FIELD - 2,
					 (uint64_t) header->state << 48 |
					 ((uint64_t) header->next & UINT64_C(0xFFFFFFFFFFFF)));
	return SQLITE_OK;
}

/* --- entries of a write batch --- */

static inline const char *
entry_tuple(const char *entry)
{
	return entry + read_int32(entry, TAM_BATCH_BLOB_OFFSET);
}

static inline int
entry_tuple_bytes(const char *entry)
{
	return read_int32(entry, TAM_BATCH_BLOB_SIZE);
}

static inline const char *
next_entry(const char *entry)
{
	return entry + read_int32(entry, TAM_BATCH_ENTRY_SIZE);
}

/*
 * Makes the row version of an entry.  *bytes is its length, at most
 * TAM_VERSION_BYTES.
 */
static int
make_version(const char *entry, unsigned char *version, int *bytes)
{
	int			tuple_bytes = entry_tuple_bytes(entry);
	tam_header	header;

	header.xmin = read_int64(entry, TAM_BATCH_XMIN);
	header.xmax = read_int64(entry, TAM_BATCH_XMAX);
	header.next = read_int64(entry, TAM_BATCH_NEXT);
	header.state = (int64_t) read_int32(entry, TAM_BATCH_INFO) << 32 |
		(uint32_t) read_int32(entry, TAM_BATCH_CID);
	*bytes = TAM_HEADER_BYTES;
	if (tuple_bytes <= TAM_LARGE_TUPLE)
	{
		memcpy(version + TAM_HEADER_BYTES, entry_tuple(entry), tuple_bytes);
		*bytes += tuple_bytes;
	}
	return tam_header_encode(&header, version);
}

/* --- the virtual table --- */

static int
unpack_connect(sqlite3 *db, void *argument, int count, const char *const *arguments,
			   sqlite3_vtab **table, char **message)
{
	unpack_table *made;
	int			result = sqlite3_declare_vtab(db, "CREATE TABLE tam_unpack(row INT, version BLOB)");

	if (result != SQLITE_OK)
		return result;
	made = sqlite3_malloc(sizeof(unpack_table));
	if (made == NULL)
		return SQLITE_NOMEM;
	memset(made, 0, sizeof(unpack_table));
	made->store = argument;
	*table = &made->base;
	return SQLITE_OK;
}

static int
unpack_disconnect(sqlite3_vtab *table)
{
	sqlite3_free(table);
	return SQLITE_OK;
}

static int
unpack_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
	info->estimatedCost = 1000;
	info->estimatedRows = 1000;
	return SQLITE_OK;
}

static int
unpack_open(sqlite3_vtab *table, sqlite3_vtab_cursor **cursor)
{
	unpack_cursor *made = sqlite3_malloc(sizeof(unpack_cursor));

	if (made == NULL)
		return SQLITE_NOMEM;
	memset(&made->base, 0, sizeof(made->base));
	*cursor = &made->base;
	return SQLITE_OK;
}

static int
unpack_close(sqlite3_vtab_cursor *cursor)
{
	sqlite3_free(cursor);
	return SQLITE_OK;
}

static int
unpack_filter(sqlite3_vtab_cursor *cursor, int index, const char *text, int count,
			  sqlite3_value **arguments)
{
	tam_unpacking *unpacking = &((unpack_table *) cursor->pVtab)->store->unpacking;

	((unpack_cursor *) cursor)->entry = unpacking->entry;
	((unpack_cursor *) cursor)->remaining = unpacking->count;
	return SQLITE_OK;
}

static int
unpack_next(sqlite3_vtab_cursor *cursor)
{
	unpack_cursor *current = (unpack_cursor *) cursor;

	current->entry = next_entry(current->entry);
	current->remaining--;
	return SQLITE_OK;
}

static int
unpack_eof(sqlite3_vtab_cursor *cursor)
{
	return ((unpack_cursor *) cursor)->remaining <= 0;
}

static int
unpack_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column)
{
	unpack_cursor *current = (unpack_cursor *) cursor;
	const char *entry = current->entry;

	if (column == COLUMN_ROW)
		sqlite3_result_int64(context, read_int64(entry, TAM_BATCH_ROW));
	else
	{
		int			bytes;
		int			result = make_version(entry, current->version, &bytes);

		if (result != SQLITE_OK)
			return result;
		sqlite3_result_blob(context, current->version, bytes, SQLITE_STATIC);
	}
	return SQLITE_OK;
}

static int
unpack_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid)
{
	*rowid = read_int64(((unpack_cursor *) cursor)->entry, TAM_BATCH_ROW);
	return SQLITE_OK;
}

/* No xCreate: the table exists in every connection and in no file. */
static const sqlite3_module unpack_module = {
	.iVersion = 0,
	.xConnect = unpack_connect,
	.xBestIndex = unpack_best_index,
	.xDisconnect = unpack_disconnect,
	.xOpen = unpack_open,
	.xClose = unpack_close,
	.xFilter = unpack_filter,
	.xNext = unpack_next,
	.xEof = unpack_eof,
	.xColumn = unpack_column,
	.xRowid = unpack_rowid,
};

int
tam_unpack_register(tam_store *store)
{
	return sqlite3_create_module(store->db, "tam_unpack", &unpack_module, store);
}

/* --- inserting --- */

static int
insert_one(tam_store *store, const char *entry)
{
	unsigned char version[TAM_VERSION_BYTES];
	int			bytes;
	sqlite3_stmt *statement;
	int			result = make_version(entry, version, &bytes);

	if (result == SQLITE_OK)
		result = tam_store_statement(store, TAM_INSERT, &statement);
	if (result != SQLITE_OK)
		return result;
	sqlite3_bind_int64(statement, 1, read_int64(entry, TAM_BATCH_ROW));
	result = sqlite3_bind_blob(statement, 2, version, bytes, SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	result = tam_store_finish(statement, result);
	sqlite3_clear_bindings(statement);
	return result;
}

static int
insert_many(tam_store *store, const char *entry, int count)
{
	int			result;

	store->unpacking.entry = entry;
	store->unpacking.count = count;
	result = tam_store_run(store, TAM_INSERT_BATCH);
	store->unpacking.entry = NULL;
	store->unpacking.count = 0;
	return result;
}

/* Fills the zeros of a new row of large_tuple. */
static int
stream_large(tam_store *store, const char *entry)
{
	sqlite3_blob *blob = NULL;
	int			result = tam_large_open(store, read_int64(entry, TAM_BATCH_ROW), true, &blob);
	int			closed;

	if (result == SQLITE_OK)
		result = sqlite3_blob_write(blob, entry_tuple(entry), entry_tuple_bytes(entry), 0);
	closed = sqlite3_blob_close(blob);
	return result == SQLITE_OK ? closed : result;
}

static int
insert_large(tam_store *store, const char *entry)
{
	int			bytes = entry_tuple_bytes(entry);
	bool		streamed = bytes >= STREAMED_TUPLE;
	sqlite3_stmt *statement;
	int			result = tam_store_statement(store, TAM_INSERT_LARGE, &statement);

	if (result != SQLITE_OK)
		return result;
	sqlite3_bind_int64(statement, 1, read_int64(entry, TAM_BATCH_ROW));
	if (streamed)
		result = sqlite3_bind_zeroblob(statement, 2, bytes);
	else
		result = sqlite3_bind_blob(statement, 2, entry_tuple(entry), bytes, SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	result = tam_store_finish(statement, result);
	sqlite3_clear_bindings(statement);
	if (result == SQLITE_OK && streamed)
		result = stream_large(store, entry);
	return result;
}

/*
 * Inserts the first `count` rows of a write batch.  On error some of them may
 * be there: the caller rolls its transaction back.
 */
int
tam_store_insert(tam_store *store, const char *batch, int count)
{
	const char *entry = batch + TAM_BATCH_HEADER_SIZE;
	int			result = count == 1 ? insert_one(store, entry) : insert_many(store, entry, count);

	for (int i = 0; i < count && result == SQLITE_OK; i++)
	{
		if (entry_tuple_bytes(entry) > TAM_LARGE_TUPLE)
			result = insert_large(store, entry);
		entry = next_entry(entry);
	}
	return result;
}
