/*
 * tam_iceberg_type.c
 *	  PostgreSQL's types as Java is told of them.
 *
 * A type crosses in its own memory format where Java knows that format; else
 * as the text of its output function, in rare cases as the bytes of its send
 * function. In a database whose encoding is not UTF-8 text is converted, with
 * SQL_ASCII it is bytes that nobody can name.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "tam.h"
#include "tam_iceberg_column.h"
#include "tam_iceberg_upcall.h"

#define NO_PARTS 0
#define ELEMENT 1
#define ATTRIBUTES 2

typedef struct KnownType
{
	Oid			oid;
	int			kind;
} KnownType;

/*
 * Types whose memory format Java knows, and types that are kept as the bytes
 * they consist of: input functions of some refuse what output functions give
 * (pg_node_tree), or lose something (xml: the declaration).
 */
static const KnownType known_types[] = {
	{BOOLOID, TAM_COLUMN_KIND_BOOLEAN},
	{INT2OID, TAM_COLUMN_KIND_SMALLINT},
	{INT4OID, TAM_COLUMN_KIND_INTEGER},
	{INT8OID, TAM_COLUMN_KIND_BIGINT},
	{OIDOID, TAM_COLUMN_KIND_OID},
	{XIDOID, TAM_COLUMN_KIND_OID},
	{CIDOID, TAM_COLUMN_KIND_OID},
	{REGPROCOID, TAM_COLUMN_KIND_OID},
	{REGPROCEDUREOID, TAM_COLUMN_KIND_OID},
	{REGOPEROID, TAM_COLUMN_KIND_OID},
	{REGOPERATOROID, TAM_COLUMN_KIND_OID},
	{REGCLASSOID, TAM_COLUMN_KIND_OID},
	{REGTYPEOID, TAM_COLUMN_KIND_OID},
	{REGROLEOID, TAM_COLUMN_KIND_OID},
	{REGNAMESPACEOID, TAM_COLUMN_KIND_OID},
	{REGCOLLATIONOID, TAM_COLUMN_KIND_OID},
	{REGCONFIGOID, TAM_COLUMN_KIND_OID},
	{REGDICTIONARYOID, TAM_COLUMN_KIND_OID},
	{FLOAT4OID, TAM_COLUMN_KIND_REAL},
	{FLOAT8OID, TAM_COLUMN_KIND_DOUBLE},
	{NUMERICOID, TAM_COLUMN_KIND_NUMERIC},
	{DATEOID, TAM_COLUMN_KIND_DATE},
	{TIMEOID, TAM_COLUMN_KIND_TIME},
	{TIMESTAMPOID, TAM_COLUMN_KIND_TIMESTAMP},
	{TIMESTAMPTZOID, TAM_COLUMN_KIND_TIMESTAMPTZ},
	{UUIDOID, TAM_COLUMN_KIND_UUID},
	{TEXTOID, TAM_COLUMN_KIND_STRING},
	{VARCHAROID, TAM_COLUMN_KIND_STRING},
	{BPCHAROID, TAM_COLUMN_KIND_STRING},
	{JSONOID, TAM_COLUMN_KIND_STRING},
	{XMLOID, TAM_COLUMN_KIND_STRING},
	{PG_NODE_TREEOID, TAM_COLUMN_KIND_STRING},
	{BYTEAOID, TAM_COLUMN_KIND_BYTES},
	{PG_NDISTINCTOID, TAM_COLUMN_KIND_BYTES},
	{PG_DEPENDENCIESOID, TAM_COLUMN_KIND_BYTES},
	{PG_MCV_LISTOID, TAM_COLUMN_KIND_BYTES},
	{GTSVECTOROID, TAM_COLUMN_KIND_BYTES},
	{CHAROID, TAM_COLUMN_KIND_BINARY_FORM},
	{INT2VECTOROID, TAM_COLUMN_KIND_TEXT_FORM},
	{OIDVECTOROID, TAM_COLUMN_KIND_TEXT_FORM},
};

