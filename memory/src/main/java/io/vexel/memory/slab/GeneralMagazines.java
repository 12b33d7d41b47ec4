package io.vexel.memory.slab;

import org.jspecify.annotations.Nullable;

/** A thread's {@linkplain Magazine magazines} of general objects, one for each size that it asked for. For one thread at a time. */
public final class GeneralMagazines implements AutoCloseable {

    private final GeneralAllocator general;
    private final @Nullable Magazine[] magazines = new Magazine[SizeClasses.COUNT];

    GeneralMagazines(GeneralAllocator general) {
        this.general = general;
    }

    /** As {@link GeneralAllocator#allocate}. */
    public long allocate(long bytes) {
        return GeneralAllocator.isLarge(bytes)
                ? general.large().allocate(bytes)
                : magazine(bytes).allocate();
    }

    /**
     * As {@link GeneralAllocator#free(long, long)}.
     *
     * @param bytes as it was allocated with
     */
    public void free(long handle, long bytes) {
        if (GeneralAllocator.isLarge(bytes)) {
            general.large().free(handle);
        } else {
            magazine(bytes).free(handle);
        }
    }

    private Magazine magazine(long bytes) {
        int sizeClass = SizeClasses.of((int) bytes);
        Magazine magazine = magazines[sizeClass];
        if (magazine == null) {
            magazine = general.cache(sizeClass).magazine();
            magazines[sizeClass] = magazine;
        }
        return magazine;
    }

    @Override
    public void close() {
        for (Magazine magazine : magazines) {
            if (magazine != null) {
                magazine.close();
            }
        }
    }
}
