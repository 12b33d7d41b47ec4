/**
 * The engines that are compared, each behind {@code AnnEngine}: Vexel's own and the peers. All get the same rows as arrays of floats,
 * the same queries and the same k; a searcher belongs to one thread and returns row numbers. The only package that sees the peers'
 * classes. To add an engine: one class, one line in {@code EngineCatalog}. {@code RowVolume} makes the volumes of Vexel, those of the other
 * comparisons too.
 */
package io.vexel.bench.engine;
