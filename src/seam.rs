//! What every seam (backends, state stores, secrets) is made of, and none of them owns: an object-safe trait returns a boxed future.

use std::pin::Pin;

/// What the object-safe seams return.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