/* Types whose text is the same under all settings. */
static const Oid plain_texts[] = {
	NUMERICOID, JSONBOID, INETOID, CIDROID, MACADDROID, MACADDR8OID, BITOID, VARBITOID, NAMEOID, TIDOID, XID8OID,
	LSNOID, TSVECTOROID, TSQUERYOID, INT4RANGEOID, INT8RANGEOID, NUMRANGEOID, INT2VECTOROID, OIDVECTOROID
};

static const int8 widths[] = {
	[TAM_COLUMN_KIND_BOOLEAN] = 1,
	[TAM_COLUMN_KIND_SMALLINT] = 2,
	[TAM_COLUMN_KIND_INTEGER] = 4,
	[TAM_COLUMN_KIND_BIGINT] = 8,
	[TAM_COLUMN_KIND_OID] = 4,
	[TAM_COLUMN_KIND_REAL] = 4,
	[TAM_COLUMN_KIND_DOUBLE] = 8,
	[TAM_COLUMN_KIND_NUMERIC] = -1,
	[TAM_COLUMN_KIND_DATE] = 4,
	[TAM_COLUMN_KIND_TIME] = 8,
	[TAM_COLUMN_KIND_TIMESTAMP] = 8,
	[TAM_COLUMN_KIND_TIMESTAMPTZ] = 8,
	[TAM_COLUMN_KIND_UUID] = 16,
	[TAM_COLUMN_KIND_STRING] = -1,
	[TAM_COLUMN_KIND_BYTES] = -1,
	[TAM_COLUMN_KIND_TEXT_FORM] = -1,
	[TAM_COLUMN_KIND_BINARY_FORM] = -1,
	[TAM_COLUMN_KIND_ARRAY] = -1,
	[TAM_COLUMN_KIND_COMPOSITE] = -1,
};

/* --- kinds --------------------------------------------------------------------- */

/* Text under another name, as citext: its bytes are its text. */
static bool
is_text_inside(Oid type)
{
	return get_typlen(type) == -1 && get_typtype(type) == TYPTYPE_BASE && IsBinaryCoercible(type, TEXTOID)
		&& IsBinaryCoercible(TEXTOID, type);
}

static int
scalar_kind(Oid type)
{
	for (int i = 0; i < lengthof(known_types); i++)
		if (known_types[i].oid == type)
			return known_types[i].kind;
	return is_text_inside(type) ? TAM_COLUMN_KIND_STRING : TAM_COLUMN_KIND_TEXT_FORM;
}

static int
own_kind(Oid type)
{
	if (type == INT2VECTOROID || type == OIDVECTOROID)
		return TAM_COLUMN_KIND_TEXT_FORM;
	if (get_typtype(type) == TYPTYPE_COMPOSITE)
		return TAM_COLUMN_KIND_COMPOSITE;
	if (OidIsValid(get_element_type(type)) && get_typlen(type) == -1)
		return TAM_COLUMN_KIND_ARRAY;
	return scalar_kind(type);
}

/* What stands for text in this database. */
static int
encoded_kind(int kind, bool is_part)
{
	int			encoding = GetDatabaseEncoding();

	if (encoding == PG_UTF8 || (kind != TAM_COLUMN_KIND_STRING && kind != TAM_COLUMN_KIND_TEXT_FORM))
		return kind;
	/* Within arrays and rows nothing is converted: the whole becomes text. */
	if (is_part)
		return TAM_COLUMN_KIND_TEXT_FORM;
	return encoding == PG_SQL_ASCII ? TAM_COLUMN_KIND_BINARY_FORM : kind;
}

/* --- messages ------------------------------------------------------------------ */

/* The name that means the same in every session, whatever its search_path is. */
static char *
qualified_name(Oid type, int32 typmod)
{
	char	   *name = format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
	const char *catalog = "pg_catalog.";

	return strncmp(name, catalog, strlen(catalog)) == 0 ? name + strlen(catalog) : name;
}

