//! Connections to other machines and to this one.

use std::io;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A connection to a host and port, within a time.
///
/// # Errors
/// What the system says; `TimedOut` when nothing answers in time.
pub async fn dial(host: &str, port: u16, within: Duration) -> io::Result<TcpStream> {
    let connected = timeout(within, TcpStream::connect((host, port))).await;
    let stream = connected.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut)))?;
    // What is asked is short, and waited for.
    stream.set_nodelay(true)?;
    Ok(stream)
}
