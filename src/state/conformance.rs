//! What holds for every state store.
