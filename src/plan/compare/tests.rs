use super::*;
use crate::plan::table::{Added, CompareKind, Row};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

const fn row(pattern: &'static str, kind: CompareKind) -> Row {
    Row { pattern, kind, repair: Effect::Runtime, change: Effect::Restart, added: Added::Drift }
}

static TABLE: CompareTable = CompareTable {
    backend: "memory",
    rows: &[
        row("**.memory", CompareKind::Bytes),
        row("**.cpu", CompareKind::Cpu),
        row("**.interval", CompareKind::Duration),
        row("**.caps", CompareKind::Set),
        row("**.bag", CompareKind::Unordered),
        row("**.ports", CompareKind::Keyed("port")),
        row("**.written", CompareKind::WriteOnly),
        row("**.hidden", CompareKind::Unobservable),
        row("**.password", CompareKind::Secret),
        Row { added: Added::Silent("server"), ..row("**.status", CompareKind::Exact) },
        Row { added: Added::Silent("controller"), ..row("**.labels.auto", CompareKind::Exact) },
        row("file**", CompareKind::NamedOrExact),
    ],
};

fn tree(json: &Json) -> Tree {
    Tree::from_json(json)
}

fn run(path: &str, desired: &Json, applied: &Json, live: &Json, owned: &[&str]) -> Compared {
    let sides = [desired, applied, live].map(tree);
    let content =
        |at: usize| (sides[at] != Tree::Null).then(|| Content { body: &sides[at], text: None, executable: false });
    let owned: Vec<FieldPath> = owned.iter().map(|path| path.parse().unwrap()).collect();
    compare(&Comparison {
        address: &format!("memory:{path}").parse().unwrap(),
        table: &TABLE,
        owned: &owned,
        desired: content(0),
        applied: content(1),
        live: content(2),
        as_system_would: None,
        silence: &|path| (path.to_string() == "replicas" || path.to_string() == "meta.note").then(|| "a rule".into()),
    })
}

/// Path, class, verdict of each field, and path and rule of what is silenced.
fn told(compared: &Compared) -> (Vec<String>, Vec<String>) {
    let fields = compared.fields.iter().map(|field| format!("{} {:?} {:?}", field.path, field.class, field.verdict));
    let silenced = compared.silenced.iter().map(|silenced| format!("{} {}", silenced.path, silenced.rule));
    (fields.collect(), silenced.collect())
}

fn drift_of(desired: &Json, live: &Json) -> (Vec<String>, Vec<String>) {
    told(&run("file", desired, desired, live, &[]))
}

fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_table_of_three_sides_holds_for_every_combination() {
    // What is there on a side: nothing, or one of three values.
    let values = [Json::Null, json!(1), json!(2), json!(3)];
    for desired in &values {
        for applied in &values {
            for live in &values {
                let wrap = |value: &Json| json!({"x": value, "anchor": 0});
                let compared = run("file", &wrap(desired), &wrap(applied), &wrap(live), &[]);
                let expected = if desired == live {
                    None
                } else if desired == applied {
                    Some(Verdict::Drift)
                } else if applied == live {
                    Some(Verdict::Pending)
                } else {
                    Some(Verdict::DriftAndPending)
                };
                let class = match (
                    expected.is_some_and(Verdict::is_drift),
                    desired.is_null(),
                    applied.is_null(),
                    live.is_null(),
                ) {
                    (true, true, true, false) | (false, false, true, _) => FieldClass::Added,
                    (true, false, _, true) | (false, true, ..) => FieldClass::Removed,
                    _ => FieldClass::Changed,
                };
                let found: Vec<_> = compared.fields.iter().map(|field| (field.verdict, field.class)).collect();
                let case = format!("{desired} {applied} {live}");
                assert_eq!(found, expected.map(|verdict| (verdict, class)).into_iter().collect::<Vec<_>>(), "{case}");
                assert_eq!(compared.converged, desired == live && applied != live, "{case}");
                for field in compared.fields {
                    let side = |value: &Json| (!value.is_null()).then(|| tree(value));
                    assert_eq!(
                        (field.declared, field.applied, field.live),
                        (side(desired), side(applied), side(live)),
                        "{case}"
                    );
                }
            }
        }
    }
}

