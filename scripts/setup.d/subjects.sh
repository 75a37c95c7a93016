# shellcheck shell=bash disable=SC2154  # root and parts come from scripts/setup, step_seconds from steps.sh
# The demo's subjects and the Python environment that their tests run in.

# 30 s with a slow network; the parts of it have limits of their own.
SUBJECTS_SECONDS=900

set_up_subjects() {
  local hash
  hash=$(subjects_hash)
  has_subjects "$hash" && return
  has_system_packages subjects git python3 python3-venv || return 0
  hold_lock 9 "$CACHE/locks/subjects" subjects || return 0
  has_subjects "$hash" || build_subjects "$hash"
  let_go 9
}

# Everything that decides what is built, and the interpreter that runs it.
subjects_hash() {
  { cat "$root"/corpus/*.json "$root"/corpus/*.txt "$parts/build_subjects.py" && realpath /usr/bin/python3; } 2>/dev/null | sha256sum | cut -d ' ' -f 1
}

has_subjects() {
  local line stamp=$CACHE/corpus/demo.stamp
  [[ -f $stamp && $(<"$stamp") == "$1" ]] || return 1
  while IFS= read -r line; do
    [[ $line =~ \"directory\":\ \"([^\"]+)\",\ \"environment\":\ \"([^\"]+)\" ]] || return 1
    [[ -d ${BASH_REMATCH[1]}/.git && -x ${BASH_REMATCH[2]}/bin/python3 ]] || return 1
  done <"$CACHE/corpus/demo.jsonl"
}

build_subjects() {
  say "subjects ... fetching $(grep -c '"version"' "$root/corpus/demo.json") releases of three Python packages, and pytest, from the package index (about 30 seconds, once; kept in $CACHE)"
  rm -f "$CACHE/corpus/demo.stamp"
  if run_step "$SUBJECTS_SECONDS" "subjects" /usr/bin/python3 -B "$parts/build_subjects.py" "$root/corpus" "$CACHE" "$(readable_root)"; then
    echo "$1" >"$CACHE/corpus/demo.stamp"
    say "subjects ... ready in $step_seconds s"
  else
    lacks subjects "$(last_problem)" \
      "check the network and pip's index (pip config list, PIP_INDEX_URL), then: scripts/setup --only subjects"
  fi
}

# Sandboxes of root run as a user without rights, who cannot pass through a home that is closed to others
# (Debian's /root is). Then the trees lie in the system's cache, and links in ours lead to them.
readable_root() {
  local folder=$CACHE
  if ((EUID == 0)); then
    mkdir -p "$CACHE"
    while [[ $folder != / ]]; do
      if (((0$(stat -c %a "$folder") & 1) == 0)); then
        echo "/var/cache/swe-selfplay/$(sha256sum <<<"$CACHE" | cut -c 1-8)"
        return
      fi
      folder=$(dirname "$folder")
    done
  fi
  echo "$CACHE"
}
