//! Placeholder of the room, replaced as it is built.
