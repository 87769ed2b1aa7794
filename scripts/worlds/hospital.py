#!/usr/bin/env python3
"""Logins at a university hospital with a medical school: wards, shared machines, shifts.  usage: hospital.py SEED [OUTDIR]"""

import sys, json, math, random, bisect, os
from collections import defaultdict, Counter
import numpy as np

SEED = int(sys.argv[1])
OUT = sys.argv[2] if len(sys.argv) > 2 else "."
R = random.Random(1000003 * SEED + 17)
NP = np.random.default_rng(7919 * SEED + 5)
T0 = 1756684800.0  # 2025-09-01T00:00:00Z, a Monday
DAYS, DAY, H = 60, 86400.0, 3600.0
DST = T0 + 55 * DAY + H  # 2025-10-26 01:00Z
N_USERS, N_SESS = 3000, float(os.environ.get("NSESS", 240500))
rnd, uni, gauss, choice, expo = R.random, R.uniform, R.gauss, R.choice, R.expovariate


def logu(a, b):
    return math.exp(uni(math.log(a), math.log(b)))


def lint(a, b):
    return int(round(logu(a, b)))


def pick(pairs):
    s = sum(w for _, w in pairs)
    x = rnd() * s
    for v, w in pairs:
        x -= w
        if x < 0:
            return v
    return pairs[-1][0]


def pois(l):
    return int(NP.poisson(l))


def clip(x, a, b):
    return max(a, min(b, x))


# ------------------------------------------------------------------ geography and networks
NL = "Netherlands"
HOME = "Groningen"
CITY = {}  # city -> (country, lat, lon, tz)


def addc(country, tz, *cs):
    for n, la, lo in cs:
        CITY[n] = (country, la, lo, tz)


addc(
    NL,
    2,
    ("Groningen", 53.2194, 6.5665),
    ("Haren", 53.1733, 6.6042),
    ("Assen", 52.9925, 6.5649),
    ("Hoogezand", 53.1614, 6.7603),
    ("Leeuwarden", 53.2012, 5.7999),
    ("Drachten", 53.1123, 6.0989),
    ("Emmen", 52.7792, 6.9069),
    ("Zwolle", 52.5168, 6.083),
    ("Meppel", 52.6957, 6.1945),
    ("Winschoten", 53.1437, 7.0347),
    ("Veendam", 53.1066, 6.8786),
    ("Leek", 53.1608, 6.3761),
    ("Delfzijl", 53.3300, 6.9181),
    ("Amsterdam", 52.374, 4.8897),
    ("Rotterdam", 51.9225, 4.4792),
    ("Utrecht", 52.0908, 5.1222),
    ("The Hague", 52.0767, 4.2986),
    ("Eindhoven", 51.4408, 5.4778),
    ("Tilburg", 51.5555, 5.0913),
    ("Arnhem", 51.98, 5.9111),
    ("Nijmegen", 51.8425, 5.8528),
    ("Enschede", 52.2183, 6.8958),
    ("Apeldoorn", 52.21, 5.9694),
    ("Breda", 51.5866, 4.776),
    ("Maastricht", 50.8483, 5.6889),
    ("Deventer", 52.255, 6.1639),
    ("Haarlem", 52.3808, 4.6368),
)
addc(
    "Germany",
    2,
    ("Leer", 53.2316, 7.461),
    ("Papenburg", 53.0738, 7.4043),
    ("Frankfurt am Main", 50.1155, 8.6842),
    ("Berlin", 52.5244, 13.4105),
    ("Hamburg", 53.5507, 9.993),
    ("Munich", 48.1374, 11.5755),
)
addc("Belgium", 2, ("Brussels", 50.8505, 4.3488), ("Antwerp", 51.2199, 4.4035))
addc("France", 2, ("Paris", 48.8534, 2.3488), ("Lyon", 45.7485, 4.8467))
addc("United Kingdom", 1, ("London", 51.5085, -0.1257), ("Manchester", 53.4809, -2.2374))
addc("Spain", 2, ("Barcelona", 41.3888, 2.159), ("Madrid", 40.4165, -3.7026))
addc("Italy", 2, ("Rome", 41.8919, 12.5113), ("Milan", 45.4643, 9.1895))
addc("Greece", 3, ("Athens", 37.9795, 23.7162))
addc("Portugal", 1, ("Lisbon", 38.7167, -9.1333))
addc("Austria", 2, ("Vienna", 48.2085, 16.3721))
addc("Sweden", 2, ("Stockholm", 59.3326, 18.0649))
addc("Denmark", 2, ("Copenhagen", 55.6759, 12.5655))
addc("Switzerland", 2, ("Zurich", 47.3667, 8.55))
addc("Poland", 2, ("Warsaw", 52.2298, 21.0118))
addc("Romania", 3, ("Bucharest", 44.4323, 26.1063))
addc("Bulgaria", 3, ("Sofia", 42.6975, 23.3242))
addc("Ukraine", 3, ("Kyiv", 50.4547, 30.5238))
addc("Russia", 3, ("Moscow", 55.7522, 37.6156), ("Saint Petersburg", 59.9386, 30.3141))
addc("Turkey", 3, ("Istanbul", 41.0138, 28.9497))
addc("Iran", 3.5, ("Tehran", 35.6944, 51.4215))
addc("Nigeria", 1, ("Lagos", 6.4541, 3.3947), ("Abuja", 9.0574, 7.4898))
addc("Ghana", 0, ("Accra", 5.556, -0.1969))
addc("South Africa", 2, ("Cape Town", -33.9258, 18.4232))
addc("Kenya", 3, ("Nairobi", -1.2833, 36.8167))
addc(
    "India",
    5.5,
    ("Mumbai", 19.0728, 72.8826),
    ("Bengaluru", 12.9719, 77.5937),
    ("New Delhi", 28.6358, 77.2245),
)
addc("China", 8, ("Beijing", 39.9075, 116.3972), ("Shanghai", 31.2222, 121.4581))
addc("Indonesia", 7, ("Jakarta", -6.2146, 106.8451))
addc("Vietnam", 7, ("Hanoi", 21.0245, 105.8412))
addc("Philippines", 8, ("Manila", 14.6042, 120.9822))
addc("Japan", 9, ("Tokyo", 35.6895, 139.6917))
addc("Brazil", -3, ("Sao Paulo", -23.5475, -46.6361), ("Rio de Janeiro", -22.9064, -43.1822))
addc("Suriname", -3, ("Paramaribo", 5.8664, -55.1668))
addc("Mexico", -6, ("Mexico City", 19.4285, -99.1277))
addc("United States", -4, ("New York", 40.7143, -74.006), ("Boston", 42.3584, -71.0598))
addc("United States", -7, ("San Francisco", 37.7749, -122.4194))
addc("United States", -5, ("Chicago", 41.85, -87.65))
addc("Canada", -4, ("Toronto", 43.7064, -79.3986))
addc("Australia", 10, ("Sydney", -33.8679, 151.2073))
BYC = defaultdict(list)
for c, v in CITY.items():
    BYC[v[0]].append(c)
