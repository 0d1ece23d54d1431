//! Text that Terraform would change: it brings all text into Unicode's normal form C.
//!
//! What could be changed is refused, without tables of what really is: a mark that combines with the letter before it, and characters that
//! are another one's double.

use crate::diag::{Diagnostic, NOT_NORMAL_TEXT, Sink};
use crate::model::{Container, Instance, Model, Part, Value};

/// Reports environment variables and arguments that would arrive changed. Files are handed over as bytes.
pub fn check(model: &Model, instance: &Instance, sink: &mut Sink) {
    for component in model.components_of(instance) {
        let containers = || component.workloads.values().flat_map(|workload| &workload.containers);
        let mut refuse = |input: &str, what: &str| {
            let message =
                format!("{what} of `{}` has characters that Terraform would replace by others", component.name);
            let help = "write composed characters (`é` as one character), or hand the text over in a file";
            sink.push(Diagnostic::error(NOT_NORMAL_TEXT, component.place_of(input), message).help(help));
        };
        if containers().any(|container| container.env.values().any(is_changed)) {
            refuse("env", "the environment");
        }
        let words = |container: &Container| container.command.iter().chain(&container.args).flatten().any(is_changed);
        if containers().any(words) {
            refuse("args", "the command");
        }
    }
}

fn is_changed(value: &Value) -> bool {
    value.parts().iter().any(|part| matches!(part, Part::Literal(text) if text.chars().any(may_change)))
}

/// Whether a character combines with others, or is written as another one in normal form.
const fn may_change(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{374}' | '\u{37e}' | '\u{387}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{93c}' | '\u{958}'..='\u{95f}' | '\u{1100}'..='\u{11ff}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{1f71}'..='\u{1fff}' | '\u{2000}'..='\u{2001}' | '\u{20d0}'..='\u{20ff}' | '\u{2126}'
        | '\u{212a}'..='\u{212b}' | '\u{2329}'..='\u{232a}' | '\u{2adc}' | '\u{3099}'..='\u{309a}' | '\u{f900}'..='\u{faff}'
        | '\u{fb1d}'..='\u{fb4e}' | '\u{fe20}'..='\u{fe2f}' | '\u{1d15e}'..='\u{1d1c0}' | '\u{2f800}'..='\u{2fa1d}')
}
