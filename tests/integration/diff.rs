//! `driftless diff`, and comparisons of several environments: what is wrong is told with where it is wrong.

use crate::support::Project;

fn environment(image: &str) -> String {
    format!(
        "apiVersion: driftless/v1\nkind: Environment\ncomponents: {{api: {{module: service, with: {{{image}}}}}}}\n"
    )
}

fn project() -> Project {
    let project = Project::new();
    project.write("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: shop\n");
    project
}

#[test]
fn errors_of_a_revision_name_the_revision() {
    let project = project();
    project.write("environments/dev.yaml", environment("imgae: \"a:1\", image: \"a:1\""));
    project.commit("broken");
    project.write("environments/dev.yaml", environment("image: \"a:1\""));
    project.commit("whole");
    let run = project.run(&["diff", "--from", "HEAD~1", "--to", "HEAD"]);
    let said = "error[DL0102]: `with` of the module `service` has no key `imgae`\n --> HEAD~1:environments/dev.yaml:3:44\n  |\n3 | components: \
                {api: {module: service, with: {imgae: \"a:1\", image: \"a:1\"}}}\n  |                                            ^^^^^\n  |\n  = \
                help: did you mean `image`?\n\n";
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(1), "", said));
    let run = project.run(&["diff", "--from", "HEAD~1", "--output", "json"]);
    assert_eq!((run.code, &run.json()["diagnostics"][0]["file"]), (Some(1), &"HEAD~1:environments/dev.yaml".into()));
    // What is wrong in the work tree is told as ever.
    project.write("environments/dev.yaml", environment("imgae: \"a:1\", image: \"a:1\""));
    let run = project.run(&["diff", "--from", "HEAD", "--output", "json"]);
    assert_eq!((run.code, &run.json()["diagnostics"][0]["file"]), (Some(1), &"environments/dev.yaml".into()));
}

#[test]
fn each_environment_that_is_not_compared_is_named() {
    let project = project();
    project.write("environments/base.yaml", "apiVersion: driftless/v1\nkind: Base\nnope: 1\n");
    for name in ["dev", "prod"] {
        let text = environment("image: \"a:1\"").replace("components", "extends: base.yaml\ncomponents");
        project.write(&format!("environments/{name}.yaml"), text);
    }
    project.commit("broken");
    let run = project.run(&["drift", "--all"]);
    let said = "error[DL0102]: the environment file has no key `nope`\n";
    let names = |name: &str| format!("error: {name} is not compared\n");
    let lines: String =
        run.err.lines().filter(|line| line.starts_with("error")).map(|line| format!("{line}\n")).collect();
    assert_eq!((run.code, lines), (Some(1), format!("{said}{}{said}{}", names("dev"), names("prod"))));
}
