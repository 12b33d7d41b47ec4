/**
 * The {@link io.vexel.device.BlockDevice} port and its implementations: image files and raw devices
 * ({@link io.vexel.device.FileDevice}) and memory ({@link io.vexel.device.MemoryDevice}), both over
 * {@link io.vexel.device.SectorDevice}, which checks arguments and guards closing. May call memory.
 *
 * <p>Invariants: a device never acknowledges a write that it did not make, never retries a failed flush, and is open for
 * writing at most once on a machine. Reads that were asked for together have all ended when the call returns or throws.
 *
 * <p>{@link io.vexel.device.PreservingDevice} has blocks preserved before they are overwritten, as {@link io.vexel.device.Preservation} wants it by its
 * {@link io.vexel.device.BlockMarks}: a device while it is being copied.
 *
 * <p>{@link io.vexel.device.ReadRing} has the kernel make many reads of a file at once, {@link io.vexel.device.ReadRings} lends rings to threads;
 * where there are none, {@link io.vexel.device.FileDevice} reads one by one.
 */
package io.vexel.device;
