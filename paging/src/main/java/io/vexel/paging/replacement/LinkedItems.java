package io.vexel.paging.replacement;

/**
 * Doubly linked lists over the numbers 0 to {@code items} - 1, each of which is in one list or in none; without an object an item. Not safe
 * for concurrent use.
 */
final class LinkedItems {

    private static final int NONE = ReplacementPolicy.NONE;

    private final int items;
    /** Of the item or, behind the items, of the head of a list; an item in no list links to itself. */
    private final int[] next;

    private final int[] previous;
    private final int[] listOf;
    private final int[] sizes;

    LinkedItems(int items, int lists) {
        this.items = items;
        next = new int[items + lists];
        previous = new int[items + lists];
        listOf = new int[items];
        sizes = new int[lists];
        for (int i = 0; i < next.length; i++) {
            next[i] = i;
            previous[i] = i;
        }
        java.util.Arrays.fill(listOf, NONE);
    }

    /** The list that the item is in, or -1. */
    int listOf(int item) {
        return listOf[item];
    }

    int size(int list) {
        return sizes[list];
    }

    /** Puts an item in no list at the front of one. */
    void addFirst(int list, int item) {
        assert listOf[item] == NONE : "item " + item + " is in list " + listOf[item];
        int head = items + list;
        int second = next[head];
        next[head] = item;
        previous[item] = head;
        next[item] = second;
        previous[second] = item;
        listOf[item] = list;
        sizes[list]++;
    }

    /** Takes an item out of its list. */
    void remove(int item) {
        assert listOf[item] != NONE : "item " + item + " is in no list";
        next[previous[item]] = next[item];
        previous[next[item]] = previous[item];
        next[item] = item;
        previous[item] = item;
        sizes[listOf[item]]--;
        listOf[item] = NONE;
    }

    /** Puts an item of any list at the front of one. */
    void moveFirst(int list, int item) {
        remove(item);
        addFirst(list, item);
    }

    /** The item at the end of a list, or -1. */
    int last(int list) {
        return item(previous[items + list]);
    }

    /** The item before this one, or -1. */
    int before(int item) {
        return item(previous[item]);
    }

    /** The item nearest to the end of a list that the filter accepts, or -1. */
    int lastAccepted(int list, FrameFilter filter) {
        int item = last(list);
        while (item != NONE && !filter.mayEvict(item)) {
            item = before(item);
        }
        return item;
    }

    private int item(int position) {
        return position < items ? position : NONE;
    }
}
