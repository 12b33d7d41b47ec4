package io.vexel.filesystem;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Who is named how often and by whom, compared at the end with what the inodes say; and that every directory leads to the root. */
final class FsckNames {

    private static final class Facts {
        private boolean exists;
        private int kind;
        private int links;
        private long parent;
        private int named;
        private long namedBy;
        private int kindInName;
        private boolean kindsDiffer;
    }

    private final FsckFindings findings;
    private final Map<Long, Facts> inodes = new HashMap<>();

    FsckNames(FsckFindings findings) {
        this.findings = findings;
    }

    private Facts facts(long inode) {
        return inodes.computeIfAbsent(inode, _ -> new Facts());
    }

    /** An inode in use. */
    void found(FsckInode inode) {
        Facts facts = facts(inode.number());
        facts.exists = true;
        facts.kind = inode.kind();
        facts.links = inode.links();
        facts.parent = inode.u64(InodeLayout.PARENT_AT);
    }

    /** An entry in a directory. */
    void named(long directory, long target, int kind) {
        Facts facts = facts(target);
        facts.kindsDiffer |= facts.named > 0 && facts.kindInName != kind;
        facts.named++;
        facts.namedBy = directory;
        facts.kindInName = kind;
    }

    void check() {
        Facts root = inodes.get(FileSystem.ROOT);
        if (root == null || !root.exists || root.kind != InodeLayout.KIND_DIRECTORY) {
            findings.atInode(FileSystem.ROOT, "the root directory does not exist");
        }
        inodes.forEach(this::checkOne);
        checkPaths();
    }

    private void checkOne(long inode, Facts facts) {
        if (!facts.exists) {
            findings.atInode(inode, "directory " + facts.namedBy + " names an inode that is not in use");
            return;
        }
        if (facts.named > 0 && (facts.kindsDiffer || facts.kindInName != facts.kind)) {
            findings.atInode(inode, "a name in directory " + facts.namedBy + " gives the inode another kind");
        }
        if (inode == FileSystem.ROOT) {
            require(inode, facts.named == 0, "the root directory has a name");
            require(inode, facts.links == 1, "the root directory counts " + facts.links + " links, not 1");
            require(inode, facts.parent == inode, "the root directory has the parent " + facts.parent);
            return;
        }
        require(inode, facts.named == facts.links, "the inode counts " + facts.links + " links and has " + facts.named);
        if (facts.kind == InodeLayout.KIND_DIRECTORY && facts.named > 0) {
            require(inode, facts.named == 1, "the directory has " + facts.named + " names");
            require(
                    inode,
                    facts.parent == facts.namedBy,
                    "the directory has the parent " + facts.parent + " and its name is in " + facts.namedBy);
        }
    }

    private void require(long inode, boolean right, String text) {
        if (!right) {
            findings.atInode(inode, text);
        }
    }

    /** Each directory's chain of names must end at the root. */
    private void checkPaths() {
        Set<Long> reachable = new HashSet<>(Set.of(FileSystem.ROOT));
        inodes.forEach((inode, facts) -> {
            if (!facts.exists || facts.kind != InodeLayout.KIND_DIRECTORY) {
                return;
            }
            Set<Long> path = new HashSet<>();
            long at = inode;
            while (!reachable.contains(at)) {
                Facts step = inodes.get(at);
                if (!path.add(at) || step == null || step.named == 0) {
                    if (facts.links > 0) {
                        findings.atInode(inode, "the directory cannot be reached from the root");
                    }
                    return;
                }
                at = step.namedBy;
            }
            reachable.addAll(path);
        });
    }
}
