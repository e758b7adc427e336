# A machine's receipt: a folder with an entry for each change, made before the change is.
# An entry holds how to undo it, what was there before, and a file `done` once it is made.
# Needs $receipt and $action; the changes, as functions, stand above.
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
umask 022
exec 7<&0 </dev/null
say() { printf '%s\t%s\t%s\n' "$1" "$2" "$3"; }
command -v flock >/dev/null || { say failed lock "flock is missing"; exit 1; }
exec 8<"${receipt%/*/*}" && flock 8 || { say failed lock "cannot lock ${receipt%/*/*}"; exit 1; }
applied=

# Undo the change of one entry and drop the entry: 0 undone, 4 undone but for what is kept.
revert() {
  entry=$receipt/$1
  said=$(. "$entry/undo" 2>&1); its=$?
  case $its in
  0) ;;
  4) say kept "$1" "$(printf %s "$said" | tr '\n' ' ')" ;;
  *) say failed "$1" "$(printf %s "$said" | tail -n 1)"; return 1 ;;
  esac
  rm -rf -- "$entry.gone" && mv -- "$entry" "$entry.gone" && rm -rf -- "$entry.gone"
  return $its
}
roll_back() {
  for id in $applied; do
    revert "$id" && say reverted "$id" ""
  done
  tidy
  exit 1
}
tidy() {
  rm -rf -- "$receipt"/*.new "$receipt"/*.gone
  rmdir -- "$receipt" "${receipt%/*}" 2>/dev/null
  :
}

# apply ENTRY NAME DIGEST TITLE: bring one change about unless it is so already.
apply() {
  entry=$receipt/$1
  if [ -d "$entry" ] && { [ ! -e "$entry/done" ] || [ "$(cat "$entry/digest")" != "$3" ]; }; then
    # Half made, or made otherwise than is wanted now: back to the beginning.
    [ "$action" = survey ] && { say wanted "$1" "$4"; return; }
    revert "$1"
    [ $? = 1 ] && roll_back
    entry=$receipt/$1
  fi
  if ("$2_holds") >/dev/null 2>&1; then
    [ -d "$entry" ] && say same "$1" "$4" || say there "$1" "$4"
    return
  fi
  [ -d "$entry" ] && { say drifted "$1" "$4"; return; }
  [ "$action" = survey ] && { say wanted "$1" "$4"; return; }
  goal=$entry; entry=$goal.new
  rm -rf -- "$entry"
  said=$( (umask 077; mkdir -p -- "$entry" && "$2_undo" >"$entry/undo" && printf %s "$3" >"$entry/digest" \
    && "$2_note") 2>&1) || { say failed "$1" "$(printf %s "$said" | tail -n 1)"; roll_back; }
  mv -- "$entry" "$goal"; entry=$goal
  applied="$1 $applied"
  said=$( ("$2_do") 2>&1) || { say failed "$1" "$(printf %s "$said" | tail -n 1)"; roll_back; }
  : >"$entry/done"
  say made "$1" "$4"
}

# The entries, newest first; each is undone, whoever made it and with which version.
detach() {
  for entry in $(ls -r "$receipt" 2>/dev/null); do
    case $entry in *.new | *.gone) continue ;; esac
    revert "$entry"
    case $? in 0) say reverted "$entry" "" ;; esac
  done
  tidy
  [ ! -d "$receipt" ]
}
