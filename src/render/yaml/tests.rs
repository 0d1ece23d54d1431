use super::*;
use crate::model::tree::Float;
use granit_parser::{Event, Parser, ScalarStyle};
use proptest::prelude::*;

/// What a reader of YAML 1.2 makes of a document. Refuses a plain scalar that a reader of YAML 1.1 might take for something else.
fn read(text: &str) -> Tree {
    let mut events: Vec<_> = Parser::new_from_str(text)
        .map(|next| next.unwrap_or_else(|error| panic!("{error:?} in\n{text}")).0)
        .filter(|event| !matches!(event, Event::Comment(..)))
        .collect();
    events.reverse();
    assert!(matches!(events.pop(), Some(Event::StreamStart)));
    assert!(matches!(events.pop(), Some(Event::DocumentStart(..))));
    let tree = read_node(&mut events);
    assert!(matches!(events.pop(), Some(Event::DocumentEnd)), "{text}");
    tree
}

fn read_node(events: &mut Vec<Event<'_>>) -> Tree {
    match events.pop().unwrap() {
        Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text),
        Event::Scalar(text, ..) => Tree::text(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut list = Vec::new();
            while !matches!(events.last(), Some(Event::SequenceEnd)) {
                list.push(read_node(events));
            }
            events.pop();
            Tree::List(list)
        }
        Event::MappingStart(..) => {
            let mut map = IndexMap::new();
            while !matches!(events.last(), Some(Event::MappingEnd)) {
                let Tree::Text(key) = read_node(events) else { panic!("a key that is no text") };
                let value = read_node(events);
                map.insert(key.as_literal().unwrap().to_owned(), value);
            }
            events.pop();
            Tree::Map(map)
        }
        other => panic!("{other:?}"),
    }
}

fn plain(text: &str) -> Tree {
    match text {
        "null" => Tree::Null,
        "true" => Tree::Bool(true),
        "false" => Tree::Bool(false),
        _ => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => Tree::Int(number),
            (_, Ok(number)) => Tree::Float(Float(number)),
            _ => Tree::text(text),
        },
    }
}

const NASTY: &[&str] = &[
    "",
    " ",
    "a b",
    "no",
    "NO",
    "y",
    "on",
    "null",
    "~",
    "true",
    "0777",
    "0o17",
    "1_000",
    "12:30",
    "12:30:45",
    "1e3",
    "1.5",
    ".5",
    "5.",
    "+1",
    "-1",
    "-",
    "--flag",
    "-c",
    "---",
    "...",
    "--- a",
    "2026-11-21",
    "2026-11-21T10:00:00Z",
    "=",
    "<<",
    "<",
    ".inf",
    "-.INF",
    ".nan",
    "nan",
    "0x1F",
    "0b1",
    "#x",
    "a #b",
    "a#b",
    "a: b",
    "a:",
    ":a",
    "a:b",
    "? x",
    "?x",
    "!x",
    "&x",
    "*x",
    "%x",
    "@x",
    "`x",
    "[x",
    "{x}",
    "{{ x }}",
    "x {{ y }}",
    "|",
    ">",
    "'x'",
    "\"x\"",
    "x\"y",
    "a,b",
    "a]b",
    "\\",
    "\\n",
    "\t",
    "a\tb",
    " a",
    "a ",
    "a\n",
    "a\nb",
    "a\nb\n",
    "a\n\n",
    "\na\n",
    "\n",
    "\n\n",
    " a\nb\n",
    "a\n b\n",
    "a\n  \nb",
    "a\nb ",
    "a \nb\n",
    "\ta\nb\n",
    "a\n\tb\n",
    "a\r\nb",
    "\r",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{ad}",
    "\u{2028}a",
    "\u{feff}",
    "\u{fffe}",
    "\u{ffff}",
    "é",
    "日本",
    "١٢",
    "😀",
    "😀\na",
    "a\u{85}b\nc\n",
    "10.0.0.1",
    "7.4.1",
    "1.2.",
    "1..2",
    "30s",
    "512m",
    "8080:80",
    "a\n#b\n",
    "# a\nb\n",
    "a\n---\nb\n",
    "...\na\n",
    "e3",
    "0e0",
    "1 2",
    "١.٥",
    "_1",
    "1__",
    "+",
    "+.",
    ".",
    "..",
    "-.",
    "$x",
    "${x}",
    "(x)",
    "/a",
    "a\\",
    "Null",
    "yEs",
    "0.",
    "0X1",
    "123e45",
    "deadbeef",
];

