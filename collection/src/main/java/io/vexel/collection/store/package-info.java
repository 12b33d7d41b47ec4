/**
 * How a collection is stored: its four files, the id log and its codec, the id map and row table in memory, vector chunks,
 * payload filters, snapshots, a cache of rows that do not fit. For the engine only. May call the file
 * system, slab caches, replacement policies and the index ports.
 *
 * <p>Invariants: the sizes of the files are the commit point; what is in memory follows from the files and from nothing else;
 * a snapshot is published only when it is durable; memory of vectors is freed only when all have left who may have its address. Lock order: a collection's write lock, its chunk locks, its id lock, the
 * file system's lock.
 */
package io.vexel.collection.store;
