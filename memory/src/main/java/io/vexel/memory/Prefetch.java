package io.vexel.memory;

import io.vexel.base.Bytes;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Asks the processor to bring memory into its cache before it is needed, which changes nothing and never fails, whatever the address.
 *
 * <p>Reading ahead does that too, but a processor completes instructions in order: behind a load that waits for memory it runs out
 * of room after some hundred instructions and waits with it. A prefetch is complete at once. Java has no such instruction, so this
 * is a function of five machine instructions, called through the linker without a change of the thread's state: about 5 ns, and one more for each
 * two lines. There is one for Linux on x86-64; elsewhere, and where the system lets nobody make code, {@link #SUPPORTED} is false.
 */
public final class Prefetch {

    /** Bytes of a cache line. */
    public static final int LINE_BYTES = 64;

    /** Set to "off", this system property leaves the instruction unused, to compare. */
    private static final String PROPERTY = "vexel.prefetch";

    private static final int PROT_READ_EXEC = 5;

    /** A loop over lines: the address of the first in rdi, how many in rsi. It counts, because addresses may wrap around. */
    private static final byte[] X86_64 = HexFormat.of()
            .parseHex(
                    "0f180f" // prefetcht0 [rdi]
                            + "4883c740" // add rdi, 64
                            + "48ffce" // dec rsi
                            + "7ff4" // jg to the first instruction
                            + "c3"); // ret

    /** Not in an {@code Optional}, through which the JIT would not see it as a constant. */
    private static final @Nullable MethodHandle LINES = find();

    /** Whether {@link #lines} does anything. */
    public static final boolean SUPPORTED = LINES != null;

    private Prefetch() {}

    /**
     * Prefetches into the first level of the cache.
     *
     * @param address of the first byte; may be anything
     * @param bytes from there, a line for each {@value #LINE_BYTES}; below one: one line
     */
    public static void lines(long address, int bytes) {
        if (LINES == null) {
            return;
        }
        try {
            LINES.invokeExact(address, ((long) bytes + LINE_BYTES - 1) / LINE_BYTES);
        } catch (Throwable e) {
            throw new LinkageError("prefetch", e);
        }
    }

    private static @Nullable MethodHandle find() {
        if (!System.getProperty("os.arch", "").equals("amd64")
                || System.getProperty(PROPERTY, "").equals("off")) {
            return null;
        }
        MethodHandle protect = AnonymousMapping.handle(
                        "mprotect",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT))
                .orElse(null);
        AnonymousMapping mapping = AnonymousMapping.tryMap(Bytes.KIB).orElse(null);
        if (protect == null || mapping == null) {
            return null;
        }
        // Writable first and executable after that, never both.
        MemorySegment code = MemorySegment.ofAddress(mapping.address()).reinterpret(mapping.bytes());
        MemorySegment.copy(X86_64, 0, code, ValueLayout.JAVA_BYTE, 0, X86_64.length);
        if (!isExecutable(protect, code)) {
            mapping.unmap();
            return null;
        }
        return Linker.nativeLinker()
                .downcallHandle(
                        code,
                        FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG),
                        Linker.Option.critical(false));
    }

    private static boolean isExecutable(MethodHandle protect, MemorySegment code) {
        try {
            return (int) protect.invokeExact(code, code.byteSize(), PROT_READ_EXEC) == 0;
        } catch (Throwable e) {
            throw new LinkageError("mprotect", e);
        }
    }
}
