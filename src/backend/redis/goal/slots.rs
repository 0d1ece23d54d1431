//! Moves slots with their keys from one master to another, while clients read and write them.
//!
//! Never: lets go of a slot before its last key has arrived.
//!
//! Invariants: stopped at any point, the slots under way are open, which is seen, and finished first by the next run.

use super::super::connection::{Question, Reply, Session, refused};
use super::fleet::Fleet;
use super::next::Move;
use crate::backend::{BackendError, Context, ErrorClass};

/// How many slots are under way at once.
const AT_ONCE: usize = 64;
/// How many keys are moved by one command.
const KEYS: &str = "100";
/// How long a server may take for one command that moves keys, in milliseconds.
const KEYS_TIMEOUT: &str = "2000";

/// Moves all slots.
///
/// # Errors
/// What a server says against it.
pub async fn run(fleet: &mut Fleet<'_>, slots: &Move, context: &Context<'_>) -> Result<(), BackendError> {
    for some in slots.slots.chunks(AT_ONCE) {
        if *context.cancelled.borrow() {
            return Err(BackendError::new(ErrorClass::Invalid, "stopped while slots were moving"));
        }
        open(fleet, slots, some).await?;
        for slot in some {
            empty(fleet, slots, *slot).await?;
        }
        close(fleet, slots, some).await?;
    }
    Ok(())
}

fn setslot(slot: u16, state: &str, id: &str) -> Question {
    Question::new(["CLUSTER", "SETSLOT", &slot.to_string(), state, id])
}

/// A way to one end of a move. Without both ends nothing moves: a slot that changes hands without its keys loses them.
fn end<'f>(fleet: &'f mut Fleet<'_>, id: &str) -> Result<&'f mut Session, BackendError> {
    let gone = || BackendError::new(ErrorClass::Transient, "a master of slots that move does not answer");
    fleet.session_of(id).ok_or_else(gone)
}

async fn open(fleet: &mut Fleet<'_>, slots: &Move, some: &[u16]) -> Result<(), BackendError> {
    let importing: Vec<Question> = some.iter().map(|slot| setslot(*slot, "IMPORTING", &slots.from)).collect();
    let migrating: Vec<Question> = some.iter().map(|slot| setslot(*slot, "MIGRATING", &slots.to)).collect();
    // One of the two may be done already, and then it is refused; what matters is found when keys move and slots are closed.
    end(fleet, &slots.to)?.ask(&importing).await?;
    end(fleet, &slots.from)?.ask(&migrating).await.map(drop)
}

/// Moves the keys of a slot until there are none.
async fn empty(fleet: &mut Fleet<'_>, slots: &Move, slot: u16) -> Result<(), BackendError> {
    loop {
        let ask = Question::new(["CLUSTER", "GETKEYSINSLOT", &slot.to_string(), KEYS]);
        let keys: Vec<Vec<u8>> = match end(fleet, &slots.from)?.tell("the keys of a slot are not told", ask).await? {
            Reply::List(keys) => keys
                .into_iter()
                .filter_map(|key| if let Reply::Text(bytes) = key { Some(bytes) } else { None })
                .collect(),
            _ => Vec::new(),
        };
        if keys.is_empty() {
            return Ok(());
        }
        let question = migrate(fleet, slots, keys)?;
        end(fleet, &slots.from)?.tell("keys cannot move", question).await?;
    }
}

fn migrate(fleet: &Fleet<'_>, slots: &Move, keys: Vec<Vec<u8>>) -> Result<Question, BackendError> {
    let unknown =
        || BackendError::new(ErrorClass::NotFound, "the address of the master that gets the slots is not known");
    let seen = fleet.view_of(&slots.from).ok_or_else(unknown)?;
    let to = seen.nodes.iter().find(|node| node.id == slots.to && !node.host.is_empty()).ok_or_else(unknown)?;
    let mut words: Vec<Vec<u8>> = ["MIGRATE", &to.host, &to.port.to_string(), "", "0", KEYS_TIMEOUT]
        .iter()
        .map(|word| word.as_bytes().to_vec())
        .collect();
    if let Some(login) = fleet.name_of(&slots.to).and_then(|name| fleet.login(&name)) {
        words.extend([b"AUTH2".to_vec(), login.user.into_bytes(), login.password.expose().to_vec()]);
    }
    words.push(b"KEYS".to_vec());
    words.extend(keys);
    Ok(Question::new(words))
}

/// The new master first, then the old one, then whoever else could be asked: it need not wait to hear of it.
async fn close(fleet: &mut Fleet<'_>, slots: &Move, some: &[u16]) -> Result<(), BackendError> {
    let owned: Vec<Question> = some.iter().map(|slot| setslot(*slot, "NODE", &slots.to)).collect();
    for id in [&slots.to, &slots.from] {
        for reply in end(fleet, id)?.ask(&owned).await? {
            // Who has given its last slot away follows whoever has them now, and need not be told.
            if let Reply::Error(text) = reply
                && (*id == slots.to || text.contains("hold keys"))
            {
                return Err(refused("slots cannot change hands", &text));
            }
        }
    }
    for id in fleet.ids() {
        if id != slots.to
            && id != slots.from
            && let Some(session) = fleet.session_of(&id)
        {
            session.ask(&owned).await?;
        }
    }
    Ok(())
}
