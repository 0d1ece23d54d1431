use super::*;
use crate::diag::SourceMap;
use crate::model::Part;

fn globals() -> IndexMap<String, Datum> {
    let place = Span::new(FileId(7), 3, 9);
    let secret = Datum::value(Value::from_parts([Part::Literal("x".into()), Part::Secret("password".into())]));
    let inputs = Datum::map(IndexMap::from([
        ("name".to_owned(), Datum::text("a\"b\n\u{e000}").at(Some(place))),
        ("count".to_owned(), Kind::Int(3).into()),
        ("secret".to_owned(), secret.at(Some(place))),
        ("list".to_owned(), Datum::list(vec![Datum::text("x"), Kind::Bool(true).into()])),
        ("nothing".to_owned(), Kind::Null.into()),
    ]));
    IndexMap::from([("inputs".to_owned(), inputs)])
}

fn read(source: &str) -> (SourceMap, Result<Template, Failure>) {
    let mut sources = SourceMap::default();
    let file = sources.add("t.j2", source);
    (sources, Template::read(source, file))
}

fn text(source: &str) -> String {
    let rendering = read(source).1.unwrap().render_text(&globals(), &NoHost);
    assert_eq!(rendering.diagnostics, [], "{source}");
    rendering.output.unwrap().display()
}

/// The code, the place and the message of what is wrong.
fn failure(source: &str) -> String {
    let (sources, template) = read(source);
    let diagnostic = match template {
        Err(Failure(diagnostic)) => *diagnostic,
        Ok(template) => template.render_text(&globals(), &NoHost).diagnostics.remove(0),
    };
    let place = sources.place(diagnostic.span.unwrap());
    format!("{} {}:{} {}", diagnostic.code, place.line, place.column, diagnostic.message)
}

#[test]
fn expressions_have_the_values_that_jinja_gives_them() {
    let cases = [
        ("{{ 1 + 2 * 3 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ 1 / 2 }}", "7 3 3 0.5"),
        ("{{ true }} {{ not true }} {{ 1 < 2 < 3 }}", "true false true"),
        ("{{ 'a' ~ 1 ~ true }}{{ 'x' * 3 }}", "a1truexxx"),
        ("{% for x in inputs.list %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}", "1x,2true"),
        ("{% for i in range(5) if i is odd %}{{ i }}{% else %}none{% endfor %}", "13"),
        ("{{ inputs.missing|default('d') }}{{ inputs.nothing|default('n') }}", "dn"),
        ("{{ inputs.missing is defined }} {{ inputs.count is defined }}", "false true"),
        ("{% macro m(a, b=2) %}<{{ a }}{{ b }}>{% endmacro %}{{ m(1) }}{{ m(1, b=3) }}", "<12><13>"),
        ("{% set x %}a\nb{% endset %}{{ x|indent(2) }}", "a\n  b"),
        ("{% set n = namespace(t=0) %}{% for i in range(4) %}{% set n.t = n.t + i %}{% endfor %}{{ n.t }}", "6"),
        ("{{ [3, 1, 2]|sort|join('-') }} {{ 'b a'|split|first|upper }}", "1-2-3 B"),
        ("{{ '512Mi'|bytes }} {{ 'it\\'s'|quote }}", r"536870912 'it'\''s'"),
        ("{{ {'b': 1, 'a': [true, none]}|tojson }}", r#"{"b":1,"a":[true,null]}"#),
        ("{% if inputs.count > 2 %}\n  big\n{% endif %}\n", "  big\n"),
        ("{{ inputs.list[0] }}{{ inputs['count'] }}{{ 'hello'[1:3] }}", "x3el"),
        ("{{ ['a', 'bc']|select('startingwith', 'b')|list|join }}", "bc"),
    ];
    for (source, expected) in cases {
        assert_eq!(text(source), expected, "{source}");
    }
}

#[test]
fn what_is_wrong_has_its_place() {
    let cases = [
        ("a\n{{ inputs.nam }}", "DL0302 2:4 there is no `nam` in this map"),
        ("{{ nope }}", "DL0302 1:4 `nope` is not defined"),
        ("{{ inputs.list }}", "DL0303 1:4 a list cannot be written into a file"),
        ("{{ none }}", "DL0303 1:4 nothing cannot be written into a file"),
        ("{{ inputs.secret == 'x' }}", "DL0303 1:4 text that is known only later cannot be compared"),
        (
            "{{ inputs.secret|upper }}",
            "DL0303 1:18 `upper`: it takes text that is known, not text that is known only later",
        ),
        ("{{ 'x'|uper }}", "DL0302 1:8 there is no filter `uper`"),
        ("{% include 'x' %}", "DL0305 1:4 `include` cannot be used in a template of a module"),
        ("{{ x", "DL0301 1:4 the template cannot be read: unexpected end of input, expected end of variable block"),
        (
            "{{ 9223372036854775807 + 1 }}",
            "DL0303 1:4 a number and a number cannot be calculated with in this way, or the result does not fit",
        ),
    ];
    for (source, expected) in cases {
        assert_eq!(failure(source), expected, "{source}");
    }
}

#[test]
fn no_template_outgrows_its_budget() {
    let double = |statement: &str| statement.repeat(60);
    let bombs = [
        format!("{{% set x = 'ab' %}}{}", double("{% set x = x ~ x %}")),
        format!("{{% set x = 'ab' %}}{}", double("{% set x = x + x %}")),
        format!("{{% set x = [1] %}}{}", double("{% set x = x + x %}")),
        format!("{{% set x = [1] %}}{}", double("{% set x = [x, x] %}")),
        format!("{{% set x = {{'a': 1}} %}}{}", double("{% set x = {'a': x, 'b': x} %}")),
        format!("{{% set x = 'ab' %}}{}", double("{% set x %}{{ x }}{{ x }}{% endset %}")),
        format!("{{% set x = 'ab' %}}{}", double("{% set x = x|replace('a', 'aa')|replace('b', 'bb') %}")),
        format!("{{% set x = 'ab' %}}{}", double("{% set x = [x, x]|join(x) %}")),
        "{{ 'x' * 9000000000000000000 }}".into(),
        "{{ [1] * 9000000000000000000 }}".into(),
        "{{ range(10 ** 9)|length }}".into(),
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}".into(),
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}".into(),
        format!("{{{{ {}1{} }}}}", "[".repeat(120), "]".repeat(120)),
        format!("{{{{ 1{} }}}}", " + 1".repeat(100_000)),
        format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(30_000)),
        format!("{{% for a in range(9999) %}}{}{{% endfor %}}", "x".repeat(100_000)),
        format!("{{{{ 'x'{} }}}}", "|upper".repeat(3_000)),
    ];
    for bomb in bombs {
        let started = failure(&bomb);
        let code = started.split(' ').next().unwrap();
        assert!(code == "DL0304" || started.contains("recursion"), "{started} {}", &bomb[..60.min(bomb.len())]);
    }
}

