"""Runs programs and measures their CPU time: every figure of the benchmarks comes through here."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# What was measured last, a file for each part; files that parts share are made in `work`.
RESULTS = ROOT / "target" / "benchmarks"
WORK = RESULTS / "work"
NIGHTLATCH = ROOT / "target" / "release" / "nightlatch"
LATENCY = ROOT / "target" / "release" / "examples" / "latency"


@dataclass
class Cost:
    cpu_s: float
    wall_s: float
    peak_bytes: int
    stdout: str
    stderr: str


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command, env=None, stdin=None):
    """Runs a command to its end; its CPU time includes that of its threads and children."""
    WORK.mkdir(parents=True, exist_ok=True)
    out_path, err_path = WORK / "stdout", WORK / "stderr"
    with open(out_path, "wb") as out, open(err_path, "wb") as err, open(
        stdin or os.devnull, "rb"
    ) as source:
        start = time.monotonic()
        child = subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, env=env, stdin=source, stdout=out, stderr=err
        )
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            raise
        child.returncode = os.waitstatus_to_exitcode(status)
        wall_s = time.monotonic() - start
    stdout, stderr = out_path.read_text(errors="replace"), err_path.read_text(errors="replace")
    if child.returncode != 0:
        raise SystemExit(
            f"{' '.join(map(str, command))} ended with {child.returncode}:\n{stderr[-2000:]}"
        )
    return Cost(usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss * 1024, stdout, stderr)


def commit():
    """The commit; the page itself may be newer."""
    changed = run(["git", "status", "--porcelain", "--", ".", ":!docs/benchmarks.md"]).stdout
    return run(["git", "rev-parse", "--short", "HEAD"]).stdout.strip() + ("-dirty" if changed else "")


def build():
    say("building")
    env = dict(os.environ, NIGHTLATCH_COMMIT=commit())
    run(
        ["cargo", "build", "--release", "--bin", "nightlatch", "--example", "latency", "--benches"],
        env,
    )


def bench_program(name):
    """The newest build of one of benches/."""
    built = (ROOT / "target" / "release" / "deps").glob(f"{name}-*")
    return max((path for path in built if not path.suffix), key=lambda path: path.stat().st_mtime)


def simulate(name, users, days, attack_share=0.01):
    """A file of simulated logins, made once, and how many there are."""
    path = WORK / f"{name}.ndjson"
    if not path.exists():
        say(f"  simulating {users} users over {days} days")
        part = WORK / f"{name}.part.ndjson"
        run(
            [
                NIGHTLATCH,
                "simulate",
                "--users",
                users,
                "--days",
                days,
                "--attack-share",
                attack_share,
                "--output",
                part,
            ]
        )
        part.rename(path)
    return path, lines(path)


def lines(path):
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def score(path):
    return run([NIGHTLATCH, "score", "--input", path, "--output", WORK / "scores.ndjson"])


LOADS = "import json, sys\nfor line in open(sys.argv[1], 'rb'): json.loads(line)"


def loads(path):
    """What Python's json.loads takes for every line of a file."""
    return run([sys.executable, "-c", LOADS, path])


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def save(part, result):
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{part}.json").write_text(json.dumps(result, indent=1))


def saved(part):
    path = RESULTS / f"{part}.json"
    return json.loads(path.read_text()) if path.exists() else None
