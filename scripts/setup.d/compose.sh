# shellcheck shell=bash
# Docker Compose, for the check of docker-compose.yml: the plugin where the machine has it, else Debian's docker-compose
# 1.29. It needs no engine for that.

set_up_compose() {
  has_compose || has_system_packages compose docker-compose || return 0
}

has_compose() { docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null; }
