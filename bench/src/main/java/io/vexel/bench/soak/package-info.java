/**
 * A long mixed load on a collection whose memory budget is a share of its vectors, beside a model of what is in it, in a process whose resident
 * memory is watched.
 *
 * <pre>
 *  round:   writers, searchers, a keeper, a neighbor in the budget  ──stop──>  calm: everything compared with the model,
 *             │        every answer is checked while others write               recall, structure of the index; then
 *             └──────> SoakModel: what was begun, what was acknowledged         closed (nothing in use) and opened again
 *
 *  MemoryWatch, all the time:   resident ≤ (1 + slack) × (budget + what the JVM needs now),   in use ≤ budget
 * </pre>
 *
 * <p>Each point belongs to one writer, so what is acknowledged is known exactly; what a reader may see of it lies between what was acknowledged before it
 * began to read and what was begun when it had done. {@code SoakProcess} runs all this in a JVM of its own, with options that make its memory measurable.
 */
package io.vexel.bench.soak;