ISP = {
    NL: ([1136, 33915, 50266, 15435], [1136, 31615, 15480], [1101]),
    "Germany": ([3320, 3209, 6805, 8881], [3320, 3209], [680]),
    "Belgium": ([5432, 6848], [5432], [2611]),
    "France": ([3215, 12322, 15557], [3215], [2200]),
    "United Kingdom": ([2856, 5089, 5607], [12576], [786]),
    "Spain": ([3352, 12479], [12430], [766]),
    "Italy": ([3269, 1267], [30722], [137]),
    "Greece": ([6799, 1241], [29247], [5408]),
    "Portugal": ([3243, 2860], [12353], [1930]),
    "Austria": ([8447, 8412], [8447], [1853]),
    "Sweden": ([3301, 1257], [1257], [1653]),
    "Denmark": ([3292, 9158], [44034], [1835]),
    "Switzerland": ([3303, 6730], [3303], [559]),
    "Poland": ([5617, 12741], [39603], [8501]),
    "Romania": ([8708, 9050], [12302], [2614]),
    "Bulgaria": ([8866, 13124], [29244], [6802]),
    "Ukraine": ([15895, 13188], [21497], [3255]),
    "Russia": ([12389, 8402, 8359], [31133], [3267]),
    "Turkey": ([9121, 34984], [16135], [8517]),
    "Iran": ([58224, 31549], [44244], [6736]),
    "Nigeria": ([29465, 37148, 36873], [29465], [37282]),
    "Ghana": ([30986, 29614], [30986], [37074]),
    "South Africa": ([37457, 3741], [29975], [2018]),
    "Kenya": ([33771, 37061], [33771], [36914]),
    "India": ([55836, 24560, 9829], [55836], [9885]),
    "China": ([4134, 4837], [9808], [4538]),
    "Indonesia": ([7713, 23700], [23693], [4855]),
    "Vietnam": ([45899, 7552], [7552], [18403]),
    "Philippines": ([9299, 4775], [132199], [9821]),
    "Japan": ([4713, 2516], [9605], [2907]),
    "Brazil": ([28573, 18881, 7738], [26599], [1916]),
    "Suriname": ([27775], [27775], [27775]),
    "Mexico": ([8151, 13999], [28403], [18592]),
    "United States": ([7922, 7018, 701, 20115], [21928], [3]),
    "Canada": ([577, 812], [852], [239]),
    "Australia": ([1221, 4804], [133612], [7575]),
}
PFX = {
    1103: ["145.90", "129.125"],
    1101: ["130.37", "131.211"],
    1136: ["77.160", "84.80", "145.53", "86.80"],
    33915: ["84.24", "213.93", "80.57", "24.132"],
    50266: ["87.208", "85.146", "62.45"],
    15435: ["82.217", "185.66"],
    31615: ["178.84", "89.205"],
    15480: ["109.36", "62.140"],
    16276: ["51.68", "54.36", "145.239"],
    24940: ["95.216", "88.99", "135.181"],
    14061: ["167.99", "138.68", "64.225"],
    20473: ["45.32", "45.76"],
    63949: ["172.104", "139.162"],
    9009: ["37.120", "89.44", "146.70"],
    212238: ["156.146", "89.187"],
    136787: ["193.29"],
    39351: ["185.213", "193.138"],
    60729: ["185.220"],
    53667: ["198.98", "205.185"],
    36183: ["172.224", "172.225"],
    13335: ["104.28"],
    16509: ["3.120", "18.156"],
    8075: ["20.50", "40.113"],
    62240: ["185.44"],
    51852: ["179.43"],
    3320: ["79.192", "91.0"],
    3209: ["88.64", "178.0"],
}
HOSTING = [16276, 24940, 14061, 20473, 63949, 53667, 51852]
VPNASN = [9009, 212238, 136787, 39351, 62240]
TORASN = [60729, 53667, 51852]
OCT1 = [
    2,
    5,
    31,
    37,
    41,
    46,
    49,
    58,
    59,
    62,
    78,
    79,
    81,
    82,
    83,
    85,
    86,
    88,
    89,
    90,
    91,
    92,
    93,
    94,
    95,
    101,
    103,
    105,
    109,
    112,
    117,
    122,
    151,
    176,
    178,
    181,
    186,
    187,
    188,
    189,
    190,
    196,
    197,
    200,
    201,
    212,
    213,
    217,
]
gr = random.Random(4242)  # the address plan does not depend on the seed


def prefixes(asn):
    if asn not in PFX:
        g = random.Random(asn * 31 + 7)
        PFX[asn] = ["%d.%d" % (g.choice(OCT1), g.randrange(1, 255)) for _ in range(3)]
    return PFX[asn]


BLK = {}


def blocks(asn, city):
    k = (asn, city)
    if k not in BLK:
        g = random.Random(f"{asn}/{city}")
        BLK[k] = ["%s.%d" % (g.choice(prefixes(asn)), g.randrange(0, 256)) for _ in range(g.randrange(3, 9))]
    return BLK[k]


class Addr:
    __slots__ = ("ip", "country", "city", "lat", "lon", "asn", "alt", "wob")


def nearby(city):
    c, la, lo, _ = CITY[city]
    o = [x for x in BYC[c] if x != city] or [city]
    o.sort(key=lambda x: (CITY[x][1] - la) ** 2 + (CITY[x][2] - lo) ** 2)
    return choice(o[:5])


def mk(asn, city, v6=False, ip=None, wrong=0.04, wob=0.0):
    a = Addr()
    g = city
    if ip:
        a.ip = ip
    elif v6:
        a.ip = v6addr(v6net(asn, city))
    else:
        a.ip = "%s.%d" % (choice(blocks(asn, city)), R.randrange(1, 255))
    if rnd() < wrong:
        g = nearby(city)
    a.country, la, lo, _ = CITY[g]
    a.city = g
    a.asn = asn
    a.wob = wob
    a.lat = round(la + gauss(0, 0.03), 4)
    a.lon = round(lo + gauss(0, 0.04), 4)
    a.alt = (T0 + uni(0, 60) * DAY, nearby(city)) if rnd() < 0.02 else None
    return a


def v6net(asn, city):
    return "2a%02x:%x:%x:%x" % (
        asn % 30,
        asn % 65000 + 1,
        (sum(map(ord, city)) * 37) % 4096,
        R.randrange(1, 65536),
    )


def v6addr(net):
    return net + ":%x:%x:%x:%x" % tuple(R.randrange(1, 65536) for _ in range(4))


def clone(a, ip):
    b = Addr()
    for s in Addr.__slots__:
        setattr(b, s, getattr(a, s))
    b.ip = ip
    return b


WARDNAT = [mk(1103, HOME, ip=f"129.125.4.{i}", wrong=0) for i in (10, 11, 12)]
OFFNAT = [mk(1103, HOME, ip=f"129.125.8.{i}", wrong=0) for i in (20, 21, 22, 23)]
WIFI = [mk(1103, HOME, ip=f"145.90.16.{i}", wrong=0) for i in range(4, 10)]
WIFI6 = "2001:610:1a0"
DORM = mk(1103, HOME, ip="145.90.64.2", wrong=0)
LABNAT = mk(1103, HOME, ip="129.125.12.5", wrong=0)
VPNEX = [
    mk(1103, HOME, ip="129.125.2.250", wrong=0),
    mk(16276, "Frankfurt am Main", ip="51.68.181.44", wrong=0),
]
for a in WARDNAT + OFFNAT + WIFI + [DORM, LABNAT] + VPNEX:
    a.alt = None
CG = {}
for asn in ISP[NL][1]:
    CG[asn] = [
        mk(asn, choice(["Amsterdam", "Rotterdam", "Utrecht", "Groningen", "Groningen", "Zwolle"]), wob=0.04)
        for _ in range(11)
    ]


