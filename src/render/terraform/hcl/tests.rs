use super::*;
use proptest::prelude::*;

#[test]
fn a_file_is_laid_out_as_terraform_fmt_leaves_it() {
    let mut file = Body::default();
    file.block(
        Block::new("variable", ["memory_bytes"])
            .with("description", "Memory of each member, in bytes.")
            .with("type", Expression::raw("number"))
            .with("default", Expression::Int(536_870_912))
            .with_block(
                Block::new("validation", [])
                    .with("condition", Expression::raw("var.memory_bytes >= 6291456"))
                    .with("error_message", "The engine gives a container at least 6 MiB."),
            ),
    );
    file.comment("A member each.\nAnd a second line.");
    file.block(
        Block::new("resource", ["docker_container", "this"])
            .with("for_each", Expression::raw("local.members"))
            .with(
                "labels",
                Expression::object([
                    ("a", Expression::from("x")),
                    ("longer", "y".into()),
                    ("driftless.dev/owner", "z".into()),
                    ("é", "é".into()),
                ]),
            )
            .with(
                "name",
                Expression::Template(vec![Piece::Literal("a$".into()), Piece::Interpolation("each.key".into())]),
            )
            .with("image", Expression::Template(vec![Piece::Interpolation("var.image".into())]))
            .with("command", Expression::List(vec!["a".into(), Expression::Int(1)]))
            .with("many", Expression::List(vec![Expression::Text("x".repeat(40)), Expression::Text("y".repeat(40))]))
            .with("note", "x")
            .with("script", Expression::Lines("#!/bin/sh\n\necho ${HOME} %{x} \\ \"\n  indented\n".into()))
            .with("longer_before", "x")
            .with("members", Expression::raw("{\n  for name in var.members : name => true\n}"))
            .with("empty", Expression::Object(vec![]))
            .with(
                "call",
                Expression::Call(
                    "merge".into(),
                    vec![Expression::raw("var.labels"), Expression::object([("a", Expression::Null)])],
                ),
            )
            .with_block(Block::new("lifecycle", [])),
    );
    let expected = r#"variable "memory_bytes" {
  description = "Memory of each member, in bytes."
  type        = number
  default     = 536870912

  validation {
    condition     = var.memory_bytes >= 6291456
    error_message = "The engine gives a container at least 6 MiB."
  }
}

# A member each.
# And a second line.
resource "docker_container" "this" {
  for_each = local.members
  labels = {
    a                     = "x"
    longer                = "y"
    "driftless.dev/owner" = "z"
    "\u00e9"              = "é"
  }
  name    = "a\u0024${each.key}"
  image   = var.image
  command = ["a", 1]
  many = [
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
  ]
  note          = "x"
  script        = <<-EOT
    #!/bin/sh

    echo $${HOME} %%{x} \ "
      indented
  EOT
  longer_before = "x"
  members = {
    for name in var.members : name => true
  }
  empty = {}
  call = merge(var.labels, {
    a = null
  })

  lifecycle {}
}
"#;
    assert_eq!(write(&file), expected);
}

/// What Terraform reads out of a quoted template without expressions; none where it would see one. After its grammar.
fn unquote(written: &str) -> Option<String> {
    let mut rest = written.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::new();
    while let Some(first) = rest.chars().next() {
        let (text, length) = match first {
            '\\' => escape(rest)?,
            '$' | '%' if rest[1..].starts_with('{') => return None,
            '$' | '%' if rest[1..].starts_with(&format!("{first}{{")) => (format!("{first}{{"), 3),
            '"' | '\n' => return None,
            other => (other.to_string(), other.len_utf8()),
        };
        out.push_str(&text);
        rest = &rest[length..];
    }
    Some(out)
}

fn escape(rest: &str) -> Option<(String, usize)> {
    let digits = |count: usize| {
        let code = u32::from_str_radix(rest.get(2..2 + count)?, 16).ok()?;
        Some((char::from_u32(code)?.to_string(), 2 + count))
    };
    match rest.chars().nth(1)? {
        'n' => Some(("\n".into(), 2)),
        'r' => Some(("\r".into(), 2)),
        't' => Some(("\t".into(), 2)),
        '"' => Some(("\"".into(), 2)),
        '\\' => Some(("\\".into(), 2)),
        'u' => digits(4),
        'U' => digits(8),
        _ => None,
    }
}

/// What Terraform reads out of an indented heredoc without expressions.
fn unindent(written: &str, indent: usize) -> Option<String> {
    let end = format!("\n{}EOT", " ".repeat(indent));
    let body = written.strip_prefix("<<-EOT\n")?.strip_suffix(&end)?;
    let columns = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let common = body.split('\n').filter(|line| !line.is_empty()).map(|line| columns(&line)).min()?;
    let mut out = String::new();
    for line in body.split('\n') {
        let line = line.get(common..).unwrap_or(line);
        out.push_str(&line.replace("$${", "${").replace("%%{", "%{"));
        out.push('\n');
    }
    Some(out)
}

fn text() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "$", "%", "{", "}", "${", "%{", "$${", "\\", "\"", "\n", " ", "  x", "EOT", "\t", "a", "é", "\u{1}", "\r", "~",
    ];
    let pieces = prop_oneof![
        4 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn text_arrives_unchanged(text in text()) {
        let quoted = write_expression(&Expression::Text(text.clone()), 2);
        prop_assert_eq!(unquote(&quoted), Some(text.clone()), "{}", quoted);
        let lines = write_expression(&Expression::Lines(text.clone() + "\n"), 2);
        let read = if lines.starts_with("<<-") { unindent(&lines, 2) } else { unquote(&lines) };
        prop_assert_eq!(read, Some(text.clone() + "\n"), "{}", lines);
        let key = text::key(&Key::Text(text.clone()));
        prop_assert!(key.is_ascii());
        prop_assert_eq!(if key.starts_with('"') { unquote(&key) } else { Some(key) }, Some(text));
    }
}
