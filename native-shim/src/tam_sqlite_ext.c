/*-------------------------------------------------------------------------
 *
 * tam_sqlite_ext.c
 *	  Entry point of the SQLite extension, and the life of a store: one SQLite
 *	  connection with the statements we keep for it.
 *
 * SQLite's functions are hidden inside sqlite-jdbc's library; only an extension
 * that is loaded into a connection is given a table of them.  So sqlite-jdbc
 * opens one connection per process and loads us into it (SqliteLibrary.java);
 * with the table all further connections are opened here.
 *
 * Every statement is reset as soon as it has done its work, so that no read
 * transaction outlives a call.
 *
 *-------------------------------------------------------------------------
 */
#include "tam_sqlite_store.h"

SQLITE_EXTENSION_INIT1

/* How long to wait for another connection's lock, unless told otherwise. */
#define TAM_BUSY_MILLISECONDS 10000

/* The file exists, and one thread at a time uses the connection. */
#define OPEN_FLAGS (SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX)

/*
 * A failed INSERT of several rows would need a journal of its own to undo just
 * this statement; our callers roll the transaction back anyway, hence OR FAIL.
 */
static const char *const statement_text[TAM_STATEMENTS] = {
	[TAM_BEGIN] = "BEGIN IMMEDIATE",
	[TAM_COMMIT] = "COMMIT",
	[TAM_ROLLBACK] = "ROLLBACK",
	[TAM_SCAN] = "SELECT 1 FROM row_version WHERE rowid >= ?1 AND tam_pack(rowid, version)",
	[TAM_FETCH] = "SELECT tam_pack(rowid, version) FROM row_version WHERE rowid = ?1",
	[TAM_INSERT] = "INSERT OR FAIL INTO row_version(rowid, version) VALUES (?1, ?2)",
	[TAM_INSERT_BATCH] =
		"INSERT OR FAIL INTO row_version(rowid, version) SELECT row, version FROM tam_unpack",
	[TAM_INSERT_LARGE] = "INSERT OR FAIL INTO large_tuple(rowid, tuple) VALUES (?1, ?2)",
	[TAM_SET_HEADER] =
		"UPDATE OR FAIL row_version SET version = tam_with_header(version) WHERE rowid = ?1",
	[TAM_DELETE] = "DELETE FROM row_version WHERE rowid = ?1",
	[TAM_DELETE_RANGE] =
		"DELETE FROM row_version WHERE rowid BETWEEN ?1 AND ?2 AND tam_doomed(rowid)",
	[TAM_DELETE_LARGE] =
		"DELETE FROM large_tuple WHERE rowid BETWEEN ?1 AND ?2 AND tam_doomed(rowid)",
	[TAM_STEP_LOOK] =
		"SELECT 1 FROM row_version WHERE rowid BETWEEN ?1 AND ?2 AND tam_vacuum_row(rowid, version) < 0",
	[TAM_STEP_REMOVE] =
		"DELETE FROM row_version WHERE rowid BETWEEN ?1 AND ?2 AND tam_vacuum_row(rowid, version)",
	[TAM_MAX_ROW] = "SELECT max(rowid) FROM row_version",
	[TAM_COUNT_ROWS] = "SELECT count(*) FROM row_version",
};

/*
 * Gets a prepared statement, ready for binding.
 */
int
tam_store_statement(tam_store *store, tam_statement which, sqlite3_stmt **statement)
{
	int			result = SQLITE_OK;

	if (store->statements[which] == NULL)
		result = sqlite3_prepare_v3(store->db, statement_text[which], -1, SQLITE_PREPARE_PERSISTENT,
									&store->statements[which], NULL);
	*statement = store->statements[which];
	return result;
}

/*
 * Ends the use of a statement.  result is what came before: SQLITE_OK,
 * SQLITE_ROW and SQLITE_DONE are good, anything else wins over what the reset
 * says.  Returns SQLITE_OK or the error.
 */
