/*
 * tam_check_row.c
 *	  Checks of one row version: is its header possible, is its tuple whole?
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/transam.h"
#include "access/tupmacs.h"

#include "tam_check.h"

#define KNOWN_INFO (TAM_INFO_XMIN_FROZEN | TAM_INFO_SPECULATIVE | TAM_INFO_MODE_MASK | TAM_INFO_XMAX_MULTI \
					| TAM_INFO_CID_IS_COMBO | TAM_INFO_DELETED)

/* --- header ---------------------------------------------------------------------------- */

/* Whether an xid could have been assigned, and is not older than what VACUUM has promised to have frozen. */
static void
check_xid(TamCheck *check, int64 row, const char *what, uint64 xid)
{
	TransactionId frozen = check->rel->rd_rel->relfrozenxid;
	FullTransactionId full = FullTransactionIdFromU64(xid);

	if (!FullTransactionIdPrecedes(full, ReadNextFullTransactionId()))
		tam_problem(check->problems, "row " INT64_FORMAT ": %s " UINT64_FORMAT " is in the future", row, what, xid);
	else if (TransactionIdIsNormal(frozen) && xid >= FirstNormalTransactionId
			 && xid < U64FromFullTransactionId(tam_full_xid(frozen)))
		tam_problem(check->problems, "row " INT64_FORMAT ": %s " UINT64_FORMAT " is older than relfrozenxid %u and not frozen",
					row, what, xid, frozen);
}

static void
check_multi(TamCheck *check, int64 row, uint64 xmax)
{
	MultiXactId oldest = check->rel->rd_rel->relminmxid;
	MultiXactId multi = (MultiXactId) xmax;

	if (xmax > PG_UINT32_MAX || !MultiXactIdIsValid(multi)
		|| !MultiXactIdPrecedes(multi, ReadNextMultiXactId()))
		tam_problem(check->problems, "row " INT64_FORMAT ": there is no multixact " UINT64_FORMAT, row, xmax);
	else if (MultiXactIdIsValid(oldest) && MultiXactIdPrecedes(multi, oldest))
		tam_problem(check->problems, "row " INT64_FORMAT ": multixact %u is older than relminmxid %u", row, multi, oldest);
}

static void
check_xmax(TamCheck *check, char *entry, int mode)
{
	int64		row = TAM_ENTRY_I64(entry, ROW);
	int32		info = TAM_ENTRY_I32(entry, INFO);
	uint64		xmax = (uint64) TAM_ENTRY_I64(entry, XMAX);

	if (mode == TAM_INFO_MODE_NONE)
		return;
	if (info & TAM_INFO_XMAX_MULTI)
		check_multi(check, row, xmax);
	else
		check_xid(check, row, "xmax", xmax);
}

void
tam_check_header(TamCheck *check, char *entry)
{
	int64		row = TAM_ENTRY_I64(entry, ROW);
	int32		info = TAM_ENTRY_I32(entry, INFO);
	int64		next = TAM_ENTRY_I64(entry, NEXT);
	uint64		xmin = (uint64) TAM_ENTRY_I64(entry, XMIN);
	int			mode = (info & TAM_INFO_MODE_MASK) >> TAM_INFO_MODE_SHIFT;

	if (xmin == 0)
		return;					/* dead to everyone: nobody reads the rest */
	if ((info & ~KNOWN_INFO) != 0 || mode > TAM_INFO_MODE_KEY_UPDATED)
		tam_problem(check->problems, "row " INT64_FORMAT ": unknown bits in its header (%d)", row, info);
	if (!(info & TAM_INFO_XMIN_FROZEN))
		check_xid(check, row, "xmin", xmin);
	check_xmax(check, entry, mode);
	if (!(info & TAM_INFO_SPECULATIVE) && (next < TAM_INFO_NEXT_MOVED || next == row))
		tam_problem(check->problems, "row " INT64_FORMAT ": its successor cannot be " INT64_FORMAT, row, next);
}

/* --- tuple ------------------------------------------------------------------------------- */

/* Bytes of a value at the start of room bytes; -1 when it does not end within them. */
static int64
value_bytes(Form_pg_attribute attribute, const char *value, int64 room)
{
	if (attribute->attlen > 0)
		return attribute->attlen;
	if (attribute->attlen == -2)
	{
		Size		length = strnlen(value, Max(room, 0));

		return (int64) length < room ? (int64) length + 1 : -1;
	}
	if (room < 1 || (!VARATT_IS_1B(value) && room < VARHDRSZ))
		return -1;
	return VARATT_IS_1B_E(value) ? -1 : VARSIZE_ANY(value);
}

/*
 * Walks over the stored attributes: none may reach beyond the tuple's end.
 * Values that point out of the row cannot be stored.
 */
void
tam_check_tuple(TamCheck *check, char *entry)
{
	TupleDesc	desc = RelationGetDescr(check->rel);
	HeapTupleData tuple;
	char	   *data;
	int64		end;
	int64		offset = 0;
	int			stored;

	tam_batch_tuple(entry, check->rel, &tuple);
	stored = HeapTupleHeaderGetNatts(tuple.t_data);
	data = (char *) tuple.t_data + tuple.t_data->t_hoff;
	end = (int64) tuple.t_len - tuple.t_data->t_hoff;
	if (stored > desc->natts)
	{
		tam_problem(check->problems, "row " INT64_FORMAT ": has %d columns, the table %d",
					TAM_ENTRY_I64(entry, ROW), stored, desc->natts);
		return;
	}
	for (int i = 0; i < stored; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		int64		bytes;

		if (HeapTupleHasNulls(&tuple) && att_isnull(i, tuple.t_data->t_bits))
			continue;
		if (attribute->attlen != -1 || (offset < end && data[offset] == 0))
			offset = att_align_nominal(offset, attribute->attalign);
		bytes = value_bytes(attribute, data + offset, end - offset);
		if (bytes < 0 || offset + bytes > end)
		{
			tam_problem(check->problems, "row " INT64_FORMAT ": column \"%s\" reaches beyond the end of the row",
						TAM_ENTRY_I64(entry, ROW), NameStr(attribute->attname));
			return;
		}
		offset += bytes;
	}
}
