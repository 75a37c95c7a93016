# shellcheck shell=bash disable=SC2154  # scratch comes from steps.sh
# An S3 server for the tests of the blob store: versitygw, which serves a directory.

VERSITYGW_VERSION=1.8.0

# 48 s measured on two cores, sources included, and 98 s on a busier machine.
set_up_s3() {
  local built=$CACHE/bin/versitygw-$VERSITYGW_VERSION
  [[ -x $built ]] || obtain_versitygw "$built" || return 0
}

# Its version is its checksum too: the go command compares what it fetches with the public checksum database.
obtain_versitygw() {
  local built=$1 package=github.com/versity/versitygw/cmd/versitygw@v$VERSITYGW_VERSION
  hold_lock 9 "$CACHE/locks/versitygw" s3 || return 1
  if [[ ! -x $built ]]; then
    use_go s3 || return 1
    say "s3 ... building versitygw $VERSITYGW_VERSION from source with Go (about 2 minutes, once; kept in $CACHE)"
    cd / || return
    if ! GOBIN=$scratch run_step "$GO_BUILD_SECONDS" "s3, compiling versitygw" "$go" install -ldflags "-s -w" "$package"; then
      lacks s3 "Go cannot build it: $(last_problem)" \
        "check the network and Go's module proxy (go env GOPROXY), then: scripts/setup --only s3"
      return 1
    fi
    say "s3 ... compiled in $step_seconds s"
    mkdir -p "$CACHE/bin"
    mv "$scratch/versitygw" "$built"
  fi
  let_go 9
}
