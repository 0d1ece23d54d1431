//! The server's own `redis-cli`, run in its carrier: the password in its environment, the questions on its standard input.

use super::fault::{cut, refused};
use super::{Credentials, Question, Reply};
use crate::backend::{Access, BackendError, ErrorClass, ExecCommand};
use crate::model::{Address, SecretValue};
use std::sync::Arc;

/// What is asked after each question, so that its answer ends somewhere.
const END: &str = "driftless-end-of-answer";
/// Deeper than any answer.
const DEEPEST: usize = 16;

/// A way through `redis-cli`.
pub(super) struct Cli {
    access: Arc<dyn Access>,
    carrier: Address,
    port: u16,
    login: Option<Credentials>,
}

impl Cli {
    pub(super) const fn new(access: Arc<dyn Access>, carrier: Address, port: u16, login: Option<Credentials>) -> Self {
        Self { access, carrier, port, login }
    }

    pub(super) async fn ask(&self, questions: &[Question]) -> Result<Vec<Reply>, BackendError> {
        let mut arguments: Vec<String> = ["redis-cli", "-h", "127.0.0.1", "-p"].map(str::to_owned).into();
        arguments.extend([self.port.to_string(), "--no-raw".into(), "--no-auth-warning".into()]);
        let mut environment = Vec::new();
        if let Some(Credentials { user, password }) = &self.login {
            arguments.extend(["--user".into(), user.clone()]);
            let password = std::str::from_utf8(password.expose()).map_err(|_| {
                BackendError::new(ErrorClass::Invalid, "a password that is no text cannot be given to redis-cli")
            })?;
            environment.push(("REDISCLI_AUTH".to_owned(), password.to_owned()));
        }
        let input = SecretValue::new(questions.iter().flat_map(line).collect());
        let command = ExecCommand { arguments: &arguments, environment: &environment, input: input.expose() };
        let output = self.access.exec(&self.carrier, command).await?;
        let told = String::from_utf8_lossy(&output.error).trim().to_owned();
        if told.contains("AUTH failed") {
            let text = told.rsplit("AUTH failed:").next().unwrap_or_default();
            return Err(refused("it does not let redis-cli in", text.trim()));
        }
        let replies = answers(&String::from_utf8_lossy(&output.output));
        if replies.len() == questions.len() {
            return Ok(replies);
        }
        let printed = String::from_utf8_lossy(&output.output);
        // While it loads a server answers nothing else, not even what ends an answer.
        if let Some(text) = printed.lines().find_map(|line| line.strip_prefix("(error) ")) {
            return Err(refused("it answers", text));
        }
        let reason =
            told.lines().next().filter(|line| !line.is_empty()).unwrap_or("redis-cli did not answer everything");
        Err(cut(&refused("redis-cli", reason).message))
    }
}

/// One line of input for a question, and one for what ends its answer.
fn line(question: &Question) -> Vec<u8> {
    let words: Vec<String> = question.0.iter().map(|word| quoted(word)).collect();
    format!("{}\nPING {END}\n", words.join(" ")).into_bytes()
}

fn quoted(word: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(*byte)),
        0x20..=0x7e => char::from(*byte).to_string(),
        other => format!("\\x{other:02x}"),
    };
    format!("\"{}\"", word.iter().map(one).collect::<String>())
}

/// The answers in an output; what comes after the last end is none.
fn answers(output: &str) -> Vec<Reply> {
    let end = format!("\"{END}\"");
    let mut answers = Vec::new();
    let mut lines = Vec::new();
    for line in output.lines() {
        if line.trim_end() == end {
            answers.push(answer(&lines));
            lines.clear();
        } else {
            lines.push(line);
        }
    }
    answers
}

fn answer(lines: &[&str]) -> Reply {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end_matches('\r')).collect();
    let first = lines.first().copied().unwrap_or_default();
    if numbered(first).is_some() {
        return Reply::List(elements(&lines, 0));
    }
    if lines.len() == 1 {
        return scalar(first);
    }
    // Longer texts (INFO, CLUSTER NODES) are printed as they are.
    Reply::Text(lines.join("\n").trim_end().as_bytes().to_vec())
}