int
tam_store_finish(sqlite3_stmt *statement, int result)
{
	int			reset = sqlite3_reset(statement);

	if (result != SQLITE_OK && result != SQLITE_ROW && result != SQLITE_DONE)
		return result;
	return reset;
}

/*
 * Runs a statement without parameters and without interest in its rows.
 */
int
tam_store_run(tam_store *store, tam_statement which)
{
	sqlite3_stmt *statement;
	int			result = tam_store_statement(store, which, &statement);

	if (result != SQLITE_OK)
		return result;
	return tam_store_finish(statement, sqlite3_step(statement));
}

/* Called by SQLite after each commit, with the length of the log. */
static int
count_wal_frames(void *argument, sqlite3 *db, const char *schema, int frames)
{
	((tam_store *) argument)->wal_frames = frames;
	return SQLITE_OK;
}

/* Makes our functions known to a connection and sets what every connection needs. */
static int
prepare_connection(tam_store *store)
{
	int			result = tam_pack_register(store);

	if (result == SQLITE_OK)
		result = tam_unpack_register(store);
	if (result == SQLITE_OK)
		result = tam_write_register(store);
	if (result == SQLITE_OK)
		result = tam_vacuum_register(store);
	if (result == SQLITE_OK)
		result = sqlite3_extended_result_codes(store->db, 1);
	/* From the very first look at the file: another session may be recovering its log. */
	if (result == SQLITE_OK)
		result = sqlite3_busy_timeout(store->db, TAM_BUSY_MILLISECONDS);
	/* We checkpoint ourselves, when no other session waits for the file. */
	if (result == SQLITE_OK)
		result = sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_wal_hook(store->db, count_wal_frames, store);
	return result;
}

/*
 * Opens a file that exists.  The connection has no mutex: one thread at a time
 * uses it.  Whatever this returns, *store is to be closed unless it is NULL.
 */
int
tam_store_open(const char *path, tam_store **store)
{
	int			result;

	*store = NULL;
	if (sqlite3_api == NULL)
		return SQLITE_MISUSE;
	*store = sqlite3_malloc(sizeof(tam_store));
	if (*store == NULL)
		return SQLITE_NOMEM;
	memset(*store, 0, sizeof(tam_store));
	(*store)->ahead.last = -1;
	result = sqlite3_open_v2(path, &(*store)->db, OPEN_FLAGS, NULL);
	if (result == SQLITE_OK)
		result = prepare_connection(*store);
	return result;
}

/*
 * Closes the connection and frees the store, whatever it returns.
 */
int
tam_store_close(tam_store *store)
{
	int			result;

	for (int which = 0; which < TAM_STATEMENTS; which++)
		sqlite3_finalize(store->statements[which]);
	tam_ahead_free(store);
	result = sqlite3_close(store->db);
	sqlite3_free(store);
	return result;
}

/*
 * Copies the whole database, as one transaction sees it, into a file that
 * exists and is empty.
 */
int
tam_store_copy(tam_store *store, const char *target)
{
	sqlite3    *copy = NULL;
	sqlite3_backup *backup = NULL;
	int			result = sqlite3_open_v2(target, &copy, OPEN_FLAGS, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_exec(copy, "PRAGMA synchronous=OFF;PRAGMA journal_mode=OFF", NULL, NULL,
							  NULL);
	if (result == SQLITE_OK)
	{
		backup = sqlite3_backup_init(copy, "main", store->db, "main");
		result = backup == NULL ? sqlite3_extended_errcode(copy) : sqlite3_backup_step(backup, -1);
		sqlite3_backup_finish(backup);
	}
	sqlite3_close(copy);
	return result == SQLITE_DONE ? SQLITE_OK : result;
}

/*
 * Entry point: SQLite calls this when the extension is loaded.
 */
__attribute__((visibility("default"))) int
sqlite3_extension_init(sqlite3 *db, char **message, const sqlite3_api_routines *api)
{
	SQLITE_EXTENSION_INIT2(api);
	return SQLITE_OK_LOAD_PERMANENTLY;
}
