//! `driftless module`.

use super::arguments::Module;
use super::output::{Shown, json, print};
use super::session::Session;
use crate::ops::OpsError;
use crate::ops::module;
use crate::report::{Style, Text, exit};

/// Lists, shows and tests modules.
///
/// # Errors
/// When there is no such module, or its files have errors.
pub fn run(session: &Session, command: &Module) -> Result<u8, OpsError> {
    let project = session.project()?;
    match command {
        Module::List => {
            let list = module::list(&project)?;
            let human = || {
                let mut text = Text::default();
                for one in &list.modules {
                    text.push(Style::Heading, format!("{:<16}", one.name));
                    text.push(Style::Faint, format!("{:<10}{:<12}", one.version, one.origin));
                    text.push_foreign(Style::Plain, &one.description).end();
                }
                text
            };
            print(session, &Shown { human: &human, json: &|| json(&list), markdown: None })?;
            Ok(exit::DONE)
        }
        Module::Show { name } => {
            session.terminal.result(&module::show(&project, name)?);
            Ok(exit::DONE)
        }
        Module::Test { names } => test(session, &project, names),
    }
}

fn test(session: &Session, project: &crate::ops::Project, names: &[String]) -> Result<u8, OpsError> {
    let results = module::test(project, names)?;
    let human = || {
        let mut text = Text::default();
        for case in &results.cases {
            let (style, word) = if case.failures.is_empty() { (Style::Good, "ok") } else { (Style::Removed, "FAILED") };
            text.push(Style::Plain, format!("{}/{} ... ", case.module, case.case)).push(style, word).end();
            for failure in &case.failures {
                text.push_foreign(Style::Plain, &format!("    {failure}")).end();
            }
        }
        text.push(Style::Heading, format!("{} passed, {} failed", results.passed, results.failed)).end();
        text
    };
    print(session, &Shown { human: &human, json: &|| json(&results), markdown: None })?;
    Ok(if results.failed > 0 { exit::ERROR } else { exit::DONE })
}
