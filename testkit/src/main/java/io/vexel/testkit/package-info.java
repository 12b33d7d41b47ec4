/**
 * For tests only: a simulated device and clock, fault plans, crash enumeration, and the suite that every block device must
 * pass. May call device. Invariant: everything here is a function of its seed, so that a printed seed replays a failure.
 */
package io.vexel.testkit;
