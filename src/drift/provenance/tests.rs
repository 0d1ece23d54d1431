use super::*;
use crate::model::Value;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An environment of lines `key = value` (in three layers), and templates over them: the oracle is the rendering itself.
struct Toy {
    base: Rendering,
    /// File, key, value, whether the file is in the repository, layer.
    leaves: Vec<(&'static str, &'static str, String, bool, u32)>,
    renders: AtomicUsize,
}

enum Change {
    Replace(usize, String),
    Remove(usize),
}

impl Toy {
    fn new() -> Self {
        let leaf =
            |file, key, value: &str, layer| (file, key, value.to_owned(), !str::starts_with(file, "library/"), layer);
        let mut toy = Self {
            base: Rendering::new(),
            leaves: vec![
                leaf("library/redis/module.yaml", "memory", "1", 0),
                leaf("library/redis/model.yaml.j2", "factor", "4", 0),
                leaf("library/redis/model.yaml.j2", "probe", "10", 0),
                leaf("modules/own/model.yaml.j2", "limit", "7", 0),
                leaf("environments/base.yaml", "memory", "2", 1),
                leaf("environments/base.yaml", "team", "shop", 1),
                leaf("environments/staging.yaml", "memory", "3", 2),
                leaf("environments/staging.yaml", "enabled", "yes", 2),
                leaf("environments/staging.yaml", "greeting", "hello", 2),
            ],
            renders: AtomicUsize::new(0),
        };
        toy.base = toy.rendered(None).unwrap();
        toy
    }

    fn rendered(&self, edit: Option<&Change>) -> Option<Rendering> {
        self.renders.fetch_add(1, Ordering::Relaxed);
        let mut values: BTreeMap<&str, (u32, String)> = BTreeMap::new();
        for (at, (_, key, value, _, layer)) in self.leaves.iter().enumerate() {
            let value = match edit {
                Some(Change::Remove(leaf)) if *leaf == at => continue,
                Some(Change::Replace(leaf, text)) if *leaf == at => text.clone(),
                _ => value.clone(),
            };
            if values.get(key).is_none_or(|(below, _)| below <= layer) {
                values.insert(key, (*layer, value));
            }
        }
        let text = |key: &str| values.get(key).map(|(_, value)| Tree::Text(Value::literal(value.clone())));
        let number = |key: &str| values.get(key).and_then(|(_, value)| value.parse::<i64>().ok());
        let mut body = Tree::map();
        body.insert("memory", Tree::Int(number("memory")?));
        body.insert("maxmemory", Tree::Int(number("memory")? * number("factor")?));
        body.insert("probe", text("probe")?);
        body.insert("limit", text("limit")?);
        body.insert("constant", Tree::text("x"));
        // A constant of the library decides whether it is there; what it is comes from elsewhere.
        if text("probe")?.scalar_text().as_deref() == Some("10") {
            body.insert("greeting", text("greeting")?);
        }
        if let Some(team) = text("team") {
            body.insert("team", team);
        }
        let mut rendering = Rendering::from([(memory("cache"), (body, None))]);
        let motd =
            format!("# {}\nwelcome\n{}\n", values.get("greeting")?.1, values.get("team").map_or("", |(_, team)| team));
        rendering.insert(memory("motd"), (Tree::Null, Some(motd)));
        if values.get("enabled").is_some_and(|(_, value)| value == "yes") {
            let other = Tree::from([("limit", text("limit")?), ("fixed", Tree::Int(1))]);
            rendering.insert(memory("other"), (other, None));
        }
        Some(rendering)
    }

    fn place(&self, leaf: usize) -> Source {
        let line = u32::try_from(leaf).unwrap() + 1;
        Source { file: self.leaves[leaf].0.into(), line, column: 1, commit: None, author: None }
    }
}

fn memory(text: &str) -> Address {
    format!("memory:{text}").parse().unwrap()
}

impl Perturbable for Toy {
    type Edit = Change;

    fn idle(&self, _: &[&Question]) -> BTreeSet<usize> {
        BTreeSet::new()
    }

    fn leaves(&self) -> Vec<Leaf> {
        let leaf = |(at, leaf): (usize, &(&str, &str, String, bool, u32))| Leaf {
            place: self.place(at),
            in_repository: leaf.3,
            layer: leaf.4,
        };
        self.leaves.iter().enumerate().map(leaf).collect()
    }

    fn edits(&self, leaf: usize) -> Vec<Change> {
        vec![Change::Replace(leaf, format!("{}1", self.leaves[leaf].2)), Change::Remove(leaf)]
    }

    fn base(&self) -> Option<&Rendering> {
        Some(&self.base)
    }

    fn render(&self, edit: &Change) -> Option<Changed> {
        let after = self.rendered(Some(edit))?;
        let gone =
            self.base.keys().filter(|address| !after.contains_key(*address)).map(|address| (address.clone(), None));
        let mut changed: Changed = gone.collect();
        changed.extend(after.into_iter().map(|(address, content)| (address, Some(content))));
        Some(changed)
    }

