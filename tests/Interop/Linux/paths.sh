#!/bin/bash
# In the guest: persistent reservations and access states, with sg3-utils, over two paths: the target's portal groups 1 and 2 at 127.0.0.1:PORT1 and PORT2.
# Usage: paths.sh PORT1 PORT2 IQN      the host kills and starts the server again when /host/crash is there, and makes /host/restarted
# Prints `step NAME` before each step, so that a failure says where.
set -euo pipefail

ports=("$1" "$2") iqn=$3
step() { echo "step $* [$(cut -d' ' -f1 /proc/uptime) s]"; }

# A unit attention (exit status 6) is news: heard once, then the command goes again.
sg() { local status=0; "$@" || status=$?; [ $status != 6 ] || { status=0; "$@" || status=$?; }; return $status; }
persist() { sg sg_persist --no-inquiry "$@"; }
can_write() { dd if=/dev/urandom of="$1" bs=4k count=1 oflag=direct status=none; }
cannot_write() { if can_write "$1" 2>/tmp/dd; then echo "a write through $1 went through"; return 1; fi; }

disk_of() {
  for ((tries = 0; tries < 100; tries++)); do
    disk=$(iscsiadm -m session -P 3 | awk -v portal="127.0.0.1:$1" '/Current Portal/ {on = index($3, portal ",") == 1} on && /Attached scsi disk/ {print "/dev/" $4; exit}')
    [ -z "$disk" ] || [ ! -b "$disk" ] || { echo "$disk"; return 0; }
    sleep 0.1
  done
  echo "no disk through $1" >&2; return 1
}

modprobe -a iscsi_tcp sd_mod sg scsi_dh_alua crc32c_generic
iscsid
step login
for port in "${ports[@]}"; do
  iscsiadm -m discovery -t sendtargets -p "127.0.0.1:$port" >/dev/null
  iscsiadm -m node -T "$iqn" -p "127.0.0.1:$port" --login
done
a=$(disk_of "${ports[0]}") b=$(disk_of "${ports[1]}")
[ "$a" != "$b" ]

step reserve
persist --out --register --param-sark=0xa1 --param-aptpl "$a"
persist --out --register --param-sark=0xb1 --param-aptpl "$b"
persist --out --reserve --param-rk=0xa1 --prout-type=5 "$a"
persist --in --report-capabilities "$a" | tee /tmp/out; grep -q '(PTPL_A): 1' /tmp/out
persist --in --read-full-status "$b" | tee /tmp/out
[ "$(grep -c 'Key=' /tmp/out)" = 2 ]; grep -q 'Relative port address: 0x2' /tmp/out
can_write "$a"; can_write "$b"

step power loss
touch /host/crash
until [ -e /host/restarted ]; do sleep 0.1; done
can_write "$a"; can_write "$b"
persist --in --read-reservation "$b" | tee /tmp/out; grep -q 'Key=0xa1' /tmp/out; grep -q 'Write Exclusive, registrants only' /tmp/out

step unregistered
persist --out --register --param-rk=0xb1 --param-sark=0 --param-aptpl "$b"
cannot_write "$b"; can_write "$a"

step preempt and abort
persist --out --register --param-sark=0xb2 "$b"
persist --out --preempt-abort --param-rk=0xb2 --param-sark=0xa1 --prout-type=3 "$b"
cannot_write "$a"; can_write "$b"
persist --in --read-keys "$b" | tee /tmp/out; ! grep -q 0xa1 /tmp/out

step clear
persist --out --release --param-rk=0xb2 --prout-type=3 "$b"
persist --out --clear --param-rk=0xb2 "$b"
can_write "$a"

step access states
sg sg_rtpg --decode "$a" | tee /tmp/out; [ "$(grep -c 'active/optimized' /tmp/out)" -ge 2 ]
sg sg_rtpg --decode --extended "$a" >/dev/null
sg sg_stpg --state=s --tp=1 "$b"
sg sg_rtpg --decode "$a" | tee /tmp/out; grep -q 'standby' /tmp/out
if sg sg_turs "$a"; then echo "ready through a port in standby"; exit 1; fi
sg sg_turs "$b"; can_write "$b"
sg sg_stpg --state=ao,an --tp=1,2 "$b"
sg sg_turs "$a"
# The kernel has heard of the change by then, and asks in its own time what the states are now.
for ((tries = 0; tries < 100; tries++)); do ! can_write "$a" 2>/tmp/dd || break; sleep 0.1; done
can_write "$a"; can_write "$b"

step "well known unit"
sg sg_luns --select=2 "$a" | tee /tmp/out; grep -qi 'c101' /tmp/out
step logout
iscsiadm -m node -T "$iqn" --logout
step kernel
