/*
 * tam_planner.c
 *	  What the planner must know about our tables beyond sizes: that each
 *	  parallel worker has a Java runtime to start.
 */
#include "postgres.h"

#include "access/table.h"
#include "nodes/pathnodes.h"
#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "utils/rel.h"

#include "tam.h"

/*
 * A worker is ready some 0.1 s after it was asked for, in which time the
 * leader reads a million rows: parallel plans begin at tables this many times
 * larger than heap's.
 */
#define PARALLEL_SIZE_FACTOR 16

static get_relation_info_hook_type next_get_relation_info = NULL;

static void
tam_get_relation_info(PlannerInfo *root, Oid relation_id, bool inhparent, RelOptInfo *info)
{
	Relation	rel;

	if (next_get_relation_info)
		next_get_relation_info(root, relation_id, inhparent, info);
	/* An explicit parallel_workers option has the last word; a partition's size says nothing. */
	if (inhparent || info->reloptkind != RELOPT_BASEREL || info->rel_parallel_workers != -1)
		return;
	rel = table_open(relation_id, NoLock);
	if (tam_is_ours(rel)
		&& info->pages < (BlockNumber) min_parallel_table_scan_size * PARALLEL_SIZE_FACTOR)
		info->rel_parallel_workers = 0;
	table_close(rel, NoLock);
}

void
tam_planner_register(void)
{
	next_get_relation_info = get_relation_info_hook;
	get_relation_info_hook = tam_get_relation_info;
}
