package io.vexel.paging.compression;

/**
 * The LZO1X format. The compressor writes literals, matches of 3 to 8 bytes within 2 KiB (two bytes) and longer ones within 16 KiB (three bytes
 * and more); the decompressor reads everything but distances beyond what was written, and versions with run-length coding.
 *
 * <pre>
 *  0000 LLLL            after a match without literals: a run of 3 literals and more
 *  0000 DDSS  H         after 1-3 literals: 2 bytes at distance (H &lt;&lt; 2) + D + 1; after a run: 3 bytes, 2048 farther
 *  0001 HLLL  DDDDDDSS DDDDDDDD   2 bytes and more, 16 KiB and farther; distance 16384: the end
 *  001L LLLL  DDDDDDSS DDDDDDDD   2 bytes and more, distance D + 1
 *  01LD DDSS  H         3-4 bytes, distance (H &lt;&lt; 3) + D + 1
 *  1LLD DDSS  H         5-8 bytes, the same
 * </pre>
 *
 * <p>S is how many literals follow, 0-3; a length of 0 goes on in the next bytes, 255 for each byte of 0 and the first other one.
 *
 * <p>Source: the description of the format in the Linux kernel, Documentation/staging/lzo.rst.
 */
final class LzoCodec implements BlockCodec {

    private static final int MOST_DISTANCE = 16_384;
    private static final int NEAR = 2_048;
    private static final int NEAR_LENGTH = 8;
    private static final int END_BYTES = 3;
    private static final int LAST_MATCH_START = 12;
    private static final int FIRST_RUN = 17;
    private static final int WORD = Long.BYTES;
    /** After a run of literals. */
    private static final int RUN = 4;

    private static final int BAD = -1;

    private final Matches matches = new Matches();
    /** Of the decompressor: where it reads and writes. */
    private long source;

    private int in;
    private int inBytes;

    @Override
    public int compress(long from, int bytes, long target, int room) {
        matches.begin(from, bytes);
        int written = compressBlock(from, bytes, target, room);
        matches.end(bytes);
        return written;
    }

    private int compressBlock(long from, int bytes, long target, int room) {
        int out = 0;
        int anchor = 0;
        int last = bytes - LAST_MATCH_START;
        int next = 0;
        while (next <= last && matches.find(next, last, MOST_DISTANCE)) {
            matches.extendBack(anchor);
            int literals = matches.at - anchor;
            int length = matches.length(bytes);
            if (out + literals / 255 + 2 + literals + length / 255 + 4 + WORD + END_BYTES > room) {
                return NO_ROOM;
            }
            out = putLiterals(from + anchor, literals, target, out);
            out = putMatch(length, matches.at - matches.earlier, target, out);
            anchor = matches.at + length;
            next = anchor;
            if (next <= last) {
                matches.note(next - 2);
            }
        }
        int literals = bytes - anchor;
        if (out + literals / 255 + 2 + literals + WORD + END_BYTES > room) {
            return NO_ROOM;
        }
        out = putRunHead(literals, target, out);
        // By words it would read what lies behind the block.
        Raw.copy(from + anchor, target + out, literals);
        out += literals;
        Raw.putByte(target + out, 17);
        Raw.putShort(target + out + 1, 0);
        return out + END_BYTES;
    }

    private static int putLiterals(long from, int literals, long target, int out) {
        int at = putRunHead(literals, target, out);
        Raw.copyWords(from, target + at, literals);
        return at + literals;
    }

    private static int putRunHead(int literals, long target, int out) {
        int at = out;
        if (literals == 0) {
            return at;
        }
        if (out == 0 && literals <= 238) {
            Raw.putByte(target, FIRST_RUN + literals);
            at = 1;
        } else if (literals <= 3) {
            // In the two low bits of the match before: its last byte, or the one before the last.
            long low = target + out - 2;
            Raw.putByte(low, Raw.getByte(low) | literals);
        } else {
            at = putLength(literals - 3, 15, 0, target, out);
        }
        return at;
    }

