package io.vexel.memory.numa;

/** What the system can do about nodes, with its own numbers of them: the port to the calls of Linux, which tests replace. */
public interface NumaCalls {

    /** The answer where there is no such call. */
    int NO_SUCH_CALL = -38;

    /**
     * mbind(2): says where pages of a range are to be when they are touched for the first time.
     *
     * @param address of its first page
     * @param bytes its length
     * @param mode a number of {@link MemoryPolicy.Kind}
     * @param nodes bits of nodes
     * @return 0, or the error number with a minus
     */
    int bind(long address, long bytes, int mode, long[] nodes);

    /** set_mempolicy(2): the same for all memory that the calling thread touches for the first time. */
    int setPolicy(int mode, long[] nodes);

    /**
     * move_pages(2): moves pages of this process.
     *
     * @param addresses of pages
     * @param nodes where each is to go; empty: they stay
     * @param status gets for each page the node where it is then, or the error number with a minus
     * @return 0 or more, or the error number with a minus
     */
    int movePages(long[] addresses, int[] nodes, int[] status);

    /** getcpu(2): the processor that runs the calling thread, or the error number with a minus. */
    int cpu();

    /**
     * get_mempolicy(2): the node of the page at an address, which is read by this.
     *
     * @return the node, or the error number with a minus
     */
    int nodeOf(long address);
}
