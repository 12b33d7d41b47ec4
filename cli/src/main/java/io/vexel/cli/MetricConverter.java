package io.vexel.cli;

import io.vexel.distance.Metric;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Metrics by their names. */
final class MetricConverter implements ITypeConverter<Metric> {

    @Override
    public Metric convert(String text) {
        try {
            return Metric.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