    private static int putMatch(int length, int distance, long target, int out) {
        int d = distance - 1;
        if (length <= NEAR_LENGTH && distance <= NEAR) {
            int head = length <= 4 ? 0x40 | (length - 3) << 5 : 0x80 | (length - 5) << 5;
            Raw.putByte(target + out, head | (d & 7) << 2);
            Raw.putByte(target + out + 1, d >>> 3);
            return out + 2;
        }
        int at = putLength(length - 2, 31, 0x20, target, out);
        Raw.putShort(target + at, d << 2);
        return at + 2;
    }

    /** A head with a length, which goes on in further bytes when it is too large. */
    private static int putLength(int length, int most, int head, long target, int out) {
        if (length <= most) {
            Raw.putByte(target + out, head | length);
            return out + 1;
        }
        Raw.putByte(target + out, head);
        int at = out + 1;
        int rest = length - most;
        while (rest > 255) {
            Raw.putByte(target + at++, 0);
            rest -= 255;
        }
        Raw.putByte(target + at, rest);
        return at + 1;
    }

    @Override
    public boolean decompress(long from, int bytes, long target, int length) {
        source = from;
        in = 0;
        inBytes = bytes;
        int out = 0;
        int state = 0;
        if (bytes > 0 && Raw.getByte(from) > FIRST_RUN) {
            int literals = Raw.getByte(from) - FIRST_RUN;
            in = 1;
            out = literals(literals, target, 0, length);
            state = Math.min(literals, RUN);
        }
        while (out >= 0 && in < inBytes) {
            int head = Raw.getByte(source + in++);
            if (head < 16 && state == 0) {
                int run = longLength(head & 15, 15, 3);
                out = run == BAD ? BAD : literals(run, target, out, length);
                state = RUN;
                continue;
            }
            int match;
            int distance;
            int low = head;
            if (head >= 64) {
                match = head >= 128 ? 5 + (head >>> 5 & 3) : 3 + (head >>> 5 & 1);
                distance = (next() << 3) + (head >>> 2 & 7) + 1;
            } else if (head >= 16) {
                boolean far = head < 32;
                match = far ? longLength(head & 7, 7, 2) : longLength(head & 31, 31, 2);
                low = next();
                int words = (next() << 8 | low) >>> 2;
                distance = far ? MOST_DISTANCE + ((head & 8) << 11) + words : words + 1;
                if (far && distance == MOST_DISTANCE) {
                    return in == inBytes && match == 3 && out == length;
                }
            } else {
                match = state == RUN ? 3 : 2;
                distance = (next() << 2) + (head >>> 2) + 1 + (state == RUN ? NEAR : 0);
            }
            if (in > inBytes || match == BAD || distance > out || match > length - out) {
                return false;
            }
            Repetition.copy(target, out, distance, match, length);
            state = low & 3;
            out = literals(state, target, out + match, length);
        }
        return false;
    }

    /** The next byte; behind the end 0, and {@code in} tells. */
    private int next() {
        return in < inBytes ? Raw.getByte(source + in++) : behindEnd();
    }

    private int behindEnd() {
        in = inBytes + 1;
        return 0;
    }

    private int longLength(int short0, int most, int base) {
        if (short0 != 0) {
            return base + short0;
        }
        int length = base + most;
        while (in < inBytes) {
            int more = Raw.getByte(source + in++);
            if (more != 0) {
                return length + more;
            }
            length += 255;
        }
        return BAD;
    }

    private int literals(int count, long target, int out, int length) {
        if (in > inBytes || count > inBytes - in || count > length - out) {
            return BAD;
        }
        if (count <= WORD && WORD <= inBytes - in && WORD <= length - out) {
            Raw.putLong(target + out, Raw.getLong(source + in));
        } else if (count + WORD <= inBytes - in && count + WORD <= length - out) {
            Raw.copyWords(source + in, target + out, count);
        } else {
            Raw.copy(source + in, target + out, count);
        }
        in += count;
        return out + count;
    }
}
