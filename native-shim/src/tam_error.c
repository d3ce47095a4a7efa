/*
 * tam_error.c
 *	  The error bridge between PostgreSQL and Java; the only place where one
 *	  kind of error becomes the other.
 *
 * A PostgreSQL error raised under Java is caught, kept here as ErrorData and
 * announced to Java by a ServerException. When control is back in C the very
 * same error is raised again, whatever Java did with the exception. Until
 * then every further downcall is refused: after an error nobody cleaned up,
 * PostgreSQL's state is good for an abort only.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "tam.h"

/* The error that is on its way through Java, or NULL. */
static ErrorData *pending_error = NULL;
static MemoryContext error_context = NULL;

static jclass server_exception;
static jmethodID server_exception_new;
static jclass tamarack_exception;
static jmethodID exception_sqlstate;
static jmethodID exception_detail;
static jmethodID exception_hint;
static jclass interrupted_exception;
static jclass out_of_memory_error;
static jclass stack_overflow_error;
static jclass object_class;
static jmethodID object_to_string;
static jclass throwable_class;
static jmethodID throwable_cause;
static jmethodID throwable_message;

static jclass
find_class(JNIEnv *env, const char *name)
{
	jclass		local = (*env)->FindClass(env, name);
	jclass		global;

	if (local == NULL)
	{
		(*env)->ExceptionClear(env);
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("Java class \"%s\" cannot be loaded", name),
				 errhint("The jars of Tamarack do not fit its shared library: install it again.")));
	}
	global = (*env)->NewGlobalRef(env, local);
	(*env)->DeleteLocalRef(env, local);
	return global;
}

static jmethodID
find_method(JNIEnv *env, jclass owner, const char *name, const char *signature)
{
	jmethodID	method = (*env)->GetMethodID(env, owner, name, signature);

	if (method == NULL)
	{
		(*env)->ExceptionClear(env);
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("Java method \"%s%s\" is missing", name, signature),
				 errhint("The jars of Tamarack do not fit its shared library: install it again.")));
	}
	return method;
}

/* Looks up what the bridge needs, once, so that no look-up can fail later. */
void
tam_error_bind(JNIEnv *env)
{
	server_exception = find_class(env, "tamarack/backend/ServerException");
	server_exception_new = find_method(env, server_exception, "<init>",
									   "(Ljava/lang/String;Ljava/lang/String;)V");
	tamarack_exception = find_class(env, "tamarack/backend/TamarackException");
	exception_sqlstate = find_method(env, tamarack_exception, "sqlState", "()Ljava/lang/String;");
	exception_detail = find_method(env, tamarack_exception, "detail", "()Ljava/lang/String;");
	exception_hint = find_method(env, tamarack_exception, "hint", "()Ljava/lang/String;");
	interrupted_exception = find_class(env, "tamarack/backend/InterruptedByServer");
	out_of_memory_error = find_class(env, "java/lang/OutOfMemoryError");
	stack_overflow_error = find_class(env, "java/lang/StackOverflowError");
	object_class = find_class(env, "java/lang/Object");
	object_to_string = find_method(env, object_class, "toString", "()Ljava/lang/String;");
	throwable_class = find_class(env, "java/lang/Throwable");
	throwable_cause = find_method(env, throwable_class, "getCause", "()Ljava/lang/Throwable;");
	throwable_message = find_method(env, throwable_class, "getMessage", "()Ljava/lang/String;");
}

void
tam_error_forget(void)
{
	pending_error = NULL;
	if (error_context != NULL)
		MemoryContextReset(error_context);
}

/* --- PostgreSQL to Java --------------------------------------------------- */

static void
throw_pending(JNIEnv *env)
{
	jstring		sqlstate;
	jstring		message;
	jobject		exception = NULL;

	if ((*env)->ExceptionCheck(env))
		return;
	sqlstate = (*env)->NewStringUTF(env, unpack_sql_state(pending_error->sqlerrcode));
	/* The text is for Java's eyes only: the ErrorData keeps the real one. */
	message = sqlstate == NULL ? NULL : tam_upcall_new_string(pending_error->message);
	if (message != NULL)
		exception = (*env)->NewObject(env, server_exception, server_exception_new, sqlstate, message);
	if (exception != NULL)
		(*env)->Throw(env, (jthrowable) exception);
	else if (!(*env)->ExceptionCheck(env))
		(*env)->ThrowNew(env, server_exception, NULL);
}

static void
keep_error(MemoryContext caller)
{
	if (error_context == NULL)
		error_context = AllocSetContextCreate(TopMemoryContext, "tamarack error",
											  ALLOCSET_SMALL_SIZES);
	MemoryContextSwitchTo(error_context);
	pending_error = CopyErrorData();
	FlushErrorState();
	MemoryContextSwitchTo(caller);
}

