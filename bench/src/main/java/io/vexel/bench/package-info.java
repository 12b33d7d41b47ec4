/**
 * {@code vexel bench ann}: Vexel and other engines on the same data, in the same process, by the same protocol; and
 * {@code vexel bench paging}: replacement policies on the same traces. The verbs read the
 * command line and hand on; {@code data}, {@code engine}, {@code measure}, {@code report} and {@code paging} do the work. Runs on the class path with
 * a distribution of its own; nothing depends on it.
 */
package io.vexel.bench;
