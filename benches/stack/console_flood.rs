//! A million lines from one child while the console shows them in tmux, against `cat > file` in the same tmux.
//!
//! The console's time begins with `portolan up`, not with the child: that is the stricter of the two, and what a user
//! waits for. It ends when the last line stands on tmux's screen.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::process::Ours;
use super::project::{Project, fixture};
use super::report::{Outcome, ROUNDS, Report, median};
use super::tmux::{COLUMNS, ROWS, Tmux};

const LINES: u64 = 1_000_000;
/// Between two looks at the screen; the console draws every 33 ms.
const LOOK: Duration = Duration::from_millis(4);
const PATIENCE: Duration = Duration::from_secs(60);
/// How the last line begins.
const LAST: &str = "0000999999 xxx";

pub(crate) fn measure(report: &mut Report, quick: bool) -> Outcome<()> {
    if !Tmux::is_there() {
        println!("SKIPPED 1,000,000 lines with the console open: no tmux");
        return Ok(());
    }
    let rounds = if quick { 3 } else { ROUNDS };
    let fixture = fixture()?;
    let project = Project::new(&format!(
        "[services.flood]\ncommand = [\"./flood\"]\nrestart = \"no\"\n[services.other]\ncommand = [{fixture:?}, \"sleep\"]\n"
    ))?;
    let fixture = fixture.display();
    let (up, folder) = (project.portolan(&["up"]), project.path().display());
    let up = up.get_program().display();
    script(
        project.path(),
        "flood",
        &format!("date +%s%N >spawned\nexec {fixture} lines {LINES} then sleep"),
    )?;
    script(
        project.path(),
        "cat",
        &format!(
            "cd {folder}\ndate +%s%N >begun\n{fixture} lines {LINES} | cat >copy\ndate +%s%N >ended\necho {LAST}\nexec cat"
        ),
    )?;
    script(
        project.path(),
        "console",
        &format!(
            "cd {folder}\nexport PORTOLAN_STATE_DIR={folder}/state XDG_RUNTIME_DIR={folder}/runtime\n\
             export LC_ALL=C.UTF-8 COLORTERM=truecolor\necho $$ >pid\ndate +%s%N >begun\nexec {up} up"
        ),
    )?;
    let mut tmux = Tmux::start(project.path())?;
    let (mut ratios, mut cats, mut ours) = (Vec::new(), Vec::new(), Vec::new());
    let (mut children, mut peaks, mut anonymous) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        tmux.run(&format!("{folder}/cat"))?;
        wait_for(&mut tmux, None)?;
        let cat = stamp(&project, "ended")? - stamp(&project, "begun")?;
        fs::remove_file(project.path().join("copy"))?;

        let _ = fs::remove_file(project.path().join("pid"));
        tmux.run(&format!("{folder}/console"))?;
        let pid = read_when_there(&project.path().join("pid"))?;
        let mut memory = Peak { pid, anonymous: 0.0 };
        let shown = wait_for(&mut tmux, Some(&mut memory))?;
        let our = shown - stamp(&project, "begun")?;
        children.push(shown - stamp(&project, "spawned")?);
        peaks.push(Ours::of(pid).peak());
        anonymous.push(memory.anonymous);
        let down = project.portolan(&["down"]).stdout(std::process::Stdio::null()).status()?;
        if !down.success() {
            return Err("the stack did not go down".into());
        }
        project.clear()?;
        cats.push(cat);
        ours.push(our);
        ratios.push(our / cat);
    }
    let what = format!("1,000,000 lines, console in tmux {COLUMNS}x{ROWS}: times cat");
    report.judge(&what, median(&ratios), 3.0, "x");
    report.judge("the same: peak memory, guardian included", median(&peaks), 60.0, "MiB");
    report.note("of which anonymous, the launcher's", median(&anonymous), "MiB");
    report.note("from `portolan up` to the last line on the screen", median(&ours) * 1000.0, "ms");
    report.note("from the child's start", median(&children) * 1000.0, "ms");
    report.note("the same child piped to cat > file", median(&cats) * 1000.0, "ms");
    Ok(())
}

/// The most memory of a process that is no page of a file, in MiB, as seen at every look.
struct Peak {
    pid: u32,
    anonymous: f64,
}

/// Waits until the last line is on the screen; answers when, in seconds since 1970.
fn wait_for(tmux: &mut Tmux, mut memory: Option<&mut Peak>) -> Outcome<f64> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let screen = tmux.screen()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64();
        if screen.iter().any(|row| row.contains(LAST)) {
            return Ok(now);
        }
        if let Some(peak) = memory.as_deref_mut() {
            peak.anonymous = peak.anonymous.max(super::process::anonymous(peak.pid));
        }
        thread::sleep(LOOK);
    }
    Err(format!("the last line was not shown; the screen:\n{}", tmux.screen()?.join("\n")).into())
}

fn script(folder: &Path, name: &str, text: &str) -> Outcome<()> {
    let file = folder.join(name);
    fs::write(&file, format!("#!/bin/sh\n{text}\n"))?;
    Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o755))?)
}

/// A time that a script wrote, in seconds.
fn stamp(project: &Project, name: &str) -> Outcome<f64> {
    let nanoseconds: u64 = fs::read_to_string(project.path().join(name))?.trim().parse()?;
    Ok(nanoseconds as f64 / 1e9)
}

fn read_when_there(file: &Path) -> Outcome<u32> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(number) = fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()) {
            return Ok(number);
        }
        thread::sleep(LOOK);
    }
    Err("the script did not begin".into())
}
