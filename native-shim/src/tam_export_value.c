/*
 * tam_export_value.c
 *	  PostgreSQL values as SQLite values.
 *
 * Integers and booleans become INTEGER, floats REAL, bytea BLOB, all else
 * TEXT: numerics with all their digits, dates and times in ISO 8601 (with a
 * time zone: in UTC), other types as their output function writes them. A REAL
 * column holds a NaN as text, because SQLite takes it for NULL.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

#include "tam_export.h"

static const char *
sqlite_type(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case BOOLOID:
			return "INTEGER";
		case FLOAT4OID:
		case FLOAT8OID:
			return "REAL";
		case BYTEAOID:
			return "BLOB";
		default:
			return "TEXT";
	}
}

void
tam_export_describe(TamExportColumn *column, Form_pg_attribute attribute)
{
	Oid			function;
	bool		is_varlena;

	memset(column, 0, sizeof(*column));
	column->type = getBaseType(attribute->atttypid);
	column->sqlite_type = sqlite_type(column->type);
	getTypeOutputInfo(column->type, &function, &is_varlena);
	fmgr_info(function, &column->output);
}

static void
set_text(const char *text, Size length, TamExportCell *cell)
{
	char	   *utf8 = pg_server_to_any(text, length, PG_UTF8);

	cell->kind = TAM_EXPORT_KIND_TEXT;
	cell->value.bytes = utf8;
	cell->length = utf8 == text ? length : strlen(utf8);
}

void
tam_export_text(const char *text, TamExportCell *cell)
{
	set_text(text, strlen(text), cell);
}

/* The value may lie in a buffer that the next row overwrites: it is always copied. */
static void
set_varlena(Datum value, int kind, TamExportCell *cell)
{
	struct varlena *bytes = PG_DETOAST_DATUM_COPY(value);

	if (kind == TAM_EXPORT_KIND_TEXT)
	{
		set_text(VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), cell);
		return;
	}
	cell->kind = kind;
	cell->value.bytes = VARDATA_ANY(bytes);
	cell->length = VARSIZE_ANY_EXHDR(bytes);
}

static void
set_integer(int64 value, TamExportCell *cell)
{
	cell->kind = TAM_EXPORT_KIND_INTEGER;
	cell->value.integer = value;
}

static void
set_real(double value, TamExportCell *cell)
{
	if (isnan(value))
	{
		tam_export_text("NaN", cell);
		return;
	}
	cell->kind = TAM_EXPORT_KIND_REAL;
	cell->value.real = value;
}

static void
set_time(Datum value, Oid type, TamExportCell *cell)
{
	int			utc = 0;

	tam_export_text(JsonEncodeDateTime(NULL, value, type, type == TIMESTAMPTZOID ? &utc : NULL), cell);
}

void
tam_export_value(TamExportColumn *column, Datum value, bool null, TamExportCell *cell)
{
	cell->length = 0;
	if (null)
	{
		cell->kind = TAM_EXPORT_KIND_NULL;
		return;
	}
	switch (column->type)
	{
		case INT2OID:
			set_integer(DatumGetInt16(value), cell);
			break;
		case INT4OID:
			set_integer(DatumGetInt32(value), cell);
			break;
		case INT8OID:
			set_integer(DatumGetInt64(value), cell);
			break;
		case OIDOID:
			set_integer(DatumGetObjectId(value), cell);
			break;
		case BOOLOID:
			set_integer(DatumGetBool(value), cell);
			break;
		case FLOAT4OID:
			/* The shortest decimal that is this float4: 0.1, not 0.100000001490116. */
			set_real(strtod(OutputFunctionCall(&column->output, value), NULL), cell);
			break;
		case FLOAT8OID:
			set_real(DatumGetFloat8(value), cell);
			break;
		case BYTEAOID:
			set_varlena(value, TAM_EXPORT_KIND_BLOB, cell);
			break;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			set_varlena(value, TAM_EXPORT_KIND_TEXT, cell);
			break;
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			set_time(value, column->type, cell);
			break;
		default:
			tam_export_text(OutputFunctionCall(&column->output, value), cell);
	}
}
