package io.vexel.testkit;

/**
 * When a fault strikes: on operations that touch a byte range, counted from the moment the rule was added.
 *
 * @param fault what happens
 * @param offset first byte of the range; a flush touches every range
 * @param length bytes of the range
 * @param skip how many matching operations pass unharmed first
 * @param strikes how many are struck then
 */
public record FaultRule(Fault fault, long offset, long length, long skip, long strikes) {

    /** Strikes every matching operation on the range. */
    public static FaultRule onRange(Fault fault, long offset, long length) {
        return new FaultRule(fault, offset, length, 0, Long.MAX_VALUE);
    }

    /** Strikes one operation anywhere: the matching one after {@code skip} others. */
    public static FaultRule onCall(Fault fault, long skip) {
        return new FaultRule(fault, 0, Long.MAX_VALUE, skip, 1);
    }

    /** Strikes every matching operation anywhere after {@code skip} others. */
    public static FaultRule afterCall(Fault fault, long skip) {
        return new FaultRule(fault, 0, Long.MAX_VALUE, skip, Long.MAX_VALUE);
    }

    boolean touches(long at, long bytes) {
        return at < offset + Math.min(length, Long.MAX_VALUE - offset) && offset < at + bytes;
    }
}
