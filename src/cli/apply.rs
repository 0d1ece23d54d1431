//! `driftless apply`.

use super::arguments::{Apply, Lock};
use super::plan::{print_plan, wanted};
use super::session::Session;
use crate::event::EventSink;
use crate::exec;
use crate::model::quantity::parse_seconds;
use crate::ops::Wanted;
use crate::ops::apply::{Applied, Request, apply, check_place, read_plan};
use crate::ops::plan::{plan, saved};
use crate::ops::{OpsError, Project, known};
use crate::plan::Plan;
use crate::report::value::counted;
use crate::sys::file;
use crate::ui::{JsonLines, Progress};
use std::time::Duration;

/// Plans, asks and applies; or applies a saved plan exactly.
///
/// # Errors
/// When files have errors, the plan is refused or stale, or somebody else applies.
pub fn run(session: &Session, arguments: &Apply) -> Result<u8, OpsError> {
    let project = session.project()?;
    let options = options(&arguments.lock)?;
    let path = session.path(std::path::Path::new(&arguments.subject));
    let why = arguments.why.clone();
    // An environment goes before a file that happens to be called like it; `./dev`, or a digest, says that the file is meant.
    let is_plan = arguments.digest.is_some() || known(&project, &arguments.subject).is_err();
    if file::is_file(&path) && is_plan {
        if let Some(flag) = limit_of(arguments) {
            let message = format!("`{flag}` is for planning, and a saved plan is applied exactly");
            return Err(OpsError::usage(
                message,
                format!("save a plan with it: `driftless plan ENV {flag} ... --out FILE`"),
            ));
        }
        let plan = read_plan(&path, arguments.digest.as_deref())?;
        session.wait_with_progress(async |world| check_place(&project, world, &plan).await)?;
        let why = why.unwrap_or_else(|| format!("apply of the saved plan {}", arguments.subject));
        // Who says yes beforehand has seen it when it was saved.
        if !session.global.yes {
            ask(session, &plan)?;
        }
        return go(session, &project, &plan, &why, &options, arguments.events);
    }
    if let Some(digest) = &arguments.digest {
        return Err(OpsError::usage(
            format!("`--digest {digest}` is for a saved plan"),
            "save one with `driftless plan ENV --out FILE`",
        ));
    }
    let wanted = Wanted { remember: true, ..wanted(&arguments.scope, &arguments.guards) };
    let progress = Progress::new(session.terminal);
    let lines = JsonLines(session.terminal);
    let sink: &dyn EventSink = if arguments.events { &lines } else { &progress };
    let plan = session.wait(sink, async |world| plan(&project, world, &arguments.subject, &wanted).await)?;
    progress.clear();
    let why = why.unwrap_or_else(|| "apply".into());
    ask_and_go(session, &project, &plan, &why, &options, arguments.events)
}

/// A flag that would have the plan be another one.
fn limit_of(arguments: &Apply) -> Option<&'static str> {
    let (scope, guards) = (&arguments.scope, &arguments.guards);
    let given = [
        ("--only", !scope.only.is_empty()),
        ("--target", !scope.target.is_empty()),
        ("--component", !scope.component.is_empty()),
        ("--allow-empty", guards.allow_empty),
        ("--max-deletions", guards.max_deletions.is_some()),
        ("--adopt", guards.adopt),
    ];
    given.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
}

/// Shows a plan, asks, and applies it.
///
/// # Errors
/// When the answer is no, or as those of the run.
pub fn ask_and_go(
    session: &Session,
    project: &Project,
    plan: &Plan,
    why: &str,
    options: &exec::Options,
    events: bool,
) -> Result<u8, OpsError> {
    ask(session, plan)?;
    go(session, project, plan, why, options, events)
}

/// Shows a plan and asks whether to apply it, where it does something.
///
/// # Errors
/// When the answer is no, or nobody is there to ask.
fn ask(session: &Session, plan: &Plan) -> Result<(), OpsError> {
    show(session, plan)?;
    if plan.has_changes() {
        session.confirm(&question(plan))?;
    }
    Ok(())
}

