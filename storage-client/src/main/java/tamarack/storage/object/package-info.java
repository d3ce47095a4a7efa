/** The interface to object stores, its outcomes and failures as types. Depends on nothing but the JDK. */
package tamarack.storage.object;
