#!/usr/bin/env python3
"""Logins at a retailer with its own lorries, in six European and three Asian countries.  usage: retail.py SEED OUTDIR"""

import sys, os, json, math, random, hashlib, datetime as dt
from collections import defaultdict, Counter

SEED = int(sys.argv[1])
OUT = sys.argv[2]
R = random.Random(SEED * 7919 + 13)
DAYS, NUSERS, DAY = 60, 3000, 86400
START = [dt.datetime(2025, 5, 5), dt.datetime(2025, 8, 25), dt.datetime(2025, 6, 9)][(SEED - 1) % 3]
SPLIT = 40
TARGET_SESS = 188000


def lu(a, b):
    return math.exp(R.uniform(math.log(a), math.log(b)))


def chance(p):
    return R.random() < p


def wpick(d):
    ks = list(d)
    return R.choices(ks, [d[k] for k in ks])[0]


def h32(*a):
    return int.from_bytes(hashlib.blake2b(repr(a).encode(), digest_size=8).digest(), "big")


# ---------------------------------------------------------------- geography and networks
# cc: (utc offset in summer, cities[(name,lat,lon,weight)], residential [(asn, [(first octet, lo, hi)])], mobile ASNs [(asn, blocks)])
C = {
    "NL": (
        2,
        [
            ("Utrecht", 52.09, 5.12, 5),
            ("Amsterdam", 52.37, 4.90, 5),
            ("Rotterdam", 51.92, 4.48, 4),
            ("Eindhoven", 51.44, 5.48, 3),
            ("Tilburg", 51.56, 5.09, 2),
            ("Zwolle", 52.51, 6.09, 1),
        ],
        [
            (1136, [(77, 160, 175), (86, 80, 95)]),
            (33915, [(94, 208, 215), (84, 104, 107)]),
            (50266, [(87, 208, 215), (31, 20, 21)]),
        ],
        [(1136, [(62, 133, 134), (188, 207, 207)]), (50266, [(31, 187, 188)]), (15480, [(109, 36, 39)])],
    ),
    "BE": (
        2,
        [
            ("Antwerp", 51.22, 4.40, 4),
            ("Ghent", 51.05, 3.72, 3),
            ("Brussels", 50.85, 4.35, 4),
            ("Liege", 50.63, 5.57, 2),
        ],
        [
            (5432, [(81, 240, 247), (91, 176, 183)]),
            (6848, [(84, 192, 199), (94, 224, 227)]),
            (12392, [(109, 128, 131)]),
        ],
        [(5432, [(37, 184, 185)]), (47377, [(94, 104, 105)])],
    ),
    "DE": (
        2,
        [
            ("Cologne", 50.94, 6.96, 4),
            ("Duisburg", 51.43, 6.76, 3),
            ("Frankfurt am Main", 50.11, 8.68, 4),
            ("Hamburg", 53.55, 9.99, 3),
            ("Leipzig", 51.34, 12.37, 2),
            ("Munich", 48.14, 11.58, 2),
            ("Dortmund", 51.51, 7.47, 2),
        ],
        [
            (3320, [(79, 192, 255), (84, 128, 191), (87, 128, 191)]),
            (3209, [(178, 0, 15), (188, 96, 111)]),
            (8881, [(94, 216, 223), (92, 192, 195)]),
            (6805, [(77, 0, 15)]),
        ],
        [
            (3320, [(80, 187, 187), (37, 80, 87)]),
            (3209, [(109, 40, 47)]),
            (6805, [(176, 0, 7), (89, 14, 15)]),
        ],
    ),
    "FR": (
        2,
        [
            ("Lille", 50.63, 3.06, 4),
            ("Paris", 48.86, 2.35, 5),
            ("Lyon", 45.76, 4.84, 3),
            ("Metz", 49.12, 6.18, 2),
            ("Toulouse", 43.60, 1.44, 1),
        ],
        [
            (3215, [(90, 0, 127), (86, 192, 255)]),
            (12322, [(78, 192, 255), (82, 224, 255)]),
            (15557, [(77, 192, 207), (93, 0, 31)]),
            (5410, [(89, 80, 95)]),
        ],
        [(3215, [(92, 184, 184), (80, 214, 215)]), (15557, [(37, 160, 175)]), (51207, [(37, 168, 175)])],
    ),
    "PL": (
        2,
        [
            ("Poznan", 52.41, 16.93, 4),
            ("Wroclaw", 51.11, 17.03, 3),
            ("Warsaw", 52.23, 21.01, 4),
            ("Lodz", 51.76, 19.46, 2),
            ("Szczecin", 53.43, 14.55, 1),
        ],
        [
            (5617, [(83, 0, 31), (79, 184, 191)]),
            (6830, [(89, 64, 79)]),
            (12741, [(87, 204, 207), (77, 252, 255)]),
        ],
        [
            (5617, [(37, 47, 47), (5, 172, 173)]),
            (12912, [(94, 254, 254)]),
            (8374, [(46, 112, 113)]),
            (39603, [(37, 7, 8)]),
        ],
    ),
    "ES": (
        2,
        [
            ("Zaragoza", 41.65, -0.89, 3),
            ("Madrid", 40.42, -3.70, 4),
            ("Barcelona", 41.39, 2.17, 4),
            ("Valencia", 39.47, -0.38, 2),
        ],
        [
            (3352, [(80, 24, 39), (83, 32, 63), (88, 0, 31)]),
            (12479, [(85, 48, 63)]),
            (12430, [(77, 224, 231)]),
        ],
        [(3352, [(95, 124, 127)]), (12479, [(90, 160, 167)]), (12430, [(77, 208, 211)])],
    ),
    "VN": (
        7,
        [
            ("Ho Chi Minh City", 10.82, 106.63, 5),
            ("Hanoi", 21.03, 105.85, 3),
            ("Binh Duong", 11.17, 106.65, 3),
            ("Da Nang", 16.05, 108.21, 1),
        ],
        [
            (7552, [(27, 64, 79), (171, 224, 255)]),
            (45899, [(14, 160, 191), (113, 160, 191)]),
            (18403, [(118, 68, 71), (42, 112, 119)]),
        ],
        [(7552, [(117, 0, 7), (27, 66, 67)]), (45899, [(123, 16, 31)]), (131429, [(59, 153, 153)])],
    ),
    "TH": (
        7,
        [("Bangkok", 13.76, 100.50, 5), ("Chonburi", 13.36, 100.98, 3), ("Chiang Mai", 18.79, 98.98, 1)],
        [
            (17552, [(124, 120, 123), (58, 8, 11)]),
            (133481, [(49, 228, 229)]),
            (45758, [(171, 4, 7), (110, 164, 164)]),
        ],
        [(131445, [(49, 230, 231)]), (132061, [(1, 46, 47)])],
    ),
    "MY": (
        8,
        [("Kuala Lumpur", 3.14, 101.69, 5), ("Johor Bahru", 1.49, 103.74, 3), ("Penang", 5.41, 100.33, 2)],
        [(4788, [(175, 136, 145), (60, 48, 55)]), (9534, [(121, 120, 123)]), (9930, [(211, 24, 25)])],
        [(9534, [(113, 210, 211)]), (10030, [(115, 164, 164)]), (38466, [(123, 136, 136)])],
    ),
    # elsewhere: travellers, suppliers, attackers
    "RO": (
        3,
        [("Iasi", 47.16, 27.59, 4), ("Bucharest", 44.43, 26.10, 5), ("Cluj-Napoca", 46.77, 23.60, 2)],
        [(8708, [(79, 112, 119), (86, 120, 127)]), (9050, [(92, 80, 87)])],
        [(8953, [(109, 166, 167)])],
    ),
    "GB": (
        1,
        [("London", 51.51, -0.13, 6), ("Manchester", 53.48, -2.24, 3)],
        [(2856, [(86, 128, 191), (81, 128, 159)]), (5089, [(82, 0, 47)])],
        [(12576, [(31, 64, 111)])],
    ),
    "IT": (
        2,
        [("Milan", 45.46, 9.19, 4), ("Rome", 41.90, 12.50, 4), ("Prato", 43.88, 11.10, 1)],
        [(3269, [(79, 0, 63), (87, 0, 31)]), (12874, [(93, 32, 63)])],
        [(16232, [(5, 168, 171)])],
    ),
    "CZ": (
        2,
        [("Prague", 50.08, 14.44, 4), ("Ostrava", 49.82, 18.26, 1)],
        [(5610, [(88, 100, 103), (90, 176, 183)])],
        [(13036, [(37, 48, 49)])],
    ),
    "AT": (
        2,
        [("Vienna", 48.21, 16.37, 4), ("Linz", 48.31, 14.29, 1)],
        [(8447, [(80, 108, 111), (91, 112, 115)])],
        [(8447, [(178, 112, 115)])],
    ),
    "TR": (
        3,
        [("Istanbul", 41.01, 28.98, 6), ("Bursa", 40.19, 29.06, 2), ("Antalya", 36.90, 30.70, 3)],
        [(9121, [(78, 160, 191), (85, 96, 111)]), (34984, [(176, 232, 239)])],
        [(16135, [(178, 240, 247)])],
    ),
    "MA": (
        1,
        [("Casablanca", 33.57, -7.59, 4), ("Tangier", 35.76, -5.83, 2)],
        [(36903, [(105, 128, 159)])],
        [(36925, [(196, 64, 65)])],
    ),
    "CN": (
        8,
        [
            ("Shenzhen", 22.54, 114.06, 4),
            ("Shanghai", 31.23, 121.47, 4),
            ("Ningbo", 29.87, 121.54, 3),
            ("Yiwu", 29.31, 120.08, 2),
        ],
        [(4134, [(58, 208, 223), (114, 80, 95)]), (4837, [(123, 112, 127)])],
        [(9808, [(223, 64, 117)])],
    ),
    "IN": (
        5.5,
        [("Tiruppur", 11.11, 77.34, 2), ("Delhi", 28.61, 77.21, 4), ("Mumbai", 19.08, 72.88, 4)],
        [(24560, [(122, 160, 179)]), (55836, [(49, 32, 47)])],
        [(55836, [(157, 32, 51)]), (45609, [(106, 192, 223)])],
    ),
    "BD": (
        6,
        [("Dhaka", 23.81, 90.41, 5), ("Chattogram", 22.36, 91.78, 2)],
        [(17494, [(103, 108, 110)])],
        [(24389, [(37, 111, 111)])],
    ),
    "NG": (
        1,
        [("Lagos", 6.52, 3.38, 6), ("Abuja", 9.06, 7.50, 2)],
        [(37282, [(41, 184, 191)])],
        [(29465, [(197, 210, 211)]), (36873, [(105, 112, 127)])],
    ),
    "RU": (
        3,
        [("Moscow", 55.76, 37.62, 5), ("Saint Petersburg", 59.93, 30.34, 3)],
        [(12389, [(178, 64, 71)]), (8402, [(95, 24, 31)])],
        [(31133, [(178, 176, 177)])],
    ),
    "UA": (
        3,
        [("Kyiv", 50.45, 30.52, 5), ("Lviv", 49.84, 24.03, 3)],
        [(15895, [(94, 153, 154)]), (13188, [(93, 72, 79)])],
        [(15895, [(37, 73, 73), (46, 211, 211)])],
    ),
    "BR": (
        -3,
        [("Sao Paulo", -23.55, -46.63, 6), ("Recife", -8.05, -34.88, 2)],
        [(28573, [(177, 32, 63)]), (18881, [(187, 112, 119)])],
        [(26599, [(179, 96, 127)])],
    ),
    "US": (
        -5,
        [("New York", 40.71, -74.01, 4), ("Dallas", 32.78, -96.80, 2), ("Los Angeles", 34.05, -118.24, 3)],
        [(7922, [(73, 0, 255), (98, 192, 255)]), (7018, [(99, 0, 127)])],
        [(21928, [(172, 56, 59)])],
    ),
    "ID": (
        7,
        [("Jakarta", -6.21, 106.85, 5), ("Bandung", -6.92, 107.61, 2), ("Denpasar", -8.65, 115.22, 2)],
        [(7713, [(36, 64, 95), (125, 160, 167)])],
        [(23693, [(114, 120, 127)])],
    ),
    "PK": (
        5,
        [("Karachi", 24.86, 67.01, 4), ("Lahore", 31.55, 74.34, 3)],
        [(17557, [(39, 32, 63), (182, 176, 191)])],
        [(45669, [(119, 152, 160)])],
    ),
    "SG": (8, [("Singapore", 1.35, 103.82, 1)], [(9506, [(116, 86, 89)])], [(4657, [(103, 252, 252)])]),
}
EU, AS = ["NL", "BE", "DE", "FR", "PL", "ES"], ["VN", "TH", "MY"]
HOME_CC = EU + AS
FAR = ["RO", "GB", "TR", "MA", "CN", "IN", "BD", "NG", "RU", "UA", "BR", "US", "ID", "PK", "IT"]
HOST = [  # asn, /16s, places
    (
        14061,
        [(104, 248), (167, 99), (138, 68)],
        [
            ("NL", "Amsterdam", 52.37, 4.90),
            ("DE", "Frankfurt am Main", 50.11, 8.68),
            ("SG", "Singapore", 1.35, 103.82),
            ("US", "New York", 40.71, -74.01),
        ],
    ),
    (
        16276,
        [(51, 68), (51, 75), (54, 36)],
        [("FR", "Gravelines", 50.99, 2.13), ("FR", "Paris", 48.86, 2.35), ("PL", "Warsaw", 52.23, 21.01)],
    ),
    (
        24940,
        [(95, 216), (88, 99), (116, 203)],
        [("DE", "Falkenstein", 50.48, 12.37), ("FI", "Helsinki", 60.17, 24.94)],
    ),
    (
        20473,
        [(45, 76), (45, 77)],
        [
            ("NL", "Amsterdam", 52.37, 4.90),
            ("SG", "Singapore", 1.35, 103.82),
            ("US", "Dallas", 32.78, -96.80),
        ],
    ),
    (63949, [(172, 104), (139, 162)], [("GB", "London", 51.51, -0.13), ("SG", "Singapore", 1.35, 103.82)]),
    (
        9009,
        [(146, 70), (37, 120)],
        [
            ("RO", "Bucharest", 44.43, 26.10),
            ("GB", "London", 51.51, -0.13),
            ("NL", "Amsterdam", 52.37, 4.90),
            ("ES", "Madrid", 40.42, -3.70),
            ("BE", "Brussels", 50.85, 4.35),
        ],
    ),
    (
        212238,
        [(138, 199), (156, 146)],
        [
            ("NL", "Amsterdam", 52.37, 4.90),
            ("DE", "Frankfurt am Main", 50.11, 8.68),
            ("FR", "Paris", 48.86, 2.35),
            ("PL", "Warsaw", 52.23, 21.01),
        ],
    ),
    (51167, [(161, 97), (173, 212)], [("DE", "Nuremberg", 49.45, 11.08)]),
    (16509, [(3, 120), (18, 184)], [("DE", "Frankfurt am Main", 50.11, 8.68)]),
]
TOR = [
    (60729, "185.220.101.", ("DE", "Berlin", 52.52, 13.40)),
    (60729, "185.220.100.", ("DE", "Frankfurt am Main", 50.11, 8.68)),
    (396507, "23.129.64.", ("US", "Seattle", 47.61, -122.33)),
    (198093, "171.25.193.", ("SE", "Stockholm", 59.33, 18.07)),
    (62744, "199.249.230.", ("US", "Dallas", 32.78, -96.80)),
]
RELAY = [(36183, [(172, 224), (172, 225)]), (13335, [(104, 28), (104, 29)])]


