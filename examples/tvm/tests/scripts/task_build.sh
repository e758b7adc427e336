#!/usr/bin/env bash
# Compile models/*.tt into BUILD/lib as BUILD/config.json says.   task_build.sh BUILD
set -eu

rm -rf "${1:?}/lib"
PYTHONPATH=python PYTHONDONTWRITEBYTECODE=1 python3 -m tinytvm models "$1/config.json" "$1/lib"
