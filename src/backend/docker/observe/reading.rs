//! Many questions to one engine at once, and no more at a time than it has use for.

use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many questions are under way at most.
const AT_ONCE: usize = 24;

/// The answers, by what was asked. A question that was never answered is not among them.
pub async fn gather<K, Q, T, F>(questions: impl IntoIterator<Item = K>, ask: Q) -> BTreeMap<K, T>
where
    K: Ord + Clone + Send + 'static,
    T: Send + 'static,
    Q: Fn(K) -> F,
    F: Future<Output = T> + Send + 'static,
{
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for question in questions {
        let (gate, answer) = (Arc::clone(&gate), ask(question.clone()));
        running.spawn(async move {
            let _turn = gate.acquire().await;
            (question, answer.await)
        });
    }
    let mut answers = BTreeMap::new();
    while let Some(ended) = running.join_next().await {
        if let Ok((question, answer)) = ended {
            answers.insert(question, answer);
        }
    }
    answers
}
