//! Types as JSON Schema, draft 2020-12.
