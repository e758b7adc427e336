# shellcheck shell=sh
# To be sourced: `retry N COMMAND...` runs COMMAND up to N times, a little later each time.
# POSIX, because Jenkins' `sh` is /bin/sh.
retry() {
  retry_left=$1
  shift
  retry_wait=1
  until "$@"; do
    retry_left=$((retry_left - 1))
    if [ "$retry_left" -le 0 ]; then
      echo "gave up: $*" >&2
      return 1
    fi
    sleep "$retry_wait"
    retry_wait=$((retry_wait * 2))
  done
}
