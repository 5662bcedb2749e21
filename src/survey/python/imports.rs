//! Which modules Python code imports, and which of those it can do without.

use crate::survey::code::line_at;
use crate::survey::project::Import;

use super::stdlib::is_standard;

/// What a block above a line means for an import in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// A `try:`; its imports begin at this index.
    Try(usize),
    /// The code expects that the import fails, or does not run it.
    Guarded,
    /// Runs later, or never.
    Later,
    Plain,
}

/// The top-level modules that code imports from elsewhere, each once, where it is first imported. What is imported
/// inside `try`/`except ImportError`, for type checkers only, or for some versions and systems only, does not count.
pub(in crate::survey) fn imports(code: &str) -> Vec<Import> {
    let mut found: Vec<(Import, bool)> = Vec::new();
    let mut blocks: Vec<(usize, Block)> = Vec::new();
    let mut depth = 0i32;
    let mut offset = 0;
    for line in code.split_inclusive('\n') {
        let (start, text) = (offset, line.trim());
        offset += line.len();
        let inside = depth > 0;
        depth = (depth + brackets(text)).max(0);
        if text.is_empty() || inside {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let mut closed = Block::Plain;
        while let Some((_, block)) = blocks.pop_if(|(outer, _)| *outer >= indent) {
            closed = block;
        }
        if let Some(block) = opened(text, closed, found.len()) {
            if let (Block::Try(first), true) = (closed, block == Block::Guarded) {
                found[first..].iter_mut().for_each(|(_, guarded)| *guarded = true);
            }
            blocks.push((indent, block));
        }
        // `if x: import y` is as good as a block.
        let statement = text.split_once(": import ").map_or(text, |_| "");
        let guarded = blocks.iter().any(|(_, block)| *block == Block::Guarded);
        let lazy = blocks.iter().any(|(_, block)| *block == Block::Later);
        for module in modules(statement) {
            found.push((Import { module, line: line_at(code, start), lazy }, guarded));
        }
    }
    let mut imports: Vec<Import> = Vec::new();
    for (import, _) in found.into_iter().filter(|(import, guarded)| !guarded && !is_standard(&import.module))
    {
        match imports.iter_mut().find(|known| known.module == import.module) {
            Some(known) if known.lazy && !import.lazy => *known = import,
            Some(_) => {}
            None => imports.push(import),
        }
    }
    imports
}

fn brackets(text: &str) -> i32 {
    let (mut depth, mut quote) = (0, None);
    for byte in text.bytes() {
        match (quote, byte) {
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth -= 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            (None | Some(_), _) => {}
        }
    }
    depth
}

/// The block that a line opens, if it is one that matters.
fn opened(text: &str, closed: Block, next_import: usize) -> Option<Block> {
    let word = text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    match word {
        "try" => Some(Block::Try(next_import)),
        "except" => {
            let import_error =
                ["ImportError", "ModuleNotFoundError", "Exception"].iter().any(|e| text.contains(e));
            let bare = text == "except:";
            Some(if import_error || bare { Block::Guarded } else { Block::Plain })
        }
        "if" | "elif" | "else" => {
            let tests =
                ["TYPE_CHECKING", "version_info", "sys.platform", "os.name", "platform.system", "find_spec"];
            let conditional = tests.iter().any(|test| text.contains(test)) || text == "if False:";
            let follows = word != "if" && closed == Block::Guarded;
            let is_main = text.starts_with("if __name__");
            Some(match (conditional || follows, is_main) {
                (true, _) => Block::Guarded,
                (false, true) => Block::Later,
                (false, false) => Block::Plain,
            })
        }
        "with" if text.contains("suppress(") => Some(Block::Guarded),
        "def" | "async" | "class" => Some(if word == "class" { Block::Plain } else { Block::Later }),
        "with" | "for" | "while" | "finally" | "match" | "case" => Some(Block::Plain),
        _ => None,
    }
}

/// The top-level modules that a statement imports, relative ones left out.
fn modules(statement: &str) -> Vec<String> {
    let top = |dotted: &str| {
        let name = dotted.trim().split(['.', ' ', '\t', ';', '\\']).next().unwrap_or_default();
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        is_name.then(|| name.to_owned())
    };
    if let Some(rest) = statement.strip_prefix("import ") {
        let rest = rest.split(';').next().unwrap_or_default();
        return rest.split(',').filter_map(top).collect();
    }
    match statement.strip_prefix("from ") {
        Some(rest) if rest.contains(" import") && !rest.trim_start().starts_with('.') => {
            top(rest).into_iter().collect()
        }
        Some(_) | None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::code::Language;

    fn seen(text: &str) -> Vec<(String, u32, bool)> {
        let all = imports(&Language::Python.code(text));
        all.into_iter().map(|import| (import.module, import.line, import.lazy)).collect()
    }

    fn row(module: &str, line: u32, lazy: bool) -> (String, u32, bool) {
        (module.to_owned(), line, lazy)
    }

    #[test]
    fn plain_imports_are_seen_with_their_lines() {
        let text = "\"\"\"import no\"\"\"\nimport os, flask.views as v, redis\nfrom dotenv import (\n    load_dotenv,\n)\n\
                    from . import x\nfrom .y import z\n\ndef f():\n    import lazy\n# import no\nclass A:\n    import inner\n";
        let expected = [
            row("flask", 2, false),
            row("redis", 2, false),
            row("dotenv", 3, false),
            row("lazy", 10, true),
            row("inner", 13, false),
        ];
        assert_eq!(seen(text), expected);
    }

    #[test]
    fn imports_that_may_fail_do_not_count() {
        for text in [
            "try:\n    import orjson\nexcept ImportError:\n    orjson = None\n",
            "try:\n    import orjson as json\nexcept (ImportError, OSError):\n    import ujson as json\n",
            "if TYPE_CHECKING:\n    from x import y\n",
            "if typing.TYPE_CHECKING:\n    from x import y\nelse:\n    import z\n",
            "if sys.version_info < (3, 11):\n    import tomli\nelse:\n    import tomllib\n",
            "with contextlib.suppress(ImportError):\n    import uvloop\n",
        ] {
            assert_eq!(seen(text), [], "{text}");
        }
    }

    #[test]
    fn other_tries_change_nothing() {
        let text = "try:\n    import a\nexcept ValueError:\n    pass\nimport b\n";
        assert_eq!(seen(text), [row("a", 2, false), row("b", 5, false)]);
    }

    #[test]
    fn an_import_in_the_main_block_is_a_late_one() {
        assert_eq!(seen("if __name__ == \"__main__\":\n    import uvicorn\n"), [row("uvicorn", 2, true)]);
    }
}
