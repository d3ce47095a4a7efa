/*-------------------------------------------------------------------------
 *
 * tam_sqlite_natives.c
 *	  The natives of tamarack.sqliteheap.StoreNatives.
 *
 * Each one unpacks its arguments, calls one function of the store and throws
 * a StoreException when that failed.  Contracts stand in the Java class.
 *
 *-------------------------------------------------------------------------
 */
#include "tam_sqlite_store.h"

#include <limits.h>

SQLITE_EXTENSION_INIT3

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_tamarack_sqliteheap_StoreNatives_##name

#define MESSAGE_BYTES 512

static inline tam_store *
store_at(jlong address)
{
	return (tam_store *) (intptr_t) address;
}

/*
 * Copies a message for NewStringUTF, which wants no character outside the
 * basic plane: their bytes become '?'.
 */
static void
copy_message(char *target, const char *source)
{
	size_t		length = 0;
	bool		supplementary = false;

	for (; *source != '\0' && length < MESSAGE_BYTES - 1; source++)
	{
		unsigned char byte = *source;

		if ((byte & 0xC0) != 0x80)
			supplementary = byte >= 0xF0;
		target[length++] = supplementary ? '?' : byte;
	}
	target[length] = '\0';
}

/*
 * Throws a StoreException for a result code.  The message is SQLite's for this
 * connection when it is about the same failure.
 */
void
tam_store_throw(JNIEnv *env, tam_store *store, int result)
{
	const char *message = NULL;
	char		text[MESSAGE_BYTES];
	jclass		class;
	jmethodID	constructor;
	jstring		string;
	jobject		exception;

	if (store != NULL && (sqlite3_errcode(store->db) & 0xff) == (result & 0xff))
		message = sqlite3_errmsg(store->db);
	copy_message(text, message != NULL ? message : sqlite3_errstr(result));
	class = (*env)->FindClass(env, "tamarack/sqliteheap/StoreException");
	if (class == NULL)
		return;
	constructor = (*env)->GetMethodID(env, class, "<init>", "(ILjava/lang/String;)V");
	string = (*env)->NewStringUTF(env, text);
	if (constructor == NULL || string == NULL)
		return;
	exception = (*env)->NewObject(env, class, constructor, (jint) result, string);
	if (exception != NULL)
		(*env)->Throw(env, exception);
}

static inline void
check(JNIEnv *env, jlong store, int result)
{
	if (__builtin_expect(result != SQLITE_OK, 0))
		tam_store_throw(env, store_at(store), result);
}

/* --- opening and closing --- */

/*
 * Has sqlite-jdbc open a connection in memory, load this library into it by the
 * given SQL (UTF-8) and close it again: SQLite calls sqlite3_extension_init.
 *
 * The NativeDB is made without running its constructor, which would load the
 * hundred classes behind SQLiteConfig; its natives need none of that.
 */
