//! Accounts, sessions and tokens over HTTP, as Better Auth 1.7 speaks for email and password with its `bearer` and `jwt`
//! plugins, so that its own clients work here. What the real one does was measured, and is compared with this in
//! `tests/outside`.

mod account;
mod attempts;
mod cookies;
mod form;
mod origin;
mod password;
mod routes;
mod session;
mod shown;
mod state;

pub(super) use routes::routes;
