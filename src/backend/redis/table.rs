//! How the fields of servers are compared, and what a change of each takes: the parameters' rows come from what is known of parameters.
//!
//! Never: names a server.

use super::parameter::{Class, PARAMETERS, PATTERNS};
use crate::model::Effect;
use crate::plan::{Added, CompareKind, CompareTable, Row};

/// The kind of address that it is for.
pub const KIND: &str = "redis";

const fn row(pattern: &'static str, kind: CompareKind, effect: Effect) -> Row {
    Row { pattern, kind, repair: effect, change: effect, added: Added::Drift }
}

/// What is not a parameter.
const OTHERS: &[Row] = &[
    row("*/acl/*.keys", CompareKind::Set, Effect::Runtime),
    row("*/acl/*.channels", CompareKind::Set, Effect::Runtime),
    row("*/acl/*.selectors", CompareKind::Set, Effect::Runtime),
    row("*/acl/*.others", CompareKind::Set, Effect::Runtime),
    row("*/acl/*", CompareKind::Exact, Effect::Runtime),
    row("*/topology.failed_nodes", CompareKind::Set, Effect::Runtime),
    row("*/topology.unknown_nodes", CompareKind::Set, Effect::Runtime),
    row("*/topology.open_slots", CompareKind::Set, Effect::Runtime),
    row("*/topology.epoch_collisions", CompareKind::Set, Effect::Runtime),
    row("*/topology.apart", CompareKind::Set, Effect::Runtime),
    row("*/topology.state_not_ok", CompareKind::Set, Effect::Runtime),
    row("*/topology.masters", CompareKind::Set, Effect::Runtime),
    row("*/topology", CompareKind::Exact, Effect::Runtime),
    // How many others there are follows from them: nobody can set it.
    Row { repair: Effect::Refused, ..row("*/sentinel/*.num-slaves", CompareKind::Exact, Effect::Runtime) },
    Row { repair: Effect::Refused, ..row("*/sentinel/*.num-other-sentinels", CompareKind::Exact, Effect::Runtime) },
    Row { repair: Effect::Refused, ..row("*/sentinel/*.ckquorum", CompareKind::Exact, Effect::Runtime) },
    row("*/sentinel/*", CompareKind::Exact, Effect::Runtime),
    // Nothing is known of it: the server says whether it can be set.
    row("*/config/*", CompareKind::Exact, Effect::Runtime),
];

const COUNT: usize = PARAMETERS.len() + OTHERS.len();

static ROWS: [Row; COUNT] = {
    let mut rows = [OTHERS[0]; COUNT];
    let mut at = 0;
    while at < COUNT {
        rows[at] = if at < PARAMETERS.len() {
            of_parameter(PATTERNS[at], PARAMETERS[at].class)
        } else {
            OTHERS[at - PARAMETERS.len()]
        };
        at += 1;
    }
    rows
};

const fn of_parameter(pattern: &'static str, class: Class) -> Row {
    match class {
        Class::Runtime => row(pattern, CompareKind::Exact, Effect::Runtime),
        Class::Immutable | Class::Protected => row(pattern, CompareKind::Exact, Effect::Restart),
        Class::Owned => row(pattern, CompareKind::Unobservable, Effect::Restart),
        Class::Sensitive => row(pattern, CompareKind::WriteOnly, Effect::Runtime),
    }
}

/// How fields are compared.
pub static TABLE: CompareTable = CompareTable { backend: KIND, rows: &ROWS };
