#!/usr/bin/env python3
"""Labelled logins of a Baltic ferry line: ships behind satellites, terminals with kiosks, offices, a call centre, drivers,
contractors on three continents.

Usage: ferries.py SEED OUTPUT.ndjson"""
import sys, json, math, random, zlib, datetime as dt
from collections import defaultdict

SEED = int(sys.argv[1]); OUT = sys.argv[2]
TENANT = "nordhav-ferries"
START = dt.datetime(2025, 5, 5, tzinfo=dt.timezone.utc)
NDAYS = 60
R = random.Random(SEED * 7919 + 13)
def crc(*a): return zlib.crc32(repr(a).encode())
def chance(p): return R.random() < p
def poisson(m):
    if m <= 0: return 0
    L = math.exp(-m); k = 0; p = 1.0
    while True:
        p *= R.random()
        if p <= L: return k
        k += 1
def wpick(items, w): return R.choices(items, w)[0]

# ------------------------------------------------------------------ geography
TZ = dict(SE=2, DE=2, DK=2, PL=2, NO=2, FI=3, EE=3, LV=3, LT=3, GB=1, NL=2, FR=2, ES=2, IT=2, GR=3, HR=2, TR=3, UA=3,
          RO=3, IN=5.5, PH=8, TH=7, US=-4, NG=1, RU=3, VN=7, BR=-3, CN=8, ID=7, CH=2, BG=3, MD=3, PT=1, AT=2, CZ=2, BE=2, AE=4)
C = {}
def city(cc, name, lat, lon, size=1): C[name] = (cc, lat, lon, size)
for row in """SE Gothenburg 57.7072 11.9668 12|SE Stockholm 59.3294 18.0687 12|SE Malmo 55.6059 13.0007 6|SE Trelleborg 55.3751 13.1569 3|SE Ystad 55.4297 13.8204 2
SE Karlskrona 56.1616 15.5866 3|SE Nynashamn 58.9034 17.9479 2|SE Visby 57.6409 18.2960 2|SE Halmstad 56.6745 12.8572 3|SE Varberg 57.1056 12.2508 2|SE Kungsbacka 57.4872 12.0761 3
SE Molndal 57.6554 12.0138 3|SE Boras 57.7210 12.9401 3|SE Helsingborg 56.0467 12.6944 4|SE Uppsala 59.8585 17.6454 4|SE Norrkoping 58.5942 16.1826 3|SE Kalmar 56.6616 16.3616 2
DE Kiel 54.3213 10.1349 5|DE Rostock 54.0887 12.1405 4|DE Lubeck 53.8689 10.6873 4|DE Hamburg 53.5507 9.9930 10|DE Sassnitz 54.5158 13.6410 1|DE Berlin 52.5244 13.4105 10|DE Frankfurt 50.1155 8.6842 6|DE Munich 48.1374 11.5755 6
DK Frederikshavn 57.4407 10.5366 2|DK Grenaa 56.4158 10.8782 2|DK Copenhagen 55.6759 12.5655 9|DK Aalborg 57.0480 9.9187 4|DK Aarhus 56.1567 10.2108 5
PL Gdynia 54.5189 18.5319 6|PL Gdansk 54.3523 18.6491 7|PL Swinoujscie 53.9105 14.2471 2|PL Szczecin 53.4289 14.5530 5|PL Warsaw 52.2298 21.0118 10|PL Sopot 54.4418 18.5601 2|PL Wejherowo 54.6058 18.2358 2
LV Liepaja 56.5047 21.0108 3|LV Ventspils 57.3894 21.5606 2|LV Riga 56.9460 24.1059 8|LT Klaipeda 55.7172 21.1175 4|LT Vilnius 54.6892 25.2798 6|LT Kaunas 54.9027 23.9096 4
FI Helsinki 60.1695 24.9354 8|FI Hanko 59.8236 22.9681 1|FI Turku 60.4515 22.2687 4|FI Espoo 60.2052 24.6522 4|EE Tallinn 59.4370 24.7535 6|EE Tartu 58.3806 26.7251 3
NO Oslo 59.9127 10.7461 8|NO Bergen 60.3930 5.3242 4|GB London 51.5085 -0.1257 14|GB Southampton 50.9040 -1.4043 3|GB Manchester 53.4809 -2.2374 6|NL Amsterdam 52.3740 4.8897 8|NL Rotterdam 51.9225 4.4792 6|BE Antwerp 51.2205 4.4003 4
FR Paris 48.8534 2.3488 12|FR Marseille 43.2970 5.3811 5|ES Malaga 36.7202 -4.4203 5|ES Palma 39.5694 2.6502 4|ES Madrid 40.4165 -3.7026 9|IT Rome 41.8919 12.5113 8|IT Milan 45.4643 9.1895 8|IT Genoa 44.4048 8.9444 4|GR Athens 37.9838 23.7278 6|GR Chania 35.5124 24.0180 2
HR Split 43.5089 16.4392 3|TR Antalya 36.9081 30.6956 5|TR Istanbul 41.0138 28.9497 10|UA Kyiv 50.4547 30.5238 8|UA Odesa 46.4775 30.7326 5|RO Cluj-Napoca 46.7667 23.6000 4|RO Bucharest 44.4323 26.1063 8
IN Bengaluru 12.9719 77.5937 10|IN Pune 18.5196 73.8553 7|IN Chennai 13.0878 80.2785 7|IN Mumbai 19.0728 72.8826 10|PH Manila 14.6042 120.9822 10|PH Quezon_City 14.6488 121.0509 8|PH Cebu_City 10.3167 123.8907 5|PH Iloilo 10.6969 122.5644 3
TH Bangkok 13.7540 100.5014 8|TH Phuket 7.8906 98.3981 3|US New_York 40.7143 -74.0060 10|US Miami 25.7743 -80.1937 6|US Ashburn 39.0437 -77.4875 4|NG Lagos 6.4541 3.3947 8|RU Moscow 55.7522 37.6156 10|RU Saint_Petersburg 59.9386 30.3141 8
VN Ho_Chi_Minh_City 10.8230 106.6296 8|BR Sao_Paulo -23.5475 -46.6361 10|CN Shanghai 31.2222 121.4581 10|ID Jakarta -6.2146 106.8451 8|CH Zurich 47.3667 8.5500 4|BG Sofia 42.6975 23.3241 5|BG Varna 43.2167 27.9167 3|MD Chisinau 47.0056 28.8575 3
PT Lisbon 38.7167 -9.1333 5|AT Vienna 48.2085 16.3721 6|CZ Prague 50.0880 14.4208 6|AE Dubai 25.0772 55.3093 5""".replace("\n", "|").split("|"):
    a = row.split(); city(a[0], a[1].replace("_", " "), float(a[2]), float(a[3]), int(a[4]))
CENT = dict(SE=(59.3247, 18.056), DE=(51.2993, 9.491), DK=(55.7123, 12.0564), PL=(52.2394, 21.0362), FI=(60.1717, 24.9349), EE=(59.0, 26.0), LV=(57.0, 25.0), LT=(56.0, 24.0))
CC_CITIES = defaultdict(list)
for n, (cc, *_r) in C.items(): CC_CITIES[cc].append(n)
def near_city(c):
    cc, la, lo, s = C[c]
    o = sorted((x for x in CC_CITIES[cc] if x != c), key=lambda x: (C[x][1]-la)**2+(C[x][2]-lo)**2)
    return o[0] if o else c

# fixed networks (asn, weight, daily churn of address, v6 share) / mobile (asn, v6 share, weight)
FIXED = dict(SE=[(3301,5,.01,.1),(1257,2,.015,.1),(39651,2,.01,.05),(29518,2,.01,.3),(8473,1.5,.02,.35),(8642,1,.02,.1)],
 DE=[(3320,5,.12,.5),(3209,2,.05,.3),(31334,2,.02,.3),(6805,1,.1,.2),(8881,1,.3,.3)], DK=[(3292,4,.02,.05),(44869,1,.02,.1),(39642,1.5,.02,.1)],
 PL=[(5617,4,.6,.15),(29314,1.5,.03,.05),(9141,2,.02,.1),(12741,1,.1,.0),(21021,1,.02,.1)], LV=[(12578,4,.05,.1),(20910,1,.03,0)], LT=[(8764,4,.05,.05),(21412,2,.02,0)],
 FI=[(719,3,.02,.2),(16086,2,.02,.3),(1759,2,.03,.1)], EE=[(3249,3,.03,.1),(2586,2,.03,.1)], NO=[(2119,3,.02,.2),(29695,2,.02,.1)],
 GB=[(2856,3,.1,.3),(5607,2,.02,.3),(5089,2,.01,0)], NL=[(1136,3,.01,.3),(33915,3,.01,.2)], BE=[(5432,2,.05,.2),(6848,2,.03,.2)], FR=[(3215,3,.02,.4),(12322,3,.0,.5)],
 ES=[(3352,3,.05,.05),(12479,2,.05,.1)], IT=[(3269,3,.1,.05),(30722,2,.05,.1)], GR=[(6799,3,.2,.2),(3329,1,.1,.1)], HR=[(5391,3,.2,.1)], TR=[(9121,3,.2,.0),(34984,2,.1,.0)],
 UA=[(15895,3,.1,0),(25229,2,.05,0),(13188,1,.03,0)], RO=[(8708,4,.1,.4),(9050,1,.1,.1)], IN=[(24560,3,.1,.2),(24309,2,.05,.0),(55836,3,.2,.6),(17488,1,.05,0)],
 PH=[(9299,3,.2,.0),(17639,3,.1,.1),(132199,2,.2,0)], TH=[(17552,2,.1,.1),(45758,2,.1,.2)], US=[(7922,4,.01,.4),(701,2,.02,.1),(7018,2,.01,.3)], NG=[(29465,2,.3,0),(36873,2,.3,0)],
 RU=[(12389,3,.1,0),(8402,2,.1,0)], VN=[(45899,3,.2,.2),(18403,2,.2,.1)], BR=[(27699,3,.2,.3),(28573,3,.1,.3)], CN=[(4134,3,.2,.1),(4837,2,.2,.1)], ID=[(7713,4,.3,0),(23700,1,.2,0)],
 CH=[(3303,3,.02,.2)], BG=[(8866,2,.1,0),(13124,2,.05,0)], MD=[(8926,3,.1,0)], PT=[(3243,2,.05,.2)], AT=[(8447,2,.1,.1)], CZ=[(5610,2,.05,.2)], AE=[(5384,3,.1,.1)])
MOBILE = dict(SE=[(3301,0.0,4),(1257,0,2),(44034,0,2)], DE=[(3320,.5,3),(3209,.1,3),(6805,.1,3)], DK=[(3292,0,3),(9158,0,2),(44034,0,1)], PL=[(5617,0,3),(12912,.6,3),(39603,0,2),(8374,.1,2)],
 LV=[(24921,0,3),(13194,0,2)], LT=[(8764,0,2),(13194,0,2),(15440,0,2)], FI=[(719,0,3),(16086,.4,2),(1759,0,2)], EE=[(3249,0,2),(2586,0,2)], NO=[(2119,.1,3)], GB=[(12576,.2,2),(25135,0,2)], NL=[(1136,.1,2),(50266,.3,2)],
 FR=[(3215,.2,2)], ES=[(3352,0,2),(12430,0,2)], IT=[(16232,0,2),(30722,0,2)], GR=[(29247,.1,2)], HR=[(5391,0,2)], TR=[(16135,0,3),(20978,0,2)], UA=[(15895,0,3),(21497,0,2)], RO=[(8708,.2,2),(8953,0,2)], IN=[(55836,.85,4),(45609,.5,3)],
 PH=[(132199,0,3),(10139,0,3)], TH=[(131445,.5,2)], US=[(21928,.8,2),(20057,.3,2)], NG=[(29465,0,3),(37148,0,2)], RU=[(8359,0,2)], VN=[(45899,.2,2)], BR=[(26599,.4,2)], CN=[(9808,.2,2)], ID=[(23693,.2,2)])
