/**
 * The values that a user of collections handles: point ids, vectors, payloads, points, specifications and filters. All are
 * immutable and check themselves when they are made, so that what exists is valid. May call distance (metrics) and the JSON
 * reader; knows no storage.
 */
package io.vexel.collection;
