/** The allocator of objects beside those of others: frees and allocations in pairs, sizes, threads. */
package io.vexel.bench.memory;
