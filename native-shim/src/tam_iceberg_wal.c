/*
 * tam_iceberg_wal.c
 *	  WAL records of files: their content, their removal.
 *
 * A file is written once, under a name that no other file ever has, made
 * durable, logged whole, and only then named by a row of a truth table. So
 * whoever replays the log has the file before any row that names it, and a
 * crash leaves at worst a file that nothing names.
 *
 * Content comes in pieces. Redo makes each piece durable at once: the file may
 * be part of what a restartpoint counts on, and no checkpointer knows of it.
 * A file that the log removes later on is made and removed again; redo can
 * therefore meet files that are there already, and none that must be there.
 */
#include "postgres.h"

#include <unistd.h>

#include "access/xlog.h"
#include "access/xloginsert.h"
#include "access/xlogutils.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/standby.h"

#include "tam_iceberg_files.h"
#include "tam_iceberg_wal.h"
#include "tam_utility.h"

/* Bytes of a file that one record holds: few records, and no large piece of memory. */
#define PIECE_BYTES (4 * 1024 * 1024)

#define PIECE_IS_FIRST 0x01
#define PIECE_IS_LAST 0x02

/* Followed by the path and the bytes. */
typedef struct xl_tam_file_content
{
	int64		offset;			/* of the bytes within the file */
	uint16		path_length;
	uint8		flags;			/* PIECE_IS_... */
} xl_tam_file_content;

/* Followed by the paths, each with a terminating zero. */
typedef struct xl_tam_files_removed
{
	TransactionId horizon;		/* snapshots that see it as running may read the files */
	RelFileLocator locator;
	uint32		count;
} xl_tam_files_removed;

/* --- writing records ---------------------------------------------------------------- */

static void
log_piece(const char *path, int64 offset, char *bytes, Size length, uint8 flags)
{
	xl_tam_file_content content = {offset, (uint16) strlen(path), flags};

	XLogBeginInsert();
	XLogRegisterData((char *) &content, sizeof(content));
	XLogRegisterData((char *) path, content.path_length);
	if (length > 0)
		XLogRegisterData(bytes, length);
	XLogInsert(TAM_RMGR_ID, XLOG_TAM_FILE_CONTENT);
}

static Size
read_piece(int fd, const char *path, char *bytes, int64 offset)
{
	ssize_t		length = pg_pread(fd, bytes, PIECE_BYTES, offset);

	if (length < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read file \"%s\": %m", path)));
	return (Size) length;
}

void
tam_iceberg_log_file(const char *path)
{
	int			fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	char	   *bytes = palloc(PIECE_BYTES);
	int64		offset = 0;
	uint8		flags = PIECE_IS_FIRST;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", path)));
	do
	{
		Size		length = read_piece(fd, path, bytes, offset);

		CHECK_FOR_INTERRUPTS();
		if (length == 0 && offset < status.st_size)
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("file \"%s\" is shorter than it was", path)));
		if (offset + (int64) length >= status.st_size)
			flags |= PIECE_IS_LAST;
		log_piece(tam_iceberg_relative(path), offset, bytes, length, flags);
		offset += length;
		flags &= ~PIECE_IS_FIRST;
	} while (offset < status.st_size);
	pfree(bytes);
	CloseTransientFile(fd);
}

static void
log_removal(List *paths, TransactionId horizon, RelFileLocator locator)
{
	xl_tam_files_removed removed = {horizon, locator, list_length(paths)};
	StringInfoData names;
	ListCell   *cell;

	initStringInfo(&names);
	foreach(cell, paths)
	{
		const char *path = tam_iceberg_relative(lfirst(cell));

		appendBinaryStringInfo(&names, path, strlen(path) + 1);
	}
	XLogBeginInsert();
	XLogRegisterData((char *) &removed, sizeof(removed));
	XLogRegisterData(names.data, names.len);
	XLogFlush(XLogInsert(TAM_RMGR_ID, XLOG_TAM_FILES_REMOVED));
	pfree(names.data);
}

void
tam_iceberg_remove_logged(List *paths, TransactionId horizon, RelFileLocator locator, bool logged)
{
	ListCell   *cell;

	if (paths == NIL)
		return;
	if (logged)
		log_removal(paths, horizon, locator);
	foreach(cell, paths)
		tam_file_unlink(lfirst(cell));
}

void
tam_iceberg_remove_tree(const char *path, bool logged)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return;
	if (logged)
	{
		XLogBeginInsert();
		XLogRegisterData((char *) path, strlen(path) + 1);
		XLogFlush(XLogInsert(TAM_RMGR_ID, XLOG_TAM_TREE_REMOVED));
	}
	rmtree(path, true);
}

void
tam_iceberg_remove_database(Oid database)
{
	DIR		   *dir = AllocateDir(TAM_ICEBERG_DIRECTORY);
	struct dirent *entry;

	if (dir == NULL && errno == ENOENT)
		return;
	while ((entry = ReadDirExtended(dir, TAM_ICEBERG_DIRECTORY, LOG)) != NULL)
		if (strspn(entry->d_name, "0123456789") == strlen(entry->d_name))
			tam_iceberg_remove_tree(tam_iceberg_database_directory(atooid(entry->d_name), database), true);
	FreeDir(dir);
}

/* --- redo ----------------------------------------------------------------------------- */

