package io.vexel.cli;

import io.vexel.collection.FieldIndex;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Payload indexes in their text form. */
final class FieldIndexConverter implements ITypeConverter<FieldIndex> {

    @Override
    public FieldIndex convert(String text) {
        try {
            return FieldIndex.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
