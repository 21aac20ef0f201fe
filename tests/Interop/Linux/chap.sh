#!/bin/bash
# In the guest: the kernel's initiator logs in with mutual CHAP, by each hash; wrong secrets of either side are refused.
# Usage: chap.sh PORT IQN USER SECRET TARGET-USER TARGET-SECRET      discovery wants the same as the target
set -euo pipefail

portal=127.0.0.1:$1 iqn=$2 user=$3 secret=$4 target_user=$5 target_secret=$6
step() { echo "step $* [$(cut -d' ' -f1 /proc/uptime) s]"; }
node=(iscsiadm -m node -T "$iqn" -p "$portal")
set_node() { "${node[@]}" -o update -n "node.session.auth.$1" -v "$2"; }

modprobe -a iscsi_tcp sd_mod crc32c_generic
iscsid

step "discovery without CHAP"
if iscsiadm -m discovery -t sendtargets -p "$portal"; then echo "discovery was open"; exit 1; fi
step discovery
discovery=(iscsiadm -m discoverydb -t sendtargets -p "$portal")
"${discovery[@]}" -o new >/dev/null || true
for setting in "authmethod=CHAP" "username=$user" "password=$secret" "username_in=$target_user" "password_in=$target_secret"; do
  "${discovery[@]}" -o update -n "discovery.sendtargets.auth.${setting%%=*}" -v "${setting#*=}"
done
"${discovery[@]}" --discover | tee /tmp/found
grep -qF "$portal,1 $iqn" /tmp/found

step settings
set_node authmethod CHAP
set_node username "$user"
set_node username_in "$target_user"
set_node password_in "$target_secret"
set_node password "wrong$secret"
step "wrong secret"
if "${node[@]}" --login; then echo "a wrong secret was let in"; exit 1; fi
set_node password "$secret"
set_node password_in "wrong$target_secret"
step "wrong secret of the target"
if "${node[@]}" --login; then echo "a target with a wrong secret was believed"; exit 1; fi
set_node password_in "$target_secret"
for algorithm in MD5 SHA1 SHA256 SHA3-256; do
  step "login $algorithm"
  set_node chap_algs "$algorithm"
  [ "$("${node[@]}" -o show | sed -n "s/^node.session.auth.chap_algs = //p")" = "$algorithm" ]
  "${node[@]}" --login
  iscsiadm -m session -P 1 | grep 'iSCSI Session State: LOGGED_IN'
  "${node[@]}" --logout
done
step end
