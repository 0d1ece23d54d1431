//! Two hundred thousand wrong inputs: whatever the bytes are, there is an answer, soon, and never half a model.
//!
//! Seeded: every run sees the same inputs. Each is one file of a project, mutated; the whole project is read, typed, compiled, and rendered
//! where it is still right.

use crate::support::cases::{BuiltIn, root};
use crate::support::modules::environments_of_cases;
use driftless::compile::{Files, MemoryFiles, compile, library, load};
use driftless::diag::{Sink, SourceMap, github, human, json};
use driftless::model::Model;
use driftless::render::target;
use driftless::spec::environment::{EnvironmentFile, read_layer, without_header};
use driftless::spec::module::ModuleFile;
use driftless::spec::project::ProjectFile;
use driftless::spec::{decode, strip};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

const INPUTS: u64 = 200_000;
/// How long one input may take, in a build without optimisation on a busy machine.
const LIMIT: Duration = Duration::from_secs(10);
/// How long all of them may take, so that one that hangs ends the run: less than a minute on two cores that do nothing else, and much longer
/// on busy ones.
const LIMIT_OF_ALL: Duration = Duration::from_mins(10);
/// One in how many is compiled although one of its files is wrong by itself.
const COMPILED_THOUGH_WRONG: usize = 64;
/// One in how many is shown in all forms.
const SHOWN: usize = 8;
/// One in how many of those that cost the whole budget of a template is taken.
const RARE: usize = 400;

/// A small generator of numbers (xorshift), one for each input.
struct Random(u64);

impl Random {
    const fn of(input: u64) -> Self {
        Self((input + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below.max(1)).unwrap()).unwrap()
    }
}

/// Pieces that break files and templates.
const PIECES: [&str; 64] = [
    "\n",
    "\t",
    " ",
    ":",
    ": ",
    "- ",
    "-",
    "?",
    "? ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "'",
    "|",
    ">",
    "|+\n",
    "&a",
    "*a",
    "!!str ",
    "<<: ",
    "#",
    " #",
    "---\n",
    "...\n",
    "${",
    "}",
    "$${",
    "~",
    "null",
    "no",
    "0777",
    "\u{feff}",
    "é",
    "%YAML 1.1\n",
    "\r\n",
    "\\",
    "\u{85}",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "{{ inputs }}",
    "{% for x in inputs %}",
    "{% endfor %}",
    "{% if true %}",
    "{% endif %}",
    "{% set x = inputs %}",
    "|join",
    "|length",
    " ~ ",
    "x",
    "9223372036854775808",
    "-1",
    "1e999",
    "${a.url}",
    "${var.a}",
    "${secret.a}",
    "modules",
    "\u{1f600}",
];

fn mutate(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.next(3) {
        let at = random.next(bytes.len() + 1);
        let end = (at + random.next(12)).min(bytes.len());
        match random.next(7) {
            0 => drop(bytes.drain(at..end)),
            1 => drop(bytes.splice(at..at, PIECES[random.next(PIECES.len())].bytes())),
            2 => drop(bytes.splice(at..end, PIECES[random.next(PIECES.len())].bytes())),
            3 if random.next(4) == 0 => bytes.truncate(at),
            4 => {
                let copied = bytes[at..end].to_vec();
                let to = random.next(bytes.len() + 1);
                drop(bytes.splice(to..to, copied));
            }
            5 => repeat_line(&mut bytes, at, random.next(3)),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(random.next(256)).unwrap();
                }
            }
        }
    }
    bytes
}

/// Removes, doubles or moves in the line at a place: what people do.
fn repeat_line(bytes: &mut Vec<u8>, at: usize, what: usize) {
    let start = bytes[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| at + end + 1);
    match what {
        0 => drop(bytes.drain(start..end)),
        1 => {
            let line = bytes[start..end].to_vec();
            drop(bytes.splice(end..end, line));
        }
        _ => drop(bytes.splice(start..start, *b"  ")),
    }
}

