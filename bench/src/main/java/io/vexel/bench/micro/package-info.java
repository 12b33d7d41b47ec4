/**
 * The calls that happen most, one by one under JMH: forks, warm-up, loops and statistics are its. {@code JmhRun} runs them; every other class is a
 * set of benchmarks, whose names and parameters are what a user asks for. A process ends with its benchmark, so nothing is closed that lasts as long
 * as that.
 */
package io.vexel.bench.micro;
