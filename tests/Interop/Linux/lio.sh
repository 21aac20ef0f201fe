#!/bin/bash
# In the guest: kernel targets (LIO) at 127.0.0.1:PORT, until the host makes /host/enough.
# Usage: lio.sh PORT USER SECRET TARGET-USER TARGET-SECRET
# Targets iqn.2026-11.local.blockwire.lio:NAME: level0, level1 and level2 (that recovery level, four connections), large, thin, chap, mutual.
set -euo pipefail

port=$1 name=iqn.2026-11.local.blockwire.lio
chap=(attrib.authentication=1 "auth.userid=$2" "auth.password=$3")
make() { local target=$1; shift; lio "$name:$target" "127.0.0.1:$port" "$@"; }
for level in 0 1 2; do
  make level$level attrib.default_erl=$level param.MaxConnections=4 param.DefaultTime2Wait=1 ram:48M
done
make large param.MaxConnections=4 param.MaxRecvDataSegmentLength=262144 ram:256M
make thin file:/tmp/thin:64M
for attribute in emulate_tpu emulate_tpws; do echo 1 >/sys/kernel/config/target/core/fileio_0/thin-0/attrib/$attribute; done
make chap "${chap[@]}" ram:1M
make mutual "${chap[@]}" "auth.userid_mutual=$4" "auth.password_mutual=$5" ram:1M
touch /host/up
until [ -e /host/enough ]; do sleep 0.2; done
echo "end [$(cut -d' ' -f1 /proc/uptime) s]"
