use super::*;
use crate::spec::fixtures::MODULE;
use crate::spec::shape::Range;

fn module() -> ModuleFile {
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let file = sources.add("modules/redis/module.yaml", MODULE);
    let module = ModuleFile::read(file, Some("redis"), &sources, &mut sink);
    assert!(sink.is_empty());
    module.unwrap()
}

fn checked(with: &str) -> Vec<String> {
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let file = sources.add("x.yaml", with);
    let node = crate::spec::parse(file, &sources, &mut sink).unwrap();
    module().check_inputs(node.get("with"), node.span, &mut sink);
    let told = sink.sorted().into_iter();
    told.map(|d| {
        format!("{} `{}` {} | {}", d.code, sources.slice(d.span.unwrap()), d.message, d.help.as_deref().unwrap_or(""))
    })
    .collect()
}

#[test]
fn a_module_is_typed() {
    let module = module();
    assert_eq!(
        (module.name.as_str(), module.version.as_str(), module.description.as_str()),
        ("redis", "7.4.1-rc.1", "Redis.")
    );
    let mode = &module.inputs["mode"];
    assert_eq!(mode.ty, InputType::Enum(vec!["standalone".into(), "cluster".into()]));
    assert!(mode.immutable && !mode.required && mode.docs == "How it runs.");
    assert_eq!(mode.default.as_ref().and_then(Node::scalar_text), Some("standalone"));
    assert_eq!(module.inputs["shards"].ty, InputType::Int(Range::between(1, 100)));
    assert_eq!(module.inputs["memory"].ty, InputType::Quantity(Range::between(64 << 20, 1 << 40)));
    assert_eq!(module.inputs["cpu"].ty, InputType::Cpu(Range { min: None, max: Some(64_000) }));
    assert_eq!(module.inputs["timeout"].ty, InputType::Duration(Range::at_least(1)));
    assert!(module.inputs["image"].required);
    let InputType::Map { values, keys, size } = &module.inputs["users"].ty else { panic!() };
    let InputType::Object(fields) = &**values else { panic!() };
    assert_eq!(
        (keys, *size, fields.keys().map(String::as_str).collect::<Vec<_>>()),
        (&None, Range::ANY, vec!["rules", "password", "limits"])
    );
    let ints = InputType::List { elements: Box::new(InputType::Int(Range::ANY)), size: Range::ANY };
    assert_eq!(fields["limits"].ty, InputType::Map { values: Box::new(ints), keys: None, size: Range::ANY });
    let outputs: Vec<_> = module.outputs.iter().map(|(name, output)| (name.as_str(), output.sensitive)).collect();
    assert_eq!(outputs, [("url", true), ("port.redis", false)]);
}

#[test]
fn inputs_are_checked_against_their_types() {
    assert_eq!(checked("with: {image: redis}\n"), Vec::<String>::new());
    let references = "with: {image: '${var.i}', shards: '${var.n}', tls: '${var.t}', memory: '${a.b}', mode: '${var.m}', port: 'x${var.p}', users: {a: {rules: x, \
                      password: '${secret.a}'}}}\n";
    assert_eq!(checked(references), Vec::<String>::new());
    let cases = [
        (
            "{}",
            "DL0120 `{}` `with` of the module `redis` has no `image` | add `image: ...`, an image like `redis:7.4` or `ghcr.io/shop/api@sha256:...`",
        ),
        ("{imag: redis}", "DL0102 `imag` `with` of the module `redis` has no key `imag` | did you mean `image`?"),
        (
            "{image: Redis}",
            "DL0121 `Redis` `image` does not have the right form | it must be an image like `redis:7.4` or `ghcr.io/shop/api@sha256:...`",
        ),
        ("{image: r, shards: 101}", "DL0122 `101` `shards` is out of range | it takes values from 1 to 100"),
        (
            "{image: r, shards: 0x10}",
            "DL0125 `0x10` `shards` takes a whole number from 1 to 100, and `0x10` is text in YAML 1.2 | write `16`",
        ),
        ("{image: r, memory: 32Mi}", "DL0122 `32Mi` `memory` is out of range | it takes values from 64Mi to 1Ti"),
        (
            "{image: r, memory: 512MB}",
            "DL0121 `512MB` `memory` does not have the right form | it must be a number of bytes like `512Mi`",
        ),
        ("{image: r, cpu: 65}", "DL0122 `65` `cpu` is out of range | it takes values up to 64"),
        ("{image: r, port: 65536}", "DL0122 `65536` `port` is out of range | it takes values from 1 to 65535"),
        (
            "{image: r, timeout: 5}",
            "DL0103 `5` `timeout` takes a duration like `90s` or `1h30m`, and this is a number | write the unit: `5s`",
        ),
        (
            "{image: r, tls: yes}",
            "DL0125 `yes` `tls` takes `true` or `false`, and `yes` is text in YAML 1.2 | write `true`",
        ),
        (
            "{image: r, prefix: A}",
            "DL0121 `A` `prefix` does not have the right form | it must be text that matches `[a-z]*`",
        ),
        (
            "{image: r, prefix: aaaaaaaaaaaaaaaaaaaaa}",
            "DL0122 `aaaaaaaaaaaaaaaaaaaaa` `prefix` has 21 characters | it takes up to 20",
        ),
        ("{image: r, config: {A: 1}}", "DL0121 `A` `A` cannot be a name here | it must be text that matches `[a-z-]+`"),
        ("{image: r, config: {a: [1]}}", "DL0103 `[1]` `a` takes text, a number or a boolean, and this is a list | "),
        (
            "{image: r, args: [a, 1]}",
            "DL0103 `1` an element of `args` takes text, and this is a number | quote it to make it text: `\"1\"`",
        ),
        ("{image: r, hosts: [a, b, c, d]}", "DL0122 `[a, b, c, d]` `hosts` has 4 elements | it takes up to 3"),
        (
            "{image: r, users: {a: {rules: x}}}",
            "DL0120 `rules` `a` has no `password` | add `password: ...`, a reference to a secret like `${secret.NAME}`",
        ),
        (
            "{image: r, users: {a: {rules: x, password: '${secret.a}', limits: {x: [a]}}}}",
            "DL0103 `a` an element of `x` takes a whole number, and this is text | ",
        ),
        ("3", "DL0103 `3` `with` takes a mapping, and this is a number | "),
    ];
    for (with, expected) in cases {
        assert_eq!(checked(&format!("with: {with}\n")), [expected], "{with}");
    }
}
