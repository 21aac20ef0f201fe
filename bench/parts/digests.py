"""What header and data digests cost: the same server and load with and without them."""
import statistics

from comparison import CELLS, warm
from document import image, markdown
from own_load import load
from plot import bars
from targets import MIB, Bench, start_blockwire

GOALS = {"4k-read-q32": 0.75, "4k-write-q32": 0.75, "256k-read-q8": 0.85, "256k-write-q8": 0.85}
ASKED = {"off": "?header-digest=none&data-digest=none", "on": "?header-digest=require&data-digest=require"}


def run(settings):
    rows = []
    with Bench() as bench:
        target = bench.start(start_blockwire, f"memory:{MIB}M")
        warm(target)
        for cell in GOALS:
            size, depth, write = CELLS[cell]
            pairs = [{name: load(target, target.url + words, settings["seconds"], "--block", size, "--depth", depth, "--read-percent", 100 - write)
                      for name, words in ASKED.items()} for _ in range(settings["rounds"]["digests"])]
            ratios = [pair["on"]["iops"] / pair["off"]["iops"] for pair in pairs]
            row = {"cell": cell, "ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios),
                   **{name: {what: statistics.median(pair[name][what] for pair in pairs) for what in ("iops", "us_io")} for name in ASKED}}
            rows.append(row)
            print(f"{cell:<15}{row['off']['iops']:>10.0f} IOPS without, {row['on']['iops']:>8.0f} with digests, ratio {row['ratio']:.2f}", flush=True)
    return {"rows": rows}


def section(data):
    table = [[row["cell"], f"{row['off']['iops']:.0f}", f"{row['on']['iops']:.0f}", f"{row['ratio']:.2f}", f"{row['least']:.2f}-{row['most']:.2f}", f"{GOALS[row['cell']]:g}",
              f"{row['off']['us_io']:.1f}", f"{row['on']['us_io']:.1f}", "yes" if row["ratio"] >= GOALS[row["cell"]] else "NO"] for row in data["rows"]]
    return (markdown(["cell", "IOPS without", "with", "ratio", "of the pairs", "goal", "µs/IO without", "with", "met"], table) + "\n\n"
            + image("digests", "IOPS with digests for one without, by cell"))


def plots(data):
    rows = data["rows"]
    return {"digests": bars("IOPS with digests for one without, goals dashed", "ratio", {row["cell"]: [row["ratio"]] for row in rows}, ["with digests"], GOALS,
                            {row["cell"]: [(row["least"], row["most"])] for row in rows})}