/* The file that the last record was about stays open: the next is about it, too. */
static int	open_fd = -1;
static char open_path[MAXPGPATH];

void
tam_iceberg_redo_end(void)
{
	if (open_fd >= 0)
		close(open_fd);
	open_fd = -1;
}

/* A log that was tampered with must not reach beyond our own directory. */
static void
require_own_path(const char *path)
{
	if (strncmp(path, TAM_ICEBERG_DIRECTORY "/", strlen(TAM_ICEBERG_DIRECTORY) + 1) != 0
		|| strlen(path) >= MAXPGPATH || path_contains_parent_reference(path))
		elog(PANIC, "tamarack: a WAL record names file \"%s\"", path);
}

static void
open_for_redo(const char *path, bool first)
{
	if (open_fd >= 0 && !first && strcmp(path, open_path) == 0)
		return;
	tam_iceberg_redo_end();
	tam_iceberg_make_parent(path);
	open_fd = BasicOpenFile(path, O_RDWR | O_CREAT | PG_BINARY | (first ? O_TRUNC : 0));
	if (open_fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create file \"%s\": %m", path)));
	strlcpy(open_path, path, MAXPGPATH);
}

static void
write_piece(const char *bytes, Size length, int64 offset)
{
	errno = 0;
	if (length > 0 && pg_pwrite(open_fd, bytes, length, offset) != (ssize_t) length)
	{
		if (errno == 0)
			errno = ENOSPC;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not write file \"%s\": %m", open_path)));
	}
	if (pg_fsync(open_fd) != 0)
		ereport(data_sync_elevel(ERROR),
				(errcode_for_file_access(),
				 errmsg("could not fsync file \"%s\": %m", open_path)));
}

static void
redo_content(XLogReaderState *record)
{
	xl_tam_file_content *content = (xl_tam_file_content *) XLogRecGetData(record);
	char	   *name = (char *) content + sizeof(*content);
	char	   *path = pnstrdup(name, content->path_length);
	char	   *bytes = name + content->path_length;

	require_own_path(path);
	open_for_redo(path, content->flags & PIECE_IS_FIRST);
	write_piece(bytes, XLogRecGetData(record) + XLogRecGetDataLen(record) - bytes, content->offset);
	if (content->flags & PIECE_IS_LAST)
	{
		tam_iceberg_redo_end();
		tam_iceberg_sync_parent(path);
	}
	pfree(path);
}

static void
redo_files_removed(XLogReaderState *record)
{
	xl_tam_files_removed *removed = (xl_tam_files_removed *) XLogRecGetData(record);
	char	   *path = (char *) removed + sizeof(*removed);

	if (InHotStandby && TransactionIdIsValid(removed->horizon))
		tam_resolve_snapshot_conflict(removed->horizon, removed->locator);
	tam_iceberg_redo_end();
	for (uint32 i = 0; i < removed->count; i++, path += strlen(path) + 1)
	{
		require_own_path(path);
		tam_file_unlink(path);
	}
}

static void
redo_tree_removed(XLogReaderState *record)
{
	const char *path = XLogRecGetData(record);
	struct stat status;

	require_own_path(path);
	tam_iceberg_redo_end();
	if (stat(path, &status) == 0)
		rmtree(path, true);
}

void
tam_iceberg_redo(XLogReaderState *record)
{
	switch (XLogRecGetInfo(record) & ~XLR_INFO_MASK)
	{
		case XLOG_TAM_FILE_CONTENT:
			redo_content(record);
			break;
		case XLOG_TAM_FILES_REMOVED:
			redo_files_removed(record);
			break;
		case XLOG_TAM_TREE_REMOVED:
			redo_tree_removed(record);
			break;
		default:
			elog(PANIC, "tamarack: unknown WAL record type %u", XLogRecGetInfo(record));
	}
}

/* --- description ---------------------------------------------------------------------- */

void
tam_iceberg_desc(StringInfo buf, XLogReaderState *record)
{
	char	   *data = XLogRecGetData(record);

	switch (XLogRecGetInfo(record) & ~XLR_INFO_MASK)
	{
		case XLOG_TAM_FILE_CONTENT:
			{
				xl_tam_file_content *content = (xl_tam_file_content *) data;
				Size		header = sizeof(*content) + content->path_length;

				appendStringInfo(buf, "file %.*s offset " INT64_FORMAT " length %zu%s",
								 content->path_length, data + sizeof(*content), content->offset,
								 XLogRecGetDataLen(record) - header,
								 content->flags & PIECE_IS_LAST ? " last" : "");
				break;
			}
		case XLOG_TAM_FILES_REMOVED:
			{
				xl_tam_files_removed *removed = (xl_tam_files_removed *) data;

				appendStringInfo(buf, "horizon %u files %u, first %s",
								 removed->horizon, removed->count, data + sizeof(*removed));
				break;
			}
		default:
			appendStringInfo(buf, "directory %s", data);
	}
}

const char *
tam_iceberg_identify(uint8 info)
{
	switch (info & ~XLR_INFO_MASK)
	{
		case XLOG_TAM_FILE_CONTENT:
			return "FILE_CONTENT";
		case XLOG_TAM_FILES_REMOVED:
			return "FILES_REMOVED";
		case XLOG_TAM_TREE_REMOVED:
			return "TREE_REMOVED";
	}
	return NULL;
}
