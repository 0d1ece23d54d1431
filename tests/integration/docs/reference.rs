//! The reference pages are generated from the code.

use super::compare;
use driftless::spec::pages;

fn compare_page(name: &str, page: &str) {
    compare(&format!("docs/reference/{name}.md"), &format!("{}\n", page.trim_end()), str::to_owned);
}

#[test]
fn the_pages_of_commands_files_and_diagnostics_are_what_the_program_knows() {
    compare_page("commands", &driftless::cli::commands_reference());
    compare_page("environment", &pages::environment_page());
    compare_page("project", &pages::project_page());
    compare_page("module-file", &pages::module_file_page());
    compare_page("diagnostics", &driftless::diag::page_of_codes());
}

#[test]
fn the_pages_of_modules_are_what_the_modules_take() {
    let modules = driftless::ops::module::built_in().unwrap();
    let names: Vec<_> = modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(names, ["job", "redis", "service"]);
    compare_page("modules", &pages::modules_page(&modules));
    for module in &modules {
        compare_page(&format!("modules/{}", module.name), &pages::module_page(module));
    }
}
