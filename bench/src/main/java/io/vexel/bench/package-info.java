/**
 * {@code vexel bench ann}: Vexel and other engines on the same data, in the same process, by the same protocol; {@code vexel bench paging}:
 * replacement policies on the same traces; and {@code vexel bench filter}: ways to search in the same collection. The verbs read the
 * command line and hand on; {@code data}, {@code engine}, {@code measure}, {@code report}, {@code paging}, {@code filter} and {@code budget} do the work. Runs on the class path with
 * a distribution of its own; nothing depends on it.
 */
package io.vexel.bench;
