/**
 * The public API: {@link io.vexel.engine.Volume}, {@link io.vexel.engine.Collection}, requests, results, statistics. Values are
 * immutable and made by builders; what can be absent is an Optional. Calls collection; is called by the command and by whoever
 * embeds Vexel.
 */
package io.vexel.engine;
