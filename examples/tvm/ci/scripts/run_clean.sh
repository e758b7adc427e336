#!/usr/bin/env bash
# Run a command with PATH, HOME and the variables named by --env, and with no others.
# It stands where a larger project starts a container.
#   run_clean.sh [--env NAME]... COMMAND [ARGUMENT]...
set -eu

kept=("PATH=$PATH" "HOME=${HOME:-/}" "LC_ALL=C.UTF-8")
while [ "${1:-}" = "--env" ]; do
  if [ -n "${!2+set}" ]; then kept+=("$2=${!2}"); fi
  shift 2
done
[ $# -gt 0 ] || { echo "run_clean.sh: no command" >&2; exit 2; }
exec env -i "${kept[@]}" "$@"
