/*-------------------------------------------------------------------------
 *
 * tam_sqlite_store.h
 *	  Private declarations of tamarack_sqlite.so, the part of sqlite_heap that
 *	  runs inside SQLite.
 *
 * The library is two things at once: a SQLite loadable extension, which is how
 * it gets at SQLite, and the natives of tamarack.sqliteheap.StoreNatives.  It
 * calls SQLite only through the API table that SQLite hands to extensions, so
 * it works inside the copy of SQLite that opened the file, and it has no
 * PostgreSQL symbols, so it also works in a plain JVM.
 *
 * Errors: functions that return int return a SQLite result code; what went
 * wrong is in the connection (sqlite3_errmsg).
 *
 *-------------------------------------------------------------------------
 */
#ifndef TAM_SQLITE_STORE_H
#define TAM_SQLITE_STORE_H

#include <jni.h>
#include <sqlite3ext.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tam_layout.h"

#define TAM_ALIGN8(length) (((length) + 7) & ~((int64_t) 7))

/*
 * A row version is one blob: its header, then its tuple.  One column is decoded
 * 10 ns faster than two (a scan takes 57 ns a row).
 *
 * The header is xmin, xmax, state and next, each a big-endian integer of six
 * bytes, so that changing one never changes the length of the row.  next is
 * signed.
 */
#define TAM_HEADER_FIELD	6
#define TAM_HEADER_BYTES	(4 * TAM_HEADER_FIELD)

/*
 * A tuple of more bytes than this lives in table large_tuple, so that headers
 * are read and set without it: a page of row_version always holds two rows.
 * Its row version is a header alone.
 */
#define TAM_LARGE_TUPLE		2000
#define TAM_VERSION_BYTES	(TAM_HEADER_BYTES + TAM_LARGE_TUPLE)

/* VDBE instructions between two looks at the interrupt flag: some 50 us. */
#define TAM_PROGRESS_STEPS	5000

/* The most logs that are synced at a time. */
#define TAM_SYNC_STORES		8

/* Statements of a store, prepared at first use. */
typedef enum tam_statement
{
	TAM_BEGIN,
	TAM_COMMIT,
	TAM_ROLLBACK,
	TAM_SCAN,
	TAM_FETCH,
	TAM_INSERT,
	TAM_INSERT_BATCH,
	TAM_INSERT_LARGE,
	TAM_SET_HEADER,
	TAM_DELETE,
	TAM_DELETE_RANGE,
	TAM_DELETE_LARGE,
	TAM_STEP_LOOK,
	TAM_STEP_REMOVE,
	TAM_MAX_ROW,
	TAM_COUNT_ROWS,
	TAM_STATEMENTS				/* how many there are */
} tam_statement;

/* The fields of a row version's header. */
typedef struct tam_header
{
	int64_t		xmin;
	int64_t		xmax;
	int64_t		state;			/* info << 32 | cid */
	int64_t		next;
} tam_header;

/* A batch that is being filled by tam_pack(). */
typedef struct tam_packing
{
	char	   *batch;			/* NULL outside a scan or fetch */
	int64_t		capacity;
	int64_t		used;
	int64_t		last;			/* last row number wanted */
	int64_t		resume_row;
	int64_t		needed;
	int			max_rows;
	int			count;
	bool		headers_only;
	sqlite3_blob *large;		/* open on large_tuple, or NULL */
} tam_packing;

/* SQLite's state of the log in shared memory: 48 bytes. */
#define TAM_WAL_STATE_WORDS	6

/* Rows read ahead of the fetches that may want them, see tam_sqlite_ahead.c. */
typedef struct tam_ahead
{
	char	   *batch;			/* NULL until first used */
	int64_t		first;			/* all rows from here ... */
	int64_t		last;			/* ... to here are known; none when last < first */
	int			count;			/* entries in the batch */
	const char *entry;			/* the entry looked at last */
	int			left;			/* entries from there on */
	const volatile uint64_t *index; /* SQLite's wal-index, NULL until first used */
	uint64_t	state[TAM_WAL_STATE_WORDS]; /* of the log, when the batch was read */
	int64_t		last_row;		/* fetched last */
	int			run;			/* fetches in row order so far */
} tam_ahead;

/* A batch that is being read by tam_unpack. */
typedef struct tam_unpacking
{
	const char *entry;			/* NULL outside an insert */
	int			count;
} tam_unpacking;

/* A header that tam_with_header() puts into a row version. */
typedef struct tam_new_header
{
	unsigned char bytes[TAM_HEADER_BYTES];
	bool		used;
} tam_new_header;

