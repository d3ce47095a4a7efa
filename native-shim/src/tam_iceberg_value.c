/*
 * tam_iceberg_value.c
 *	  Single values on their way to Java and back.
 *
 * A value comes back as it went, or is refused when it goes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "tam.h"
#include "tam_iceberg_column.h"

/* --- settings -------------------------------------------------------------------- */

typedef struct Setting
{
	const char *name;
	const char *value;
} Setting;

/* What output functions look at, as pg_dump and postgres_fdw set it. */
static const Setting settings[] = {
	{"datestyle", "ISO"},
	{"intervalstyle", "postgres"},
	{"extra_float_digits", "3"},
	{"timezone", "GMT"},
	{"bytea_output", "hex"},
	{"lc_monetary", "C"},
	{"search_path", "pg_catalog"},
};

int
tam_iceberg_settings_begin(void)
{
	int			level = NewGUCNestLevel();

	for (int i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i].name, settings[i].value, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	return level;
}

void
tam_iceberg_settings_end(int level)
{
	AtEOXact_GUC(true, level);
}

/* --- rows in values ---------------------------------------------------------------- */

static Datum plain_value(Datum value, Oid type);

/*
 * A row may hold compressed values, which Java cannot read: PostgreSQL only
 * makes sure that it holds no pointers into TOAST tables.
 */
static Datum
plain_row(Datum value)
{
	HeapTupleHeader row = DatumGetHeapTupleHeader(value);
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(row), HeapTupleHeaderGetTypMod(row));
	Datum	   *values = palloc(sizeof(Datum) * desc->natts);
	bool	   *nulls = palloc(sizeof(bool) * desc->natts);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};
	bool		changed = false;

	check_stack_depth();
	heap_deform_tuple(&tuple, desc, values, nulls);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		Datum		before = values[i];

		if (nulls[i] || attribute->attisdropped || attribute->attlen != -1)
			continue;
		values[i] = plain_value(before, attribute->atttypid);
		changed |= values[i] != before;
	}
	return changed ? heap_copy_tuple_as_datum(heap_form_tuple(desc, values, nulls), desc) : PointerGetDatum(row);
}

static Datum
plain_array(Datum value, Oid element)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	int16		typlen;
	bool		typbyval;
	char		typalign;
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	bool		changed = false;

	get_typlenbyvalalign(element, &typlen, &typbyval, &typalign);
	if (typlen != -1)
		return PointerGetDatum(array);
	deconstruct_array(array, ARR_ELEMTYPE(array), typlen, typbyval, typalign, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		Datum		before = elements[i];

		if (!nulls[i])
			elements[i] = plain_value(before, element);
		changed |= elements[i] != before;
	}
	if (!changed)
		return PointerGetDatum(array);
	return PointerGetDatum(construct_md_array(elements, nulls, ARR_NDIM(array), ARR_DIMS(array), ARR_LBOUND(array),
											  ARR_ELEMTYPE(array), typlen, typbyval, typalign));
}

/* A varlena without anything compressed or external in it; itself when it has none. */
static Datum
plain_value(Datum value, Oid type)
{
	Oid			base = getBaseType(type);
	Oid			element = get_element_type(base);

	if (OidIsValid(element))
		return plain_array(value, element);
	if (get_typtype(base) == TYPTYPE_COMPOSITE)
		return plain_row(value);
	return PointerGetDatum(PG_DETOAST_DATUM_PACKED(value));
}

/* --- to Java ----------------------------------------------------------------------- */

/* A copy even of what is plain: the slot may be gone before Java reads. */
static struct varlena *
copy_plain(TamIcebergType *type, Datum value)
{
	struct varlena *plain = type->has_rows ? (struct varlena *) DatumGetPointer(plain_value(value, type->oid)) :
		PG_DETOAST_DATUM_PACKED(value);
	struct varlena *copy;

	if ((Pointer) plain != DatumGetPointer(value))
		return plain;
	copy = palloc(VARSIZE_ANY(plain));
	memcpy(copy, plain, VARSIZE_ANY(plain));
	return copy;
}