    fn owner(&self, address: &Address) -> Option<Source> {
        Some(Source {
            file: "environments/staging.yaml".into(),
            line: 90,
            column: u32::try_from(address.path().len()).ok()?,
            commit: None,
            author: None,
        })
    }
}

/// `file:line` of source and via.
fn located(toy: &Toy, address: &str, path: &str) -> (String, Vec<String>) {
    let found = locate_one(toy, &memory(address), &path.parse().unwrap());
    let short = |source: &Source| format!("{}:{}", source.file, source.line);
    (found.source.as_ref().map(short).unwrap(), found.via.iter().map(short).collect())
}

#[test]
fn the_leaf_that_moves_the_field_is_its_source() {
    let toy = Toy::new();
    let via = |list: &[&str]| list.iter().map(|place| (*place).to_owned()).collect::<Vec<_>>();
    let cases = [
        // The later layer wins; what it covers moves nothing.
        ("cache", "memory", "environments/staging.yaml:7", via(&[])),
        // A constant of the library beside an input is no place to send anyone.
        ("cache", "maxmemory", "environments/staging.yaml:7", via(&["library/redis/model.yaml.j2:2"])),
        // Nothing but a constant of the library: the component's module line.
        ("cache", "probe", "environments/staging.yaml:90", via(&["library/redis/model.yaml.j2:3"])),
        // A constant of a module of the repository is a place of its own.
        ("cache", "limit", "modules/own/model.yaml.j2:4", via(&[])),
        ("cache", "team", "environments/base.yaml:6", via(&[])),
        ("cache", "greeting", "environments/staging.yaml:9", via(&[])),
        // What nothing moves is the target's own constant.
        ("cache", "constant", "environments/staging.yaml:90", via(&[])),
        // Changing the value goes before adding or removing the resource.
        ("other", "limit", "modules/own/model.yaml.j2:4", via(&["environments/staging.yaml:8"])),
        ("other", "fixed", "environments/staging.yaml:8", via(&[])),
        ("motd", "lines[1-1]", "environments/staging.yaml:9", via(&[])),
        ("motd", "lines[3-3]", "environments/base.yaml:6", via(&[])),
        ("motd", "lines[2-2]", "environments/staging.yaml:90", via(&[])),
        ("motd", "", "environments/staging.yaml:90", via(&[])),
    ];
    for (address, path, source, via) in cases {
        assert_eq!(located(&toy, address, path), (source.to_owned(), via), "{address} {path}");
    }
}

#[test]
fn one_sweep_answers_for_all_fields() {
    let toy = Toy::new();
    let base = &toy.base;
    let mut wanted = Vec::new();
    for (address, (body, _)) in base {
        wanted.extend(
            body.as_map()
                .into_iter()
                .flatten()
                .map(|(key, _)| Question::new(address.clone(), FieldPath::default().key(key.as_str()))),
        );
    }
    let renders = || toy.renders.swap(0, Ordering::Relaxed);
    renders();
    let places = locate(&toy, &wanted, Depth::Everything);
    assert_eq!((places.len(), renders()), (wanted.len(), 2 * toy.leaves.len()));
    for ((address, path), located) in &places {
        assert_eq!(locate_one(&toy, address, path), *located, "{address} {path}");
    }
    renders();
    // What is only asked for sources finds the same, and does not try what cannot be edited unless nothing else moves a field.
    let quick = locate(&toy, &wanted, Depth::Source);
    let sources = |places: &Places| places.values().map(|located| located.source.clone()).collect::<Vec<_>>();
    assert_eq!((sources(&quick), renders()), (sources(&places), 2 * toy.leaves.len()));
    let memory_alone = [Question::new(memory("cache"), "maxmemory".parse().unwrap())];
    let editable = toy.leaves.iter().filter(|leaf| leaf.3).count();
    assert_eq!(locate(&toy, &memory_alone, Depth::Source).len(), 1);
    assert_eq!(renders(), 2 * editable);
}

#[test]
fn every_source_that_is_a_leaf_moves_its_field() {
    let toy = Toy::new();
    let base = &toy.base;
    for (address, (body, _)) in base {
        for key in body.as_map().into_iter().flatten().map(|(key, _)| key) {
            let path = FieldPath::default().key(key.as_str());
            let source = locate_one(&toy, address, &path).source.unwrap();
            let Some(leaf) = (0..toy.leaves.len()).find(|leaf| toy.place(*leaf) == source) else { continue };
            let moved =
                toy.edits(leaf).iter().filter_map(|edit| toy.rendered(Some(edit))).any(|rendering| {
                    rendering.get(address).and_then(|(body, _)| path.lookup(body)) != path.lookup(body)
                });
            assert!(moved, "{address} {path}");
        }
    }
}

#[test]
fn what_moves_the_lines_that_are_asked_for_goes_first() {
    let toy = Toy::new();
    let mover =
        |leaf, moves_lines, total| rank::Mover { leaf, keeps_address: true, moves_lines, keeps_field: true, total };
    let located = rank::rank(&toy.leaves(), &[mover(6, false, 1), mover(8, true, 5)], None);
    assert_eq!(located, Located { source: Some(toy.place(8)), via: vec![toy.place(6)] });
}
