# Executor slots of one machine, each a file of one line: token, time of expiry, boot,
# origin, process, owner. Time is the machine's uptime, so that a clock set right by a day
# neither frees nor keeps a slot; what was held before a reboot is free.
command -v flock >/dev/null || { echo "flock is missing: apt-get install util-linux" >&2; exit 1; }
mkdir -p -- "$folder" || exit 1
exec 8>"$folder/.lock" && flock 8 || exit 1

read -r now _ </proc/uptime
now=${now%.*}
boot=$(cat /proc/sys/kernel/random/boot_id)
here=$boot-$(readlink /proc/self/ns/pid)

# A process that runs beside us is known to be gone at once, others by their silence.
held() {
  read -r its_token expiry its_boot origin pid _ 2>/dev/null <"$1" || return 1
  [ "$its_boot" = "$boot" ] && [ "$expiry" -gt "$now" ] || return 1
  [ "$origin" != "$here" ] || [ -d "/proc/$pid" ]
}
ours() {
  read -r its_token _ 2>/dev/null <"$1" && [ "$its_token" = "$token" ]
}
write() {
  printf '%s %s %s %s\n' "$token" $((now + ttl)) "$boot" "$owner" >"$1.new" && mv -f "$1.new" "$1"
}

case $action in
drain) printf '%s\n' "$owner" >"$folder/drained.new" && mv -f "$folder/drained.new" "$folder/drained" ;;
resume) rm -f -- "$folder/drained" ;;
acquire)
  [ ! -e "$folder/drained" ] || { echo "drained: $(cat "$folder/drained")" >&2; exit 4; }
  number=0
  while [ "$number" -lt "$count" ]; do
    file=$folder/slot-$number
    if ! held "$file"; then
      before=
      [ ! -f "$file" ] || read -r _ _ _ _ _ before <"$file"
      write "$file" && echo "$number $(cd "$folder/.." && pwd)" && echo "$before"
      exit
    fi
    number=$((number + 1))
  done
  exit 3
  ;;
renew) ours "$folder/slot-$number" && write "$folder/slot-$number" || exit 3 ;;
release) ours "$folder/slot-$number" && rm -f -- "$folder/slot-$number" ;;
esac
exit 0
