/*
 * tam_init.c
 *	  Loading of the library: settings, resource manager, hooks. Never a JVM.
 */
#include "postgres.h"

#include <limits.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/guc.h"

#include "tam_iceberg.h"

PG_MODULE_MAGIC;

char	   *tam_java_options = NULL;
char	   *tam_runtime_path = NULL;
int			tam_java_heap_mb = TAM_USUAL_HEAP_MB;
int			tam_open_files = 64;
bool		tam_preloaded = false;

extern PGDLLEXPORT void _PG_init(void);

static void
define_settings(void)
{
	DefineCustomIntVariable("tamarack.java_heap",
							"Maximum size of the Java heap of a session.",
							"Takes effect when the session starts its Java runtime. As long as it is 64MB, a session that "
							"starts with an iceberg table gets what iceberg.options says.",
							&tam_java_heap_mb, TAM_USUAL_HEAP_MB, 16, 1024 * 1024,
							PGC_SUSET, GUC_UNIT_MB, NULL, NULL, NULL);
	DefineCustomStringVariable("tamarack.java_options",
							   "Further options of the Java runtime, separated by blanks.",
							   NULL, &tam_java_options, "",
							   PGC_SUSET, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomStringVariable("tamarack.runtime_path",
							   "Home of the Java runtime; empty means the one installed with Tamarack.",
							   NULL, &tam_runtime_path, "",
							   PGC_SUSET, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomIntVariable("tamarack.sqlite_open_files",
							"SQLite files that a session keeps open.",
							"Each takes three file descriptors.",
							&tam_open_files, 64, 4, 10000,
							PGC_SUSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("tamarack");
}

void
_PG_init(void)
{
	tam_preloaded = process_shared_preload_libraries_in_progress;
	tam_require_preload();
	define_settings();
	tam_wal_register();
	tam_writer_register();
	tam_xact_register();
	tam_utility_register();
	tam_planner_register();
	tam_truth_register();
	tam_shmem_register();
}

void
tam_require_preload(void)
{
	if (!tam_preloaded)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("Tamarack must be loaded at server start"),
				 errhint("Add \"tamarack\" to shared_preload_libraries and restart the server.")));
}
