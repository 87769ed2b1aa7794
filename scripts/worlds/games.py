#!/usr/bin/env python3
"""Labelled logins of a games studio on three continents: remote people, contractors, build farms and tokens, night work, private
VPNs, fairs.

Usage: games.py SEED OUTPUT.ndjson"""
import sys, json, math, random, zlib
from datetime import datetime, timezone, timedelta

SEED, OUT = sys.argv[1:3]
DAYS, DAY, HR = 60, 86400.0, 3600.0
T0 = datetime(2025, 8, 18, tzinfo=timezone.utc)
TENANT = "lanternfox"
R = random.Random("lf|" + SEED)
def sub(*k): return random.Random("|".join([SEED] + [str(x) for x in k]))
def crc(s): return zlib.crc32(s.encode()) & 0xffffffff
def unit(s): return (crc(s) * 2654435761 % 4294967296) / 4294967296.0
def clamp(x, a, b): return a if x < a else b if x > b else x
def wpick(r, pairs): return r.choices([a for a, _ in pairs], [b for _, b in pairs])[0]
def logn(r, med, sg): return med * math.exp(r.gauss(0, sg))
def pois(r, lam):
    n, p, l = 0, r.random(), math.exp(-lam)
    while p > l and n < 60: n += 1; p *= r.random()
    return n

# ------------------------------------------------------------------ places
CITY, BYCC = {}, {}
for row in """Malmö,SE,55.605,13.0007,2;Stockholm,SE,59.3294,18.0687,2;Gothenburg,SE,57.7065,11.967,2;Lund,SE,55.7029,13.1929,2;Uppsala,SE,59.8585,17.6454,2;Helsingborg,SE,56.0465,12.6945,2
Brno,CZ,49.1953,16.608,2;Prague,CZ,50.088,14.4208,2;Ostrava,CZ,49.8347,18.282,2;Olomouc,CZ,49.5955,17.2518,2;Zlín,CZ,49.2265,17.6707,2
Montreal,CA,45.5088,-73.5878,-4;Laval,CA,45.5699,-73.692,-4;Quebec City,CA,46.8123,-71.2145,-4;Toronto,CA,43.7064,-79.3986,-4;Ottawa,CA,45.4112,-75.6981,-4;Vancouver,CA,49.2497,-123.1193,-7;Longueuil,CA,45.5312,-73.5181,-4;Halifax,CA,44.6464,-63.5729,-3
Kuala Lumpur,MY,3.1412,101.6865,8;Petaling Jaya,MY,3.1073,101.6067,8;Shah Alam,MY,3.0851,101.5328,8;George Town,MY,5.4112,100.3354,8;Johor Bahru,MY,1.4655,103.7578,8;Cyberjaya,MY,2.9188,101.6538,8
Warsaw,PL,52.2298,21.0118,2;Kraków,PL,50.0614,19.9366,2;Katowice,PL,50.2584,19.0275,2;Wrocław,PL,51.1,17.0333,2;Gdańsk,PL,54.3523,18.6491,2;Bielsko-Biala,PL,49.8225,19.0469,2
Bucharest,RO,44.4323,26.1063,3;Cluj-Napoca,RO,46.7667,23.6,3;Iași,RO,47.1667,27.6,3;Kyiv,UA,50.4547,30.5238,3;Lviv,UA,49.8383,24.0232,3;Kharkiv,UA,49.9808,36.2527,3;Dnipro,UA,48.4593,35.0386,3
Berlin,DE,52.5244,13.4105,2;Cologne,DE,50.9333,6.95,2;Hamburg,DE,53.5507,9.993,2;Munich,DE,48.1374,11.5755,2;Frankfurt am Main,DE,50.1155,8.6842,2;Leipzig,DE,51.3396,12.3713,2
London,GB,51.5085,-0.1257,1;Brighton,GB,50.8284,-0.1395,1;Manchester,GB,53.4809,-2.2374,1;Guildford,GB,51.2354,-0.5747,1;Edinburgh,GB,55.9521,-3.1965,1;Leamington Spa,GB,52.2852,-1.52,1
Madrid,ES,40.4165,-3.7026,2;Barcelona,ES,41.3888,2.159,2;Valencia,ES,39.4698,-0.3774,2;Las Palmas,ES,28.0997,-15.4134,1;Lisbon,PT,38.7169,-9.1399,1;Porto,PT,41.1496,-8.611,1;Funchal,PT,32.6656,-16.9241,1;Braga,PT,41.5503,-8.42,1
São Paulo,BR,-23.5475,-46.6361,-3;Curitiba,BR,-25.4278,-49.2731,-3;Recife,BR,-8.0539,-34.8811,-3;Porto Alegre,BR,-30.0328,-51.2302,-3;Buenos Aires,AR,-34.6132,-58.3772,-3;Córdoba,AR,-31.4135,-64.1811,-3;Rosario,AR,-32.9468,-60.6393,-3
Seattle,US,47.6062,-122.3321,-7;San Francisco,US,37.7749,-122.4194,-7;Los Angeles,US,34.0522,-118.2437,-7;San Diego,US,32.7157,-117.1647,-7;Austin,US,30.2672,-97.7431,-5;New York,US,40.7143,-74.006,-4;Raleigh,US,35.7721,-78.6386,-4;Chicago,US,41.85,-87.65,-5;Ashburn,US,39.0437,-77.4875,-4;Dallas,US,32.7831,-96.8067,-5;Boardman,US,45.8399,-119.7006,-7;Miami,US,25.7743,-80.1937,-4
Tokyo,JP,35.6895,139.6917,9;Chiba,JP,35.6,140.1167,9;Osaka,JP,34.6938,135.5011,9;Kyoto,JP,35.0211,135.7538,9;Manila,PH,14.6042,120.9822,8;Quezon City,PH,14.6488,121.0509,8;Cebu City,PH,10.3167,123.8907,8;Makati,PH,14.5503,121.0327,8
Jakarta,ID,-6.2146,106.8451,7;Bandung,ID,-6.9222,107.6069,7;Denpasar,ID,-8.65,115.2167,8;Ho Chi Minh City,VN,10.823,106.6296,7;Hanoi,VN,21.0245,105.8412,7;Da Nang,VN,16.0678,108.2208,7;Singapore,SG,1.2897,103.8501,8;Bangkok,TH,13.754,100.5014,7;Chiang Mai,TH,18.7904,98.9847,7
Helsinki,FI,60.1695,24.9354,3;Tampere,FI,61.4991,23.7871,3;Belgrade,RS,44.804,20.4651,2;Novi Sad,RS,45.2517,19.8369,2;Istanbul,TR,41.0138,28.9497,3;Ankara,TR,39.9199,32.8543,3;Antalya,TR,36.9081,30.6956,3
Amsterdam,NL,52.374,4.8897,2;Utrecht,NL,52.0908,5.1222,2;Sofia,BG,42.6975,23.3242,3;Plovdiv,BG,42.15,24.75,3;Varna,BG,43.2167,27.9167,3;Bengaluru,IN,12.9719,77.5937,5.5;Pune,IN,18.5196,73.8553,5.5;Mumbai,IN,19.0728,72.8826,5.5
Athens,GR,37.9838,23.7278,3;Heraklion,GR,35.3279,25.1434,3;Split,HR,43.5089,16.4392,2;Zagreb,HR,45.8144,15.978,2;Rome,IT,41.8919,12.5113,2;Milan,IT,45.4643,9.1895,2;Copenhagen,DK,55.6759,12.5655,2;Paris,FR,48.8534,2.3488,2;Lyon,FR,45.7485,4.8467,2;Zürich,CH,47.3667,8.55,2;Vienna,AT,48.2085,16.3721,2;Dublin,IE,53.3331,-6.2489,1;Hong Kong,HK,22.2783,114.1747,8;Lagos,NG,6.4541,3.3947,1;Casablanca,MA,33.5883,-7.6114,1;Moscow,RU,55.7522,37.6156,3;Saint Petersburg,RU,59.9386,30.3141,3;Mexico City,MX,19.4285,-99.1277,-6;Bogotá,CO,4.6097,-74.0818,-5""".replace("\n", ";").split(";"):
    n, c, la, lo, tz = row.split(","); CITY[n] = (c, float(la), float(lo), float(tz)); BYCC.setdefault(c, []).append(n)
CENTROID = {"SE": (59.3247, 18.056), "CZ": (50.0853, 14.411), "CA": (43.6319, -79.3716), "MY": (2.5, 112.5), "PL": (52.2394, 21.0362), "US": (37.751, -97.822), "GB": (51.4964, -0.1224),
            "DE": (51.2993, 9.491), "BR": (-22.8305, -43.2192), "JP": (35.69, 139.69), "PH": (14.5955, 120.9721), "ID": (-6.175, 106.8286), "VN": (16.0, 106.0), "UA": (50.4522, 30.5287), "ES": (40.4172, -3.684), "RU": (55.7386, 37.6068)}

# country kind(h home, m mobile) asn weight prefixes churn(s static, w weeks, d daily, c carrier nat) hub
HOMES, MOBS = {}, {}
for row in """SE h 3301 34 90.224,78.72,81.224 w Stockholm;SE h 29518 20 155.4,98.128 s Stockholm;SE h 1257 14 83.253,90.129 w Stockholm;SE h 8473 16 79.136,85.24 s Stockholm;SE h 12552 10 92.33,62.20 s Malmö;SE m 3301 40 81.232,95.192 c Stockholm;SE m 44034 35 94.191,2.64 c Stockholm;SE m 1257 25 90.235,37.247 c Stockholm
CZ h 5610 34 88.100,90.176,109.80 w Prague;CZ h 16019 30 86.49,89.102 s Prague;CZ h 13036 18 62.141,85.160 w Prague;CZ h 29208 10 82.99,46.13 s Brno;CZ h 35236 8 78.80 s Brno;CZ m 13036 40 37.48,78.45 c Prague;CZ m 5610 35 37.188,160.218 c Prague;CZ m 16019 25 46.135,31.30 c Prague
CA h 577 30 70.48,142.112,174.88 w Toronto;CA h 5769 36 24.200,96.20,135.19 s Montreal;CA h 812 14 99.224,174.112 s Toronto;CA h 852 10 75.152,108.172 w Vancouver;CA h 5645 10 76.10,69.165 s Toronto;CA m 577 35 184.150,207.134 c Toronto;CA m 5769 25 184.160,24.48 c Montreal;CA m 812 25 72.138,174.93 c Toronto;CA m 852 15 206.75,209.29 c Toronto
MY h 4788 46 175.136,60.48,115.132 w Kuala Lumpur;MY h 9930 34 211.24,203.121 s Kuala Lumpur;MY h 9534 20 113.23,121.122 w Kuala Lumpur;MY m 9534 35 183.171,161.142 c Kuala Lumpur;MY m 10030 30 203.82,118.100 c Kuala Lumpur;MY m 4818 25 115.164,14.192 c Kuala Lumpur;MY m 38466 10 123.136,42.153 c Kuala Lumpur
PL h 5617 36 83.4,79.184,95.49 d Warsaw;PL h 9141 26 89.64,178.42 s Warsaw;PL h 12741 16 77.252,87.204 w Warsaw;PL h 29314 14 78.88,109.196 s Gdańsk;PL m 12912 34 46.134,188.146 c Warsaw;PL m 39603 38 31.0,37.30 c Warsaw;PL m 5617 28 37.225,91.94 c Warsaw
RO h 8708 70 86.120,188.24,82.76 w Bucharest;RO h 12302 30 78.96,93.114 w Bucharest;RO m 8953 50 46.97,92.82 c Bucharest;RO m 12302 50 213.233,109.166 c Bucharest
UA h 15895 34 46.211,37.73 w Kyiv;UA h 13188 26 109.86,178.150 s Kharkiv;UA h 25229 22 77.120,93.72 s Kyiv;UA h 3326 18 176.36,46.173 w Kyiv;UA m 15895 50 94.153,188.163 c Kyiv;UA m 21497 30 178.133,46.133 c Kyiv;UA m 34058 20 37.57,46.96 c Kyiv
DE h 3320 44 84.128,79.192,93.192 d Frankfurt am Main;DE h 3209 30 95.88,178.4,188.192 w Frankfurt am Main;DE h 6805 14 77.176,89.12 d Munich;DE h 8881 12 87.122,94.134 d Berlin;DE m 3320 40 80.187,37.80 c Frankfurt am Main;DE m 3209 30 109.40,46.114 c Frankfurt am Main;DE m 6805 30 176.0,46.128 c Munich
GB h 2856 34 86.128,81.128,109.144 w London;GB h 5089 30 82.0,86.0,80.192 s London;GB h 5607 24 90.192,94.0,2.216 s London;GB h 13285 12 78.144,92.0 w Manchester;GB m 12576 40 31.64,92.40 c London;GB m 206067 25 92.41,188.28 c London;GB m 25135 35 148.252,85.255 c London
ES h 3352 36 83.32,79.144,88.0 w Madrid;ES h 12479 24 90.160,85.48 w Madrid;ES h 57269 22 79.116,188.26 c Madrid;ES h 12430 18 77.224,46.24 s Madrid;ES m 3352 40 176.80,2.136 c Madrid;ES m 12430 30 31.4,77.208 c Madrid;ES m 12479 30 90.77,92.56 c Madrid
PT h 3243 40 85.240,81.193,2.80 w Lisbon;PT h 2860 38 89.114,85.139 s Lisbon;PT h 12353 22 87.196,89.180 s Lisbon;PT m 3243 50 176.78,37.189 c Lisbon;PT m 12353 50 148.63,178.166 c Lisbon
BR h 28573 38 177.32,189.4,201.6 w São Paulo;BR h 18881 32 177.132,187.56,191.32 w São Paulo;BR h 28126 14 45.233,187.19 c Recife;BR h 7738 16 187.12,200.222 d São Paulo;BR m 26599 40 177.25,189.96 c São Paulo;BR m 26615 30 179.240,187.26 c São Paulo;BR m 28573 30 200.169,189.92 c São Paulo
AR h 7303 44 181.164,190.16 w Buenos Aires;AR h 22927 26 186.136,190.172 w Buenos Aires;AR h 27747 30 186.18,201.212 w Buenos Aires;AR m 7303 60 181.9,190.192 c Buenos Aires;AR m 22927 40 191.80,186.143 c Buenos Aires
US h 7922 40 73.12,98.192,67.160 s Chicago;US h 20115 18 71.8,97.80,47.32 s Dallas;US h 7018 18 99.0,108.192,76.192 w Dallas;US h 701 14 71.160,96.224,108.0 s New York;US h 22773 10 68.0,72.192,98.160 s San Diego;US m 21928 45 172.56,172.58 c Dallas;US m 6167 35 174.192,75.192 c Chicago;US m 20057 20 107.72,166.170 c Dallas
JP h 4713 34 153.128,114.144,180.0 w Tokyo;JP h 2516 26 106.128,113.144 w Tokyo;JP h 17676 24 126.64,219.0 w Tokyo;JP h 2527 16 118.238,202.213 w Tokyo;JP m 9605 45 1.66,49.96 c Tokyo;JP m 2516 30 27.85,106.146 c Tokyo;JP m 17676 25 126.156,126.237 c Tokyo
PH h 9299 50 112.198,49.144,124.104 w Manila;PH h 17639 30 136.158,158.62 c Manila;PH h 4775 20 120.28,112.200 c Manila;PH m 132199 55 110.54,209.35 c Manila;PH m 10139 45 175.176,119.94 c Manila
ID h 7713 54 36.64,125.160,180.240 d Jakarta;ID h 17451 28 103.28,117.102 c Jakarta;ID h 23700 18 110.137,202.158 w Jakarta;ID m 23693 55 114.120,182.0 c Jakarta;ID m 4761 25 114.4,202.152 c Jakarta;ID m 24203 20 112.215,140.213 c Jakarta
VN h 45899 38 113.160,14.160,123.16 d Ho Chi Minh City;VN h 7552 34 27.64,116.96,171.224 d Hanoi;VN h 18403 28 42.112,118.68,1.52 w Ho Chi Minh City;VN m 7552 60 27.66,117.0 c Hanoi;VN m 131429 40 103.199,59.153 c Ho Chi Minh City
FI h 719 40 91.152,85.76 s Helsinki;FI h 16086 30 87.92,85.23 s Helsinki;FI h 1759 30 84.248,188.238 s Helsinki;FI m 719 50 85.77,62.78 c Helsinki;FI m 16086 50 176.93,37.136 c Helsinki;RS h 31042 50 89.216,178.148 s Belgrade;RS h 8400 50 109.92,87.116 d Belgrade;RS m 8400 60 109.245,178.220 c Belgrade;RS m 44143 40 46.40,82.117 c Belgrade
TR h 47331 50 78.160,88.224,85.96 d Istanbul;TR h 34984 30 213.14,176.88 w Istanbul;TR h 15897 20 31.140,46.154 c Istanbul;TR m 16135 60 5.24,178.240 c Istanbul;TR m 20978 40 5.46,188.57 c Istanbul;NL h 1136 44 77.160,86.80,145.53 s Amsterdam;NL h 33915 44 84.24,86.81,213.93 s Amsterdam;NL h 50266 12 62.45,94.157 s Amsterdam;NL m 1136 55 188.207,62.140 c Amsterdam;NL m 31615 45 178.224,92.71 c Amsterdam
BG h 8866 50 95.42,87.126 s Sofia;BG h 13124 50 79.100,78.90 s Sofia;BG m 29244 60 149.62,212.39 c Sofia;BG m 16232 40 46.10,37.63 c Sofia;IN h 24560 40 122.160,106.192,182.64 c Mumbai;IN h 24309 30 106.51,183.82 s Bengaluru;IN h 55836 30 49.36,157.32 c Mumbai;IN m 55836 60 49.40,152.57 c Mumbai;IN m 45609 40 106.76,223.224 c Mumbai
SG h 9506 60 116.86,121.6 s Singapore;SG h 4773 40 118.189,27.125 w Singapore;SG m 45143 100 119.56,202.166 c Singapore;TH h 23969 50 1.0,118.172 d Bangkok;TH h 17552 50 58.8,124.120 w Bangkok;TH m 131445 100 49.230,27.55 c Bangkok;GR h 6799 60 79.128,85.72 d Athens;GR h 25472 40 37.6,176.58 d Athens;GR m 29247 100 94.66,46.12 c Athens;HR h 5391 60 93.136,78.0 d Zagreb;HR h 34594 40 93.142,31.147 w Zagreb;HR m 5391 100 46.188,178.160 c Zagreb
IT h 3269 50 79.0,87.0 w Milan;IT h 30722 50 93.144,2.32 w Milan;IT m 16232 100 37.160,5.168 c Rome;DK h 3292 60 80.162,87.48 s Copenhagen;DK h 9158 40 80.62,83.88 s Copenhagen;DK m 44034 100 80.251,128.76 c Copenhagen;FR h 3215 40 90.0,86.192,92.128 w Paris;FR h 12322 35 82.64,78.192 s Paris;FR h 5410 25 176.128,89.80 s Paris;FR m 3215 100 92.184,90.84 c Paris;CH h 3303 100 85.0,188.60 w Zürich;CH m 3303 100 178.197,213.55 c Zürich;AT h 8447 100 80.108,194.118 d Vienna;AT m 8447 100 178.115,194.166 c Vienna;IE h 6830 100 89.100,86.40 s Dublin;IE m 15751 100 51.37,92.251 c Dublin
HK h 9304 100 203.80,218.188 w Hong Kong;HK m 10118 100 42.98,210.0 c Hong Kong;NG h 29465 100 102.88,105.112 c Lagos;NG m 29465 100 197.210,105.113 c Lagos;MA h 36903 100 105.128,196.64 d Casablanca;MA m 36925 100 160.176,41.140 c Casablanca;RU h 12389 60 95.24,178.64 d Moscow;RU h 8402 40 95.31,128.70 w Moscow;RU m 8359 100 213.87,91.77 c Moscow;MX h 8151 100 187.144,189.128 d Mexico City;MX m 28403 100 200.68,177.240 c Mexico City;CO h 10620 100 186.80,190.24 w Bogotá;CO m 26611 100 191.156,186.168 c Bogotá""".replace("\n", ";").split(";"):
    c, k, a, w, pf, ch, hub = row.split(" ", 6); (HOMES if k == "h" else MOBS).setdefault(c, []).append((int(a), int(w), pf.split(","), ch, hub))
