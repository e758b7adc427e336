# Ends the processes whose environment has one of $cookies: leaves first, each waited for a
# while before its parent is told, KILL for those that outlive $grace seconds. Status 3 says
# that there are none, 1 that some could not be ended.
found() {
  for cookie in $cookies; do
    grep -l -e "$cookie" /proc/[0-9]*/environ 2>/dev/null
  done | sed 's,^/proc/,,; s,/environ$,,' | sort -rnu
}
lives() {
  # A dead process that nobody has asked about has no environment.
  for cookie in $cookies; do grep -q -e "$cookie" "/proc/$1/environ" 2>/dev/null && return; done
  return 1
}
wait_for() {
  ticks=$2
  while [ "$ticks" -gt 0 ] && lives "$1"; do
    sleep 0.1 2>/dev/null || { sleep 1; ticks=$((ticks - 9)); }
    ticks=$((ticks - 1)); left=$((left - 1))
  done
}

pids=$(found)
[ "$pids" ] || exit 3
if [ "$action" = end ]; then
  left=$((grace * 10))
  for pid in $pids; do
    wait_for "$pid" 3
    kill -s TERM "$pid" 2>/dev/null || continue
    if [ "$left" -lt 50 ]; then wait_for "$pid" "$left"; else wait_for "$pid" 50; fi
  done
fi
for pid in $pids; do lives "$pid" && kill -s KILL "$pid" 2>/dev/null; done
for pid in $pids; do
  left=0
  wait_for "$pid" 20
  lives "$pid" && exit 1
done
exit 0
