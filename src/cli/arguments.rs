//! What can be written on the command line.

use crate::preview::DEFAULT_BUDGET;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Renders environment files to Compose, Helm, Terraform and Ansible, applies them, and reports drift with the line of Git it contradicts.
#[derive(Debug, Parser)]
#[command(name = "driftless", version, propagate_version = true, max_term_width = 110, after_help = AFTER_HELP)]
pub struct Arguments {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "Exit codes: 0 done; 1 error; 2 changes or drift; 3 incomplete; 4 denied by policy; 5 stale or altered plan;\n\
    6 locked by someone else; 64 wrong usage; 70 a bug in driftless; 128+n a signal.\n\
    Start with `driftless demo`, or with `driftless init`.";

/// What holds for every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Work as if started in DIR
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    pub directory: Option<PathBuf>,
    /// Print only what was asked for, and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more (twice: still more)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// When to use colours (`NO_COLOR` is heeded too)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,
    /// Answer every question with yes
    #[arg(long, global = true)]
    pub yes: bool,
    /// The form of the result on standard output
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human")]
    pub output: Format,
    /// Write the same result to FILE too; .json, .md or .txt (can be given several times)
    #[arg(long, global = true, value_name = "FILE")]
    pub report: Vec<PathBuf>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

/// The form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// For a comment on a pull request (plan, drift).
    Markdown,
    /// For GitHub's annotations (validate).
    Github,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Scaffold a project that runs at once, in a Git repository of its own where there is none around it
    Init(Init),
    /// Compile and check environment files (all without a name)
    Validate(Validate),
    /// Write the artifacts of environments
    Render(Render),
    /// Show how what is rendered differs between two Git revisions
    Diff(Diff),
    /// Show what apply would change
    Plan(PlanArguments),
    /// Plan, ask, apply and wait; or apply a saved plan exactly
    Apply(Apply),
    /// Compare live systems with Git
    Drift(Drift),
    /// Write what is live back into the environment file, comments kept; take over what exists without our mark
    Adopt(Adopt),
    /// Edit an input in the environment file, comments kept
    Set(Set),
    /// Show where environments stand
    Status(Status),
    /// Show past applies
    History(History),
    /// Go back to what an earlier apply left
    Rollback(Rollback),
    /// Delete what an environment has; volumes stay
    Destroy(Destroy),
    /// Environments of pull requests
    #[command(subcommand)]
    Preview(Preview),
    /// Explain a diagnostic's code, or where a final value comes from
    Explain(Explain),
    /// List, show and test modules
    #[command(subcommand)]
    Module(Module),
    /// Print the JSON Schema of a kind of file
    Schema(Schema),
    /// Print a completion script
    Completions(Completions),
    /// Say what this machine and project lack
    Doctor,
    /// Show the whole loop in a folder of its own
    Demo(Demo),
}

/// Guards around deletions.
#[derive(Debug, Clone, Default, Args)]
pub struct Guards {
    /// Let an environment that became empty delete what it had
    #[arg(long)]
    pub allow_empty: bool,
    /// How many deletions are allowed (the environment's policy, else 10)
    #[arg(long, value_name = "N")]
    pub max_deletions: Option<u32>,
    /// Take over what exists without our mark
    #[arg(long)]
    pub adopt: bool,
}

/// Limits of what is looked at and changed.
#[derive(Debug, Clone, Default, Args)]
pub struct Scope {
    /// Only these addresses: `*` is one segment, `**` any (can be given several times)
    #[arg(long, value_name = "ADDRESS-GLOB")]
    pub only: Vec<String>,
    /// Only this target instance (can be given several times)
    #[arg(long, short, value_name = "T")]
    pub target: Vec<String>,
    /// Only this component (can be given several times)
    #[arg(long, short, value_name = "C")]
    pub component: Vec<String>,
}

/// How long to wait for others.
#[derive(Debug, Clone, Args)]
pub struct Lock {
    /// How long to wait while somebody else applies
    #[arg(long, value_name = "D", default_value = "0s")]
    pub lock_timeout: String,
}

