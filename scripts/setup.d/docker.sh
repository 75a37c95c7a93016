# shellcheck shell=bash disable=SC2154  # root and parts come from scripts/setup, step_log and step_seconds from steps.sh
# A Docker engine, the image that sandboxes of directories are made from, and the tools of their supervisor.

# 59 s measured for debootstrap on two cores; a slow mirror takes several times that.
BASE_SECONDS=1200
# Importing 200 MB took 2 s; a slow disk or a remote engine takes minutes.
IMPORT_SECONDS=600
# An engine answers within milliseconds, one that starts within two or three seconds.
ENGINE_ANSWER_SECONDS=10
ENGINE_START_SECONDS=60

BASE_IMAGE=selfplay/base-system:latest
# The image that a base is made from where this is not root on Debian.
DEBIAN_IMAGE=${SELFPLAY_DEBIAN_IMAGE:-debian:bookworm-slim}
BASE_PACKAGES=python3,git,patch,procps
# Only while the tools are packed.
PACKING_PACKAGES=patchelf,bash-static

set_up_docker() {
  has_engine || return 0
  has_base && return
  hold_lock 6 "$CACHE/locks/docker" docker || return 0
  has_base || make_base
  let_go 6
}

engine_answers() { command -v docker >/dev/null && timeout "$ENGINE_ANSWER_SECONDS" docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# One that runs already is used as it is. Where this is root on Debian, one is installed and started.
has_engine() {
  if engine_answers; then
    if ((EUID == 0)) && command -v apt-get >/dev/null; then has_system_packages docker debootstrap busybox-static || return 1; fi
    return
  fi
  has_system_packages docker docker.io debootstrap busybox-static || return 1
  start_engine
}

# By hand, because a machine without systemd has nobody who does it; without a bridge and without rules for packets,
# because sandboxes have no network.
start_engine() {
  local log=$CACHE/docker/dockerd.log started=$SECONDS
  mkdir -p "$CACHE/docker"
  say "docker ... starting an engine (log: $log)"
  setsid dockerd --iptables=false --ip-forward=false --bridge=none --pidfile "$CACHE/docker/dockerd.pid" \
    >"$log" 2>&1 </dev/null 6>&- 7>&- 8>&- 9>&- &
  disown
  until engine_answers; do
    if ((SECONDS - started > ENGINE_START_SECONDS)) || ! pgrep -x dockerd >/dev/null; then
      lacks docker "no engine answers and none can be started: $(grep -E 'failed|error' "$log" | tail -n 1 | cut -c 1-200)" \
        "start a Docker engine, then: scripts/setup --only docker"
      return 1
    fi
    sleep 0.2
  done
  say "docker ... the engine answers; it stays until: kill \$(cat $CACHE/docker/dockerd.pid)"
}

# Everything that decides what is in the base and the tools.
base_hash() {
  { echo "$BASE_PACKAGES $PACKING_PACKAGES" && cat "$parts/pack_tools.sh" && sed -n 's/^VERSION_CODENAME=//p' /etc/os-release && uname -m; } 2>/dev/null |
    sha256sum | cut -c 1-16
}

has_base() {
  local hash
  hash=$(base_hash)
  [[ -f $CACHE/docker/tools.tar && -f $CACHE/docker/stamp && $(<"$CACHE/docker/stamp") == "$hash" ]] || return 1
  [[ $(timeout "$ENGINE_ANSWER_SECONDS" docker image inspect --format '{{index .Config.Labels "selfplay.base"}}' "$BASE_IMAGE" 2>/dev/null) == "$hash" ]]
}

make_base() {
  local hash
  hash=$(base_hash)
  if ((EUID == 0)) && command -v debootstrap >/dev/null; then
    base_from_packages "$hash"
  else
    base_from_image "$hash"
  fi
}

# The release of this machine: environments that were made here find the same Python in a sandbox.
base_from_packages() {
  local hash=$1 tree release mirror archive=$CACHE/docker/base-$1.tar
  mkdir -p "$CACHE/docker"
  if [[ ! -f $archive || ! -f $CACHE/docker/tools.tar || $(cat "$CACHE/docker/stamp" 2>/dev/null) != "$hash" ]]; then
    release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    # shellcheck disable=SC2016  # apt's own placeholders.
    mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null | sed -n "s/^$release //p" | head -n 1)
    say "docker ... building a $release base system with debootstrap (1 to 3 minutes, once; kept in $CACHE/docker)"
    use_scratch
    tree=$scratch/base
    # In a mount namespace of its own: what debootstrap mounts goes away with it, however it ends.
    if ! run_step "$BASE_SECONDS" docker unshare --mount debootstrap --variant=minbase \
      --include="$BASE_PACKAGES,$PACKING_PACKAGES" "$release" "$tree" ${mirror:+"$mirror"}; then
      lacks docker "debootstrap fails: $(last_problem)" "check the package mirror ${mirror:-of debootstrap}, then: scripts/setup --only docker"
      return
    fi
    cp "$parts/pack_tools.sh" "$tree/tmp/"
    if ! run_step "$BASE_SECONDS" docker chroot "$tree" sh -c \
      "sh /tmp/pack_tools.sh /tmp/tools.tar && dpkg --purge ${PACKING_PACKAGES//,/ }"; then
      lacks docker "packing the tools fails: $(last_problem)" "scripts/setup --only docker"
      return
    fi
    mv "$tree/tmp/tools.tar" "$CACHE/docker/tools.tar.new"
    rm -f "$tree/tmp/pack_tools.sh" "$CACHE"/docker/base-*.tar
    run_step "$IMPORT_SECONDS" docker tar -C "$tree" --numeric-owner --exclude='./var/cache/apt/*' \
      --exclude='./var/lib/apt/lists/*' --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
      --exclude='./usr/share/locale/*' --exclude='./var/log/*' --exclude='./dev/*' -cf "$archive.new" . || {
      lacks docker "packing the base system fails: $(last_problem)" "free some disk space, then: scripts/setup --only docker"
      return
    }
    mv "$archive.new" "$archive"
    mv "$CACHE/docker/tools.tar.new" "$CACHE/docker/tools.tar"
    echo "$hash" >"$CACHE/docker/stamp"
  fi
  say "docker ... importing the base system as $BASE_IMAGE"
  run_step "$IMPORT_SECONDS" docker docker import --change "LABEL selfplay.base=$hash" "$archive" "$BASE_IMAGE" ||
    lacks docker "the engine does not import the base system: $(last_problem)" "docker import $archive $BASE_IMAGE"
}

