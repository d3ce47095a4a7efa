/*
 * tam_toast.c
 *	  Large values: they stay in the row, compressed where heap would.
 *
 * There is no TOAST table. Values that another table's TOAST table holds are
 * fetched before they are stored; the largest values of a long row are
 * compressed in place until the row is as short as heap wants it.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/toast_internals.h"
#include "utils/memutils.h"

#include "tam.h"

/* A row taken apart. */
typedef struct TamRow
{
	TupleDesc	desc;
	Datum	   *values;
	bool	   *nulls;
	bool	   *tried;			/* compression was tried, or makes no sense */
} TamRow;

static void
take_apart(TamRow *row, Relation rel, HeapTuple tuple)
{
	int			natts = RelationGetDescr(rel)->natts;

	row->desc = RelationGetDescr(rel);
	row->values = palloc(natts * sizeof(Datum));
	row->nulls = palloc(natts * sizeof(bool));
	row->tried = palloc0(natts * sizeof(bool));
	heap_deform_tuple(tuple, row->desc, row->values, row->nulls);
}

/* Fetches values that lie elsewhere; what was compressed there stays so. */
static void
fetch_external(TamRow *row)
{
	for (int i = 0; i < row->desc->natts; i++)
		if (!row->nulls[i] && TupleDescAttr(row->desc, i)->attlen == -1
			&& VARATT_IS_EXTERNAL(DatumGetPointer(row->values[i])))
			row->values[i] = PointerGetDatum(detoast_external_attr(
																   (struct varlena *) DatumGetPointer(row->values[i])));
}

static Size
compressible_size(TamRow *row, int i, char storage)
{
	Form_pg_attribute attribute = TupleDescAttr(row->desc, i);

	if (row->tried[i] || row->nulls[i] || attribute->attlen != -1
		|| attribute->attstorage != storage || VARATT_IS_COMPRESSED(DatumGetPointer(row->values[i])))
		return 0;
	return VARSIZE_ANY(DatumGetPointer(row->values[i]));
}

static int
largest_compressible(TamRow *row, char storage)
{
	Size		largest = MAXALIGN(TOAST_POINTER_SIZE);
	int			result = -1;

	for (int i = 0; i < row->desc->natts; i++)
		if (compressible_size(row, i, storage) > largest)
		{
			largest = compressible_size(row, i, storage);
			result = i;
		}
	return result;
}

static void
compress_until(TamRow *row, char storage, Size limit)
{
	int			i;

	while (heap_compute_data_size(row->desc, row->values, row->nulls) > limit
		   && (i = largest_compressible(row, storage)) >= 0)
	{
		Datum		compressed = toast_compress_datum(row->values[i],
													  TupleDescAttr(row->desc, i)->attcompression);

		row->tried[i] = true;
		if (DatumGetPointer(compressed) != NULL)
			row->values[i] = compressed;
	}
}

HeapTuple
tam_toast_tuple(Relation rel, HeapTuple tuple)
{
	Size		target = RelationGetToastTupleTarget(rel, TOAST_TUPLE_TARGET);
	MemoryContext context;
	MemoryContext caller;
	HeapTuple	result;
	TamRow		row;

	if (!HeapTupleHasExternal(tuple) && tuple->t_len <= target)
		return tuple;
	context = AllocSetContextCreate(CurrentMemoryContext, "tamarack row", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(context);
	take_apart(&row, rel, tuple);
	fetch_external(&row);
	compress_until(&row, TYPSTORAGE_EXTENDED, target - tuple->t_data->t_hoff);
	compress_until(&row, TYPSTORAGE_MAIN, target - tuple->t_data->t_hoff);
	MemoryContextSwitchTo(caller);
	result = heap_form_tuple(row.desc, row.values, row.nulls);
	MemoryContextDelete(context);
	return result;
}