#[test]
fn nasty_text_is_read_back_as_value_key_and_element() {
    for text in NASTY {
        let tree = Tree::from([
            ("value", Tree::text(*text)),
            ("list", Tree::List(vec![Tree::text(*text), Tree::List(vec![Tree::text(*text)])])),
            (
                "maps",
                Tree::List(vec![Tree::from([
                    ((*text).to_owned() + "k", Tree::text(*text)),
                    ("z".to_owned(), Tree::Null),
                ])]),
            ),
            ("map", Tree::from([(*text, Tree::text(*text))])),
        ]);
        let written = write_tree(&tree);
        assert_eq!(read(&written), tree, "{text:?}\n{written}");
        let written = write_tree(&Tree::text(*text));
        assert_eq!(read(&written), Tree::text(*text), "{text:?}\n{written}");
    }
}

#[test]
fn a_document_looks_as_a_person_would_write_it() {
    let service = Tree::from([
        ("image", Tree::text("redis:7.4.1")),
        ("command", Tree::from(vec!["sh", "-c", "echo $HOME", "no", "1"])),
        ("script", Tree::text("#!/bin/sh\nset -eu\n\nexec redis-server\n")),
        ("unterminated", Tree::text("a\nb")),
        ("ports", Tree::List(vec![Tree::from([("target", Tree::Int(6379)), ("published", Tree::text("6379"))])])),
        ("nested", Tree::List(vec![Tree::from(vec!["a", "b"]), Tree::List(vec![]), Tree::map()])),
        ("ratio", Tree::Float(Float(0.5))),
        ("init", Tree::Bool(true)),
        ("nothing", Tree::Null),
        ("a b: c", Tree::text("x: y")),
    ]);
    let expected = r#"image: redis:7.4.1
command:
  - sh
  - -c
  - echo $HOME
  - "no"
  - "1"
script: |
  #!/bin/sh
  set -eu

  exec redis-server
unterminated: |-
  a
  b
ports:
  - target: 6379
    published: "6379"
nested:
  - - a
    - b
  - []
  - {}
ratio: 0.5
init: true
nothing: null
"a b: c": "x: y"
"#;
    assert_eq!(write_tree(&service), expected);
}

#[test]
fn raw_expressions_blocks_and_lines_stand_where_they_were_put() {
    let list = Node::List(vec![
        Item { before: vec![Line::Comment("first".into())], value: Node::Raw("{{ .x }}".into()), after: vec![] },
        Item {
            before: vec![Line::Raw("{{- if .y }}".into())],
            value: Node::Map(vec![Entry::new("a", Node::Int(1)).above(Line::Comment("inside".into()))]),
            after: vec![Line::Raw("{{- end }}".into())],
        },
    ]);
    let node = Node::Map(vec![
        Entry::new("image", Node::Raw("{{ .Values.image | quote }}".into())).above(Line::Comment("one\n\ntwo".into())),
        Entry::new("resources", Node::Block(format!("{{{{- toYaml .Values.resources | nindent {COLUMNS} }}}}")))
            .above(Line::Blank)
            .above(Line::Raw("{{- with .Values.resources }}".into()))
            .below(Line::Raw("{{- end }}".into())),
        Entry::new("list", list),
    ]);
    let expected = "# one
#
# two
image: {{ .Values.image | quote }}

{{- with .Values.resources }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
{{- end }}
list:
  # first
  - {{ .x }}
  {{- if .y }}
  -
    # inside
    a: 1
  {{- end }}
";
    assert_eq!(write(&node), expected);
}

fn text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        4 => prop::sample::select(NASTY).prop_map(str::to_owned),
        2 => any::<char>().prop_map(String::from),
        2 => "[ -~]{0,8}",
        1 => Just("\n".to_owned()),
    ];
    prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        6 => text().prop_map(Tree::text),
        1 => any::<i64>().prop_map(Tree::Int),
        1 => any::<bool>().prop_map(Tree::Bool),
        1 => Just(Tree::Null),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::List),
            prop::collection::vec((text(), inner), 0..4).prop_map(|entries| Tree::Map(entries.into_iter().collect())),
        ]
    })
}

#[test]
fn a_key_may_be_longer_than_what_fits_before_a_colon() {
    let long = "x".repeat(1_500);
    let inner =
        Tree::from([(long.clone(), Tree::from([("a", Tree::text("b\nc\n"))])), (long.clone() + " ", Tree::text(""))]);
    let tree = Tree::from([("outer", Tree::List(vec![inner]))]);
    assert_eq!(read(&write_tree(&tree)), tree);
}

proptest! {
    #[test]
    fn any_tree_is_read_back(tree in tree()) {
        let written = write_tree(&tree);
        prop_assert_eq!(read(&written), tree, "{}", written);
    }
}
