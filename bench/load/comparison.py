"""Two iSCSI targets under the same load, in turn, cell by cell. bench/compare-tgt, compare-istgt, compare-limit and bench/run are its users."""
import argparse
import re
import statistics
import subprocess
import sys

from targets import Bench, compiled

CELLS = {  # name: (bytes, depth, percent writes)
    "4k-read-q1": (4096, 1, 0), "4k-write-q1": (4096, 1, 100),
    "4k-read-q32": (4096, 32, 0), "4k-write-q32": (4096, 32, 100), "4k-mixed-q32": (4096, 32, 30),
    "64k-read-q16": (65536, 16, 0), "64k-write-q16": (65536, 16, 100),
    "256k-read-q8": (262144, 8, 0), "256k-write-q8": (262144, 8, 100),
}
GOALS = {   # peer: {cell: (least ratio of IOPS, most ratio of processor time for an I/O)}
    "limit": {cell: (0.9, 2.0 if cell in ("4k-read-q1", "4k-write-q1") else 1.6) for cell in CELLS},
    "tgt": {cell: (4.0 if cell == "256k-write-q8" else 3.0 if cell.startswith("4k") and cell.endswith("q32") else 1.5 if cell.endswith("q1") else 2.0, None)
            for cell in CELLS},
}
WARM_SECONDS = 0.5      # what iscsi-load runs before it measures, as fast as later: warm() came before


def load(target, cell, seconds, histogram=None):
    """One measurement: iops, us of the target's processor time for an I/O, latencies in us."""
    size, depth, write = CELLS[cell]
    before = target.cpu_us()
    run = subprocess.run([compiled("iscsi-load", "-liscsi"), "-b", str(size), "-q", str(depth), "-w", str(write), "-t", str(seconds),
                          *(["-H", histogram] if histogram else []), target.url], capture_output=True, text=True, timeout=seconds + 60)
    spent = target.cpu_us() - before
    figures = dict(re.findall(r"(\w+)=([\d.]+)", run.stdout))
    if "iops" not in figures or figures["errors"] != "0":
        sys.exit(f"{cell} on {target.name}: {run.stdout.strip()} {run.stderr.strip()}")
    figures = {name: float(value) for name, value in figures.items()}
    return {"iops": figures["iops"], "us_io": spent / max(1, figures["iops"] * (seconds + WARM_SECONDS)),
            **{name: figures[name + "_us"] for name in ("p50", "p99", "p999", "p9999", "max")}}


def warm(*targets):
    """What a target compiles or fetches once is no part of a figure."""
    for target in targets:
        for cell in ("4k-mixed-q32", "256k-write-q8"):
            load(target, cell, 1)


def compare(a, b, cell, rounds, seconds):
    """A cell on both, in turn: medians of each, and of the pairs' ratios the median, the least and the most."""
    pairs = [(load(a, cell, seconds), load(b, cell, seconds)) for _ in range(rounds)]
    ratios = [ours["iops"] / max(1, theirs["iops"]) for ours, theirs in pairs]
    cpu = [ours["us_io"] / theirs["us_io"] for ours, theirs in pairs if theirs["us_io"] > 0]
    ours, theirs = ({what: statistics.median(pair[side][what] for pair in pairs) for what in ("iops", "us_io", "p50", "p99")} for side in (0, 1))
    return {"cell": cell, "peer": b.name, "ours": ours, "theirs": theirs, "ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios),
            "cpu_ratio": statistics.median(cpu) if cpu else None, **goal(b.name, cell)}


def goal(peer, cell):
    iops, cpu = GOALS.get(peer, {}).get(cell, (None, None))
    return {"goal": iops, "cpu_goal": cpu}


def met(row):
    """Whether a row reaches its goals; None when it has none."""
    if row["goal"] is None:
        return None
    return row["ratio"] >= row["goal"] and (row["cpu_goal"] is None or (row["cpu_ratio"] is not None and row["cpu_ratio"] <= row["cpu_goal"]))


COLUMNS = (("cell", 14), ("ours", 8), ("peer", 8), ("ratio", 7), ("of pairs", 12), ("goal", 6), ("us/io", 7), ("peer", 7), ("ratio", 7), ("goal", 6),
           ("p50 us", 8), ("peer", 8), ("p99 us", 8), ("peer", 8), ("met", 5))


def cells_of(row):
    """The texts of a row, in the order of COLUMNS."""
    ours, theirs = row["ours"], row["theirs"]
    optional = lambda value, form: "" if value is None else format(value, form)     # noqa: E731
    return (row["cell"], f"{ours['iops']:.0f}", f"{theirs['iops']:.0f}", f"{row['ratio']:.2f}", f"{row['least']:.2f}-{row['most']:.2f}", optional(row["goal"], "g"),
            f"{ours['us_io']:.1f}", f"{theirs['us_io']:.1f}", optional(row["cpu_ratio"], ".2f"), optional(row["cpu_goal"], "g"),
            f"{ours['p50']:.0f}", f"{theirs['p50']:.0f}", f"{ours['p99']:.0f}", f"{theirs['p99']:.0f}",
            {None: "", True: "yes", False: "NO"}[met(row)])


def line(texts):
    return "".join(text.ljust(width) if at == 0 else text.rjust(width) for at, (text, (_, width)) in enumerate(zip(texts, COLUMNS)))


def table(a, b, cells, rounds, seconds):
    """Measures and prints a line for each cell."""
    print(f"{a.name} and its peer {b.name}, {rounds} rounds of {seconds} s")
    print(line([name for name, _ in COLUMNS]), flush=True)
    warm(a, b)
    rows = []
    for cell in cells:
        rows.append(compare(a, b, cell, rounds, seconds))
        print(line(cells_of(rows[-1])), flush=True)
    worst = min(rows, key=lambda row: row["ratio"])
    print(f"worst={worst['ratio']:.2f} at {worst['cell']}", flush=True)
    return rows


def options(description, *more):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=3, help="times that each cell is measured on both (3)")
    parser.add_argument("--seconds", type=int, default=3, help="seconds of each measurement (3)")
    parser.add_argument("--cells", default=",".join(CELLS), help="names joined by commas: " + ", ".join(CELLS))
    parser.add_argument("--awake", action="store_true", help="keep the processors from sleeping between commands")
    for flag, text in more:
        parser.add_argument(flag, action="store_true", help=text)
    args = parser.parse_args()
    args.cells = args.cells.split(",")
    unknown = [cell for cell in args.cells if cell not in CELLS]
    if unknown:
        parser.error(f"no cell {', '.join(unknown)}; there are {', '.join(CELLS)}")
    Bench.awake = args.awake
    return args
