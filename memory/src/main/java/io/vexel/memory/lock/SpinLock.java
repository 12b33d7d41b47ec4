package io.vexel.memory.lock;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * A lock for sections of a few dozen instructions that allocate nothing and call nothing that could wait. Who finds it taken spins for a
 * moment and then sleeps for the shortest time there is, since its holder may have lost the processor. Not reentrant.
 */
public final class SpinLock {

    private static final int SPINS = 64;
    private static final long PARK_NANOS = 1_000;
    private static final VarHandle HELD;

    static {
        try {
            HELD = MethodHandles.lookup().findVarHandle(SpinLock.class, "held", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @SuppressWarnings("UnusedVariable") // through HELD
    private volatile int held;

    /** Takes the lock, however long that lasts. */
    public void lock() {
        if (!tryLock()) {
            await();
        }
    }

    /** Takes the lock if it is free. */
    public boolean tryLock() {
        return HELD.compareAndSet(this, 0, 1);
    }

    /** For the holder. */
    public void unlock() {
        HELD.setRelease(this, 0);
    }

    private void await() {
        int spins = 0;
        do {
            if (spins++ < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PARK_NANOS);
            }
        } while ((int) HELD.getOpaque(this) != 0 || !tryLock());
    }
}
