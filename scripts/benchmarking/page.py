"""Writes docs/benchmarks.md from what was measured last."""

import budget
from parts import PARTS
from program import ROOT, saved

INTRO = """# Benchmarks

Written by `scripts/benchmarks`; every figure comes from a run of it. Times are CPU times of the
process, of all its threads, unless a column says otherwise. The machine may be shared: neighbours
slow a CPU down somewhat through its caches, and wall-clock figures (logins a second, delays,
restarts) are what it gave beside whatever else it did. The table says how busy it was when each
part began; a load well below one is a quiet machine.
"""

MIB = 1 << 20


def grid(head, rows):
    right = "|".join(["---", *["---:"] * (len(head) - 1)])
    lines = ["| " + " | ".join(head) + " |", f"|{right}|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def ns(value):
    return f"{value:,.0f}"


def about(all_parts):
    rows = [
        [
            f"`{part}`",
            found["at"],
            found["commit"],
            f"{found['load']:.1f}",
            f"{found['took_s']:.0f}",
        ]
        for part, found in all_parts.items()
    ]
    text = "## Machine\n\n"
    if "bench" in all_parts:
        machine = all_parts["bench"]["result"]["machine"]
        text += (
            f"{machine['cpu']}, {machine['cores']} cores ({', '.join(machine['features'])}); nightlatch {machine['version']}, "
            f"allocator: {machine['allocator']}; broker, if any, on the same machine.\n\n"
        )
    return (
        text
        + grid(["part", "begun (UTC)", "commit", "load when it began", "seconds"], rows)
        + "\n\nAgain: `scripts/benchmarks PART`. A part that is not listed was not run."
    )


def bench(found):
    rows = [
        [
            row["piece"],
            row["unit"],
            ns(row["ns"]),
            ns(row["ns_min"]),
            ns(row["wall_ns"]),
            f"{row['ratio']:.2f}",
        ]
        for row in found["rows"]
    ]
    rows += [
        [row["piece"], row["unit"], f"{row['bytes']:,.0f} bytes", "", "", ""]
        for row in found["memory"]
    ]
    return (
        f"## Pieces\n\n`nightlatch bench`, over {found['logins']:,} simulated logins: nanoseconds, the median and the least of the rounds. The ratio is "
        "to parsing the same logins into a `serde_json::Value`.\n\n"
        + grid(["piece", "of a", "ns", "least", "wall", "ratio"], rows)
    )


def score(found):
    return (
        "## `score` against json.loads\n\n`nightlatch score` from a file to a file, and `json.loads` of Python for every line of it, start of the process included: "
        "CPU time of either, by turns.\n\n"
        + grid(
            ["logins", "score ns", "json.loads ns", "ratio", "least ratio", "peak MiB"],
            [
                [
                    f"{found['logins']:,}",
                    ns(found["score_ns"]),
                    ns(found["loads_ns"]),
                    f"{found['ratio']:.2f}",
                    f"{found['least_ratio']:.2f}",
                    ns(found["peak_bytes"] / MIB),
                ]
            ],
        )
    )


def run(found):
    return (
        "## `run` against json.loads\n\nA filled topic of twelve partitions, one attack in a hundred, checkpoint on; from the time that the process is ready.\n\n"
        + grid(
            [
                "logins",
                "run ns",
                "without checkpoint ns",
                "json.loads ns",
                "ratio",
                "logins a second",
                "alerts",
            ],
            [
                [
                    f"{found['logins']:,}",
                    ns(found["cpu_ns"]),
                    ns(found["without_checkpoint_ns"]),
                    ns(found["loads_ns"]),
                    f"{found['ratio']:.2f}",
                    ns(found["per_second"]),
                    ns(found["alerts"]),
                ]
            ],
        )
    )


def budgets(parts):
    """The tables of budgets that all of whose figures are there."""
    if not {"bench", "score"} <= parts.keys():
        return None
    measured, scored = parts["bench"]["result"], parts["score"]["result"]
    text = (
        "## Budget\n\nThe aims are multiples of `json.loads` over the same lines; a row may take its share of one. Rows come from *Pieces*, the last line from the whole "
        "program, and *the rest* is what no row measures.\n"
    )
    aim = budget.SCORE_AIM
    text += f"\n**`score`, at most {aim} times json.loads**\n\n" + budget.table(
        budget.score_rows(measured),
        "verdict and the rest",
        aim * scored["loads_ns"],
        scored["score_ns"],
    )
    if "run" in parts:
        found, aim = parts["run"]["result"], budget.RUN_AIM
        text += (
            f"\n\n**`run`, one attack in a hundred, checkpoint on, at most {aim:.0f} times**\n\n"
            + budget.table(
                budget.run_rows(measured, found),
                "fetching, order, transactions, the rest",
                aim * found["loads_ns"],
                found["cpu_ns"],
            )
        )
    million = [
        row
        for row in parts.get("growth", {"result": {"users": []}})["result"]["users"]
        if row["users"] == 1_000_000
    ]
    if million:
        aim = budget.COLD_AIM
        text += (
            f"\n\n**`score`, a cold world of a million users, at most {aim:.0f} times**\n\n"
            + budget.table(
                budget.cold_rows(measured),
                "the rest",
                aim * million[0]["loads_ns"],
                million[0]["score_ns"],
            )
        )
    return text


def growth(found):
    rows = [
        [
            f"{row['users']:,}",
            str(row["days"]),
            f"{row['logins']:,}",
            ns(row["score_ns"]),
            f"{row['ratio']:.2f}",
            ns(row["peak_bytes"] / MIB),
        ]
        for row in found["users"]
    ]
    text = "## Growth\n\n`score` on files of more and more users.\n\n"
    text += grid(["users", "days", "logins", "ns a login", "to json.loads", "peak MiB"], rows)
    most = found["users"][-1]["users"]
    if most < 3_000_000:
        text += f"\n\nMore than {most:,} users were left out: `--most-users` measures them."
    return text


def partitions(found):
    rows = [
        [
            str(row["partitions"]),
            str(row["processes"]),
            ns(row["cpu_ns"]),
            ns(row["per_second"]),
            ns(row["peak_bytes"] / MIB),
            ns(row["alerts"]),
        ]
        for row in found["rows"]
    ]
    head = ["partitions", "processes", "CPU ns a login", "logins a second", "peak MiB", "alerts"]
    return (
        f"## Partitions and processes\n\n`run` on a filled topic of {found['rows'][0]['logins']:,} "
        "logins; several processes share the machine's cores.\n\n" + grid(head, rows)
    )


def flood(found):
    return (
        f"## Flood\n\n{found['attempts']:,} attempts from one address, each on another user, after {found['logins']:,} calm logins; "
        f"`score` flagged {found['flagged']:,} of them, and `run` published {found['alerts']:,.0f} alerts. `run` had one partition.\n\n"
        + grid(
            ["", "a calm login, ns", "an attempt, ns", "logins a second"],
            [
                ["`score`", ns(found["score_calm_ns"]), ns(found["score_attempt_ns"]), ""],
                [
                    "`run`",
                    ns(found["run_calm_ns"]),
                    ns(found["run_attempt_ns"]),
                    ns(found["run_per_second"]),
                ],
            ],
        )
    )


def latency(found):
    rows = [
        [
            str(row["partitions"]),
            f"{row['wanted']:,}",
            f"{row['rate']:,.0f}",
            str(row["alerts"]),
            *[f"{row[name]:.0f}" for name in ["p50_ms", "p90_ms", "p99_ms", "max_ms"]],
            f"{row['cpu_share']:.2f}",
        ]
        for row in found["rows"]
    ]
    return (
        "## Latency\n\nFrom the publishing of a login to its alert in the hands of a `read_committed` reader (`examples/latency.rs`), milliseconds on the clock, default "
        "settings; producer, broker, detector and reader share the machine.\n\n"
        + grid(
            [
                "partitions",
                "asked a second",
                "published a second",
                "alerts",
                "p50",
                "p90",
                "p99",
                "most",
                "cores used by run",
            ],
            rows,
        )
    )


def restart(found):
    rows = []
    for name, one in [
        ("after kill -9", found["killed"]),
        ("after an orderly end", found["orderly"]),
    ]:
        rows.append(
            [
                name,
                f"{one['ready_s']:.1f}",
                f"{one['took_ms'] / 1000:.1f}",
                ns(one["cells"]),
                ns(one["redone"]),
                ns(one["peak_bytes"] / MIB),
            ]
        )
    text = (
        f"## Restart\n\nProfiles of {found['users']:,} users, twelve partitions, {found['logins']:,} logins detected in {found['drained_s']:.0f} s. "
        "Seconds on the clock.\n\n"
        + grid(
            ["start", "until ready, s", "restore, s", "cells", "logins redone", "peak MiB"], rows
        )
    )
    extra_s = (found["killed"]["took_ms"] - found["orderly"]["took_ms"]) / 1000
    if found["killed"]["redone"] and extra_s > 0:
        text += f"\n\nRedoing: {found['killed']['redone'] / extra_s:,.0f} logins a second (the difference of the two restores)."
    return text


def peers(found):
    rows = [
        [
            "nightlatch score",
            ns(found["score_ns"]),
            "1.0",
            "the whole: profiles, features, three forests, scores written",
        ],
        [
            "json.loads alone",
            ns(found["loads_ns"]),
            f"{found['loads_ns'] / found['score_ns']:.1f}",
            "parsing",
        ],
    ]
    for name in ["python", "rsigma"]:
        for row in found.get(name, {}).get("rows", []):
            rows.append(
                [row["name"], ns(row["ns"]), f"{row['ns'] / found['score_ns']:.1f}", row["what"]]
            )
    text = f"## Peers\n\nCPU time a login over the same {found['logins']:,} logins, on all cores together; versions are pinned in `benches/peers`.\n\n"
    text += grid(["", "ns a login", "times ours", "what it does"], rows)
    return text + (
        ""
        if "rsigma" in found
        else "\n\nrsigma was not measured; `benches/peers/rsigma/install` installs it."
    )


def write():
    parts = {part: found for part in PARTS if (found := saved(part))}
    sections = [INTRO.strip(), about(parts)]
    for part, found in parts.items():
        sections.append(globals()[part](found["result"]))
        if part == "run":
            sections.append(budgets(parts))
    if "run" not in parts:
        sections.append(budgets(parts))
    page = ROOT / "docs" / "benchmarks.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text("\n\n".join(section for section in sections if section) + "\n")
