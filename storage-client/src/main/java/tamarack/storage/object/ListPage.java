package tamarack.storage.object;

import java.util.List;

/**
 * Some of the objects under a prefix.
 *
 * @param next names the next page; "" when this is the last one
 */
public record ListPage(List<ListedObject> objects, String next) {
  public ListPage {
    objects = List.copyOf(objects);
  }
}
