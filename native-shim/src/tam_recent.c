/*
 * tam_recent.c
 *	  What this session has just read or changed, for those who ask again.
 *
 * An UPDATE by key wants the old row three times: the index scan finds it, the
 * executor reads it anew to fill in the columns that stay, and the new row is
 * compared with it. Then the index entries of the new row meet those of the
 * old one, and a unique index asks whether that is dead. One answer of each
 * kind is kept, which spares three reads of the file.
 *
 * The bytes of a row version never change, and row numbers are never used
 * again while the storage lives. Its header changes: whatever this session
 * does to the row ends the answer. Every end of a transaction, and every
 * truncation in place, ends all answers.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "tam.h"

/* Larger rows are read again. */
#define KEPT_BYTES 4096

/* Which row; none when row < 0. */
typedef struct RowName
{
	RelFileLocator locator;
	int			backend;
	int64		row;
} RowName;

static RowName read_row = {.row = -1};
static union
{
	char		bytes[KEPT_BYTES];
	int64		aligned;
}			read_entry;
static RowName changed_row = {.row = -1};
static TransactionId changed_by = InvalidTransactionId;

static inline bool
is_named(const RowName *name, Relation rel, int64 row)
{
	return name->row == row && row >= 0 && RelFileLocatorEquals(name->locator, rel->rd_locator)
		&& name->backend == TAM_RELATION_BACKEND(rel);
}

static inline void
set_name(RowName *name, Relation rel, int64 row)
{
	name->locator = rel->rd_locator;
	name->backend = TAM_RELATION_BACKEND(rel);
	name->row = row;
}

void
tam_recent_keep(Relation rel, const char *entry)
{
	int32		size = *(const int32 *) (entry + TAM_BATCH_ENTRY_SIZE);

	read_row.row = -1;
	if (size > KEPT_BYTES)
		return;
	memcpy(read_entry.bytes, entry, size);
	set_name(&read_row, rel, *(const int64 *) (entry + TAM_BATCH_ROW));
}

char *
tam_recent_entry(Relation rel, int64 row)
{
	return is_named(&read_row, rel, row) ? read_entry.bytes : NULL;
}

void
tam_recent_touch(Relation rel, int64 row)
{
	if (is_named(&read_row, rel, row))
		read_row.row = -1;
}

void
tam_recent_gave_up(Relation rel, int64 row, TransactionId xid)
{
	set_name(&changed_row, rel, row);
	changed_by = xid;
}

bool
tam_recent_is_given_up(Relation rel, int64 row)
{
	return is_named(&changed_row, rel, row) && TransactionIdIsCurrentTransactionId(changed_by);
}

void
tam_recent_forget(void)
{
	read_row.row = -1;
	changed_row.row = -1;
}