#[test]
fn each_kind_of_compare_knows_what_is_equal() {
    let equal = [
        (json!({"memory": "1Gi"}), json!({"memory": 1_073_741_824})),
        (json!({"cpu": "500m"}), json!({"cpu": 0.5})),
        (json!({"interval": "90s"}), json!({"interval": "1m30s"})),
        (json!({"caps": ["A", "B", "A"]}), json!({"caps": ["B", "A"]})),
        (json!({"bag": ["A", {"x": 1, "y": 2}]}), json!({"bag": [{"y": 2, "x": 1}, "A"]})),
        (json!({"ports": [{"port": 1}, {"port": 2}]}), json!({"ports": [{"port": 2}, {"port": 1}]})),
        (
            json!({"env": [{"name": "A", "value": "1"}, {"name": "B"}]}),
            json!({"env": [{"name": "B"}, {"name": "A", "value": "1"}]}),
        ),
        (json!({"a": null, "b": [], "c": {}}), json!({})),
        (json!({"written": 1}), json!({})),
    ];
    for (desired, live) in equal {
        assert_eq!(drift_of(&desired, &live), (vec![], vec![]), "{desired} {live}");
    }
    let different = [
        (json!({"memory": "1Gi"}), json!({"memory": "1G"}), "memory Changed Drift"),
        (json!({"x": "1"}), json!({"x": 1}), "x Changed Drift"),
        (json!({"bag": ["A", "A"]}), json!({"bag": ["A"]}), "bag Changed Drift"),
        (json!({"args": ["a", "b"]}), json!({"args": ["a", "c"]}), "args[1] Changed Drift"),
        (json!({"args": ["a", "b"]}), json!({"args": ["a"]}), "args Changed Drift"),
        (
            json!({"ports": [{"port": 1, "x": 1}]}),
            json!({"ports": [{"port": 1, "x": 2}]}),
            "ports[port=\"1\"].x Changed Drift",
        ),
        (json!({"env": [{"name": "A", "value": "1"}]}), json!({"env": []}), "env Removed Drift"),
        (json!({"env": [{"name": "A"}, {"name": "B"}]}), json!({"env": [{"name": "B"}]}), "env[name=A] Removed Drift"),
        (json!({"env": [{"name": "A"}, {"name": "A"}]}), json!({"env": [{"name": "A"}]}), "env Changed Drift"),
        (json!({"a": {"b": {"c": 1, "d": 2}}}), json!({}), "a Removed Drift"),
        (json!({"a": {"b": 1}}), json!({"a": 5}), "a Changed Drift"),
        (json!({}), json!({"new": {"x": 1, "y": 2}}), "new Added Drift"),
    ];
    for (desired, live, expected) in different {
        assert_eq!(drift_of(&desired, &live), (words(&[expected]), vec![]), "{desired} {live}");
    }
}

#[test]
fn what_is_silenced_is_listed_with_its_rule_and_splits_what_it_lies_in() {
    let cases = [
        (json!({"a": 1}), json!({"a": 1, "status": {"x": 1}}), vec![], vec!["status server"]),
        (json!({"replicas": 1}), json!({"replicas": 3}), vec![], vec!["replicas a rule"]),
        (
            json!({}),
            json!({"labels": {"auto": "x", "mine": "y"}}),
            vec!["labels.mine Added Drift"],
            vec!["labels.auto controller"],
        ),
        (json!({"meta": {"note": "x", "b": 1}}), json!({}), vec!["meta.b Removed Drift"], vec!["meta.note a rule"]),
        (json!({"hidden": 1}), json!({}), vec![], vec!["hidden unobservable"]),
    ];
    for (desired, live, fields, silenced) in cases {
        assert_eq!(drift_of(&desired, &live), (words(&fields), words(&silenced)), "{desired} {live}");
    }
    // A change in Git is never silenced.
    let pending = run("file", &json!({"replicas": 2}), &json!({"replicas": 1}), &json!({"replicas": 1}), &[]);
    assert_eq!(told(&pending), (words(&["replicas Changed Pending"]), vec![]));
    // What can only be written is pending where Git changed.
    let written = run("file", &json!({"written": 2}), &json!({"written": 1}), &json!({}), &[]);
    assert_eq!(told(&written), (words(&["written Changed Pending"]), vec![]));
}

