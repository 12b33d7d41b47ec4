/**
 * The {@code vexel} command: one class a verb, its options by picocli, its work by the engine. Verbs that only look open the
 * volume read-only. Errors reach the user as one line and an exit code, mapped in one place ({@code Failures}). May call
 * everything; only {@code bench} calls it: the readers of {@code file}, the tables of {@code terminal}, and the few public classes here.
 */
package io.vexel.cli;
