# Shared by the scripts beside it; to be sourced, not run.
#
# Owns: where the project is, an environment that does not depend on the caller's, Debian packages on demand,
# steps with a time and a result, and the search for processes that a step left behind.

set -o pipefail

# The caller's values must not reach a stack under test, and nothing here may wait for a keyboard. What names a
# cache, a proxy or a certificate (CARGO_*, RUSTUP_*, PIP_*, npm_*, *_proxy) is left alone on purpose.
unset BASH_ENV CDPATH PORT DATABASE_URL BETTER_AUTH_SECRET SERVICE_DISCOVERY_PATH VIRTUAL_ENV NO_COLOR FORCE_COLOR
for name in $(compgen -v PORTOLAN_); do unset "$name"; done
export CI=true LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
exec </dev/null

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root" || exit 2
target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$root/$target ;; esac
# A non-login shell often lacks the folder where rustup puts cargo.
PATH=$PATH:${HOME:-/root}/.cargo/bin

say() { printf '%s\n' "$*"; }

# Says in a line of its own what is not being checked and why.
skipped() { say "SKIPPED $1: $2"; }

# Installs Debian packages, or says by its exit code that it cannot: not Debian, not root, or no network.
apt_install() {
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
  say "installing $*"
  local output
  output=$(apt-get update -qq 2>&1 && apt-get install -y -qq --no-install-recommends "$@" 2>&1) && return
  tail -n 5 <<<"$output"
  return 1
}

# --- steps -----------------------------------------------------------------------------------------------------

steps=()
failures=0
skips=0

minutes() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

record() { # NAME RESULT SECONDS
  steps+=("$(printf '%-7s %6s  %s' "$2" "$(minutes "$3")" "$1")")
}

# Runs a command as a named step. A failure is remembered and the next step still runs, so that one report holds
# all that is wrong. Exit code 75 (EX_TEMPFAIL) means that the command skipped itself and has said why.
step() { # NAME COMMAND...
  local name=$1 started=$SECONDS code result
  shift
  printf '\n==> %s\n' "$name"
  "$@"
  code=$?
  case $code in
    0) result=ok ;;
    75) result=SKIPPED skips=$((skips + 1)) ;;
    *) result=FAILED failures=$((failures + 1)) ;;
  esac
  record "$name" "$result" $((SECONDS - started))
  return "$code"
}

summary() {
  say ""
  printf '%s\n' "${steps[@]}"
}

# --- processes -------------------------------------------------------------------------------------------------

# Whatever is started from here on carries this mark in its environment, and so does what it starts in turn.
mark_children() { export PORTOLAN_SCRIPT_MARK="$$-$RANDOM$RANDOM"; }

