package io.vexel.memory.slab;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The place in the program that called the allocator, innermost frame first. */
final class CallSite {

    private static final int FRAMES = 4;
    private static final StackWalker WALKER = StackWalker.getInstance();

    private CallSite() {}

    static String of() {
        return WALKER.walk(frames -> frames.dropWhile(CallSite::isAllocator)
                .limit(FRAMES)
                .map(frame -> simple(frame.getClassName()) + "." + frame.getMethodName() + ":" + frame.getLineNumber())
                .collect(Collectors.joining(" < ")));
    }

    private static boolean isAllocator(StackWalker.StackFrame frame) {
        return Internal.NAMES.contains(frame.getClassName());
    }

    private static String simple(String className) {
        return className.substring(className.lastIndexOf('.') + 1);
    }

    /** The classes that stand between the caller and here. */
    private static final class Internal {
        static final Set<String> NAMES = Stream.of(
                        CallSite.class,
                        ObjectChecks.class,
                        SlabCache.class,
                        Magazine.class,
                        StripedMagazines.class,
                        LargeBlocks.class,
                        LargeChecks.class,
                        GeneralAllocator.class,
                        GeneralMagazines.class,
                        ObjectPool.class)
                .map(Class::getName)
                .collect(Collectors.toUnmodifiableSet());
    }
}