def cgnat(asn, t, key):  # sticky for about two hours
    if rnd() < 0.2:
        return mk(asn, choice(["Amsterdam", "Rotterdam", "Utrecht"]), v6=True, wob=0.03)
    g = hash((key, int(t // 9000))) % len(CG[asn])
    return CG[asn][g if rnd() < 0.8 else R.randrange(len(CG[asn]))]


COMM = {}  # exits of commercial VPNs
for asn in VPNASN:
    COMM[asn] = [
        mk(asn, c)
        for c in (
            "Amsterdam",
            "Amsterdam",
            "Rotterdam",
            "London",
            "Frankfurt am Main",
            "Paris",
            "Stockholm",
            "Zurich",
            "New York",
            "Bucharest",
            "Brussels",
        )
        for _ in range(3)
    ]
RELAY = [
    mk(a, c)
    for a in (36183, 13335)
    for c in ("Amsterdam", "Amsterdam", "Rotterdam", "Groningen", "Frankfurt am Main")
    for _ in range(14)
]
TOR = [
    mk(a, c)
    for a in TORASN
    for c in ("Berlin", "Amsterdam", "Paris", "Bucharest", "Zurich", "New York", "Stockholm")
    for _ in range(4)
]


def nltz(t):
    return 2 if t < DST else 1


# ------------------------------------------------------------------ devices and user agents
def devid():
    return "%016x" % R.getrandbits(64)


REL = {
    "chrome": [(-30, 139), (1, 140), (29, 141), (57, 142)],
    "edge": [(-30, 139), (4, 140), (31, 141)],
    "firefox": [(-30, 142), (15, 143), (43, 144)],
    "ios": [(-30, "18_6"), (14, "26_0"), (28, "26_0_1")],
    "samsung": [(-30, "28.0"), (36, "29.0")],
}


def ver(k, d):
    v = REL[k][0][1]
    for dd, x in REL[k]:
        if d >= dd:
            v = x
    return v


FAMD = [("wchrome", 34), ("wedge", 30), ("wfox", 8), ("msafari", 12), ("mchrome", 11), ("lfox", 5)]
FAMP = [("iphone", 50), ("android", 42), ("samsung", 8)]
MODELS = ["SM-S921B", "SM-A546B", "Pixel 8", "SM-G991B", "2201116SG", "SM-A155F"]


class Dev:
    __slots__ = ("id", "fam", "lag", "model", "pin", "t0", "t1", "nolbl", "old")


def mkdev(kind, fam=None):
    d = Dev()
    d.id = devid()
    d.fam = fam or pick(FAMP if kind == "phone" else FAMD)
    d.lag = expo(1 / 6.0) if rnd() < 0.9 else 200
    d.model = choice(MODELS)
    d.pin = "Windows NT 10.0; Win64; x64"
    d.t0 = -1e18
    d.t1 = 1e18
    d.nolbl = False
    d.old = choice([124, 124, 109, 128, 131, 135, 137])
    return d


def ua(d, t):
    x = (t - T0) / DAY - d.lag
    f = d.fam
    if f == "wchrome":
        return f'Mozilla/5.0 ({d.pin}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{ver("chrome",x) if d.lag < 190 else d.old}.0.0.0 Safari/537.36'
    if f == "mchrome":
        return f'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{ver("chrome",x)}.0.0.0 Safari/537.36'
    if f == "wedge":
        v = ver("edge", x)
        return f"Mozilla/5.0 ({d.pin}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0"
    if f == "wfox":
        v = ver("firefox", x)
        return f"Mozilla/5.0 ({d.pin}; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"
    if f == "lfox":
        v = ver("firefox", x)
        return f"Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"
    if f == "msafari":
        v = "18.6" if x < 14 else "26.0"
        return f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{v} Safari/605.1.15"
    if f == "iphone":
        v = ver("ios", x)
        return f'Mozilla/5.0 (iPhone; CPU iPhone OS {v} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{v.split("_")[0]}.{v.split("_")[1]} Mobile/15E148 Safari/604.1'
    if f == "android":
        return f'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{ver("chrome",x)}.0.0.0 Mobile Safari/537.36'
    if f == "samsung":
        return f'Mozilla/5.0 (Linux; Android 14; {d.model}) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/{ver("samsung",x)} Chrome/130.0.0.0 Mobile Safari/537.36'
    return f


def mailua(d):
    return "Apple-iPhone15C2/2106.41" if d.fam == "iphone" else f"Android/14-EAS-2.0 {d.model}"


WARDS = []
for w in range(42):
    ws = []
    for _ in range(R.randrange(2, 5)):
        d = mkdev("desk", "wedge")
        d.lag = 18 + (w % 3) * 2.0
        ws.append(d)  # image rolled out in waves
    WARDS.append((ws, WARDNAT[w % 3]))
LAB = [mkdev("desk", "wchrome") for _ in range(24)]
for d in LAB:
    d.lag = 25


# ------------------------------------------------------------------ users
class U:
    pass


users = []
used_ids = set()


def newid(p, n):
    while True:
        s = p + "".join(choice("0123456789") for _ in range(n))
        if s not in used_ids:
            used_ids.add(s)
            return s


HOMEW = [
    (HOME, 62),
    ("Haren", 5),
    ("Assen", 7),
    ("Hoogezand", 5),
    ("Leeuwarden", 3),
    ("Drachten", 3),
    ("Emmen", 1.5),
    ("Zwolle", 1.5),
    ("Meppel", 1),
    ("Winschoten", 2.5),
    ("Veendam", 3),
    ("Leek", 3),
    ("Delfzijl", 2),
    ("Leer", 0.8),
    ("Papenburg", 0.6),
    ("Amsterdam", 0.4),
    ("Utrecht", 0.4),
]


def mkhome(city):
    h = {
        "city": city,
        "asn": choice(ISP[CITY[city][0]][0]),
        "v6": rnd() < 0.2,
        "ttl": logu(0.7, 200),
        "cur": None,
        "exp": 0,
    }
    if h["v6"]:
        h["net"] = v6net(h["asn"], city)
    return h


def homeaddr(h, t):
    if h["cur"] is None or t > h["exp"] or t < h.get("beg", 0) - 3 * DAY:
        h["cur"] = mk(h["asn"], h["city"])
        h["beg"] = t
        h["exp"] = t + expo(1 / h["ttl"]) * DAY
    if h["v6"] and rnd() < 0.75:
        return clone(h["cur"], v6addr(h["net"]))
    return h["cur"]


ROLES = (
    ["clin"] * 1180
    + ["admin"] * 370
    + ["res"] * 330
    + ["stud"] * 800
    + ["visit"] * 60
    + ["tele"] * 90
    + ["svc"] * 40
    + ["dorm"] * 130
)
assert len(ROLES) == N_USERS
intake = 0
for i, role in enumerate(ROLES):
    u = U()
    u.i = i
    u.role = role
    u.id = (
        newid("s3", 6)
        if role == "stud"
        else (
            ("svc-" + choice(["pacs", "hl7", "lims", "backup", "sync", "ris", "epd"]) + newid("-", 3))
            if role == "svc"
            else newid("p", 6)
        )
    )
    u.rate = clip(
        math.exp(
            gauss(
                math.log(
                    {
                        "clin": 1.1,
                        "admin": 0.9,
                        "res": 0.7,
                        "stud": 0.75,
                        "visit": 0.5,
                        "tele": 1.3,
                        "svc": 7,
                        "dorm": 0.2,
                    }[role]
                ),
                1.15,
            )
        ),
        0.05,
        14,
    )
    u.start, u.end = 0, DAYS
    u.city = pick(HOMEW) if role not in ("visit", "dorm") else pick(HOMEW)
    if role == "visit":
        u.city = choice([c for c in CITY if CITY[c][0] != NL and c not in ("Leer", "Papenburg")])
    u.dormnat = role == "stud" and rnd() < 0.45
    if u.dormnat:
        u.city = HOME
    if role == "stud" and not u.dormnat and rnd() < 0.8:
        u.city = HOME
    u.home = mkhome(u.city)
    u.parents = mkhome(choice(BYC[NL]))
    u.carrier = choice(ISP[NL][1])
    if role == "stud" and rnd() < 0.2 or role == "res" and rnd() < 0.1:
        u.parents = mkhome(choice(list(CITY)))
    u.arrive = uni(5, 55) if role == "visit" and rnd() < 0.35 else None
    u.newhome = mkhome(HOME) if u.arrive else None
    if role not in ("visit",) and rnd() < 0.04:
        u.arrive = uni(5, 58)
        u.newhome = mkhome(pick(HOMEW))  # moved house
    u.shift = (
        pick([("day", 30), ("evening", 14), ("night", 12), ("rot", 44)])
        if role == "clin"
        else (
            "office"
            if role in ("admin", "tele", "dorm")
            else "stud" if role == "stud" else "svc" if role == "svc" else "wide"
        )
    )
    u.phase = R.randrange(3)
    u.off = gauss(0, 0.6)
    u.offp = clip(math.exp(gauss(math.log(0.05), 0.8)), 0.005, 0.5)
    u.wk = gauss(0, 1)
    u.oncall = role == "clin" and rnd() < 0.25
    u.ward = R.randrange(len(WARDS))
    u.flt = role == "clin" and rnd() < 0.1
    u.dept = (
        u.ward % 14
        if role == "clin"
        else (
            14 + R.randrange(4)
            if role in ("admin", "tele")
            else 18 + R.randrange(5) if role in ("res", "visit", "dorm") else 23 + R.randrange(8)
        )
    )
    u.typo = clip(math.exp(gauss(math.log(0.035), 0.95)), 0.002, 0.4)
    u.three = rnd() < 0.025
    u.mfa = role != "svc" and rnd() < (0.75 if role in ("tele", "visit") else 0.31)
    u.deny = clip(math.exp(gauss(math.log(0.012), 1)), 0.001, 0.2)
    u.auth = "certificate" if role == "svc" else pick([("password", 5), ("sso", 5)])
    u.bi = gauss(math.log(28e3), 0.6)
    u.bo = gauss(math.log(2.5e5), 1.1)
    u.bs = clip(math.exp(gauss(math.log(0.55), 0.4)), 0.2, 1.5)
    u.img = uni(0.5, 28) if rnd() < (0.13 if role in ("res", "clin") else 0.02) else None
    u.imgx = logu(15, 1200)
    u.desk = mkdev("desk") if role in ("admin", "res") or (role == "clin" and rnd() < 0.22) else None
    u.lap = mkdev("desk") if rnd() < 0.78 else None
    u.phones = []
    if rnd() < 0.88:
        d = mkdev("phone")
        u.phones.append(d)
        if rnd() < 0.2:
            n = mkdev("phone", d.fam if rnd() < 0.75 else None)
            n.t0 = T0 + uni(0, 60) * DAY
            d.t1 = n.t0
            u.phones.append(n)
    if not u.lap and not u.phones:
        u.lap = mkdev("desk")
    if u.lap and rnd() < 0.05:
        n = mkdev("desk", u.lap.fam if rnd() < 0.6 else None)
        u.lap2 = (T0 + uni(0, 60) * DAY, n)
    else:
        u.lap2 = None
    u.mail = u.phones and rnd() < 0.1
    u.clears = role != "svc" and rnd() < 0.015
    u.clearp = uni(0.1, 0.9)
    x = rnd()
    u.comm = choice(VPNASN) if x < 0.03 else "relay" if x < 0.06 else "tor" if x < 0.0612 else None
    u.commp = uni(0.05, 0.7)
    u.vpnp = {"tele": 0.45, "admin": 0.5, "res": 0.4, "visit": 0.3, "clin": 0.2, "dorm": 0.2}.get(
        role, 0.04
    ) * uni(0.2, 1.6)
    u.trips = []
    u.vac = []
    u.gap = None
    if role == "stud" and intake < 152 and rnd() < 0.26:
        intake += 1
        u.start = choice([13, 14, 43, 44, 45, 46]) + 0.28
        u.rate = max(u.rate, 0.4)
        u.typo = min(0.4, u.typo * 2)
    elif role not in ("svc", "dorm") and rnd() < 0.02:
        u.start = R.randrange(3, 58) + 0.28
    if rnd() < 0.015:
        u.end = uni(5, 58)
    if role in ("res", "clin", "stud", "admin", "tele") and rnd() < (0.3 if role == "res" else 0.09):
        d = uni(1, 56)
        u.trips.append(
            (
                d,
                d + lint(2, 10),
                (
                    choice(
                        BYC[
                            choice(
                                [
                                    "Turkey",
                                    "Indonesia",
                                    "India",
                                    "China",
                                    "Nigeria",
                                    "Suriname",
                                    "Ghana",
                                    "Romania",
                                    "Brazil",
                                    "United States",
                                    "South Africa",
                                    "Vietnam",
                                ]
                            )
                        ]
                    )
                    if rnd() < 0.3
                    else (
                        choice([c for c in CITY if c not in (HOME, "Haren")])
                        if rnd() < 0.7
                        else choice(BYC[NL])
                    )
                ),
                None,
            )
        )
    if rnd() < 0.25:
        d = uni(0, 55)
        u.vac.append((d, d + lint(3, 15)))
    if role in ("clin", "res", "admin") and rnd() < 0.025:
        d = uni(2, 20)
        u.gap = (d, d + uni(22, 45))  # leave: back after weeks
    if role == "dorm":
        k = rnd()
        b = uni(0.5, 8)
        if k < 0.72:
            u.gap = (b, 999 if rnd() < 0.5 else uni(34, 59))
        elif k < 0.9:
            u.gap = (-1, uni(8, 58))  # asleep since before the stream
        else:
            u.gap = (b, uni(20, 40))
        u.rate = logu(0.25, 1.2)
    users.append(u)
R.shuffle(users)
# conferences: groups at one venue
for _ in range(6):
    city = choice([c for c in CITY if CITY[c][0] != NL])
    d = uni(2, 54)
    venue = mk(choice(ISP[CITY[city][0]][2] + ISP[CITY[city][0]][0]), city)
    for u in R.sample([x for x in users if x.role in ("res", "clin") and x.start == 0], R.randrange(8, 24)):
        u.trips.append((d + uni(-0.5, 0.5), d + uni(2.5, 4.5), city, venue))


# helper bytes
def byts(u, kind="full", mult=1.0):
    m = {"phone": -0.9, "ws": -0.3, "full": 0}[kind]
    return int(math.exp(clip(gauss(u.bi + m, u.bs * 0.7), 5, 19))), int(
        math.exp(clip(gauss(u.bo + m, u.bs), 5, 25)) * mult
    )


def fbyts():
    return int(math.exp(gauss(7.5, 0.35))), int(math.exp(gauss(7.9, 0.4)))


# events: (t, user_id, ok, addr, dev, ua, bi, bo, type, auth, label, family, campaign)
EV = []
HIST = defaultdict(list)


def put(t, uid, ok, a, dev, agent, b, et="login", au="password", lab=0, fam=None, camp=None):
    e = (t, uid, ok, a, dev, agent, b[0], b[1], et, au, lab, fam, camp)
    EV.append(e)
    return e


SH = {"day": (6.9, 15.6), "evening": (14.7, 23.3), "night": (22.6, 31.2)}


def shift_of(u, d):
    if u.shift == "rot":
        return ["day", "evening", "night"][(int(d) // 7 + u.phase) % 3]
    return u.shift


DAYAMP = NP.gamma(14, 1 / 14.0, DAYS + 1)


def weights(u):
    w = np.zeros(DAYS)
    for d in range(DAYS):
        wd = d % 7
        x = 1.0
        if u.role == "clin":
            x = 1.0 if (d * 5 + u.i * 3) % 7 < 5 else 0.12
        elif u.role == "svc":
            x = 1
        elif u.role == "stud":
            x = 1 if wd < 5 else 0.55
        elif u.role in ("res", "visit"):
            x = 1 if wd < 5 else 0.3
        else:
            x = 1 if wd < 5 else 0.1
        if wd == 0:
            x *= 1.2
        if d + 1 <= u.start or d > u.end:
            x = 0
        if any(a <= d <= b for a, b in u.vac):
            x *= 0.12
        if u.gap and u.gap[0] <= d < u.gap[1]:
            x = 0
        w[d] = x * (DAYAMP[d] if u.role != "svc" else 1)
    return w


def tod(u, d, trip):
    """local time of day in hours (may pass 24), and whether at work"""
    if trip:
        return (uni(7.5, 24.2), False)
    s = shift_of(u, d)
    if s in SH:
        if u.oncall and rnd() < 0.06:
            return uni(0, 6.5), rnd() < 0.4
        if rnd() < u.offp * 1.6:
            return uni(7.5, 24), False
        a, b = SH[s]
        h = (a + abs(gauss(0, 0.35)) + u.off * 0.3) if rnd() < 0.4 else uni(a, b)
        return h, True
    if s == "office":
        if rnd() < u.offp * 1.8:
            return clip(gauss(20.5, 2), 6, 25.5), False
        return (gauss(8.3 + u.off, 0.5) if rnd() < 0.4 else uni(8.2 + u.off, 17.3 + u.off)), True
    if s == "stud":
        return (clip(gauss(14.5 + u.off * 2, 4), 6.5, 26.5), rnd() < 0.45)
    if s == "svc":
        return (
            (u.phase * 7 + choice([1.0, 1.0, 3.5, 5.0]) + gauss(0, 0.05)) % 24 if rnd() < 0.5 else uni(0, 24)
        ), True
    if rnd() < u.offp * 2:
        return uni(0, 24), False
    return clip(gauss(13 + u.off, 3.2), 6, 26), rnd() < 0.7


def phone(u, t):
    for d in reversed(u.phones):
        if d.t0 <= t < d.t1:
            return d
    return None


def laptop(u, t):
    if u.lap2 and t >= u.lap2[0]:
        return u.lap2[1]
    return u.lap


SVCNET = {}


def context(u, t, work, trip):
    """-> addr, device, kind, offcampus"""
    if u.role == "svc":
        if u.i not in SVCNET:
            d = mkdev(
                "desk",
                choice(
                    [
                        "python-requests/2.32.3",
                        "Java/17.0.9",
                        "okhttp/4.12.0",
                        "curl/8.5.0",
                        "Go-http-client/1.1",
                    ]
                ),
            )
            SVCNET[u.i] = (
                (
                    mk(1103, HOME, ip="129.125.%d.%d" % (R.randrange(20, 26), R.randrange(2, 250)), wrong=0)
                    if rnd() < 0.75
                    else mk(choice([8075, 16509]), choice(["Amsterdam", "Frankfurt am Main"]))
                ),
                d,
            )
        a, d = SVCNET[u.i]
        return a, d, "full", False
    ph, lp = phone(u, t), laptop(u, t)
    own = (ph if (rnd() < (0.6 if u.role == "stud" else 0.45) and ph) else lp) or ph
    if own is None:
        own = u.desk or LAB[u.i % len(LAB)]
    k = "phone" if own is ph else "full"
    if rnd() < 0.0012:  # someone else's machine, somewhere
        city = (
            trip[2]
            if trip
            else u.home["city"] if rnd() < 0.55 else choice(BYC[NL]) if rnd() < 0.8 else choice(list(CITY))
        )
        return mk(choice(ISP[CITY[city][0]][0]), city), mkdev("desk"), "full", True
    if trip:
        _, _, city, venue = trip
        x = rnd()
        key = ("hotel", id(trip))
        if x < 0.16 and k == "phone":
            return cgnat(u.carrier, t, u.i), own, k, True  # roaming, home-routed
        if x < 0.16 + u.vpnp * 0.5:
            return choice(VPNEX), own, k, True
        if x > 0.955:
            own = mkdev("desk")
            k = "full"
        if venue and x < 0.7:
            return venue, own, k, True
        if key not in SVCNET:
            SVCNET[key] = mk(choice(ISP[CITY[city][0]][0] + ISP[CITY[city][0]][2]), city)
        return (SVCNET[key] if rnd() < 0.85 else mk(choice(ISP[CITY[city][0]][1]), city)), own, k, True
    visitabroad = u.role == "visit" and (u.arrive is None or t < T0 + u.arrive * DAY)
    if work and not visitabroad:
        if u.role == "clin":
            x = rnd()
            if x < 0.76:
                ws, nat = WARDS[
                    R.randrange(len(WARDS)) if (u.flt and rnd() < 0.5) or rnd() < 0.01 else u.ward
                ]
                return nat, ws[min(int(rnd() ** 1.3 * len(ws)), len(ws) - 1)], "ws", False
            if x < 0.88 and u.desk:
                return OFFNAT[u.dept % 4], u.desk, "full", False
        elif u.role in ("admin", "res") and rnd() < 0.75:
            return OFFNAT[u.dept % 4], u.desk, "full", False
        elif u.role == "stud" and rnd() < 0.1:
            return LABNAT, choice(LAB), "ws", False
        if u.role != "tele":
            if k == "phone" and rnd() < 0.4:
                return cgnat(u.carrier, t, u.i), own, k, True
            if rnd() < 0.15:
                return clone(WIFI[0], v6addr(WIFI6 + ":%x" % R.randrange(1, 40))), own, k, False
            return WIFI[R.randrange(6)] if rnd() < 0.3 else WIFI[u.i % 6], own, k, False
    if visitabroad and work and rnd() < 0.5:
        key = ("inst", u.i)
        if key not in SVCNET:
            SVCNET[key] = mk(choice(ISP[CITY[u.city][0]][2]), u.city)
        return SVCNET[key], own, k, True
    x = rnd()
    if x < u.vpnp:
        return VPNEX[0 if rnd() < 0.62 else 1], own, k, False
    if u.comm and rnd() < u.commp:
        if u.comm == "relay":
            if own.fam in ("iphone", "msafari"):
                return choice(RELAY), own, k, True
        elif u.comm == "tor":
            return choice(TOR), own, k, True
        else:
            return (
                COMM[u.comm][(u.i * 7 + int(t // (3 * DAY)) * (1 if rnd() < 0.7 else 3)) % 33],
                own,
                k,
                True,
            )
    if k == "phone" and rnd() < 0.5 and not visitabroad:
        return cgnat(u.carrier, t, u.i), own, k, True
    if u.dormnat:
        if rnd() < 0.05:
            return homeaddr(u.parents, t), own, k, True
        return DORM, own, k, False
    wkend = int((t - T0) // DAY) % 7 >= 5
    if wkend and u.role == "stud" and rnd() < 0.3 or rnd() < 0.006:
        return homeaddr(u.parents, t), own, k, True
    if rnd() < 0.006:
        return (
            mk(choice(ISP[CITY[u.city][0]][0]), nearby(u.city) if rnd() < 0.3 else u.city),
            own,
            k,
            True,
        )  # cafe, friend
    return homeaddr(u.newhome if u.arrive and t > T0 + u.arrive * DAY else u.home, t), own, k, True


EXPIRY = {}
for dp in R.sample(range(31), 11):
    EXPIRY[dp] = choice([d for d in range(2, 59) if d % 7 < 5])
SVCOUT = {u.i: uni(4, 58) for u in R.sample([x for x in users if x.role == "svc"], 5)}


def stale_phone(u, t):
    ph = phone(u, t)
    if not ph:
        return
    a = cgnat(u.carrier, t, u.i) if rnd() < 0.5 else homeaddr(u.home, t)
    gap = logu(40, 900)
    x = t + uni(60, 7000)
    for _ in range(lint(3, 28)):
        put(x, u.id, False, a, ph.id if rnd() < 0.0 or not u.mail else None, mailua(ph), fbyts())
        x += gap * uni(0.8, 1.2)


def session(u, t, work, trip, expired):
    a, d, k, off = context(u, t, work, trip)
    did = d.id
    agent = ua(d, t)
    if u.clears and k != "ws" and rnd() < u.clearp:
        d.id = did = devid()
    au = u.auth if k != "ws" else ("smartcard" if u.ward % 3 == 0 and u.role == "clin" else u.auth)
    if k == "phone" and u.mail and rnd() < 0.5:
        agent = mailua(d)
        did = None
        au = "password"
    monday = int((t - T0) // DAY) % 7 == 0
    pf = u.typo * (1.6 if monday else 1) * (1.5 if k == "phone" else 1)
    nf = 0
    if expired:
        nf = R.randrange(1, 5)
    elif rnd() < pf and au not in ("certificate",):
        nf = 3 if u.three else 1
        while not u.three and rnd() < 0.3 and nf < 9:
            nf += 1
    x = t
    if nf and rnd() < 0.006 and u.role != "svc":  # a mistyped user name
        i = R.randrange(1, len(u.id))
        put(x, u.id[:i] + choice("0123456789") + u.id[i + 1 :], False, a, did, agent, fbyts())
        x += uni(5, 30)
    for _ in range(nf):
        put(x, u.id, False, a, did, agent, fbyts(), au=au if au == "sso" else "password")
        x += 4 + expo(1 / 14.0)
    if nf and not expired and rnd() < 0.05:
        return
    if expired or rnd() < (0.12 if nf >= 3 and not u.three else 0.0012):
        for _ in range(1 if rnd() < 0.85 else 2):
            x += uni(25, 300)
            put(x, u.id, rnd() < 0.93, a, did, agent, fbyts(), "password_reset", "password")
        x += uni(8, 120)
        if u.mail and rnd() < 0.5 or rnd() < 0.12:
            stale_phone(u, x)
    if u.mfa and did and rnd() < (0.75 if off else 0.12):
        nd = 0
        if rnd() < u.deny:
            nd = 1
            while rnd() < 0.35 and nd < 7:
                nd += 1
        for _ in range(nd):
            put(x, u.id, False, a, did, agent, fbyts(), "mfa_challenge", "mfa")
            x += uni(12, 95)
        if nd and rnd() < 0.2:
            return
        put(x, u.id, True, a, did, agent, fbyts(), "mfa_challenge", "mfa")
        x += uni(2, 9)
        au = "mfa"
    m = 1.0
    if u.img is not None and k == "full" and abs(((x - T0) / DAY) % 30 - u.img) < 0.9 and rnd() < 0.6:
        m = u.imgx * math.exp(gauss(0, 0.4))
    elif rnd() < 0.004:
        m = logu(3, 60)
    e = put(x, u.id, True, a, did, agent, byts(u, k, m), "login", au)
    HIST[u.id].append((x, a, d, k, did, agent, au))


W = [weights(u) for u in users]
tot = sum(u.rate * w.sum() for u, w in zip(users, W))
scale = N_SESS / tot
newphone_done = set()
for u, w in zip(users, W):
    exp_left = u.dept in EXPIRY and u.role != "svc"
    for d in range(DAYS):
        if w[d] == 0:
            continue
        r = min(u.rate * scale, 15.5) * w[d] * float(NP.gamma(3.5, 1 / 3.5))
        n = pois(r)
        if u.start and int(u.start) == d and n == 0:
            n = 1
        if u.role == "dorm" and u.gap and d == 0 and u.gap[0] > 0:
            n = max(n, 1)
        ts = []
        for _ in range(n):
            trip = next((x for x in u.trips if x[0] <= d + 0.5 <= x[1]), None)
            h, work = tod(u, d, trip)
            if trip and d + 0.5 - trip[0] < 1:
                h = uni(18, 24.2)
            tz = (
                CITY[trip[2]][3]
                if trip
                else (
                    CITY[u.city][3]
                    if u.role == "visit" and (u.arrive is None or d < u.arrive)
                    else nltz(T0 + d * DAY)
                )
            )
            t = T0 + d * DAY + (h - tz) * H + uni(0, 60)
            if u.start > 0 and t < T0 + u.start * DAY:
                t = T0 + u.start * DAY + uni(0, 6 * H)
            ts.append((t, work, trip))
        for t, work, trip in sorted(ts, key=lambda z: z[0]):
            ex = False
            if exp_left and (t - T0) / DAY >= EXPIRY[u.dept] + 0.2 and (t - T0) / DAY < EXPIRY[u.dept] + 4:
                ex = True
                exp_left = False
            session(u, t, work, trip, ex)
    if u.role != "svc" and rnd() < 0.03:
        b0, asn = (0 if rnd() < 0.6 else uni(1, 57)), choice(HOSTING[:5] + HOSTING[:3] + [16509, 8075])
        city = choice(
            ["Amsterdam", "Amsterdam", "Frankfurt am Main", "London", "Paris", "New York", "Warsaw"]
        )
        P = [mk(asn, city) for _ in range(lint(1, 8))]
        ag = choice(
            [
                "python-requests/2.32.3",
                "okhttp/4.12.0",
                "Go-http-client/1.1",
                "curl/8.5.0",
                "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
            ]
        )
        dv = devid() if rnd() < 0.4 else None
        t = T0 + max(u.start, b0) * DAY
        g = logu(0.3, 9)
        while t < T0 + min(DAYS, u.end) * DAY:
            t += expo(1 / g) * DAY
            if u.gap and u.gap[0] < (t - T0) / DAY < u.gap[1]:
                continue
            if rnd() < 0.04:
                for _ in range(lint(1, 12)):
                    put(t, u.id, False, choice(P), dv, ag, fbyts())
                    t += uni(20, 300)
            a = choice(P)
            e = put(t, u.id, True, a, dv, ag, byts(u, "phone"), "login", "password")
            HIST[u.id].append((t, a, None, "ws", dv, ag, "password"))
    if u.i in SVCOUT:
        a, dv, _, _ = context(u, T0, True, None)
        t = T0 + SVCOUT[u.i] * DAY
        g = logu(30, 600)
        for _ in range(lint(15, 110)):
            put(t, u.id, False, a, dv.id, ua(dv, t), fbyts(), "login", "certificate")
            t += g
HT = {}
for k in HIST:
    HIST[k].sort(key=lambda z: z[0])
    HT[k] = [z[0] for z in HIST[k]]
BYID = {u.id: u for u in users}

# ------------------------------------------------------------------ attacks
humans = [u for u in users if u.role != "svc"]
taken = set()
CAMP = []


def hist(u, t):
    return HIST[u.id][: bisect.bisect_left(HT.get(u.id, []), t)]


def victim(t, minh=6, cond=None, tries=3000):
    for _ in range(tries):
        u = choice(humans)
        if u.id in taken or u.id not in HT:
            continue
        h = hist(u, t)
        if len(h) < minh or t - h[0][0] < 3 * DAY or (cond and not cond(u, h)):
            continue
        taken.add(u.id)
        return u, h
    raise RuntimeError("no victim")


BAD = [
    "Nigeria",
    "Russia",
    "Romania",
    "Vietnam",
    "Brazil",
    "India",
    "China",
    "Ukraine",
    "Indonesia",
    "Ghana",
    "Turkey",
    "Iran",
    "United States",
    "South Africa",
    "Philippines",
    "Bulgaria",
    "Morocco",
]


def badcity():
    c = choice(BAD) if rnd() < 0.6 else choice(list(BYC))
    return choice(BYC.get(c) or BYC["Germany"])


def anet(kind, city, t=0):
    c = CITY[city][0]
    if kind == "res":
        return mk(choice(ISP[c][0]), city, v6=rnd() < 0.12)
    if kind == "mob":
        return cgnat(choice(ISP[NL][1]), t, R.random()) if c == NL else mk(choice(ISP[c][1]), city)
    if kind == "uni":
        return mk(choice(ISP[c][2]), city)
    if kind == "host":
        return mk(choice(HOSTING), city)
    if kind == "vpn":
        return choice(COMM[choice(VPNASN)]) if rnd() < 0.6 else mk(choice(VPNASN), city)
    if kind == "tor":
        return choice(TOR)
    return mk(choice(ISP[c][0]), city)


def owndev(h):
    for z in reversed(h):
        if z[3] != "ws" and z[4]:
            return z
    return None


def lookalike(h, t, p_same):
    """a new device for the attacker: with p_same the victim's own browser and OS"""
    z = owndev(h)
    d = mkdev("phone" if rnd() < 0.3 else "desk")
    if z and rnd() < p_same:
        d.fam = z[2].fam
        d.model = z[2].model
        d.lag = z[2].lag if rnd() < 0.6 else expo(1 / 6.0)
    return d


def usual_time(h, t, patient=True):
    """about t, at an hour the victim keeps"""
    z = choice(h[-60:])
    return T0 + math.floor((t - T0) / DAY) * DAY + (z[0] - T0) % DAY + gauss(0, 1500)


def login(u, t, a, d, agent, f, c, mult=1.0, fails=0, au=None, mfa_p=0.55, kind="full"):
    did = d.id if hasattr(d, "id") else d
    for _ in range(fails):
        put(t, u.id, False, a, did, agent, fbyts(), "login", "password", 1, f, c)
        t += 4 + expo(1 / 18.0)
    au = au or (u.auth if rnd() < 0.75 else "password")
    if u.mfa and au != "token" and rnd() < mfa_p:
        put(t, u.id, True, a, did, agent, fbyts(), "mfa_challenge", "mfa", 1, f, c)
        t += uni(2, 12)
        au = "mfa"
    put(t, u.id, True, a, did, agent, byts(u, kind, mult), "login", au, 1, f, c)
    return t


def aftermath(u, t):
    """the real user notices: failures, reset, login from the own machine (honest)"""
    hh = HIST.get(u.id)
    if not hh or rnd() > 0.3:
        return
    z = owndev(hh[: bisect.bisect_left(HT[u.id], t)] or hh[:1])
    if not z:
        return
    t += logu(0.3, 40) * H
    a, did, agent = z[1], z[4], z[5]
    for _ in range(R.randrange(0, 5)):
        put(t, u.id, False, a, did, agent, fbyts())
        t += uni(6, 40)
    put(t, u.id, True, a, did, agent, fbyts(), "password_reset", "password")
    t += uni(10, 90)
    put(t, u.id, True, a, did, agent, byts(u), "login", u.auth)


TOOLS = [
    "python-requests/2.32.3",
    "okhttp/4.12.0",
    "Go-http-client/1.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "curl/8.5.0",
]


def stolen_credentials(t, f, c, thin):
    u, h = victim(t)
    patient = rnd() < 0.5 or thin
    city = choice(BYC["Germany"] + BYC["Belgium"] + BYC[NL][13:]) if thin or rnd() < 0.22 else badcity()
    kind = pick([("res", 45), ("host", 28), ("mob", 14), ("uni", 8), ("vpn", 5)])
    d = lookalike(h, t, 0.85 if thin else 0.4)
    a = anet(kind, city, t)
    n = lint(1, 9)
    gap = logu(120, 2 * DAY)
    x = usual_time(h, t) if patient else t
    fl = R.randrange(0, 3) if rnd() < 0.4 else 0
    mult = 1 if thin else logu(0.5, 15)
    for i in range(n):
        if i and rnd() < 0.15:
            a = anet(kind, city, t)
        login(u, x, a, d, ua(d, x), f, c, mult, fl if i == 0 else 0)
        x += gap * uni(0.3, 1.7)
        if patient and gap > 6 * H:
            x = usual_time(h, x)
    aftermath(u, x)


def targeted_takeover(t, f, c, thin):
    u, h = victim(t, 8)
    city = u.home["city"] if rnd() < 0.66 else choice(BYC[CITY[u.home["city"]][0]])
    kind = pick([("res", 82), ("mob", 14), ("vpn", 4)])
    d = lookalike(h, t, 0.9)
    a = anet(kind, city, t)
    if kind == "res" and a.asn == u.home["asn"] and rnd() < 0.6 and not thin:
        a = mk(choice([z for z in ISP[a.country][0] if z != u.home["asn"]] or [u.home["asn"]]), city)
    n = lint(2, 10) if not thin else R.randrange(1, 3)
    span = logu(0.15, 7) * DAY
    g = 1.0 if thin else logu(1.5, 40)
    x = usual_time(h, t) if rnd() < 0.7 else t
    st = x
    for i in range(n):
        m = g ** ((i + 1) / n)
        login(u, x, a, d, ua(d, x), f, c, m, 1 if i == 0 and rnd() < 0.3 else 0)
        x += span / n * uni(0.5, 1.5)
        if span / n > 8 * H:
            x = usual_time(h, x)
        if rnd() < 0.07:
            a = anet(kind, city, t)
    aftermath(u, x)


def session_theft(t, f, c, thin):
    for _ in range(400):
        u = choice(humans)
        if u.id in taken or u.id not in HT:
            continue
        i = bisect.bisect_left(HT[u.id], t)
        if i < 8 or i >= len(HT[u.id]):
            continue
        z = HIST[u.id][i]
        if z[3] == "ws" or not z[4] or z[0] - t > 2 * DAY:
            continue
        break
    else:
        raise RuntimeError
    if not same_part(z[0] + 7 * H, t):
        raise RuntimeError
    taken.add(u.id)
    x = z[0] + (logu(40, 3600) if rnd() < 0.75 else logu(1, 6) * H)
    if thin:
        kind, city = "mob", HOME
    else:
        kind = pick([("res", 42), ("host", 30), ("vpn", 18), ("mob", 7), ("tor", 3)])
        city = (u.home["city"] if rnd() < 0.25 else choice(BYC[NL])) if rnd() < 0.45 else badcity()
    a = anet(kind, city, t)
    agent = z[5] if rnd() < 0.68 or thin else ua(mkdev("desk"), x)
    mult = logu(0.7, 60)
    gap = logu(30, 6 * H)
    for i in range(lint(1, 7)):
        login(u, x, a, z[4], agent, f, c, mult, 0, "sso" if rnd() < 0.5 else z[6], 0)
        x += gap * uni(0.4, 1.6)
    aftermath(u, x)


def pool(n, style):
    if style == "one24":
        b = anet("host", badcity())
        p = b.ip.rsplit(".", 1)[0]
        return [clone(b, "%s.%d" % (p, R.randrange(1, 255))) for _ in range(n)]
    if style == "resproxy":
        return [anet("res", badcity() if rnd() < 0.7 else choice(BYC[NL])) for _ in range(n)]
    if style == "nlres":
        return [anet("res", choice(BYC[NL])) for _ in range(n)]
    if style == "tor":
        return [choice(TOR) for _ in range(n)]
    return [anet("host", badcity()) for _ in range(n)]


def crowd(n, unk):
    out = []
    us = R.sample(humans, n)
    for i in range(n):
        out.append(
            us[i]
            if rnd() > unk
            else (
                newid(choice(["p", "s3"]), 6)
                if rnd() < 0.8
                else choice(["admin", "test", "info", "root", "jansen", "devries"]) + str(R.randrange(99))
            )
        )
    return out


def credential_stuffing(t, f, c, thin):
    n = lint(10, 62)
    gap = logu(0.8, 400)
    unk = uni(0.05, 0.6)
    P = pool(lint(1, 45), pick([("host", 3), ("one24", 2), ("resproxy", 4), ("nlres", 1.2), ("tor", 0.6)]))
    rot = rnd() < 0.6
    sticky = lint(1, 12)
    ds = pick([("one", 4), ("none", 3), ("each", 3), ("few", 2)])
    few = [mkdev("desk") for _ in range(4)]
    d0 = mkdev("desk")
    tool = choice(TOOLS) if rnd() < 0.3 else None
    ps = uni(0, 0.05) if rnd() < 0.75 else 0
    x = t
    hits = []
    ai = 0
    for i, v in enumerate(crowd(n, unk)):
        if i % sticky == 0:
            ai += 1
        a = P[ai % len(P)] if not rot else choice(P)
        d = d0 if ds in ("one", "none") else mkdev("desk") if ds == "each" else choice(few)
        did = None if ds == "none" else d.id
        agent = tool or ua(d, x)
        for _ in range(1 if rnd() < 0.8 else 2):
            known = hasattr(v, "id")
            ok = known and rnd() < ps
            if ok:
                put(x, v.id, True, a, did, agent, byts(v, "phone"), "login", "password", 1, f, c)
                hits.append(v)
                x += gap * expo(1)
                break
            put(x, v.id if known else v, False, a, did, agent, fbyts(), "login", "password", 1, f, c)
            x += gap * expo(1)
    for v in hits:
        if rnd() < 0.4:
            a = anet("res", badcity())
            d = mkdev("desk")
            login(v, x + logu(0.2, 30) * H, a, d, ua(d, x), f, c, logu(1, 10), 0, "password")


def password_spraying(t, f, c, thin):
    n = lint(9, 44)
    span = logu(0.2, 12) * DAY
    na = lint(2, 60)
    P = pool(na, pick([("resproxy", 4), ("one24", 2), ("nlres", 2), ("host", 2)]))
    d = mkdev("desk")
    agent = choice(TOOLS) if rnd() < 0.35 else ua(d, t)
    ds = pick([("one", 3), ("none", 4), ("each", 3)])
    biz = rnd() < 0.4
    ps = uni(0, 0.035) if rnd() < 0.7 else 0
    hits = []
    tgt = crowd(n, uni(0, 0.15))
    for r in range(pick([(1, 6), (2, 1.6), (3, 0.4)])):
        for i, v in enumerate(tgt[: max(8, n // (r + 1))]):
            x = t + uni(0, span) if i or r else t
            if biz and i:
                x = T0 + math.floor((x - T0) / DAY) * DAY + uni(6.5, 15.5) * H
                x = max(x, t)
            a = choice(P)
            did = d.id if ds == "one" else None if ds == "none" else devid()
            known = hasattr(v, "id")
            ok = known and rnd() < ps
            put(
                x,
                v.id if known else v,
                ok,
                a,
                did,
                agent,
                byts(v, "phone") if ok else fbyts(),
                "login",
                "password",
                1,
                f,
                c,
            )
            if ok:
                hits.append((v, x))
    for v, x in hits:
        if rnd() < 0.5:
            login(v, x + logu(0.1, 40) * H, choice(P), d, agent, f, c, logu(1, 20), 0, "password")


def brute_force(t, f, c, thin):
    u, h = victim(t, 4)
    n = R.randrange(4, 7) if thin else lint(6, 36)
    gap = logu(0.7, 900)
    P = [
        anet(
            pick([("res", 5), ("host", 4), ("vpn", 1), ("mob", 1)]),
            u.home["city"] if rnd() < 0.25 else badcity(),
            t,
        )
        for _ in range(1 if rnd() < 0.55 else lint(2, 14))
    ]
    d = lookalike(h, t, 0.35)
    did = None if rnd() < 0.25 else d.id
    agent = choice(TOOLS) if rnd() < 0.2 else ua(d, t)
    x = t
    for i in range(n):
        put(x, u.id, False, choice(P), did, agent, fbyts(), "login", "password", 1, f, c)
        x += gap * expo(1)
    if rnd() < 0.78:
        for i in range(lint(1, 5)):
            login(u, x, choice(P), did, agent, f, c, logu(0.6, 12), 0, "password")
            x += logu(60, 5 * H)
    aftermath(u, x)


def mfa_fatigue(t, f, c, thin):
    u, h = victim(t, 4, lambda u, h: u.mfa)
    n = R.randrange(4, 7) if thin else lint(5, 20)
    gap = logu(8, 110) if rnd() < 0.75 else logu(110, 1500)
    city = u.home["city"] if rnd() < 0.3 else badcity()
    a = anet(pick([("res", 5), ("host", 3), ("vpn", 2), ("mob", 1)]), city, t)
    d = lookalike(h, t, 0.5)
    agent = ua(d, t)
    x = t if rnd() < 0.6 else usual_time(h, t)
    for _ in range(n):
        put(x, u.id, False, a, d.id, agent, fbyts(), "mfa_challenge", "mfa", 1, f, c)
        x += gap * uni(0.3, 1.7)
    if rnd() < 0.72:
        put(x, u.id, True, a, d.id, agent, fbyts(), "mfa_challenge", "mfa", 1, f, c)
        x += 4
        for _ in range(lint(1, 4)):
            put(x, u.id, True, a, d.id, agent, byts(u, "full", logu(0.6, 12)), "login", "mfa", 1, f, c)
            x += logu(200, 8 * H)
    aftermath(u, x)


def dormant_revival(t, f, c, thin):
    cand = []
    for u in humans:
        if u.id in taken:
            continue
        i = bisect.bisect_left(HT.get(u.id, []), t)
        if i and t - HT[u.id][i - 1] > 20 * DAY:
            cand.append((u, 1))
        elif not i and u.role == "dorm" and (t - T0) > 18 * DAY:
            cand.append((u, 0.15))
    if not cand:
        raise RuntimeError
    u = pick(cand)
    taken.add(u.id)
    h = hist(u, t)
    city = u.home["city"] if rnd() < 0.35 or thin else (choice(BYC[NL]) if rnd() < 0.3 else badcity())
    d = lookalike(h, t, 0.5)
    a = anet(pick([("res", 6), ("host", 2), ("vpn", 1), ("mob", 1)]), city, t)
    x = t
    fl = lint(1, 5) if rnd() < 0.4 else 0
    if rnd() < 0.2:
        put(x, u.id, True, a, d.id, ua(d, x), fbyts(), "password_reset", "password", 1, f, c)
        x += uni(30, 900)
    for i in range(lint(1, 7)):
        login(u, x, a, d, ua(d, x), f, c, logu(0.7, 25), fl if i == 0 else 0)
        x += logu(120, 1.5 * DAY)


def reset_takeover(t, f, c, thin):
    u, h = victim(t, 4)
    city = u.home["city"] if rnd() < 0.4 or thin else (choice(BYC[NL]) if rnd() < 0.3 else badcity())
    kind = pick([("res", 6), ("host", 2), ("vpn", 1), ("mob", 1.5)])
    a = anet(kind, city, t)
    d = lookalike(h, t, 0.55)
    agent = ua(d, t)
    x = t if rnd() < 0.5 else usual_time(h, t)
    n = 1 if thin else R.randrange(1, 6)
    for i in range(n):
        put(
            x, u.id, i == n - 1 or rnd() < 0.4, a, d.id, agent, fbyts(), "password_reset", "password", 1, f, c
        )
        x += logu(20, 2000)
    x += logu(10, 5 * H) if rnd() < 0.5 else 20
    if rnd() < 0.2:
        d = mkdev("phone")
        a = anet(kind, city, t)
    for i in range(lint(1, 6)):
        login(u, x, a, d, ua(d, x), f, c, logu(0.7, 20))
        x += logu(60, DAY)
    aftermath(u, x)


def insider_exfiltration(t, f, c, thin):
    u, h = victim(t, 14, lambda u, h: owndev(h) is not None)
    z = owndev(h)
    n = lint(1, 9)
    span = logu(0.1, 12) * DAY
    mult = logu(3, 6) if thin else logu(6, 1500)
    med = choice(h[-40:])[0]
    hr = (med - T0) % DAY / H + choice([-1, 1]) * (uni(0, 2) if thin else uni(1.5, 11))
    x0 = T0 + math.floor((t - T0) / DAY) * DAY
    first = True
    for i in range(n):
        x = x0 + (span * i / n // DAY) * DAY + (hr % 24) * H + gauss(0, 2400) + (i * 500 if span < DAY else 0)
        zz = z if rnd() < 0.7 else choice([q for q in h[-30:] if q[4] == z[4]] or [z])
        a = zz[1] if rnd() < 0.8 else choice(VPNEX)
        d = zz[2]
        b = byts(u, "full", mult * math.exp(gauss(0, 0.5)))
        put(x, u.id, True, a, zz[4], zz[5] if rnd() < 0.5 else ua(d, x), b, "login", zz[6], 1, f, c)


def shared_device(t, f, c, thin):
    own = rnd() < 0.65
    n = lint(5, 24)
    span = logu(0.3, 70) * H
    us = R.sample([u for u in humans if len(hist(u, t)) > 3], n)
    x = t
    if own:
        near = rnd() < 0.5
        d = mkdev("desk")
        P = [
            anet(pick([("res", 6), ("host", 2), ("mob", 2)]), choice(BYC[NL]) if near else badcity(), t)
            for _ in range(1 if rnd() < 0.6 else lint(2, 6))
        ]
    else:
        ws, nat = choice(WARDS)
        d = choice(ws) if rnd() < 0.6 else choice(LAB)
        P = [nat if d in ws else LABNAT]
        if rnd() < 0.5:
            t = x = T0 + math.floor((t - T0) / DAY) * DAY + uni(0, 4) * H
    pk = uni(0.6, 1)
    each = rnd() < 0.4
    for u in us:
        a = choice(P)
        k = 1 if not each else R.randrange(1, 3)
        for _ in range(k):
            if rnd() < pk:
                login(u, x, a, d, ua(d, x), f, c, logu(0.5, 6), 0, u.auth, 0.5, "ws")
            else:
                put(x, u.id, False, a, d.id, ua(d, x), fbyts(), "login", "password", 1, f, c)
        x += span * H / H * 1.0 / n * expo(1)


def anonymiser(t, f, c, thin):
    u, h = victim(t, 6)
    kind = pick([("vpn", 45), ("tor", 25), ("host", 30)])
    city = choice(BYC[NL]) if rnd() < 0.35 else badcity()
    a = anet(kind, city, t)
    z = owndev(h)
    d = lookalike(h, t, 0.5)
    x = usual_time(h, t) if thin or rnd() < 0.4 else t
    rot = rnd() < 0.5
    gap = logu(60, 1.3 * DAY)
    mult = logu(0.6, 20)
    for i in range(lint(1, 8)):
        login(u, x, a, d, ua(d, x), f, c, mult, R.randrange(0, 3) if i == 0 and rnd() < 0.3 else 0)
        x += gap * uni(0.4, 1.6)
        if rot:
            a = anet(kind, city, t)
    aftermath(u, x)


FAM = [
    ("stolen_credentials", stolen_credentials, 30, 18),
    ("targeted_takeover", targeted_takeover, 38, 22),
    ("session_theft", session_theft, 24, 14),
    ("credential_stuffing", credential_stuffing, 15, 9),
    ("password_spraying", password_spraying, 14, 8),
    ("brute_force", brute_force, 20, 12),
    ("mfa_fatigue", mfa_fatigue, 17, 10),
    ("dormant_revival", dormant_revival, 16, 9),
    ("reset_takeover", reset_takeover, 19, 11),
    ("insider_exfiltration", insider_exfiltration, 26, 15),
    ("shared_device", shared_device, 12, 7),
    ("anonymiser", anonymiser, 19, 11),
]


def same_part(x, t):
    return (x < T0 + 40 * DAY) == (t < T0 + 40 * DAY)


plan = [(nm, fn, p) for nm, fn, a, b in FAM for p, k in ((0, a), (1, b)) for _ in range(k)]
R.shuffle(plan)
cid = 0
THIN = set(
    R.sample(
        [
            i
            for i, p in enumerate(plan)
            if p[0] not in ("credential_stuffing", "password_spraying", "shared_device")
        ],
        20,
    )
)
for nm, fn, p in plan:
    lo, hi = (5, 39.8) if p == 0 else (40, 58.8)
    if nm == "dormant_revival":
        lo = max(lo, 26)
    for attempt in range(200):
        t = T0 + uni(lo, hi) * DAY
        c = "c%04d-%s" % (cid, "%04x" % R.getrandbits(16))
        mark = len(EV)
        tk = set(taken)
        thin = cid in THIN
        try:
            fn(t, nm, c, thin)
        except RuntimeError:
            del EV[mark:]
            taken.clear()
            taken.update(tk)
            continue
        new = [e for e in EV[mark:] if e[10] and e[0] < T0 + DAYS * DAY]
        if new and (T0 + 5 * DAY <= min(e[0] for e in new)) and same_part(min(e[0] for e in new), t):
            CAMP.append(
                dict(
                    campaign=c,
                    attack=nm,
                    start=int(min(e[0] for e in new) * 1000),
                    end=int(max(e[0] for e in new) * 1000),
                    events=len(new),
                    successes=sum(e[2] and e[8] == "login" for e in new),
                    users=len({e[1] for e in new}),
                    thin=thin,
                )
            )
            break
        del EV[mark:]
        taken.clear()
        taken.update(tk)
    else:
        sys.exit("cannot place " + nm)
    cid += 1

# ------------------------------------------------------------------ write
EV = [e for e in EV if T0 <= e[0] < T0 + DAYS * DAY]
EV.sort(key=lambda e: e[0])
cut = (T0 + 40 * DAY) * 1000
fa = open(f"{OUT}/s{SEED}.all.ndjson", "w")
ft = open(f"{OUT}/s{SEED}.train.ndjson", "w")
fe = open(f"{OUT}/s{SEED}.test.ndjson", "w")
ids = set()
for t, uid, ok, a, did, agent, bi, bo, et, au, lab, fam, camp in EV:
    while True:
        eid = "%016x" % R.getrandbits(64)
        if eid not in ids:
            ids.add(eid)
            break
    ms = int(t * 1000)
    city, country, la, lo = a.city, a.country, a.lat, a.lon
    g = None
    if a.alt and t > a.alt[0]:
        g = a.alt[1]
    if a.wob and rnd() < a.wob:
        g = choice(BYC[NL])
    if g and CITY[g][0] == country:
        city = g
        la = round(CITY[g][1] + (la * 997 % 1 - 0.5) * 0.05, 4)
        lo = round(CITY[g][2] + (lo * 991 % 1 - 0.5) * 0.05, 4)
    o = {
        "event_id": eid,
        "user_id": uid,
        "timestamp": ms,
        "success": bool(ok),
        "ip_address": a.ip,
        "geo_location": country,
        "city": city,
    }
    if rnd() >= 0.10:
        o["latitude"] = la
        o["longitude"] = lo
    if rnd() >= 0.05:
        o["asn"] = a.asn
    if did:
        o["device_id"] = did
    o["user_agent"] = agent
    o["bytes_in"] = bi
    o["bytes_out"] = bo
    o["event_type"] = et
    o["auth_method"] = au
    o["label"] = lab
    if lab:
        o["attack"] = fam
        o["campaign"] = camp
    s = json.dumps(o, separators=(",", ":")) + "\n"
    fa.write(s)
    (ft if ms < cut else fe).write(s)
with open(f"{OUT}/s{SEED}.campaigns.ndjson", "w") as fc:
    for c in sorted(CAMP, key=lambda c: c["start"]):
        fc.write(json.dumps(c) + "\n")
n = len(EV)
k = sum(e[10] for e in EV)
print("seed", SEED, "events", n, "attack", k, "%.2f%%" % (100 * k / n), "campaigns", len(CAMP))
