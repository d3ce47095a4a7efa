/*
 * tam_export.c
 *	  sqlite_heap_export: a query's rows into a plain SQLite database.
 *
 * The rows come from an ordinary query under the caller's snapshot, so that
 * privileges, row security and visibility are what they are in any SELECT.
 * Values cross as cells of tamarack.tuple.ExportLayout (tam_export_value.c),
 * many rows at a time; Java writes them (tamarack.sqliteheap.Export).
 *
 * The database grows in a temporary file beside the one wanted, which gets its
 * name when all is written and synced. It never replaces a file.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/relation.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_constraint.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/ipc.h"
#include "tcop/dest.h"
#include "tcop/pquery.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"

#include "tam_export.h"

PG_FUNCTION_INFO_V1(tam_function_export);

/* Rows are handed over when there are so many cells, or bytes of large values. */
#define CELLS_AT_ONCE 16384
#define BYTES_AT_ONCE (4 * 1024 * 1024)

typedef struct Request
{
	int64		handle;
	int64		cells;
	int32		columns;
	int32		rows;
} Request;

StaticAssertDecl(offsetof(Request, handle) == TAM_EXPORT_HANDLE && offsetof(Request, cells) == TAM_EXPORT_CELLS
				 && offsetof(Request, columns) == TAM_EXPORT_COLUMNS && offsetof(Request, rows) == TAM_EXPORT_ROWS
				 && sizeof(Request) == TAM_EXPORT_REQUEST_SIZE, "tamarack.tuple.ExportLayout");

/* One export; a DestReceiver, so that the executor hands it row after row. */
typedef struct Export
{
	DestReceiver receiver;		/* must be first */
	Relation	rel;
	const char *path;
	const char *temporary;
	TamExportColumn *columns;
	int			column_count;
	TamExportCell *cells;
	int			row_capacity;
	int			row_count;		/* rows in cells */
	Size		bytes;			/* of their values */
	MemoryContext values;		/* holds their values; reset when they are written */
	int64		handle;			/* Java's; 0: none */
	int64		total;
} Export;

/* --- the file --------------------------------------------------------------------------------- */

static void
refuse_existing(const char *path)
{
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_FILE),
			 errmsg("file \"%s\" already exists", path),
			 errhint("An export never replaces a file: remove it first, or name another one.")));
}

/* As readable as what COPY TO makes. */
static void
create_temporary(Export *export)
{
	int			fd;

	if (access(export->path, F_OK) == 0)
		refuse_existing(export->path);
	fd = OpenTransientFile(export->temporary, O_CREAT | O_EXCL | O_RDWR | PG_BINARY);
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create file \"%s\": %m", export->temporary)));
	if (fchmod(fd, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not set permissions of file \"%s\": %m", export->temporary)));
	CloseTransientFile(fd);
}

/* Gives the file its name, unless it has been taken meanwhile. */
static void
publish(Export *export)
{
	char	   *directory = pstrdup(export->path);

	fsync_fname_ext(export->temporary, false, false, ERROR);
	if (link(export->temporary, export->path) == 0)
		unlink(export->temporary);
	else if (errno == EEXIST || access(export->path, F_OK) == 0)
		refuse_existing(export->path);
	else if (rename(export->temporary, export->path) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rename file \"%s\" to \"%s\": %m", export->temporary, export->path)));
	get_parent_directory(directory);
	fsync_fname_ext(directory, true, true, ERROR);
}

static void
name_export(void *argument)
{
	Export	   *export = argument;

	errcontext("export of table \"%s\" to file \"%s\"", RelationGetRelationName(export->rel), export->path);
}

/* After an error, and when the session ends in the middle. */
static void
abandon(int code, Datum argument)
{
	Export	   *export = (Export *) DatumGetPointer(argument);

	if (code == 0 && export->handle != 0)
		tam_inspect(export->rel, TAM_ASK_EXPORT_ABANDON, export->handle);
	unlink(export->temporary);
}

/* --- the schema ----------------------------------------------------------------------------------- */

