//! The table of keys in the README is the one that the console has. `UPDATE_ASSETS=1` writes it anew.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

const BEGIN: &str = "<!-- keys: begin -->\n";
const END: &str = "<!-- keys: end -->";

#[test]
fn the_key_table_in_the_readme_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&file).unwrap().replace("\r\n", "\n");
    let (before, rest) = readme.split_once(BEGIN).expect("the README marks where the keys begin");
    let (kept, after) = rest.split_once(END).expect("the README marks where the keys end");
    let table = format!("\n{}\n", portolan::ui::key_table());
    if std::env::var_os("UPDATE_ASSETS").as_deref() == Some(OsStr::new("1")) {
        fs::write(&file, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert!(kept == table, "UPDATE_ASSETS=1 cargo test --test readme_keys writes it anew");
}
