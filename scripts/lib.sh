# Shared by the scripts beside it; to be sourced, not run.
#
# Owns: where the project is, an environment that does not depend on the caller's, Debian packages on demand,
# steps with a time and a result, the search for processes that a step left behind, and the programs of others that
# tests are run with (python-dotenv, PostgreSQL, Better Auth, schemathesis).

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

# Functions to call when the script ends, however it does; the last one first.
cleanups=()
clean_up() {
  local index
  for ((index = ${#cleanups[@]} - 1; index >= 0; index--)); do "${cleanups[index]}"; done
}
at_exit() {
  cleanups+=("$1")
  trap clean_up EXIT
}

# Folders of our own for state and sockets, so that a run neither sees the user's stacks nor leaves its own there.
private_folders() {
  scratch=$(mktemp -d)
  remove_scratch() { rm -rf "$scratch"; }
  at_exit remove_scratch
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

# Better Auth and its client, where the scripts of tests/outside/better-auth look for them.
better_auth_for_tests() { npm_packages tests/outside/better-auth "Better Auth from npm"; }

# What tests/browser needs: its packages, and a browser.
browser_for_tests() {
  [ -e tests/browser/run.mjs ] || { skipped "the page in a browser" "tests/browser is not there"; return 75; }
  npm_packages tests/browser "the page in a browser" || return
  command -v chromium >/dev/null || [ -n "${CHROMIUM:-}" ] || apt_install chromium ||
    { skipped "the page in a browser" "no chromium, and it could not be installed"; return 75; }
}

npm_packages() { # FOLDER WHAT; a folder of packages keeps a copy of the list that it was installed from
  has_node || { skipped "$2" "no node $example_node or newer with npm, and it could not be installed"; return 75; }
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed-from" && return
  say "npm ci in $1"
  (cd "$1" && npm ci --silent --no-audit --no-fund --ignore-scripts) && cp "$1/package-lock.json" "$1/node_modules/.installed-from"
}

# PyJWT and schemathesis in a venv named for their releases; sets `outside_venv`.
outside_python() {
  local list=$root/tests/outside/requirements.txt
  outside_venv=$target/outside-$(cksum <"$list" | cut -d ' ' -f 1)
  [ -e "$outside_venv/complete" ] && return
  has_python || { skipped "PyJWT and schemathesis" "no python3 with venv, and it could not be installed"; return 75; }
  say "installing tests/outside/requirements.txt"
  rm -rf "$outside_venv"
  python3 -m venv "$outside_venv" &&
    "$outside_venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$list" || return 1
  touch "$outside_venv/complete"
}

# The folder of PostgreSQL's programs, which Debian does not put on the PATH.
postgres_programs() {
  local folder
  for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) "$(dirname "$(command -v initdb)" 2>/dev/null)"; do
    [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && { say "$folder"; return; }
  done
  return 1
}

# Debian's package would start a server of its own as it is installed; this one must not.
install_postgres() {
  local settings=/etc/postgresql-common/createcluster.conf
  [ -e "$settings" ] || { apt_install postgresql-common && say "create_main_cluster = false" >>"$settings"; } || return 1
  apt_install postgresql
}

# A private server in $scratch for the tests: exports PORTOLAN_TEST_POSTGRES, the URL of a superuser, who makes a
# database for each test. Reached through a socket in $scratch and through a free port of 127.0.0.1. Nothing in it
# outlives the script, so it does not wait for the disk.
postgres_for_tests() {
  local password port folder=$scratch/postgres
  postgres_bin=$(postgres_programs) || { install_postgres && postgres_bin=$(postgres_programs); } ||
    { skipped "PostgreSQL" "it is not installed, and could not be"; return 75; }
  postgres_as=()
  mkdir -m 700 "$folder" || return 1
  password=$(od -An -N 24 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077 && printf '%s\n' "$password" >"$folder/password") || return 1
  if [ "$(id -u)" = 0 ]; then
    # initdb refuses root; whoever runs it instead must be able to come by.
    command -v runuser >/dev/null && id postgres >/dev/null 2>&1 ||
      { skipped "PostgreSQL" "root may not run it, and there is no runuser or no user postgres"; return 75; }
    postgres_as=(runuser -u postgres --)
    chmod 711 "$scratch" && chown -R postgres: "$folder" || return 1
  fi
  postgres_run initdb -D "$folder/data" -U postgres --pwfile="$folder/password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 --no-sync || { tail -n 5 "$scratch/postgres.log"; return 1; }
  rm -f "$folder/password"
  at_exit postgres_stop
  for _ in 1 2 3 4 5; do # somebody may take the port between the look and the start
    port=$(free_port) || return 1
    postgres_run postgres -D "$folder/data" -p "$port" -k "$folder" -c listen_addresses=127.0.0.1 -c fsync=off \
      -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB &
    postgres_pid=$!
    while kill -0 "$postgres_pid" 2>/dev/null; do
      postgres_run pg_isready -q -h "$folder" -p "$port" || { sleep 0.1; continue; }
      export PORTOLAN_TEST_POSTGRES=postgres://postgres:$password@127.0.0.1:$port/postgres
      "$postgres_bin/postgres" --version
      return
    done
  done
  tail -n 5 "$scratch/postgres.log"
  return 1
}

# An empty database of its own on the server of URL; prints its URL. Without PostgreSQL's client URL itself.
postgres_database() { # URL NAME
  local programs=$(postgres_programs)
  "${programs:+$programs/}createdb" --maintenance-db="$1" "$2" 2>/dev/null && say "${1%/*}/$2" || say "$1"
}

postgres_run() { # PROGRAM ARGUMENTS...; not in a folder that its user may not enter, and not as one of our own
  local program=$postgres_bin/$1
  shift
  (cd / && exec env -u PORTOLAN_SCRIPT_MARK "${postgres_as[@]}" "$program" "$@") >>"$scratch/postgres.log" 2>&1
}

postgres_stop() {
  [ -e "$scratch/postgres/data/postmaster.pid" ] || return 0
  postgres_run pg_ctl -D "$scratch/postgres/data" -m immediate -w stop
  wait "$postgres_pid" 2>/dev/null
  return 0
}

# A port of 127.0.0.1 that nobody listens on, below the range that the system hands out by itself.
free_port() {
  local port
  for _ in {1..50}; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { say "$port"; return; }
  done
  say "no free port" >&2
  return 1
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
