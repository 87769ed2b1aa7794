"""What is measured, a function for each part. Every one gives numbers alone; `page` makes the text."""

import json
import re
import signal
import time

from program import (
    LATENCY,
    NIGHTLATCH,
    RESULTS,
    ROOT,
    WORK,
    bench_program,
    loads,
    median,
    run,
    say,
    score,
    simulate,
)
from stream import Broker, Site, drain

ROUNDS = 3


def bench():
    """Every piece, by `nightlatch bench`, and the file side of `score`."""
    report = json.loads(run([NIGHTLATCH, "bench", "--format", "json"]).stdout)
    files = run([bench_program("files"), "100000"]).stdout
    report["files"] = {
        name: float(ns)
        for name, ns in re.findall(r"^(read|parse|parse and hash|write) +(\d+)$", files, re.M)
    }
    return report


def against_json(path, logins, rounds=ROUNDS):
    """`score` and json.loads over one file, by turns, so that both meet the same neighbours."""
    pairs = [(score(path), loads(path)) for _ in range(rounds)]
    ratios = [ours.cpu_s / theirs.cpu_s for ours, theirs in pairs]
    return {
        "logins": logins,
        "score_ns": median([ours.cpu_s for ours, _ in pairs]) / logins * 1e9,
        "loads_ns": median([theirs.cpu_s for _, theirs in pairs]) / logins * 1e9,
        "ratio": median(ratios),
        "least_ratio": min(ratios),
        "score_wall_s": median([ours.wall_s for ours, _ in pairs]),
        "peak_bytes": max(ours.peak_bytes for ours, _ in pairs),
        "flagged": int(re.search(r"(\d+) flagged", pairs[0][0].stderr).group(1)),
    }


def measure_score():
    path, logins = simulate("calm", 4_000, 30)
    return against_json(path, logins)


def measure_run():
    """`run` over a filled topic, checkpoint on, one attack in a hundred, against json.loads over the same logins."""
    path, logins = simulate("calm", 4_000, 30)
    with Broker() as broker:
        site = Site(broker, 12)
        published = site.fill(4_000, 30)
        found = drain(site, published)
        site.set("CHECKPOINT__ENABLED", "false")
        site.set("KAFKA__GROUP", f"{site.name}-without")
        site.set("TOPICS__PROFILES", f"{site.name}-none")
        run([NIGHTLATCH, "topics", "create"], site.env)
        without = drain(site, published)
    loads_ns = median([loads(path).cpu_s for _ in range(ROUNDS)]) / logins * 1e9
    return {
        **found,
        "loads_ns": loads_ns,
        "ratio": found["cpu_ns"] / loads_ns,
        "without_checkpoint_ns": without["cpu_ns"],
    }


def measure_growth(most_users):
    """Users, by `score` on files."""
    rows = []
    for count, days in [(10_000, 20), (100_000, 3), (1_000_000, 1), (3_000_000, 1)]:
        if count > most_users:
            break
        path, logins = simulate(f"users-{count}", count, days)
        rounds = 1 if count >= 1_000_000 else 2
        rows.append({"users": count, "days": days, **against_json(path, logins, rounds)})
        path.unlink()
    return {"users": rows}


def measure_partitions():
    """Partitions and processes, by `run` on filled topics."""
    rows = []
    with Broker() as broker:
        for partitions, processes in [(1, 1), (12, 1), (100, 1), (12, 2), (12, 3)]:
            say(f"  {partitions} partitions, {processes} processes")
            site = Site(broker, partitions)
            published = site.fill(4_000, 30)
            found = drain(site, published, processes)
            rows.append({"partitions": partitions, "processes": processes, **found})
    return {"rows": rows}


# Every one is explained: it is the explanations that take the time.
FLOOD_ATTEMPTS = 50_000


def flooded(calm):
    """A file of logins with a stuffing flood behind them: one address, every attempt another user."""
    path = WORK / "flood.ndjson"
    data = calm.read_bytes()
    last = json.loads(data.rstrip(b"\n").rsplit(b"\n", 1)[1])
    hour = last["timestamp"][:11]
    with open(path, "wb") as file:
        file.write(data)
        for number in range(FLOOD_ATTEMPTS):
            seconds, thousandths = divmod(number * 10, 1_000)
            at = f"{hour}23:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}Z"
            attempt = {
                "user_id": f"victim-{number}",
                "timestamp": at,
                "success": False,
                "ip_address": "198.51.100.66",
                "geo_location": "RO",
                "asn": 64_500,
                "user_agent": "python-requests/2.31",
                "auth_method": "password",
            }
            file.write(json.dumps(attempt, separators=(",", ":")).encode() + b"\n")
    return path


