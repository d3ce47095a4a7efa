/*
 * tam_handler.c
 *	  The callback table of sqlite_heap, in the order of TableAmRoutine.
 */
#include "postgres.h"

#define TAM_COMPAT_CALLBACKS

#include "access/tableam.h"
#include "fmgr.h"
#include "nodes/nodes.h"

#include "tam.h"

PG_FUNCTION_INFO_V1(tam_sqlite_heap_handler);

static const TableAmRoutine sqlite_heap_routine = {
	.type = T_TableAmRoutine,

	.slot_callbacks = tam_slot_callbacks,

	.scan_begin = tam_scan_begin,
	.scan_end = tam_scan_end,
	.scan_rescan = tam_scan_rescan,
	.scan_getnextslot = tam_scan_getnextslot,
	.scan_set_tidrange = tam_scan_set_tidrange,
	.scan_getnextslot_tidrange = tam_scan_getnextslot_tidrange,

	.parallelscan_estimate = tam_parallelscan_estimate,
	.parallelscan_initialize = tam_parallelscan_initialize,
	.parallelscan_reinitialize = tam_parallelscan_reinitialize,

	.index_fetch_begin = tam_index_fetch_begin,
	.index_fetch_reset = tam_index_fetch_reset,
	.index_fetch_end = tam_index_fetch_end,
	.index_fetch_tuple = tam_index_fetch_tuple,

	.tuple_fetch_row_version = tam_tuple_fetch_row_version,
	.tuple_tid_valid = tam_tuple_tid_valid,
	.tuple_get_latest_tid = tam_tuple_get_latest_tid,
	.tuple_satisfies_snapshot = tam_tuple_satisfies_snapshot,
	.index_delete_tuples = tam_index_delete_tuples,

	.tuple_insert = tam_tuple_insert,
	.tuple_insert_speculative = tam_tuple_insert_speculative,
	.tuple_complete_speculative = tam_tuple_complete_speculative,
	.multi_insert = tam_multi_insert,
	.tuple_delete = tam_tuple_delete,
	.tuple_update = tam_tuple_update,
	.tuple_lock = tam_tuple_lock,
	.finish_bulk_insert = tam_finish_bulk_insert,

	TAM_SET_NEW_STORAGE = tam_relation_set_new_filelocator,
	.relation_nontransactional_truncate = tam_relation_nontransactional_truncate,
	.relation_copy_data = tam_relation_copy_data,
	.relation_copy_for_cluster = tam_relation_copy_for_cluster,
	.relation_vacuum = tam_relation_vacuum,
	.scan_analyze_next_block = tam_scan_analyze_next_block,
	.scan_analyze_next_tuple = tam_scan_analyze_next_tuple,
	.index_build_range_scan = tam_index_build_range_scan,
	.index_validate_scan = tam_index_validate_scan,

	.relation_size = tam_relation_size,
	.relation_needs_toast_table = tam_relation_needs_toast_table,

	.relation_estimate_size = tam_relation_estimate_size,

	TAM_BITMAP_CALLBACKS,
	.scan_sample_next_block = tam_scan_sample_next_block,
	.scan_sample_next_tuple = tam_scan_sample_next_tuple,
};

const TableAmRoutine *
tam_sqlite_heap_routine(void)
{
	return &sqlite_heap_routine;
}

bool
tam_is_sqlite_heap(Relation rel)
{
	return rel->rd_tableam == &sqlite_heap_routine;
}

Datum
tam_sqlite_heap_handler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(&sqlite_heap_routine);
}
