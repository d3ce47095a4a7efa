/*
 * tam_downcall.c
 *	  The natives of tamarack.backend.Backend: from Java into PostgreSQL.
 *
 * Each packs its arguments into a struct and lets a body run under the error
 * bridge's guard. Interrupts are held by the upcall that Java came from.
 */
#include "postgres.h"

#include <unistd.h>

#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xloginsert.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/procarray.h"
#include "utils/combocid.h"
#include "utils/snapmgr.h"

#include "tam.h"

/* Members of a multixact cross as xid << 3 | MultiXactStatus. */
#define MEMBER_STATUS_BITS 3
#define MEMBER_STATUS_MASK 7

typedef struct Question
{
	TransactionId xid;
	void	   *pointer;
	FullTransactionId full_xid;
	bool		answer;
} Question;

/* --- transactions ------------------------------------------------------------ */

static jboolean
ask(JNIEnv *env, tam_guarded body, jlong xid, jlong pointer)
{
	Question	question = {(TransactionId) xid, (void *) (intptr_t) pointer,
	FullTransactionIdFromU64((uint64) xid), false};

	return tam_error_guard(env, body, &question) && question.answer;
}

static void
ask_current(void *argument)
{
	Question   *question = argument;

	question->answer = TransactionIdIsCurrentTransactionId(question->xid);
}

static void
ask_in_progress(void *argument)
{
	Question   *question = argument;

	question->answer = TransactionIdIsInProgress(question->xid);
}

static void
ask_committed(void *argument)
{
	Question   *question = argument;

	question->answer = TransactionIdDidCommit(question->xid);
}

/* Only asynchronous commits have a record to wait for. */
static void
flush_commit(void *argument)
{
	Question   *question = argument;

	XLogFlush(TransactionIdGetCommitLSN(question->xid));
}

static void
ask_in_snapshot(void *argument)
{
	Question   *question = argument;

	question->answer = XidInMVCCSnapshot(question->xid, (Snapshot) question->pointer);
}

static void
ask_removable(void *argument)
{
	Question   *question = argument;

	question->answer = GlobalVisTestIsRemovableFullXid((GlobalVisState *) question->pointer,
													   question->full_xid);
}

static jboolean JNICALL
backend_is_current(JNIEnv *env, jclass self, jlong xid)
{
	return ask(env, ask_current, xid, 0);
}

static jboolean JNICALL
backend_is_in_progress(JNIEnv *env, jclass self, jlong xid)
{
	return ask(env, ask_in_progress, xid, 0);
}

static jboolean JNICALL
backend_did_commit(JNIEnv *env, jclass self, jlong xid)
{
	return ask(env, ask_committed, xid, 0);
}

static void JNICALL
backend_flush_commit(JNIEnv *env, jclass self, jlong xid)
{
	ask(env, flush_commit, xid, 0);
}

static jboolean JNICALL
backend_is_running_in_snapshot(JNIEnv *env, jclass self, jlong xid, jlong snapshot)
{
	return ask(env, ask_in_snapshot, xid, snapshot);
}

static jboolean JNICALL
backend_is_removable(JNIEnv *env, jclass self, jlong xid, jlong vistest)
{
	return ask(env, ask_removable, xid, vistest);
}

/* --- command ids -------------------------------------------------------------- */

typedef struct Commands
{
	TransactionId xmin;
	CommandId	cmin;
	CommandId	cmax;
	bool		combo;
} Commands;

/* A header that says just what combocid.c looks at. */
static void
init_header(HeapTupleHeader header, TransactionId xmin, CommandId cid, bool combo)
{
	memset(header, 0, SizeofHeapTupleHeader);
	HeapTupleHeaderSetXmin(header, xmin);
	HeapTupleHeaderSetCmin(header, cid);
	if (combo)
		HeapTupleHeaderSetCmax(header, cid, true);
}

static void
combine_commands(void *argument)
{
	Commands   *commands = argument;
	HeapTupleHeaderData header;

	init_header(&header, commands->xmin, commands->cmin, false);
	HeapTupleHeaderAdjustCmax(&header, &commands->cmax, &commands->combo);
}

static jlong JNICALL
backend_combine_command_ids(JNIEnv *env, jclass self, jlong xmin, jint cmin, jint cmax)
{
	Commands	commands = {(TransactionId) xmin, (CommandId) cmin, (CommandId) cmax, false};

	if (!tam_error_guard(env, combine_commands, &commands))
		return 0;
	return (jlong) commands.cmax | (jlong) commands.combo << 32;
}

static void
real_cmin(void *argument)
{
	Commands   *commands = argument;
	HeapTupleHeaderData header;

	init_header(&header, GetTopTransactionIdIfAny(), commands->cmin, true);
	commands->cmin = HeapTupleHeaderGetCmin(&header);
}

static jint JNICALL
backend_real_cmin(JNIEnv *env, jclass self, jint combo)
{
	Commands	commands = {InvalidTransactionId, (CommandId) combo, 0, false};

	if (!tam_error_guard(env, real_cmin, &commands))
		return 0;
	return (jint) commands.cmin;
}

