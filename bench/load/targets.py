"""Targets as processes: Blockwire and those it is held against. Each has a name, a version and the URL of a disk of MIB mebibytes."""
import multiprocessing
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILT = os.path.join(ROOT, "artifacts", "bench")
BLOCKWIRE = os.path.join(ROOT, "blockwire")
MIB = 256
PACKAGES = {"tgtd": "tgt", "istgt": "istgt"}


def compiled(name, *flags):
    """The program built from NAME.c; built again when the source is newer."""
    if not shutil.which("cc"):
        sys.exit(f"{name} is written in C: install a compiler (Debian: gcc libc6-dev)")
    source, program = os.path.join(HERE, name + ".c"), os.path.join(BUILT, name)
    if not os.path.exists(program) or os.path.getmtime(program) < os.path.getmtime(source):
        os.makedirs(BUILT, exist_ok=True)
        built = subprocess.run(["cc", "-O2", "-o", program, source, *flags], capture_output=True, text=True)
        if "iscsi/iscsi.h" in built.stderr or "-liscsi" in built.stderr:
            sys.exit(f"{name} needs libiscsi's headers and library (Debian: libiscsi-dev)")
        if built.returncode:
            sys.exit(built.stderr)
    return program


def installed(program):
    """Where a peer's program is; /usr/sbin is not on every user's PATH."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def need(program):
    path = installed(program)
    if not path:
        sys.exit(f"{program} is not installed (Debian: apt-get install {PACKAGES[program]})")
    return path


class Target:
    """A target process that this program started and ends."""

    def __init__(self, name, command, log):
        self.name, self.url = name, None
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def ready_line(self, seconds):
        """The first line of standard output."""
        readable, _, _ = select.select([self.process.stdout], [], [], seconds)
        line = self.process.stdout.readline() if readable else ""
        if not line:
            self.stop()
            sys.exit(f"{self.name} was not ready within {seconds} s")
        return line.strip()

    def cpu_us(self):
        """Processor time of all threads so far, those that have ended included, in microseconds."""
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1e6 / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.process.poll() is None:
            os.killpg(self.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.pid, signal.SIGKILL)
                self.process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_blockwire(disk, log, level="warn"):
    target = Target("blockwire", [BLOCKWIRE, "serve", "--log", level, "--listen", "127.0.0.1:0", disk], log)
    target.url = target.ready_line(300).split()[1]      # the first start may have to build it
    return target


def start_limit(log):
    port = free_port()
    target = Target("limit", [compiled("limit", "-pthread"), str(port), str(MIB)], log)
    target.ready_line(10)
    target.url = f"iscsi://127.0.0.1:{port}/iqn.2026-01.example:limit/1"
    return target


def start_tgt(path, log):
    port = free_port()
    control, iqn = str(port % 32000), "iqn.2026-01.example:tgt"
    target = Target("tgt", [need("tgtd"), "-f", "-C", control, "--iscsi", f"portal=127.0.0.1:{port}"], log)
    tgtadm = installed("tgtadm")

    def admin(*words):
        return subprocess.run([tgtadm, "-C", control, "--lld", "iscsi", *words], capture_output=True, text=True)

    for _ in range(100):
        if admin("--op", "show", "--mode", "sys").returncode == 0:
            break
        time.sleep(0.05)
    for words in (["--op", "new", "--mode", "target", "--tid", "1", "-T", iqn],
                  ["--op", "new", "--mode", "logicalunit", "--tid", "1", "--lun", "1", "-b", path],
                  ["--op", "bind", "--mode", "target", "--tid", "1", "-I", "ALL"]):
        done = admin(*words)
        if done.returncode:
            target.stop()
            sys.exit(f"tgtadm {' '.join(words)}: {done.stderr.strip()}")
    target.url = f"iscsi://127.0.0.1:{port}/{iqn}/1"
    return target


# The values of Debian's example file, with lengths as large as Blockwire grants them. It takes no other InitialR2T than Yes.
ISTGT = """[Global]
  NodeBase "iqn.2026-01.example"
  PidFile {folder}/istgt.pid
  AuthFile {folder}/auth.conf
  Timeout 30
  NopInInterval 20
  DiscoveryAuthMethod None
  MaxSessions 16
  MaxConnections 4
  MaxR2T 32
  MaxOutstandingR2T 16
  DefaultTime2Wait 2
  DefaultTime2Retain 20
  FirstBurstLength 262144
  MaxBurstLength 1048576
  MaxRecvDataSegmentLength 262144
  InitialR2T Yes
  ImmediateData Yes
  DataPDUInOrder Yes
  DataSequenceInOrder Yes
  ErrorRecoveryLevel 0
