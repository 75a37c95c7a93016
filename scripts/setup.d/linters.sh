# shellcheck shell=bash disable=SC2154  # root comes from scripts/setup, scratch and step_seconds from steps.sh
# What looks at Python and shell for `npm run lint`: wheels of the package index that hold the released binaries, compared
# with pinned hashes. They are kept in $CACHE/linters, in a folder named after the list of them.

# 16 MB took 2 s on a fast line; a line of 1 Mbit/s needs two minutes.
LINTERS_SECONDS=150

set_up_linters() {
  local place
  place=$(linters_place)
  [[ ! -d $place ]] || return 0
  hold_lock 9 "$CACHE/locks/linters" linters || return 0
  [[ -d $place ]] || fetch_linters "$place"
  let_go 9
}

linters_place() { echo "$CACHE/linters/$(sha256sum <"$root/tools/linters/requirements.txt" | cut -c 1-16)"; }

fetch_linters() {
  local place=$1 folder python wheel
  use_scratch
  folder=$(mktemp -d "$scratch/linters.XXXXXX")
  say "linters ... fetching ruff, shellcheck and shfmt from the Python package index (about 16 MB)"
  if ! python=$(python_with_pip); then
    lacks linters "there is no Python with pip here" "install pip (Debian, Ubuntu: apt-get install python3-pip)"
    return
  fi
  if ! PIP_REQUIRE_VIRTUALENV=0 run_step "$LINTERS_SECONDS" linters "$python" -m pip download --quiet "${PIP_NETWORK[@]}" \
    --no-deps --require-hashes --only-binary :all: -r "$root/tools/linters/requirements.txt" -d "$folder"; then
    lacks linters "pip cannot fetch them: $(last_problem)" "check the network and pip's index, then: scripts/setup --only linters"
    return
  fi
  mkdir -p "$folder/bin" "$CACHE/linters"
  for wheel in "$folder"/*.whl; do
    "$python" -m zipfile -e "$wheel" "$folder/unpacked"
    mv "$folder"/unpacked/*.data/scripts/* "$folder/bin/"
    rm -rf "$folder/unpacked"
  done
  chmod 755 "$folder"/bin/*
  mv "$folder/bin" "$place"
  say "linters ... here after $step_seconds s"
}
