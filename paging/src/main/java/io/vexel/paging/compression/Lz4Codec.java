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
    private static final int WORD = Long.BYTES;
    /** So much input and room let short literals and a short match be copied by whole words. */
    private static final int SHORT_IN = 2 * WORD + 2;

    private static final int SHORT_OUT = 5 * WORD;

    private final Matches matches = new Matches();

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
            matches.extendBack(anchor);
            int literals = matches.at - anchor;
            int length = matches.length(bytes - LAST_LITERALS);
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
        int in = 0;
        int out = 0;
        while (in < bytes) {
            int token = Raw.getByte(source + in++);
            int literals = token >>> 4;
            if (literals < RUN && in <= bytes - SHORT_IN && out <= length - SHORT_OUT) {
                Raw.putLong(target + out, Raw.getLong(source + in));
                Raw.putLong(target + out + WORD, Raw.getLong(source + in + WORD));
                in += literals;
                out += literals;
                int near = Raw.getShort(source + in);
                if ((token & RUN) < RUN && near >= WORD && near <= out) {
                    long from = target + out - near;
                    Raw.putLong(target + out, Raw.getLong(from));
                    Raw.putLong(target + out + WORD, Raw.getLong(from + WORD));
                    Raw.putShort(target + out + 2 * WORD, Raw.getShort(from + 2 * WORD));
                    in += 2;
                    out += (token & RUN) + Matches.LEAST_MATCH;
                    continue;
                }
            } else {
                long run = literals < RUN ? packed(in, literals) : longLength(source, in, bytes, RUN);
                in = (int) (run >>> Integer.SIZE);
                literals = (int) run;
                if (literals > bytes - in || literals > length - out) {
                    return false;
                }
                Raw.copy(source + in, target + out, literals);
                in += literals;
                out += literals;
                if (in == bytes) {
                    return out == length;
                }
            }
            if (bytes - in < 2) {
                return false;
            }
            int distance = Raw.getShort(source + in);
            in += 2;
            int match = (token & RUN) + Matches.LEAST_MATCH;
            if ((token & RUN) == RUN) {
                long run = longLength(source, in, bytes, match);
                in = (int) (run >>> Integer.SIZE);
                match = (int) run;
            }
            if (distance == 0 || distance > out || match > length - out) {
                return false;
            }
            Repetition.copy(target, out, distance, match, length);
            out += match;
        }
        return false;
    }

    private static long packed(int in, int length) {
        return (long) in << Integer.SIZE | length;
    }

    /** Reads the part of a length behind the token: where it ends, and the length; one that is too large for any block when it does not end. */
    private static long longLength(long source, int from, int bytes, int least) {
        int length = least;
        int in = from;
        while (in < bytes) {
            int more = Raw.getByte(source + in++);
            length += more;
            if (more < 255) {
                return packed(in, length);
            }
        }
        return packed(in, Integer.MAX_VALUE);
    }
}