[UnitControl]
  AuthMethod None
  AuthGroup None
  Portal UC1 127.0.0.1:{control}
  Netmask 127.0.0.1
[PortalGroup1]
  Portal DA1 127.0.0.1:{port}
[InitiatorGroup1]
  InitiatorName "ALL"
  Netmask 127.0.0.1
[LogicalUnit1]
  TargetName istgt
  Mapping PortalGroup1 InitiatorGroup1
  AuthMethod None
  AuthGroup None
  UseDigest Auto
  UnitType Disk
  QueueDepth 64
  LUN0 Storage {path} {mib}MB
"""


def start_istgt(path, log):
    program, port, folder = need("istgt"), free_port(), os.path.dirname(path)
    configuration = os.path.join(folder, "istgt.conf")
    with open(configuration, "w") as file:
        file.write(ISTGT.format(folder=folder, port=port, control=free_port(), path=path, mib=MIB))
    with open(os.path.join(folder, "auth.conf"), "w") as file:
        os.chmod(file.fileno(), 0o600)      # it refuses one that others can read
    target = Target("istgt", [program, "-D", "-c", configuration], log)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    else:
        target.stop()
        sys.exit("istgt did not listen within 10 s")
    target.url = f"iscsi://127.0.0.1:{port}/iqn.2026-01.example:istgt/0"
    return target


def package_version(package):
    """Of a Debian package; None when it is not there."""
    if not shutil.which("dpkg-query"):
        return None
    asked = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True)
    return asked.stdout.strip() or None


def spin():
    """Never lets the processor go to sleep, and gives way to everything else at once."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    while os.getppid() != 1:
        for _ in range(1 << 16):
            pass


class Bench:
    """A folder on tmpfs and the targets started in it; all of it is gone at the end."""

    # Whether processors are kept from sleeping meanwhile. A virtual machine may take 50 us to wake one, and at depth 1 that is all one sees.
    awake = False

    def __enter__(self):
        self.spinners = [multiprocessing.get_context("fork").Process(target=spin, daemon=True) for _ in os.sched_getaffinity(0)] if Bench.awake else []
        for each in self.spinners:
            each.start()
        compiled("iscsi-load", "-liscsi")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        if not os.path.isdir("/dev/shm"):
            sys.exit("no tmpfs at /dev/shm: a disk there keeps the medium out of the measurement")
        self.folder = tempfile.mkdtemp(prefix="blockwire-bench-", dir="/dev/shm")
        self.targets = []
        self.log = open(os.path.join(self.folder, "log"), "w")
        return self

    def disk(self, name):
        """A zeroed image whose pages are all there, so that no cell pays for their first touch."""
        path = os.path.join(self.folder, name + ".img")
        with open(path, "wb") as image:
            for _ in range(MIB):
                image.write(bytes(1 << 20))
        return path

    def start(self, starter, *arguments, **more):
        target = starter(*arguments, self.log, **more)
        self.targets.append(target)
        return target

    def stop(self, target):
        target.stop()
        self.targets.remove(target)

    def said(self, pattern):
        """The last match of a pattern in what the targets wrote."""
        with open(self.log.name) as log:
            found = list(re.finditer(pattern, log.read()))
        return found[-1] if found else None

    def __exit__(self, kind, value, trace):
        for target in self.targets:
            target.stop()
        for each in self.spinners:
            each.kill()
        self.log.close()
        if kind not in (None, KeyboardInterrupt):
            with open(self.log.name) as log:
                sys.stderr.write(log.read()[-4000:])
        shutil.rmtree(self.folder)
