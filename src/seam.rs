//! What every seam (backends, state stores, secrets) is made of, and none of them owns: an object-safe trait returns a boxed future, and
//! several are under way at once, none of them detached: what drops the whole drops them all.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// What the object-safe seams return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Waits until one of them ends, and takes it out with what it was known by. Never returns where there is none.
pub async fn next_ended<K, T>(running: &mut Vec<(K, BoxFuture<'_, T>)>) -> (K, T) {
    poll_fn(|context| {
        for at in 0..running.len() {
            if let Poll::Ready(value) = running[at].1.as_mut().poll(context) {
                let (key, _) = running.remove(at);
                return Poll::Ready((key, value));
            }
        }
        Poll::Pending
    })
    .await
}

/// Waits for all of them; their values in their order.
pub async fn all<T>(futures: impl IntoIterator<Item = BoxFuture<'_, T>>) -> Vec<T> {
    let mut running: Vec<_> = futures.into_iter().enumerate().collect();
    let mut ended = Vec::with_capacity(running.len());
    while !running.is_empty() {
        ended.push(next_ended(&mut running).await);
    }
    ended.sort_by_key(|(at, _)| *at);
    ended.into_iter().map(|(_, value)| value).collect()
}