/* The row numbers that tam_doomed() looks for, ascending. */
typedef struct tam_doom
{
	const int64_t *rows;		/* NULL outside a delete */
	int			count;
	int			position;
} tam_doom;

/* A step of VACUUM that is under way. */
typedef struct tam_vacuum_step
{
	char	   *area;			/* NULL outside a step */
	int64_t		first;			/* row number of the first bit of the kept rows */
	int64_t		resume_row;
	int64_t		oldest_xid;
	int			rows;			/* looked at */
	int			live;
	int			dead;
	int			undecided;
} tam_vacuum_step;

/* One SQLite connection.  The Java side holds its address. */
typedef struct tam_store
{
	sqlite3    *db;
	sqlite3_stmt *statements[TAM_STATEMENTS];
	tam_packing packing;
	tam_ahead	ahead;
	tam_unpacking unpacking;
	tam_new_header new_header;
	tam_doom	doom;
	tam_vacuum_step step;
	volatile int *interrupt;	/* non-zero there stops a statement */
	int			wal_frames;		/* in the log after our last commit */
	bool		gathers;		/* writes to the log go through tam_sqlite_log.c */
} tam_store;

static inline uint64_t
tam_read_big_endian(const unsigned char *bytes)
{
	uint64_t	value;

	memcpy(&value, bytes, sizeof(value));
	return __builtin_bswap64(value);
}

/* Loads of eight bytes each, of which six are the field: assembling six bytes would stall. */
static inline void
tam_header_decode(const unsigned char *bytes, tam_header *header)
{
	header->xmin = tam_read_big_endian(bytes) >> 16;
	header->xmax = tam_read_big_endian(bytes + TAM_HEADER_FIELD) >> 16;
	header->state = tam_read_big_endian(bytes + 2 * TAM_HEADER_FIELD) >> 16;
	header->next = (int64_t) (tam_read_big_endian(bytes + 3 * TAM_HEADER_FIELD - 2) << 16) >> 16;
}

/* tam_sqlite_ext.c */
extern int	tam_store_statement(tam_store *store, tam_statement which, sqlite3_stmt **statement);
extern int	tam_store_run(tam_store *store, tam_statement which);
extern int	tam_store_finish(sqlite3_stmt *statement, int result);
extern int	tam_store_open(const char *path, tam_store **store);
extern int	tam_store_close(tam_store *store);
extern int	tam_store_copy(tam_store *store, const char *target);

/* tam_sqlite_pack.c */
extern int	tam_pack_register(tam_store *store);
extern int	tam_store_scan(tam_store *store, int64_t first, int64_t last, int max_rows,
						   bool headers_only, char *batch, int64_t capacity, int *count);
extern int	tam_store_fetch_alone(tam_store *store, int64_t row, bool headers_only, char *batch,
								  int64_t capacity, int *found);
extern int	tam_large_open(tam_store *store, int64_t row, bool writable, sqlite3_blob **blob);

/* tam_sqlite_ahead.c */
extern int	tam_store_fetch(tam_store *store, int64_t row, bool headers_only, char *batch,
							int64_t capacity, int *found);
extern void tam_ahead_free(tam_store *store);

/* tam_sqlite_unpack.c */
extern int	tam_unpack_register(tam_store *store);
extern int	tam_store_insert(tam_store *store, const char *batch, int count);
extern int	tam_header_encode(const tam_header *header, unsigned char *bytes);

/* tam_sqlite_write.c */
extern int	tam_write_register(tam_store *store);
extern int	tam_store_set_header(tam_store *store, int64_t row, const tam_header *header,
								 bool *found);
extern int	tam_store_delete(tam_store *store, const int64_t *rows, int count, int *deleted);
extern int	tam_store_delete_large(tam_store *store, const int64_t *rows, int count);
extern int	tam_store_truncate(tam_store *store);

/* tam_sqlite_vacuum.c */
extern int	tam_vacuum_register(tam_store *store);
extern int	tam_store_vacuum_step(tam_store *store, int64_t first, int64_t last, bool remove, char *area);

/* tam_sqlite_log.c */
extern void tam_log_gather(tam_store *store);

/* tam_sqlite_sync.c */
extern int	tam_store_sync_log(tam_store *store);
extern int	tam_store_sync_database(tam_store *store);
extern void tam_store_sync_logs(tam_store *const *stores, int *results, int count);

/* tam_sqlite_natives.c */
extern void tam_store_throw(JNIEnv *env, tam_store *store, int result);

#endif							/* TAM_SQLITE_STORE_H */