/// The rest of a line that begins with `12) `, and where that rest begins.
fn numbered(line: &str) -> Option<(usize, &str)> {
    let blanks = line.len() - line.trim_start().len();
    let (number, rest) = line.trim_start().split_once(") ")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| (blanks + number.len() + 2, rest))
}

/// The elements of a list whose lines all begin at one column.
fn elements(lines: &[&str], depth: usize) -> Vec<Reply> {
    let mut elements = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some((column, rest)) = numbered(lines[at]) else { return elements };
        let mut end = at + 1;
        let is_below = |line: &str| line.len() >= column && line[..column].trim().is_empty();
        while end < lines.len() && lines[end].is_char_boundary(column.min(lines[end].len())) && is_below(lines[end]) {
            end += 1;
        }
        let inner: Vec<&str> =
            std::iter::once(rest).chain(lines[at + 1..end].iter().map(|line| &line[column..])).collect();
        let nested = numbered(rest).is_some() && depth < DEEPEST;
        elements.push(if nested { Reply::List(self::elements(&inner, depth + 1)) } else { scalar(rest) });
        at = end;
    }
    elements
}

fn scalar(text: &str) -> Reply {
    if let Some(error) = text.strip_prefix("(error) ") {
        return Reply::Error(error.to_owned());
    }
    if let Some(number) = text.strip_prefix("(integer) ").and_then(|number| number.parse().ok()) {
        return Reply::Int(number);
    }
    match text {
        "(nil)" => Reply::Nil,
        "(empty array)" | "(empty list or set)" | "(empty set)" | "(empty hash)" => Reply::List(Vec::new()),
        _ => Reply::Text(unquoted(text)),
    }
}

fn unquoted(text: &str) -> Vec<u8> {
    let Some(inside) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return text.as_bytes().to_vec();
    };
    let mut bytes = Vec::new();
    let mut rest = inside.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let Some((escape, after)) = rest.split_first() else { break };
        rest = after;
        match escape {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            b'a' => bytes.push(7),
            b'b' => bytes.push(8),
            b'x' => {
                let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
                bytes.extend(digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()));
                rest = rest.get(2..).unwrap_or_default();
            }
            other => bytes.push(*other),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Reply {
        Reply::Text(text.as_bytes().to_vec())
    }

    #[test]
    fn what_redis_cli_prints_is_read_back() {
        let end = format!("\"{END}\"\n");
        let output = [
            "1) \"maxmemory\"\n2) \"0\"\n",
            "(error) NOPERM no\n",
            "(integer) 3\n",
            "(nil)\n",
            "OK\n",
            "(empty array)\n",
            "# Server\r\nredis_version:7.0.15\r\n\r\n",
            "1) \"a\\\"\\x00\\n\"\n2) 1) \"b\"\n   2) 1) (integer) 1\n      2) (nil)\n3) (empty array)\n",
            "\n",
        ]
        .map(|answer| format!("{answer}{end}"))
        .concat();
        let expected = vec![
            Reply::List(vec![text("maxmemory"), text("0")]),
            Reply::Error("NOPERM no".into()),
            Reply::Int(3),
            Reply::Nil,
            text("OK"),
            Reply::List(vec![]),
            text("# Server\nredis_version:7.0.15"),
            Reply::List(vec![
                text("a\"\0\n"),
                Reply::List(vec![text("b"), Reply::List(vec![Reply::Int(1), Reply::Nil])]),
                Reply::List(vec![]),
            ]),
            text(""),
        ];
        assert_eq!(answers(&output), expected);
        assert_eq!(answers("1) \"cut\"\n"), vec![], "what has no end is no answer");
    }

    #[test]
    fn words_are_quoted_for_its_input() {
        let question = Question::new([b"SET".as_slice(), b"a \"b\\", b"\n\xff"]);
        let expected = format!("\"SET\" \"a \\\"b\\\\\" \"\\x0a\\xff\"\nPING {END}\n");
        assert_eq!(String::from_utf8(line(&question)).unwrap(), expected);
    }
}
