#!/usr/bin/env python3
"""Logins at a global software company.  usage: software.py SEED [OUTDIR]"""

import sys, json, math, random, zlib, hashlib, bisect
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo
from collections import defaultdict, Counter

SEED = int(sys.argv[1])
OUT = sys.argv[2] if len(sys.argv) > 2 else "."
R = random.Random(7919 * SEED + 17)
N_USERS, DAYS, SPLIT = 3000, 60, 40
START = datetime(2026, 3, 2, tzinfo=timezone.utc) + timedelta(weeks=11 * (SEED - 1))  # a Monday
N_TRAIN_C, N_TEST_C = 250, 146
DAY = 86400.0

CITIES = {}
for row in """San Francisco|US|37.77|-122.42|America/Los_Angeles
Seattle|US|47.61|-122.33|America/Los_Angeles
Los Angeles|US|34.05|-118.24|America/Los_Angeles
Denver|US|39.74|-104.99|America/Denver
Austin|US|30.27|-97.74|America/Chicago
Chicago|US|41.88|-87.63|America/Chicago
New York|US|40.71|-74.01|America/New_York
Boston|US|42.36|-71.06|America/New_York
Miami|US|25.76|-80.19|America/New_York
Ashburn|US|39.04|-77.49|America/New_York
Toronto|CA|43.65|-79.38|America/Toronto
Montreal|CA|45.50|-73.57|America/Toronto
Mexico City|MX|19.43|-99.13|America/Mexico_City
Guadalajara|MX|20.67|-103.35|America/Mexico_City
Sao Paulo|BR|-23.55|-46.63|America/Sao_Paulo
Rio de Janeiro|BR|-22.91|-43.17|America/Sao_Paulo
Curitiba|BR|-25.43|-49.27|America/Sao_Paulo
Buenos Aires|AR|-34.60|-58.38|America/Argentina/Buenos_Aires
London|GB|51.51|-0.13|Europe/London
Manchester|GB|53.48|-2.24|Europe/London
Dublin|IE|53.35|-6.26|Europe/Dublin
Cork|IE|51.90|-8.47|Europe/Dublin
Berlin|DE|52.52|13.40|Europe/Berlin
Munich|DE|48.14|11.58|Europe/Berlin
Frankfurt am Main|DE|50.11|8.68|Europe/Berlin
Paris|FR|48.86|2.35|Europe/Paris
Lyon|FR|45.76|4.84|Europe/Paris
Madrid|ES|40.42|-3.70|Europe/Madrid
Barcelona|ES|41.39|2.17|Europe/Madrid
Lisbon|PT|38.72|-9.14|Europe/Lisbon
Milan|IT|45.46|9.19|Europe/Rome
Amsterdam|NL|52.37|4.90|Europe/Amsterdam
Rotterdam|NL|51.92|4.48|Europe/Amsterdam
Stockholm|SE|59.33|18.07|Europe/Stockholm
Krakow|PL|50.06|19.94|Europe/Warsaw
Warsaw|PL|52.23|21.01|Europe/Warsaw
Bucharest|RO|44.43|26.10|Europe/Bucharest
Cluj-Napoca|RO|46.77|23.60|Europe/Bucharest
Kyiv|UA|50.45|30.52|Europe/Kiev
Lviv|UA|49.84|24.03|Europe/Kiev
Moscow|RU|55.76|37.62|Europe/Moscow
Saint Petersburg|RU|59.93|30.34|Europe/Moscow
Istanbul|TR|41.01|28.98|Europe/Istanbul
Tel Aviv|IL|32.09|34.78|Asia/Jerusalem
Dubai|AE|25.20|55.27|Asia/Dubai
Lagos|NG|6.52|3.38|Africa/Lagos
Abuja|NG|9.06|7.50|Africa/Lagos
Nairobi|KE|-1.29|36.82|Africa/Nairobi
Johannesburg|ZA|-26.20|28.05|Africa/Johannesburg
Cairo|EG|30.04|31.24|Africa/Cairo
Bengaluru|IN|12.97|77.59|Asia/Kolkata
Hyderabad|IN|17.39|78.49|Asia/Kolkata
Mumbai|IN|19.08|72.88|Asia/Kolkata
Karachi|PK|24.86|67.01|Asia/Karachi
Singapore|SG|1.35|103.82|Asia/Singapore
Ho Chi Minh City|VN|10.82|106.63|Asia/Ho_Chi_Minh
Hanoi|VN|21.03|105.85|Asia/Ho_Chi_Minh
Jakarta|ID|-6.21|106.85|Asia/Jakarta
Manila|PH|14.60|120.98|Asia/Manila
Shenzhen|CN|22.54|114.06|Asia/Shanghai
Shanghai|CN|31.23|121.47|Asia/Shanghai
Tokyo|JP|35.68|139.69|Asia/Tokyo
Osaka|JP|34.69|135.50|Asia/Tokyo
Seoul|KR|37.57|126.98|Asia/Seoul
Sydney|AU|-33.87|151.21|Australia/Sydney
Melbourne|AU|-37.81|144.96|Australia/Melbourne""".split("\n"):
    n, cc, la, lo, tz = row.split("|")
    CITIES[n] = (cc, float(la), float(lo), tz)
BYCC = defaultdict(list)
for n, c in CITIES.items():
    BYCC[c[0]].append(n)
RES = dict(
    US=[7922, 7018, 701, 20115, 22773],
    CA=[577, 812, 852, 6327],
    MX=[8151, 13999],
    BR=[28573, 26599, 18881, 8167],
    AR=[7303, 22927],
    GB=[2856, 5089, 5607, 13285],
    IE=[5466, 6830, 15502],
    DE=[3320, 3209, 6805, 8881],
    FR=[3215, 12322, 15557, 5410],
    ES=[3352, 12479, 12430],
    PT=[3243, 2860, 12353],
    IT=[3269, 30722, 12874, 1267],
    NL=[1136, 33915, 50266],
    SE=[3301, 1257, 8473],
    PL=[5617, 12741, 29314],
    RO=[8708, 9050, 12302],
    UA=[15895, 13188, 6849],
    RU=[12389, 8402, 42610, 8359],
    TR=[9121, 34984, 15897],
    IL=[8551, 12849, 1680],
    AE=[5384, 15802],
    NG=[37340, 37148, 36873],
    KE=[33771, 15399],
    ZA=[3741, 5713, 37457],
    EG=[8452, 24863, 36992],
    IN=[24560, 9829, 17488, 24309],
    PK=[17557, 9541],
    SG=[9506, 4657, 55430],
    VN=[45899, 7552, 18403],
    ID=[7713, 23700, 17451],
    PH=[9299, 4775, 17639],
    CN=[4134, 4837, 9808],
    JP=[2516, 4713, 17676],
    KR=[4766, 9318, 3786],
    AU=[1221, 7545, 4804],
)
MOB = dict(
    US=[21928, 6167, 20057],
    CA=[36522, 812],
    MX=[28403, 22884],
    BR=[26615, 26599],
    AR=[19037, 22927],
    GB=[12576, 25135, 206067],
    IE=[13280, 15502],
    DE=[3320, 6805, 3209],
    FR=[51207, 3215, 15557],
    ES=[3352, 12430],
    PT=[12353, 42863],
    IT=[16232, 30722],
    NL=[31615, 1136],
    SE=[44034, 3301],
    PL=[12912, 39603, 8374],
    RO=[12302, 8953],
    UA=[15895, 21497],
    RU=[31133, 3216, 8359],
    TR=[16135, 15897],
    IL=[1680, 12400],
    AE=[15802, 8966],
    NG=[29465, 36873],
    KE=[33771, 36926],
    ZA=[29975, 16637],
    EG=[36992, 24835],
    IN=[45609, 55836],
    PK=[45669, 24499],
    SG=[4773, 45143],
    VN=[7552, 131429],
    ID=[23693, 4761],
    PH=[132199, 10139],
    CN=[9808, 17621],
    JP=[9605, 17676],
    KR=[17858, 9644],
    AU=[1221, 133612],
)
BIZ = dict(
    US=[174, 6461, 3356],
    CA=[577, 6461],
    BR=[10429, 4230],
    GB=[174, 5413],
    IE=[2110, 174],
    DE=[702, 3320],
    RO=[8708, 6663],
    IN=[9498, 9583],
    SG=[3758, 4657],
    JP=[2497, 4713],
)
HOST = (
    [
        (9009, c)
        for c in (
            "London",
            "New York",
            "Bucharest",
            "Paris",
            "Amsterdam",
            "Singapore",
            "Milan",
            "Frankfurt am Main",
        )
    ]
    + [
        (16509, c)
        for c in ("Ashburn", "Dublin", "Frankfurt am Main", "Singapore", "Sao Paulo", "Mumbai", "Tokyo")
    ]
    + [
        (14061, c)
        for c in ("New York", "Amsterdam", "Frankfurt am Main", "Bengaluru", "Singapore", "London", "Toronto")
    ]
    + [
        (16276, "Paris"),
        (16276, "Montreal"),
        (24940, "Berlin"),
        (63949, "Frankfurt am Main"),
        (63949, "Los Angeles"),
        (20473, "Miami"),
        (20473, "Chicago"),
        (20473, "Sydney"),
        (51167, "Munich"),
        (8100, "Los Angeles"),
        (45102, "Singapore"),
        (37963, "Shanghai"),
        (49505, "Saint Petersburg"),
        (202425, "Amsterdam"),
    ]
)
PVPN = (
    [
        (212238, c)
        for c in ("London", "New York", "Madrid", "Tokyo", "Warsaw", "Chicago", "Paris", "Singapore")
    ]
    + [(60068, c) for c in ("London", "Frankfurt am Main", "Miami", "Stockholm")]
    + [(136787, c) for c in ("Los Angeles", "Sydney", "Amsterdam", "Toronto", "Berlin")]
    + [
        (9009, c)
        for c in (
            "London",
            "New York",
            "Bucharest",
            "Paris",
            "Amsterdam",
            "Milan",
            "Stockholm",
            "Toronto",
            "Dublin",
            "Sao Paulo",
        )
    ]
    + [(39351, "Stockholm"), (62041, "Amsterdam"), (35913, "Seattle"), (46562, "Denver")]
)
TOR = [
    (60729, "Berlin"),
    (53667, "Miami"),
    (208323, "Stockholm"),
    (210558, "Bucharest"),
    (24940, "Frankfurt am Main"),
    (16276, "Paris"),
    (197540, "Munich"),
    (62744, "Amsterdam"),
]
RELAY = [36183, 13335, 54113]
OFFICES = [
    "San Francisco",
    "New York",
    "Austin",
    "Toronto",
    "London",
    "Dublin",
    "Berlin",
    "Bucharest",
    "Bengaluru",
    "Singapore",
    "Tokyo",
    "Sao Paulo",
]
OFF_W = [14, 12, 8, 7, 11, 7, 9, 7, 14, 5, 4, 6]
REMOTE_W = {c: 2.0 for c in CITIES}
for c in (
    "Lagos",
    "Kyiv",
    "Ho Chi Minh City",
    "Krakow",
    "Warsaw",
    "Istanbul",
    "Hyderabad",
    "Denver",
    "Seattle",
    "Cluj-Napoca",
    "Buenos Aires",
):
    REMOTE_W[c] = 5