#[derive(Debug, Args)]
pub struct Init {
    /// The folder (made if it is not there)
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
}

#[derive(Debug, Args)]
pub struct Validate {
    /// The environments
    #[arg(value_name = "ENV")]
    pub environments: Vec<String>,
    /// Treat what a target cannot express as an error
    #[arg(long)]
    pub deny_loss: bool,
}

#[derive(Debug, Args)]
pub struct Render {
    /// The environments
    #[arg(value_name = "ENV", conflicts_with = "all")]
    pub environments: Vec<String>,
    /// Every environment
    #[arg(long)]
    pub all: bool,
    /// Render these kinds of target instead of the ones that the file names (can be given several times)
    #[arg(long, short, value_name = "T")]
    pub target: Vec<String>,
    /// Where to: DIR/ENV/TARGET/...
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Write nothing; exit with 2 if DIR differs
    #[arg(long)]
    pub check: bool,
    /// Treat what a target cannot express as an error
    #[arg(long)]
    pub deny_loss: bool,
}

#[derive(Debug, Args)]
pub struct Diff {
    /// The environments (all without a name)
    #[arg(value_name = "ENV")]
    pub environments: Vec<String>,
    /// The earlier revision
    #[arg(long, value_name = "REV")]
    pub from: String,
    /// The later revision (the work tree without one)
    #[arg(long, value_name = "REV")]
    pub to: Option<String>,
}

#[derive(Debug, Args)]
pub struct PlanArguments {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Save the plan for `driftless apply FILE`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 2 if there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Plan the deletion of all that the environment has
    #[arg(long)]
    pub destroy: bool,
    #[command(flatten)]
    pub scope: Scope,
    #[command(flatten)]
    pub guards: Guards,
}

#[derive(Debug, Args)]
pub struct Apply {
    /// The environment, or a saved plan
    #[arg(value_name = "ENV|FILE")]
    pub subject: String,
    /// The digest of the plan that was reviewed; a saved plan with another one is refused
    #[arg(long, value_name = "D")]
    pub digest: Option<String>,
    /// Why, for the history and the commit message
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
    /// Print every event as a line of JSON on standard error
    #[arg(long)]
    pub events: bool,
    #[command(flatten)]
    pub scope: Scope,
    #[command(flatten)]
    pub guards: Guards,
    #[command(flatten)]
    pub lock: Lock,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Drift {
    /// The environments
    #[arg(value_name = "ENV", conflicts_with = "all")]
    pub environments: Vec<String>,
    /// Every environment
    #[arg(long)]
    pub all: bool,
    /// List what ignore rules silence, each with its rule
    #[arg(long)]
    pub show_ignored: bool,
    /// List resources that are in sync too
    #[arg(long)]
    pub all_resources: bool,
    /// Go on watching, and report whenever something else is to be said (with `--output json` a report a line)
    #[arg(long, conflicts_with = "all")]
    pub watch: bool,
    /// The longest time between two looks of a watch, for live systems that do not tell: `30s`, `5m`
    #[arg(long, value_name = "DURATION", default_value = "60s", requires = "watch")]
    pub interval: String,
    #[command(flatten)]
    pub scope: Scope,
}

#[derive(Debug, Args)]
pub struct Adopt {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// What is adopted, as a drift report names it: all that differs at an address, or one field
    /// (`docker:container/cache-0.deploy.resources.limits.memory`)
    #[arg(value_name = "ADDRESS[.FIELD]", required = true)]
    pub subjects: Vec<String>,
    #[command(flatten)]
    pub lock: Lock,
}

#[derive(Debug, Args)]
pub struct Set {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// What becomes what: `api.image=ghcr.io/shop/api:1.5.0`, `cache.config.maxmemory-policy=allkeys-lfu`, `api.args=["a", "b c"]`
    #[arg(value_name = "COMPONENT.INPUT=VALUE", required = true)]
    pub assignments: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Status {
    /// The environments (all without a name)
    #[arg(value_name = "ENV")]
    pub environments: Vec<String>,
}

#[derive(Debug, Args)]
pub struct History {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// How many, the newest first
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20, value_parser = at_least_one())]
    pub number: u32,
}

