"""Measurements that are programs of their own below bench/: what they print goes into the report as it is."""
import os
import subprocess

from targets import ROOT


def run(name, settings):
    ran = subprocess.run([os.path.join(ROOT, "bench", name)], capture_output=True, text=True, timeout=settings["program_seconds"])
    if ran.returncode:
        raise LookupError(f"bench/{name}: {(ran.stderr or ran.stdout).strip()[-300:]}")
    print(ran.stdout, end="", flush=True)
    return {"text": ran.stdout.rstrip()}


def section(data):
    return f"```text\n{data['text']}\n```"