#[test]
fn a_field_without_a_row_is_compared_exactly_and_said_so_and_additions_are_silent() {
    let compared = run("other", &json!({"a": 1}), &json!({"a": 1}), &json!({"a": 2, "b": 3}), &[]);
    assert_eq!(told(&compared), (words(&["a Changed Drift"]), words(&["b unlisted-addition"])));
    assert_eq!(compared.not_compared, [FieldPath::keys(["a"])]);
    assert_eq!((compared.fields[0].repair, compared.fields[0].change), (Effect::Replace, Effect::Replace));
}

#[test]
fn only_owned_paths_are_ours() {
    let desired = json!({"data": {"mine": 1, "theirs": 1}, "rest": 1});
    let live = json!({"data": {"mine": 2, "theirs": 2, "new": 3}, "rest": 2});
    let compared = run("file", &desired, &desired, &live, &["data.mine"]);
    let fields = words(&["data.mine Changed Drift", "data.new Added Drift"]);
    assert_eq!(told(&compared), (fields, words(&["data.theirs not-owned", "rest not-owned"])));
}

#[test]
fn a_reference_to_a_secret_is_not_held_against_a_value() {
    use crate::model::{Part, Value};
    let secret = |name: &str| Tree::from([("url", Tree::Text(Value::from_parts([Part::Secret(name.into())])))]);
    let literal = Tree::from([("url", Tree::text("hunter2"))]);
    let run = |desired: &Tree, applied: &Tree, live: &Tree| {
        let content = |body| Some(Content { body, text: None, executable: false });
        compare(&Comparison {
            address: &"memory:file".parse().unwrap(),
            table: &TABLE,
            owned: &[],
            desired: content(desired),
            applied: content(applied),
            live: content(live),
            as_system_would: None,
            silence: &|_| None,
        })
    };
    let same = run(&secret("a"), &secret("a"), &literal);
    assert_eq!((told(&same), same.unjudged.len()), ((vec![], vec![]), 1));
    let changed = run(&secret("b"), &secret("a"), &literal);
    assert_eq!(told(&changed).0, words(&["url Changed Pending"]));
    assert!(changed.fields[0].sensitive);
    let gone = run(&secret("a"), &secret("a"), &Tree::map());
    assert_eq!(told(&gone).0, words(&["url Removed Drift"]));
}

#[test]
fn what_the_system_would_make_of_it_stands_in_for_what_is_desired() {
    let (desired, defaulted) = (tree(&json!({"a": 1})), tree(&json!({"a": 1, "default": 5})));
    let live = tree(&json!({"a": 2, "default": 5}));
    let content = |body| Some(Content { body, text: None, executable: false });
    let address = "memory:file".parse().unwrap();
    let base = Comparison {
        address: &address,
        table: &TABLE,
        owned: &[],
        desired: content(&desired),
        applied: content(&desired),
        live: content(&live),
        as_system_would: Some(&defaulted),
        silence: &|_| None,
    };
    assert_eq!(told(&compare(&base)).0, words(&["a Changed Drift"]));
}

/// Path, declared, live, verdict of each hunk.
fn hunks(desired: &str, applied: &str, live: &str) -> Vec<(String, Option<String>, Option<String>, Verdict)> {
    let content = |text| Some(Content { body: &Tree::Null, text: Some(text), executable: false });
    let compared = compare(&Comparison {
        address: &"memory:file".parse().unwrap(),
        table: &TABLE,
        owned: &[],
        desired: content(desired),
        applied: content(applied),
        live: content(live),
        as_system_would: None,
        silence: &|_| None,
    });
    let text = |tree: Option<Tree>| tree.map(|tree| tree.as_str().unwrap().to_owned());
    compared
        .fields
        .into_iter()
        .map(|field| (field.path.to_string(), text(field.declared), text(field.live), field.verdict))
        .collect()
}

