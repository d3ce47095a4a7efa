/*
 * tam_utility_publication.c
 *	  Refuses to publish tables of ours.
 *
 * Their rows are not in the WAL, so logical decoding would pass them over in
 * silence. Both ways into a publication are guarded: a publication that has
 * been made or changed must not cover such a table, and a table that has been
 * made or changed must not be covered by a publication.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_publication.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "tam_utility.h"

/* Whether the relation's changes would be published if a publication covered it. */
static bool
is_ours_and_publishable(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class form;
	bool		answer;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_class) GETSTRUCT(tuple);
	answer = form->relkind == RELKIND_RELATION && form->relpersistence == RELPERSISTENCE_PERMANENT
		&& tam_access_method(form->relam) != TAM_AM_NONE;
	ReleaseSysCache(tuple);
	return answer;
}

static int
why_not_published(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	int			access_method = tam_access_method(((Form_pg_class) GETSTRUCT(tuple))->relam);

	ReleaseSysCache(tuple);
	if (access_method == TAM_AM_ICEBERG)
		return errdetail("Changes of an iceberg table cannot be decoded yet, so they cannot be replicated.");
	return errdetail("The rows of an sqlite_heap table are not in the write-ahead log yet, so they cannot be replicated.");
}

static void
refuse(Oid relid, Oid publication)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("table \"%s\" cannot be in publication \"%s\"", get_rel_name(relid),
					get_publication_name(publication, false)),
			 why_not_published(relid),
			 errhint("Use the access method heap for tables that are published.")));
}

/* --- from the publication's side ---------------------------------------------------- */

static List *
published_relations(const Publication *publication)
{
	List	   *relations;

	if (publication->alltables)
		return GetAllTablesPublicationRelations(false);
	relations = GetPublicationRelations(publication->oid, PUBLICATION_PART_LEAF);
	return list_concat(relations,
					   GetAllSchemaPublicationRelations(publication->oid, PUBLICATION_PART_LEAF));
}

void
tam_publication_check(const char *name)
{
	Publication *publication = GetPublicationByName(name, true);
	ListCell   *cell;

	if (publication == NULL)
		return;
	foreach(cell, published_relations(publication))
		if (is_ours_and_publishable(lfirst_oid(cell)))
			refuse(lfirst_oid(cell), publication->oid);
}

/* --- from the table's side ------------------------------------------------------------ */

/* Publications that name the relation or its schema. */
static List *
publications_of(Oid relid)
{
	return list_concat(GetRelationPublications(relid), GetSchemaPublications(get_rel_namespace(relid)));
}

static void
check_relation(Oid relid)
{
	List	   *publications;
	List	   *ancestors;
	ListCell   *cell;

	if (!is_ours_and_publishable(relid))
		return;
	publications = list_concat(publications_of(relid), GetAllTablesPublications());
	ancestors = get_rel_relispartition(relid) ? get_partition_ancestors(relid) : NIL;
	foreach(cell, ancestors)
		publications = list_concat(publications, publications_of(lfirst_oid(cell)));
	if (publications != NIL)
		refuse(relid, linitial_oid(publications));
}

void
tam_publication_check_relations(List *relations)
{
	ListCell   *cell;

	foreach(cell, relations)
	{
		Oid			relid = lfirst_oid(cell);
		char		relkind = get_rel_relkind(relid);

		if (relkind == RELKIND_RELATION)
			check_relation(relid);
		else if (relkind == RELKIND_PARTITIONED_TABLE)
			tam_publication_check_relations(find_inheritance_children(relid, NoLock));
	}
}
