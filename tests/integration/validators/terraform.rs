//! What Terraform itself says: format, validity, arguments by the provider's schema, and what each variable moves.

use super::{complaint, none_is_wrong, took, written};
use crate::support::engine::FakeEngine;
use crate::support::tools::{beside, end, python, succeed, tool};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[test]
fn terraform_finds_nothing_to_format_and_every_configuration_valid() {
    let (folder, cases) = written("terraform");
    succeed(tool("terraform", folder.path()).args(["fmt", "-check", "-diff", "-recursive", "."]));
    let on_docker: Vec<_> = cases.iter().filter(|case| case.instance.setting("platform") == Some("docker")).collect();
    assert!(!on_docker.is_empty());
    none_is_wrong(&on_docker, |case| {
        let at = folder.path().join(&case.folder);
        let mut found =
            complaint(&case.name, tool("terraform", &at).args(["init", "-input=false", "-no-color", "-backend=false"]));
        if found.is_empty() {
            found.extend(complaint(&case.name, tool("terraform", &at).args(["validate", "-no-color"])));
        }
        found
    });
}

const VARY_TERRAFORM: &str = include_str!("../programs/vary_terraform.py");
const READ_TERRAFORM: &str = include_str!("../programs/read_terraform.py");

/// The folders of the cases on a platform.
fn on(platform: &str) -> (tempfile::TempDir, Vec<PathBuf>) {
    let (folder, cases) = written("terraform");
    let cases = cases.iter().filter(|case| case.instance.setting("platform") == Some(platform));
    let cases: Vec<_> = cases.map(|case| folder.path().join(&case.folder)).collect();
    assert!(cases.len() > 3, "there are hardly any cases");
    (folder, cases)
}

#[test]
fn terraform_has_the_arguments_of_its_provider_and_every_name_is_read() {
    for (platform, provider) in [("kubernetes", true), ("docker", false)] {
        let (folder, cases) = on(platform);
        let given =
            json!({"cases": cases, "schema": beside("terraform-kubernetes-provider.json"), "provider": provider});
        let wrong = python(READ_TERRAFORM, &given, folder.path());
        assert_eq!(wrong, json!([]), "{wrong:#}");
    }
}

/// What one call of a module is planned to be, without its name.
fn planned(plan: &Json, call: &str) -> String {
    let values = &plan["planned_values"];
    let modules = values["root_module"]["child_modules"].as_array().unwrap();
    let module = modules.iter().find(|module| module["address"] == format!("module.{call}"));
    let module = module.map(|module| json!([module["resources"], module["child_modules"]]));
    json!([module, values["outputs"][call]]).to_string().replace(&format!("module.{call}."), "module.")
}

/// Plans every case once for each of its variables, all in one root, and says which of the variables move nothing.
fn still(folder: &Path, cases: &[PathBuf], has_provider: bool) -> (BTreeSet<(u64, String)>, usize) {
    let given = json!({"cases": cases, "to": folder, "provider": has_provider});
    let calls = python(VARY_TERRAFORM, &given, folder);
    let engine = FakeEngine::start();
    succeed(tool("terraform", folder).args(["init", "-input=false", "-no-color"]));
    let mut plan = tool("terraform", folder);
    plan.args(["plan", "-input=false", "-no-color", "-refresh=false", "-out=plan.bin"]);
    succeed(plan.env("DOCKER_HOST", engine.address()));
    let shown = succeed(tool("terraform", folder).args(["show", "-json", "plan.bin"]));
    let plan: Json = serde_json::from_str(&shown).unwrap();
    let calls: BTreeMap<String, (u64, Option<String>)> = serde_json::from_value(calls).unwrap();
    let as_is = |case: &u64| planned(&plan, &format!("c{case}_as-is"));
    let as_is: BTreeMap<u64, String> = calls.values().map(|(case, _)| (*case, as_is(case))).collect();
    let mut still = BTreeSet::new();
    for (call, (case, variable)) in &calls {
        if let Some(variable) = variable.as_ref().filter(|_| planned(&plan, call) == as_is[case]) {
            still.insert((*case, variable.clone()));
        }
    }
    (still, calls.len())
}

/// Every variable of a root changes what is planned, except the one that the program adds to each root to see whether it is found.
#[track_caller]
fn every_variable_moves(platform: &str) {
    let (_cases, cases) = on(platform);
    let folder = tempfile::tempdir().unwrap();
    let (still, tried) =
        took(&format!("every variable on {platform}"), || still(folder.path(), &cases, platform == "docker"));
    let control = (0..cases.len() as u64).map(|case| (case, "nobody_reads_this".to_owned())).collect();
    assert_eq!(still, control, "of {cases:#?}");
    assert!(tried > cases.len() * 4, "there are hardly any variables: {tried}");
}

#[test]
fn every_variable_on_docker_moves_something() {
    every_variable_moves("docker");
}

#[test]
fn every_variable_on_kubernetes_moves_something() {
    every_variable_moves("kubernetes");
}

#[test]
fn the_address_of_the_engine_is_where_terraform_asks() {
    let (_folder, cases) = on("docker");
    let engine = FakeEngine::start();
    let at = &cases[0];
    let text = std::fs::read_to_string(at.join("versions.tf")).unwrap();
    assert!(text.contains("host = var.docker_host"), "{text}");
    succeed(tool("terraform", at).args(["init", "-input=false", "-no-color"]));
    for (address, is_there) in [(engine.address(), true), ("tcp://127.0.0.1:1".to_owned(), false)] {
        let mut plan = tool("terraform", at);
        plan.args(["plan", "-input=false", "-no-color", "-refresh=false"]).arg(format!("-var=docker_host={address}"));
        let output = end(secrets(&mut plan, at));
        assert_eq!(output.status.success(), is_there, "{}", crate::support::tools::text(&output.stderr));
    }
}

/// Gives a plan every variable that has to be given.
fn secrets<'a>(plan: &'a mut std::process::Command, at: &Path) -> &'a mut std::process::Command {
    let text = std::fs::read_to_string(at.join("variables.tf")).unwrap();
    for block in text.split("variable \"").skip(1).filter(|block| !block.contains("default ")) {
        plan.env(format!("TF_VAR_{}", block.split('"').next().unwrap()), "given");
    }
    plan
}
