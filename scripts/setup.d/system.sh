# shellcheck shell=bash disable=SC2154  # parts comes from scripts/setup, step_seconds from steps.sh
# The system's own packages: bubblewrap for sandboxes, git and python3 for subjects.

# Updating and installing took 2 s together where little was to fetch; a slow mirror takes a minute for its lists.
APT_UPDATE_SECONDS=120
# Downloading and unpacking, after at most 120 s of waiting for another apt.
APT_INSTALL_SECONDS=300
# Starting one sandbox takes tens of milliseconds.
PROBE_SECONDS=10

BUBBLEWRAP_MINIMUM=0.8.0

set_up_bubblewrap() {
  local version
  if [[ $(uname -s) != Linux ]]; then
    lacks bubblewrap "bubblewrap needs Linux, this is $(uname -s)" "run in Docker or on a Linux machine"
    return
  fi
  has_system_packages bubblewrap bubblewrap git python3 || return 0
  version=$(bwrap --version | cut -d ' ' -f 2)
  if ! version_at_least "$version" "$BUBBLEWRAP_MINIMUM"; then
    lacks bubblewrap "bubblewrap is $version, and $BUBBLEWRAP_MINIMUM or newer is needed" "install a newer bubblewrap"
    return
  fi
  probe_bubblewrap
}

# A kernel that refuses is reported and does not end set-up: validate, grade and the fast tests work without.
probe_bubblewrap() {
  local reason
  reason=$(timeout "$PROBE_SECONDS" /usr/bin/python3 "$parts/probe_bubblewrap.py" 2>&1) && return
  report bubblewrap "installed, but it cannot start a sandbox here: $(head -n 1 <<<"$reason")" \
    "$(sed -n 2p <<<"$reason" | grep . || echo 'scripts/setup --only bubblewrap, on a machine that allows user namespaces')"
}

# has_system_packages PART PACKAGE...: installs what is absent where this is root on Debian or Ubuntu.
has_system_packages() {
  local part=$1 package absent=()
  shift
  for package; do is_installed "$package" || absent+=("$package"); done
  ((${#absent[@]})) || return 0
  if ! command -v apt-get >/dev/null; then
    lacks "$part" "missing on this system: ${absent[*]}" "install with the system's package manager: ${absent[*]}"
    return 1
  fi
  if ((EUID != 0)); then
    lacks "$part" "missing on this system: ${absent[*]}" "sudo apt-get install -y ${absent[*]}"
    return 1
  fi
  apt_install "$part" "${absent[@]}"
}

is_installed() {
  case $1 in
    bubblewrap) command -v bwrap >/dev/null ;;
    python3) [[ -x /usr/bin/python3 ]] ;;
    python3-venv) /usr/bin/python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    golang-go) command -v go >/dev/null ;;
    postgresql) has_postgres ;;
    docker.io) command -v dockerd >/dev/null && command -v docker >/dev/null ;;
    busybox-static) [[ -x /bin/busybox ]] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

apt_install() {
  local part=$1 package
  local install=(apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 -o Acquire::Retries=1)
  shift
  export DEBIAN_FRONTEND=noninteractive
  hold_lock 7 "$CACHE/locks/apt" "$part" || return 1
  say "system packages ... installing $* with apt (about 20 seconds)"
  # Lists from an earlier day often still serve, so a failed update alone does not end it.
  run_step "$APT_UPDATE_SECONDS" "system packages" apt-get update -o Acquire::Retries=1 ||
    say "system packages ... apt-get update failed ($(last_problem)), going on with the lists that are here"
  if ! run_step "$APT_INSTALL_SECONDS" "system packages" "${install[@]}" "$@"; then
    let_go 7
    lacks "$part" "apt cannot install $*: $(last_problem)" "apt-get update && apt-get install -y $*"
    return 1
  fi
  let_go 7
  say "system packages ... installed in $step_seconds s"
  for package; do
    is_installed "$package" && continue
    lacks "$part" "apt installed $package, and it is still not to be found" "look at PATH: $PATH"
    return 1
  done
}
