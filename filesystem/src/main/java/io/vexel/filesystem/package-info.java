/**
 * VexFS, the journaled file system of a volume; FORMAT.md has its bits. May call device, and implements the port of paging. Invariants: see FORMAT.md.
 */
package io.vexel.filesystem;
