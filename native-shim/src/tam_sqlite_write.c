/*-------------------------------------------------------------------------
 *
 * tam_sqlite_write.c
 *	  Changing and removing row versions.
 *
 * Rows are removed by one statement that walks over their range and asks
 * tam_doomed(rowid), when they lie close together (VACUUM), else one by one.
 *
 *-------------------------------------------------------------------------
 */
#include "tam_sqlite_store.h"

#include <stdlib.h>

SQLITE_EXTENSION_INIT3

/* Walking over this many rows costs about as much as looking one up. */
#define ROWS_PER_LOOKUP 8

/* tam_with_header(version): the row version with the new header. */
static void
with_header(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	tam_new_header *new_header = &((tam_store *) sqlite3_user_data(context))->new_header;
	const unsigned char *version = sqlite3_value_blob(arguments[0]);
	int			bytes = sqlite3_value_bytes(arguments[0]);
	unsigned char changed[TAM_VERSION_BYTES];

	if (bytes < TAM_HEADER_BYTES || bytes > TAM_VERSION_BYTES)
	{
		sqlite3_result_error_code(context, SQLITE_CORRUPT);
		return;
	}
	memcpy(changed, new_header->bytes, TAM_HEADER_BYTES);
	memcpy(changed + TAM_HEADER_BYTES, version + TAM_HEADER_BYTES, bytes - TAM_HEADER_BYTES);
	new_header->used = true;
	sqlite3_result_blob(context, changed, bytes, SQLITE_TRANSIENT);
}

/*
 * Overwrites the header of a row version, in place.
 */
int
tam_store_set_header(tam_store *store, int64_t row, const tam_header *header, bool *found)
{
	sqlite3_stmt *statement;
	int			result = tam_header_encode(header, store->new_header.bytes);

	if (result == SQLITE_OK)
		result = tam_store_statement(store, TAM_SET_HEADER, &statement);
	if (result != SQLITE_OK)
		return result;
	store->new_header.used = false;
	sqlite3_bind_int64(statement, 1, row);
	result = tam_store_finish(statement, sqlite3_step(statement));
	*found = result == SQLITE_OK && store->new_header.used;
	return result;
}

/* tam_doomed(rowid): is this row to be deleted?  Asked in ascending order. */
static void
doomed(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	tam_doom   *doom = &((tam_store *) sqlite3_user_data(context))->doom;
	int64_t		row = sqlite3_value_int64(arguments[0]);

	while (doom->position < doom->count && doom->rows[doom->position] < row)
		doom->position++;
	sqlite3_result_int(context, doom->position < doom->count && doom->rows[doom->position] == row);
}

int
tam_write_register(tam_store *store)
{
	int			flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
	int			result;

	result = sqlite3_create_function_v2(store->db, "tam_doomed", 1, flags, store, doomed, NULL, NULL,
										NULL);
	if (result == SQLITE_OK)
		result = sqlite3_create_function_v2(store->db, "tam_with_header", 1, flags, store,
											with_header, NULL, NULL, NULL);
	return result;
}

static int
delete_singly(tam_store *store, const int64_t *rows, int count, int *deleted)
{
	sqlite3_stmt *statement;
	int			result = tam_store_statement(store, TAM_DELETE, &statement);

	for (int i = 0; i < count && result == SQLITE_OK; i++)
	{
		sqlite3_bind_int64(statement, 1, rows[i]);
		result = tam_store_finish(statement, sqlite3_step(statement));
		if (result == SQLITE_OK)
			*deleted += sqlite3_changes(store->db);
	}
	return result;
}

/* Deletes the ascending rows by walking over their range in one of our two tables. */
static int
delete_range(tam_store *store, tam_statement which, const int64_t *rows, int count, int *deleted)
{
	sqlite3_stmt *statement;
	int			result = tam_store_statement(store, which, &statement);

	if (result != SQLITE_OK)
		return result;
	store->doom = (tam_doom) {.rows = rows, .count = count};
	sqlite3_bind_int64(statement, 1, rows[0]);
	sqlite3_bind_int64(statement, 2, rows[count - 1]);
	result = tam_store_finish(statement, sqlite3_step(statement));
	store->doom = (tam_doom) {0};
	if (result == SQLITE_OK)
		*deleted += sqlite3_changes(store->db);
	return result;
}

/*
 * Deletes the large tuples of ascending rows, most of which have none.
 */
int
tam_store_delete_large(tam_store *store, const int64_t *rows, int count)
{
	int			large = 0;

	return delete_range(store, TAM_DELETE_LARGE, rows, count, &large);
}

static int
delete_ascending(tam_store *store, const int64_t *rows, int count, int *deleted)
{
	int			result;

	if ((rows[count - 1] - rows[0]) / count < ROWS_PER_LOOKUP)
		result = delete_range(store, TAM_DELETE_RANGE, rows, count, deleted);
	else
		result = delete_singly(store, rows, count, deleted);
	if (result == SQLITE_OK)
		result = tam_store_delete_large(store, rows, count);
	return result;
}

static int
compare_rows(const void *left, const void *right)
{
	int64_t		a = *(const int64_t *) left;
	int64_t		b = *(const int64_t *) right;

	return (a > b) - (a < b);
}

static bool
is_ascending(const int64_t *rows, int count)
{
	for (int i = 1; i < count; i++)
		if (rows[i - 1] > rows[i])
			return false;
	return true;
}

/*
 * Deletes rows, in any order; those that do not exist are passed over.
 */
int
tam_store_delete(tam_store *store, const int64_t *rows, int count, int *deleted)
{
	size_t		bytes = sizeof(int64_t) * count;
	int64_t    *sorted;
	int			result;

	*deleted = 0;
	if (count <= 0)
		return SQLITE_OK;
	if (is_ascending(rows, count))
		return delete_ascending(store, rows, count, deleted);
	sorted = sqlite3_malloc64(bytes);
	if (sorted == NULL)
		return SQLITE_NOMEM;
	memcpy(sorted, rows, bytes);
	qsort(sorted, count, sizeof(int64_t), compare_rows);
	result = delete_ascending(store, sorted, count, deleted);
	sqlite3_free(sorted);
	return result;
}

/*
 * Deletes all rows.
 */
int
tam_store_truncate(tam_store *store)
{
	int			result = sqlite3_exec(store->db, "DELETE FROM row_version", NULL, NULL, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_exec(store->db, "DELETE FROM large_tuple", NULL, NULL, NULL);
	return result;
}