#[test]
fn a_document_keeps_values_whole_and_knows_where_they_come_from() {
    let source = "name: {{ inputs.name }}\nsecret: {{ 'a' ~ inputs.secret }}\nlist: {{ inputs.list }}\n";
    let (_, template) = read(source);
    let document = template.unwrap().render_document(&globals(), &NoHost).output.unwrap();
    let expected = "name: \"\u{e000}0\u{e001}\"\nsecret: \"\u{e000}1\u{e001}\"\nlist: [\"x\", true]\n";
    assert_eq!(document.fragment.text, expected);
    assert_eq!(document.value_of("\u{e000}0\u{e001}"), Some(Value::literal("a\"b\n\u{e000}")));
    let parts = [Part::Literal("ax".into()), Part::Secret("password".into()), Part::Literal("y".into())];
    assert_eq!(document.value_of("\u{e000}1\u{e001}y"), Some(Value::from_parts(parts)));
    assert_eq!(document.value_of("\u{e000}"), None);
    assert_eq!(document.fragment.source_of(6, 11), Some(Span::new(FileId(7), 3, 9)));
    assert_eq!(document.fragment.source_of(0, 4), Some(Span::new(FileId(0), 0, 4)));
}

#[test]
fn a_secret_is_never_written_into_a_file() {
    let rendering = read("password {{ inputs.secret }}").1.unwrap().render_text(&globals(), &NoHost);
    assert!(rendering.output.is_none());
    let diagnostic = &rendering.diagnostics[0];
    assert_eq!((diagnostic.code.0, diagnostic.span), ("DL0306", Some(Span::new(FileId(7), 3, 9))));
    assert_eq!(diagnostic.labels[0].span, Span::new(FileId(0), 12, 25));
}

#[test]
fn a_module_raises_all_that_it_has_to_say() {
    let source = "{% do fail('first', at=inputs.name, help='h') %}{% do warn('second') %}{% do fail('third') %}x";
    let rendering = read(source).1.unwrap().render_text(&globals(), &NoHost);
    let said: Vec<_> = rendering.diagnostics.iter().map(|of| (of.code.0, of.message.as_str())).collect();
    assert_eq!(said, [("DL0308", "first"), ("DL0309", "second"), ("DL0308", "third")]);
    assert_eq!(rendering.diagnostics[0].span, Some(Span::new(FileId(7), 3, 9)));
    assert!(rendering.output.is_none());
}
