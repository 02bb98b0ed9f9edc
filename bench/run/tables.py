"""The results as Markdown and as JSON."""

import dataclasses

from cells import TITLES, Cell
from contenders import BASE, Contender
from goals import goals
from measuring import FIGURES, Results
from ratios import paired, summarise


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join(["---"] * len(head)) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def ratio_table(results: Results, contenders: list[Contender], cells: list[Cell],
                figure: str) -> str:
    rows = []
    for cell in cells:
        row = [str(cell)]
        for contender in contenders:
            ratio = results.ratio(figure, cell, contender.name, BASE)
            absolute = summarise(list(results.series(cell, contender.name, figure).values()))
            if ratio is not None and contender.name != BASE:
                row.append(str(ratio))
            elif absolute is not None: # there is nothing to be compared with
                row.append(f"{absolute.median:.3g} {'µs' if figure == 'cpu' else '/s'}")
            else:
                row.append("–")
        rows.append(row)
    return table(["cell", *(each.name for each in contenders)], rows)


def first_place(results: Results, contenders: list[Contender], cells: list[Cell]) -> str:
    """Each of ours against the fastest of all others that anybody could use."""
    rows = []
    for cell in cells:
        rates = {each.name: results.series(cell, each.name, "rate")
                 for each in contenders if each.real and not each.ours}
        rates = {name: series for name, series in rates.items() if series}
        if not rates:
            continue
        best = max(rates, key=lambda name: summarise(list(rates[name].values())).median)
        for ours in (each for each in contenders if each.ours):
            ratio = paired(results.series(cell, ours.name, "rate"), rates[best])
            if ratio is None:
                continue
            verdict = ("ahead" if ratio.low > 1 else "level" if ratio.high >= 1 else "behind")
            rows.append([str(cell), ours.name, best, str(ratio), verdict])
    return table(["cell", "pgcoro", "best other", "rate / best other", ""], rows)


def waiting_table(results: Results, contenders: list[Contender], cells: list[Cell]) -> str:
    rows = []
    for cell in cells:
        row = [str(cell)]
        for contender in contenders:
            p50, p99 = (summarise(list(results.series(cell, contender.name, name).values()))
                        for name in ("p50", "p99"))
            row.append(f"{p50.median:.3g} / {p99.median:.3g}" if p50 else "–")
        rows.append(row)
    return table(["cell", *(each.name for each in contenders)], rows)


def skip_list(results: Results) -> str:
    grouped: dict[tuple[str, str], list[Cell]] = {}
    for (cell, name), why in results.skips.items():
        grouped.setdefault((name, why), []).append(cell)
    lines = [f"- {name}: {why}: {', '.join(dict.fromkeys(str(c) for c in cells))}"
             for (name, why), cells in sorted(grouped.items(), key=lambda each: each[0])]
    return "\n".join(lines) + "\n"


def markdown(results: Results, contenders: list[Contender], cells: list[Cell],
             about: list[str]) -> str:
    rounds = max((len(runs) for runs in results.runs.values()), default=0)
    coverage = summarise([1.0] * rounds).coverage if rounds else 0
    titles = "\n".join(f"- {case}: {TITLES[case]}" for case in sorted({c.case for c in cells}))
    return "\n".join([
        "# Benchmark", "",
        *(f"{line}  " for line in about), "",
        f"A cell is a case on one or ten connections, against a PostgreSQL or against a replay "
        f"from memory. Ratios are taken within a round: their median over {rounds} rounds, and in "
        f"parentheses the interval that holds it with {coverage:.0%}. A client of the replay has "
        "a core to itself.", "",
        titles, "",
        f"## Client CPU per run, as a multiple of {BASE}'s", "",
        ratio_table(results, contenders, cells, "cpu"),
        f"## Runs per second, as a multiple of {BASE}'s", "",
        ratio_table(results, contenders, cells, "rate"),
        "## pgcoro's rate against the best other", "",
        first_place(results, contenders, cells),
        "## Goals", "",
        table(["goal", "limit", "measured", ""], [g.row() for g in goals(results, cells)]),
        "## How long a run takes: median / 99th of a hundred, µs", "",
        waiting_table(results, contenders, cells),
        "## Not run", "",
        skip_list(results),
    ])


def document(results: Results, contenders: list[Contender], cells: list[Cell],
             about: list[str]) -> dict:
    """For JSON: all runs, and the ratios made of them."""
    summary = []
    for cell in cells:
        for contender in contenders:
            entry = {"case": cell.case, "connections": cell.connections, "replay": cell.replay,
                     "contender": contender.name}
            if why := results.skips.get((cell, contender.name)):
                summary.append({**entry, "skip": why})
                continue
            for name in FIGURES:
                ratio = results.ratio(name, cell, contender.name, BASE)
                entry[f"{name}_ratio"] = dataclasses.asdict(ratio) if ratio else None
            entry["runs"] = [results.runs[cell, contender.name][r]
                             for r in sorted(results.runs.get((cell, contender.name), {}))]
            summary.append(entry)
    return {"about": about, "base": BASE, "cells": summary,
            "goals": [{"about": g.about, "limit": g.limit, "at_least": g.at_least,
                       "ratio": dataclasses.asdict(g.ratio) if g.ratio else None,
                       "verdict": g.verdict} for g in goals(results, cells)]}
