"""A measurement with `blockwire bench` as the load."""
import json
import subprocess
import sys

from targets import BLOCKWIRE


def load(target, url, seconds, *words):
    """The JSON that bench gives, and us of the target's processor time for an I/O."""
    before = target.cpu_us()
    run = subprocess.run([BLOCKWIRE, "bench", url, "--json", "--seconds", str(seconds), *map(str, words)], capture_output=True, text=True, timeout=seconds + 60)
    spent = target.cpu_us() - before
    if run.returncode:
        sys.exit(f"bench {url}: {run.stderr.strip()}")
    figures = json.loads(run.stdout)
    warm = 1.0      # seconds that bench runs before it measures; slower at first, while it is compiled, so that what is given is rather too little
    return {**figures, "us_io": spent / max(1, figures["iops"] * (figures["seconds"] + warm))}
