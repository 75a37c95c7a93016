# shellcheck shell=bash
# What the parts of set-up share: where things are kept, how steps speak, and the limit on each of them.

CACHE=${SELFPLAY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/swe-selfplay}
case $CACHE in /*) ;; *) CACHE=$PWD/$CACHE ;; esac

# A step longer than this shows a line with the time gone, so that none looks hung.
PROGRESS_SECONDS=15
# Another set-up may hold a lock for as long as the longest step, the build of the server.
LOCK_SECONDS=2400

steps_done=0
missing=()
scratch=
child=

say() { echo "setup: $*"; }

usage_error() {
  echo "setup: $1; see scripts/setup --help" >&2
  exit 2
}

# Says what is missing and the one line that helps; the other parts go on. scripts/test reads the same from
# SELFPLAY_SETUP_REPORT, as lines of part, reason and remedy.
lacks() {
  local part=$1 reason=$2 remedy=$3
  missing+=("$part")
  report "$part" "$reason" "$remedy"
}

report() {
  say "$1 ... $2"
  say "  to do: $3"
  [[ -z ${SELFPLAY_SETUP_REPORT-} ]] || printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$SELFPLAY_SETUP_REPORT"
}

has_work_tools() {
  local tool
  for tool in timeout flock sha256sum; do
    command -v "$tool" >/dev/null && continue
    say "the command '$tool' is missing, without it no step could be limited in time or kept from another set-up"
    say "  to do: install GNU coreutils and util-linux (Debian, Ubuntu: apt-get install coreutils util-linux)"
    return 1
  done
}

cleanup() {
  # timeout hands the signal on to the whole group of what it runs.
  [[ -z $child ]] || { kill "$child" 2>/dev/null && wait "$child" 2>/dev/null; } || true
  [[ -z $scratch ]] || rm -rf "$scratch"
}
trap cleanup EXIT
trap 'say "stopped"; exit 130' INT
trap 'say "stopped"; exit 143' TERM HUP

# A folder in the cache that goes away with this process; made at first use, so that a set-up with nothing to do
# writes nothing.
use_scratch() {
  [[ -n $scratch ]] && return
  mkdir -p "$CACHE"
  # Of set-ups that were killed; no step lasts half a day.
  find "$CACHE" -maxdepth 1 -name 'scratch.*' -mmin +720 -exec rm -rf {} +
  scratch=$(mktemp -d "$CACHE/scratch.XXXXXX")
}

# run_step LIMIT LABEL COMMAND...: runs the command with its output in $step_log, a line now and then, and an end
# after LIMIT seconds. Lines of the command that start with "setup:" are shown as they come.
run_step() {
  local limit=$1 label=$2 started=$SECONDS said=$SECONDS shown=0 status=0
  shift 2
  use_scratch
  steps_done=$((steps_done + 1))
  step_log=$scratch/step-$steps_done.log
  # 7 to 9 are the locks: a child that outlives this process must not keep them.
  timeout --kill-after=5 "$limit" "$@" >"$step_log" 2>&1 </dev/null 7>&- 8>&- 9>&- &
  child=$!
  while kill -0 "$child" 2>/dev/null; do
    if ((SECONDS - started < 3)); then sleep 0.1; else sleep 0.5; fi
    show_step_lines && said=$SECONDS
    if ((SECONDS - said >= PROGRESS_SECONDS)); then
      said=$SECONDS
      say "$label ... $((SECONDS - started)) s so far"
    fi
  done
  wait "$child" || status=$?
  child=
  show_step_lines || true
  # shellcheck disable=SC2034  # The steps tell it.
  step_seconds=$((SECONDS - started))
  # What timeout answers when the limit was reached, by the first signal or by the second.
  if ((status == 124 || status == 137)); then echo "no end after $limit s" >>"$step_log"; fi
  return "$status"
}

show_step_lines() {
  local line count=0
  while IFS= read -r line; do
    count=$((count + 1))
    if ((count > shown)); then echo "$line"; fi
  done < <(grep '^setup:' "$step_log" 2>/dev/null || true)
  ((count > shown)) || return 1
  shown=$count
}

# The line of the last step's output that most likely says why it failed.
last_problem() {
  local line
  line=$(grep -E '^(npm error|E:|ERROR|go: |error)' "$step_log" | grep -v -E '^go: (downloading|finding)|^npm error (code|errno|syscall|$)' | head -n 1 || true)
  [[ -n $line ]] || line=$(grep -v '^$' "$step_log" | tail -n 1 || true)
  echo "${line:-no output}" | cut -c 1-300
}

# hold_lock DESCRIPTOR FILE PART: waits until no other set-up works on the same thing. The kernel lets go of the
# lock when this process ends, however it ends.
hold_lock() {
  local descriptor=$1 file=$2 part=$3 started=$SECONDS
  # Said here, for callers ask whether it was held, and then no failing line ends the script.
  if ! mkdir -p "$(dirname "$file")" || ! eval "exec $descriptor>>\"\$file\""; then
    lacks "$part" "nothing can be written below $(dirname "$file")" "name a folder of yours: SELFPLAY_CACHE=DIR scripts/setup"
    return 1
  fi
  flock -n "$descriptor" && return
  say "$part ... another set-up is at it, waiting for it"
  until flock -w "$PROGRESS_SECONDS" "$descriptor"; do
    say "$part ... still waiting for another set-up ($((SECONDS - started)) s)"
    if ((SECONDS - started > LOCK_SECONDS)); then
      lacks "$part" "another set-up does not end" "end it (fuser $file names it), then run this again"
      return 1
    fi
  done
}

# link_command TARGET NAME: by renaming, so that whoever is just starting it finds the old link or the new one.
link_command() {
  local link=$CACHE/bin/$2
  [[ $(readlink "$link") != "$1" ]] || return 0
  mkdir -p "$CACHE/bin"
  ln -s "$1" "$link.$$"
  mv -T "$link.$$" "$link"
}

let_go() { eval "exec $1>&-"; }
