/*
 * tam_upcall.c
 *	  From C into Java: method ids and the only Call…Method calls.
 *
 * Interrupts are held during an upcall, so that no ProcessInterrupts() can
 * longjmp or exit() over Java frames; Java polls for them between batches and
 * unwinds. After the call they are served here, in C.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "tam.h"

#define KEY "IIIII"

typedef struct TamMethodName
{
	const char *name;
	const char *signature;
} TamMethodName;

static const TamMethodName method_names[TAM_METHOD_COUNT] = {
	[TAM_SCAN] = {"scan", "(" KEY "JJIZJJJ)I"},
	[TAM_SCAN_FOR_VACUUM] = {"scanForVacuum", "(" KEY "JJIZJJJ)I"},
	[TAM_FETCH] = {"fetch", "(" KEY "JJJJ)I"},
	[TAM_INSERT] = {"insert", "(" KEY "JI)V"},
	[TAM_FINISH_SPECULATIVE] = {"finishSpeculative", "(" KEY "JZ)V"},
	[TAM_MODIFY] = {"modify", "(" KEY "IJ)V"},
	[TAM_FIND_DEAD] = {"findDead", "(" KEY "JJIJ)J"},
	[TAM_VACUUM_STEP] = {"vacuumStep", "(" KEY "JJZJJJ)V"},
	[TAM_PRUNE] = {"prune", "(" KEY "JJZJ)I"},
	[TAM_LAST_PRUNING] = {"lastPruning", "(" KEY ")J"},
	[TAM_FORGET_PRUNINGS] = {"forgetPrunings", "(" KEY "JJ)V"},
	[TAM_FREEZE_ROWS] = {"freezeRows", "(" KEY "JJJ)I"},
	[TAM_CREATE_FILE] = {"createFile", "(" KEY ")V"},
	[TAM_DROP_FILE] = {"dropFile", "(" KEY ")V"},
	[TAM_COPY_FILE] = {"copyFile", "(" KEY "III)V"},
	[TAM_CLOSE_FILES] = {"closeFiles", "()V"},
	[TAM_TRUNCATE] = {"truncate", "(" KEY ")V"},
	[TAM_SHRINK] = {"shrink", "(" KEY "I)I"},
	[TAM_MAKE_DURABLE] = {"makeDurable", "(" KEY ")V"},
	[TAM_AFTER_WRITE] = {"afterWrite", "(" KEY "I)V"},
	[TAM_BEFORE_COMMIT] = {"beforeCommit", "()V"},
	[TAM_AFTER_TRANSACTION] = {"afterTransaction", "(Z)V"},
	[TAM_FORGET] = {"forget", "(" KEY ")V"},
	[TAM_SIZE_IN_BYTES] = {"sizeInBytes", "(" KEY ")J"},
	[TAM_INSPECT] = {"inspect", "(" KEY "IJ)Ljava/lang/String;"},
	[TAM_JVM_STATE] = {"jvmState", "()Ljava/lang/String;"},
};

static jclass entry_points;
static jmethodID methods[TAM_METHOD_COUNT];
static int64 upcalls = 0;

void
tam_upcall_bind(JNIEnv *env)
{
	jclass		local = (*env)->FindClass(env, "tamarack/backend/EntryPoints");

	if (local == NULL)
		tam_error_raise(env);
	entry_points = (*env)->NewGlobalRef(env, local);
	(*env)->DeleteLocalRef(env, local);
	for (int i = 0; i < TAM_METHOD_COUNT; i++)
	{
		methods[i] = (*env)->GetStaticMethodID(env, entry_points, method_names[i].name,
											   method_names[i].signature);
		if (methods[i] == NULL)
			tam_error_raise(env);
	}
}

int64
tam_upcall_count(void)
{
	return upcalls;
}

/* --- the arguments that name a relation ----------------------------------- */

void
tam_upcall_key_of(jvalue *arguments, int am, RelFileLocator locator, int backend)
{
	bool		default_space = TAM_SPC_OID(locator) == MyDatabaseTableSpace;

	arguments[0].i = am;
	arguments[1].i = default_space ? 0 : (jint) TAM_SPC_OID(locator);
	arguments[2].i = (jint) TAM_DB_OID(locator);
	arguments[3].i = (jint) TAM_REL_NUMBER(locator);
	arguments[4].i = backend;
}