V6 = {3301: "2001:2042", 1257: "2a00:801", 3320: "2003:e7", 7922: "2601:602", 701: "2600:4040", 21928: "2607:fb90", 7018: "2600:1700", 28573: "2804:14d", 18881: "2804:7f0", 26599: "2804:18", 55836: "2409:40c2", 4788: "2001:e68",
      8708: "2a02:2f0e", 2856: "2a00:23c7", 5607: "2a02:c7c", 3243: "2001:8a0", 2516: "240f:75", 2527: "240d:1a", 17676: "2400:2411", 4713: "2400:4051", 33915: "2001:1c00", 1136: "2a02:a466", 5769: "2607:fa49", 852: "2001:56a",
      812: "2607:fea8", 7552: "2402:800", 45899: "2001:ee0", 18403: "2405:4802", 719: "2001:14ba", 8881: "2001:16b8", 3209: "2a02:8109", 14593: "2a0d:3344", 20115: "2600:6c40", 9299: "2001:4451", 12322: "2a01:e0a", 3215: "2a01:cb04", 5610: "2a00:1028", 16019: "2a02:8308"}
# hosters, VPN exits, Tor: asn, prefixes, places
DC = {"aws": (16509, ["3.120", "18.184", "52.28", "35.156"], ["Frankfurt am Main"]), "aws_us": (14618, ["3.80", "34.192", "54.144"], ["Ashburn"]), "aws_ca": (16509, ["3.96", "15.222"], ["Montreal"]), "aws_sg": (16509, ["13.212", "18.136"], ["Singapore"]),
      "azure": (8075, ["20.55", "13.64", "40.76", "52.160", "172.176"], ["Ashburn", "Boardman", "Chicago", "Dallas"]), "gcp": (396982, ["34.90", "35.204"], ["Amsterdam"]), "hetzner": (24940, ["95.216", "135.181", "65.108", "88.198"], ["Helsinki", "Frankfurt am Main"]),
      "ovh": (16276, ["51.68", "54.36", "149.56", "51.222"], ["Paris", "Montreal", "Frankfurt am Main"]), "do": (14061, ["159.65", "167.99", "138.68", "64.227"], ["Amsterdam", "Frankfurt am Main", "New York", "Singapore"]), "vultr": (20473, ["45.76", "95.179", "149.28"], ["Amsterdam", "Tokyo", "Los Angeles", "London"]),
      "linode": (63949, ["172.104", "139.162", "45.79"], ["London", "Singapore", "Dallas"]), "contabo": (51167, ["144.91", "161.97", "173.212"], ["Munich"]), "stark": (44477, ["77.91", "94.131"], ["Amsterdam", "London", "Frankfurt am Main"]), "aeza": (210644, ["77.221", "79.137"], ["Helsinki", "Vienna", "Frankfurt am Main"]),
      "quadra": (8100, ["104.129", "155.94"], ["Los Angeles", "Dallas", "Miami"]), "leaseweb": (60781, ["85.17", "5.79"], ["Amsterdam"]), "alibaba": (45102, ["47.74", "8.219"], ["Singapore", "Hong Kong"])}
VPNS = {"mullvad": (39351, ["185.213", "193.138", "141.98"], ["Stockholm", "Malmö", "Gothenburg", "Amsterdam", "Zürich", "London", "New York"]), "m247": (9009, ["146.70", "89.249", "37.120"], ["Bucharest", "London", "Vienna", "Copenhagen", "Paris", "New York", "Singapore", "Prague", "Warsaw", "Montreal"]),
        "nord": (212238, ["138.199", "156.146", "169.150"], ["Frankfurt am Main", "London", "Prague", "New York", "Toronto", "Singapore", "Tokyo", "São Paulo", "Los Angeles", "Kyiv", "Stockholm"]), "surf": (60068, ["89.187", "185.59", "84.17"], ["London", "Prague", "Singapore", "Miami", "Hong Kong", "Milan", "Warsaw"]),
        "proton": (209103, ["185.159", "79.127"], ["Zürich", "Amsterdam", "Tokyo", "Toronto"]), "tefin": (136787, ["192.145", "103.86"], ["New York", "Singapore", "Sofia", "Paris", "Montreal", "Vancouver"])}
TOR = [(60729, "185.220.101", "Berlin"), (62744, "199.249.230", "Dallas"), (208294, "185.220.100", "Frankfurt am Main"), (51852, "179.43.159", "Zürich"), (200651, "185.100.87", "Bucharest"), (53667, "104.244.76", "New York"), (58087, "192.42.116", "Amsterdam"), (43350, "109.201.133", "Amsterdam"), (210558, "45.141.215", "Frankfurt am Main")]

def geo(ip, asn, kind, city, d):
    """What the geolocation database says of the address on day d (it has one update, on day 27)."""
    blk = ip.rsplit(".", 1)[0] if "." in ip else ":".join(ip.split(":")[:3]); key = "%s/%d" % (blk, asn); u, w = unit(key), unit("w" + key)
    if d >= 27 and unit("upd" + key) < .05: u, w = unit("n" + key), unit("nw" + key)
    cc, la, lo, _ = CITY[city]
    if kind == "home" or kind == "mob":
        good, hubp = (.71, .17) if kind == "home" else (.16, .62)
        if u < good: return ip, asn, cc, city, round(la + (w - .5) * .09, 4), round(lo + (unit("x" + key) - .5) * .12, 4)
        if u < good + hubp:
            rows = [x for x in (HOMES if kind == "home" else MOBS)[cc] if x[0] == asn] if cc in HOMES else []; c2 = rows[0][4] if rows and (kind == "mob" or w < .45) else BYCC[cc][int(w * 997) % len(BYCC[cc])]
            if CITY[c2][0] != cc: c2 = city
            return ip, asn, cc, c2, CITY[c2][1], CITY[c2][2]
        if u > .996 and kind == "home":                      # an address block sold abroad long ago
            c2 = ("Amsterdam", "London", "Ashburn")[int(w * 3)]; return ip, asn, CITY[c2][0], c2, CITY[c2][1], CITY[c2][2]
        la, lo = CENTROID.get(cc, (CITY[BYCC[cc][0]][1], CITY[BYCC[cc][0]][2])); return ip, asn, cc, None, la, lo
    if kind == "dc" and u < .05:                             # registered at the hoster's seat
        return ip, asn, "US", None, 37.751, -97.822
    return ip, asn, cc, city, la, lo

def row_for(cc, table, r, asn=None):
    rows = table[cc]
    if asn:
        for x in rows:
            if x[0] == asn: return x
    return r.choices(rows, [x[1] for x in rows])[0]
def ip_home(row, city, r):
    b = crc("%d%s" % (row[0], city)) % 200; return "%s.%d.%d" % (r.choice(row[2]), (b + r.randrange(28)) % 256, r.randrange(2, 254))
def ip6(asn, city, home, r, day=None):
    if day is not None: r = random.Random("%s%d%d%d" % (SEED, home, day, r.randrange(2)))            # temporary addresses live for a day
    return "%s:%x:%x:%x:%x:%x:%x" % (V6[asn], crc("v6%d%s" % (asn, city)) % 4096 + 256 + home % 32, home % 65521 + 3, r.getrandbits(16), r.getrandbits(16), r.getrandbits(16), r.getrandbits(16))
def net_mob(cc, asn, city, r, d):
    row = row_for(cc, MOBS, r, asn)
    if row[0] in V6 and r.random() < .35: return geo(ip6(row[0], row[4], r.randrange(9), r), row[0], "mob", city, d)
    return geo("%s.%d.%d" % (r.choice(row[2]), r.randrange(12) * 11 + row[0] % 9, r.randrange(3, 60)), row[0], "mob", city, d)
def net_biz(city, tag, r, d, n=2):
    """A hotel, cafe, hall or office: a fixed small set of addresses."""
    cc = CITY[city][0]; q = random.Random("biz|%s|%s" % (city, tag)); row = row_for(cc, HOMES, q); b, o, l = q.choice(row[2]), 200 + q.randrange(55), q.randrange(3, 240); return geo("%s.%d.%d" % (b, o, l + r.randrange(n)), row[0], "biz", city, d)
def net_dc(name, r, d, city=None, fixed=None):
    asn, pf, places = DC.get(name) or VPNS[name]; q = random.Random("dc|%s|%s" % (name, fixed)) if fixed else r; city = city or q.choice(places); return geo("%s.%d.%d" % (q.choice(pf), q.randrange(256), q.randrange(2, 254)), asn, "dc", city, d)
def net_vpn(prov, city, r, d):
    asn, pf, places = VPNS[prov]; b = crc(prov + city) % 240; return geo("%s.%d.%d" % (pf[crc(city) % len(pf)], b + r.randrange(4), r.randrange(3, 70)), asn, "vpn", city, d)
def net_tor(r, d):
    asn, pf, city = r.choice(TOR); return geo("%s.%d" % (pf, r.randrange(2, 250)), asn, "vpn", city, d)
WARP_COLO = {"SE": "Stockholm", "CZ": "Prague", "CA": "Montreal", "MY": "Kuala Lumpur", "PL": "Warsaw", "RO": "Bucharest", "UA": "Kyiv", "DE": "Frankfurt am Main", "GB": "London", "ES": "Madrid", "PT": "Lisbon", "BR": "São Paulo", "AR": "Buenos Aires", "JP": "Tokyo", "PH": "Manila", "ID": "Jakarta", "VN": "Ho Chi Minh City", "FI": "Helsinki", "RS": "Belgrade", "TR": "Istanbul", "NL": "Amsterdam", "BG": "Sofia", "IN": "Mumbai"}
def net_warp(city, r, d):
    c = WARP_COLO.get(CITY[city][0], "Frankfurt am Main")
    if r.random() < .06: c = r.choice(["Frankfurt am Main", "Amsterdam", "Singapore", "Chicago"])   # rerouted
    if CITY[city][0] == "US": c = min(("Seattle", "Los Angeles", "Dallas", "Chicago", "Ashburn"), key=lambda x: abs(CITY[x][2] - CITY[city][2]))
    return geo("104.28.%d.%d" % (crc(c) % 200 + r.randrange(3), r.randrange(2, 250)), 13335, "vpn", c, d)
def net_sky(r, d):
    asn, pf, city = r.choice([(7155, "8.37.97", "San Diego"), (31515, "195.194.60", "Amsterdam"), (22351, "64.94.12", "Chicago"), (4589, "82.150.225", "London")]); return geo("%s.%d" % (pf, r.randrange(2, 90)), asn, "vpn", city, d)
def net_star(cc, r, d):
    hub = {"CA": "Toronto", "US": "Seattle", "BR": "São Paulo", "PH": "Manila", "MY": "Singapore", "UA": "Warsaw", "SE": "Frankfurt am Main", "GB": "London", "ES": "Madrid", "PT": "Madrid"}.get(cc, "Frankfurt am Main")
    return geo("%s.%d.%d" % ({"CA": "129.222", "US": "98.97"}.get(cc, "188.95"), crc(hub) % 250, r.randrange(2, 250)), 14593, "vpn", hub, d)

# ------------------------------------------------------------------ clients and their agents
def ver(table, x):
    v = table[0][1]
    for d, n in table:
        if d <= x: v = n
    return v
