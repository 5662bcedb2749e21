//! A small strict reader of XML: elements, attributes, text, entities. Panics at whatever is not well-formed.

use std::collections::BTreeMap;

#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn parse(document: &str) -> Self {
        assert!(document.chars().all(is_allowed), "a character that XML does not have");
        let rest =
            document.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
        let (root, rest) = Self::read(rest);
        assert_eq!(rest.trim(), "", "one root");
        root
    }

    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    pub(crate) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    fn read(text: &str) -> (Self, &str) {
        let text = text.strip_prefix('<').expect("an element");
        let end = text.find([' ', '/', '>']).unwrap();
        let mut element = Self {
            name: text[..end].into(),
            attributes: BTreeMap::new(),
            children: Vec::new(),
            text: String::new(),
        };
        let mut rest = &text[end..];
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix("/>") {
                return (element, after);
            }
            if let Some(after) = rest.strip_prefix('>') {
                return element.content(after);
            }
            let (name, value) = rest.split_once("=\"").expect("an attribute");
            let (value, after) = value.split_once('"').expect("a closing quote");
            assert!(!value.contains('<'), "{value}");
            let known = element.attributes.insert(name.to_owned(), unescaped(value));
            assert_eq!(known, None, "{name} twice");
            rest = after;
        }
    }

    fn content(mut self, mut rest: &str) -> (Self, &str) {
        loop {
            let at = rest.find('<').expect("an end");
            assert!(!rest[..at].contains("]]>"), "{rest}");
            self.text.push_str(&unescaped(&rest[..at]));
            rest = &rest[at..];
            if let Some(after) = rest.strip_prefix(&format!("</{}>", self.name)) {
                return (self, after);
            }
            let (child, after) = Self::read(rest);
            self.children.push(child);
            rest = after;
        }
    }
}

fn unescaped(text: &str) -> String {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').expect("an entity ends");
        plain.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#9" => '\t',
            "#10" => '\n',
            "#13" => '\r',
            other => panic!("&{other};"),
        });
        plain.push_str(rest);
    }
    plain
}

fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}
