package io.vexel.collection.payload;

import java.util.Arrays;

/** A growing array of ints. */
final class IntList {

    private int[] elements = new int[4];
    private int size;

    void add(int element) {
        if (size == elements.length) {
            elements = Arrays.copyOf(elements, size + (size >> 1));
        }
        elements[size++] = element;
    }

    int size() {
        return size;
    }

    int last() {
        return elements[size - 1];
    }

    void setLast(int element) {
        elements[size - 1] = element;
    }

    int[] toArray() {
        return Arrays.copyOf(elements, size);
    }
}
