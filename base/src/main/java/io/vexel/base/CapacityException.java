package io.vexel.base;

/** A limited resource is exhausted: device space, inodes, the journal, the memory budget. State is unchanged. */
public final class CapacityException extends VexelException {

    private static final long serialVersionUID = 1L;

    private final String resource;
    private final long requested;
    private final long available;

    /**
     * @param resource what ran out, in words with its unit, for instance {@code "volume bytes"}
     * @param requested how much was asked for, in that unit
     * @param available how much there is, in that unit
     */
    public CapacityException(String resource, long requested, long available) {
        super("not enough " + resource + ": requested=" + requested + " available=" + available);
        this.resource = resource;
        this.requested = requested;
        this.available = available;
    }

    public String resource() {
        return resource;
    }

    public long requested() {
        return requested;
    }

    public long available() {
        return available;
    }

    /** Whether memory was what there was not enough of, so that it may help when others give some back. */
    public boolean isAboutMemory() {
        return resource.startsWith("memory budget bytes") || resource.startsWith("file system cache bytes");
    }
}
