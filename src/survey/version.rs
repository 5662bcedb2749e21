//! Versions and what is asked of them, as Python and npm write it.

/// A version's numbers, as far as there are any.
pub type Version = Vec<u64>;

/// The numbers that a version begins with: `3.12.1` of `3.12.1rc1`.
pub fn parse_version(text: &str) -> Option<Version> {
    let text = text.trim().trim_start_matches(['v', '=']);
    let mut numbers = Vec::new();
    for part in text.split('.') {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        let Ok(number) = digits.parse() else { break };
        numbers.push(number);
        if digits.len() < part.len() {
            break;
        }
    }
    (!numbers.is_empty()).then_some(numbers)
}

/// Whether a version is what `asked` asks for, in the forms of PEP 440, poetry and npm; `None` where it cannot be told.
pub fn satisfies(version: &[u64], asked: &str) -> Option<bool> {
    let mut any = false;
    for alternative in asked.split("||") {
        let mut all = true;
        for word in clauses(alternative) {
            all &= clause(version, &word)?;
        }
        any |= all;
    }
    Some(any)
}

/// The clauses of one alternative, a range `1.2 - 1.4` as two.
fn clauses(text: &str) -> Vec<String> {
    if let Some((low, high)) = text.split_once(" - ") {
        return vec![format!(">={}", low.trim()), format!("<={}", high.trim())];
    }
    let mut found: Vec<String> = Vec::new();
    for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
        match found.last_mut() {
            // `>= 18` with a space.
            Some(last) if last.chars().all(|c| "<>=!~^".contains(c)) => last.push_str(word),
            Some(_) | None => found.push(word.to_owned()),
        }
    }
    found
}

fn clause(version: &[u64], text: &str) -> Option<bool> {
    let operator_end = text.find(|c| !"<>=!~^".contains(c)).unwrap_or(text.len());
    let (operator, wanted) = text.split_at(operator_end);
    let wanted = wanted.trim_start_matches('v');
    if matches!(wanted, "*" | "x" | "X" | "latest") || (wanted.is_empty() && operator.is_empty()) {
        return Some(true);
    }
    let open = wanted.ends_with(".*") || wanted.ends_with(".x");
    let numbers = parse_version(wanted)?;
    // How far both are compared: what is not known of a version is not held against it.
    let known = |length: usize| length.min(version.len());
    let prefix = |length: usize| version[..known(length)] == numbers[..known(length)];
    let compare = || {
        let length = numbers.len().max(version.len());
        let at = |of: &[u64], n: usize| of.get(n).copied().unwrap_or(0);
        (0..length).map(|n| at(version, n).cmp(&at(&numbers, n))).find(|order| order.is_ne())
    };
    let order = compare();
    let less = order == Some(std::cmp::Ordering::Less);
    let greater = order == Some(std::cmp::Ordering::Greater);
    Some(match operator {
        ">=" => !less || prefix(numbers.len()),
        "<=" => !greater || (version.len() > numbers.len() && prefix(numbers.len())),
        ">" => greater && !prefix(numbers.len()),
        "<" => less && !(version.len() < numbers.len() && prefix(version.len())),
        "!=" if open => !prefix(numbers.len()),
        "!=" => order.is_some(),
        "" | "=" | "==" | "===" => prefix(numbers.len()),
        "~=" => !less && prefix(numbers.len().saturating_sub(1).max(1)),
        "~" => !less && prefix(numbers.len().clamp(1, 2)),
        "^" => {
            let significant = numbers.iter().position(|number| *number > 0).map_or(1, |at| at + 1);
            (!less || prefix(numbers.len())) && prefix(significant)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(version: &str, asked: &str) -> bool {
        satisfies(&parse_version(version).unwrap(), asked).unwrap()
    }

    #[test]
    fn what_is_asked_is_compared_as_its_tool_does() {
        for (version, asked) in [
            ("3.12.4", ">=3.11"),
            ("3.12", ">=3.12.1"),
            ("3.12.4", ">=3.10,<3.13"),
            ("3.12.4", "^3.11"),
            ("3.12.4", "~=3.11"),
            ("3.12.4", "==3.12.*"),
            ("3.12.4", "3.12.x"),
            ("20.11.0", ">=18"),
            ("20.11.0", ">= 18 < 21"),
            ("20.11.0", "^18 || ^20"),
            ("20.11.0", "18 - 20"),
            ("20.11.0", "*"),
            ("20.11.0", "20"),
            ("0.2.3", "^0.2.1"),
        ] {
            assert!(holds(version, asked), "{version} {asked}");
        }
        for (version, asked) in [
            ("3.9.1", ">=3.11"),
            ("3.13.0", ">=3.10,<3.13"),
            ("4.0", "^3.11"),
            ("3.10.0", "~=3.11"),
            ("18.1.0", ">=20"),
            ("18.1.0", "^20 || ^22"),
            ("21.0.0", "18 - 20"),
            ("3.11.2", "!=3.11.*"),
            ("0.3.0", "^0.2.1"),
        ] {
            assert!(!holds(version, asked), "{version} {asked}");
        }
        assert_eq!(satisfies(&[1], "lts/*"), None);
    }
}