marked() {
  local file pid
  for file in /proc/[0-9]*/environ; do
    pid=${file#/proc/}
    pid=${pid%/environ}
    [ "$pid" != "$$" ] && [ "$pid" != "$BASHPID" ] || continue
    grep -qsza "^PORTOLAN_SCRIPT_MARK=$PORTOLAN_SCRIPT_MARK\$" "$file" && say "$pid"
  done
}

# Fails if a marked process outlived the steps, names each, and ends them.
nothing_left() {
  [ -d /proc/self ] || { skipped "processes left behind" "there is no /proc here"; return 75; }
  local pid left=()
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    mapfile -t left < <(marked)
    [ "${#left[@]}" -eq 0 ] && return 0
    sleep 0.2
  done
  for pid in "${left[@]}"; do
    say "left behind: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)"
    kill -KILL "$pid" 2>/dev/null
  done
  return 1
}

# --- what the tests need ---------------------------------------------------------------------------------------

# The release whose meaning src/env/dotenv has; the comparison is with this one.
python_dotenv=1.2.4
example_node=20.19

# Folders of our own for state and sockets, so that a run neither sees the user's stacks nor leaves its own there.
private_folders() {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir -m 700 "$scratch/run" "$scratch/state"
  export XDG_RUNTIME_DIR=$scratch/run XDG_STATE_HOME=$scratch/state
}

need_rust() {
  command -v cargo >/dev/null || { say "cargo is not installed; see https://rustup.rs"; return 1; }
  # ring compiles C.
  command -v cc >/dev/null || apt_install gcc libc6-dev || { say "a C compiler (cc) is missing"; return 1; }
  cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt || return 1
  cargo clippy --version >/dev/null 2>&1 || rustup component add clippy || return 1
  cargo --version
}

has_venv() { python3 -c 'import venv, ensurepip' 2>/dev/null; }

has_python() { has_venv || { apt_install python3 python3-venv && has_venv; }; }

has_node() { # the release may come with its own npm or without
  command -v node npm >/dev/null || apt_install nodejs npm
  command -v node npm >/dev/null && [ "$(printf 'v%s\n' "$example_node" "$(node -p process.versions.node)" |
    sort -V | head -n 1)" = "v$example_node" ]
}

# The real python-dotenv for the test that compares with it, in a folder named for its release.
python_for_tests() {
  local venv=$target/python-dotenv-$python_dotenv
  if ! [ -e "$venv/complete" ]; then
    has_python || { skipped "comparison with python-dotenv" "no python3 with venv, and it could not be installed"; return 75; }
    rm -rf "$venv"
    python3 -m venv "$venv" &&
      "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "python-dotenv==$python_dotenv" || return 1
    touch "$venv/complete"
  fi
  export PORTOLAN_TEST_PYTHON=$venv/bin/python
  "$PORTOLAN_TEST_PYTHON" -c 'from importlib.metadata import version; print("python-dotenv", version("python-dotenv"))'
}

# Installs examples/notes and switches its end-to-end tests on.
example_for_tests() {
  [ -x scripts/setup-example ] || { skipped "examples/notes" "scripts/setup-example is not there"; return 75; }
  has_python || { skipped "examples/notes" "no python3 with venv, and it could not be installed"; return 75; }
  has_node || { skipped "examples/notes" "no node $example_node or newer with npm, and it could not be installed"; return 75; }
  scripts/setup-example && export PORTOLAN_E2E_NOTES=1
}

# Runs `cargo test ARGUMENTS`, shows it as it comes, then repeats the closing line of each test program.
# It writes to a file, not to a pipe: a process that a test left behind would hold a pipe open for ever. Signals
# that the caller ignores (nohup, a background job) are set back, since children inherit that.
cargo_test() { # SECONDS ARGUMENTS...
  local runner=() code until_done viewer
  command -v timeout >/dev/null && runner=(timeout --foreground --kill-after=30 "$1")
  env --default-signal true 2>/dev/null && runner+=(env --default-signal)
  shift
  tests_log=$target/tests.log
  mkdir -p "$target" && : >"$tests_log"
  sleep 86400 &
  until_done=$!
  tail -n +1 -f --pid="$until_done" "$tests_log" 2>/dev/null &
  viewer=$!
  CARGO_TERM_COLOR=never "${runner[@]}" cargo test --locked "$@" >"$tests_log" 2>&1
  code=$?
  kill "$until_done"
  wait "$until_done" "$viewer" 2>/dev/null
  [ "$code" = 124 ] && say "the tests did not end in time"
  printf '\nClosing lines (all of it: %s):\n' "$tests_log"
  closing_lines
  return "$code"
}

closing_lines() {
  awk '
    $1 == "Running" { name = $2 == "unittests" ? $3 : $2 }
    $1 == "Doc-tests" { name = "doc tests of " $2 }
    /^test result:/ { sub(/^test result: /, ""); sub(/ [0-9]+ measured;/, ""); printf "%-28s %s\n", name, $0 }
  ' "$tests_log"
}

# The sum over all test programs of the last cargo_test.
test_counts() {
  awk '
    /^test result:/ { passed += $4; failed += $6; ignored += $8 }
    END { printf "%d tests passed, %d failed, %d ignored", passed, failed, ignored }
  ' "${tests_log:-/dev/null}"
}