def measure_flood():
    calm, logins = simulate("before-flood", 1_000, 30)
    path = flooded(calm)
    alone, flood = score(calm), score(path)
    count = lambda cost: int(re.search(r"(\d+) flagged", cost.stderr).group(1))
    with Broker() as broker:
        site = Site(broker, 1)
        broker.send_file(f"{site.name}-logins", calm)
        before = drain(site, logins)
        site.set("KAFKA__GROUP", f"{site.name}-again")
        site.set("TOPICS__PROFILES", f"{site.name}-profiles-again")
        site.set("TOPICS__LOGINS", f"{site.name}-flooded")
        run([NIGHTLATCH, "topics", "create"], site.env)
        broker.send_file(f"{site.name}-flooded", path)
        under = drain(site, logins + FLOOD_ATTEMPTS)
    whole = lambda found, total: found["cpu_ns"] * total
    attempts_ns = (whole(under, logins + FLOOD_ATTEMPTS) - whole(before, logins)) / FLOOD_ATTEMPTS
    return {
        "logins": logins,
        "attempts": FLOOD_ATTEMPTS,
        "flagged": count(flood) - count(alone),
        "score_calm_ns": alone.cpu_s / logins * 1e9,
        "score_attempt_ns": (flood.cpu_s - alone.cpu_s) / FLOOD_ATTEMPTS * 1e9,
        "run_calm_ns": before["cpu_ns"],
        "run_attempt_ns": attempts_ns,
        "run_per_second": under["per_second"],
        "alerts": under["alerts"] - before["alerts"],
    }


LATENCY_SECONDS = 15


def measure_latency():
    """From the publishing of a login to its alert."""
    rows = []
    with Broker() as broker:
        for partitions in [1, 12]:
            for rate in [2_000, 5_000]:
                say(f"  {rate} logins a second, {partitions} partitions")
                site = Site(broker, partitions)
                running = site.start()
                try:
                    running.wait_ready()
                    before = running.cpu_s()
                    measured = json.loads(run([LATENCY, rate, LATENCY_SECONDS], site.env).stdout)
                    cpu_share = (running.cpu_s() - before) / (
                        measured["published"] / measured["rate"]
                    )
                finally:
                    running.end(signal.SIGKILL)
                rows.append(
                    {"partitions": partitions, "wanted": rate, "cpu_share": cpu_share, **measured}
                )
    return {"rows": rows, "seconds": LATENCY_SECONDS}


def restart(site, how):
    """Starts a process, waits until it has what it knew, and ends it."""
    running = site.start()
    ready_s = running.wait_ready()
    cells, redone, took_ms = running.restored()
    users = running.metric("nightlatch_profiles")
    peak = running.peak_bytes()
    running.end(how)
    return {
        "ready_s": ready_s,
        "cells": cells,
        "redone": redone,
        "took_ms": took_ms,
        "profiles": users,
        "peak_bytes": peak,
    }


def measure_restart(users=1_000_000):
    """A kill, a start that redoes logins, an orderly end, and a start that restores alone."""
    with Broker() as broker:
        site = Site(broker, 12)
        say(f"  publishing a day of {users} users")
        logins = site.fill(users, 1)
        say("  detecting it")
        running = site.start()
        try:
            start = running.wait_ready()
            while running.done() < logins:
                running.check(running.started)
                time.sleep(0.1)
            drained_s = time.monotonic() - running.started - start
        finally:
            running.end(signal.SIGKILL)
        say("  starting again after the kill")
        killed = restart(site, signal.SIGTERM)
        say("  starting again after an orderly end")
        orderly = restart(site, signal.SIGKILL)
    return {
        "users": users,
        "logins": logins,
        "drained_s": drained_s,
        "killed": killed,
        "orderly": orderly,
    }


def measure_peers():
    """What others take for the same file."""
    path, logins = simulate("peers", 1_000, 30)
    folder = ROOT / "benches" / "peers"
    found = against_json(path, logins)
    report = {name: found[name] for name in ["logins", "score_ns", "loads_ns"]}
    cost = run([folder / "python" / "run", path])
    report["python"] = json.loads(cost.stdout)
    rsigma = RESULTS / "rsigma" / "bin" / "rsigma"
    if rsigma.exists():
        report["rsigma"] = measure_rsigma(rsigma, folder / "rsigma" / "rules.yml", path, logins)
    return report


def measure_rsigma(program, rules, path, logins):
    """Sigma's rules over the lines of the file, alerts of correlations alone."""
    settings = ["--no-detections", "--timestamp-field", "timestamp", "--input-format", "json"]
    cost = run([program, "engine", "eval", "--rules", rules, *settings], stdin=path)
    version = run([program, "--version"]).stdout.split()[1]
    alerts = int(re.search(r"(\d+) correlation matches", cost.stderr).group(1))
    what = f"one rule and three correlations of failures; {alerts:,} alerts"
    return {"rows": [{"name": f"rsigma {version}", "ns": cost.cpu_s / logins * 1e9, "what": what}]}


PARTS = ["bench", "score", "run", "growth", "partitions", "flood", "latency", "restart", "peers"]


def measure(part, most_users):
    if part == "bench":
        return bench()
    if part == "growth":
        return measure_growth(most_users)
    return globals()[f"measure_{part}"]()
