/**
 * What opening a large collection again costs: a volume is made and closed, and then opened in JVMs that have compiled nothing yet and in one that has.
 */
@NullMarked
package io.vexel.bench.reopen;

import org.jspecify.annotations.NullMarked;