#[test]
fn texts_are_compared_by_lines_of_the_declared_file() {
    let some = |text: &str| Some(text.to_owned());
    let cases = [
        ("a\nb\nc\n", "a\nX\nc\n", vec![("lines[2-2]", some("b"), some("X"))]),
        ("a\nb\nc\n", "a\nc\n", vec![("lines[2-2]", some("b"), None)]),
        ("a\nb\nc\n", "a\nnew\nb\nc\n", vec![("lines[1-2]", None, some("new"))]),
        ("a\nb\n", "new\na\nb\n", vec![("lines[1-1]", None, some("new"))]),
        ("a\nb\n", "a\nb\nnew\n", vec![("lines[2-2]", None, some("new"))]),
        ("a\nb\n", "a\nb", vec![("lines[2-2]", some("b\n"), some("b"))]),
        ("", "x\n", vec![("lines[1-1]", None, some("x"))]),
        (
            "a\nb\nc\nd\n",
            "A\nb\nc\nD\n",
            vec![("lines[1-1]", some("a"), some("A")), ("lines[4-4]", some("d"), some("D"))],
        ),
    ];
    for (desired, live, expected) in cases {
        let expected: Vec<_> =
            expected.into_iter().map(|(path, a, b)| (path.to_owned(), a, b, Verdict::Drift)).collect();
        assert_eq!(hunks(desired, desired, live), expected, "{desired:?} {live:?}");
    }
    let of = |desired, applied, live| {
        hunks(desired, applied, live).into_iter().map(|hunk| (hunk.0, hunk.3)).collect::<Vec<_>>()
    };
    let one = |path: &str, verdict| (path.to_owned(), verdict);
    assert_eq!(of("A\nb\nc\n", "a\nb\nc\n", "a\nb\nc\n"), [one("lines[1-1]", Verdict::Pending)]);
    let both = [one("lines[1-1]", Verdict::Pending), one("lines[3-3]", Verdict::Drift)];
    assert_eq!(of("A\nb\nc\n", "a\nb\nc\n", "a\nb\nX\n"), both);
    assert_eq!(of("A\nb\n", "a\nb\n", "X\nb\n"), [one("lines[1-1]", Verdict::DriftAndPending)]);
    assert_eq!(of("A\n", "a\n", "A\n"), []);
}

#[test]
fn a_comment_is_found_only_where_the_trees_are_equal() {
    let body = tree(&json!({"a": 1}));
    let other = tree(&json!({"a": 2}));
    let run = |live_body, live_text: &str| {
        let content = |body, text| Some(Content { body, text: Some(text), executable: false });
        let compared = compare(&Comparison {
            address: &"memory:file".parse().unwrap(),
            table: &TABLE,
            owned: &[],
            desired: content(&body, "a: 1\n"),
            applied: content(&body, "a: 1\n"),
            live: Some(Content { body: live_body, text: Some(live_text), executable: false }),
            as_system_would: None,
            silence: &|_| None,
        });
        told(&compared).0
    };
    assert_eq!(run(&body, "a: 1 # why\n"), words(&["lines[1-1] Changed Drift"]));
    assert_eq!(run(&other, "a: 2 # why\n"), words(&["a Changed Drift"]));
    assert_eq!(run(&body, "a: 1\n"), words(&[]));
}

#[test]
fn texts_that_have_nothing_in_common_are_one_block_and_it_is_said() {
    let text = |prefix: &str| (0..3_000).map(|line| format!("{prefix}{line}\n")).collect::<Vec<_>>().concat();
    let (desired, live) = (text("a"), text("b"));
    let content = |text| Some(Content { body: &Tree::Null, text: Some(text), executable: false });
    let compared = compare(&Comparison {
        address: &"memory:file".parse().unwrap(),
        table: &TABLE,
        owned: &[],
        desired: content(&desired),
        applied: content(&desired),
        live: content(&live),
        as_system_would: None,
        silence: &|_| None,
    });
    assert_eq!((told(&compared).0, compared.blunt), (words(&["lines[1-3000] Changed Drift"]), true));
}

