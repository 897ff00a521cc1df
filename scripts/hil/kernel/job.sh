#!/bin/sh
# In the guest: two emulated Bluetooth controllers on the kernel's own stack, and the acceptance over them.
# The values in capitals are filled in when the machine is made.
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/run TMPDIR=/run
cd ROOT || exit 1
BTVIRT -L -l2 > /run/btvirt.log 2>&1 &
tries=0
until [ -e /sys/class/bluetooth/hci1 ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ]; then cat /run/btvirt.log; echo "no emulated controllers"; exit 1; fi
  sleep 0.1
done
exec NODE dist/scripts/hil/acceptance.js --car hci0 --key hci1 --suite SUITE --driver DRIVER
