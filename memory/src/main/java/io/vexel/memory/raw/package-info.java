/**
 * Raw addresses, for kernels and their callers only; exported to named modules.
 */
package io.vexel.memory.raw;
