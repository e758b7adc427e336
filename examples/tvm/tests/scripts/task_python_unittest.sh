#!/usr/bin/env bash
# Run this shard's unit tests; results go to BUILD/test-results.   task_python_unittest.sh BUILD
set -eu

rm -rf "$1/test-results"
mkdir -p "$1/test-results"
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="python:$1/lib"
python3 tests/scripts/unittest_to_junit.py tests/python "$1/test-results"
