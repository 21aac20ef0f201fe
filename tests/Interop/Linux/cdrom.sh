#!/bin/bash
# In the guest: the kernel's CD driver with a drive at 127.0.0.1:PORT, whose disc is FIRST with a file DATA.BIN of the given SHA-256.
# Usage: cdrom.sh PORT IQN SHA256     the host changes the disc to SECOND when /host/mounted is there, and makes /host/asked once the drive has asked for the old one
# Prints `step NAME` before each step, so that a failure says where.
set -euo pipefail

port=$1 iqn=$2 sum=$3 cd=/dev/sr0
step() { echo "step $* [$(cut -d' ' -f1 /proc/uptime) s]"; }

# A unit attention (exit status 6) is news: heard once, then the command goes again.
sg() { local status=0; "$@" || status=$?; [ $status != 6 ] || { status=0; "$@" || status=$?; }; return $status; }

# What eject(1) and eject -t do: open without waiting for a disc, then CDROMEJECT, CDROMCLOSETRAY or CDROM_DRIVE_STATUS.
cdrom_ioctl() { perl -e 'sysopen(my $f, $ARGV[0], 2048) or die $!; my $r = ioctl($f, hex($ARGV[1]), hex($ARGV[2])); defined $r or die "ioctl: $!\n"; print $r + 0, "\n"' "$cd" "$1" "${2-0}"; }
done_by() { local result; result=$(cdrom_ioctl "$@") && [ "$result" = 0 ]; }      # a refusal of the drive comes back as its status, 2
eject() { done_by 5309; }
close_tray() { done_by 5319; }
status() { cdrom_ioctl 5326 7fffffff; }      # CDS_NO_DISC 1, CDS_TRAY_OPEN 2, CDS_DISC_OK 4

modprobe -a iscsi_tcp sr_mod sg isofs crc32c_generic
iscsid
step login
iscsiadm -m discovery -t sendtargets -p "127.0.0.1:$port" >/dev/null
iscsiadm -m node -T "$iqn" -p "127.0.0.1:$port" --login
for ((tries = 0; tries < 100; tries++)); do [ ! -b $cd ] || break; sleep 0.1; done
lsscsi | tee /tmp/out; grep -q 'cd/dvd .*BLOCKWIR Blockwire CD/DVD' /tmp/out

step identity
[ "$(cat /sys/block/sr0/queue/logical_block_size)" = 2048 ]; [ "$(cat /sys/block/sr0/removable)" = 1 ]
grep -E 'drive name|Can (close tray|open tray|lock tray|read|play|write)' /proc/sys/dev/cdrom/info
grep -Eq 'Can close tray:[[:space:]]+1' /proc/sys/dev/cdrom/info; grep -Eq 'Can lock tray:[[:space:]]+1' /proc/sys/dev/cdrom/info
grep -Eq 'Can write DVD-R:[[:space:]]+0' /proc/sys/dev/cdrom/info; grep -Eq 'Can write CD-R:[[:space:]]+0' /proc/sys/dev/cdrom/info
blkid $cd | tee /tmp/out; grep -q 'LABEL="FIRST"' /tmp/out; grep -q 'TYPE="iso9660"' /tmp/out
sg sg_inq $cd >/dev/null; sg sg_readcap $cd | tee /tmp/out; grep -q '2048' /tmp/out
sg sg_get_config --brief $cd | tee /tmp/out; sg sg_get_config --current $cd | tee /tmp/out; grep -q 'CD-ROM' /tmp/out
sg sg_modes --all $cd >/dev/null
[ "$(status)" = 4 ]
if dd if=/dev/zero of=$cd bs=2048 count=1 oflag=direct 2>/tmp/dd; then echo "a write to the disc went through"; exit 1; fi

step mount
mkdir /tmp/cd; mount -o ro $cd /tmp/cd
[ "$(cat /tmp/cd/news.txt)" = first ]; [ "$(sha256sum </tmp/cd/data.bin | cut -d' ' -f1)" = "$sum" ]
if eject 2>/tmp/eject; then echo "a mounted disc was ejected"; exit 1; fi
if sg sg_start --eject $cd 2>/tmp/eject; then echo "a locked disc was ejected"; exit 1; fi

step "raw sectors"
# READ CD of a whole sector at block 16, which begins with the synchronisation; an audio sector is not there.
sg sg_raw --binary -r 2352 -o /tmp/sector $cd be 00 00 00 00 10 00 00 01 f8 00 00
[ "$(od -An -tx1 -N16 /tmp/sector | tr -d ' ')" = 00ffffffffffffffffffff0000021601 ]
[ "$(tail -c +18 /tmp/sector | head -c 5)" = CD001 ]
if sg sg_raw -r 2352 $cd be 04 00 00 00 10 00 00 01 f8 00 00 >/tmp/out 2>&1; then echo "an audio sector was read"; exit 1; fi
grep -qi 'illegal mode for this track' /tmp/out

step "another disc is wanted"
touch /host/mounted
until [ -e /host/asked ]; do sleep 0.1; done
[ "$(cat /tmp/cd/news.txt)" = first ]
umount /tmp/cd
for ((tries = 0; tries < 150; tries++)); do
  [ "$(blkid -p -s LABEL -o value $cd 2>/dev/null || true)" != SECOND ] || break
  sleep 0.1
done
mount -o ro $cd /tmp/cd
[ "$(cat /tmp/cd/news.txt)" = second ]; [ "$(stat -c %s /tmp/cd/data.bin)" = 1000 ]
umount /tmp/cd

step eject
eject
[ "$(status)" = 2 ]
if sg sg_turs $cd; then echo "ready without a disc"; exit 1; fi
if sg sg_raw -r 2048 $cd 28 00 00 00 00 10 00 00 01 00 >/tmp/out 2>&1; then echo "an ejected disc was read"; exit 1; fi
grep -qi 'medium not present - tray open' /tmp/out

step "close the tray"
# Whoever opens the device has the kernel close the tray.
dd if=$cd bs=2048 skip=16 count=1 status=none | grep -qa SECOND
eject; [ "$(status)" = 2 ]
close_tray
for ((tries = 0; tries < 100; tries++)); do [ "$(status)" != 4 ] || break; sleep 0.1; done
[ "$(status)" = 4 ]
mount -o ro $cd /tmp/cd
[ "$(cat /tmp/cd/news.txt)" = second ]
umount /tmp/cd

step logout
iscsiadm -m node -T "$iqn" --logout
step kernel
dmesg | grep -iE 'sr0|sr 0|iscsi|sense' | tail -20
step end