CHROME = [(-90, 137), (-41, 138), (-13, 139), (15, 140), (43, 141)]
EDGE = [(-90, 137), (-40, 138), (-11, 139), (18, 140), (45, 141)]
FOX = [(-55, 140), (-27, 141), (1, 142), (29, 143), (57, 144)]
SAF = [(-90, "18.5"), (-20, "18.6"), (28, "26.0"), (42, "26.0.1")]
OPR = [(-60, (135, 120)), (-20, (137, 121)), (17, (138, 122))]
IOS = [(-90, "18.5"), (-20, "18.6"), (2, "18.6.2"), (28, "26.0"), (42, "26.0.1")]
APP = [(-40, "5.11.0"), (4, "5.12.0"), (19, "5.12.2"), (33, "5.13.0"), (50, "5.14.1")]
GIT = {"linux": ["git/2.43.0", "git/2.34.1", "git/2.47.2", "git/2.51.0"], "mac": ["git/2.39.5 (Apple Git-154)", "git/2.50.1", "git/2.51.0"], "win": ["git/2.50.1.windows.1", "git/2.47.1.windows.2", "git/2.51.0.windows.1"]}
AND = [("Pixel 8", 16), ("SM-S921B", 15), ("SM-A546B", 15), ("Pixel 9 Pro", 16), ("2312DRA50G", 14), ("CPH2581", 15), ("moto g84 5G", 14), ("SM-S928B", 15), ("V2307", 14), ("RMX3771", 14)]
PLAT = {"linux": "X11; Linux x86_64", "ubuntu": "X11; Ubuntu; Linux x86_64", "mac": "Macintosh; Intel Mac OS X 10_15_7", "win": "Windows NT 10.0; Win64; x64"}
class Client:
    """kind: browser app eas imap api vpn cli"""
    __slots__ = ("kind", "os", "brand", "did", "lag", "x")
    def __init__(s, kind, os_, brand, r, did=True, lag=None):
        s.kind, s.os, s.brand = kind, os_, brand; s.lag = lag if lag is not None else (r.uniform(35, 80) if r.random() < .03 else r.expovariate(1 / 3.0) + (r.uniform(1, 8) if os_ in ("linux", "ubuntu") else 0)); s.x = r.random()
        if not did or kind in ("imap", "api"): s.did = None
        elif kind == "app": h = "%032X" % r.getrandbits(128); s.did = "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))
        elif kind == "eas": s.did = ("ApplC%s" if os_ == "ios" else "SEC%s") % ("%016X" % r.getrandbits(64))
        elif kind == "vpn": s.did = "LFX-%s-%05d" % ({"linux": "LX", "ubuntu": "LX", "mac": "MB", "win": "WS"}.get(os_, "XX"), r.randrange(100, 99999))
        else: s.did = "bd_%016x" % r.getrandbits(64)
    def fresh(s, r):
        return Client(s.kind, s.os, s.brand, r, lag=s.lag)
    def ua(s, d):
        k, o, b, x = s.kind, s.os, s.brand, d - s.lag
        if k == "browser":
            if b == "raw": return s.os or None
            if o == "ios":
                v = ver(SAF, x); cpu = "18_6" if v >= "26" else v.replace(".", "_")
                if b == "chrome": return "Mozilla/5.0 (iPhone; CPU iPhone OS %s like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/%d.0.7258.76 Mobile/15E148 Safari/604.1" % (cpu, ver(CHROME, x))
                return "Mozilla/5.0 (iPhone; CPU iPhone OS %s like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Mobile/15E148 Safari/604.1" % (cpu, v)
            if o == "android": return "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36" % ver(CHROME, x)
            if b == "firefox":
                v = ver(FOX, x) if s.x > .06 else 128 if s.x < .03 else 140; return "Mozilla/5.0 (%s; rv:%d.0) Gecko/20100101 Firefox/%d.0" % (PLAT[o].replace("10_15_7", "10.15"), v, v)
            if b == "safari": return "Mozilla/5.0 (%s) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Safari/605.1.15" % (PLAT[o], ver(SAF, x))
            p = PLAT["linux" if o == "ubuntu" else o]
            if b == "edge": e = ver(EDGE, x); return "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36 Edg/%d.0.0.0" % (p, e, e)
            if b == "opera": c, e = ver(OPR, x); return "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36 OPR/%d.0.0.0" % (p, c, e)
            return "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36" % (p, ver(CHROME, x))
        if k == "app":
            if o == "ios": return "LanternID/%s (iPhone; iOS %s; Scale/3.00)" % (ver(APP, x), ver(IOS, x))
            m, a = AND[int(s.x * len(AND))]; return "LanternID/%s (Android %d; %s)" % (ver(APP, x), a, m)
        if k == "eas":
            if o == "ios": return "Apple-iPhone%dC%d/%s" % (14 + int(s.x * 3), 2 + int(s.x * 97) % 4, {"1": "2207.100", "2": "2301.341"}[ver(IOS, x)[0]])
            return "Android-Mail/2025.%02d.%02d" % ((8, 3) if x < 20 else (9, 14))
        if k == "imap": return None
        if k == "vpn":
            if b == "warp": return "warp-svc/%s (%s)" % (("2025.6.1335.0" if x < 35 else "2025.7.106.0"), {"ubuntu": "linux"}.get(o, o))
            return {"mac": "OpenVPN Connect/3.7.1 (macOS)", "win": "OpenVPN Connect/3.7.2 (Windows)"}.get(o, "OpenVPN3/linux v24.1")
        return b                                              # api and cli carry their agent as brand

# ------------------------------------------------------------------ writing events
EVENTS = []
ER = sub("ids")
def E(t, user, ok, et, am, net, cl, b=None, camp=None):
    t += ER.random() * 2.6
    if not 0 <= t < DAYS * DAY: return
    ms = int(t * 1000); d = t / DAY; ip, asn, cc, city, la, lo = net; k = cl.kind
    o = {"event_id": "ev_%024x" % ER.getrandbits(96), "tenant": TENANT, "user_id": user, "timestamp": (T0 + timedelta(milliseconds=ms)).strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (ms % 1000), "success": ok}
    if et != "login" or k in ("browser", "vpn", "cli"): o["event_type"] = et
    o["auth_method"] = am; o["ip_address"] = ip
    if ":" not in ip or ER.random() > .02: o["asn"] = asn
    o["geo_location"] = cc
    if k not in ("imap", "api"):
        if city: o["city"] = city
        o["latitude"] = la; o["longitude"] = lo
    if cl.did: o["device_id"] = cl.did
    ua = cl.ua(d)
    if ua: o["user_agent"] = ua
    if b and ok: o["bytes_in"], o["bytes_out"] = int(b[0]) + 180, int(b[1]) + 400
    elif not ok and k in ("api", "imap", "vpn") and et == "login": o["bytes_in"], o["bytes_out"] = ER.randrange(140, 900), ER.randrange(90, 600)
    o["label"] = 1 if camp else 0
    if camp: o["attack"], o["campaign"] = camp
    EVENTS.append((ms, json.dumps(o, ensure_ascii=False, separators=(",", ":"))))

# ------------------------------------------------------------------ calendar of the company
GAMESCOM, PAX, TGS, TWITCHCON = (2, 6), (11, 14), (38, 41), (58, 59)
VPN_DAY = {"Malmö": 21, "Brno": 23, "Montreal": 28, "Kuala Lumpur": 36}     # OpenVPN -> WARP, studio after studio
OUTAGE = (24 * DAY + 12.17 * HR, 24 * DAY + 13.6 * HR)                        # push provider down
PAT_ROTATION, LAUNCH, MERGER, PHISH_TEST, SMS_END = 16, 31, 35, 50, 44
SURVEY_DAY, KL_CUT, REIMAGE = 9, 32, (37, 43)                                  # engagement survey, a cable cut in KL, Linux image refresh in Montreal
HOLI = {"CA": {14, 56}, "US": {14}, "MY": {14, 18, 29}, "JP": {28, 36, 56}, "DE": {46}, "AR": {53}, "GB": {7}, "PH": {3, 7}, "IN": {45}, "VN": {14, 15}, "ID": {0, 18}, "BG": {35}, "TH": {56}}
STUDIO = {"Malmö": ("SE", .36), "Brno": ("CZ", .24), "Montreal": ("CA", .24), "Kuala Lumpur": ("MY", .16)}
NAMES = {}
for row in """nord:emma lars sofia oskar elin johan maja axel ida nils alva viktor saga erik tuva hugo freja anton linnea mikko aino eero kasper signe|andersson lindqvist berg holm nyberg ek sandstrom dahl wallin forsberg hedlund sjoberg aalto virtanen lundgren ostman
slav:jan petr tereza lucie tomas jakub anna marek kasia pawel zofia michal ola piotr milan jelena nikola oksana dmytro andrii yulia taras iryna bohdan|novak dvorak svoboda prochazka kucera horak kowalski wisniewska mazur krol nowak zielinski jovanovic petrovic shevchenko bondarenko tkachenko kravets melnyk wojcik vesely cerny
fran:marc julie etienne camille simon audrey felix noemie olivier gabriel jade samuel liam emily noah chloe ethan maya tyler megan jordan alex riley sam|tremblay gagnon roy cote bouchard gauthier morin lavoie pelletier smith brown wilson nguyen miller davis moore clark lewis walker singh kim patel reed
malay:aisyah hafiz nurul amir siti farid weijie meiling kahwai jiahui kumar priya danial izzat shanti yusof bayu dewi rizky putri anh minh thuy linh|tan lim lee wong ismail rahman abdullah ng chong goh subramaniam hassan othman yap wijaya santoso pratama tran pham hoang nguyen vo
iber:joao ines tiago rita pedro beatriz lucas larissa thiago camila rafael juliana mateo lucia diego valentina javier carmen alvaro marta bruno paula nico sol|silva santos ferreira costa oliveira souza lima pereira garcia lopez martinez fernandez gonzalez romero sosa alvarez carvalho rocha mendes ramos
misc:hiroshi yuki sakura kenji haruka jose maria angelica mark jayson rosario bianca arjun sneha rohan kavya mehmet elif can zeynep georgi desislava ivan maria|sato suzuki tanaka watanabe ito reyes cruz bautista santos garcia delacruz sharma iyer reddy yilmaz demir kaya ivanov petrova dimitrov todorova georgiev""".split("\n"):
    k, v = row.split(":"); a, b = v.split("|"); NAMES[k] = (a.split(), b.split())
CULT = {"SE": "nord", "FI": "nord", "DE": "nord", "NL": "nord", "CZ": "slav", "PL": "slav", "UA": "slav", "RS": "slav", "CA": "fran", "US": "fran", "GB": "fran", "MY": "malay", "ID": "malay", "VN": "malay", "BR": "iber", "AR": "iber", "PT": "iber", "ES": "iber", "RO": "iber"}
TAKEN = {}
def mkname(cc, r, pre=""):
    a, b = NAMES[CULT.get(cc, "misc")]; n = pre + r.choice(a) + "." + r.choice(b); TAKEN[n] = TAKEN.get(n, 0) + 1; return n if TAKEN[n] == 1 else "%s%d" % (n, TAKEN[n])

class Home:
    """One flat and its line: a provider, an address for every day, perhaps IPv6."""
    def __init__(s, city, r, asn=None):
        s.city, cc = city, CITY[city][0]; s.row = row_for(cc, HOMES, r, asn); s.star = r.random() < .012; s.id = r.randrange(1 << 20); s.v6 = s.row[0] in V6 and r.random() < .55; s.tether = {}; ch, ip, s.ips = s.row[3], None, []
        for d in range(DAYS):
            if ip is None or ch == "d" and r.random() < .85 or ch == "w" and r.random() < .07 or ch == "s" and r.random() < .007 or ch == "c" and r.random() < .5: ip = ip_home(s.row, city, r)
            s.ips.append(ip)
            if r.random() < (.035 if cc in ("UA", "PH") else .008): s.tether[d] = 1          # line or power down
            if d == KL_CUT and s.row[0] == 9930 and r.random() < .8: s.tether[d] = 1
    def net(s, d, r):
        if s.star: return net_star(CITY[s.city][0], r, d)
        if s.v6 and r.random() < .5: return geo(ip6(s.row[0], s.city, s.id, r, d), s.row[0], "home", s.city, d)
        return geo(s.ips[d], s.row[0], "home", s.city, d)

ROLES = {  # n, start, sd, remote share, weekend, evening, vpn, git, chatty, mfa weights push otp passkey sms none
    "dev": (640, 9.6, 1.1, .68, .07, .17, .62, .30, 1.2, (44, 12, 38, 4, 0)), "art": (480, 9.8, 1.0, .66, .05, .12, .5, .03, 1.0, (56, 10, 22, 10, 0)), "prod": (300, 9.0, .7, .6, .06, .18, .3, .03, 1.25, (58, 8, 24, 8, 0)),
    "qa": (430, 0, .3, .3, .2, .02, .15, .02, .85, (30, 18, 2, 25, 22)), "comm": (95, 11.5, 2.0, .7, .35, .4, .2, 0, 1.7, (60, 10, 16, 12, 0)), "pub": (215, 8.9, .6, .45, .04, .12, .2, 0, 1.1, (62, 6, 16, 14, 0)),
    "support": (190, 0, .25, 0, .25, 0, 0, 0, .8, (10, 30, 0, 20, 35)), "it": (58, 8.6, .7, .5, .08, .2, .6, .25, 1.7, (30, 10, 58, 0, 0)), "ops": (62, 9.5, 1.5, .75, .2, .3, .7, .4, 1.6, (30, 8, 60, 0, 0)), "exec": (22, 8.3, 1.0, .4, .2, .4, .2, 0, 1.3, (60, 5, 25, 8, 0)),
    "partner": (240, 10, 1.5, 1, .02, .03, 0, .02, .1, (20, 15, 3, 24, 30)), "freelance": (190, 12, 3, 1, .15, .25, 0, .02, .16, (24, 20, 4, 30, 20))}
BYTES = {"dev": (3e5, 9e6), "art": (9e5, 2.6e7), "prod": (2.5e5, 7e6), "qa": (1.8e5, 8e6), "comm": (1.6e6, 6e6), "pub": (2.2e5, 5e6), "support": (1.2e5, 2.5e6), "it": (2e5, 5e6), "ops": (2.5e5, 6e6), "exec": (1e5, 3e6), "partner": (3e5, 5e6), "freelance": (1.2e6, 3e6)}
REMOTE = [("SE", 9), ("CZ", 9), ("CA", 14), ("MY", 8), ("PL", 12), ("RO", 5), ("UA", 6), ("DE", 5), ("GB", 8), ("ES", 5), ("PT", 3), ("BR", 5), ("AR", 4), ("US", 9), ("JP", 2), ("PH", 2), ("ID", 3), ("VN", 3), ("FI", 2), ("RS", 2), ("TR", 2), ("NL", 2), ("IN", 1)]
SUBURB = {"Malmö": ["Malmö"] * 6 + ["Lund", "Lund", "Helsingborg", "Copenhagen"], "Brno": ["Brno"] * 8 + ["Olomouc", "Zlín"], "Montreal": ["Montreal"] * 7 + ["Laval", "Laval", "Longueuil"], "Kuala Lumpur": ["Kuala Lumpur"] * 5 + ["Petaling Jaya"] * 2 + ["Shah Alam", "Cyberjaya"]}
LABS, PEOPLE, BYID = {}, [], {}
lr = sub("labs")
for s in STUDIO: LABS[s] = [Client("browser", lr.choice(["win", "win", "ubuntu", "mac"]), lr.choice(["chrome", "chrome", "firefox", "edge"]), lr, lag=lr.uniform(1, 20)) for _ in range(26)]

