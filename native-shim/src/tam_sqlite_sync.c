/*-------------------------------------------------------------------------
 *
 * tam_sqlite_sync.c
 *	  Making writes durable.
 *
 * SQLite commits without a sync (PRAGMA synchronous = NORMAL); what a
 * PostgreSQL transaction wrote is synced once, before its commit record.  The
 * log alone has to be: its file is reached through SQLite's own handle, so the
 * kernel reports errors of earlier writes to us.
 *
 * Several logs are synced at once, by threads that live for that moment.  They
 * take no signals, which belong to the main thread, and know nothing of Java or
 * PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#include "tam_sqlite_store.h"

#include <pthread.h>
#include <signal.h>

SQLITE_EXTENSION_INIT3

/* fsync needs next to none. */
#define SYNC_STACK_BYTES (256 * 1024)

typedef struct sync_job
{
	tam_store  *store;
	int			result;
	pthread_t	thread;
	bool		started;
} sync_job;

/* Syncs the database file or its log, whichever the file control operation names. */
static int
sync_file(tam_store *store, int operation)
{
	sqlite3_file *file = NULL;
	int			result = sqlite3_file_control(store->db, "main", operation, &file);

	if (result != SQLITE_OK || file == NULL || file->pMethods == NULL)
		return result;
	return file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

/*
 * Makes everything in the log durable.  Does nothing before the connection has
 * opened its log, that is, before it has read or written anything.
 */
int
tam_store_sync_log(tam_store *store)
{
	return sync_file(store, SQLITE_FCNTL_JOURNAL_POINTER);
}

/*
 * Makes the database file itself durable, for one that was just made.
 */
int
tam_store_sync_database(tam_store *store)
{
	return sync_file(store, SQLITE_FCNTL_FILE_POINTER);
}

static void *
run_job(void *argument)
{
	sync_job   *job = argument;

	job->result = tam_store_sync_log(job->store);
	return NULL;
}

/* Starts a thread for each job but the first; those that get none are not `started`. */
static void
start_jobs(sync_job *jobs, int count)
{
	pthread_attr_t attributes;
	sigset_t	all;
	sigset_t	saved;

	if (pthread_attr_init(&attributes) != 0)
		return;
	pthread_attr_setstacksize(&attributes, SYNC_STACK_BYTES);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	for (int i = 1; i < count; i++)
		jobs[i].started = pthread_create(&jobs[i].thread, &attributes, run_job, &jobs[i]) == 0;
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	pthread_attr_destroy(&attributes);
}

/*
 * Syncs the logs of at most TAM_SYNC_STORES stores at once.  Each gets its
 * result.
 */
void
tam_store_sync_logs(tam_store *const *stores, int *results, int count)
{
	sync_job	jobs[TAM_SYNC_STORES];

	for (int i = 0; i < count; i++)
		jobs[i] = (sync_job) {.store = stores[i]};
	start_jobs(jobs, count);
	for (int i = 0; i < count; i++)
		if (!jobs[i].started)
			run_job(&jobs[i]);
	for (int i = 0; i < count; i++)
	{
		if (jobs[i].started)
			pthread_join(jobs[i].thread, NULL);
		results[i] = jobs[i].result;
	}
}
