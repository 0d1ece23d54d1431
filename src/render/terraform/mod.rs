//! Terraform: roots and modules, for the platforms `docker` and `kubernetes`.
//!
//! Never: writes a secret's value; uses a resource whose plan needs a live system.
//!
//! Invariants: what is written is as `terraform fmt` leaves it; every variable moves something.

pub mod hcl;