class Person:
    def __init__(s, role, r, join=0, leave=DAYS, city=None, studio=None):
        n, st, sd, rem, s.weekend, s.evening, vpn, git, ch, mf = ROLES[role]; s.r, s.role, s.join, s.leave = r, role, join, leave; s.studio = studio or wpick(r, [(k, v[1]) for k, v in STUDIO.items()]); s.remote = r.random() < rem or role == "support"
        if city: s.city = city
        elif role == "support": s.city = r.choice(["Manila", "Makati", "Quezon City", "Manila", "Sofia", "Sofia", "Plovdiv"])
        elif s.remote and r.random() < .8: s.city = r.choice(BYCC[wpick(r, REMOTE)])
        else: s.city = r.choice(SUBURB[s.studio])
        if s.city in ("Ashburn", "Boardman"): s.city = "Raleigh"
        s.cc, _, _, s.tz = CITY[s.city]; s.contract = role in ("partner", "freelance", "support") or r.random() < {"qa": .8, "art": .25, "dev": .15}.get(role, .08); s.id = mkname(s.cc, r, "x-" if s.contract else "")
        s.mfa = wpick(r, list(zip(("push", "otp", "passkey", "sms", "none"), mf))); s.start, s.jit = r.gauss(st, sd), r.uniform(.25, 1.1)
        if s.remote and role in ("dev", "art", "ops", "comm") and r.random() < .17: s.start = r.uniform(13, 19); s.evening = .4   # night people
        if s.remote and role not in ("qa", "support") and r.random() < .12: s.start += clamp(CITY[s.studio][3] - s.tz, -9, 9) * -.8           # keeps the studio's hours
        s.start %= 24; s.shift = r.choice([7, 7, 14, 14, 22]) if role == "qa" else r.choice([0, 6, 8, 14, 16]) if role == "support" else None; s.rota = r.randrange(7); s.length = r.uniform(7, 9.5)
        s.chatty = ch * math.exp(r.gauss(0, .5)); s.busy = clamp(r.betavariate(8, 2), .3, .97)
        s.typo = clamp(logn(r, .065, .8), .006, .4); s.miss = clamp(logn(r, .05, .8), .005, .4); s.vol = math.exp(r.gauss(0, .6)); s.home = Home(s.city, r); s.homes = [(0, s.home)]; s.mcc, s.masn = s.cc, row_for(s.cc, MOBS, r)[0]
        os_ = "win" if role in ("support", "partner") and r.random() < .7 else wpick(r, {"dev": [("linux", 30), ("ubuntu", 18), ("mac", 34), ("win", 18)], "art": [("win", 46), ("mac", 44), ("linux", 10)], "ops": [("linux", 45), ("ubuntu", 15), ("mac", 40)], "it": [("ubuntu", 30), ("mac", 45), ("win", 25)]}.get(role, [("mac", 52), ("win", 34), ("ubuntu", 14)]))
        s.os, s.pos = os_, "ios" if r.random() < (.62 if os_ == "mac" else .38) else "android"
        br = wpick(r, {"mac": [("chrome", 55), ("safari", 25), ("firefox", 16), ("opera", 2), ("edge", 2)], "win": [("chrome", 55), ("edge", 27), ("firefox", 14), ("opera", 4)]}.get(os_, [("firefox", 46), ("chrome", 50), ("opera", 4)]))
        s.slot = {}; s.put("main", 0, Client("browser", os_, br, r))
        s.put("alt", 0, Client("browser", wpick(r, [("win", 60), ("linux", 20), ("mac", 20)]), r.choice(["chrome", "chrome", "firefox"]), r) if r.random() < .45 else Client("browser", os_, "chrome" if br != "chrome" else "firefox", r))
        s.put("pweb", 0, Client("browser", s.pos, "safari" if s.pos == "ios" and r.random() < .8 else "chrome", r)); s.put("app", 0, Client("app", s.pos, "app", r))
        s.put("vpn", 0, Client("vpn", os_, "ovpn", r)); s.put("eas", 0, Client("eas", s.pos, "eas", r)); s.put("imap", 0, Client("imap", os_, "imap", r)); g = GIT["mac" if os_ == "mac" else "win" if os_ == "win" else "linux"]
        s.put("git", 0, Client("api", os_, r.choice(g), r)); s.put("cli", 0, Client("cli", os_, "lf-cli/%s (%s; %s)" % (r.choice(["1.8.2", "1.9.0", "1.9.0", "2.0.0-rc3"]), {"mac": "darwin", "win": "windows"}.get(os_, "linux"), "arm64" if os_ == "mac" else "amd64"), r))
        s.phone_p = r.betavariate(1.4, 6) * (2.2 if role in ("comm", "exec") else 1); s.git_p = git * r.uniform(.2, 1.8); s.vpn_p = vpn if r.random() < .75 else 0
        s.mail = wpick(r, [("eas", 38), ("imap", 17), (None, 45)]); s.cli_p = .22 if role in ("dev", "art", "ops") and r.random() < .6 else 0
        s.reauth = 1 if role == "support" else .55 if role in ("partner", "freelance") else .75 if role == "qa" else r.choice([.14, .14, .2, .35]); s.lab = role == "qa" and (not s.remote) and r.random() < .75
        s.labm = r.sample(LABS[s.studio], 3) if s.lab else []; s.nocookie = r.random() < (.06 if os_ in ("linux", "ubuntu") else .02); s.pvpn = None
        if role not in ("support", "exec") and r.random() < .17:
            pv = r.choice(list(VPNS)); near = [c for c in VPNS[pv][2] if abs(CITY[c][3] - s.tz) <= 3]; s.pvpn = (pv, [r.choice(near or VPNS[pv][2]) for _ in range(r.choice([1, 1, 2, 4]))], r.choice([.08, .2, .5, .9]))
        s.relay = os_ == "mac" and br == "safari" and r.random() < .3; s.warp = VPN_DAY[s.studio] + r.choice([0, 0, 0, 1, 1, 2, 5, 9]) if s.vpn_p and not s.contract else 999
        s.fulltunnel = s.vpn_p and r.random() < .18; s.crunch = role in ("dev", "qa", "ops", "prod", "art") and r.random() < .3
        s.vdi = r.choice(["aws", "aws_ca", "aws_sg", "aws_us"]) if role in ("art", "dev") and s.remote and r.random() < .05 else None; s.onion = role in ("dev", "ops", "freelance") and r.random() < .008
        s.cowork = r.random() < .06; s.loc = [None] * DAYS; s.trips, s.off, s.moods = [], {}, {}; s.odays = set() if s.remote else set(r.sample(range(5), r.choice([1, 2, 2, 3, 4, 5])))
        s.dark, s.pwreset_day, s.days, s.adm = False, None, [], None; PEOPLE.append(s); BYID[s.id] = s
    def put(s, k, d, c): s.slot.setdefault(k, []).append((d, c))
    def get(s, k, d):
        c = s.slot[k][0][1]
        for dd, x in s.slot[k]:
            if dd <= d: c = x
        return c
    def hm(s, d):
        h = s.homes[0][1]
        for dd, x in s.homes:
            if dd <= d: h = x
        return h
    def trip(s, a, b, city, kind, work=1.0):
        if any(not (b < x[0] or a > x[1]) for x in s.trips): return
        s.trips.append((a, b, city, kind, work))
        for d in range(max(a, 0), min(b, DAYS - 1) + 1): s.loc[d] = (city, kind, work)
    def here(s, d): l = s.loc[d]; return l[0] if l else s.hm(d).city
    def t(s, d, h):
        l = s.loc[d]; tz = CITY[l[0]][3] if l else s.tz; return d * DAY + (h - tz) * HR + s.r.uniform(0, 60)
    def mobnet(s, d, r):
        l = s.loc[d]
        if l and CITY[l[0]][0] != s.cc:
            u = unit("esim%s%s%d" % (s.id, l[0], s.trips.index(next(x for x in s.trips if x[0] <= d <= x[1]))))
            if u < .2: return geo("%s.%d" % (("91.94.4", "223.118.51", "202.166.77")[int(u * 15)], r.randrange(3, 90)), (5617, 58453, 45143)[int(u * 15)], "vpn", ("Warsaw", "Hong Kong", "Singapore")[int(u * 15)], d)
            if u < .55 and CITY[l[0]][0] in MOBS: return net_mob(CITY[l[0]][0], None, l[0], r, d)    # a local card
        return net_mob(s.mcc, s.masn, s.city, r, d)                                                # home-routed roaming
    def net(s, d, h, k, r):
        """Which network the person's client k is on at local hour h of day d."""
        l = s.loc[d]
        if k in ("app", "pweb", "eas") and r.random() < (.75 if 7.5 < h < 9.5 or 17 < h < 19 else .4): return s.mobnet(d, r)
        if s.vdi and k == "alt": return net_dc(s.vdi, r, d, fixed="vdi%d" % (crc(s.id) % 9))                # a cloud workstation
        if s.onion and k in ("main", "alt") and r.random() < .15: return net_tor(r, d)
        if k in ("main", "alt", "git", "cli"):
            if s.pvpn and r.random() < s.pvpn[2] * (1 if k == "alt" or h > 18 else .6) and not s.office(d, h): return net_vpn(s.pvpn[0], r.choice(s.pvpn[1]), r, d)
            if k == "main" and d >= s.warp and r.random() < .45: return net_warp(s.here(d), r, d)
            if k == "main" and d < s.warp and s.fulltunnel and r.random() < .5: return net_biz(s.studio, "egress", r, d, 3)
            if s.relay and k == "main" and r.random() < .7:
                c = BYCC.get(s.cc, [s.city])[int(unit(s.id) * 3) % len(BYCC[s.cc])]; pf, asn = r.choice([("172.225", 36183), ("140.248", 54113), ("104.28", 13335)]); return geo("%s.%d.%d" % (pf, crc(c) % 250, r.randrange(1, 250)), asn, "vpn", c, d)
        if l:
            u = r.random()
            if l[1] == "fair" and 9 < h < 18.5: return net_biz(l[0], "fairhall", r, d, 6) if u < .5 else s.mobnet(d, r)
            if l[1] == "studio" and 8 < h < 19: return net_biz(l[0], "egress", r, d, 3)
            if l[1] in ("family", "nomad"): return net_biz(l[0], "flat%s" % s.id, r, d, 1) if u < .85 else s.mobnet(d, r)
            if u < .03: return net_sky(r, d)
            if u < .72: return net_biz(l[0], "hotel%d" % (crc(s.id) % (5 if l[1] == "fair" else 60)), r, d, 2)
            return s.mobnet(d, r)
        if s.office(d, h): return net_biz(s.studio, "egress" if k not in ("pweb", "app", "eas") else "guest", r, d, 3)
        if s.role == "support": return net_biz("Manila" if s.cc == "PH" else "Sofia", "bpo", r, d, 2)
        if s.cowork and 9 < h < 18 and (d + crc(s.id)) % 3 == 0: return net_biz(s.hm(d).city, "cowork%d" % (crc(s.id) % 3), r, d, 2)
        if d in s.hm(d).tether: return s.mobnet(d, r)
        return s.hm(d).net(d, r)
    def office(s, d, h): return not s.loc[d] and d % 7 in s.odays and (s.shift is not None or 7.5 < h < 19)
    def bytes(s, k, r, f=1.0):
        a, b = BYTES[s.role]; f *= s.vol
        if k == "vpn": a, b = a * 60, b * 35
        elif k == "cli": a, b = a * 3, b * 14
        elif k == "git": a, b = a * .4, b * .6
        elif k in ("app", "eas", "imap", "pweb"): a, b = 3e4, 6e5
        return logn(r, a * f, 1.0), logn(r, b * f, 1.1)
    def browser(s, k, d, r):
        if s.role == "support": return s.get("main", d).fresh(r)              # non-persistent desktops
        if k == "main" and s.lab and s.office(d, 12): return r.choice(s.labm) if r.random() < .9 else r.choice(LABS[s.studio])
        c = s.get(k, d)
        if s.nocookie and k in ("main", "alt"):
            c = c.fresh(r)
            if r.random() < .3: c.did = None
        return c
    # --- ways to come in
    def sso(s, t, k, r, f=1.0, am=None, net=None, c=None):
        d = int(t // DAY)
        if not 0 <= d < DAYS: return
        h = (t / HR + s.tz) % 24
        if r.random() < .014:                                                # the session had run out
            net, c = net or s.net(d, h, k, r), c or s.browser(k, d, r); E(t, s.id, False, "login", am or "refresh_token", net, c)
            if k != "app": s.full(t + r.uniform(4, 90), k, r, net, c)
            return
        E(t, s.id, True, "login", am or ("sso" if r.random() < .8 else "refresh_token"), net or s.net(d, h, k, r), c or s.browser(k, d, r), s.bytes(k, r, f) if r.random() < .85 else None)
    def full(s, t, k, r, net=None, c=None, f=1.0, forget=0, am2=None):
        """Password (or passkey), then the second factor, with everything that goes wrong."""
        d = int(t // DAY)
        if not 0 <= d < DAYS: return
        h = (t / HR + s.tz) % 24; net = net or s.net(d, h, k, r); c = c or s.browser(k, d, r); down = OUTAGE[0] < t < OUTAGE[1] and (am2 or s.mfa) in ("push", "sms"); by = s.bytes(k, r, f) if r.random() < .88 and not down else None
        if not forget and s.mfa != "passkey" and r.random() < .007: forget = r.choice([1, 2, 3, 3, 4, 5, 7])
        if s.mfa == "passkey" and not am2 and not forget and r.random() < .93:
            if r.random() < .03: E(t - r.uniform(6, 40), s.id, False, "login", "passkey", net, c)
            E(t, s.id, True, "login", "passkey", net, c, by); return
        n = forget or (0 if r.random() > s.typo else r.choice([1, 1, 1, 1, 2, 2, 3]))
        for i in range(n):
            u = s.id                                                         # now and then it is the name that is mistyped
            if r.random() < .1: j = r.randrange(1, len(u) - 1); u = r.choice([u[:j] + u[j + 1:], u[:j] + u[j + 1] + u[j] + u[j + 2:], u + "@lanternfox.games", u.replace(".", "_"), u[:j] + u[j] + u[j:]])
            E(t, u, False, "login", "password", net, c); t += r.uniform(5, 45)
        if n >= 5: t += r.choice([900, 960, 1200, 1800])                  # locked out for a quarter of an hour
        if forget and r.random() < .6:
            t += r.uniform(60, 900); how = r.choice(["email", "email", "sms", "helpdesk"])
            if how == "helpdesk": t += r.uniform(300, 5400)
            if how != "helpdesk" and r.random() < .14: E(t - 45, s.id, False, "password_reset", how, net, c)         # code too late, password too weak
            E(t, s.id, True, "password_reset", how, net, c); t += r.uniform(20, 200); s.stale(t, r)
        E(t, s.id, True, "login", "password", net, c, by); m = am2 or s.mfa
        if m == "none": return
        if m == "passkey": m = "push"
        if down:
            for i in range(r.choice([1, 2, 2, 3, 5])): E(t + r.uniform(20, 60) + i * 70, s.id, False, "mfa_challenge", m, net, c)
            if r.random() < .6: s.full(OUTAGE[1] + r.expovariate(1 / 1500), k, r, net, c)
            return
        t += r.uniform(4, 25)
        while m in ("push", "sms") and r.random() < s.miss or m == "otp" and r.random() < s.miss * .7:
            E(t + 55, s.id, False, "mfa_challenge", m, net, c); t += r.uniform(58, 240)
            if m == "push" and r.random() < .25: m = "otp"
        E(t, s.id, True, "mfa_challenge", m, net, c)
    def stale(s, t, r):
        """A phone or mail program that keeps trying the old password after a change."""
        if not s.mail or r.random() > .45: return
        step = r.choice([300, 900, 900, 1800]); k = s.mail
        for i in range(r.choice([3, 4, 6, 9, 14, 22])):
            x = t + 200 + i * step * r.uniform(.97, 1.05); d = int(x // DAY)
            if d >= DAYS: return
            E(x, s.id, False, "login", "password", s.net(d, (x / HR + s.tz) % 24, k, r), s.get(k, d))
    def works(s, d, r):
        if d < s.join or d >= s.leave: return False
        if d in s.off: return False
        l = s.loc[d]
        if l and r.random() > l[2]: return False
        if l and l[1] == "fair": return True
        if s.shift is not None:
            return (d + s.rota) % 7 < 5 and r.random() < .93
        if d in HOLI.get(s.cc, ()) and r.random() > .06: return False
        if d % 7 >= 5: return r.random() < s.weekend + (.35 if s.crunch and 18 <= d <= LAUNCH + 3 else 0)
        if s.role in ("partner", "freelance"): return r.random() < s.chatty
        return r.random() < s.busy

# ------------------------------------------------------------------ the people of this seed
DORMANT, RETURNED = [], []
def build():
    r = R
    for role, spec in ROLES.items():
        for i in range(spec[0] + r.randrange(-6, 7) if spec[0] > 60 else spec[0]):
            pr = sub("p", role, i); j, l = 0, DAYS; turn = {"qa": .13, "support": .1, "partner": .05, "freelance": .05}.get(role, .028)
            if pr.random() < turn: j = pr.choice([x for x in range(1, 56) if x % 7 < 3]) if pr.random() < .8 else pr.randrange(1, 58)
            elif pr.random() < turn: l = pr.choice([x for x in range(4, 59) if x % 7 in (4, 4, 2)] + [13, 13, 43, 43])
            if role in ("partner", "freelance", "qa", "art") and j == 0 and pr.random() < (.02 if role == "art" else .1):
                l = pr.choice([-1, -1, pr.randrange(2, 12), pr.randrange(2, 12)])                       # left, the account did not
            p = Person(role, pr, j, l)
            if l < 12: p.dark = True; DORMANT.append(p)
    for i in range(61):                                                                                   # the bought studio in Katowice
        m = sub("m", i); Person(m.choice(["dev", "art", "dev", "prod", "qa"]), m, MERGER + m.choice([0, 0, 0, 1, 1, 2, 4]), DAYS, m.choice(["Katowice"] * 5 + ["Bielsko-Biala", "Kraków"]), "Brno")
    live = [p for p in PEOPLE if not p.dark]
    for p in r.sample([p for p in live if p.role != "support"], 38):                                      # couples and flatmates
        q = r.choice([q for q in live if q.cc == p.cc])
        if q is not p and q.role != "support": q.home = p.home; q.homes = [(0, p.home)]; q.city = p.city; q.tz = p.tz
    def fair(span, city, roles, n, ext=1):
        for p in r.sample([p for p in live if p.role in roles and p.join < span[0] and p.leave > span[1]], n): p.trip(span[0] - r.randrange(ext + 2), min(DAYS - 1, span[1] + r.randrange(ext + 2)), city, "fair")
    fair(GAMESCOM, "Cologne", ("comm", "pub", "prod", "exec", "dev"), 96); fair(PAX, "Seattle", ("comm", "pub", "dev"), 30); fair(TGS, "Chiba", ("comm", "pub", "exec", "art"), 34, 2); fair(TWITCHCON, "San Diego", ("comm",), 26)
    for p in r.sample([p for p in live if p.role in ("pub", "comm")], 74): p.trip(46, 49, "Lisbon", "offsite", .75)
    for p in live:
        q = p.r
        if p.role not in ("support", "partner"):
            if p.role == "comm" and q.random() < .5: a = q.randrange(8, 52); p.trip(a, a + q.randrange(2, 5), q.choice(["Warsaw", "London", "Paris", "Los Angeles", "Tokyo", "Bangkok", "Berlin", "São Paulo", "Madrid"]), "fair")
            if q.random() < .06 and p.role not in ("qa", "freelance"): a = q.choice([7, 14, 21, 28, 35, 42, 49]) - 1; p.trip(a, a + q.choice([5, 5, 6, 12]), q.choice(list(STUDIO)), "studio")
            if q.random() < .05: a = q.randrange(1, 45); p.trip(a, a + q.randrange(5, 18), q.choice(BYCC[p.cc]), "family", .9)
            if p.remote and q.random() < .025:
                a = q.randrange(0, 20)
                while a < DAYS: b = a + q.randrange(9, 26); p.trip(a, b, q.choice(["Chiang Mai", "Denpasar", "Lisbon", "Las Palmas", "Funchal", "Split", "Da Nang", "Mexico City", "Belgrade", "Bangkok"]), "nomad", .95); a = b + q.randrange(1, 9)
        if q.random() < .46:
            a = q.choice([0, 0, 3, 7, 5, 14, 12, 21, 28, 33, 40, 47]) + q.randrange(-2, 4); b = a + q.choice([2, 4, 8, 9, 11, 15, 16])
            for d in range(max(0, a), min(DAYS, b)):
                if not p.loc[d]: p.off[d] = 1
            if q.random() < .5: p.trip(a, b, q.choice(["Heraklion", "Split", "Athens", "Antalya", "Rome", "Barcelona", "Las Palmas", "Copenhagen", "Denpasar", "Bangkok", "Kyoto", "Miami", "Vancouver", "Paris", "Edinburgh", "Varna", "Funchal", "Da Nang"] + BYCC[p.cc] * 3), "holiday", 0)
        for _ in range(pois(q, .35)): p.off[q.randrange(DAYS)] = 1                                        # sick, a child, a funeral
        if q.random() < .008 and p.join == 0 and p.leave == DAYS:                                          # parental leave, military service, sabbatical
            b = q.randrange(31, 56); RETURNED.append(p)
            for d in range(q.choice([0, 0, 3]), b): p.off[d] = 1
            p.moods[b] = "forgot"
        # life of the machines
        if q.random() < .045: d = q.randrange(2, 58); p.put("main", d, Client("browser", p.os, p.get("main", d).brand, q)); p.put("vpn", d, Client("vpn", p.os, "ovpn", q)); p.moods[d] = "newpc"
        if q.random() < .03 or p.studio == "Montreal" and p.os in ("linux", "ubuntu") and q.random() < .4: d = q.randrange(*REIMAGE) if p.studio == "Montreal" else q.randrange(58); p.put("main", d, p.get("main", d).fresh(q)); p.put("alt", d, p.get("alt", d).fresh(q)); p.moods[d] = "newpc"
        if q.random() < .07:
            d = q.choice([33, 35, 38, 46] + list(range(2, 58))); o = p.pos if q.random() < .85 else "ios" if p.pos == "android" else "android"
            p.put("app", d, Client("app", o, "app", q, lag=q.expovariate(1))); p.put("pweb", d, Client("browser", o, "safari" if o == "ios" else "chrome", q, lag=1.0)); p.put("eas", d, Client("eas", o, "eas", q)); p.moods[d] = "newphone"
        if q.random() < .05: d = q.randrange(58); p.put("main", d, Client("browser", p.os, q.choice(["chrome", "firefox", "opera" if p.os != "linux" else "chrome"]), q))
        if q.random() < .12: d = q.randrange(58); p.put("main", d, p.get("main", d).fresh(q))               # cookies cleared
        if q.random() < .022: d = q.randrange(4, 58); p.homes.append((d, Home(q.choice([p.city, q.choice(BYCC[p.cc])]), q)))
        elif q.random() < .015: p.homes.append((q.randrange(58), Home(p.city, q)))                          # another provider
        if p.warp < DAYS: p.put("vpn", p.warp, Client("vpn", p.os, "warp", q))
        p.mfa0, p.mfa_sw = p.mfa, SMS_END + int(q.expovariate(.25)) if p.mfa == "sms" else 999
        if p.contract and q.random() < .42: p.pwreset_day = q.randrange(DAYS)
        elif q.random() < .06: p.pwreset_day = q.randrange(DAYS)
    for p in PEOPLE:
        if p.dark: p.mfa0, p.mfa_sw = p.mfa, 999
def mfa_on(p, d): return p.mfa0 if d < p.mfa_sw else p.mfa

def live_day(p, d):
    r = p.r; mood = p.moods.get(d)
    if d >= p.mfa_sw and p.mfa == "sms": p.mfa = r.choice(["push", "push", "otp", "passkey"]); p.mfa_sw = d
    if not p.works(d, r):
        if p.join <= d < p.leave and r.random() < p.phone_p * (.35 if p.loc[d] or d % 7 >= 5 else .12): p.sso(p.t(d, r.uniform(9, 23)), "app", r, .5, "refresh_token")
        if p.join <= d < p.leave and mood: p.moods[d + 1] = mood
        return
    p.days.append(d); l = p.loc[d]; ch = p.chatty if p.role not in ("partner", "freelance") else .6; h0 = (p.shift + r.gauss(-.05, .2)) if p.shift is not None else p.start + r.gauss(0, p.jit)
    k = "alt" if l and p.role == "art" and r.random() < .8 else "main"; t0 = p.t(d, h0)
    if d == p.join and d > 0:                                                                              # first day
        net, c = p.net(d, h0, k, r), p.browser(k, d, r); E(t0 - 400, p.id, True, "password_reset", "helpdesk" if r.random() < .5 else "email", net, c); p.full(t0, k, r, net, c); p.full(t0 + r.uniform(900, 6000), "app", r)
    elif mood == "forgot" or (d - 1 in p.off and d - 5 in p.off and r.random() < .1): p.full(t0, k, r, forget=r.choice([2, 3, 4, 5, 6]))
    elif mood == "newpc": p.full(t0 + r.uniform(0, 7000), k, r); p.full(t0 + r.uniform(8000, 14000), "alt", r)
    elif mood == "newphone":
        if p.mfa == "push" and r.random() < .35:
            net, c = p.net(d, h0, k, r), p.browser(k, d, r)
            for i in range(r.choice([1, 2, 3])): E(t0 + i * 90, p.id, False, "mfa_challenge", "push", net, c)
            t0 += r.uniform(600, 9000); E(t0, p.id, True, "password_reset", "helpdesk", net, c)
        p.full(t0 + 60, "app", r, am2="otp"); p.full(t0 + 500, k, r)
        if r.random() < .5: E(t0 + 800, p.id, True, "mfa_challenge", r.choice(["push", "push", "otp", "webauthn"]), p.net(d, h0, k, r), p.browser(k, d, r))
    elif r.random() < p.reauth * (1.6 if l else 1): p.full(t0, k, r)
    elif r.random() < .8: p.sso(t0, k, r)
    if p.pwreset_day == d:
        x = t0 + r.uniform(60, 20000); net, c = p.net(d, h0, k, r), p.browser(k, d, r)
        if r.random() < .3: E(x - 40, p.id, False, "login", "password", net, c)
        if r.random() < .12: E(x - 20, p.id, False, "password_reset", "password", net, c)
        E(x, p.id, True, "password_reset", r.choice(["password", "password", "email"]), net, c); p.stale(x, r); p.full(x + 90, k, r, net, c)
    if p.vpn_p and not p.office(d, h0 + 1) and r.random() < p.vpn_p:
        c = p.get("vpn", d)
        for i in range(1 + (r.random() < .1) * r.choice([1, 1, 2, 3])):
            x = p.t(d, h0 + .1 + i * r.uniform(.1, 3)); n = p.net(d, h0, "vpn", r)
            if d == p.warp and i == 0 and r.random() < .3:
                for j in range(r.choice([1, 2, 4])): E(x - 60 * (4 - j), p.id, False, "login", "vpn_cert", n, c)
            if r.random() < .025: E(x - 15, p.id, False, "login", "vpn_cert", n, c)
            E(x, p.id, True, "login", "vpn_cert", n, c, p.bytes("vpn", r, .6))
    L = p.length
    for _ in range(pois(r, ch * .62)):
        u = r.random(); h = h0 + r.betavariate(1.3, 1.5) * L; kk = k if u < .8 else "alt" if u < .93 else "pweb"
        if r.random() < .06 and p.mfa != "none":                                                            # step-up for payroll, consoles, stores
            n, c = p.net(d, h, kk, r), p.browser(kk, d, r)
            if r.random() < p.miss: E(p.t(d, h) - 60, p.id, False, "mfa_challenge", "webauthn" if p.mfa == "passkey" else p.mfa, n, c)
            E(p.t(d, h), p.id, True, "mfa_challenge", "webauthn" if p.mfa == "passkey" else p.mfa, n, c)
        elif kk == "alt" and r.random() < .4: p.full(p.t(d, h), kk, r)
        else: p.sso(p.t(d, h), kk, r)
    if r.random() < p.evening or p.crunch and 21 <= d <= LAUNCH and r.random() < .5:
        h = h0 + L + r.uniform(.7, 4.5); p.sso(p.t(d, h), "main" if r.random() < .6 else "alt", r) if r.random() < .75 else p.full(p.t(d, h), "alt", r)
    if r.random() < p.phone_p: p.sso(p.t(d, h0 + r.choice([-1, -.7, 1, 5, L + .5, L + 3])), "app", r, .6, "refresh_token")
    if p.mail and r.random() < .1:
        m = p.mail; x = p.t(d, h0 + r.uniform(-1, L)); E(x, p.id, r.random() > .03, "login", "app_password" if m == "imap" else "oauth", p.net(d, h0, "eas" if m == "eas" else "cli", r), p.get(m, d), p.bytes(m, r))
    if r.random() < p.git_p: E(p.t(d, h0 + r.uniform(.3, L)), p.id, r.random() > .025, "login", "pat", p.net(d, h0 + 2, "git", r), p.get("git", d), p.bytes("git", r))
    if r.random() < p.cli_p: E(p.t(d, h0 + r.uniform(.1, 3)), p.id, r.random() > .03, "login", "device_code", p.net(d, h0 + 1, "cli", r), p.get("cli", d), p.bytes("cli", r))
    if p.role == "qa" and r.random() < .08: E(p.t(d, h0 + r.uniform(.1, 2)), p.id, True, "login", "sso", p.net(d, h0 + .5, "cli", r), p.get("cli", d), (logn(r, 4e6, .5), logn(r, 2.4e10, .5)))   # fetches a build
    # small mishaps
    if p.lab and r.random() < .008:                                                                        # the last tester's name was still in the field
        q = r.choice(QALAB[p.studio]); n, c = p.net(d, h0, "main", r), p.browser("main", d, r)
        for i in range(r.choice([1, 1, 2, 3])): E(t0 - 90 + i * 12, q.id, False, "login", "password", n, c)
    if r.random() < .0006:                                                                                 # borrows a colleague's or the partner's machine
        q = r.choice(PEOPLE); c = q.get("main", d) if p.office(d, h0) else Client("browser", r.choice(["win", "mac"]), r.choice(["chrome", "edge"]), r); p.full(p.t(d, h0 + r.uniform(1, 11)), "main", r, None, c, .3)
    if r.random() < .0007:                                                                                 # sends all his reels, or pulls a whole depot
        p.sso(p.t(d, h0 + r.uniform(1, L)), k, r, r.uniform(30, 300))
    if l and r.random() < .006:                                                                            # phone lost on the road
        n = p.net(d, h0, k, r); c = Client("browser", p.os, "chrome", r); x = p.t(d, h0 + 3)
        for i in range(r.randrange(1, 5)): E(x + i * 80, p.id, False, "mfa_challenge", "push", n, c)
        E(x + 4000, p.id, True, "password_reset", "helpdesk", n, c); p.full(x + 4200, k, r, n, c, am2="otp")
    if r.random() < .0011 and p.mfa == "push":                                                             # a push storm by a broken tab
        n, c = p.net(d, h0, k, r), p.browser(k, d, r); x = p.t(d, h0 + r.uniform(0, 8))
        for i in range(r.randrange(3, 9)): E(x + i * r.uniform(31, 70), p.id, False, "mfa_challenge", "push", n, c)
        if r.random() < .7: E(x + 700, p.id, True, "mfa_challenge", "push", n, c)

def company():
    r = sub("company"); act = [p for p in PEOPLE if not p.dark and p.role != "support"]
    for p in act:
        ok = lambda d: p.join <= d < p.leave and d not in p.off
        if ok(SURVEY_DAY) and r.random() < .3: p.sso(p.t(SURVEY_DAY, clamp(r.gauss(11, 2), 7, 22)), "main" if r.random() < .7 else "pweb", r, .2)
        if 24 in p.days and r.random() < .16: p.full(OUTAGE[1] + r.expovariate(1 / 1800), "main", r)                    # the storm after the outage
        elif 24 in p.days and p.mfa0 == "push" and r.random() < .1:
            n, c, x = p.net(24, 14, "main", r), p.browser("main", 24, r), r.uniform(*OUTAGE); E(x, p.id, True, "login", "password", n, c)
            for i in range(r.randrange(1, 4)): E(x + 60 + i * 65, p.id, False, "mfa_challenge", "push", n, c)
        if p.role in ("ops", "comm", "it", "dev") and p.crunch | (p.role in ("ops", "comm")) and ok(LAUNCH):
            for _ in range(r.choice([0, 1, 2, 3])): p.sso(LAUNCH * DAY + r.uniform(15, 29) * HR, r.choice(["main", "main", "app"]), r, 1.5)
        if ok(PHISH_TEST) and r.random() < .045:
            x = p.t(PHISH_TEST + r.choice([0, 0, 0, 1]), r.uniform(9, 17)); d = min(DAYS - 1, int(x // DAY)); n, c = p.net(d, 11, "main", r), p.browser("main", d, r)
            E(x, p.id, True, "password_reset", "email", n, c); p.full(x + 60, "main", r, n, c); p.stale(x, r)
    adm = [p for p in act if p.role in ("it", "ops", "exec", "dev") and (p.role in ("it", "ops") or r.random() < .02)]
    for p in adm:                                                                                            # the second account of those who run things
        k = Client("browser", p.os, r.choice(["firefox", "chrome"]), r); p.adm = "adm-" + p.id; p.admc = k; prob = r.uniform(.08, .6)
        for d in p.days:
            if r.random() < prob:
                x = p.t(d, p.start + r.uniform(0, 9)); n = p.net(d, 12, "main", r)
                if r.random() < .05: E(x - 30, p.adm, False, "login", "password", n, k)
                E(x, p.adm, True, "login", "passkey" if p.mfa == "passkey" else "password", n, k, (logn(r, 9e4, .8), logn(r, 2e6, .9)))
                if p.mfa != "passkey": E(x + 12, p.adm, True, "mfa_challenge", "otp", n, k)
    comm, qa = [p for p in act if p.role == "comm"], [p for p in act if p.role in ("qa", "dev")]
    for nm in ("ch-twitch-eu", "ch-twitch-na", "ch-youtube", "ch-discord-mods", "press-kit", "ch-tiktok", "ch-bilibili", "store-keys", "influencer-desk"):     # channels held by many hands
        hands = r.sample(comm, r.randrange(4, 9))
        for d in range(DAYS):
            for p in hands:
                if d in p.days and r.random() < .28:
                    x = p.t(d, p.start + r.uniform(0, 10)); n, c = p.net(d, 14, "main", r), p.browser(r.choice(["main", "main", "pweb", "alt"]), d, r)
                    if r.random() < .07: E(x - 40, nm, False, "login", "password", n, c)
                    E(x, nm, True, "login", "password", n, c, (logn(r, 3e6, 1.4), logn(r, 5e6, 1)))
                    if r.random() < .6: E(x + 20, nm, r.random() > .06, "mfa_challenge", "otp", n, c)
    for i in range(34):                                                                                      # accounts of the game tests
        hands = r.sample(qa, 3)
        for d in range(DAYS):
            p = r.choice(hands)
            if d in p.days and r.random() < .4: E(p.t(d, (p.shift if p.shift is not None else p.start) + r.uniform(0, 7)), "qa-test%02d" % i, r.random() > .07, "login", "password", p.net(d, 12, "main", r), p.browser("main", d, r), (logn(r, 2e5, 1), logn(r, 3e6, 1)))

def bots():
    r = sub("bots"); site = [("bno", "Brno"), ("mtl", "Montreal"), ("kul", "Kuala Lumpur"), ("mmx", "Malmö")]
    def run(uid, times, net, ua, am, by, rot=None, cut=()):
        c = Client("api", "linux", ua, r)
        for x in sorted(times):
            if not 0 <= x < DAYS * DAY: continue
            d = int(x // DAY); bad = any(a < x < b for a, b in cut)
            if bad:
                for j in range(r.choice([1, 1, 2, 3])): E(x + j * 30, uid, False, "login", am, net(d), c)
            else: E(x, uid, r.random() > .004, "login", am, net(d), c, (logn(r, by[0], .5), logn(r, by[1], .6)))
    def expired(d0): a = d0 * DAY + r.uniform(0, 24) * HR; return [(a, a + r.uniform(3, 30) * HR)]
    for code, city in site:
        for i in range(12 if code != "mmx" else 6):                                                         # farm agents: a ticket every 7 hours, dead for patch nights
            ph, skip = r.uniform(0, 7), r.sample(range(DAYS), 4)
            run("bot-farm-%s-%02d" % (code, i), [(ph + k * 7) * HR + r.uniform(0, 90) for k in range(206) if int((ph + k * 7) / 24) not in skip], lambda d, city=city: net_biz(city, "farm", r, d, 4), r.choice(["horde-agent/5.6.1", "JenkinsSwarm/3.49", "horde-agent/5.6.1"]), "client_secret", (3e6, 2.5e9), cut=expired(r.randrange(50)) if r.random() < .2 else ())
    plain = [("svc-telemetry", 1, "aws"), ("svc-steam-publish", 24, "aws"), ("svc-crash-ingest", 1, "aws_us"), ("svc-loc-sync", 6, "hetzner"), ("svc-hr-import", 24, "azure"), ("svc-p4-backup", 12, "ovh"), ("svc-asset-index", 2, "aws_ca"), ("svc-discord-bridge", 3, "do"), ("svc-status-probe", .5, "gcp"), ("svc-license", 4, "azure"),
             ("svc-bi-extract", 8, "gcp"), ("svc-ticket-mail", 1, "azure"), ("svc-matchmaker", 2, "aws"), ("svc-leaderboard", 3, "aws_sg"), ("svc-patch-cdn", 12, "aws_us"), ("svc-symbols", 4, "aws_ca"), ("svc-sbom", 24, "hetzner"), ("svc-okr-bot", 24, "do"), ("svc-payroll-feed", 168, "azure"), ("svc-deploy-eu", 5, "aws"), ("svc-deploy-na", 5, "aws_ca"), ("svc-deploy-as", 5, "aws_sg"), ("svc-anticheat", 1, "ovh"), ("svc-archive", 48, "hetzner")]
    for nm, ev, dc in plain:
        redeploy = r.randrange(5, 70); ph = r.uniform(0, ev); loop = dc.startswith("aws")
        def net(d, nm=nm, dc=dc, rd=redeploy, loop=loop): return net_dc(dc, r, d, fixed="%s%d%d" % (nm, d >= rd, r.randrange(2) if loop else 0))
        cut = expired(PAT_ROTATION) if r.random() < .2 else expired(r.randrange(DAYS)) if r.random() < .25 else ()
        run(nm, [(ph + k * ev) * HR + r.uniform(0, 20) for k in range(int(DAYS * 24 / ev))], net, r.choice(["python-requests/2.32.3", "Go-http-client/2.0", "okhttp/4.12.0", "axios/1.8.4", "curl/8.5.0", "aws-sdk-java/2.31"]), r.choice(["client_secret", "api_key", "jwt"]), (logn(r, 2e5, 1.2), logn(r, 2e6, 1.5)), cut=cut)
    for nm, city, hh in (("bot-nightly-main", "Montreal", 4), ("bot-nightly-hotfix", "Brno", 23), ("bot-cook-console", "Malmö", 0), ("bot-autotest", "Kuala Lumpur", 17), ("bot-shader", "Brno", 2)):
        run(nm, [d * DAY + (hh + r.betavariate(1.2, 4) * 5) * HR for d in range(DAYS) for _ in range(pois(r, 14 if d % 7 < 5 else 3) + (12 if 24 <= d <= 31 else 0))], lambda d, city=city: net_biz(city, "farm", r, d, 4), "BuildGraph/5.6", "client_secret", (5e7, 8e9))
    for d in range(2, DAYS, 7):                                                                              # the weekly scan knocks with wrong passwords on purpose
        for i in range(9): E(d * DAY + 2.5 * HR + i * 20, "svc-vulnscan", False, "login", "password", net_dc("azure", r, d, fixed="scan"), Client("api", "linux", "Mozilla/5.0 (compatible; Nessus SOAP v0.0.1)", r))
    owners = [p for p in PEOPLE if not p.dark and p.git_p > .15 and p.leave > 30]
    for p in r.sample(owners, min(len(owners), 150)):                                                       # people's own scripts on their tokens
        where = r.choice(["home", "home", "hosted", "vps", "office"]); per = r.choice([24, 24, 24, 12, 6, 168, 3]); ph = r.uniform(0, per); start = r.choice([0, 0, r.uniform(0, 50) * 24])
        vd, fx = r.choice(["hetzner", "do", "ovh", "linode", "contabo"]), p.id
        def net(d, p=p, w=where, vd=vd, fx=fx): return p.hm(d).net(d, r) if w == "home" else net_dc("azure", r, d) if w == "hosted" else net_dc(vd, r, d, fixed=fx) if w == "vps" else net_biz(p.studio, "egress", r, d, 3)
        a = (PAT_ROTATION + .4) * DAY; cut = [(a, a + r.expovariate(1 / 2.0) * DAY)] if r.random() < .35 else ()
        run(p.id, [(start + ph + k * per) * HR + r.uniform(0, 40) for k in range(int(min(p.leave, DAYS) * 24 / per)) if (start + ph + k * per) / 24 < p.leave and r.random() < .97], net, r.choice(["python-requests/2.32.3", "curl/8.5.0", "git/2.43.0", "git-lfs/3.6.1 (GitHub; linux amd64; go 1.23.3)", "Go-http-client/1.1", "PyGithub/Python", "node-fetch/1.0"]), "pat" if r.random() < .9 else "api_key", (logn(r, 4e4, 1), logn(r, 1.5e6, 1.6)), cut=cut)

# ------------------------------------------------------------------ attackers
RAW = ["python-requests/2.31.0", "python-requests/2.32.3", "Go-http-client/1.1", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/139.0.0.0 Safari/537.36", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36", "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0", "axios/1.7.9"]
BAD = ["stark", "aeza", "contabo", "quadra", "alibaba", "do", "vultr", "hetzner", "ovh", "linode", "leaseweb"]
CRIME = ["Lagos", "Moscow", "Saint Petersburg", "Casablanca", "Bucharest", "Ho Chi Minh City", "Jakarta", "Istanbul", "São Paulo", "Hong Kong", "Mumbai", "London", "Kharkiv", "Plovdiv"]
USED = {}
def resi(city, r, d, asn=None):
    """An address of a residential proxy: somebody's flat, or a phone."""
    cc = CITY[city][0]
    if r.random() < .14 and not asn: return net_mob(cc, None, city, r, d)
    row = row_for(cc, HOMES, r, asn); return geo(ip_home(row, city, r), row[0], "home", city, d)
def at(v, d, h): return d * DAY + (h - CITY[v.here(int(clamp(d, 0, 59)))][3]) * HR
def wstart(v): return v.shift if v.shift is not None else v.start

class Camp:
    def __init__(s, fam, i, style):
        s.fam, s.style, s.r = fam, style, sub("camp", fam, i); s.tag = (fam, "k%010x" % s.r.getrandbits(40)); s.n = 0
        s.goal = wpick(s.r, [("files", 34), ("mail", 26), ("source", 16), ("payroll", 10), ("access", 14)]); s.careful, s.loud = style == "careful", style == "loud"
        s.day = s.r.uniform(11, 44 if s.careful else 54); s.tz = s.r.choice([1, 3, 3, 5.5, 7, 8, -3, -4, 2]); s.shut = s.r.random() < (.12 if s.careful else .2); s.base = s.r.choice(CRIME); s.keep = None; s.end = None
    def ev(s, t, user, ok, et, am, net, cl, b=None):
        s.n += 1; E(t, user, ok, et, am, net, cl, b, s.tag)
    def victim(s, cond=lambda p: True, tries=400):
        r = s.r
        for _ in range(tries):
            p = r.choice(LIVE)
            if USED.get(p.id, 0) < 1 and len(p.days) > 2 and p.leave > s.day + 4 and p.join < s.day - 6 and cond(p): break
        USED[p.id] = USED.get(p.id, 0) + 1; return p
    def line(s, v, mix):
        """How the attacker reaches the company; sticky for a while, as leased proxies are."""
        kind = wpick(s.r, mix); r = s.r; hot = {}
        lo = r.choice(BAD); pv = r.choice(list(VPNS)); near = [c for c in VPNS[pv][2] if v and CITY[c][0] == v.cc]; exit_ = r.choice(near or VPNS[pv][2]); own = Home(s.base, r); flat = Home(v.city, r) if v else own
        stick = {"city": .6, "sameisp": .7, "cc": .5, "world": .1, "flat": 1, "own": 1, "dc": .85, "vpn": .8, "tor": .25, "mob": .4}[kind]
        def net(d):
            d = int(clamp(d, 0, DAYS - 1))
            if "n" in hot and r.random() < stick and hot["d"] == d: return hot["n"]
            if kind == "city": n = resi(v.here(d) if r.random() < .3 else v.city, r, d)
            elif kind == "sameisp": n = resi(v.city, r, d, v.home.row[0])
            elif kind == "cc": n = resi(r.choice(BYCC[v.cc]), r, d)
            elif kind == "world": n = resi(r.choice(list(CITY)), r, d)
            elif kind == "flat": n = flat.net(d, r)
            elif kind == "own": n = own.net(d, r)
            elif kind == "dc": n = net_dc(lo, r, d, fixed=s.tag[1]) if r.random() < .8 else net_dc(r.choice(BAD), r, d)
            elif kind == "vpn": n = net_vpn(pv, exit_ if r.random() < .8 else r.choice(VPNS[pv][2]), r, d)
            elif kind == "tor": n = net_tor(r, d)
            else: n = net_mob(v.cc, None, v.city, r, d)
            hot["n"], hot["d"] = n, d; return n
        net.kind = kind; return net
    def gear(s, v, how=None):
        r = s.r; how = how or ("copy" if s.careful and r.random() < .72 else wpick(r, [("own", 50), ("anti", 25), ("old", 15), ("copy", 10)]) if not s.loud else wpick(r, [("own", 40), ("raw", 35), ("old", 25)]))
        m = v.get("main", int(clamp(s.day, 0, 59))) if v else None
        if how == "copy" and m: c = Client("browser", m.os, m.brand, r, lag=m.lag + r.choice([0, 0, 0, 4]))
        elif how == "anti": c = Client("browser", "win", r.choice(["chrome", "chrome", "edge"]), r, lag=.5)
        elif how == "old": c = Client("browser", r.choice(["win", "mac"]), "chrome", r, lag=120)
        elif how == "raw": c = Client("browser", r.choice(RAW), "raw", r, did=False, lag=0)
        else: c = Client("browser", r.choice(["win", "win", "mac", "linux", "android"]), r.choice(["chrome", "chrome", "firefox", "edge"]), r)
        if r.random() < .2: c.did = None
        return c
    def hour(s, v, d):
        """A time of day d at which this attacker moves."""
        r = s.r; wh = r.uniform(.4, v.length - .3)
        if s.careful: return at(v, d, wstart(v) + wh)
        if s.loud and r.random() < .6: return at(v, d, r.uniform(0, 5.5))
        return d * DAY + (r.triangular(8, 24, 14) - s.tz) * HR
    def vbytes(s, v, k="main"):
        a, b = v.bytes(k, s.r) if s.r.random() < .9 else v.bytes("main", s.r); f = s.r.uniform(.4, 1.8) if s.careful else s.r.uniform(1, 9) if not s.loud else logn(s.r, 45, .9)
        return (a * f, b * .8) if s.goal == "access" and s.r.random() < .3 else (a * s.r.uniform(.6, 1.6), b * f)
    def next_days(s, v, d0, n, span):
        """Days of later visits: the careful like days on which the victim works."""
        r = s.r; ds = sorted(r.sample(range(1, span + 1), min(n, span))); out = [int(d0) + x for x in ds]; return [d for d in out if not s.careful or d in v.days or r.random() < .15]
    def enter(s, v, t, net, cl, way=None, fails=0):
        """First factor, second factor. True when in."""
        r = s.r; m = mfa_on(v, t / DAY); n = net(t / DAY)
        for i in range(fails): s.ev(t, v.id, False, "login", "password", n, cl); t += r.uniform(20, 200) if not s.careful else r.uniform(600, 40000)
        if way == "imap": cl = Client("imap", "linux", "imap", r); s.ev(t, v.id, True, "login", "password", n, cl, v.bytes("imap", r)); return not s.shut
        s.ev(t, v.id, True, "login", "password", n, cl, s.vbytes(v) if not s.shut and (m == "none" or r.random() < .8) else None)
        if m == "none": return True
        m = {"passkey": "push"}.get(m, m)
        if s.shut:
            for i in range(r.choice([1, 1, 2, 3])): s.ev(t + 60 + i * 90, v.id, False, "mfa_challenge", m, n, cl)
            if not s.careful and r.random() < .5: s.ev(t + 4000, v.id, False, "login", "password", net(t / DAY), cl)
            if r.random() < .5: x = t + r.uniform(2, 3) * DAY; s.ev(x, v.id, False, "login", "password", net(x / DAY), cl); s.ev(x + r.uniform(40, 900), v.id, False, "login", "password", net(x / DAY), cl)
            return False
        if r.random() < .2: s.ev(t + 40, v.id, False, "mfa_challenge", m, n, cl); t += 60
        s.ev(t + r.uniform(8, 50), v.id, True, "mfa_challenge", m, n, cl); return True
    def loot(s, v, t, net, cl, uid=None, days=None, own_ok=True):
        """What they came for; ends when somebody notices."""
        r = s.r; uid = uid or v.id; d0 = t / DAY
        if s.end is None and r.random() < (.3 if s.careful else .55): s.end = s.notice(v, t + r.expovariate(1 / (9 if s.careful else 3.0 if not s.loud else .8)) * DAY + 3 * HR) if uid == v.id else t + r.uniform(1, 12) * DAY
        stop = s.end or DAYS * DAY; times = []
        if s.careful:
            for d in days or s.next_days(v, d0, r.randrange(5, 15), r.randrange(12, 26)):
                times += [s.hour(v, d) + r.uniform(0, 1500) for _ in range(r.choice([1, 1, 1, 2]))]
            if r.random() < .6: times.append(t + r.uniform(300, 4000))
        elif s.loud:
            x = t
            for _ in range(r.randrange(7, 34)): x += r.expovariate(1 / r.choice([90, 400, 1500])); times.append(x)
            for d in s.next_days(v, d0, r.randrange(0, 3), 4): times.append(s.hour(v, d))
        else:
            x = t
            for _ in range(r.randrange(2, 9)): x += r.expovariate(1 / 2400); times.append(x)
            for d in s.next_days(v, d0, r.randrange(1, 6), 9): times += [s.hour(v, d) + k * 1700 for k in range(r.randrange(1, 4))]
        if s.goal == "access" and own_ok and r.random() < .75:                                             # nail the door open
            x = t + r.uniform(100, 2500) if not s.careful else t + r.uniform(1, 5) * DAY; s.ev(x, uid, True, "mfa_challenge", r.choice(["otp", "push", "webauthn"]), net(x / DAY), cl)
            if not s.careful and r.random() < .4: s.ev(x + 300, uid, True, "password_reset", "password", net(x / DAY), cl)
        prog = Client("api", "linux", r.choice(["git/2.43.0", "python-requests/2.32.3", v.get("git", 30).brand, "git-lfs/3.6.1 (GitHub; linux amd64; go 1.23.3)"]), r) if s.goal == "source" else None
        box = Client(r.choice(["imap", "eas"]), r.choice(["ios", "android"]), "x", r) if s.goal == "mail" and r.random() < .4 else None; tries = 0
        for x in sorted(times):
            if x > stop:
                if tries < r.randrange(0, 4): tries += 1; s.ev(x, uid, False, "login", "password", net(x / DAY), cl)
                continue
            if prog and r.random() < .6: s.ev(x, uid, r.random() > .05, "login", "pat", net(x / DAY), prog, s.vbytes(v, "git"))
            elif box and r.random() < .6: s.ev(x, uid, True, "login", "app_password" if box.kind == "imap" else "oauth", net(x / DAY), box, s.vbytes(v, "eas"))
            elif s.goal == "payroll" and r.random() < .15: s.ev(x, uid, r.random() > .2, "mfa_challenge", "otp", net(x / DAY), cl)
            else:
                a, w = wpick(r, [("sso", 5), ("refresh_token", 4), ("password", 1)]), net(x / DAY)
                if a == "password" and r.random() < .12: s.ev(x - 30, uid, False, "login", "password", w, cl)
                s.ev(x, uid, True, "login", a, w, cl, s.vbytes(v) if r.random() < .88 else None)
    def notice(s, v, t):
        """The help desk resets the victim's password; this is the victim's honest life. Returns the moment."""
        r = s.r
        for d in v.days:
            x = at(v, d, wstart(v) + r.uniform(.1, 4))
            if x > t:
                n, c = v.net(d, 11, "main", r), v.browser("main", d, r)
                if r.random() < .4: E(x - 1500, v.id, False, "login", "password", n, c)
                E(x, v.id, True, "password_reset", "helpdesk", n, c); v.stale(x, r); v.full(x + r.uniform(60, 900), "main", r, n, c)
                if r.random() < .25 and d + 1 < DAYS: v.full(at(v, d + 1, wstart(v) + .2), "main", r, None, v.get("main", d).fresh(r))
                return x
        return DAYS * DAY

def crowd(r, n, real=.8):
    """Names from a leak: people here, people gone, people who never were."""
    out = []
    for _ in range(n):
        p = r.choice(PEOPLE); a, b = NAMES[r.choice(list(NAMES))]; out.append((p.id, p) if r.random() < real else (r.choice(a) + "." + r.choice(b) + r.choice(["", "", "2", "7"]), None))
    return out
def soft(c): return lambda p: mfa_on(p, c.day) in ("none", "sms", "otp")

def credential_stuffing(c):
    r = c.r; v = c.victim(lambda p: mfa_on(p, c.day) == "none" or r.random() < .1); net = c.line(v, [("cc", 3), ("world", 1)] if c.careful else [("world", 5), ("dc", 3), ("vpn", 1)] if not c.loud else [("dc", 4), ("world", 4), ("tor", 1)])
    n = r.randrange(9, 24) if c.careful else r.randrange(22, 60) if not c.loud else r.randrange(60, 150); span = r.uniform(5, 15) if c.careful else r.uniform(.4, 3) if not c.loud else r.uniform(.03, .15)
    hit = None; imap = not c.careful and r.random() < .3
    for i, (u, p) in enumerate(crowd(r, n, .85 if c.careful else .6)):
        x = (c.day + span * (i + r.random()) / n) * DAY; cl = Client("imap", "x", "imap", r) if imap else c.gear(p, r.choice(["anti", "own", "own"]) if c.careful or not c.loud else "raw")
        for j in range(1 if c.careful or r.random() < .7 else 2): c.ev(x + j * r.uniform(2, 9), u, False, "login", "password", net(x / DAY), cl)
        if i == int(n * .6) and not c.shut: hit = x + 20
    if hit:
        cl = c.gear(v); lo = c.line(v, [("city", 2), ("cc", 2)]) if c.careful else net
        if c.enter(v, hit, net, cl): c.loot(v, hit + r.uniform(3, 60) * HR * (1 if c.careful else .2), lo, cl)

def password_spray(c):
    r = c.r; net = c.line(LIVE[r.randrange(len(LIVE))], [("cc", 4), ("world", 2)] if c.careful else [("dc", 4), ("world", 3), ("vpn", 2)] if not c.loud else [("dc", 6), ("tor", 1)])
    n = r.randrange(10, 22) if c.careful else r.randrange(30, 75) if not c.loud else r.randrange(70, 190)
    pool = r.sample(PEOPLE, n); t = c.day * DAY; imap = r.random() < .35; cl = c.gear(None, "anti" if c.careful else "own" if not c.loud else r.choice(["raw", "old"]))
    if imap: cl = Client("imap", "x", "imap", r)
    for rnd in range(1 if c.careful or c.loud else r.choice([1, 2])):
        for p in pool:
            t += r.uniform(5, 22) * HR if c.careful else r.expovariate(1 / 900) if not c.loud else r.expovariate(1 / 18)
            if not imap and r.random() < .15: cl = c.gear(None, "anti" if c.careful else "own" if not c.loud else "raw")
            c.ev(t, p.id, False, "login", "password", net(t / DAY), cl)
        t += 20 * HR
    t = min(t, 55 * DAY)
    for _ in range(0 if c.shut else r.choice([1, 1, 2])):
        v = c.victim(soft(c)); c.end = None; lo = c.line(v, [("city", 3), ("cc", 1)]) if c.careful else c.line(v, [("dc", 2), ("vpn", 2), ("own", 1)]); x = t - r.uniform(0, 2) * HR; ok = c.enter(v, x, net, cl, "imap" if imap else None)
        if ok: c.loot(v, x + (r.uniform(5, 40) if c.careful else r.uniform(.2, 5)) * HR, lo, c.gear(v))

def brute_force(c):
    r = c.r; v = c.victim(lambda p: mfa_on(p, c.day) != "passkey"); uid = v.id; m = r.choice(["pw", "pw", "otp", "imap"]); odd = r.random() < .25
    if odd: uid, m = r.choice(["ch-twitch-na", "press-kit", "store-keys", "qa-test07", "qa-test21", "svc-loc-sync", "ch-tiktok"]), "pw"
    net = c.line(v, [("city", 3), ("cc", 3), ("sameisp", 1)] if c.careful else [("dc", 3), ("world", 3), ("own", 2)]); cl = c.gear(v)
    if m == "imap": cl = Client("imap", "x", "imap", r)
    t = c.day * DAY
    if c.careful: ts = [c.hour(v, int(c.day) + d) + k * r.uniform(40, 3000) for d in range(r.randrange(6, 14)) for k in range(r.choice([0, 1, 2, 3, 3, 4]))]
    elif c.loud: ts = [t + i * r.uniform(1.5, 30) for i in range(r.randrange(60, 160))]
    else: ts = [t + i * r.uniform(500, 1800) for i in range(r.randrange(18, 50))]
    if m == "otp": c.ev(min(ts or [t]) - 20, uid, True, "login", "password", net(c.day), cl)
    for x in sorted(ts): c.ev(x, uid, False, "mfa_challenge" if m == "otp" else "login", "otp" if m == "otp" else "password", net(x / DAY), cl)
    end = min(max(ts or [t]), 56 * DAY)
    if c.loud and not odd:                                                                                     # the owner finds himself locked out
        for d in v.days:
            x = at(v, d, wstart(v) + .1)
            if x > end:
                if x - end < DAY: v.full(x, "main", r, forget=r.choice([1, 2, 4]))
                break
    if c.shut or r.random() < .15: return
    x = end + r.uniform(30, 300) * (8 if c.careful else 1)
    if odd: c.ev(x, uid, True, "login", "password", net(x / DAY), cl, c.vbytes(v)); c.loot(v, x + 600, net, cl, uid)
    elif m == "otp": c.ev(x, uid, True, "mfa_challenge", "otp", net(x / DAY), cl); c.loot(v, x + 60, net, cl)
    elif c.enter(v, x, net, cl, "imap" if m == "imap" else None): c.loot(v, x + 600, net, cl if m != "imap" else c.gear(v))

def stolen_credentials(c):
    r = c.r
    for i in range(r.choice([2, 3, 5]) if c.loud else 1):
        v = c.victim(lambda p: mfa_on(p, c.day) != "passkey"); c.end = None
        net = c.line(v, [("city", 5), ("sameisp", 2), ("mob", 1), ("cc", 2)] if c.careful else [("own", 4), ("vpn", 3), ("dc", 2), ("cc", 3)] if not c.loud else [("dc", 5), ("own", 3), ("world", 1)])
        cl = c.gear(v); t = c.hour(v, int(c.day) + (i > 2)) + i * 2000; legacy = r.random() < .15 and not c.careful
        if not c.loud and r.random() < .28:                                                                # device-code phishing: the victim types the code, they hold the token
            q = Client("cli", "linux", r.choice([v.get("cli", 30).brand, "lf-cli/1.9.0 (linux; amd64)"]), r); c.ev(t, v.id, True, "login", "device_code", net(t / DAY), q, c.vbytes(v)); c.loot(v, t + 200, net, q, own_ok=False); continue
        if c.enter(v, t, net, cl, "imap" if legacy else None, fails=r.choice([0, 0, 0, 1, 1, 2]) if not c.careful else r.choice([0, 0, 0, 1])): c.loot(v, t + r.uniform(120, 900), net, c.gear(v) if legacy else cl)

def mfa_fatigue(c):
    r = c.r; v = c.victim(lambda p: mfa_on(p, c.day) == "push"); cl = c.gear(v)
    net = c.line(v, [("city", 5), ("cc", 3), ("vpn", 1)] if c.careful else [("own", 3), ("vpn", 3), ("cc", 2), ("dc", 2)] if not c.loud else [("dc", 4), ("own", 4), ("tor", 1)])
    if c.careful: days = [d for d in v.days if d >= c.day][:r.randrange(2, 8)] or [int(c.day)]; plan = [(at(v, d, wstart(v) + r.uniform(-.1, .6)), r.choice([1, 1, 1, 2])) for d in days]
    elif c.loud: plan = [(at(v, int(c.day), r.uniform(0, 4)), r.randrange(16, 45))] + ([(at(v, int(c.day) + 1, r.uniform(0, 4)), r.randrange(5, 20))] if r.random() < .4 else [])
    else: plan = [(at(v, int(c.day) + k, r.uniform(16, 23)), r.randrange(4, 11)) for k in range(r.choice([1, 1, 2]))]
    x = 0
    for t, n in plan:
        x, w = t, net(t / DAY); c.ev(x, v.id, True, "login", "password", w, cl)
        for j in range(n): x += r.uniform(31, 95) if not c.careful else r.uniform(60, 400); c.ev(x, v.id, False, "mfa_challenge", "push", w if r.random() < .97 else net(x / DAY), cl)
        if c.loud and r.random() < .5: c.ev(x + 5, v.id, True, "login", "password", net(x / DAY), cl)
    if c.shut:
        if r.random() < .7: c.notice(v, x)
        return
    x += r.uniform(40, 200); w = net(x / DAY); c.ev(x, v.id, True, "mfa_challenge", "push", w, cl); c.ev(x + 4, v.id, True, "login", "sso", w, cl, c.vbytes(v))
    if r.random() < .5: c.ev(x + r.uniform(90, 600), v.id, True, "mfa_challenge", r.choice(["otp", "webauthn"]), net(x / DAY), cl)      # their own factor
    c.loot(v, x + 900, net, cl, own_ok=False)

def session_theft(c):
    r = c.r; v = c.victim(lambda p: p.role not in ("support", "partner") and not p.lab and not p.nocookie and len(p.days) > 12)
    k = "alt" if r.random() < .15 else "main"; d = int(c.day); net = c.line(v, [("city", 5), ("sameisp", 3), ("mob", 1), ("vpn", 1)] if c.careful else [("vpn", 4), ("dc", 3), ("cc", 3)] if not c.loud else [("dc", 5), ("own", 3), ("tor", 1)])
    cl = v.get(k, d)
    if not c.careful and r.random() < .35:                                                                 # the cookie in another browser
        q = c.gear(None, r.choice(["own", "anti", "old"])); q.did = cl.did; cl = q
    t = c.hour(v, d) if not c.careful else c.hour(v, next((x for x in v.days if x >= d), d))
    if c.shut:
        for i in range(r.choice([1, 2, 4])): c.ev(t + i * 200, v.id, False, "login", "refresh_token", net(d), cl)
        c.ev(t + 900, v.id, False, "mfa_challenge", "push" if v.mfa == "passkey" else v.mfa if v.mfa != "none" else "otp", net(d), cl); return
    c.ev(t, v.id, True, "login", r.choice(["refresh_token", "sso", "sso"]), net(d), cl, c.vbytes(v))
    if not c.careful and r.random() < .5: x = t + r.uniform(60, 600); c.ev(x, v.id, r.random() < .4, "mfa_challenge", "push" if v.mfa in ("passkey", "none") else v.mfa, net(d), cl)
    c.loot(v, t + 300, net, cl)

def near_takeover(c):
    r = c.r; v = c.victim(lambda p: p.role != "support"); net = c.line(v, [("sameisp", 2), ("flat", 5)] if c.careful else [("flat", 4), ("mob", 2), ("city", 2)] if not c.loud else [("cc", 3), ("flat", 3), ("city", 2)])
    m = v.get("main", 30); cl = c.gear(v) if c.careful else Client("browser", r.choice(["win", "mac", "android", "ios"]), "chrome", r); d = int(c.day); t = c.hour(v, d) if c.careful else at(v, d, r.uniform(18, 24) if not c.loud else r.uniform(0, 24))
    if c.enter(v, t, net, cl, fails=r.choice([0, 1, 1]) if c.careful else r.choice([0, 1, 2, 4]) if not c.loud else r.randrange(3, 9)):
        c.tz = v.tz; c.loot(v, t + 200, net, cl)

def reset_takeover(c):
    r = c.r
    def away(p): return any(all((d + k) in p.off for k in range(5)) for d in range(int(c.day), min(54, int(c.day) + 9)))
    v = c.victim(away if c.careful and r.random() < .6 else lambda p: True); d = int(c.day)
    if c.careful: d = next((x for x in range(d, min(54, d + 9)) if all((x + k) in v.off for k in range(5))), d)
    net = c.line(v, [("city", 4), ("flat", 2), ("mob", 2), ("cc", 2)] if c.careful else [("cc", 3), ("own", 3), ("vpn", 3), ("mob", 2)] if not c.loud else [("dc", 4), ("own", 4), ("vpn", 2)])
    cl = c.gear(v); t = c.hour(v, d); how = r.choice(["helpdesk", "helpdesk", "sms", "email"])
    for i in range(r.choice([0, 0, 1]) if c.careful else r.choice([0, 1, 2, 3])): c.ev(t - 900 + i * 60, v.id, False, "login", "password", net(d), cl)
    for i in range(0 if c.careful else r.choice([0, 1, 2]) if not c.loud else r.randrange(2, 9)): c.ev(t + i * 70, v.id, False, "password_reset", how if how != "helpdesk" else r.choice(["sms", "email"]), net(d), cl)
    t += 1000
    if c.shut:
        c.ev(t, v.id, False, "password_reset", how, net(d), cl)
        if r.random() < .5: c.ev(t + 26 * HR, v.id, False, "password_reset", "helpdesk", net(d + 1), cl)
        return
    c.ev(t, v.id, True, "password_reset", how, net(d), cl); x = t + (r.uniform(60, 900) if not c.careful else r.uniform(.1, 8) * HR)
    w = net(x / DAY); c.ev(x, v.id, True, "login", "password", w, cl, c.vbytes(v)); c.ev(x + 30, v.id, True, "mfa_challenge", r.choice(["otp", "sms", "otp"]), w, cl)
    for dd in v.days:                                                                                       # the owner's own password no longer works
        y = at(v, dd, wstart(v) + r.uniform(0, .5))
        if y > x:
            if r.random() < .8:
                n, q = v.net(dd, 10, "main", r), v.browser("main", dd, r)
                for i in range(r.randrange(1, 5)): E(y + i * 30, v.id, False, "login", "password", n, q)
                v.stale(t, r)
                if r.random() < .75: c.end = c.notice(v, y + 200)
            break
    c.loot(v, x + 500, net, cl)

def dormant_revival(c):
    r = c.r; c.day = r.uniform(30, 47 if c.careful else 56); v = None
    for _ in range(200):
        v = r.choice(DORMANT)
        if not USED.get(v.id): break
    USED[v.id] = 1; net = c.line(v, [("city", 4), ("cc", 4), ("flat", 1)] if c.careful else [("cc", 2), ("own", 3), ("vpn", 3), ("dc", 2)] if not c.loud else [("dc", 4), ("own", 3), ("tor", 1)])
    cl = c.gear(v); t = c.hour(v, int(c.day)); c.end = t + r.uniform(4, 30) * DAY if r.random() < .4 else DAYS * DAY
    if r.random() < .3: c.ev(t - 300, v.id, True, "password_reset", r.choice(["email", "helpdesk"]), net(c.day), cl)
    if c.shut:
        for i in range(r.randrange(2, 6)): c.ev(t + i * r.uniform(60, 3000), v.id, False, "login", "password", net(t / DAY), cl)
        return
    if c.enter(v, t, net, cl, fails=r.choice([0, 0, 1, 2, 3])): c.loot(v, t + 400, net, cl, days=[int(c.day) + x for x in sorted(r.sample(range(1, 14), r.randrange(3, 9))) if (int(c.day) + x) % 7 < 5] or None)

def insider(c):
    r = c.r; kind = r.choice(["leaver", "colleague", "colleague", "admin", "seller", "exemp"]); c.end = DAYS * DAY
    if kind == "leaver":
        ls = [p for p in LIVE if 16 < p.leave < DAYS and not USED.get(p.id) and len(p.days) > 8] or LIVE; v = r.choice(ls); USED[v.id] = 1; last = [d for d in v.days if 10 <= d < v.leave][-r.randrange(6, 13) if c.careful else -5:]
        for d in last:
            for _ in range(1 if c.careful else r.randrange(1, 3) if not c.loud else r.randrange(2, 7)):
                k = r.choice(["main", "main", "git", "cli"]); h = wstart(v) + (r.uniform(.5, v.length) if c.careful else v.length + r.uniform(0, 4)); a, b = v.bytes(k if k != "main" else "main", r)
                f = r.uniform(1.2, 4) if c.careful else r.uniform(4, 25) if not c.loud else r.uniform(30, 300); c.ev(at(v, d, h), v.id, True, "login", {"main": "sso", "git": "pat", "cli": "device_code"}[k], v.net(d, h, k, r), v.get(k, d), (a, b * f))
    elif kind == "colleague":                                                                                # logs in as the neighbour, from the own desk
        v = c.victim(lambda p: p.role not in ("support", "partner", "freelance")); mates = [p for p in LIVE if p.studio == v.studio and p is not v and len(p.days) > 20 and (p.odays & v.odays or (p.remote and v.remote and p.cc == v.cc))] or LIVE
        w = r.choice(mates); days = [d for d in w.days if d >= c.day][:r.randrange(6, 14) if c.careful else r.randrange(2, 5)]; c.mate = w
        for i, d in enumerate(days):
            h = wstart(w) + r.uniform(0, w.length) if c.careful or r.random() < .5 else wstart(w) + w.length + r.uniform(0, 3); n = w.net(d, h, "main", r); q = w.browser(r.choice(["main", "main", "alt"]), d, r); x = at(w, d, h)
            if i == 0:
                for j in range(r.choice([0, 0, 1, 3])): c.ev(x - 200 + j * 40, v.id, False, "login", "password", n, q)
            c.ev(x, v.id, True, "login", "password" if i % 3 == 0 else "sso", n, q, c.vbytes(v))
            for j in range(0 if c.careful else r.randrange(0, 4)): c.ev(x + 300 + j * 700, v.id, True, "login", "sso", n, q, c.vbytes(v))
            if r.random() < .3 and mfa_on(v, d) in ("sms", "otp", "push"): c.ev(x + 30, v.id, r.random() < .6, "mfa_challenge", mfa_on(v, d), n, q)
    elif kind == "admin":                                                                                    # an administrator reads what is not his
        w = r.choice([p for p in LIVE if p.adm and len(p.days) > 20]); v = c.victim(lambda p: p.role in ("exec", "pub", "prod", "it")); days = [d for d in w.days if d >= c.day][:r.randrange(5, 10) if c.careful else r.randrange(1, 4)]
        for i, d in enumerate(days):
            h = w.start + (r.uniform(0, 8) if c.careful else r.uniform(8, 15)); n, q, x = w.net(d, h, "main", r), w.admc, at(w, d, h)
            c.ev(x, w.adm, True, "login", "password", n, q, c.vbytes(w)); c.ev(x + 14, w.adm, True, "mfa_challenge", "otp", n, q)
            if i == 0 and not c.careful: c.ev(x + 400, v.id, True, "password_reset", "helpdesk", n, q)
            for j in range(r.randrange(1, 3) if not c.loud else r.randrange(3, 9)): c.ev(x + 600 + j * 500, v.id if not c.careful or r.random() < .4 else w.adm, True, "login", "sso", n, q, c.vbytes(v))
    elif kind == "seller":                                                                                   # builds and leaks for money: own token, own rented machine
        v = c.victim(lambda p: p.role in ("dev", "qa", "art", "ops")); q = Client("api", "linux", r.choice(["git-lfs/3.6.1 (GitHub; linux amd64; go 1.23.3)", "curl/8.5.0", v.get("git", 20).brand]), r); box = r.choice(["hetzner", "contabo", "ovh", "do"])
        for d in range(int(c.day), min(DAYS, int(c.day) + (r.randrange(14, 30) if c.careful else r.randrange(2, 8)))):
            if c.careful and (d not in v.days or r.random() < .45): continue
            for _ in range(1 if c.careful else r.randrange(1, 5) if not c.loud else r.randrange(5, 14)):
                h = wstart(v) + v.length + r.uniform(0, 5) if not c.careful else wstart(v) + r.uniform(0, v.length)
                c.ev(at(v, d, h), v.id, True, "login", "pat", v.hm(d).net(d, r) if c.careful else net_dc(box, r, d, fixed=v.id + "x"), q, c.vbytes(v, "git"))
    else:                                                                                                    # gone, and the token or the session still lives
        ls = [p for p in LIVE if 8 < p.leave < 50 and not USED.get(p.id) and len(p.days) > 4] or LIVE; v = r.choice(ls); USED[v.id] = 1
        for d in sorted(r.sample(range(max(10, v.leave) + 1, DAYS), min(DAYS - max(10, v.leave) - 1, r.randrange(4, 11) if c.careful else r.randrange(2, 6)))) if max(10, v.leave) + 3 < DAYS else [58]:
            for _ in range(1 if c.careful else r.randrange(1, 4) if not c.loud else r.randrange(3, 10)):
                k = r.choice(["main", "git", "app"]); h = r.uniform(9, 23); c.ev(at(v, d, h), v.id, r.random() > .12, "login", {"main": "refresh_token", "git": "pat", "app": "refresh_token"}[k], v.hm(d).net(d, r) if r.random() < .8 else v.mobnet(d, r), v.get(k, d), c.vbytes(v, k))

def anonymiser(c):
    r = c.r; v = c.victim(lambda p: p.pvpn is not None and mfa_on(p, c.day) != "passkey" if c.careful and r.random() < .95 else mfa_on(p, c.day) != "passkey"); cl = c.gear(v)
    if c.careful and v.pvpn: pv = v.pvpn; net = lambda d: net_vpn(pv[0], pv[1][0] if r.random() < .8 else r.choice(pv[1]), r, int(clamp(d, 0, 59)))
    else: net = c.line(v, [("vpn", 4), ("dc", 1)] if c.careful else [("vpn", 5), ("dc", 3), ("tor", 2)] if not c.loud else [("tor", 6), ("dc", 2)])
    t = c.hour(v, int(c.day))
    if c.enter(v, t, net, cl, fails=r.choice([0, 0, 1]) if c.careful else r.choice([0, 1, 3])): c.loot(v, t + 300, net, cl)

def shared_device(c):
    r = c.r; lab = r.random() < .25; c.day = min(c.day, 50); v = c.victim((lambda p: p.lab) if lab else (lambda p: not p.lab and p.role not in ("support",) and not p.nocookie)); c.tz = v.tz
    k = r.choice(["main", "main", "alt", "pweb"]); shop = not lab and not c.careful and r.random() < .2; c.end = DAYS * DAY if r.random() < .6 else None
    quiet = [d for d in range(int(c.day), DAYS) if (d not in v.days or lab)][:r.randrange(6, 12)]; busy = [d for d in v.days if d >= c.day][:r.randrange(6, 14)]
    days = (busy if c.careful else quiet[:5] if r.random() < .5 else busy[:5]) or [int(c.day)]
    for i, d in enumerate(days):
        if d >= DAYS: continue
        at_home = not v.loc[d] or v.loc[d][1] == "family"
        cl = r.choice(v.labm) if lab else v.get(k, d); h = wstart(v) + (r.uniform(3.5, 5) if lab or (c.careful and r.random() < .5) else v.length + r.uniform(.5, 5) if not c.loud else r.uniform(10, 16)); x = at(v, d, h)
        n = net_biz(v.studio, "egress", r, d, 3) if lab else net_biz(v.city, "repair", r, d, 1) if shop else v.hm(d).net(d, r) if at_home else v.net(d, h, k, r)
        if k == "pweb" and r.random() < .3: n = v.mobnet(d, r)
        for j in range(r.choice([0, 0, 0, 1]) if c.careful else r.choice([0, 1, 2, 3]) if i == 0 and not c.shut else 2 if i == 0 else 0): c.ev(x - 120 + j * r.uniform(20, 30), v.id, False, "login", "password", n, cl)
        if c.shut and i == 0 and not c.careful: c.ev(x, v.id, False, "mfa_challenge", "push", n, cl); return
        c.ev(x, v.id, True, "login", r.choice(["sso", "sso", "refresh_token", "password"]), n, cl, c.vbytes(v, k))
        for j in range(0 if c.careful else r.randrange(0, 3) if not c.loud else r.randrange(2, 8)): c.ev(x + 200 + j * r.uniform(60, 900), v.id, True, "login", "sso", n, cl, c.vbytes(v, k))
        if c.goal == "access" and i == 1: c.ev(x + 400, v.id, True, "password_reset", "email", n, cl)

FAMS = [credential_stuffing, password_spray, brute_force, stolen_credentials, mfa_fatigue, session_theft, near_takeover, reset_takeover, dormant_revival, insider, anonymiser, shared_device]
LIVE, QALAB = [], {}
def main():
    build()
    for s in STUDIO: QALAB[s] = [p for p in PEOPLE if p.lab and p.studio == s]
    for p in PEOPLE:
        for d in range(DAYS): live_day(p, d)
    company(); bots(); LIVE.extend(p for p in PEOPLE if not p.dark)
    while True:
        plan = [R.randrange(12, 20) for _ in FAMS]
        if 174 <= sum(plan) <= 196: break
    for f, n in zip(FAMS, plan):
        k = -(-n // 3); styles = ["careful"] * (k + (R.random() < .4)) + ["ordinary"] * k; styles += ["loud"] * (n - len(styles))
        for i in range(n):
            c = Camp(f.__name__, i, styles[i]); f(c)
            if not c.n: sys.stderr.write("empty campaign %s %d\n" % (f.__name__, i))
    EVENTS.sort()
    with open(OUT, "w", encoding="utf-8") as fh:
        for _, line in EVENTS: fh.write(line + "\n")
if __name__ == "__main__": main()