static void
real_cmax(void *argument)
{
	Commands   *commands = argument;
	HeapTupleHeaderData header;

	init_header(&header, GetTopTransactionIdIfAny(), commands->cmax, true);
	HeapTupleHeaderSetXmax(&header, GetTopTransactionIdIfAny());
	commands->cmax = HeapTupleHeaderGetCmax(&header);
}

static jint JNICALL
backend_real_cmax(JNIEnv *env, jclass self, jint combo)
{
	Commands	commands = {InvalidTransactionId, 0, (CommandId) combo, false};

	if (!tam_error_guard(env, real_cmax, &commands))
		return 0;
	return (jint) commands.cmax;
}

/* --- multixacts ---------------------------------------------------------------- */

typedef struct MultiQuestion
{
	MultiXactId multi;
	MultiXactId other;
	bool		only_locks;
	MultiXactMember *members;
	int			count;
	bool		answer;
} MultiQuestion;

static void
get_members(void *argument)
{
	MultiQuestion *question = argument;

	question->count = GetMultiXactIdMembers(question->multi, &question->members, false,
											question->only_locks);
}

static jlongArray JNICALL
backend_multi_members(JNIEnv *env, jclass self, jint multi, jboolean only_locks)
{
	MultiQuestion question = {(MultiXactId) multi, 0, only_locks, NULL, 0, false};
	jlongArray	result;

	if (!tam_error_guard(env, get_members, &question))
		return NULL;
	result = (*env)->NewLongArray(env, Max(question.count, 0));
	if (result == NULL)
		return NULL;
	for (int i = 0; i < question.count; i++)
	{
		FullTransactionId full = tam_full_xid(question.members[i].xid);
		jlong		member = (jlong) U64FromFullTransactionId(full) << MEMBER_STATUS_BITS
			| question.members[i].status;

		(*env)->SetLongArrayRegion(env, result, i, 1, &member);
	}
	if (question.count > 0)
		pfree(question.members);
	return result;
}

static void
ask_multi_running(void *argument)
{
	MultiQuestion *question = argument;

	question->answer = MultiXactIdIsRunning(question->multi, question->only_locks);
}

static jboolean JNICALL
backend_is_multi_running(JNIEnv *env, jclass self, jint multi, jboolean only_locks)
{
	MultiQuestion question = {(MultiXactId) multi, 0, only_locks, NULL, 0, false};

	return tam_error_guard(env, ask_multi_running, &question) && question.answer;
}

/*
 * A multixact is flushed to the log before it stands in a file: no crash may
 * give its id to another one. It need not be new nor made by this session.
 */
static void
create_multi(void *argument)
{
	MultiQuestion *question = argument;

	MultiXactIdSetOldestMember();
	question->multi = MultiXactIdCreateFromMembers(question->count, question->members);
	tam_wal_flush_all();
}

static jint JNICALL
backend_create_multi(JNIEnv *env, jclass self, jlongArray packed)
{
	jsize		count = (*env)->GetArrayLength(env, packed);
	MultiQuestion question = {InvalidMultiXactId, 0, false,
	palloc_extended(sizeof(MultiXactMember) * Max(count, 1), MCXT_ALLOC_NO_OOM), count, false};

	if (question.members == NULL)
	{
		(*env)->ThrowNew(env, (*env)->FindClass(env, "java/lang/OutOfMemoryError"), "multixact members");
		return 0;
	}
	for (jsize i = 0; i < count; i++)
	{
		jlong		member;

		(*env)->GetLongArrayRegion(env, packed, i, 1, &member);
		question.members[i].xid = (TransactionId) (member >> MEMBER_STATUS_BITS);
		question.members[i].status = (MultiXactStatus) (member & MEMBER_STATUS_MASK);
	}
	if (!tam_error_guard(env, create_multi, &question))
		return 0;
	pfree(question.members);
	return (jint) question.multi;
}

static void
compare_multis(void *argument)
{
	MultiQuestion *question = argument;

	question->answer = MultiXactIdPrecedes(question->multi, question->other);
}

static jboolean JNICALL
backend_multi_precedes(JNIEnv *env, jclass self, jint left, jint right)
{
	MultiQuestion question = {(MultiXactId) left, (MultiXactId) right, false, NULL, 0, false};

	return tam_error_guard(env, compare_multis, &question) && question.answer;
}

/* --- server --------------------------------------------------------------------- */

static jboolean JNICALL
backend_interrupt_pending(JNIEnv *env, jclass self)
{
	/* One holdoff is the upcall's own; more mean that nothing could be served. */
	return InterruptPending && InterruptHoldoffCount == 1 && CritSectionCount == 0;
}

static jlong JNICALL
backend_interrupt_flag_address(JNIEnv *env, jclass self)
{
	return (jlong) (intptr_t) &InterruptPending;
}

