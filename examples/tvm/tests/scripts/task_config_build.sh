#!/usr/bin/env bash
# Write BUILD/config.json from a profile.   task_config_build.sh BUILD [PROFILE]
set -eu

build=$1
mkdir -p "$build"
python3 ci/scripts/jenkins/profile.py show "${2:-release}" >"$build/config.json"
cat "$build/config.json"