HOST = {16276:"Paris",24940:"Frankfurt",14061:"Amsterdam",51167:"Munich",20473:"London",63949:"London",16509:"Stockholm",8075:"Amsterdam",197540:"Berlin",44477:"Chisinau",200651:"Bucharest",49981:"Amsterdam",36352:"New York",210644:"Moscow"}
VPNX = [(39351,"Gothenburg"),(39351,"Stockholm"),(9009,"Stockholm"),(9009,"Copenhagen"),(9009,"Frankfurt"),(9009,"Warsaw"),(9009,"London"),(212238,"Amsterdam"),(212238,"Stockholm"),(60068,"Frankfurt"),(60068,"Warsaw"),
        (212238,"Helsinki"),(9009,"Oslo"),(9009,"Bucharest"),(62240,"Riga"),(136787,"Tallinn"),(212238,"Miami"),(62240,"Vilnius"),(147049,"Zurich"),(9009,"Mumbai"),(212238,"Manila")]
TORA = [(60729,"Frankfurt"),(208294,"Amsterdam"),(53667,"New York"),(208323,"Vienna"),(198093,"Stockholm"),(62744,"Bucharest")]

EUO=[2,5,31,37,46,62,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,109,145,151,176,178,185,188,193,194,195,212,213,217]
ASO=[27,36,42,49,58,59,101,103,106,110,112,113,114,115,116,117,118,119,120,122,124,125,171,175,180,182,183,202,203,210,223]
AMO=[24,45,50,63,66,67,68,69,70,71,72,73,74,75,76,96,98,99,104,107,108,174,177,179,186,187,189,191,200,201]
AFO=[41,102,105,154,155,156,160,165,196,197]
def centroid(cc):
    L=CC_CITIES[cc]; r=random.Random(crc('cent',cc)); return (round(sum(C[x][1] for x in L)/len(L)+r.uniform(-.8,.8),4),round(sum(C[x][2] for x in L)/len(L)+r.uniform(-.8,.8),4))
used16=set()
def new16(asn, cc, i):
    o = ASO if cc in("IN","PH","TH","VN","CN","ID") else AMO if cc in("US","BR") else AFO if cc=="NG" else EUO
    j=0
    while True:
        h=crc(asn,cc,i,j); p=(o[h%len(o)],(h>>9)%256)
        if p not in used16: used16.add(p); return p
        j+=1
def geo_block(cname, key, mobile=False):
    """what the GeoIP base says of a block: (cc, city, lat, lon)"""
    r=random.Random(crc("geo",key)); cc,la,lo,s=C[cname]; x=r.random()
    if x < (.45 if mobile else .07):
        if r.random()<.4: return (cc,None,None,None)
        la,lo=CENT.get(cc) or centroid(cc); return (cc,None,la,lo)
    if x < (.6 if mobile else .19):
        cname=near_city(cname); cc,la,lo,s=C[cname]
    if r.random()<.55: la+=r.uniform(-.06,.06); lo+=r.uniform(-.09,.09)
    return (cc,cname,round(la,4),round(lo,4))
class Pool:  # 24-blocks of (kind, asn, city)
    def __init__(s): s.cur={}; s.blocks={}
    def get(s, kind, asn, cname, n):
        k=(kind,asn,cname)
        if k in s.blocks: return s.blocks[k]
        cc=C[cname][0]; bl=[]
        for _ in range(n):
            st=s.cur.get((asn,cc))
            if not st or not st[2]:
                i=st[3]+1 if st else 0
                p=new16(asn,cc,i); rr=random.Random(crc(asn,cc,i)); th=list(range(256)); rr.shuffle(th); st=[p[0],p[1],th,i]; s.cur[(asn,cc)]=st
            b=(st[0],st[1],st[2].pop()); bl.append((b,geo_block(cname,(asn,)+b,kind=="m")))
        s.blocks[k]=bl; return bl
POOL=Pool()
class Addr:
    __slots__=("ip","asn","geo")
    def __init__(s,ip,asn,geo): s.ip=ip; s.asn=asn; s.geo=geo
def v4(b,h): return "%d.%d.%d.%d"%(b+(h,))
V6P={}
def v6block(asn,cname,n):
    k=(asn,cname)
    if k not in V6P:
        base=["2a%02x:%x"%(crc("v6",asn,C[cname][0])%0x12,0x100+crc("v6b",asn,C[cname][0])%0xfe00)]
        V6P[k]=[(base[0]+":%x"%(crc("v6c",asn,cname,i)%0xffff or 1),geo_block(cname,("6",asn,cname,i))) for i in range(n)]
    return V6P[k]
def iid(): return "%x:%x:%x:%x"%tuple(R.randrange(1,65536) for _ in range(4))
def fixed_isp(cc):
    L=FIXED[cc]; return wpick(L,[x[1] for x in L])
def fixed_addr(cname, asn=None, v6=True):
    cc=C[cname][0]; L=FIXED[cc]
    rec=next((x for x in L if x[0]==asn),None) or fixed_isp(cc)
    if v6 and chance(rec[3]*.45):
        b,g=R.choice(v6block(rec[0],cname,4)); return Addr("%s:%x:%s"%(b,R.randrange(1,65536),iid()),rec[0],g)
    b,g=R.choice(POOL.get("f",rec[0],cname,4+5*C[cname][3])); return Addr(v4(b,R.randrange(2,255)),rec[0],g)
class Home:
    def __init__(s,cname):
        s.city=cname; rec=fixed_isp(C[cname][0]); s.asn,_,s.churn,v=rec
        s.v6=None
        if chance(v*.8):
            b,g=R.choice(v6block(s.asn,cname,4)); s.v6=("%s:%x"%(b,R.randrange(1,65536)),g)
        s.ips={}; s.last=None
        s.new()
        s.iids={}
    def new(s):
        bl=POOL.get("f",s.asn,s.city,4+5*C[s.city][3])
        if s.last is None or chance(.35): s.b=R.choice(bl)
        s.last=Addr(v4(s.b[0],R.randrange(2,255)),s.asn,s.b[1])
    def addr(s,d,dev=None):
        if s.v6 and chance(.55):
            k=(d,getattr(dev,"id",None))
            if k not in s.iids: s.iids[k]=iid()
            return Addr(s.v6[0]+":"+s.iids[k],s.asn,s.v6[1])
        if d not in s.ips:
            if s.ips and chance(1-(1-s.churn)**max(1,d-max(s.ips))): s.new()
            s.ips[d]=s.last
        return s.ips[d]
GWC=dict(SE=["Stockholm","Gothenburg"],DE=["Frankfurt","Hamburg","Berlin"],PL=["Warsaw","Gdansk"],DK=["Copenhagen"],IN=["Mumbai","Chennai","Bengaluru"],PH=["Manila","Cebu City"])
def mob_isp(cc):
    L=MOBILE.get(cc)
    return wpick(L,[x[2] for x in L])[0] if L else None
def mobile_addr(cc, asn=None, gw=None):
    L=MOBILE.get(cc)
    if not L: return fixed_addr(R.choice(CC_CITIES[cc]))
    rec=next((x for x in L if x[0]==asn),None) or wpick(L,[x[2] for x in L])
    g=GWC.get(cc) or CC_CITIES[cc][:1]
    gi=g[(gw if gw is not None and chance(.8) else R.randrange(99))%len(g)]
    if chance(rec[1]):
        b,ge=R.choice(v6block(rec[0]+1000000,gi,6)); return Addr("%s:%x:%s"%(b,R.randrange(1,65536),iid()),rec[0],ge)
    b,ge=R.choice(POOL.get("m",rec[0],gi,5)); return Addr(v4(b,R.randrange(1,255)),rec[0],ge)
def static(asn,cname,n=1,geo=None):
    b,g=random.Random(crc("st",asn,cname,n)).choice(POOL.get("s%d"%n,asn,cname,1)); 
    cc,la,lo,_=C[cname]
    return [Addr(v4(b,10+i+crc(asn,cname,n)%100),asn,geo or (cc,cname,la,lo)) for i in range(n)]
VPNIPS={}
for i,(a,c) in enumerate(VPNX):
    bl=POOL.get("v",a,c,2); rr=random.Random(crc("vpn",i))
    VPNIPS.setdefault(c,[]).extend(Addr(v4(b,h),a,(C[c][0],c,C[c][1],C[c][2])) for b,g in bl for h in rr.sample(range(2,254),10))
TORIPS=[]
for a,c in TORA:
    bl=POOL.get("t",a,c,1); rr=random.Random(crc("tor",a)); TORIPS+=[Addr(v4(b,h),a,g) for b,g in bl for h in rr.sample(range(2,254),9)]
def host_addr(asn=None):
    asn=asn or R.choice(list(HOST)); b,g=R.choice(POOL.get("h",asn,HOST[asn],6)); return Addr(v4(b,R.randrange(2,254)),asn,g)
def relay_addr(cname):
    a=wpick([13335,36183,54113],[4,3,1]); b,g=R.choice(POOL.get("r",a,cname,2)); return Addr(v4(b,R.randrange(0,255)),a,(C[cname][0],cname,C[cname][1],C[cname][2]))
def vpn_addr(cc=None):
    cs=[c for c in VPNIPS if C[c][0]==cc] if cc else []
    return R.choice(VPNIPS[R.choice(cs or list(VPNIPS))])

# ------------------------------------------------------------------ devices
def hexid(n=20): return "".join(R.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(n))
def newid(): return "dt"+hexid()
def chrome(d): return 136+(d>=22)+(d>=50)
def fx(d): return 138+(d>=22)+(d>=50)
class Dev:
    def __init__(s,kind,browser,lag=None,stuck=None):
        s.id=newid(); s.kind=kind; s.br=browser; s.lag=lag if lag is not None else min(25,R.expovariate(.25)); s.stuck=stuck; s.seen=None
        s.model=R.random()
    def ua(s,d):
        e=d-s.lag; os={"win":"Windows NT 10.0; Win64; x64","mac":"Macintosh; Intel Mac OS X 10_15_7","linux":"X11; Linux x86_64"}.get(s.kind)
        c=s.stuck or (135 if e<-6 else chrome(e)); f=s.stuck or (137 if e<-6 else fx(e))
        if s.kind=="ios":
            v=("16_7_10","16.6") if s.model<.05 else ("17_7_2","17.7") if s.model<.15 else ("18_3_2","18.3") if s.model<.22 else (("18_5","18.5") if e>7 else ("18_4_1","18.4"))
            dv="iPad; CPU OS" if s.model>.93 else "iPhone; CPU iPhone OS"
            return "Mozilla/5.0 (%s %s like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Mobile/15E148 Safari/604.1"%(dv,v[0],v[1])
        if s.kind=="android":
            if s.br=="samsung": return "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/%d.0 Chrome/%d.0.0.0 Mobile Safari/537.36"%((28,130) if e>15 else (27,125))
            return "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36"%c
        if s.br=="firefox":
            o={"win":"Windows NT 10.0; Win64; x64","mac":"Macintosh; Intel Mac OS X 10.15","linux":"X11; Linux x86_64"}[s.kind]
            return "Mozilla/5.0 (%s; rv:%d.0) Gecko/20100101 Firefox/%d.0"%(o,f,f)
        if s.br=="safari": return "Mozilla/5.0 (%s) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Safari/605.1.15"%(os,"18.5" if e>7 else "18.4")
        if s.br=="edge": return "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36 Edg/%d.0.0.0"%(os,c,c)
        return "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36"%(os,c)
    def mail_ua(s):
        if s.kind=="ios": return "Apple-iPhone%dC%d/2207.%d"%(13+int(s.model*4),1+int(s.model*9)%4,20+int(s.model*80)) if s.model<.5 else "Outlook-iOS/2.0"
        if s.kind=="android": return "Outlook-Android/2.0" if s.model<.75 else "Android-Mail/2025.05.%02d"%(4+int(s.model*20))
        return "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.%d; Pro)"%(17928+int(s.model*4)*300)