/// Shows a plan.
///
/// # Errors
/// When it was asked for in a form that there is not.
pub fn show(session: &Session, plan: &Plan) -> Result<(), OpsError> {
    let (_, digest) = saved(plan)?;
    print_plan(session, plan, &digest)
}

fn question(plan: &Plan) -> String {
    let changes = counted(plan.doing().count(), "change");
    if plan.destroy {
        return format!("\nDestroy {}, with {changes}?", plan.environment);
    }
    format!("\nApply {changes} to {}?", plan.environment)
}

/// Applies a plan.
///
/// # Errors
/// Those of the run.
pub fn go(
    session: &Session,
    project: &Project,
    plan: &Plan,
    why: &str,
    options: &exec::Options,
    events: bool,
) -> Result<u8, OpsError> {
    let progress = Progress::new(session.terminal);
    let lines = JsonLines(session.terminal);
    let sink: &dyn EventSink = if events { &lines } else { &progress };
    let request = Request { plan, why, options };
    let applied = session.wait(sink, async |world| apply(project, world, &request).await)?;
    progress.clear();
    say(session, plan, &applied);
    Ok(applied.exit_code())
}

fn say(session: &Session, plan: &Plan, applied: &Applied) {
    for outcome in applied.execution.failed() {
        let crate::event::Ended::Failed(reason) = &outcome.ended else { continue };
        session
            .terminal
            .error(&format!("{} {}: {reason}", outcome.action.as_str(), outcome.address), outcome.help.as_deref());
    }
    if let Some(interruption) = &applied.execution.interruption {
        session.terminal.error(
            &crate::ops::apply::interruption(interruption),
            Some("run the same command again: it goes on where this one stopped"),
        );
    }
    let done = applied.execution.outcomes.iter().filter(|outcome| outcome.ended == crate::event::Ended::Done).count();
    let all = applied.execution.outcomes.len();
    let line = match (all, done == all) {
        (0, _) => format!("{}: nothing to do", plan.environment),
        (_, true) => format!("{}: {} done", plan.environment, counted(done, "change")),
        (_, false) => format!("{}: {done} of {} done", plan.environment, counted(all, "change")),
    };
    session.terminal.say(&line);
    if let Some(error) = &applied.unseen {
        session.terminal.error(&format!("what was done could not be looked at: {error}"), error.help().as_deref());
    }
    let back = |one: &&exec::ChangeOutcome| one.ended == crate::event::Ended::Done;
    let put_back = applied.execution.rolled_back.iter().filter(back).count();
    if !applied.execution.rolled_back.is_empty() {
        let all = counted(applied.execution.rolled_back.len(), "change");
        session.terminal.say(&format!("{}: {put_back} of {all} put back as it was before", plan.environment));
    }
    for outcome in applied.execution.rolled_back.iter().filter(|one| !back(one)) {
        session.terminal.say(&format!("not put back: {}", outcome.address));
    }
    for remaining in &applied.remaining {
        session.terminal.say(&format!("still to do: {remaining}"));
    }
}

/// Settings of a run from the command line.
///
/// # Errors
/// When the time to wait is no duration.
pub fn options(lock: &Lock) -> Result<exec::Options, OpsError> {
    Ok(exec::Options { lock_timeout: duration("--lock-timeout", &lock.lock_timeout)?, ..exec::Options::default() })
}

/// A duration of the command line.
///
/// # Errors
/// When it is none.
pub fn duration(option: &str, text: &str) -> Result<Duration, OpsError> {
    let seconds = parse_seconds(text).map(|seconds| Duration::from_secs(u64::from(seconds)));
    let wrong = || OpsError::usage(format!("`{option} {text}` is no duration"), "write it like `90s`, `5m`, `1h30m`");
    seconds.ok_or_else(wrong)
}
