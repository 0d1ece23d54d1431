use super::*;
use crate::spec::{NodeKind, Scalar};

/// The node, the diagnostics, the sources.
pub fn read(text: &str) -> (Option<Node>, Vec<String>, SourceMap) {
    let mut sources = SourceMap::default();
    let mut sink = Sink::default();
    let file = sources.add("a.yaml", text);
    let node = parse(file, &sources, &mut sink);
    let told = sink.sorted().into_iter().map(|d| {
        let place = sources.place(d.span.unwrap());
        format!("{} {}:{}-{}:{} {}", d.code, place.line, place.column, place.end_line, place.end_column, d.message)
    });
    let told = told.collect();
    (node, told, sources)
}

/// The node of a text that is right.
pub fn parsed(text: &str) -> Node {
    let (node, told, _) = read(text);
    assert_eq!(told, Vec::<String>::new(), "{text}");
    node.unwrap()
}

/// One line of flow style, scalars as they read.
pub fn print(node: &Node) -> String {
    match &node.kind {
        NodeKind::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|e| format!("{}: {}", e.key, print(&e.value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        NodeKind::List(list) => format!("[{}]", list.iter().map(print).collect::<Vec<_>>().join(", ")),
        NodeKind::Scalar { scalar: Scalar::Null, .. } => "~".into(),
        NodeKind::Scalar { scalar: Scalar::Text, text, .. } => format!("{text:?}"),
        NodeKind::Scalar { text, .. } => text.clone(),
    }
}

/// Every scalar's and collection's bytes, in order.
fn slices(node: &Node, sources: &SourceMap, out: &mut Vec<String>) {
    out.push(sources.slice(node.span).to_owned());
    for entry in node.entries() {
        assert!(!sources.slice(entry.key_span).is_empty());
        slices(&entry.value, sources, out);
    }
    node.elements().iter().for_each(|element| slices(element, sources, out));
}

#[test]
fn every_node_knows_its_bytes() {
    let text = "é:\n  b: 'x y' # c\n  c: |  # header | more\n\n    one\n    two\n\n# end\nd: [1, {e: }]\nf:\n- \"q\\n\"\n-\ng: >-\n  x\n\nh:\n";
    let (node, told, sources) = read(text);
    let node = node.unwrap();
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(print(&node), r#"{é: {b: "x y", c: "\none\ntwo\n"}, d: [1, {e: ~}], f: ["q\n", ~], g: "x", h: ~}"#);
    let mut found = Vec::new();
    slices(&node, &sources, &mut found);
    let expected = [
        text.trim_end_matches('\n'),
        "b: 'x y' # c\n  c: |  # header | more\n\n    one\n    two",
        "'x y'",
        "|  # header | more\n\n    one\n    two",
        "[1, {e: }]",
        "1",
        "{e: }",
        "",
        "- \"q\\n\"\n-",
        "\"q\\n\"",
        "",
        ">-\n  x",
        "",
    ];
    assert_eq!(found, expected);
    let missing = node.get("h").unwrap().span;
    assert_eq!(sources.place(missing).to_string(), "a.yaml:16:3");
}

#[test]
fn carriage_returns_change_nothing() {
    let text = "a: 1\nb:\n  c: |\n    x\n    y\n  d: [q,\n    r]\n";
    assert_eq!(print(&parsed(text)), print(&parsed(&text.replace('\n', "\r\n"))));
}

#[test]
fn what_is_refused_is_told_with_its_bytes_and_reading_goes_on() {
    let cases: &[(&str, &[&str])] = &[
        ("", &["DL0109 1:1-1:1 the file is empty"]),
        ("# nothing\n---\n", &["DL0109 1:1-1:1 the file is empty"]),
        ("a: 1\n---\nb: 2\n", &["DL0110 2:1-2:4 a second document starts here"]),
        (
            "a: 1\na: 2\nb: {c: 1, c: 2}\n",
            &[
                "DL0104 2:1-2:2 the key `a` stands here a second time",
                "DL0104 3:11-3:12 the key `c` stands here a second time",
            ],
        ),
        (
            "a: &x 1\nb: *x\nc: [*y]\n",
            &[
                "DL0113 1:4-1:6 anchors are not accepted: `&x`",
                "DL0113 2:4-2:6 aliases are not accepted: `*x`",
                "DL0113 3:5-3:7 aliases are not accepted: `*y`",
            ],
        ),
        ("a: {x: 1}\nb: {<<: *a, y: 2}\n", &["DL0115 2:5-2:7 the merge key `<<` is not accepted"]),
        (
            "a: !!str 1\nb: !x {c: 1}\n",
            &["DL0114 1:4-1:9 tags are not accepted", "DL0114 2:4-2:6 tags are not accepted"],
        ),
        (
            "? [1]\n: 2\n: 3\nb: {[c]: d}\n",
            &[
                "DL0116 1:3-1:4 a key must be text, not a collection",
                "DL0116 3:1-3:1 there is no key before the `:`",
                "DL0116 4:5-4:6 a key must be text, not a collection",
            ],
        ),
        ("a: {{ b }}\n", &["DL0116 1:5-1:6 a key must be text, not a collection"]),
        ("%YAML 1.1\n---\na: 1\n", &["DL0118 1:1-1:6 the file says that it is YAML 1.1, and YAML 1.2 is read"]),
        ("a:\n\tb: 1\n", &["DL0111 2:1-2:2 a tab stands where YAML wants spaces"]),
        ("a:\n  b: 1\n\tc: 1\n", &["DL0111 3:1-3:2 a tab stands where YAML wants spaces"]),
        ("a: \"x\nb: 1\nc: 2\n", &["DL0101 1:4-1:5 this quote is not closed"]),
        ("a: [1, 2\nb: 3\nc: 1\n", &["DL0101 2:2-2:3 a `:` cannot stand here"]),
        ("a: [1, 2\n", &["DL0101 1:4-1:5 this bracket is not closed"]),
        (
            "a: b: c\nd: @x\ne: `x`\nf\ng: %\nh: 1\nh: 2\n",
            &[
                "DL0101 1:5-1:6 a `:` cannot stand here",
                "DL0101 2:4-2:5 a value without quotes cannot start with this character",
                "DL0101 3:4-3:5 a value without quotes cannot start with this character",
                "DL0101 5:4-5:5 a value without quotes cannot start with this character",
                "DL0104 7:1-7:2 the key `h` stands here a second time",
            ],
        ),
        ("{a: ${x.y}, b: 1}\n", &["DL0101 1:6-1:7 a `,` or a closing bracket is expected here"]),
        (
            "a: \"\\q\"\nb: 1\nb: 1\n",
            &[
                "DL0101 1:4-1:5 this text has a `\\` that escapes nothing",
                "DL0104 3:1-3:2 the key `b` stands here a second time",
            ],
        ),
        ("b:\n    c: 1\n   d: 2\n", &["DL0101 3:4-3:5 a key is expected here; the indentation fits no mapping above"]),
        ("a: 1\nb\nc: 2\n", &["DL0101 2:1-2:2 a key is expected here, with a `:` behind it"]),
        ("- a\nb: c\n", &["DL0101 2:1-2:2 a `- ` is expected here; a list and a mapping cannot be mixed"]),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).1, *expected, "{text}");
    }
}

#[test]
fn a_file_is_bounded() {
    let deep = |levels: usize| format!("{}1{}\n", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(read(&deep(64)).1, Vec::<String>::new());
    let told = ["DL0112 1:65-1:66 collections are nested more than 64 levels deep"];
    for levels in [65, 200] {
        assert_eq!(read(&deep(levels)).1, told);
    }
    let told = ["DL0112 1:251-1:252 collections are nested more than 64 levels deep"];
    assert_eq!(read(&deep(400_000)).1, told);
    let block: String = (0..100).map(|level| " ".repeat(level) + "a:\n").collect();
    assert_eq!(read(&block).1, ["DL0112 65:65-65:66 collections are nested more than 64 levels deep"]);
    let wide = format!("[{}]\n", "1,".repeat(MAX_NODES));
    assert_eq!(read(&wide).1, ["DL0117 1:200000-1:200001 the file has more than 100000 keys and values"]);
}

#[test]
fn what_is_refused_is_left_out() {
    let (node, told, _) = read("a: *x\nb: [1, *x, {c: !!str 2, <<: [1]}]\nb: 3\nd: 4\n");
    assert_eq!(told.len(), 4);
    assert_eq!(print(&node.unwrap()), r#"{b: [1, {c: "2"}], d: 4}"#);
}
