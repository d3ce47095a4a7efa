/*
 * tam_utility.c
 *	  Hooks around commands and plans.
 *
 * - ProcessUtility: what a command has done to publications and tables is
 *	 checked when it is over (tam_utility_publication.c); CREATE DATABASE names
 *	 its template here; the end of a prepared transaction asks for a sweep.
 * - object_access_hook: relations that a command makes, alters or drops,
 *	 databases made or dropped.
 * - ExecutorStart: bitmap scans of our tables must not prefetch, because the
 *	 core would ask for blocks of the main fork.
 */
#include "postgres.h"

#include "access/amapi.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_publication.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "tcop/utility.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "tam_iceberg.h"
#include "tam_utility.h"

static ProcessUtility_hook_type next_process_utility = NULL;
static ExecutorStart_hook_type next_executor_start = NULL;
static object_access_hook_type next_object_access = NULL;

/* Relations that the running command has made or altered so far, in TopMemoryContext. */
static List *touched = NIL;
static bool command_runs = false;

/* --- access methods ------------------------------------------------------------------ */

static int
access_method_of(const TableAmRoutine *routine)
{
	if (routine == tam_sqlite_heap_routine())
		return TAM_AM_SQLITE_HEAP;
	return routine == tam_iceberg_routine() ? TAM_AM_ICEBERG : TAM_AM_NONE;
}

int
tam_access_method(Oid access_method)
{
	HeapTuple	tuple;
	Form_pg_am	form;
	int			answer = TAM_AM_NONE;

	if (access_method == HEAP_TABLE_AM_OID || !OidIsValid(access_method))
		return TAM_AM_NONE;
	tuple = SearchSysCache1(AMOID, ObjectIdGetDatum(access_method));
	if (!HeapTupleIsValid(tuple))
		return TAM_AM_NONE;
	form = (Form_pg_am) GETSTRUCT(tuple);
	if (form->amtype == AMTYPE_TABLE)
		answer = access_method_of(GetTableAmRoutine(form->amhandler));
	ReleaseSysCache(tuple);
	return answer;
}

void
tam_refuse_standby(Relation rel)
{
	/* What iceberg's truth tables hold is in the WAL. */
	if (likely(!RecoveryInProgress()) || tam_is_iceberg(rel))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("table \"%s\" cannot be read on a standby server", RelationGetRelationName(rel)),
			 errdetail("The rows of an sqlite_heap table are not in the write-ahead log yet, so a standby does not have them."),
			 errhint("Read it on the primary, or use the access method heap for tables that standbys serve.")));
}

/* --- objects --------------------------------------------------------------------------- */

static void
touch_relation(Oid relid)
{
	MemoryContext caller;

	if (!command_runs)
		return;
	caller = MemoryContextSwitchTo(TopMemoryContext);
	touched = list_append_unique_oid(touched, relid);
	MemoryContextSwitchTo(caller);
}

static void
object_access(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id, void *argument)
{
	if (next_object_access)
		next_object_access(access, class_id, object_id, sub_id, argument);

	if (class_id == RelationRelationId && access == OAT_DROP && sub_id == 0)
		tam_iceberg_dropped(object_id);
	if (class_id == DatabaseRelationId && access == OAT_POST_CREATE)
		tam_database_created(object_id);
	else if (class_id == DatabaseRelationId && access == OAT_DROP)
		tam_database_dropped(object_id);
	else if ((class_id == RelationRelationId || class_id == InheritsRelationId) && sub_id == 0
			 && (access == OAT_POST_CREATE || access == OAT_POST_ALTER))
		touch_relation(object_id);
}

/* --- commands ---------------------------------------------------------------------------- */

/* Name of the publication that a statement makes or changes, or NULL. */
static const char *
publication_name(Node *statement)
{
	if (IsA(statement, CreatePublicationStmt))
		return ((CreatePublicationStmt *) statement)->pubname;
	if (IsA(statement, AlterPublicationStmt))
		return ((AlterPublicationStmt *) statement)->pubname;
	return NULL;
}

static void
after_command(const char *publication)
{
	if (publication == NULL && touched == NIL)
		return;
	CommandCounterIncrement();
	if (publication != NULL)
		tam_publication_check(publication);
	tam_publication_check_relations(touched);
}

static void
run_command(PlannedStmt *planned, const char *query, bool read_only_tree, ProcessUtilityContext context,
			ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion)
{
	if (next_process_utility)
		next_process_utility(planned, query, read_only_tree, context, params, environment, dest,
							 completion);
	else
		standard_ProcessUtility(planned, query, read_only_tree, context, params, environment, dest,
								completion);
}

/* Each command watches the relations that it touches itself: commands nest. */
static void
watch_command(PlannedStmt *planned, const char *query, bool read_only_tree, ProcessUtilityContext context,
			  ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest,
			  QueryCompletion *completion)
{
	List	   *outer = touched;
	bool		outer_runs = command_runs;
	/* The statement itself may be gone after a command that ends transactions. */
	const char *publication = publication_name(planned->utilityStmt);
	bool		makes_database = IsA(planned->utilityStmt, CreatedbStmt);

	PG_TRY();
	{
		touched = NIL;
		command_runs = true;
		if (makes_database)
			tam_database_set_template((CreatedbStmt *) planned->utilityStmt);
		run_command(planned, query, read_only_tree, context, params, environment, dest, completion);
		after_command(publication);
	}
	PG_FINALLY();
	{
		list_free(touched);
		touched = outer;
		command_runs = outer_runs;
		if (makes_database)
			tam_database_set_template(NULL);
	}
	PG_END_TRY();
}

static void
process_utility(PlannedStmt *planned, const char *query, bool read_only_tree, ProcessUtilityContext context,
				ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest,
				QueryCompletion *completion)
{
	TransactionStmtKind kind;

	tam_data_reader_close();
	if (!IsA(planned->utilityStmt, TransactionStmt))
	{
		watch_command(planned, query, read_only_tree, context, params, environment, dest, completion);
		return;
	}
	kind = ((TransactionStmt *) planned->utilityStmt)->kind;
	run_command(planned, query, read_only_tree, context, params, environment, dest, completion);
	if (kind == TRANS_STMT_COMMIT_PREPARED || kind == TRANS_STMT_ROLLBACK_PREPARED)
		tam_sweep_request();
}

/* --- plans --------------------------------------------------------------------------------- */

static bool
stop_prefetch(PlanState *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, BitmapHeapScanState)
		&& tam_is_ours(((BitmapHeapScanState *) node)->ss.ss_currentRelation))
		TAM_STOP_BITMAP_PREFETCH((BitmapHeapScanState *) node);
	return planstate_tree_walker(node, stop_prefetch, context);
}

static bool
reads_ours(EState *estate)
{
	for (Index i = 0; i < estate->es_range_table_size; i++)
		if (estate->es_relations != NULL && estate->es_relations[i] != NULL
			&& tam_is_ours(estate->es_relations[i]))
			return true;
	return false;
}

static void
executor_start(QueryDesc *query, int flags)
{
	if (next_executor_start)
		next_executor_start(query, flags);
	else
		standard_ExecutorStart(query, flags);

	if (query->planstate != NULL && reads_ours(query->estate))
		stop_prefetch(query->planstate, NULL);
}

void
tam_utility_register(void)
{
	next_process_utility = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
	next_executor_start = ExecutorStart_hook;
	ExecutorStart_hook = executor_start;
	next_object_access = object_access_hook;
	object_access_hook = object_access;
	tam_database_register();
	tam_sweep_register();
}
