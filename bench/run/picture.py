"""The results as a picture: bars for each cell, client CPU as a multiple of libpq's."""

from xml.sax.saxutils import escape

from cells import TITLES, Cell
from contenders import BASE, Contender
from measuring import Results
from ratios import figure

COLOURS = {
    "floor": "#c9cdd3", "hand-view": "#a6acb5", "hand-own": "#868d98",
    "libpq": "#4c78a8", "libpq-epoll": "#7fa6cf", "asyncpg": "#e0a13a",
    "pgcoro-view": "#2e8b57", "pgcoro-own": "#57b37f", "pgcoro-record": "#8fd0ab",
}
BAR, GAP, LEFT, WIDTH, MOST = 11, 12, 320, 480, 2.5


def bars(results: Results, contenders: list[Contender], cell: Cell) -> list[tuple[str, float]]:
    found = []
    for contender in contenders:
        ratio = results.ratio("cpu", cell, contender.name, BASE)
        if ratio is not None and contender.name in COLOURS:
            found.append((contender.name, ratio.median))
    return found


def svg(results: Results, contenders: list[Contender], cells: list[Cell]) -> str:
    parts: list[str] = []
    y = 64

    def text(x: float, at: float, what: str, extra: str = "") -> None:
        parts.append(f'<text x="{x:.1f}" y="{at:.1f}" {extra}>{escape(what)}</text>')

    text(16, 24, f"Client CPU per run, as a multiple of {BASE}'s (less is better)",
         'font-size="15" font-weight="bold"')
    x = 16.0
    for name in (n for n in COLOURS if any(c.name == n for c in contenders)):
        parts.append(f'<rect x="{x:.1f}" y="36" width="10" height="10" fill="{COLOURS[name]}"/>')
        text(x + 14, 45, name)
        x += 26 + 6.6 * len(name)
    top = y
    for cell in cells:
        found = bars(results, contenders, cell)
        if not found:
            continue
        height = BAR * len(found)
        text(LEFT - 10, y + height / 2, str(cell), 'text-anchor="end" font-weight="bold"')
        text(LEFT - 10, y + height / 2 + 12, TITLES[cell.case],
             'text-anchor="end" font-size="9" fill="#666"')
        for name, value in found:
            shown = min(value, MOST) / MOST * WIDTH
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{shown:.1f}" height="{BAR - 2}" '
                         f'fill="{COLOURS[name]}"/>')
            beyond = " →" if value > MOST else ""
            text(LEFT + shown + 4, y + BAR - 3, figure(value) + beyond, 'font-size="9"')
            y += BAR
        y += max(GAP, 28 - height)
    at = LEFT + WIDTH / MOST
    parts.append(f'<line x1="{at:.1f}" y1="{top - 4}" x2="{at:.1f}" y2="{y}" stroke="#4c78a8" '
                 'stroke-dasharray="3 3"/>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 60}" '
            f'height="{y + 8}" font-family="sans-serif" font-size="11">\n'
            '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")
