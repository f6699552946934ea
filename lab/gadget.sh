# What the scripts that plug a responder in have in common: the gadget at dummy controller $n, in configfs and FunctionFS.
# Sourced, with $n and $lab set; defines $gadget (in configfs), $functionfs (where it is mounted), $state (a folder for the
# responder's log and process).
name=mtp$n
gadget=/sys/kernel/config/usb_gadget/$name
functionfs=/dev/ffs-$name

# Ends the responder that is there, like a device that is switched off, or else makes the gadget; make_gadget STATE.
make_gadget() {
  local old pid
  state=$1
  mkdir -p "$state"
  if [ ! -e "$gadget" ]; then
    mkdir -p "$gadget/configs/c.1/strings/0x409" "$gadget/functions/ffs.$name" "$gadget/strings/0x409" "$functionfs"
    echo MTP > "$gadget/configs/c.1/strings/0x409/configuration"
    ln -s "$gadget/functions/ffs.$name" "$gadget/configs/c.1"
    mount -t functionfs "$name" "$functionfs"
    return
  fi
  { echo "" > "$gadget/UDC"; } 2> /dev/null || true
  for old in "/run/umtp/$n/pid" "/run/gadget/$n/pid"; do
    [ -e "$old" ] || continue
    pid=$(cat "$old")
    rm "$old"
    # It may have died: uMTP-Responder 1.3.10 does where a device is reset that hangs.
    kill -KILL "$pid" 2> /dev/null || continue
    while kill -0 "$pid" 2> /dev/null; do /bin/busybox usleep 10000; done
  done
}

# Plugs the gadget in once its responder, process $1, has described it: a controller accepts it only then.
plug_in() {
  local deadline=$((SECONDS + 20))
  echo "$1" > "$state/pid"
  until [ -e "$functionfs/ep3" ]; do
    kill -0 "$1" 2> /dev/null && [ "$SECONDS" -lt "$deadline" ] ||
      { echo "${0##*/}: the responder did not start: $(cat "$state/log")" >&2; exit 1; }
    /bin/busybox usleep 50000
  done
  "$lab/cable" "$n" in
}
