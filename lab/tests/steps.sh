# The vocabulary of the lab's tests; sourced by each of them, inside the machine. A test's first argument is the folder
# of the filesync under test; sourcing this takes it away.
set -euo pipefail

PATH=$1:$PATH
shift

lab=$(dirname "$(realpath "${BASH_SOURCE[0]}")")/..
work=$(mktemp -d)
export XDG_DATA_HOME=$work/data XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache
status=0
# Of most tests it is not the matter what is tried out before the first file goes to a device; `upload` does it.
export FILESYNC_PROBE=no

# Without udevd, libusb does not tell a running program of a device that comes back.
mkdir -p /run/udev
/lib/systemd/systemd-udevd --daemon 2> /dev/null || { echo "udevd did not start"; exit 1; }

step() { printf '%4ds  %s\n' "$SECONDS" "$*"; }

# Says what is wrong, with the last output of filesync, and ends the test.
fail() {
  echo "WRONG: $*"
  if [ -e "$work/said" ]; then
    echo "filesync ended with $status and said:"
    tr '\r' '\n' < "$work/said" | tail -n 20
    if [ -e "$work/json" ]; then tail -n 5 "$work/json"; fi
  fi
  exit 1
}

# Runs filesync with --json; its output goes to $work/json, its words to $work/said, its status to $status. A run that
# does not end within LIMIT seconds (default 200) fails the test.
run() {
  status=0
  timeout --kill-after 5 "${LIMIT:-200}" filesync "$@" --json > "$work/json" 2> "$work/said" < /dev/null || status=$?
  [ "$status" != 124 ] && [ "$status" != 137 ] || fail "filesync $* did not end within ${LIMIT:-200} s"
}

# What filesync said last, which has to be there.
word() {
  [ -s "$work/said" ] || fail "no word of it"
  tr '\r' '\n' < "$work/said" | tail -n 2 | sed 's/^/         /'
}

# Runs a sync that has to succeed: synced SOURCE DESTINATION.
synced() {
  run sync "$1" "$2" --yes --log-dir "$work/logs"
  [ "$status" = 0 ] || fail "sync $1 $2: status $status"
}

# The number NAME from the summary of the last run.
count() { { grep -o "\"$1\" *: *[0-9]*" "$work/json" || echo 0; } | tail -n 1 | grep -o '[0-9]*$'; }

# The last run said TEXT.
says() { tr '\r' '\n' < "$work/said" | grep -qF -e "$1" || fail "it does not say: $1"; }

copied() { [ "$(count filesCopied)" = "$1" ] || fail "$(count filesCopied) files copied, not $1"; }

# Every file of folder A is in B with its bytes and its date, to the second, and B has nothing else.
same() {
  list() { (cd "$1" && find . -mindepth 1 -type f -printf '%P\t%s\t%Td.%Tm.%TY %TT\n' | sed 's/\.[0-9]*$//' | sort); }
  list "$1" > "$work/list"
  list "$2" | diff "$work/list" - > "$work/diff" || fail "names, sizes or dates differ: $(head -n 10 "$work/diff")"
  equal "$1" "$2"
}

# Folders A and B hold the same names and bytes, and nothing else; whatever the dates.
equal() {
  diff -rq --no-dereference "$1" "$2" > "$work/diff" || fail "contents differ: $(head -n 10 "$work/diff")"
}

# Every file in B that has a file of this name in A equals it: no half file stands under a real name.
whole() {
  (cd "$2" && find . -type f -print0) | while IFS= read -r -d '' file; do
    [ ! -e "$1/$file" ] || cmp -s "$1/$file" "$2/$file" || { echo "$file"; break; }
  done > "$work/half"
  [ ! -s "$work/half" ] || fail "half a file stands under the name $(cat "$work/half")"
}

# Waits until folder A holds more than B bytes while process C runs.
until_bytes() {
  while kill -0 "$3" 2>/dev/null; do
    [ "$(du -sb "$1" 2>/dev/null | cut -f 1)" -le "$2" ] || return 0
    /bin/busybox usleep 20000
  done
  status=0
  wait "$3" || status=$?
  fail "the sync ended before it could be interrupted"
}

# How many resets of a device the kernel has reported.
resets() { dmesg | grep -c 'reset .*-speed USB device' || true; }
