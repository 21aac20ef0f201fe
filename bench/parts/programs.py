"""Measurements that are programs of their own below bench/: what they print goes into the report as it is."""
import os
import subprocess

from targets import BLOCKWIRE, ROOT

PUBLISHED = os.path.join(ROOT, "artifacts", "publish", "linux-x64", "blockwire")


def run(name, settings):
    # The published program is measured where ./publish has made it; without arguments bench/startup insists on it.
    programs = [it for it in (BLOCKWIRE, PUBLISHED) if name == "startup" and os.path.exists(it)]
    program = os.path.join(ROOT, "bench", name)
    command = ["dotnet", "run", "-c", "Release", "--project", program] if os.path.isdir(program) else [program, *programs]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=settings["program_seconds"])
    if ran.returncode:
        raise LookupError(f"bench/{name}: {(ran.stderr or ran.stdout).strip()[-300:]}")
    print(ran.stdout, end="", flush=True)
    return {"text": ran.stdout.rstrip()}


def section(data):
    return f"```text\n{data['text']}\n```"
