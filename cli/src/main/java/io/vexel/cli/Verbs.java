package io.vexel.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The verbs by name, in the order in which help lists them. Made when asked for: most runs need one. */
final class Verbs {

    private static final Map<String, Supplier<Verb>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("demo", DemoVerb::new);
        ALL.put("mkfs", MkfsVerb::new);
        ALL.put("fsck", FsckVerb::new);
        ALL.put("info", InfoVerb::new);
        ALL.put("ls", ListVerb::new);
        ALL.put("create", CreateVerb::new);
        ALL.put("import", ImportVerb::new);
        ALL.put("export", ExportVerb::new);
        ALL.put("get", GetVerb::new);
        ALL.put("search", SearchVerb::new);
        ALL.put("index", IndexVerb::new);
        ALL.put("compact", CompactVerb::new);
        ALL.put("backup", BackupVerb::new);
        ALL.put("delete", DeleteVerb::new);
        ALL.put("drop", DropVerb::new);
        ALL.put("stat", StatVerb::new);
        ALL.put("cpu", CpuVerb::new);
        ALL.put("bench", BenchVerb::new);
        ALL.put("test", TestVerb::new);
        ALL.put("help", HelpVerb::new);
    }

    private Verbs() {}

    static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    static Optional<Verb> make(String name) {
        return Optional.ofNullable(ALL.get(name)).map(Supplier::get);
    }

    /** The verb that was probably meant. */
    static Optional<String> nearest(String misspelt) {
        return nearest(misspelt, ALL.keySet());
    }

    static Optional<String> nearest(String misspelt, Iterable<String> known) {
        Optional<String> best = Optional.empty();
        int bestDistance = Math.max(2, misspelt.length() / 2) + 1;
        for (String name : known) {
            int distance = name.startsWith(misspelt) ? 1 : editDistance(misspelt, name);
            if (distance < bestDistance) {
                bestDistance = distance;
                best = Optional.of(name);
            }
        }
        return best;
    }

    /** Levenshtein's distance, with a swap of neighbors as one edit. */
    private static int editDistance(String a, String b) {
        int[][] distance = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    distance[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int step = Math.min(distance[i - 1][j], distance[i][j - 1]) + 1;
                distance[i][j] = Math.min(step, distance[i - 1][j - 1] + (same ? 0 : 1));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    distance[i][j] = Math.min(distance[i][j], distance[i - 2][j - 2] + 1);
                }
            }
        }
        return distance[a.length()][b.length()];
    }
}
