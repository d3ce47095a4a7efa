/*-------------------------------------------------------------------------
 *
 * tam_sqlite_log.c
 *	  Fewer system calls for what SQLite writes to its log.
 *
 * SQLite appends a transaction to its log as frames, and writes each frame in
 * two pieces: 24 bytes of header, then the page.  Between SQLite and the
 * operating system we gather frames and write them at once, with the one that
 * commits: SQLite lets others see a transaction only after it has written that
 * frame.  An error of the disk may so come with a later frame than it would
 * have; the transaction fails all the same.
 *
 * - Whatever else is asked of the log comes after what was gathered.
 * - Only frames that are appended are gathered.  SQLite also goes back to
 *	 frames of the same transaction, even after the commit frame, to put a new
 *	 page or checksum there: that is written at once.
 * - When SQLite gives up its write lock, what is still gathered belongs to a
 *	 transaction that was rolled back, and is dropped: its place in the log is
 *	 another writer's from then on.
 *
 * The header of a frame is: page number, size of the database in pages if the
 * frame commits or else 0, two salts, two checksums; big-endian, of four bytes
 * each (SQLite's file format, section 4.1).
 *
 *-------------------------------------------------------------------------
 */
#include "tam_sqlite_store.h"

SQLITE_EXTENSION_INIT3

#define FRAME_HEADER_BYTES 24
#define GATHERED_BYTES (64 * 1024)
/* Which of the locks in shared memory makes a writer (SQLite's wal.c). */
#define WRITE_LOCK 0

typedef struct log_file
{
	sqlite3_io_methods methods; /* must be first: SQLite's pointer to its methods leads here */
	const sqlite3_io_methods *below;
	sqlite3_int64 start;		/* where the gathered bytes belong */
	int			used;
	bool		wants_page;		/* the bytes end in a frame's header ... */
	bool		commits;		/* ... of a frame that commits */
	int			page_bytes;		/* of the last page */
	sqlite3_int64 end;			/* of the frames appended under this write lock; -1 for none */
	char	   *bytes;			/* GATHERED_BYTES, from the first frame on */
	struct database_file *database;
} log_file;

typedef struct database_file
{
	sqlite3_io_methods methods; /* must be first */
	const sqlite3_io_methods *below;
	log_file   *log;			/* NULL once it is closed */
} database_file;

static inline log_file *
log_of(sqlite3_file *file)
{
	return (log_file *) file->pMethods;
}

/* --- writing ---------------------------------------------------------------------------- */

static int
write_gathered(sqlite3_file *file, log_file *log)
{
	int			used = log->used;

	log->used = 0;
	log->wants_page = false;
	if (used == 0)
		return SQLITE_OK;
	return log->below->xWrite(file, log->bytes, used, log->start);
}

/* Whether these bytes can join those gathered, or begin anew when there are none. */
static bool
fits(const log_file *log, int length, sqlite3_int64 offset)
{
	return length <= GATHERED_BYTES - log->used && (log->used == 0 || offset == log->start + log->used);
}

static void
append(log_file *log, const void *piece, int length, sqlite3_int64 offset)
{
	if (log->used == 0)
		log->start = offset;
	memcpy(log->bytes + log->used, piece, length);
	log->used += length;
}

static int
gather_header(sqlite3_file *file, log_file *log, const void *piece, sqlite3_int64 offset)
{
	static const char none[4];
	int			result = SQLITE_OK;

	if (!fits(log, FRAME_HEADER_BYTES + log->page_bytes, offset))
		result = write_gathered(file, log);
	if (result != SQLITE_OK)
		return result;
	append(log, piece, FRAME_HEADER_BYTES, offset);
	log->wants_page = true;
	log->commits = memcmp((const char *) piece + 4, none, sizeof(none)) != 0;
	return SQLITE_OK;
}

static int
gather_page(sqlite3_file *file, log_file *log, const void *piece, int length, sqlite3_int64 offset)
{
	append(log, piece, length, offset);
	log->wants_page = false;
	log->page_bytes = length;
	log->end = offset + length;
	return log->commits ? write_gathered(file, log) : SQLITE_OK;
}

static bool
has_room(log_file *log)
{
	if (log->bytes == NULL)
		log->bytes = sqlite3_malloc(GATHERED_BYTES);
	return log->bytes != NULL;
}

