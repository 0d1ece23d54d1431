//! Codes of Git repositories and state stores (`DL06xx`).

super::codes! {
    STATE_CODES;
    DRIFT_NOT_REMEMBERED = "DL0601", "since when drift is seen could not be remembered",
        "The report is complete, but the state store could not be written (a read-only folder, a full disk, somebody who was faster \
         many times): the next report will say that what it finds is seen for the first time.";
    HELD_BY_ROLLBACK = "DL0602", "a rollback holds the environment",
        "What must be is what an earlier apply left, not what Git declares now: somebody rolled back to it. The next commit, or a change of \
         the environment's files, ends that.";
    PLACE_LEFT = "DL0603", "a branch that is left behind",
        "`git.repository` or `git.branch` was changed: the next apply writes to the new branch, and the files on the old one stay as they \
         are and are not compared any more. Delete that branch by hand once nobody follows it, or set it again and `driftless destroy` first.";
}
