//! Codes of references, extends, components (`DL02xx`).

super::codes! {
    COMPILE_CODES;
    NO_ENVIRONMENT = "DL0201", "an environment that does not exist",
        "An environment is the file `environments/NAME.yaml` with `kind: Environment`. A file of `kind: Base` is only extended.";
    EXTENDS_FILE = "DL0202", "a file to extend that cannot be read",
        "Paths under `extends` are relative to the file that they stand in. They stay within the repository, and so do symbolic links on them.";
    EXTENDS_CYCLE = "DL0203", "files that extend each other in a circle",
        "No file can be merged over itself. Move what both need into a third file of `kind: Base`, and let both extend that.";
    UNKNOWN_MODULE = "DL0204", "a module that does not exist",
        "A module is a folder `modules/NAME/` of the repository, or one of those that are part of driftless (`driftless module list`).";
    UNKNOWN_REFERENCE = "DL0205", "a reference to something that does not exist",
        "A reference is `${var.NAME}`, `${COMPONENT.OUTPUT}`, `${secret.NAME}` or `${environment.name}`. What it names must be declared in the\n\
         environment file or one that it extends. `$${` is a literal `${`.";
    VARIABLE_CYCLE = "DL0206", "variables that refer to each other in a circle",
        "A variable can use others, but not itself, be it through others.";
    COMPONENT_CYCLE = "DL0207", "components that wait for each other in a circle",
        "A component that refers to another, or needs it, comes after it. Break the circle: one of them must do without the other's output.";
    PREVIEW_REFERENCE = "DL0208", "a reference to a preview outside one",
        "`${preview.number}`, `${preview.branch}`, `${preview.sha}` and `${preview.name}` are known only in the environment of a pull request.\n\
         Use them below `preview:`.";
    DISABLED_COMPONENT = "DL0209", "a reference to a component that is not enabled",
        "A component with `enabled: false` is not there, and has no outputs. Enable it, or remove the reference.";
    NOT_KNOWN_YET = "DL0210", "a value that is needed before it is known",
        "A secret, an address or an output that is known only after an apply can be part of text. It cannot be a number, a choice or a\n\
         switch, since what is rendered depends on those.";
    EMPTY_ENVIRONMENT = "DL0211", "an environment without components",
        "That is legal: nothing is rendered, and nothing is deleted unless `--allow-empty` asks for it.";
    DUPLICATE_WORKLOAD = "DL0212", "two workloads of one name",
        "A component called `cache` with a workload `sentinel` and a component called `cache-sentinel` give the same name. Rename a component.";
    NEEDS = "DL0213", "a dependency on something that does not exist",
        "`needs` names a component of the environment, or a workload of one.";
    UNKNOWN_ENDPOINT = "DL0214", "a port that a workload does not have",
        "A module asks for the address of a port by its name; the message lists those that there are.";
    NO_PROJECT = "DL0215", "a repository without driftless.yaml",
        "The file at the repository's root names the project. The name is part of the marks by which driftless knows what is its own, so\n\
         there is no default for it: `apiVersion: driftless/v1`, `kind: Project`, `name: shop`.";
    NO_PREVIEWS = "DL0216", "a preview of an environment that has none",
        "An environment has previews where its file says so: `preview: {target: compose}` sends every component of a preview to that target\n\
         instance. `ttl`, `max`, `url` and `with` are optional. Without the key nobody puts a preview beside production by a slip of the pen.";
    PREVIEW_NOT_TOLD = "DL0217", "something of a preview that was not told",
        "`${preview.branch}` is what `driftless preview up ENV --number N --branch B` is told (lower-case letters, digits and `-`; what had to be\n\
         replaced is followed by a few characters of a digest), `${preview.sha}` the commit that is compiled: `--sha`, else that of the work\n\
         tree.";
    PREVIEW_CHOOSES_PLACE = "DL0218", "a pull request that chooses where it is applied to",
        "Settings of targets and of `git:` say on which engine, cluster or branch something ends. Who opens a pull request chooses its branch\n\
         and its commits, and must not choose that. The number and the name of a preview are safe; `project`, `namespace`, `git.branch` and the\n\
         key of Terraform's state get `-pr-NUMBER` by themselves.";
}
