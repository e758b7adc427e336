#!/usr/bin/env bash
# What machine is this? Read it first when a build fails on one machine only.
set -eu

echo "===== JENKINS INFO"
echo "NODE_NAME=$NODE_NAME"
echo "EXECUTOR_NUMBER=$EXECUTOR_NUMBER"
echo "WORKSPACE=$WORKSPACE"
echo "BUILD_NUMBER=$BUILD_NUMBER"
echo "===== MACHINE INFO"
uname -srm
echo "$(nproc) processors"
df -h . || true
python3 --version
git --version
