# shellcheck shell=bash
# The programs of Postgres, for the tests of the ledger in it. They run a cluster of their own in a temporary directory;
# one that the machine has is never touched.

POSTGRES_MINIMUM=13

set_up_postgres() {
  local version
  has_postgres || install_postgres || return 0
  version=$("$(postgres_programs)/initdb" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
  version_at_least "$version" "$POSTGRES_MINIMUM" && return
  lacks postgres "its version is $version, and $POSTGRES_MINIMUM or newer is needed" "apt-get install postgresql, or a newer system"
}

# Debian keeps them out of PATH, in a folder for each version.
postgres_programs() {
  local found
  found=$(find /usr/lib/postgresql/*/bin -name initdb 2>/dev/null | sort -V | tail -n 1)
  [[ -n $found ]] || found=$(command -v initdb) || return 1
  dirname "$(realpath "$found")"
}

has_postgres() { [[ -x $(postgres_programs)/initdb && -x $(postgres_programs)/postgres ]] 2>/dev/null; }

# Debian's package makes and starts a cluster for the machine unless it is told not to.
install_postgres() {
  local told=/etc/postgresql-common/createcluster.d/selfplay.conf status=0
  if ((EUID == 0)) && command -v apt-get >/dev/null; then
    mkdir -p "$(dirname "$told")"
    echo 'create_main_cluster = false' >"$told"
  fi
  has_system_packages postgres postgresql || status=$?
  rm -f "$told"
  return "$status"
}
