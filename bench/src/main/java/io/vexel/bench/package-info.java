/**
 * {@code vexel bench ann}: Vexel and other engines on the same data, in the same process, by the same protocol. The verb reads the
 * command line and hands on; {@code data}, {@code engine}, {@code measure} and {@code report} do the work. Runs on the class path with
 * a distribution of its own; nothing depends on it.
 */
package io.vexel.bench;
