#!/usr/bin/env python3
"""Draws docs/growth.svg from the reports of `steplog-bench --report FILE`, one a size: plot.py FILE...

Needs nothing but Python. Each panel has its own scale from 0, so that a flat line is a flat line.
"""

import json
import pathlib
import sys

INK, QUIET, LINE, MARK = "#1f2937", "#6b7280", "#d1d5db", "#2563eb"
WIDTH, HEIGHT, LEFT, TOP, GAP = 300, 170, 56, 46, 26


def question(name):
    """The warm median of a question, in milliseconds."""
    return lambda report: next(a["warm"]["median_ms"] for a in report["answers"] if a["question"] == name)


def ingest_cpu(report):
    cpu = report["ingest"]["server_cpu"]
    return (cpu["user_seconds"] + cpu["system_seconds"]) * 1e6 / report["plan"]["events"]


PANELS = [
    ("Ingest, CPU s per million events", ingest_cpu),
    ("Newest 50, ms", question("newest 50")),
    ("Common word, ms", question("common word")),
    ("Six facets over 24 h, ms", question("facets of six columns, 24 h")),
    ("Memory after a start, MiB", lambda r: r["memory"]["after_start"]["anonymous_bytes"] / 2**20),
    ("Start on the full store, s", lambda r: r["starts"]["warm_seconds"]),
]


def shown(number):
    return f"{number:.0f}" if number >= 10 else f"{number:.2f}"


def events_shown(number):
    return f"{number / 1e6:g} M"


def panel(x, y, title, points):
    top = max(value for _, value in points) * 1.25 or 1
    place = lambda index, value: (x + LEFT + index * (WIDTH - LEFT - 30) / (len(points) - 1), y + TOP + 92 * (1 - value / top))
    places = [place(index, value) for index, (_, value) in enumerate(points)]
    out = [f'<text x="{x + LEFT - 30}" y="{y + 24}" font-weight="600" fill="{INK}">{title}</text>']
    out.append(f'<line x1="{x + LEFT - 30}" x2="{x + WIDTH}" y1="{y + TOP + 92}" y2="{y + TOP + 92}" stroke="{LINE}"/>')
    out.append(f'<polyline fill="none" stroke="{MARK}" stroke-width="2" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in places)}"/>')
    for (size, value), (a, b) in zip(points, places):
        out.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3.5" fill="{MARK}"/>')
        out.append(f'<text x="{a:.1f}" y="{b - 10:.1f}" text-anchor="middle" fill="{INK}">{shown(value)}</text>')
        out.append(f'<text x="{a:.1f}" y="{y + TOP + 110}" text-anchor="middle" fill="{QUIET}">{events_shown(size)}</text>')
    return out


def main():
    reports = sorted((json.loads(pathlib.Path(name).read_text()) for name in sys.argv[1:]), key=lambda r: r["plan"]["events"])
    if len(reports) < 2:
        sys.exit("plot.py: name the reports of two sizes at least")
    columns = 3
    rows = -(-len(PANELS) // columns)
    width, height = columns * (WIDTH + GAP) + GAP, rows * (HEIGHT + 8) + 16
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" font-size="12" role="img">']
    out.append("<title>What grows with the number of events, and what does not</title>")
    out.append(f'<rect width="{width}" height="{height}" fill="#ffffff"/>')
    for number, (title, figure) in enumerate(PANELS):
        x, y = number % columns * (WIDTH + GAP), number // columns * (HEIGHT + 8)
        out += panel(x, y, title, [(report["plan"]["events"], figure(report)) for report in reports])
    out.append("</svg>")
    pathlib.Path(__file__).parent.parent.joinpath("growth.svg").write_text("\n".join(out) + "\n")


main()
