/*
 * tam_iceberg_column.h
 *	  How the columns of an iceberg table cross to Java, and their values.
 */
#ifndef TAM_ICEBERG_COLUMN_H
#define TAM_ICEBERG_COLUMN_H

#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/bitmapset.h"
#include "utils/relcache.h"

/* What is done to a value on its way; Java's ColumnKind says how it looks then. */
typedef enum TamIcebergForm
{
	TAM_FORM_VALUE,				/* fixed width, as it is */
	TAM_FORM_VARLENA,			/* detoasted, otherwise as it is */
	TAM_FORM_STRING,			/* a varlena of text in another encoding than UTF-8 */
	TAM_FORM_TEXT,				/* by the type's output and input functions */
	TAM_FORM_BINARY				/* by the type's send and receive functions */
} TamIcebergForm;

/* A type with all that its values need. */
typedef struct TamIcebergType
{
	Oid			oid;			/* below all domains */
	int			kind;			/* TAM_COLUMN_KIND_… */
	int			width;			/* bytes of a value in a batch, -1 for varlena */
	TamIcebergForm form;
	int16		typlen;
	bool		typbyval;
	bool		has_rows;		/* values hold rows of composite types, which Java may neither read nor make as they are */
	bool		wants_settings; /* its text depends on settings */
	bool		verified;		/* nobody vouches that its text says all: each value is tried */
	FmgrInfo	to_java;		/* output or send function */
	FmgrInfo	from_java;		/* input or receive function */
	Oid			parameter;		/* second argument of from_java */
} TamIcebergType;

typedef struct TamIcebergColumn
{
	AttrNumber	attnum;
	TamIcebergType type;
	bytea	   *message;		/* type, Iceberg type, natural: as IcebergTables wants them */
} TamIcebergColumn;

/* The live columns of a relation, in order. */
typedef struct TamIcebergColumns
{
	MemoryContext context;
	int			count;
	TamIcebergColumn *columns;
	int			last_field_id;	/* field ids up to this one may be in use, now or before */
	int			pins;
	bool		stale;			/* the relation has changed: nobody gets it any more */
} TamIcebergColumns;

/* --- tam_iceberg_type.c -------------------------------------------------------- */

/* Describes a column's type to Java: the part "type" of its messages. */
extern void tam_iceberg_send_type(StringInfo message, Oid type, int32 typmod);
/* The same for a value that crosses in another kind than its type's own. */
extern void tam_iceberg_send_type_as(StringInfo message, Oid type, int32 typmod, int kind);
/* Prepares a type whose values cross in a kind; functions live in the context. */
extern void tam_iceberg_prepare_type(TamIcebergType *prepared, Oid type, int kind, MemoryContext context);
/* Whether values are rows, or arrays of rows. */
extern bool tam_iceberg_type_has_rows(Oid type);

/* --- tam_iceberg_column.c ------------------------------------------------------ */

/*
 * The columns of a relation, asked from Java once and kept until the relation
 * changes. They stay as they are until unpinned, whatever happens meanwhile.
 */
extern TamIcebergColumns *tam_iceberg_columns_pin(Relation rel);
extern void tam_iceberg_columns_unpin(TamIcebergColumns *columns);
/*
 * Appends the part "columns". Attributes as for tam_iceberg_files_open.
 * Constraints and comments are in it only for a publication: a data file that
 * promised NOT NULL could not keep the dead rows from before.
 */
extern void tam_iceberg_send_columns(StringInfo message, Relation rel, const TamIcebergColumns *columns,
									 const Bitmapset *attributes, bool for_publication);
/* Appends the part "options": those of the relation's options that are Iceberg's. */
extern void tam_iceberg_send_options(StringInfo message, Relation rel);
/* An option's value, palloc'd; NULL when it is not set. */
extern char *tam_iceberg_option(Relation rel, const char *name);

/* --- tam_iceberg_value.c ------------------------------------------------------- */

/*
 * Text forms must not depend on what the session has set. Between begin and
 * end all settings they know have fixed values; after an error the abort of
 * the (sub)transaction puts them back.
 */
extern int	tam_iceberg_settings_begin(void);
extern void tam_iceberg_settings_end(int level);
/*
 * Puts a value that is not null into the values of a batch's column, at row.
 * What it points to is in the current memory context.
 */
extern void tam_iceberg_value_put(TamIcebergType *type, Datum value, char *values, int row);
/* The bytes of a value as Java has them: without header. */
extern bytea *tam_iceberg_value_bytes(TamIcebergType *type, Datum value);

/* A fixed value or varlena in a batch that is a Datum as it is. */
static inline Datum
tam_iceberg_value_get(int width, const char *values, int row)
{
	switch (width)
	{
		case 1:
			return BoolGetDatum(((const bool *) values)[row]);
		case 2:
			return Int16GetDatum(((const int16 *) values)[row]);
		case 4:
			return Int32GetDatum(((const int32 *) values)[row]);
		case 16:
			return PointerGetDatum(values + (Size) row * 16);
		default:
			return Int64GetDatum(((const int64 *) values)[row]);
	}
}

/* Whether a value of a batch is not a Datum yet. */
static inline bool
tam_iceberg_value_needs_conversion(const TamIcebergType *type)
{
	return type->form >= TAM_FORM_STRING || type->has_rows;
}

/* Makes a Datum of such a value; the result is in the current memory context. */
extern Datum tam_iceberg_value_convert(TamIcebergType *type, struct varlena *value);

#endif							/* TAM_ICEBERG_COLUMN_H */
