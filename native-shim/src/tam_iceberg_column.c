/*
 * tam_iceberg_column.c
 *	  The columns of an iceberg table: asked from Java once for each relation,
 *	  and their messages.
 *
 * The cache's key is the relation's oid. Any change of the relation, of a type
 * or of an attribute anywhere makes entries stale; a stale entry goes when the
 * last one who pinned it lets go. A column's field id is its attribute number;
 * the parts of a nested type have ids of their own, which follow from it, so
 * that they are the same in every session and never given twice.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "tam.h"
#include "tam_iceberg_column.h"
#include "tam_iceberg_upcall.h"

/* Field ids (attnum << 16) + 1 … + 65535 are for the parts of a column. */
#define NESTED_ID_BITS 16

typedef struct CacheEntry
{
	Oid			relid;			/* hash key */
	TamIcebergColumns *columns; /* NULL when there is none */
} CacheEntry;

static HTAB *cache = NULL;

/* Counts what may have changed a column. */
static uint64 changes = 0;

/* --- options ------------------------------------------------------------------- */

/* An iceberg table shares its options with what every table has (autovacuum_enabled …), which Iceberg does not know. */
static bool
is_iceberg_option(const char *name)
{
	return strchr(name, '.') != NULL || strcmp(name, "format-version") == 0 || strcmp(name, "partitioning") == 0;
}

typedef void (*option_visitor) (const char *name, const char *value, void *argument);

static void
visit_options(Relation rel, option_visitor visit, void *argument)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(RelationGetRelid(rel)));
	bool		is_null = true;
	Datum		options;
	Datum	   *elements;
	int			count;

	if (!HeapTupleIsValid(tuple))
		return;
	options = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_reloptions, &is_null);
	if (!is_null)
	{
		deconstruct_array(DatumGetArrayTypeP(options), TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &count);
		for (int i = 0; i < count; i++)
		{
			char	   *name = TextDatumGetCString(elements[i]);
			char	   *value = strchr(name, '=');

			if (value == NULL)
				continue;
			*value++ = '\0';
			if (is_iceberg_option(name))
				visit(name, value, argument);
		}
	}
	ReleaseSysCache(tuple);
}

typedef struct WantedOption
{
	const char *name;
	char	   *value;
} WantedOption;

static void
match_option(const char *name, const char *value, void *argument)
{
	WantedOption *wanted = argument;

	if (strcmp(name, wanted->name) == 0)
		wanted->value = pstrdup(value);
}

char *
tam_iceberg_option(Relation rel, const char *name)
{
	WantedOption wanted = {name, NULL};

	visit_options(rel, match_option, &wanted);
	return wanted.value;
}

typedef struct SentOptions
{
	StringInfoData text;
	int			count;
} SentOptions;

static void
send_option(const char *name, const char *value, void *argument)
{
	SentOptions *sent = argument;

	tam_iceberg_send_string(&sent->text, name);
	tam_iceberg_send_string(&sent->text, value);
	sent->count++;
}

void
tam_iceberg_send_options(StringInfo message, Relation rel)
{
	SentOptions sent = {.count = 0};

	initStringInfo(&sent.text);
	visit_options(rel, send_option, &sent);
	pq_sendint32(message, sent.count);
	pq_sendbytes(message, sent.text.data, sent.text.len);
	pfree(sent.text.data);
}

/* --- one column ------------------------------------------------------------------ */

/*
 * Asks Java how a column is kept, then prepares both sides for it: the message
 * that will name the type from now on, and what values need.
 */
static void
map_column(TamIcebergColumn *column, Relation rel, Form_pg_attribute attribute, MemoryContext context)
{
	StringInfoData question;
	StringInfoData message;
	StringInfo	answer;
	int			own_kind;
	int			kind;
	char	   *iceberg_type;

	initStringInfo(&question);
	tam_iceberg_send_type(&question, attribute->atttypid, attribute->atttypmod);
	own_kind = (unsigned char) question.data[0];
	initStringInfo(&message);
	pq_sendbytes(&message, question.data, question.len);
	tam_iceberg_send_string(&question, tam_iceberg_option(rel, psprintf("tamarack.type.%s", NameStr(attribute->attname))));
	pq_sendint32(&question, attribute->attnum << NESTED_ID_BITS);
	answer = tam_iceberg_ask(TAM_ICEBERG_MAP_COLUMN, &question);
	kind = pq_getmsgbyte(answer);
	if (kind != own_kind)
	{
		resetStringInfo(&message);
		tam_iceberg_send_type_as(&message, attribute->atttypid, attribute->atttypmod, kind);
	}
	iceberg_type = tam_iceberg_get_string(answer);
	tam_iceberg_send_string(&message, iceberg_type);
	pq_sendbyte(&message, pq_getmsgbyte(answer));
	column->attnum = attribute->attnum;
	tam_iceberg_prepare_type(&column->type, attribute->atttypid, kind, context);
	column->message = (bytea *) MemoryContextAlloc(context, message.len + VARHDRSZ);
	SET_VARSIZE(column->message, message.len + VARHDRSZ);
	memcpy(VARDATA(column->message), message.data, message.len);
}

