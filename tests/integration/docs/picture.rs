//! The picture of the README: a drift report as a terminal shows it.

use super::compare;
use crate::support::transcript::{run, stable};
use std::fmt::Write as _;

const ENVIRONMENT: &str = "\
# The shop's staging.
apiVersion: driftless/v1
kind: Environment
target: compose
git: {path: deploy/staging}
components:
  cache:
    module: redis
    with:
      memory: 512Mi
      config: {maxmemory-policy: allkeys-lru}
  api:
    module: service
    with:
      image: ghcr.io/shop/api:1.4.2
      resources: {memory: {limit: 256Mi}}
      env: {REDIS_URL: \"${cache.url}\"}
";

/// What somebody did on the branch, before the report.
const STORY: [&str; 7] = [
    "git init -q shop && cd shop && mkdir environments && mv ../staging.yaml environments/",
    "printf 'apiVersion: driftless/v1\\nkind: Project\\nname: shop\\n' > driftless.yaml",
    "export GIT_AUTHOR_DATE=2026-01-30T16:20:00Z GIT_COMMITTER_DATE=2026-01-30T16:20:00Z; git add -A && git commit -q -m 'Staging'",
    "driftless apply staging --yes --quiet >/dev/null",
    "git worktree add -q ../hand driftless/staging && sed -i 's/1.4.2$/1.4.1/; s/allkeys-lru/noeviction/' ../hand/deploy/staging/compose/compose.yaml",
    "export GIT_AUTHOR_DATE=2026-01-31T03:04:00Z GIT_COMMITTER_DATE=2026-01-31T03:04:00Z; git -C ../hand -c user.name='Hal Hand' -c user.email=hal@shop.example commit -qam 'Back to 1.4.1, for now'",
    "driftless drift staging --color always",
];

#[test]
fn the_picture_is_what_a_terminal_shows() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("staging.yaml"), ENVIRONMENT).unwrap();
    let printed = run(folder.path(), &STORY);
    let (report, before) = printed.split_last().unwrap();
    assert!(before.iter().all(String::is_empty), "{before:?}");
    compare(
        "docs/images/drift.svg",
        &svg(&format!("\u{1b}[2m$ \u{1b}[0m\u{1b}[1mdriftless drift staging\u{1b}[0m\n{report}")),
        stable,
    );
}

const CHARACTER: f64 = 8.4;
const LINE: f64 = 20.0;
const MARGIN: f64 = 20.0;
/// The height of the bar with three buttons.
const BAR: f64 = 32.0;
/// Longer lines go on in the next, as a terminal does it.
const COLUMNS: usize = 120;

/// Text with escape sequences as a picture.
fn svg(text: &str) -> String {
    let lines = wrapped(&spans(text.trim_end()));
    let columns = lines.iter().map(|line| line.iter().map(|span| span.text.chars().count()).sum()).max().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a few hundred columns and lines")]
    let (width, height) = (columns as f64 * CHARACTER + 2.0 * MARGIN, BAR + lines.len() as f64 * LINE + MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <title>A drift report</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#16181d\"/>\n\
         <circle cx=\"20\" cy=\"16\" r=\"5\" fill=\"#ff5f57\"/><circle cx=\"38\" cy=\"16\" r=\"5\" fill=\"#febc2e\"/><circle cx=\"56\" cy=\"16\" r=\"5\" fill=\"#28c840\"/>\n\
         <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" fill=\"#d7dae0\" xml:space=\"preserve\">\n"
    );
    for (at, line) in lines.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred lines")]
        let y = BAR + (at as f64 + 0.75) * LINE;
        line_of(&mut svg, line, y);
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// Each span stands at its own column, so that a font of another width moves nothing.
fn line_of(svg: &mut String, line: &[Span], y: f64) {
    let mut column = 0;
    for span in line {
        let length = span.text.chars().count();
        if !span.text.trim().is_empty() {
            #[expect(clippy::cast_precision_loss, reason = "a few hundred columns")]
            let (x, width) = (MARGIN + column as f64 * CHARACTER, length as f64 * CHARACTER);
            let text = span.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let style = &span.style;
            writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{width:.1}\"{style}>{text}</text>").unwrap();
        }
        column += length;
    }
}

#[derive(Clone, PartialEq, Debug)]
struct Span {
    text: String,
    style: String,
}

/// Pieces of text by their style; a line break is a piece of its own.
fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let (mut bold, mut faint, mut color) = (false, false, None);
    for piece in text.split('\u{1b}') {
        let rest = match piece.strip_prefix('[').and_then(|piece| piece.split_once('m')) {
            None => piece,
            Some((codes, rest)) => {
                for code in codes.split(';') {
                    match code {
                        "0" | "" => (bold, faint, color) = (false, false, None),
                        "1" => bold = true,
                        "2" => faint = true,
                        _ => color = Some(hue(code)),
                    }
                }
                rest
            }
        };
        let mut style = color.map(|hue: &str| format!(" fill=\"{hue}\"")).unwrap_or_default();
        style.push_str(if bold { " font-weight=\"bold\"" } else { "" });
        style.push_str(if faint { " fill-opacity=\"0.65\"" } else { "" });
        for part in rest.split_inclusive('\n') {
            let line = part.strip_suffix('\n');
            spans.push(Span { text: line.unwrap_or(part).into(), style: style.clone() });
            if line.is_some() {
                spans.push(Span { text: "\n".into(), style: String::new() });
            }
        }
    }
    spans
}

fn hue(code: &str) -> &'static str {
    match code {
        "31" => "#ff7b72",
        "32" => "#7ee787",
        "33" => "#e3b341",
        "34" => "#79c0ff",
        "36" => "#56d4dd",
        other => panic!("a colour that the picture does not know: {other}"),
    }
}

/// Lines of at most so many columns.
fn wrapped(spans: &[Span]) -> Vec<Vec<Span>> {
    let mut lines = vec![Vec::new()];
    let mut column = 0;
    for span in spans {
        if span.text == "\n" {
            lines.push(Vec::new());
            column = 0;
            continue;
        }
        let mut rest: Vec<char> = span.text.chars().collect();
        while !rest.is_empty() {
            if column == COLUMNS {
                lines.push(Vec::new());
                column = 0;
            }
            let taken: String = rest.drain(..rest.len().min(COLUMNS - column)).collect();
            column += taken.chars().count();
            lines.last_mut().unwrap().push(Span { text: taken, style: span.style.clone() });
        }
    }
    lines
}

#[test]
fn styles_become_attributes_and_long_lines_go_on() {
    let style = |text: &str, style: &str| Span { text: text.into(), style: style.into() };
    assert_eq!(
        spans("a\u{1b}[1;31mb\u{1b}[0mc"),
        [style("a", ""), style("b", " fill=\"#ff7b72\" font-weight=\"bold\""), style("c", "")]
    );
    let lines = wrapped(&spans(&format!("{}\n<", "x".repeat(COLUMNS + 1))));
    assert_eq!(lines.iter().map(|line| line[0].text.len()).collect::<Vec<_>>(), [COLUMNS, 1, 1]);
    assert!(svg("<&>").contains(">&lt;&amp;&gt;</text>"));
}
