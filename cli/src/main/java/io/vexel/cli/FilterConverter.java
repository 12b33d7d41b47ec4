package io.vexel.cli;

import io.vexel.collection.Filter;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Conditions such as {@code color = "red" AND price < 100}. */
final class FilterConverter implements ITypeConverter<Filter> {

    @Override
    public Filter convert(String text) {
        try {
            return Filter.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage() + ", in '" + text + "'");
        }
    }
}