fn at_least_one() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..)
}

#[derive(Debug, Args)]
pub struct Rollback {
    /// The environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// The apply to go back to (its number in `driftless history`); without one: the one before the last
    #[arg(long, value_name = "N")]
    pub to: Option<u64>,
    #[command(flatten)]
    pub guards: Guards,
    #[command(flatten)]
    pub lock: Lock,
}

#[derive(Debug, Args)]
pub struct Destroy {
    /// The environment; its file may be gone
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Delete volumes too
    #[arg(long)]
    pub delete_data: bool,
    #[command(flatten)]
    pub lock: Lock,
}

/// What can be done with previews.
#[derive(Debug, Subcommand)]
pub enum Preview {
    /// Bring the environment of a pull request up, or up to date; print where it is reached
    Up(PreviewUp),
    /// Take the environment of a pull request away, with its volumes, and prove that nothing is left
    Down(PreviewDown),
    /// List the previews that are recorded, and those that are known by their marks alone
    List(PreviewList),
    /// Take those previews away whose time is over since their last activity, and those that were closed
    Reap(PreviewReap),
}

#[derive(Debug, Args)]
pub struct PreviewUp {
    /// The environment that it is made from
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// The number of the pull request
    #[arg(long, short, value_name = "N", value_parser = at_least_one())]
    pub number: u32,
    /// Its branch, as `${preview.branch}` (without it: as recorded)
    #[arg(long, value_name = "B")]
    pub branch: Option<String>,
    /// Its commit, which is compiled (without it: the work tree is)
    #[arg(long, value_name = "S")]
    pub sha: Option<String>,
    #[command(flatten)]
    pub lock: Lock,
}

#[derive(Debug, Args)]
pub struct PreviewDown {
    /// The environment that it was made from; its file may be gone
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// The number of the pull request
    #[arg(long, short, value_name = "N", value_parser = at_least_one())]
    pub number: u32,
    #[command(flatten)]
    pub lock: Lock,
}

#[derive(Debug, Args)]
pub struct PreviewList {
    /// The environments that they are made from (all without a name)
    #[arg(value_name = "ENV")]
    pub environments: Vec<String>,
}

#[derive(Debug, Args)]
pub struct PreviewReap {
    /// The environments that they are made from (all without a name)
    #[arg(value_name = "ENV")]
    pub environments: Vec<String>,
    /// How many previews are taken away in one run, those first that were idle longest
    #[arg(long, value_name = "N", default_value_t = DEFAULT_BUDGET)]
    pub max_deletions: u32,
    #[command(flatten)]
    pub lock: Lock,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// A code like DL0102, or an environment
    #[arg(value_name = "CODE|ENV")]
    pub subject: String,
    /// What to explain of the environment: `ADDRESS`, `ADDRESS#FIELD`, or `FILE:LINE` of an artifact (without it: its addresses)
    #[arg(value_name = "PATH")]
    pub path: Option<String>,
}

/// What can be done with modules.
#[derive(Debug, Subcommand)]
pub enum Module {
    /// List the modules that can be used here
    List,
    /// Show a module's inputs and outputs
    Show {
        /// The module
        name: String,
    },
    /// Run the cases in modules/NAME/tests/
    Test {
        /// The modules (all of this repository without a name)
        names: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct Schema {
    /// Which kind of file
    #[arg(default_value = "environment")]
    pub kind: SchemaKind,
}

/// A kind of file that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    Environment,
    Module,
    Project,
}

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Keep the project in DIR (else a temporary folder, kept too and named at the end)
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// What the loop is shown on: a Git branch, or the Docker Engine of this machine
    #[arg(long, value_name = "BACKEND", value_enum, default_value_t = DemoBackend::Git)]
    pub backend: DemoBackend,
}

/// What the demo is shown on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DemoBackend {
    /// A branch: nothing has to run.
    Git,
    /// Containers.
    Docker,
}

/// The whole command, for completions and documentation.
pub fn command() -> clap::Command {
    Arguments::command()
}
