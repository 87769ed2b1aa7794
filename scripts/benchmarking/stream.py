"""A broker, topics of their own for each measurement, and `nightlatch run` as a process that is watched."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from program import NIGHTLATCH, ROOT, WORK, run, say

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_S = 300
PORT = 19_192


class Broker:
    """An Apache Kafka of its own, for as long as the block lasts."""

    def __enter__(self):
        self.folder = WORK / f"kafka-{os.getpid()}"
        self.brokers = f"127.0.0.1:{PORT}"
        say("  starting Apache Kafka")
        run([ROOT / "scripts" / "kafka", "start", self.folder, PORT])
        return self

    def __exit__(self, *_):
        subprocess.run([ROOT / "scripts" / "kafka", "kill", self.folder], check=False)
        subprocess.run(["rm", "-rf", self.folder], check=False)

    def send_file(self, topic, path):
        """Publishes the lines of a file with a tool of Kafka's."""
        tool = [
            ROOT / "scripts" / "kafka",
            "tool",
            self.folder,
            "org.apache.kafka.tools.ConsoleProducer",
        ]
        run(
            [*tool, "--bootstrap-server", self.brokers, "--topic", topic, "--batch-size", "262144"],
            stdin=path,
        )


class Site:
    """Topics and a group of their own."""

    made = 0

    def __init__(self, broker, partitions):
        Site.made += 1
        self.name = f"bench-{Site.made}"
        # Settings of the caller's own are not meant.
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith("NIGHTLATCH__")
        }
        self.set("KAFKA__BROKERS", broker.brokers)
        self.set("KAFKA__GROUP", self.name)
        self.set("TOPICS__PARTITIONS", partitions)
        for kind in ["logins", "alerts", "incidents", "rejected", "profiles", "feedback", "verdicts", "audit"]:
            self.set(f"TOPICS__{kind.upper()}", f"{self.name}-{kind}")
        run([NIGHTLATCH, "topics", "create"], self.env)

    def set(self, key, value):
        self.env[f"NIGHTLATCH__{key}"] = str(value)

    def fill(self, users, days, attack_share=0.01):
        """Publishes a simulated world; gives the number of its logins."""
        world = ["--users", users, "--days", days, "--attack-share", attack_share]
        said = run([NIGHTLATCH, "simulate", "--kafka", *world], self.env).stderr
        return int(re.search(r"(\d+) events, ", said).group(1))

    def start(self, instance="one"):
        return Running(self, instance)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Running:
    """A `nightlatch run`."""

    def __init__(self, site, instance):
        self.address = f"127.0.0.1:{free_port()}"
        env = dict(
            site.env,
            NIGHTLATCH__INSTANCE=f"{site.name}-{instance}",
            NIGHTLATCH__HTTP__ADDRESS=self.address,
        )
        self.log = WORK / f"{site.name}-{instance}-{self.address.split(':')[1]}.log"
        self.started = time.monotonic()
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                [NIGHTLATCH, "run"], env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=5) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def check(self, since):
        """Ends everything where the process has ended, or nothing more comes of it."""
        if self.child.poll() is not None or time.monotonic() - since > PATIENCE_S:
            raise SystemExit(
                f"nightlatch run ended, or took over {PATIENCE_S} s:\n{self.log.read_text()[-2000:]}"
            )

    def wait_ready(self):
        while self.get("/health/ready") is None:
            self.check(self.started)
            time.sleep(0.02)
        return time.monotonic() - self.started

    def metric(self, name):
        """The sum of a metric over its labels."""
        values = re.findall(
            rf"^{name}(?:\{{.*\}})? ([0-9.e+-]+)$", self.get("/metrics") or "", re.MULTILINE
        )
        return sum(map(float, values))

    def done(self):
        return self.metric("nightlatch_logins_total") + self.metric("nightlatch_rejected_total")

    def cpu_s(self):
        with open(f"/proc/{self.child.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_bytes(self):
        with open(f"/proc/{self.child.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) * 1024

    def restored(self):
        """What the log says of the restore: cells, logins redone, milliseconds."""
        # Colours come between a field's name and its value.
        text = re.sub(r"\x1b\[[0-9;]*m", "", self.log.read_text())
        said = [line for line in text.splitlines() if "profiles restored" in line]
        fields = [
            re.search(rf"\b{name}=(\d+)", said[-1]) if said else None
            for name in ["cells", "redone", "took_ms"]
        ]
        return [int(field.group(1)) if field else 0 for field in fields]

    def end(self, how=signal.SIGTERM):
        self.child.send_signal(how)
        self.child.wait()


def drain(site, logins, processes=1):
    """Detects all logins of a topic that is filled, and says what that took from the time that a process is ready."""
    members = [site.start(f"m{number}") for number in range(processes)]
    try:
        for member in members:
            member.wait_ready()
        start, before = time.monotonic(), [member.cpu_s() for member in members]
        already = sum(member.done() for member in members)
        while sum(member.done() for member in members) < logins:
            for member in members:
                member.check(start)
            time.sleep(0.05)
        seen = max(logins - already, 1)
        cpu_s = sum(member.cpu_s() for member in members) - sum(before)
        return {
            "logins": logins,
            "measured": seen,
            "cpu_ns": cpu_s / seen * 1e9,
            "per_second": seen / (time.monotonic() - start),
            "peak_bytes": sum(member.peak_bytes() for member in members),
            "alerts": sum(member.metric("nightlatch_alerts_total") for member in members),
        }
    finally:
        for member in members:
            member.end(signal.SIGKILL)
