//! Tasks as JSON.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::backend::store::Task;

/// A task, as clients see one.
pub(super) struct Shown<'a>(pub(super) &'a Task);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Task { id, title, description, completed, created_at, updated_at, version } = self.0;
        let mut task = serializer.serialize_struct("Task", 7)?;
        task.serialize_field("id", id)?;
        task.serialize_field("title", title)?;
        task.serialize_field("description", description)?;
        task.serialize_field("completed", completed)?;
        task.serialize_field("created_at", &format_args!("{created_at}"))?;
        task.serialize_field("updated_at", &format_args!("{updated_at}"))?;
        task.serialize_field("version", version)?;
        task.end()
    }
}

/// A task as a JSON text.
pub(super) fn text(task: &Task) -> String {
    serde_json::to_string(&Shown(task)).expect("a task has no keys but texts")
}

/// Tasks as a JSON array.
pub(super) fn array(tasks: &[Task]) -> Vec<u8> {
    serde_json::to_vec(&tasks.iter().map(Shown).collect::<Vec<_>>()).expect("a task has no keys but texts")
}

/// The id of a task in a text of [`text`].
pub(super) fn id_of(text: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Named {
        id: String,
    }
    serde_json::from_str::<Named>(text).map(|named| named.id).unwrap_or_default()
}
