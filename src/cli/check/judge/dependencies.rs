//! Whether every address that a service was given leads to who is meant, tried from here.

use crate::stack::ServiceName;

use super::super::facts::{AddressFact, Facts, Party, Reached, ServiceFacts};
use super::super::outcome::{CheckId, Detail, Outcome};
use super::words::counted;

pub(super) fn judge(facts: &Facts) -> Outcome {
    let dependents: Vec<&ServiceFacts> =
        facts.services.iter().filter(|service| service.runs() && !service.addresses.is_empty()).collect();
    if dependents.is_empty() {
        return Outcome::unchecked(CheckId::Dependencies, "no service that runs was given an address");
    }
    let faults = |service: &&ServiceFacts| wrong(facts, service);
    let details = dependents.iter().flat_map(faults).collect();
    let tried: usize = dependents.iter().map(|service| service.addresses.len()).sum();
    let tried = if tried == 1 { "1 address".to_owned() } else { format!("{tried} addresses") };
    let told = format!("{tried} of {}", counted(dependents.len(), "service"));
    let subjects = dependents.iter().map(|service| service.name().clone()).collect();
    Outcome::of(CheckId::Dependencies, subjects, told, details)
}

/// Several variables that lead to the same place are told by the first; one that somebody wrote comes before those that
/// Portolan adds.
fn wrong(facts: &Facts, service: &ServiceFacts) -> Vec<Detail> {
    let name = service.name();
    let mut addresses: Vec<&AddressFact> = service.addresses.iter().collect();
    addresses.sort_by_key(|fact| fact.place.is_none());
    let mut told: Vec<(&AddressFact, usize)> = Vec::new();
    for fact in addresses.into_iter().filter(|fact| what_is_wrong(facts, name, fact, "").is_some()) {
        let same = |(known, _): &&mut (&AddressFact, usize)| {
            (&known.address, &known.meant, &known.reached) == (&fact.address, &fact.meant, &fact.reached)
        };
        match told.iter_mut().find(same) {
            Some((_, more)) => *more += 1,
            None => told.push((fact, 0)),
        }
    }
    let detail = |(fact, more): (&AddressFact, usize)| {
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        let text = what_is_wrong(facts, name, fact, &more)?;
        // What the stack does not run may be a thing that one can do without: a collector of traces.
        let outside = fact.meant.is_empty() && !fact.needed;
        let detail = if outside { Detail::warning(name, text) } else { Detail::error(name, text) };
        Some(detail.at(fact.place.clone()))
    };
    told.into_iter().filter_map(detail).collect()
}

fn what_is_wrong(facts: &Facts, dependent: &ServiceName, fact: &AddressFact, more: &str) -> Option<String> {
    let AddressFact { variable, address, meant, .. } = fact;
    let variable = format!("{variable}{more}");
    let elsewhere = || where_it_is(facts, meant);
    match &fact.reached {
        Reached::Nobody(why) => Some(format!("{variable} leads to {address}: {why}{}", elsewhere())),
        Reached::By(party) | Reached::Unwell(party, _) if !is_meant(dependent, fact, party) => {
            let who = match party {
                Party::Service(name) => name.to_string(),
                Party::Stranger(who) => who.clone(),
                Party::Unseen => "somebody who cannot be seen".to_owned(),
            };
            Some(format!("{variable} leads to {address}, where {who} listens{}", elsewhere()))
        }
        Reached::By(_) => None,
        Reached::Unwell(_, why) => Some(format!("{variable} leads to {address}: {why}")),
    }
}

/// Whether the one who was reached may be the one who was meant. What means nothing of this stack may lead anywhere
/// where somebody answers; what names a service only by its words may be the dependent's own.
fn is_meant(dependent: &ServiceName, fact: &AddressFact, party: &Party) -> bool {
    if fact.meant.is_empty() {
        return true;
    }
    match party {
        Party::Service(name) => fact.meant.contains(name) || (name == dependent && !fact.needed),
        Party::Stranger(_) => false,
        Party::Unseen => true,
    }
}