void
tam_upcall_key(jvalue *arguments, Relation rel)
{
	tam_upcall_key_of(arguments, TAM_AM_SQLITE_HEAP, rel->rd_locator, TAM_RELATION_BACKEND(rel));
}

/* --- the call itself ------------------------------------------------------ */

JNIEnv *
tam_upcall_begin(void)
{
	JNIEnv	   *env = tam_jvm_env();

	check_stack_depth();
	upcalls++;
	HOLD_INTERRUPTS();
	return env;
}

void
tam_upcall_end(JNIEnv *env)
{
	RESUME_INTERRUPTS();
	if ((*env)->ExceptionCheck(env))
		tam_error_raise(env);
}

void
tam_upcall_void(TamMethod method, const jvalue *arguments)
{
	JNIEnv	   *env = tam_upcall_begin();

	(*env)->CallStaticVoidMethodA(env, entry_points, methods[method], arguments);
	tam_upcall_end(env);
}

int
tam_upcall_int(TamMethod method, const jvalue *arguments)
{
	JNIEnv	   *env = tam_upcall_begin();
	jint		result = (*env)->CallStaticIntMethodA(env, entry_points, methods[method], arguments);

	tam_upcall_end(env);
	return result;
}

int64
tam_upcall_long(TamMethod method, const jvalue *arguments)
{
	JNIEnv	   *env = tam_upcall_begin();
	jlong		result = (*env)->CallStaticLongMethodA(env, entry_points, methods[method], arguments);

	tam_upcall_end(env);
	return result;
}

char *
tam_upcall_string(TamMethod method, const jvalue *arguments)
{
	JNIEnv	   *env = tam_upcall_begin();
	jstring		text = (jstring) (*env)->CallStaticObjectMethodA(env, entry_points, methods[method],
																 arguments);
	const char *utf8;
	char	   *result;

	tam_upcall_end(env);
	if (text == NULL)
		return NULL;
	utf8 = (*env)->GetStringUTFChars(env, text, NULL);
	if (utf8 == NULL)
		tam_error_raise(env);
	result = tam_text_from_java(utf8);
	(*env)->ReleaseStringUTFChars(env, text, utf8);
	(*env)->DeleteLocalRef(env, text);
	return result;
}

jclass
tam_upcall_find_class(const char *name, const char *options)
{
	JNIEnv	   *env = tam_upcall_begin();
	jmethodID	find = (*env)->GetStaticMethodID(env, entry_points, "findClass",
												 "(Ljava/lang/String;Ljava/lang/String;)Ljava/lang/Class;");
	jobject		found = NULL;
	jclass		global = NULL;
	jvalue		arguments[2];

	arguments[0].l = tam_upcall_new_string(name);
	arguments[1].l = tam_upcall_new_string(options);
	if (find != NULL && arguments[0].l != NULL && arguments[1].l != NULL)
		found = (*env)->CallStaticObjectMethodA(env, entry_points, find, arguments);
	(*env)->DeleteLocalRef(env, arguments[0].l);
	(*env)->DeleteLocalRef(env, arguments[1].l);
	tam_upcall_end(env);
	global = (*env)->NewGlobalRef(env, found);
	(*env)->DeleteLocalRef(env, found);
	return global;
}

/* --- text ------------------------------------------------------------------ */

/*
 * JNI's modified UTF-8 differs from UTF-8 for NUL and for characters beyond
 * the BMP only; file names and messages with the latter are shown with '?'.
 */
char *
tam_text_from_java(const char *utf8)
{
	char	   *copy = pstrdup(utf8);
	char	   *converted;

	if (!pg_verify_mbstr(PG_UTF8, copy, strlen(copy), true))
		for (char *byte = copy; *byte; byte++)
			if (IS_HIGHBIT_SET(*byte))
				*byte = '?';
	converted = pg_any_to_server(copy, strlen(copy), PG_UTF8);
	return converted;
}

jstring
tam_upcall_new_string(const char *text)
{
	JNIEnv	   *env = tam_jvm_env();
	char	   *utf8;

	if (text == NULL)
		return NULL;
	utf8 = pg_server_to_any(pstrdup(text), strlen(text), PG_UTF8);
	/* Sequences of four bytes do not exist in modified UTF-8. */
	for (unsigned char *byte = (unsigned char *) utf8; *byte; byte++)
		if (*byte >= 0xF0)
			for (int i = 0; i < 4 && byte[i]; i++)
				byte[i] = '?';
	return (*env)->NewStringUTF(env, utf8);
}
