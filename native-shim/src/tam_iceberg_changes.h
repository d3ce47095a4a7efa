/*
 * tam_iceberg_changes.h
 *	  Which tables have changed since they were published, and who publishes
 *	  them.
 */
#ifndef TAM_ICEBERG_CHANGES_H
#define TAM_ICEBERG_CHANGES_H

#include "postgres.h"

#include "utils/relcache.h"
#include "utils/timestamp.h"

/* --- tam_iceberg_changes.c ------------------------------------------------- */

/* The current transaction changes rows of the table. */
extern void tam_changes_note(Relation rel);
/* It gives a table of this database another storage. */
extern void tam_changes_note_storage(void);
/* Something that was prepared has been committed: nobody knows what it changed. */
extern void tam_changes_note_unknown(void);

/* What is to be published. */
typedef enum TamChangeKind
{
	TAM_CHANGE_TABLE,			/* one table */
	TAM_CHANGE_STORAGES,		/* the database's tables whose storage has not been published */
	TAM_CHANGE_EVERYTHING		/* all of its tables */
} TamChangeKind;

typedef struct TamChange
{
	Oid			database;
	TamChangeKind kind;
	Oid			table;			/* of TAM_CHANGE_TABLE */
	TimestampTz due;			/* not to be published before */
} TamChange;

/* Adds a change, unless the same is there already, due at that time or before. */
extern void tam_changes_add(const TamChange *change);
/* Takes out a change of the database that is due; false when none is. */
extern bool tam_changes_take(Oid database, TimestampTz now, TamChange *change);
/* The earliest change of any database but those of the list; false when there is none. */
extern bool tam_changes_earliest(const Oid *but, int count, TamChange *change);
/* Forgets a database. */
extern void tam_changes_forget(Oid database);
/* This process is told of new changes. */
extern void tam_changes_listen(void);
extern void tam_changes_register(void);

/* --- tam_iceberg_worker.c -------------------------------------------------- */

/* Milliseconds; below 0: nothing is published by itself. */
extern int	tam_publish_delay;

extern void tam_iceberg_worker_register(void);

#endif							/* TAM_ICEBERG_CHANGES_H */
