package io.vexel.engine;

/**
 * A write whose order is fixed and whose durability is not yet waited for. Many pending writes share one flush: submit several,
 * then wait for them. The write becomes visible when somebody waits for it or for a later write, and is lost when nobody does
 * before the process ends.
 */
public interface PendingWrite {

    /**
     * Waits until the write is durable and visible to searches. May be called from any thread and more than once.
     *
     * @throws io.vexel.base.DeviceException when the volume could not make it durable; the volume takes no further writes
     */
    WriteResult await();
}
