# shellcheck shell=bash disable=SC2154  # root comes from scripts/setup, scratch from steps.sh
# Temporal's server as production runs it, on Postgres, and the tool that makes its tables.

set_up_server() {
  local version
  version=$(sed -n 's/^require go.temporal.io\/server v//p' "$root/tools/temporal-server/go.mod")
  has_server "$version" || build_server "$version" || return 0
}

has_server() { [[ -x $CACHE/bin/temporal-server-$1 && -x $CACHE/bin/temporal-sql-tool-$1 ]]; }

# 4 minutes measured on two cores with the sources here and nothing compiled; 2 when the CLI was compiled before.
build_server() {
  local version=$1
  local server=go.temporal.io/server/cmd/server tool=go.temporal.io/server/cmd/tools/sql
  # Of the one who builds the CLI: each has use of what the other has compiled.
  hold_lock 9 "$CACHE/locks/temporal" server || return 1
  if ! has_server "$version"; then
    use_go server || return 1
    say "server ... building Temporal's server $version from source with Go (about 5 minutes, once; kept in $CACHE)"
    fetch_modules server "$root/tools/temporal-server" "$server" "$tool" || return 1
    compile server "$scratch/temporal-server" "$server" "-s -w" || return 1
    compile server "$scratch/temporal-sql-tool" "$tool" "-s -w" || return 1
    mkdir -p "$CACHE/bin"
    mv "$scratch/temporal-server" "$CACHE/bin/temporal-server-$version"
    mv "$scratch/temporal-sql-tool" "$CACHE/bin/temporal-sql-tool-$version"
  fi
  let_go 9
}
