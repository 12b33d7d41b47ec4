package io.vexel.collection.indexing;

import io.vexel.base.DeviceException;

/**
 * Why an index is out of use, or why nobody works on it any more.
 *
 * @param text in plain words, with the name of the collection
 * @param cause what was thrown
 */
record IndexProblem(String text, Throwable cause) {

    /**
     * An index that could not be read is neither sound nor damaged.
     *
     * @throws DeviceException when that is the problem
     */
    void throwIfUnread() {
        if (cause instanceof DeviceException failed) {
            throw new DeviceException(failed.operation(), failed.offset(), failed.length(), text, failed);
        }
    }
}
