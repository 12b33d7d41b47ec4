package io.vexel.cli;

import io.vexel.distance.ElementType;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Element types by their names. */
final class ElementConverter implements ITypeConverter<ElementType> {

    @Override
    public ElementType convert(String text) {
        try {
            return ElementType.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
