"""Several sessions at once, and one session of several connections: what they reach together, and how evenly."""
import statistics

from comparison import warm
from document import image, markdown
from own_load import load
from plot import bars
from targets import MIB, Bench, start_blockwire

LOADS = {"4k reads": ("--block", 4096, "--depth", 32), "4k writes": ("--block", 4096, "--depth", 32, "--write")}
SHAPES = {"1 session": (1, 1), "2 sessions": (2, 1), "4 sessions": (4, 1), "8 sessions": (8, 1), "4 connections": (1, 4)}
LEAST_TOTAL, MOST_DEVIATION = 1.0, 0.15


def run(settings):
    rows = []
    with Bench() as bench:
        target = bench.start(start_blockwire, f"memory:{MIB}M")
        warm(target)
        for name, words in LOADS.items():
            rounds = [{shape: load(target, target.url, settings["seconds"], *words, "--sessions", sessions, "--connections", connections)
                       for shape, (sessions, connections) in SHAPES.items()} for _ in range(settings["rounds"]["sessions"])]
            for shape in SHAPES:
                figures = [each[shape] for each in rounds]
                row = {"load": name, "shape": shape, "iops": statistics.median(it["iops"] for it in figures),
                       "ratio": statistics.median(each[shape]["iops"] / each["1 session"]["iops"] for each in rounds),
                       "deviation": statistics.median(deviation(it["sessionIops"]) for it in figures),
                       "p99": statistics.median(it["p99Us"] for it in figures), "us_io": statistics.median(it["us_io"] for it in figures)}
                rows.append(row)
                print(f"{name}, {shape:<14}{row['iops']:>9.0f} IOPS, {row['ratio']:.2f} of one session, unevenness {row['deviation']:.0%}", flush=True)
    return {"rows": rows}


def deviation(rates):
    """How far the session that is farthest from the mean is from it."""
    mean = statistics.mean(rates)
    return max(abs(rate - mean) for rate in rates) / mean


def met(row):
    return row["ratio"] >= LEAST_TOTAL and row["deviation"] <= MOST_DEVIATION


def section(data):
    table = [[row["load"], row["shape"], f"{row['iops']:.0f}", f"{row['ratio']:.2f}", f"{100 * row['deviation']:.0f} %", f"{row['us_io']:.1f}", f"{row['p99']:.0f}",
              "" if row["shape"] == "1 session" else "yes" if met(row) else "NO"] for row in data["rows"]]
    return (markdown(["load", "shape", "IOPS together", "of one session", "farthest from the mean", "µs/IO", "p99 µs", "met"], table)
            + f"\n\n*4 connections* are those of one session. Goal: together at least {LEAST_TOTAL:g} times what one session has alone, and no session farther than {MOST_DEVIATION:.0%} from the mean.\n\n"
            + image("sessions", "IOPS together by number of sessions"))


def plots(data):
    groups = {shape: [next(row["iops"] / 1000 for row in data["rows"] if (row["load"], row["shape"]) == (name, shape)) for name in LOADS] for shape in SHAPES}
    return {"sessions": bars("All sessions together, 32 commands under way in each", "thousand IOPS", groups, list(LOADS))}