/* SQLite's names differ in more than the case of ASCII letters. */
static bool
is_taken(Export *export, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (pg_strcasecmp(export->columns[i].name, name) == 0)
			return true;
	return false;
}

static const char *
unique_name(Export *export, int count, const char *name)
{
	const char *unique = name;

	for (int suffix = 2; is_taken(export, count, unique); suffix++)
		unique = psprintf("%s_%d", name, suffix);
	return unique;
}

static void
describe_columns(Export *export)
{
	TupleDesc	desc = RelationGetDescr(export->rel);
	Oid			constraint;
	Bitmapset  *key = get_primary_key_attnos(RelationGetRelid(export->rel), true, &constraint);

	export->columns = palloc(desc->natts * sizeof(TamExportColumn));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		TamExportColumn *column = &export->columns[export->column_count];

		if (attribute->attisdropped)
			continue;
		tam_export_describe(column, attribute);
		column->name = unique_name(export, export->column_count, NameStr(attribute->attname));
		column->in_key = bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, key);
		column->not_null = TAM_IS_NEVER_NULL(desc, i);
		export->column_count++;
	}
	if (export->column_count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("table \"%s\" has no columns, and SQLite knows no such tables",
						RelationGetRelationName(export->rel))));
}

static void
append_quoted(StringInfo sql, const char *name)
{
	appendStringInfoChar(sql, '"');
	for (const char *byte = name; *byte; byte++)
	{
		if (*byte == '"')
			appendStringInfoChar(sql, '"');
		appendStringInfoChar(sql, *byte);
	}
	appendStringInfoChar(sql, '"');
}

/* SQLite keeps names that begin with sqlite_ to itself. */
static void
append_table(StringInfo sql, Export *export)
{
	const char *name = RelationGetRelationName(export->rel);

	append_quoted(sql, pg_strncasecmp(name, "sqlite_", 7) == 0 ? psprintf("table_%s", name) : name);
}

static char *
create_statement(Export *export)
{
	StringInfoData sql;
	bool		has_key = false;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "CREATE TABLE ");
	append_table(&sql, export);
	for (int i = 0; i < export->column_count; i++)
	{
		appendStringInfoString(&sql, i == 0 ? " (\n  " : ",\n  ");
		append_quoted(&sql, export->columns[i].name);
		appendStringInfo(&sql, " %s%s", export->columns[i].sqlite_type,
						 export->columns[i].not_null ? " NOT NULL" : "");
	}
	for (int i = 0; i < export->column_count; i++)
	{
		if (!export->columns[i].in_key)
			continue;
		appendStringInfoString(&sql, has_key ? ", " : ",\n  PRIMARY KEY (");
		append_quoted(&sql, export->columns[i].name);
		has_key = true;
	}
	appendStringInfoString(&sql, has_key ? ")\n)" : "\n)");
	return sql.data;
}

static char *
insert_statement(Export *export)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "INSERT INTO ");
	append_table(&sql, export);
	for (int i = 0; i < export->column_count; i++)
		appendStringInfoString(&sql, i == 0 ? " VALUES (?" : ",?");
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

static char *
select_statement(Export *export)
{
	TupleDesc	desc = RelationGetDescr(export->rel);
	const char *separator = "SELECT ";
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		appendStringInfo(&sql, "%s%s", separator, quote_identifier(NameStr(TupleDescAttr(desc, i)->attname)));
		separator = ", ";
	}
	appendStringInfo(&sql, " FROM ONLY %s",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(export->rel)),
												RelationGetRelationName(export->rel)));
	return sql.data;
}

/* --- the rows --------------------------------------------------------------------------------------- */

