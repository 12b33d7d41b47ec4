package io.vexel.memory.pressure;

import io.vexel.memory.linux.SystemFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The memory cgroup of this process, found through /proc/self/cgroup and /proc/self/mountinfo.
 *
 * @param version 1 or 2
 * @param directories its directory, then those of the groups around it as far as they are mounted; at least one
 */
record MountedGroup(int version, List<String> directories) {

    /** Deeper ones are not looked for. */
    static final int MOST_DEPTH = 64;

    private static final int MOUNT_FIELDS = 6;
    private static final int OCTAL = 8;
    private static final int OCTAL_DIGITS = 3;

    /**
     * A mounted hierarchy.
     *
     * @param root the group that is mounted
     * @param point where
     */
    private record Mount(String type, String root, String point, String options) {}

    /** Finds the group. Empty where there is none, or where the files are not as they should be. */
    static Optional<MountedGroup> find(SystemFiles files) {
        Optional<String> groups = files.read("/proc/self/cgroup");
        List<Mount> mounts = files.read("/proc/self/mountinfo")
                .map(text -> text.lines().flatMap(line -> mount(line).stream()).toList())
                .orElse(List.of());
        // Where both are mounted, the controller is in the hierarchy of version 1, or else its file is in the other.
        return groups.flatMap(
                text -> groupOfVersion1(files, text, mounts).or(() -> groupOfVersion2(files, text, mounts)));
    }

    private static Optional<MountedGroup> groupOfVersion1(SystemFiles files, String groups, List<Mount> mounts) {
        return mounts.stream()
                .filter(mount -> mount.type.equals("cgroup") && has(mount.options, "memory"))
                .findFirst()
                .flatMap(mount -> paths(groups, 1).findFirst().flatMap(path -> group(files, 1, mount, path)));
    }

    private static Optional<MountedGroup> groupOfVersion2(SystemFiles files, String groups, List<Mount> mounts) {
        return mounts.stream()
                .filter(mount -> mount.type.equals("cgroup2"))
                .findFirst()
                .flatMap(mount -> paths(groups, 2).findFirst().flatMap(path -> group(files, 2, mount, path)));
    }

    /** Paths of the group in lines {@code number:controllers:path}. */
    private static Stream<String> paths(String groups, int version) {
        return groups.lines()
                .map(line -> line.split(":", 3))
                .filter(parts -> parts.length == 3 && parts[2].startsWith("/"))
                .filter(parts -> version == 1 ? has(parts[1], "memory") : parts[0].equals("0") && parts[1].isEmpty())
                .map(parts -> parts[2]);
    }

    private static boolean has(String list, String word) {
        return Arrays.asList(list.split(",", -1)).contains(word);
    }

    private static Optional<MountedGroup> group(SystemFiles files, int version, Mount mount, String path) {
        String usage = version == 1 ? "/memory.usage_in_bytes" : "/memory.current";
        List<String> directories = new ArrayList<>();
        String inside = inside(mount.root, path);
        for (int depth = 0; depth < MOST_DEPTH; depth++) {
            String directory = mount.point + inside;
            if (files.read(directory + usage).isPresent()) {
                directories.add(directory);
            }
            if (inside.isEmpty()) {
                break;
            }
            inside = inside.substring(0, inside.lastIndexOf('/'));
        }
        return directories.isEmpty() ? Optional.empty() : Optional.of(new MountedGroup(version, directories));
    }

    /** The path of a group below the mounted one, empty or beginning with a slash; one that is not below is taken for the mounted one. */
    private static String inside(String root, String path) {
        String prefix = root.equals("/") ? "" : root;
        if (!path.startsWith(prefix) || Arrays.asList(path.split("/", -1)).contains("..")) {
            return "";
        }
        String rest = path.substring(prefix.length());
        while (rest.endsWith("/")) {
            rest = rest.substring(0, rest.length() - 1);
        }
        return rest.startsWith("/") ? rest : "";
    }

    /** A line {@code id parent device root point options [field...] - type source options}. */
    private static Optional<Mount> mount(String line) {
        int separator = line.indexOf(" - ");
        if (separator < 0) {
            return Optional.empty();
        }
        String[] front = line.substring(0, separator).split(" ", -1);
        String[] back = line.substring(separator + 3).split(" ", -1);
        if (front.length < MOUNT_FIELDS || back.length < 3 || !front[3].startsWith("/") || !front[4].startsWith("/")) {
            return Optional.empty();
        }
        String point = unescaped(front[4]);
        return point.indexOf('\0') >= 0
                ? Optional.empty()
                : Optional.of(new Mount(back[0], unescaped(front[3]), point.equals("/") ? "" : point, back[2]));
    }

    /** Spaces and the like stand as a backslash and three octal digits. */
    private static String unescaped(String text) {
        StringBuilder result = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + OCTAL_DIGITS < text.length()) {
                String digits = text.substring(i + 1, i + 1 + OCTAL_DIGITS);
                if (digits.chars().allMatch(digit -> digit >= '0' && digit < '0' + OCTAL)) {
                    result.append((char) (Integer.parseInt(digits, OCTAL) & 0xFF));
                    i += OCTAL_DIGITS;
                    continue;
                }
            }
            result.append(c);
        }
        return result.toString();
    }
}
