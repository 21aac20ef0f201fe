"""Two iSCSI targets under the same load, in turn, cell by cell. bench/compare-tgt and bench/compare-limit are its commands."""
import argparse
import os
import re
import select
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILT = os.path.join(ROOT, "artifacts", "bench")
MIB = 256
CELLS = {  # name: (bytes, depth, percent writes)
    "4k-read-q1": (4096, 1, 0), "4k-write-q1": (4096, 1, 100),
    "4k-read-q32": (4096, 32, 0), "4k-write-q32": (4096, 32, 100), "4k-mixed-q32": (4096, 32, 30),
    "64k-read-q16": (65536, 16, 0), "64k-write-q16": (65536, 16, 100),
    "256k-read-q8": (262144, 8, 0), "256k-write-q8": (262144, 8, 100),
}
WARM_SECONDS = 0.5      # what iscsi-load runs before it measures
TICK_US = 1e6 / os.sysconf("SC_CLK_TCK")


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

    def cpu_ticks(self):
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

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


def start_blockwire(disk, log):
    target = Target("blockwire", [os.path.join(ROOT, "blockwire"), "serve", "--log", "warn", "--listen", "127.0.0.1:0", disk], log)
    target.url = target.ready_line(300).split()[1]      # the first start may have to build it
    return target


def start_limit(log):
    port = free_port()
    target = Target("limit", [compiled("limit", "-pthread"), str(port), str(MIB)], log)
    target.ready_line(10)
    target.url = f"iscsi://127.0.0.1:{port}/iqn.2026-01.example:limit/1"
    return target


def start_tgt(path, log):
    if not shutil.which("tgtd"):
        sys.exit("Debian's tgtd is not installed (apt-get install tgt)")
    port = free_port()
    control, iqn = str(port % 32000), "iqn.2026-01.example:tgt"
    target = Target("tgt", ["tgtd", "-f", "-C", control, "--iscsi", f"portal=127.0.0.1:{port}"], log)

    def admin(*words):
        return subprocess.run(["tgtadm", "-C", control, "--lld", "iscsi", *words], capture_output=True, text=True)

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


def load(target, cell, seconds):
    """IOPS, and the target's processor time per I/O in microseconds."""
    size, depth, write = CELLS[cell]
    before = target.cpu_ticks()
    run = subprocess.run([compiled("iscsi-load", "-liscsi"), "-b", str(size), "-q", str(depth), "-w", str(write), "-t", str(seconds),
                          target.url], capture_output=True, text=True, timeout=seconds + 60)
    spent = target.cpu_ticks() - before
    match = re.search(r"iops=(\d+) .* errors=(\d+)", run.stdout)
    if not match or match[2] != "0":
        sys.exit(f"{cell} on {target.name}: {run.stdout.strip()} {run.stderr.strip()}")
    iops = int(match[1])
    return iops, spent * TICK_US / max(1, iops * (seconds + WARM_SECONDS))


def table(a, b, cells, rounds, seconds):
    print(f"{'cell':<15}{a.name + ' iops':>16}{b.name + ' iops':>12}{'ratio':>8}{a.name + ' us/io':>17}{b.name + ' us/io':>13}", flush=True)
    worst = (float("inf"), "")
    for cell in cells:
        pairs = [(load(a, cell, seconds), load(b, cell, seconds)) for _ in range(rounds)]
        ratio = statistics.median(ours[0] / max(1, theirs[0]) for ours, theirs in pairs)
        iops, cpu = ([statistics.median(pair[side][what] for pair in pairs) for side in (0, 1)] for what in (0, 1))
        print(f"{cell:<15}{iops[0]:>16.0f}{iops[1]:>12.0f}{ratio:>8.2f}{cpu[0]:>17.1f}{cpu[1]:>13.1f}", flush=True)
        worst = min(worst, (ratio, cell))
    print(f"worst={worst[0]:.2f} at {worst[1]}")


def options(description, *more):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=3, help="times that each cell is measured on both (3)")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of each measurement (3)")
    parser.add_argument("--cells", default=",".join(CELLS), help="names joined by commas: " + ", ".join(CELLS))
    for flag, text in more:
        parser.add_argument(flag, action="store_true", help=text)
    args = parser.parse_args()
    args.cells = args.cells.split(",")
    unknown = [cell for cell in args.cells if cell not in CELLS]
    if unknown:
        parser.error(f"no cell {', '.join(unknown)}; there are {', '.join(CELLS)}")
    return args


class Bench:
    """A folder on tmpfs and the targets started in it; all of it is gone at the end."""

    def __enter__(self):
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

    def start(self, starter, *arguments):
        target = starter(*arguments, self.log)
        self.targets.append(target)
        return target

    def __exit__(self, kind, value, trace):
        for target in self.targets:
            target.stop()
        self.log.close()
        if kind not in (None, KeyboardInterrupt):
            with open(self.log.name) as log:
                sys.stderr.write(log.read()[-4000:])
        shutil.rmtree(self.folder)
