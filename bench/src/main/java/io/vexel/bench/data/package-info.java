/**
 * Data sets: base vectors, queries, and the true nearest rows of each query, out of fvecs, bvecs and ivecs files, of HDF5 files in
 * the layout of ann-benchmarks, or made up from a seed. May call {@code cli.file} for readers and {@code index} for exact search.
 * Invariants of a loaded set: all components are finite, all dimensions agree, the ground truth names existing rows and is deep
 * enough, vectors of a cosine set have length one and are compared by l2. What a file gets wrong is a
 * {@link io.vexel.base.ProtocolException} that names the file and the place.
 */
package io.vexel.bench.data;
