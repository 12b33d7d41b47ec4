/**
 * What every module shares: byte units, checks, CRC-32C, the clock port, and the sealed {@link io.vexel.base.VexelException}
 * family. Calls nothing but the JDK. Invariant: every operating error maps to an exit code in {@link io.vexel.base.ErrorCode}.
 */
package io.vexel.base;
