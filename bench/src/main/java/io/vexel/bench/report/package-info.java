/**
 * What a comparison looks like: tables for the terminal, a map for JSON, and curves as SVG, alone or in a page. Reports load nothing
 * from anywhere and contain no scripts. May call {@code measure} and what it uses; formats only, measures nothing.
 */
package io.vexel.bench.report;
