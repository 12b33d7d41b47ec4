/**
 * VexFS, the journaled file system of a volume; FORMAT.md has its bits. May call device. Invariants: see FORMAT.md.
 */
package io.vexel.filesystem;
