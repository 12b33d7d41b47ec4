/**
 * Nodes of the machine: processors and the memory near them. {@code NumaTopology} is what the system says about them, {@code MemoryPolicy}
 * where memory is wanted, {@code NumaMemory} puts ranges there and moves them, through the port {@code NumaCalls}.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>Nodes are named by their position among those that have memory, in the order of the numbers that the system gives them; only the
 *       port sees these numbers, which may have holes.
 *   <li>A call that the system refuses changes nothing, is counted, and never fails the caller: memory is then wherever the system puts it.
 *   <li>What the system says is a value; whoever wants to see nodes and processors that came or went reads it again.
 * </ol>
 *
 * <p>Calls the system, and nothing else of this module.
 */
package io.vexel.memory.numa;
