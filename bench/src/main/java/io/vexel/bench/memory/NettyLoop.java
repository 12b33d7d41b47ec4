package io.vexel.bench.memory;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** A loop over an allocator of Netty, direct buffers. */
final class NettyLoop extends PairLoop {

    private final ByteBufAllocator allocator;
    private final int bytes;
    private final ByteBuf[] live = new ByteBuf[LIVE];

    NettyLoop(ByteBufAllocator allocator, int bytes) {
        this.allocator = allocator;
        this.bytes = bytes;
        for (int i = 0; i < LIVE; i++) {
            live[i] = allocator.directBuffer(bytes, bytes);
        }
    }

    @Override
    long run(int pairs) {
        ByteBuf[] live = this.live;
        ByteBufAllocator allocator = this.allocator;
        long state = seed();
        for (int i = 0; i < pairs; i++) {
            state = next(state);
            int victim = victim(state);
            live[victim].release();
            live[victim] = allocator.directBuffer(bytes, bytes);
        }
        return state;
    }

    @Override
    public void close() {
        for (ByteBuf buffer : live) {
            buffer.release();
        }
    }
}
