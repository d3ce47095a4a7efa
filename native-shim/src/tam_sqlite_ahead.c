/*-------------------------------------------------------------------------
 *
 * tam_sqlite_ahead.c
 *	  Fetching single rows, with reading ahead.
 *
 * A fetch costs SQLite a read transaction: two locks and a dozen microseconds'
 * worth of small things, most of it in the kernel.  Fetches often come in row
 * order, or nearly: an index scan over a column that grows with the row number,
 * CLUSTER, a merge join.  When they do, we pack a few rows more than was asked
 * for and serve the next fetches from there.
 *
 * What was read ahead holds as long as nobody has committed to the file since.
 * SQLite keeps the state of the log in shared memory, in the first 48 bytes of
 * the wal-index, twice (see sqlite.org/walformat.html): every commit of every
 * process changes them, and SQLite itself compares just them to learn whether
 * its own page cache holds.  So do we; no lock is held in between.
 *
 * In a transaction of our own, where uncommitted changes would be missed,
 * nothing is read ahead and nothing served.
 *
 *-------------------------------------------------------------------------
 */
#include "tam_sqlite_store.h"

SQLITE_EXTENSION_INIT3

/* The rows read ahead take no more memory than this. */
#define AHEAD_BYTES			32768

/* So many rows are read ahead. */
#define AHEAD_ROWS			64

/* After so many fetches in row order we read ahead. */
#define AHEAD_AFTER			4

/* A row at most so far from the one before is in order. */
#define AHEAD_NEAR			16

/* Rows too large to be read ahead are left alone for so many fetches. */
#define AHEAD_PAUSE			64

/* As SQLite maps the wal-index. */
#define WAL_INDEX_REGION	32768

static inline int64_t
entry_row(const char *entry)
{
	int64_t		row;

	memcpy(&row, entry + TAM_BATCH_ROW, sizeof(row));
	return row;
}

static inline int32_t
entry_size(const char *entry)
{
	int32_t		size;

	memcpy(&size, entry + TAM_BATCH_ENTRY_SIZE, sizeof(size));
	return size;
}

/* The wal-index of a store that has read its file before; NULL when SQLite does not share it. */
static const volatile uint64_t *
wal_index(tam_store *store)
{
	sqlite3_file *file = NULL;
	volatile void *region = NULL;

	if (sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
		file == NULL || file->pMethods == NULL || file->pMethods->iVersion < 2 ||
		file->pMethods->xShmMap(file, 0, WAL_INDEX_REGION, 0, &region) != SQLITE_OK)
		return NULL;
	return region;
}

/* Reads the state of the log; false while somebody is changing it. */
static bool
read_wal_state(const volatile uint64_t *index, uint64_t *state)
{
	bool		same = true;

	for (int i = 0; i < TAM_WAL_STATE_WORDS; i++)
		state[i] = index[i];
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (int i = 0; i < TAM_WAL_STATE_WORDS; i++)
		same &= state[i] == index[TAM_WAL_STATE_WORDS + i];
	return same;
}

static bool
is_wal_state(const tam_ahead *ahead)
{
	uint64_t	state[TAM_WAL_STATE_WORDS];

	return read_wal_state(ahead->index, state) && memcmp(state, ahead->state, sizeof(state)) == 0;
}

/* Forgets what was read ahead. */
static void
forget(tam_ahead *ahead)
{
	ahead->first = 0;
	ahead->last = -1;
}

/*
 * Reads ahead from `row` on, downwards or upwards.  Afterwards the row is
 * between ahead->first and ahead->last, unless something was in the way.
 */
static int
read_ahead(tam_store *store, int64_t row, bool downwards)
{
	tam_ahead  *ahead = &store->ahead;
	int64_t		first = downwards && row >= AHEAD_ROWS ? row - AHEAD_ROWS + 1 : downwards ? 0 : row;
	int64_t		last = downwards ? row : INT64_MAX;
	int64_t		resume_row;
	int			count;
	int			result;

	forget(ahead);
	if (ahead->batch == NULL)
		ahead->batch = sqlite3_malloc(AHEAD_BYTES);
	if (ahead->index == NULL)
		ahead->index = wal_index(store);
	if (ahead->batch == NULL || ahead->index == NULL || !read_wal_state(ahead->index, ahead->state))
		return SQLITE_OK;
	result = tam_store_scan(store, first, last, AHEAD_ROWS, false, ahead->batch, AHEAD_BYTES,
							&count);
	/* Whoever committed meanwhile, we may have read before or after it. */
	if (result != SQLITE_OK || !is_wal_state(ahead))
		return result;
	memcpy(&resume_row, ahead->batch + TAM_BATCH_RESUME_ROW, sizeof(resume_row));
	ahead->first = first;
	ahead->last = resume_row < 0 ? last : resume_row - 1;
	if (row > ahead->last)
		ahead->run = -AHEAD_PAUSE;
	ahead->count = count;
	ahead->entry = ahead->batch + TAM_BATCH_HEADER_SIZE;
	ahead->left = count;
	return SQLITE_OK;
}