fn where_it_is(facts: &Facts, meant: &[ServiceName]) -> String {
    let Some(service) = meant.first().and_then(|name| facts.snapshot.service(name)) else {
        return String::new();
    };
    let up = service.started_at.is_some().then_some(()).and(service.url.clone());
    match (up, service.port.filter(|_| service.started_at.is_some())) {
        (Some(url), _) => format!("; {} is at {url}", service.name),
        (None, Some(port)) => format!("; {} is on port {port}", service.name),
        (None, None) => format!("; {} is {}", service.name, service.state),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::outcome::Verdict;
    use super::super::samples::{facts, name, service_facts};
    use super::*;

    fn fact(reached: Reached) -> AddressFact {
        AddressFact {
            variable: "AUTH_URL".into(),
            place: Some(".env:3".into()),
            address: "127.0.0.1:8081".into(),
            meant: vec![name("auth")],
            needed: true,
            reached,
        }
    }

    fn outcome(fact: AddressFact) -> Outcome {
        let mut api = service_facts("api");
        api.addresses = vec![fact];
        judge(&facts(vec![service_facts("auth"), api]))
    }

    fn text(fact: AddressFact) -> String {
        let outcome = outcome(fact);
        assert_eq!(outcome.verdict, Verdict::Failed);
        outcome.details[0].text.clone()
    }

    #[test]
    fn who_is_meant_is_well_and_nobody_else() {
        assert_eq!(outcome(fact(Reached::By(Party::Service(name("auth"))))).verdict, Verdict::Passed);
        assert_eq!(
            text(fact(Reached::By(Party::Service(name("api"))))),
            "AUTH_URL leads to 127.0.0.1:8081, where api listens; auth is at http://127.0.0.1:8000"
        );
        assert!(
            text(fact(Reached::By(Party::Stranger("pid 7 (nc)".into()))))
                .contains("where pid 7 (nc) listens")
        );
        let nobody = text(fact(Reached::Nobody("nobody listens there".into())));
        assert_eq!(
            nobody,
            "AUTH_URL leads to 127.0.0.1:8081: nobody listens there; auth is at http://127.0.0.1:8000"
        );
        let unwell = Reached::Unwell(Party::Service(name("auth")), "GET /health answered 500".into());
        assert!(text(fact(unwell)).ends_with("GET /health answered 500"));
    }

    #[test]
    fn variables_that_lead_to_the_same_place_are_told_once() {
        let nobody = || Reached::Nobody("nobody listens there".into());
        let automatic = AddressFact { variable: "AUTH_URL".into(), place: None, ..fact(nobody()) };
        let written = AddressFact { variable: "AUTH_SERVICE_URL".into(), ..fact(nobody()) };
        let mut api = service_facts("api");
        api.addresses = vec![automatic, written];
        let outcome = judge(&facts(vec![service_facts("auth"), api]));
        assert_eq!(outcome.details.len(), 1);
        assert!(outcome.details[0].text.starts_with("AUTH_SERVICE_URL (and 1 more) leads to"), "{outcome:?}");
    }

    #[test]
    fn a_name_alone_may_mean_the_dependents_own_address() {
        let own = AddressFact { needed: false, ..fact(Reached::By(Party::Service(name("api")))) };
        assert_eq!(outcome(own).verdict, Verdict::Passed);
    }

    #[test]
    fn what_is_outside_of_the_stack_is_a_warning_if_it_does_not_answer() {
        let outside = |reached| AddressFact { meant: Vec::new(), needed: false, ..fact(reached) };
        let postgres = Reached::By(Party::Stranger("pid 9 (postgres)".into()));
        assert_eq!(outcome(outside(postgres)).verdict, Verdict::Passed);
        let nobody = || outside(Reached::Nobody("nobody listens there".into()));
        let warned = outcome(nobody());
        assert_eq!(warned.details[0].text, "AUTH_URL leads to 127.0.0.1:8081: nobody listens there");
        assert_eq!(warned.verdict, Verdict::Passed);
        assert_eq!(outcome(nobody()).strictly().verdict, Verdict::Failed);
    }
}
