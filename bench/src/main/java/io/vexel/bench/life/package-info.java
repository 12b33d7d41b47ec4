/**
 * The life of a collection on a volume in a file: steady writes that the index keeps up with, a burst of them, and a crash. All through
 * the public API, as an embedder would do it; {@code LifeRun} runs the phases, {@code KilledUpserts} is the process that is killed.
 */
package io.vexel.bench.life;
