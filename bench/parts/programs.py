"""Measurements that are programs of their own below bench/: what they print goes into the report as it is."""
import os
import subprocess

from targets import BLOCKWIRE, ROOT


def run(name, settings):
    program = os.path.join(ROOT, "bench", name)
    words = list(settings["programs"].get(name, []))
    if name == "startup":
        # Made anew: a file of an older state would be measured for this one.
        words += [BLOCKWIRE, said("startup: ./publish", [os.path.join(ROOT, "publish")], settings).strip()]
    text = said(name, ["dotnet", "run", "-c", "Release", "--project", program, "--", *words] if os.path.isdir(program) else [program, *words], settings)
    print(text, end="", flush=True)
    return {"text": text.rstrip()}


def said(name, command, settings):
    """The standard output of a program that is part of a measurement."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=settings["program_seconds"])
    except subprocess.TimeoutExpired as late:
        raise LookupError(f"bench/{name} took longer than {settings['program_seconds']} s") from late
    if ran.returncode:
        raise LookupError(f"bench/{name}: {(ran.stderr or ran.stdout).strip()[-300:]}")
    return ran.stdout


def section(goal, data):
    return f"Goal: {goal}.\n\n```text\n{data['text']}\n```"
