/**
 * Payload indexes: what finds rows by their payloads without reading them. For the storage of collections, which hands payloads in, and
 * for the engine. May call the values of collections, the JSON reader and the ports of indexes; knows no file.
 *
 * <p>Invariants: an index follows from the payloads and from nothing else, so it may be given up at any time. A segment never changes
 * once it is published, so readers take no lock. A row's payload never changes, so what a segment says about a row holds for good; which
 * rows are alive is asked elsewhere. Every heap byte that stays is estimated and reserved from the memory budget.
 */
package io.vexel.collection.payload;
