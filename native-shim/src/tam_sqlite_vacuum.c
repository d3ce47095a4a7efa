/*-------------------------------------------------------------------------
 *
 * tam_sqlite_vacuum.c
 *	  VACUUM's way through the rows.
 *
 * The SQL function tam_vacuum_row(rowid, version) decides a row by what is
 * known about its transactions: it stays, or it is dead, or somebody else must
 * judge it.  In the WHERE clause of a DELETE it makes dead rows go in the same
 * walk over the pages that finds them.
 *
 * What a step works on is a tamarack.tuple.VacuumStepLayout.
 *
 *-------------------------------------------------------------------------
 */
#include "tam_sqlite_store.h"

SQLITE_EXTENSION_INIT3

typedef enum decision
{
	STAYS,
	IS_DEAD,
	UNDECIDED
} decision;

#define AREA(area, type, offset) (*(type *) ((area) + (offset)))

/* What is known about a transaction, 0 for nothing. */
static inline int
known(const char *area, int64_t xid)
{
	int64_t		entry = AREA(area, const int64_t,
							 TAM_STEP_KNOWN + 8 * (xid & (TAM_STEP_KNOWN_SLOTS - 1)));

	return entry >> TAM_STEP_KNOWN_BITS == xid ? entry & ((1 << TAM_STEP_KNOWN_BITS) - 1) : 0;
}

static inline decision
decide_inserted(const char *area, const tam_header *header, int info)
{
	if (info & TAM_INFO_XMIN_FROZEN)
		return STAYS;
	if (header->xmin == 0)
		return IS_DEAD;
	switch (known(area, header->xmin))
	{
		case 0:
			return UNDECIDED;
		case TAM_STEP_KNOWN_ABORTED:
			return IS_DEAD;
		default:
			return STAYS;
	}
}

static inline decision
decide(const char *area, const tam_header *header)
{
	int			info = header->state >> 32;
	decision	inserted;

	if (info & (TAM_INFO_SPECULATIVE | TAM_INFO_XMAX_MULTI))
		return UNDECIDED;
	inserted = decide_inserted(area, header, info);
	if (inserted != STAYS || (info & TAM_INFO_MODE_MASK) < TAM_INFO_MODE_UPDATED << TAM_INFO_MODE_SHIFT)
		return inserted;
	switch (known(area, header->xmax))
	{
		case TAM_STEP_KNOWN_REMOVABLE:
			return IS_DEAD;
		case TAM_STEP_KNOWN_ABORTED:
			return STAYS;
		default:
			return UNDECIDED;
	}
}

static inline void
count_xid(tam_vacuum_step *step, int64_t xid)
{
	if (xid < step->oldest_xid)
		step->oldest_xid = xid;
}

static inline void
keep(tam_vacuum_step *step, int64_t row, const tam_header *header)
{
	int			info = header->state >> 32;
	int64_t		bit = row - (step->first & ~INT64_C(63));

	step->live++;
	AREA(step->area, uint64_t, TAM_STEP_KEPT + 8 * (bit / 64)) |= UINT64_C(1) << bit % 64;
	if (!(info & TAM_INFO_XMIN_FROZEN))
		count_xid(step, header->xmin);
	if (info & TAM_INFO_MODE_MASK)
		count_xid(step, header->xmax);
}

/* Leaves a row's header to somebody else's judgement. */
static void
leave(tam_vacuum_step *step, int64_t row, const tam_header *header)
{
	char	   *entry = step->area + TAM_STEP_BATCH + TAM_BATCH_HEADER_SIZE
		+ TAM_BATCH_IMAGE * step->undecided++;

	AREA(entry, int64_t, TAM_BATCH_ROW) = row;
	AREA(entry, int64_t, TAM_BATCH_XMIN) = header->xmin;
	AREA(entry, int64_t, TAM_BATCH_XMAX) = header->xmax;
	AREA(entry, int64_t, TAM_BATCH_NEXT) = header->next;
	AREA(entry, int32_t, TAM_BATCH_CID) = header->state;
	AREA(entry, int32_t, TAM_BATCH_INFO) = header->state >> 32;
	AREA(entry, int32_t, TAM_BATCH_ENTRY_SIZE) = TAM_BATCH_IMAGE;
	AREA(entry, int32_t, TAM_BATCH_TUPLE_LENGTH) = 0;
}

