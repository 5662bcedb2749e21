//! From the facts of a case to findings: every rule is asked, checks look up what a text cannot say, and of several
//! causes of one failure the most telling is kept.

use std::collections::HashMap;

use crate::stack::{Finding, Severity, State};

use super::case::Case;
use super::check::{Check, Draft};
use super::fact::{Fact, facts};
use super::pending::may_be_got_over;
use super::place;
use super::rule::{Rule, Source, When};
use super::rules::Rules;
use super::survived::was_survived;

/// A line is quoted up to here.
const LONGEST_QUOTE: usize = 300;

/// A finding with what orders it.
struct Found {
    finding: Finding,
    rank: i32,
    when: When,
    /// Where in the log it was said; later is nearer to the failure.
    at: usize,
}

/// What is wrong with the service, the most telling first: at most one cause of its trouble, and beside it what is
/// worth a word in any case. Looks at files and sockets; blocks for milliseconds.
pub fn diagnose(rules: &Rules, case: &Case<'_>) -> Vec<Finding> {
    let mut found = from_log(rules, case);
    for fact in facts(case) {
        found.extend(from_fact(rules, case, &fact));
    }
    found.sort_by_key(|found| (std::cmp::Reverse(found.rank), std::cmp::Reverse(found.at)));
    let mut kept: Vec<Found> = Vec::new();
    for found in found {
        let same = |known: &Found| {
            known.finding.rule == found.finding.rule && known.finding.title == found.finding.title
        };
        // One failure has one cause: what else was found with less weight is its consequence.
        let consequence = |known: &Found| {
            known.finding.severity == Severity::Error
                && found.when != When::Always
                && (found.finding.severity == Severity::Error || known.rank > found.rank)
        };
        // What is said in the same line is the same matter, in a more general form.
        let is_in = |known: &Found| {
            known.rank > found.rank
                && known.finding.lines.iter().any(|line| found.finding.lines.contains(line))
        };
        if !kept.iter().any(|known| same(known) || consequence(known) || is_in(known)) {
            kept.push(found);
        }
    }
    kept.sort_by_key(|found| std::cmp::Reverse(found.finding.severity));
    kept.into_iter().map(|found| found.finding).collect()
}

fn matters(rule: &Rule, case: &Case<'_>) -> bool {
    match rule.when {
        When::Always => true,
        When::Trouble => case.is_in_trouble(),
        When::Unhealthy => case.is_in_trouble() && case.service.state != State::Starting,
        When::Ended => case.has_ended(),
    }
}

/// For each rule the last line that it speaks of.
fn from_log(rules: &Rules, case: &Case<'_>) -> Vec<Found> {
    let lines: Vec<&str> = case.log.iter().map(|line| line.text.as_str()).collect();
    let mut found: Vec<(usize, Found)> = Vec::new();
    // Checks may read files and sockets: a line that is printed a thousand times is not looked into as often.
    let mut tried: HashMap<usize, usize> = HashMap::new();
    for (at, line) in case.log.iter().enumerate().rev() {
        for index in rules.candidates(line.text.as_bytes()) {
            let rule = &rules.all()[index];
            let full = found.iter().filter(|(known, _)| *known == index).count() >= MOST_PER_RULE;
            if full || !matters(rule, case) {
                continue;
            }
            let Some(mut captures) = rule.captures(line.text.as_bytes()) else { continue };
            if rule.near(&lines, at, &mut captures).is_none() {
                continue;
            }
            if rule.when != When::Always && (was_survived(case, at) || may_be_got_over(rule, case, at)) {
                continue;
            }
            if rule.check.is_some_and(Check::looks_around) {
                let tried = tried.entry(index).or_default();
                *tried += 1;
                if *tried > MOST_TRIED {
                    continue;
                }
            }
            let mut draft = Draft::new(case, captures);
            draft.line = Some(at);
            draft.place = place::of_line(case, at);
            draft.evidence.push(quote(&line.text));
            draft.lines.push(line.seq);
            let Some(finding) = finish(rule, case, draft) else { continue };
            // The same again, which is told once, must not hide another.
            let is_known =
                |known: &(usize, Found)| known.0 == index && known.1.finding.title == finding.title;
            if !found.iter().any(is_known) {
                found.push((index, Found { finding, rank: rule.rank, when: rule.when, at }));
            }
        }
    }
    found.into_iter().map(|(_, found)| found).collect()
}

/// A rule may have found several things; what it says of the same one is told once.
const MOST_PER_RULE: usize = 3;
/// For so many lines a rule's check is asked that looks beyond the log.
const MOST_TRIED: usize = 12;

fn from_fact(rules: &Rules, case: &Case<'_>, fact: &Fact) -> Vec<Found> {
    let of_source = rules.all().iter().filter(|rule| rule.on == fact.source && rule.on != Source::Log);
    let found = of_source.filter(|rule| matters(rule, case)).filter_map(|rule| {
        let captures = rule.captures(fact.text.as_bytes())?;
        let mut draft = Draft::new(case, captures);
        draft.evidence.push(quote(&fact.text));
        let finding = finish(rule, case, draft)?;
        Some(Found { finding, rank: rule.rank, when: rule.when, at: case.log.len() })
    });
    found.collect()
}

/// Lets the rule's check look, and puts its texts together.
fn finish(rule: &Rule, case: &Case<'_>, mut draft: Draft) -> Option<Finding> {
    if let Some(check) = rule.check {
        check.look(case, &mut draft)?;
    }
    let value = |name: &str| draft.value(name);
    let title = draft.title.clone().or_else(|| rule.title.fill(value))?;
    let place = rule.place.as_ref().and_then(|place| place.fill(value)).or_else(|| draft.place.clone());
    let remedy = draft.remedy.clone().or_else(|| rule.remedy.as_ref()?.fill(value));
    // What a program printed must stay one word of a command.
    let word = |name: &str| Some(shell_words::quote(&draft.value(name)?).into_owned());
    let action = draft.action.clone().or_else(|| rule.action.as_ref()?.fill(word));
    Some(Finding {
        rule: rule.id.clone(),
        severity: rule.severity,
        title,
        evidence: draft.evidence,
        lines: draft.lines,
        place,
        remedy,
        action,
    })
}

fn quote(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
