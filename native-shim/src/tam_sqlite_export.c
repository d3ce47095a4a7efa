/*-------------------------------------------------------------------------
 *
 * tam_sqlite_export.c
 *	  The natives of tamarack.sqliteheap.Export: rows in memory into a plain
 *	  SQLite database, one table in one transaction.
 *
 * Cells are laid out as tamarack.tuple.ExportLayout says.  Values are bound
 * where they lie and copied once, by SQLite.
 *
 *-------------------------------------------------------------------------
 */
#include "tam_sqlite_store.h"

#include <limits.h>

SQLITE_EXTENSION_INIT3

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_tamarack_sqliteheap_Export_##name

typedef struct tam_export
{
	tam_store  *store;
	sqlite3_stmt *insert;
} tam_export;

static inline tam_export *
export_at(jlong handle)
{
	return (tam_export *) (intptr_t) handle;
}

static inline const char *
cell_at(const char *cells, int64_t index)
{
	return cells + index * TAM_EXPORT_CELL_SIZE;
}

#define CELL_INT(cell, field) (*(const int32_t *) ((cell) + TAM_EXPORT_##field))
#define CELL_LONG(cell) (*(const int64_t *) ((cell) + TAM_EXPORT_VALUE))
#define CELL_DOUBLE(cell) (*(const double *) ((cell) + TAM_EXPORT_VALUE))
#define CELL_BYTES(cell) ((const char *) (intptr_t) CELL_LONG(cell))

/* --- opening and closing --- */

/* The text of a cell with a NUL at its end; NULL when there is no memory. */
static char *
cell_text(const char *cell)
{
	return sqlite3_mprintf("%.*s", (int) CELL_INT(cell, LENGTH), CELL_BYTES(cell));
}

/* No journal: who writes a new file throws it away after a failure. */
static int
begin(tam_export *export, const char *create, const char *insert)
{
	sqlite3    *db = export->store->db;
	int			result = sqlite3_exec(db, "PRAGMA journal_mode=OFF;PRAGMA synchronous=OFF;BEGIN", NULL, NULL, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_exec(db, create, NULL, NULL, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_prepare_v3(db, insert, -1, SQLITE_PREPARE_PERSISTENT, &export->insert, NULL);
	return result;
}

static void
release(tam_export *export)
{
	sqlite3_finalize(export->insert);
	if (export->store != NULL)
		tam_store_close(export->store);
	sqlite3_free(export);
}

NATIVE(jlong, openNative) (JNIEnv *env, jclass class, jlong cells)
{
	const char *texts = (const char *) (intptr_t) cells;
	char	   *path = cell_text(cell_at(texts, 0));
	char	   *create = cell_text(cell_at(texts, 1));
	char	   *insert = cell_text(cell_at(texts, 2));
	tam_export *export = sqlite3_malloc(sizeof(tam_export));
	int			result = SQLITE_NOMEM;

	if (export != NULL)
		*export = (tam_export) {NULL, NULL};
	if (export != NULL && path != NULL && create != NULL && insert != NULL)
		result = tam_store_open(path, &export->store);
	if (result == SQLITE_OK)
		result = begin(export, create, insert);
	sqlite3_free(path);
	sqlite3_free(create);
	sqlite3_free(insert);
	if (result == SQLITE_OK)
		return (intptr_t) export;
	tam_store_throw(env, export != NULL ? export->store : NULL, result);
	if (export != NULL)
		release(export);
	return 0;
}

NATIVE(void, commitNative) (JNIEnv *env, jclass class, jlong handle)
{
	tam_export *export = export_at(handle);
	int			result = sqlite3_exec(export->store->db, "COMMIT", NULL, NULL, NULL);

	if (result != SQLITE_OK)
	{
		tam_store_throw(env, export->store, result);
		return;
	}
	release(export);
}

NATIVE(void, abandonNative) (JNIEnv *env, jclass class, jlong handle)
{
	release(export_at(handle));
}

/* --- rows --- */

static int
bind(sqlite3_stmt *statement, int parameter, const char *cell)
{
	switch (CELL_INT(cell, KIND))
	{
		case TAM_EXPORT_KIND_INTEGER:
			return sqlite3_bind_int64(statement, parameter, CELL_LONG(cell));
		case TAM_EXPORT_KIND_REAL:
			return sqlite3_bind_double(statement, parameter, CELL_DOUBLE(cell));
		case TAM_EXPORT_KIND_TEXT:
			return sqlite3_bind_text(statement, parameter, CELL_BYTES(cell), CELL_INT(cell, LENGTH), SQLITE_STATIC);
		case TAM_EXPORT_KIND_BLOB:
			return sqlite3_bind_blob(statement, parameter, CELL_BYTES(cell), CELL_INT(cell, LENGTH), SQLITE_STATIC);
		default:
			return sqlite3_bind_null(statement, parameter);
	}
}

static int
insert_row(sqlite3_stmt *statement, const char *cells, int columns)
{
	int			result = SQLITE_OK;

	for (int column = 0; column < columns && result == SQLITE_OK; column++)
		result = bind(statement, column + 1, cell_at(cells, column));
	if (result != SQLITE_OK)
		return result;
	return tam_store_finish(statement, sqlite3_step(statement));
}

NATIVE(void, insertNative) (JNIEnv *env, jclass class, jlong handle, jlong cells, jint columns, jint rows)
{
	tam_export *export = export_at(handle);
	const char *first = (const char *) (intptr_t) cells;
	int			result = SQLITE_OK;

	for (int64_t row = 0; row < rows && result == SQLITE_OK; row++)
		result = insert_row(export->insert, cell_at(first, row * columns), columns);
	if (result != SQLITE_OK)
		tam_store_throw(env, export->store, result);
}
