//! What is wrong is underlined, not all that stands around it; and what nobody wrote is no warning.

use crate::support::Project;
use serde_json::{Value as Json, json};

fn project(text: &str) -> Project {
    let project = Project::new();
    project.write("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: shop\n");
    project.write("environments/dev.yaml", format!("apiVersion: driftless/v1\nkind: Environment\n{text}"));
    project
}

/// Code, severity and the text that is underlined, of all that `validate` says.
fn underlined(project: &Project) -> Vec<[String; 3]> {
    let text = project.read("environments/dev.yaml");
    let lines: Vec<&str> = text.lines().collect();
    let run = project.run(&["validate", "dev", "--output", "json"]);
    let report = run.json();
    let one = |diagnostic: &Json| {
        let number = |key: &str| usize::try_from(diagnostic[key].as_u64().unwrap()).unwrap() - 1;
        assert_eq!(number("line"), number("end_line"), "{diagnostic}");
        let underlined = &lines[number("line")][number("column")..number("end_column")];
        let text = |key: &str| diagnostic[key].as_str().unwrap().to_owned();
        [text("code"), text("severity"), underlined.to_owned()]
    };
    report["diagnostics"].as_array().unwrap().iter().map(one).collect()
}

const SECRET: &str = "\
secrets: {tok: {env: TOK}}
components:
  api:
    module: service
    with: {image: \"a:1\", env: {A: \"1\", TOKEN: \"${secret.tok}\", Z: \"2\"}}
";

const ENDPOINT: &str = "\
components:
  cache: {module: redis, target: compose}
  api:
    module: service
    with: {image: \"a:1\", env: {A: \"1\", CACHE: \"${cache.url}\", Z: \"2\"}}
";

#[test]
fn a_variable_is_underlined_and_not_all_of_them() {
    let errors = |found: Vec<[String; 3]>| found.into_iter().filter(|one| one[1] == "error").collect::<Vec<_>>();
    let told = |code: &str, key: &str| vec![[code.to_owned(), "error".to_owned(), key.to_owned()]];
    let cases = [
        ("target: compose\n", SECRET, told("DL0405", "TOKEN")),
        ("target: helm\n", ENDPOINT, told("DL0401", "CACHE")),
        ("target: ansible\ntargets: {ansible: {runtime: container}}\n", ENDPOINT, told("DL0401", "CACHE")),
        ("target: ansible\ntargets: {ansible: {runtime: container}}\n", SECRET, told("DL0405", "TOKEN")),
    ];
    for (target, text, expected) in cases {
        assert_eq!(errors(underlined(&project(&format!("{target}{text}")))), expected, "{target}{text}");
    }
}

const LOSSES: &str = "\
target: compose
git: {path: deploy}
components:
  cache: {module: redis}
  api:
    module: service
    with:
      image: \"a:1\"
      resources: {cpu: {request: 100m}}
";

#[test]
fn a_loss_that_a_module_causes_is_a_note_and_one_line_of_a_plan() {
    let project = project(LOSSES);
    project.commit("dev");
    let told = |severity: &str, text: &str| ["DL0449", severity, text].map(str::to_owned);
    let found = underlined(&project);
    assert_eq!(
        found,
        [
            told("note", "cache"),
            told("note", "cache"),
            told("note", "cache"),
            told("warning", "{cpu: {request: 100m}}")
        ]
    );

    let losses = "What the targets cannot express:\n  DL0449 api (compose): an engine reserves no CPU: what is asked for has no effect, only the \
                  limit has  environments/dev.yaml:11:18\n\n3 things that modules ask for cannot be expressed: `driftless validate dev` shows \
                  all\n\nDigest ";
    let plan = project.run(&["plan", "dev"]).expect(0).out;
    assert!(plan.contains(losses), "{plan}");
    let markdown = project.run(&["plan", "dev", "--output", "markdown"]).expect(0).out;
    assert!(markdown.contains("**What the targets cannot express**\n\n- DL0449 api"), "{markdown}");
    assert_eq!(markdown.matches("DL0449").count(), 1, "{markdown}");
    let plan = project.run(&["plan", "dev", "--output", "json"]).expect(0).json();
    let severities: Vec<&Json> = plan["losses"].as_array().unwrap().iter().map(|loss| &loss["severity"]).collect();
    assert_eq!(severities, [&json!("note"), &json!("note"), &json!("note"), &json!("warning")]);

    let denied = project.run(&["validate", "dev", "--deny-loss", "--output", "json"]).expect(1).json();
    let severities: Vec<&Json> = denied["diagnostics"].as_array().unwrap().iter().map(|one| &one["severity"]).collect();
    assert_eq!(severities, [&json!("error"), &json!("error"), &json!("error"), &json!("error")]);
}
