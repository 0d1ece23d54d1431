//! Types as reference pages.