def jit(ip, lat, lon, s=0.06):
    k = h32("g", ip.rsplit(".", 1)[0] if "." in ip else ip[:14])
    return round(lat + ((k % 7) - 3) * s / 3, 4), round(lon + ((k // 7 % 7) - 3) * s / 3, 4)


def ip_in(blocks, key=None):
    r = R if key is None else random.Random(h32(*key))
    a, lo, hi = r.choice(blocks)
    return f"{a}.{r.randint(lo,hi)}.{r.randint(0,255)}.{r.randint(1,254)}"


def city_of(cc, name=None):
    cs = C[cc][1]
    if name:
        return next(c for c in cs if c[0] == name)
    return R.choices(cs, [c[3] for c in cs])[0]


class Net:
    """draw(t) -> (ip, cc, city, lat, lon, asn)"""

    def __init__(s, mode, cc, city, asn, blocks, kind, nid=None):
        s.mode, s.cc, s.city, s.asn, s.blocks, s.kind = mode, cc, city, asn, blocks, kind
        s.nid = nid or R.getrandbits(48)
        s.period = R.uniform(12, 45) * DAY
        s.ph = R.uniform(0, s.period)
        s.dph = R.uniform(0, DAY)
        a, lo, hi = R.choice(blocks)
        s.p16 = f"{a}.{R.randint(lo,hi)}."
        s.lo24 = R.randint(0, 15) * 16
        s.static = f"{s.p16}{s.lo24 + R.randint(0,15)}.{R.randint(1,254)}"
        s.v6 = (
            "2405" if cc in ("VN", "TH", "MY", "CN", "IN", "ID", "PK", "BD", "SG") else f"2a0{asn % 8}"
        ) + f':{256 + h32("v6", asn) % 65000:x}:{R.randint(256,65535):x}:{R.randint(16,65535):x}'

    def draw(s, t):
        c = s.city
        m = s.mode
        if m == "static":
            ip = s.static
        elif m == "semi":
            ip = ip_block(s, int((t + s.ph) // s.period))
        elif m == "block":
            ip = ip_block(s, int((t + s.dph) // DAY))
        elif m == "any":
            k = int((t + s.dph) // DAY)
            ip = ip_in(s.blocks, (s.nid, k))
            if h32(s.nid, k, "c") % 6 == 0:
                c = C[s.cc][1][h32(s.nid, k, "d") % len(C[s.cc][1])]
        elif m == "v6":
            k = int((t + s.dph) // DAY)
            x = h32(s.nid, k, "v6")
            ip = s.v6 + ":" + ":".join(f"{(x >> 16*i) & 0xffff:x}" for i in range(4))
        elif m == "mobile":
            ip = ip_in(s.blocks)
            gws = C[s.cc][1][:3]
            c = R.choices(gws, [6, 3, 1][: len(gws)])[0] if chance(0.75) else s.city
        elif m == "each":
            ip = ip_in(s.blocks)
        la, lo = jit(ip, c[1], c[2])
        return ip, s.cc, c[0], la, lo, s.asn


def ip_block(s, k):
    x = h32(s.nid, k)
    return f"{s.p16}{s.lo24 + x % 16}.{1 + (x >> 8) % 254}"


def home_net(cc, city, asn=None, mode=None):
    isp = (
        R.choices(C[cc][2], [3, 2, 1.5, 1][: len(C[cc][2])])[0]
        if asn is None
        else next(i for i in C[cc][2] if i[0] == asn)
    )
    return Net(
        mode or wpick({"static": 42, "semi": 27, "block": 14, "any": 8, "v6": 9}),
        cc,
        city,
        isp[0],
        isp[1],
        "home",
    )


def biz_net(cc, city):
    n = home_net(cc, city, None, "static")
    n.kind = "office"
    return n


MOB = {}


def mob_net(cc, city=None, i=None):
    m = C[cc][3]
    k = R.randrange(len(m)) if i is None else i % len(m)
    return Net("mobile", cc, city or city_of(cc), m[k][0], m[k][1], "mobile")


class Host:
    kind = "host"

    def __init__(s, rotate=False, cc=None, asn=None):
        o = [
            (h, p) for h in HOST for p in h[2] if (cc is None or p[0] == cc) and (asn is None or h[0] == asn)
        ] or [(h, p) for h in HOST for p in h[2]]
        s.h, s.p = R.choice(o)
        s.rot = rotate
        s.cc = s.p[0]
        s.new()

    def new(s):
        a, b = R.choice(s.h[1])
        s.ip = f"{a}.{b}.{R.randint(0,255)}.{R.randint(1,254)}"

    def draw(s, t):
        if s.rot:
            s.new()
        return s.ip, s.p[0], s.p[1], s.p[2], s.p[3], s.h[0]


class Tor:
    kind = "tor"
    cc = "DE"

    def draw(s, t):
        a, p, g = R.choice(TOR)
        return p + str(R.randint(1, 254)), g[0], g[1], g[2], g[3], a


class Relay:
    kind = "relay"

    def __init__(s, cc, city):
        s.cc, s.city = cc, city

    def draw(s, t):
        a, bl = R.choice(RELAY)
        x = R.choice(bl)
        c = s.city if chance(0.6) else city_of(s.cc)
        return f"{x[0]}.{x[1]}.{R.randint(0,255)}.{R.randint(1,254)}", s.cc, c[0], c[1], c[2], a


class Pool:
    """rotating proxies: n residential addresses of several countries; n=0: a new one every time"""

    kind = "pool"
    cc = "??"

    def __init__(s, ccs, n, mix_host=0.0):
        s.ccs, s.n, s.mh = ccs, n, mix_host
        s.nets = [s.mk() for _ in range(n)]

    def mk(s):
        if chance(s.mh):
            return Host()
        cc = R.choice(s.ccs)
        return home_net(cc, city_of(cc), None, "static")

    def draw(s, t):
        return (R.choice(s.nets) if s.n else s.mk()).draw(t)


class Vpn:
    kind = "vpn"

    def __init__(s, ip, cc, city, la, lo, asn):
        s.x = (ip, cc, city, la, lo, asn)
        s.cc = cc

    def draw(s, t):
        return s.x


VPN_NL = Vpn("145.131.%d.%d" % (R.randint(0, 255), R.randint(1, 254)), "NL", "Amsterdam", 52.37, 4.90, 20857)
VPN_SG = Vpn("116.88.%d.%d" % (R.randint(0, 255), R.randint(1, 254)), "SG", "Singapore", 1.35, 103.82, 9506)

# ---------------------------------------------------------------- devices
PHONES = ["SM-A546B", "SM-G991B", "Pixel 7", "M2102J20SG", "CPH2371", "SM-A145F", "moto g54"]


class Dev:
    def __init__(s, kind, os=None, br=None):
        s.kind = kind
        s.id = new_dev_id()
        s.lag = R.uniform(0, 20) * DAY
        s.stuck = chance(0.08)
        s.model = R.choice(PHONES)
        s.av = R.choices([11, 12, 13, 14, 15], [1, 2, 4, 5, 3])[0]
        s.vb = R.choice([0, 0, 0, 1, -1])
        if kind == "laptop":
            s.os = os or wpick({"win": 78, "mac": 16, "linux": 6})
            s.br = br or wpick(
                {
                    "chrome": 50,
                    "edge": 32 if s.os == "win" else 3,
                    "firefox": 12,
                    "safari": 30 if s.os == "mac" else 0,
                }
            )
        elif kind == "phone":
            s.os = os or wpick({"android": 64, "ios": 36})
            s.br = br or ("safari" if s.os == "ios" and chance(0.85) else "chrome")
        else:
            s.os, s.br = os or "android", br or "app"
        s.app = None

    def ua(s, t):
        st = 0 if s.stuck else int((t + s.lag) // (28 * DAY))
        v = 136 + s.vb + st
        if s.app:
            n, maj, mi = s.app
            return f"{n}/{maj}.{mi + int((t + s.lag * .5) // (35*DAY))} " + (
                f"(iOS {17 + s.vb % 2}.{4 + st})"
                if s.os == "ios"
                else f"(Android {s.av})" if s.kind in ("till", "scan") else f"(Android {s.av}; {s.model})"
            )
        if s.kind == "svc":
            return s.br
        pl = {
            "win": "Windows NT 10.0; Win64; x64",
            "mac": "Macintosh; Intel Mac OS X 10_15_7",
            "linux": "X11; Linux x86_64",
            "android": "Linux; Android 10; K",
        }.get(s.os)
        if s.os == "ios":
            if s.br == "safari":
                return f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_{4+st+s.vb} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{4+st+s.vb} Mobile/15E148 Safari/604.1"
            return f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_{4+st} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/{v}.0.0.0 Mobile/15E148 Safari/604.1"
        if s.br == "firefox":
            return f"Mozilla/5.0 ({pl}; rv:{v+2}.0) Gecko/20100101 Firefox/{v+2}.0"
        if s.br == "safari":
            return f"Mozilla/5.0 ({pl}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{3+st} Safari/605.1.15"
        return (
            f'Mozilla/5.0 ({pl}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 {"Mobile " if s.os == "android" else ""}Safari/537.36'
            + (f" Edg/{v}.0.0.0" if s.br == "edge" else "")
        )


def new_dev_id():
    return "d-%016x" % R.getrandbits(64)


def clone_dev(d):
    n = Dev(d.kind, d.os, d.br)
    n.__dict__.update({k: v for k, v in d.__dict__.items() if k != "id"})
    return n


def ghost(dev, keep_id=None):  # same browser, another id (private window, cleared cookie)
    n = clone_dev(dev)
    n.id = keep_id or new_dev_id()
    return n


# ---------------------------------------------------------------- events
EV = []


def emit(t, uid, ok, place, dev, bi, bo, et="login", fam=None, camp=None, ua=None, did=0, slip=0.004):
    if not (0 <= t < DAYS * DAY):
        return None
    ip, cc, city, la, lo, asn = place
    e = {
        "user_id": uid,
        "t": t,
        "success": int(ok),
        "event_id": "%032x" % R.getrandbits(128),
        "ip_address": ip,
        "geo_location": cc,
    }
    if R.random() >= 0.008:
        e["city"] = city
        e["latitude"] = la
        e["longitude"] = lo
    e["asn"] = asn
    d = (dev.id if dev else None) if did == 0 else did
    if d and R.random() >= slip:
        e["device_id"] = d
    e["user_agent"] = ua or dev.ua(t)
    if not ok:
        bi, bo = R.randint(300, 1900), R.randint(180, 1100)
    elif et != "login":
        bi, bo = R.randint(400, 2600), R.randint(250, 1500)
    e["bytes_in"] = int(bi)
    e["bytes_out"] = int(bo)
    e["event_type"] = et
    e["label"] = 1 if fam else 0
    if fam:
        e["attack"] = fam
        e["campaign"] = camp
    EV.append(e)
    return e


# ---------------------------------------------------------------- the company
class U:
    pass


USERS = []
SITES = {}


def cc_pick(eu=0.72):
    return R.choices(EU, [6, 3, 4, 3, 3, 2])[0] if chance(eu) else R.choice(AS)


def tz(cc):
    return C[cc][0] * 3600


shops = []
for i in range(40):
    cc = cc_pick(0.75)
    c = city_of(cc)
    d = Dev("till")
    d.app = ("TillApp", 4, R.choice([1, 2, 2]))
    d.av = R.choice([11, 13, 13])
    shops.append({"cc": cc, "city": c, "net": biz_net(cc, c), "till": d, "n": R.randint(2, 8)})
whs = []
for cc, cn, n in [
    ("NL", "Tilburg", 150),
    ("DE", "Duisburg", 150),
    ("PL", "Poznan", 160),
    ("FR", "Lille", 90),
    ("ES", "Zaragoza", 60),
    ("VN", "Binh Duong", 90),
    ("TH", "Chonburi", 60),
    ("MY", "Johor Bahru", 50),
]:
    c = city_of(cc, cn)
    sc = []
    for _ in range(max(8, n // 5)):
        d = Dev("scan")
        d.app = ("ScanGo", 2, 1)
        d.av = R.choice([10, 11])
        sc.append(d)
    kiosks = [Dev("laptop", "win", "edge") for _ in range(4)]
    whs.append({"cc": cc, "city": c, "net": biz_net(cc, c), "scan": sc, "kiosk": kiosks, "n": n})
ccs_ = [
    {
        "cc": cc,
        "city": city_of(cc, cn),
        "net": biz_net(cc, city_of(cc, cn)),
        "desks": [Dev("laptop", "win", "chrome") for _ in range(90)],
        "n": n,
    }
    for cc, cn, n in [("PL", "Wroclaw", 130), ("ES", "Valencia", 90), ("MY", "Penang", 110)]
]
offices = [
    {"cc": cc, "city": city_of(cc, cn), "nets": [biz_net(cc, city_of(cc, cn)) for _ in range(k)], "w": w}
    for cc, cn, k, w in [
        ("NL", "Utrecht", 2, 10),
        ("BE", "Antwerp", 1, 2),
        ("DE", "Cologne", 1, 3),
        ("FR", "Paris", 1, 2),
        ("PL", "Warsaw", 1, 2),
        ("ES", "Barcelona", 1, 1.5),
        ("VN", "Ho Chi Minh City", 1, 2),
        ("TH", "Bangkok", 1, 1),
        ("MY", "Kuala Lumpur", 1, 1),
    ]
]
itp = {"cc": "RO", "city": city_of("RO", "Iasi")}
itp["net"] = biz_net("RO", itp["city"])
fo_net = [biz_net("DE", city_of("DE", "Frankfurt am Main")), Host(cc="DE", asn=16509), Host(cc="NL")]


def mk(role, cc, city, med, sig=0.75):
    u = U()
    u.id = "u%05d" % R.randint(0, 99999)
    while u.id in mk.seen:
        u.id = "u%05d" % R.randint(0, 99999)
    mk.seen.add(u.id)
    u.role, u.cc, u.city = role, cc, city
    u.rate = min(12, max(0.2, med * math.exp(R.gauss(0, sig))))
    u.start, u.end = 0, DAYS
    u.away = []
    u.trips = []
    u.devs = {}
    u.rep = {}
    u.home = home_net(cc, city)
    u.mob = mob_net(cc, city)
    u.old = []
    u.s0 = 8 + R.gauss(0.6, 0.6)
    u.len = 8.5
    u.days = {0, 1, 2, 3, 4}
    u.evening = R.choice([0, 0.05, 0.1, 0.2])
    u.pf = min(0.25, 0.012 + R.expovariate(1 / 0.022))
    u.forget = chance(0.13)
    u.mfa = R.uniform(0.5, 1) if chance(0.86) else 0
    u.nodevp = R.uniform(0.1, 0.6) if chance(0.02) else 0
    u.legacy = chance(0.015)
    u.mi = R.gauss(11.5, 0.8)
    u.mo = R.gauss(9.6, 0.8)
    u.sd = R.uniform(0.45, 1.1)
    u.big = chance(0.02)
    u.vpn = 0
    u.cvpn = None
    u.relay = None
    u.private = 0.002 if chance(0.9) else R.uniform(0.02, 0.2)
    u.office = None
    u.shift = None
    u.pwexp = R.uniform(0, 90)
    u.svc = False
    u.late_pw = 0
    USERS.append(u)
    return u


mk.seen = set()


def phone(u, app=None):
    d = Dev("phone")
    d.app = app
    return d


def setdev(u, key, d, pq):
    u.devs[key] = d
    if chance(1 - (1 - pq) ** (60 / 91)):
        n = Dev(d.kind, d.os if chance(0.85) else None)
        n.app = d.app
        u.rep[key] = (R.uniform(0, DAYS), n)


def dev(u, key, t):
    if key in u.rep and t >= u.rep[key][0] * DAY:
        return u.rep[key][1]
    return u.devs[key]


for o in range(620):
    of = R.choices(offices, [x["w"] for x in offices])[0]
    cc = of["cc"]
    near = of["city"] if chance(0.7) else city_of(cc)
    u = mk("office", cc, near, 1.0, 0.8)
    u.office = of
    u.wfh = R.choice([0, 0, 0.2, 0.4, 0.4, 0.6, 1])
    u.vpn = R.choice([0, 0, 0.3, 0.6, 0.9])
    u.vpnx = VPN_NL if cc in EU or chance(0.15) else VPN_SG
    setdev(u, "l", Dev("laptop"), 0.06)
    setdev(u, "p", phone(u), 0.30)
    u.big = chance(0.30)
    u.monthend = chance(0.35)
    u.pph = R.choice([0.1, 0.2, 0.3, 0.5])
    u.days = {0, 1, 2, 3, 4} if cc in EU or chance(0.6) else {0, 1, 2, 3, 4, 5}
for s in shops:
    for _ in range(s["n"]):
        u = mk("shop", s["cc"], s["city"], 0.9, 0.6)
        u.site = s
        u.days = set(R.sample(range(7), R.randint(3, 6)))
        u.s0 = R.choice([8.5, 9, 12.5])
        u.mfa = 0 if chance(0.85) else 0.5
        setdev(u, "p", phone(u), 0.30)
        u.pph = R.choice([0, 0.05, 0.15, 0.4])
for w in whs:
    for _ in range(w["n"]):
        u = mk("wh", w["cc"], w["city"], 0.62, 0.6)
        u.site = w
        u.shift = R.randint(0, 2)
        u.rot = R.choice([1, 1, 1, 0])
        u.mfa *= 1 if chance(0.4) else 0
        u.own = R.choice(w["scan"]) if chance(0.5) else None
        setdev(u, "p", phone(u), 0.30)
        u.pph = R.choice([0, 0.1, 0.2, 0.4])
        u.days = set(R.sample(range(7), 5))
NB = {
    "NL": ["BE", "DE", "FR"],
    "BE": ["NL", "FR", "DE"],
    "DE": ["NL", "PL", "AT", "CZ", "FR"],
    "FR": ["BE", "ES", "DE", "IT"],
    "PL": ["DE", "CZ", "AT"],
    "ES": ["FR", "ES"],
    "VN": ["VN", "TH"],
    "TH": ["MY", "VN"],
    "MY": ["TH", "SG"],
}
for _ in range(560):
    cc = cc_pick(0.78)
    u = mk("driver", cc, city_of(cc), 1.0, 0.6)
    p = phone(u, ("DriveMate", 3, R.choice([7, 8])))
    setdev(u, "p", p, 0.30)
    b = Dev("phone", p.os)
    u.devs["b"] = b
    u.s0 = R.uniform(3.5, 8)
    u.len = R.uniform(8, 12)
    u.days = set(R.sample(range(7), R.choice([5, 5, 6])))
    u.intl = R.choice([0, 0.2, 0.5, 0.8, 0.9])
    u.routes = R.sample(NB[cc], min(len(NB[cc]), R.randint(1, 3)))
    u.lbo = R.choice([0.1, 0.4, 0.9])
    u.rmob = {x: mob_net(x) for x in u.routes}
for _ in range(90):
    cc = cc_pick(0.8)
    of = next(x for x in offices if x["cc"] == cc)
    u = mk("office", cc, of["city"], 1.4, 0.6)
    u.office = of
    u.role = "buyer"
    u.wfh = 0.3
    u.vpn = R.choice([0.3, 0.6, 0.9])
    u.vpnx = VPN_NL if cc in EU else VPN_SG
    setdev(u, "l", Dev("laptop"), 0.06)
    setdev(u, "p", phone(u), 0.30)
    u.monthend = False
    u.pph = 0.4
    d = R.randint(0, 20)
    sup = R.sample(["CN", "VN", "BD", "IN", "TR", "PK", "ID", "TH", "IT"], 3)
    while d < DAYS:
        l = R.randint(2, 8)
        x = R.choice(sup)
        u.trips.append((d, d + l, x, city_of(x)))
        d += l + R.randint(6, 30)
for c in ccs_:
    for _ in range(c["n"]):
        u = mk("cc", c["cc"], c["city"], 1.1, 0.35)
        u.site = c
        u.s0 = R.choice([8, 8, 12, 14])
        u.len = 8
        u.hot = chance(0.6)
        u.desk = R.choice(c["desks"])
        u.days = set(R.sample(range(7), 5))
        u.pf *= 0.8
        u.devs["p"] = phone(u)
        u.pph = 0 if chance(0.8) else 0.1
for _ in range(12):
    u = mk("itp", "RO", itp["city"], 3.0, 0.6)
    setdev(u, "l", Dev("laptop", R.choice(["win", "linux"])), 0.06)
    setdev(u, "p", phone(u), 0.3)
    u.pph = 0.15
    u.oncall = True
    u.vpn = 0.6
    u.vpnx = VPN_NL
    u.wfh = 0.4
    u.monthend = False
    u.mfa = 0.9
for _ in range(22):
    u = mk("it", "NL", city_of("NL"), 2.2, 0.6)
    u.role = "office"
    u.office = offices[0]
    u.oncall = True
    u.wfh = 0.5
    u.vpn = 0.6
    u.vpnx = VPN_NL
    setdev(u, "l", Dev("laptop", R.choice(["win", "mac", "linux"])), 0.06)
    setdev(u, "p", phone(u), 0.3)
    u.pph = 0.2
    u.monthend = True
    u.evening = 0.3
for _ in range(24):
    u = mk("svc", "DE", city_of("DE", "Frankfurt am Main"), 6, 0.7)
    u.svc = True
    d = Dev(
        "svc",
        "linux",
        R.choice(
            [
                "python-requests/2.31.0",
                "Go-http-client/1.1",
                "okhttp/4.12.0",
                "curl/8.5.0",
                "Apache-HttpClient/4.5.14 (Java/17.0.10)",
            ]
        ),
    )
    u.devs["l"] = d
    u.nodev = chance(0.5)
    u.net = R.choice(fo_net)
    u.mfa = 0
    u.pf = 0.004
    u.mo = R.gauss(13, 1.5)
    u.sd = R.uniform(0.2, 0.5)
for _ in range(330):
    if chance(0.7):
        w = R.choice(whs)
        u = mk("wh", w["cc"], w["city"], 0.7, 0.5)
        u.site = w
        u.shift = R.randint(0, 2)
        u.rot = 1
        u.own = None
        u.days = set(R.sample(range(7), 5))
    else:
        s = R.choice(shops)
        u = mk("shop", s["cc"], s["city"], 0.8, 0.5)
        u.site = s
        u.s0 = R.choice([9, 12.5])
        u.days = set(R.sample(range(7), 4))
    u.mfa = 0 if chance(0.8) else 0.5
    setdev(u, "p", phone(u), 0.3)
    u.pph = R.choice([0, 0.1, 0.3])
    a = R.randint(-25, 50)
    u.start, u.end = max(0, a), min(DAYS, a + R.randint(14, 45))
    if u.end <= 3:
        u.end = R.randint(4, DAYS)
while len(USERS) < NUSERS:
    cc = cc_pick(0.8)
    u = mk("office", cc, city_of(cc), 0.9, 0.9)
    u.role = "remote"
    u.office = next(x for x in offices if x["cc"] == cc)
    u.wfh = 1 if chance(0.5) else 0.8
    u.vpn = R.choice([0, 0.4, 0.9])
    u.vpnx = VPN_NL if cc in EU else VPN_SG
    setdev(u, "l", Dev("laptop"), 0.06)
    setdev(u, "p", phone(u), 0.3)
    u.monthend = chance(0.2)
    u.pph = R.choice([0.1, 0.3, 0.6])

DORM = []
for u in USERS:
    if u.svc:
        continue
    if u.start == 0 and u.end == DAYS:
        if chance(0.04):
            u.start = R.randint(3, 50)  # hired
        elif chance(0.015):
            u.end = R.randint(10, 50)  # left
        elif chance(0.022):
            a = R.randint(4, 22)
            u.away.append((a, a + R.randint(22, 36)))  # long leave, comes back
        elif chance(0.022):
            u.end = R.randint(3, 18)
            DORM.append(u)
    elif u.end < 30:
        DORM.append(u)
    if u.role != "buyer" and chance(0.09):  # holidays, weddings
        a = R.randint(2, 55)
        x = R.choice(
            [
                "TR",
                "TR",
                "MA",
                "IT",
                "GB",
                "US",
                "IN",
                "ID",
                "AT",
                "BR",
                "NG",
                "UA",
                "PK",
                "CN",
                "ES",
                "FR",
                "TH",
                "VN",
                "RO",
            ]
        )
        u.trips.append((a, a + R.randint(3, 13), x, city_of(x)))
    if chance(0.012):
        u.old.append((R.uniform(5, 55), home_net(u.cc, city_of(u.cc))))  # moves house
    if chance(0.02):
        u.old.append((R.uniform(5, 55), home_net(u.cc, u.city)))  # changes provider
    if u.role in ("office", "remote", "buyer", "driver", "shop", "wh") and chance(0.03):
        u.cvpn = (
            R.choice([0.05, 0.15, 0.5]),
            Host(rotate=chance(0.6), asn=R.choice([9009, 212238])),
            [Host(rotate=True, asn=R.choice([9009, 212238])) for _ in range(2)],
        )
    if u.devs.get("p") and u.devs["p"].os == "ios" and chance(0.07):
        u.relay = Relay(u.cc, u.city)
    u.tor = chance(0.0007)
    u.partner = home_net(u.cc, city_of(u.cc)) if chance(0.18) else None
BYID = {u.id: u for u in USERS}


def home_of(u, t):
    n = u.home
    for d, x in u.old:
        if t >= d * DAY:
            n = x
    return n


def is_monthend(d):
    x = START + dt.timedelta(days=d)
    y = x + dt.timedelta(days=3)
    return y.month != x.month or x.day == 1


def trip_of(u, day):
    for a, b, cc, c in u.trips:
        if a <= day < b:
            return a, cc, c
    return None


HOTEL = {}


def active(u, day):
    return u.start <= day < u.end and not any(a <= day < b for a, b in u.away)


def times(u, day, wd, k):
    """UTC seconds of k sessions of a working day"""
    off = tz(u.cc)
    base = day * DAY - off
    out = []
    if u.svc:
        return sorted(base + (R.choice(range(24)) * 3600 + R.gauss(120, 60)) for _ in range(k))
    s0 = u.s0
    L = u.len
    if u.shift is not None:
        s0 = [6, 14, 22][(u.shift + (day // 7) * u.rot) % 3]
        L = 8
    for i in range(k):
        if getattr(u, "oncall", 0) and chance(0.07):
            h = R.uniform(0, 24)
        elif chance(u.evening):
            h = R.uniform(18.5, 23.3)
        elif chance(0.012):
            h = R.uniform(0, 24)
        elif i == 0 or chance(0.2):
            h = s0 + abs(R.gauss(0, 0.25 if u.role == "cc" else 0.5))
        else:
            h = s0 + R.uniform(0.1, L)
        out.append(base + h * 3600 + R.uniform(0, 60))
    return sorted(out)


def context(u, t, day):
    """device and network for an honest session"""
    lh = ((t + tz(u.cc)) % DAY) / 3600
    tr = trip_of(u, day)
    if u.svc:
        return u.devs["l"], u.net
    if tr:
        a, cc, c = tr
        key = (u.id, a)
        if key not in HOTEL:
            HOTEL[key] = (biz_net(cc, c), mob_net(cc, c), chance(0.5))
        hot, lm, lbo = HOTEL[key]
        pk = "p" if "l" not in u.devs or chance(0.5) else "l"
        d = dev(u, pk, t)
        if pk == "p" and chance(0.5):
            return d, (lm if lbo else u.mob)
        if u.vpn and pk == "l" and chance(u.vpn):
            return d, u.vpnx
        return d, (hot if chance(0.9) else biz_net(cc, c))
    if u.tor and chance(0.05):
        return dev(u, "l" if "l" in u.devs else "p", t), Tor()
    hm = home_of(u, t)
    if u.partner and chance(0.04):
        hm = u.partner
    if u.role == "driver":
        d = dev(u, "p", t) if chance(0.93) else u.devs["b"]
        if chance(0.1):
            return d, hm
        if u.today != u.cc and chance(u.lbo):
            return d, u.rmob.get(u.today, u.mob)
        return d, u.mob
    if u.role in ("shop", "wh", "cc"):
        if chance(u.pph):
            d = dev(u, "p", t)
            if u.relay and chance(0.4):
                return d, u.relay
            if u.cvpn and chance(u.cvpn[0]):
                return d, R.choice([u.cvpn[1]] + u.cvpn[2])
            return d, (u.site["net"] if chance(0.2) else u.mob if chance(0.5) else hm)
        if u.role == "shop":
            if chance(0.006):
                o = R.choice(shops)
                return (o["till"], o["net"]) if o["cc"] == u.cc else (u.site["till"], u.site["net"])
            return u.site["till"], u.site["net"]
        if u.role == "wh":
            return (
                R.choice(u.site["kiosk"])
                if chance(0.12)
                else u.own if u.own and chance(0.8) else R.choice(u.site["scan"])
            ), u.site["net"]
        return (R.choice(u.site["desks"]) if u.hot and chance(0.3) else u.desk), u.site["net"]
    isph = chance(u.pph) or (not 9 <= lh <= 18 and chance(0.5))
    d = dev(u, "p" if isph else "l", t)
    if u.relay and isph and d.os == "ios" and chance(0.35):
        return d, u.relay
    if u.cvpn and chance(u.cvpn[0]):
        return d, R.choice([u.cvpn[1], u.cvpn[1]] + u.cvpn[2])
    inoff = u.inoff and 7 <= lh <= 19.5
    if inoff:
        if isph and chance(0.5):
            return d, u.mob
        return d, (R.choice(u.office["nets"]) if u.role != "itp" else itp["net"])
    if not isph and chance(u.vpn):
        return d, u.vpnx
    if isph and chance(0.4):
        return d, u.mob
    if not isph and chance(0.02):
        return d, u.mob  # tethering
    return d, hm


OUTAGES = [(R.uniform(3, 58) * DAY + 9 * 3600, R.uniform(1200, 4500)) for _ in range(3)]


def bytes_of(u, day, t):
    bi = math.exp(R.gauss(u.mi, u.sd))
    bo = math.exp(R.gauss(u.mo, u.sd))
    if is_monthend(day) and getattr(u, "monthend", 0) and chance(0.35):
        bo *= lu(5, 400)
        bi *= lu(1, 30)
    elif u.big and chance(0.02):
        bo *= lu(4, 150)
    if chance(0.0025):
        bo *= lu(5, 300)
    if chance(0.006):
        bi *= lu(5, 300)
    return bi, bo


def mfa_flow(u, t, net, d, fam=None, camp=None):
    """returns the time of the login"""
    pl = net.draw(t)
    if chance(0.008):
        for _ in range(R.choices([1, 2, 3, 5, 6], [78, 15, 5, 1.5, 0.5])[0]):
            emit(t, u.id, 0, pl, d, 0, 0, "mfa_challenge", fam, camp)
            t += R.uniform(15, 140)
    emit(t, u.id, 1, pl, d, 0, 0, "mfa_challenge", fam, camp)
    return t + R.uniform(1, 8), pl


def typo(x):
    i = R.randrange(1, len(x))
    return x[:i] + (R.choice("0123456789") if chance(0.6) else "") + x[i + 1 :]


def session(u, t, day, wd, first):
    d, net = context(u, t, day)
    did = 0
    if u.svc and u.nodev:
        did = None
    elif not u.svc and u.nodevp and chance(u.nodevp):
        did = None
    if u.legacy and chance(0.12):
        if "m" not in u.devs:
            u.devs["m"] = Dev(
                "svc",
                "android",
                R.choice(["BAV2ROPC", "BAV2ROPC", "okhttp/4.12.0", "Dalvik/2.1.0 (Linux; U; Android 9)"]),
            )
        d = u.devs["m"]
        did = None
    if d.kind in ("laptop", "phone") and not u.svc and u.role != "cc" and R.random() < u.private:
        d = ghost(d)
    elif u.role in ("office", "remote", "driver", "buyer") and R.random() < 0.0012:
        d = Dev("laptop" if chance(0.5) else "phone")  # someone else's computer
    pl = net.draw(t)
    out = any(a <= t <= a + l for a, l in OUTAGES)
    pf = u.pf * (3.2 if wd == 0 and first else 1) * (1.8 if d.id not in u.seen else 1)
    n = 0
    reset = False
    if d.id not in u.seen and u.seen and chance(0.25) and net.kind != "office":
        pf += 0.15
    if first and abs(day - u.pwexp) < 0.6 and not u.svc:
        n = R.choice([1, 2, 3, 4])
        reset = chance(0.7)
        u.pwexp = -9
        u.late_pw = t
    elif R.random() < pf:
        n = R.choices([1, 2, 3, 4, 5, 6, 8], [60, 17, 9, 6, 4, 3, 1])[0]
        reset = n >= 3 and chance(0.35)
    elif u.forget and wd == 0 and first and chance(0.22):
        n = R.randint(2, 6)
        reset = chance(0.3)
    if out and not u.svc:
        n += R.randint(1, 4)
    for _ in range(n):
        emit(t, u.id if not chance(0.03) else typo(u.id), 0, pl, d, 0, 0, did=did)
        t += R.choice([R.uniform(5, 40), R.uniform(10, 120)])
        if net.kind == "mobile" and chance(0.5):
            pl = net.draw(t)
    if n and chance(0.04):
        return
    if reset:
        for _ in range(R.choices([1, 2, 3], [80, 16, 4])[0]):
            t += R.uniform(20, 200)
            emit(t, u.id, 1, pl, d, 0, 0, "password_reset", did=did)
        t += R.uniform(15, 240)
        u.late_pw = t
    if u.mfa and chance(u.mfa):
        t, pl = mfa_flow(u, t, net, d)
    bi, bo = bytes_of(u, day, t)
    e = emit(t, u.id, 1, pl, d, bi, bo, did=did)
    u.seen.add(d.id)
    if e:
        HIST[u.id].append((t, d, net, pl))
    if (
        reset and "p" in u.devs and d is not dev(u, "p", t) and chance(0.25)
    ):  # the phone goes on with the old password
        tt = t
        p = dev(u, "p", t)
        for _ in range(R.randint(2, 9)):
            tt += lu(30, 5400)
            emit(tt, u.id, 0, (u.mob if chance(0.6) else home_of(u, tt)).draw(tt), p, 0, 0)
    if u.role == "shop" and d.kind == "till" and chance(0.012):  # takes a colleague's name by mistake
        o = R.choice([x for x in USERS if getattr(x, "site", None) is u.site])
        emit(t - R.uniform(20, 200), o.id, 0, pl, d, 0, 0)


HIST = defaultdict(list)
wk = {
    "office": [1, 1, 0.95, 1, 0.8],
}


def sess_day(u, day, dry=False):
    if not active(u, day):
        return 0
    wd = day % 7
    on = wd in u.days or u.svc
    lam = u.rate * K if on else u.rate * K * (0.06 if u.role in ("cc", "shop", "wh", "driver") else 0.12)
    if u.svc:
        lam = u.rate
    if day < u.start + 2 and u.start > 0:
        lam *= 1.5
    return min(lam, 13)


K = 1.0
tot = lambda: sum(sess_day(u, d) for u in USERS for d in range(DAYS))
for _ in range(4):
    K *= TARGET_SESS / tot() if tot() else 1


def poisson(l):
    L = math.exp(-l)
    k = 0
    p = 1
    while True:
        p *= R.random()
        if p <= L:
            return k
        k += 1


for u in USERS:
    u.seen = set()
    u.today = u.cc
    for day in range(DAYS):
        lam = sess_day(u, day)
        if lam == 0:
            continue
        k = poisson(lam)
        wd = day % 7
        if day == u.start and u.start > 0:
            k = max(1, k)
        if u.role == "driver":
            u.today = R.choice(u.routes) if chance(u.intl) else u.cc
        u.inoff = not chance(getattr(u, "wfh", 0)) and wd in u.days
        tr = trip_of(u, day)
        for i, t in enumerate(times(u, day, wd, k)):
            if tr and tr[0] == day and tr[1] not in EU and i < k and t < day * DAY + 15 * 3600:
                continue  # in the air
            if tr and tr[1] in C and u.cc != tr[1]:
                t += 0.6 * (tz(u.cc) - tz(tr[1]))
            session(u, t, day, wd, i == 0)
for _ in range(4):  # a service or a phone with a stale password
    u = R.choice([x for x in USERS if x.svc or x.role in ("office", "remote")])
    t = R.uniform(4, 57) * DAY
    d, net = context_stale = (u.devs["l"], u.net if u.svc else u.home)
    for _ in range(R.randint(15, 60)):
        emit(t, u.id, 0, net.draw(t), d, 0, 0)
        t += R.uniform(60, 900)
for h in HIST.values():
    h.sort(key=lambda x: x[0])

# ---------------------------------------------------------------- attacks
TR = dict(
    stolen_credentials=36,
    targeted_takeover=40,
    session_theft=34,
    credential_stuffing=9,
    password_spraying=9,
    brute_force=22,
    mfa_fatigue=22,
    dormant_revived=16,
    reset_takeover=18,
    insider_exfiltration=24,
    shared_device=8,
    anonymiser=12,
)
TE = dict(
    stolen_credentials=21,
    targeted_takeover=23,
    session_theft=20,
    credential_stuffing=6,
    password_spraying=5,
    brute_force=13,
    mfa_fatigue=13,
    dormant_revived=9,
    reset_takeover=10,
    insider_exfiltration=14,
    shared_device=5,
    anonymiser=7,
)
CAMP = {}
PEOPLE = [u for u in USERS if not u.svc]


def hist(u, t, n=None):
    return [x for x in HIST[u.id] if x[0] < t]


def victim(t, minh=6, pred=None, admin=True):
    day = int(t // DAY)
    for _ in range(500):
        u = R.choice(PEOPLE)
        if not active(u, day) or (pred and not pred(u)):
            continue
        hs = hist(u, t)
        if len(hs) >= minh and t - hs[-1][0] < 9 * DAY:
            return u
    raise SystemExit("no victim")


def main_dev(u, t):
    c = Counter()
    last = {}
    for _, d, _, _ in hist(u, t)[-40:]:
        c[d.id] += 1
        last[d.id] = d
    return last[c.most_common(1)[0][0]] if c else next(iter(u.devs.values()))


def usual_hours(u, t0, span=DAY):
    """a moment within span after t0 in the user's habit"""
    hs = hist(u, t0)
    x = R.choice(hs)[0] if hs else t0
    base = t0 - t0 % DAY + x % DAY + R.gauss(0, 2400)
    while base < t0:
        base += DAY
    return base + DAY * int(R.uniform(0, span / DAY)) if span > DAY else base


def anynet(u, dist=None):
    dist = dist or wpick(
        {
            "far_res": 20,
            "far_mob": 7,
            "far_host": 13,
            "company": 14,
            "near_host": 10,
            "country": 16,
            "city": 14,
            "carrier": 6,
        }
    )
    if dist == "far_res":
        cc = R.choice(FAR)
        return home_net(cc, city_of(cc)), dist
    if dist == "far_mob":
        return mob_net(R.choice(FAR)), dist
    if dist == "far_host":
        return Host(rotate=chance(0.2)), dist
    if dist == "company":
        cc = R.choice([x for x in HOME_CC if x != u.cc])
        return home_net(cc, city_of(cc)), dist
    if dist == "near_host":
        return Host(cc=u.cc, rotate=chance(0.2)), dist
    if dist == "country":
        return home_net(u.cc, R.choice([c for c in C[u.cc][1] if c[0] != u.city[0]])), dist
    if dist == "carrier":
        return mob_net(u.cc, u.city), dist
    return home_net(u.cc, u.city), "city"


def atk_dev(u, t, look=None):
    md = main_dev(u, t)
    look = look if look is not None else R.choice([0, 0, 1, 2])
    if look == 2:
        return ghost(md), "same_ua"
    if look == 1:
        d = Dev(
            "laptop" if md.kind not in ("phone", "laptop") else md.kind,
            (
                md.os
                if md.os in ("win", "mac", "linux", "android", "ios") and md.kind in ("phone", "laptop")
                else None
            ),
        )
        return d, "same_os"
    return Dev(R.choice(["laptop", "laptop", "phone"])), "other"


def atk_bytes(u, f=1.0):
    return math.exp(R.gauss(u.mi, u.sd)) * (lu(1, 8) if chance(0.4) else 1), math.exp(R.gauss(u.mo, u.sd)) * f


def fails(u, t, n, net, d, fam, cid, gap=(3, 60), did=0):
    for _ in range(n):
        emit(t, u.id, 0, net.draw(t), d, 0, 0, "login", fam, cid, did=did)
        t += lu(*gap)
    return t


def enter(u, t, net, d, fam, cid, f=1.0, mfa=None, did=0):
    if mfa is None:
        mfa = u.mfa and chance(u.mfa * 0.6)
    pl = net.draw(t)
    if mfa:
        emit(t, u.id, 1, pl, d, 0, 0, "mfa_challenge", fam, cid, did=did)
        t += R.uniform(1, 8)
    bi, bo = atk_bytes(u, f)
    emit(t, u.id, 1, pl, d, bi, bo, "login", fam, cid, did=did)
    return t


def follow(u, t, net, d, fam, cid, n, span, fmax=1.0, did=0, usual=None):
    """n successes spread over span seconds"""
    usual = chance(0.5) if usual is None else usual
    ts = sorted(t + R.uniform(0, span) for _ in range(n - 1)) if n > 1 else []
    enter(u, t, net, d, fam, cid, lu(1, fmax), did=did)
    for i, x in enumerate(ts):
        if usual and span > DAY:
            x = max(t + 60, usual_hours(u, x - DAY))
        enter(
            u,
            x,
            net,
            d,
            fam,
            cid,
            1 + (fmax - 1) * (i + 1) / n * R.uniform(0.3, 1),
            mfa=None if chance(0.4) else False,
            did=did,
        )


def thin():
    return chance(0.11)


def a_stolen(t, cid, P):
    svc = chance(0.04)
    u = R.choice([x for x in USERS if x.svc]) if svc else victim(t)
    net, dist = anynet(
        u, None if chance(0.45) else R.choice(["far_res", "far_host", "company", "far_mob", "far_res"])
    )
    d, look = atk_dev(u, t)
    if svc:
        d = ghost(u.devs["l"])
        look = "same_ua"
        P["thin"] = False
    if not svc and chance(0.55):
        t = usual_hours(u, t)
    if chance(0.35):
        t = fails(u, t, R.randint(1, 3), net, d, "F", cid)
    n = R.choices([1, 2, 3, 5, 8], [3, 3, 3, 2, 1])[0]
    P.update(dist=dist, look=look, n=n, victim=u.id)
    follow(
        u,
        t,
        net,
        d,
        "F",
        cid,
        n,
        lu(600, 6 * DAY),
        R.choice([1.01, 1.01, 5, 50]),
        did=None if (svc and u.nodev) else 0,
    )


def a_targeted(t, cid, P):
    th = thin()
    P["thin"] = th
    u = victim(t, 12, lambda x: x.role in ("office", "remote", "buyer", "driver", "itp") or chance(0.4))
    same = chance(0.7) or th
    city = u.city if same else city_of(u.cc)
    asn = u.home.asn if th or chance(0.35) else R.choice(C[u.cc if u.cc in C else "NL"][2])[0]
    net = home_net(u.cc, city, asn, wpick({"static": 5, "semi": 2, "block": 1, "any": 1, "v6": 1}))
    k = R.choices([2, 1, 0], [62, 25, 13])[0]
    d, look = atk_dev(u, t, 2 if th else k)
    if chance(0.8) or th:
        t = usual_hours(u, t)
    n = R.randint(1, 2) if th else R.choices([1, 2, 4, 7, 12, 16], [2, 3, 4, 3, 2, 1])[0]
    fmax = 1.01 if th else R.choice([1.2, 3, 10, 30, 60])
    if not th and chance(0.25):
        t = fails(u, t, R.randint(1, 3), net, d, "F", cid)
    P.update(look=look, same_city=same, same_isp=asn == u.home.asn, n=n, fmax=fmax, victim=u.id)
    follow(u, t, net, d, "F", cid, n, lu(DAY, 13 * DAY) if n > 2 else DAY * 2, fmax, usual=True)


def a_session(t, cid, P):
    th = thin()
    P["thin"] = th
    u = victim(t, 8, lambda x: x.role != "shop" or chance(0.2))
    hs = [x for x in HIST[u.id] if x[0] >= t] or HIST[u.id][-1:]
    x = hs[0]
    net, dist = anynet(
        u,
        (
            "carrier"
            if th
            else wpick(
                {
                    "far_res": 4,
                    "far_host": 4,
                    "near_host": 4,
                    "company": 3,
                    "country": 4,
                    "city": 4,
                    "far_mob": 1,
                }
            )
        ),
    )
    d = x[1]
    if not th and chance(0.25):
        o = Dev("laptop" if d.kind != "phone" else R.choice(["laptop", "phone"]))
        o.id = d.id
        d = o
        P["ua"] = "other"
    t = x[0] + (lu(90, 5400) if chance(0.85) else lu(5400, DAY))
    n = R.randint(1, 2) if th else R.choices([1, 2, 4, 6, 10], [3, 3, 3, 2, 1])[0]
    span = lu(300, 3 * DAY)
    fm = R.choice([1.01, 1.01, 4, 40]) if not th else 1.01
    P.update(dist=dist, n=n, victim=u.id)
    ts = [t] + sorted(t + R.uniform(30, span) for _ in range(n - 1))
    for i, y in enumerate(ts):
        enter(u, y, net, d, "F", cid, lu(1, fm), mfa=False)


TOOLS = [
    "python-requests/2.32.3",
    "Go-http-client/2.0",
    "okhttp/3.12.1",
    "axios/1.6.8",
    "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36",
    "BAV2ROPC",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2)",
]


def many_dev():
    m = wpick({"one": 3, "few": 2, "none": 2, "fresh": 2})
    base = [Dev(R.choice(["laptop", "laptop", "phone"])) for _ in range(1 if m == "one" else R.randint(3, 8))]
    tool = R.choice(TOOLS) if chance(0.4) else None
    oneua = chance(0.5)

    def f():
        d = R.choice(base)
        if m == "fresh":
            d = ghost(base[0]) if oneua else Dev(R.choice(["laptop", "phone"]))
        return d, (None if m == "none" else d.id), tool

    return f, m, tool


def many_net():
    m = wpick({"one_host": 3, "one_res": 2, "few": 4, "pool": 4, "each": 4, "tor": 1})
    local = chance(0.45)
    ccs = R.choices(EU if chance(0.8) else AS, k=3) if local else R.choices(FAR + HOME_CC, k=6)
    if m == "one_host":
        return Host(), m
    if m == "one_res":
        return home_net(ccs[0], city_of(ccs[0]), None, "static"), m
    if m == "few":
        return Pool(ccs, R.randint(2, 6), 0.3), m
    if m == "pool":
        return Pool(ccs, R.randint(10, 50), 0.2), m
    if m == "tor":
        return Tor(), m
    return Pool(ccs, 0, 0.1), m + ("_local" if local else "")


def a_stuffing(t, cid, P):
    n = int(lu(20, 120))
    fd, dm, tool = many_dev()
    net, nm = many_net()
    gap = lu(0.8, 700)
    unk = R.uniform(0.15, 0.8)
    ok = lu(0.004, 0.06)
    P.update(n=n, gap=round(gap), net=nm, dev=dm, unknown=round(unk, 2), tool=tool)
    hits = 0
    day = int(t // DAY)
    act = [u for u in PEOPLE if active(u, day)]
    R.shuffle(act)
    i = 0
    while i < n:
        if chance(unk):
            uid = R.choice(
                [
                    "info",
                    "j.smith%d",
                    "anna%d",
                    "m.devries%d",
                    "nguyen%d",
                    "kowalski%d",
                    "shop%d@mail",
                    "garcia.%d",
                    "lefevre%d",
                ]
            )
        else:
            uid = act.pop().id
        uid = uid % R.randint(1, 999) if "%d" in uid else uid
        u = BYID.get(uid)
        d, did, ua = fd()
        s = u is not None and (chance(ok / (1 - unk)))
        for _ in range(R.choice([1, 1, 1, 2]) if not s else 1):
            pl = net.draw(t)
            bi, bo = atk_bytes(u) if u else (0, 0)
            emit(t, uid, s, pl, d, bi, bo, "login", "F", cid, ua=ua, did=did)
            i += 1
            t += R.expovariate(1 / gap) + 0.2
        if s and chance(0.6):
            hits += 1
            n2, _ = anynet(u)
            d2, _ = atk_dev(u, t)
            follow(
                u, t + lu(300, 2 * DAY), n2, d2, "F", cid, R.randint(1, 3), lu(600, DAY), R.choice([1.01, 10])
            )
    P["hits"] = hits


def a_spray(t, cid, P):
    n = int(lu(18, 125))
    span = lu(0.4, 10) * DAY
    fd, dm, tool = many_dev()
    net, nm = many_net()
    day = int(t // DAY)
    act = R.sample([u for u in PEOPLE if active(u, day)], min(600, max(15, int(n / R.uniform(1, 2.5)))))
    biz = chance(0.4)
    hits = 0
    rounds = R.choice([1, 1, 2, 3])
    P.update(n=n, span_days=round(span / DAY, 1), net=nm, dev=dm, users=len(act), tool=tool, biz=biz)
    for i in range(n):
        u = act[i % len(act)]
        x = t + span * (i + R.uniform(-0.5, 0.5)) / n
        if biz:
            x = x - x % DAY + (7 + 10 * ((x % DAY) / DAY)) * 3600
        d, did, ua = fd()
        emit(x, u.id, 0, net.draw(x), d, 0, 0, "login", "F", cid, ua=ua, did=did)
        if chance(0.012) and hits < 3:
            hits += 1
            x += lu(2, 40)
            bi, bo = atk_bytes(u)
            emit(x, u.id, 1, net.draw(x), d, bi, bo, "login", "F", cid, ua=ua, did=did)
            if chance(0.7):
                n2, _ = anynet(u)
                d2, _ = atk_dev(u, x)
                follow(
                    u,
                    x + lu(600, 3 * DAY),
                    n2,
                    d2,
                    "F",
                    cid,
                    R.randint(1, 4),
                    lu(600, 2 * DAY),
                    R.choice([1.01, 20]),
                )
    P["hits"] = hits


def a_brute(t, cid, P):
    u = victim(t)
    rot = chance(0.3)
    net, dist = (
        (Pool(R.choices(FAR + HOME_CC, k=5) if chance(0.5) else [u.cc], R.choice([0, 3, 8])), "rotating")
        if rot
        else anynet(u)
    )
    d, look = atk_dev(u, t)
    n = int(lu(4, 32))
    g = lu(1, 1500)
    dn = chance(0.2)
    if chance(0.4):
        t = usual_hours(u, t)
    did = None if dn else 0
    t = fails(u, t, n, net, d, "F", cid, (g * 0.4, g * 2), did)
    P.update(n=n, gap=round(g), dist=dist, look=look, victim=u.id)
    if chance(0.78):
        if chance(0.3):
            net, _ = anynet(u)
        follow(
            u,
            t,
            net,
            d,
            "F",
            cid,
            R.choice([1, 1, 2, 3, 4]),
            lu(600, 2 * DAY),
            R.choice([1.01, 5, 50]),
            did=did,
        )


def a_mfa(t, cid, P):
    u = victim(t, 8, lambda x: x.mfa > 0)
    net, dist = anynet(u)
    d, look = atk_dev(u, t)
    pat = chance(0.22)
    n = R.randint(3, 12) if pat else int(lu(4, 20))
    g = lu(1200, 30000) if pat else lu(8, 200)
    if chance(0.5):
        t = usual_hours(u, t)
    P.update(n=n, patient=pat, gap=round(g), dist=dist, look=look, victim=u.id)
    for i in range(n):
        pl = net.draw(t)
        emit(t, u.id, 0, pl, d, 0, 0, "mfa_challenge", "F", cid)
        if chance(0.15):
            emit(t + 1, u.id, 0, pl, d, 0, 0, "login", "F", cid)
        t += R.uniform(0.4, 1.8) * g
    if chance(0.78):
        enter(u, t, net, d, "F", cid, lu(1, 8), mfa=True)
        if chance(0.5):
            follow(
                u, t + lu(300, DAY), net, d, "F", cid, R.randint(1, 4), lu(600, 2 * DAY), R.choice([1.01, 20])
            )


USED = set()


def a_dormant(t, cid, P):
    o = []
    for u in DORM:
        hs = HIST[u.id]
        if hs and u.id not in USED and t - hs[-1][0] > 14 * DAY and len(hs) >= 3:
            o.append(u)
    if not o:
        P["skip"] = 1
        return
    o.sort(key=lambda u: HIST[u.id][-1][0])
    u = o[0] if chance(0.4) else R.choice(o)
    USED.add(u.id)
    net, dist = anynet(u)
    d, look = (main_dev(u, t), "own_device") if chance(0.12) and dist != "city" else atk_dev(u, t)
    if chance(0.4):
        t = fails(u, t, R.randint(1, 4), net, d, "F", cid)
    n = R.randint(1, 6)
    P.update(idle=round((t - HIST[u.id][-1][0]) / DAY), dist=dist, look=look, n=n, victim=u.id)
    follow(u, t, net, d, "F", cid, n, lu(900, 6 * DAY), R.choice([1.01, 5, 60]))


def a_reset(t, cid, P):
    u = victim(t)
    net, dist = anynet(u)
    d, look = atk_dev(u, t)
    if chance(0.5):
        t = usual_hours(u, t)
    if chance(0.5):
        t = fails(u, t, R.randint(1, 4), net, d, "F", cid)
    k = R.randint(1, 4)
    P.update(resets=k, dist=dist, look=look, victim=u.id)
    for i in range(k):
        emit(t, u.id, int(i == k - 1 or chance(0.4)), net.draw(t), d, 0, 0, "password_reset", "F", cid)
        t += lu(20, 1500)
    t += lu(20, 4 * 3600) if chance(0.8) else lu(4 * 3600, DAY)
    if chance(0.25):
        net, _ = anynet(u)
    follow(u, t, net, d, "F", cid, R.choice([1, 1, 2, 3, 5]), lu(600, 3 * DAY), R.choice([1.01, 5, 50]))


def a_insider(t, cid, P):
    th = thin()
    P["thin"] = th
    u = victim(t, 14, lambda x: x.role not in ("shop",) or chance(0.2))
    hs = hist(u, t)
    n = R.choices([1, 2, 4, 7, 11], [3, 3, 3, 2, 1])[0]
    span = lu(1800, 12 * DAY) if n > 1 else 1
    fac = lu(2.2, 4) if th else lu(6, 1500)
    P.update(factor=round(fac, 1), n=n, victim=u.id)
    off = R.choice([0, 1, 1, 1]) * (0 if th else 1)
    P["odd"] = off
    for x in sorted(t + R.uniform(0, span) for _ in range(n)):
        h = R.choice(hs)
        y = usual_hours(u, x)
        if off:
            y += R.choice([-1, 1]) * R.uniform(2, 7) * 3600
        net = (
            h[2]
            if h[2].kind not in ("office",) or not off or u.shift is not None or chance(0.6)
            else home_of(u, y)
        )
        d = h[1] if h[1].kind in ("laptop", "phone") or chance(0.5) else main_dev(u, t)
        bi, bo = math.exp(R.gauss(u.mi, u.sd)) * (lu(1, 20) if chance(0.5) else 1), math.exp(
            R.gauss(u.mo, u.sd * 0.6)
        ) * fac * R.uniform(0.5, 1.6)
        if u.mfa and chance(u.mfa):
            pl = net.draw(y)
            emit(y, u.id, 1, pl, d, 0, 0, "mfa_challenge", "F", cid)
            y += 4
        else:
            pl = net.draw(y)
        emit(y, u.id, 1, pl, d, bi, bo, "login", "F", cid)


def a_shared(t, cid, P):
    k = int(lu(5, 26))
    span = lu(3600, 6 * DAY)
    m = wpick({"till": 2, "res": 4, "host": 2, "dev_only": 2, "wh": 1})
    P.update(users=k, mode=m, span_h=round(span / 3600))
    if m == "till":
        s = R.choice(shops)
        net, d = s["net"], s["till"]
    elif m == "wh":
        w = R.choice(whs)
        net, d = w["net"], R.choice(w["kiosk"])
    elif m == "host":
        net, d = Host(), Dev("laptop")
    elif m == "dev_only":
        cc = R.choice(HOME_CC)
        net, d = Pool([cc], 0), Dev(R.choice(["laptop", "phone"]))
    else:
        cc = R.choice(HOME_CC)
        net, d = home_net(cc, city_of(cc)), Dev(R.choice(["laptop", "phone"]))
    seen = set()
    pred = lambda x: (
        x.id not in seen
        and getattr(x, "site", None) is not (s if m == "till" else w if m == "wh" else 0)
        and (x.cc == net.cc if hasattr(net, "cc") and net.cc in HOME_CC else True)
    )
    for x in sorted(t + R.uniform(0, span) for _ in range(k)):
        u = victim(t, 3, pred)
        seen.add(u.id)
        if chance(0.2):
            emit(x - R.uniform(10, 60), u.id, 0, net.draw(x), d, 0, 0, "login", "F", cid)
        enter(u, x, net, d, "F", cid, lu(1, 4), mfa=False if chance(0.7) else None)


def a_anon(t, cid, P):
    u = victim(t)
    m = wpick({"tor": 4, "vpn": 5, "vpn_near": 4})
    net = (
        Tor()
        if m == "tor"
        else (
            Host(rotate=chance(0.35), asn=R.choice([9009, 212238, 51167, 20473]))
            if m == "vpn"
            else Host(cc=u.cc, rotate=chance(0.3))
        )
    )
    d, look = (main_dev(u, t), "own_device") if chance(0.1) else atk_dev(u, t)
    if chance(0.5):
        t = usual_hours(u, t)
    if chance(0.35):
        t = fails(u, t, R.randint(1, 5), net, d, "F", cid, (4, 900))
    n = R.choices([1, 2, 4, 8], [3, 3, 2, 1])[0]
    P.update(mode=m, look=look, n=n, victim=u.id)
    follow(u, t, net, d, "F", cid, n, lu(600, 6 * DAY), R.choice([1.01, 1.01, 6, 60]))


FN = dict(
    stolen_credentials=a_stolen,
    targeted_takeover=a_targeted,
    session_theft=a_session,
    credential_stuffing=a_stuffing,
    password_spraying=a_spray,
    brute_force=a_brute,
    mfa_fatigue=a_mfa,
    dormant_revived=a_dormant,
    reset_takeover=a_reset,
    insider_exfiltration=a_insider,
    shared_device=a_shared,
    anonymiser=a_anon,
)
num = 0
for part, W, lo, hi in (("train", TR, 5, 39.5), ("test", TE, 40.05, 58.5)):
    for fam, n in W.items():
        for _ in range(n):
            num += 1
            cid = "c%04d" % num
            a = max(lo, 24) if fam == "dormant_revived" else lo
            b = hi if fam not in ("password_spraying",) else hi - (4 if part == "train" else 3)
            t = R.uniform(a, b) * DAY
            P = {"family": fam, "thin": False}
            m0 = len(EV)
            FN[fam](t, cid, P)
            for e in EV[m0:]:
                if e["label"]:
                    e["attack"] = fam
            P["events"] = len(EV) - m0
            P["start_day"] = min((e["t"] for e in EV[m0:]), default=0) / DAY
            CAMP[cid] = P
            v = BYID.get(P.get("victim", ""))
            if (
                v
                and fam not in ("insider_exfiltration", "dormant_revived")
                and not v.svc
                and chance(0.25)
                and len(EV) > m0
            ):  # the victim notices and resets: honest
                d = main_dev(v, t)
                x = usual_hours(v, max(e["t"] for e in EV[m0:]) + 3600)
                pl = home_of(v, x).draw(x)
                if R.random() < 0.5:
                    emit(x, v.id, 0, pl, d, 0, 0)
                    x += 40
                emit(x, v.id, 1, pl, d, 0, 0, "password_reset")
                emit(x + 90, v.id, 1, pl, d, *bytes_of(v, int(x // DAY), x))

# ---------------------------------------------------------------- write
EV.sort(key=lambda e: e["t"])
assert len({e["event_id"] for e in EV}) == len(EV)
fa, ft, fe = (open(f"{OUT}/s{SEED}.{p}.ndjson", "w") for p in ("all", "train", "test"))
for e in EV:
    t = e.pop("t")
    e2 = {
        "user_id": e["user_id"],
        "timestamp": (START + dt.timedelta(seconds=int(t))).strftime("%Y-%m-%d %H:%M:%S"),
    }
    e2.update(e)
    s = json.dumps(e2, separators=(",", ":")) + "\n"
    fa.write(s)
    (ft if t < SPLIT * DAY else fe).write(s)
for f in (fa, ft, fe):
    f.close()
json.dump(CAMP, open(f"{OUT}/s{SEED}.campaigns.json", "w"), indent=0)
print("seed", SEED, "events", len(EV), "attack", sum(e["label"] for e in EV), "K", round(K, 2))