static int
alignment_bytes(char typalign)
{
	switch (typalign)
	{
		case TYPALIGN_CHAR:
			return 1;
		case TYPALIGN_SHORT:
			return 2;
		case TYPALIGN_INT:
			return 4;
		default:
			return 8;
	}
}

static void send_any_type(StringInfo message, Oid type, int32 typmod, bool is_element, bool is_part);

static void
send_attributes(StringInfo message, Oid type)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(type, -1);

	pq_sendbyte(message, ATTRIBUTES);
	pq_sendint32(message, desc->natts);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		tam_iceberg_send_string(message, NameStr(attribute->attname));
		pq_sendbyte(message, attribute->attisdropped ? 0 : 1);
		if (!attribute->attisdropped)
			send_any_type(message, attribute->atttypid, attribute->atttypmod, false, true);
	}
}

static void
send_header(StringInfo message, int kind, Oid oid, Oid named, Oid base, int32 named_typmod, int32 typmod)
{
	int16		typlen;
	bool		typbyval;
	char		typalign;

	get_typlenbyvalalign(base, &typlen, &typbyval, &typalign);
	pq_sendbyte(message, kind);
	pq_sendint32(message, oid);
	pq_sendint32(message, typmod);
	tam_iceberg_send_string(message, qualified_name(named, named_typmod));
	pq_sendint32(message, typlen);
	pq_sendbyte(message, alignment_bytes(typalign));
}

/*
 * An array's header names the domain its elements are of, a row's header the
 * type below the domain: an array of a domain over a composite type, which
 * would need both, crosses as text.
 */
static void
send_any_type(StringInfo message, Oid type, int32 typmod, bool is_element, bool is_part)
{
	int32		base_typmod = typmod;
	Oid			base = getBaseTypeAndTypmod(type, &base_typmod);
	int			kind = encoded_kind(own_kind(base), is_part);

	check_stack_depth();
	if (is_element && type != base && kind == TAM_COLUMN_KIND_COMPOSITE)
		kind = TAM_COLUMN_KIND_TEXT_FORM;
	send_header(message, kind, is_element ? type : base, type, base, typmod, base_typmod);
	if (kind == TAM_COLUMN_KIND_ARRAY)
	{
		pq_sendbyte(message, ELEMENT);
		send_any_type(message, get_element_type(base), base_typmod, true, true);
	}
	else if (kind == TAM_COLUMN_KIND_COMPOSITE)
		send_attributes(message, base);
	else
		pq_sendbyte(message, NO_PARTS);
}

void
tam_iceberg_send_type(StringInfo message, Oid type, int32 typmod)
{
	send_any_type(message, type, typmod, false, false);
}

void
tam_iceberg_send_type_as(StringInfo message, Oid type, int32 typmod, int kind)
{
	int32		base_typmod = typmod;
	Oid			base = getBaseTypeAndTypmod(type, &base_typmod);

	send_header(message, kind, base, type, base, typmod, base_typmod);
	pq_sendbyte(message, NO_PARTS);
}

/* --- preparing values ------------------------------------------------------------ */

typedef bool (*type_test) (Oid type);

/* Whether a test holds for all the types that a type's values consist of. */
static bool
holds_for_parts(Oid type, type_test test)
{
	Oid			base = getBaseType(type);
	char		typtype = get_typtype(base);

	check_stack_depth();
	if (test(base))
		return true;
	if (typtype == TYPTYPE_RANGE)
		return holds_for_parts(get_range_subtype(base), test);
	if (typtype == TYPTYPE_MULTIRANGE)
		return holds_for_parts(get_multirange_range(base), test);
	if (OidIsValid(get_element_type(base)))
		return holds_for_parts(get_element_type(base), test);
	if (typtype == TYPTYPE_COMPOSITE)
	{
		TupleDesc	desc = lookup_rowtype_tupdesc_copy(base, -1);

		for (int i = 0; i < desc->natts; i++)
			if (!TupleDescAttr(desc, i)->attisdropped && !holds_for_parts(TupleDescAttr(desc, i)->atttypid, test))
				return false;
		return true;
	}
	return false;
}