/* True when the row is dead. */
static inline bool
vacuum_row(tam_vacuum_step *step, int64_t row, const tam_header *header)
{
	switch (decide(step->area, header))
	{
		case STAYS:
			keep(step, row, header);
			return false;
		case IS_DEAD:
			AREA(step->area, int64_t, TAM_STEP_DEAD_ROWS + 8 * step->dead++) = row;
			return true;
		default:
			leave(step, row, header);
			return false;
	}
}

/*
 * tam_vacuum_row(rowid, version): 1 when the row is dead, else 0.  Rows beyond the
 * most that a step takes are passed over.
 */
static void
judge(sqlite3_context *context, int count, sqlite3_value **arguments)
{
	tam_vacuum_step *step = &((tam_store *) sqlite3_user_data(context))->step;
	int64_t		row = sqlite3_value_int64(arguments[0]);
	const unsigned char *version;
	tam_header	header;

	if (step->area == NULL)
	{
		sqlite3_result_error_code(context, SQLITE_MISUSE);
		return;
	}
	if (step->rows == TAM_STEP_MAX_ROWS)
	{
		if (step->resume_row < 0)
			step->resume_row = row;
		sqlite3_result_int(context, 0);
		return;
	}
	version = sqlite3_value_blob(arguments[1]);
	if (sqlite3_value_bytes(arguments[1]) < TAM_HEADER_BYTES)
	{
		sqlite3_result_error_code(context, SQLITE_CORRUPT);
		return;
	}
	step->rows++;
	tam_header_decode(version, &header);
	sqlite3_result_int(context, vacuum_row(step, row, &header));
}

int
tam_vacuum_register(tam_store *store)
{
	return sqlite3_create_function_v2(store->db, "tam_vacuum_row", 2, SQLITE_UTF8 | SQLITE_DIRECTONLY,
									  store, judge, NULL, NULL, NULL);
}

static int
run_step(tam_store *store, bool remove, int64_t first, int64_t last)
{
	sqlite3_stmt *statement;
	int			result = tam_store_statement(store, remove ? TAM_STEP_REMOVE : TAM_STEP_LOOK, &statement);

	if (result != SQLITE_OK)
		return result;
	sqlite3_bind_int64(statement, 1, first);
	sqlite3_bind_int64(statement, 2, last);
	return tam_store_finish(statement, sqlite3_step(statement));
}

/*
 * Decides the rows first..last, at most TAM_STEP_MAX_SPAN numbers, and removes
 * those that are dead if so wanted.  area is a VacuumStepLayout.
 */
int
tam_store_vacuum_step(tam_store *store, int64_t first, int64_t last, bool remove, char *area)
{
	tam_vacuum_step *step = &store->step;
	int			result;

	if (last - first >= TAM_STEP_MAX_SPAN)
		return SQLITE_MISUSE;
	*step = (tam_vacuum_step) {
		.area = area, .first = first, .resume_row = -1, .oldest_xid = INT64_MAX
	};
	memset(area + TAM_STEP_KEPT, 0, TAM_STEP_KEPT_SIZE);
	memset(area + TAM_STEP_BATCH, 0, TAM_BATCH_HEADER_SIZE);
	result = run_step(store, remove, first, last);
	step->area = NULL;
	AREA(area, int64_t, TAM_STEP_RESUME_ROW) = step->resume_row;
	AREA(area, int64_t, TAM_STEP_OLDEST_XID) = step->oldest_xid;
	AREA(area, int32_t, TAM_STEP_ROWS) = step->rows;
	AREA(area, int32_t, TAM_STEP_LIVE) = step->live;
	AREA(area, int32_t, TAM_STEP_DEAD) = step->dead;
	AREA(area, int32_t, TAM_STEP_BATCH + TAM_BATCH_COUNT) = step->undecided;
	AREA(area, int64_t, TAM_STEP_BATCH + TAM_BATCH_USED) =
		TAM_BATCH_HEADER_SIZE + (int64_t) TAM_BATCH_IMAGE * step->undecided;
	if (result == SQLITE_OK && remove && step->dead > 0)
		result = tam_store_delete_large(store, (const int64_t *) (area + TAM_STEP_DEAD_ROWS),
										step->dead);
	return result;
}
