/** System calls of Linux, and files that it makes up; seen by this module only. Elsewhere there are none, and whoever asks goes on without. */
package io.vexel.memory.linux;
