//! Short names for what bytes say.

/// The first `length` bytes, at most 32, of the SHA-256 of `parts` in a row, in hexadecimal digits.
pub(super) fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>, length: usize) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    parts.into_iter().for_each(|part| context.update(part));
    context.finish().as_ref().iter().take(length).map(|byte| format!("{byte:02x}")).collect()
}
