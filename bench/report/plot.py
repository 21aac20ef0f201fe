"""Plots as SVG, with nothing but the standard library. Colours are those of the reader's theme: the file follows light and dark by itself."""
import html
import math

STYLE = """<style>
  text { font: 12px system-ui, sans-serif; fill: #333 }
  .title { font-size: 14px; font-weight: 600 }
  .axis { stroke: #777; stroke-width: 1 } .grid { stroke: #777; stroke-opacity: .22; stroke-width: 1 }
  .goal { stroke: #333; stroke-width: 1.5; stroke-dasharray: 5 4 }
  .s0 { fill: #1667b7; stroke: #1667b7 } .s1 { fill: #c2570c; stroke: #c2570c } .s2 { fill: #3f7d20; stroke: #3f7d20 } .s3 { fill: #8a3ab0; stroke: #8a3ab0 }
  path.s0, path.s1, path.s2, path.s3 { fill: none; stroke-width: 2; stroke-linejoin: round } rect { stroke: none } rect.s0, rect.s1, rect.s2, rect.s3 { stroke: none }
  line.spread { stroke: #333; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .axis, .grid { stroke: #aaa } .goal, line.spread { stroke: #ddd }
    .s0 { fill: #6cb1f5; stroke: #6cb1f5 } .s1 { fill: #f5a25d; stroke: #f5a25d } .s2 { fill: #93cf6d; stroke: #93cf6d } .s3 { fill: #cf97ec; stroke: #cf97ec }
  }
</style>"""
WIDTH, LEFT, RIGHT, TOP = 760, 70, 20, 58


class Canvas:
    def __init__(self, title, height):
        self.height, self.parts = height, []
        self.title = title
        self.text(LEFT, 22, title, "title", "start")

    def text(self, x, y, words, kind="", anchor="middle", turn=None):
        turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}"{turned}>{html.escape(words)}</text>')

    def line(self, x1, y1, x2, y2, kind):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>')

    def bar(self, x, y, width, height, kind):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(0, height):.1f}" class="{kind}"/>')

    def curve(self, points, kind):
        self.parts.append(f'<path class="{kind}" d="M' + "L".join(f"{x:.1f},{y:.1f}" for x, y in points) + '"/>')

    def legend(self, names):
        x = LEFT
        for at, name in enumerate(names):
            self.bar(x, 35, 12, 12, f"s{at % 4}")
            self.text(x + 17, 45, name, anchor="start")
            x += 17 + 7.5 * len(name) + 22

    def svg(self):
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" height="{self.height}" role="img" '
                f'aria-label="{html.escape(self.title)}">\n{STYLE}\n' + "\n".join(self.parts) + "\n</svg>\n")


def ticks(most):
    """Round values from 0 to beyond the largest."""
    step = 10 ** math.floor(math.log10(most / 4)) if most > 0 else 1
    step = next(step * by for by in (1, 2, 2.5, 5, 10) if step * by * 5 >= most)
    return [step * at for at in range(int(math.ceil(most / step)) + 1)]


def bars(title, unit, groups, names, goals=None, spreads=None):
    """Groups of bars. groups: {label: [value or None for each name]}; goals: {label: value}, a dashed line across the group; spreads: {label: [(least, most) or None]}."""
    height, bottom = 360, 70
    canvas = Canvas(title, height)
    canvas.legend(names) if len(names) > 1 else None
    largest = max([value for values in groups.values() for value in values if value is not None]
                  + [value for value in (goals or {}).values() if value is not None] + [high for row in (spreads or {}).values() for _, high in filter(None, row)])
    marks = ticks(largest)
    y = lambda value: height - bottom - value / marks[-1] * (height - bottom - TOP)     # noqa: E731
    for mark in marks:
        canvas.line(LEFT, y(mark), WIDTH - RIGHT, y(mark), "axis" if mark == 0 else "grid")
        canvas.text(LEFT - 8, y(mark) + 4, f"{mark:g}", anchor="end")
    canvas.text(18, (TOP + height - bottom) / 2, unit, turn=-90)
    room = (WIDTH - LEFT - RIGHT) / len(groups)
    wide = min(46, room * 0.8 / len(names))
    for at, (label, values) in enumerate(groups.items()):
        middle = LEFT + room * (at + 0.5)
        for which, value in enumerate(values):
            if value is None:
                continue
            x = middle + (which - len(names) / 2) * wide
            canvas.bar(x + 1, y(value), wide - 2, y(0) - y(value), f"s{which % 4}")
            spread = (spreads or {}).get(label, [None] * len(names))[which]
            if spread:
                canvas.line(x + wide / 2, y(spread[0]), x + wide / 2, y(spread[1]), "spread")
        if (goals or {}).get(label) is not None:
            canvas.line(middle - room * 0.45, y(goals[label]), middle + room * 0.45, y(goals[label]), "goal")
        canvas.text(middle, height - bottom + 18, label) if room >= 7.5 * len(label) else canvas.text(middle + 4, height - bottom + 14, label, anchor="end", turn=-28)
    return canvas.svg()


def percentiles(title, series):
    """Latency over percentile, both logarithmic: series is {name: [(upper end in us, how many), ...]} in order."""
    height, bottom = 380, 58
    canvas = Canvas(title, height)
    canvas.legend(list(series))
    lines = {name: distribution(buckets) for name, buckets in series.items()}
    every = [us for points in lines.values() for _, us in points]
    low, high = math.floor(math.log10(min(every))), math.ceil(math.log10(max(every)))
    most = max(nines for points in lines.values() for nines, _ in points)
    x = lambda nines: LEFT + nines / most * (WIDTH - LEFT - RIGHT)     # noqa: E731
    y = lambda us: height - bottom - (math.log10(us) - low) / (high - low) * (height - bottom - TOP)     # noqa: E731
    for power in range(low, high + 1):
        canvas.line(LEFT, y(10 ** power), WIDTH - RIGHT, y(10 ** power), "axis" if power == low else "grid")
        canvas.text(LEFT - 8, y(10 ** power) + 4, f"{10.0 ** power:g}", anchor="end")
    for percent in (0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999):
        nines = -math.log10(1 - percent / 100)
        if nines <= most:
            canvas.line(x(nines), TOP, x(nines), height - bottom, "axis" if percent == 0 else "grid")
            canvas.text(x(nines), height - bottom + 18, f"{percent:g}")
    canvas.text((LEFT + WIDTH - RIGHT) / 2, height - 14, "percent of the commands that took no longer")
    canvas.text(18, (TOP + height - bottom) / 2, "latency in µs", turn=-90)
    for at, points in enumerate(lines.values()):
        canvas.curve([(x(nines), y(us)) for nines, us in points], f"s{at % 4}")
    return canvas.svg()


def distribution(buckets):
    """(-log10 of the share that took longer, us) for each bucket; the last one, beyond which there is nothing, stands at the share of half a command."""
    total, seen, points = sum(count for _, count in buckets), 0, []
    for us, count in buckets:
        points.append((-math.log10(1 - seen / total), us))
        seen += count
        points.append((-math.log10(max(1 - seen / total, 0.5 / total)), us))
    return points
