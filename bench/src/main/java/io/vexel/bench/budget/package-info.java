/** What searches cost when a collection does not fit its memory budget. */
@org.jspecify.annotations.NullMarked
package io.vexel.bench.budget;
