"""What one would write in Python: batches of 1 000 from a consumer, counters in dictionaries, forests of scikit-learn.

The counters are of the kind that nightlatch keeps (what is usual for a user, device, address, network and place, and how many
failed of late), in the plainest form: no bounds, no undo, nothing written down, no explanations. Labels train the forests on the
first half of the file; the second half is measured. Without a broker the batches come from the file.
"""

import argparse
import gc
import json
import math
import time
from collections import defaultdict, deque
from datetime import datetime

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest, RandomForestClassifier

BATCH = 1_000
TREES = 100
DAY_S = 86_400
EARTH_KM = 6_371


def from_file(path):
    """Batches of lines, as a consumer gives them."""
    batch = []
    with open(path, "rb") as file:
        for line in file:
            batch.append(line)
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch


def from_broker(brokers, topic):
    """Batches of a topic, until nothing comes for some seconds."""
    from confluent_kafka import Consumer

    consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"peer-{time.time()}", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    while messages := consumer.consume(BATCH, timeout=5):
        yield [message.value() for message in messages if message.error() is None]
    consumer.close()


class Window:
    """Counts events of the last so many seconds."""

    def __init__(self, seconds):
        self.seconds, self.times = seconds, deque()

    def count(self, now):
        while self.times and self.times[0] < now - self.seconds:
            self.times.popleft()
        return len(self.times)

    def add(self, now):
        self.times.append(now)


class Usual:
    """How often each of some things was met."""

    def __init__(self):
        self.counts, self.total = defaultdict(int), 0

    def share(self, what):
        return self.counts.get(what, 0) / self.total if self.total else math.nan

    def is_new(self, what):
        return float(what not in self.counts)

    def add(self, what):
        self.counts[what] += 1
        self.total += 1


class User:
    def __init__(self):
        self.countries, self.cities, self.networks = Usual(), Usual(), Usual()
        self.devices, self.agents, self.addresses, self.hours = Usual(), Usual(), Usual(), Usual()
        self.failures_hour, self.failures_day = Window(3_600), Window(DAY_S)
        self.attempts_hour = Window(3_600)
        self.failures_in_a_row, self.successes = 0, 0
        self.first = self.last = self.last_success = self.place = None
        self.bytes_mean, self.bytes_spread = 0.0, 1.0


class Source:
    """An address or a device."""

    def __init__(self):
        self.attempts, self.failures = Window(3_600), Window(3_600)
        self.users, self.successes, self.first = {}, 0, None


def distance_km(one, other):
    (lat1, lon1), (lat2, lon2) = one, other
    lat1, lon1, lat2, lon2 = map(math.radians, (lat1, lon1, lat2, lon2))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(half, 1.0)))


def log_since(now, then):
    return math.nan if then is None else math.log1p(max(now - then, 0.0))


