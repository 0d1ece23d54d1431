//! Speaks to one server: over a byte stream where its carrier gives one, else through its own `redis-cli` in one run for all questions.
//!
//! Never: decides what to ask; puts a password into an argument or an error.
//!
//! Invariants: every wait has an end; what could not be asked is an error, what the server refuses is a reply.

mod cli;
mod fault;
mod reply;
mod stream;

pub use fault::refused;
pub use reply::Reply;

use crate::backend::{Access, BackendError, ErrorClass};
use crate::model::{Address, SecretValue};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long anything may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Getting at the server.
    pub connect: Duration,
    /// Answers to all questions of one round.
    pub answer: Duration,
    /// The steps of one goal, all together.
    pub goal: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(2), answer: seconds(3), goal: seconds(60) }
    }
}

/// As whom a server is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// Its password.
    pub password: SecretValue,
}

/// A question: the command and its arguments.
#[derive(Clone, PartialEq, Eq)]
pub struct Question(pub(super) Vec<Vec<u8>>);

impl Question {
    /// A question of words.
    pub fn new<W: Into<Vec<u8>>>(words: impl IntoIterator<Item = W>) -> Self {
        Self(words.into_iter().map(Into::into).collect())
    }

    /// A question as it is typed, its words between spaces.
    pub fn of(line: &str) -> Self {
        Self::new(line.split_whitespace())
    }
}

/// A way to one server.
pub struct Session {
    way: Way,
    limits: Limits,
}

enum Way {
    Stream(stream::Spoken),
    Cli(cli::Cli),
}

impl Session {
    /// Gets at a server and logs in.
    ///
    /// # Errors
    /// [`ErrorClass::Transient`] where it does not answer, [`ErrorClass::Denied`] where it does not let in.
    pub async fn open(
        access: &Arc<dyn Access>,
        carrier: &Address,
        port: u16,
        login: Option<&Credentials>,
        limits: Limits,
    ) -> Result<Self, BackendError> {
        let late = || fault::late(limits.connect);
        match timeout(limits.connect, access.dial(carrier, port)).await.map_err(|_| late())? {
            Ok(stream) => {
                let spoken = stream::Spoken::open(stream);
                let mut session =
                    Self { way: Way::Stream(timeout(limits.connect, spoken).await.map_err(|_| late())??), limits };
                session.log_in(login).await?;
                Ok(session)
            }
            Err(error) if error.class == ErrorClass::Unsupported => {
                let cli = cli::Cli::new(Arc::clone(access), carrier.clone(), port, login.cloned());
                Ok(Self { way: Way::Cli(cli), limits })
            }
            Err(error) => Err(error),
        }
    }

    async fn log_in(&mut self, login: Option<&Credentials>) -> Result<(), BackendError> {
        let Some(login) = login else { return Ok(()) };
        let question = Question::new([b"AUTH".as_slice(), login.user.as_bytes(), login.password.expose()]);
        match self.ask_one(question).await? {
            Reply::Error(text) => Err(refused(&format!("it does not let `{}` in", login.user), &text)),
            _ => Ok(()),
        }
    }

    /// Asks all at once. One reply for each, in their order.
    ///
    /// # Errors
    /// Where not all of them were answered in time.
    pub async fn ask(&mut self, questions: &[Question]) -> Result<Vec<Reply>, BackendError> {
        let limit = self.limits.answer;
        let asked = async {
            match &mut self.way {
                Way::Stream(spoken) => spoken.ask(questions).await,
                Way::Cli(cli) => cli.ask(questions).await,
            }
        };
        timeout(limit, asked).await.map_err(|_| fault::late(limit))?
    }

    /// Asks one thing.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn ask_one(&mut self, question: Question) -> Result<Reply, BackendError> {
        Ok(self.ask(&[question]).await?.pop().unwrap_or_default())
    }

    /// Tells it to do something: what it refuses is an error.
    ///
    /// # Errors
    /// As [`Self::ask`], and with `what` before what the server says.
    pub async fn tell(&mut self, what: &str, question: Question) -> Result<Reply, BackendError> {
        match self.ask_one(question).await? {
            Reply::Error(text) => Err(refused(what, &text)),
            reply => Ok(reply),
        }
    }
}
