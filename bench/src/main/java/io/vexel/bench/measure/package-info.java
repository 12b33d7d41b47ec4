/**
 * The measurement: builds, recall, rounds of timed searches, and what follows from them. Every engine meets the same protocol: all are
 * built first; a pass over all queries at each {@code ef} gives recall and warms up; one round is not counted; then rounds in rotated
 * order, each engine sweeping its {@code ef}s. Invariants: recall is never taken from a timed pass and never from another {@code ef};
 * ratios are taken within a round; what was not measured is absent. May call {@code data} and {@code engine}.
 */
package io.vexel.bench.measure;
