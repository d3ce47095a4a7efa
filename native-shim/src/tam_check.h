/*
 * tam_check.h
 *	  What the files behind sqlite_heap_check share.
 */
#ifndef TAM_CHECK_H
#define TAM_CHECK_H

#include "funcapi.h"

#include "tam_utility.h"

/* Lines that one kind of check gives at most. */
#define TAM_PROBLEMS_AT_MOST 100

/* A set of row numbers, one bit each. */
typedef struct TamRowSet
{
	int64		limit;			/* only numbers below are in it */
	uint8	   *bits;
} TamRowSet;

static inline bool
tam_rowset_has(const TamRowSet *set, int64 row)
{
	return row >= 0 && row < set->limit && (set->bits[row / 8] & (1 << (row % 8))) != 0;
}

static inline void
tam_rowset_add(TamRowSet *set, int64 row)
{
	if (row >= 0 && row < set->limit)
		set->bits[row / 8] |= 1 << (row % 8);
}

/* Where the lines go. */
typedef struct TamProblems
{
	Tuplestorestate *store;
	TupleDesc	desc;
	int64		count;			/* of the check that is running */
} TamProblems;

/* One run of sqlite_heap_check. */
typedef struct TamCheck
{
	Relation	rel;
	Snapshot	snapshot;		/* taken before the walk over the rows */
	int64		limit;			/* row limit, read after the snapshot was taken */
	TamRowSet	present;		/* rows that are in the file */
	TamRowSet	visible;		/* rows that the snapshot sees */
	TamRowSet	pruned;			/* rows that went before their index entries */
	MemoryContext context;		/* holds the sets */
	TamBatch	batch;			/* for single rows */
	TamProblems *problems;
} TamCheck;

extern void tam_problem(TamProblems *problems, const char *format,...) pg_attribute_printf(2, 3);
extern TamRowSet tam_rowset_make(int64 limit);
extern void tam_rowset_free(TamRowSet *set);
/* Whether a row is in the file, or was when the check began. */
extern bool tam_check_row_exists(TamCheck *check, int64 row);
/* Whether a missing row was dead, and went before its index entries. */
extern bool tam_check_row_was_pruned(TamCheck *check, int64 row);

/* tam_check_row.c */
extern void tam_check_header(TamCheck *check, char *entry);
extern void tam_check_tuple(TamCheck *check, char *entry);

/* tam_check_index.c */
extern void tam_check_index(TamCheck *check, Relation index);

#endif							/* TAM_CHECK_H */
