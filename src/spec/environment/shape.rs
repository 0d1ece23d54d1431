//! The keys of an environment file.

use crate::spec::shape::{Form, Key, Object, Range, Type};
use std::sync::LazyLock;

/// The shape of an environment file.
pub fn shape() -> &'static Type {
    static SHAPE: LazyLock<Type> = LazyLock::new(|| Type::Object(environment()));
    &SHAPE
}

fn environment() -> Object {
    let text_map = Type::map(None, Type::word());
    let keys = [
        Key::new("apiVersion", Type::one_of([super::API_VERSION]), "The version of the file format.").required(),
        Key::new(
            "kind",
            Type::one_of(["Environment", "Base"]),
            "`Environment` for one that is deployed; `Base` for a file that is only extended.",
        )
        .required(),
        Key::new("name", Type::Form(Form::Label), "The name of the environment. If given it must be the file's stem.")
            .default("the file's stem"),
        Key::new(
            "extends",
            Type::OneOrMany(Box::new(Type::Form(Form::Path))),
            "Files that this one is merged over, relative to this file's folder; later ones win over earlier ones. Maps merge, lists and \
             scalars replace, null removes.",
        ),
        Key::new("labels", text_map, "Labels that every object carries.").references(),
        Key::new(
            "variables",
            Type::map(Some(Form::Variable), Type::Scalar),
            "Values that are used as `${var.NAME}`. A variable may refer to others.",
        )
        .references(),
        Key::new(
            "target",
            Type::Form(Form::Label),
            "The target instance that components go to which name none of their own.",
        ),
        Key::new(
            "targets",
            Type::map(Some(Form::Label), targets()),
            "Target instances by name. One that is called like its kind and needs no settings can be left out.",
        ),
        Key::new("git", Type::Object(git()), "Where `apply: git` writes.").references(),
        Key::new(
            "components",
            Type::map(Some(Form::Label), Type::Object(component())),
            "What the environment is made of, by name.",
        ),
        Key::new("moved", Type::list(Type::Object(moved())), "Components that were renamed: what they have is kept."),
        Key::new(
            "secrets",
            Type::map(Some(Form::SecretName), Type::Object(secret())),
            "Where the values of secrets come from. A secret is used as `${secret.NAME}`.",
        ),
        Key::new("drift", Type::Object(drift()), "How the live system is compared with Git."),
        Key::new("policy", Type::Object(policy()), "What an apply may do."),
        Key::new("preview", Type::Object(preview()), "Environments of pull requests that are made from this one."),
    ];
    Object::new("the environment file", keys)
}

fn targets() -> Type {
    let variants = vec![("compose", compose()), ("helm", helm()), ("terraform", terraform()), ("ansible", ansible())];
    Type::Tagged { key: "kind", variants }
}

fn kind() -> Key {
    let kinds = Type::one_of(["compose", "helm", "terraform", "ansible"]);
    Key::new("kind", kinds, "Which target renders the instance.").default("the instance's name")
}