/// A file of three sides: tree, text, and whether it is a program.
fn files(sides: [(&Json, Option<&str>, bool); 3], silenced: &[&str]) -> Compared {
    let bodies = sides.map(|(body, ..)| tree(body));
    let content = |at: usize| Some(Content { body: &bodies[at], text: sides[at].1, executable: sides[at].2 });
    compare(&Comparison {
        address: &"memory:file".parse().unwrap(),
        table: &TABLE,
        owned: &[],
        desired: content(0),
        applied: content(1),
        live: content(2),
        as_system_would: None,
        silence: &|path| silenced.contains(&path.to_string().as_str()).then(|| "rule".to_owned()),
    })
}

#[test]
fn a_silenced_field_hides_its_own_lines_and_no_others() {
    let desired = "# head\nenv:\n  A: x\n  B: y\nports:\n  - 1\nname: n\n";
    let body = json!({"env": {"A": "x", "B": "y"}, "ports": [1], "name": "n"});
    let run = |live_body: &Json, live: &str, silenced: &[&str]| {
        let side = (&body, Some(desired), false);
        let compared = files([side, side, (live_body, Some(live), false)], silenced);
        let paths = |silenced: &[Silenced]| silenced.iter().map(|one| one.path.to_string()).collect::<Vec<_>>();
        (told(&compared).0, paths(&compared.silenced))
    };
    let changed = json!({"env": {"A": "other", "B": "y"}, "ports": [1], "name": "n"});
    let quiet = (vec![], words(&["env.A"]));
    assert_eq!(run(&changed, &desired.replace("A: x", "A: other"), &["env.A"]), quiet);
    // A comment elsewhere in the file is seen.
    let also = desired.replace("A: x", "A: other").replace("name: n", "name: n # by hand");
    assert_eq!(run(&changed, &also, &["env.A"]), (words(&["lines[7-7] Changed Drift"]), words(&["env.A"])));
    // Taken away, added, or in another style: its neighbours move with it.
    let without = json!({"env": {"B": "y"}, "ports": [1], "name": "n"});
    assert_eq!(run(&without, &desired.replace("  A: x\n", ""), &["env.A"]), quiet);
    assert_eq!(run(&without, &desired.replace("env:\n  A: x\n  B: y", "env: {B: y}"), &["env.A"]), quiet);
    let emptied = json!({"env": {"A": "x", "B": "y"}, "ports": [], "name": "n"});
    let silent = run(&emptied, &desired.replace("ports:\n  - 1", "ports: []"), &["ports"]);
    assert_eq!(silent, (vec![], words(&["ports"])));
}

#[test]
fn a_mode_is_compared_beside_tree_and_lines() {
    let body = json!({"a": 1, "executable": "yes"});
    let side = |executable| (&body, Some("a: 1\nexecutable: yes\n"), executable);
    let run = |desired, applied, live| told(&files([side(desired), side(applied), side(live)], &[])).0;
    assert_eq!(run(false, false, true), words(&["executable Changed Drift"]));
    assert_eq!(run(true, true, false), words(&["executable Changed Drift"]));
    assert_eq!(run(true, false, false), words(&["executable Changed Pending"]));
    assert_eq!(run(true, false, true), words(&[]));
    assert_eq!(run(false, false, false), words(&[]));
    let silenced = files([side(false), side(false), side(true)], &["executable"]);
    let rule = Silenced { path: "executable".parse().unwrap(), rule: "rule".into(), by_user: true };
    assert_eq!(silenced, Compared { silenced: vec![rule], ..Compared::default() });
}

