package tamarack.storage.client;

import java.nio.file.Path;

/**
 * A file to write an object into.
 *
 * @param path of an empty file, which the service removes
 */
public record StagedFile(String transaction, long id, Path path) {}
