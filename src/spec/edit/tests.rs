use super::*;

const FILE: &str = "\
# top
components:   # all
  api:
    module: service # the module
    with:
      image: ghcr.io/shop/api:1.4.2 # {\"$imagepolicy\": \"x\"}
      replicas: 3
      name: 'old one'
      note: \"a\\tb\"
      env: {A: one, B: \"two\"}   # env
      empty:
      text: |
        first
        second

      args: [a, 'b']
      users:
        - name: x
          age: 1
    # after with
  cache: {module: redis, with: {memory: 512Mi}}
  bare: {module: x, with: {}}
labels:
  a: b
";

fn path(text: &str) -> FieldPath {
    text.parse().unwrap()
}

/// The lines that differ, `-` and `+`.
fn changed(before: &str, after: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let gone = old[head..old.len() - tail].iter().map(|line| format!("-{line}"));
    gone.chain(new[head..new.len() - tail].iter().map(|line| format!("+{line}"))).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_scalar_is_set_and_all_other_bytes_stay() {
    let text = |text: &str| NewScalar::text(text);
    let cases = [
        (
            "api.with.image",
            text("x:1"),
            "-      image: ghcr.io/shop/api:1.4.2 # {\"$imagepolicy\": \"x\"}\n+      image: x:1 # {\"$imagepolicy\": \"x\"}",
        ),
        ("api.with.replicas", NewScalar::plain("5"), "-      replicas: 3\n+      replicas: 5"),
        ("api.with.replicas", text("5"), "-      replicas: 3\n+      replicas: \"5\""),
        ("api.with.name", text("it's"), "-      name: 'old one'\n+      name: 'it''s'"),
        ("api.with.name", text("a\nb"), "-      name: 'old one'\n+      name: \"a\\nb\""),
        ("api.with.note", text("q\"\\"), "-      note: \"a\\tb\"\n+      note: \"q\\\"\\\\\""),
        ("api.with.name", NewScalar::plain("7"), "-      name: 'old one'\n+      name: 7"),
        (
            "api.with.env.A",
            text("x, y"),
            "-      env: {A: one, B: \"two\"}   # env\n+      env: {A: \"x, y\", B: \"two\"}   # env",
        ),
        (
            "api.with.env.B",
            text("no"),
            "-      env: {A: one, B: \"two\"}   # env\n+      env: {A: one, B: \"no\"}   # env",
        ),
        (
            "api.with.env.A",
            text("no"),
            "-      env: {A: one, B: \"two\"}   # env\n+      env: {A: \"no\", B: \"two\"}   # env",
        ),
        ("api.with.empty", text("x"), "-      empty:\n+      empty: x"),
        ("api.with.text", text("one line"), "-      text: |\n-        first\n-        second\n+      text: one line"),
        ("api.with.args[1]", text("c"), "-      args: [a, 'b']\n+      args: [a, 'c']"),
        ("api.with.args[0]", text("c]"), "-      args: [a, 'b']\n+      args: [\"c]\", 'b']"),
        ("api.with.users[0].age", NewScalar::plain("2"), "-          age: 1\n+          age: 2"),
        (
            "cache.with.memory",
            text("1Gi"),
            "-  cache: {module: redis, with: {memory: 512Mi}}\n+  cache: {module: redis, with: {memory: 1Gi}}",
        ),
    ];
    for (at, value, expected) in cases {
        let edited = set(FILE, &path(&format!("components.{at}")), &value).unwrap();
        assert_eq!(changed(FILE, &edited), expected, "{at}");
    }
}

#[test]
fn missing_keys_are_added_where_they_belong() {
    let cases = [
        (
            "components.cache.with.shards",
            "3",
            "-  cache: {module: redis, with: {memory: 512Mi}}\n+  cache: {module: redis, with: {memory: 512Mi, shards: 3}}",
        ),
        ("components.bare.with.a.b", "3", "-  bare: {module: x, with: {}}\n+  bare: {module: x, with: {a: {b: 3}}}"),
        (
            "components.bare.enabled",
            "false",
            "-  bare: {module: x, with: {}}\n+  bare: {module: x, with: {}, enabled: false}",
        ),
        ("components.api.with.empty.k", "v", "+        k: v"),
        ("components.api.with.users[0].size", "1", "+          size: 1"),
        ("components.api.enabled", "false", "+    enabled: false"),
        ("labels.c", "d: e", "+  c: \"d: e\""),
        ("drift.interval", "60s", "+drift:\n+  interval: 60s"),
        (r#"labels.["a: b"]"#, "1", "+  \"a: b\": 1"),
    ];
    for (at, value, expected) in cases {
        let edited = set(FILE, &path(at), &NewScalar::plain(value)).unwrap();
        assert_eq!(changed(FILE, &edited), expected, "{at}");
    }
    let windows = FILE.replace('\n', "\r\n");
    let edited = set(&windows, &path("labels.c"), &NewScalar::plain("1")).unwrap();
    assert_eq!(edited, windows.clone() + "  c: 1\r\n");
    assert_eq!(set("a: 1", &path("b"), &NewScalar::plain("2")).unwrap(), "a: 1\nb: 2");
}

#[test]
fn an_entry_is_removed_and_its_mapping_stays() {
    let cases = [
        ("components.api.with.replicas", "-      replicas: 3"),
        ("components.api.with.text", "-      text: |\n-        first\n-        second"),
        ("components.api.with.env.A", "-      env: {A: one, B: \"two\"}   # env\n+      env: {B: \"two\"}   # env"),
        ("components.api.with.env.B", "-      env: {A: one, B: \"two\"}   # env\n+      env: {A: one}   # env"),
        (
            "components.cache.with.memory",
            "-  cache: {module: redis, with: {memory: 512Mi}}\n+  cache: {module: redis, with: {}}",
        ),
        ("components.api.with.args[0]", "-      args: [a, 'b']\n+      args: ['b']"),
        ("components.api.with.args[1]", "-      args: [a, 'b']\n+      args: [a]"),
        ("components.api.with.users[0]", "-        - name: x\n-          age: 1\n+        []"),
        ("components.api.with.users[0].name", "-        - name: x\n-          age: 1\n+        - age: 1"),
        ("labels.a", "-  a: b\n+  {}"),
        ("labels", "-labels:\n-  a: b"),
    ];
    for (at, expected) in cases {
        let edited = remove(FILE, &path(at)).unwrap();
        assert_eq!(changed(FILE, &edited), expected, "{at}");
    }
}

const LISTS: &str = "\
flow: [a, 'b', {c: d}]   # flow
one: [a]
block:
  # of a
  - a # first
  # of b
  - 'b'
  - c: d
    e: |
      text
  - last
same:
- x
- y
nested:
  - - p
    - q
  - - r
none: []
null:
";

#[test]
fn an_element_is_removed_and_its_list_stays() {
    let cases = [
        ("flow[0]", "-flow: [a, 'b', {c: d}]   # flow\n+flow: ['b', {c: d}]   # flow"),
        ("flow[1]", "-flow: [a, 'b', {c: d}]   # flow\n+flow: [a, {c: d}]   # flow"),
        ("flow[2]", "-flow: [a, 'b', {c: d}]   # flow\n+flow: [a, 'b']   # flow"),
        ("one[0]", "-one: [a]\n+one: []"),
        ("block[0]", "-  - a # first"),
        ("block[1]", "-  - 'b'"),
        ("block[2]", "-  - c: d\n-    e: |\n-      text"),
        ("block[3]", "-  - last"),
        ("same[0]", "-- x"),
        ("same[1]", "-- y"),
        ("nested[0][0]", "-  - - p\n-    - q\n+  - - q"),
        ("nested[0][1]", "-    - q"),
        ("nested[1][0]", "-  - - r\n+  - []"),
        ("nested[1]", "-  - - r"),
    ];
    for ending in ["\n", "\r\n"] {
        let text = LISTS.replace('\n', ending);
        for (at, expected) in cases {
            let edited = remove(&text, &path(at)).unwrap_or_else(|error| panic!("{at}: {error}"));
            assert_eq!(changed(&text, &edited), expected, "{at}");
        }
    }
    assert_eq!(remove(LISTS, &path("flow[3]")).unwrap_err().to_string(), "there is no `flow[3]`");
    assert_eq!(remove("a: [1]", &path("a[0]")).unwrap(), "a: []");
    assert_eq!(remove("- a\n- b", &path("[0]")).unwrap(), "- b");
}

#[test]
fn a_list_becomes_another_and_comments_of_what_stays_are_kept() {
    let cases: [(&str, &[&str], &str); 9] = [
        ("flow", &["a", "b"], "-flow: [a, 'b', {c: d}]   # flow\n+flow: [a, 'b']   # flow"),
        ("one", &["x, y", "b"], "-one: [a]\n+one: [\"x, y\", b]"),
        ("one", &[], "-one: [a]\n+one: []"),
        ("same", &["x", "z", "- w"], "-- y\n+- z\n+- \"- w\""),
        ("nested[0]", &["p", "q", "s"], "+    - s"),
        ("nested[1]", &["8"], "-  - - r\n+  - - \"8\""),
        ("none", &["a"], "-none: []\n+none: [a]"),
        ("null", &["a", "b"], "-null:\n+null: [a, b]"),
        ("new.list", &["a"], "+new:\n+  list: [a]"),
    ];
    for (at, values, expected) in cases {
        let values: Vec<_> = values.iter().map(|value| NewScalar::text(*value)).collect();
        let edited = set_list(LISTS, &path(at), &values).unwrap_or_else(|error| panic!("{at}: {error}"));
        assert_eq!(changed(LISTS, &edited), expected, "{at}");
    }
    let values = [NewScalar::text("a"), NewScalar::plain("7")];
    let edited = set_list(LISTS, &path("block"), &values).unwrap();
    assert!(edited.contains("block:\n  # of a\n  - a # first\n  # of b\n  - 7\nsame:"), "{edited}");
    let error = set_list(LISTS, &path("flow"), &["a", "b", "c"].map(NewScalar::text)).unwrap_err();
    assert_eq!(error.to_string(), "`flow[2]` is a mapping, not a single value");
}

#[test]
fn what_cannot_be_done_is_an_error() {
    let value = NewScalar::text("x");
    let set = |text: &str, at: &str| set(text, &path(at), &value).unwrap_err().to_string();
    assert_eq!(set("a: [\n", "a"), "the file is not valid as it is: fix it first");
    assert_eq!(set("a: 1\na: 2\n", "a"), "the file is not valid as it is: fix it first");
    assert_eq!(set("a: {b: 1}\n", "a"), "`a` is a mapping, not a single value");
    assert_eq!(set("a: 1\n", "a.b"), "`a` is a number, and nothing can stand below it");
    assert_eq!(set("a: [1]\n", "a[1]"), "there is no `a[1]`");
    assert_eq!(set("a: [1]\n", "a[name=x]"), "`a[name=x]` is no path of keys");
    assert_eq!(remove("a: 1\n", &path("b")).unwrap_err().to_string(), "there is no `b`");
    // The line breaks at the end are part of the value.
    assert_eq!(
        set("a: |+\n  x\n\n", "b"),
        "`b` cannot be changed without changing something else: edit the file by hand"
    );
}

#[test]
fn any_text_reads_back() {
    let texts = [
        "",
        " ",
        "no",
        "0777",
        "1_000",
        "12:30",
        "null",
        "~",
        "a: b",
        "a #b",
        "#",
        "- a",
        "{{ x }}",
        "${var.x}",
        "'",
        "\"",
        "\\n",
        "\n",
        "a\n\n b\n",
        "é\u{1}\u{7f}\u{85}\u{2028}\u{feff}😀",
        "*x",
        "&x",
        "!x",
        "%x",
        "@x",
        "`x`",
        "|",
        ">",
        "? a",
        "[",
        "]",
        ",",
        "a,b",
        "a: ",
        "a:",
        "---",
        "...",
        "=",
        "<<",
        "true",
        "1.10",
        "2026-11-21",
        "\t",
        "a\tb",
        "x\r\ny",
    ];
    for text in texts {
        for at in [
            "components.api.with.image",
            "components.api.with.name",
            "components.api.with.note",
            "components.api.with.env.A",
            "components.api.with.args[0]",
            "components.api.with.text",
            "labels.new",
            "components.bare.with.x.y",
            "components.api.with.empty",
        ] {
            let edited = set(FILE, &path(at), &NewScalar::text(text));
            assert!(edited.is_ok(), "{at} {text:?}: {edited:?}");
        }
        let key = FieldPath::keys(["labels", text]);
        assert!(set(FILE, &key, &NewScalar::text("x")).is_ok(), "{text:?}");
    }
}

/// The paths of all scalars, and of all entries.
fn paths(node: &Node, path: &FieldPath, scalars: &mut Vec<(FieldPath, Span)>, entries: &mut Vec<FieldPath>) {
    if node.scalar_text().is_some() {
        scalars.push((path.clone(), node.span));
    }
    for entry in node.entries() {
        entries.push(path.key(entry.key.clone()));
        paths(&entry.value, &path.key(entry.key.clone()), scalars, entries);
    }
    for (at, element) in node.elements().iter().enumerate() {
        entries.push(path.join(Segment::Index(at)));
        paths(element, &path.join(Segment::Index(at)), scalars, entries);
    }
}

#[test]
fn every_leaf_of_every_example_can_be_set_and_every_entry_removed() {
    use crate::spec::fixtures::{EXAMPLE, MODULE};
    for text in [EXAMPLE, MODULE, FILE] {
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            let (root, _) = read(&text).unwrap();
            let (mut scalars, mut entries) = (Vec::new(), Vec::new());
            paths(&root, &FieldPath::default(), &mut scalars, &mut entries);
            for (path, span) in &scalars {
                for value in [NewScalar::text("a new, longer one"), NewScalar::plain("7"), NewScalar::text("")] {
                    let edited = set(&text, path, &value).unwrap_or_else(|error| panic!("{path}: {error}"));
                    let (before, after) = (&text[..span.start as usize], &text[span.end as usize..]);
                    assert!(edited.starts_with(before) && edited.ends_with(after), "{path}");
                    let back = NewScalar::plain(text[span.start as usize..span.end as usize].trim_matches(['"', '\'']));
                    assert!(set(&edited, path, &back).is_ok(), "{path}");
                }
            }
            for path in &entries {
                let edited = remove(&text, path).unwrap_or_else(|error| panic!("{path}: {error}"));
                assert!(edited.len() < text.len() || edited.contains("{}") || edited.contains("[]"), "{path}");
            }
            assert!(scalars.len() > 5 && entries.len() > 10);
        }
    }
}
