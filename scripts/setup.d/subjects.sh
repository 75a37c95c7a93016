# shellcheck shell=bash disable=SC2154  # root and parts come from scripts/setup, step_log and step_seconds from steps.sh
# The subjects of each language and the environments that their tests run in.

# A minute with everything to fetch; the parts of it have limits of their own.
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

# Everything that decides what is built, and the interpreters that run it.
subjects_hash() {
  {
    find "$root/corpus" "$parts/subject_parts" "$parts/build_subjects.py" -type f ! -name '*.md' ! -name '*.pyc' -print0 |
      sort -z | xargs -0 cat
    realpath /usr/bin/python3
    node --version
    # Without one, subjects in Go are left out.
    go version || true
  } 2>/dev/null | sha256sum | cut -d ' ' -f 1
}

has_subjects() {
  local line stamp=$CACHE/corpus/subjects.stamp
  [[ -f $stamp && $(<"$stamp") == "$1" ]] || return 1
  while IFS= read -r line; do
    [[ $line =~ \"directory\":\ \"([^\"]+)\",\ \"environment\":\ \"([^\"]+)\" ]] || return 1
    [[ -d ${BASH_REMATCH[1]}/.git && -d ${BASH_REMATCH[2]}/bin ]] || return 1
  done <"$CACHE/corpus/all.jsonl"
}

build_subjects() {
  say "subjects ... source packages in Python, JavaScript, TypeScript and Go, and what runs their tests (about 1 minute, once; kept in $CACHE)"
  rm -f "$CACHE/corpus/subjects.stamp"
  if ! run_step "$SUBJECTS_SECONDS" "subjects" /usr/bin/python3 -B "$parts/build_subjects.py" "$root/corpus" "$CACHE" "$(readable_root)"; then
    lacks subjects "$(last_problem)" "check the network, then: scripts/setup --only subjects"
  elif grep -q '^left out' "$step_log"; then
    # No stamp: the next set-up tries again.
    report_left_out
    say "subjects ... ready in $step_seconds s, without what is left out"
  else
    echo "$1" >"$CACHE/corpus/subjects.stamp"
    say "subjects ... ready in $step_seconds s"
  fi
}

# The demo and the tests go on with the other languages.
report_left_out() {
  local language reason remedy
  while IFS=$'\t' read -r _ language reason remedy; do
    left_out+=("$language")
    report subjects "$language is left out of the corpus: $reason" "$remedy, then: scripts/setup --only subjects"
  done < <(grep '^left out' "$step_log")
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
