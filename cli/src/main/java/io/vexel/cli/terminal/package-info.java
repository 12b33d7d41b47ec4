/**
 * What the command shows: streams, progress, tables, numbers as text, JSON. Machine output goes to standard output only;
 * everything about the run itself goes to standard error. Knows no volume.
 */
package io.vexel.cli.terminal;
