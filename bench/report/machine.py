"""What was measured, on what: the parts of a report without which its figures say nothing."""
import datetime
import os
import platform
import re
import subprocess

from targets import BLOCKWIRE, ROOT, package_version


def described():
    """Machine, versions and date."""
    with open("/proc/cpuinfo") as file:
        model = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.MULTILINE)
    with open("/proc/meminfo") as file:
        memory = int(re.search(r"^MemTotal:\s*(\d+)", file.read(), re.MULTILINE)[1])
    versions = {"Blockwire": said([BLOCKWIRE, "--version"]) + commit(), ".NET SDK": said(["dotnet", "--version"]), ".NET runtime": runtime(),
                "tgt": package_version("tgt"), "istgt": package_version("istgt"), "libiscsi": package_version("libiscsi7")}
    return {"processor": model[1] if model else platform.machine(), "cores": len(os.sched_getaffinity(0)), "memory_gib": round(memory / (1 << 20), 1),
            "kernel": f"{platform.system()} {platform.release()}", "versions": {name: it for name, it in versions.items() if it},
            "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")}


def said(command):
    asked = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    return asked.stdout.strip() if asked.returncode == 0 else ""


def commit():
    number = said(["git", "rev-parse", "--short=10", "HEAD"])
    return f" ({number}{', changed' if said(['git', 'status', '--porcelain', 'src']) else ''})" if number else ""


def runtime():
    found = re.findall(r"^Microsoft\.NETCore\.App (10\.\S+)", said(["dotnet", "--list-runtimes"]), re.MULTILINE)
    return found[-1] if found else ""
