//! The command line: one file per verb, and what they share about arguments, colours and exit codes.

mod announce;
mod args;
mod asking;
mod check;
mod colour;
mod console;
mod control;
mod demo;
mod desktop;
mod detach;
mod doctor;
mod down;
mod draft_file;
mod env;
mod failure;
mod import;
mod init;
mod logs;
mod open;
mod paging;
mod plain;
mod plan;
mod ports;
mod ps;
mod reload;
mod run;
mod run_verb;
mod schema;
mod signals;
mod table;
mod told;
mod up;
mod verdict;
mod wait;
mod why;

pub use run::run;
