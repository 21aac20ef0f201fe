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
    """
    Writes the plots, and each section between <!-- NAME: begin --> and <!-- NAME: end -->. sections: {name: (heading, text)}; one that has no place yet gets one at the end, with
    its heading.
    """
    os.makedirs(FOLDER, exist_ok=True)
    for name, svg in plots.items():
        with open(os.path.join(FOLDER, name + ".svg"), "w") as file:
            file.write(svg)
    with open(DOCUMENT) as file:
        text = file.read()
    for name, (heading, section) in sections.items():
        pattern = re.compile(rf"(<!-- {name}: begin[^>]*-->\n).*?(<!-- {name}: end -->)", re.DOTALL)
        if not pattern.search(text):
            text += f"\n## {heading}\n\n<!-- {name}: begin, written by bench/run -->\n<!-- {name}: end -->\n"
        text = pattern.sub(lambda found: f"{found[1]}\n{section.strip()}\n\n{found[2]}", text)
    with open(DOCUMENT, "w") as file:
        file.write(text)
