//! Requests to other services: on this machine, or elsewhere with TLS.

use std::time::Duration;

/// A client whose requests take at most `limit`. It follows nobody elsewhere, and no proxy stands between: one of the
/// developer's shell has no way to a loopback address.
pub(super) fn client(limit: Duration) -> Result<reqwest::Client, String> {
    // A second installation is refused, which is as good: there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(limit)
        .build()
        .map_err(|error| error.to_string())
}
