//! Where the scenarios' previews run, and how one sees there what is there without asking driftless.

use crate::support::Project;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// What bears marks, by whose mark it is.
pub type Marked = BTreeMap<String, BTreeSet<String>>;

/// A kind of live system on which the scenarios are run.
pub trait Place: Sync {
    /// The settings of the target instance `compose`, without braces and without `project`: `apply: memory`.
    fn target(&self) -> String;

    /// What the project is called, where others' things are on the same place.
    fn name(&self) -> String;

    /// A port of the machine that the base environment can have.
    fn port(&self) -> u16;

    /// The environment in which commands and operations find the place.
    fn variables(&self) -> BTreeMap<String, String>;

    /// Everything of this project that bears a mark, seen by other means than driftless'.
    fn marked(&self, project: &Project) -> Marked;

    /// What one thing is, exactly: it changes whenever somebody touches it.
    fn exactly(&self, project: &Project, owner: &str) -> String;

    /// Makes every look fail.
    fn go_silent(&self, project: &Project);

    /// Makes everything that bears a mark invisible to every look, without a failure.
    fn go_astray(&self, project: &Project);

    /// Undoes both.
    fn come_back(&self, project: &Project);

    /// Puts something there that bears the mark of an owner and that no plan knows.
    fn leave_behind(&self, project: &Project, owner: &str) -> String;

    /// Takes that away.
    fn tidy_up(&self, project: &Project, owner: &str);

    /// Checks where the ports of a preview are reached, as `preview up` reports it.
    fn check_endpoints(&self, report: &Json);
}

/// A folder of small files.
pub struct Memory;

impl Memory {
    fn things(project: &Project) -> Vec<(std::path::PathBuf, String)> {
        let mut things = Vec::new();
        for environment in read_folder(&project.at(".driftless/memory")) {
            for instance in read_folder(&environment) {
                for file in
                    read_folder(&instance).into_iter().filter(|file| file.extension().is_some_and(|it| it == "json"))
                {
                    things.push((file.clone(), std::fs::read_to_string(file).unwrap()));
                }
            }
        }
        things.sort();
        things
    }
}

fn read_folder(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

impl Place for Memory {
    fn target(&self) -> String {
        "apply: memory".into()
    }

    fn name(&self) -> String {
        "shop".into()
    }

    fn port(&self) -> u16 {
        8080
    }

    fn variables(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn marked(&self, project: &Project) -> Marked {
        let mut marked = Marked::new();
        for (_, text) in Self::things(project) {
            let thing: Json = serde_json::from_str(&text).unwrap();
            let owner = thing["owner"].as_str().unwrap().to_owned();
            marked.entry(owner).or_default().insert(thing["address"].as_str().unwrap().to_owned());
        }
        marked
    }

    fn exactly(&self, project: &Project, owner: &str) -> String {
        let mark = format!("\"owner\": \"{owner}\"");
        let modified = |path: &std::path::Path| std::fs::metadata(path).unwrap().modified().unwrap();
        let of_owner = Self::things(project).into_iter().filter(|(_, text)| text.contains(&mark));
        of_owner.map(|(path, text)| format!("{} {:?}\n{text}\n", path.display(), modified(&path))).collect()
    }

    fn go_silent(&self, project: &Project) {
        project.write(".driftless/memory/dev/compose/broken.json", "half");
    }

    fn go_astray(&self, project: &Project) {
        std::fs::rename(project.at(".driftless/memory"), project.at(".driftless/elsewhere")).unwrap();
    }

    fn come_back(&self, project: &Project) {
        drop(std::fs::remove_file(project.at(".driftless/memory/dev/compose/broken.json")));
        if project.at(".driftless/elsewhere").exists() {
            drop(std::fs::remove_dir_all(project.at(".driftless/memory")));
            std::fs::rename(project.at(".driftless/elsewhere"), project.at(".driftless/memory")).unwrap();
        }
    }

    fn leave_behind(&self, project: &Project, owner: &str) -> String {
        let (_, name) = owner.split_once('/').unwrap();
        let address = "docker:container/stray";
        let thing =
            serde_json::json!({"address": address, "owner": owner, "component": null, "body": {}, "text": null});
        project.write(&format!(".driftless/memory/{name}/stray/stray.json"), thing.to_string());
        address.into()
    }

    fn tidy_up(&self, project: &Project, owner: &str) {
        let (_, name) = owner.split_once('/').unwrap();
        std::fs::remove_file(project.at(&format!(".driftless/memory/{name}/stray/stray.json"))).unwrap();
    }

    fn check_endpoints(&self, report: &Json) {
        let note = "no port of it is published on a machine";
        assert_eq!((&report["endpoints"], &report["note"]), (&serde_json::json!([]), &serde_json::json!(note)));
    }
}
