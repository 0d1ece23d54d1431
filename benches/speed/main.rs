//! How long driftless takes, and its peers with equal content, in one run. `cargo bench` measures, `cargo bench -- --test` runs each once.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on must say where")]
#![expect(clippy::print_stderr, reason = "memory is no figure of the harness: it is said beside its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts the program and foreign tools as a user would")]

mod peers;
mod program;
mod project;
#[path = "../../tests/integration/support/tools.rs"]
#[expect(dead_code, reason = "the suites need more of it")]
mod tools;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use driftless::ops::{self, Project};
use driftless::spec;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// As in the program: what is measured in process is measured with the same allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MANY: usize = 1_000;

/// A folder with a project of one environment, and one of many.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        project::write(&path.join("one"), 1);
        project::write(&path.join("many"), MANY);
        (folder, path)
    });
    path
}

/// The time of a whole process that writes into a folder which is not there yet.
fn writing(times: u64, project: &str, environments: &[&str]) -> Duration {
    let out = folder().join("written");
    let mut total = Duration::ZERO;
    for _ in 0..times {
        drop(std::fs::remove_dir_all(&out));
        let mut command = program::render(&folder().join(project), &out, environments);
        let start = Instant::now();
        program::succeed(&mut command);
        total += start.elapsed();
    }
    total
}

fn one_environment(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one environment");
    group.sample_size(20);
    for project in ["one", "many"] {
        let about = format!("render, of {}", if project == "one" { 1 } else { MANY });
        group.bench_function(&about, |bench| bench.iter_custom(|times| writing(times, project, &["env-0"])));
    }
    let out = folder().join("again");
    program::render_to(&folder().join("one"), &out, &["env-0"]);
    group.bench_function("render, nothing changed", |bench| {
        bench.iter(|| program::succeed(&mut program::render(&folder().join("one"), &out, &["env-0"])));
    });
    group.bench_function("plan, nothing to do", |bench| {
        let one = folder().join("one");
        program::succeed(&mut program::driftless(&one, &["apply", "env-0", "--yes"]));
        bench.iter(|| program::succeed(&mut program::driftless(&one, &["plan", "env-0"])));
    });
    group.bench_function("driftless --version", |bench| {
        bench.iter(|| program::succeed(program::driftless(folder(), &[]).arg("--version")));
    });
    group.finish();
}

fn in_process(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("in process, to four targets");
    group.sample_size(10);
    let targets = project::TARGETS.map(str::to_owned);
    for count in [1, 100, MANY] {
        let project = Project::open(&folder().join("many")).unwrap();
        let names: Vec<_> = (0..count).map(|number| format!("env-{number}")).collect();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("environments", count), |bench| {
            bench.iter(|| {
                let bytes = ops::render::measure(&project, &names, &targets).unwrap();
                assert!(bytes > 10_000 * count, "{bytes} bytes were rendered");
            });
        });
    }
    group.finish();
}

fn many_environments(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a thousand environments");
    group.sample_size(10).measurement_time(Duration::from_secs(20));
    group.bench_function("render --all", |bench| bench.iter_custom(|times| writing(times, "many", &["--all"])));
    let out = folder().join("written");
    let many = folder().join("many");
    program::render_to(&many, &out, &["--all"]);
    group.bench_function("render --all, nothing changed", |bench| {
        bench.iter(|| program::render_to(&many, &out, &["--all"]));
    });
    group.finish();
    drop(std::fs::remove_dir_all(&out));
    let peak = program::peak_mib(program::render(&many, &out, &["--all"]).stderr(std::process::Stdio::null()));
    let files = count(&out);
    assert!(files > 50 * MANY, "only {files} files were written");
    eprintln!("render --all of {MANY} environments: {files} files, {peak} MiB at most");
}

fn count(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}

fn large_file(criterion: &mut Criterion) {
    let text = project::large();
    let mut group = criterion.benchmark_group("a file of one megabyte");
    group.sample_size(10).throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("parse", |bench| {
        bench.iter(|| {
            let mut sources = driftless::diag::SourceMap::default();
            let mut sink = driftless::diag::Sink::default();
            let file = sources.add("environments/large.yaml", &text);
            assert!(black_box(spec::parse(file, &sources, &mut sink)).is_some());
        });
    });
    group.finish();
}

fn peers(criterion: &mut Criterion) {
    let peers = peers::prepare(folder());
    let mut group = criterion.benchmark_group("peers, one environment and one target");
    group.sample_size(10);
    for peer in &peers {
        group.bench_function(peer.name, |bench| bench.iter(|| tools::succeed(&mut peer.command())));
    }
    group.finish();
}

criterion_group!(benches, one_environment, in_process, many_environments, large_file, peers);
criterion_main!(benches);