# Where an engine and its registry are all there is: the same packages on top of a Debian image.
base_from_image() {
  local hash=$1 maker=selfplay-base-maker-$$
  mkdir -p "$CACHE/docker"
  say "docker ... building a base system on $DEBIAN_IMAGE (about 1 minute, once)"
  if run_step "$BASE_SECONDS" docker docker create --name "$maker" --network host "$DEBIAN_IMAGE" sh -c \
    "apt-get update && apt-get install -y --no-install-recommends ${BASE_PACKAGES//,/ } ${PACKING_PACKAGES//,/ } &&
     sh /pack_tools.sh /tools.tar && dpkg --purge ${PACKING_PACKAGES//,/ } && rm -rf /var/lib/apt/lists/*" &&
    run_step "$IMPORT_SECONDS" docker docker cp "$parts/pack_tools.sh" "$maker:/pack_tools.sh" &&
    run_step "$BASE_SECONDS" docker docker start --attach "$maker" &&
    run_step "$IMPORT_SECONDS" docker docker cp "$maker:/tools.tar" "$CACHE/docker/tools.tar" &&
    run_step "$IMPORT_SECONDS" docker docker commit --change 'CMD ["/bin/sh"]' --change "LABEL selfplay.base=$hash" "$maker" "$BASE_IMAGE"; then
    echo "$hash" >"$CACHE/docker/stamp"
    say "docker ... ready"
  else
    lacks docker "no base system can be made: $(last_problem)" \
      "docker pull $DEBIAN_IMAGE (or name another with SELFPLAY_DEBIAN_IMAGE), then: scripts/setup --only docker"
  fi
  docker rm --force "$maker" >/dev/null 2>&1 || true
}