fn apply(others: &[&'static str], docs: &str) -> Key {
    let values = Type::one_of(std::iter::once("git").chain(others.iter().copied()).chain(["memory"]));
    let docs = format!(
        "How the artifacts are applied. `git` commits them to the branch of `git:`. {docs} `memory` takes a folder below the state for the \
         live system, to try things out."
    );
    Key::new("apply", values, &docs).default("git")
}

fn observe() -> Key {
    let docs =
        "With `apply: git`: compare the live system too, read-only, since something else applies the branch to it.";
    Key::new("observe", Type::one_of(["live"]), docs)
}

fn setting(name: &str, docs: &str) -> Key {
    Key::new(name, Type::word(), docs).references()
}

fn compose() -> Object {
    let keys = [
        kind(),
        apply(&["docker"], "`docker` brings the project up on a Docker Engine."),
        observe(),
        setting("project", "The Compose project's name.").default("PROJECT-ENVIRONMENT"),
        setting("host", "The Docker Engine's address, `unix:///var/run/docker.sock` or `tcp://HOST:PORT`."),
    ];
    Object::new("a compose target", keys)
}

fn helm() -> Object {
    let keys = [
        kind(),
        apply(
            &["server-side", "release"],
            "`server-side` applies the chart's objects with Kubernetes' server-side apply; `release` installs the chart as a Helm release.",
        ),
        observe(),
        setting("context", "The kubeconfig context."),
        setting("namespace", "The namespace.").default("PROJECT-ENVIRONMENT"),
    ];
    Object::new("a helm target", keys)
}

fn terraform() -> Object {
    let platforms = Type::Enum {
        values: vec!["docker".into(), "kubernetes".into()],
        later: vec!["aws".into(), "google".into(), "azure".into()],
    };
    let backend = Type::Map { keys: None, values: Box::new(Type::map(None, Type::Any)), size: Range::between(1, 1) };
    let keys = [
        kind(),
        apply(&["run"], "`run` plans and applies with the program in `binary`."),
        observe(),
        Key::new("binary", Type::one_of(["terraform", "tofu"]), "The program.").default("terraform"),
        Key::new("platform", platforms, "What the resources are made of.").default("docker"),
        Key::new(
            "backend",
            backend,
            "Where Terraform keeps its state: one entry, the backend's type with its settings.",
        )
        .references(),
        setting("context", "The kubeconfig context, on the platform `kubernetes`."),
        setting("namespace", "The namespace, on the platform `kubernetes`.").default("PROJECT-ENVIRONMENT"),
        setting("host", "The Docker Engine's address, on the platform `docker`."),
    ];
    Object::new("a terraform target", keys)
}

fn ansible() -> Object {
    let runtimes = Type::one_of(["package", "container"]);
    let keys = [
        kind(),
        apply(&["run"], "`run` runs the playbook."),
        observe(),
        Key::new("inventory", Type::Form(Form::Path), "The inventory file, from the repository's root.").references(),
        Key::new(
            "runtime",
            runtimes,
            "`package` installs distribution packages with systemd units, `container` runs containers.",
        )
        .default("container"),
    ];
    Object::new("an ansible target", keys)
}

fn git() -> Object {
    let keys = [
        setting(
            "repository",
            "The repository that is written: `.` for this one, else a path or URL that Git understands.",
        )
        .default("."),
        Key::new("branch", Type::Form(Form::Branch), "The branch.").default("driftless/ENVIRONMENT"),
        Key::new("path", Type::Form(Form::Path), "The folder in the branch.").default("."),
    ];
    Object::new("`git`", keys)
}

fn component() -> Object {
    let patch = Type::map(None, Type::map(None, Type::Any));
    let keys = [
        Key::new("module", Type::word(), "The module.").required(),
        Key::new("with", Type::map(None, Type::Any), "The module's inputs.").references(),
        Key::new("target", Type::Form(Form::Label), "The target instance that it goes to.").default("the environment's `target`"),
        Key::new("enabled", Type::Bool, "Whether it is part of the environment.").default("true"),
        Key::new(
            "patch",
            patch,
            "Structured merges over the lowered objects, by kind of target, then by a glob over its objects (helm `KIND/NAME`, compose \
             `services.*`, terraform `TYPE.*`, ansible `role/task`).",
        )
        .references(),
        Key::new("protect", Type::Bool, "Whether a change that loses data is refused.").default("true where it has volumes that are kept"),
    ];
    Object::new("a component", keys)
}

fn moved() -> Object {
    let keys = [
        Key::new("from", Type::Form(Form::Label), "The component's name before.").required(),
        Key::new("to", Type::Form(Form::Label), "Its name now.").required(),
    ];
    Object::new("an entry of `moved`", keys)
}

fn secret() -> Object {
    let keys = [
        Key::new("env", Type::Form(Form::EnvironmentVariable), "An environment variable of the process that applies."),
        Key::new("file", Type::word(), "A file that holds the value; its last line break is not part of it."),
        Key::later("sops"),
        Key::later("vault"),
    ];
    Object::new("a secret", keys).exactly_one().guards_secret()
}

fn drift() -> Object {
    let ignore = Type::list(Type::Object(ignore()));
    let keys = [
        Key::new("interval", Type::Duration(Range::at_least(1)), "How often a watch compares.").default("60s"),
        Key::new("mode", Type::one_of(["report", "heal"]), "What a watch does with drift.").default("report"),
        Key::new("ignore", ignore, "What is not reported, in plan, apply and drift alike."),
    ];
    Object::new("`drift`", keys)
}

fn ignore() -> Object {
    let keys = [
        Key::new("address", Type::word(), "A glob over addresses: `*` is one segment, `**` any.").required(),
        Key::new("field", Type::word(), "A glob over field paths; without it the whole resource is meant."),
        Key::new("owner", Type::word(), "Whose changes are meant; without it anybody's."),
        Key::new("reason", Type::word(), "Why.").required(),
        Key::new("expires", Type::Form(Form::Date), "The last day on which the rule holds.").default("never"),
    ];
    Object::new("an ignore rule", keys)
}

fn policy() -> Object {
    let max = Key::new("max", Type::int_from(0), "How many resources one apply may delete.");
    let windows = Type::List { elements: Box::new(Type::Any), size: Range::ANY };
    let keys = [
        Key::new("deletions", Type::Object(Object::new("`deletions`", [max])), "The budget of deletions."),
        Key::new(
            "windows",
            windows,
            "Times in which applies are allowed. Not implemented in this version: leave it empty.",
        ),
    ];
    Object::new("`policy`", keys)
}

fn preview() -> Object {
    let keys = [
        Key::new("target", Type::Form(Form::Label), "The target instance that every component of a preview goes to."),
        Key::new("ttl", Type::Duration(Range::at_least(60)), "How long after the last activity a preview is removed.")
            .default("72h"),
        Key::new("max", Type::int_from(1), "How many there may be at once.").default("10"),
        Key::new("url", Type::word(), "Where a preview is reached; shown on the pull request.").references(),
        Key::new(
            "with",
            Type::map(Some(Form::Label), Type::map(None, Type::Any)),
            "Inputs that are merged over those of the components, by component.",
        )
        .references(),
    ];
    Object::new("`preview`", keys)
}
