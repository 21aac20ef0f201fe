#!/bin/bash
# In the guest: the tools that people use on SCSI disks (sg3-utils, ddpt, sdparm, smartmontools, udev, lsblk), a table of command lines and what must come of each.
# Usage: tools.sh PORT1 PORT2 IQN      portal group 1 is active/optimized, 2 active/non-optimized; LUN 0 a thin file, 1 thin memory, 2 removable, 3 of 4096-byte blocks, 4 null:200T
# Every line that does not hold is printed with what the tool said; the script goes on and fails at its end.
set -uo pipefail

ports=("$1" "$2") iqn=$3 wrong=0 lines=0
step() { echo "step $* [$(cut -d' ' -f1 /proc/uptime) s]"; }
bad() { wrong=$((wrong + 1)); echo "WRONG: $*"; sed 's/^/    /' <<<"$said"; }
# try EXIT PATTERNS COMMAND...: ends with this status and prints all of the extended regular expressions, which `;` parts, or !PATTERN none of it; ^ and $ are the
# ends of all that is printed. Unit attentions (exit status 6) are news: they are heard, then the command goes again.
try() {
  local want=$1 patterns pattern status tries; IFS=';' read -ra patterns <<<"$2"; shift 2; lines=$((lines + 1))
  for ((tries = 0; tries < 5; tries++)); do
    status=0; said=$("$@" 2>&1) || status=$?
    [ "$status" = 6 ] || break
  done
  [ "$status" = "$want" ] || bad "exit $status instead of $want: $*"
  for pattern in ${patterns[@]+"${patterns[@]}"}; do
    case $pattern in
      !*) [[ ! $said =~ ${pattern#!} ]] || bad "prints '${pattern#!}': $*" ;;
      *) [[ $said =~ $pattern ]] || bad "does not print '$pattern': $*" ;;
    esac
  done
}
# clean PATTERNS COMMAND...: ends well, and a decoder complains of nothing.
clean() { local patterns=$1; shift; try 0 "$patterns;![Uu]nable to;![Uu]nknown;![Mm]alformed;!too (short|long);![Uu]nexpected;![Tt]runcated;![Bb]ad " "$@"; }
same() { lines=$((lines + 1)); said=$(cmp "$@" 2>&1) || bad "differ: $*"; }
disk_of() { readlink -f "/dev/disk/by-path/ip-127.0.0.1:$1-iscsi-$iqn-lun-$2"; }
generic_of() { echo "/dev/$(basename /sys/block/"${1#/dev/}"/device/scsi_generic/*)"; }

modprobe -a iscsi_tcp sd_mod sg scsi_dh_alua crc32c_generic
/lib/systemd/systemd-udevd --daemon 2>/dev/null
iscsid
step login
iscsiadm -m discovery -t sendtargets -p "127.0.0.1:${ports[0]}" >/dev/null
iscsiadm -m node -T "$iqn" --login >/dev/null || exit 1
for ((tries = 0; tries < 100; tries++)); do [ ! -b "$(disk_of "${ports[1]}" 4)" ] || [ ! -b "$(disk_of "${ports[0]}" 4)" ] || break; sleep 0.1; done
udevadm settle
file=$(disk_of "${ports[0]}" 0) memory=$(disk_of "${ports[0]}" 1) removable=$(disk_of "${ports[0]}" 2) large=$(disk_of "${ports[0]}" 3) endless=$(disk_of "${ports[0]}" 4)
other=$(disk_of "${ports[1]}" 0)
file_sg=$(generic_of "$file") memory_sg=$(generic_of "$memory") removable_sg=$(generic_of "$removable") endless_sg=$(generic_of "$endless")
head -c 512 /dev/urandom >/tmp/block
head -c 512 /dev/zero >/tmp/zeros
cat /tmp/block /tmp/block >/tmp/blocks
cat /tmp/zeros /tmp/block >/tmp/zeros-block
(head -c 500 /tmp/block; head -c 12 /dev/zero; cat /tmp/block) >/tmp/other-at-500
printf 'a name\0' >/tmp/name

step inquiry
clean 'SPC-4;TPGS=3;3PC=1;Peripheral device type: disk;Unit serial number: TOOLS-0' sg_inq "$file"
clean 'iSCSI;SPC-4;SBC-3;SAM-5' sg_inq --descriptors "$file"
clean 'RMB=1' sg_inq "$removable"
for disk in "$file" "$removable" "$large"; do
  clean 'Supported VPD pages;Unit serial number;NAA;Mode page policy;SCSI Ports;Third party copy;Block limits;Block device characteristics;Logical block provisioning' sg_vpd -a "$disk"
done
for page in $(sg_vpd --raw "$file" | od -An -v -tx1 -j4); do clean 'VPD page' sg_vpd --page="0x$page" "$file"; done
clean 'Unmap command supported \(LBPU\): 1;LBPRZ\): 1;thin provisioned' sg_vpd --page=lbpv "$file"
try 83 '' sg_vpd --page=0x89 "$file"     # no page of ATA information
naa=$(sg_vpd --quiet --page=di_lu "$file" | awk '/^ *0x/ {print $1; exit}')
try 0 "^3${naa#0x}\$" /lib/udev/scsi_id -g -p 0x83 "$file"
try 0 '^SBLOCKWIR.*TOOLS-0$' /lib/udev/scsi_id -g -p 0x80 "$file"
try 0 "ID_SERIAL=3${naa#0x};ID_WWN=$naa;ID_SCSI_SERIAL=TOOLS-0;ID_TARGET_PORT=1" /lib/udev/scsi_id -g -x "$file"
try 0 "^3${naa#0x}\$" /lib/udev/scsi_id -g -p 0x83 "$other"
try 0 'DISC-GRAN;4K +512M' lsblk -D "$file"
try 0 '4096 +4096' lsblk -dno PHY-SEC,LOG-SEC "$large"
try 0 "TOOLS-0 +$naa" lsblk -dno SERIAL,WWN "$file"
queue=/sys/block/${file#/dev/}/queue
for setting in discard_granularity:4096 discard_max_bytes:536870912 optimal_io_size:2097152 physical_block_size:4096 fua:1 'write_cache:write back' rotational:0; do
  try 0 "^${setting#*:}\$" cat "$queue/${setting%%:*}"
done
try 0 '^[1-9][0-9]{6,}$' cat "$queue/write_zeroes_max_bytes"
try 0 '^active/optimized$' cat "/sys/block/${file#/dev/}/device/access_state"
try 0 '^active/non-optimized$' cat "/sys/block/${other#/dev/}/device/access_state"
clean 'Number of logical blocks=131072;Logical block length=512;physical block length=4096;lbpme=1, lbprz=1' sg_readcap --long "$file"
clean 'Logical block length=4096' sg_readcap --long "$large"
clean 'Last LBA=131071' sg_readcap "$file"
try 0 '0 new or changed;0 device\(s\) removed' rescan-scsi-bus.sh -s

step "commands, logs and modes"
clean 'Persistent reserve out, register and move;Write using token;Sanitize, overwrite' sg_opcodes "$file"
clean 'Nominal;Read\(16\)' sg_opcodes --rctd "$file"
clean 'supported \[conforming;Usage data: 28 1' sg_opcodes --opcode=0x28 --rctd "$file"
clean 'supported \[conforming;Usage data: 9e 10' sg_opcodes --opcode=0x9e,0x10 "$file"
clean 'NOT supported' sg_opcodes --opcode=0xc1 "$file"
clean 'Abort task set;Logical unit reset' sg_opcodes --tmf --repd "$file"
clean '0000000000000000;0004000000000000' sg_luns "$file"
clean 'c101000000000000;!0000000000000000' sg_luns --select=1 "$file"
clean 'c101000000000000;0004000000000000' sg_luns --select=2 "$file"
for select in 0x10 0x11 0x12; do clean '' sg_luns --select=$select "$file"; done
try 0 'Write error counter;Read error counter;Start-stop cycle;Self-test results;Informational' sg_logs -a "$file"
for page in 0 2 3 5 6 0xc 0xd 0xe 0x10 0x2f; do clean '' sg_logs --page=$page "$file"; done
clean 'Supported log pages and subpages' sg_logs -L "$file"
try 0 'Caching;Control;Power condition;Informational exceptions' sg_modes -a "$file"
for control in 0 1 2 3; do try 0 'Caching' sg_modes --control=$control --page=8 "$file"; done
try 0 'Control' sg_modes -6 -a "$file"
try 0 'WCE +1 +\[cha: y;SWP +0;D_SENSE' sdparm --all "$file"
try 0 '' sdparm --set WCE=0 "$file"
try 0 'WCE +0' sdparm --get WCE "$file"
try 0 '^write through$' cat "$queue/write_cache"
try 0 '' sdparm --set WCE=1 --save "$file"
try 0 'WCE +1.*sav:  1' sdparm --get WCE "$file"
try 0 '' sg_wr_mode --page=8 --contents=08,12,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00 "$file"
try 0 '88 12 00' sg_modes --page=8 "$file"
try 0 '' sg_wr_mode --save --page=8 --contents=08,12,04,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00 "$file"
try 5 '' sg_wr_mode --page=8 --contents=08,12,ff,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00,00 "$file"
for what in capacity ready sense sync; do try 0 '' sdparm --command=$what "$file"; done
try 0 'Transport protocol: +iSCSI;LU is thin provisioned;Health Status: OK;[Ss]elf-test' smartctl -a "$file"
try 0 'has begun' smartctl -t short "$file"
try 0 'Background short +Completed' smartctl -l selftest "$file"

step "state and diagnostics"
try 0 '' sg_turs --number=10 "$file"
try 0 'No Sense' sg_requests "$file"
try 0 'Descriptor format' sg_requests --desc "$file"
try 0 'self-test returned GOOD' sg_senddiag --test "$file"
for test in 1 2 5 6; do try 0 '' sg_senddiag --selftest=$test "$file"; done
try 0 'Supported diagnostic pages' sg_senddiag --list "$file"
try 0 'foreground extended.*|completed without error' sg_logs --page=0x10 "$file"
try 0 '' sg_write_buffer --mode=data --in=/tmp/block --length=512 "$file"
# sg_read_buffer 1.46 asks for no byte, so sg_raw does it.
try 0 '' sg_raw -r 512 -o /tmp/read "$file" 3c 02 00 00 00 00 00 02 00 00
same /tmp/block /tmp/read
try 0 '' sg_write_buffer --mode=echo --in=/tmp/block --length=252 "$file"
try 0 '' sg_raw -r 252 -o /tmp/read "$file" 3c 0a 00 00 00 00 00 00 fc 00
same -n 252 /tmp/block /tmp/read
try 0 'Success' sg_test_rwbuf --size=1000 "$file"
try 5 '' sg_write_buffer --mode=dmc_save --in=/tmp/block --length=512 "$file"
try 0 '' sg_timestamp --milliseconds=1577836800000 "$file"
try 0 '^15778368[0-9]{5}$' sg_timestamp "$file"
try 0 '' sh -c "sg_ident --set '$file' </tmp/name"
try 0 'a name' sg_ident --ascii "$file"
try 0 '' sh -c "sg_ident --itype=2 --set '$file' </tmp/name"
try 0 'a name' sg_ident --ascii --itype=2 "$file"
try 0 'Maximum information length: 64' sg_ident --itype=127 "$file"
try 0 '' sg_ident --clear "$file"
try 0 'TOOLS-0' sg_rmsn "$file"
udevadm settle     # it looks into a disk that somebody had open for writing
try 0 '' sg_start --pc=2 "$file_sg"
try 0 'Idle condition activated by command' sg_requests "$file_sg"
try 0 '' sg_start --pc=3 "$file_sg"
try 0 'Standby condition activated by command' sg_requests "$file_sg"
try 0 '' sg_start --pc=1 "$file_sg"
try 0 '' sg_start --stop "$memory_sg"
try 2 'initializing command required' sg_turs --verbose "$memory_sg"
try 0 '' sg_start --start "$memory_sg"
try 0 '' sg_prevent "$removable_sg"
try 5 'Medium removal prevented' sg_start --eject --verbose "$removable_sg"
try 0 '' sg_prevent --allow "$removable_sg"
try 0 '' sg_start --eject "$removable_sg"
try 2 'Medium not present' sg_turs --verbose "$removable_sg"
try 0 '' sg_start --load "$removable_sg"
try 0 '' sg_turs "$removable_sg"
try 0 '' eject "$removable"
udevadm settle     # the kernel prevents removal, and with it that the tray moves, while somebody has the disk open
try 2 'Medium not present' sg_turs --verbose "$removable_sg"
try 0 '' sg_start --load "$removable_sg"
try 0 '' sg_turs "$removable_sg"

step "what is refused as it should be"
for refused in sg_referrals sg_safte 'sg_stream_ctl --get' sg_rep_pip 'sg_bg_ctl --ctl=1' sg_get_elem_status; do try 5 'Illegal request|bad field' $refused "$file"; done
for refused in sg_rep_zones 'sg_reset_wp --zone=0' 'sg_zone --open --zone=0' sg_read_attr sg_read_block_limits sg_get_config sg_sat_identify; do try 9 'Invalid opcode|not supported' $refused "$file"; done
try 5 'Illegal request' sg_sanitize --crypto --quick "$memory"
try 5 'Illegal request' sg_sanitize --fail --quick "$memory"
try 5 'Illegal request' sg_format --resize --count=1000 "$memory"
try 5 'Illegal request' sg_format --format --size=4096 --quick "$memory"
try 5 'bad field' sg_unmap --anchor --lba=0 --num=8 --force "$file"
try 5 'Illegal request' sg_write_same --16 --lba=64 --num=0 "$file"
try 22 'out of range' sg_verify --lba=131071 --count=2 "$file"

step "reads and writes"
try 0 '4096\+0 records out' sg_dd if=/dev/urandom of="$file_sg" bs=512 count=4096
try 0 '4096\+0 records out' sg_dd if="$file_sg" of=/tmp/source bs=512 count=4096 iflag=dpo,fua
try 0 '4096\+0 records out' sg_dd if="$file_sg" of="$memory_sg" bs=512 count=4096 cdbsz=16 coe=1 oflag=fua
try 0 '4096\+0 records out' sg_dd if="$memory_sg" of=/tmp/copy bs=512 count=4096
same /tmp/source /tmp/copy
try 0 '512\+0 records out' ddpt if="$file_sg" of="$memory_sg" bs=512 count=512 seek=5000 iflag=pt oflag=pt,fua conv=sparse
try 0 '1024\+0 records in' sg_read if="$file_sg" bs=512 count=1024 bpt=16
try 0 'Received 512 bytes' sg_raw -r 4096 "$file" 28 00 00 00 00 03 00 00 01 00     # an underflow
try 0 'Good' sg_raw -r 100 "$file" 28 00 00 00 00 03 00 00 01 00                    # an overflow
try 0 '' sg_verify --16 --lba=0 --count=100 "$file"
try 0 '' sg_write_verify --in=/tmp/block --ilen=512 --lba=5 --num=1 "$file"
try 0 '' sg_write_verify --16 --bytchk=1 --in=/tmp/block --ilen=512 --lba=5 --num=1 "$file"
try 0 '' sg_verify --in=/tmp/block --ndo=512 --ebytchk=1 --lba=5 --count=1 "$file"
try 14 'MISCOMPARE' sg_verify --in=/tmp/zeros --ndo=512 --ebytchk=1 --lba=5 --count=1 "$file"
try 0 '' sg_write_x --normal --16 --in=/tmp/block --lba=3 --num=1 "$file"
try 0 '' sg_write_x --or --16 --in=/tmp/zeros --lba=3 --num=1 "$file"
try 0 '' sg_verify --in=/tmp/block --ndo=512 --ebytchk=1 --lba=3 --count=1 "$file"
try 0 '' sg_write_x --atomic=0 --16 --in=/tmp/block --lba=3 --num=1 "$memory"
try 0 '' sg_write_x --same=1 --16 --in=/tmp/block --lba=3 --num=8 "$memory"
try 0 '' sg_write_same --10 --lba=8 --num=8 --in=/tmp/block --xferlen=512 "$file"
try 0 '' sg_verify --in=/tmp/block --ndo=512 --ebytchk=3 --lba=8 --count=8 "$file"
try 0 '' sg_write_same --16 --lba=16 --num=8 --in=/tmp/block --xferlen=512 "$file"
try 0 '' sg_verify --16 --in=/tmp/block --ndo=512 --ebytchk=3 --lba=8 --count=16 "$file"
try 0 '' sg_write_same --16 --unmap --lba=8 --num=8 "$file"
try 0 '' sg_write_same --16 --ndob --lba=16 --num=8 "$file"
try 0 '' sg_verify --in=/tmp/zeros --ndo=512 --ebytchk=3 --lba=8 --count=16 "$file"
try 0 'LBA: 0x0+8 +blocks: +8 +deallocated' sg_get_lba_status --lba=8 "$file"
try 0 'mapped' sg_get_lba_status --lba=24 "$file"
try 0 '' sg_unmap --lba=0,1024 --num=64,64 --force "$file"
try 0 'blocks: +64 +deallocated' sg_get_lba_status --lba=1024 "$file"
try 0 '' sg_unmap --all=0,131072,50000 --force "$file"
try 0 'blocks: +131072 +deallocated' sg_get_lba_status "$file"
try 0 '' sg_compare_and_write --in=/tmp/zeros-block --lba=5 --num=1 --xferlen=1024 "$file"
try 0 '' sg_compare_and_write --in=/tmp/blocks --lba=5 --num=1 --xferlen=1024 --dpo --fua "$file"
try 14 'Miscompare at byte offset: 500' sg_compare_and_write --in=/tmp/other-at-500 --lba=5 --num=1 --xferlen=1024 "$file"
try 0 '' sg_sync "$file"
try 0 '' sg_sync --16 --lba=5 --count=5 --immed "$file"
try 25 'Condition met' sg_seek --pre-fetch --lba=5 --num-blocks=8 "$file"
try 0 '' sg_reassign --address=5 "$file"
try 0 'Elements in grown defect list: 0' sg_reassign --grown "$file"

step copies
try 0 '' sg_dd if=/tmp/source of="$file_sg" bs=512
try 0 '2048 blocks, 1 command' sg_xcopy if="$file_sg" of="$memory_sg" count=2048 bs=512
try 0 '' sg_dd if="$memory_sg" of=/tmp/copy bs=512 count=2048
same -n 1048576 /tmp/source /tmp/copy
try 0 '1 xcopy command done' ddpt --xcopy if="$file" of="$memory" bs=512 count=1024 skip=1024 seek=4096
try 0 '' sg_dd if="$memory_sg" of=/tmp/copy bs=512 count=1024 skip=4096
same -n 524288 -i 524288:0 /tmp/source /tmp/copy
clean 'Maximum target descriptor count: [1-9];Copy from block device to block device' sg_copy_results --params "$file"
clean 'Populate token;Write using token' ddptctl --info "$file"
clean '' ddptctl --all_toks "$file"
# ddpt 0.97 puts a range one byte before its place, so that 64 blocks from 64 on are 16384 from 16384 on. Those that are counted are compared.
try 0 'PT completes' ddptctl --pt=0,64 --rtf=/tmp/token "$file"
count=$(sed -n 's/^PT completes with a transfer count of \([0-9]*\).*/\1/p' <<<"$said")
try 0 "WUT completes with a transfer count of $count " ddptctl --wut=64,64 --rtf=/tmp/token "$memory"
try 0 '' sg_dd if="$memory_sg" of=/tmp/copy bs=512 count="$((count < 4096 ? count : 4096))" skip="$count"
same -n "$(stat -c %s /tmp/copy)" /tmp/source /tmp/copy
try 0 '' sg_write_same --16 --lba=0 --num=8 "$file"                     # a write to what the token stands for revokes it
try 116 'token revoked' ddptctl --wut=64,64 --rtf=/tmp/token "$memory"

step "reservations and access states"
try 0 'NO registered' sg_persist --in --read-keys "$file"
try 0 '' sg_persist --out --register --param-sark=0xa1 "$file"
try 0 '' sg_persist --out --register --param-sark=0xb1 "$other"
try 0 '' sg_persist --out --reserve --param-rk=0xa1 --prout-type=1 "$file"
try 24 'conflict' sg_persist --out --reserve --param-rk=0xb1 --prout-type=1 "$other"
try 0 'Key=0xa1;Reservation holder;Write Exclusive;Key=0xb1;Relative port address: 0x2;guest,i,0x' sg_persist --in --read-full-status "$other"
try 24 'conflict' sg_write_same --16 --lba=0 --num=8 "$other"
try 0 '' sg_read if="$other" bs=512 count=8
try 0 '' sg_persist --out --preempt --param-rk=0xb1 --param-sark=0xa1 --prout-type=3 "$other"
try 0 'Key=0xb1;type: Exclusive Access' sg_persist --in --read-reservation "$file"
try 99 'Reservation Conflict' sg_read if="$file_sg" bs=512 count=8
try 0 '' sg_persist --out --release --param-rk=0xb1 --prout-type=3 "$other"
try 0 '' sg_persist --out --clear --param-rk=0xb1 "$other"
try 0 'PTPL_C\): 1;Write Exclusive, all registrants: 1' sg_persist --in --report-capabilities "$file"
try 0 'active/optimized;active/non optimized;Pref=1' sg_rtpg --decode "$file"
try 0 'Implicit transition time' sg_rtpg --decode --extended "$file"
try 0 '' sg_stpg --tp=1,2 --state=an,an "$file"
try 0 'by SET TARGET PORT GROUPS;!\(active/optimized' sg_rtpg --decode "$other"
try 0 '' sg_stpg --tp=1,2 --state=ao,an "$file"

step "the medium as a whole"
try 0 'Number of logical blocks=131072' sg_format "$memory"
try 0 '' sg_dd if=/tmp/source of="$memory_sg" bs=512
try 0 'Format unit has started' sg_format --format --ip-def --early --quick "$memory"
try 0 '' sg_turs "$memory"
try 0 '' sg_verify --in=/tmp/zeros --ndo=512 --ebytchk=3 --lba=0 --count=4096 "$memory"
try 0 '' sg_dd if=/tmp/source of="$memory_sg" bs=512
try 0 '' sg_sanitize --block --quick --early "$memory"
try 0 '' sg_turs "$memory"
try 0 '' sg_verify --in=/tmp/zeros --ndo=512 --ebytchk=3 --lba=0 --count=4096 "$memory"
try 0 '' sg_sanitize --overwrite --zero --quick --early "$endless"
try 2 'sanitize in progress;Progress indication: [0-9]' sg_turs --verbose "$endless_sg"
try 0 'sanitize in progress' sg_requests "$endless_sg"
try 0 '[Pp]rogress.*%' sg_requests --progress "$endless_sg"
try 2 '' sg_verify --lba=0 --count=1 "$endless_sg"
try 0 '' sg_inq "$endless"

step resets
try 0 '' sg_reset --device "$file"
try 0 '' sg_reset --target "$file"
step "logout"
iscsiadm -m node -T "$iqn" --logout >/dev/null || wrong=$((wrong + 1))
step "end: $lines lines, $wrong wrong"
[ "$wrong" = 0 ]
