#!/usr/bin/env python3
"""Labelled logins of an operator and ground handler of three airports: shifts round the clock, kiosks at counters, tablets on a
private cellular network, partners' staff as guests, an IT department abroad, seasonal workers.

Usage: airports.py SEED OUTPUT.ndjson"""
import bisect
import datetime
import json
import random
import sys

SEC, MIN, HOUR, DAY = 1000, 60000, 3600000, 86400000
T0 = int(datetime.datetime(2025, 5, 19, tzinfo=datetime.timezone.utc).timestamp() * 1000)
DAYS = 60
T1 = T0 + DAYS * DAY
HOLI_HR = {11, 31, 34}            # 30 May, 19 June (Corpus Christi), 22 June
HOLI_IN = {19, 48}
TENANT = "jadran-aerodromi"

# ------------------------------------------------------------------ the world: cities, carriers, pools of addresses
CITY = {
    "Split": ("HR", 43.5081, 16.4402), "Kaštela": ("HR", 43.5494, 16.3383), "Solin": ("HR", 43.5431, 16.4931),
    "Trogir": ("HR", 43.5125, 16.2517), "Omiš": ("HR", 43.4447, 16.6886), "Sinj": ("HR", 43.7036, 16.6394),
    "Supetar": ("HR", 43.3845, 16.5513), "Šibenik": ("HR", 43.7350, 15.8952), "Zadar": ("HR", 44.1194, 15.2314),
    "Biograd na Moru": ("HR", 43.9436, 15.4464), "Benkovac": ("HR", 44.0344, 15.6128), "Nin": ("HR", 44.2428, 15.1783),
    "Dubrovnik": ("HR", 42.6507, 18.0944), "Cavtat": ("HR", 42.5811, 18.2181), "Gruda": ("HR", 42.5231, 18.3694),
    "Metković": ("HR", 43.0542, 17.6483), "Zagreb": ("HR", 45.8150, 15.9819), "Osijek": ("HR", 45.5550, 18.6955),
    "Rijeka": ("HR", 45.3271, 14.4422), "Pula": ("HR", 44.8666, 13.8496), "Karlovac": ("HR", 45.4929, 15.5553),
    "Trebinje": ("BA", 42.7119, 18.3437), "Mostar": ("BA", 43.3438, 17.8078), "Sarajevo": ("BA", 43.8563, 18.4131),
    "Banja Luka": ("BA", 44.7722, 17.1910), "Herceg Novi": ("ME", 42.4531, 18.5375), "Podgorica": ("ME", 42.4304, 19.2594),
    "Belgrade": ("RS", 44.8176, 20.4633), "Novi Sad": ("RS", 45.2671, 19.8335), "Ljubljana": ("SI", 46.0569, 14.5058),
    "Maribor": ("SI", 46.5547, 15.6459), "Vienna": ("AT", 48.2082, 16.3738), "Graz": ("AT", 47.0707, 15.4395),
    "Munich": ("DE", 48.1374, 11.5755), "Frankfurt am Main": ("DE", 50.1155, 8.6842), "Stuttgart": ("DE", 48.7823, 9.1770),
    "Berlin": ("DE", 52.5244, 13.4105), "Düsseldorf": ("DE", 51.2217, 6.7762), "Falkenstein": ("DE", 50.4779, 12.3713),
    "Nuremberg": ("DE", 49.4478, 11.0683), "Milan": ("IT", 45.4643, 9.1895), "Rome": ("IT", 41.8919, 12.5113),
    "Trieste": ("IT", 45.6486, 13.7800), "London": ("GB", 51.5085, -0.1257), "Luton": ("GB", 51.8797, -0.4175),
    "Manchester": ("GB", 53.4809, -2.2374), "Newcastle upon Tyne": ("GB", 54.9733, -1.6139), "Dublin": ("IE", 53.3331, -6.2489),
    "Warsaw": ("PL", 52.2298, 21.0118), "Kraków": ("PL", 50.0614, 19.9366), "Oslo": ("NO", 59.9127, 10.7461),
    "Stockholm": ("SE", 59.3294, 18.0687), "Amsterdam": ("NL", 52.3740, 4.8897), "Paris": ("FR", 48.8534, 2.3488),
    "Roubaix": ("FR", 50.6942, 3.1746), "Madrid": ("ES", 40.4165, -3.7026), "Seville": ("ES", 37.3828, -5.9732),
    "Budapest": ("HU", 47.4980, 19.0399), "Prague": ("CZ", 50.0880, 14.4208), "Istanbul": ("TR", 41.0138, 28.9497),
    "Zürich": ("CH", 47.3667, 8.5500), "Bucharest": ("RO", 44.4323, 26.1063), "Cluj-Napoca": ("RO", 46.7667, 23.6000),
    "Sofia": ("BG", 42.6975, 23.3242), "Kyiv": ("UA", 50.4547, 30.5238), "Moscow": ("RU", 55.7522, 37.6156),
    "Saint Petersburg": ("RU", 59.9386, 30.3141), "Lagos": ("NG", 6.4541, 3.3947), "Hanoi": ("VN", 21.0245, 105.8412),
    "Ho Chi Minh City": ("VN", 10.8230, 106.6296), "Jakarta": ("ID", -6.2146, 106.8451), "São Paulo": ("BR", -23.5475, -46.6361),
    "New York": ("US", 40.7143, -74.0060), "Ashburn": ("US", 39.0437, -77.4875), "San Jose": ("US", 37.3394, -121.8950),
    "Chicago": ("US", 41.8500, -87.6500), "Dallas": ("US", 32.7831, -96.8067), "Kochi": ("IN", 9.9399, 76.2602),
    "Thrissur": ("IN", 10.5167, 76.2167), "Kottayam": ("IN", 9.5869, 76.5213), "Pune": ("IN", 18.5196, 73.8554),
    "Mumbai": ("IN", 19.0728, 72.8826), "Bengaluru": ("IN", 12.9719, 77.5937), "Kathmandu": ("NP", 27.7017, 85.3206),
    "Pokhara": ("NP", 28.2669, 83.9685), "Manila": ("PH", 14.6042, 120.9822), "Cebu City": ("PH", 10.3167, 123.8907),
    "Dubai": ("AE", 25.0772, 55.3093), "Singapore": ("SG", 1.2897, 103.8501), "Athens": ("GR", 37.9838, 23.7278),
    "Lisbon": ("PT", 38.7167, -9.1333), "Barcelona": ("ES", 41.3888, 2.1590), "Haarlem": ("NL", 52.3808, 4.6368),
}
CENTROID = {"HR": (45.1667, 15.5), "BA": (44.0, 18.0), "DE": (51.2993, 9.491), "IN": (21.9974, 79.0011), "GB": (51.4964, -0.1224),
            "US": (37.751, -97.822), "PL": (52.2394, 21.0362), "IT": (43.1479, 12.1097), "NP": (28.0, 84.0), "PH": (13.0, 122.0)}
# key: asn, country, hub city, /16 blocks, IPv6 /32 or None
ISP = {
    "ht": (5391, "HR", "Zagreb", "93.136 93.137 93.138 93.139 93.140 93.141 93.142 93.143 78.0 78.1 78.2 78.3 83.131", "2a05:4f44"),
    "a1hr": (29485, "HR", "Zagreb", "46.188 95.178 212.91 176.62", None), "tmhr": (205714, "HR", "Zagreb", "94.253 109.60 185.133", None),
    "opt": (34594, "HR", "Zagreb", "85.114 188.129", None), "iskon": (13046, "HR", "Zagreb", "89.164 213.191", None),
    "htm": (5391, "HR", "Zagreb", "37.244 31.217", "2a05:4f46"), "a1m": (29485, "HR", "Zagreb", "188.252 5.43", None),
    "tmm": (205714, "HR", "Zagreb", "46.234 79.98", None), "carnet": (2108, "HR", "Zagreb", "161.53 31.147", "2001:b68"),
    "bht": (9146, "BA", "Sarajevo", "92.36 109.175 77.77", None), "mtelrs": (25144, "BA", "Banja Luka", "94.250 31.223 79.143", None),
    "ero": (20875, "BA", "Mostar", "95.156 85.158", None), "ctel": (8585, "ME", "Podgorica", "95.155 79.140", None),
    "ts": (8400, "RS", "Belgrade", "109.92 178.148 178.149", None), "sbb": (31042, "RS", "Belgrade", "89.216 94.189 188.2", None),
    "tsl": (5603, "SI", "Ljubljana", "193.77 86.61", "2a00:ee2"), "tmsi": (3212, "SI", "Ljubljana", "89.212 213.161", None),
    "dtag": (3320, "DE", "Frankfurt am Main", "84.128 87.140 91.3 79.192 217.80", "2003:c5"), "vfd": (3209, "DE", "Düsseldorf", "88.64 178.2 92.72", None),
    "o2de": (6805, "DE", "Munich", "77.0 93.128", "2a02:3100"), "a1at": (8447, "AT", "Vienna", "178.112 62.46 91.112", None),
    "mag": (8412, "AT", "Vienna", "80.108 213.47", None), "tim": (3269, "IT", "Rome", "79.0 87.0 82.48", None), "wind": (1267, "IT", "Milan", "151.20 151.95", None),
    "bt": (2856, "GB", "London", "86.128 81.128 109.144", "2a00:23c5"), "vm": (5089, "GB", "London", "82.0 86.0 80.0", None),
    "sky": (5607, "GB", "London", "90.192 2.24", "2a02:c7c"), "eir": (5466, "IE", "Dublin", "86.40 83.70", None), "vmie": (6830, "IE", "Dublin", "37.228 89.100", None),
    "opl": (5617, "PL", "Warsaw", "83.0 79.184", None), "p4": (39603, "PL", "Warsaw", "188.146 37.47", None), "teln": (2119, "NO", "Oslo", "84.208 88.88", None),
    "telia": (3301, "SE", "Stockholm", "78.64 90.224", None), "kpn": (1136, "NL", "Amsterdam", "77.160 86.80", "2a02:a446"),
    "ora": (3215, "FR", "Paris", "90.0 86.192", "2a01:cb04"), "free": (12322, "FR", "Paris", "82.64 88.120", None), "tef": (3352, "ES", "Madrid", "80.24 83.32", None),
    "mtk": (5483, "HU", "Budapest", "84.0 91.82", None), "o2cz": (5610, "CZ", "Prague", "88.100 90.176", None), "tt": (47331, "TR", "Istanbul", "78.160 88.224 85.96", None),
    "swc": (3303, "CH", "Zürich", "83.76 178.192", None), "rcs": (8708, "RO", "Bucharest", "79.112 86.120 188.24", None), "viv": (8866, "BG", "Sofia", "87.126 85.130", None),
    "kyiv": (15895, "UA", "Kyiv", "46.211 94.153", None), "rt": (12389, "RU", "Moscow", "95.24 176.208", None), "beel": (8402, "RU", "Moscow", "95.30 128.72", None),
    "mtnng": (29465, "NG", "Lagos", "102.89 197.210", None), "glo": (37148, "NG", "Lagos", "197.211 105.112", None), "viet": (7552, "VN", "Hanoi", "27.64 171.224", None),
    "vnpt": (45899, "VN", "Hanoi", "14.160 113.160", None), "tlk": (7713, "ID", "Jakarta", "36.64 180.244", None), "claro": (28573, "BR", "São Paulo", "177.32 189.6", None),
    "com": (7922, "US", "Chicago", "73.30 98.200 24.6", "2601:40"), "vz": (701, "US", "New York", "71.160 100.1", None),
    "jio": (55836, "IN", "Mumbai", "49.36 157.32 49.37", "2409:4073"), "airt": (24560, "IN", "Bengaluru", "122.160 122.172", None), "asia": (17465, "IN", "Kochi", "116.68 103.148", None),
    "kvis": (138754, "IN", "Kochi", "103.160 103.170", None), "bsnl": (9829, "IN", "Bengaluru", "117.193 59.88", None), "act": (24309, "IN", "Bengaluru", "106.51 183.82", None),
    "wl": (17501, "NP", "Kathmandu", "27.34 110.44", None), "ntc": (23752, "NP", "Kathmandu", "36.252 27.116", None), "pldt": (9299, "PH", "Manila", "112.198 119.92", None),
    "conv": (17639, "PH", "Manila", "136.158 143.44", None), "etis": (5384, "AE", "Dubai", "86.96 94.56", None), "ote": (6799, "GR", "Athens", "79.128 85.72", None),
    "meo": (3243, "PT", "Lisbon", "85.240 81.193", None), "tru": (30967, "GB", "London", "91.223", None), "starlink": (14593, "DE", "Frankfurt am Main", "188.95 145.224", "2a0d:3344"),
}
CC_ISP = {}
for _k, _v in ISP.items():
    CC_ISP.setdefault(_v[1], []).append(_k)
CC_ISP["HR"] = ["ht"] * 9 + ["a1hr"] * 5 + ["tmhr"] * 4 + ["opt", "iskon"]
CC_ISP["IN"] = ["jio"] * 3 + ["asia"] * 4 + ["kvis"] * 3 + ["airt"] * 2 + ["bsnl", "act"]
CC_ISP["DE"] = ["dtag", "dtag", "vfd", "o2de"]
CC_ISP["GB"] = ["bt", "vm", "sky"]
HUBS = {"HR": ["Zagreb", "Zagreb", "Split", "Rijeka", "Osijek"], "IN": ["Mumbai", "Bengaluru", "Kochi"], "DE": ["Frankfurt am Main", "Berlin"]}
POOLS = {}


class Pool:
    """A /21 of a carrier with the one place a geolocation database believes it to be at (its errors included)."""
    def __init__(self, isp, city, k, mobile):
        r = random.Random("pool|%s|%s|%d" % (isp, city, k))
        self.asn, cc, hub, blocks, self.v6 = ISP[isp]
        self.base, self.third = r.choice(blocks.split()), r.randrange(32) * 8
        x = r.random()
        if mobile:
            place = hub if x < .66 else None if x < .82 else r.choice(HUBS.get(cc, [hub]))
        else:
            place = city if x < .70 else r.choice(HUBS.get(cc, [hub])) if x < .84 else hub if x < .93 else None
        if isp == "starlink":
            place = hub
        if place and CITY[place][0] == cc:
            self.geo = (cc, place, CITY[place][1], CITY[place][2])
        else:
            la, lo = CENTROID.get(cc, CITY[hub][1:])
            self.geo = (cc, None, la, lo)

    def ip(self, r):
        return (("%s.%d.%d" % (self.base, self.third + r.randrange(8), r.randrange(1, 255)), self.asn) + self.geo)


