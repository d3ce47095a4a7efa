/*
 * tam_xact.c
 *	  What the end of a transaction or subtransaction means for our files.
 *
 * Everything that can fail happens at PRE_COMMIT (and PRE_PREPARE): gathered
 * rows are written and all files synced. Which files go away is on
 * PostgreSQL's own list of pending deletes, which knows about savepoints;
 * COMMIT PREPARED and crashes leave files to the sweep.
 */
#include "postgres.h"

#include <unistd.h>

#include "access/xact.h"
#include "catalog/storage.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/smgr.h"
#include "utils/memutils.h"

#include "tam_iceberg.h"
#include "tam_iceberg_files.h"
#include "tam_iceberg_wal.h"
#include "tam_utility.h"

typedef struct TemporaryFile
{
	struct TemporaryFile *next;
	RelFileLocator locator;
	int			backend;
} TemporaryFile;

static bool wrote = false;
static TemporaryFile *temporary_files = NULL;
static ExecutorFinish_hook_type next_executor_finish = NULL;

void
tam_xact_note_write(void)
{
	wrote = true;
}

/* --- files that go away ----------------------------------------------------------------- */

/* Lets the session's open file go. Too late for errors: they are logged. */
static void
forget_open_file(RelFileLocator locator, int backend)
{
	MemoryContext caller = CurrentMemoryContext;
	jvalue		key[TAM_KEY_ARGUMENTS];

	if (!tam_jvm_running())
		return;
	tam_upcall_key_of(key, TAM_AM_SQLITE_HEAP, locator, backend);
	PG_TRY();
	{
		tam_upcall_void(TAM_FORGET, key);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		EmitErrorReport();
		FlushErrorState();
		tam_error_forget();
	}
	PG_END_TRY();
}

static void
remove_file(RelFileLocator locator, int backend)
{
	char	   *path = tam_file_path(locator, backend);
	char	   *directory = tam_iceberg_directory(locator, backend);

	if (access(path, F_OK) == 0)
	{
		forget_open_file(locator, backend);
		tam_file_unlink(psprintf("%s-wal", path));
		tam_file_unlink(psprintf("%s-shm", path));
		tam_file_unlink(path);
	}
	tam_iceberg_remove_tree(directory, backend == TAM_NO_BACKEND);
	pfree(directory);
	pfree(path);
}

/* Called before PostgreSQL works through its pending deletes. */
static void
remove_files_of_pending_deletes(bool commit)
{
	RelFileLocator *locators;
	int			count = smgrGetPendingDeletes(commit, &locators);

	for (int i = 0; i < count; i++)
		if (TAM_DB_OID(locators[i]) == MyDatabaseId)
			remove_file(locators[i], TAM_NO_BACKEND);
	if (count > 0)
		pfree(locators);
}

/* --- temporary relations ------------------------------------------------------------------ */

static void
remove_temporary_files_at_exit(int code, Datum unused)
{
	for (TemporaryFile *file = temporary_files; file != NULL; file = file->next)
	{
		char	   *path = tam_file_path(file->locator, file->backend);

		tam_file_unlink(psprintf("%s-wal", path));
		tam_file_unlink(psprintf("%s-shm", path));
		tam_file_unlink(path);
	}
	temporary_files = NULL;
}

/* PostgreSQL keeps temporary relations off its list: we look whether they are still there. */
void
tam_xact_note_temporary(RelFileLocator locator, int backend)
{
	TemporaryFile *file = MemoryContextAlloc(TopMemoryContext, sizeof(TemporaryFile));
	static bool exit_registered = false;

	if (!exit_registered)
		on_proc_exit(remove_temporary_files_at_exit, (Datum) 0);
	exit_registered = true;
	file->locator = locator;
	file->backend = backend;
	file->next = temporary_files;
	temporary_files = file;
}

static void
remove_orphaned_temporary_files(void)
{
	TemporaryFile **link = &temporary_files;

	while (*link != NULL)
	{
		TemporaryFile *file = *link;

		if (smgrexists(smgropen(file->locator, file->backend), MAIN_FORKNUM))
		{
			link = &file->next;
			continue;
		}
		remove_file(file->locator, file->backend);
		*link = file->next;
		pfree(file);
	}
}

/* --- callbacks ------------------------------------------------------------------------------ */

static void
make_durable(void)
{
	tam_pending_flush_all();
	if (wrote && tam_jvm_running())
		tam_upcall_void(TAM_BEFORE_COMMIT, NULL);
}

static void
end_in_java(bool committed)
{
	MemoryContext caller = CurrentMemoryContext;
	jvalue		argument = {.z = committed};

	if (!wrote || !tam_jvm_running())
		return;
	wrote = false;
	PG_TRY();
	{
		tam_upcall_void(TAM_AFTER_TRANSACTION, &argument);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		EmitErrorReport();
		FlushErrorState();
		tam_error_forget();
	}
	PG_END_TRY();
}

static void
xact_callback(XactEvent event, void *unused)
{
	tam_recent_forget();
	if ((event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE || event == XACT_EVENT_ABORT)
		&& tam_iceberg_forget_copies())
		tam_sweep_request();
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			remove_orphaned_temporary_files();
			make_durable();
			break;
		case XACT_EVENT_COMMIT:
			remove_files_of_pending_deletes(true);
			end_in_java(true);
			break;
		case XACT_EVENT_PREPARE:
			end_in_java(true);
			break;
		case XACT_EVENT_ABORT:
			tam_writer_release_all();
			tam_error_forget();
			tam_pending_discard(TopSubTransactionId);
			remove_files_of_pending_deletes(false);
			end_in_java(false);
			break;
		case XACT_EVENT_PARALLEL_ABORT:
			tam_writer_release_all();
			tam_error_forget();
			break;
		default:
			break;
	}
}

static void
subxact_callback(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *unused)
{
	switch (event)
	{
		case SUBXACT_EVENT_PRE_COMMIT_SUB:
			tam_pending_flush_all();
			break;
		case SUBXACT_EVENT_ABORT_SUB:
			tam_writer_release_all();
			tam_error_forget();
			tam_pending_discard(mine);
			remove_files_of_pending_deletes(false);
			break;
		default:
			break;
	}
}

/* What a statement gathered fails, if it must, in that statement. */
static void
executor_finish(QueryDesc *query)
{
	if (next_executor_finish)
		next_executor_finish(query);
	else
		standard_ExecutorFinish(query);
	tam_pending_flush_all();
}

void
tam_xact_register(void)
{
	RegisterXactCallback(xact_callback, NULL);
	RegisterSubXactCallback(subxact_callback, NULL);
	next_executor_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = executor_finish;
}
