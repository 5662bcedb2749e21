//! YAML as a tree in which every key and value knows its line. Scalars stay text, so that `1.10` is no number.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::error::ImportError;

/// Deeper than any file that a person writes, and shallow enough to walk by recursion.
const DEEPEST: usize = 64;
/// What aliases may make of a file; a few lines of aliases can stand for billions of values.
const MOST_NODES: usize = 100_000;

/// A value with its line.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) line: u32,
    pub(super) value: Value,
}

/// What stands there.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Text, and whether it stands without quotes.
    Scalar(String, bool),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key with its line.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) line: u32,
    pub(super) name: String,
}

impl Node {
    /// The text of a scalar that is not null.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text, _) if !self.is_null() => Some(text),
            Value::Scalar(..) | Value::List(_) | Value::Map(_) => None,
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(text, true) if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    pub(super) fn flag(&self) -> Option<bool> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    /// The items of a list, or the one text that stands for a list of one.
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Scalar(..) if !self.is_null() => std::slice::from_ref(self),
            Value::Scalar(..) | Value::Map(_) => &[],
        }
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    pub(super) fn map(&self) -> Option<&[(Key, Node)]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            Value::Scalar(..) | Value::List(_) => None,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        self.map()?.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    fn depth(&self) -> usize {
        match &self.value {
            Value::Scalar(..) => 1,
            Value::List(items) => 1 + items.iter().map(Node::depth).max().unwrap_or(0),
            Value::Map(entries) => 1 + entries.iter().map(|(_, node)| node.depth()).max().unwrap_or(0),
        }
    }

    fn size(&self) -> usize {
        match &self.value {
            Value::Scalar(..) => 1,
            Value::List(items) => 1 + items.iter().map(Node::size).sum::<usize>(),
            Value::Map(entries) => 1 + entries.iter().map(|(_, node)| 1 + node.size()).sum::<usize>(),
        }
    }
}

/// The one document of `text`; an empty file is an empty map.
pub(super) fn parse(text: &str) -> Result<Node, ImportError> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            ImportError::at(line(error.marker().line()), format!("this is not YAML: {}", error.info()))
        })?;
        builder.take(event, line(span.start.line()))?;
    }
    Ok(builder.root.unwrap_or(Node { line: 1, value: Value::Map(Vec::new()) }))
}

fn line(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX).max(1)
}

/// A list or map that is not closed yet.
struct Open {
    anchor: usize,
    node: Node,
    /// The key whose value comes next.
    key: Option<Key>,
    /// The values behind `<<`, which count for less than what is written in the map itself.
    merged: Vec<Node>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Node>,
    root: Option<Node>,
    nodes: usize,
    /// Whether an alias was followed.
    aliased: bool,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<(), ImportError> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let value = Value::Scalar(text.into_owned(), style == ScalarStyle::Plain);
                self.close(Node { line, value }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.begin(Value::List(Vec::new()), anchor, line),
            Event::MappingStart(anchor, _) => self.begin(Value::Map(Vec::new()), anchor, line),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { anchor, mut node, merged, .. }) => {
                    if let Value::Map(entries) = &mut node.value {
                        merge(entries, &merged)?;
                    }
                    self.close(node, anchor)
                }
                None => Ok(()),
            },
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => {
                    self.aliased = true;
                    // Its own line is where it is used; inside, lines stay those of the anchor.
                    let node = Node { line, value: node.value.clone() };
                    self.nodes += node.size();
                    if self.open.len() + node.depth() > DEEPEST {
                        return Err(ImportError::at(line, "this is nested too deeply"));
                    }
                    self.close(node, 0)
                }
                None => Err(ImportError::at(line, "this alias has no anchor above it")),
            },
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(ImportError::at(line, "a second document begins here; keep one in the file"))
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn begin(&mut self, value: Value, anchor: usize, line: u32) -> Result<(), ImportError> {
        if self.open.len() >= DEEPEST {
            return Err(ImportError::at(line, "this is nested too deeply"));
        }
        self.open.push(Open { anchor, node: Node { line, value }, key: None, merged: Vec::new() });
        Ok(())
    }

    /// Puts a whole value where it belongs.
    fn close(&mut self, node: Node, anchor: usize) -> Result<(), ImportError> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            let why = if self.aliased {
                "aliases make this file too large".to_owned()
            } else {
                format!("this file is too large: it has more than {MOST_NODES} keys and values")
            };
            return Err(ImportError::at(node.line, why));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut parent.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match parent.key.take() {
                Some(key) if key.name == "<<" => parent.merged.push(node),
                Some(key) => match entries.iter().find(|(have, _)| have.name == key.name) {
                    Some((first, _)) => {
                        let what = format!("`{}` is already there in line {}", key.name, first.line);
                        return Err(ImportError::at(key.line, what));
                    }
                    None => entries.push((key, node)),
                },
                None => parent.key = Some(as_key(node)?),
            },
            Value::Scalar(..) => {}
        }
        Ok(())
    }
}

