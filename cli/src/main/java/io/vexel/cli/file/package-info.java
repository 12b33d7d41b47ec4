/**
 * Files of vectors: readers and writers of fvecs, bvecs, ivecs, npy, csv and JSON lines. May call the values of
 * collection. Readers go forward through one bounded buffer whatever a file claims about itself; what does not follow its
 * format is a {@link io.vexel.base.ProtocolException} that names the file, the row and the byte. Nothing here knows a volume.
 */
package io.vexel.cli.file;