#[test]
fn line_endings_are_one_difference_and_hide_no_other() {
    let (none, body) = (Json::Null, json!({"a": 1}));
    let run = |desired: &str, applied: &str, live: &str| {
        let text = |text| (&none, Some(text), false);
        let found = files([text(desired), text(applied), text(live)], &[]).fields.into_iter();
        found
            .map(|field| {
                format!("{} {:?} {:?}", field.path, field.verdict, field.live.map(|live| live.to_public_json()))
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(run("a\nb\n", "a\nb\n", "a\r\nb\r\n"), [r#"line_endings Drift Some(String("CRLF"))"#]);
    assert_eq!(
        run("a\nb\n", "a\nb\n", "a\r\nB\r\n"),
        [r#"line_endings Drift Some(String("CRLF"))"#, r#"lines[2-2] Drift Some(String("B"))"#]
    );
    assert_eq!(
        run("A\nb\n", "a\nb\n", "a\r\nb\n"),
        [
            r#"line_endings Drift Some(String("CRLF on 1 of 2 lines, else LF"))"#,
            r#"lines[1-1] Pending Some(String("a"))"#
        ]
    );
    assert_eq!(run("a\n", "a\n", "a"), [r#"lines[1-1] Drift Some(String("a"))"#]);
    let of_tree =
        files([(&body, Some("a: 1\n"), false), (&body, Some("a: 1\n"), false), (&body, Some("a: 1\r\n"), false)], &[]);
    assert_eq!(told(&of_tree).0, words(&["line_endings Changed Drift"]));
}

#[test]
fn what_holds_no_tree_any_more_is_compared_by_its_lines_and_what_is_no_file_as_what_it_is() {
    let (body, none, link) = (json!({"a": 1, "b": 2}), Json::Null, json!({"symlink": "x"}));
    let ours = (&body, Some("a: 1\nb: 2\n"), false);
    let run = |live| told(&files([ours, ours, live], &[])).0;
    assert_eq!(run((&none, Some("a: 1\nb: [2\n"), false)), words(&["lines[2-2] Changed Drift"]));
    assert_eq!(run((&none, Some(""), false)), words(&["lines[1-2] Removed Drift"]));
    assert_eq!(run((&link, None, false)), words(&["symlink Added Drift"]));
}

#[test]
fn lines_that_differ_all_over_are_one_block_and_it_is_said() {
    let text = |every: usize| {
        (0..400).map(|at| if at % every == 0 { format!("x{at}\n") } else { format!("{at}\n") }).collect::<String>()
    };
    let (desired, live) = (text(1_000), text(2));
    let compared = files(
        [(&Json::Null, Some(&desired), false), (&Json::Null, Some(&desired), false), (&Json::Null, Some(&live), false)],
        &[],
    );
    assert_eq!((told(&compared).0, compared.blunt), (words(&["lines[3-399] Changed Drift"]), true));
}

fn json_trees() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3i64..3).prop_map(Json::from),
        "[a-c.]{0,2}".prop_map(Json::from)
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(prop_oneof!["[a-c]", Just("name".to_owned())], inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_tree_does_not_differ_from_itself(a in json_trees()) {
        let compared = run("file", &a, &a, &a, &[]);
        prop_assert_eq!(compared, Compared::default());
    }

    #[test]
    fn the_same_paths_differ_in_both_directions(a in json_trees(), b in json_trees()) {
        let (a, b) = (json!({"top": a, "k": 0}), json!({"top": b, "k": 0}));
        let paths = |one: &Json, other: &Json| {
            let compared = run("file", one, one, other, &[]);
            compared.fields.into_iter().map(|field| field.path).collect::<BTreeSet<_>>()
        };
        prop_assert_eq!(paths(&a, &b), paths(&b, &a));
    }

    #[test]
    fn every_field_is_told_once_with_what_stands_there(a in json_trees(), b in json_trees(), c in json_trees()) {
        let [a, b, c] = [a, b, c].map(|tree| json!({"top": tree, "k": 0}));
        let compared = run("file", &a, &b, &c, &[]);
        let paths: BTreeSet<_> = compared.fields.iter().map(|field| field.path.clone()).collect();
        prop_assert_eq!(paths.len(), compared.fields.len());
        for field in &compared.fields {
            let at = |json: &Json| field.path.lookup(&tree(json)).filter(|tree| !sides::is_nothing(tree)).cloned();
            prop_assert_eq!((&field.declared, &field.applied, &field.live), (&at(&a), &at(&b), &at(&c)), "{}", field.path);
        }
    }
}
