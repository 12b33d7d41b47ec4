/**
 * The life of a collection's derived index: which one it is, the tail and how it is drained, sweeps, checkpoints, loading. May call the
 * file system and the index; knows rows through the port {@link io.vexel.collection.indexing.IndexedRows} and no ids or payloads.
 *
 * <p>Invariants: rows below the watermark that are alive are in the index; no row is in it twice; a row is drained or taken out only
 * by what a durable state says. What is saved is referred to by the head file alone, which is replaced by one transaction. Whatever goes
 * wrong with an index is kept as its problem, and never fails a search. Locks: docs/design/concurrency.md.
 */
package io.vexel.collection.indexing;
