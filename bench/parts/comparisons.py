"""Blockwire beside other targets: limit (a disk in memory), tgt and istgt (a file on tmpfs)."""
import comparison
from document import image, markdown
from plot import bars
from targets import MIB, Bench, installed, start_blockwire, start_istgt, start_limit, start_tgt

PEERS = {"limit": start_limit, "tgt": start_tgt, "istgt": start_istgt}
PROGRAMS = {"tgt": "tgtd", "istgt": "istgt"}
WORDS = {"limit": "a disk in memory, beside `limit`", "tgt": "a file on tmpfs, beside tgt", "istgt": "a file on tmpfs, beside istgt"}


def run(peer, settings):
    if peer in PROGRAMS and not installed(PROGRAMS[peer]):
        raise LookupError(f"{PROGRAMS[peer]} is not installed")
    rounds, seconds = settings["rounds"][peer], settings["seconds"]
    with Bench() as bench:
        ours = bench.start(start_blockwire, f"memory:{MIB}M" if peer == "limit" else bench.disk("blockwire"))
        theirs = bench.start(PEERS[peer], *([] if peer == "limit" else [bench.disk(peer)]))
        rows = comparison.table(ours, theirs, list(comparison.CELLS), rounds, seconds)
    return {"rounds": rounds, "seconds": seconds, "rows": rows}


def section(peer, data):
    rows = [{**row, **comparison.goal(peer, row["cell"])} for row in data["rows"]]
    goals = any(row["goal"] is not None for row in rows)
    head = ["cell", "IOPS", f"{peer}", "ratio", "of the pairs", "goal", "µs/IO", f"{peer}", "ratio", "goal", "p50 µs", f"{peer}", "p99 µs", f"{peer}", "met"]
    table = [comparison.cells_of(row) for row in rows]
    keep = [at for at, name in enumerate(head) if any(row[at] for row in table)]
    text = markdown([head[at] for at in keep], [[row[at] for at in keep] for row in table])
    count = sum(comparison.met(row) is True for row in rows)
    reached = f" {count} of {len(rows)} cells reach their goal." if goals else ""
    return (f"Blockwire with {WORDS[peer]}: medians of {data['rounds']} rounds of {data['seconds']} s.{reached}\n\n{text}\n\n"
            + image(f"{peer}-ratio", f"IOPS of Blockwire for one of {peer}, by cell"))


def plots(peer, data):
    rows = [{**row, **comparison.goal(peer, row["cell"])} for row in data["rows"]]
    return {f"{peer}-ratio": bars(
        f"IOPS of Blockwire for one of {peer}" + (", goals dashed" if rows[0]["goal"] else ""), "ratio", {row["cell"]: [row["ratio"]] for row in rows}, [peer],
        {row["cell"]: row["goal"] for row in rows}, {row["cell"]: [(row["least"], row["most"])] for row in rows})}
