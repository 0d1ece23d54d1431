use super::*;
use crate::diag::{Diagnostic, Sink, SourceMap, Span, code};

fn example() -> (Sink, SourceMap) {
    let mut sources = SourceMap::default();
    let text = "a: 1\r\né: {modul: redis, password: hunter2}\r\nb: 2\r\na: 3\r\n";
    let file = sources.add("environments/a,b%.yaml", text);
    let at = |what: &str, from: usize| {
        let start = text[from..].find(what).unwrap() + from;
        Span::new(file, u32::try_from(start).unwrap(), u32::try_from(start + what.len()).unwrap())
    };
    let mut sink = Sink::default();
    sink.push(
        Diagnostic::error(code::DUPLICATE_KEY, at("a", 50), "the key `a` stands here a second time")
            .label(at("a", 0), "the first one")
            .help("remove one"),
    );
    sink.push(Diagnostic::error(code::LITERAL_SECRET, at("hunter2", 0), "`password` is a secret"));
    sink.push(
        Diagnostic::warning(code::UNKNOWN_KEY, at("modul", 0), "a component has no key `modul`")
            .help("did you\nmean `module`?"),
    );
    sink.push(Diagnostic::error(code::EMPTY_FILE, None, "100% nothing"));
    (sink, sources)
}

#[test]
fn people_see_the_line_and_never_a_secret() {
    let (sink, sources) = example();
    let expected = "\
error[DL0109]: 100% nothing

warning[DL0102]: a component has no key `modul`
 --> environments/a,b%.yaml:2:5
  |
2 | é: {modul: redis, password: *******}
  |     ^^^^^
  |
  = help: did you
          mean `module`?

error[DL0135]: `password` is a secret
 --> environments/a,b%.yaml:2:29
  |
2 | é: {modul: redis, password: *******}
  |                             ^^^^^^^

error[DL0104]: the key `a` stands here a second time
 --> environments/a,b%.yaml:4:1
  |
4 | a: 3
  | ^
  |
 ::: environments/a,b%.yaml:1:1
  |
1 | a: 1
  | - the first one
  |
  = help: remove one

";
    assert_eq!(human(&sink, &sources, false), expected);
    let colored = human(&sink, &sources, true);
    assert!(colored.contains("\u{1b}[") && !colored.contains("hunter2"));
}

#[test]
fn workflow_commands_are_escaped() {
    let (sink, sources) = example();
    let expected = "\
::error title=DL0109::100%25 nothing
::warning file=environments/a%2Cb%25.yaml,line=2,endLine=2,col=5,endColumn=10,title=DL0102::a component has no key `modul`%0Ahelp: did you%0Amean `module`?
::error file=environments/a%2Cb%25.yaml,line=2,endLine=2,col=29,endColumn=36,title=DL0135::`password` is a secret
::error file=environments/a%2Cb%25.yaml,line=4,endLine=4,col=1,endColumn=2,title=DL0104::the key `a` stands here a second time%0Ahelp: remove one
";
    assert_eq!(github(&sink, &sources), expected);
}

#[test]
fn json_has_all_fields() {
    let (sink, sources) = example();
    let shape = json(&sink, &sources);
    assert_eq!(shape["kind"], "Diagnostics");
    assert_eq!(shape["format_version"], "1.0");
    let all = shape["diagnostics"].as_array().unwrap();
    let first = serde_json::json!({"code": "DL0109", "severity": "error", "message": "100% nothing", "file": null, "line": null, "column": null,
        "end_line": null, "end_column": null, "help": null, "related": []});
    assert_eq!(all[0], first);
    let last = serde_json::json!({"code": "DL0104", "severity": "error", "message": "the key `a` stands here a second time",
        "file": "environments/a,b%.yaml", "line": 4, "column": 1, "end_line": 4, "end_column": 2, "help": "remove one",
        "related": [{"message": "the first one", "file": "environments/a,b%.yaml", "line": 1, "column": 1, "end_line": 1, "end_column": 2}]});
    assert_eq!(all[3], last);
}

#[test]
fn long_lines_are_cut_and_endless_ones_left_out() {
    let mut sources = SourceMap::default();
    let long = sources.add("long.yaml", &format!("a: {} b: 1\n", "x".repeat(1_000)));
    let endless = sources.add("endless.yaml", &format!("a: {} b: 1\n", "x".repeat(1_000_000)));
    let mut sink = Sink::default();
    for file in [long, endless] {
        sink.push(Diagnostic::error(code::YAML_SYNTAX, Span::new(file, 1_002, 1_003), "wrong"));
    }
    let text = human(&sink, &sources, false);
    assert!(text.lines().all(|line| line.chars().count() <= 160), "{text}");
    assert!(text.contains("long.yaml:1:1003") && text.contains("endless.yaml:1:1003"), "{text}");
}
