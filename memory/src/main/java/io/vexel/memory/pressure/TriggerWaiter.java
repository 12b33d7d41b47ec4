package io.vexel.memory.pressure;

import io.vexel.memory.linux.SystemCall;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Waits for time and for a trigger of the kernel's stall information, which is armed by writing {@code some STALL WINDOW} (in microseconds)
 * into the file, and fires by poll(2). The window is two seconds: who is not privileged is refused every other that is not a
 * multiple of it. A thread that waits is inside of a system call, which neither holds up the garbage collector nor the end of the JVM.
 */
final class TriggerWaiter implements Waiter {

    /** A tenth of the window, as {@link StallSource#ENTER_PERCENT} says. */
    private static final String TRIGGER = "some 200000 2000000";

    private static final int AT_FDCWD = -100;
    private static final int O_RDWR_NONBLOCK_CLOEXEC = 0x2 | 0x800 | 0x80000;
    private static final int EFD_NONBLOCK_CLOEXEC = 0x800 | 0x80000;
    private static final short POLLIN = 1;
    private static final short POLLPRI = 2;
    private static final short POLLERR = 8;
    private static final long POLLFD_BYTES = 8;
    private static final long POLLFD_EVENTS = 4;
    private static final long POLLFD_REVENTS = 6;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment polled = arena.allocate(2 * POLLFD_BYTES, Long.BYTES);
    private final MemorySegment timeout = arena.allocate(2L * Long.BYTES, Long.BYTES);
    private final MemorySegment one = arena.allocate(Long.BYTES, Long.BYTES);
    private final int trigger;
    private final int wakes;
    private boolean closed;

    private TriggerWaiter(int trigger, int wakes) {
        this.trigger = trigger;
        this.wakes = wakes;
        one.set(ValueLayout.JAVA_LONG, 0, 1);
        watch(0, wakes, POLLIN);
        watch(1, trigger, POLLPRI);
    }

    private void watch(int index, int file, short events) {
        polled.set(ValueLayout.JAVA_INT, index * POLLFD_BYTES, file);
        polled.set(ValueLayout.JAVA_SHORT, index * POLLFD_BYTES + POLLFD_EVENTS, events);
    }

    /** Arms a trigger on a file of stall information. Empty where that is not possible: no such file, too old a kernel, no permission. */
    static Optional<TriggerWaiter> arm(Path file) {
        int trigger;
        try (Arena names = Arena.ofConfined()) {
            trigger = (int) SystemCall.OPENAT.call(
                    AT_FDCWD, names.allocateFrom(file.toString()).address(), O_RDWR_NONBLOCK_CLOEXEC);
            if (trigger < 0) {
                return Optional.empty();
            }
            byte[] text = TRIGGER.getBytes(StandardCharsets.US_ASCII);
            MemorySegment line = names.allocateFrom(TRIGGER);
            // With its terminating zero, as the kernel wants it.
            if (SystemCall.WRITE.call(trigger, line.address(), text.length + 1L) < 0) {
                SystemCall.CLOSE.call(trigger);
                return Optional.empty();
            }
        }
        int wakes = (int) SystemCall.EVENTFD2.call(0, EFD_NONBLOCK_CLOEXEC);
        if (wakes < 0) {
            SystemCall.CLOSE.call(trigger);
            return Optional.empty();
        }
        return Optional.of(new TriggerWaiter(trigger, wakes));
    }

    @Override
    public Cause await(long nanos) {
        long second = TimeUnit.SECONDS.toNanos(1);
        timeout.set(ValueLayout.JAVA_LONG, 0, nanos / second);
        timeout.set(ValueLayout.JAVA_LONG, Long.BYTES, nanos % second);
        long ready = SystemCall.PPOLL.call(polled.address(), 2, timeout.address(), 0);
        if (ready <= 0) {
            return Cause.TIME;
        }
        short events = polled.get(ValueLayout.JAVA_SHORT, POLLFD_BYTES + POLLFD_REVENTS);
        if ((events & POLLERR) != 0) {
            // The group is gone, and its trigger with it; poll(2) passes over files below 0.
            watch(1, -1, POLLPRI);
            return Cause.TIME;
        }
        return (events & POLLPRI) != 0 ? Cause.TRIGGER : Cause.TIME;
    }

    @Override
    public synchronized void wake() {
        if (!closed) {
            SystemCall.WRITE.call(wakes, one.address(), Long.BYTES);
        }
    }

    /** For the thread that waits, or after its end. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            SystemCall.CLOSE.call(trigger);
            SystemCall.CLOSE.call(wakes);
            arena.close();
        }
    }
}