static void
write_rows(Export *export)
{
	Request		request = {export->handle, (int64) (intptr_t) export->cells, export->column_count,
	export->row_count};

	if (export->row_count > 0)
		tam_inspect(export->rel, TAM_ASK_EXPORT_ROWS, (int64) (intptr_t) &request);
	export->row_count = 0;
	export->bytes = 0;
	MemoryContextReset(export->values);
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	Export	   *export = (Export *) self;
	TamExportCell *cells = export->cells + (int64) export->row_count * export->column_count;
	MemoryContext caller = MemoryContextSwitchTo(export->values);

	slot_getallattrs(slot);
	for (int i = 0; i < export->column_count; i++)
	{
		tam_export_value(&export->columns[i], slot->tts_values[i], slot->tts_isnull[i], &cells[i]);
		export->bytes += cells[i].length;
	}
	MemoryContextSwitchTo(caller);
	export->row_count++;
	export->total++;
	if (export->row_count == export->row_capacity || export->bytes >= BYTES_AT_ONCE)
		write_rows(export);
	return true;
}

static void
ignore_startup(DestReceiver *self, int operation, TupleDesc type)
{
}

static void
ignore_end(DestReceiver *self)
{
}

static void
run_query(Export *export)
{
	SPIPlanPtr	plan = SPI_prepare(select_statement(export), 0, NULL);
	Portal		portal;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	PortalRunFetch(portal, FETCH_FORWARD, FETCH_ALL, &export->receiver);
	SPI_cursor_close(portal);
	write_rows(export);
}

/* --- all of it ------------------------------------------------------------------------------------------ */

static void
open_export(Export *export)
{
	TamExportCell texts[3];

	tam_export_text(export->temporary, &texts[0]);
	tam_export_text(create_statement(export), &texts[1]);
	tam_export_text(insert_statement(export), &texts[2]);
	export->handle = strtoll(tam_inspect(export->rel, TAM_ASK_EXPORT_OPEN, (int64) (intptr_t) texts), NULL, 10);
}

static void
export_rows(Export *export)
{
	ErrorContextCallback context = {error_context_stack, name_export, export};

	create_temporary(export);
	error_context_stack = &context;
	PG_ENSURE_ERROR_CLEANUP(abandon, PointerGetDatum(export));
	{
		open_export(export);
		run_query(export);
		tam_inspect(export->rel, TAM_ASK_EXPORT_COMMIT, export->handle);
		export->handle = 0;
		publish(export);
	}
	PG_END_ENSURE_ERROR_CLEANUP(abandon, PointerGetDatum(export));
	error_context_stack = context.previous;
}

static int64
export_table(Relation rel, const char *path)
{
	Export	   *export = palloc0(sizeof(Export));

	export->receiver.receiveSlot = receive_row;
	export->receiver.rStartup = ignore_startup;
	export->receiver.rShutdown = ignore_end;
	export->receiver.rDestroy = ignore_end;
	export->receiver.mydest = DestNone;
	export->rel = rel;
	export->path = path;
	export->temporary = psprintf("%s.%d.tmp", path, MyProcPid);
	describe_columns(export);
	export->row_capacity = Max(1, CELLS_AT_ONCE / export->column_count);
	export->cells = palloc(sizeof(TamExportCell) * export->row_capacity * export->column_count);
	export->values = AllocSetContextCreate(CurrentMemoryContext, "tamarack export", ALLOCSET_DEFAULT_SIZES);
	export_rows(export);
	return export->total;
}

static char *
checked_path(text *argument)
{
	char	   *path = text_to_cstring(argument);

	if (!has_privs_of_role(GetUserId(), ROLE_PG_WRITE_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to write a file on the server"),
				 errhint("Only superusers and roles with the privileges of pg_write_server_files may export tables.")));
	canonicalize_path(path);
	if (!is_absolute_path(path))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("the path of an export must be absolute")));
	return path;
}

Datum
tam_function_export(PG_FUNCTION_ARGS)
{
	Relation	rel = tam_inspect_open(TAM_AM_SQLITE_HEAP, PG_GETARG_OID(0), AccessShareLock);
	char	   *path = checked_path(PG_GETARG_TEXT_PP(1));
	int64		rows;

	tam_inspect_require_rows(rel);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	rows = export_table(rel, path);
	SPI_finish();
	relation_close(rel, AccessShareLock);
	PG_RETURN_INT64(rows);
}
