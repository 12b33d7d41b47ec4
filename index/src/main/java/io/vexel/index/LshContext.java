package io.vexel.index;

/** What one thread works with while it searches or inserts. Nothing in it is allocated once it has grown to its size. */
final class LshContext extends SearchContext {

    final RowReader rows;
    final LshSignature signature;
    final LshProbes probes;
    private final HeapCharge heap;
    final PlaceSet visited;
    final int[] hashes;

    LshContext(LshSpec spec, IndexContext context) {
        super(context);
        heap = new HeapCharge(context.budget(), LshIndex.OWNER, HeapCharge.SMALL);
        visited = new PlaceSet(heap);
        rows = new RowReader(context, LshIndex.OWNER);
        signature = new LshSignature(spec.allFunctions());
        probes = new LshProbes(spec);
        hashes = new int[spec.tables()];
    }

    @Override
    public void close() {
        heap.close();
        rows.close();
    }
}