bool
tam_error_guard(JNIEnv *env, tam_guarded body, void *argument)
{
	MemoryContext caller = CurrentMemoryContext;
	uint32		holdoff = InterruptHoldoffCount;
	uint32		cancel_holdoff = QueryCancelHoldoffCount;
	volatile bool success = true;

	if (!tam_on_main_thread())
	{
		(*env)->ThrowNew(env, server_exception, NULL);
		return false;
	}
	if (pending_error != NULL)
	{
		throw_pending(env);
		return false;
	}

	PG_TRY();
	{
		body(argument);
	}
	PG_CATCH();
	{
		/*
		 * Raising the error has released the holdoff that protects the Java
		 * frames beneath us: take it back.
		 */
		InterruptHoldoffCount = holdoff;
		QueryCancelHoldoffCount = cancel_holdoff;
		keep_error(caller);
		success = false;
	}
	PG_END_TRY();

	if (!success)
		throw_pending(env);
	return success;
}

/* --- Java to PostgreSQL --------------------------------------------------- */

/* Calls a String method; NULL when it answers null or fails itself. */
static char *
text_of(JNIEnv *env, jobject object, jmethodID method)
{
	jstring		text = (jstring) (*env)->CallObjectMethod(env, object, method);
	const char *utf8;
	char	   *copy;

	if ((*env)->ExceptionCheck(env))
	{
		(*env)->ExceptionClear(env);
		return NULL;
	}
	if (text == NULL)
		return NULL;
	utf8 = (*env)->GetStringUTFChars(env, text, NULL);
	if (utf8 == NULL)
	{
		(*env)->ExceptionClear(env);
		return NULL;
	}
	copy = tam_text_from_java(utf8);
	(*env)->ReleaseStringUTFChars(env, text, utf8);
	(*env)->DeleteLocalRef(env, text);
	return copy;
}

/* "X, caused by: Y, caused by: Z", a handful of levels deep. */
static char *
cause_chain(JNIEnv *env, jthrowable thrown)
{
	StringInfoData chain;
	jthrowable	current = thrown;

	initStringInfo(&chain);
	for (int depth = 0; current != NULL && depth < 5; depth++)
	{
		char	   *text = text_of(env, current, object_to_string);

		appendStringInfo(&chain, "%s%s", depth == 0 ? "" : ", caused by: ",
						 text == NULL ? "an unprintable exception" : text);
		current = (jthrowable) (*env)->CallObjectMethod(env, current, throwable_cause);
		if ((*env)->ExceptionCheck(env))
		{
			(*env)->ExceptionClear(env);
			break;
		}
	}
	return chain.data;
}

static void
raise_tamarack_exception(JNIEnv *env, jthrowable thrown)
{
	char	   *sqlstate = text_of(env, thrown, exception_sqlstate);
	char	   *message = text_of(env, thrown, throwable_message);
	char	   *detail = text_of(env, thrown, exception_detail);
	char	   *hint = text_of(env, thrown, exception_hint);
	jthrowable	cause = (jthrowable) (*env)->CallObjectMethod(env, thrown, throwable_cause);
	char	   *because = cause == NULL ? NULL : cause_chain(env, cause);
	int			code = ERRCODE_INTERNAL_ERROR;

	if (sqlstate != NULL && strlen(sqlstate) == 5)
		code = MAKE_SQLSTATE(sqlstate[0], sqlstate[1], sqlstate[2], sqlstate[3], sqlstate[4]);
	(*env)->DeleteLocalRef(env, thrown);
	ereport(ERROR,
			(errcode(code),
			 errmsg_internal("%s", message == NULL ? "Java failed without a message" : message),
			 detail ? errdetail_internal("%s", detail) : 0,
			 because ? errdetail_log("Cause: %s", because) : 0,
			 hint ? errhint("%s", hint) : 0));
}

static void
raise_java_error(JNIEnv *env, jthrowable thrown)
{
	bool		out_of_memory = (*env)->IsInstanceOf(env, thrown, out_of_memory_error);
	bool		stack_overflow = (*env)->IsInstanceOf(env, thrown, stack_overflow_error);
	char	   *because;

	if (stack_overflow)
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("stack depth limit of the Java runtime exceeded")));
	because = cause_chain(env, thrown);
	if (out_of_memory)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("the Java heap is exhausted"),
				 errdetail_internal("%s", because),
				 errhint("Raise tamarack.java_heap.")));
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("internal error in Tamarack's Java code"),
			 errdetail_internal("%s", because)));
}

void
tam_error_raise(JNIEnv *env)
{
	jthrowable	thrown = (*env)->ExceptionOccurred(env);

	(*env)->ExceptionClear(env);
	if (pending_error != NULL)
	{
		ErrorData  *error = pending_error;

		pending_error = NULL;
		(*env)->DeleteLocalRef(env, thrown);
		/* As errfinish() does: whoever catches this starts with no holdoff. */
		InterruptHoldoffCount = 0;
		QueryCancelHoldoffCount = 0;
		ReThrowError(error);
	}
	if ((*env)->IsInstanceOf(env, thrown, interrupted_exception))
	{
		/* Normally does not return; the error below is for the odd case. */
		CHECK_FOR_INTERRUPTS();
	}
	if ((*env)->IsInstanceOf(env, thrown, tamarack_exception))
		raise_tamarack_exception(env, thrown);
	raise_java_error(env, thrown);
	pg_unreachable();
}
