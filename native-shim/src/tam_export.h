/*
 * tam_export.h
 *	  What the files behind sqlite_heap_export share.
 */
#ifndef TAM_EXPORT_H
#define TAM_EXPORT_H

#include "catalog/pg_attribute.h"
#include "fmgr.h"

#include "tam_utility.h"

/* A value on its way to SQLite. */
typedef struct TamExportCell
{
	int32		kind;
	int32		length;			/* of a text or blob */
	union
	{
		int64		integer;
		double		real;
		const char *bytes;
	}			value;
} TamExportCell;

StaticAssertDecl(offsetof(TamExportCell, kind) == TAM_EXPORT_KIND && offsetof(TamExportCell, length) == TAM_EXPORT_LENGTH
				 && offsetof(TamExportCell, value) == TAM_EXPORT_VALUE && sizeof(TamExportCell) == TAM_EXPORT_CELL_SIZE,
				 "tamarack.tuple.ExportLayout");

typedef struct TamExportColumn
{
	const char *name;
	const char *sqlite_type;
	Oid			type;			/* below all domains */
	FmgrInfo	output;			/* its output function */
	bool		not_null;
	bool		in_key;			/* of the primary key */
} TamExportColumn;

/* Fills in what follows from the column's type. */
extern void tam_export_describe(TamExportColumn *column, Form_pg_attribute attribute);
/* Makes a cell of a value, in the current memory context. */
extern void tam_export_value(TamExportColumn *column, Datum value, bool null, TamExportCell *cell);
/* A cell of a text in the server's encoding. */
extern void tam_export_text(const char *text, TamExportCell *cell);

#endif							/* TAM_EXPORT_H */
