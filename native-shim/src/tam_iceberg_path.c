/*
 * tam_iceberg_path.c
 *	  Where the files of an iceberg table lie, and what makes them durable.
 *
 * A file is durable when it was synced, and when every directory on the way to
 * it was synced after the entry below had come into it.
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/fd.h"

#include "tam_iceberg_files.h"
#include "tam_iceberg_parquet.h"
#include "tam_utility.h"

/* --- names ---------------------------------------------------------------------------- */

char *
tam_iceberg_database_directory(Oid tablespace, Oid database)
{
	return psprintf("%s/%u/%u", TAM_ICEBERG_DIRECTORY, tablespace, database);
}

char *
tam_iceberg_directory(RelFileLocator locator, int backend)
{
	char	   *above = tam_iceberg_database_directory(TAM_SPC_OID(locator), TAM_DB_OID(locator));
	char	   *directory;

	if (backend != TAM_NO_BACKEND)
		directory = psprintf("%s/t%d_%u", above, backend, TAM_REL_NUMBER(locator));
	else
		directory = psprintf("%s/%u", above, TAM_REL_NUMBER(locator));
	pfree(above);
	return directory;
}

char *
tam_iceberg_root(Relation rel)
{
	return psprintf("%s/%s", DataDir, tam_iceberg_directory(rel->rd_locator, TAM_RELATION_BACKEND(rel)));
}

const char *
tam_iceberg_relative(const char *path)
{
	Size		length = strlen(DataDir);

	if (!is_absolute_path(path))
		return path;
	if (strncmp(path, DataDir, length) != 0 || path[length] != '/')
		elog(ERROR, "tamarack: file \"%s\" is not in the data directory", path);
	return path + length + 1;
}

/* --- directories ------------------------------------------------------------------------ */

/* The directory that something lies in, palloc'd. */
static char *
parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? pstrdup(".") : pnstrdup(path, slash - path);
}

void
tam_iceberg_sync_parent(const char *path)
{
	char	   *parent = parent_of(path);

	fsync_fname(parent, true);
	pfree(parent);
}

/* Makes a directory and those above it that are missing, durably. */
static void
make_directory(const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0)
		return;
	tam_iceberg_make_parent(path);
	if (MakePGDirectory(path) < 0 && errno != EEXIST)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create directory \"%s\": %m", path)));
	tam_iceberg_sync_parent(path);
}

void
tam_iceberg_make_parent(const char *path)
{
	char	   *parent = parent_of(path);

	make_directory(parent);
	pfree(parent);
}

void
tam_iceberg_make_root(Relation rel)
{
	char	   *root = tam_iceberg_root(rel);

	make_directory(psprintf("%s/data", root));
	make_directory(psprintf("%s/metadata", root));
}

void
tam_iceberg_sync_files(const char *root, List *paths)
{
	List	   *directories = NIL;
	ListCell   *cell;

	foreach(cell, paths)
	{
		char	   *path = psprintf("%s/%s", root, (char *) lfirst(cell));
		char	   *directory;

		CHECK_FOR_INTERRUPTS();
		fsync_fname(path, false);
		/* A partition's directories may be new, up to the table's own. */
		for (directory = parent_of(path); strlen(directory) >= strlen(root); directory = parent_of(directory))
		{
			ListCell   *other;
			bool		known = false;

			foreach(other, directories)
				known |= strcmp(directory, lfirst(other)) == 0;
			if (known)
				break;
			directories = lappend(directories, directory);
		}
	}
	foreach(cell, directories)
		fsync_fname(lfirst(cell), true);
}

void
tam_iceberg_remove_files(const char *root, List *paths)
{
	ListCell   *cell;

	foreach(cell, paths)
	{
		char		path[MAXPGPATH * 2];

		snprintf(path, sizeof(path), "%s/%s", root, (char *) lfirst(cell));
		tam_file_unlink(path);
	}
}
