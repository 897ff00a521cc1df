#!/bin/sh
# In the guest: emulated Bluetooth controllers on the kernel's own stack, and the acceptance over them.
# The values in capitals are filled in when the machine is made.
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/run TMPDIR=/run
cd ROOT || exit 1
appears() {
  tries=0
  until [ -e "/sys/class/bluetooth/$1" ]; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ]; then cat /run/btvirt.log; echo "no emulated controller $1"; exit 1; fi
    sleep 0.1
  done
}
# It puts its server sockets into /tmp, which is the host's here and read-only: it gets one of its own.
unshare -m sh -c 'mount -t tmpfs tmpfs /tmp && exec "$0" -L -l2 -s' BTVIRT > /run/btvirt.log 2>&1 &
emulator=$!
appears hci1
if [ -n TESLACONTROL ]; then
  NODE dist/scripts/hil/kernel/roomy-controller.js "/proc/$emulator/root/tmp/bt-server-le" >> /run/btvirt.log 2>&1 &
  appears hci2
fi
exec NODE dist/scripts/hil/acceptance.js --car hci0 --key hci1 --suite SUITE --driver DRIVER --tesla-control TESLACONTROL --tesla hci2
