package io.vexel.bench.micro;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * What JMH measured of one benchmark with one set of parameters.
 *
 * @param benchmark its class and method
 * @param parameters their values by name
 * @param threads that ran it at once
 * @param mean of all iterations that count
 * @param error half of the interval in which the mean lies with 99.9 % confidence; NaN of fewer than three iterations
 * @param least of an iteration
 * @param greatest of an iteration
 * @param unit of the four before
 * @param allocatedBytes a call, on the Java heap; empty where it was not asked for
 */
public record JmhScore(
        String benchmark,
        Map<String, String> parameters,
        int threads,
        double mean,
        double error,
        double least,
        double greatest,
        String unit,
        OptionalDouble allocatedBytes) {}
