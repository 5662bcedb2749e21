//! `portolan open`: a service's URL in the browser.

use crate::services::process::{is_web_address, open_in_browser};

use super::args::{Global, OpenArgs, name};
use super::failure::{Failure, say};
use super::ps;

/// Runs the verb.
pub(super) async fn open(global: &Global, args: &OpenArgs) -> Result<(), Failure> {
    let service = name(&args.service)?;
    let (snapshot, runs) = ps::snapshot(global).await?;
    if !runs {
        return Err(Failure::failed("the stack is not running; `portolan up` starts it"));
    }
    let Some(service) = snapshot.service(&service) else {
        return Err(Failure::wrong(format!("this stack has no service {:?}", args.service)));
    };
    let Some(url) = service.url.as_deref().filter(|url| is_web_address(url)) else {
        return Err(Failure::failed(format!("{} has no URL that a browser could open", service.name)));
    };
    say(url)?;
    if args.print {
        return Ok(());
    }
    open_in_browser(url).map_err(|error| Failure::failed(format!("failed to open a browser: {error}")))
}
