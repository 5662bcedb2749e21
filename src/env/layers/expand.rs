//! Replaces the placeholders of one text. Who a variable is asked of, the caller says.

use crate::env::{Placeholder, ServiceField, Template, TemplateError, TemplateFault};
use crate::stack::{Address, AddressField, Port, RecordField, ServiceName};

/// The most bytes that one expanded text may have. Linux takes 128 KiB for one variable or argument.
const MAX_EXPANDED_BYTES: usize = 1 << 20;

/// Why a text cannot be expanded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// The text is no template. Only the offset is told: what stands there may be part of a secret.
    #[error("has a brace that belongs to no placeholder at byte {}", .0.offset)]
    Template(TemplateError),
    /// `{port}` in a service without a port.
    #[error("uses {{port}}, but the service has no port")]
    NoPort,
    /// An address or port that is not known before something has started.
    #[error("needs the {}, which is not known", .0)]
    NotYet(RecordField),
    /// An address that lacks the field.
    #[error("needs the {}, which it does not have", .0)]
    NoField(RecordField),
    /// `{env.NAME}` of a variable that is not set.
    #[error("uses {{env.{name}}}, but {name} is not set{}", suggestion.as_ref().map(|s| format!("; did you mean {s}?")).unwrap_or_default())]
    UnknownVariable {
        /// The variable.
        name: String,
        /// One that is set and has a similar name.
        suggestion: Option<String>,
    },
    /// Variables that are made of each other.
    #[error("is made of itself: {}", .0.join(" -> "))]
    Cycle(Vec<String>),
    /// More than a variable can hold.
    #[error("is longer than {} MiB once it is expanded", MAX_EXPANDED_BYTES >> 20)]
    TooLong,
}

impl ExpandError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Template(TemplateError { fault: TemplateFault::Unknown(_), .. }) => {
                "use {port}, {SERVICE.url}, {SERVICE.host}, {SERVICE.port} or {env.NAME}, or write {{ for a brace"
            }
            Self::Template(_) => "write {{ and }} for literal braces",
            Self::NoPort => "give the service a `port`",
            Self::NotYet(_) => "name the service under `needs`, so that it is up first",
            Self::NoField(_) => "give that service a `port` or a `url`",
            Self::UnknownVariable { .. } => "set it in an environment file, or correct the name",
            Self::Cycle(_) => "set one of them without the others",
            Self::TooLong => "shorten it",
        }
    }
}

/// What the placeholders for addresses stand for.
#[derive(Clone, Copy)]
pub(super) struct Addresses<'a> {
    pub(super) service: &'a ServiceName,
    pub(super) has_port: bool,
    pub(super) port: Option<Port>,
    pub(super) lookup: &'a dyn Fn(&ServiceName) -> Option<Address>,
}

impl Addresses<'_> {
    /// `text` with its placeholders replaced; `variable` gives the value of `{env.NAME}`.
    pub(super) fn expand(
        &self,
        text: &str,
        mut variable: impl FnMut(&str) -> Result<String, ExpandError>,
    ) -> Result<String, ExpandError> {
        let mut room = MAX_EXPANDED_BYTES;
        Template::parse(text).map_err(ExpandError::Template)?.expand(|placeholder| {
            let value = match placeholder {
                Placeholder::OwnPort => self.own_port()?,
                Placeholder::Service(name, field) => self.field(name, *field)?,
                Placeholder::Env(name) => variable(name)?,
            };
            room = room.checked_sub(value.len()).ok_or(ExpandError::TooLong)?;
            Ok(value)
        })
    }

    fn own_port(&self) -> Result<String, ExpandError> {
        let field = || RecordField { service: self.service.clone(), field: AddressField::Port };
        match self.port {
            Some(port) => Ok(port.to_string()),
            None if self.has_port => Err(ExpandError::NotYet(field())),
            None => Err(ExpandError::NoPort),
        }
    }

    fn field(&self, name: &ServiceName, field: ServiceField) -> Result<String, ExpandError> {
        let record = || record_field(name, field);
        let Some(address) = (self.lookup)(name) else {
            // Its own address follows from its own port, unless a `url` pattern says otherwise.
            return match (field, name == self.service) {
                (ServiceField::Port, true) => self.own_port(),
                (ServiceField::Host, true) => Ok("127.0.0.1".to_owned()),
                (ServiceField::Url, true) | (_, false) => Err(ExpandError::NotYet(record())),
            };
        };
        match field {
            ServiceField::Url => address.url,
            ServiceField::Host => Some(address.host),
            ServiceField::Port => address.port.map(|port| port.to_string()),
        }
        .ok_or_else(|| ExpandError::NoField(record()))
    }
}

pub(super) fn record_field(name: &ServiceName, field: ServiceField) -> RecordField {
    let field = match field {
        ServiceField::Url => AddressField::Url,
        ServiceField::Host => AddressField::Host,
        ServiceField::Port => AddressField::Port,
    };
    RecordField { service: name.clone(), field }
}

/// The fields of addresses that `text` mentions.
pub(super) fn records_in(text: &str) -> Vec<RecordField> {
    let Ok(template) = Template::parse(text) else { return Vec::new() };
    template
        .placeholders()
        .filter_map(|placeholder| match placeholder {
            Placeholder::Service(name, field) => Some(record_field(name, *field)),
            Placeholder::OwnPort | Placeholder::Env(_) => None,
        })
        .collect()
}

/// Whether `text` mentions another variable.
pub(super) fn mentions_variables(text: &str) -> bool {
    Template::parse(text).is_ok_and(|template| {
        template.placeholders().any(|placeholder| matches!(placeholder, Placeholder::Env(_)))
    })
}

/// The known name most like `name`, if one is close enough to be meant.
pub fn similar<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    known
        .map(|other| (strsim::damerau_levenshtein(name, other), other))
        .filter(|&(distance, _)| distance <= (name.len() / 4).max(1))
        .min()
        .map(|(_, other)| other.to_owned())
}
