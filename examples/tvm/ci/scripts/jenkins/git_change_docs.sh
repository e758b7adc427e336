#!/usr/bin/env bash
# Exit 1 when every file changed since the target branch is documentation, else 0.
# Another status (no such branch here, say) means that nobody knows, so CI runs.
set -eu -o pipefail

target="origin/${CHANGE_TARGET:-main}"
git rev-parse --verify --quiet "refs/remotes/$target" >/dev/null || exit 2
base=$(git merge-base "$target" HEAD)
changed=$(git diff --no-commit-id --name-only "$base" HEAD)

[ -n "$changed" ] || { echo "no change against $target"; exit 0; }
while IFS= read -r path; do
  case "$path" in
    docs/*|*.md) echo "documentation: $path" ;;
    *) echo "not documentation: $path"; exit 0 ;;
  esac
done <<<"$changed"
exit 1
