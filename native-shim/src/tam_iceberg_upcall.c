/*
 * tam_iceberg_upcall.c
 *	  From C into tamarack.iceberg.IcebergTables.
 *
 * The same rules as in tam_upcall.c, whose begin and end surround each call.
 * The class may come from a loader of its own, when the JVM was started for
 * another table: its methods are bound on first use.
 */
#include "postgres.h"

#include "access/xact.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "tam.h"
#include "tam_iceberg_upcall.h"

#define ADDITION "iceberg"

typedef struct MethodName
{
	const char *name;
	const char *signature;
} MethodName;

static const MethodName method_names[TAM_ICEBERG_METHOD_COUNT] = {
	[TAM_ICEBERG_MAP_COLUMN] = {"mapColumn", "([B)[B"},
	[TAM_ICEBERG_CHECK_OPTION] = {"checkOption", "(Ljava/lang/String;Ljava/lang/String;)V"},
	[TAM_ICEBERG_IS_OPTION] = {"isOption", "(Ljava/lang/String;)Z"},
	[TAM_ICEBERG_CHECK_TABLE] = {"checkTable", "([B)V"},
	[TAM_ICEBERG_OPEN_SCAN] = {"openScan", "([B)J"},
	[TAM_ICEBERG_NEXT_BATCH] = {"nextBatch", "(J)J"},
	[TAM_ICEBERG_REWIND_SCAN] = {"rewindScan", "(J)V"},
	[TAM_ICEBERG_FETCH_ROW] = {"fetchRow", "(JJ)I"},
	[TAM_ICEBERG_FETCHED_BATCH] = {"fetchedBatch", "(J)J"},
	[TAM_ICEBERG_SCAN_COUNTERS] = {"scanCounters", "(JJ)V"},
	[TAM_ICEBERG_CLOSE_SCAN] = {"closeScan", "(J)V"},
	[TAM_ICEBERG_PRUNE_FILES] = {"pruneFiles", "([B)[B"},
	[TAM_ICEBERG_OPEN_WRITER] = {"openWriter", "([B)J"},
	[TAM_ICEBERG_WRITER_BATCH] = {"writerBatch", "(J)J"},
	[TAM_ICEBERG_WRITE] = {"write", "(JJ)V"},
	[TAM_ICEBERG_FINISH_WRITER] = {"finishWriter", "(J)[B"},
	[TAM_ICEBERG_CLOSE_WRITER] = {"closeWriter", "(J)V"},
	[TAM_ICEBERG_PUBLISH] = {"publish", "([B)[B"},
	[TAM_ICEBERG_CLOSE_ALL] = {"closeAll", "()I"},
};

static jclass tables = NULL;
static jmethodID methods[TAM_ICEBERG_METHOD_COUNT];

/* Scans and writers go with their memory contexts; what has none left goes here, before callbacks registered earlier. */
static void
end_of_transaction(XactEvent event, void *argument)
{
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
			tam_iceberg_close_all();
			break;
		default:
			break;
	}
}

static void
bind(JNIEnv *env)
{
	jclass		found = tam_upcall_find_class("tamarack.iceberg.IcebergTables", tam_jvm_installed_options(ADDITION));

	for (int i = 0; i < TAM_ICEBERG_METHOD_COUNT; i++)
	{
		methods[i] = (*env)->GetStaticMethodID(env, found, method_names[i].name, method_names[i].signature);
		if (methods[i] == NULL)
			tam_error_raise(env);
	}
	RegisterXactCallback(end_of_transaction, NULL);
	tables = found;
}

static JNIEnv *
begin(void)
{
	if (unlikely(tables == NULL))
		bind(tam_jvm_env_for(ADDITION));
	return tam_upcall_begin();
}

/* --- messages ---------------------------------------------------------------- */

/* NULL when Java has no memory for it; the exception is pending then. */
static jbyteArray
to_java(JNIEnv *env, StringInfo message)
{
	jbyteArray	bytes = (*env)->NewByteArray(env, message->len);

	if (bytes != NULL)
		(*env)->SetByteArrayRegion(env, bytes, 0, message->len, (const jbyte *) message->data);
	return bytes;
}

static StringInfo
from_java(JNIEnv *env, jbyteArray bytes)
{
	int			length = (*env)->GetArrayLength(env, bytes);
	StringInfo	message = makeStringInfo();

	enlargeStringInfo(message, length);
	(*env)->GetByteArrayRegion(env, bytes, 0, length, (jbyte *) message->data);
	message->len = length;
	message->data[length] = '\0';
	(*env)->DeleteLocalRef(env, bytes);
	return message;
}

void
tam_iceberg_send_string(StringInfo message, const char *text)
{
	char	   *utf8;

	if (text == NULL)
	{
		pq_sendint32(message, -1);
		return;
	}
	utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);
	tam_iceberg_send_bytes(message, utf8, strlen(utf8));
	if (utf8 != text)
		pfree(utf8);
}

void
tam_iceberg_send_bytes(StringInfo message, const void *bytes, int length)
{
	pq_sendint32(message, bytes == NULL ? -1 : length);
	if (bytes != NULL)
		pq_sendbytes(message, bytes, length);
}

char *
tam_iceberg_get_string(StringInfo message)
{
	int			length = pq_getmsgint(message, 4);
	char	   *utf8;

	if (length < 0)
		return NULL;
	utf8 = pnstrdup(pq_getmsgbytes(message, length), length);
	return pg_any_to_server(utf8, length, PG_UTF8);
}