for c in ("Ashburn", "Shenzhen", "Abuja", "Saint Petersburg", "Karachi"):
    REMOTE_W[c] = 0.8


# ---------------------------------------------------------------- addresses
class Net:
    def __init__(s):
        s.used16 = set()
        s.asn = {}
        s.blocks = {}
        s.pools = {}

    def _new16(s):
        while True:
            a, b = R.randint(2, 222), R.randint(0, 255)
            if a in (10, 127, 100, 169, 172, 192, 198, 203) or (a, b) in s.used16:
                continue
            s.used16.add((a, b))
            return a, b

    def block(s, asn, city):
        k = (asn, city)
        if k not in s.blocks:
            L = []
            for _ in range(R.choice([1, 2, 2, 3])):
                free = s.asn.setdefault(asn, [])
                if len(free) < 6:
                    a, b = s._new16()
                    free += [(a, b, x * 32) for x in range(8)]
                L.append(free.pop(R.randrange(len(free))))
            s.blocks[k] = L
        return s.blocks[k]

    def mk(s, ip, city, asn):
        cc, la, lo, _ = CITIES[city]
        key = ip.rsplit(".", 1)[0] if "." in ip else ":".join(ip.split(":")[:3])
        h = zlib.crc32(key.encode())
        j = 0.02 + 0.16 * ((h >> 24) / 255) ** 2
        return (
            ip,
            cc,
            city,
            round(la + j * ((h & 4095) / 2048 - 1), 4),
            round(lo + j * (((h >> 12) & 4095) / 2048 - 1), 4),
            asn,
        )

    def v4(s, asn, city):
        a, b, c = R.choice(s.block(asn, city))
        return s.mk(f"{a}.{b}.{c + R.randint(0, 31)}.{R.randint(1, 254)}", city, asn)

    def v6(s, asn, city, pre=None):
        base = 0x2400 + zlib.crc32(f"{asn}".encode()) % 0x600
        sub = zlib.crc32(f"{asn}/{city}".encode()) & 0xFFFF
        pre = pre or f"{R.randint(0, 15):x}{R.randint(0, 255):02x}"
        return s.mk(
            f"{base:x}:{sub:x}:{pre}:{R.randint(1, 65535):x}:{R.randint(1, 65535):x}:{R.randint(1, 65535):x}:{R.randint(1, 65535):x}:{R.randint(1, 65535):x}",
            city,
            asn,
        )

    def pool(s, asn, city, n):
        k = (asn, city, n)
        if k not in s.pools:
            s.pools[k] = [s.v4(asn, city) for _ in range(n)]
        return R.choice(s.pools[k])


NET = Net()
V6MOB = {21928, 55836, 12576, 3320, 22773}


def mobile(asn, city):
    return NET.v6(asn, city) if asn in V6MOB and R.random() < 0.6 else NET.pool(asn, city, 40)


OFFICE_NAT = {}
for c in OFFICES:
    a = R.choice(BIZ[CITIES[c][0]])
    OFFICE_NAT[c] = [NET.v4(a, c) for _ in range(R.choice([1, 2, 2, 3]))]
    if R.random() < 0.4:
        OFFICE_NAT[c].append(NET.v4(R.choice(BIZ[CITIES[c][0]]), c))
VPN_EXITS = [
    (a, c, [NET.v4(a, c) for _ in range(R.choice([1, 2, 3]))], d)
    for a, c, d in [
        (9009, "London", 0),
        (9009, "New York", 0),
        (16509, "Ashburn", 0),
        (16509, "Singapore", 0),
        (14061, "Frankfurt am Main", 0),
        (14061, "Bengaluru", 0),
        (16509, "Sao Paulo", R.randint(18, 50)),
    ]
]


def km(a, b):
    la, lo, la2, lo2 = map(math.radians, (a[0], a[1], b[0], b[1]))
    h = math.sin((la2 - la) / 2) ** 2 + math.cos(la) * math.cos(la2) * math.sin((lo2 - lo) / 2) ** 2
    return 12742 * math.asin(min(1, math.sqrt(h)))


def ckm(a, b):
    return km(CITIES[a][1:3], CITIES[b][1:3])


_off = {}


def off(city, d):
    k = (CITIES[city][3], int(d))
    if k not in _off:
        _off[k] = (
            (START + timedelta(days=int(d), hours=12)).astimezone(ZoneInfo(k[0])).utcoffset().total_seconds()
        )
    return _off[k]


def utc(city, d, h):
    return d * DAY + h * 3600 - off(city, d)  # local hour h of day d -> seconds since START


def wchoice(d):
    return R.choices(list(d), list(d.values()))[0]


def pois(l):
    if l <= 0:
        return 0
    L, k, p = math.exp(-l), 0, R.random()
    while p > L:
        k += 1
        p *= R.random()
    return k


def hexid(n=16):
    return f"{R.getrandbits(4 * n):0{n}x}"


# ---------------------------------------------------------------- user agents
CH0 = 144 + 3 * (SEED - 1)