def corp_laptop(): return Dev("win",wpick(["edge","chrome","firefox"],[6,4,.5])) if chance(.9) else Dev("mac",R.choice(["safari","chrome"]))
def phone(cc):
    p=.6 if cc in("SE","DK","NO","FI","GB") else .2 if cc in("IN","PH","UA") else .35
    return Dev("ios","safari") if chance(p) else Dev("android",wpick(["chrome","samsung"],[5,2]))
def private_pc():
    return Dev(wpick(["win","mac","linux"],[8,2.5,.3]),"x",stuck=109 if chance(.02) else None) if False else _pp()
def _pp():
    k=wpick(["win","mac","linux"],[8,2.5,.25]); b=wpick(["chrome","firefox","edge"],[6,1.5,2]) if k!="mac" else wpick(["safari","chrome"],[5,4])
    return Dev(k,b,stuck=(109 if b!="firefox" else 115) if (k=="win" and chance(.03)) else None)

# ------------------------------------------------------------------ emission
EV=[]            # (t, seq, dict)
BYU=defaultdict(list)
LIM=NDAYS*86400
def emit(uid,t,ok,et,am,a,did,ua,ch,vol=None,lab=None):
    if t<0 or t>=LIM: return None
    e={"user_id":uid,"success":bool(ok),"event_type":et,"auth_method":am,"_ch":ch,"_a":a,"_did":did,"_t":t}
    e["ip_address"]=a.ip
    if not chance(.004): e["asn"]=a.asn
    if not chance(.006):
        e["geo_location"]=a.geo[0]
        if a.geo[1]: e["city"]=a.geo[1]
        if a.geo[2] is not None: e["latitude"]=a.geo[2]; e["longitude"]=a.geo[3]
    if did and not (ch in("radius","api")) and not (ch=="mail" and chance(.97)) and not chance(.03 if ok else .1): e["device_id"]=did
    if ua and ch!="radius" and not chance(.006): e["user_agent"]=ua
    if et=="login" and ok:
        if vol and not chance(.03): e["bytes_in"],e["bytes_out"]=vol
    elif et=="login":
        if chance(.45): e["bytes_in"]=R.randrange(300,2600); e["bytes_out"]=R.randrange(400,5200)
    elif chance(.3): e["bytes_in"]=R.randrange(500,3000); e["bytes_out"]=R.randrange(600,6000)
    e["label"]=1 if lab else 0
    if lab: e["attack"],e["campaign"]=lab
    EV.append(e); BYU[uid].append(e); return e
def monthf(u,d):
    return u.mfac if (22<=d<=29 or 53<=d<=58) else 1.0
def vol(u,d,mult=1.0,ch="web"):
    f=monthf(u,d)*mult
    if ch=="mail": f*=.25
    if ch=="radius": f*=2.2
    if chance(u.burst): f*=R.lognormvariate(1.6,.8)
    bo=int(R.lognormvariate(u.mo,u.sd)*f)+900; bi=int(R.lognormvariate(u.mi,u.sd)*f)+400
    return (bi,bo)

class U: pass
USERS=[]; UM={}
n_id=[10240]
def mkuser(role,home_cc,home_city,site=None,prefix="nh"):
    u=U(); n_id[0]+=R.choice([1,1,1,2,3,5]); u.uid="%s%05d"%(prefix,n_id[0]); u.role=role; u.cc=home_cc; u.site=site; u.tz=TZ[home_cc]
    u.home=Home(home_city); u.city=home_city; u.masn=mob_isp(home_cc); u.gw=R.randrange(9)
    u.phone=phone(home_cc); u.lap=None; u.pc=_pp() if chance(.8) else u.phone
    u.mfa=None; u.passkey=None; u.trust={}; u.ptypo=min(.2,R.lognormvariate(-3.6,.7)); u.mfac=1.0; u.burst=.02
    u.mo,u.mi,u.sd=13.,11.,.9; u.start=0; u.end=NDAYS; u.leave=[]; u.vac=[]; u.trips=[]; u.expiry=R.randrange(0,90); u.lastreset=-9
    u.mailp=0; u.eve=.05; u.wfh=0; u.rate=1; u.h0=8; u.priv=chance(.03); u.cvpn=.5 if chance(.02) else 0; u.relay=(u.phone.kind=="ios" and chance(.12)); u.vpn=False; u.zs=False; u.tor=False
    u.deskmail=chance(.12); u.vps=host_addr(R.choice([24940,16276,14061,51167,36352,20473,197540,44477])) if chance(.012) else None; u.dormant=False; u.dead=False; u.moved=None
    USERS.append(u); UM[u.uid]=u; return u

