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

#include "tam.h"
#include "tam_iceberg_files.h"
#include "tam_iceberg_parquet.h"

char *
tam_iceberg_root(Relation rel)
{
	RelFileLocator locator = rel->rd_locator;
	int			backend = TAM_RELATION_BACKEND(rel);

	if (backend != TAM_NO_BACKEND)
		return psprintf("%s/tamarack/%u/%u/t%d_%u", DataDir, TAM_SPC_OID(locator), TAM_DB_OID(locator),
						backend, TAM_REL_NUMBER(locator));
	return psprintf("%s/tamarack/%u/%u/%u", DataDir, TAM_SPC_OID(locator), TAM_DB_OID(locator),
					TAM_REL_NUMBER(locator));
}

/* The directory that something lies in, palloc'd. */
static char *
parent_of(const char *path)
{
	return pnstrdup(path, strrchr(path, '/') - path);
}

/* Makes a directory and those above it that are missing, durably. */
static void
make_directory(const char *path)
{
	struct stat status;
	char	   *parent;

	if (stat(path, &status) == 0)
		return;
	parent = parent_of(path);
	make_directory(parent);
	if (MakePGDirectory(path) < 0 && errno != EEXIST)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create directory \"%s\": %m", path)));
	fsync_fname(parent, true);
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
		if (unlink(path) < 0 && errno != ENOENT)
			ereport(LOG,
					(errcode_for_file_access(),
					 errmsg("could not remove file \"%s\": %m", path)));
	}
}
