//! An engine that is there and has nothing: enough for Terraform's provider to plan.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

/// Answers on a port of its own until it is dropped.
pub struct FakeEngine {
    address: SocketAddr,
    server: Option<JoinHandle<()>>,
    asked: Arc<AtomicUsize>,
}

impl FakeEngine {
    /// Starts it.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let server = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if answer(&mut stream).is_none() {
                    return;
                }
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, server: Some(server), asked }
    }

    /// How many requests were answered.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// What `DOCKER_HOST` must be.
    pub fn address(&self) -> String {
        format!("tcp://{}", self.address)
    }
}

impl Drop for FakeEngine {
    fn drop(&mut self) {
        let stopped = TcpStream::connect(self.address).and_then(|mut stream| stream.write_all(b"STOP\r\n\r\n"));
        if let (Ok(()), Some(server)) = (stopped, self.server.take()) {
            let _ = server.join();
        }
    }
}

/// Answers one request; none where it is asked to stop.
fn answer(stream: &mut TcpStream) -> Option<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(count) if count > 0 => request.extend_from_slice(&buffer[..count]),
            _ => break,
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    if request.starts_with("STOP") {
        return None;
    }
    let line = request.lines().next().unwrap_or_default();
    let (status, body) = if line.contains("/_ping") {
        ("200 OK", "OK")
    } else if line.contains("/version") {
        ("200 OK", "{\"ApiVersion\":\"1.51\",\"MinAPIVersion\":\"1.24\",\"Version\":\"28.5.2\"}")
    } else if line.contains("/json") && !line.contains("/images/") {
        ("200 OK", "[]")
    } else {
        ("404 Not Found", "{\"message\":\"no such object\"}")
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nApi-Version: 1.51\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    Some(())
}
