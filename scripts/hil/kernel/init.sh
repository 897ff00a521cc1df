#!/bin/sh
# First program of the guest: loads the modules, mounts the host's files read-only and runs the job in them.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /lib/*.ko; do insmod "$module" || echo "GUEST cannot load $module"; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose hostroot /mnt || echo "GUEST cannot mount the host's files"
mount -t tmpfs tmpfs /mnt/run
mount -t proc proc /mnt/proc
mount -t sysfs sys /mnt/sys
mount -o bind /dev /mnt/dev
ip link set lo up
job=$(cat /proc/cmdline)
job=${job##*job=}
job=${job%% *}
chroot /mnt /bin/sh "$job"
echo "GUEST ended with $?"
poweroff -f
