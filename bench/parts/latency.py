"""Latencies under full load, and what garbage collection does to them."""
import os
import re

import comparison
from document import image, markdown
from plot import percentiles
from targets import MIB, Bench, start_blockwire, start_limit

CELLS = ("4k-read-q32", "4k-mixed-q32", "256k-write-q8")
MOST_PAUSE_MS = 2.0
PAUSES = r"garbage collections: (\d+), full ones (\d+), paused for ([\d.]+) ms in all; all threads were held (\d+) times, longest (?:([\d.]+) ms|unknown)"


def run(settings):
    rows = []
    with Bench() as bench:
        ours, theirs = bench.start(start_blockwire, f"memory:{MIB}M", level="debug"), bench.start(start_limit)
        comparison.warm(ours, theirs)
        histogram = os.path.join(bench.folder, "histogram")
        for cell in CELLS:
            for target in (ours, theirs):
                figures = comparison.load(target, cell, settings["long"], histogram)
                with open(histogram) as file:
                    buckets = [(int(end) / 1e3, int(count)) for end, count in (line.split() for line in file)]
                rows.append({"cell": cell, "target": target.name, **figures, "buckets": buckets})
                print(f"{cell:<15}{target.name:<10} p50 {figures['p50']:.0f}, p99 {figures['p99']:.0f}, p99.9 {figures['p999']:.0f}, p99.99 {figures['p9999']:.0f}, "
                      f"max {figures['max']:.0f} us", flush=True)
        bench.stop(ours)
        bench.log.flush()
        said = bench.said(PAUSES)
    if not said:
        raise LookupError("the server did not tell of its garbage collections")
    count, full, total, held, longest = said.groups()
    pauses = {"collections": int(count), "full": int(full), "total_ms": float(total), "held": int(held), "longest_ms": float(longest) if longest else None}
    print("longest pause:", longest, "ms in", count, "collections", flush=True)
    return {"rows": rows, "pauses": pauses, "seconds": settings["long"]}


def section(data):
    table = [[row["cell"], row["target"], *(f"{row[it]:.0f}" for it in ("iops", "p50", "p99", "p999", "p9999", "max"))] for row in data["rows"]]
    pauses = data["pauses"]
    longest = pauses["longest_ms"]
    verdict = "unknown" if longest is None else f"{longest:g} ms" + (", within the goal" if longest <= MOST_PAUSE_MS else ", NOT within the goal")
    return (markdown(["cell", "target", "IOPS", "p50 µs", "p99", "p99.9", "p99.99", "max"], table)
            + f"\n\nGarbage collections of the server from its start to the end of all this: {pauses['collections']}, of them full: {pauses['full']}, paused for "
            f"{pauses['total_ms']:g} ms in all. Longest time that all threads were held: {verdict} of at most {MOST_PAUSE_MS:g} ms.\n\n"
            + "\n\n".join(image(f"latency-{cell}", f"Latency by percentile, {cell}") for cell in CELLS))


def plots(data):
    return {f"latency-{cell}": percentiles(f"Latency at full load, {cell}", {row["target"]: row["buckets"] for row in data["rows"] if row["cell"] == cell}) for cell in CELLS}
