"""What each step may cost, as a share of an aim; the aims are multiples of json.loads. Here alone are numbers that no run gave."""

# The aims, in CPU time of Python's json.loads over the same lines.
SCORE_AIM, RUN_AIM, COLD_AIM = 1.2, 2.0, 3.0

TREES = ["random forest", "isolation forest", "boosted trees"]


def pieces(bench):
    """Nanoseconds by piece."""
    return {row["piece"]: row["ns"] for row in bench["rows"]}


def score_rows(bench):
    at, files = pieces(bench), bench["files"]
    return [
        ("reading lines", 0.03, files.get("read")),
        ("JSON to an event", 0.15, at["JSON to an event"]),
        ("ids and places", 0.07, at["ids and places"]),
        ("profiles opened and applied", 0.27, at["profiles opened and applied"]),
        ("features", 0.14, at["features"]),
        ("trees and risk", 0.24, at["the risk"]),
        ("writing scores", 0.08, files.get("write")),
    ]


def run_rows(bench, run):
    at = pieces(bench)
    alert_ns = at["explained with 99 others"] + at["alert as JSON"]
    return [
        ("JSON to an event", 0.10, at["JSON to an event"]),
        ("ids and places", 0.05, at["ids and places"]),
        ("profiles opened and applied", 0.17, at["profiles opened and applied"]),
        ("undo", 0.08, at["the whole step, with undo"] - at["the whole step"]),
        ("features", 0.09, at["features"]),
        ("trees and risk", 0.16, at["the risk"]),
        ("explanations and alerts", 0.12, alert_ns * run["alerts"] / run["logins"]),
        (
            "checkpoint (with it less without it)",
            0.10,
            run["cpu_ns"] - run["without_checkpoint_ns"],
        ),
    ]


def cold_rows(bench):
    at, files = pieces(bench), bench["files"]
    return [
        ("reading lines, writing scores", 0.05, files.get("read", 0) + files.get("write", 0)),
        ("JSON to an event", 0.07, at["JSON to an event"]),
        ("ids and places", 0.03, at["ids and places"]),
        ("the whole step over cold profiles", 0.75, at["the whole step, cold"]),
    ]


def table(rows, rest, aim_ns, whole_ns):
    """Rows with their budgets; what no row measures is the rest, and the shares add up to the aim."""
    rest_share = 1 - sum(share for _, share, _ in rows)
    rest_ns = whole_ns - sum(ns or 0 for _, _, ns in rows)
    lines = ["| step | budget ns | measured ns |", "|---|---:|---:|"]
    for name, share, ns in [*rows, (rest, rest_share, rest_ns)]:
        over = " over" if ns is not None and ns > share * aim_ns else ""
        lines.append(
            f"| {name} | {share * aim_ns:,.0f} | {'-' if ns is None else f'{ns:,.0f}'}{over} |"
        )
    over = " over" if whole_ns > aim_ns else ""
    lines.append(f"| **all** | **{aim_ns:,.0f}** | **{whole_ns:,.0f}**{over} |")
    return "\n".join(lines)
