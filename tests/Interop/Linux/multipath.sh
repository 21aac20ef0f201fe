#!/bin/bash
# In the guest: dm-multipath with multipathd over two portal groups, 1 at PORT1 active/optimized and 2 at PORT2 active/non-optimized; LUN's data is lost.
# Usage: multipath.sh PORT1 PORT2 IQN
# Prints `step NAME` before each step, so that a failure says where.
set -euo pipefail

ports=("$1" "$2") iqn=$3
step() { echo "step $* [$(cut -d' ' -f1 /proc/uptime) s]"; }
within() {     # within SECONDS COMMAND...
  local last=$(($(date +%s) + $1)); shift
  until "$@"; do [ "$(date +%s)" -lt "$last" ] || { echo "never: $*"; multipath -ll; tail -n 40 /tmp/multipathd; return 1; }; sleep 0.2; done
}
disk_of() { lsscsi -t | awk -v port="t,0x$1\$" '/ disk / && $(NF - 1) ~ port {print $NF}'; }
both_disks() { a=$(disk_of 1) b=$(disk_of 2); [ -b "$a" ] && [ -b "$b" ]; }
is_path() { multipathd show paths raw format "%d %t %T %p" | grep -qx "${1#/dev/} $2"; }
are_paths() { is_path "$a" "$1" && is_path "$b" "$2"; }
sectors() { awk -v disk="${1#/dev/}" '$3 == disk {print $6 + $10}' /proc/diskstats; }
# only GOES RESTS: the load goes through the first path and not through the second.
only() {
  local goes rests
  goes=$(sectors "$1") rests=$(sectors "$2")
  sleep 0.7
  [ "$(sectors "$1")" -gt "$((goes + 64))" ] && [ "$(sectors "$2")" -le "$((rests + 16))" ]     # a checker or udev may read a little
}
goes() { local before; before=$(sectors "$1"); sleep 0.7; [ "$(sectors "$1")" -gt "$((before + 64))" ]; }
load() { while [ ! -e /tmp/enough ]; do fio --name=verify --filename="/dev/mapper/$map" --size=8M --rw=randwrite --bs=8k --ioengine=libaio --iodepth=4 \
  --direct=1 --rate_iops=300 --verify=crc32c --verify_fatal=1 --do_verify=1 >/tmp/fio 2>&1 || return 1; echo x >>/tmp/rounds; done; }

modprobe -a iscsi_tcp sd_mod sg scsi_dh_alua dm_multipath crc32c_generic
/lib/systemd/systemd-udevd --daemon 2>/dev/null
cat >/etc/multipath.conf <<'CONF'
defaults {
  find_multipaths no
  user_friendly_names yes
  polling_interval 1
  max_polling_interval 1
  path_grouping_policy group_by_prio
  failback immediate
  no_path_retry 30
}
CONF
iscsid
step login
iscsiadm -m discovery -t sendtargets -p "127.0.0.1:${ports[0]}" >/dev/null
iscsiadm -m node -T "$iqn" -o update -n 'node.session.timeo.replacement_timeout' -v 1
iscsiadm -m node -T "$iqn" --login
within 20 both_disks
multipathd -d >/tmp/multipathd 2>&1 &
multipathd=$!
# A map that queues without paths would hold up the guest's end.
trap 'touch /tmp/enough; multipathd disablequeueing maps >/dev/null 2>&1 || true' EXIT
map() { map=$(multipathd show maps raw format "%n" | head -1) && [ -b "/dev/mapper/$map" ]; }
within 20 map
within 20 are_paths "active ready 50" "active ready 10"
multipath -ll | tee /tmp/topology
for line in "hwhandler='1 alua'" "prio=50 status=active" "prio=10 status=enabled"; do grep -q "$line" /tmp/topology; done

step "load through the optimized path"
load & load=$!
within 15 only "$a" "$b"

step "the optimized path dies"
nft add table inet cut
nft add chain inet cut output '{ type filter hook output priority 10; }'
nft add rule inet cut output tcp dport "${ports[0]}" reject with tcp reset
within 30 only "$b" "$a"
within 20 is_path "$a" "failed faulty 50"
# The kernel told the target so: SET TARGET PORT GROUPS.
within 10 is_path "$b" "active ready 50"
sg_rtpg --decode "$b" | tee /tmp/groups
[ "$(grep -c '(active/optimized)' /tmp/groups)" = 2 ]; grep -q 'by SET TARGET PORT GROUPS' /tmp/groups

step "it comes back"
nft delete table inet cut
within 30 are_paths "active ready 50" "active ready 50"

within 20 goes "$a"

step "the load's verdict"
touch /tmp/enough
wait $load || { cat /tmp/fio; exit 1; }
step "$(wc -l </tmp/rounds) rounds written and verified"
if dmesg | grep -E 'dm-[0-9]+.*(error|lost)|(error|lost).*dm-[0-9]+'; then exit 1; fi
multipath -f "$map"
kill $multipathd; wait $multipathd || true
iscsiadm -m node -T "$iqn" --logout
step end
