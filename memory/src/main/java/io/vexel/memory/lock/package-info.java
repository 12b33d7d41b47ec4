/** The lock of the allocators; seen by this module only. */
package io.vexel.memory.lock;