NATIVE(void, loadExtension) (JNIEnv *env, jclass class, jbyteArray memory, jbyteArray sql)
{
	jclass		jdbc = (*env)->FindClass(env, "org/sqlite/core/NativeDB");
	jmethodID	open = jdbc ? (*env)->GetMethodID(env, jdbc, "_open_utf8", "([BI)V") : NULL;
	jmethodID	allow =
		open ? (*env)->GetMethodID(env, jdbc, "enable_load_extension", "(Z)I") : NULL;
	jmethodID	execute = allow ? (*env)->GetMethodID(env, jdbc, "_exec_utf8", "([B)I") : NULL;
	jmethodID	close = execute ? (*env)->GetMethodID(env, jdbc, "_close", "()V") : NULL;
	jobject		database = close ? (*env)->AllocObject(env, jdbc) : NULL;

	if (database == NULL)
		return;
	(*env)->CallVoidMethod(env, database, open, memory, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
	if (!(*env)->ExceptionCheck(env))
		(*env)->CallIntMethod(env, database, allow, (jboolean) true);
	if (!(*env)->ExceptionCheck(env))
		(*env)->CallIntMethod(env, database, execute, sql);
	if (!(*env)->ExceptionCheck(env))
		(*env)->CallVoidMethod(env, database, close);
}

/* Copies a path (UTF-8); false, with an exception pending, when it is too long. */
static bool
copy_path(JNIEnv *env, jbyteArray path, char *target)
{
	jsize		length = (*env)->GetArrayLength(env, path);

	if (length >= PATH_MAX)
	{
		tam_store_throw(env, NULL, SQLITE_CANTOPEN);
		return false;
	}
	(*env)->GetByteArrayRegion(env, path, 0, length, (jbyte *) target);
	target[length] = '\0';
	return true;
}

NATIVE(jlong, open) (JNIEnv *env, jclass class, jbyteArray path)
{
	char		file[PATH_MAX];
	tam_store  *store;
	int			result;

	if (!copy_path(env, path, file))
		return 0;
	result = tam_store_open(file, &store);
	if (result == SQLITE_OK)
		return (intptr_t) store;
	tam_store_throw(env, store, result);
	if (store != NULL)
		tam_store_close(store);
	return 0;
}

NATIVE(void, close) (JNIEnv *env, jclass class, jlong store)
{
	int			result = tam_store_close(store_at(store));

	if (result != SQLITE_OK)
		tam_store_throw(env, NULL, result);
}

NATIVE(void, copy) (JNIEnv *env, jclass class, jlong store, jbyteArray target)
{
	char		file[PATH_MAX];

	if (copy_path(env, target, file))
		check(env, store, tam_store_copy(store_at(store), file));
}

NATIVE(void, releaseMemory) (JNIEnv *env, jclass class, jlong store)
{
	tam_ahead_free(store_at(store));
	sqlite3_db_release_memory(store_at(store)->db);
}

NATIVE(void, busyTimeout) (JNIEnv *env, jclass class, jlong store, jint milliseconds)
{
	sqlite3_busy_timeout(store_at(store)->db, milliseconds);
}

/* --- transactions --- */

NATIVE(void, begin) (JNIEnv *env, jclass class, jlong store)
{
	int			result = tam_store_run(store_at(store), TAM_BEGIN);

	if (result == SQLITE_OK)
		tam_log_gather(store_at(store));
	check(env, store, result);
}

NATIVE(void, commit) (JNIEnv *env, jclass class, jlong store)
{
	check(env, store, tam_store_run(store_at(store), TAM_COMMIT));
}

/* Some errors (full disk, I/O, interrupt) have rolled back already. */
NATIVE(void, rollback) (JNIEnv *env, jclass class, jlong store)
{
	if (!sqlite3_get_autocommit(store_at(store)->db))
		check(env, store, tam_store_run(store_at(store), TAM_ROLLBACK));
}

NATIVE(jboolean, inTransaction) (JNIEnv *env, jclass class, jlong store)
{
	return !sqlite3_get_autocommit(store_at(store)->db);
}

/* --- rows --- */

NATIVE(jint, scan) (JNIEnv *env, jclass class, jlong store, jlong first, jlong last, jint max_rows,
					jboolean headers_only, jlong batch, jlong capacity)
{
	int			count = 0;

	check(env, store, tam_store_scan(store_at(store), first, last, max_rows, headers_only,
									 (char *) (intptr_t) batch, capacity, &count));
	return count;
}

NATIVE(jint, fetch) (JNIEnv *env, jclass class, jlong store, jlong row, jboolean headers_only,
					 jlong batch, jlong capacity)
{
	int			found = 0;

	check(env, store, tam_store_fetch(store_at(store), row, headers_only,
									  (char *) (intptr_t) batch, capacity, &found));
	return found;
}

NATIVE(void, insert) (JNIEnv *env, jclass class, jlong store, jlong batch, jint count)
{
	check(env, store, tam_store_insert(store_at(store), (const char *) (intptr_t) batch, count));
}

NATIVE(jboolean, setHeader) (JNIEnv *env, jclass class, jlong store, jlong row, jlong xmin,
							 jlong xmax, jlong state, jlong next)
{
	tam_header	header = {.xmin = xmin, .xmax = xmax, .state = state, .next = next};
	bool		found = false;

	check(env, store, tam_store_set_header(store_at(store), row, &header, &found));
	return found;
}

NATIVE(jint, delete) (JNIEnv *env, jclass class, jlong store, jlong rows, jint count)
{
	int			deleted = 0;

	check(env, store, tam_store_delete(store_at(store), (const int64_t *) (intptr_t) rows, count,
									   &deleted));
	return deleted;
}

NATIVE(void, vacuumStep) (JNIEnv *env, jclass class, jlong store, jlong first, jlong last,
					 jboolean remove, jlong area)
{
	check(env, store, tam_store_vacuum_step(store_at(store), first, last, remove,
									  (char *) (intptr_t) area));
}

NATIVE(void, truncate) (JNIEnv *env, jclass class, jlong store)
{
	check(env, store, tam_store_truncate(store_at(store)));
}

/* The number a one-row statement answers; `missing` for NULL. */
static jlong
query_number(JNIEnv *env, jlong store, tam_statement which, jlong missing)
{
	jlong		number = missing;
	sqlite3_stmt *statement;
	int			result = tam_store_statement(store_at(store), which, &statement);

	if (result == SQLITE_OK)
	{
		result = sqlite3_step(statement);
		if (result == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
			number = sqlite3_column_int64(statement, 0);
		result = tam_store_finish(statement, result);
	}
	check(env, store, result);
	return number;
}

NATIVE(jlong, maxRow) (JNIEnv *env, jclass class, jlong store)
{
	return query_number(env, store, TAM_MAX_ROW, -1);
}

NATIVE(jlong, countRows) (JNIEnv *env, jclass class, jlong store)
{
	return query_number(env, store, TAM_COUNT_ROWS, 0);
}

/* --- the log --- */

NATIVE(void, sync) (JNIEnv *env, jclass class, jlong store)
{
	check(env, store, tam_store_sync_log(store_at(store)));
}

NATIVE(jintArray, syncTogether) (JNIEnv *env, jclass class, jlongArray addresses)
{
	tam_store  *stores[TAM_SYNC_STORES];
	jlong		longs[TAM_SYNC_STORES];
	jint		results[TAM_SYNC_STORES];
	jsize		count = (*env)->GetArrayLength(env, addresses);
	jintArray	answer;

	if (count > TAM_SYNC_STORES)
		count = TAM_SYNC_STORES;
	(*env)->GetLongArrayRegion(env, addresses, 0, count, longs);
	for (int i = 0; i < count; i++)
		stores[i] = store_at(longs[i]);
	tam_store_sync_logs(stores, results, count);
	answer = (*env)->NewIntArray(env, count);
	if (answer != NULL)
		(*env)->SetIntArrayRegion(env, answer, 0, count, results);
	return answer;
}

NATIVE(void, syncDatabase) (JNIEnv *env, jclass class, jlong store)
{
	check(env, store, tam_store_sync_database(store_at(store)));
}

NATIVE(jint, walFrames) (JNIEnv *env, jclass class, jlong store)
{
	return store_at(store)->wal_frames;
}

NATIVE(jint, checkpoint) (JNIEnv *env, jclass class, jlong store, jint mode)
{
	int			frames = 0;
	int			copied = 0;
	int			result = sqlite3_wal_checkpoint_v2(store_at(store)->db, "main", mode, &frames,
												   &copied);

	if ((result & 0xff) == SQLITE_BUSY)
		return -1;
	check(env, store, result);
	if (result == SQLITE_OK && frames == copied)
		store_at(store)->wal_frames = 0;
	return frames - copied;
}

/* --- interrupts --- */

static int
poll_interrupt(void *argument)
{
	return *((tam_store *) argument)->interrupt != 0;
}

NATIVE(void, interruptFlag) (JNIEnv *env, jclass class, jlong store, jlong address)
{
	store_at(store)->interrupt = (volatile int *) (intptr_t) address;
	sqlite3_progress_handler(store_at(store)->db, address != 0 ? TAM_PROGRESS_STEPS : 0,
							 poll_interrupt, store_at(store));
}

/* --- other SQL --- */

/* Runs statements and appends the first column of their rows, a line each. */
static int
collect(tam_store *store, const char *sql, sqlite3_str *text)
{
	int			result = SQLITE_OK;

	while (result == SQLITE_OK && *sql != '\0')
	{
		sqlite3_stmt *statement = NULL;

		result = sqlite3_prepare_v2(store->db, sql, -1, &statement, &sql);
		while (result == SQLITE_OK && statement != NULL && sqlite3_step(statement) == SQLITE_ROW)
		{
			const char *value = (const char *) sqlite3_column_text(statement, 0);

			if (sqlite3_str_length(text) > 0)
				sqlite3_str_appendchar(text, 1, '\n');
			sqlite3_str_appendall(text, value != NULL ? value : "");
		}
		/* The result of the last step. */
		if (statement != NULL)
			result = sqlite3_finalize(statement);
	}
	return result;
}

NATIVE(jstring, query) (JNIEnv *env, jclass class, jlong store, jstring sql)
{
	const char *statement = (*env)->GetStringUTFChars(env, sql, NULL);
	sqlite3_str *text;
	jstring		lines = NULL;
	char	   *collected;
	int			result;

	if (statement == NULL)
		return NULL;
	text = sqlite3_str_new(store_at(store)->db);
	result = collect(store_at(store), statement, text);
	(*env)->ReleaseStringUTFChars(env, sql, statement);
	collected = sqlite3_str_finish(text);
	if (result != SQLITE_OK)
		tam_store_throw(env, store_at(store), result);
	else
		lines = (*env)->NewStringUTF(env, collected != NULL ? collected : "");
	sqlite3_free(collected);
	return lines;
}
