use super::*;

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
