# The facts of a machine, one `name<tab>value` a line, repeated for lists. Plain POSIX sh:
# a board may have dash or BusyBox and nothing else. Changes nothing but a file of 16 MB
# in $workdir's disk for a moment, and that only where $speed is set.
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
say() { printf '%s\t%s\n' "$1" "$2"; }
has() { command -v "$1" >/dev/null 2>&1; }
each() { while IFS= read -r line; do say "$1" "$line"; done; }
first() { head -n 1 "$1" 2>/dev/null | tr -d '\000'; }

say clock "$(date +%s.%N 2>/dev/null)"
say system "$(uname -s)"
say kernel "$(uname -r)"
say architecture "$(uname -m)"
say bits "$(getconf LONG_BIT 2>/dev/null)"
has dpkg && say packages "$(dpkg --print-architecture)"
say hostname "$(uname -n)"
say model "$(first /proc/device-tree/model || :)$(first /sys/class/dmi/id/product_name || :)"
say distribution "$( ( . /etc/os-release && printf %s "$PRETTY_NAME" ) 2>/dev/null)"
say cores "$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)"
for name in MemTotal MemAvailable SwapTotal; do
  say "$name" "$(sed -n "s/^$name: *\([0-9]*\) kB/\1/p" /proc/meminfo 2>/dev/null)"
done
say load "$(first /proc/loadavg)"
say uptime "$(first /proc/uptime)"
say boot "$(first /proc/sys/kernel/random/boot_id)"

say user "$(id -un)"
say uid "$(id -u)"
id -Gn | tr ' ' '\n' | each group
say home "$HOME"
[ -w "$HOME" ] && say writable home
has sudo && sudo -n true 2>/dev/null && say sudo free
say shell "${SHELL:-}"

folder=${workdir:-$HOME}
while [ ! -d "$folder" ]; do folder=$(dirname -- "$folder"); done
say workdir "$folder"
[ -w "$folder" ] && say writable workdir
df -Pk -- "$folder" 2>/dev/null | tail -n 1 | each disk
while read -r _ point kind options _; do
  case $point in
  /tmp) case ,$options, in *,noexec,*) say noexec /tmp ;; esac ;;
  esac
done </proc/mounts 2>/dev/null
if [ "${speed:-}" ] && [ -w "$folder" ]; then
  dd if=/dev/zero of="$folder/.tlcci-speed.$$" bs=1048576 count=16 conv=fdatasync 2>&1 |
    tail -n 1 | each speed
  rm -f -- "$folder/.tlcci-speed.$$"
fi

seen=
for java in "$(command -v java 2>/dev/null)" "${JAVA_HOME:-/none}/bin/java" \
  /usr/lib/jvm/*/bin/java /opt/*/bin/java "$folder"/jre/bin/java; do
  [ -x "$java" ] || continue
  real=$(readlink -f -- "$java" 2>/dev/null || printf %s "$java")
  case " $seen " in *" $real "*) continue ;; esac
  seen="$seen $real"
  say java "$java|$("$java" -version 2>&1 | head -n 1)"
done

for program in sh bash git docker python3 aws curl md5sum sha256sum tar timeout xargs \
  lscpu free df flock setsid sudo $programs; do
  has "$program" && say program "$program|$(command -v "$program")"
done
has python3 && say python "$(python3 -V 2>&1)"
has git && say git "$(git --version)"
sftp=
for server in /usr/lib/openssh/sftp-server /usr/libexec/openssh/sftp-server \
  /usr/lib/ssh/sftp-server /usr/libexec/sftp-server; do
  [ -x "$server" ] && sftp=$server
done
say sftp "$sftp"

if has docker; then
  say docker_client "$(docker version --format '{{.Client.Version}}' 2>/dev/null)"
  format='{{.ServerVersion}}|{{.Driver}}|{{.DockerRootDir}}|{{.SecurityOptions}}|{{.DefaultRuntime}}'
  if info=$(timeout 20 docker info --format "$format" 2>&1); then
    say docker "$info"
    docker image ls --format '{{.Repository}}:{{.Tag}}|{{.ID}}' 2>/dev/null | each image
  else
    say docker_error "$(printf %s "$info" | tail -n 1)"
  fi
fi

[ -r /proc/driver/nvidia/version ] && say nvidia_module "$(first /proc/driver/nvidia/version)"
if has nvidia-smi; then
  fields=uuid,name,memory.total,driver_version,compute_cap,compute_mode
  if gpus=$(timeout 30 nvidia-smi --query-gpu=$fields --format=csv,noheader,nounits 2>&1); then
    printf '%s\n' "$gpus" | each gpu
  else
    say nvidia_error "$(printf %s "$gpus" | tail -n 1)"
  fi
fi
has nvidia-ctk && say nvidia_toolkit "$(nvidia-ctk --version 2>/dev/null | head -n 1)"
[ -e /dev/kfd ] && say rocm "$(first /opt/rocm/.info/version)"
[ -r /etc/nv_tegra_release ] && say jetson "$(first /etc/nv_tegra_release)"
for path in /dev/serial/by-id/*; do [ -e "$path" ] && say serial "$path"; done
for path in /sys/bus/usb/devices/*/product; do
  [ -r "$path" ] && say usb "$(first "$path")"
done
has vcgencmd && say throttled "$(vcgencmd get_throttled 2>/dev/null)"
say end ok
