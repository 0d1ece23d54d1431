//! What Terraform itself says: format, validity, arguments by the provider's schema, and what each variable moves.

use super::{complaint, none_is_wrong, took, written};
use crate::support::fake_engine::FakeEngine;
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

/// The resources of a module and of those in it, by address: modules are printed in any order.
fn resources(module: &Json, found: &mut BTreeMap<String, Json>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        found.insert(resource["address"].to_string(), resource.clone());
    }
    module["child_modules"].as_array().into_iter().flatten().for_each(|child| resources(child, found));
}

/// What one call of a module is planned to be, without its name.
fn planned(plan: &Json, call: &str) -> String {
    let values = &plan["planned_values"];
    let modules = values["root_module"]["child_modules"].as_array().unwrap();
    let mut found = BTreeMap::new();
    modules
        .iter()
        .filter(|module| module["address"] == format!("module.{call}"))
        .for_each(|module| resources(module, &mut found));
    json!([found, values["outputs"][call]]).to_string().replace(&format!("module.{call}."), "module.")
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
fn the_engine_that_terraform_asks_is_the_one_of_the_variable() {
    let (_folder, cases) = on("docker");
    let engines = [FakeEngine::start(), FakeEngine::start()];
    let at = &cases[0];
    succeed(tool("terraform", at).args(["init", "-input=false", "-no-color"]));
    let mut asked = Vec::new();
    for engine in &engines {
        let mut apply = tool("terraform", at);
        apply.args(["apply", "-input=false", "-no-color", "-auto-approve", "-target=docker_network.this"]);
        let output = end(given(apply.arg(format!("-var=docker_host={}", engine.address())), at));
        assert!(!output.status.success(), "an engine that has nothing makes no network");
        asked.push(engines.each_ref().map(|engine| engine.asked() > 0));
    }
    assert_eq!(asked, [[true, false], [true, true]]);
}

/// Gives Terraform every variable that has to be given.
fn given<'a>(command: &'a mut std::process::Command, at: &Path) -> &'a mut std::process::Command {
    let text = std::fs::read_to_string(at.join("variables.tf")).unwrap();
    for block in text.split("variable \"").skip(1).filter(|block| !block.contains("default ")) {
        command.env(format!("TF_VAR_{}", block.split('"').next().unwrap()), "given");
    }
    command
}
