//! Paths as people say them: the home folder as `~`.

use std::path::Path;

/// `path` with the home folder as `~`. Views ask no environment, so home is told from a folder that is likely below it, as
/// systems lay them out; a path elsewhere is left as it is.
pub(super) fn short(path: &str, near: &Path) -> String {
    let near = near.to_string_lossy();
    let Some(home) = home(&near) else { return path.to_owned() };
    match path.strip_prefix(home) {
        Some("") => "~".to_owned(),
        Some(rest) if rest.starts_with(['/', '\\']) => format!("~{rest}"),
        Some(_) | None => path.to_owned(),
    }
}

/// The home folder that `path` lies in.
fn home(path: &str) -> Option<&str> {
    if path == "/root" || path.starts_with("/root/") {
        return Some("/root");
    }
    let roots = ["/home/", "/Users/", "C:\\Users\\"];
    let root = roots.into_iter().find(|root| path.starts_with(root))?;
    let user = path[root.len()..].split(['/', '\\']).next().filter(|user| !user.is_empty())?;
    Some(&path[..root.len() + user.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_is_a_tilde() {
        let near = Path::new("/home/ada/shop");
        assert_eq!(short("/home/ada/shop/api", near), "~/shop/api");
        assert_eq!(short("/home/ada", near), "~");
        assert_eq!(short("/home/adam/x", near), "/home/adam/x");
        assert_eq!(short("/srv/x", near), "/srv/x");
        assert_eq!(short("/srv/x", Path::new("/srv/x")), "/srv/x");
        assert_eq!(short("C:\\Users\\ada\\x", Path::new("C:\\Users\\ada\\y")), "~\\x");
    }
}