static void
refuse(TamIcebergType *type, const char *text)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("a value of type %s cannot be kept in an iceberg table", format_type_be(type->oid)),
			 errdetail("Its text form, \"%.100s\", does not lead back to the same value.", text)));
}

/* Text in UTF-8, whatever the database's encoding. */
static struct varlena *
utf8_varlena(const char *text, int length)
{
	char	   *utf8 = pg_server_to_any(text, length, PG_UTF8);
	int			utf8_length = utf8 == text ? length : strlen(utf8);
	char	   *back;

	if (utf8 != text)
	{
		back = pg_any_to_server(utf8, utf8_length, PG_UTF8);
		if (strlen(back) != length || memcmp(back, text, length) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
					 errmsg("a text in encoding %s cannot be kept in an iceberg table", GetDatabaseEncodingName()),
					 errdetail("Its translation to UTF-8 does not lead back to the same text.")));
	}
	return (struct varlena *) cstring_to_text_with_len(utf8, utf8_length);
}

/* Other types than PostgreSQL's own may write what they do not read. */
static void
verify_text(TamIcebergType *type, Datum value, char *text)
{
	Datum		back = InputFunctionCall(&type->from_java, text, type->parameter, -1);
	TypeCacheEntry *entry;

	if (datum_image_eq(value, back, type->typbyval, type->typlen))
		return;
	entry = lookup_type_cache(type->oid, TYPECACHE_EQ_OPR_FINFO);
	if (!OidIsValid(entry->eq_opr)
		|| !DatumGetBool(FunctionCall2Coll(&entry->eq_opr_finfo, DEFAULT_COLLATION_OID, value, back))
		|| strcmp(text, OutputFunctionCall(&type->to_java, back)) != 0)
		refuse(type, text);
}

static struct varlena *
text_form(TamIcebergType *type, Datum value)
{
	char	   *text = OutputFunctionCall(&type->to_java, value);

	if (type->verified)
		verify_text(type, value, text);
	if (type->kind == TAM_COLUMN_KIND_BINARY_FORM)
		return (struct varlena *) cstring_to_text(text);
	return utf8_varlena(text, strlen(text));
}

static struct varlena *
varlena_for_java(TamIcebergType *type, Datum value)
{
	struct varlena *plain;

	switch (type->form)
	{
		case TAM_FORM_TEXT:
			return text_form(type, value);
		case TAM_FORM_BINARY:
			return (struct varlena *) SendFunctionCall(&type->to_java, value);
		case TAM_FORM_STRING:
			plain = PG_DETOAST_DATUM_PACKED(value);
			return utf8_varlena(pnstrdup(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain)), VARSIZE_ANY_EXHDR(plain));
		default:
			return copy_plain(type, value);
	}
}

void
tam_iceberg_value_put(TamIcebergType *type, Datum value, char *values, int row)
{
	switch (type->width)
	{
		case 1:
			((bool *) values)[row] = DatumGetBool(value);
			break;
		case 2:
			((int16 *) values)[row] = DatumGetInt16(value);
			break;
		case 4:
			((int32 *) values)[row] = DatumGetInt32(value);
			break;
		case 8:
			((int64 *) values)[row] = DatumGetInt64(value);
			break;
		case 16:
			memcpy(values + (Size) row * 16, DatumGetPointer(value), 16);
			break;
		default:
			((Datum *) values)[row] = PointerGetDatum(varlena_for_java(type, value));
	}
}