def pool(isp, city, k, mobile=False):
    key = (isp, city, k, mobile)
    if key not in POOLS:
        POOLS[key] = Pool(*key)
    return POOLS[key]


def mobile_ip(r, isp):
    return pool(isp, "@", r.randrange(7), True).ip(r)


def fixed(ip, asn, city, cc=None):
    c = CITY[city]
    return (ip, asn, c[0] if cc is None else cc, city, c[1], c[2])


class Home:
    """A fixed line: addresses over the 60 days (forced nightly change, rare change, or carrier NAT), maybe IPv6 too."""
    def __init__(self, r, city, isp=None, lease=None):
        self.city, cc = city, CITY[city][0]
        self.isp = isp or r.choice(CC_ISP[cc])
        self.v6p = (.45 if r.random() < .35 else 0) if ISP[self.isp][4] else 0
        self.p64 = "%x:%x" % (r.randrange(1, 65536), r.randrange(256) * 256)
        self.pools = [pool(self.isp, city, k) for k in r.sample(range(6), 2)]
        self.lease = lease or r.choice([1.0, 1.0, 9, 22, 45, 300, 300])
        self.ts, self.ips = [], []
        t = T0 - DAY - int(r.random() * self.lease * DAY)
        while t < T1:
            self.ts.append(t)
            self.ips.append(self.pools[0 if r.random() < .8 else 1].ip(r))
            t += DAY if self.lease == 1.0 else int(max(.05, r.expovariate(1 / self.lease)) * DAY)

    def at(self, t, r=None, tag=""):
        n = self.ips[max(0, bisect.bisect_right(self.ts, t) - 1)]
        if r is not None and self.v6p and r.random() < self.v6p:
            q = random.Random("%s|%s|%d" % (self.p64, tag, t // DAY)).getrandbits(64)
            iid = ":".join("%x" % ((q >> s) & 65535) for s in (48, 32, 16, 0))
            pre = ISP[self.isp][4]
            return ("%s:%s:%s" % (pre, self.p64, iid), n[1], n[2]) + ((n[3], n[4], n[5]) if len(self.p64) % 3 else (None, None, None))
        return n


# the company's own lines
OFFICE = {"SPU": [fixed("195.29.142.%d" % i, 5391, "Split") for i in (66, 67, 68)],
          "ZAD": [fixed("213.147.98.%d" % i, 29485, "Zadar") for i in (130, 131)],
          "DBV": [fixed("195.29.177.%d" % i, 5391, "Zagreb") for i in (18, 19)]}          # the database says Zagreb
STAFFWIFI = {"SPU": fixed("195.29.142.94", 5391, "Split"), "ZAD": fixed("213.147.98.140", 29485, "Zadar"), "DBV": fixed("195.29.177.30", 5391, "Zagreb")}
PUBWIFI = {"SPU": fixed("78.134.201.14", 13046, "Zagreb"), "ZAD": fixed("85.114.51.9", 34594, "Zagreb"), "DBV": fixed("78.134.203.77", 13046, "Dubrovnik")}
BACKUP = {a: [fixed("145.224.%d.%d" % (66 + i, 31 + 9 * i), 14593, "Frankfurt am Main"), fixed("188.252.199.%d" % (40 + i), 29485, "Zagreb")]
          for i, a in enumerate(("SPU", "ZAD", "DBV"))}
APN = [fixed("188.252.130.%d" % i, 29485, "Zagreb") for i in (20, 21, 22, 23)]
OLDVPN = [fixed("195.29.142.%d" % i, 5391, "Split") for i in (80, 81)]
ZS = {"Vienna": "147.161.%d.%d", "Milan": "165.225.%d.%d", "Frankfurt am Main": "136.226.%d.%d", "Zürich": "165.225.%d.%d"}
ZSN = {c: [fixed(f % (60 + 8 * j + i, 70 + 11 * i), 62044, c) for i in range(4)] for j, (c, f) in enumerate(ZS.items())}
VDI = [fixed("20.103.%d.%d" % (44 + i, 17 + 40 * i), 8075, "Amsterdam") for i in range(3)]
IN_OFFICE = {"Kochi": [fixed("14.141.57.%d" % i, 4755, "Kochi") for i in (34, 35)] + [fixed("125.21.230.10", 9498, "Mumbai")],
             "Pune": [fixed("115.113.88.%d" % i, 4755, "Pune") for i in (98, 99)]}
KVARNER = {"Rijeka": fixed("94.253.201.50", 205714, "Rijeka"), "Pula": fixed("94.253.188.21", 205714, "Zagreb")}
SHOPLINE = {a: [fixed("212.91.%d.%d" % (100 + i, 12 + j), 29485, c) for j in range(3)] for i, (a, c) in
            enumerate((("SPU", "Kaštela"), ("ZAD", "Zagreb"), ("DBV", "Dubrovnik")))}
# private VPN exits, hosters, Tor:  asn, /24, city
VPNX = {"nord": [(212238, "146.70.139", "Zagreb"), (207137, "185.242.4", "Zagreb"), (9009, "37.120.217", "Milan"), (212238, "185.156.46", "Vienna"),
                 (212238, "138.199.36", "Frankfurt am Main"), (60068, "89.187.160", "London"), (212238, "156.146.50", "New York")],
        "proton": [(209103, "185.159.157", "Zürich"), (9009, "146.70.180", "Zagreb"), (209103, "149.88.27", "Amsterdam"), (62371, "185.107.56", "Amsterdam")],
        "surf": [(9009, "89.249.74", "Zagreb"), (9009, "5.253.206", "Ljubljana"), (60068, "84.17.55", "Belgrade"), (9009, "217.138.216", "Milan")],
        "mullvad": [(39351, "193.138.218", "Stockholm"), (9009, "154.47.29", "Zagreb"), (39351, "185.213.155", "Frankfurt am Main")],
        "warp": [(13335, "104.28.30", "Zagreb"), (13335, "104.28.62", "Vienna"), (13335, "172.225.190", "Zagreb")],
        "relay": [(36183, "172.224.240", "Zagreb"), (36183, "172.225.64", "Split"), (54113, "146.75.166", "Zagreb"), (13335, "104.28.44", "Split")]}
HOSTX = [(14061, "167.99.137", "Frankfurt am Main"), (14061, "159.65.200", "Amsterdam"), (16276, "51.178.81", "Roubaix"), (24940, "65.108.77", "Falkenstein"),
         (24940, "116.203.90", "Nuremberg"), (20473, "45.77.140", "London"), (51167, "161.97.120", "Nuremberg"), (16509, "3.71.12", "Frankfurt am Main"),
         (8075, "20.55.73", "Ashburn"), (396982, "34.89.140", "Frankfurt am Main"), (63949, "172.105.90", "Frankfurt am Main"), (9009, "185.217.117", "Bucharest"),
         (60781, "85.17.22", "Haarlem"), (44477, "45.142.122", "Amsterdam"), (210644, "79.137.202", "Moscow"), (36352, "192.3.81", "Chicago"),
         (132203, "43.153.60", "Singapore"), (45102, "47.88.15", "San Jose"), (200373, "45.140.17", "Frankfurt am Main"), (53667, "205.185.120", "New York")]
TORX = [(60729, "185.220.101", "Berlin"), (208323, "109.70.100", "Vienna"), (53667, "199.195.250", "New York"), (210558, "45.134.225", "Amsterdam"),
        (215125, "192.42.116", "Amsterdam"), (205100, "185.220.100", "Nuremberg")]


def exit_ip(r, x):
    return fixed("%s.%d" % (x[1], r.randrange(2, 254)), x[0], x[2])


# ------------------------------------------------------------------ browsers and apps, with their releases
def rel(y, m, d):
    return int(datetime.datetime(y, m, d, 14, tzinfo=datetime.timezone.utc).timestamp() * 1000)


CHROME = [(rel(2025, 4, 1), 135), (rel(2025, 4, 29), 136), (rel(2025, 5, 27), 137), (rel(2025, 6, 24), 138)]
EDGE = [(rel(2025, 4, 4), 135), (rel(2025, 5, 1), 136), (rel(2025, 5, 29), 137), (rel(2025, 6, 26), 138)]
FIREFOX = [(rel(2025, 4, 1), 137), (rel(2025, 4, 29), 138), (rel(2025, 5, 27), 139), (rel(2025, 6, 24), 140)]
IOS = [(rel(2025, 4, 1), "18.4"), (rel(2025, 5, 12), "18.5")]
SAMSUNG = [(rel(2025, 1, 1), "27.0 Chrome/125.0.0.0"), (rel(2025, 5, 20), "28.0 Chrome/130.0.0.0")]
ROSTER = [(rel(2025, 3, 1), "4.11.2"), (rel(2025, 6, 2), "4.12.0"), (rel(2025, 6, 5), "4.12.1"), (rel(2025, 7, 1), "4.13.0")]
RAMPPAD = [(rel(2025, 3, 1), "2.8.1"), (rel(2025, 6, 16), "2.9.0")]
OUTLOOK = [(rel(2025, 4, 1), "4.2515.0"), (rel(2025, 5, 26), "4.2521.1"), (rel(2025, 6, 20), "4.2524.0"), (rel(2025, 7, 8), "4.2526.0")]
ANDROIDS = ["SM-A546B", "SM-A556B", "SM-S911B", "SM-A346B", "23106RN0DA", "2312DRA50G", "Pixel 8a", "M2101K6G", "SM-A155F", "CPH2609", "SM-S921B"]
WIN = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
AWK = "AppleWebKit/537.36 (KHTML, like Gecko) "


def ver(lst, t, lag):
    v = lst[0][1]
    for rt, x in lst:
        if rt + lag <= t:
            v = x
    return v


class Dev:
    """A machine or phone.  Managed: an id of the directory.  Not managed: a cookie that is issued at the first success."""
    def __init__(self, r, kind, managed=False, lag=None):
        self.kind, self.managed, self.mfa, self.known, self.used = kind, managed, {}, set(), 0
        self.lag = int((r.expovariate(1 / 3.5) if lag is None else lag) * DAY)
        if lag is None and r.random() < .06:
            self.lag += 40 * DAY                                   # somebody who never restarts the browser
        self.r = random.Random(r.random())
        self.hist = [(0, self.new_id())]
        self.aid = self.guid()
        self.model = r.choice(ANDROIDS)
        self.droid = r.choice(["13", "14", "14", "15"])
        self.hist_os = r.random() < .15
        self.old = kind in ("chrome", "firefox") and not managed and r.random() < .02        # Windows 7 in a back room

    def guid(self):
        h = "%032x" % self.r.getrandbits(128)
        return "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))

    def new_id(self):
        return self.guid() if self.managed else "".join(self.r.choice("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789") for _ in range(21))

    def renew(self, t):
        self.hist.append((t, self.new_id()))
        self.mfa, self.known = {}, set()

    def id(self, t):
        v = self.hist[0][1]
        for a, x in self.hist:
            if a <= t:
                v = x
        return v

    def app(self, t):
        if self.kind in ("iphone", "ipad"):
            return "JadranRoster/%s (iPhone; iOS %s)" % (ver(ROSTER, t, self.lag), ver(IOS, t, self.lag))
        return "JadranRoster/%s (Android %s; %s)" % (ver(ROSTER, t, self.lag), self.droid, self.model)

    def mail(self, t, eas):
        if eas:
            return "Apple-iPhone15C2/2205.%d" % (80 if ver(IOS, t, self.lag) == "18.4" else 100) if self.kind == "iphone" else "Android-SAMSUNG-%s/101.%s0000" % (self.model, self.droid)
        return ("Outlook-iOS/2.0" if self.kind == "iphone" else "Outlook-Android/2.0") + " build " + ver(OUTLOOK, t, self.lag)

    def ua(self, t):
        k, g = self.kind, self.lag
        if self.old:
            return "Mozilla/5.0 (Windows NT 6.1; Win64; x64) " + AWK + "Chrome/109.0.0.0 Safari/537.36"
        if k == "chrome":
            return WIN + AWK + "Chrome/%d.0.0.0 Safari/537.36" % ver(CHROME, t, g)
        if k in ("edge", "kiosk"):
            v = ver(EDGE, t, g)
            return WIN + AWK + "Chrome/%d.0.0.0 Safari/537.36 Edg/%d.0.0.0" % (v, v)
        if k == "firefox":
            v = ver(FIREFOX, t, g)
            return "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0" % (v, v)
        if k == "linux":
            return "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
        if k == "mac":
            return "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Safari/605.1.15" % ver(IOS, t, g)
        if k == "macchrome":
            return "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) " + AWK + "Chrome/%d.0.0.0 Safari/537.36" % ver(CHROME, t, g)
        if k in ("iphone", "ipad"):
            v = ver(IOS, t, g)
            return "Mozilla/5.0 (iPhone; CPU iPhone OS %s like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Mobile/15E148 Safari/604.1" % (v.replace(".", "_"), v)
        if k == "tablet":
            return "RampPad/%s (Android 13; %s)" % (ver(RAMPPAD, t, g), "ET45" if self.hist_os else "CT45")
        if k == "samsung":
            return "Mozilla/5.0 (Linux; Android 10; K) " + AWK + "SamsungBrowser/%s Mobile Safari/537.36" % ver(SAMSUNG, t, g)
        return "Mozilla/5.0 (Linux; Android 10; K) " + AWK + "Chrome/%d.0.0.0 Mobile Safari/537.36" % ver(CHROME, t, g)


# ------------------------------------------------------------------ output
ROWS = []


def stamp(t):
    s, ms = divmod(t, 1000)
    return datetime.datetime.fromtimestamp(s, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + ".%03dZ" % ms


def emit(t, uid, ok, et, meth, net, did, ua, bi, bo, cl, camp=None):
    """One event.  cl = the client, which decides what the provider knows: web, kiosk, app, mail, eas, api, desk."""
    t = int(t)
    if not T0 <= t < T1:
        return False
    e = {"tenant": TENANT, "user_id": uid, "timestamp": stamp(t), "success": bool(ok)}
    if et != "login" or cl in ("web", "kiosk"):
        e["event_type"] = et
    e["auth_method"] = meth
    e["ip_address"] = net[0]
    if net[1]:
        e["asn"] = net[1]
    e["geo_location"] = net[2]
    if cl != "api":                                       # the API gateway looks up the country only
        if net[3]:
            e["city"] = net[3]
        if net[4] is not None:
            e["latitude"], e["longitude"] = net[4], net[5]
    if did and cl not in ("api", "mail", "desk"):
        e["device_id"] = did
    if ua and cl != "desk":
        e["user_agent"] = ua
    if et == "login":
        if ok:
            e["bytes_in"], e["bytes_out"] = int(bi), int(bo)
        elif cl in ("app", "api", "eas"):
            e["bytes_in"], e["bytes_out"] = 300 + (t * 7) % 900, 180 + (t * 13) % 700
    e["label"] = 1 if camp else 0
    if camp:
        e["attack"], e["campaign"] = camp
    ROWS.append((t, len(ROWS), json.dumps(e, ensure_ascii=False, separators=(",", ":"))))
    return True


APPS = {"mail": (9.5, 1.0, 12.5, 1.2), "roster": (7.2, .6, 10.2, .8), "dcs": (9.8, .8, 11.5, .9), "erp": (10, .9, 13, 1.1), "files": (10.5, 1.8, 14.3, 1.7),
        "admin": (10.5, 1.2, 12.5, 1.3), "learn": (8.5, .7, 16, 1.1), "portal": (8, .8, 11.5, .9), "pad": (9, .7, 11, .8), "sync": (7.6, 1.0, 9.5, 1.7), "pay": (8.3, .5, 11.8, .5)}


def moved(r, app, f=1.0):
    a = APPS[app]
    return r.lognormvariate(a[0], a[1]) * f, r.lognormvariate(a[2], a[3]) * f


# ------------------------------------------------------------------ people
FIRST = "ivan marko ana josip luka petra marija ante tomislav ivana nikola maja stipe katarina dario mateja frane lucija jure martina hrvoje nives toni " \
        "sanja igor tea zvonimir dora boris iva karlo helena mislav antonela duje roko mia jakov ena vedran lea goran tina sime vinko paula nino ela".split()
LAST = "horvat kovačević babić marić jurić novak kovačić knežević vuković marković petrović matić tomić pavlović božić blažević grgić pavić radić perić filipović " \
       "šarić lovrić vidović popović bošnjak jukić barišić mandić lončar ćurić bilić galić vrdoljak čović jelavić brajević mrkonjić bulić šimić rogošić žuvela " \
       "maleš banić klarić bakota perković zekan dujmović buble mikelić sorić zrilić matulić vlahović pulić bender katić kraljević glavinić milić ban rakić".split()
INDIAN = "rnair ppillai smenon amathew jthomas vkrishnan gkumar dvarghese skurian rpatil akulkarni sjoshi nbabu lgeorge mjoseph tpaul kiyer ashetty bdas pdeshmukh " \
         "hraj fjacob cphilip ssreekumar aanand nsuresh rjohn vmohan gbiju smathai".split()
FLAT = str.maketrans("čćšžđ", "ccszd")
LIVE = {"SPU": [("Split", 45), ("Kaštela", 20), ("Solin", 10), ("Trogir", 10), ("Omiš", 4), ("Sinj", 5), ("Supetar", 2), ("Šibenik", 4)],
        "ZAD": [("Zadar", 65), ("Biograd na Moru", 10), ("Benkovac", 12), ("Nin", 8), ("Šibenik", 5)],
        "DBV": [("Dubrovnik", 45), ("Cavtat", 15), ("Gruda", 17), ("Metković", 5), ("Trebinje", 10), ("Herceg Novi", 8)]}
AIRLINES = {"pannonia-jet.example": ["Budapest", "Vienna"], "northlink.example": ["Oslo", "Stockholm"], "britannic-sun.example": ["London", "Manchester", "Luton"],
            "rheinflug.example": ["Düsseldorf", "Frankfurt am Main", "Stuttgart", "Munich"], "emeraldair.example": ["Dublin"], "polskyair.example": ["Warsaw", "Kraków"],
            "gallia-vol.example": ["Paris"], "cityhop.example": ["Zürich", "Milan", "Amsterdam"]}
CITYBREAK = ["London", "Istanbul", "Vienna", "Rome", "Paris", "Munich", "Amsterdam", "Dubai", "Barcelona", "Athens", "Prague", "Berlin", "Manchester", "Oslo", "New York"]
NEAR = ["Zagreb", "Zagreb", "Zagreb", "Osijek", "Rijeka", "Pula", "Mostar", "Sarajevo", "Ljubljana", "Belgrade", "Graz", "Trieste", "Supetar", "Supetar", "Munich", "Stuttgart"]
EV, PEOPLE, BYUID, KIOSK, TAB = {}, [], {}, {}, {}


def pick(r, pairs):
    return r.choices([a for a, _ in pairs], [b for _, b in pairs])[0]


def at(day, hour, tz=2.0):
    """UTC milliseconds of a local clock time."""
    return int(T0 + day * DAY + (hour - tz) * HOUR)


class Person:
    def __init__(s, r, uid, role, ap, sched, tz=2.0):
        s.uid, s.role, s.ap, s.sched, s.tz, s.r = uid, role, ap, sched, tz, random.Random(r.random())
        s.hist, s.trips, s.absent, s.homes = [], [], set(), []
        s.start, s.end, s.rename = T0 - 900 * DAY, T1 + DAY, None
        s.ph, s.err, s.bf = r.randrange(24), min(.30, r.lognormvariate(-3.9, .85)), r.lognormvariate(0, .5)
        s.mfam = pick(r, [("push", 52), ("otp", 22), ("sms", 20), ("passkey", 6)])
        s.pc = s.phone = s.priv = s.link = s.pvpn = s.lend = None
        s.legacy, s.eas, s.app, s.off = False, False, r.random() < .7, r.lognormvariate(-1.9, .9)
        s.pwexp, s.pwchg, s.lock, s.net2 = r.uniform(-20, 90), -1, 0, None
        s.vpnday, s.early = EV["vpn"] + r.uniform(0, 13), r.gauss(-.12, .12)
        s.mob, s.carrier, s.boost, s.shared = (0, None), "htm", 1.0, False

    def home(s, t):
        h = s.homes[0][1]
        for a, x in s.homes:
            if a <= t:
                h = x
        return h

    def mobile(s, t):
        if s.mob[1] is None or t - s.mob[0] > 3 * HOUR or t < s.mob[0] or s.r.random() < .18:
            s.mob = (t, mobile_ip(s.r, s.carrier))
        return s.mob[1]

    def trip(s, t):
        for x in s.trips:
            if x[0] <= t < x[1]:
                return x
        return None

    def name(s, t):
        return s.rename[1] if s.rename and t >= s.rename[0] else s.uid


def uniq(base):
    u, i = base, 2
    while u in BYUID:
        u, i = base + str(i), i + 1
    return u


def add(p):
    BYUID[p.uid] = p
    PEOPLE.append(p)
    return p


def staffname(r):
    return uniq((r.choice(FIRST)[0] + r.choice(LAST)).translate(FLAT))


def phone(r):
    return Dev(r, pick(r, [("iphone", 36), ("android", 44), ("samsung", 20)]))


def privpc(r):
    return Dev(r, pick(r, [("chrome", 52), ("edge", 22), ("firefox", 13), ("mac", 8), ("macchrome", 5)]))


def carrier(r, cc):
    return pick(r, {"HR": [("htm", 46), ("a1m", 35), ("tmm", 19)], "BA": [("mtelrs", 6), ("bht", 1), ("htm", 2)], "ME": [("ctel", 8), ("htm", 1)],
                    "IN": [("jio", 6), ("airt", 4)]}.get(cc, [(x, 1) for x in CC_ISP[cc]]))


def plan_trips(p, r, rate, breaks):
    n = (r.random() < rate) + (r.random() < rate * .3)
    for _ in range(n):
        if r.random() < breaks:
            d, ln, c = r.uniform(0, 58), r.uniform(1.2, 4), r.choice(CITYBREAK)
        else:
            d, ln, c = r.uniform(0, 56), r.choice([2, 3, 3, 4, 7, 10, 14]) + r.random(), r.choice(NEAR)
        if c == p.city:
            continue
        hotel = Home(r, c, lease=300)
        cc = CITY[c][0]
        kind = "roam" if r.random() < (.85 if cc in "HR BA ME RS SI AT DE IT HU PL IE NO SE NL FR ES CZ GR PT".split() else .3) else r.choice(["esim", "local", "none"])
        p.trips.append((at(d, 0), at(d + ln, 0), hotel, kind))
        p.absent |= set(range(int(d), int(d + ln) + 1))


def person(r, role, ap, sched, uid=None, city=None, tz=2.0):
    p = Person(r, uid or staffname(r), role, ap, sched, tz)
    p.city = city or pick(r, LIVE[ap])
    cc = CITY[p.city][0]
    p.homes = [(0, Home(r, p.city))]
    if r.random() < .012:
        c2 = p.city if r.random() < .6 else (pick(r, LIVE[ap]) if ap else p.city)
        p.homes.append((at(r.uniform(3, 55), 15), Home(r, c2)))
    p.carrier = carrier(r, cc)
    p.phone, p.priv = phone(r), privpc(r) if r.random() < .75 else None
    if r.random() < .035:
        p.pvpn = r.choice(list(VPNX))
    if p.phone.kind == "iphone" and r.random() < .05:
        p.pvpn = "relay"
    for _ in range(int(r.random() < .22)):                                           # sick
        d = r.randrange(DAYS)
        p.absent |= set(range(d, d + r.choice([1, 2, 3, 5, 8, 21])))
    return add(p)


def build(seed):
    r = random.Random("events|%d" % seed)
    EV.update(vpn=r.uniform(13, 17), mail=r.randint(20, 26), phish=r.randint(17, 40), merge=r.randint(28, 33), pwbatch=r.randint(13, 16),
              conf=r.randint(12, 46), confcity=r.choice(["Lisbon", "Athens", "Istanbul", "Warsaw", "Barcelona"]), geofix=r.uniform(26, 38), course=r.randint(5, 45))
    o = at(r.randint(8, 52), r.uniform(6, 17))
    EV["outage"] = (o, o + int(r.uniform(50, 150)) * MIN)
    c = at(r.randint(12, 55), r.uniform(5, 15))
    EV["cut"] = (r.choice(["DBV", "DBV", "ZAD"]), c, c + int(r.uniform(4, 13) * HOUR))
    EV["reimage"] = {a: at(r.randint(18, 50), 2.5) for a in OFFICE}
    EV["confnet"] = Home(r, EV["confcity"], lease=300)
    r = random.Random("people|%d" % seed)
    for a, f in (("SPU", 1.0), ("DBV", .72), ("ZAD", .4)):
        lag = {"SPU": 9, "DBV": 9, "ZAD": 17}[a]
        KIOSK[a] = {k: [Dev(r, "kiosk", True, lag) for _ in range(max(3, int(n * f)))] for k, n in (("crew", 14), ("counter", 36), ("sec", 8), ("ops", 9), ("train", 8), ("shop", 12), ("gate", 14))}
        for k in KIOSK[a].values():
            for d in k:
                if r.random() < .8:
                    d.renew(EV["reimage"][a] + r.randrange(3 * HOUR))
        TAB[a] = [Dev(r, "tablet", True, r.uniform(0, 6)) for _ in range(int(46 * f))]
    W = [("SPU", 50), ("DBV", 31), ("ZAD", 19)]
    for role, n, scheds, tr in (("ramp", 640, ["f5", "f5", "f5", "c4"], .2), ("sec", 390, ["c4", "c4", "f5"], .2), ("checkin", 330, ["f5"], .26), ("ops", 140, ["c4"], .22),
                                ("tech", 150, ["f5", "c4", "office"], .2), ("admin", 260, ["office"], .42), ("it", 42, ["office", "office", "c4"], .4), ("board", 10, ["rare"], .5),
                                ("clean", 90, ["rare"], .1), ("back", 45, ["f5", "office"], .1)):
        for _ in range(n):
            ap = pick(r, W if role not in ("admin", "it") else [("SPU", 74), ("DBV", 17), ("ZAD", 9)])
            p = person(r, role, ap, r.choice(scheds))
            plan_trips(p, r, tr, .5)
            if role in ("admin", "it", "tech", "board") or (role == "back" and r.random() < .5):
                p.pc = Dev(r, pick(r, [("edge", 70), ("chrome", 24), ("firefox", 6)]), True)
                p.eas = r.random() < .75
                p.err *= .7
            if role in ("ops", "sec") and r.random() < .15:
                p.eas = True
            if role in ("admin", "tech", "ops") and r.random() < .09:
                p.legacy = True
            if role == "admin" and r.random() < .05:
                p.bf *= 25                                                            # marketing moves films
            if role == "back":
                d = r.randrange(0, 7)
                p.absent |= set(range(d, d + r.randint(24, 46)))
    for i in range(180):                                                              # shops and restaurants in the terminals
        ap = pick(r, W)
        p = person(r, "retail", ap, r.choice(["f5", "f5", "pt", "rare"]), uniq("%s.%s@%s" % (r.choice(FIRST), r.choice(LAST).translate(FLAT),
                   r.choice(["aelia-shops.example", "kavana-gate.example", "rentauto-adria.example", "menjacnica-lux.example"]))))
        p.shop, p.mfam = r.randrange(3), r.choice(["email", "email", "sms", "otp"])
        p.bench = r.randrange(3)
    for i in range(210):                                                              # airlines: station people and crews
        dom = r.choice(list(AIRLINES))
        crew = i >= 95
        city = r.choice(AIRLINES[dom])
        p = person(r, "crew" if crew else "station", pick(r, W), "crew" if crew else r.choice(["f5", "office", "rare"]),
                   uniq("%s%d@%s" % (r.choice(["crew", "stn", "ops", "hcc"]), r.randint(100, 9999), dom)), city if crew else None,
                   {"GB": 1.0, "IE": 1.0}.get(CITY[city][0], 2.0) if crew else 2.0)
        p.dom, p.mfam = dom, r.choice(["sso", "sso", "push", "email"])
        p.pc = privpc(r) if not crew else None
    for i in range(85):                                                               # the outsourced IT, in India
        city = pick(r, [("Kochi", 50), ("Thrissur", 12), ("Kottayam", 10), ("Pune", 28)])
        p = person(r, "xit", None, "it_in", uniq("x-" + r.choice(INDIAN)), city, 5.5)
        p.site, p.pc, p.desk = "Pune" if city == "Pune" else "Kochi", Dev(r, r.choice(["edge", "chrome", "chrome"]), True), r.random() < .45
        p.mfam, p.wfh, p.err = r.choice(["push", "push", "otp", "passkey"]), r.random() * .7, p.err * .6
        if r.random() < .12:
            plan_trips(p, r, 1, .3)
    nat = {"NP": ["Kathmandu", "Pokhara"], "PH": ["Manila", "Cebu City"], "BA": ["Mostar", "Banja Luka", "Sarajevo"], "RS": ["Belgrade", "Novi Sad"]}
    dorm = {(a, i): Home(r, {"SPU": "Kaštela", "ZAD": "Zadar", "DBV": "Cavtat"}[a], lease=22) for a in OFFICE for i in range(3)}
    for i in range(420):                                                              # seasonal workers
        ap, far = pick(r, W), i >= 300
        cc = r.choice(["NP", "PH", "PH", "BA", "RS"]) if far else "HR"
        home = r.choice(nat[cc]) if far else (r.choice(["Osijek", "Zagreb", "Karlovac"]) if r.random() < .25 else None)
        p = person(r, r.choice(["s_ramp", "s_ramp", "s_checkin"]), ap, "pt" if r.random() < .2 else "f5", uniq("sez25-%04d" % r.randint(1000, 9900)), home)
        p.start = at(max(-9, r.choice([-9, -4, 5, 12, 13, 19, 26, 27, 33, 40]) + r.randint(-1, 1)), 8)
        p.train, p.err, p.mfam = p.start > T0, p.err * 1.6, r.choice(["sms", "push", "otp"])
        if home:
            p.homes.append((p.start - DAY, dorm[ap, r.randrange(3)] if r.random() < .75 else Home(r, pick(r, LIVE[ap]) if ap != "DBV" else "Dubrovnik")))
            p.far_sim, p.swap = p.carrier, p.start + int(r.uniform(-1, 9) * DAY)
            if not far and r.random() < .6:
                plan_trips(p, r, .5, 0)
        if r.random() < .09:
            p.end = max(p.start, T0) + int(r.uniform(2, 30) * DAY)
    for i in range(65):                                                               # the handling firm that is taken over
        city = r.choice(["Rijeka", "Rijeka", "Pula"])
        p = person(r, "kvarner", "SPU", "f5" if i % 4 else "office", uniq("%s.%s@kvarner-handling.example" % (r.choice(FIRST), r.choice(LAST).translate(FLAT))), city)
        p.start, p.pc = at(EV["merge"] + r.choice([0, 0, 0, 1, 1, 2, 5, 9]), r.uniform(7, 15)), privpc(r)
    for i in range(110):                                                              # accounts nobody uses: leavers, last year's season, tests
        u = r.choice(["sez24-%04d" % r.randint(1000, 9900), "sez24-%04d" % r.randint(1000, 9900), None, None, "test-%s%d" % (r.choice(["fids", "dcs", "uat", "erp"]), r.randint(1, 60)), "tmp-audit%d" % r.randint(1, 40)])
        p = person(r, "dorm", pick(r, W), "rare", u and uniq(u))
        p.end = T0 + int(r.choice([0, 0, 2, 5, 9]) * r.random() * DAY)
        p.boost = 4
        if r.random() < .1:                                                           # an honest return
            p.end = T1
            p.absent = set(range(r.randint(0, 6), r.randint(24, 52)))
    for p in list(PEOPLE):
        ra = r.random()
        if p.role in ("it", "xit") and ra < (.8 if p.role == "it" else .55):           # a second, privileged account
            q = Person(r, "adm-" + p.uid.replace("x-", ""), "adm", p.ap, p.sched, p.tz)
            q.__dict__.update(city=p.city, homes=p.homes, carrier=p.carrier, phone=p.phone, pc=p.pc, priv=None, trips=p.trips, absent=p.absent, ph=p.ph, link=p, err=p.err, app=False)
            q.mfam = r.choice(["passkey", "push", "otp"])
            q.__dict__.update({k: p.__dict__[k] for k in ("site", "wfh", "desk") if k in p.__dict__})
            add(q)
        if p.role in ("ramp", "sec", "checkin", "admin", "tech") and ra < .012:        # leavers, marriages
            p.end = at(r.uniform(12, 58), 16)
        elif p.role in ("checkin", "admin") and ra > .994:
            p.rename = (at(r.uniform(8, 50), 11), uniq(p.uid[0] + r.choice(LAST).translate(FLAT)))
        if p.role in ("ramp", "sec", "checkin", "ops", "tech", "clean") and EV["pwbatch"] and r.random() < .3:
            p.pwexp = EV["pwbatch"] + r.choice([0, 0, 0, 1, 2, 3]) + r.random()
        if p.phone and p.role != "adm":
            if r.random() < .055:                                                     # a new phone (sometimes lost, so first nothing works)
                p.newphone = at(r.uniform(1, 59), r.uniform(9, 20))
            if p.pc and p.pc.managed and r.random() < .07:
                p.pc.renew(at(r.uniform(1, 59), 9))                                   # re-imaged, same machine
            if p.priv and r.random() < .1:
                p.newpriv = at(r.uniform(1, 59), 18)
    loc = [p for p in PEOPLE if p.role in ("ramp", "sec", "checkin", "admin", "ops", "tech", "s_checkin") and len(p.homes) == 1]
    r.shuffle(loc)
    for i in range(0, 130, 2):                                                        # couples and flatmates who both work here
        a, b = loc[i], loc[i + 1]
        b.homes, b.city = a.homes, a.city
        a.mate, b.mate = b, a
        if r.random() < .35 and a.priv:
            b.priv, b.shared, a.shared = a.priv, True, True
    used = [p for p in loc[130:] if p.role in ("ramp", "checkin")]
    for i in range(0, 16, 2):                                                         # a phone is sold to a colleague
        a, b = used[i], used[i + 1]
        t = at(r.uniform(8, 50), 19)
        a.newphone, b.buys = t, (t + int(r.uniform(1, 5) * DAY), a.phone)
    execs = [p for p in PEOPLE if p.role in ("admin", "board")]
    r.shuffle(execs)
    for i in range(6):
        execs[i].delegate = execs[i + 10]                                             # the assistant works in the boss's account
    for p in execs[20:52]:
        p.trips.append((at(EV["conf"], 5), at(EV["conf"] + r.choice([3, 3, 4]), 12), EV["confnet"] if r.random() < .6 else Home(r, EV["confcity"], lease=300), "roam"))
        p.absent |= set(range(EV["conf"], EV["conf"] + 4))
    for p in [p for p in PEOPLE if p.role == "tech"][:14]:
        p.trips.append((at(EV["course"], 6), at(EV["course"] + 5, 18), Home(r, r.choice(["Newcastle upon Tyne", "Vienna"]), lease=300), "roam"))
        p.absent |= set(range(EV["course"], EV["course"] + 5))
    for a, n in (("SPU", 8), ("DBV", 6), ("ZAD", 4)):                                 # functional accounts of gates and of the duty desks
        for i in range(n):
            p = person(r, "func", a, "func", uniq("%s-%s-%02d" % (r.choice(["gate", "gate", "disp", "duty"]), a.lower(), i + 1)))
            p.app, p.trips, p.absent, p.priv, p.pvpn, p.homes = False, [], set(), None, None, p.homes[:1]


# ------------------------------------------------------------------ honest life
def office_net(ap, t, r):
    c = EV["cut"]
    if ap == c[0] and c[1] <= t < c[2]:                         # a digger cut the fibre: satellite and LTE carry the airport
        return BACKUP[ap][r.random() < .3]
    return r.choice(OFFICE[ap])


def zscaler(p, t):
    q = random.Random(p.uid).random() if p.r.random() < .88 else p.r.random()
    c = "Vienna" if q < .58 else "Milan" if q < .8 else "Frankfurt am Main" if q < .95 else "Zürich"
    i = p.r.randrange(4)
    if i == 3 and c[0] == "F" and t < at(EV["geofix"], 3):       # the database took this range for California until it was corrected
        return (ZSN[c][3][0], 62044, "US") + ("San Jose",) + CITY["San Jose"][1:]
    return ZSN[c][i]


def netfor(p, t, place, dev=None):
    r, tr = p.r, p.trip(t)
    mine = dev is not None and dev.managed and dev is p.pc
    if tr and place != "ap":
        if place == "mob" or r.random() < .25:
            cc = CITY[tr[2].city][0]
            n = p.mobile(t) if tr[3] == "roam" else mobile_ip(r, "tru") if tr[3] == "esim" else mobile_ip(r, r.choice(CC_ISP[cc])) if tr[3] == "local" else tr[2].at(t)
        else:
            n = tr[2].at(t, r, p.uid)
    elif place == "ap":
        n = office_net(p.ap, t, r) if p.ap else r.choice(IN_OFFICE[p.site])
    elif place == "wifi":
        n = (STAFFWIFI if r.random() < .7 else PUBWIFI)[p.ap]
    elif place == "mob":
        n = p.mobile(t)
    else:
        n = p.net2.at(t, r, p.uid) if p.net2 and ((t - T0) // DAY) % 7 >= 5 else p.home(t).at(t, r, p.uid)
    if mine and p.role not in ("xit", "station", "kvarner") and (p.link is None or p.link.role != "xit"):
        if t > at(p.vpnday, 8):
            return zscaler(p, t)
        if place != "ap" and r.random() < .6:
            return r.choice(OLDVPN)
    elif p.pvpn and place != "ap" and not mine and r.random() < .55:
        if not hasattr(p, "vx"):
            p.vx = r.choice(VPNX[p.pvpn][:3])
        return exit_ip(r, p.vx if r.random() < .8 else r.choice(VPNX[p.pvpn]))
    return n


def helpdesk(p, t):
    emit(t, p.name(t), True, "password_reset", "helpdesk", p.r.choice(IN_OFFICE["Kochi" if p.r.random() < .7 else "Pune"]), None, None, 0, 0, "desk")
    p.pwchg, p.pwexp = t, (t - T0) / DAY + 90


def newpw(p, t, net, did, ua, cl):
    """A self-service reset, and what the phone with the old password does after it."""
    r = p.r
    while r.random() < .11:                                       # a code that does not come, a rule that is not met
        emit(t, p.name(t), False, "password_reset", r.choice(["sms", "email", "sms", "password"]), net, did, ua, 0, 0, cl)
        t += r.uniform(20, 240) * SEC
    emit(t, p.name(t), True, "password_reset", r.choice(["sms", "email", "sms", "mfa", "password"]), net, did, ua, 0, 0, cl)
    p.pwchg, p.pwexp = t, (t - T0) / DAY + 90
    if (p.eas or p.legacy) and r.random() < .5:
        x, gap = t, r.choice([5, 15, 15, 30, 60])
        for _ in range(min(26, int(r.expovariate(1 / 6)) + 1)):
            x += gap * MIN * r.uniform(.9, 1.3)
            emit(x, p.name(x), False, "login", "password", netfor(p, x, r.choice(["home", "mob", "wifi"]) if p.ap else "mob"), None if p.legacy else p.phone.aid, "BAV2ROPC" if p.legacy else p.phone.mail(x, True), 0, 0, "mail" if p.legacy else "eas")


STRICT = {"admin", "it", "adm", "xit", "board"}


def signin(p, t, dev, cl, meth, app, net, force=False):
    r, uid = p.r, p.name(t)
    if not p.start <= t < p.end or t >= T1:
        return
    o = EV["outage"]
    if o[0] <= t < o[1]:                                        # the provider is down: errors for all, then everybody at once
        for _ in range(r.choice([1, 1, 2, 3])):
            emit(t, uid, False, "login", meth, net, None, dev and dev.ua(t), 0, 0, cl)
            t += r.uniform(5, 200) * SEC
        if r.random() < .35:
            return
        t = o[1] + r.expovariate(1 / 11) * MIN
    t = max(t, p.lock)
    if dev and dev.kind in ("iphone", "mac") and not dev.managed and cl == "web":
        if dev.used and t - dev.used > 7 * DAY:                 # Safari forgets cookies after a week
            dev.renew(t)
        dev.used = max(t, dev.used)
    elif dev and not dev.managed and cl == "web" and r.random() < .006:
        dev.renew(t)
    did = ua = None
    if dev:
        did = dev.aid if cl in ("app", "eas") else dev.id(t)
        ua = dev.app(t) if cl == "app" and app == "roster" else dev.mail(t, cl == "eas") if cl in ("app", "eas") else dev.ua(t)
        if cl == "web" and not dev.managed and r.random() < .012:
            did = None                                          # a private window
    fdid = did if cl != "web" or dev is None or dev.managed or uid in dev.known else None
    if meth == "password" and t >= at(p.pwexp, 0) and cl in ("web", "kiosk"):
        emit(t, uid, False, "login", meth, net, fdid, ua, 0, 0, cl)
        t += r.uniform(30, 200) * SEC
        if r.random() < .22 or (cl == "kiosk" and r.random() < .3):
            t += r.uniform(3, 30) * MIN
            helpdesk(p, t)
        else:
            newpw(p, t, net, fdid, ua, cl)
        t += r.uniform(10, 80) * SEC
    pe = {"password": p.err, "badge_pin": .014, "passkey": .012, "windows_hello": .006}.get(meth, .0015)
    if meth == "password" and t - p.pwchg < 3 * DAY:
        pe = min(.55, pe * 5 + .08)
    if cl == "kiosk" and r.random() < .004:                     # typed into a colleague's name, or a name that does not exist
        other = r.choice(PEOPLE)
        nm = other.uid if r.random() < .7 and other.ap == p.ap else uid[:-1] if r.random() < .5 else uid + r.choice("123.q")
        emit(t - 20 * SEC, nm, False, "login", "password", net, fdid, ua, 0, 0, cl)
    if r.random() < pe:
        n = 1
        while r.random() < (.42 if t - p.pwchg < 3 * DAY else .27) and n < 9:
            n += 1
        for i in range(n):
            emit(t, uid, False, "login", meth, net, fdid, ua, 0, 0, cl)
            t += r.uniform(6, 50) * SEC if meth != "badge_pin" else r.uniform(3, 12) * SEC
            if i == 4:                                          # locked
                if r.random() < .55:
                    t += r.uniform(5, 45) * MIN
                    helpdesk(p, t)
                else:
                    t += r.uniform(15, 40) * MIN
                p.lock = int(t)
        if r.random() < .18 and n > 1:
            if r.random() < .5 and p.role not in STRICT:
                return
            newpw(p, t, net, fdid, ua, cl)
            t += r.uniform(15, 60) * SEC
    cc_new = bool(p.hist) and net[2] != p.hist[-1][1][2] and r.random() < .5
    if cl == "web" and meth not in ("sso", "passkey", "windows_hello", "certificate") and dev is not None:
        ttl = 12 * HOUR if p.role == "adm" else 14 * DAY if dev.managed else 7 * DAY
        company = net[1] == 62044 or net in OLDVPN or any(net in v for v in OFFICE.values())
        if (force or cc_new or t - dev.mfa.get(uid, -1 << 60) > ttl or did is None) and (p.role in STRICT or not company):
            m = p.mfam if p.mfam not in ("sso", "passkey") else "push"
            far = .72 if r.random() < .006 else 0               # the phone lies in the locker, or has no signal
            while r.random() < max(far, {"push": .05, "otp": .035, "sms": .045, "email": .05}.get(m, .03)):
                if m == "email" and r.random() < .6:            # a mail scanner followed the link first
                    emit(t, uid, True, "mfa_challenge", "email", exit_ip(r, (8075, "52.178.17", "Amsterdam")), None, WIN + AWK + "Chrome/119.0.0.0 Safari/537.36", 0, 0, cl)
                    t += r.uniform(20, 90) * SEC
                emit(t, uid, False, "mfa_challenge", m, net, fdid, ua, 0, 0, cl)
                t += r.uniform(25, 100) * SEC
                if r.random() < .2:
                    emit(t, uid, False, "login", "mfa", net, fdid, ua, 0, 0, cl)
                    if r.random() < .4:
                        return
                    m = r.choice(["otp", "sms", m])
            emit(t, uid, True, "mfa_challenge", m, net, fdid, ua, 0, 0, cl)
            t += r.uniform(1, 6) * SEC
            dev.mfa[uid] = t
            meth = "mfa"
    b = moved(r, app, p.bf)
    if emit(t, uid, True, "login", meth, net, did, ua, b[0], b[1], cl):
        if dev:
            dev.known.add(uid)
        p.hist.append((int(t), net, did, ua, cl, dev, app))


def shift(p, d):
    r, wd, hol = p.r, d % 7, d in (HOLI_IN if p.tz == 5.5 else HOLI_HR)
    if p.sched == "office":
        return (7.5 + p.early * 3, 8) if wd < 5 and not hol and r.random() < .95 else None
    k = d + p.ph
    if p.sched == "c4":
        return ((7, 12), (19, 12), None, None)[k % 4]
    if p.sched == "f5":
        if k % 6 < 4:
            w = (3.75, 5, 6, 11.5, 13, 14, 20)[(k // 6 + p.ph) % 7 if r.random() < .9 else r.randrange(7)]
            return (w, 8)
        return (r.choice([5, 13]), 8) if r.random() < .03 and not p.absent & {d} else None       # overtime, a swap
    if p.sched == "pt":
        return (r.choice([4, 5, 9, 13, 16]), 6) if r.random() < (.5 if wd >= 4 else .25) else None
    if p.sched == "it_in":
        if p.desk:
            return ((6.5, 9), (13.5, 9), (21.5, 9))[(k // 7) % 3] if (k + p.ph) % 7 < 5 else None
        return (r.gauss(10.5, .5), 9) if wd < 5 and not hol else (r.uniform(9, 18), 2) if r.random() < .06 else None
    if p.sched == "crew":
        return (r.uniform(3.5, 14), 9) if r.random() < .55 else None
    if p.sched == "func":
        return (4.5, 18)
    return (r.uniform(7, 17), 3) if r.random() < .05 * p.boost else None


def web(p, t, dev, place, app, meth="password", **k):
    signin(p, t, dev, "web", meth, app, netfor(p, t, place, dev), **k)


def kept(p, dev):
    """How one comes in at one's own machine: the browser often stays signed in."""
    return p.r.choice(["password", "password", "sso", "sso", "refresh_token"]) if p.uid in dev.known and p.mfam != "sso" else "password"


def kiosk(p, t, area, app, meth=None):
    fleet = KIOSK[p.ap][area]
    dev = fleet[int(p.r.triangular(0, len(fleet), (p.ph * 7) % len(fleet)))]
    signin(p, t, dev, "kiosk", meth or p.r.choice(["password", "password", "badge_pin"]), app, office_net(p.ap, t, p.r))


def roster(p, t, place):
    r, ph = p.r, p.phone
    if r.random() < .82 and ph.aid in ph.known:
        signin(p, t, ph, "app", "refresh_token", "roster", netfor(p, t, place, ph))
    else:
        ph.known.add(ph.aid)
        web(p, t - 30 * SEC, ph, place, "portal") if r.random() < .4 else signin(p, t, ph, "app", "password", "roster", netfor(p, t, place, ph))


def pcday(p, s, L, n, apps, wfh):
    """A day at one's own computer: the first login, then single sign-on to this and that."""
    r, place = p.r, "home" if wfh else "ap"
    if p.trip(s):
        place = "trip"
    web(p, s + r.gauss(4, 6) * MIN, p.pc, place, "portal", r.choices(["password", "windows_hello", "passkey"], [5, 4, 2 if p.mfam == "passkey" or s > at(p.vpnday + 18, 0) else 0])[0])
    for _ in range(n):
        x = s + r.betavariate(1.3, 1.4) * L * HOUR
        web(p, x, p.pc, place, r.choice(apps), r.choices(["sso", "refresh_token", "password"], [7, 1, 1])[0])


def off_duty(p, d):
    r = p.r
    if p.app and p.phone and p.ap and r.random() < p.off:
        roster(p, at(d, min(23.9, max(.2, r.gauss(18.5, 3.6))), p.tz), r.choice(["home", "home", "home", "mob", "mob"]))
    if p.priv and r.random() < .05 and p.role not in ("crew", "func", "dorm"):
        web(p, at(d, r.uniform(9, 23.5), p.tz), p.priv, "home", r.choice(["mail", "portal", "portal", "learn", "pay"]), kept(p, p.priv))
    if p.phone and p.role not in ("func", "dorm", "adm", "crew") and r.random() < .02:
        web(p, at(d, r.uniform(8, 23), p.tz), p.phone, r.choice(["home", "mob"]), r.choice(["portal", "mail", "pay"]), kept(p, p.phone))
    if p.eas and r.random() < .42:
        t = at(d, r.uniform(6, 23), p.tz)
        if t < at(EV["mail"] + (p.ph % 4), 12):
            signin(p, t, p.phone, "eas", "refresh_token", "sync", netfor(p, t, r.choice(["mob", "mob", "home", "wifi"]) if p.ap else "mob", p.phone))
        else:
            if not hasattr(p, "moved"):                          # the mail migration: sign in again on the phone
                p.moved = True
                emit(t - 4 * MIN, p.name(t), False, "login", "refresh_token", p.mobile(t), p.phone.aid, p.phone.mail(t, True), 0, 0, "eas")
                web(p, t - 2 * MIN, p.phone, "mob", "mail", force=True)
            signin(p, t, p.phone, "app", "refresh_token", "mail", netfor(p, t, r.choice(["mob", "mob", "home", "wifi"]) if p.ap else "mob", p.phone))
    if p.legacy:
        for _ in range(r.choice([1, 2, 3, 4])):
            t = at(d, r.uniform(6, 22), p.tz)
            if d < EV["mail"] + 8:
                signin(p, t, None, "mail", "password", "sync", netfor(p, t, r.choice(["ap", "home", "home"])))
            elif d < EV["mail"] + 8 + p.ph % 9:
                emit(t, p.name(t), False, "login", "password", netfor(p, t, "home"), None, "BAV2ROPC", 0, 0, "mail")


def work(p, d, s, L):
    r, role = p.r, p.role
    e = s + L * HOUR
    rnd = lambda a=0.0, b=1.0: s + r.uniform(a, b) * L * HOUR
    if role in ("ramp", "s_ramp", "clean"):
        if r.random() < .55:
            kiosk(p, s + r.gauss(-4, 7) * MIN, "crew", "portal")
        elif p.app:
            roster(p, s - r.uniform(5, 100) * MIN, r.choice(["home", "mob", "wifi"]))
        for q in ((.02, .1, .72), (.4, .7, .25)):
            if role != "clean" and r.random() < q[2]:
                x = rnd(q[0], q[1])
                tab = TAB[p.ap][int(r.triangular(0, len(TAB[p.ap]), (p.ph * 5) % len(TAB[p.ap])))]
                signin(p, x, tab, "kiosk", "badge_pin" if r.random() < .8 else "password", "pad", r.choice(APN) if r.random() < .85 else office_net(p.ap, x, r))
    elif role == "sec":
        if r.random() < .72:
            kiosk(p, s + r.gauss(-3, 6) * MIN, "sec", "portal")
        if r.random() < .07:
            kiosk(p, rnd(.3, .9), "train", "learn", "password")
    elif role in ("checkin", "s_checkin"):
        if r.random() < .25:
            kiosk(p, s - r.uniform(2, 12) * MIN, "crew", "portal")
        x = s + r.uniform(0, 9) * MIN
        for _ in range(r.choice([1, 2, 2, 3])):
            kiosk(p, x, "counter" if r.random() < .8 else "gate", "dcs", "password" if r.random() < .85 else "badge_pin")
            x += r.uniform(50, 200) * MIN
            if x > e:
                break
    elif role == "ops":
        for _ in range(r.choice([2, 2, 3, 4])):
            kiosk(p, rnd(), "ops", r.choice(["dcs", "mail", "portal", "files"]))
    elif role in ("tech", "admin", "it", "back") and p.pc:
        if role == "admin":
            pcday(p, s, L, r.choice([1, 2, 2, 3, 4]), ["mail", "erp", "files", "mail", "portal", "pay"] if p.ph % 3 else ["mail", "files", "files"], r.random() < .03 + .03 * (p.ph % 8))
            if r.random() < .08:
                web(p, at(d, r.uniform(19, 23.4)), p.pc, "home", "mail", "sso")
        else:
            pcday(p, s, L, r.choice([1, 2, 3]) + (role == "it") * 2, ["admin", "mail", "files"] if role == "it" else ["mail", "portal", "files", "erp"], role == "it" and r.random() < .3)
        dg = getattr(p, "delegate", None)
        if dg and r.random() < .5:
            signin(dg, rnd(), p.pc, "web", "password", "mail", netfor(p, s + HOUR, "ap", p.pc))
    elif role == "back":
        kiosk(p, s, "crew", "portal")
    elif role == "board":
        web(p, rnd(), p.pc if r.random() < .4 else p.phone, r.choice(["home", "mob", "wifi"]), r.choice(["files", "mail"]))
    elif role == "retail":
        if r.random() < .7:
            dev = KIOSK[p.ap]["shop"][(p.shop * 4 + p.bench) % len(KIOSK[p.ap]["shop"])]
            signin(p, s + r.uniform(0, 50) * MIN, dev, "kiosk", "password", "portal", SHOPLINE[p.ap][p.shop])
        elif r.random() < .25:
            web(p, rnd(), p.phone, r.choice(["mob", "home", "wifi"]), "portal")
    elif role == "station":
        for _ in range(r.choice([1, 1, 2])):
            x = rnd()
            if p.mfam == "sso" and r.random() < .5:
                signin(p, x, p.pc, "web", "sso", "dcs", fixed("185.%d.12.%d" % (30 + len(p.dom), 9 + p.ph % 3), CITY_ASN[AIRLINES[p.dom][0]], AIRLINES[p.dom][0]))
            else:
                web(p, x, p.pc if r.random() < .7 else p.phone, r.choice(["wifi", "wifi", "mob", "home"]), r.choice(["dcs", "portal", "mail"]), "sso" if p.mfam == "sso" else kept(p, p.phone))
    elif role == "crew":
        if r.random() < .55:
            n, x = None, rnd(-.1, 1.4)
            q = r.random()
            if q < .4:
                n = PUBWIFI[p.ap] if r.random() < .5 else p.mobile(x)
            elif q < .6:
                c = r.choice(CITYBREAK[:9] + ["Split", "Zagreb", "Dublin", "Warsaw"])
                n = pool(r.choice(CC_ISP[CITY[c][0]]), c, r.randrange(6)).ip(r)
            signin(p, x, p.phone, "web", "sso" if p.mfam == "sso" else "password", r.choice(["portal", "roster"]), n or netfor(p, x, "home", p.phone))
    elif role in ("xit", "adm"):
        indian = p.tz == 5.5
        wfh = indian and r.random() < p.wfh
        if role == "xit":
            pcday(p, s, L, r.choice([1, 2, 3, 4]), ["admin", "mail", "portal", "files"], wfh)
            if wfh and r.random() < .07:                          # a power cut: over to the phone
                x = rnd()
                web(p, x, p.pc, "mob", "admin", "password")
                web(p, x + r.uniform(9, 60) * MIN, p.pc, "mob", "admin", "sso")
        else:
            for _ in range(r.choice([0, 1, 1, 2, 3] if indian else [0, 0, 1, 2])):
                x = rnd()
                if indian and r.random() < .7:
                    signin(p, x, p.pc, "web", "passkey" if p.mfam == "passkey" else "password", "admin", r.choice(VDI))
                else:
                    web(p, x, p.pc, "home" if wfh else "ap", "admin", "passkey" if p.mfam == "passkey" else "password")
            if r.random() < .01:
                web(p, at(d, r.uniform(0, 5), p.tz), p.pc, "home", "admin")           # called at night
    elif role == "kvarner":
        n = KVARNER[p.city if p.city in KVARNER else "Rijeka"]
        for _ in range(r.choice([1, 1, 2])):
            signin(p, rnd(), p.pc, "web", "password", r.choice(["portal", "mail", "roster"]), n)
    elif role == "func":
        for _ in range(r.choice([2, 3, 4, 5])):
            kiosk(p, at(d, r.uniform(4.5, 23)), "gate" if p.uid[0] == "g" else "ops", "dcs", "password")
    elif role == "dorm":
        web(p, rnd(), p.priv or p.phone, "home", "portal") if r.random() < .6 else kiosk(p, rnd(), "crew", "portal", "password")


CITY_ASN = {"Budapest": 5483, "Oslo": 2119, "London": 2856, "Düsseldorf": 3209, "Dublin": 5466, "Warsaw": 5617, "Paris": 3215, "Zürich": 3303}


def live(p):
    r = p.r
    if p.role not in ("func", "adm", "xit", "crew") and r.random() < .08:
        p.net2 = Home(r, r.choice(["Supetar", "Sinj", "Omiš", "Nin", "Biograd na Moru"]), isp=r.choice(["starlink"] + CC_ISP["HR"]), lease=45)
    done = set()
    for d in range(-1, DAYS):
        d0, d1 = at(d, 0, p.tz), at(d + 1, 0, p.tz)
        if d1 < p.start or d0 > p.end:
            continue
        np, nq, b = getattr(p, "newphone", None), getattr(p, "newpriv", None), getattr(p, "buys", None)
        if np and d0 <= np < d1:
            p.phone = phone(r)
            web(p, np, p.phone, "home", "portal", force=True)
            if r.random() < .45:                                  # the authenticator is set up again
                emit(np + r.uniform(2, 30) * MIN, p.name(np), True, "mfa_challenge", r.choice(["otp", "push"]), netfor(p, np, "home"), p.phone.id(np), p.phone.ua(np), 0, 0, "web")
            if r.random() < .3:
                p.carrier = carrier(r, "HR") if p.tz == 2 else p.carrier
        if b and d0 <= b[0] < d1:
            p.phone = b[1]
        if nq and d0 <= nq < d1 and not p.shared:
            p.priv = privpc(r)
        if getattr(p, "swap", None) and d0 <= p.swap < d1:
            p.carrier = r.choice(["a1m", "tmm", "htm"])           # a Croatian prepaid card
        if p.start > T0 and "first" not in done and d1 > p.start:
            done.add("first")
            if p.role in ("s_ramp", "s_checkin"):
                if len(p.homes) > 1 and r.random() < .7:           # papers and e-learning from far away, before coming
                    h, f = p.homes[0][1], p.start
                    p.start -= int(r.uniform(4, 15) * DAY)
                    for _ in range(r.randint(1, 4)):
                        x = r.uniform(p.start, f - 30 * HOUR)
                        signin(p, x, p.phone, "web", "password", "learn", h.at(x) if r.random() < .5 else mobile_ip(r, getattr(p, "far_sim", p.carrier)))
                t = p.start if p.start > T0 else T0
                x = at(max(0, d), r.choice([8.2, 9.1, 13.1]) + r.random() * .4)
                emit(x - 100 * SEC, p.uid, True, "password_reset", "email", office_net(p.ap, x, r), None, None, 0, 0, "kiosk")
                p.pwchg = x
                fleet = KIOSK[p.ap]["train"]
                signin(p, x, r.choice(fleet), "kiosk", "password", "learn", office_net(p.ap, x, r))
            else:
                emit(p.start - 5 * MIN, p.uid, True, "password_reset", "email", KVARNER[p.city], None, p.pc.ua(p.start) if p.pc else None, 0, 0, "web")
                p.pwchg = p.start
        sh = shift(p, d)
        if sh and d not in p.absent:
            s = at(d, sh[0], p.tz)
            if r.random() < .02:
                s += r.uniform(.3, 2) * HOUR                       # late
            work(p, d, s, sh[1])
        off_duty(p, d)
        if d == EV["phish"] and (p.pc or p.eas) and p.role in ("admin", "tech", "it", "board", "ops") and r.random() < .09:
            x = at(d + r.choice([0, 0, 1]), r.uniform(9, 18))      # fell for the exercise: must change the password
            dv = p.pc or p.phone
            newpw(p, x, netfor(p, x, "ap", dv), dv.id(x), dv.ua(x), "web")
            web(p, x + 2 * MIN, dv, "ap", "portal")


def machines(seed):
    """Service accounts, printers, probes, and the scripts of some people."""
    r = random.Random("machines|%d" % seed)
    az, aws = fixed("20.86.201.14", 8075, "Amsterdam"), fixed("3.121.44.90", 16509, "Frankfurt am Main")
    spu, dbv, zad = OFFICE["SPU"][1], OFFICE["DBV"][0], OFFICE["ZAD"][0]
    jobs = [("svc-fids-spu", 40, spu, "FIDS-Agent/7.2"), ("svc-fids-dbv", 60, dbv, "FIDS-Agent/7.2"), ("svc-fids-zad", 60, zad, "FIDS-Agent/7.1"), ("svc-aodb", 45, az, "Java/17.0.11"),
            ("svc-bhs-spu", 60, spu, "okhttp/4.12.0"), ("svc-bhs-dbv", 60, dbv, "okhttp/4.12.0"), ("svc-bi-etl", 180, az, "python-requests/2.32.3"), ("svc-backup", 1440, spu, "Veeam/12.1"),
            ("svc-monitor", 60, az, "Zabbix/6.4"), ("svc-payroll-x", 1440, fixed("89.164.77.12", 13046, "Zagreb"), "Apache-HttpClient/4.5.14"), ("svc-adsync", 30, spu, "AADConnect/2.4"),
            ("svc-parking", 120, aws, "node-fetch/3.3.2"), ("svc-weather", 60, spu, "curl/8.5.0"), ("svc-dcs-bridge", 45, fixed("57.128.40.6", 16276, "Frankfurt am Main"), "Java/11.0.23"),
            ("svc-cctv-arch", 720, dbv, None), ("svc-hr-onboard", 360, az, "axios/1.7.9"), ("svc-mdm", 90, fixed("34.89.210.3", 396982, "Frankfurt am Main"), "Go-http-client/2.0"),
            ("svc-wifi-portal", 120, fixed("65.108.12.80", 24940, "Falkenstein"), "GuzzleHttp/7"), ("svc-fuel", 240, zad, "Apache-HttpClient/4.5.14"), ("svc-slot", 360, az, "python-requests/2.31.0")]
    rot, rday = r.choice(jobs[:12])[0], r.randint(12, 50)
    for u, every, net, ua in jobs:
        key = r.choice(["api_key", "client_secret", "client_secret", "certificate"])
        t = T0 + r.random() * every * MIN
        while t < T1:
            d = (t - T0) / DAY
            bad = r.random() < .002 or (u == rot and rday <= d < rday + 1.3 and r.random() < .5) or EV["outage"][0] <= t < EV["outage"][1]
            n2 = net
            if net in (spu, dbv, zad):
                n2 = office_net("SPU" if net is spu else "DBV" if net is dbv else "ZAD", t, r)
            elif net is az and d > EV["geofix"]:
                n2 = fixed("20.86.201.77", 8075, "Amsterdam")        # the virtual machine was moved
            b = moved(r, "sync", 1 + every / 30)
            emit(t, u, not bad, "login", key, n2, None, ua, b[0], b[1], "api")
            t += every * MIN + r.gauss(0, 20 if every < 700 else 200) * SEC
    for u, c in (("svc-probe", 6),):                                  # synthetic logins from data centres around the world
        nets = [fixed(a, n, cc) for a, n, cc in (("3.8.11.40", 16509, "London"), ("34.89.33.9", 396982, "Frankfurt am Main"), ("13.250.7.7", 16509, "Singapore"), ("20.42.9.3", 8075, "Ashburn"), ("51.178.4.2", 16276, "Roubaix"))]
        for i in range(DAYS * 24):
            x = T0 + i * HOUR + r.randrange(MIN)
            ok = r.random() > .004 and not EV["outage"][0] <= x < EV["outage"][1]
            emit(x, u, ok, "login", "password", nets[i % 5], None, WIN + AWK + "HeadlessChrome/136.0.0.0 Safari/537.36", 900, 41000, "web")
    for i in range(12):                                               # printers that scan to mail; two are forgotten by the migration
        ap = r.choice(["SPU", "SPU", "DBV", "ZAD"])
        u = "scan-%s-%02d" % (ap.lower(), i + 1)
        for d in range(DAYS):
            for _ in range(r.choice([1, 2, 4, 6]) if d % 7 < 5 else r.choice([0, 0, 1])):
                x = at(d, r.uniform(7, 16))
                b = r.lognormvariate(13, 1)
                emit(x, u, not (i < 2 and d >= EV["mail"] and d < EV["mail"] + 9), "login", "password", office_net(ap, x, r), None, None, b, 2100, "mail")
    for d in range(2, DAYS, 7):                                       # the weekly vulnerability scan tries old default passwords
        for u in ("svc-scan", "admin", "scan-spu-01", "svc-backup"):
            for i in range(3):
                emit(at(d, 3) + i * 9 * MIN + r.randrange(MIN), u, u == "svc-scan", "login", "password", spu, None, "Nessus/10.8", 2000, 9000, "web")
    own = [p for p in PEOPLE if p.role in ("it", "tech", "admin", "xit", "ops", "checkin") and p.start < T0 and p.end > T1]
    for p in r.sample(own, 14):                                       # people's own scripts and roster-to-calendar gadgets
        net = r.choice([None, None, az, fixed("167.99.20.%d" % r.randrange(9, 99), 14061, "Frankfurt am Main"), "home", "home"])
        ua, meth = r.choice(["python-requests/2.32.3", "Mozilla/5.0 (Windows NT; Windows NT 10.0; hr-HR) WindowsPowerShell/5.1.26100", "curl/8.9.1", "node-fetch/3.3.2", "HomeAssistant/2025.5 aiohttp/3.11"]), r.choice(["api_key", "password", "refresh_token"])
        d, every = r.uniform(0, 25), r.choice([.25, .5, 1, 1, 7])
        while d < DAYS:
            x = at(d, p.ph % 24)
            b = moved(r, "sync", 4)
            emit(x + r.randrange(3 * MIN), p.uid, r.random() > .02 and x > p.pwchg - 99 * DAY, "login", meth, p.home(x).at(x) if net == "home" else net or office_net(p.ap or "SPU", x, r), None, ua, b[0], b[1], "api")
            d += every if r.random() > .02 else every * 3


# ------------------------------------------------------------------ attackers
TOOLS = ["python-requests/2.31.0", "Go-http-client/1.1", "okhttp/4.9.3", "axios/1.8.4", "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/103.0.5060.134 Safari/537.36",
         WIN + AWK + "Chrome/124.0.0.0 Safari/537.36", WIN + AWK + "Chrome/131.0.0.0 Safari/537.36", "Mozilla/5.0 (Windows NT 6.1; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0"]
LAIR = ["Lagos", "Lagos", "Moscow", "Saint Petersburg", "Bucharest", "Cluj-Napoca", "Hanoi", "Ho Chi Minh City", "Jakarta", "São Paulo", "Kyiv", "Istanbul", "Belgrade", "Sofia", "Manila", "London"]
PROXYCC = ["HR", "HR", "BA", "RS", "SI", "IT", "DE", "AT", "PL", "GB", "US", "US", "BR", "VN", "ID", "IN", "RO", "TR", "FR", "ES"]
BYCC = {}
for _c, _v in CITY.items():
    BYCC.setdefault(_v[0], []).append(_c)


class Camp:
    def __init__(s, fam, style, r):
        s.fam, s.style, s.tag, s.n, s.got = fam, style, (fam, "c%010x" % r.getrandbits(40)), 0, False

    def ev(s, t, uid, ok, et, meth, net, did, ua, b=(0, 0), cl="web"):
        if emit(t, uid, ok, et, meth, net, did, ua, b[0], b[1], cl, s.tag):
            s.n += 1


def resid(r, city):
    return pool(r.choice(CC_ISP[CITY[city][0]]), city, r.randrange(6)).ip(r)


def proxy(r):
    return resid(r, r.choice(BYCC[r.choice(PROXYCC)]))


def hoster(r):
    return exit_ip(r, r.choice(HOSTX))


def commercial(r, near=False):
    xs = [x for v in VPNX.values() for x in v if x[0] not in (36183, 54113) and (not near or x[2] in ("Zagreb", "Ljubljana", "Belgrade", "Vienna"))]
    return exit_ip(r, r.choice(xs))


def before(v, t, f=None):
    i = bisect.bisect_left(v.times, t)
    for h in reversed(v.hist[max(0, i - 60):i]):
        if f is None or f(h):
            return h
    return None


def tod(v, day, r, t=None):
    """A moment of that day at an hour when the victim is used to sign in."""
    h = r.choice(v.hist)
    return T0 + int(day) * DAY + h[0] % DAY + r.gauss(0, 22) * MIN


def victim(r, t, roles=None, need=5, f=None):
    for _ in range(4000):
        v = r.choice(PEOPLE)
        if roles and v.role not in roles:
            continue
        if v.rename or not (v.start < t and v.end > min(t + 3 * DAY, T1)) or v.role in ("dorm", "func"):
            continue
        n = bisect.bisect_left(v.times, t) - bisect.bisect_left(v.times, t - 21 * DAY)
        if n >= need and (f is None or f(v)):
            return v
    return None


RICH = ["admin", "admin", "it", "adm", "xit", "tech", "board", "ops"]
MOST = RICH + ["checkin", "ramp", "retail", "station", "s_checkin", "sec", "crew", "kvarner", "s_ramp"]


def browser_like(v, t, r):
    """A browser of the same make as the victim's own (or a usual one when the victim has none)."""
    h = before(v, t, lambda h: h[4] == "web" and h[5] is not None)
    d = Dev(r, h[5].kind if h else r.choice(["chrome", "chrome", "edge", "android"]))
    if h:
        d.lag = h[5].lag
    return d


def cheap_browser(r):
    return Dev(r, r.choice(["chrome", "chrome", "chrome", "firefox", "edge", "macchrome", "linux", "android"]))


def react(c, v, t, r, p):
    """The victim (or the help desk) notices: an honest reset.  Returns that time, or far in the future."""
    if r.random() > p or v.role in ("dorm", "func"):
        return 1 << 60
    x = tod(v, (t - T0) // DAY + r.choice([0, 1, 1, 2, 4]), r)
    if x < t + 10 * MIN:
        x += DAY
    d = v.pc or v.phone
    if r.random() < .5:
        emit(x - 3 * MIN, v.uid, False, "login", "password", netfor(v, x, "home", d), d.id(x), d.ua(x), 0, 0, "web")
    if r.random() < .4:
        helpdesk(v, x)
    else:
        newpw(v, x, netfor(v, x, "home", d), d.id(x), d.ua(x), "web")
    b = moved(r, "portal", v.bf)
    emit(x + 2 * MIN, v.uid, True, "login", "password", netfor(v, x, "home", d), d.id(x), d.ua(x), b[0], b[1], "web")
    return x


def loot(c, v, t, r, netf, dev, did=None, meth="sso", cl="web", goal=None, stop=None):
    """What an attacker does once inside: sessions of reading, copying, changing, digging in."""
    st, c.got = c.style, True
    stop = react(c, v, t, r, {"careful": .12, "ordinary": .3, "loud": .5}[st]) if stop is None else stop
    goal = goal or r.choice(["mail", "mail", "files", "pay", "erp", "admin" if v.role in ("it", "adm", "xit") else "portal"])
    n = {"careful": r.randint(2, 7), "ordinary": r.randint(2, 7), "loud": r.randint(4, 14)}[st]
    day, bad = (t - T0) / DAY, 0
    if did is None and st == "careful" and r.random() < .3:
        did = ""                                                      # private windows: no cookie stays
    for i in range(n):
        if i:
            if st == "careful":
                day += r.choice([.0, .6, 1, 1, 2, 3.5])
                t = max(t + 20 * MIN, tod(v, day, r))
            elif st == "ordinary":
                t += r.choice([r.uniform(3, 50) * MIN, r.uniform(1, 9) * HOUR, r.uniform(15, 40) * HOUR])
            else:
                t += r.expovariate(1 / 12) * MIN
        net, ua = netf(t), dev.ua(t) if isinstance(dev, Dev) else dev
        x = did if did is not None else dev.id(t) if isinstance(dev, Dev) else None
        x = None if x == "" else x
        if t > stop:
            c.ev(t, v.uid, False, "login", "password" if meth != "refresh_token" else meth, net, None, ua, cl=cl)
            bad += 1
            if bad > r.choice([0, 1, 2]):
                return
            continue
        b = moved(r, goal if r.random() < .7 else r.choice(["mail", "portal", "files"]), {"careful": r.uniform(.25, 1.1), "ordinary": r.uniform(.7, 4), "loud": r.uniform(4, 30)}[st])
        c.ev(t, v.uid, True, "login", meth, net, x, ua, b, cl)
        if i == 1 and st != "careful" and r.random() < .3 and cl == "web":
            et = r.choice(["mfa_challenge", "password_reset"])          # its own second factor, its own password
            c.ev(t + 5 * MIN, v.uid, True, et, r.choice(["otp", "push", "sms"] if et[0] == "m" else ["mfa", "sms", "password"]), net, x, ua)
        if i == 2 and r.random() < .12:
            c.ev(t + 9 * MIN, v.uid, True, "login", "api_key", net, None, r.choice(TOOLS[:4]), moved(r, "files", 2), "api")


def enter(c, v, t, r, net, dev, ok=True, how=None, did=None):
    """Through the door with a known password.  The holes: a relayed second factor, the mail protocol, the roster app."""
    how = how or pick(r, [("aitm", 5), ("app", 2), ("legacy", 2 if (t - T0) / DAY < EV["mail"] + 7 else 0)])
    ua = dev.ua(t) if isinstance(dev, Dev) else dev
    x = did if did is not None else dev.id(t) if isinstance(dev, Dev) else None
    if not ok:
        for _ in range(r.choice([1, 1, 2, 3])):
            if r.random() < .5:
                c.ev(t, v.uid, False, "login", "password", net, did, ua)
            else:
                c.ev(t, v.uid, False, "mfa_challenge", v.mfam if v.mfam in ("push", "otp", "sms", "email") else "push", net, did, ua)
            t += r.uniform(.3, 20) * MIN
        return None
    if how == "app":
        d = dev if isinstance(dev, Dev) else Dev(r, "android")
        c.ev(t, v.uid, True, "login", "password", net, d.aid, d.app(t), moved(r, "roster"), "app")
        return t + r.uniform(1, 30) * MIN, "password", "web"
    if how == "legacy":
        c.ev(t, v.uid, True, "login", "password", net, None, "BAV2ROPC", moved(r, "mail", .5), "mail")
        return t + r.uniform(2, 60) * MIN, "password", "mail"
    if r.random() < .25:
        c.ev(t - r.uniform(15, 90) * SEC, v.uid, False, "login", "password", net, did, ua)
    if v.mfam not in ("sso",):
        c.ev(t, v.uid, True, "mfa_challenge", v.mfam if v.mfam != "passkey" else "push", net, did, ua)
    c.ev(t + 4 * SEC, v.uid, True, "login", "mfa" if v.mfam != "sso" else "sso", net, x, ua, moved(r, "portal", .6))
    return t + r.uniform(2, 40) * MIN, r.choice(["sso", "sso", "password", "refresh_token"]), "web"


def start(c, r):
    return r.uniform(10, {"careful": 47, "ordinary": 57, "loud": 58.5}[c.style])


def crowd(c, r, day, lo, hi):
    """The names on a list: most real, some long gone, some that never were."""
    out, n = [], r.randint(lo, hi)
    theme = r.choice([None, None, "admin", "mail", "sez"])
    while len(out) < n:
        v = r.choice(PEOPLE)
        if v.role in ("adm", "func") or (theme == "admin" and v.role not in RICH) or (theme == "mail" and "@" not in v.uid) or (theme == "sez" and not v.uid.startswith("sez")):
            continue
        if v.start > at(day + 8, 0):
            continue
        out.append((v.uid, v) if r.random() < .82 else ((r.choice(FIRST)[0] + r.choice(LAST)).translate(FLAT) + r.choice(["", "1", "7"]), None))
    return out


def guessing(c, r, spray):
    st, day = c.style, start(c, r)
    names = crowd(c, r, day, *{"careful": (9, 30), "ordinary": (30, 75), "loud": (90, 210)}[st])
    hits = set(r.sample(range(len(names)), r.choice([1, 1, 1, 2, 3]))) if r.random() < .78 else set()
    t = T0 + day * DAY
    few = [hoster(r) for _ in range(r.randint(1, 3))]
    many = [r.choice([proxy, proxy, hoster])(r) for _ in range(r.randint(6, 24))]
    legacy = (spray and r.random() < .4) or r.random() < .1
    tool = "BAV2ROPC" if legacy else r.choice(TOOLS)
    cl = "mail" if legacy else r.choice(["web", "web", "app"])
    homecc = r.random() < .6
    for i, (u, v) in enumerate(names):
        if st == "careful":
            t += r.expovariate(1 / r.choice([20, 120, 400])) * MIN
            if v and v.hist and r.random() < .7:
                t = max(t, tod(v, (t - T0) // DAY, r))
            hh = ((t - T0) / HOUR + 2) % 24
            t += (6 - hh) * HOUR if hh < 5 else 0
            net = resid(r, r.choice(["Split", "Zadar", "Zagreb", "Rijeka", "Dubrovnik", "Kaštela"])) if homecc else proxy(r)
            d = cheap_browser(r)
            ua = d.ua(t) if cl == "web" else d.app(t) if cl == "app" else tool
        else:
            t += r.expovariate(1 / (70 if st == "ordinary" else 5)) * SEC
            net, ua, d = r.choice(many if st == "ordinary" else few), tool, None
        if not spray and v is not None and i not in hits and r.random() < .2:
            c.ev(t, u, False, "login", "password", net, None, ua, cl=cl)
            t += r.uniform(3, 60) * SEC
        if i in hits and v is not None and v.hist and v.end > t:
            c.ev(t, u, True, "login", "password", net, d.id(t) if d and cl == "web" else None, ua, moved(r, "portal", .2), cl)
            if r.random() < .8:
                place = r.choice([v.city, v.city, "Zagreb"]) if st == "careful" else r.choice(LAIR)
                h, b = Home(r, place), browser_like(v, t, r) if st == "careful" else cheap_browser(r)
                loot(c, v, t + r.uniform(.3, 60) * HOUR, r, lambda x: h.at(x), b, meth="password", cl=r.choice([cl, "web"]) if cl != "app" else "web")
        else:
            c.ev(t, u, False, "login", "password", net, None, ua, cl=cl)


def a_credential_stuffing(c, r):
    guessing(c, r, False)


def a_password_spray(c, r):
    guessing(c, r, True)


def a_brute_force(c, r):
    st, day = c.style, start(c, r)
    t = T0 + day * DAY
    roles = r.choice([["func"], ["retail", "station"], RICH, ["s_checkin", "s_ramp"], ["checkin", "tech"]])
    v = r.choice([p for p in PEOPLE if p.role in roles and len(p.hist) > 8 and p.start < t - 6 * DAY and p.end > min(t + 9 * DAY, T1)])
    n = {"careful": r.randint(9, 34), "ordinary": r.randint(25, 80), "loud": r.randint(110, 320)}[st]
    cl = r.choice(["web", "web", "mail", "app", "api"])
    h = Home(r, r.choice([v.city, "Zagreb", "Split"]))
    nets = [r.choice([hoster, proxy])(r) for _ in range(r.randint(1, 9))]
    ua, b = r.choice(TOOLS), browser_like(v, t, r)
    for i in range(n):
        if st == "careful":
            if i % r.choice([2, 3, 4]) == 0:
                t = tod(v, (t - T0) // DAY + r.choice([0, 1, 1]), r)
            t += r.uniform(.5, 14) * MIN
            net, ua = (h.at(t) if r.random() < .6 else resid(r, v.city)), b.ua(t)
        else:
            t += r.expovariate(1 / (80 if st == "ordinary" else 4)) * SEC * (1 if i % 9 else 14)
            net = r.choice(nets)
        c.ev(t, v.uid, False, "login", "api_key" if cl == "api" and st != "careful" else "password", net, None, ua, cl=cl if st != "careful" else "web")
    if r.random() < .72:
        t += r.uniform(.2, 9) * MIN
        c.ev(t, v.uid, True, "login", "password", net, None, ua, moved(r, "portal", .3))
        loot(c, v, t + r.uniform(.1, 9) * HOUR, r, (lambda x: h.at(x)) if st == "careful" else (lambda x: nets[0]), b if st == "careful" else ua, meth="password")


def lair(c, v, t, r):
    """Where the attacker seems to sit, by style: a function of time, and the browser."""
    st = c.style
    if st == "careful":
        city = v.home(t).city if r.random() < .72 else r.choice([v.city, "Zagreb", "Split"])
        isp = v.home(t).isp if r.random() < .5 and CITY[city][0] == ISP[v.home(t).isp][1] else None
        h, rot = Home(r, city, isp=isp), r.random() < .5
        return (lambda x: pool(h.isp, city, r.randrange(6)).ip(r) if rot else h.at(x)), browser_like(v, t, r)
    if st == "ordinary":
        k = r.random()
        if k < .35:
            h = Home(r, r.choice(LAIR))
            return h.at, cheap_browser(r)
        n = [r.choice([hoster, proxy, proxy, commercial])(r) for _ in range(r.randint(1, 4))]
        return (lambda x: r.choice(n)), cheap_browser(r) if k < .8 else browser_like(v, t, r)
    n = [hoster(r), resid(r, r.choice(LAIR)), commercial(r)]
    return (lambda x: r.choice(n)), r.choice([r.choice(TOOLS), cheap_browser(r)])


def when(c, v, day, r):
    return tod(v, day, r) if c.style == "careful" or r.random() < .25 else T0 + int(day) * DAY + r.gauss(11.5, 4.5) * HOUR


def a_stolen_credentials(c, r):
    day = start(c, r)
    v = victim(r, T0 + day * DAY, MOST)
    t = when(c, v, day, r)
    netf, dev = lair(c, v, t, r)
    e = enter(c, v, t, r, netf(t), dev, r.random() < .82)
    if e:
        hold = r.choice([0, 0, 1, 3]) * DAY if c.style == "careful" else 0          # the seller waits, the buyer comes later
        loot(c, v, e[0] + hold, r, netf, dev if e[2] == "web" else "BAV2ROPC", meth=e[1], cl=e[2])


def a_mfa_fatigue(c, r):
    st, day = c.style, start(c, r)
    v = victim(r, T0 + day * DAY, RICH + ["checkin", "ramp"], f=lambda v: v.mfam in ("push", "passkey"))
    t = tod(v, day, r) if st == "careful" else at(day, r.choice([22, 23.5, 1.5, 3, 19]), v.tz) + r.uniform(0, 60) * MIN
    netf, dev = lair(c, v, t, r)
    yes = r.random() < .76
    n = {"careful": r.randint(1, 4), "ordinary": r.randint(5, 13), "loud": r.randint(16, 48)}[st]
    for i in range(n):
        c.ev(t, v.uid, False, "mfa_challenge", "push", netf(t), None, dev.ua(t) if isinstance(dev, Dev) else dev)
        if r.random() < .12:
            c.ev(t + 40 * SEC, v.uid, False, "login", "mfa", netf(t), None, dev.ua(t) if isinstance(dev, Dev) else dev)
        if st == "careful":
            t = tod(v, (t - T0) // DAY + r.choice([1, 1, 2, 3]), r) if r.random() < .6 else t + r.uniform(2, 40) * MIN
        else:
            t += r.uniform(20, 500 if st == "ordinary" else 70) * SEC
    if yes:
        net = netf(t)
        ua = dev.ua(t) if isinstance(dev, Dev) else dev
        c.ev(t, v.uid, True, "mfa_challenge", "push", net, None, ua)
        c.ev(t + 3 * SEC, v.uid, True, "login", "mfa", net, dev.id(t) if isinstance(dev, Dev) else None, ua, moved(r, "portal"))
        if r.random() < .4:
            c.ev(t + r.uniform(2, 15) * MIN, v.uid, True, "mfa_challenge", "otp", net, dev.id(t) if isinstance(dev, Dev) else None, ua)
        loot(c, v, t + r.uniform(3, 40) * MIN, r, netf, dev)


def a_session_theft(c, r):
    st, day = c.style, start(c, r)
    v = victim(r, T0 + day * DAY, RICH + ["station", "retail", "tech", "kvarner", "checkin", "crew"], f=lambda v: before(v, T0 + day * DAY, lambda h: h[4] in ("web", "app") and h[2]))
    h = before(v, T0 + day * DAY, lambda h: h[4] in ("web", "app") and h[2])
    t = h[0] + r.uniform(.05, 30) * HOUR if st != "careful" else tod(v, (h[0] - T0) // DAY + r.choice([0, 1, 1, 2]), r)
    t = max(t, T0 + (10 + .9 * r.random()) * DAY, h[0] + 4 * MIN)
    netf, _ = lair(c, v, t, r)
    dev = h[5] if h[4] == "web" else h[3]
    meth = r.choice(["refresh_token", "sso", "sso"]) if h[4] == "web" else "refresh_token"
    if r.random() < .18:                                              # bound to the machine, or just revoked
        for i in range(r.choice([1, 2, 4])):
            c.ev(t + i * r.uniform(1, 30) * MIN, v.uid, False, "login", meth, netf(t), h[2], h[3], cl=h[4])
        return
    if st != "careful" and r.random() < .5:
        dev = h[3]                                                    # the browser string is frozen as it was stolen
    loot(c, v, t, r, netf, dev, did=h[2], meth=meth, cl=h[4])


def a_near_takeover(c, r):
    st, day = c.style, start(c, r)
    v = victim(r, T0 + day * DAY, MOST + ["ramp", "sec", "checkin"])
    t = tod(v, day, r) if st != "loud" else at(day, r.choice([1, 2.5, 22, 23]), v.tz)
    k, city = r.random(), v.home(t).city
    h = Home(r, city, isp=v.home(t).isp if r.random() < .55 else None)
    if k < .5:
        netf = h.at                                                   # a home in the same town
    elif k < .68:
        netf = lambda x: mobile_ip(r, v.carrier)                      # the same carrier's phones
    elif k < .8 and v.ap:
        netf = lambda x: PUBWIFI[v.ap]                                # sits in the terminal
    elif k < .9:
        netf = lambda x: v.home(x).at(x)                              # lives in the same house
    else:
        h2 = Home(r, "Zagreb" if CITY[city][0] == "HR" else city)
        netf = h2.at
    dev = browser_like(v, t, r) if st == "careful" else Dev(r, r.choice(["android", "samsung", "iphone", "chrome", "edge", "mac"]))
    e = enter(c, v, t, r, netf(t), dev, r.random() < .82, how=r.choice([None, "app", "aitm"]))
    if e:
        loot(c, v, e[0], r, netf, dev if e[2] == "web" else "BAV2ROPC", meth=e[1], cl=e[2])


def a_reset_takeover(c, r):
    st, day = c.style, start(c, r)
    v = victim(r, T0 + day * DAY, MOST, f=lambda v: v.role != "func")
    t = when(c, v, day, r)
    netf, dev = lair(c, v, t, r)
    ua = dev.ua(t) if isinstance(dev, Dev) else dev
    if r.random() < .45:                                              # looks which way the account can be recovered
        for _ in range(r.choice([1, 1, 2, 3])):
            et = r.choice(["password_reset", "login"])
            c.ev(t, v.uid, False, et, "password" if et == "login" else r.choice(["sms", "email", "password"]), netf(t), None, ua)
            t = tod(v, (t - T0) // DAY + r.choice([1, 2, 4]), r) if st == "careful" else t + r.uniform(1, 30) * MIN
    if r.random() < .2:
        c.ev(t, v.uid, False, "password_reset", r.choice(["sms", "email"]), netf(t), None, ua)
        return
    if r.random() < .4:                                               # talks to the help desk: the event comes from the agent's desk in India
        c.ev(t, v.uid, True, "password_reset", "helpdesk", r.choice(IN_OFFICE["Kochi"]), None, None, cl="desk")
    else:
        c.ev(t, v.uid, True, "password_reset", r.choice(["sms", "email"]), netf(t), None, ua)
    t2 = t + r.uniform(1, 25) * MIN
    net = netf(t2)
    x = dev.id(t2) if isinstance(dev, Dev) else None
    if r.random() < .6:
        c.ev(t2, v.uid, True, "mfa_challenge", r.choice(["sms", "email", "otp"]), net, None, ua)
    c.ev(t2 + 8 * SEC, v.uid, True, "login", r.choice(["password", "mfa"]), net, x, ua, moved(r, "portal"))
    w = before(v, t, None)
    for h in v.hist[bisect.bisect_left(v.times, t2):][:1]:            # the victim's own password no longer works
        for i in range(r.choice([1, 2, 3])):
            emit(h[0] - (4 - i) * r.uniform(15, 40) * SEC, v.uid, False, "login", "password", h[1], h[2], h[3], 0, 0, "web")
        if w and r.random() < .7:
            helpdesk(v, h[0] - 5 * SEC)
            stop = h[0] if r.random() < .7 else 1 << 60
            break
    else:
        stop = 1 << 60
    loot(c, v, t2 + r.uniform(2, 50) * MIN, r, netf, dev, meth=r.choice(["password", "sso"]), stop=stop if st != "careful" or r.random() < .5 else 1 << 60)


def a_dormant_revival(c, r):
    st = c.style
    for _ in range(9000):
        day = r.uniform(16, 50) if st == "careful" else r.uniform(12, 58)
        v, t = r.choice(PEOPLE), T0 + day * DAY
        last = before(v, T1)
        quiet = v.role == "dorm" and v.end < t - 6 * DAY or (v.end < t - 8 * DAY and v.role != "dorm") or (v.role in ("back", "clean", "board") and last and not before(v, t, lambda h: h[0] > t - 12 * DAY))
        if quiet and not hasattr(v, "taken") and not (v.role == "dorm" and r.random() < .3):
            v.taken = True
            break
    if not v.hist:
        v.hist = [(at(i, r.uniform(7, 19)), None, None, None, "x", None, None) for i in range(3)]
    t = when(c, v, day, r)
    netf, dev = lair(c, v, t, r)
    ua = dev.ua(t) if isinstance(dev, Dev) else dev
    for _ in range(r.choice([0, 0, 1, 2, 4])):
        c.ev(t, v.uid, False, "login", "password", netf(t), None, ua)
        t += r.uniform(.3, 8) * MIN if st != "careful" else r.uniform(5, 40) * HOUR
    if r.random() < .15:
        c.ev(t, v.uid, False, "login", "password", netf(t), None, ua)
        return
    if r.random() < .35:
        c.ev(t, v.uid, True, "password_reset", r.choice(["email", "sms", "helpdesk"]), netf(t), None, ua)
        t += r.uniform(1, 9) * MIN
    c.ev(t, v.uid, True, "login", "password", netf(t), dev.id(t) if isinstance(dev, Dev) else None, ua, moved(r, "portal", .5))
    loot(c, v, t + r.uniform(.1, 20) * HOUR, r, netf, dev, meth=r.choice(["password", "sso"]), stop=1 << 60 if r.random() < .8 else t + 3 * DAY)


def a_insider(c, r):
    st, day, k = c.style, start(c, r), r.random()
    t0 = T0 + day * DAY
    if k < .34:                                                       # a person plunders through the own account
        v = victim(r, t0, ["admin", "it", "tech", "xit", "adm", "ops"], 8, lambda v: v.pc is not None)
        h = before(v, t0, lambda h: h[4] == "web" and h[5]) or v.hist[0]
        dev = h[5] or v.pc
        t = tod(v, day, r) if st == "careful" else at(day, r.choice([20.5, 22.3, 5.2, 13]), v.tz) + r.uniform(0, 90) * MIN
        loot(c, v, t, r, lambda x: netfor(v, x, "home" if st != "careful" or r.random() < .3 else "ap", dev), dev, meth=r.choice(["sso", "password"]), goal=r.choice(["files", "erp", "files"]), stop=1 << 60)
        return
    if k < .52:                                                       # the outsourced administrator in an account of a service or of the customer
        b = victim(r, t0, ["xit"], 8)
        v = victim(r, t0, ["adm", "it", "admin"], 5, lambda v: v.link is not b)
        dev = b.pc
        netf = (lambda x: netfor(b, x, "home", dev)) if st != "careful" else lambda x: r.choice(IN_OFFICE[b.site] + VDI)
        t = tod(b, day, r)
    elif k < .84:                                                     # a colleague who has seen the password
        b = victim(r, t0, ["checkin", "sec", "ramp", "admin", "ops", "tech", "s_checkin"], 8)
        v = victim(r, t0, ["checkin", "sec", "ramp", "admin", "ops", "s_checkin", "board"], 5, lambda v: v.ap == b.ap and v is not b)
        h = before(b, t0, lambda h: h[5] is not None) or b.hist[0]
        dev = h[5] or b.phone
        t = tod(b, day, r)
        if h[4] == "kiosk":
            netf = lambda x: office_net(b.ap, x, r)
        else:
            dev = b.phone if h[4] != "web" else dev
            netf = lambda x: netfor(b, x, "ap" if st == "careful" else "home", dev)
    else:                                                             # a leaver whose account was forgotten
        gone = [p for p in PEOPLE if p.end < t0 - DAY and p.hist and p.role != "dorm"] or [p for p in PEOPLE if p.end < t0 and p.hist]
        v = r.choice(gone)
        dev = v.priv or v.phone
        loot(c, v, tod(v, day, r), r, lambda x: v.home(x).at(x), dev, meth="password", goal=r.choice(["files", "mail"]), stop=1 << 60)
        return
    if r.random() < .35:
        c.ev(t - 40 * SEC, v.uid, False, "login", "password", netf(t), dev.id(t), dev.ua(t))
    if r.random() < .15:
        return
    loot(c, v, t, r, netf, dev, did=dev.id(t), meth="password", goal=r.choice(["pay", "mail", "roster", "files"]))


def a_anonymiser(c, r):
    st, day = c.style, start(c, r)
    v = victim(r, T0 + day * DAY, MOST)
    t = when(c, v, day, r)
    if st == "careful":
        x = r.choice([q for w in VPNX.values() for q in w if q[2] in ("Zagreb", "Split", "Ljubljana", "Vienna", "Milan") and q[0] not in (36183, 54113)])
        n, dev = [exit_ip(r, x) for _ in range(r.randint(1, 3))], browser_like(v, t, r)
    elif st == "ordinary":
        n, dev = [r.choice([commercial, hoster, commercial])(r) for _ in range(r.randint(1, 5))], cheap_browser(r)
    else:
        n, dev = [exit_ip(r, r.choice(TORX)) for _ in range(9)], "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"
    netf = lambda x: r.choice(n)
    if st != "careful" and r.random() < .4:
        for _ in range(r.randint(1, 6)):
            c.ev(t, v.uid, False, "login", "password", netf(t), None, dev.ua(t) if isinstance(dev, Dev) else dev)
            t += r.uniform(.2, 5) * MIN
    e = enter(c, v, t, r, netf(t), dev, r.random() < .8)
    if e:
        loot(c, v, e[0], r, netf, dev if e[2] == "web" else "BAV2ROPC", meth=e[1], cl=e[2])


def a_shared_device(c, r):
    st, day = c.style, start(c, r)
    t0 = T0 + day * DAY
    v = victim(r, t0, ["checkin", "checkin", "sec", "admin", "ops", "tech", "s_checkin", "ramp", "retail", "station", "it"], 6, lambda v: before(v, t0, lambda h: h[5] is not None))
    h = before(v, t0, lambda h: h[5] is not None)
    priv = h[4] != "kiosk" and not h[5].managed
    dev = h[5]
    if h[4] == "kiosk":                                               # the next one at the counter or in the crew room
        t = h[0] + (r.uniform(20, 200) * MIN if st == "careful" else r.uniform(3, 12) * HOUR)
        netf, meth, cl = (lambda x: h[1] if h[1] in SHOPLINE.get(v.ap, []) or h[1] in APN else office_net(v.ap, x, r)), "password", "kiosk"
    elif priv:                                                        # at home: a child, a partner, a guest
        t = tod(v, day, r) + (r.uniform(.2, 3) * HOUR if st == "careful" else r.uniform(3, 9) * HOUR)
        netf, meth, cl = (lambda x: v.home(x).at(x, r, v.uid)), r.choice(["password", "sso"]), "web"
    else:                                                             # the unlocked computer in the office, the laptop on the kitchen table
        t = h[0] + r.uniform(30, 300) * MIN if st != "loud" else at(day, 21 + r.random() * 3, v.tz)
        netf, meth, cl = (lambda x: netfor(v, x, "ap" if st == "careful" else r.choice(["home", "ap"]), dev)), r.choice(["sso", "sso", "password", "windows_hello"]), "web"
    t = max(t, T0 + (10 + .9 * r.random()) * DAY)
    if meth == "password" and (st == "loud" or r.random() < .25):
        for _ in range(r.choice([1, 2, 3]) * (3 if st == "loud" else 1)):
            c.ev(t - r.uniform(20, 400) * SEC, v.uid, False, "login", meth, netf(t), dev.id(t), dev.ua(t), cl=cl)
        if r.random() < .3:
            return
    loot(c, v, t, r, netf, dev, did=h[2] if h[4] == "app" else None, meth=meth, cl=cl, stop=1 << 60 if st != "loud" else None)


FAMILIES = [a_credential_stuffing, a_password_spray, a_brute_force, a_stolen_credentials, a_mfa_fatigue, a_session_theft, a_near_takeover,
            a_reset_takeover, a_dormant_revival, a_insider, a_anonymiser, a_shared_device]


def attack(seed):
    r = random.Random("attack|%d" % seed)
    for p in PEOPLE:
        p.hist.sort(key=lambda h: h[0])
        p.times = [h[0] for h in p.hist]
        p.trips.sort(key=lambda x: x[0])
    counts = [0]
    while not 170 <= sum(counts) <= 200:
        counts = [r.randint(11, 20) for _ in FAMILIES]
    for f, n in zip(FAMILIES, counts):
        fam = f.__name__[2:]
        for i in range(n):
            style = "careful" if i < n * .4 else "ordinary" if i < n * .74 else "loud"
            while True:
                c = Camp(fam, style, r)
                f(c, r)
                if c.n:
                    break


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: airports.py SEED OUTPUT.ndjson")
    seed = int(sys.argv[1])
    build(seed)
    for p in PEOPLE:
        live(p)
    machines(seed)
    attack(seed)
    ROWS.sort()
    r = random.Random("ids|%d" % seed)
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        for i, (t, _, line) in enumerate(ROWS):
            f.write('{"event_id":"%011x%05x%08x",%s\n' % (t, i & 0xfffff, r.getrandbits(32), line[1:]))


if __name__ == "__main__":
    main()
