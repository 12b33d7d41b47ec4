/**
 * Address spaces: pages that are in memory when somebody asks for them, in frames that a budget limits. A {@link
 * io.vexel.paging.space.Pager} has the frames; a {@link io.vexel.paging.space.PagedFile} is a file's pages in them, the page cache; an {@link
 * io.vexel.paging.space.AddressSpace} maps pages of its own and those of files. May call {@code paging.replacement}, {@code paging.swap},
 * {@code memory} and {@code device}.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>A page is in at most one frame, a frame holds at most one page, and an entry of a page table that says so is the only one.
 *   <li>Entries change under the pager's lock only. Readers take none: they read an entry, then the frame, then the entry again, and what they
 *       read holds if it is the same. The version in an entry grows whenever its frame is given to another page or written to, so a frame that
 *       went away and came back is told from one that stayed.
 *   <li>Before anything is written into a frame, no entry says that readers may read it.
 *   <li>No device is waited for, and nothing is sealed or copied in bulk, with the lock held.
 *   <li>A page that cannot be written out stays where it is. A page that cannot be read stays where it was.
 *   <li>Whoever waits for a frame holds none in transit; so somebody can always go on, or it is an error that says what is missing.
 * </ol>
 *
 * <pre>
 *                    fault                      loaded                     write
 *        AWAY ------------------> IN_TRANSIT ------------> RESIDENT <--------------> WRITING
 *          ^  home, swap            |    |                  ^    |
 *          |                        |    | read ahead       |    | evicted; a dirty page is written out
 *          +------------------------+    +---> AHEAD -------+    | first, and stays readable meanwhile
 *          |       could not be read            asked for        |
 *          +-----------------------------------------------------+
 * </pre>
 */
package io.vexel.paging.space;