/// A project, the files of it that are mutated, and an environment to compile.
struct Seed {
    files: MemoryFiles,
    paths: Vec<String>,
    environment: String,
    /// Whether compiling it uses up the budget of a template.
    is_costly: bool,
}

impl Seed {
    fn new(mut files: MemoryFiles, environment: &str, is_costly: bool) -> Self {
        if files.read("driftless.yaml").is_err() {
            files.insert("driftless.yaml", "apiVersion: driftless/v1\nkind: Project\nname: shop\n");
        }
        let mut paths = Vec::new();
        below(&files, "", &mut paths);
        Self { files, paths, environment: environment.into(), is_costly }
    }
}

fn below(files: &MemoryFiles, folder: &str, paths: &mut Vec<String>) {
    for entry in files.list(folder).unwrap() {
        let path = if folder.is_empty() { entry.name } else { format!("{folder}/{}", entry.name) };
        if entry.is_folder { below(files, &path, paths) } else { paths.push(path) }
    }
}

fn add(files: &mut MemoryFiles, from: &Path, to: &str) {
    for entry in fs::read_dir(from).into_iter().flatten().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            add(files, &entry.path(), &format!("{to}{name}/"));
        } else if kind.is_file() && name != "expected" {
            files.insert(format!("{to}{name}"), fs::read(entry.path()).unwrap());
        }
    }
}

fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for folder in ["tests/fixtures/bad", "tests/fixtures/bad_projects"] {
        let mut folders: Vec<_> =
            fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        for fixture in folders.iter().filter(|path| path.is_dir()) {
            let mut files = MemoryFiles::default();
            add(&mut files, fixture, "");
            let environment = if fixture.join("environments/bad.yaml").exists() { "bad" } else { "x" };
            let is_costly = fs::read_to_string(fixture.join("expected")).unwrap().contains("DL0304");
            seeds.push(Seed::new(files, environment, is_costly));
        }
    }
    for (folder, environment) in
        [("templates/demo", "shop"), ("templates/init", "dev"), ("tests/integration", "cluster"), ("", "demo")]
    {
        let mut files = MemoryFiles::default();
        for part in ["environments", "modules"] {
            add(&mut files, &root().join(folder).join(part), &format!("{part}/"));
        }
        seeds.push(Seed::new(files, environment, false));
    }
    let mut every_key = MemoryFiles::default();
    add(&mut every_key, &root().join("tests/fixtures/every_key"), "");
    seeds.push(Seed::new(every_key, "staging", false));
    for (_, text) in environments_of_cases() {
        seeds.push(Seed::new(MemoryFiles::from_texts([("environments/case.yaml", text.as_str())]), "case", false));
    }
    seeds
}

/// What the file says by itself: bytes to text to nodes to types.
fn typed(path: &str, bytes: &[u8]) -> (Sink, SourceMap) {
    let (mut sources, mut sink) = (SourceMap::default(), Sink::default());
    let Some(file) = decode(path, bytes, &mut sources, &mut sink) else { return (sink, sources) };
    if path.ends_with("module.yaml") {
        ModuleFile::read(file, None, &sources, &mut sink);
    } else if path == "driftless.yaml" {
        ProjectFile::read(file, &sources, &mut sink);
    } else if path.starts_with("environments/")
        && let Some((header, node)) = read_layer(file, &sources, &mut sink)
        && header.extends.is_empty()
    {
        EnvironmentFile::from_node(&strip(without_header(node)), &mut sink);
    }
    (sink, sources)
}

/// Every place lies in its file; all forms of the report say as much.
fn assert_sound(sink: &Sink, sources: &SourceMap, shown: bool) {
    for diagnostic in sink.iter() {
        for span in diagnostic.span.into_iter().chain(diagnostic.labels.iter().map(|label| label.span)) {
            let text = sources.text(span.file);
            assert!(
                span.start <= span.end && text.get(span.start as usize..span.end as usize).is_some(),
                "{span:?} {diagnostic:?}"
            );
        }
    }
    if shown {
        assert_eq!(human(sink, sources, false).is_empty(), sink.is_empty());
        let listed = json(sink, sources)["diagnostics"].as_array().unwrap().len();
        assert_eq!(github(sink, sources).lines().count(), listed);
    }
}

