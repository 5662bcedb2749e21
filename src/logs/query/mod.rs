//! The filter grammar: what the console's prompt, saved filters and `portolan logs --grep` understand.
//!
//! ```text
//! word "two words"     a text in the line; without a capital letter in any case
//! /re/  re:...         a regular expression of the `regex` crate, so in linear time; case as for a text, unless
//!                      it says so itself with (?i) or (?-i). re: goes to the next space, re:"..." takes spaces
//! -word  !word         not; before a group or a field, too. A word that begins with two marks (`--verbose`) is text
//! a b   a|b   ( )      and; or; group. And binds tighter: `a b|c` is `(a b)|c`
//! svc:api,worker       lines of these services
//! level:warn           of this level or above; a line that does not say its level is of none
//! stream:err,notice    printed there: out, err, notice
//! run:last  run:3      of the service's latest spawn, or of that one; our notices belong to none
//! since:5m             read that long ago or later; also a time (2026-11-20T04:22:00Z)
//! status>=500 a.b=7    a field of a JSON or logfmt line: = != < <= > >= with numbers, ~ !~ with a regular
//!                      expression. A line without the field never matches: `-a=b` takes those, `a!=b` does not
//! ```
//!
//! Quotation marks take everything literally but `\"` and `\\`. A slash begins a regular expression only if another
//! one ends it before a space, `|`, `)` or the end: `/api/users` is a text. Parentheses inside a word belong to it.
//!
//! Pure: no I/O, no clock. Says which lines are meant; where they are is `search`'s business.

mod cover;
mod expr;
mod fault;
mod field;
mod filter;
mod lex;
mod lookup;
mod needle;
mod parse;
mod pattern;
#[cfg(test)]
mod tests;
mod words;

pub use fault::QueryFault;
pub use filter::{Candidate, Query};
