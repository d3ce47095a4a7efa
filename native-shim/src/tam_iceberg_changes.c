/*
 * tam_iceberg_changes.c
 *	  The list, in shared memory, of tables that have changed since they were
 *	  published.
 *
 * A transaction enters what it has changed when it has committed. The list is
 * a hint: it is lost with the server, whose start therefore enters every
 * database, and where it is full a table's entry becomes one for its database.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/spin.h"
#include "utils/rel.h"

#include "tam.h"
#include "tam_iceberg_changes.h"

#define CHANGES_AT_MOST 1024
/* Tables of one transaction; more are entered as their database. */
#define NOTED_AT_MOST 64

typedef struct Changes
{
	slock_t		mutex;			/* protects what follows */
	Latch	   *listener;
	int			count;
	TamChange	changes[CHANGES_AT_MOST];
} Changes;

static Changes *changes = NULL;

/* What this transaction has changed. */
static Oid	noted[NOTED_AT_MOST];
static int	noted_count = 0;
static bool noted_storage = false;
static bool noted_unknown = false;

/* --- the list ----------------------------------------------------------------------------- */

static TamChange *
find_locked(const TamChange *change)
{
	for (int i = 0; i < changes->count; i++)
	{
		TamChange  *other = &changes->changes[i];

		if (other->database == change->database && other->kind == change->kind
			&& (change->kind != TAM_CHANGE_TABLE || other->table == change->table))
			return other;
	}
	return NULL;
}

static void
remove_locked(TamChange *change)
{
	*change = changes->changes[--changes->count];
}

/* A table's change that finds no room makes its database one change. */
static void
merge_database_locked(const TamChange *change)
{
	TamChange	everything = *change;

	for (int i = changes->count - 1; i >= 0; i--)
		if (changes->changes[i].database == change->database)
			remove_locked(&changes->changes[i]);
	everything.kind = TAM_CHANGE_EVERYTHING;
	if (changes->count < CHANGES_AT_MOST)
		changes->changes[changes->count++] = everything;
}

static Latch *
add_locked(const TamChange *change)
{
	TamChange  *known = find_locked(change);

	if (known != NULL)
	{
		known->due = Min(known->due, change->due);
		return NULL;
	}
	if (changes->count < CHANGES_AT_MOST)
		changes->changes[changes->count++] = *change;
	else
		merge_database_locked(change);
	return changes->listener;
}

void
tam_changes_add(const TamChange *change)
{
	Latch	   *listener;

	SpinLockAcquire(&changes->mutex);
	listener = add_locked(change);
	SpinLockRelease(&changes->mutex);
	if (listener != NULL)
		SetLatch(listener);
}

bool
tam_changes_take(Oid database, TimestampTz now, TamChange *change)
{
	bool		found = false;

	SpinLockAcquire(&changes->mutex);
	for (int i = 0; i < changes->count && !found; i++)
		if (changes->changes[i].database == database && changes->changes[i].due <= now)
		{
			*change = changes->changes[i];
			remove_locked(&changes->changes[i]);
			found = true;
		}
	SpinLockRelease(&changes->mutex);
	return found;
}

static bool
is_listed(Oid database, const Oid *list, int count)
{
	for (int i = 0; i < count; i++)
		if (list[i] == database)
			return true;
	return false;
}

bool
tam_changes_earliest(const Oid *but, int count, TamChange *change)
{
	bool		found = false;

	SpinLockAcquire(&changes->mutex);
	for (int i = 0; i < changes->count; i++)
		if (!is_listed(changes->changes[i].database, but, count)
			&& (!found || changes->changes[i].due < change->due))
		{
			*change = changes->changes[i];
			found = true;
		}
	SpinLockRelease(&changes->mutex);
	return found;
}

void
tam_changes_forget(Oid database)
{
	SpinLockAcquire(&changes->mutex);
	for (int i = changes->count - 1; i >= 0; i--)
		if (changes->changes[i].database == database)
			remove_locked(&changes->changes[i]);
	SpinLockRelease(&changes->mutex);
}

static void
stop_listening(int code, Datum argument)
{
	SpinLockAcquire(&changes->mutex);
	changes->listener = NULL;
	SpinLockRelease(&changes->mutex);
}

void
tam_changes_listen(void)
{
	before_shmem_exit(stop_listening, (Datum) 0);
	SpinLockAcquire(&changes->mutex);
	changes->listener = MyLatch;
	SpinLockRelease(&changes->mutex);
}

/* --- transactions --------------------------------------------------------------------------- */

void
tam_changes_note(Relation rel)
{
	Oid			table = RelationGetRelid(rel);

	if (rel->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT
		|| (noted_count > 0 && noted[noted_count - 1] == table) || is_listed(table, noted, noted_count))
		return;
	if (noted_count < NOTED_AT_MOST)
		noted[noted_count++] = table;
	else
		noted_unknown = true;
}

void
tam_changes_note_storage(void)
{
	noted_storage = true;
}

void
tam_changes_note_unknown(void)
{
	TamChange	change = {MyDatabaseId, TAM_CHANGE_EVERYTHING, InvalidOid, 0};

	if (tam_publish_delay < 0)
		return;
	change.due = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), tam_publish_delay);
	tam_changes_add(&change);
}

static void
enter_noted(void)
{
	TamChange	change = {MyDatabaseId, TAM_CHANGE_TABLE, InvalidOid, 0};

	change.due = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), tam_publish_delay);
	for (int i = 0; i < noted_count; i++)
	{
		change.table = noted[i];
		tam_changes_add(&change);
	}
	if (noted_storage)
	{
		change.kind = TAM_CHANGE_STORAGES;
		tam_changes_add(&change);
	}
	if (noted_unknown)
		tam_changes_note_unknown();
}

static void
end_transaction(XactEvent event, void *argument)
{
	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	if (event == XACT_EVENT_COMMIT && tam_publish_delay >= 0 && (noted_count > 0 || noted_storage))
		enter_noted();
	noted_count = 0;
	noted_storage = noted_unknown = false;
}

/* --- shared memory ---------------------------------------------------------------------------- */

static void
init_changes(void)
{
	SpinLockInit(&changes->mutex);
	changes->listener = NULL;
	changes->count = 0;
}

void
tam_changes_register(void)
{
	tam_shmem_add("tamarack changes", sizeof(Changes), (void **) &changes, init_changes);
	RegisterXactCallback(end_transaction, NULL);
}
