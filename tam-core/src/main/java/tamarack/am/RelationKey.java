package tamarack.am;

/**
 * Names the physical storage of one relation, as PostgreSQL's RelFileLocator and backend number do.
 *
 * @param tablespace oid of the tablespace, 0 for the database's default one
 * @param database oid of the database
 * @param relationNumber relfilenumber
 * @param backend number of the backend that owns a temporary relation, -1 for a permanent or unlogged one
 */
public record RelationKey(int tablespace, int database, int relationNumber, int backend) {

  /** Whether the relation is temporary: its file needs no sync and dies with its backend. */
  public boolean isTemporary() {
    return backend >= 0;
  }
}
