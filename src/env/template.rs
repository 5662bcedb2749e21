//! Placeholders in texts of portolan.toml: `{port}`, `{auth.url}`, `{env.NAME}`.
//!
//! Parsing only says what stands there; whether the service exists is the configuration's question, and what it
//! expands to is known only when the addresses are.

use std::fmt;

use crate::stack::ServiceName;

/// A text with its placeholders found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// One part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands for itself, with `{{` and `}}` already single.
    Text(String),
    /// A placeholder.
    Placeholder(Placeholder),
}

/// What a placeholder stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// `{port}`: the service's own port.
    OwnPort,
    /// `{NAME.url}` and its kind: something of another service, or of the service itself.
    Service(ServiceName, ServiceField),
    /// `{env.NAME}`: another variable of the same service's environment.
    Env(String),
}

/// Which part of a service's address a placeholder names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceField {
    /// `{NAME.url}`
    Url,
    /// `{NAME.host}`
    Host,
    /// `{NAME.port}`
    Port,
}

/// Why a text is not a template. Offsets are bytes into the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// Where the faulty placeholder begins.
    pub offset: usize,
    /// What is wrong with it.
    pub fault: TemplateFault,
}

/// What is wrong with a placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateFault {
    /// `{` without `}`.
    Unclosed,
    /// `}` without `{`.
    Unopened,
    /// Something between braces that is no placeholder.
    Unknown(String),
}

impl Template {
    /// Finds the placeholders of `text`. `{{` and `}}` are literal braces and `${…}` is left alone.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let offset = text.len() - rest.len() + at;
            literal.push_str(&rest[..at]);
            let found = &rest[at..];
            if let Some(after) = found.strip_prefix("{{") {
                literal.push('{');
                rest = after;
            } else if let Some(after) = found.strip_prefix("}}") {
                literal.push('}');
                rest = after;
            } else if found.starts_with('}') {
                return Err(TemplateError { offset, fault: TemplateFault::Unopened });
            } else {
                let Some(end) = found.find('}') else {
                    return Err(TemplateError { offset, fault: TemplateFault::Unclosed });
                };
                if literal.ends_with('$') {
                    literal.push_str(&found[..=end]);
                } else {
                    let placeholder = Placeholder::parse(&found[1..end])
                        .ok_or_else(|| TemplateFault::Unknown(found[1..end].to_owned()))
                        .map_err(|fault| TemplateError { offset, fault })?;
                    push_text(&mut pieces, &mut literal);
                    pieces.push(Piece::Placeholder(placeholder));
                }
                rest = &found[end + 1..];
            }
        }
        literal.push_str(rest);
        push_text(&mut pieces, &mut literal);
        Ok(Self { pieces })
    }

    /// The parts in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The placeholders in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Placeholder(placeholder) => Some(placeholder),
        })
    }

    /// The text with every placeholder replaced by what `value` says, or the first refusal of `value`.
    pub fn expand<E>(&self, mut value: impl FnMut(&Placeholder) -> Result<String, E>) -> Result<String, E> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Placeholder(placeholder) => text.push_str(&value(placeholder)?),
            }
        }
        Ok(text)
    }
}

fn push_text(pieces: &mut Vec<Piece>, literal: &mut String) {
    if !literal.is_empty() {
        pieces.push(Piece::Text(std::mem::take(literal)));
    }
}

impl Placeholder {
    fn parse(inside: &str) -> Option<Self> {
        if inside == "port" {
            return Some(Self::OwnPort);
        }
        // A service name may itself hold dots; the field is what follows the last one.
        let (name, field) = inside.rsplit_once('.')?;
        if let Some(variable) = inside.strip_prefix("env.") {
            return Some(Self::Env(variable.to_owned()));
        }
        let field = match field {
            "url" => ServiceField::Url,
            "host" => ServiceField::Host,
            "port" => ServiceField::Port,
            _ => return None,
        };
        Some(Self::Service(ServiceName::new(name).ok()?, field))
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnPort => f.write_str("{port}"),
            Self::Service(name, ServiceField::Url) => write!(f, "{{{name}.url}}"),
            Self::Service(name, ServiceField::Host) => write!(f, "{{{name}.host}}"),
            Self::Service(name, ServiceField::Port) => write!(f, "{{{name}.port}}"),
            Self::Env(name) => write!(f, "{{env.{name}}}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(text: &str) -> Result<String, TemplateError> {
        let template = Template::parse(text)?;
        Ok(template.expand(|p| Ok::<_, ()>(format!("<{p}>"))).unwrap())
    }

    #[test]
    fn placeholders_are_found_and_the_rest_is_left_as_it_is() {
        assert_eq!(expand("x --port {port}").unwrap(), "x --port <{port}>");
        assert_eq!(expand("{a.b.url}/{c.host}:{c.port}").unwrap(), "<{a.b.url}>/<{c.host}>:<{c.port}>");
        assert_eq!(expand("{env.A.B}").unwrap(), "<{env.A.B}>");
        assert_eq!(expand("${HOME} {{x}} $PORT").unwrap(), "${HOME} {x} $PORT");
    }

    #[test]
    fn faults_are_placed_at_their_brace() {
        let fault = |text| Template::parse(text).unwrap_err();
        assert_eq!(fault("ab {x"), TemplateError { offset: 3, fault: TemplateFault::Unclosed });
        assert_eq!(fault("ab }"), TemplateError { offset: 3, fault: TemplateFault::Unopened });
        assert_eq!(
            fault("{prot}"),
            TemplateError { offset: 0, fault: TemplateFault::Unknown("prot".into()) }
        );
        assert_eq!(
            fault("{a.ulr}"),
            TemplateError { offset: 0, fault: TemplateFault::Unknown("a.ulr".into()) }
        );
    }
}