/* Finds a row among those read ahead; NULL when there is no such row. */
static const char *
find_entry(tam_ahead *ahead, int64_t row)
{
	if (ahead->left == 0 || entry_row(ahead->entry) > row)
	{
		ahead->entry = ahead->batch + TAM_BATCH_HEADER_SIZE;
		ahead->left = ahead->count;
	}
	while (ahead->left > 0 && entry_row(ahead->entry) < row)
	{
		ahead->entry += entry_size(ahead->entry);
		ahead->left--;
	}
	return ahead->left > 0 && entry_row(ahead->entry) == row ? ahead->entry : NULL;
}

/* Makes a batch of one entry, or of none.  The result is that of tam_store_fetch. */
static int
copy_entry(const char *entry, char *batch, int64_t capacity)
{
	const int64_t resume_row = -1;
	int64_t		used = TAM_BATCH_HEADER_SIZE + (entry != NULL ? entry_size(entry) : 0);
	int32_t		count = entry != NULL;

	memset(batch, 0, TAM_BATCH_HEADER_SIZE);
	if (used > capacity)
	{
		memcpy(batch + TAM_BATCH_NEEDED, &used, sizeof(used));
		return -1;
	}
	memcpy(batch + TAM_BATCH_COUNT, &count, sizeof(count));
	memcpy(batch + TAM_BATCH_USED, &used, sizeof(used));
	memcpy(batch + TAM_BATCH_RESUME_ROW, &resume_row, sizeof(resume_row));
	if (entry != NULL)
		memcpy(batch + TAM_BATCH_HEADER_SIZE, entry, entry_size(entry));
	return count;
}

/* Notes a fetch.  Is this row, like those before it, near the one before? */
static bool
is_in_order(tam_ahead *ahead, int64_t row, bool *downwards)
{
	int64_t		distance = row - ahead->last_row;

	*downwards = distance < 0;
	ahead->last_row = row;
	if (distance < -AHEAD_NEAR || distance > AHEAD_NEAR)
		ahead->run = 0;
	else
		ahead->run++;
	return ahead->run >= AHEAD_AFTER;
}

static inline bool
is_read_ahead(const tam_ahead *ahead, int64_t row)
{
	return row >= ahead->first && row <= ahead->last;
}

/*
 * Packs one row.  *found: 1 packed, 0 no such row, -1 the batch is too small.
 */
int
tam_store_fetch(tam_store *store, int64_t row, bool headers_only, char *batch, int64_t capacity,
				int *found)
{
	tam_ahead  *ahead = &store->ahead;
	bool		downwards;
	int			result = SQLITE_OK;

	if (headers_only || capacity < TAM_BATCH_HEADER_SIZE || !sqlite3_get_autocommit(store->db))
		return tam_store_fetch_alone(store, row, headers_only, batch, capacity, found);
	if (is_read_ahead(ahead, row) && !is_wal_state(ahead))
	{
		forget(ahead);
		ahead->run = 0;
	}
	if (is_in_order(ahead, row, &downwards) && !is_read_ahead(ahead, row))
		result = read_ahead(store, row, downwards);
	if (result != SQLITE_OK)
		return result;
	if (!is_read_ahead(ahead, row))
		return tam_store_fetch_alone(store, row, headers_only, batch, capacity, found);
	*found = copy_entry(find_entry(ahead, row), batch, capacity);
	return SQLITE_OK;
}

/*
 * Frees what was read ahead.
 */
void
tam_ahead_free(tam_store *store)
{
	sqlite3_free(store->ahead.batch);
	store->ahead.batch = NULL;
	store->ahead.run = 0;
	forget(&store->ahead);
}
