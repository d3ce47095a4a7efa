/*
 * tam_vacuum.h
 *	  What the files of VACUUM share.
 */
#ifndef TAM_VACUUM_H
#define TAM_VACUUM_H

#include "access/genam.h"
#include "commands/vacuum.h"
#include "utils/pg_rusage.h"

#include "tam.h"

/* --- tam_dead_rows.c ------------------------------------------------------ */

/* A set of row numbers: bitmaps of a chunk of rows each, made when needed. */
typedef struct TamDeadRows
{
	MemoryContext context;
	Size		limit;			/* bytes the set should keep to */
	Size		used;
	int64		base;			/* row number of the first chunk's first bit */
	uint64	  **chunks;
	int64		size;			/* chunks that the directory has room for */
	int64		count;			/* rows in the set */
} TamDeadRows;

extern void tam_dead_rows_init(TamDeadRows *set, MemoryContext context, Size limit);
/* Empties the set; rows added from now on are not below the first. */
extern void tam_dead_rows_reset(TamDeadRows *set, int64 first);
extern void tam_dead_rows_add(TamDeadRows *set, int64 row);
/* Adds row first + n for every bit n of a word; first is a multiple of 64, none is there yet. */
extern void tam_dead_rows_add_word(TamDeadRows *set, int64 first, uint64 word);
extern bool tam_dead_rows_contain(const TamDeadRows *set, int64 row);
/* Whether the set has used up its memory. */
extern bool tam_dead_rows_full(const TamDeadRows *set);

/* --- tam_vacuum.c --------------------------------------------------------- */

/* One VACUUM of one relation. */
typedef struct TamVacuum
{
	Relation	rel;
	struct VacuumParams *params;
	BufferAccessStrategy strategy;
	GlobalVisState *vistest;
	struct VacuumCutoffs cutoffs;
	bool		aggressive;
	bool		verbose;
	bool		failsafe;		/* wraparound is near: skip the indexes */
	int64		row_limit;		/* rows below are looked at */

	/* indexes */
	int			index_count;
	Relation   *indexes;
	char	  **index_names;
	IndexBulkDeleteResult **index_stats;
	bool		index_vacuum;	/* entries, then rows, may be removed */
	bool		index_cleanup;
	int			index_scans;

	/* rows */
	char	   *step;			/* a VacuumStepLayout */
	int64		span;			/* row numbers of the next step */
	bool		expects_dead;	/* so a step removes at once */

	/* rows removed, and rows that stay, in this round; for the indexes */
	TamDeadRows dead;
	TamDeadRows kept;
	int64		round_first;	/* row numbers that the round has looked at */
	int64		round_last;
	int64		last_pruning;	/* rows went before their index entries, up to this note; 0: none */
	int64		note;			/* this round's own such note, 0: none */
	TamBatch	lookup;			/* for entries whose row the steps did not meet */

	/* freezing */
	int64		freeze_limit;	/* full xids */
	int64		oldest_xmin;
	char		freeze[TAM_FREEZE_SIZE];	/* handed to Java; holds the oldest ids left */
	int64	   *ranges;			/* first and last rows of ranges to freeze */
	int			range_count;
	int			range_size;

	/* counters */
	double		live;
	double		recently_dead;
	double		removed;
	double		kept_dead;		/* dead, kept because their index entries are */
	double		frozen;
	int64		bytes_before;
	int64		bytes_after;
	bool		frozenxid_updated;
	bool		minmulti_updated;

	/* for the report */
	TimestampTz start_time;
	PGRUsage	usage;
} TamVacuum;

/* Gives the writer slot back after a step of bulk work. */
extern void tam_vacuum_release_writer(TamVacuum *vacuum);
/* Sleeps as vacuum_cost_delay asks, having read and written so many blocks. */
extern void tam_vacuum_delay(TamVacuum *vacuum, BlockNumber blocks_read, BlockNumber blocks_written);

#define TAM_VACUUM_I64(area, offset) (*(int64 *) ((area) + (offset)))
#define TAM_VACUUM_I32(area, offset) (*(int32 *) ((area) + (offset)))

/* --- tam_vacuum_rows.c ----------------------------------------------------- */

/* Makes ready to walk over the rows. */
extern void tam_vacuum_begin_rows(TamVacuum *vacuum);
/*
 * Finds and removes dead rows from a row on, until the sets of rows have used
 * up their memory. Returns the row to go on with, TAM_NO_ROW at the end.
 */
extern int64 tam_vacuum_walk(TamVacuum *vacuum, int64 first);
/* Freezes what the walk has found to need it. */
extern void tam_vacuum_freeze(TamVacuum *vacuum);

/* --- tam_vacuum_index.c --------------------------------------------------- */

extern void tam_vacuum_open_indexes(TamVacuum *vacuum);
extern void tam_vacuum_close_indexes(TamVacuum *vacuum);
/* Removes the index entries of all rows in the dead set. */
extern void tam_vacuum_bulk_delete(TamVacuum *vacuum);
extern void tam_vacuum_cleanup_indexes(TamVacuum *vacuum);

/* --- tam_vacuum_report.c -------------------------------------------------- */

extern void tam_vacuum_report_start(TamVacuum *vacuum);
extern void tam_vacuum_report_end(TamVacuum *vacuum);

#endif							/* TAM_VACUUM_H */
