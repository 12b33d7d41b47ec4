/**
 * Metrics, element types, the scalar twin of every kernel, and the kernels on the Vector API. Kernels are static, take
 * primitives, float[] queries and native addresses of rows, and allocate nothing. May call {@code memory}.
 *
 * <p>Invariant: a kernel gives the same bits as {@link io.vexel.distance.ScalarKernels} at every vector width, so results
 * depend neither on the width of the machine's registers nor on what the JIT has compiled so far.
 */
package io.vexel.distance;