/// What an input came to.
#[derive(Default, Clone, Copy)]
struct Tally {
    compiled: usize,
    models: usize,
    rendered: usize,
}

fn judge(seed: &Seed, path: &str, bytes: Vec<u8>, library: &MemoryFiles, random: &mut Random) -> Tally {
    let mut tally = Tally::default();
    let shown = random.next(SHOWN) == 0;
    let (sink, sources) = typed(path, &bytes);
    assert_sound(&sink, &sources, shown);
    if sink.has_errors() && random.next(COMPILED_THOUGH_WRONG) != 0 {
        return tally;
    }
    let mut files = seed.files.clone();
    files.insert(path, bytes);
    let loaded = load(&files, library, &seed.environment);
    let compiled = compile(&loaded, None);
    tally.compiled = 1;
    assert_sound(&compiled.sink, &compiled.sources, shown);
    assert_eq!(compiled.model.is_none(), compiled.sink.has_errors(), "half a model, or none and no error");
    if let Some(model) = &compiled.model {
        tally.models = 1;
        tally.rendered = render(model, &compiled.sources);
    }
    tally
}

fn render(model: &Model, sources: &SourceMap) -> usize {
    let used =
        model.instances.values().filter(|instance| model.components.values().any(|one| one.instance == instance.name));
    let rendered = used.map(|instance| {
        let mut sink = Sink::default();
        target(&instance.kind).unwrap().render(model, instance, &BuiltIn, &mut sink);
        assert_sound(&sink, sources, true);
    });
    rendered.count()
}

fn run(seeds: &[Seed], input: u64, library: &MemoryFiles) -> Tally {
    let mut random = Random::of(input);
    let mut seed = &seeds[random.next(seeds.len())];
    while seed.is_costly && random.next(RARE) != 0 {
        seed = &seeds[random.next(seeds.len())];
    }
    let path = &seed.paths[random.next(seed.paths.len())];
    let bytes = mutate(&seed.files.read(path).unwrap(), &mut random);
    let started = Instant::now();
    let copy = bytes.clone();
    let about = || format!("input {input}, {path} of `{}`:\n{}", seed.environment, String::from_utf8_lossy(&copy));
    let judged = catch_unwind(AssertUnwindSafe(|| judge(seed, path, bytes, library, &mut random)));
    assert!(started.elapsed() < LIMIT, "{:?} for {}", started.elapsed(), about());
    judged.unwrap_or_else(|_| panic!("{}", about()))
}

#[test]
fn two_hundred_thousand_mutations_are_all_answered() {
    let (done, finished) = mpsc::channel();
    std::thread::spawn(move || {
        let (seeds, library) = (seeds(), library());
        assert!(seeds.len() > 180, "{} seeds", seeds.len());
        let sum = |a: Tally, b: Tally| Tally {
            compiled: a.compiled + b.compiled,
            models: a.models + b.models,
            rendered: a.rendered + b.rendered,
        };
        let all = (0..INPUTS).into_par_iter().map(|input| run(&seeds, input, &library)).reduce(Tally::default, sum);
        let _ = done.send(all);
    });
    let started = Instant::now();
    let all = finished.recv_timeout(LIMIT_OF_ALL).expect("an input panics, or one of them hangs: see above");
    // Not `eprintln!`, which is swallowed where a test passes: the time is a promise.
    let _ = writeln!(
        std::io::stderr(),
        "{INPUTS} inputs in {:?}: {} compiled, {} models, {} rendered",
        started.elapsed(),
        all.compiled,
        all.models,
        all.rendered
    );
    assert!(
        all.compiled > 8_000 && all.models > 1_500 && all.rendered > 1_000,
        "{} {} {}",
        all.compiled,
        all.models,
        all.rendered
    );
}
