/*
 * tam_writer.c
 *	  The writer slot: one session at a time writes to a file, briefly.
 *
 * SQLite would let writers sleep and try again; a heavyweight lock hands itself
 * to a sleeper, so that with many writers each write waits for a process to
 * wake up. Here whoever comes while the slot is free takes it, a writer waits
 * a moment before it sleeps, and those who have been passed by too often get
 * their turn first. The wait can be cancelled.
 *
 * Nobody who holds a slot waits for a lock, so slots need no deadlock detector.
 * After an error, and before a backend exits, the abort of the (sub)transaction
 * lets go. Two relations may share a slot: it can be taken again by its holder.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/condition_variable.h"
#include "storage/s_lock.h"
#include "utils/rel.h"

#include "tam.h"

#define SLOTS 1024				/* a power of two */
/* A write takes some 20 us; that long a writer waits awake. */
#define LOOKS_AWAKE 400
/* Times that others may be faster. */
#define PATIENCE 8
/* A session writes to one relation at a time, and seldom to a second one meanwhile. */
#define HELD_AT_MOST 8

typedef struct WriterSlot
{
	pg_atomic_uint32 taken;
	pg_atomic_uint32 waiting;
	pg_atomic_uint32 impatient; /* waiting, and nobody may be faster */
	ConditionVariable free;
} WriterSlot;

typedef struct HeldSlot
{
	WriterSlot *slot;
	int			depth;
} HeldSlot;

static WriterSlot *slots = NULL;
static HeldSlot held[HELD_AT_MOST];
static int	held_count = 0;
/* Counted among those who wait for this slot. */
static WriterSlot *waiting_for = NULL;
static bool waiting_impatiently = false;

/* --- slots --------------------------------------------------------------------------- */

static WriterSlot *
slot_of(Relation rel)
{
	uint32		hash = murmurhash32((uint32) TAM_REL_NUMBER(rel->rd_locator));

	hash = hash_combine(hash, murmurhash32(TAM_DB_OID(rel->rd_locator)));
	hash = hash_combine(hash, murmurhash32(TAM_SPC_OID(rel->rd_locator)));
	return &slots[hash & (SLOTS - 1)];
}

static bool
take(WriterSlot *slot, bool impatient)
{
	uint32		expected = 0;

	if (!impatient && pg_atomic_read_u32(&slot->impatient) > 0)
		return false;
	return pg_atomic_read_u32(&slot->taken) == 0
		&& pg_atomic_compare_exchange_u32(&slot->taken, &expected, 1);
}

static void
let_go(WriterSlot *slot)
{
	pg_atomic_exchange_u32(&slot->taken, 0);
	if (pg_atomic_read_u32(&slot->waiting) > 0)
		ConditionVariableSignal(&slot->free);
}

static bool
take_awake(WriterSlot *slot)
{
	for (int looks = 0; looks < LOOKS_AWAKE; looks++)
	{
		if (take(slot, false))
			return true;
		pg_spin_delay();
	}
	return false;
}

static void
stop_waiting(void)
{
	if (waiting_impatiently)
		pg_atomic_fetch_sub_u32(&waiting_for->impatient, 1);
	if (waiting_for != NULL)
		pg_atomic_fetch_sub_u32(&waiting_for->waiting, 1);
	waiting_impatiently = false;
	waiting_for = NULL;
}

/*
 * Sleeps until the slot can be taken. When others are impatient, a wakeup that
 * comes to nothing here is passed on to them.
 */
static void
take_asleep(WriterSlot *slot)
{
	int			lost = 0;

	waiting_for = slot;
	pg_atomic_fetch_add_u32(&slot->waiting, 1);
	ConditionVariablePrepareToSleep(&slot->free);
	while (!take(slot, waiting_impatiently))
	{
		if (pg_atomic_read_u32(&slot->taken) == 0)
			ConditionVariableSignal(&slot->free);
		if (!waiting_impatiently && ++lost > PATIENCE)
		{
			pg_atomic_fetch_add_u32(&slot->impatient, 1);
			waiting_impatiently = true;
			continue;
		}
		ConditionVariableSleep(&slot->free, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
	stop_waiting();
}

/* --- what this session holds ------------------------------------------------------------ */

static HeldSlot *
find_held(WriterSlot *slot)
{
	for (int i = 0; i < held_count; i++)
		if (held[i].slot == slot)
			return &held[i];
	return NULL;
}

static void
note_held(WriterSlot *slot)
{
	held[held_count].slot = slot;
	held[held_count].depth = 1;
	held_count++;
}

/* Takes a slot that this session holds once more; false when it does not. */
static bool
take_again(WriterSlot *slot)
{
	HeldSlot   *mine = find_held(slot);

	if (mine == NULL)
		return false;
	mine->depth++;
	return true;
}

static void
refuse_too_many(void)
{
	if (held_count == HELD_AT_MOST)
		elog(ERROR, "tamarack: too many writer slots at a time");
}

void
tam_writer_acquire(Relation rel)
{
	WriterSlot *slot = slot_of(rel);

	if (RELATION_IS_LOCAL(rel) || take_again(slot))
		return;
	refuse_too_many();
	if (!take_awake(slot))
		take_asleep(slot);
	note_held(slot);
}

bool
tam_writer_try_acquire(Relation rel)
{
	WriterSlot *slot = slot_of(rel);

	if (RELATION_IS_LOCAL(rel) || take_again(slot))
		return true;
	refuse_too_many();
	if (!take(slot, false))
		return false;
	note_held(slot);
	return true;
}

void
tam_writer_release_patiently(Relation rel, int patience)
{
	jvalue		arguments[TAM_KEY_ARGUMENTS + 1];
	HeldSlot   *mine = RELATION_IS_LOCAL(rel) ? NULL : find_held(slot_of(rel));

	if (mine != NULL && --mine->depth == 0)
	{
		WriterSlot *slot = mine->slot;

		*mine = held[--held_count];
		let_go(slot);
	}
	tam_upcall_key(arguments, rel);
	arguments[TAM_KEY_ARGUMENTS].i = patience;
	tam_upcall_void(TAM_AFTER_WRITE, arguments);
}

void
tam_writer_release(Relation rel)
{
	tam_writer_release_patiently(rel, 1);
}

void
tam_writer_release_all(void)
{
	stop_waiting();
	while (held_count > 0)
		let_go(held[--held_count].slot);
}

/* --- shared memory ---------------------------------------------------------------------- */

static void
init_slots(void)
{
	for (int i = 0; i < SLOTS; i++)
	{
		pg_atomic_init_u32(&slots[i].taken, 0);
		pg_atomic_init_u32(&slots[i].waiting, 0);
		pg_atomic_init_u32(&slots[i].impatient, 0);
		ConditionVariableInit(&slots[i].free);
	}
}

void
tam_writer_register(void)
{
	tam_shmem_add("tamarack writers", sizeof(WriterSlot) * SLOTS, (void **) &slots, init_slots);
}