static bool
has_plain_text(Oid type)
{
	if (get_typtype(type) == TYPTYPE_ENUM)
		return true;
	for (int i = 0; i < lengthof(plain_texts); i++)
		if (plain_texts[i] == type)
			return true;
	switch (scalar_kind(type))
	{
		case TAM_COLUMN_KIND_BOOLEAN:
		case TAM_COLUMN_KIND_SMALLINT:
		case TAM_COLUMN_KIND_INTEGER:
		case TAM_COLUMN_KIND_BIGINT:
		case TAM_COLUMN_KIND_UUID:
		case TAM_COLUMN_KIND_STRING:
			return !OidIsValid(get_element_type(type));
		default:
			return type == OIDOID || type == XIDOID || type == CIDOID;
	}
}

/* PostgreSQL's own types read what they write, and so do enums. */
static bool
is_trusted(Oid type)
{
	char		typtype = get_typtype(type);

	return typtype == TYPTYPE_ENUM
		|| (typtype == TYPTYPE_BASE && type < FirstNormalObjectId && !OidIsValid(get_element_type(type)));
}

bool
tam_iceberg_type_has_rows(Oid type)
{
	Oid			base = getBaseType(type);
	Oid			element = get_element_type(base);

	check_stack_depth();
	return OidIsValid(element) ? tam_iceberg_type_has_rows(element) : get_typtype(base) == TYPTYPE_COMPOSITE;
}

static TamIcebergForm
form_of(Oid type, int kind)
{
	int			own = own_kind(type);

	if (widths[kind] > 0)
		return TAM_FORM_VALUE;
	switch (kind)
	{
		case TAM_COLUMN_KIND_TEXT_FORM:
			return TAM_FORM_TEXT;
		case TAM_COLUMN_KIND_BINARY_FORM:
			/* With SQL_ASCII, text of any kind is bytes. */
			if (own == TAM_COLUMN_KIND_STRING)
				return TAM_FORM_VARLENA;
			return own == TAM_COLUMN_KIND_BINARY_FORM ? TAM_FORM_BINARY : TAM_FORM_TEXT;
		case TAM_COLUMN_KIND_STRING:
			return GetDatabaseEncoding() == PG_UTF8 ? TAM_FORM_VARLENA : TAM_FORM_STRING;
		default:
			return TAM_FORM_VARLENA;
	}
}

void
tam_iceberg_prepare_type(TamIcebergType *prepared, Oid type, int kind, MemoryContext context)
{
	Oid			function;
	bool		is_varlena;

	memset(prepared, 0, sizeof(*prepared));
	prepared->oid = getBaseType(type);
	prepared->kind = kind;
	prepared->width = widths[kind];
	prepared->form = form_of(prepared->oid, kind);
	get_typlenbyval(prepared->oid, &prepared->typlen, &prepared->typbyval);
	prepared->has_rows = prepared->form == TAM_FORM_VARLENA && tam_iceberg_type_has_rows(prepared->oid);
	if (prepared->form == TAM_FORM_TEXT)
	{
		prepared->wants_settings = !holds_for_parts(prepared->oid, has_plain_text);
		prepared->verified = !holds_for_parts(prepared->oid, is_trusted);
		getTypeOutputInfo(prepared->oid, &function, &is_varlena);
		fmgr_info_cxt(function, &prepared->to_java, context);
		getTypeInputInfo(prepared->oid, &function, &prepared->parameter);
		fmgr_info_cxt(function, &prepared->from_java, context);
	}
	else if (prepared->form == TAM_FORM_BINARY)
	{
		getTypeBinaryOutputInfo(prepared->oid, &function, &is_varlena);
		fmgr_info_cxt(function, &prepared->to_java, context);
		getTypeBinaryInputInfo(prepared->oid, &function, &prepared->parameter);
		fmgr_info_cxt(function, &prepared->from_java, context);
	}
}
