/**
 * The {@link io.vexel.device.BlockDevice} port and its implementations. May call memory. Invariant: a device never
 * acknowledges a write it did not make, and never retries a failed flush.
 */
package io.vexel.device;
