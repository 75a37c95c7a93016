# shellcheck shell=bash disable=SC2154  # root comes from scripts/setup, step_log and step_seconds from steps.sh
# Node.js, the npm packages, the compiled sources and the selfplay command that runs them.

# 10 s measured with a warm npm cache; without one everything comes over the network, which a slow line may take minutes
# for. Beyond ten minutes the registry hangs.
NPM_SECONDS=600
# It takes two seconds; a machine busy with other builds may need many times that.
BUILD_SECONDS=300

set_up_node() {
  has_node || return 0
  cd "$root" || return
  if ! has_node_modules || ! scripts/is-built; then
    hold_lock 8 "$CACHE/locks/node-$(sha256sum <<<"$root" | cut -c 1-12)" node || return 0
    has_node_modules || install_node_modules || return 0
    scripts/is-built || build || return 0
    let_go 8
  fi
  link_command "$root/scripts/selfplay" selfplay
}

has_node() {
  local version wanted
  wanted=$(sed -n 's/^ *"node": *">= *\([0-9.]*\)".*/\1/p' "$root/package.json" | head -n 1)
  wanted=${wanted:-20.12}
  if version=$(node --version 2>/dev/null); then
    version_at_least "${version#v}" "$wanted" && return
    lacks node "Node.js is $version, and version $wanted or newer is needed" \
      "install a newer Node.js (with nvm: nvm install 20)"
  else
    lacks node "there is no Node.js here" "install Node.js $wanted or newer (with nvm: nvm install 20)"
  fi
  return 1
}

# version_at_least VERSION MINIMUM, both dotted numbers.
version_at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

lock_hash() { sha256sum <package-lock.json | cut -d ' ' -f 1; }

# npm writes the hidden lock file at the end of each install, also of one made by hand; the stamp tells after a
# checkout, which renews the dates and not the content.
has_node_modules() {
  [[ -d node_modules ]] || return 1
  [[ node_modules/.package-lock.json -nt package-lock.json ]] && return
  [[ -f node_modules/.setup-stamp && $(<node_modules/.setup-stamp) == "$(lock_hash)" ]]
}

install_node_modules() {
  local attempt
  say "npm packages ... installing from package-lock.json (about 1 minute)"
  # What npm has in its cache serves without asking, so the second attempt repeats only what failed.
  for attempt in 1 2; do
    if run_step "$NPM_SECONDS" "npm packages" npm ci --prefer-offline --no-audit --no-fund --fetch-retries=1 --fetch-timeout=60000; then
      lock_hash >node_modules/.setup-stamp
      say "npm packages ... installed in $step_seconds s"
      return
    fi
    say "npm packages ... attempt $attempt failed: $(last_problem)"
  done
  lacks node "npm cannot install the packages: $(last_problem)" \
    "check the network and npm's registry (npm ping), then: scripts/setup --only node"
  return 1
}

build() {
  say "sources ... compiling src/ to dist/ (about 2 seconds)"
  if run_step "$BUILD_SECONDS" "sources" npm run --silent build; then
    say "sources ... compiled in $step_seconds s"
  else
    head -n 20 "$step_log"
    lacks node "the sources do not compile" "npm run build"
    return 1
  fi
}
