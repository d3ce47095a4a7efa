/*
 * tam_dead_rows.c
 *	  The set of dead rows that VACUUM carries from the table to the indexes.
 *
 * Row numbers are never used twice, so a table that is updated a lot has few
 * rows in a wide range of numbers: bitmaps exist for the chunks of the range
 * that hold dead rows, and a directory finds them. The test of one row costs
 * two loads, whatever the size.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "tam_vacuum.h"

#define CHUNK_SHIFT 15
#define CHUNK_ROWS (INT64CONST(1) << CHUNK_SHIFT)
#define CHUNK_WORDS (CHUNK_ROWS / 64)
#define CHUNK_BYTES (CHUNK_ROWS / 8)
#define FIRST_DIRECTORY_SIZE 64

void
tam_dead_rows_init(TamDeadRows *set, MemoryContext context, Size limit)
{
	memset(set, 0, sizeof(*set));
	set->context = AllocSetContextCreate(context, "tamarack dead rows", ALLOCSET_DEFAULT_SIZES);
	set->limit = limit;
}

void
tam_dead_rows_reset(TamDeadRows *set, int64 first)
{
	MemoryContextReset(set->context);
	set->used = 0;
	set->chunks = NULL;
	set->size = 0;
	set->count = 0;
	set->base = first & ~(CHUNK_ROWS - 1);
}

static void
grow_directory(TamDeadRows *set, int64 size)
{
	Size		old_bytes = set->size * sizeof(uint64 *);
	Size		new_bytes = size * sizeof(uint64 *);

	if (set->chunks == NULL)
		set->chunks = MemoryContextAllocHuge(set->context, new_bytes);
	else
		set->chunks = repalloc_huge(set->chunks, new_bytes);
	memset((char *) set->chunks + old_bytes, 0, new_bytes - old_bytes);
	set->used += new_bytes - old_bytes;
	set->size = size;
}

static uint64 *
chunk_for(TamDeadRows *set, int64 number)
{
	if (number >= set->size)
		grow_directory(set, Max(number + 1, Max(set->size * 2, FIRST_DIRECTORY_SIZE)));
	if (set->chunks[number] == NULL)
	{
		set->chunks[number] = MemoryContextAllocZero(set->context, CHUNK_BYTES);
		set->used += CHUNK_BYTES;
	}
	return set->chunks[number];
}

void
tam_dead_rows_add(TamDeadRows *set, int64 row)
{
	tam_dead_rows_add_word(set, row & ~INT64CONST(63), UINT64CONST(1) << (row & 63));
}

void
tam_dead_rows_add_word(TamDeadRows *set, int64 first, uint64 word)
{
	int64		offset = first - set->base;

	Assert(offset >= 0 && first % 64 == 0);
	chunk_for(set, offset >> CHUNK_SHIFT)[(offset & (CHUNK_ROWS - 1)) / 64] |= word;
	set->count += pg_popcount64(word);
}

bool
tam_dead_rows_contain(const TamDeadRows *set, int64 row)
{
	int64		offset = row - set->base;
	int64		number = offset >> CHUNK_SHIFT;

	if (offset < 0 || number >= set->size || set->chunks[number] == NULL)
		return false;
	offset &= CHUNK_ROWS - 1;
	return (set->chunks[number][offset / 64] >> (offset % 64)) & 1;
}

/* A few more rows may need a chunk of their own. */
bool
tam_dead_rows_full(const TamDeadRows *set)
{
	return set->used + CHUNK_BYTES > set->limit && set->count > 0;
}
