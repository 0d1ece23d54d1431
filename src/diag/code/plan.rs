//! Codes of plans, applies, drift (`DL05xx`).

super::codes! {
    PLAN_CODES;
    CYCLE_OF_CHANGES = "DL0501", "changes that wait for each other",
        "A change comes after those that it refers to or needs. Where they form a circle there is no first one.\n\
         The message names the circle; remove one reference of it.";
    DUPLICATE_ADDRESS = "DL0502", "two resources with one address",
        "An address names one thing of the live system. Two components, or two target instances with the same scope, made the same name.";
    DATA_WOULD_BE_LOST = "DL0503", "a protected component would lose its data",
        "Components with volumes are protected: a plan that deletes or re-creates what holds their data is refused as a whole.\n\n\
         To rename a component without loss, write `moved: [{from: old, to: new}]`. To lose the data on purpose, set `protect: false`, \
         apply that, and then make the change; `destroy` keeps data unless `--delete-data` is given.";
    CANNOT_BE_CHANGED = "DL0504", "a field that cannot be changed in what exists",
        "Some fields are fixed when a thing is made, and making it anew would lose what it holds (the size of a volume claim, the number \
         of shards where nothing can move keys). Undo the change, or make a new component and move the data.";
    TOO_MANY_DELETIONS = "DL0505", "more deletions than one apply may do",
        "A budget keeps a mistake (a deleted folder, a wrong glob) from deleting an environment. Without a setting it is ten, or half of \
         what was applied where that is more. `policy: {deletions: {max: N}}` sets it, `--max-deletions N` overrides it once.";
    WOULD_BE_EMPTIED = "DL0506", "an environment that declares nothing any more",
        "An environment file that became empty is more often a mistake than a wish, so nothing is deleted for it. \
         `--allow-empty` deletes; `driftless destroy ENV` is the usual way.";
    ONLY_TOO_FINE = "DL0507", "a limit that is finer than what can be applied",
        "`--only` and `--component` choose what is applied. A tool that applies an instance as a whole, or a file that holds several \
         components, cannot be split.";
    PROCEDURE_OVERREACHES = "DL0508", "steps around a change that go too far",
        "What one backend adds around another's changes may only be `run` steps on addresses of its own. This is a bug in driftless.";
    OCCUPIED_ADDRESS = "DL0509", "something without our mark stands where ours should be",
        "A thing of that name exists and was not made by driftless for this environment, so it is neither changed nor deleted. \
         Rename or remove it, or take it over: `driftless apply ENV --adopt`. What is no \
         file where a file must be (a folder) cannot be taken over: move it away first.";
    UNUSED_IGNORE_RULE = "DL0510", "a rule that ignores nothing",
        "A rule under `drift.ignore` matched no difference. Rules that nobody needs hide the next drift: remove it.";
    EXPIRED_IGNORE_RULE = "DL0511", "a rule whose time is over",
        "A rule under `drift.ignore` says until when it holds, and that day is past. Remove it, or give it a new day and say why.";
    NOT_COMPARED = "DL0512", "a field that no rule of comparing knows",
        "Fields are compared by a table for each backend. This one has no row there: it is compared exactly, and a change of it in Git \
         makes the thing anew.";
    NOT_LINE_BY_LINE = "DL0513", "texts too different to be compared line by line",
        "Both texts are large and have little in common, so the difference is shown as one block.";
    NOT_DELETED_WITHOUT_RECORD = "DL0514", "something of ours that nothing records",
        "It carries the mark of this environment and is not declared, but nothing remembers that it was applied (the state may be lost, \
         or another store was used). Nothing is deleted on such a ground. `driftless apply ENV --adopt` or `driftless destroy ENV` deletes it.";
    NOT_REPAIRED = "DL0515", "drift that cannot be put back by an apply",
        "The field is fixed when the thing is made, or the thing is only observed here. Put it back by hand, or write the live value into \
         the environment file, at the place that the report names.";
    DAMAGED_PLAN_FILE = "DL0516", "a plan file that is not the one that was saved",
        "A saved plan is applied byte by byte as it was made, or not at all. It was altered, cut off, re-formatted, or is no plan. \
         Plan again: `driftless plan ENV --out FILE`.";
    NEWER_PLAN_FILE = "DL0517", "a plan file of a newer driftless",
        "Its major format is newer than what this driftless reads. Use that version, or plan again with this one.";
    STALE_PLAN = "DL0518", "a plan for a world that has moved",
        "The live system, the state or the environment changed since the plan was made. Plan again.";
    BRANCH_IS_GONE = "DL0519", "a branch that was applied to and is gone",
        "Somebody deleted the branch that an environment was applied to, so every file of it is missing. The next apply makes the branch \
         anew, beginning with that apply: its history is lost unless somebody pushes it again. Protect the branch against deletion where \
         the place that holds it can do that.";
    NOTHING_OBSERVES = "DL0520", "a live system that nothing looks at",
        "`observe: live` asks for a comparison with the live system that something else (Argo CD, Flux) applies the branch to. This driftless has \
         no backend that could look at it, so all of it is unknown: what is told is drift of the branch alone, and `drift` ends with 3. Take \
         `observe: live` out to compare the branch alone.";
    SERVER_MAKES_OTHER = "DL0530", "a value of which a server makes another",
        "A server was given the declared value and uses another all the same: it keeps `hz` between 1 and 500, and lowers `maxclients` to what \
         the host's limit of open files leaves. That is no drift, and no apply changes it. Declare what the server can do, or raise the \
         host's limit.";
}
