package io.vexel.cli;

import io.vexel.engine.MemoryDebug;
import io.vexel.memory.slab.SlabFlag;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What {@code --memory-debug} looks for, by the names of its flags in small letters and with hyphens. */
final class MemoryFlagConverter implements ITypeConverter<SlabFlag> {

    @Override
    public SlabFlag convert(String text) {
        return MemoryDebug.ALLOWED.stream()
                .filter(flag -> name(flag).equals(text))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'" + text + "', allowed: "
                        + MemoryDebug.ALLOWED.stream()
                                .map(MemoryFlagConverter::name)
                                .sorted()
                                .collect(Collectors.joining(", "))));
    }

    private static String name(SlabFlag flag) {
        return flag.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