def chrome_v(t, lag):
    return CH0 + int((t / DAY + 20 - lag) // 28)


IOSV = ["18_5", "18_6", "18_6_2", "26_1", "26_2", "26_3", "26_3_1", "26_4"]


def ua(kind, t, lag):
    v = chrome_v(t, lag)
    W = "Windows NT 10.0; Win64; x64"
    M = "Macintosh; Intel Mac OS X 10_15_7"
    K = "AppleWebKit/537.36 (KHTML, like Gecko)"
    if kind == "cw":
        return f"Mozilla/5.0 ({W}) {K} Chrome/{v}.0.0.0 Safari/537.36"
    if kind == "cm":
        return f"Mozilla/5.0 ({M}) {K} Chrome/{v}.0.0.0 Safari/537.36"
    if kind == "cl":
        return f"Mozilla/5.0 (X11; Linux x86_64) {K} Chrome/{v}.0.0.0 Safari/537.36"
    if kind == "ew":
        return f"Mozilla/5.0 ({W}) {K} Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0"
    if kind == "em":
        return f"Mozilla/5.0 ({M}) {K} Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0"
    f = v + 3
    if kind == "fw":
        return f"Mozilla/5.0 ({W}; rv:{f}.0) Gecko/20100101 Firefox/{f}.0"
    if kind == "fm":
        return f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:{f}.0) Gecko/20100101 Firefox/{f}.0"
    if kind == "fl":
        return f"Mozilla/5.0 (X11; Linux x86_64; rv:{f}.0) Gecko/20100101 Firefox/{f}.0"
    i = max(0, min(7, 5 + int((t / DAY + 12 - lag) // 35)))
    iv = IOSV[i]
    sv = ".".join(iv.split("_")[:2])
    if kind == "sm":
        return f"Mozilla/5.0 ({M}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{sv} Safari/605.1.15"
    if kind == "ip":
        return f"Mozilla/5.0 (iPhone; CPU iPhone OS {iv} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{sv} Mobile/15E148 Safari/604.1"
    if kind == "pad":
        return f"Mozilla/5.0 (iPad; CPU OS {iv} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{sv} Mobile/15E148 Safari/604.1"
    if kind == "an":
        return f"Mozilla/5.0 (Linux; Android 10; K) {K} Chrome/{v}.0.0.0 Mobile Safari/537.36"
    if kind == "sam":
        return f"Mozilla/5.0 (Linux; Android 10; K) {K} SamsungBrowser/{27 + int((t / DAY - lag + 40) // 60)}.0 Chrome/{v - 8}.0.0.0 Mobile Safari/537.36"
    return kind


LAPTOP = dict(cw=34, cm=22, ew=14, sm=9, fw=6, fm=5, cl=4, fl=4, em=2)
PHONE = dict(ip=52, an=38, sam=10)
TOOLS = [
    "python-requests/2.31.0",
    "python-requests/2.32.3",
    "Go-http-client/1.1",
    "okhttp/4.12.0",
    "axios/1.7.2",
    "curl/8.5.0",
    "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
]
ATOOLS = TOOLS + [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
    "BAV2ROPC",
    "python-httpx/0.27.0",
    "Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:47.0) Gecko/20100101 Firefox/47.0",
    "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.130 Safari/537.36",
]


def lag_():
    return min(70, R.expovariate(1 / 5.0)) if R.random() < 0.92 else R.uniform(20, 120)


class Dev:
    __slots__ = ("id", "kind", "lag", "form", "d0", "d1", "private")

    def __init__(s, form, kind, d0=-999, d1=999):
        s.id, s.kind, s.form, s.lag, s.d0, s.d1, s.private = hexid(), kind, form, lag_(), d0, d1, False

    def ua(s, t):
        return ua(s.kind, t, s.lag)


# ---------------------------------------------------------------- people
FIRST = "anna ben carla david elena felix grace hugo ines jack karin liam maria noah olga pedro quinn rosa sam tara uma victor wei xin yara zoe amir bela chen deepa emeka fatima gita haruto igor jiho kofi lena minh nadia omar priya ravi sanjay tomas uche vera wanjiru yusuf arjun bianca chloe dmitri ewa flavia george hana ivan julia kenji laura marco neha oleksandr paula radu sofia thiago vlad yuki zane".split()
LAST = "smith garcia mueller rossi kim nguyen patel singh okafor silva santos costa novak kowalski ivanov petrov popescu ionescu tanaka sato suzuki wong chen li zhang khan ahmed hassan cohen levi murphy kelly walsh brown jones taylor wilson martin bernard dubois moreau lopez perez gomez reyes cruz tan lim ng yilmaz kaya demir shevchenko bondar melnyk adeyemi eze mwangi otieno naidoo botha rao iyer gupta sharma reddy das schmidt weber fischer wagner becker jansen visser larsson nilsson marin dumitru oliveira souza lima ferreira".split()
NAMES = set()


def new_name():
    while True:
        n = f"{R.choice(FIRST)}.{R.choice(LAST)}"
        if R.random() < 0.25 or n in NAMES:
            n += str(R.randint(2, 89))
        if n not in NAMES:
            NAMES.add(n)
            return n


class U:
    pass


users, services = [], []
EXPIRY = [R.randint(7, 11), R.randint(21, 25), R.randint(42, 45), R.randint(51, 54)]
EXPIRY = [d + 1 if d % 7 == 6 else d + 2 if d % 7 == 5 else d for d in EXPIRY]
NS = 26
for i in range(N_USERS - NS):
    u = U()
    u.id = new_name()
    x = R.random()
    u.type = "office" if x < 0.48 else "hybrid" if x < 0.74 else "remote"
    if u.type == "remote":
        u.office = None
        u.home = wchoice(REMOTE_W)
    else:
        u.office = R.choices(OFFICES, OFF_W)[0]
        u.home = u.office
        if R.random() < 0.06:
            u.home = R.choice(BYCC[CITIES[u.office][0]])
    cc = CITIES[u.home][0]
    u.cc = cc
    u.p_office = dict(office=R.uniform(0.6, 0.95), hybrid=R.uniform(0.2, 0.6), remote=0)[u.type]
    u.hire = -999 if R.random() < 0.87 else R.randint(0, 58)
    u.leave = R.randint(5, 59) if R.random() < 0.04 else 999
    u.rate = min(5, R.lognormvariate(-0.25, 0.55))
    u.present = R.uniform(0.75, 0.98)
    u.start = R.gauss(8.9, 0.9)
    u.len = R.gauss(8.7, 0.8)
    u.eve = R.choice([0, 0.03, 0.05, 0.1, 0.25])
    u.weekend = R.choice([0.01, 0.02, 0.05, 0.1, 0.3])
    if R.random() < 0.04:
        u.start = R.uniform(11, 23)  # other shifts, people who work on another continent's clock
    u.isp = R.choice(RES[cc])
    u.geo = u.home
    if R.random() < 0.05:
        u.geo = R.choice(BYCC[cc])  # ISP geolocates to another city
    u.v6 = R.random() < 0.12
    u.v6p = f"{R.randint(0, 4095):x}"
    u.lease = 1.0 if u.isp in (3320, 8881) and R.random() < 0.5 else R.choice([4, 10, 30, 60, 200])
    u.ip = None
    u.ip_until = -1
    u.isp_change = R.randint(0, 59) if R.random() < 0.05 else 999
    u.mate = None
    u.carrier = R.choice(MOB[cc])
    u.mgw = [R.choice([u.home, u.home, R.choice(BYCC[cc])]) for _ in range(R.choice([1, 2, 2, 3]))]
    u.p_vpn = 0 if R.random() < 0.5 else R.choice([0.05, 0.15, 0.4, 0.8])
    near = sorted(VPN_EXITS, key=lambda e: ckm(e[1], u.home))
    u.exits = near[:2]
    u.relay = R.uniform(0.2, 0.9) if R.random() < 0.045 else 0
    u.pvpn = R.uniform(0.03, 0.5) if R.random() < 0.02 else 0
    u.tor = R.random() < 0.001
    u.pv_fav = R.sample(PVPN, 3)
    u.phone_share = R.choice([0, 0.1, 0.2, 0.3, 0.45])
    u.cafe = R.choice([0, 0.01, 0.03, 0.08])
    u.cafes = [NET.v4(R.choice(RES[cc]), u.home) for _ in range(3)]
    u.typo = R.choice([0.01, 0.03, 0.05, 0.1])
    u.mfa = R.choice([0.05, 0.1, 0.2, 0.5])
    u.mfam = R.choice(["push", "push", "push", "totp", "webauthn", "sms"])
    u.mfa_lag = R.choice([0.01, 0.02, 0.04, 0.1])
    u.auth = R.choice(["sso", "sso", "password"])
    u.devs = [Dev("laptop", wchoice(LAPTOP))]
    if R.random() < 0.75:
        u.devs.append(Dev("phone", wchoice(PHONE)))
    if R.random() < 0.12:
        u.devs.append(Dev("laptop2", wchoice(LAPTOP)))
    if R.random() < 0.04:
        u.devs.append(Dev("cli", R.choice(TOOLS + TOOLS + ATOOLS)))
    if R.random() < 0.02:
        u.devs.append(
            Dev("vdi", wchoice(dict(cl=3, fl=2, cw=2)), R.choice([-999, -999, R.randint(3, 55)]))
        )  # cloud desktop
    u.vdi = NET.v4(*R.choice(HOST))
    if R.random() < 0.003:
        u.devs[0].kind = R.choice(ATOOLS[-2:])
    if R.random() < 0.05:
        u.devs.append(Dev("tablet", "pad"))
    for v in u.devs:
        if R.random() < 0.012:
            v.private = True
    for v in list(u.devs):
        if v.form == "phone" and R.random() < 0.2:
            d = R.randint(0, 59)
            v.d1 = d + R.choice([0, 0, 1, 4])
            u.devs.append(Dev("phone", v.kind if R.random() < 0.8 else wchoice(PHONE), d))
        if v.form == "laptop" and R.random() < 0.05:
            d = R.randint(0, 59)
            v.d1 = d + R.choice([0, 1, 7])
            u.devs.append(Dev("laptop", v.kind if R.random() < 0.6 else wchoice(LAPTOP), d))
    u.clear = sorted(R.randint(0, 59) for _ in range(pois(0.16 if R.random() < 0.9 else 2.0)))
    u.mu = R.gauss(13.6, 0.9)
    u.sd = R.uniform(0.45, 1.1)
    u.mui = u.mu - R.gauss(1.6, 0.5)
    u.big = R.randint(0, 29) if R.random() < 0.35 else None
    u.oncall = set()
    if R.random() < 0.09:
        w = R.randint(0, 3)
        u.oncall = {d for d in range(60) if (d // 7) % 4 == w}
    u.trips = []
    d = 0
    heavy = R.random() < 0.12
    while True:
        d += 1 + int(R.expovariate(1 / (22 if heavy else 150)))
        if d >= 58:
            break
        L = R.choice([2, 3, 3, 4, 5, 8, 12])
        x = R.random()
        kind = "biz" if x < 0.6 else "hol"
        dest = (
            R.choice(OFFICES)
            if kind == "biz" and R.random() < 0.6
            else R.choice(BYCC[cc]) if R.random() < 0.3 else wchoice(REMOTE_W)
        )
        if dest != u.home:
            u.trips.append(
                (
                    d,
                    d + L,
                    dest,
                    kind,
                    R.random() < 0.6,
                    NET.v4(R.choice(RES[CITIES[dest][0]]), dest),
                    Dev("laptop", wchoice(LAPTOP)) if R.random() < 0.09 else None,
                )
            )
        d += L + 2
    u.sparse = R.random() < 0.04
    u.idle = []
    u.exp = R.choice(EXPIRY) if R.random() < 0.55 else None
    u.forgot = R.randint(0, 59) if R.random() < 0.1 else None
    u.cleared = 0
    u.kd = set()
    u.dormant = False
    users.append(u)
perm = [u for u in users if u.hire < 0]
R.shuffle(perm)
DORM = perm[:110]
for k, u in enumerate(DORM):
    u.dormant = True
    u.leave = 999
    a = R.choice([R.randint(1, 6), R.randint(2, 18)])
    u.present = max(u.present, 0.9)
    if k < 70:
        u.idle = [(a, 999)]
    else:  # comes back: parental leave, contractors, from what may be a new phone or home
        b = a + R.randint(28, 46)
        u.idle = [(a, b)]
        if R.random() < 0.4:
            u.isp_change = a + 5
        if R.random() < 0.4:
            for v in u.devs:
                if v.form == "laptop":
                    v.d1 = a + 2
            u.devs.append(Dev("laptop", wchoice(LAPTOP), a + 2))
for _ in range(45):
    a, b = R.sample(users, 2)
    b.home, b.cc, b.geo, b.office, b.type, b.p_office = a.home, a.cc, a.geo, a.office, a.type, a.p_office
    b.mate = a
KIOSK = {c: [Dev("kiosk", R.choice(["cw", "ew"])) for _ in range(R.choice([0, 1, 2]))] for c in OFFICES}
for u in users:
    u.kiosk = R.random() < 0.06 and u.office and len(KIOSK[u.office]) > 0
CLOUD = [
    (16509, "Ashburn"),
    (16509, "Dublin"),
    (16509, "Frankfurt am Main"),
    (14061, "New York"),
    (16509, "Mumbai"),
]
for i in range(NS):
    s = U()
    s.id = (
        "svc-"
        + R.choice(["backup", "ci", "deploy", "sync", "report", "monitor", "etl", "ldap", "crm", "mail"])
        + f"-{i + 1:02d}"
    )
    s.type = "service"
    s.nets = (
        [NET.v4(*R.choice(CLOUD)) for _ in range(R.choice([1, 1, 2]))]
        if R.random() < 0.7
        else [R.choice(OFFICE_NAT[R.choice(OFFICES)])]
    )
    s.dev = hexid()
    s.ua = R.choice(TOOLS + ["Java/17.0.9", "aws-sdk-go-v2/1.24.0"])
    s.every = R.choice([0.5, 1, 1, 2, 3, 4]) * 3600
    s.mu = R.gauss(12, 2)
    s.sd = R.uniform(0.1, 0.6)
    s.move = R.randint(5, 58) if R.random() < 0.3 else 999
    s.rot = R.randint(3, 58) if R.random() < 0.4 else 999
    s.at = R.choice(["token", "token", "certificate", "password"])
    services.append(s)
# ---------------------------------------------------------------- events
EV = []  # [t, user, ok, net, dev, ua, type, auth, bin, bout, label, attack, campaign]
hist = defaultdict(list)  # user -> honest successful login indices


def emit(t, uid, ok, net, dev, agent, et, am, bi=None, bo=None, lab=0, att=None, camp=None):
    if 0 <= t < DAYS * DAY:
        EV.append((t, uid, ok, net, dev, agent, et, am, bi, bo, lab, att, camp))
        return True
    return False


def vol(u, form="laptop", mult=0.0, d=None, n=0):
    sh = -1.1 if form in ("phone", "tablet") else -2 if form == "cli" else 0
    o = u.mu + sh + R.gauss(0, u.sd) + mult
    i = u.mui + sh + R.gauss(0, u.sd * 0.8)
    if R.random() < 0.004:
        o += R.uniform(1, 5)
    if d is not None and u.big is not None and n == 0 and d % 30 == u.big:
        o += max(0.8, R.gauss(3, 0.9))
    return int(max(200, math.exp(min(i, 25)))), int(max(300, math.exp(min(o, 26))))


def small():
    return int(R.lognormvariate(7.6, 0.4)), int(R.lognormvariate(8.3, 0.4))


def home_net(u, d, t=0):
    if d >= u.isp_change:
        u.isp_change = 999
        u.isp = R.choice(RES[u.cc])
        u.ip_until = -1
        u.geo = u.home
        u.v6p = f"{R.randint(0, 4095):x}"
    h = u.mate or u
    if h is not u and R.random() < 0.9:
        return home_net(h, d)
    if u.v6 and R.random() < 0.7:
        return NET.v6(u.isp, u.geo, u.v6p)
    if d >= u.ip_until or u.ip is None:
        u.ip = NET.v4(u.isp, u.geo)
        u.ip_until = d + max(1, R.expovariate(1 / u.lease))
    return u.ip


def relay_net(u):
    c = u.home if R.random() < 0.6 else R.choice(BYCC[u.cc]) if R.random() < 0.85 else R.choice(list(CITIES))
    return NET.pool(R.choice(RELAY), c, 25)


def vpn_net(u, d):
    e = R.choices(u.exits, [5, 1])[0] if R.random() < 0.93 else R.choice(VPN_EXITS)
    if d < e[3]:
        e = VPN_EXITS[0]
    return R.choice(e[2])


def trip_at(u, d):
    for tr in u.trips:
        if tr[0] <= d < tr[1]:
            return tr


def pick_dev(u, d):
    live = [v for v in u.devs if v.d0 <= d < v.d1] or u.devs[:1]
    ph = [v for v in live if v.form in ("phone", "tablet")]
    ot = [v for v in live if v.form not in ("phone", "tablet")]
    if ph and (R.random() < u.phone_share or not ot):
        return R.choice(ph)
    return ot[0] if len(ot) == 1 or R.random() < 0.7 else R.choice(ot) if ot else live[0]


def dev_id(v):
    return hexid() if v.private else v.id


def pick_net(u, d, v, place, trip):
    if v.form == "vdi":
        return u.vdi
    if v.form in ("phone",):
        if R.random() < 0.5:
            if trip and not trip[4]:
                c = trip[2]
                return mobile(R.choice(MOB[CITIES[c][0]]), c)
            return mobile(u.carrier, R.choice(u.mgw))
    if u.tor and R.random() < 0.3:
        return NET.v4(*R.choice(TOR))
    if u.pvpn and R.random() < u.pvpn:
        return NET.pool(*(R.choice(u.pv_fav) if R.random() < 0.85 else R.choice(PVPN)), 12)
    if (
        v.form in ("phone", "tablet", "laptop")
        and v.kind in ("ip", "sm", "pad")
        and u.relay
        and R.random() < u.relay
    ):
        return relay_net(u)
    if place == "office":
        return R.choice(OFFICE_NAT[u.office])
    if place in OFFICE_NAT and trip and trip[3] == "biz" and R.random() < 0.6:
        return R.choice(OFFICE_NAT[place])
    if v.form != "phone" and R.random() < u.p_vpn:
        return vpn_net(u, d)
    if trip:
        return trip[5] if R.random() < 0.85 else NET.v4(R.choice(RES[CITIES[trip[2]][0]]), trip[2])
    if R.random() < u.cafe:
        return R.choice(u.cafes) if R.random() < 0.7 else NET.v4(R.choice(RES[u.cc]), u.home)
    return home_net(u, d)


def login(u, t, d, v, net, n=1, extra=0, noreset=False):
    did = dev_id(v)
    a = v.ua(t)
    x = R.random()
    tt = t
    am = (
        "token"
        if v.form == "cli"
        else "session" if x < 0.12 else u.auth if x < 0.9 else R.choice(["sso", "password"])
    )
    f = extra
    p = u.typo * (1.5 if d % 7 == 0 else 1)
    while am != "session" and R.random() < p and f < 12:
        f += 1
        p = 0.3
    fs = "password" if am in ("session",) else am
    for k in range(f):
        who = u.id
        if R.random() < 0.05:
            z = R.randrange(1, len(who) - 1)
            who = who[:z] + who[z + 1 :]
        emit(tt, who, False, net, did, a, "login", fs)
        tt += R.uniform(4, 60) if k < 4 else R.uniform(20, 300)
    if f >= 5 and not noreset and R.random() < 0.6:
        emit(tt + 60, u.id, True, net, did, a, "password_reset", R.choice(["email", "sms"]), *small())
        tt += R.uniform(90, 300)
    new = did not in u.kd
    u.kd.add(did)
    if am != "session" and R.random() < (0.75 if new else u.mfa):
        k = 0
        while R.random() < (u.mfa_lag if k == 0 else 0.45) and k < 9:
            emit(tt, u.id, False, net, did, a, "mfa_challenge", u.mfam)
            tt += R.uniform(10, 75)
            k += 1
        emit(tt, u.id, True, net, did, a, "mfa_challenge", u.mfam, *small())
        tt += R.uniform(2, 20)
        am = "mfa" if am != "token" else am
        if R.random() < 0.03:
            return
    bi, bo = vol(u, v.form, 0, d, n)
    if emit(tt, u.id, True, net, did, a, "login", am, bi, bo):
        hist[u.id].append(len(EV) - 1)


def gen_user(u):
    reset_done = False
    for d in range(DAYS):
        if d < u.hire or d >= u.leave or any(a <= d < b for a, b in u.idle):
            continue
        while u.clear and u.clear[0] <= d:
            u.clear.pop(0)
            vs = [v for v in u.devs if v.d0 <= d < v.d1]
            if vs:
                R.choice(vs).id = hexid()
        wd = d % 7
        trip = trip_at(u, d)
        pr = u.present if wd < 5 else u.weekend
        if u.sparse:
            pr *= 0.12
        if trip and trip[3] == "hol":
            pr *= 0.25
        night = d in u.oncall
        if d == u.hire:
            pr = 1.0
        times = []
        if R.random() < pr:
            city = trip[2] if trip else u.home
            n = 1 + pois(u.rate * RATE - 0.55 if u.rate * RATE > 0.6 else 0.05) if wd < 5 else 1
            for k in range(n):
                if R.random() < u.eve:
                    h = R.gauss(21.2, 1.2)
                elif k == 0 and wd < 5:
                    h = R.gauss(u.start, 0.55)
                elif wd >= 5:
                    h = R.uniform(9, 22)
                else:
                    h = u.start + R.random() * u.len
                times.append((utc(city, d, h), k, 0))
        if night:
            for _ in range(pois(0.9)):
                times.append((utc(u.home, d, R.uniform(21.5, 31)), 9, 1))
        if not times:
            continue
        times.sort()
        place = "office" if not trip and wd < 5 and R.random() < u.p_office else trip[2] if trip else "home"
        if trip and d == trip[0]:  # travel day: home in the morning, maybe one login in the air
            if R.random() < 0.5 or ckm(u.home, trip[2]) > 3000:
                h = utc(u.home, d, R.uniform(6.5, 10))
                v = pick_dev(u, d)
                login(u, h, d, v, home_net(u, d))
                if R.random() < 0.12:
                    login(
                        u,
                        h + R.uniform(3, 7) * 3600,
                        d,
                        v,
                        NET.pool(
                            R.choice([40306, 64294, 14593]),
                            R.choice(["Los Angeles", "Frankfurt am Main", "Ashburn"]),
                            6,
                        ),
                    )
                continue
            times = [(t + 6 * 3600 if t < utc(u.home, d, 13) else t, k, x) for t, k, x in times]
        if trip and d == trip[1] - 1:
            times = [x for x in times if x[0] < utc(trip[2], d, 14)]
        for j, (t, k, isnight) in enumerate(times):
            v = pick_dev(u, d)
            pl = "home" if isnight and not trip else place
            if pl == "office" and (t + off(u.home, d)) % DAY > 19.5 * 3600:
                pl = "home"
            net = pick_net(u, d, v, pl, trip)
            extra = 0
            if trip and trip[6] and v.form == "laptop":
                v = trip[6]
            if R.random() < 0.0004:
                v = Dev("laptop", wchoice(LAPTOP) if R.random() < 0.7 else wchoice(PHONE))
                net = NET.v4(R.choice(RES[CITIES[trip[2]][0] if trip else u.cc]), trip[2] if trip else u.home)
            elif R.random() < 0.0004:
                v = Dev("laptop", v.kind)
            if u.kiosk and pl == "office" and R.random() < 0.15:
                v = R.choice(KIOSK[u.office])
            if ((u.exp is not None and d >= u.exp and d < u.exp + 4) or d == u.forgot) and not reset_done:
                reset_done = True
                f = R.choice([0, 1, 2, 3, 4, 6])
                did = dev_id(v)
                a = v.ua(t)
                for _ in range(f):
                    emit(t, u.id, False, net, did, a, "login", u.auth)
                    t += R.uniform(5, 50)
                emit(
                    t + 20,
                    u.id,
                    True,
                    net,
                    did,
                    a,
                    "password_reset",
                    R.choice(["email", "sms", "sso"]),
                    *small(),
                )
                t += R.uniform(40, 400)
                u.kd.add(did)
                ph = [w for w in u.devs if w.form == "phone" and w.d0 <= d < w.d1]
                if ph and R.random() < 0.3:  # the phone keeps trying the old password
                    tt = t + 300
                    pn = pick_net(u, d, ph[0], pl, trip)
                    for _ in range(R.randint(3, 22)):
                        emit(tt, u.id, False, pn, ph[0].id, ph[0].ua(tt), "login", "password")
                        tt += R.choice([60, 300, 900]) * R.uniform(0.8, 1.2)
            login(u, t, d, v, net, 0 if j == 0 else 1)
            if R.random() < 0.035:  # network toggled: vpn on, wifi to mobile, phone beside the laptop
                t2 = t + R.uniform(1, 40) * 60
                if v.form == "phone":
                    n2 = (
                        mobile(u.carrier, R.choice(u.mgw))
                        if not trip or trip[4]
                        else mobile(R.choice(MOB[CITIES[trip[2]][0]]), trip[2])
                    )
                elif u.p_vpn or R.random() < 0.2:
                    n2 = vpn_net(u, d)
                else:
                    n2 = mobile(u.carrier, R.choice(u.mgw))
                login(u, t2, d, v, n2)


RATE = 1.66
for u in users:
    gen_user(u)
for s in services:
    t = R.uniform(0, s.every)
    while t < DAYS * DAY:
        d = t / DAY
        if d > s.move:
            s.move = 999
            s.nets = [NET.v4(*R.choice(CLOUD))]
            s.dev = hexid() if R.random() < 0.5 else s.dev
        if d > s.rot:
            s.rot = 999
            for _ in range(R.randint(4, 30)):
                emit(t, s.id, False, s.nets[0], s.dev, s.ua, "login", s.at)
                t += R.uniform(20, 120)
        if R.random() < 0.002:
            emit(t - 8, s.id, False, s.nets[0], s.dev, s.ua, "login", s.at)
        o = math.exp(s.mu + R.gauss(0, s.sd))
        emit(
            t,
            s.id,
            True,
            R.choice(s.nets),
            s.dev,
            s.ua,
            "login",
            s.at,
            int(o * R.uniform(0.2, 0.4)) + 200,
            int(o) + 300,
        )
        t += s.every * R.uniform(0.97, 1.03)
N_HONEST = len(EV)
# ---------------------------------------------------------------- attackers
ATTC = dict(
    RU=12,
    CN=8,
    NG=10,
    VN=7,
    BR=9,
    IN=9,
    RO=6,
    UA=6,
    US=14,
    NL=4,
    ID=5,
    TR=4,
    PK=3,
    GB=4,
    DE=3,
    ZA=3,
    PH=3,
    FR=2,
    PL=2,
    MX=2,
    EG=2,
    KR=1,
    AR=1,
)
BY = {u.id: u for u in users}
for L in hist.values():
    L.sort(key=lambda i: EV[i][0])
HT = {k: [EV[i][0] for i in L] for k, L in hist.items()}
taken = set()
CAMPS = []
FAM = dict(
    stolen_credentials=60,
    targeted_takeover=62,
    session_theft=42,
    credential_stuffing=17,
    password_spray=17,
    brute_force=36,
    mfa_fatigue=32,
    dormant_revival=22,
    reset_takeover=32,
    insider_exfiltration=44,
    shared_device=12,
    anonymiser=24,
)


def mainlap(u, t):
    d = int(t / DAY)
    L = [v for v in u.devs if v.d0 <= d < v.d1]
    return (L or u.devs)[0]


def victim(t, minh=8, active=True):
    for _ in range(4000):
        u = R.choice(users)
        if u.id in taken or u.dormant:
            continue
        h = HT.get(u.id, [])
        n = bisect.bisect(h, t)
        if n < (minh if R.random() < 0.96 else 2):
            continue
        if active and (t - h[n - 1] > 6 * DAY or u.leave < t / DAY + 1):
            continue
        taken.add(u.id)
        return u
    raise SystemExit("no victim")


def infra(u=None, kinds=None):
    """returns (description, f): f() gives an address; sticky, rotating in one network, or hopping between networks"""
    k = R.choices(*zip(*(kinds or dict(res_far=4, host=2.5, vpn=2, mobile=1, res_cc=2, tor=0.5)).items()))[0]

    def base():
        if k == "res_far":
            c = R.choice(BYCC[wchoice(ATTC)])
            return R.choice(RES[CITIES[c][0]]), c
        if k == "host":
            return R.choice(HOST)
        if k == "vpn":
            return R.choice(PVPN)
        if k == "tor":
            return R.choice(TOR)
        if k == "mobile":
            c = R.choice(BYCC[wchoice(ATTC)])
            return R.choice(MOB[CITIES[c][0]]), c
        if k == "res_cc":
            c = R.choice(BYCC[u.cc] if u else BYCC["US"])
            return R.choice(RES[CITIES[c][0]]), c
        if k == "vpn_cc":
            L = [x for x in PVPN + HOST if CITIES[x[1]][0] == u.cc] if u else []
            return R.choice(L or sorted(PVPN, key=lambda x: ckm(x[1], u.home))[:3])
        if k == "city":
            L = [x for x in RES[u.cc] if x != u.isp]
            return R.choice(L or RES[u.cc]), u.home

    b = base()

    def addr(b):
        return (
            mobile(*b)
            if k == "mobile"
            else (
                NET.pool(*b, 12)
                if k == "vpn" and R.random() < 0.3
                else NET.v6(*b) if k in ("res_far", "res_cc") and R.random() < 0.08 else NET.v4(*b)
            )
        )

    cur = [addr(b)]
    mode = R.choices(["sticky", "rot", "hop"], [6, 2, 1])[0]

    def f(p=0.5):
        if mode == "rot" and R.random() < p:
            cur[0] = addr(b)
        if mode == "hop" and R.random() < p:
            cur[0] = addr(base())
        return cur[0]

    return k + "/" + mode, f


def akind():
    return wchoice(dict(cw=45, cm=8, ew=8, fw=10, cl=6, fl=3, sm=2, an=8, ip=6))


def agent(u, t, p_look):
    """(how, f(t))"""
    x = R.random()
    if u and x < p_look * 0.6:
        v = mainlap(u, t)
        return "exact", v.ua
    if u and x < p_look:
        v = mainlap(u, t)
        g = R.uniform(0, 60)
        return "family", lambda tt: ua(v.kind, tt, g)
    if R.random() < 0.08:
        s = R.choice(ATOOLS)
        return "tool", lambda tt: s
    k, g = akind(), R.expovariate(1 / 20)
    return "own", lambda tt: ua(k, tt, g)


def at_hour(u, t, how=None):
    """shift t to a chosen hour of its day"""
    how = how or R.choice(["work", "any", "any", "night"])
    d = int(t / DAY)
    h = dict(work=u.start + R.random() * u.len, any=R.uniform(0, 24), night=R.uniform(-1, 6))[how]
    return utc(u.home, d, h), how


def abytes(u, drift=0.0):
    return vol(u, "laptop", drift)


class C:
    def __init__(s, fam, no, t):
        s.fam, s.id, s.t, s.n, s.p, s.thin = fam, f"c{SEED}-{no:03d}", t, 0, {}, False

    def e(s, t, uid, ok, net, dev, a, et="login", am="password", b=None):
        if ok and b is None:
            b = small()
        if emit(t, uid, ok, net, dev, a, et, am, *(b if ok else (None, None)), 1, s.fam, s.id):
            s.n += 1


def attack_login(c, u, t, net, dev, a, drift=0.0, mfa=0.25, am=None, fails=0):
    for _ in range(fails):
        c.e(t, u.id, False, net, dev, a)
        t += R.uniform(3, 60)
    am = am or R.choice([u.auth, u.auth, "password", "session"])
    if R.random() < mfa:
        if R.random() < 0.15:
            c.e(t, u.id, False, net, dev, a, "mfa_challenge", u.mfam)
            t += R.uniform(10, 50)
        c.e(t, u.id, True, net, dev, a, "mfa_challenge", u.mfam)
        t += R.uniform(2, 20)
        am = "mfa"
    c.e(t, u.id, True, net, dev, a, "login", am, abytes(u, drift))
    return t


def sessions(c, u, t, net, dev, ag, n, span, drift0=0.0, step=0.0, hour="any", mfa=0.25, fails=0):
    d0 = t
    for k in range(n):
        attack_login(
            c,
            u,
            t,
            net(),
            dev() if callable(dev) else dev,
            ag(t),
            drift0 + step * k,
            mfa if k == 0 else 0.08,
            fails=fails if k == 0 else 0,
        )
        if span < DAY:
            t += R.expovariate(n / max(600, span)) + 60
        else:
            t, _ = at_hour(u, t + R.uniform(0.6, 1.4) * span / n, hour)
            if t <= d0:
                t = d0 + R.uniform(0.3, 1) * DAY
            d0 = t


def k_stolen(c, t):
    u = victim(t)
    t, hr = at_hour(u, t)
    kd, net = infra(u, dict(res_far=6, host=2, vpn=1, mobile=1.2, res_cc=2.5))
    how, ag = agent(u, t, 0.4)
    dev = hexid()
    dv = dev if R.random() < 0.85 else (lambda: hexid())
    n = R.choice([1, 1, 2, 2, 3, 4, 7])
    span = R.choice([1800, 7200, DAY * 2, DAY * 5])
    dr = R.choice([-0.5, 0, 0, 0.5, 1, 2.5])
    c.p = dict(victim=u.id, infra=kd, agent=how, hour=hr, n=n, span=span, drift=dr)
    sessions(
        c, u, t, net, dv, ag, n, span, dr, 0, R.choice(["any", "work"]), fails=R.choice([0, 0, 0, 1, 2, 4])
    )


def k_targeted(c, t):
    u = victim(t)
    thin = R.random() < 0.2
    c.thin = thin
    t, hr = at_hour(u, t, "work" if thin else R.choice(["work", "work", "any", "night"]))
    kd, net = infra(u, dict(city=7, res_cc=2, vpn_cc=0.6))
    same = thin or R.random() < 0.12
    if same:
        x = [NET.v4(u.isp, u.home)]
        net = lambda p=0: x[0]
        kd = "same-isp"
    how, ag = agent(u, t, 1.0)
    dev = hexid()
    n = R.choice([1, 2]) if thin else R.choice([2, 3, 3, 4, 5, 7, 9])
    span = R.choice([7200, DAY * 1.5, DAY * 3, DAY * 7])
    d0, st = (0, 0) if thin else (R.choice([0, 0, 0.3, 1]), R.choice([0.1, 0.2, 0.4, 0.6, 0.9]))
    c.p = dict(victim=u.id, infra=kd, agent=how, hour=hr, n=n, span=span, drift=d0, step=st)
    sessions(
        c,
        u,
        t,
        net,
        dev,
        ag,
        n,
        span,
        d0,
        st,
        "work" if thin else R.choice(["work", "any"]),
        mfa=0.3,
        fails=R.choice([0, 0, 0, 1, 2]),
    )


def k_session(c, t):
    for _ in range(5000):
        i = R.randrange(N_HONEST)
        e = EV[i]
        if abs(e[0] - t) > 2 * DAY or not e[2] or e[6] != "login" or e[1] not in BY or e[1] in taken:
            continue
        if (e[0] < SPLIT * DAY) != (t < SPLIT * DAY):
            continue
        if bisect.bisect(HT[e[1]], e[0]) >= 6:
            break
    u = BY[e[1]]
    taken.add(u.id)
    gap = R.choice([R.uniform(1, 15), R.uniform(5, 60), R.uniform(30, 300)]) * 60
    t = e[0] + gap
    c.t = t
    kd, net = infra(u, dict(res_far=3, host=3, vpn=2, res_cc=2, city=1, vpn_cc=1.5, mobile=0.5))
    how = R.choice(["exact", "exact", "exact", "other"])
    s = e[5]
    k, g = akind(), R.expovariate(1 / 15)
    n = R.choice([1, 1, 2, 3, 4, 6])
    dr = R.choice([-1, 0, 0, 0.5, 1.5, 3])
    c.p = dict(victim=u.id, infra=kd, agent=how, gap_min=round(gap / 60), n=n, drift=dr)
    for _ in range(n):
        c.e(
            t,
            u.id,
            True,
            net(0.3),
            e[4],
            s if how == "exact" else ua(k, t, g),
            "login",
            R.choice(["session", "session", "sso", e[7]]),
            abytes(u, dr),
        )
        t += R.expovariate(1 / R.choice([120, 1200, 9000])) + 5


def leak(n, unk):
    real = R.sample([u for u in users if u.hire < 30], n)
    L = []
    for u in real:
        if R.random() < unk:
            while True:
                w = f"{R.choice(FIRST)}.{R.choice(LAST)}" + (
                    str(R.randint(2, 89)) if R.random() < 0.35 else ""
                )
                if w not in NAMES:
                    break
            L.append((w, None))
        else:
            L.append((u.id, u))
    return L


def k_stuffing(c, t):
    n = int(min(170, max(15, R.lognormvariate(3.6, 0.6))))
    unk = R.uniform(0.1, 0.8)
    sr = R.choice([0, 0.01, 0.02, 0.05, 0.1])
    naddr = R.choice([1, 1, 3, 10, n, n])
    gap = R.choice([0.3, 2, 8, 30, 120, 600])
    kd, f = infra(None, dict(res_far=4, host=4, vpn=2, tor=1, mobile=0.5))
    pool = [f() for _ in range(1)]
    for _ in range(naddr - 1):
        _, g = infra(None, dict(res_far=6, host=2, vpn=1)) if R.random() < 0.7 else (0, f)
        pool.append(g(1))
    dm = R.choice(["one", "addr", "each"])
    one = hexid()
    da = {x[0]: hexid() for x in pool}
    uas = [agent(None, t, 0)[1] for _ in range(R.choice([1, 1, 1, 5, 20]))]
    won = []
    c.p = dict(n=n, unknown=round(unk, 2), success=sr, addresses=naddr, gap=gap, device=dm, agents=len(uas))
    for w, u in leak(n, unk):
        for a in range(R.choice([1, 1, 1, 2])):
            net = R.choice(pool)
            dv = one if dm == "one" else da[net[0]] if dm == "addr" else hexid()
            ok = u is not None and R.random() < sr / (1 - unk) and u.leave > t / DAY and not u.dormant
            s = R.choice(uas)(t)
            c.e(t, w, ok, net, dv, s, "login", "password", abytes(u, -1) if ok else None)
            t += R.expovariate(1 / gap) + 0.05
            if ok:
                won.append((u, dv))
                break
    for u, dv in won[:3]:
        if R.random() < 0.6:
            attack_login(
                c,
                u,
                t + R.uniform(600, 2 * DAY),
                infra(u)[1](),
                R.choice([dv, hexid()]),
                agent(u, t, 0.3)[1](t),
                R.choice([0, 1, 2]),
                0.1,
            )


def k_spray(c, t):
    n = int(min(90, max(10, R.lognormvariate(3.25, 0.55))))
    dur = R.choice([0.05, 0.3, 1, 2, 4, 7, 11]) * DAY
    kd, f = infra(None, dict(host=3, vpn=2, res_far=4))
    naddr = R.choice([1, 2, 5, 15, n, n])
    pool = [f()]
    for _ in range(naddr - 1):
        pool.append(infra(None, dict(res_far=5, host=2, vpn=2))[1](1))
    s = agent(None, t, 0)[1](t)
    dm = R.choice(["one", "addr", "each"])
    one = hexid()
    da = {x[0]: hexid() for x in pool}
    tries = R.choice([1, 1, 2, 3])
    sr = R.choice([0, 0.01, 0.03, 0.06])
    c.p = dict(n=n, days=dur / DAY, addresses=naddr, tries=tries, device=dm, ua=s, success=sr)
    t0 = t
    won = set()
    targets = leak(n, R.choice([0, 0.05, 0.2]))
    for r in range(tries):
        for w, u in targets:
            if w in won:
                continue
            tt = t0 + dur * (r + R.random()) / tries
            net = R.choice(pool)
            ok = u is not None and R.random() < sr and u.hire < tt / DAY < u.leave and not u.dormant
            dv = one if dm == "one" else da[net[0]] if dm == "addr" else hexid()
            c.e(tt, w, ok, net, dv, s, "login", "password", abytes(u, -1) if ok else None)
            if ok:
                won.add(w)
                if R.random() < 0.6:
                    attack_login(
                        c,
                        u,
                        tt + R.uniform(300, DAY),
                        infra(u)[1](),
                        hexid(),
                        agent(u, tt, 0.3)[1](tt),
                        R.choice([0, 1]),
                        0.1,
                    )


def k_brute(c, t):
    u = victim(t)
    n = int(min(70, max(5, R.lognormvariate(2.35, 0.6))))
    gap = R.choice([1, 5, 30, 300, 3600])
    kd, f = infra(u)
    how, ag = agent(u, t, 0.25)
    dv = hexid()
    each = R.random() < 0.2
    c.p = dict(victim=u.id, fails=n, gap=gap, infra=kd, agent=how)
    for _ in range(n):
        c.e(t, u.id, False, f(0.3), hexid() if each else dv, ag(t))
        t += R.expovariate(1 / gap) + 0.2
    if R.random() < 0.85:
        t += R.choice([2, 60, 3600, 6 * 3600]) * R.uniform(0.5, 1.5)
        sw = R.random() < 0.35
        g = infra(u)[1] if sw else f
        attack_login(c, u, t, g(), hexid() if sw else dv, ag(t), R.choice([0, 0, 1]), 0.1)
        if R.random() < 0.4:
            attack_login(
                c, u, t + R.uniform(600, DAY), g(), hexid() if sw else dv, ag(t), R.choice([0, 1, 2]), 0.05
            )


def k_mfa(c, t):
    u = victim(t)
    t, hr = at_hour(u, t, R.choice(["night", "any", "work"]))
    kd, f = infra(u, dict(res_far=3, host=2, vpn=2, res_cc=2, city=1.5))
    how, ag = agent(u, t, 0.5)
    dv = hexid()
    net = f(0)
    loud = R.random() < 0.75
    n = R.randint(5, 18) if loud else R.randint(4, 7)
    gap = 480 / n if loud else R.choice([400, 1500, 5000])
    c.p = dict(victim=u.id, denials=n, loud=loud, infra=kd, agent=how, hour=hr)
    for k in range(n):
        c.e(t, u.id, False, net, dv, ag(t), "mfa_challenge", "push")
        t += R.uniform(0.5, 1.5) * gap
    if R.random() < 0.82:
        c.e(t, u.id, True, net, dv, ag(t), "mfa_challenge", "push")
        t += R.uniform(2, 15)
        c.e(t, u.id, True, net, dv, ag(t), "login", "mfa", abytes(u, R.choice([0, 0, 1, 2])))
        if R.random() < 0.5:
            attack_login(c, u, t + R.uniform(600, 1.5 * DAY), f(), dv, ag(t), R.choice([0, 1, 2]), 0)


dormq = [u for u in DORM if u.idle[0][1] == 999]


def k_dormant(c, t):
    cand = [
        u
        for u in dormq
        if u.id not in taken and HT.get(u.id) and t - HT[u.id][-1] > 26 * DAY and len(HT[u.id]) >= 2
    ]
    if not cand:
        t = c.t = R.uniform(35, 39.4) * DAY
        cand = [u for u in dormq if u.id not in taken and HT.get(u.id) and t - HT[u.id][-1] > 26 * DAY]
    u = R.choice(cand)
    taken.add(u.id)
    t, hr = at_hour(u, t, R.choice(["work", "any"]))
    kd, f = infra(u, dict(res_far=3, host=1.5, vpn=1.5, res_cc=2.5, city=2))
    how, ag = agent(u, t, 0.6)
    n = R.choice([1, 2, 3, 5])
    c.p = dict(victim=u.id, idle_days=round((t - HT[u.id][-1]) / DAY), infra=kd, agent=how, n=n)
    sessions(
        c,
        u,
        t,
        f,
        hexid(),
        ag,
        n,
        R.choice([3600, DAY * 2, DAY * 4]),
        R.choice([0, 0.5, 1.5]),
        0.1,
        "any",
        fails=R.choice([0, 0, 1, 3]),
    )


def k_reset(c, t):
    u = victim(t)
    t, hr = at_hour(u, t, R.choice(["work", "any", "night"]))
    kd, f = infra(u, dict(res_far=3, host=1.5, vpn=1.5, res_cc=2.5, city=2.5, mobile=0.5))
    how, ag = agent(u, t, 0.55)
    dv = hexid()
    n = R.choice([1, 1, 2, 3, 5])
    gap = R.choice([60, 600, 3600, 5 * 3600])
    c.p = dict(victim=u.id, resets=n, gap=gap, infra=kd, agent=how)
    for _ in range(R.choice([0, 0, 2, 4])):
        c.e(t, u.id, False, f(0.1), dv, ag(t))
        t += R.uniform(5, 60)
    for k in range(n):
        c.e(
            t,
            u.id,
            k == n - 1 or R.random() < 0.4,
            f(0.1),
            dv,
            ag(t),
            "password_reset",
            R.choice(["email", "sms"]),
        )
        t += R.uniform(20, 300)
    t += gap * R.uniform(0.5, 1.5)
    sw = R.random() < 0.25
    sessions(
        c,
        u,
        t,
        f,
        hexid() if sw else dv,
        ag,
        R.choice([1, 2, 2, 4]),
        R.choice([3600, DAY, DAY * 3]),
        R.choice([0, 0.5, 2]),
        0.1,
        "any",
    )


def k_insider(c, t):
    u = victim(t, 12)
    thin = R.random() < 0.15
    c.thin = thin
    n = R.choice([1, 1, 2]) if thin else R.choice([1, 2, 3, 4, 6, 8])
    boost = R.uniform(0.6, 1.0) if thin else R.choice([R.uniform(1.4, 2.5), R.uniform(2, 4), R.uniform(4, 6)])
    sh = R.choice([0, 1]) if thin else R.choice([1.5, 3, 5, 8])
    gapd = R.choice([0.02, 0.3, 1, 1, 2])
    c.p = dict(victim=u.id, n=n, log_boost=round(boost, 2), hours_late=sh, gap_days=gapd)
    for k in range(n):
        d = int(t / DAY)
        tt = utc(u.home, d, u.start + u.len + sh * R.uniform(0.7, 1.3)) if gapd >= 0.3 or k == 0 else t
        if tt < 0:
            tt = t
        v = mainlap(u, tt)
        hn = [EV[i] for i in hist[u.id] if EV[i][0] < tt and EV[i][4] == v.id][-15:] or [
            EV[i] for i in hist[u.id] if EV[i][0] < tt
        ][-15:]
        e = R.choice(hn)
        c.e(
            tt,
            u.id,
            True,
            e[3],
            e[4],
            e[5],
            "login",
            e[7] if e[7] != "mfa" else u.auth,
            abytes(u, boost + R.gauss(0, 0.3)),
        )
        t = max(t, tt) + gapd * DAY * R.uniform(0.7, 1.3)


def k_shared(c, t):
    n = R.randint(4, 15)
    us = [victim(t, 5) for _ in range(n)]
    by = R.choice(["device", "address", "both"])
    span = R.choice([0.1, 0.5, 1, 3, 5]) * DAY
    dv = hexid()
    kd, f = infra(us[0], dict(host=2, vpn=1.5, res_far=3, city=2, res_cc=2))
    net = f(0)
    how, ag = agent(None, t, 0)
    c.p = dict(n=n, by=by, days=span / DAY, infra=kd, agent=how)
    for u in us:
        for _ in range(R.choice([1, 1, 2])):
            tt = t + R.random() * span
            attack_login(
                c,
                u,
                tt,
                net if by != "device" else f(1),
                dv if by != "address" else hexid(),
                ag(tt) if by != "address" else agent(u, tt, 0.6)[1](tt),
                R.choice([0, 0, 1]),
                0.1,
                fails=R.choice([0, 0, 0, 1]),
            )


def k_anon(c, t):
    u = victim(t)
    while u.pvpn and R.random() < 0.7:
        u = victim(t)
    t, hr = at_hour(u, t)
    kd, f = infra(u, dict(tor=3, vpn=3, host=2.5, vpn_cc=3))
    how, ag = agent(u, t, 0.7)
    n = R.choice([1, 2, 3, 5, 8])
    dv = hexid()
    c.p = dict(victim=u.id, infra=kd, agent=how, hour=hr, n=n)
    sessions(
        c,
        u,
        t,
        f,
        dv if R.random() < 0.6 else (lambda: hexid()),
        ag,
        n,
        R.choice([1800, DAY, DAY * 4]),
        R.choice([0, 0, 0.5, 1.5]),
        0.1,
        "any",
        fails=R.choice([0, 0, 1, 2]),
    )


FN = dict(
    zip(
        FAM,
        [
            k_stolen,
            k_targeted,
            k_session,
            k_stuffing,
            k_spray,
            k_brute,
            k_mfa,
            k_dormant,
            k_reset,
            k_insider,
            k_shared,
            k_anon,
        ],
    )
)


def alloc(n):
    tot = sum(FAM.values())
    x = {k: v * n / tot for k, v in FAM.items()}
    o = {k: int(v) for k, v in x.items()}
    for k in sorted(x, key=lambda k: o[k] - x[k])[: n - sum(o.values())]:
        o[k] += 1
    return [k for k, v in o.items() for _ in range(v)]


plan = [(k, R.uniform(28 if k == "dormant_revival" else 6, 39.0) * DAY) for k in alloc(N_TRAIN_C)] + [
    (k, R.uniform(41.2, 58.3 if k != "password_spray" else 54) * DAY) for k in alloc(N_TEST_C)
]
R.shuffle(plan)
for no, (k, t) in enumerate(plan):
    c = C(k, no, t)
    c.part = "train" if t < SPLIT * DAY else "test"
    FN[k](c, t)
    CAMPS.append(c)
# ---------------------------------------------------------------- out
EV.sort(key=lambda e: (e[0], e[1]))
span = {}
fa = open(f"{OUT}/s{SEED}.all.ndjson", "w")
ft = open(f"{OUT}/s{SEED}.train.ndjson", "w")
fe = open(f"{OUT}/s{SEED}.test.ndjson", "w")
for i, (t, uid, ok, n, dv, a, et, am, bi, bo, lab, att, camp) in enumerate(EV):
    o = dict(
        event_id=hashlib.md5(f"{SEED}/{i}".encode()).hexdigest()[:20],
        user_id=uid,
        timestamp=(START + timedelta(milliseconds=int(t * 1000))).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        success=ok,
        event_type=et,
        auth_method=am,
        ip_address=n[0],
        geo_location=n[1],
        city=n[2],
        latitude=n[3],
        longitude=n[4],
        asn=n[5],
        device_id=dv,
        user_agent=a,
    )
    if ok:
        o["bytes_in"] = bi
        o["bytes_out"] = bo
    o["label"] = lab
    if lab:
        o["attack"] = att
        o["campaign"] = camp
    s = json.dumps(o) + "\n"
    fa.write(s)
    (ft if t < SPLIT * DAY else fe).write(s)
for f in (fa, ft, fe):
    f.close()
json.dump(
    [
        dict(
            campaign=c.id,
            attack=c.fam,
            part=c.part,
            start_day=round(c.t / DAY, 3),
            events=c.n,
            thin=c.thin,
            **{"params": c.p},
        )
        for c in CAMPS
    ],
    open(f"{OUT}/s{SEED}.campaigns.json", "w"),
    indent=0,
)
print(
    f"seed {SEED}: {len(EV)} events, {len(EV) - N_HONEST} attack events, {len(CAMPS)} campaigns, start {START.date()}, expiry days {EXPIRY}"
)