fn as_key(node: Node) -> Result<Key, ImportError> {
    match node.value {
        Value::Scalar(name, _) => Ok(Key { line: node.line, name }),
        Value::List(_) | Value::Map(_) => Err(ImportError::at(node.line, "a key has to be a text")),
    }
}

/// Adds what the maps behind `<<` have and `entries` has not.
fn merge(entries: &mut Vec<(Key, Node)>, sources: &[Node]) -> Result<(), ImportError> {
    for source in sources {
        let maps = if source.is_list() { source.items() } else { std::slice::from_ref(source) };
        for map in maps {
            let Some(merged) = map.map() else {
                return Err(ImportError::at(source.line, "`<<` merges maps, and this is none"));
            };
            let missing = |(key, _): &&(Key, Node)| !entries.iter().any(|(have, _)| have.name == key.name);
            let missing: Vec<(Key, Node)> = merged.iter().filter(missing).cloned().collect();
            entries.extend(missing);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_know_their_lines() {
        let node = parse("a: 1\nb:\n  - x\n  - y: 1.10\n").unwrap();
        let entries = node.map().unwrap();
        assert_eq!((entries[1].0.name.as_str(), entries[1].0.line), ("b", 2));
        let y = entries[1].1.items()[1].get("y").unwrap();
        assert_eq!((y.text(), y.line), (Some("1.10"), 4));
    }

    #[test]
    fn anchors_and_merge_keys_are_followed() {
        let node = parse("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3\nz: *x\n").unwrap();
        let text = |map: &str, key: &str| node.get(map).unwrap().get(key).unwrap().text().unwrap().to_owned();
        assert_eq!([text("y", "a"), text("y", "b"), text("z", "b")], ["1", "3", "2"]);
        let list = parse("a: &a {p: 1}\nb: &b {q: 2, p: 3}\nc: {<<: [*a, *b]}\n").unwrap();
        assert_eq!(list.get("c").unwrap().get("p").unwrap().text(), Some("1"));
    }

    #[test]
    fn what_cannot_be_read_has_a_line() {
        for (text, line) in [
            ("a: 1\nb: [\n", 3),
            ("a: 1\na: 2\n", 2),
            ("a: 1\n---\nb: 1\n", 2),
            ("a: 1\n<<: x\n", 2),
            ("a: 1\n? [x]\n: 1\n", 2),
            ("a: *x\n", 1),
        ] {
            assert_eq!(parse(text).unwrap_err().line(), Some(line), "{text:?}");
        }
    }

    #[test]
    fn a_bomb_of_aliases_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..20 {
            let below = format!("*a{}", at - 1);
            text += &format!("a{at}: &a{at} [{}]\n", vec![below; 10].join(", "));
        }
        assert!(parse(&text).unwrap_err().to_string().contains("aliases"));
        let long = parse(&"- x\n".repeat(MOST_NODES)).unwrap_err().to_string();
        assert!(!long.contains("aliases"), "{long}");
        assert!(parse(&"[".repeat(10_000)).is_err());
        let deep: String = (1..40).map(|at| format!("b{at}: &b{at} [[[*b{}]]]\n", at - 1)).collect();
        assert!(parse(&format!("b0: &b0 x\n{deep}")).is_err());
    }
}
