//! A conversation over a byte stream.

use super::fault::cut;
use super::{Question, Reply};
use crate::backend::{BackendError, Stream};
use crate::seam::{BoxFuture, all};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, RedisConnectionInfo, RedisError, Value};
use tokio::task::JoinHandle;

/// A conversation; it ends with this.
pub(super) struct Spoken {
    connection: MultiplexedConnection,
    driver: JoinHandle<()>,
}

impl Drop for Spoken {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Spoken {
    /// Begins, as nobody in particular: who logs in says so itself, so that a password is nowhere but in what is sent.
    pub(super) async fn open(stream: Box<dyn Stream>) -> Result<Self, BackendError> {
        let info = RedisConnectionInfo::default().set_skip_set_lib_name();
        // Who asks bounds the time.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let opened = MultiplexedConnection::new_with_config(&info, stream, config).await;
        let (connection, driver) = opened.map_err(|error| broken(&error))?;
        Ok(Self { connection, driver: tokio::spawn(driver) })
    }

    pub(super) async fn ask(&mut self, questions: &[Question]) -> Result<Vec<Reply>, BackendError> {
        let one = |question: &Question| {
            let mut command = Cmd::new();
            for word in &question.0 {
                command.arg(word.as_slice());
            }
            let mut connection = self.connection.clone();
            let asked: BoxFuture<'_, Result<Reply, BackendError>> = Box::pin(async move {
                match connection.send_packed_command(&command).await {
                    Ok(value) => Ok(reply(value)),
                    Err(error) => refusal(&error).map(Reply::Error).ok_or_else(|| broken(&error)),
                }
            });
            asked
        };
        all(questions.iter().map(one)).await.into_iter().collect()
    }
}

/// What the server itself says against it; none: it was not even answered.
fn refusal(error: &RedisError) -> Option<String> {
    let code = error.code().filter(|_| !error.is_io_error())?;
    Some(format!("{code} {}", error.detail().unwrap_or_default()))
}

fn broken(error: &RedisError) -> BackendError {
    if error.is_timeout() {
        return cut("it does not answer in time");
    }
    cut(&format!("the connection broke: {error}"))
}

fn reply(value: Value) -> Reply {
    let list = |values: Vec<Value>| Reply::List(values.into_iter().map(reply).collect());
    match value {
        Value::Int(number) => Reply::Int(number),
        Value::BulkString(bytes) => Reply::Text(bytes),
        Value::SimpleString(text) | Value::VerbatimString { text, .. } => Reply::Text(text.into_bytes()),
        Value::Okay => Reply::Text(b"OK".to_vec()),
        Value::Array(values) | Value::Set(values) => list(values),
        Value::Map(pairs) => list(pairs.into_iter().flat_map(|(key, value)| [key, value]).collect()),
        Value::Boolean(flag) => Reply::Int(i64::from(flag)),
        Value::Double(number) => Reply::Text(number.to_string().into_bytes()),
        Value::ServerError(error) => Reply::Error(format!("{} {}", error.code(), error.details().unwrap_or_default())),
        _ => Reply::Nil,
    }
}