static TamIcebergColumns *
map_columns(Relation rel)
{
	MemoryContext scratch = AllocSetContextCreate(CurrentMemoryContext, "iceberg columns", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(scratch);
	MemoryContext context = AllocSetContextCreate(scratch, "iceberg columns", ALLOCSET_SMALL_SIZES);
	TupleDesc	desc = RelationGetDescr(rel);
	TamIcebergColumns *columns = MemoryContextAllocZero(context, sizeof(TamIcebergColumns));

	columns->context = context;
	columns->columns = MemoryContextAllocZero(context, sizeof(TamIcebergColumn) * Max(desc->natts, 1));
	columns->last_field_id = (desc->natts << NESTED_ID_BITS) + (1 << NESTED_ID_BITS) - 1;
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped)
			map_column(&columns->columns[columns->count++], rel, TupleDescAttr(desc, i), context);
	MemoryContextSetParent(context, CacheMemoryContext);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return columns;
}

/* --- the cache ------------------------------------------------------------------- */

static void
make_stale(CacheEntry *entry)
{
	TamIcebergColumns *columns = entry->columns;

	entry->columns = NULL;
	if (columns == NULL)
		return;
	columns->stale = true;
	if (columns->pins == 0)
		MemoryContextDelete(columns->context);
}

static void
forget_all(void)
{
	HASH_SEQ_STATUS status;
	CacheEntry *entry;

	hash_seq_init(&status, cache);
	while ((entry = hash_seq_search(&status)) != NULL)
		make_stale(entry);
}

static void
relation_changed(Datum argument, Oid relid)
{
	CacheEntry *entry;

	changes++;
	if (!OidIsValid(relid))
	{
		forget_all();
		return;
	}
	entry = hash_search(cache, &relid, HASH_FIND, NULL);
	if (entry != NULL)
		make_stale(entry);
}

/* Of a type, or of an attribute: the relation may use a composite type's. */
static void
catalog_changed(Datum argument, int cache_id, uint32 hash)
{
	changes++;
	forget_all();
}

static void
create_cache(void)
{
	HASHCTL		control = {.keysize = sizeof(Oid), .entrysize = sizeof(CacheEntry), .hcxt = CacheMemoryContext};

	cache = hash_create("iceberg columns", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(ATTNUM, catalog_changed, (Datum) 0);
}

TamIcebergColumns *
tam_iceberg_columns_pin(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	CacheEntry *entry;
	TamIcebergColumns *columns;
	uint64		changes_before;

	if (cache == NULL)
		create_cache();
	entry = hash_search(cache, &relid, HASH_FIND, NULL);
	if (entry != NULL && entry->columns != NULL)
	{
		entry->columns->pins++;
		return entry->columns;
	}
	changes_before = changes;
	columns = map_columns(rel);
	columns->pins++;
	/* A change that came in meanwhile may be one of these columns' types: good for this time only. */
	if (changes != changes_before)
		columns->stale = true;
	else
	{
		bool		found;

		entry = hash_search(cache, &relid, HASH_ENTER, &found);
		entry->columns = columns;
	}
	return columns;
}

void
tam_iceberg_columns_unpin(TamIcebergColumns *columns)
{
	columns->pins--;
	if (columns->stale && columns->pins == 0)
		MemoryContextDelete(columns->context);
}

/* --- messages -------------------------------------------------------------------- */

/* What rows from before the column was added hold. */
static void
send_initial_default(StringInfo message, Relation rel, TamIcebergColumn *column, bool for_publication)
{
	bool		is_null = true;
	Datum		value = (Datum) 0;
	int			kind = column->type.kind;

	/* Iceberg has no defaults of nested types. */
	if (TupleDescAttr(RelationGetDescr(rel), column->attnum - 1)->atthasmissing
		&& !(for_publication && (kind == TAM_COLUMN_KIND_ARRAY || kind == TAM_COLUMN_KIND_COMPOSITE)))
		value = getmissingattr(RelationGetDescr(rel), column->attnum, &is_null);
	if (is_null)
		pq_sendint32(message, -1);
	else
	{
		bytea	   *bytes = tam_iceberg_value_bytes(&column->type, value);

		tam_iceberg_send_bytes(message, VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ);
	}
}

static void
send_column(StringInfo message, Relation rel, TamIcebergColumn *column, bool for_publication)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), column->attnum - 1);

	pq_sendint32(message, column->attnum);
	tam_iceberg_send_string(message, NameStr(attribute->attname));
	pq_sendbyte(message, for_publication && TAM_IS_NOT_NULL(RelationGetDescr(rel), column->attnum - 1));
	tam_iceberg_send_string(message, for_publication ?
							GetComment(RelationGetRelid(rel), RelationRelationId, column->attnum) : NULL);
	pq_sendbytes(message, VARDATA(column->message), VARSIZE(column->message) - VARHDRSZ);
	send_initial_default(message, rel, column, for_publication);
}

void
tam_iceberg_send_columns(StringInfo message, Relation rel, const TamIcebergColumns *columns,
						 const Bitmapset *attributes, bool for_publication)
{
	int			count = 0;

	for (int i = 0; i < columns->count; i++)
		count += attributes == NULL || bms_is_member(columns->columns[i].attnum, attributes);
	pq_sendint32(message, count);
	for (int i = 0; i < columns->count; i++)
		if (attributes == NULL || bms_is_member(columns->columns[i].attnum, attributes))
			send_column(message, rel, &columns->columns[i], for_publication);
}