static int
log_write(sqlite3_file *file, const void *piece, int length, sqlite3_int64 offset)
{
	log_file   *log = log_of(file);
	int			result;

	if (log->wants_page && fits(log, length, offset))
		return gather_page(file, log, piece, length, offset);
	if (length == FRAME_HEADER_BYTES && !log->wants_page && (log->end < 0 || offset == log->end)
		&& has_room(log))
		return gather_header(file, log, piece, offset);
	result = write_gathered(file, log);
	return result != SQLITE_OK ? result : log->below->xWrite(file, piece, length, offset);
}

/* --- everything else comes after it ------------------------------------------------------- */

static int
log_read(sqlite3_file *file, void *target, int length, sqlite3_int64 offset)
{
	log_file   *log = log_of(file);
	int			result = write_gathered(file, log);

	return result != SQLITE_OK ? result : log->below->xRead(file, target, length, offset);
}

static int
log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	log_file   *log = log_of(file);
	int			result = write_gathered(file, log);

	return result != SQLITE_OK ? result : log->below->xTruncate(file, size);
}

static int
log_sync(sqlite3_file *file, int flags)
{
	log_file   *log = log_of(file);
	int			result = write_gathered(file, log);

	return result != SQLITE_OK ? result : log->below->xSync(file, flags);
}

static int
log_size(sqlite3_file *file, sqlite3_int64 *size)
{
	log_file   *log = log_of(file);
	int			result = write_gathered(file, log);

	return result != SQLITE_OK ? result : log->below->xFileSize(file, size);
}

static int
log_close(sqlite3_file *file)
{
	log_file   *log = log_of(file);

	file->pMethods = log->below;
	log->database->log = NULL;
	sqlite3_free(log->bytes);
	sqlite3_free(log);
	return file->pMethods->xClose(file);
}

/* --- the write lock ------------------------------------------------------------------------ */

static int
database_lock(sqlite3_file *file, int first, int count, int flags)
{
	database_file *database = (database_file *) file->pMethods;

	if (first == WRITE_LOCK && database->log != NULL)
	{
		database->log->used = 0;
		database->log->wants_page = false;
		database->log->end = -1;
	}
	return database->below->xShmLock(file, first, count, flags);
}

static int
database_close(sqlite3_file *file)
{
	database_file *database = (database_file *) file->pMethods;

	file->pMethods = database->below;
	sqlite3_free(database);
	return file->pMethods->xClose(file);
}

/* --- stepping in between --------------------------------------------------------------------- */

static void
step_in(sqlite3_file *file, log_file *log, sqlite3_file *main_file, database_file *database)
{
	*log = (log_file) {
		.methods = *file->pMethods, .below = file->pMethods, .end = -1, .database = database
	};
	log->methods.xClose = log_close;
	log->methods.xRead = log_read;
	log->methods.xWrite = log_write;
	log->methods.xTruncate = log_truncate;
	log->methods.xSync = log_sync;
	log->methods.xFileSize = log_size;
	*database = (database_file) {
		.methods = *main_file->pMethods, .below = main_file->pMethods, .log = log
	};
	database->methods.xClose = database_close;
	database->methods.xShmLock = database_lock;
	file->pMethods = &log->methods;
	main_file->pMethods = &database->methods;
}

/*
 * Steps in between SQLite and the files of a connection that is in a write
 * transaction.  Without memory for it, all stays as it was.
 */
void
tam_log_gather(tam_store *store)
{
	sqlite3_file *file = NULL;
	sqlite3_file *main_file = NULL;
	log_file   *log;
	database_file *database;

	if (store->gathers)
		return;
	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_FILE_POINTER, &main_file);
	if (file == NULL || file->pMethods == NULL || main_file == NULL || main_file->pMethods == NULL
		|| main_file->pMethods->iVersion < 2)
		return;
	log = sqlite3_malloc(sizeof(log_file));
	database = sqlite3_malloc(sizeof(database_file));
	if (log != NULL && database != NULL)
	{
		step_in(file, log, main_file, database);
		store->gathers = true;
		return;
	}
	sqlite3_free(log);
	sqlite3_free(database);
}
