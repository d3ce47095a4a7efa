/*
 * tam_file.c
 *	  Table files as C sees them: their names, sizes and directories.
 *
 * The twin of tamarack.sqliteheap.TableFileName, for the places where no JVM
 * may be started for a file's sake. Nothing here reads or writes the content
 * of a file that a JVM of this process has open: closing a descriptor of such
 * a file would drop SQLite's locks on it.
 */
#include "postgres.h"

#include <ctype.h>
#include <unistd.h>

#include "common/file_perm.h"
#include "miscadmin.h"
#include "storage/copydir.h"
#include "storage/fd.h"

#include "tam_utility.h"

/* --- names -------------------------------------------------------------------- */

char *
tam_file_directory(Oid database)
{
	return psprintf("%s/%u", TAM_FILE_DIRECTORY, database);
}

char *
tam_file_named(Oid database, const TamFileName *name)
{
	StringInfoData path;

	initStringInfo(&path);
	appendStringInfo(&path, "%s/%u/", TAM_FILE_DIRECTORY, database);
	if (name->backend != TAM_NO_BACKEND)
		appendStringInfo(&path, "t%d_", name->backend);
	if (OidIsValid(name->tablespace))
		appendStringInfo(&path, "%u_", name->tablespace);
	appendStringInfo(&path, "%u" TAM_FILE_SUFFIX, name->number);
	return path.data;
}

char *
tam_file_path(RelFileLocator locator, int backend)
{
	TamFileName name = {InvalidOid, TAM_REL_NUMBER(locator), backend};

	if (TAM_SPC_OID(locator) != MyDatabaseTableSpace)
		name.tablespace = TAM_SPC_OID(locator);
	return tam_file_named(TAM_DB_OID(locator), &name);
}

/* Reads an unsigned number; NULL when there is none. */
static const char *
parse_number(const char *text, unsigned long *value)
{
	char	   *end;

	if (!isdigit((unsigned char) *text))
		return NULL;
	errno = 0;
	*value = strtoul(text, &end, 10);
	return errno == 0 && *value <= PG_UINT32_MAX ? end : NULL;
}

static bool
is_file_suffix(const char *suffix)
{
	Size		length = strlen(TAM_FILE_SUFFIX);

	if (strncmp(suffix, TAM_FILE_SUFFIX, length) != 0)
		return false;
	suffix += length;
	return suffix[0] == '\0' || strcmp(suffix, "-wal") == 0 || strcmp(suffix, "-shm") == 0
		|| strcmp(suffix, "-journal") == 0;
}

bool
tam_file_parse(const char *entry, TamFileName *name)
{
	unsigned long numbers[3];
	int			count = 0;
	bool		temporary = entry[0] == 't';
	const char *rest = temporary ? entry + 1 : entry;

	while (count < lengthof(numbers) && (rest = parse_number(rest, &numbers[count])) != NULL)
	{
		count++;
		if (*rest != '_')
			break;
		rest++;
	}
	if (rest == NULL || !is_file_suffix(rest) || count < (temporary ? 2 : 1)
		|| count > (temporary ? 3 : 2))
		return false;
	name->backend = temporary ? (int) numbers[0] : TAM_NO_BACKEND;
	name->tablespace = count == (temporary ? 3 : 2) ? (Oid) numbers[count - 2] : InvalidOid;
	name->number = (RelFileNumber) numbers[count - 1];
	return true;
}

/* --- sizes ---------------------------------------------------------------------- */

static bool
find_file(const char *path, struct stat *status)
{
	if (stat(path, status) == 0)
		return true;
	if (errno != ENOENT)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not stat file \"%s\": %m", path)));
	return false;
}

bool
tam_file_main_fork(RelFileLocator locator, int backend, struct stat *status)
{
	char		path[MAXPGPATH];

	tam_main_fork_path(path, locator, backend);
	return find_file(path, status);
}

/*
 * A file beside an empty main fork counts for nothing: crash recovery has
 * emptied an unlogged relation, or the relation was dropped.
 */
int64
tam_file_bytes(RelFileLocator locator, int backend)
{
	char	   *path = tam_file_path(locator, backend);
	struct stat status;
	int64		bytes = 0;

	if (!tam_file_main_fork(locator, backend, &status) || status.st_size == 0)
		return 0;
	if (find_file(path, &status))
		bytes += status.st_size;
	if (find_file(psprintf("%s-wal", path), &status))
		bytes += status.st_size;
	return bytes;
}

/* --- removal ------------------------------------------------------------------------ */

bool
tam_file_unlink(const char *path)
{
	if (unlink(path) == 0)
		return true;
	if (errno != ENOENT)
		ereport(LOG,
				(errcode_for_file_access(),
				 errmsg("could not remove file \"%s\": %m", path)));
	return false;
}

/* --- directories of databases ----------------------------------------------------- */

static void
make_directory(const char *path)
{
	if (MakePGDirectory(path) < 0 && errno != EEXIST)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create directory \"%s\": %m", path)));
}

/* The index of the log belongs to the processes that have the file open. */
static bool
is_to_be_copied(const char *entry)
{
	TamFileName name;
	Size		length = strlen(entry);

	return tam_file_parse(entry, &name) && name.backend == TAM_NO_BACKEND
		&& (length < 4 || strcmp(entry + length - 4, "-shm") != 0);
}

static void
copy_entry(const char *source, const char *target, const char *entry)
{
	char	   *from = psprintf("%s/%s", source, entry);
	char	   *to = psprintf("%s/%s", target, entry);

	CHECK_FOR_INTERRUPTS();
	copy_file(from, to);
	fsync_fname(to, false);
	pfree(from);
	pfree(to);
}

void
tam_file_copy_database(Oid source, Oid target)
{
	char	   *from = tam_file_directory(source);
	char	   *to = tam_file_directory(target);
	struct stat status;
	DIR		   *directory;
	struct dirent *entry;

	if (stat(from, &status) != 0 && errno == ENOENT)
		return;
	/* What stands there is of a database that never came into being. */
	tam_file_remove_database(target);
	make_directory(to);
	directory = AllocateDir(from);
	while ((entry = ReadDir(directory, from)) != NULL)
		if (is_to_be_copied(entry->d_name))
			copy_entry(from, to, entry->d_name);
	FreeDir(directory);
	fsync_fname(to, true);
	fsync_fname(TAM_FILE_DIRECTORY, true);
}

void
tam_file_remove_database(Oid database)
{
	char		path[MAXPGPATH];
	struct stat status;

	snprintf(path, sizeof(path), "%s/%u", TAM_FILE_DIRECTORY, database);
	if (stat(path, &status) == 0)
		rmtree(path, true);
}
