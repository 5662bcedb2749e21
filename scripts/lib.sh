# Shared by the scripts beside it; to be sourced, not run.
#
# Owns: where the project is, an environment that does not depend on the caller's, Debian packages on demand,
# steps with a time and a result, and the search for processes that a step left behind.

set -uo pipefail

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
  local log
  log=$(mktemp)
  if { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1; then
    rm -f "$log"
  else
    tail -n 5 "$log"
    rm -f "$log"
    return 1
  fi
}

# --- steps -----------------------------------------------------------------------------------------------------

steps=()
failures=0

minutes() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

record() { # NAME RESULT SECONDS
  steps+=("$(printf '%-7s %6s  %s' "$2" "$(minutes "$3")" "$1")")
}

# Runs a command as a named step. A failure is remembered and the next step still runs, so that one report holds
# all that is wrong. Exit code 75 (EX_TEMPFAIL) means that the command skipped itself and has said why.
step() { # NAME COMMAND...
  local name=$1 started=$SECONDS code result
  shift
  say "" "==> $name" | sed 's/^ //'
  "$@"
  code=$?
  case $code in
    0) result=ok ;;
    75) result=SKIPPED ;;
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
  local attempt pid left=()
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
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
