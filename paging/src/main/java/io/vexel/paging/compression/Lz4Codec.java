package io.vexel.paging.compression;

/**
 * The LZ4 block format: sequences of a token, literals and a match of four bytes or more.
 *
 * <pre>
 *  token           length of literals   literals   offset            length of match
 *  +-----+-----+   +----+-- -           +-- -      +----+----+       +----+-- -
 *  | lit | mat |   | 255 ... rest       | bytes    | little-endian   | 255 ... rest
 *  +-----+-----+   +----+-- -           +-- -      +----+----+       +----+-- -
 *                  if lit is 15                                      if mat is 15
 * </pre>
 *
 * <p>The last sequence has literals only, five at least where there was a match; no match begins within the last twelve bytes.
 *
 * <p>Source: Y. Collet, "LZ4 Block Format Description".
 */
final class Lz4Codec implements BlockCodec {

    private static final int RUN = 15;
    private static final int LAST_LITERALS = 5;
    private static final int LAST_MATCH_START = 12;
    private static final int MOST_DISTANCE = 65_535;
    /** A shorter match saves a byte at most, and takes as long to decompress as a long one. */
    private static final int LEAST_WORTH = 5;

    private static final int WORD = Long.BYTES;
    /** As many literals lie in one word with their token before and the offset behind. */
    private static final int LITERALS_IN_WORD = WORD - 3;
    /** So much input is left at a token, and behind literals, of sequences that are done fast: literals are read in pairs of words. */
    private static final int SLACK_IN = 2 * WORD;
    /** So much room is left where such a sequence begins: for 5 literals, a match of 18 bytes, and 7 bytes that its last word writes beyond. */
    private static final int SLACK_OUT = 4 * WORD;

    private final Matches matches = new Matches();
    /** Bytes of the block that is decompressed up to where its next part begins. */
    private int inDone;
    /** Bytes that were made of them. */
    private int outDone;

    @Override
    public int compress(long source, int bytes, long target, int room) {
        matches.begin(source, bytes);
        int written = compressBlock(source, bytes, target, room);
        matches.end(bytes);
        return written;
    }

    private int compressBlock(long source, int bytes, long target, int room) {
        int out = 0;
        int anchor = 0;
        int last = bytes - LAST_MATCH_START;
        int next = 0;
        while (next <= last && matches.find(next, last, MOST_DISTANCE)) {
            int found = matches.at;
            matches.extendBack(anchor);
            int length = matches.length(bytes - LAST_LITERALS);
            if (length < LEAST_WORTH) {
                next = found + 1;
                continue;
            }
            int literals = matches.at - anchor;
            // The longest form of all parts, and what a copy of words writes beyond.
            if (out + 1 + literals / 255 + 1 + literals + 2 + length / 255 + 1 + WORD > room) {
                return NO_ROOM;
            }
            out = putLiterals(source + anchor, literals, length - Matches.LEAST_MATCH, target, out);
            Raw.putShort(target + out, matches.at - matches.earlier);
            out = putLength(target, out + 2, length - Matches.LEAST_MATCH);
            anchor = matches.at + length;
            next = anchor;
            if (next <= last) {
                matches.note(next - 2);
            }
        }
        int literals = bytes - anchor;
        if (out + 1 + literals / 255 + 1 + literals > room) {
            return NO_ROOM;
        }
        Raw.putByte(target + out, Math.min(literals, RUN) << 4);
        out = putLength(target, out + 1, literals);
        Raw.copy(source + anchor, target + out, literals);
        return out + literals;
    }

    private static int putLiterals(long source, int literals, int match, long target, int out) {
        Raw.putByte(target + out, Math.min(literals, RUN) << 4 | Math.min(match, RUN));
        int at = putLength(target, out + 1, literals);
        Raw.copyWords(source, target + at, literals);
        return at + literals;
    }

    /** The part of a length that does not fit into the token. */
    private static int putLength(long target, int out, int length) {
        int at = out;
        if (length >= RUN) {
            int rest = length - RUN;
            while (rest >= 255) {
                Raw.putByte(target + at++, 255);
                rest -= 255;
            }
            Raw.putByte(target + at++, rest);
        }
        return at;
    }

    @Override
    public boolean decompress(long source, int bytes, long target, int length) {
        decompressFast(source, bytes, target, length);
        return decompressRest(source, bytes, target, length);
    }

    /**
     * Decompresses by whole words as long as there is room beyond what is read and written, and sets {@link #inDone} and {@link #outDone} to where the
     * first sequence begins that is not done so, or is wrong.
     */
    private void decompressFast(long source, int bytes, long target, int length) {
        long lastIn = source + bytes - SLACK_IN;
        long lastOut = target + length - SLACK_OUT;
        long from = source;
        long to = target;
        while (from <= lastIn && to <= lastOut) {
            long word = Raw.getLong(from);
            int literals = (int) (word >>> 4) & RUN;
            long at = from + 1;
            long end = to + literals;
            int distance;
            if (literals <= LITERALS_IN_WORD) {
                Raw.putLong(to, word >>> Byte.SIZE);
                distance = (int) (word >>> (Byte.SIZE * (literals + 1))) & 0xFFFF;
                at += literals + 2;
            } else {
                if (literals == RUN) {
                    int more;
                    do {
                        more = Raw.getByte(at++);
                        literals += more;
                    } while (more == 255 && at <= lastIn);
                    end = to + literals;
                }
                if (at + literals > lastIn || end > lastOut) {
                    break;
                }
                Raw.copyPairs(at, to, literals);
                distance = Raw.getShort(at + literals);
                at += literals + 2;
            }
            int match = ((int) word & RUN) + Matches.LEAST_MATCH;
            if (match == RUN + Matches.LEAST_MATCH) {
                int more;
                do {
                    more = Raw.getByte(at++);
                    match += more;
                } while (more == 255 && at <= lastIn);
                if (more == 255 || end + match > lastOut) {
                    break;
                }
            }
            if (distance == 0 || distance > end - target) {
                break;
            }
            Repetition.copyWide(end, distance, match);
            from = at;
            to = end + match;
        }
        inDone = (int) (from - source);
        outDone = (int) (to - target);
    }

    /** Decompresses from {@link #inDone} and {@link #outDone} on, byte by byte where words would go beyond. */
    private boolean decompressRest(long source, int bytes, long target, int length) {
        while (inDone < bytes) {
            int token = Raw.getByte(source + inDone++);
            int literals = token >>> 4;
            if (literals == RUN) {
                literals = longLength(source, bytes, RUN);
            }
            if (literals > bytes - inDone || literals > length - outDone) {
                return false;
            }
            Raw.copy(source + inDone, target + outDone, literals);
            inDone += literals;
            outDone += literals;
            if (inDone == bytes) {
                return outDone == length;
            }
            if (bytes - inDone < 2) {
                return false;
            }
            int distance = Raw.getShort(source + inDone);
            inDone += 2;
            int match = (token & RUN) + Matches.LEAST_MATCH;
            if ((token & RUN) == RUN) {
                match = longLength(source, bytes, match);
            }
            if (distance == 0 || distance > outDone || match > length - outDone) {
                return false;
            }
            Repetition.copy(target, outDone, distance, match, length);
            outDone += match;
        }
        return false;
    }

    /** Reads the part of a length behind the token, and gives the length; one that is too large for any block when it does not end. */
    private int longLength(long source, int bytes, int least) {
        int length = least;
        while (inDone < bytes) {
            int more = Raw.getByte(source + inDone++);
            length += more;
            if (more < 255) {
                return length;
            }
        }
        return Integer.MAX_VALUE;
    }
}
