# shellcheck shell=bash disable=SC2154  # root and parts come from scripts/setup, step_log and step_seconds from steps.sh
# The Temporal server: one that is here, else a download, else a build from source. The chosen binary is
# $CACHE/bin/temporal.

# The build takes minutes, so a download is worth a minute and no more.
TEMPORAL_DOWNLOAD_SECONDS=60
# 16 to 60 s measured on a fast line, so this allows one ten times slower; the second attempt goes on where the first
# one ended.
GO_DOWNLOAD_SECONDS=600
# 3 min 40 s to 5 min 30 s measured on two cores with nothing cached; one slow core may need five times as long.
GO_BUILD_SECONDS=1800
# Printing a version takes 0.1 s.
VERSION_SECONDS=10

# The oldest server that has everything the workflows use.
SERVER_MINIMUM=1.31
# The oldest Go that compiles the pinned CLI, and the one that is fetched where there is none such.
GO_MINIMUM=1.26.4
GO_FETCHED=1.26.8
# From here on the go command replaces itself by a newer one where go.mod asks for it.
GO_SELF_UPGRADING=1.21

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

# By renaming, so that a server that is just being started finds the old link or the new one.
choose() {
  local link=$CACHE/bin/temporal
  [[ $(readlink "$link") != "$1" ]] || return 0
  mkdir -p "$CACHE/bin"
  ln -s "$1" "$link.$$"
  mv -T "$link.$$" "$link"
  [[ $1 != /* ]] || say "temporal server ... using $1"
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
  [[ -x $built ]] || download_temporal "$version" "$built" || build_temporal "$version" "$built" || return 1
  let_go 9
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
  local version=$1 built=$2 go output
  local flags="-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=$version"
  find_go || return 1
  use_scratch
  mkdir -p "$scratch/go"
  output=$scratch/temporal
  # Its own folder for temporary files, which goes away with this process; no workspace of the user's.
  export GOTMPDIR=$scratch/go CGO_ENABLED=0 GOWORK=off
  cd "$root/tools/temporal" || return
  say "temporal server ... building version $version from source with Go (about 6 minutes, once; kept in $CACHE)"
  fetch_sources "$go" || return 1
  if ! run_step "$GO_BUILD_SECONDS" "temporal server, compiling" \
    "$go" build -ldflags "$flags" -o "$output" github.com/temporalio/cli/cmd/temporal; then
    lacks temporal "Go cannot build it: $(last_problem)" "scripts/setup --only temporal"
    return 1
  fi
  say "temporal server ... compiled in $step_seconds s"
  put_binary "$output" "$version" "$built" && return
  lacks temporal "the binary that Go built does not answer" "rm -rf $CACHE/bin && scripts/setup --only temporal"
  return 1
}

# Listing the packages of the command downloads the modules it needs and no others.
fetch_sources() {
  local attempt
  for attempt in 1 2; do
    if run_step "$GO_DOWNLOAD_SECONDS" "temporal server, sources" \
      "$1" list -deps github.com/temporalio/cli/cmd/temporal; then
      say "temporal server ... sources here after $step_seconds s"
      return
    fi
    say "temporal server ... sources, attempt $attempt failed: $(last_problem)"
  done
  lacks temporal "Go cannot fetch the sources: $(last_problem)" \
    "check the network and Go's module proxy (go env GOPROXY), or name a binary: SELFPLAY_TEMPORAL=/path/to/temporal scripts/setup"
  return 1
}

put_binary() {
  local binary=$1 version=$2 built=$3
  chmod 755 "$binary" && timeout "$VERSION_SECONDS" "$binary" --version >/dev/null || return 1
  mv "$binary" "$CACHE/bin/.temporal-$version" && mv "$CACHE/bin/.temporal-$version" "$built"
}

# Sets go to a command that can compile the CLI.
find_go() {
  local version
  if ! command -v go >/dev/null && ! install_go; then return 1; fi
  go=$(command -v go)
  version=$("$go" env GOVERSION | sed 's/^go//; s/[^0-9.].*//')
  version_at_least "$version" "$GO_MINIMUM" && return
  if version_at_least "$version" "$GO_SELF_UPGRADING"; then
    # Also where the machine's configuration says "local".
    export GOTOOLCHAIN=go$GO_FETCHED
    return
  fi
  fetch_go
}

install_go() {
  if ((EUID == 0)) && command -v apt-get >/dev/null; then
    has_system_packages temporal golang-go
    return
  fi
  lacks temporal "there is no Temporal server here, the download failed, and there is no Go to build one" \
    "install Go $GO_MINIMUM or newer, or name a binary: SELFPLAY_TEMPORAL=/path/to/temporal scripts/setup"
  return 1
}

# The module proxy serves Go itself as a module, which the go command checks against its checksum database; an old
# go command (Debian 12 has 1.19) can fetch it, though it cannot switch to it by itself.
fetch_go() {
  local module folder
  module=golang.org/toolchain@v0.0.1-go$GO_FETCHED.$("$go" env GOOS)-$("$go" env GOARCH)
  say "temporal server ... fetching Go $GO_FETCHED through the module proxy, $("$go" env GOVERSION) is too old (about 20 seconds)"
  cd / || return
  if ! run_step "$GO_DOWNLOAD_SECONDS" "Go $GO_FETCHED" "$go" mod download "$module"; then
    lacks temporal "Go $GO_FETCHED cannot be had: $(last_problem)" \
      "install Go $GO_MINIMUM or newer, or name a binary: SELFPLAY_TEMPORAL=/path/to/temporal scripts/setup"
    return 1
  fi
  folder=$("$go" env GOMODCACHE)/$module
  # Modules are unpacked without the right to run them.
  chmod a+x "$folder"/bin/* "$folder"/pkg/tool/*/*
  go=$folder/bin/go
  export GOTOOLCHAIN=local
  unset GOROOT
}
