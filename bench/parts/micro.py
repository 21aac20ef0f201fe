"""The parts of a command one by one, by BenchmarkDotNet: nanoseconds and bytes allocated."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

from document import image, markdown
from plot import bars
from targets import BUILT, ROOT

PROJECT = os.path.join(ROOT, "bench", "micro")
PROGRAM = os.path.join(ROOT, "artifacts", "bin", "Blockwire.Bench", "release", "Blockwire.Bench")
GROUPS = {"InitiatorPduBenchmarks": "PDUs of an initiator", "TargetPduBenchmarks": "PDUs of a target", "FrameBenchmarks": "framing", "TextBenchmarks": "login text",
          "DispatchBenchmarks": "SCSI commands at the device server"}
BY_SIZE = {"Crc32CBenchmarks": "CRC32C", "MemoryBenchmarks": ""}


def run(settings):
    folder = os.path.join(BUILT, "micro")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    built = subprocess.run(["dotnet", "build", "-c", "Release", PROJECT, "-v", "quiet", "--nologo"], capture_output=True, text=True)
    if built.returncode:
        sys.exit(built.stdout + built.stderr)
    ran = subprocess.run([PROGRAM, "--filter", "*", "--inProcess", "--join", "--exporters", "json", *settings["micro"]], cwd=folder, capture_output=True, text=True)
    reports = glob.glob(os.path.join(folder, "BenchmarkDotNet.Artifacts", "results", "*-report-full-compressed.json"))
    if ran.returncode or not reports:
        sys.exit(ran.stdout[-4000:] + ran.stderr)
    with open(reports[0]) as file:
        found = json.load(file)["Benchmarks"]
    rows = [{"group": it["Type"], "name": it["Method"], "bytes": int(it["Parameters"].split("=")[1]) if it["Parameters"] else None, "ns": it["Statistics"]["Median"],
             "allocated": it["Memory"]["BytesAllocatedPerOperation"]} for it in found if it["Statistics"]]
    if len(rows) < len(found):
        sys.exit("a benchmark failed:\n" + ran.stdout[-4000:])
    print(f"{len(rows)} benchmarks, most allocated: {max(row['allocated'] for row in rows)} bytes", flush=True)
    return {"rows": rows}


def words(name):
    """ParseDataIn -> parse DataIn; the rest as it is."""
    return re.sub(r"^(Parse|Emit)(?=[A-Z])", lambda found: found[1].lower() + " ", name)


def section(data):
    rows = data["rows"]
    once = [[GROUPS[group], words(row["name"]), f"{row['ns']:.1f}", f"{row['allocated']}"] for group in GROUPS for row in rows if row["group"] == group]
    sizes = sorted({row["bytes"] for row in rows if row["bytes"]})
    by_size = [[label, *(f"{rate(rows, group, name, size):.1f}" for size in sizes)] for label, (group, name) in curves(rows).items()]
    allocated = max(row["allocated"] for row in rows)
    return (f"Most that any of them allocates: {allocated} bytes (goal: 0, {'met' if allocated == 0 else 'NOT met'}).\n\n"
            + markdown(["what", "of it", "ns", "bytes allocated"], once)
            + "\n\nGB/s by bytes at once, over the same bytes again and again: the short ones stay in the processor's caches, the longest are more than these hold and show the memory.\n\n"
            + markdown(["", *map(length, sizes)], by_size) + "\n\n" + image("crc32c", "CRC32C, copying and reading by length"))


def curves(rows):
    return {f"{BY_SIZE[row['group']]} {row['name'].lower()}".strip(): (row["group"], row["name"]) for row in rows if row["group"] in BY_SIZE}


def length(size):
    """512 -> 512 bytes, 65536 -> 64 KiB."""
    unit = max((at for at in range(3) if size >> 10 * at and size % (1 << 10 * at) == 0), default=0)
    return f"{size >> 10 * unit} {('bytes', 'KiB', 'MiB')[unit]}"


def rate(rows, group, name, size):
    """GB/s."""
    return size / max(0.1, next(row["ns"] for row in rows if (row["group"], row["name"], row["bytes"]) == (group, name, size)))


def plots(data):
    rows = data["rows"]
    sizes = sorted({row["bytes"] for row in rows if row["bytes"]})
    return {"crc32c": bars("CRC32C beside what memory gives", "GB/s", {length(size): [rate(rows, *where, size) for where in curves(rows).values()] for size in sizes}, list(curves(rows)))}