bytea *
tam_iceberg_get_bytes(StringInfo message)
{
	int			length = pq_getmsgint(message, 4);
	bytea	   *bytes;

	if (length < 0)
		return NULL;
	bytes = palloc(length + VARHDRSZ);
	SET_VARSIZE(bytes, length + VARHDRSZ);
	memcpy(VARDATA(bytes), pq_getmsgbytes(message, length), length);
	return bytes;
}

/* --- calls ------------------------------------------------------------------- */

StringInfo
tam_iceberg_ask(TamIcebergMethod method, StringInfo message)
{
	JNIEnv	   *env = begin();
	jvalue		argument = {.l = to_java(env, message)};
	jbyteArray	answer = NULL;

	if (argument.l != NULL)
		answer = (*env)->CallStaticObjectMethodA(env, tables, methods[method], &argument);
	(*env)->DeleteLocalRef(env, argument.l);
	tam_upcall_end(env);
	return from_java(env, answer);
}

void
tam_iceberg_tell(TamIcebergMethod method, StringInfo message)
{
	JNIEnv	   *env = begin();
	jvalue		argument = {.l = to_java(env, message)};

	if (argument.l != NULL)
		(*env)->CallStaticVoidMethodA(env, tables, methods[method], &argument);
	(*env)->DeleteLocalRef(env, argument.l);
	tam_upcall_end(env);
}

int64
tam_iceberg_open(TamIcebergMethod method, StringInfo message)
{
	JNIEnv	   *env = begin();
	jvalue		argument = {.l = to_java(env, message)};
	jlong		handle = 0;

	if (argument.l != NULL)
		handle = (*env)->CallStaticLongMethodA(env, tables, methods[method], &argument);
	(*env)->DeleteLocalRef(env, argument.l);
	tam_upcall_end(env);
	return handle;
}

char *
tam_iceberg_address(TamIcebergMethod method, int64 handle)
{
	JNIEnv	   *env = begin();
	jvalue		argument = {.j = handle};
	jlong		address = (*env)->CallStaticLongMethodA(env, tables, methods[method], &argument);

	tam_upcall_end(env);
	return (char *) (intptr_t) address;
}

StringInfo
tam_iceberg_answer(TamIcebergMethod method, int64 handle)
{
	JNIEnv	   *env = begin();
	jvalue		argument = {.j = handle};
	jbyteArray	answer = (*env)->CallStaticObjectMethodA(env, tables, methods[method], &argument);

	tam_upcall_end(env);
	return from_java(env, answer);
}

void
tam_iceberg_do(TamIcebergMethod method, int64 handle, int64 argument)
{
	JNIEnv	   *env = begin();
	jvalue		arguments[2] = {{.j = handle}, {.j = argument}};

	(*env)->CallStaticVoidMethodA(env, tables, methods[method], arguments);
	tam_upcall_end(env);
}

int
tam_iceberg_fetch_row(int64 handle, int64 row)
{
	JNIEnv	   *env = begin();
	jvalue		arguments[2] = {{.j = handle}, {.j = row}};
	jint		index = (*env)->CallStaticIntMethodA(env, tables, methods[TAM_ICEBERG_FETCH_ROW], arguments);

	tam_upcall_end(env);
	return index;
}

void
tam_iceberg_check_option(const char *name, const char *value)
{
	JNIEnv	   *env = begin();
	jvalue		arguments[2];

	arguments[0].l = tam_upcall_new_string(name);
	arguments[1].l = tam_upcall_new_string(value);
	if (!(*env)->ExceptionCheck(env))
		(*env)->CallStaticVoidMethodA(env, tables, methods[TAM_ICEBERG_CHECK_OPTION], arguments);
	(*env)->DeleteLocalRef(env, arguments[0].l);
	(*env)->DeleteLocalRef(env, arguments[1].l);
	tam_upcall_end(env);
}

bool
tam_iceberg_is_option(const char *name)
{
	JNIEnv	   *env = begin();
	jvalue		argument = {.l = tam_upcall_new_string(name)};
	bool		result = false;

	if (argument.l != NULL)
		result = (*env)->CallStaticBooleanMethodA(env, tables, methods[TAM_ICEBERG_IS_OPTION], &argument);
	(*env)->DeleteLocalRef(env, argument.l);
	tam_upcall_end(env);
	return result;
}

/* --- closing ----------------------------------------------------------------- */

/*
 * An abort, or the reset of a memory context, is no place for errors: not even
 * for one that is caught, for the caller may be handling another.
 */
static void
log_exception(JNIEnv *env, const char *what)
{
	if (!(*env)->ExceptionCheck(env))
		return;
	(*env)->ExceptionClear(env);
	ereport(LOG,
			(errmsg("iceberg: Java could not %s", what)));
}

void
tam_iceberg_close(TamIcebergMethod method, int64 handle)
{
	JNIEnv	   *env;
	jvalue		argument = {.j = handle};

	if (tables == NULL || handle == 0)
		return;
	env = tam_jvm_env();
	HOLD_INTERRUPTS();
	(*env)->CallStaticVoidMethodA(env, tables, methods[method], &argument);
	log_exception(env, method == TAM_ICEBERG_CLOSE_SCAN ? "close a scan" : "close a writer");
	RESUME_INTERRUPTS();
}

void
tam_iceberg_close_all(void)
{
	JNIEnv	   *env;

	if (tables == NULL)
		return;
	env = tam_jvm_env();
	HOLD_INTERRUPTS();
	(*env)->CallStaticIntMethodA(env, tables, methods[TAM_ICEBERG_CLOSE_ALL], NULL);
	log_exception(env, "close scans and writers");
	RESUME_INTERRUPTS();
}
