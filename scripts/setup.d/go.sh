# shellcheck shell=bash disable=SC2154  # root comes from scripts/setup, step_seconds and scratch from steps.sh
# Go, and what is built with it: programs that no package index here carries.

# The oldest Go that compiles what is pinned in tools/, and the one that is fetched where there is none such.
GO_MINIMUM=1.26.4
GO_FETCHED=1.26.8
# From here on the go command replaces itself by a newer one where go.mod asks for it.
GO_SELF_UPGRADING=1.21

# 16 to 60 s measured on a fast line, so this allows one ten times slower; the second attempt goes on where the first
# one ended.
GO_DOWNLOAD_SECONDS=600
# 3 min 40 s to 5 min 30 s measured on two cores with nothing cached; one slow core, or two with all tests beside it, may
# need ten times as long.
GO_BUILD_SECONDS=3600

# use_go PART: sets go to a command that can compile, with folders for temporary files that go away with this process
# and no workspace of the user's.
use_go() {
  find_go "$1" || return 1
  use_scratch
  mkdir -p "$scratch/go"
  export GOTMPDIR=$scratch/go CGO_ENABLED=0 GOWORK=off
}

# fetch_modules PART FOLDER PACKAGE...: what they need of the folder's go.mod. Listing the packages of a command
# downloads its modules and no others.
fetch_modules() {
  local part=$1 attempt
  cd "$2" || return
  shift 2
  for attempt in 1 2; do
    if run_step "$GO_DOWNLOAD_SECONDS" "$part, sources" "$go" list -deps "$@"; then
      say "$part ... sources here after $step_seconds s"
      return
    fi
    say "$part ... sources, attempt $attempt failed: $(last_problem)"
  done
  lacks "$part" "Go cannot fetch the sources: $(last_problem)" \
    "check the network and Go's module proxy (go env GOPROXY), then: scripts/setup --only $part"
  return 1
}

# compile PART OUTPUT PACKAGE FLAGS: in the folder of fetch_modules.
compile() {
  local part=$1 output=$2 package=$3 flags=$4
  if ! run_step "$GO_BUILD_SECONDS" "$part, compiling" "$go" build -ldflags "$flags" -o "$output" "$package"; then
    lacks "$part" "Go cannot build it: $(last_problem)" "scripts/setup --only $part"
    return 1
  fi
  say "$part ... compiled $(basename "$output") in $step_seconds s"
}

find_go() {
  local part=$1 version
  if ! command -v go >/dev/null && ! install_go "$part"; then return 1; fi
  go=$(command -v go)
  version=$("$go" env GOVERSION | sed 's/^go//; s/[^0-9.].*//')
  version_at_least "$version" "$GO_MINIMUM" && return
  if version_at_least "$version" "$GO_SELF_UPGRADING"; then
    # Also where the machine's configuration says "local".
    export GOTOOLCHAIN=go$GO_FETCHED
    return
  fi
  fetch_go "$part"
}

install_go() {
  local part=$1
  if ((EUID == 0)) && command -v apt-get >/dev/null; then
    has_system_packages "$part" golang-go
    return
  fi
  lacks "$part" "it has to be built, and there is no Go here" "$(go_remedy "$part")"
  return 1
}

# The module proxy serves Go itself as a module, which the go command checks against its checksum database; an old
# go command (Debian 12 has 1.19) can fetch it, though it cannot switch to it by itself.
fetch_go() {
  local part=$1 module folder
  module=golang.org/toolchain@v0.0.1-go$GO_FETCHED.$("$go" env GOOS)-$("$go" env GOARCH)
  say "$part ... fetching Go $GO_FETCHED through the module proxy, $("$go" env GOVERSION) is too old (about 20 seconds)"
  cd / || return
  if ! run_step "$GO_DOWNLOAD_SECONDS" "Go $GO_FETCHED" "$go" mod download "$module"; then
    lacks "$part" "Go $GO_FETCHED cannot be had: $(last_problem)" "$(go_remedy "$part")"
    return 1
  fi
  folder=$("$go" env GOMODCACHE)/$module
  # Modules are unpacked without the right to run them.
  chmod a+x "$folder"/bin/* "$folder"/pkg/tool/*/*
  go=$folder/bin/go
  export GOTOOLCHAIN=local
  unset GOROOT
}

go_remedy() {
  local binary=
  [[ $1 != temporal ]] || binary=", or name a binary: SELFPLAY_TEMPORAL=/path/to/temporal scripts/setup"
  echo "install Go $GO_MINIMUM or newer$binary"
}
