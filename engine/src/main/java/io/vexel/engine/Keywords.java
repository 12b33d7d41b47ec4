package io.vexel.engine;

import io.vexel.collection.FieldPath;

/**
 * Words to look for in a field with a text index.
 *
 * @param words a text; its distinct words count, a word being a run of letters and digits of Unicode, whatever their case
 */
public record Keywords(FieldPath field, String words) {}