CUR=None
def flow(u,t,a,dev,ch="web",fresh=True,lab=None,mult=1.0,ua=None,did=None,flaky=0.0,typos=True,vm=None):
    """an authentication that ends well (mostly); returns last event"""
    d=int(t//86400); did=did or dev.id; 
    if ua is None: ua=dev.mail_ua() if ch=="mail" else dev.ua(d)
    V=lambda: vol(u,d,mult,ch)
    if ch=="mail": return emit(u.uid,t,1,"login","password" if chance(u.mailpw) else "sso",a,did,ua,ch,V(),lab)
    if not fresh: return emit(u.uid,t,1,"login","sso",a,did,ua,ch,V(),lab)
    pk=u.passkey is not None and d>=u.passkey
    if pk and chance(.85) and ch!="radius":
        if chance(.03): emit(u.uid,t-R.uniform(5,30),0,"login","passkey",a,did,ua,ch,None,lab)
        return emit(u.uid,t,1,"login","passkey",a,did,ua,ch,V(),lab)
    if typos and chance(u.ptypo):
        k=1+poisson(.5); tt=t-R.uniform(4,25)
        if chance(.03): emit(typo_uid(u.uid),tt-R.uniform(5,20),0,"login","password",a,did,ua,ch,None,lab)
        for _ in range(k): emit(u.uid,tt,0,"login","password",a,did,ua,ch,None,lab); tt-=R.uniform(4,40)
        if k>=3 and chance(.5) and not lab:
            t=reset(u,t+R.uniform(30,400),a,dev,ch,did,ua)+R.uniform(10,90)
    m=u.mfa is not None and d>=u.mfa
    if m:
        tr=u.trust.get(did); need= tr is None or d-tr>=14 or ch=="radius"
        if need:
            tt=t-R.uniform(2,15)
            pf=.03+flaky
            tries=0
            while chance(pf) and tries<4:
                emit(u.uid,tt-R.uniform(20,90)*(1+tries),0,"mfa_challenge","mfa",a,did,ua,ch,None,lab); tries+=1
            if ch!="radius" or chance(.4): emit(u.uid,tt,1,"mfa_challenge","mfa",a,did,ua,ch,None,lab)
            u.trust[did]=d
            return emit(u.uid,t,1,"login","mfa",a,did,ua,ch,V(),lab)
    return emit(u.uid,t,1,"login","password",a,did,ua,ch,V(),lab)
def typo_uid(x):
    i=R.randrange(2,len(x)); return x[:i]+R.choice("0123456789")+x[i+1:]
def reset(u,t,a,dev,ch="web",did=None,ua=None,lab=None,helpdesk=None):
    d=int(t//86400); did=did or dev.id; ua=ua or dev.ua(d)
    hd=chance(.25) if helpdesk is None else helpdesk
    if not hd and chance(.12): emit(u.uid,t-R.uniform(30,300),0,"password_reset","magic_link" if chance(.6) else "password",a,did,ua,"web",None,lab)
    emit(u.uid,t,1,"password_reset","password" if hd else wpick(["magic_link","password","mfa"],[6,3,1.5]),a,did,ua,"web",None,lab); u.lastreset=d
    if u.mailp>.2 and chance(.3) and not lab:   # phone goes on with the old password
        tt=t+R.uniform(100,1500); k=1+poisson(3)
        for _ in range(k):
            emit(u.uid,tt,0,"login","password",mobile_addr(u.cc,u.masn,u.gw),u.phone.id,u.phone.mail_ua(),"mail",None,None); tt+=R.choice([300,600,900,900,1800])*R.uniform(.9,1.1)
    return t

# ------------------------------------------------------------------ the company
HQ_OLD=static(3301,"Gothenburg",4); HQ_NEW_WRONG=[Addr(a.ip,12552,("NO","Oslo",59.9127,10.7461)) for a in static(12552,"Gothenburg",3)]; HQ_NEW=static(12552,"Gothenburg",3)
MOVE=R.randrange(26,38)
SITES={"HQ":None,"Kiel":static(3320,"Kiel",2),"Gdynia":static(5617,"Gdynia",2),"Copenhagen":static(3292,"Copenhagen",2),"Riga":static(12578,"Riga",1),"Klaipeda":static(8764,"Klaipeda",1),"Helsinki":static(719,"Helsinki",1)}
TERM={c:static(FIXED[C[c][0]][0][0],c,1)+static(mob,c,1) if False else static(FIXED[C[c][0]][0][0],c,1) for c,mob in [(x,0) for x in ["Gothenburg","Trelleborg","Ystad","Karlskrona","Nynashamn","Visby","Kiel","Rostock","Lubeck","Sassnitz","Frederikshavn","Grenaa","Gdynia","Swinoujscie","Liepaja","Ventspils","Klaipeda","Hanko"]]}
TERM["Gothenburg"]=static(3301,"Gothenburg",2)
CVPN={"SE":static(12552,"Stockholm",6),"DE":static(3320,"Frankfurt",2)}
ZS={"SE":static(62044,"Stockholm",8),"DE":static(62044,"Frankfurt",8),"PL":static(62044,"Warsaw",5),"IN":static(53813,"Mumbai",4)}
VDI=static(8075,"Amsterdam",7)
IT_IN=static(9498,"Pune",3); AG_PH=static(9299,"Manila",2); DEV_RO=static(8708,"Cluj-Napoca",2); CALL_EE=static(3249,"Tallinn",1)
def hq(d): return R.choice(HQ_OLD if d<MOVE else HQ_NEW_WRONG if d<MOVE+6 else HQ_NEW)
def site_addr(s,d): return hq(d) if s=="HQ" else R.choice(SITES[s])
class Ship: pass
SHIPS=[]
routes=[("Gothenburg","Kiel",13),("Gothenburg","Frederikshavn",3.5),("Trelleborg","Rostock",6),("Trelleborg","Lubeck",8),("Karlskrona","Gdynia",10.5),("Nynashamn","Ventspils",9),("Nynashamn","Gdynia",18),("Ystad","Swinoujscie",6.5),("Liepaja","Lubeck",20),("Nynashamn","Visby",3.3),("Hanko","Rostock",20),("Klaipeda","Kiel",20),("Trelleborg","Swinoujscie",6.5),("Gothenburg","Kiel",13)]
for i,(a,b,h) in enumerate(routes):
    s=Ship(); s.a,s.b,s.h=a,b,h; s.off=R.uniform(0,30); s.name="ship%02d"%i
    s.vsat=[Addr(x.ip,x.asn,("NO","Oslo",59.9127,10.7461) if i%3 else ("GB","London",51.5085,-.1257)) for x in static(5377 if i%3 else 29286,"Oslo" if i%3 else "London",2+i)[-2:]]
    s.star_from=0 if i%2 else (R.randrange(15,45) if i in(2,6) else 999)
    s.pcs=[Dev("win",R.choice(["edge","firefox","chrome"]),lag=R.uniform(10,60),stuck=109 if chance(.15) else None) for _ in range(7)]; SHIPS.append(s)
STARG=[("DE","Frankfurt"),("SE","Stockholm"),("DK","Copenhagen")]
def ship_addr(s,t,crewwifi):
    per=2*(s.h+2.2); ph=((t/3600)+s.off)%per
    port=s.b if s.h<ph<s.h+2.2 else s.a if ph>2*s.h+2.2 else None
    d=int(t//86400)
    if port and chance(.7): return mobile_addr(C[port][0],{"SE":3301,"DE":3320,"DK":3292,"PL":5617,"LV":24921,"LT":8764,"FI":719}[C[port][0]],0)
    if d>=s.star_from or (crewwifi and s.star_from!=999):
        c=STARG[(crc(s.name,d//9))%3][1]; b,g=R.choice(POOL.get("star",14593,c,2)); return Addr(v4(b,(crc(s.name,d//2,crewwifi)%200)+20),14593,g)
    return R.choice(s.vsat)

HOL={"SE":{24:.9,25:.6,32:.95,46:.97},"DE":{24:.95,25:.5,35:.95},"DK":{24:.95,25:.5,31:.8,35:.95},"PL":{45:.95,46:.5},"FI":{24:.95,46:.97},"LV":{49:.95,50:.95},"LT":{50:.95},"EE":{49:.9,50:.95},"RO":{35:.9},"PH":{38:.7}}
hqtowns=["Gothenburg"]*6+["Molndal"]*2+["Kungsbacka"]*2+["Boras","Varberg","Halmstad"]
def office_user(role,cc,towns,site):
    c=R.choice(towns); u=mkuser(role,cc,c,site); u.lap=corp_laptop(); u.mfa=-1 if chance(.96) else None
    dep=wpick(["fin","it","rev","mkt","hr","ops","exec"],[15,12,20,10,8,32,3]); u.dep=dep; u.mailpw=.1
    u.mo,u.mi={"fin":(14.6,13.0),"it":(14.8,14.0),"rev":(14.5,12.6),"mkt":(16.2,15.2),"hr":(13.9,12.8),"ops":(14.0,12.4),"exec":(14.4,12.3)}[dep]
    u.mo+=R.gauss(0,.5); u.mi+=R.gauss(0,.5); u.sd=R.uniform(.6,1.2)
    u.mfac={"fin":2.4,"rev":1.5,"hr":1.3}.get(dep,1.05); u.burst={"mkt":.08,"it":.06,"fin":.04}.get(dep,.03)
    u.wfh=R.choice([0,0,.2,.4,.4,.5,.7]); u.rate=R.uniform(1,3.2)*(1.3 if dep in("it","rev") else 1); u.h0=R.gauss(8.1,.6); u.mailp=R.choice([.1,.3,.6,.9])*.7; u.eve=R.choice([.02,.05,.1,.25])
    u.vpn=chance(.5); u.zs=chance(.45); 
    if dep=="it" and chance(.7): u.passkey=R.choice([-1,-1,R.randrange(15,45)])
    elif chance(.3): u.passkey=R.randrange(20,58)
    return u
for _ in range(400): office_user("office","SE",hqtowns,"HQ")
for s,cc,tw,n in [("Kiel","DE",["Kiel","Kiel","Lubeck","Hamburg"],85),("Gdynia","PL",["Gdynia","Gdynia","Gdansk","Sopot","Wejherowo"],105),("Copenhagen","DK",["Copenhagen","Copenhagen","Aarhus"],55),("Riga","LV",["Riga","Riga","Liepaja"],50),("Klaipeda","LT",["Klaipeda"],40),("Helsinki","FI",["Helsinki","Espoo","Turku"],30)]:
    for _ in range(n): office_user("office",cc,tw,s)
for _ in range(110):
    s,cc,tw=R.choice([("HQ","SE",hqtowns),("HQ","SE",hqtowns),("Kiel","DE",["Kiel","Hamburg"]),("Gdynia","PL",["Gdynia","Gdansk"]),("Copenhagen","DK",["Copenhagen"])])
    u=office_user("travel",cc,tw,s); u.eve=.35; u.mailp=.8; u.mfa=-1
KIOSK={}
for c in TERM:
    KIOSK[c]=[Dev("win",R.choice(["edge","chrome"]),lag=R.uniform(5,40)) for _ in range(4 if C[c][3]<5 else 9)]
TN=list(TERM); TW=[3 if x in("Gothenburg","Trelleborg","Kiel","Gdynia","Rostock") else 1 for x in TN]
def low(u):
    u.mo,u.mi=12.6+R.gauss(0,.5),11.0+R.gauss(0,.5); u.sd=R.uniform(.6,1.1); u.mailpw=.6
def terminal_user(role="terminal",start=0):
    p=wpick(TN,TW); cc=C[p][0]; u=mkuser(role,cc,p if chance(.75) else near_city(p),p); low(u); u.start=start
    u.mfa=-1 if chance(.3) else R.randrange(26,52) if chance(.5) else None; u.cyc=R.randrange(10); u.rate=R.uniform(.2,1.2); u.mailp=R.choice([0,.05,.2]); u.eve=.03
    u.roll=R.randrange(38,47) if chance(.4) else None; u.mailpw=.5; return u
for _ in range(540): terminal_user()
for _ in range(880):
    s=R.choice(SHIPS); x=R.random()
    if x<.27: cc,c="PH",R.choice(["Manila","Quezon City","Cebu City","Iloilo"])
    elif x<.33: cc,c="UA",R.choice(["Kyiv","Odesa"])
    elif x<.7: cc="SE"; c=R.choice(CC_CITIES["SE"])
    elif x<.8: cc="PL"; c=R.choice(CC_CITIES["PL"])
    elif x<.9: cc=R.choice(["LV","LT","EE"]); c=R.choice(CC_CITIES[cc])
    else: cc=R.choice(["DE","DK","FI"]); c=R.choice(CC_CITIES[cc])
    u=mkuser("crew",cc,c,s); low(u); u.off=wpick([.0,.25,.6],[8,3,2]); u.on,u.of=(70,35) if cc=="PH" else (28,28) if cc=="UA" else R.choice([(14,14),(14,14),(7,7),(21,21)]); u.ph=R.randrange(u.on+u.of)
    u.officer=chance(.17); u.mfa=-1 if chance(.75 if u.officer else .2) else None; u.rate=R.uniform(.5,1.6)*(1.6 if u.officer else .75); u.lap=corp_laptop() if u.officer else None; u.mailp=.1; u.mailpw=.6
    if u.officer: u.mo+=1; u.mi+=1
for _ in range(165):
    x=R.random(); cc,tw,s=("PL",["Gdynia","Gdansk","Wejherowo","Sopot"],"Gdynia") if x<.5 else ("SE",hqtowns,"HQ") if x<.8 else ("EE",["Tallinn","Tartu"],"EE")
    u=mkuser("call",cc,R.choice(tw),s); low(u); u.mo+=1.2; u.lap=Dev("win","edge") if chance(.5) else Dev("linux","firefox",stuck=128); u.mfa=-1 if chance(.85) else None; u.wfh=R.choice([0,.3,.6,.8]); u.vdi=chance(.6); u.rate=R.uniform(1,2.5); u.cyc=R.randrange(7); u.h0=R.choice([7,7,9,11,13])
for _ in range(140):
    cc=wpick(["PL","LT","SE","DE","RO"],[5,3,2,1,1]); u=mkuser("driver",cc,R.choice(CC_CITIES[cc]),None); low(u); u.mo-=.8; u.mfa=-1 if chance(.4) else None; u.rate=R.uniform(.6,1.5); u.lbo=chance(.3); u.cyc=R.randrange(21)
for _ in range(72):
    u=mkuser("contr","IN",R.choice(["Pune","Pune","Bengaluru","Chennai"]),"IN",prefix="x-itm"); u.h0=R.choice([8.5,9.5,13,13,21.5])
    u.corp=IT_IN
for _ in range(28): u=mkuser("contr","PH",R.choice(["Manila","Quezon City"]),"PH",prefix="x-crw"); u.h0=9; u.corp=AG_PH
for _ in range(34): u=mkuser("contr","RO",R.choice(["Cluj-Napoca","Bucharest"]),"RO",prefix="x-dev"); u.h0=9.5; u.corp=DEV_RO
for _ in range(14): u=mkuser("contr","UA",R.choice(["Kyiv","Odesa"]),"UA",prefix="x-dev"); u.h0=10; u.corp=None
for u in USERS:
    if u.role=="contr":
        u.lap=corp_laptop(); u.mfa=-1; u.mailpw=.0; u.jump=host_addr(R.choice([24940,24940,14061,16276,63949,51167,20473])) if chance(.2) else None; u.rate=R.uniform(1,3); u.wfh=R.choice([.2,.5,.9]); u.mo,u.mi,u.sd=14.5+R.gauss(0,.5),13.4+R.gauss(0,.6),1.0; u.burst=.05; u.vdi=chance(.4); u.zs=u.cc=="IN" and chance(.5); u.cvpn=.3 if chance(.1) else u.cvpn; u.start=0 if chance(.85) else R.randrange(5,50)
        if chance(.1): u.end=R.randrange(15,58)
for _ in range(190):
    b=R.choice([7,14,21,21,28,28,28,35,35,42,49])+R.randrange(0,3)
    if chance(.55): u=terminal_user("season",b); u.mfa=None if chance(.75) else b
    else:
        s=R.choice(SHIPS); cc=R.choice(["SE","SE","SE","PL","LV","DK"]); u=mkuser("crew",cc,R.choice(CC_CITIES[cc]),s); low(u); u.on,u.of=14,7; u.ph=R.randrange(0,3)-b; u.officer=False; u.rate=R.uniform(.4,1); u.start=b; u.mailp=.05; u.mailpw=.6
# leavers, newcomers, leave, vacations, trips, mishaps
VACD=["Malaga","Palma","Chania","Athens","Split","Antalya","Rome","Phuket","Bangkok","Lisbon","Miami","Paris","Istanbul","Varna","Dubai"]
TRIPD=["Hamburg","London","Oslo","Amsterdam","Copenhagen","Helsinki","Gdansk","Berlin","Paris","Genoa","Athens","Riga","Zurich","Brussels" if False else "Antwerp","Stockholm","Gothenburg","Kiel","Southampton","New York","Mumbai","Manila","Shanghai","Istanbul","Ho Chi Minh City","Sao Paulo","Jakarta"]
TRW=[6,5,4,4,6,4,5,4,3,2,2,3,1,2,8,8,5,2,1,1,1,.7,1,.3,.3,.3]
for u in USERS:
    if u.role in("office","terminal","call","driver","crew") and u.start==0:
        x=R.random()
        if x<.025: u.start=R.choice([7,14,21,28,28,35,42,49])
        elif x<.05: u.end=R.choice([25,25,26,40,55,55])+R.randrange(0,2)
        elif x<.075: a=R.randrange(0,12); u.leave.append((a,a+R.randrange(18,48)))
        elif x<.09: u.leave.append((R.randrange(5,40),99))
    if u.role in("office","travel","call","terminal"):
        if chance(.3): a=R.randrange(0,55); u.vac.append((a,a+R.choice([3,5,8,8]),R.choice(VACD) if chance(.55) else None))
        if chance(.35): a=R.randrange(44,58); u.vac.append((a,99,R.choice(VACD) if chance(.35) else None))
    k={"travel":1+poisson(2.2),"office":poisson(.18),"contr":poisson(.05)}.get(u.role,0)
    for _ in range(k): a=R.randrange(0,57); u.trips.append((a,a+R.choice([1,2,2,3,4]),wpick(TRIPD,TRW)))
    u.newphone=R.randrange(0,60) if chance(.12) else None; u.newlap=R.randrange(24,31) if (u.role in("office","travel") and getattr(u,"dep","")=="fin" and u.site in("HQ","Kiel")) else R.randrange(0,60) if chance(.06) else None
    if u.role in("office","travel") and chance(.01): u.tor=False
    if chance(.03): u.moved=(R.randrange(10,55),R.choice([u.city,near_city(u.city)]))
for u in R.sample([x for x in USERS if x.role in("contr","office") ],3): u.tor=True
for u in R.sample([x for x in USERS if x.role in("office","travel") and x.start==0 and x.site in("HQ","Gdynia")],16):
    a=R.randrange(0,45); u.trips.append((a,a+R.randrange(6,25),R.choice(["Shanghai","Shanghai","Shanghai","Istanbul","Varna","Marseille"])))
# households
pl=R.sample(USERS,160)
for a,b in zip(pl[::2],pl[1::2]):
    if a.cc==b.cc: b.home=a.home; b.city=a.city; 
    if a.cc==b.cc and chance(.4): b.pc=a.pc
# dormant accounts
DORM=[]
for _ in range(125):
    x=R.random()
    if x<.4: u=office_user("office","SE",hqtowns,"HQ") if chance(.5) else office_user("office","PL",["Gdynia"],"Gdynia")
    elif x<.7: u=terminal_user()
    else:
        s=R.choice(SHIPS); cc=R.choice(["SE","PL","PH","LV","DE"]); u=mkuser("crew",cc,R.choice(CC_CITIES[cc]),s); low(u); u.on,u.of=14,7; u.ph=R.randrange(21); u.officer=False; u.rate=1.2; u.mailp=0; u.mailpw=.6
    if u.role!="office": u.mfa=None if chance(.8) else u.mfa
    elif chance(.4): u.mfa=None
    u.newphone=u.newlap=None; u.passkey=None; u.dormant=True; u.end=R.choice([0,5,8,10,12,14,15]) ; DORM.append(u)

# ------------------------------------------------------------------ honest days
def absent(u,d): return any(a<=d<b for a,b in u.leave)
def vacof(u,d):
    for a,b,c in u.vac:
        if a<=d<b: return (c or u.city,)
def tripof(u,d):
    for a,b,c in u.trips:
        if a<=d<=b: return c
WIFI={}
def wifi(cname,d):
    k=(cname,d//2,R.randrange(6)); 
    if k not in WIFI: WIFI[k]=fixed_addr(cname,v6=False)
    return WIFI[k]
def at_home(u,d,dev):
    if u.vps and dev.kind not in('ios','android') and chance(.5): return u.vps
    if u.cvpn and chance(u.cvpn): return vpn_addr(u.cc if chance(.6) else None)
    if u.tor and chance(.04): return R.choice(TORIPS)
    if u.relay and dev.kind in("ios",) and chance(.6): return relay_addr(u.city)
    if dev.kind in("ios","android") and chance(.3): return mobile_addr(u.cc,u.masn,u.gw)
    if u.lap is dev and chance(.03): return mobile_addr(u.cc,u.masn,u.gw)   # hotspot
    return u.home.addr(d,dev)
def pdid(u,dev): return newid() if (u.priv and dev is not u.lap and chance(.6)) else dev.id
def T(u,d,h): return (d*24+h-u.tz)*3600+R.uniform(-60,60)
def firstday(u,d,a,dev,t):
    reset(u,t-R.uniform(60,400),a,dev,helpdesk=chance(.5))
def expire(u,t,a,dev,ch="web"):
    d=int(t//86400)
    for k in range(1+poisson(.7)): emit(u.uid,t-R.uniform(200,600),0,"login","password",a,dev.id,dev.ua(d),ch,None)
    reset(u,t-R.uniform(20,150),a,dev,helpdesk=False)
def office_day(u,d):
    wd=d%7; v=vacof(u,d); trip=tripof(u,d)
    off=wd>=5 or chance(HOL.get(u.cc,{}).get(d,0)) or chance(.025)
    if v or absent(u,d):
        if v and chance(.12):
            dev=u.phone; c=v[0]
            a=(at_home(u,d,dev) if c==u.city else wpick([lambda:wifi(c,d),lambda:mobile_addr(u.cc,u.masn,u.gw),lambda:mobile_addr(C[c][0])],[5,3,2])())
            tz=TZ[C[c][0]]; flow(u,(d*24+R.uniform(8,22)-tz)*3600,a,dev,ch="mail" if chance(.6) else "web",did=pdid(u,dev),fresh=chance(.5))
        return
    if off and not trip:
        if chance(.15 if u.role=="travel" else .05):
            dev=u.phone if chance(.6) else u.lap; flow(u,T(u,d,R.uniform(8,22)),at_home(u,d,dev),dev,fresh=chance(.5),did=pdid(u,dev))
        return
    if trip:
        cc=C[trip][0]; tz=TZ[cc]
        for k in range(1+poisson(u.rate)):
            t=(d*24+min(23.5,max(5.5,R.gauss(13,4.5)))-tz)*3600; dev=u.lap if chance(.6) else u.phone
            if dev is u.phone: a=wpick([lambda:mobile_addr(u.cc,u.masn,u.gw),lambda:mobile_addr(cc),lambda:wifi(trip,d)],[5,1.5,3])()
            else: a=R.choice(CVPN["SE"]) if (u.vpn and chance(.35)) else R.choice(ZS["SE" if u.cc=="SE" else "DE"]) if (u.zs and chance(.4)) else wifi(trip,d)
            flow(u,t,a,dev,fresh=(k==0 or chance(.25)))
        return
    home=chance(u.wfh); zsx=R.choice(ZS.get(u.cc,ZS["DE" if u.cc!="FI" else "SE"]))
    base=u.home.addr(d,u.lap) if home else site_addr(u.site,d) if not u.zs else zsx
    t0=T(u,d,max(4.8,u.h0+R.gauss(0,.35))); dev=u.lap; n=poisson(u.rate)
    if home and u.vpn:
        flow(u,t0-R.uniform(20,400),u.home.addr(d,dev),dev,ch="radius"); base=R.choice(CVPN["DE" if u.cc in("DE",) else "SE"]) if chance(.6) else base
    elif home and u.zs: base=zsx if chance(.8) else base
    if home and u.cvpn and chance(.3): base=vpn_addr(u.cc)
    if u.expiry==d: expire(u,t0,base,dev)
    flow(u,t0,base,dev,fresh=chance(.7))
    for _ in range(n): flow(u,t0+R.uniform(600,8.4*3600),base if not chance(.04) else at_home(u,d,dev),dev,fresh=chance(.12))
    if chance(u.mailp): 
        ph=u.phone; a=mobile_addr(u.cc,u.masn,u.gw) if chance(.55) else (u.home.addr(d,ph) if chance(.6) else site_addr(u.site,d)); flow(u,T(u,d,R.uniform(6.3,22.5)),a,ph,ch="mail")
    if u.deskmail and chance(.3): flow(u,t0+R.uniform(60,20000),base,u.lap,ch='mail')
    if chance(u.eve*(1.6 if (22<=d<=29 and getattr(u,'dep','')=="fin") else 1)):
        dv=u.lap if chance(.5) else u.phone if chance(.6) else u.pc; flow(u,T(u,d,R.uniform(18.5,23.7)),at_home(u,d,dv),dv,fresh=chance(.5),did=pdid(u,dv))
def shift_day(u,d):
    if vacof(u,d) or absent(u,d): return
    k=(d+u.cyc)%10; sh="MMAANN----"[k]
    if sh=="-" or chance(.04):
        if chance(.07): dv=u.phone if chance(.75) else u.pc; flow(u,T(u,d,R.uniform(8,23)),at_home(u,d,dv),dv,did=pdid(u,dv),fresh=chance(.7))
        return
    h={"M":6,"A":14,"N":22}[sh]; pc=R.choice(KIOSK[u.site]); a=R.choice(TERM[u.site])
    if chance(.07): a=mobile_addr(u.cc,FIXED_MOB.get(u.cc),1)   # 4G reserve line of the terminal
    if u.expiry==d: expire(u,T(u,d,h+.1),a,pc)
    if chance(.8): flow(u,T(u,d,h+R.gauss(0.0,.18)),a,pc)
    for _ in range(poisson(u.rate)):
        ph=chance(.4); dv=u.phone if ph else R.choice(KIOSK[u.site]); flow(u,T(u,d,h+R.uniform(.3,7.7)),(mobile_addr(u.cc,u.masn,u.gw) if chance(.6) else a) if ph else a,dv,fresh=chance(.7))
    if chance(u.mailp): flow(u,T(u,d,R.uniform(6,23)),at_home(u,d,u.phone),u.phone,ch="mail")
FIXED_MOB={"SE":3301,"DE":3320,"DK":3292,"PL":5617,"LV":24921,"LT":8764,"FI":719}
def crew_day(u,d):
    if absent(u,d): return
    ph=(d+u.ph)%(u.on+u.of); s=u.site
    if ph>=u.on:
        if chance(.09):
            dv=u.phone if chance(.75) else u.pc; flow(u,T(u,d,R.uniform(8,23)),at_home(u,d,dv),dv,did=pdid(u,dv),fresh=chance(.8))
        return
    n=poisson(u.rate)
    if ph==0: n+=1
    if ph==0 and u.cc in("PH","UA") and chance(.4):   # on the way
        c=R.choice(["Dubai","Istanbul","Amsterdam","Frankfurt","Copenhagen"]); t=(d*24-R.uniform(4,20))*3600
        flow(u,t,wifi(c,d),u.phone)
    for i in range(n):
        h=R.choice([5.8,6,7.5,12.3,13,17.8,18,19,21,23.5])+R.gauss(0,.7); t=(d*24+h-2)*3600; own=chance(.35)
        dv=u.phone if own else (u.lap if u.officer else R.choice(s.pcs)); a=ship_addr(s,t,own)
        if own and chance(.12): a=mobile_addr(u.cc,u.masn,u.gw)
        if u.expiry==d and i==0: expire(u,t,a,dv)
        flow(u,t,a,dv,fresh=chance(.75),flaky=.1)
def call_day(u,d):
    if (d+u.cyc)%7 in(0,1) or vacof(u,d) or absent(u,d) or chance(.04): return
    if HOL.get(u.cc,{}).get(d) and chance(.4): return
    home=chance(u.wfh); off=(SITES[u.site] if u.site in SITES and u.site!="HQ" else CALL_EE if u.site=="EE" else None)
    a=u.home.addr(d,u.lap) if home else (R.choice(off) if off else hq(d)); t=T(u,d,u.h0+R.gauss(0,.08))
    if u.expiry==d: expire(u,t,a,u.lap)
    flow(u,t,a,u.lap); b=R.choice(VDI) if u.vdi else a
    for _ in range(poisson(u.rate)): flow(u,t+R.uniform(60,8*3600),b,u.lap if not u.vdi else VD[crc(u.uid,d)%len(VD)],fresh=chance(.15))
VD=[Dev("win","edge",lag=8) for _ in range(60)]
def driver_day(u,d):
    if (d+u.cyc)%21>=14+(u.cyc%3):
        if chance(.06): flow(u,T(u,d,R.uniform(8,22)),at_home(u,d,u.phone),u.phone)
        return
    land=R.choice(["SE","DE","PL","DK","LT"]) 
    for _ in range(poisson(u.rate)):
        a=mobile_addr(land) if u.lbo and chance(.6) else mobile_addr(u.cc,u.masn,u.gw)
        if chance(.06): a=wifi(R.choice(CC_CITIES[land]),d)
        flow(u,T(u,d,wpick([5,9,13,18,21],[4,2,2,2,1])+R.gauss(0,1.2)),a,u.phone,fresh=chance(.6),flaky=.04)
def contr_day(u,d):
    if d%7>=5 and not (u.h0>20 and chance(.3)) : 
        if not chance(.04): return
    if chance(HOL.get(u.cc,{}).get(d,0)) or chance(.04): return
    home=chance(u.wfh) or not u.corp; a=u.home.addr(d,u.lap) if home else R.choice(u.corp)
    if u.zs and chance(.7): a=R.choice(ZS["IN"])
    if u.cvpn and chance(u.cvpn): a=vpn_addr("SE" if chance(.5) else None)
    if u.tor and chance(.05): a=R.choice(TORIPS)
    t=T(u,d,u.h0+R.gauss(0,.5)); flow(u,t,a,u.lap)
    if u.expiry==d: expire(u,t-600,a,u.lap)
    for _ in range(poisson(u.rate)):
        b=R.choice(VDI) if u.vdi and chance(.7) else a
        if u.jump and chance(.12): b=u.jump
        flow(u,t+R.uniform(300,8.5*3600),b,u.lap if b.asn!=8075 else VD[crc(u.uid,0)%len(VD)],fresh=chance(.2))
DAY=dict(office=office_day,travel=office_day,terminal=shift_day,season=shift_day,crew=crew_day,call=call_day,driver=driver_day,contr=contr_day)
for u in USERS:
    if u.start>0 and u.start<NDAYS:  # induction
        d=u.start; room=KIOSK[u.site][d%2] if u.role in("season","terminal") else (u.lap or R.choice(u.site.pcs) if u.role=="crew" else u.lap or u.phone)
        a=R.choice(TERM[u.site]) if u.role in("season","terminal") else ship_addr(u.site,d*86400+32000,False) if u.role=="crew" else u.home.addr(d,room) if u.role in("driver","contr") else site_addr(u.site if u.site in SITES else "HQ",d)
        t=T(u,d,R.uniform(8.3,11)); firstday(u,d,a,room,t); flow(u,t,a,room)
    ret=[b for a,b in u.leave if b<60]
    for d in range(u.start,min(u.end,NDAYS)):
        if u.newphone==d or getattr(u,"roll",None)==d: u.phone=phone(u.cc)
        if u.newlap==d and u.lap: u.lap=corp_laptop()
        if u.moved and u.moved[0]==d: u.home=Home(u.moved[1]); u.city=u.moved[1]
        if chance(.0015): u.phone.id=newid()      # cookies cleared
        if u.lap and chance(.002): u.lap.id=newid()
        if d in ret:   # back from leave: forgotten password, often other phone
            if chance(.5): u.phone=phone(u.cc)
            dv=u.lap or u.phone; a=at_home(u,d,dv); t=T(u,d,R.uniform(7.5,10))
            if chance(.6):
                for k in range(1+poisson(1.2)): emit(u.uid,t-R.uniform(400,900),0,"login","password",a,dv.id,dv.ua(d),"web",None)
                reset(u,t-R.uniform(60,300),a,dv)
            flow(u,t,a,dv)
        DAY[u.role](u,d)
        if chance(.0022) and not absent(u,d):  # forgotten password out of the blue
            dv=R.choice([u.phone,u.phone,u.pc,u.lap or u.pc]); a=at_home(u,d,dv); t=T(u,d,R.uniform(7,23))
            for k in range(poisson(2)): emit(u.uid,t-R.uniform(60,700),0,"login","password",a,dv.id,dv.ua(d),"web",None)
            reset(u,t,a,dv); flow(u,t+R.uniform(20,200),a,dv,typos=False)
        if chance(.0012) and u.mfa is not None:  # pushes denied / left lying
            dv=u.lap or u.phone; a=at_home(u,d,dv); t=T(u,d,R.uniform(6,23))
            for k in range(1+poisson(2)): emit(u.uid,t,0,"mfa_challenge","mfa",a,dv.id,dv.ua(d),"web",None); t+=R.uniform(20,200)
            if chance(.7): flow(u,t,a,dv,typos=False)
# lent devices, late evenings on somebody's pc, the shared function accounts
act=[u for u in USERS if not u.dormant]
for _ in range(260):
    a,b=R.sample([x for x in act if x.role in("office","call","contr","travel")],2); d=R.randrange(60)
    if a.site==b.site and a.start<=d<a.end and b.start<=d<b.end or chance(.02): flow(a,T(a,d,R.uniform(8,17)),site_addr(b.site if b.site in SITES else "HQ",d),b.lap)
for i in range(30):
    c=R.choice(TN); u=mkuser("func",C[c][0],c,c,prefix="fn-"); u.uid="fn-%s-%02d"%(c.lower(),i); low(u); u.newphone=None
    for d in range(60):
        for _ in range(poisson(1.6)): 
            pc=R.choice(KIOSK[c]) if chance(.85) else Dev("android","chrome"); flow(u,T(u,d,R.uniform(4,24)),R.choice(TERM[c]) if chance(.85) else mobile_addr(C[c][0],FIXED_MOB[C[c][0]],1),pc)
SVUA=["python-requests/2.32.3","python-requests/2.31.0","Apache-HttpClient/4.5.14 (Java/17.0.11)","Go-http-client/2.0","curl/8.5.0","okhttp/4.12.0","PostmanRuntime/7.43.4","Java-http-client/21.0.2"]
for i in range(28):
    u=mkuser("svc","SE","Gothenburg","HQ",prefix="svc-"); u.uid="svc-"+["booking","edi","manifest","payroll","gds","ais","fuel","crm","bi","backup"][i%10]+"-%02d"%i; u.mailpw=1
    u.newphone=None; u.mo,u.mi,u.sd=R.uniform(11,17),R.uniform(10,16),R.uniform(.2,.7); u.burst=.01; u.mfa=None
    a=[R.choice(VDI),host_addr(16509),host_addr(24940),HQ_OLD[0],host_addr(R.choice([8075,16276,14061,63949,49981]))][i%5]; ua=R.choice(SVUA); am="certificate" if i%3==0 else "password"
    step=R.choice([1800,3600,7200,14400,86400]); t=R.uniform(0,step); rot=R.randrange(5,58)*86400+36000 if chance(.5) else None
    while t<LIM:
        d=int(t//86400); x=a if a is not HQ_OLD[0] else (HQ_OLD[0] if d<MOVE else HQ_NEW[0])
        if rot and rot<t<rot+R.uniform(.3,1)*14400: emit(u.uid,t,0,"login",am,x,None,ua,"api",None); t+=R.choice([60,300,600]); continue
        emit(u.uid,t,1,"login",am,x,None,ua,"api",vol(u,d)); t+=step*R.uniform(.97,1.03)
# engineers with scripts; a few with odd clients
for u in R.sample([x for x in act if x.role in("contr","office") and (x.role=="contr" or x.dep=="it")],22):
    ua=R.choice(SVUA)
    for _ in range(poisson(14)):
        d=R.randrange(u.start,max(u.start+1,u.end)); t=T(u,d,R.uniform(9,19)); 
        for k in range(1+poisson(1)): emit(u.uid,t+k*R.uniform(2,200),not chance(.2),"login","password",at_home(u,d,u.lap) if chance(.6) else R.choice(VDI),None,ua,"api",vol(u,d))
# outages: failure storms
def storm(d,h,dur,sel,etype,am,p):
    for u in act:
        if not sel(u) or not (u.start<=d<u.end) or absent(u,d) or vacof(u,d) or not chance(p): continue
        t=(d*24+h+R.random()*dur)*3600
        pool=[e for e in BYU[u.uid] if abs(e["_t"]-t)<2*86400 and e["_ch"]!="api" and e["success"]]
        if not pool: continue
        e=R.choice(pool); k=1+poisson(2.2)
        for _ in range(k):
            if t<(d*24+h+dur)*3600: emit(u.uid,t,0,etype,am,e["_a"],e["_did"],e.get("user_agent"),e["_ch"],None)
            t+=R.uniform(8,400)
storm(R.choice([15,16,17,18]),5.6,2.2,lambda u:u.role in("office","call","travel","contr","terminal"),"login","password",.45)
storm(R.choice([29,30,37,38]),7,1.5,lambda u:u.cc=="PL","login","password",.6)
storm(R.choice([44,45,50,51]),6,3,lambda u:u.mfa is not None,"mfa_challenge","mfa",.3)
sh=R.choice(SHIPS); storm(R.randrange(20,55),9,8,lambda u:u.role=="crew" and u.site is sh,"login","sso",.5)
HON=len(EV)

# ------------------------------------------------------------------ attackers
NOM=[None]
def emp(d,role=None,f=None):
    for _ in range(4000):
        u=R.choice(act)
        if u.role in("svc","func") : continue
        if role and u.role not in role: continue
        if not (u.start+3<=d<(u.end-1 if u.end<60 else 99)) or absent(u,d): continue
        if f and not f(u): continue
        return u
    return R.choice([x for x in act if x.start==0 and x.end>=60 and x.role not in('svc','func')])
def nomfa(d): return lambda u: u.mfa is None or u.mfa>d+4
def hasmfa(d): return lambda u: u.mfa is not None and u.mfa<d and (u.passkey is None or u.passkey>d)
COMMON=["SE","DE","PL","DK","LV","LT","FI","NL","GB"]
FAR=["NG","RU","VN","BR","CN","ID","TR","RO","US","UA","BG","MD","IN"]
def resid(cc,city=None,asn=None):
    c=city or wpick(CC_CITIES[cc],[C[x][3] for x in CC_CITIES[cc]]); return fixed_addr(c,asn) if chance(.8) or city else mobile_addr(cc)
def place(lv,u):
    """a place for the attacker of stealth lv against u"""
    if lv==0: return host_addr(R.choice([14061,16276,44477,200651,36352,210644,51167])) if chance(.5) else resid(R.choice(FAR))
    if lv==1: return wpick([lambda:vpn_addr(None),lambda:host_addr(),lambda:resid(R.choice(COMMON+["RO","US","ES","IT"]))],[3,2,4])()
    if lv==2: return wpick([lambda:resid(u.cc),lambda:vpn_addr(u.cc),lambda:mobile_addr(u.cc),lambda:resid(R.choice(["SE","DE","PL","DK"]))],[6,1,1.5,1])()
    return wpick([lambda:fixed_addr(u.city,u.home.asn),lambda:fixed_addr(u.city),lambda:mobile_addr(u.cc,u.masn,u.gw)],[3,3,3])()
def adev(lv,u=None,d=30):
    if lv==0: return Dev(R.choice(["win","win","linux","android"]),R.choice(["chrome","firefox"]),stuck=R.choice([None,None,109,115,120,124]))
    if lv>=2 and u is not None and chance(.55 if lv==2 else .8):
        m=R.choice([x for x in(u.lap,u.phone) if x]); n=Dev(m.kind,m.br,lag=m.lag,stuck=m.stuck); n.model=m.model; return n
    return _pp() if chance(.75) else phone(u.cc if u else "SE")
SCRIPT=["python-requests/2.32.3","python-requests/2.31.0","Go-http-client/2.0","curl/8.5.0","okhttp/4.12.0"]
def when(lv,u,day,span=1.0):
    """plausible hour for careful ones, anything for loud ones"""
    d=min(59,day+(R.uniform(0,span) if span>1 else 0)); d=int(d)
    if lv<=1 and chance(.7 if lv==0 else .45): return d*86400+R.uniform(0,86400)
    if lv>=2:
        k=0
        while d%7>=5 and k<6 and u.role in("office","travel","contr") and d<59: d+=1; k+=1
    hs=sorted(((e["_t"]/3600)%24) for e in BYU[u.uid][-40:] if not e["label"]) if lv==3 else []
    h=(R.choice(hs)+R.gauss(0,.5))%24 if hs else min(21.9,max(5,R.gauss(12.5,3.2)))-min(u.tz,3)
    return d*86400+(h%24)*3600
def bad(u,t,a,dev,ch,lab,ua=None,uid=None):
    d=int(t//86400); emit(uid or u.uid,t,0,"login","password",a,None if ua in SCRIPT else dev.id,ua or (dev.mail_ua() if ch=="mail" else dev.ua(d)),ch,None,lab)
def good(u,t,a,dev,lab,lv,ch="web",n=None,mult=None,ua=None,fresh=True,did=None,am=None):
    """success, and what follows of it"""
    mult=mult or {0:R.uniform(2,8),1:R.uniform(1,4),2:R.uniform(.5,1.8),3:R.uniform(.5,1.2)}[lv]
    d=int(t//86400)
    if ch=="web" and fresh and am is None and u.mfa is not None and d>=u.mfa and dev.id not in u.trust and lab[0] not in("mfa_fatigue","reset_takeover","session_theft") and chance(.14):
        for _ in range(R.choice([1,1,2,3])): emit(u.uid,t,0,"mfa_challenge","mfa",a,did or dev.id,ua or dev.ua(d),"web",None,lab); t+=R.uniform(15,90)
        return False
    pk=u.passkey; u.passkey=None      # attackers use what is not bound to the device
    m=u.mfa
    if ch in("mail","api"): emit(u.uid,t,1,"login",am or "password",a,did or dev.id,ua or (dev.mail_ua() if ch=="mail" else dev.ua(d)),ch,vol(u,d,mult,ch),lab)
    else: flow(u,t,a,dev,ch=ch,fresh=fresh,lab=lab,mult=mult,ua=ua,did=did,typos=False)
    k=n if n is not None else {0:R.randrange(2,8),1:R.randrange(1,5),2:R.randrange(0,4),3:R.randrange(0,2)}[lv]
    tt=t
    for _ in range(k):
        tt+=wpick([R.uniform(120,3000),R.uniform(3600,30000),86400*R.choice([1,1,2,3])+R.gauss(0,3000)],[4,2,2 if lv else .5])
        flow(u,tt,a if chance(.6) else SAME(a,u,lv),dev,fresh=chance(.3),lab=lab,mult=mult,ua=ua if ch!="mail" else None,did=did,typos=False)
    u.passkey=pk; return True
def SAME(a,u,lv):  # residential proxies rotate
    if a.asn in HOST or lv==0: return a
    return place(lv,u)
def respond(u,t,p=.55):
    if chance(p):
        t=t+R.uniform(3*3600,4*86400); d=int(t//86400)
        if d<60 and d<u.end:
            dv=u.lap or u.phone; a=at_home(u,d,dv); reset(u,t,a,dv,helpdesk=True); flow(u,t+R.uniform(30,400),a,dv,typos=False)
CN=defaultdict(int)
def unknown(): return "nh%05d"%R.randrange(10240,n_id[0]+900)

def f_stuff(lv,day,lab):
    n={0:R.randrange(110,260),1:R.randrange(30,90),2:R.randrange(6,20),3:R.randrange(3,7)}[lv]; t=day*86400+R.uniform(0,80000)
    gap={0:R.uniform(1,6),1:R.uniform(20,300),2:R.uniform(2000,20000),3:R.uniform(15000,60000)}[lv]
    hit={0:.012,1:.02,2:.1,3:.3}[lv]; ips=[place(lv,R.choice(act)) for _ in range({0:3,1:12,2:99,3:99}[lv])]; dev=adev(lv); scr=R.choice(SCRIPT) if lv==0 and chance(.6) else None; got=0
    ch="mail" if chance(.25) else "web"
    for i in range(n):
        d=int(t//86400)
        if t>=LIM-3600: break
        last=i==n-1 and not got and lv>=2
        u=emp(d,f=nomfa(d)) if (last or chance(.3)) else emp(d); a=R.choice(ips) if lv<2 else place(lv,u)
        if lv>=1 or chance(.3): dev=adev(lv,u,d)
        if chance({0:.25,1:.12,2:.04,3:0}[lv]): bad(None,t,a,dev,ch,lab,scr,uid=unknown())
        elif (chance(hit) or last):
            got+=1
            if u.mfa is None or u.mfa>d: good(u,t,a,dev,lab,lv,ch,ua=scr); respond(u,t,.3)
            else:
                for _ in range(R.choice([1,1,2])): emit(u.uid,t,0,"mfa_challenge","mfa",a,dev.id,dev.ua(d),"web",None,lab); t+=R.uniform(10,40)
        else:
            bad(u,t,a,dev,ch,lab,scr)
            if chance(.2): bad(u,t+R.uniform(2,20),a,dev,ch,lab,scr)
        t+=gap*R.expovariate(1)+.3
def f_spray(lv,day,lab):
    n={0:R.randrange(120,260),1:R.randrange(40,100),2:R.randrange(12,35),3:R.randrange(5,10)}[lv]; rounds={0:R.choice([1,2]),1:R.choice([1,2]),2:1,3:1}[lv]
    us=[]; 
    role=R.choice([None,["crew"],["terminal","season"],["office","travel"],["office"]])
    while len(us)<n:
        u=emp(day,role if lv>=1 else None); us.append(u)
    ch=wpick(["web","mail","radius"],[5,3,2]); a=place(lv,us[0]); dev=adev(lv,us[0]); ips=[place(lv,us[0]) for _ in range(8)]; scr=R.choice(SCRIPT) if lv==0 and ch=="web" and chance(.5) else None
    t=day*86400+R.uniform(0,80000); gap={0:R.uniform(2,12),1:R.uniform(60,600),2:R.uniform(1800,14000),3:R.uniform(12000,50000)}[lv]; hits=set()
    nh={0:R.choice([0,1,2,3]),1:R.choice([0,1,1]),2:R.choice([0,1,1]),3:1}[lv]
    for r in range(rounds):
        for i,u in enumerate(us):
            if t>=LIM: return
            d=int(t//86400)
            if lv>=2: a=place(lv,u); dev=adev(lv,u,d) if ch!="mail" else adev(lv,u,d)
            elif lv==1: a=R.choice(ips)
            left=(rounds-r)*n-i
            if nh>len(hits) and (chance(.01) or (r==rounds-1 and i>=n-nh)):
                v=emp(d,role if lv>=1 else None,f=nomfa(d)) ; hits.add(v.uid); good(v,t,a,dev,lab,lv,ch,ua=scr); respond(v,t,.3)
            else: bad(u,t,a,dev,ch,lab,scr)
            t+=gap*R.uniform(.4,1.7)
        t+=R.uniform(3600,86400)
def f_brute(lv,day,lab):
    u=emp(day,f=nomfa(day) if chance(.65) else None); n={0:R.randrange(120,330),1:R.randrange(30,80),2:R.randrange(7,18),3:R.randrange(3,7)}[lv]
    gap={0:R.uniform(.8,5),1:R.uniform(20,200),2:R.uniform(1200,12000),3:R.uniform(8000,50000)}[lv]; t=when(lv,u,day); dev=adev(lv,u,day); a=place(lv,u); scr=R.choice(SCRIPT) if lv==0 and chance(.5) else None; ch="mail" if chance(.25) else "web"
    for i in range(n):
        if t>=LIM: break
        if lv>=1 and chance(.3): a=SAME(a,u,lv)
        bad(u,t,a,dev,ch,lab,scr); t+=gap*R.uniform(.5,1.6)
        if lv>=2: 
            h=(t/3600)%24
            if h<5: t+=R.uniform(3,7)*3600
    if chance(.45 if lv<2 else .8): good(u,t,a,dev,lab,lv,ch if chance(.6) else "web",ua=scr); respond(u,t)
def f_stolen(lv,day,lab):
    u=emp(day); cc={0:lambda:R.choice(FAR),1:lambda:R.choice(FAR+["ES","IT","FR","GB"]),2:lambda:R.choice(["NL","GB","DE","PL","FR","NO"]),3:lambda:R.choice([x for x in("SE","DE","PL","DK","LV","FI","NO") if x!=u.cc])}[lv]()
    if cc==u.cc: cc="NL"
    t=when(lv,u,day); dev=adev(max(lv,1),u,day); a=resid(cc) if chance(.85) else mobile_addr(cc)
    if chance(.3): bad(u,t-R.uniform(6,60),a,dev,"web",lab)
    k={0:R.randrange(3,9),1:R.randrange(2,6),2:R.randrange(1,4),3:R.randrange(1,3)}[lv]
    ch="mail" if chance(.2) else "web"
    if not good(u,t,a,dev,lab,lv,ch,n=0): return
    for _ in range(k-1):
        t+=wpick([R.uniform(300,9000),86400*R.choice([1,2,3])+R.gauss(0,4000)],[3,2]); good(u,t,a if chance(.6) else resid(cc),dev,lab,lv,n=0,fresh=chance(.4))
    respond(u,t,.5)
def f_anon(lv,day,lab):
    u=emp(day); pl={0:lambda:R.choice(TORIPS),1:lambda:R.choice([R.choice(TORIPS),host_addr(),vpn_addr()]),2:lambda:vpn_addr(R.choice([u.cc,"SE","DE"])),3:lambda:vpn_addr(u.cc) if chance(.75) else relay_addr(u.city)}[lv]
    dev=adev(max(1,lv),u,day); t=when(lv,u,day)
    for i in range({0:R.choice([2,4,6]),1:R.choice([1,2,4]),2:R.choice([1,2,3]),3:R.choice([1,1,2])}[lv]):
        a=pl()
        if i==0 and chance(.3): bad(u,t-R.uniform(5,60),a,dev,"web",lab)
        did=newid() if lv<2 and chance(.4) else None
        good(u,t,a,dev,lab,lv,n=0,fresh=i==0 or chance(.5),did=did); t+=wpick([R.uniform(300,9000),86400*R.choice([1,1,2,4])+R.gauss(0,4000)],[3,2])
    respond(u,t,.4)
def f_fatigue(lv,day,lab):
    u=emp(day,f=hasmfa(day)); dev=adev(max(1,lv),u,day); t=when(lv,u,day)
    if lv==0: t=day*86400+R.uniform(22,27)*3600
    a=place(lv,u); n={0:R.randrange(15,55),1:R.randrange(6,15),2:R.randrange(2,5),3:R.randrange(1,3)}[lv]; g={0:(15,90),1:(60,900),2:(600,9000),3:(1500,30000)}[lv]
    for i in range(n):
        emit(u.uid,t,0,"mfa_challenge","mfa",a,dev.id,dev.ua(int(t//86400)),"web",None,lab); t+=R.uniform(*g)
        if lv>=1 and chance(.15): a=SAME(a,u,lv)
    if chance(.6 if lv<2 else .85):
        u.trust.pop(dev.id,None); good(u,t,a,dev,lab,lv); respond(u,t)
def honest_near(u,d,web=True):
    c=[e for e in BYU[u.uid] if not e["label"] and e["success"] and e["event_type"]=="login" and e["_ch"]=="web" and e["_did"] and "user_agent" in e and d<=e["_t"]/86400<d+6]
    return R.choice(c) if c else None
def f_session(lv,day,lab):
    for _ in range(50):
        u=emp(day,["office","travel","contr","call","crew"] ); e=honest_near(u,day)
        if e: break
    if not e: return
    lag={0:R.uniform(600,8000),1:R.uniform(600,30000),2:R.uniform(900,20000),3:R.uniform(600,12000)}[lv]; t=e["_t"]+lag; same=chance(.65); did=e["_did"] if same else newid(); ua=e["user_agent"]
    if lv<=1 and chance(.4): ua=_pp().ua(day)
    a=place(lv,u)
    if chance(.25): # phished through a relaying page first
        u.trust.pop(did,None); d2=Dev("win","chrome"); x=host_addr(R.choice([14061,16276,8075,24940])) if lv<3 else resid(u.cc)
        flow(u,e["_t"]+R.uniform(60,500),x,d2,lab=lab,ua=e["user_agent"],typos=False); did=d2.id
    n={0:R.randrange(3,8),1:R.randrange(2,5),2:R.randrange(1,4),3:R.randrange(1,3)}[lv]; mult={0:R.uniform(3,10),1:R.uniform(1,4),2:R.uniform(.6,2),3:R.uniform(.5,1.2)}[lv]
    for _ in range(n):
        d=int(t//86400)
        if t<LIM: emit(u.uid,t,1,"login","sso",a,did,ua,"web",vol(u,d,mult),lab)
        t+=R.uniform(300,7000) if chance(.7) else R.uniform(20000,100000)
        if chance(.25): a=SAME(a,u,lv)
    respond(u,t,.35)
def f_insider(lv,day,lab):
    u=emp(day,["office","travel","contr"] if chance(.8) else ["call","terminal"]); dv=u.lap or u.phone
    span={0:2,1:5,2:10,3:16}[lv]; f={0:R.uniform(20,60),1:R.uniform(6,20),2:R.uniform(3,7),3:R.uniform(1.7,3.2)}[lv]
    own=[e for e in BYU[u.uid] if not e["label"] and e["success"] and e["event_type"]=="login" and day<=e["_t"]/86400<day+span and "bytes_out" in e and e["_ch"]=="web"]
    R.shuffle(own); k={0:R.randrange(3,7),1:R.randrange(3,8),2:R.randrange(2,7),3:R.randrange(2,6)}[lv]; m=0
    if lv>=1:
        for e in own[:k if lv>=2 else k//2]:
            e["label"]=1; e["attack"],e["campaign"]=lab; e["bytes_out"]=int(e["bytes_out"]*f*R.uniform(.6,1.5)); e["bytes_in"]=int(e["bytes_in"]*R.uniform(.8,2)); m+=1
    while m<k:
        d=min(59,day+R.randrange(0,span)); h=R.choice([22,23,0.5,2,4,5]) if lv<=1 or chance(.3) else R.uniform(17,21.5)
        t=T(u,d,h+R.uniform(0,1)); a=at_home(u,d,dv) if chance(.8) or u.site not in SITES else site_addr(u.site,d)
        flow(u,t,a,dv,lab=lab,mult=f*R.uniform(.6,1.5),fresh=chance(.5),typos=chance(.5)); m+=1
def f_near(lv,day,lab):
    u=emp(day); t=when(lv,u,day); dev=adev(max(lv,1),u,day); x=R.random()
    a=u.home.addr(int(t//86400),dev) if (lv>=2 and x<.2) else fixed_addr(u.city,u.home.asn) if lv>=2 else fixed_addr(u.city)
    if chance(.15): a=mobile_addr(u.cc,u.masn,u.gw)
    nb={0:R.randrange(3,10),1:R.choice([1,2,4]),2:R.choice([0,0,1]),3:R.choice([0,0,0,1])}[lv]
    for i in range(nb): bad(u,t-R.uniform(10,60)*(nb-i),a,dev,"web",lab)
    if lv==0: t=int(t//86400)*86400+R.uniform(22,26.5)*3600
    good(u,t,a,dev,lab,lv,n={0:5,1:3,2:R.choice([1,2,3]),3:R.choice([0,1])}[lv]); respond(u,t,.3)
DQ=[]
def f_dormant(lv,day,lab):
    if not DQ: DQ.extend(R.sample(DORM,len(DORM)))
    k={0:R.choice([2,3,5]),1:R.choice([1,2]),2:1,3:1}[lv]
    for _ in range(k):
        u=DQ.pop() if DQ else R.choice(DORM)
        d=max(day,min(57,u.end+18) if u.end else day); t=when(lv,u,d); dev=adev(max(lv,1),u,d); a=place(lv,u)
        nb={0:R.randrange(2,9),1:R.choice([0,1,3]),2:R.choice([0,0,1]),3:0}[lv]
        for i in range(nb): bad(u,t-R.uniform(10,90)*(nb-i),a,dev,"web",lab)
        if chance(.12): reset(u,t-100,a,dev,lab=lab)
        good(u,t,a,dev,lab,lv,ch="mail" if chance(.1) else "web")
def f_reset(lv,day,lab):
    u=emp(day); t=when(lv,u,day); dev=adev(max(lv,1),u,day); a=place(lv,u); d=int(t//86400)
    for i in range({0:3,1:R.choice([0,2]),2:R.choice([0,0,1,2]),3:R.choice([0,0,1])}[lv]): bad(u,t-R.uniform(200,900),a,dev,"web",lab)
    reset(u,t,a,dev,lab=lab); u.trust.pop(dev.id,None)
    good(u,t+R.uniform(15,300) if chance(.75) else t+R.uniform(1500,20000),a,dev,lab,lv); 
    if chance(.5): # the victim finds the old password dead
        e=honest_near(u,t/86400)
        if e:
            for k in range(2+poisson(1)): emit(u.uid,e["_t"]-R.uniform(100,500),0,"login","password",e["_a"],e["_did"],e["user_agent"],"web",None)
            reset(u,e["_t"]-R.uniform(10,90),e["_a"],u.phone,did=e["_did"],ua=e["user_agent"])
def f_shared(lv,day,lab):
    k={0:R.randrange(7,14),1:R.randrange(4,8),2:R.randrange(3,5),3:R.randrange(2,4)}[lv]; t=None; u0=emp(day); dev=adev(max(lv,1),u0,day); d=day; a=place(lv,u0)
    for i in range(k):
        u=emp(min(d,56),f=lambda x:x.cc==u0.cc if lv>=2 else True); t=when(lv,u,min(59,d)) if (t is None or lv>=2) else t
        if lv>=1 and chance(.6): a=place(lv,u if lv<3 else u0)
        if chance(.35): bad(u,t-R.uniform(5,60),a,dev,"web",lab)
        good(u,t,a,dev,lab,lv,n=0 if chance(.6) else 1); respond(u,t,.25)
        if lv<=1: t+=R.uniform(60,1500) if lv==0 else R.uniform(600,30000); d=int(t//86400)
        else: d+=R.choice([0,1,1,2])
FAM=dict(credential_stuffing=f_stuff,password_spray=f_spray,brute_force=f_brute,stolen_credentials=f_stolen,anonymiser=f_anon,mfa_fatigue=f_fatigue,session_theft=f_session,insider=f_insider,near_takeover=f_near,dormant_revival=f_dormant,reset_takeover=f_reset,shared_device=f_shared)
STATS=defaultdict(lambda: defaultdict(list))
for fam,fn in FAM.items():
    n=R.randrange(14,18); lv=[0]*round(n*.16)+[1]*round(n*.26); lv+=[2]*math.ceil((n-len(lv))*.55); lv+=[3]*(n-len(lv)); R.shuffle(lv)
    for i in range(n):
        for tr in range(6):
            day=min(57,15+int((i+R.random())*43/n)); cid="c%08x"%R.getrandbits(32); b=sum(1 for _ in EV)
            if fam=="insider": before=None
            fn(lv[i],day,(fam,cid))
            if fam=="insider" or any(e.get("campaign")==cid for e in EV[b:]): STATS[fam][lv[i]].append(cid); break

# ------------------------------------------------------------------ out
EV.sort(key=lambda e:(int(e["_t"]*1000),e["user_id"]))
cnt=0
ORDER=["event_id","tenant","user_id","timestamp","success","event_type","auth_method","ip_address","asn","geo_location","city","latitude","longitude","device_id","user_agent","bytes_in","bytes_out","label","attack","campaign"]
with open(OUT,"w") as f:
    for i,e in enumerate(EV):
        ms=int(e["_t"]*1000); ts=START+dt.timedelta(milliseconds=ms)
        e["event_id"]="%08x-%04x-4%03x-%04x-%012x"%(R.getrandbits(32),R.getrandbits(16),R.getrandbits(12),0x8000|R.getrandbits(14),R.getrandbits(48))
        e["tenant"]=TENANT; e["timestamp"]=ts.strftime("%Y-%m-%dT%H:%M:%S.")+"%03dZ"%(ms%1000)
        f.write(json.dumps({k:e[k] for k in ORDER if k in e})+"\n")
print(len(EV),"events",len(USERS),"accounts")
