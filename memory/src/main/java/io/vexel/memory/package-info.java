/**
 * The memory budget and off-heap regions. Invariant: no off-heap byte of Vexel lives outside a budget.
 */
package io.vexel.memory;
