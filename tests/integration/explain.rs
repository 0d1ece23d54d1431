//! `driftless explain`: an environment, an address, a field, a line of a rendered file; and only what a value passes through.

use crate::support::Project;
use serde_json::json;

const TEXT: &str = "\
apiVersion: driftless/v1
kind: Environment
name: dev
target: compose
git: {path: deploy/dev}
variables: {level: info}
components:
  api:
    module: service
    with:
      image: shop/api:1.4.2
      env:
        LOG_LEVEL: \"${var.level}\"
        GREETING: hello
";
const FILE: &str = "deploy/dev/compose/compose.yaml";

fn project() -> Project {
    let project = Project::new();
    project.write("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: shop\n");
    project.write("environments/dev.yaml", TEXT);
    project.commit("dev");
    project
}

/// The number of the line of the rendered file that holds some text.
fn line_of(project: &Project, needle: &str) -> usize {
    project.run(&["render", "dev", "--out", "out", "--quiet"]).expect(0);
    let text = project.read("out/dev/compose/compose.yaml");
    text.lines().position(|line| line.contains(needle)).unwrap_or_else(|| panic!("{needle}: {text}")) + 1
}

const LOG_LEVEL: &str = "\
git:deploy/dev/compose/compose.yaml
services.api.environment.LOG_LEVEL = info
    from environments/dev.yaml:6:20  variables: {level: info}
     via environments/dev.yaml:13:20  LOG_LEVEL: \"${var.level}\"
     via environments/dev.yaml:4:9  target: compose
";

#[test]
fn a_value_comes_from_what_it_passed_through() {
    let project = project();
    let run = project.run(&["explain", "dev", &format!("git:{FILE}#services.api.environment.LOG_LEVEL")]).expect(0);
    assert_eq!(run.out, LOG_LEVEL);
}

#[test]
fn a_line_of_a_rendered_file_is_its_field_however_the_file_is_called() {
    let project = project();
    let line = line_of(&project, "LOG_LEVEL");
    for file in [
        FILE,
        "./deploy/dev/compose/compose.yaml",
        "compose/compose.yaml",
        "compose.yaml",
        "out/dev/compose/compose.yaml",
        "/tmp/out/dev/compose/compose.yaml",
        "git:deploy/dev/compose/compose.yaml",
    ] {
        let run = project.run(&["explain", "dev", &format!("{file}:{line}")]).expect(0);
        assert_eq!(run.out, LOG_LEVEL, "{file}");
    }
    let run = project.run(&["explain", "dev", &format!("{FILE}:{line}:9")]).expect(0);
    assert_eq!(run.out, LOG_LEVEL);
    // A key alone is a line of text.
    let line = line_of(&project, "    environment:");
    let run = project.run(&["explain", "dev", &format!("compose.yaml:{line}")]).expect(0);
    assert_eq!(run.out.lines().nth(1), Some(format!("line {line} = environment:").as_str()));
}

#[test]
fn what_cannot_be_explained_says_what_can() {
    let project = project();
    line_of(&project, "services:");
    let lines = project.read("out/dev/compose/compose.yaml").lines().count();
    let cases = [
        (vec!["dev", "nope.yaml:3"], 1, format!("error: dev has no rendered file `nope.yaml`\n  help: there are: {FILE}\n")),
        (
            vec!["dev", "deploy/dev/compose/compos.yaml:3"],
            1,
            format!("error: dev has no rendered file `deploy/dev/compose/compos.yaml`\n  help: did you mean `{FILE}:3`?\n"),
        ),
        (vec!["dev", "compose.yaml:9999"], 1, format!("error: {FILE} has {lines} lines, and no line 9999\n  help: count again\n")),
        (
            vec!["dev", "nope"],
            1,
            format!(
                "error: dev has no resource `nope`\n  help: ask for an address, ADDRESS#FIELD, or FILE:LINE of a rendered file; there are: git:{FILE}\n"
            ),
        ),
        (
            vec!["dve"],
            64,
            "error: `dve` is neither the code of a diagnostic nor an environment\n  help: did you mean `dev`? for a value: `driftless explain ENV \
             ADDRESS#FIELD`, or `driftless explain ENV FILE:LINE`\n"
                .into(),
        ),
    ];
    for (arguments, code, said) in cases {
        let run = project.run(&[vec!["explain"], arguments.clone()].concat());
        assert_eq!((run.code, run.out, run.err), (Some(code), String::new(), said), "{arguments:?}");
    }
}

#[test]
fn an_environment_alone_is_its_addresses() {
    let project = project();
    let run = project.run(&["explain", "dev"]).expect(0);
    assert_eq!(run.out, format!("git:{FILE}\n"));
    assert_eq!(
        run.err,
        "\nWhere a value of one comes from: `driftless explain dev ADDRESS#FIELD`, or `driftless explain dev FILE:LINE`.\n"
    );
    let run = project.run(&["explain", "dev", "--output", "json"]).expect(0);
    assert_eq!(
        run.json(),
        json!({
            "format_version": "1.0", "kind": "Addresses", "tool_version": env!("CARGO_PKG_VERSION"), "environment": "dev",
            "addresses": [format!("git:{FILE}")],
        })
    );
    let run = project.run(&["explain", "dl0102", "--output", "json"]).expect(0);
    assert_eq!((&run.json()["kind"], &run.json()["code"]), (&"CodePage".into(), &"DL0102".into()));
}