bytea *
tam_iceberg_value_bytes(TamIcebergType *type, Datum value)
{
	struct varlena *plain;
	int			level = type->wants_settings ? tam_iceberg_settings_begin() : 0;
	char		fixed[16];
	const char *bytes = fixed;
	int			length = type->width;
	bytea	   *result;

	if (length > 0)
		tam_iceberg_value_put(type, value, fixed, 0);
	else
	{
		plain = varlena_for_java(type, value);
		bytes = VARDATA_ANY(plain);
		length = VARSIZE_ANY_EXHDR(plain);
	}
	result = palloc(length + VARHDRSZ);
	SET_VARSIZE(result, length + VARHDRSZ);
	memcpy(VARDATA(result), bytes, length);
	if (type->wants_settings)
		tam_iceberg_settings_end(level);
	return result;
}

/* --- from Java --------------------------------------------------------------------- */

static Datum rebuilt_value(Datum value, Oid type);

/*
 * Java knows the layout of a row, not what this version of PostgreSQL notes in
 * its header about its type: the header is PostgreSQL's to make.
 */
static Datum
rebuilt_row(Datum value, Oid type)
{
	HeapTupleHeader row = (HeapTupleHeader) PG_DETOAST_DATUM(value);
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	Datum	   *values = palloc(sizeof(Datum) * Max(desc->natts, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(desc->natts, 1));
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row), .t_data = row};
	Datum		result;

	check_stack_depth();
	heap_deform_tuple(&tuple, desc, values, nulls);
	for (int i = 0; i < desc->natts; i++)
		if (!nulls[i] && TupleDescAttr(desc, i)->attlen == -1)
			values[i] = rebuilt_value(values[i], TupleDescAttr(desc, i)->atttypid);
	result = heap_copy_tuple_as_datum(heap_form_tuple(desc, values, nulls), desc);
	ReleaseTupleDesc(desc);
	return result;
}

static Datum
rebuilt_array(Datum value, Oid element)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	int16		typlen;
	bool		typbyval;
	char		typalign;

	get_typlenbyvalalign(element, &typlen, &typbyval, &typalign);
	deconstruct_array(array, element, typlen, typbyval, typalign, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			elements[i] = rebuilt_value(elements[i], element);
	if (count == 0)
		return PointerGetDatum(array);
	return PointerGetDatum(construct_md_array(elements, nulls, ARR_NDIM(array), ARR_DIMS(array), ARR_LBOUND(array),
											  element, typlen, typbyval, typalign));
}

/* A value whose rows, however deep, have headers of PostgreSQL's. */
static Datum
rebuilt_value(Datum value, Oid type)
{
	Oid			base = getBaseType(type);
	Oid			element = get_element_type(base);

	if (OidIsValid(element))
	{
		if (!tam_iceberg_type_has_rows(element))
			return value;
		return rebuilt_array(value, element);
	}
	return get_typtype(base) == TYPTYPE_COMPOSITE ? rebuilt_row(value, base) : value;
}

static Datum
from_text(TamIcebergType *type, char *utf8, int length)
{
	char	   *text = pnstrdup(utf8, length);

	if (type->kind != TAM_COLUMN_KIND_BINARY_FORM)
		text = pg_any_to_server(text, length, PG_UTF8);
	return InputFunctionCall(&type->from_java, text, type->parameter, -1);
}

static Datum
from_binary(TamIcebergType *type, char *bytes, int length)
{
	StringInfoData message;

	initStringInfo(&message);
	appendBinaryStringInfo(&message, bytes, length);
	return ReceiveFunctionCall(&type->from_java, &message, type->parameter, -1);
}

Datum
tam_iceberg_value_convert(TamIcebergType *type, struct varlena *value)
{
	char	   *bytes = VARDATA_ANY(value);
	int			length = VARSIZE_ANY_EXHDR(value);
	char	   *text;

	switch (type->form)
	{
		case TAM_FORM_TEXT:
			return from_text(type, bytes, length);
		case TAM_FORM_BINARY:
			return from_binary(type, bytes, length);
		case TAM_FORM_STRING:
			text = pnstrdup(bytes, length);
			return PointerGetDatum(cstring_to_text(pg_any_to_server(text, length, PG_UTF8)));
		default:
			return rebuilt_value(PointerGetDatum(value), type->oid);
	}
}
