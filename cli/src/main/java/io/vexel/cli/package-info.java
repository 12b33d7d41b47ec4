/**
 * The {@code vexel} command: one class a verb, its options by picocli, its work by the engine. Verbs that only look open the
 * volume read-only. Errors reach the user as one line and an exit code, mapped in one place ({@code Failures}). May call
 * everything; nothing calls it.
 */
package io.vexel.cli;
