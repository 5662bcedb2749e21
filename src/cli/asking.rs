//! Questions on a terminal, one line each, with the default in brackets.

use std::io::{BufRead, Write};

use crate::stack::Port;

use super::failure::Failure;

/// Asks on `out` and reads answers from `input`.
pub(super) struct Asking<I, O> {
    input: I,
    out: O,
}

impl<I: BufRead, O: Write> Asking<I, O> {
    pub(super) fn new(input: I, out: O) -> Self {
        Self { input, out }
    }

    pub(super) fn tell(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// A text; `default` when nothing is typed.
    pub(super) fn text(&mut self, question: &str, default: &str) -> Result<String, Failure> {
        let answer = self.line(&format!("{question} [{default}]: "))?;
        Ok(if answer.is_empty() { default.to_owned() } else { answer })
    }

    /// Yes or no; yes when nothing is typed.
    pub(super) fn yes(&mut self, question: &str) -> Result<bool, Failure> {
        loop {
            match self.line(&format!("{question} [Y/n]: "))?.to_ascii_lowercase().as_str() {
                "" | "y" | "yes" => return Ok(true),
                "n" | "no" => return Ok(false),
                _ => self.tell("  y or n, please")?,
            }
        }
    }

    /// A port; `default` when nothing is typed.
    pub(super) fn port(&mut self, question: &str, default: Port) -> Result<Port, Failure> {
        loop {
            let answer = self.line(&format!("{question} [{default}]: "))?;
            if answer.is_empty() {
                return Ok(default);
            }
            match answer.parse() {
                Ok(port) => return Ok(port),
                Err(error) => self.tell(&format!("  {error}"))?,
            }
        }
    }

    fn line(&mut self, question: &str) -> Result<String, Failure> {
        write!(self.out, "{question}")?;
        self.out.flush()?;
        let mut line = String::new();
        if self.input.read_line(&mut line)? == 0 {
            return Err(Failure::failed("there was no answer, so nothing was written"));
        }
        Ok(line.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(answers: &str) -> Asking<&[u8], Vec<u8>> {
        Asking::new(answers.as_bytes(), Vec::new())
    }

    #[test]
    fn an_empty_answer_is_the_default_and_a_wrong_one_is_asked_again() {
        let mut questions = asking("\nshop\nmaybe\nn\n70000\n8001\n");
        assert_eq!(questions.text("name", "app").unwrap(), "app");
        assert_eq!(questions.text("name", "app").unwrap(), "shop");
        assert!(!questions.yes("keep?").unwrap());
        assert_eq!(questions.port("port", Port::new(1).unwrap()).unwrap().get(), 8001);
        let shown = String::from_utf8(questions.out).unwrap();
        assert!(shown.starts_with("name [app]: ") && shown.contains("y or n"), "{shown}");
    }

    #[test]
    fn the_end_of_input_is_no_answer() {
        assert_eq!(asking("").yes("keep?").unwrap_err().code, 1);
    }
}