class Profiles:
    def __init__(self):
        self.users, self.addresses, self.devices = defaultdict(User), defaultdict(Source), defaultdict(Source)
        self.countries, self.networks, self.agents = Usual(), Usual(), Usual()

    def features(self, login, now):
        """What a login looks like against what was before it."""
        user = self.users[login["user_id"]]
        address, device = self.addresses[login.get("ip_address")], self.devices[login.get("device_id")]
        country, city, network = login.get("geo_location"), login.get("city"), login.get("asn")
        agent, device_id = login.get("user_agent"), login.get("device_id")
        hour = int(now // 3_600 % 24)
        km = speed = math.nan
        if user.place is not None and login.get("latitude") is not None:
            km = distance_km(user.place, (login["latitude"], login["longitude"]))
            speed = km / max((now - user.last_success) / 3_600, 1 / 60)
        volume = math.log1p((login.get("bytes_in") or 0) + (login.get("bytes_out") or 0))
        return (
            math.sin(hour * math.pi / 12), math.cos(hour * math.pi / 12), user.hours.share(hour),
            log_since(now, user.last), log_since(now, user.last_success), log_since(now, user.first), math.log1p(user.successes),
            math.log1p(km) if km == km else math.nan, math.log1p(speed) if speed == speed else math.nan,
            user.countries.is_new(country), user.countries.share(country), user.cities.is_new(city), user.cities.share(city),
            user.networks.is_new(network), user.networks.share(network), user.addresses.is_new(login.get("ip_address")),
            user.devices.is_new(device_id), user.devices.share(device_id), user.agents.is_new(agent), user.agents.share(agent),
            self.countries.share(country), self.networks.share(network), self.agents.share(agent),
            user.failures_hour.count(now), user.failures_day.count(now), user.failures_in_a_row, user.attempts_hour.count(now),
            address.attempts.count(now), address.failures.count(now), len(address.users), math.log1p(address.successes),
            log_since(now, address.first), device.attempts.count(now), device.failures.count(now), len(device.users),
            log_since(now, device.first), abs(volume - user.bytes_mean) / user.bytes_spread, float(login["success"]),
            float(login.get("event_type") == "password_reset"), float(login.get("auth_method") == "mfa"),
        )

    def apply(self, login, now):
        name = login["user_id"]
        user = self.users[name]
        user.first = now if user.first is None else user.first
        user.last = now
        user.attempts_hour.add(now)
        for source in (self.addresses[login.get("ip_address")], self.devices[login.get("device_id")]):
            source.first = now if source.first is None else source.first
            source.attempts.add(now)
            source.users[name] = now
            if login["success"]:
                source.successes += 1
            else:
                source.failures.add(now)
        if not login["success"]:
            user.failures_hour.add(now)
            user.failures_day.add(now)
            user.failures_in_a_row += 1
            return
        user.successes, user.failures_in_a_row, user.last_success = user.successes + 1, 0, now
        if login.get("latitude") is not None:
            user.place = (login["latitude"], login["longitude"])
        for usual, everyone, field in (
            (user.countries, self.countries, "geo_location"), (user.networks, self.networks, "asn"),
            (user.agents, self.agents, "user_agent"), (user.cities, None, "city"), (user.devices, None, "device_id"),
            (user.addresses, None, "ip_address"),
        ):
            usual.add(login.get(field))
            if everyone is not None:
                everyone.add(login.get(field))
        user.hours.add(int(now // 3_600 % 24))
        volume = math.log1p((login.get("bytes_in") or 0) + (login.get("bytes_out") or 0))
        off = volume - user.bytes_mean
        user.bytes_mean += 0.1 * off
        user.bytes_spread = max(0.9 * user.bytes_spread + 0.1 * abs(off), 0.1)


def main():
    # Nothing here is cyclic: the collector would only walk the profiles again and again.
    gc.disable()
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--brokers")
    parser.add_argument("--topic", default="logins")
    arguments = parser.parse_args()
    batches = from_broker(arguments.brokers, arguments.topic) if arguments.brokers else from_file(arguments.file)
    profiles, rows, labels = Profiles(), [], []
    spent = {"json.loads": 0.0, "features": 0.0, "forests": 0.0}
    with open(arguments.file, "rb") as file:
        total = sum(1 for _ in file)
    forests, measured = None, 0
    for batch in batches:
        start = time.process_time()
        logins = [json.loads(line) for line in batch]
        parsed = time.process_time()
        found = []
        for login in logins:
            now = datetime.fromisoformat(login["timestamp"]).timestamp()
            found.append(profiles.features(login, now))
            profiles.apply(login, now)
        matrix = np.array(found, dtype=np.float32)
        counted = time.process_time()
        if forests is None:
            rows.append(matrix)
            labels += [login.get("label") or 0 for login in logins]
            if len(labels) < total / 2:
                continue
            known = np.concatenate(rows)
            forests = (
                RandomForestClassifier(TREES, max_depth=14, random_state=1, class_weight="balanced", n_jobs=1).fit(known, labels),
                IsolationForest(n_estimators=TREES, random_state=1, n_jobs=1).fit(np.nan_to_num(known)),
            )
            continue
        forests[0].predict_proba(matrix)
        forests[1].score_samples(np.nan_to_num(matrix))
        end = time.process_time()
        measured += len(batch)
        spent["json.loads"] += parsed - start
        spent["features"] += counted - parsed
        spent["forests"] += end - counted
    ns = {name: seconds / measured * 1e9 for name, seconds in spent.items()}
    name = f"Python, scikit-learn {sklearn.__version__}"
    print(json.dumps({"rows": [
        {"name": name, "ns": sum(ns.values()), "what": f"{len(found[0])} features, {TREES} and {TREES} trees, batches of {BATCH}; no explanations, nothing kept"},
        {"name": f"{name}: parsing", "ns": ns["json.loads"], "what": "json.loads"},
        {"name": f"{name}: features", "ns": ns["features"], "what": "counters in dictionaries"},
        {"name": f"{name}: forests", "ns": ns["forests"], "what": "random forest and isolation forest"},
    ]}))


if __name__ == "__main__":
    main()
