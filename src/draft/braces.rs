//! Text of other tools as text of portolan.toml, where braces are placeholders.

/// `text` written so that no brace in it is a placeholder. `${…}` stays as it is: Portolan leaves that alone.
pub(super) fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        written.push_str(&rest[..at]);
        let found = &rest[at..];
        let after_dollar = written.ends_with('$') && !found.starts_with("{{") && found.starts_with('{');
        match found.find('}').filter(|_| after_dollar) {
            Some(end) => {
                written.push_str(&found[..=end]);
                rest = &found[end + 1..];
            }
            None => {
                written.push_str(if found.starts_with('{') { "{{" } else { "}}" });
                rest = &found[1..];
            }
        }
    }
    written.push_str(rest);
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::env::{Piece, Template};

    #[test]
    fn shell_variables_are_left_and_other_braces_doubled() {
        assert_eq!(escaped("awk '{print $1}' ${HOME:-x}"), "awk '{{print $1}}' ${HOME:-x}");
        assert_eq!(escaped("${A}}"), "${A}}}");
        assert_eq!(escaped("${{ x }}"), "${{{{ x }}}}");
    }

    proptest! {
        #[test]
        fn what_is_escaped_means_itself(text in "[${}a-c. ]{0,24}|\\PC{0,40}") {
            let template = Template::parse(&escaped(&text)).unwrap();
            let literal: String = template.pieces().iter().map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Placeholder(found) => panic!("{found}"),
            }).collect();
            prop_assert_eq!(literal, text);
        }
    }
}
