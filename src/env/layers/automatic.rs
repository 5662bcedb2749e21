//! The variables that every service gets without asking: its port, the run, and where its needs are.
//!
//! Which of them yield to the user's values is decided by their place among the layers, in `resolve`.

use crate::stack::{
    Address, AddressField, AutomaticValue, EmbeddedKind, EnvSource, Mode, RecordField, Runs, ServiceName,
    ServiceSpec,
};

use super::inputs::{EnvInputs, Stage};

/// A variable given without asking; the value is `None` while it is not known.
pub(super) struct Automatic {
    pub(super) name: String,
    pub(super) source: EnvSource,
    pub(super) value: Option<String>,
}

/// Two things that would set one name.
pub(super) struct Clash {
    pub(super) name: String,
    pub(super) first: String,
    pub(super) second: String,
}

/// The variable that carries a run's identifier, by which left-over processes are found.
pub(super) const RUN_ID: &str = "PORTOLAN_RUN_ID";

/// What no user's value may replace.
pub(super) fn forced(inputs: &EnvInputs<'_>) -> Vec<Automatic> {
    let mut all = vec![Automatic {
        name: RUN_ID.to_owned(),
        source: EnvSource::Automatic { what: AutomaticValue::RunId },
        value: Some(inputs.run.as_str().to_owned()),
    }];
    if let Some(port) = &inputs.service.port
        && (inputs.port.is_some() || inputs.stage == Stage::BeforeStart)
    {
        all.push(Automatic {
            name: port.env.clone(),
            source: EnvSource::Automatic { what: AutomaticValue::Port },
            value: inputs.port.map(|port| port.to_string()),
        });
    }
    all
}

/// What any value of the user's replaces. `color` says whether colours may be asked for.
pub(super) fn yielding(inputs: &EnvInputs<'_>, color: bool) -> Vec<Automatic> {
    let plain = |name: &str, what, value: String| Automatic {
        name: name.to_owned(),
        source: EnvSource::Automatic { what },
        value: Some(value),
    };
    let mut all = vec![
        plain(
            "SERVICE_DISCOVERY_PATH",
            AutomaticValue::RecordFolder,
            inputs.records.to_string_lossy().into_owned(),
        ),
        plain("PYTHONUNBUFFERED", AutomaticValue::Unbuffered, "1".to_owned()),
    ];
    if color {
        all.push(plain("FORCE_COLOR", AutomaticValue::Color, "1".to_owned()));
    }
    // It reads where others are from their records, live: an address in its environment would restart it, and the page
    // that it serves would be gone, whenever one of them moves.
    let reads_records = inputs.service.runs == Runs::Embedded(EmbeddedKind::Frontend);
    for need in inputs.service.needs.iter().filter(|_| !reads_records) {
        let announces = inputs.stack.service(&need.service).is_some_and(ServiceSpec::announces_url);
        match (inputs.addresses)(&need.service) {
            Some(address) => {
                // A fallback has the URL that the user wrote for it.
                let announced = announces || address.mode == Mode::Shared;
                all.extend(of_need(&need.service, &address, announced));
            }
            None if inputs.stage == Stage::BeforeStart => {
                // Which of them there will be depends on the address; these a check must not call missing.
                let names = possible_names(&need.service).into_iter();
                let names = names.filter(|(_, field)| announces || *field != AddressField::Url);
                all.extend(names.map(|(name, field)| Automatic {
                    name,
                    source: EnvSource::Record(RecordField { service: need.service.clone(), field }),
                    value: None,
                }));
            }
            None => {}
        }
    }
    all
}

fn possible_names(service: &ServiceName) -> Vec<(String, AddressField)> {
    let prefix = service.env_prefix();
    let suffixes = [
        ("URL", AddressField::Url),
        ("HOST", AddressField::Host),
        ("PORT", AddressField::Port),
        ("MODE", AddressField::Mode),
    ];
    suffixes.map(|(suffix, field)| (format!("{prefix}_{suffix}"), field)).to_vec()
}

fn of_need(service: &ServiceName, address: &Address, announced: bool) -> Vec<Automatic> {
    let mut all = Vec::new();
    for (name, field) in possible_names(service) {
        let value = match field {
            // A database must not turn DATABASE_URL into http.
            AddressField::Url => address.url.clone().filter(|_| announced),
            AddressField::Host => Some(address.host.clone()),
            AddressField::Port => address.port.map(|port| port.to_string()),
            AddressField::Mode => Some(address.mode.as_str().to_owned()),
        };
        let source = EnvSource::Record(RecordField { service: service.clone(), field });
        all.extend(value.map(|value| Automatic { name, source, value: Some(value) }));
    }
    let speaks_http = |url: &&String| url.starts_with("http://") || url.starts_with("https://");
    if let Some(url) = address.url.as_ref().filter(speaks_http).filter(|_| announced) {
        all.push(Automatic {
            name: format!("services__{service}__http__0"),
            source: EnvSource::Record(RecordField { service: service.clone(), field: AddressField::Url }),
            value: Some(url.clone()),
        });
    }
    all
}

/// The automatic names of `service` that two things would set. Known before anything runs.
pub(super) fn clashes(service: &ServiceSpec) -> Vec<Clash> {
    let mut taken: Vec<(String, String)> = vec![(RUN_ID.to_owned(), "the run".to_owned())];
    taken.extend(service.port.iter().map(|port| (port.env.clone(), "its own port".to_owned())));
    let mut clashes = Vec::new();
    for need in &service.needs {
        let new: Vec<_> = possible_names(&need.service).into_iter().map(|(name, _)| name).collect();
        for name in new {
            let user = format!("the needed service {}", need.service);
            match taken.iter().find(|(known, _)| *known == name) {
                Some((_, first)) => clashes.push(Clash { name, first: first.clone(), second: user }),
                None => taken.push((name, user)),
            }
        }
    }
    clashes
}
