package tamarack.storage.service;

/**
 * Whom the service works for.
 *
 * @param system PostgreSQL's system identifier, or any text that no other cluster has
 * @param timeline PostgreSQL's timeline
 */
public record Identity(String system, long timeline) {}
