//! Tests of the store and of everything above it, run on SQLite and, where a server is given, on PostgreSQL.
