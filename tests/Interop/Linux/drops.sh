#!/bin/bash
# In the guest: the kernel's initiator, with mutual CHAP and digests, goes on through lost connections; no block may be wrong or refused.
# Usage: drops.sh PORT IQN USER SECRET TARGET-USER TARGET-SECRET
# Begins rounds of fio with /host/load and ends after the one in which the host makes /host/enough.
set -euo pipefail

portal=127.0.0.1:$1 iqn=$2 user=$3 secret=$4 target_user=$5 target_secret=$6
step() { echo "step $* [$(cut -d' ' -f1 /proc/uptime) s]"; }
node=(iscsiadm -m node -T "$iqn" -p "$portal")
spoilt='I/O error|offline|digest|rejecting|failed after|timing out'
report() { rc=$?; [ $rc = 0 ] || { echo "--- dmesg"; dmesg | tail -40; echo "--- fio"; cat /tmp/fio; echo "--- iscsid"; tail -40 /tmp/iscsid; } 2>/dev/null; exit $rc; }
trap report EXIT

modprobe -a iscsi_tcp sd_mod crc32c_generic
iscsid -f >/tmp/iscsid 2>&1 &
step node
"${node[@]}" -o new >/dev/null
# Without Time2Wait on either side the initiator comes back at once, and by Time2Retain it finds its old session; three minutes without any
# are an error.
for setting in \
  "node.session.auth.authmethod=CHAP" "node.session.auth.username=$user" "node.session.auth.password=$secret" \
  "node.session.auth.username_in=$target_user" "node.session.auth.password_in=$target_secret" \
  "node.conn[0].iscsi.HeaderDigest=CRC32C" "node.conn[0].iscsi.DataDigest=CRC32C" \
  "node.session.iscsi.DefaultTime2Wait=0" "node.session.iscsi.DefaultTime2Retain=20" \
  "node.conn[0].timeo.noop_out_interval=20" "node.conn[0].timeo.noop_out_timeout=20" \
  "node.session.timeo.replacement_timeout=180"; do
  "${node[@]}" -o update -n "${setting%%=*}" -v "${setting#*=}"
done
step login
"${node[@]}" --login
for ((tries = 0; tries < 100; tries++)); do
  disk=$(lsscsi -t | awk '/ disk / && /iqn/ && $NF ~ "^/dev/sd" {print $NF; exit}')
  [ -z "$disk" ] || break
  sleep 0.1
done
[ -n "$disk" ]
iscsiadm -m session -P 3 >/tmp/session
[ "$(awk '$1 == "HeaderDigest:" || $1 == "DataDigest:" {print $2}' /tmp/session | sort -u)" = CRC32C ]

touch /host/load
for ((round = 1; ; round++)); do
  step "round $round"
  last=$([ -e /host/enough ] && echo yes || echo no)
  # Blocks are read back soon after they were written, so that reads and writes are always under way; the pauses are when nothing is.
  # The seed is in every block: what an earlier round left is as wrong as any other block.
  fio --name=verify --filename="$disk" --size=12M --rw=randwrite --bsrange=4k-256k --randseed=$((round * 7919)) --ioengine=libaio --iodepth=8 --direct=1 \
    --verify=crc32c --verify_fatal=1 --verify_backlog=32 --thinktime=300ms --thinktime_blocks=60 >/tmp/fio 2>&1
  grep -E 'READ:|WRITE:|err= 0' /tmp/fio
  grep -q 'err= 0' /tmp/fio
  if dmesg | grep -iE "$spoilt"; then exit 1; fi
  [ $last = no ] || break
done
step state
iscsiadm -m session -P 3 | grep -E 'State|Digest'
[ "$(cat "/sys/block/${disk#/dev/}/device/state")" = running ]
step "the kernel saw $(dmesg | grep -c 'detected conn error') lost connections"
step logout
"${node[@]}" --logout
if iscsiadm -m session 2>/dev/null; then echo "a session is left"; exit 1; fi
step end
