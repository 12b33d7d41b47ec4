package io.vexel.paging.replacement;

/** Why a page comes into memory. */
public enum AccessHint {
    /** Somebody asked for this page. */
    DEMAND,
    /** It is one of many that are read once, in order. */
    SCAN
}
