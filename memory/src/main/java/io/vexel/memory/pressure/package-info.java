/**
 * How short memory is, and what is done about it: a monitor that reads sources (the budget, the limits of the cgroup, stall information),
 * makes a level of them, tells listeners, asks the budget's shrinkers, limits caches afterwards, and keeps a history.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>Listeners are told of changes only, in their order, by one thread at a time.
 *   <li>The level is that of the source with the highest, as of the last look; a source that cannot be read keeps its level.
 *   <li>The limit of caches goes down at once, and only up while no source of the system is above NORMAL.
 *   <li>A file of the system that is damaged is a source that cannot be read, never an error.
 *   <li>A monitor that is closed has no thread and limits no cache.
 * </ol>
 *
 * <p>Calls {@code io.vexel.memory} and its system calls.
 */
package io.vexel.memory.pressure;
