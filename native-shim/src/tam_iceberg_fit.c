/*
 * tam_iceberg_fit.c
 *	  Refuses numerics that do not fit the decimal that "tamarack.type.…" says
 *	  their column is, before they are in the table: it could never be published.
 *
 * What there is to look at is kept for the table asked about last. An
 * invalidation, which may come with any detoasting, frees nothing.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/snapmgr.h"

#include "tam.h"
#include "tam_iceberg_option.h"

typedef struct DecimalColumn
{
	AttrNumber	attnum;
	int			precision;
	int			scale;
	Datum		limit;			/* the least numeric with too many digits */
} DecimalColumn;

/* The decimals of one table. */
static Oid	table = InvalidOid;
static List *decimals = NIL;	/* of DecimalColumn, in the context */
static MemoryContext context = NULL;

static void
forget_table(Datum argument, Oid relid)
{
	if (!OidIsValid(relid) || relid == table)
		table = InvalidOid;
}

/* NULL: the option is not about a numeric that is a decimal. */
static DecimalColumn *
read_decimal(Relation rel, const TamOption *option)
{
	DecimalColumn *column;
	AttrNumber	attnum;
	int			precision;
	int			scale;
	char	   *limit;

	if (strncmp(option->name, TAM_OPTION_TYPE, strlen(TAM_OPTION_TYPE)) != 0
		|| sscanf(asc_tolower(option->value, strlen(option->value)), " decimal ( %d , %d )", &precision, &scale) != 2)
		return NULL;
	attnum = get_attnum(RelationGetRelid(rel), option->name + strlen(TAM_OPTION_TYPE));
	if (attnum <= 0
		|| getBaseType(TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid) != NUMERICOID)
		return NULL;
	column = palloc(sizeof(DecimalColumn));
	column->attnum = attnum;
	column->precision = precision;
	column->scale = scale;
	limit = psprintf("1e%d", precision - scale);
	column->limit = DirectFunctionCall3(numeric_in, CStringGetDatum(limit), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	return column;
}

static void
read_decimals(Relation rel)
{
	MemoryContext caller;
	ListCell   *cell;

	if (context == NULL)
	{
		context = AllocSetContextCreate(CacheMemoryContext, "iceberg decimals", ALLOCSET_SMALL_SIZES);
		CacheRegisterRelcacheCallback(forget_table, (Datum) 0);
	}
	table = InvalidOid;
	decimals = NIL;
	MemoryContextReset(context);
	caller = MemoryContextSwitchTo(context);
	foreach(cell, tam_options_of(RelationGetRelid(rel)))
	{
		DecimalColumn *column = read_decimal(rel, lfirst(cell));

		if (column != NULL)
			decimals = lappend(decimals, column);
	}
	MemoryContextSwitchTo(caller);
	table = RelationGetRelid(rel);
}

/* The same rule as NumericCodec's. */
static bool
fits(const DecimalColumn *column, Numeric value)
{
	Datum		absolute;
	bool		answer;

	if (numeric_is_nan(value))
		return true;
	if (numeric_is_inf(value)
		|| DatumGetInt32(DirectFunctionCall1(numeric_min_scale, NumericGetDatum(value))) > column->scale)
		return false;
	absolute = DirectFunctionCall1(numeric_abs, NumericGetDatum(value));
	answer = DatumGetBool(DirectFunctionCall2(numeric_lt, absolute, column->limit));
	pfree(DatumGetPointer(absolute));
	return answer;
}

static void
require_fit(Relation rel, const DecimalColumn *column, Datum value)
{
	Numeric		number = DatumGetNumeric(value);

	if (!fits(column, number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value of column \"%s\" does not fit its Iceberg type decimal(%d,%d)",
						NameStr(TupleDescAttr(RelationGetDescr(rel), column->attnum - 1)->attname), column->precision,
						column->scale),
				 errdetail("The table stores no rounded values."),
				 errhint("Round the value, or give the column a wider decimal when you create the table.")));
	if ((Pointer) number != DatumGetPointer(value))
		pfree(number);
}

void
tam_iceberg_require_fit(Relation rel, HeapTuple tuple)
{
	ListCell   *cell;

	if (likely(rel->rd_options == NULL))
		return;
	if (RelationGetRelid(rel) != table)
		read_decimals(rel);
	foreach(cell, decimals)
	{
		DecimalColumn *column = lfirst(cell);
		bool		isnull;
		Datum		value = heap_getattr(tuple, column->attnum, RelationGetDescr(rel), &isnull);

		if (!isnull)
			require_fit(rel, column, value);
	}
}

void
tam_iceberg_require_all_fit(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		bool		should_free;
		HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, true, &should_free);

		CHECK_FOR_INTERRUPTS();
		tam_iceberg_require_fit(rel, tuple);
		if (should_free)
			heap_freetuple(tuple);
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	relation_close(rel, NoLock);
}
