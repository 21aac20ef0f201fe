"""docs/PERFORMANCE.md: what stands between the markers is written anew, what people wrote around them stays."""
import os
import re

from targets import ROOT

DOCUMENT = os.path.join(ROOT, "docs", "PERFORMANCE.md")
FOLDER = os.path.join(ROOT, "docs", "performance")


def markdown(head, rows):
    """A table; columns of figures are right-aligned."""
    figure = [all(re.fullmatch(r"[-\d.,]*|[\d.]+-[\d.]+|yes|NO", row[at].replace("*", "")) for row in rows) for at in range(len(head))]
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---:" if it else "---" for it in figure) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def image(name, words):
    return f"![{words}](performance/{name}.svg)"


def put(sections, plots):
    """Replaces the text between <!-- NAME: begin --> and <!-- NAME: end -->, and writes the plots."""
    os.makedirs(FOLDER, exist_ok=True)
    for name, svg in plots.items():
        with open(os.path.join(FOLDER, name + ".svg"), "w") as file:
            file.write(svg)
    with open(DOCUMENT) as file:
        text = file.read()
    for name, section in sections.items():
        pattern = re.compile(rf"(<!-- {name}: begin[^>]*-->\n).*?(<!-- {name}: end -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"{DOCUMENT} has no place for {name}: put <!-- {name}: begin --> and <!-- {name}: end --> where it belongs")
        text = pattern.sub(lambda found: f"{found[1]}\n{section.strip()}\n\n{found[2]}", text)
    with open(DOCUMENT, "w") as file:
        file.write(text)