static jstring JNICALL
backend_data_directory(JNIEnv *env, jclass self)
{
	return (*env)->NewStringUTF(env, DataDir);
}

static jstring JNICALL
backend_home(JNIEnv *env, jclass self)
{
	return (*env)->NewStringUTF(env, tam_home());
}

static jboolean JNICALL
backend_fsync_enabled(JNIEnv *env, jclass self)
{
	return enableFsync;
}

static jint JNICALL
backend_open_files_limit(JNIEnv *env, jclass self)
{
	return tam_open_files;
}

typedef struct Descriptors
{
	int			count;
	bool		answer;
} Descriptors;

static void
acquire_descriptors(void *argument)
{
	Descriptors *wish = argument;
	int			got = 0;

	while (got < wish->count && AcquireExternalFD())
		got++;
	wish->answer = got == wish->count;
	if (!wish->answer)
		while (got-- > 0)
			ReleaseExternalFD();
}

static jboolean JNICALL
backend_acquire_descriptors(JNIEnv *env, jclass self, jint count)
{
	Descriptors wish = {count, false};

	return tam_error_guard(env, acquire_descriptors, &wish) && wish.answer;
}

static void JNICALL
backend_release_descriptors(JNIEnv *env, jclass self, jint count)
{
	while (count-- > 0)
		ReleaseExternalFD();
}

typedef struct Report
{
	int			level;
	const char *text;
	const char *reason;
} Report;

static void
report(void *argument)
{
	static const int levels[] = {DEBUG1, LOG, WARNING};
	Report	   *message = argument;

	ereport(levels[message->level], (errmsg_internal("%s", tam_text_from_java(message->text))));
}

static void JNICALL
backend_log(JNIEnv *env, jclass self, jint level, jstring text)
{
	Report		message = {Min(Max(level, 0), 2), NULL, NULL};

	message.text = (*env)->GetStringUTFChars(env, text, NULL);
	if (message.text == NULL)
		return;
	tam_error_guard(env, report, &message);
	(*env)->ReleaseStringUTFChars(env, text, message.text);
}

static void
report_failed_sync(void *argument)
{
	Report	   *message = argument;

	ereport(data_sync_elevel(ERROR),
			(errcode(ERRCODE_IO_ERROR),
			 errmsg("could not sync file \"%s\": %s", tam_text_from_java(message->text),
					tam_text_from_java(message->reason))));
}

static void JNICALL
backend_sync_failed(JNIEnv *env, jclass self, jstring path, jstring reason)
{
	Report		message = {0, (*env)->GetStringUTFChars(env, path, NULL), NULL};

	if (message.text == NULL)
		return;
	message.reason = (*env)->GetStringUTFChars(env, reason, NULL);
	if (message.reason == NULL)
		return;
	tam_error_guard(env, report_failed_sync, &message);
	(*env)->ReleaseStringUTFChars(env, path, message.text);
	(*env)->ReleaseStringUTFChars(env, reason, message.reason);
}

static const JNINativeMethod natives[] = {
	{"isCurrent", "(J)Z", backend_is_current},
	{"isInProgress", "(J)Z", backend_is_in_progress},
	{"didCommit", "(J)Z", backend_did_commit},
	{"flushCommit", "(J)V", backend_flush_commit},
	{"isRunningInSnapshot", "(JJ)Z", backend_is_running_in_snapshot},
	{"isRemovable", "(JJ)Z", backend_is_removable},
	{"combineCommandIds", "(JII)J", backend_combine_command_ids},
	{"realCmin", "(I)I", backend_real_cmin},
	{"realCmax", "(I)I", backend_real_cmax},
	{"multiMembers", "(IZ)[J", backend_multi_members},
	{"isMultiRunning", "(IZ)Z", backend_is_multi_running},
	{"createMulti", "([J)I", backend_create_multi},
	{"multiPrecedes", "(II)Z", backend_multi_precedes},
	{"interruptPending", "()Z", backend_interrupt_pending},
	{"interruptFlagAddress", "()J", backend_interrupt_flag_address},
	{"dataDirectory", "()Ljava/lang/String;", backend_data_directory},
	{"home", "()Ljava/lang/String;", backend_home},
	{"fsyncEnabled", "()Z", backend_fsync_enabled},
	{"openFilesLimit", "()I", backend_open_files_limit},
	{"acquireDescriptors", "(I)Z", backend_acquire_descriptors},
	{"releaseDescriptors", "(I)V", backend_release_descriptors},
	{"log", "(ILjava/lang/String;)V", backend_log},
	{"syncFailed", "(Ljava/lang/String;Ljava/lang/String;)V", backend_sync_failed},
};

void
tam_downcall_bind(JNIEnv *env)
{
	jclass		backend = (*env)->FindClass(env, "tamarack/backend/Backend");

	if (backend == NULL
		|| (*env)->RegisterNatives(env, backend, natives, lengthof(natives)) != JNI_OK)
		tam_error_raise(env);
	(*env)->DeleteLocalRef(env, backend);
}
