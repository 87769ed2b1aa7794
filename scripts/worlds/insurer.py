#!/usr/bin/env python3
"""Labelled logins of an insurer in four countries: remote workers, virtual desktops abroad, an outsourced call centre, brokers,
devices named only where the company manages them.

Usage: insurer.py SEED OUTPUT.ndjson"""
import sys, random, json, math, uuid, datetime as dt

SEED = int(sys.argv[1]); OUT = sys.argv[2]
R = random.Random(SEED * 7919 + 13)
rnd = R.random
DAYS = 60; DAYMS = 86400000; HMS = 3600000; MIN = 60000
START = dt.date.fromisoformat(R.choice(["2025-02-24", "2025-03-10", "2025-04-22", "2025-05-19", "2025-08-25", "2025-09-15", "2025-10-06"]) if SEED > 2 else ["2025-03-10", "2025-09-15"][(SEED - 1) % 2])
EPOCH = dt.datetime(START.year, START.month, START.day, tzinfo=dt.timezone.utc)
DATES = [START + dt.timedelta(d) for d in range(-80, DAYS + 2)]
def date(d): return START + dt.timedelta(d)
WD = [date(d).weekday() for d in range(DAYS + 2)]
def wchoice(pairs):
    tot = sum(p[-1] for p in pairs); x = rnd() * tot
    for p in pairs:
        x -= p[-1]
        if x <= 0: return p
    return pairs[-1]
def pois(l):
    if l <= 0: return 0
    L = math.exp(-l); k = 0; p = 1.0
    while True:
        p *= rnd()
        if p <= L: return k
        k += 1
def logn(m, s): return m * math.exp(R.gauss(0, s))
def uid(): return str(uuid.UUID(int=R.getrandbits(128), version=4))

# ---------------------------------------------------------------- geography
C = {
 'IE': dict(tz=0, dst=1, cities=[('Dublin',53.3498,-6.2603,50),('Cork',51.8985,-8.4756,14),('Galway',53.2707,-9.0568,7),('Limerick',52.6638,-8.6267,6),('Waterford',52.2593,-7.1101,3),('Swords',53.4597,-6.2181,5),('Bray',53.2028,-6.0983,3),('Naas',53.2206,-6.6593,3),('Drogheda',53.7179,-6.3561,3),('Letterkenny',54.9503,-7.7336,2),('Kilkenny',52.6541,-7.2448,2),('Navan',53.6528,-6.6814,2)],
   fixed=[(5466,30),(6830,28),(15502,14),(5607,14),(31122,4),(25441,3),(14593,2)], mobile=[(15502,35),(34218,35),(15751,25)], biz=[(2110,1),(8918,1)]),
 'GB': dict(tz=0, dst=1, cities=[('London',51.5074,-0.1278,25),('Leeds',53.8008,-1.5491,18),('Glasgow',55.8642,-4.2518,14),('Manchester',53.4808,-2.2426,8),('Bradford',53.796,-1.7594,6),('Wakefield',53.6833,-1.4977,4),('Paisley',55.8473,-4.4401,4),('Birmingham',52.4862,-1.8904,5),('Bristol',51.4545,-2.5879,4),('Edinburgh',55.9533,-3.1883,4),('Reading',51.4543,-0.9781,3),('Croydon',51.3762,-0.0982,3),('Sheffield',53.3811,-1.4701,3),('York',53.9591,-1.0815,2),('Derry',54.9966,-7.3086,2),('Belfast',54.5973,-5.9301,3)],
   fixed=[(2856,28),(5089,22),(5607,20),(13285,9),(6871,6),(5378,6),(56478,2),(201838,2),(13037,2),(12390,1),(14593,1)], mobile=[(12576,30),(35228,28),(206067,20),(25135,20)], biz=[(2856,1),(5413,1),(8468,1)]),
 'ES': dict(tz=1, dst=1, cities=[('Madrid',40.4168,-3.7038,38),('Valencia',39.4699,-0.3763,24),('Barcelona',41.3874,2.1686,9),('Alcobendas',40.5475,-3.642,5),('Getafe',40.3083,-3.7327,4),('Torrent',39.437,-0.4653,4),('Sevilla',37.3891,-5.9845,4),('Zaragoza',41.6488,-0.8891,3),('Bilbao',43.263,-2.935,3),('Alicante',38.3452,-0.481,3),('Malaga',36.7213,-4.4214,3)],
   fixed=[(3352,34),(12479,20),(12430,18),(57269,16),(15704,6),(12715,4),(12338,2)], mobile=[(3352,30),(12430,26),(12479,25),(57269,12)], biz=[(3352,2),(12430,1)]),
 'PL': dict(tz=1, dst=1, cities=[('Krakow',50.0647,19.945,48),('Warsaw',52.2297,21.0122,14),('Katowice',50.2649,19.0238,8),('Wieliczka',49.9871,20.0647,5),('Tarnow',50.0121,20.9858,4),('Wroclaw',51.1079,17.0385,5),('Rzeszow',50.0412,21.9991,3),('Gdansk',54.352,18.6466,4),('Skawina',49.9752,19.8285,2),('Nowy Targ',49.4773,20.0327,2)],
   fixed=[(5617,30),(9141,22),(12741,14),(29314,12),(13110,5),(16342,3),(57367,3)], mobile=[(12912,28),(201019,28),(8374,24),(5617,20)], biz=[(12741,1),(5617,1)]),
 'ZA': dict(tz=2, dst=0, cities=[('Cape Town',-33.9249,18.4241,60),('Johannesburg',-26.2041,28.0473,15),('Bellville',-33.9,18.63,10),('Stellenbosch',-33.9321,18.8602,5),('Durban',-29.8587,31.0218,6)],
   fixed=[(37457,20),(37611,20),(11845,15),(328453,10),(3741,10)], mobile=[(29975,35),(16637,35),(327845,20)], biz=[(3741,1)]),
 'IN': dict(tz=5.5, dst=0, cities=[('Pune',18.5204,73.8567,55),('Mumbai',19.076,72.8777,15),('Bengaluru',12.9716,77.5946,12),('Hyderabad',17.385,78.4867,10),('Nashik',19.9975,73.7898,4)],
   fixed=[(55836,28),(24560,24),(17488,12),(24309,10),(9829,8),(18207,6)], mobile=[(55836,45),(45609,38),(38266,15)], biz=[(4755,1)]),
 'RO': dict(tz=2, dst=1, cities=[('Cluj-Napoca',46.7712,23.6236,35),('Bucharest',44.4268,26.1025,40),('Iasi',47.1585,27.6014,12),('Timisoara',45.7489,21.2087,10)],
   fixed=[(8708,60),(12302,20),(8953,15)], mobile=[(8953,35),(12302,30),(8708,20)], biz=[(8708,1)]),
}
TRAVEL = {
 'FR':(1,1,[('Paris',48.8566,2.3522,6),('Lyon',45.764,4.8357,2),('Nice',43.7102,7.262,2)],[(3215,5),(12322,3),(15557,2)],[(3215,2),(15557,1)]),
 'DE':(1,1,[('Munich',48.1351,11.582,4),('Frankfurt am Main',50.1109,8.6821,4),('Berlin',52.52,13.405,3)],[(3320,5),(3209,3),(6805,1)],[(3320,2),(6805,1)]),
 'NL':(1,1,[('Amsterdam',52.3676,4.9041,5),('Rotterdam',51.9244,4.4777,2)],[(1136,4),(33915,4)],[(1136,2),(31615,1)]),
 'PT':(0,1,[('Lisbon',38.7223,-9.1393,5),('Porto',41.1579,-8.6291,3),('Faro',37.0194,-7.9304,3)],[(3243,3),(2860,3),(12353,2)],[(12353,1),(2860,1)]),
 'IT':(1,1,[('Milan',45.4642,9.19,4),('Rome',41.9028,12.4964,4)],[(3269,4),(30722,2),(12874,2)],[(16232,1),(24608,1)]),
 'US':(-5,1,[('New York',40.7128,-74.006,5),('Boston',42.3601,-71.0589,2),('Orlando',28.5383,-81.3792,2),('Hartford',41.7658,-72.6734,1)],[(7922,4),(701,3),(20115,2)],[(21928,2),(20057,1)]),
 'CH':(1,1,[('Zurich',47.3769,8.5417,5),('Geneva',46.2044,6.1432,2)],[(3303,5),(6730,2)],[(3303,1)]),
 'BE':(1,1,[('Brussels',50.8503,4.3517,5)],[(5432,4),(6848,3)],[(5432,1)]),
 'GR':(2,1,[('Athens',37.9838,23.7275,3),('Heraklion',35.3387,25.1442,2)],[(6799,4),(3329,2)],[(29247,1)]),
 'TR':(3,0,[('Istanbul',41.0082,28.9784,4),('Antalya',36.8969,30.7133,3)],[(9121,5),(34984,2)],[(16135,1),(20978,1)]),
 'AE':(4,0,[('Dubai',25.2048,55.2708,5)],[(5384,3),(15802,2)],[(15802,1)]),
 'SG':(8,0,[('Singapore',1.3521,103.8198,5)],[(9506,3),(7473,2)],[(7473,1)]),
 'MA':(1,0,[('Casablanca',33.5731,-7.5898,3),('Marrakesh',31.6295,-7.9811,2)],[(36903,3),(6713,2)],[(36925,1)]),
 'HR':(1,1,[('Split',43.5081,16.4402,3),('Zagreb',45.815,15.9819,3)],[(5391,3),(31012,2)],[(5391,1)]),
 'TH':(7,0,[('Bangkok',13.7563,100.5018,4),('Phuket',7.8804,98.3923,2)],[(45758,3),(7470,2)],[(131445,1)]),
 'BG':(2,1,[('Sofia',42.6977,23.3219,4)],[(8866,3),(13124,2)],[(8866,1)]),
 'UA':(2,1,[('Lviv',49.8397,24.0297,3),('Kyiv',50.4501,30.5234,4)],[(15895,3),(13188,2)],[(15895,1)]),
 'BR':(-3,0,[('Sao Paulo',-23.5505,-46.6333,4)],[(28573,3),(27699,2)],[(26599,1)]),
 'NG':(1,0,[('Lagos',6.5244,3.3792,4)],[(37282,2),(36873,2)],[(29465,2)]),
 'RU':(3,0,[('Moscow',55.7558,37.6173,4),('Saint Petersburg',59.9343,30.3351,2)],[(12389,3),(8402,2)],[(25159,1)]),
 'VN':(7,0,[('Hanoi',21.0278,105.8342,3),('Ho Chi Minh City',10.8231,106.6297,3)],[(45899,3),(7552,2)],[(7552,1)]),
 'HK':(8,0,[('Hong Kong',22.3193,114.1694,4)],[(4760,3),(9269,2)],[(9304,1)]),
 'SE':(1,1,[('Stockholm',59.3293,18.0686,4)],[(3301,3),(8473,2)],[(1257,1)]),
 'CA':(-5,1,[('Toronto',43.6532,-79.3832,4)],[(812,3),(577,2)],[(812,1)]),
 'MT':(1,1,[('Valletta',35.8989,14.5146,4)],[(15735,3),(12709,2)],[(12709,1)]),
 'CY':(2,1,[('Limassol',34.7071,33.0226,4)],[(6866,3),(35432,2)],[(35432,1)]),
}
for k,(tz,ds,ci,fx,mo) in TRAVEL.items(): C[k] = dict(tz=tz,dst=ds,cities=ci,fixed=fx,mobile=mo,biz=[fx[0]])
CENT = {'IE':(53.0,-8.0),'GB':(51.4964,-0.1224),'ES':(40.4172,-3.684),'PL':(52.2394,21.0362),'ZA':(-29.0,24.0),'IN':(21.9974,79.0011),'RO':(45.9968,24.997)}
for k,v in C.items():
    v['by'] = {c[0]: c for c in v['cities']}
    CENT.setdefault(k, (v['cities'][0][1], v['cities'][0][2]))
EU_ON = dt.date(2025,3,30); EU_OFF = dt.date(2025,10,26)
def offs(cc, d):
    c = C[cc]; x = date(max(-70, min(d, 61)))
    return c['tz'] + (1 if c['dst'] and EU_ON <= x < EU_OFF else 0)
def lms(d, h, cc): return int(d*DAYMS + (h - offs(cc, int(d)))*HMS + rnd()*999)
HOL = {'GB':["2025-04-18","2025-04-21","2025-05-05","2025-05-26","2025-08-25"],
 'IE':["2025-03-17","2025-04-18","2025-04-21","2025-05-05","2025-06-02","2025-08-04","2025-10-27"],
 'ES':["2025-03-19","2025-04-17","2025-04-18","2025-05-01","2025-05-02","2025-08-15","2025-10-09","2025-10-13","2025-11-10"],
 'PL':["2025-04-21","2025-05-01","2025-05-02","2025-06-19","2025-08-15","2025-11-10","2025-11-11"],
 'IN':["2025-03-14","2025-04-18","2025-05-01","2025-08-15","2025-10-02","2025-10-20","2025-10-21"],
 'ZA':["2025-03-21","2025-04-18","2025-04-21","2025-04-28","2025-05-01","2025-09-24"],'RO':["2025-04-18","2025-04-21","2025-05-01"]}
HOL = {k:{(dt.date.fromisoformat(x)-START).days for x in v} for k,v in HOL.items()}

# ---------------------------------------------------------------- networks and geolocation database
RIPE=[2,5,31,37,46,62,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,109,176,178,185,188,193,194,195,212,213,217]
AF=[41,102,105,154,196,197]; AP=[1,14,27,42,49,58,59,60,101,103,106,110,112,115,117,119,122,125,175,180,182,202,203]
AM=[24,50,66,67,68,69,71,72,73,74,75,76,96,98,99,104,107,108,170,172,174,184,199,201,208]
REG={'ZA':AF,'MA':AF,'NG':AF,'IN':AP,'SG':AP,'TH':AP,'VN':AP,'HK':AP,'US':AM,'CA':AM,'BR':[177,179,187,189,191,200]}
used16=set(); GEO={}; NETS={}
V6ASN={5607,6830,2856,55836,9141,8708,5617,12576,206067,12912,3215,7922,3320,34218,45609,5466,21928}
class Net:
    def __init__(s, asn, cc, kind):
        s.asn, s.cc, s.kind = asn, cc, kind
        s.blocks=[]; s.pf={}; s.c24=set()
        s.v6 = "2a%02x:%x" % (R.randrange(0,16), R.randrange(0x100,0xffff))
        s.v6=s.v6 if asn in V6ASN or kind=='relay' else None
        for _ in range({'fixed':6,'mobile':2}.get(kind,2)): s.block()
    def block(s):
        while True:
            a=R.choice(REG.get(s.cc,RIPE) if s.kind in('fixed','mobile') else RIPE+AM+AP[:6]); b=R.randrange(1,255)
            if (a,b) in used16 or (a==172 and 16<=b<32): continue
            used16.add((a,b)); s.blocks.append((a,b)); return
    def new24(s, city):
        while True:
            a,b=R.choice(s.blocks); c=R.randrange(0,256)
            if (a,b,c) not in s.c24: break
        s.c24.add((a,b,c)); p="%d.%d.%d"%(a,b,c); s.geo(p,city); return p
    def geo(s,p,city):
        GEO[p]=[s.asn]+[mkgeo(s,city)]
        x=rnd()
        if s.kind in('fixed',) and x<0.035:      # database correction in the middle of the period
            oc=wchoice(C[s.cc]['cities'])[0] if rnd()<.8 else None
            d=R.randrange(4,56); g0=mkgeo(s,oc) if oc else othercountry(); GEO[p]=[s.asn,g0,d,GEO[p][1]]
        elif s.kind=='fixed' and x<0.043: GEO[p]=[s.asn,othercountry()]
    def prefix(s, city, n=None):
        l=s.pf.get(city)
        if l is None:
            w=1
            c=C[s.cc]['by'].get(city) if s.cc in C else None
            if n is None:
                if s.kind=='fixed': n=6+int((c[3] if c else 3)*0.9)
                elif s.kind=='mobile': n=5
                else: n=4
            l=s.pf[city]=[s.new24(city) for _ in range(n)]
        return R.choice(l)
    def ip(s, city=None, v6=0.0):
        if s.v6 and rnd()<v6:
            p="%s:%x:%x"%(s.v6,R.randrange(0x1000,0xffff),R.randrange(0x1000,0xffff)); s.geo(p,city)
            return v6host(p)
        p=s.prefix(city)
        if s.kind=='mobile': return "%s.%d"%(p,R.choice(MOBH))   # few CGNAT gateways
        return "%s.%d"%(p,R.randrange(1,255))
MOBH=sorted(R.sample(range(2,254),24))
def v6host(p): return p+":%x:%x:%x:%x"%tuple(R.randrange(0x1000,0xffff) for _ in range(4))
def mkgeo(net,city):
    cc=net.cc
    if net.kind=='mobile':
        if rnd()<.78: return (cc,None,CENT[cc][0],CENT[cc][1])
        c=wchoice(C[cc]['cities']); return (cc,c[0],c[1],c[2])
    if rnd()<.012: return (cc,None,None,None)
    c=C[cc]['by'].get(city)
    if c is None or rnd()<.05: c=wchoice(C[cc]['cities'])
    if rnd()<.06 : return (cc,None,CENT[cc][0],CENT[cc][1])
    if rnd()<.4: return (cc,c[0],c[1],c[2])
    return (cc,c[0],round(c[1]+R.gauss(0,.03),4),round(c[2]+R.gauss(0,.04),4))
def othercountry():
    cc=R.choice(['NL','GB','DE','FR','US','IE','ES','BE']); c=wchoice(C[cc]['cities']); return (cc,c[0],c[1],c[2])
def net(asn,cc,kind):
    k=(asn,cc,kind)
    if k not in NETS: NETS[k]=Net(asn,cc,kind)
    return NETS[k]
def pkey(ip):
    if ':' in ip: return ':'.join(ip.split(':')[:4])
    return ip.rsplit('.',1)[0]
def geo_of(ip,d):
    g=GEO[pkey(ip)]
    if len(g)==4 and d>=g[2]: return g[0],g[3]
    return g[0],g[1]
def fixednet(cc): return net(wchoice(C[cc]['fixed'])[0],cc,'fixed')
def mobnet(cc): return net(wchoice(C[cc]['mobile'])[0],cc,'mobile')
def rcity(cc): return wchoice(C[cc]['cities'])[0]
HOST=[(16276,'FR'),(24940,'DE'),(14061,'US'),(14061,'NL'),(14061,'GB'),(9009,'GB'),(9009,'NL'),(60068,'GB'),(212238,'ES'),(60781,'NL'),(63949,'GB'),(63949,'US'),(16509,'IE'),(16509,'GB'),(16509,'DE'),(14618,'US'),(20473,'NL'),(20473,'GB'),(62240,'GB'),(46562,'US'),(8100,'US'),(396982,'NL'),(8075,'IE'),(16276,'PL'),(16276,'GB'),(24940,'DE'),(56630,'RU'),(45102,'SG'),(51167,'DE')]
def hostip(cc=None,sub=None):
    l=[h for h in HOST if (cc is None or h[1]==cc) and (sub is None or h[0] in sub)] or HOST
    a,c=R.choice(l); return net(a,c,'host').ip(rcity(c))
VPNP={'nord':[(9009,),(212238,),(60068,),(136787,)],'proton':[(209103,),(62371,),(9009,),(212238,)],'mullvad':[(39351,),(31173,),(9009,)],'surf':[(9009,),(60068,),(212238,)],'express':[(60068,),(212238,),(137409,)]}
VPNCC=['GB','IE','ES','PL','NL','DE','FR','US','CH','SE','RO','PT']
def vpnip(prov,cc):
    a=R.choice(VPNP[prov])[0]; return net(a,cc,'vpn').ip(C[cc]['cities'][0][0] if rnd()<.8 else rcity(cc))
TOR=[(60729,'DE'),(208294,'NL'),(53667,'US'),(205100,'DE'),(208323,'CH'),(200651,'RO'),(39351,'SE'),(24940,'DE'),(16276,'FR')]
def torip():
    a,c=R.choice(TOR); return net(a,c,'tor').ip(C[c]['cities'][0][0])
def relayip(cc,city):
    n=net(wchoice([(13335,5),(36183,4),(54113,2)])[0],cc,'relay'); return n.ip(city if rnd()<.75 else rcity(cc),v6=.45)
def resi(cc,city=None,mob=.15):
    if rnd()<mob: return mobnet(cc).ip(None)
    return fixednet(cc).ip(city or rcity(cc), v6=.16)

# ---------------------------------------------------------------- user agents
def D(x): return (dt.date.fromisoformat(x)-START).days
CHR=[(131,D("2024-11-12")),(132,D("2025-01-14")),(133,D("2025-02-04")),(134,D("2025-03-04")),(135,D("2025-04-01")),(136,D("2025-04-29")),(137,D("2025-05-27")),(138,D("2025-06-24")),(139,D("2025-08-05")),(140,D("2025-09-02")),(141,D("2025-09-30")),(142,D("2025-10-28")),(143,D("2025-12-02"))]
FFX=[(133,D("2024-11-26")),(134,D("2025-01-07")),(135,D("2025-02-04")),(136,D("2025-03-04")),(137,D("2025-04-01")),(138,D("2025-04-29")),(139,D("2025-05-27")),(140,D("2025-06-24")),(141,D("2025-07-22")),(142,D("2025-08-19")),(143,D("2025-09-16")),(144,D("2025-10-14")),(145,D("2025-11-11"))]
IOS=[("18.1","18_1",D("2024-10-28")),("18.2","18_2",D("2024-12-11")),("18.3","18_3",D("2025-01-27")),("18.3.1","18_3_1",D("2025-02-10")),("18.4","18_4",D("2025-03-31")),("18.5","18_5",D("2025-05-12")),("18.6","18_6",D("2025-07-29")),("26.0","18_6",D("2025-09-15")),("26.1","18_7",D("2025-11-03"))]
def ver(tab,d):
    v=tab[0]
    for x in tab:
        if x[-1]<=d: v=x
    return v
def offv(d): # office build by month
    m=date(max(-70,min(61,d))); return 18324+ (m.month-1)*110
def ua_of(os,br,d,lag):
    e=d-lag
    win="Windows NT 10.0; Win64; x64"; mac="Macintosh; Intel Mac OS X 10_15_7"; lin="X11; Linux x86_64"
    plat={'win':win,'mac':mac,'linux':lin}.get(os,win)
    if os=='ios':
        v=ver(IOS,e)
        if br=='outlook': return "Outlook-iOS/%d.%d.0"%(730+ (e+90)//14, 4)
        if br=='teams': return "Mozilla/5.0 (iPhone; CPU iPhone OS %s like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) TeamsMobile-iOS"%v[1]
        if br=='chrome': return "Mozilla/5.0 (iPhone; CPU iPhone OS %s like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/%d.0.0.0 Mobile/15E148 Safari/604.1"%(v[1],ver(CHR,e)[0])
        return "Mozilla/5.0 (iPhone; CPU iPhone OS %s like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Mobile/15E148 Safari/604.1"%(v[1],v[0])
    if os=='android':
        if br=='outlook': return "Outlook-Android/4.%d.%d"%(2500+date(max(-70,min(61,e))).month,1)
        if br=='samsung': return "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/%d.0 Chrome/%d.0.0.0 Mobile Safari/537.36"%(27+(e>60),ver(CHR,e-60)[0])
        return "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36"%ver(CHR,e)[0]
    if br=='edge':
        c=ver(CHR,e-2)[0]; return "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36 Edg/%d.0.0.0"%(plat,c,c)
    if br=='chrome': return "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36"%(plat,ver(CHR,e)[0])
    if br=='chrome109': return "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36"
    if br=='firefox':
        f=ver(FFX,e)[0]; p={'win':"Windows NT 10.0; Win64; x64",'mac':"Macintosh; Intel Mac OS X 10.15",'linux':"X11; Linux x86_64"}[os]
        return "Mozilla/5.0 (%s; rv:%d.0) Gecko/20100101 Firefox/%d.0"%(p,f,f)
    if br=='firefox_esr': return "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%s.0) Gecko/20100101 Firefox/%s.0"%((128,128) if e<D("2025-09-16") else (140,140))
    if br=='safari':
        return "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Safari/605.1.15"%ver(IOS,e)[0][:4]
    if br=='outlook':
        return "Microsoft Office/16.0 (%s; Microsoft Outlook 16.0.%d; Pro)"%("Windows NT 10.0" if os=='win' else "Macintosh",offv(e))
    if br=='teams':
        c=ver(CHR,e-20)[0]; return "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36 Edg/%d.0.0.0 Teams/25%03d.1"%(plat,c,c,60+(e+80)//10)
    return br
TOOLS=["python-requests/2.32.3","python-requests/2.31.0","axios/1.7.9","axios/1.8.4","Go-http-client/1.1","Go-http-client/2.0","BAV2ROPC","okhttp/4.12.0","curl/8.5.0","Apache-HttpClient/4.5.14 (Java/17.0.9)"]
class Dev:
    def __init__(s,kind,os,br,managed,native=None,lag=None):
        s.kind,s.os,s.br,s.managed,s.native=kind,os,br,managed,native
        s.id=uid() if managed else None
        s.lag=lag if lag is not None else (int(R.expovariate(1/5.)) if rnd()<.85 else R.randrange(20,200))
        s.born=-99; s.enrol=-99
    def ua(s,d,app=False):
        return ua_of(s.os,(s.native if app and s.native else s.br),d,s.lag)
def laptop(managed=True,it=False):
    os='mac' if rnd()<(.25 if it else .07) else ('linux' if it and rnd()<.12 else 'win')
    br=wchoice([('edge',55),('chrome',38),('firefox',5)])[0] if os=='win' else wchoice([('chrome',50),('safari',35),('firefox',15)])[0] if os=='mac' else R.choice(['firefox','chrome'])
    return Dev('laptop',os,br,managed,'outlook' if os!='linux' and rnd()<.7 else ('teams' if os!='linux' else None))
def phone(managed):
    os='ios' if rnd()<.55 else 'android'
    br=('safari' if rnd()<.85 else 'chrome') if os=='ios' else ('chrome' if rnd()<.75 else 'samsung')
    return Dev('phone',os,br,managed,'outlook' if rnd()<.8 else ('teams' if os=='ios' else None))
def homepc():
    os='mac' if rnd()<.2 else 'win'
    br=wchoice([('chrome',60),('edge',20),('firefox',8),('firefox_esr',1)])[0] if os=='win' else wchoice([('safari',55),('chrome',40),('firefox',5)])[0]
    return Dev('homepc',os,br,False)

# ---------------------------------------------------------------- event sink
EV=[]
CAMP=None    # (family, id) while an attack is being written
def emit(u,t,typ,ok,meth,ip,ua,did=None,vol=None):
    t=int(t)
    if t<0 or t>=DAYS*DAYMS: return False
    d=t//DAYMS
    EV.append((t,u.id,typ,ok,meth,ip,ua,did,vol,CAMP))
    if CAMP is None: u.hist.append((t,ip,ua,did,meth,ok,typ))
    return True
def volume(u,dev,mult=1.0,ref=None):
    f={'phone':.12,'tablet':.3}.get(dev,1.0)
    out=logn(u.vol*f*mult,.95); inn=out*u.ratio*math.exp(R.gauss(0,.6))
    return (int(inn)+180,int(out)+420)

# ---------------------------------------------------------------- company
OFFICES={}
def mkoffice(name,cc,city,share=None):
    b=net(wchoice(C[cc]['biz'])[0],cc,'biz'); p=b.new24(city); h=R.randrange(4,240)
    OFFICES[name]=dict(cc=cc,city=city,ips=["%s.%d"%(p,h+i) for i in range(R.choice([2,3,4]))],guest="%s.%d"%(p,h+9),net=b,old=None,move=None)
for n,cc,ci in [('DUB','IE','Dublin'),('CRK','IE','Cork'),('LDN','GB','London'),('LDS','GB','Leeds'),('GLA','GB','Glasgow'),('MAD','ES','Madrid'),('VLC','ES','Valencia'),('KRK','PL','Krakow'),('CPT','ZA','Cape Town'),('PNQ','IN','Pune')]: mkoffice(n,cc,ci)
mv=R.choice(['GLA','MAD','CRK','LDN']); o=OFFICES[mv]; mkoffice('_new',o['cc'],o['city']); o['next']=OFFICES.pop('_new'); o['move']=R.randrange(12,50)
def office_ip(n,d,guest=False):
    o=OFFICES[n]
    if o['move'] is not None and d>=o['move']: o=o['next']
    return o['guest'] if guest else R.choice(o['ips'])
# secure web gateway; migrated from one vendor to another in the period
SWG_DAY=R.randrange(22,45)
SWG={'old':62044,'new':55256}
SWGN={'IE':[('IE','Dublin',6),('GB','London',3),('NL','Amsterdam',.5)],'GB':[('GB','London',6),('GB','Manchester',4),('NL','Amsterdam',.6)],
 'ES':[('ES','Madrid',6),('FR','Paris',2),('DE','Frankfurt am Main',.7)],'PL':[('PL','Warsaw',6),('DE','Frankfurt am Main',4)],'IN':[('IN','Mumbai',6),('SG','Singapore',1)],'RO':[('BG','Sofia',2),('DE','Frankfurt am Main',3)],'ZA':[('ZA','Johannesburg',4),('ZA','Cape Town',3)]}
swgips={}
def swg_ip(cc,d,u):
    mig=SWG_DAY+u.wave
    asn=SWG['new'] if d>=mig else SWG['old']
    l=SWGN.get(cc) or [('GB','London',1),('DE','Frankfurt am Main',2),('NL','Amsterdam',1)]
    c=wchoice(l) if (u.h+d)%19==0 else wchoice([l[0],l[min(1,len(l)-1)]]) if (u.h//7)%3==0 else l[0]
    k=(asn,c[0],c[1])
    if k not in swgips:
        n=net(asn,c[0],'biz'); ps=[n.new24(c[1]) for _ in range(2)]; swgips[k]=["%s.%d"%(R.choice(ps),R.randrange(5,250)) for _ in range(14)]
    return swgips[k][(u.h+d//3)%14]
VPNDC=["%s.%d"%(p,R.randrange(3,250)) for p in [net(2110,'IE','biz').new24('Dublin')] for _ in range(3)]
azw=net(8075,'NL','host'); p_=[azw.new24('Amsterdam') for _ in range(2)]; VDIW=["%s.%d"%(R.choice(p_),R.randrange(2,250)) for _ in range(10)]
azn=net(8075,'IE','host'); p_=[azn.new24('Dublin')]; VDIN=["%s.%d"%(p_[0],R.randrange(2,250)) for _ in range(6)]
VDIHOST=[Dev('vdi','win','edge',True,'outlook',lag=R.randrange(5,25)) for _ in range(46)]
VDIFAIL=set(range(R.randrange(16,40),45)) ; VDIFAIL=set(sorted(VDIFAIL)[:2])
def vdi_ip(d): return R.choice(VDIN if d in VDIFAIL else VDIW)
THIN={n:[Dev('thin','win',R.choice(['edge','edge','chrome','chrome109' if n=='VLC' else 'edge']),True,lag=R.randrange(3,60)) for _ in range(k)] for n,k in [('LDS',70),('GLA',50),('VLC',60),('CRK',30),('CPT',60)]}
HELPD=[]
OUT_W=[]   # (start,end,kind)
for k in ['idp','mfa','idp2']:
    d=R.choice([x for x in range(5,57) if WD[x]<5]); h=R.uniform(7.2,13); OUT_W.append((int(d*DAYMS+h*HMS),int(d*DAYMS+(h+R.uniform(.5,1.6))*HMS),k))
STORM={c:R.choice([x for x in range(3,55) if WD[x]<5]) for c in ['IE','GB','PL']}   # weather, strike: everybody at home
ACQ_DAY=R.choice([x for x in range(18,40) if WD[x]==0]); BPO_DAY=R.choice([x for x in range(10,30) if WD[x]==0])
PASSKEY_DAY=R.choice([x for x in range(15,42) if WD[x]==1])
REFRESH0=R.randrange(12,38)
MONTHEND={d for d in range(DAYS+1) if date(d).day<=3 or (date(d)+dt.timedelta(2)).day<=2}

B62="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
class Home:
    def __init__(s,cc,city):
        s.cc,s.city=cc,city; s.net=fixednet(cc)
        s.mode=wchoice([('static',55),('weekly',25),('daily',14 if cc in('PL','ES','RO') else 5)])[0]
        s.pfs=[s.net.prefix(city) for _ in range(3)]; s.v4="%s.%d"%(s.pfs[0],R.randrange(1,255)); s.last=-1
        s.v6=None
        if s.net.v6 and rnd()<.32:
            s.v6="%s:%x:%x"%(s.net.v6,R.randrange(0x1000,0xffff),R.randrange(0x1000,0xffff)); s.net.geo(s.v6,city)
        s.v6h={}
    def ip(s,d):
        if d!=s.last:
            gap=d-s.last; s.last=d
            pch={'static':.006,'weekly':.13,'daily':.8}[s.mode]
            if rnd()<pch: s.v4="%s.%d"%(R.choice(s.pfs),R.randrange(1,255))
        if s.v6 and rnd()<.5:
            k=d
            if k not in s.v6h: s.v6h={k:v6host(s.v6)}
            return s.v6h[k]
        return s.v4
class User: pass
USERS=[]
def mkuser(role,cc,city=None,office=None):
    u=User(); u.id="00u"+''.join(R.choice(B62) for _ in range(17)); u.role,u.cc,u.office=role,cc,office
    u.city=city or rcity(cc); u.hist=[]; u.h=R.randrange(1<<20); u.wave=R.choice([0,0,2,5,7,9])
    u.home=Home(cc,u.city); u.home2=None; u.mob=mobnet(cc); u.mobp=[u.mob.prefix(None) for _ in range(2)]
    u.start,u.end=-99,999; u.leaves=[]; u.trips=[]; u.kp=set(); u.kd=set()
    u.h0=R.gauss(8.7,.7); u.h1=R.gauss(17.3,.8); u.days={0,1,2,3,4}; u.night=False
    u.mfa=wchoice([('push',62),('totp',16),('sms',14)])[0]; u.passkey=None
    u.swg=False; u.lvpn=rnd()<.12; u.pvpn=None; u.relay=False; u.vdi=False
    u.clumsy=logn(1,.6); u.pwchange=-99; u.stale=None
    u.vol=logn(3.2e6,.7); u.ratio=logn(.14,.5); u.sso=.72; u.evening=.05*logn(1,.7); u.weekend=.03*logn(1,1)
    u.rate=.8; u.phrate=.3; u.dev=[]; u.phone=None; u.hpc=None; u.shared=None; u.expire=None; u.bulk=.0025; u.legacy=False
    USERS.append(u); return u
def kit(u,lap=True,ph=.8,hp=.3,it=False):
    if lap: u.dev=[laptop(it=it)]
    if rnd()<ph: u.phone=phone(rnd()<.45); u.relay=u.phone.os=='ios' and rnd()<.22
    if rnd()<hp: u.hpc=homepc()
    if rnd()<.055: u.pvpn=(R.choice(list(VPNP)),R.choice(VPNCC) if rnd()<.45 else u.cc,R.choice(['always','some','some']))
sc=R.uniform(.92,1.08)
def N(n): return int(n*sc*R.uniform(.93,1.07))
offw={'IE':[('DUB',80),('CRK',20)],'GB':[('LDN',45),('LDS',35),('GLA',20)],'ES':[('MAD',75),('VLC',25)],'PL':[('KRK',100)]}
commute={'DUB':['Dublin','Dublin','Dublin','Swords','Bray','Naas','Drogheda','Navan'],'CRK':['Cork'],'LDN':['London','London','Croydon','Reading'],'LDS':['Leeds','Leeds','Bradford','Wakefield','York'],'GLA':['Glasgow','Glasgow','Paisley'],'MAD':['Madrid','Madrid','Alcobendas','Getafe'],'VLC':['Valencia','Valencia','Torrent'],'KRK':['Krakow','Krakow','Wieliczka','Skawina','Tarnow','Katowice'],'CPT':['Cape Town','Bellville','Stellenbosch'],'PNQ':['Pune']}
def staff(role,n,ccw):
    for _ in range(n):
        cc=wchoice(ccw)[0]; of=wchoice(offw[cc])[0]
        u=mkuser(role,cc,R.choice(commute[of]) if rnd()<.9 else None,of); yield u
CCW=[('IE',30),('GB',34),('ES',20),('PL',16)]
for u in staff('office',N(980),CCW):
    kit(u); u.swg=rnd()<.6; u.od=set(R.sample([0,1,2,3,4],R.choice([1,2,2,3,3,4,5])))
for u in staff('remote',N(400),[('IE',25),('GB',40),('ES',20),('PL',15)]):
    kit(u,hp=.4); u.city=rcity(u.cc); u.home=Home(u.cc,u.city); u.swg=rnd()<.55; u.od=set(); u.lvpn=rnd()<.25
for u in staff('finance',N(190),[('IE',40),('GB',25),('ES',15),('PL',20)]):
    kit(u); u.swg=rnd()<.6; u.od=set(R.sample([0,1,2,3,4],R.choice([2,3]))); u.vol=logn(1.5e7,.9); u.evening=.12; u.bulk=.006
for u in staff('it',N(125),[('IE',30),('GB',20),('ES',10),('PL',40)]):
    kit(u,it=True,hp=.6); u.swg=rnd()<.4; u.od=set(R.sample([0,1,2,3,4],R.choice([0,1,2]))); u.evening=.2; u.weekend=.12; u.rate=1.4; u.bulk=.008
    u.passkey=-99 if rnd()<.4 else None; u.dev.append(laptop(rnd()<.5,True))
    if rnd()<.12 and u.pvpn is None: u.pvpn=('mullvad',R.choice(VPNCC),'some')
    u.jump=rnd()<.3
for u in staff('exec',N(45),[('IE',50),('GB',25),('ES',15),('PL',10)]):
    kit(u,ph=1,hp=.3); u.swg=rnd()<.4; u.od={0,1,2,3}; u.phrate=1.2; u.evening=.35; u.weekend=.3
for u in staff('field',N(170),[('IE',25),('GB',45),('ES',30)]):
    kit(u,ph=1,hp=.15); u.city=rcity(u.cc); u.home=Home(u.cc,u.city); u.od={R.randrange(5)}; u.phrate=1.3; u.rate=.5
for of,n in [('LDS',150),('GLA',90),('VLC',120),('CRK',50),('CPT',110)]:
    for _ in range(N(n)):
        cc=OFFICES[of]['cc']; u=mkuser('call',cc,R.choice(commute[of]),of); u.shift=wchoice([(7,3),(8.5,5),(11,3),(14,2)])[0]
        if of=='CPT': u.shift+=1; u.start=BPO_DAY+R.choice([0,0,0,1,2,7]) if rnd()<.7 else -99
        u.days=set(R.sample(range(7),5)) if rnd()<.5 else {0,1,2,3,4}
        u.shared=of; u.vdi=rnd()<(.9 if of=='CPT' else .3); u.wfh=rnd()<.35; u.sso=.35; u.rate=.5
        if u.wfh: u.dev=[laptop(rnd()<.6)]; u.hpc=homepc()
        if rnd()<.25: u.phone=phone(False)
        u.phrate=.1; u.vol=logn(9e5,.5)
for _ in range(N(210)):
    cc=wchoice([('IN',55),('RO',22),('ZA',12),('PL',8)])[0]; u=mkuser('contractor',cc,None,'PNQ' if cc=='IN' and rnd()<.5 else None)
    u.vdi=rnd()<.7; u.sso=.4; u.od={0,1,2} if u.office else set(); u.late=cc=='IN'
    if u.vdi: u.hpc=homepc(); u.dev=[laptop(rnd()<.3)]
    else: kit(u,ph=.5)
    if u.late: u.h0+=2; u.h1+=2.6
    if rnd()<.1: u.pvpn=(R.choice(list(VPNP)),'GB','some')
firms=[]
for i in range(95):
    cc=wchoice([('GB',48),('IE',26),('ES',20),('MT',2),('PT',3),('CY',1)])[0]; city=rcity(cc); b=fixednet(cc); p=b.prefix(city)
    firms.append((cc,city,"%s.%d"%(p,R.randrange(1,255)),[Dev('pc','win',R.choice(['chrome','edge','chrome','firefox_esr']),False) for _ in range(2)]))
for _ in range(N(430)):
    f=R.choice(firms); cc=f[0]
    u=mkuser('broker',cc,f[1]); u.firm=f; u.mfa=None if rnd()<.33 else wchoice([('sms',5),('totp',3),('push',2)])[0]
    u.sso=.05; u.brate=min(.9,logn(.22,.9)); u.hpc=homepc(); u.dev=[Dev('pc','win',R.choice(['chrome','edge','chrome','firefox']),False)]
    if rnd()<.5: u.phone=phone(False)
    u.clumsy*=1.8; u.phrate=.1; u.vol=logn(8e5,.7); u.team=rnd()<.03; u.robot=rnd()<.015
SVC=[]
for i in range(27):
    u=mkuser('svc','IE','Dublin'); u.mfa=None; u.sso=0; u.kind=wchoice([('cloud',12),('legacy',7),('synthetic',2),('scanner',4)])[0]; SVC.append(u)
    if i==0: u.kind='synthetic'
    u.ua=TOOLS[i%len(TOOLS)] if u.kind!='synthetic' else ua_of('linux','chrome',0,15); u.period=R.choice([8,12,24,24,6,4])
    u.ips=[OFFICES['DUB']['ips'][0]] if u.kind=='legacy' else [net(*R.choice([(16509,'IE'),(8075,'IE'),(8075,'NL'),(396982,'NL')]),'host').ip(None)] if u.kind!='synthetic' else [net(a,c,'host').ip(rcity(c)) for a,c in [(16509,'IE'),(16509,'GB'),(16509,'DE'),(14618,'US')]]
    u.vol=logn(2e5,1.4); u.rot=R.randrange(5,70)
EMP=[u for u in USERS if u.role not in('svc','broker')]
# acquired broker: a wave of newcomers from Malta/Portugal
for _ in range(N(85)):
    cc=wchoice([('PT',6),('MT',3)])[0]; u=mkuser('office',cc,None,None); kit(u,ph=.6,hp=.5); u.od=set(); u.start=ACQ_DAY+R.choice([0,0,0,1,1,3,8]); u.swg=rnd()<.3; u.acq=1; EMP.append(u)
    u.late_enrol=u.start+R.randrange(0,18)
    for d_ in u.dev: d_.enrol=u.late_enrol
for u in EMP:
    if u.start<0 and rnd()<.055: u.start=R.choice([x for x in range(1,57) if WD[x] in(0,0,1,2)])
    if rnd()<.05: u.end=R.randrange(6,60)
    # leave
    if rnd()<.45:
        d=R.randrange(-3,57); u.leaves.append((d,d+R.choice([1,2,4,5,7,9,12,14])))
    x=rnd()
    if x<.012: u.leaves.append((-99,R.randrange(10,56)))
    elif x<.04: d=R.randrange(2,30); u.leaves.append((d,d+R.randrange(20,70)))
    if u.passkey is None and u.role in('finance','exec','office') and rnd()<.16: u.passkey=PASSKEY_DAY+R.randrange(0,15)
    if u.role in('office','remote','finance','it','field','exec','call','contractor') and rnd()<60/110: u.expire=R.randrange(0,60)
    u.newphone=R.randrange(0,60) if u.phone and rnd()<.085 else None
    u.newlap=None
    if u.dev and u.role!='call':
        if u.cc=='GB' and u.role in('office','remote') and rnd()<.35: u.newlap=REFRESH0+R.randrange(0,16)
        elif rnd()<.05: u.newlap=R.randrange(0,60)
    u.move=R.randrange(2,58) if rnd()<.035 else None
    u.lost=R.randrange(3,58) if u.phone and rnd()<.012 else None
    p={'exec':.8,'field':.2,'call':.08,'finance':.3,'it':.22,'contractor':.12}.get(u.role,.2)
    for _ in range(pois(p) if u.role!='exec' else 1+pois(1.6)):
        d=R.randrange(0,58); hol=rnd()<.4
        cc=R.choice(['IE','GB','ES','PL'] ) if not hol and rnd()<.55 else R.choice(list(TRAVEL)[:17]+['FR','PT','IT','US','GR','ES','DE','NL'])
        if u.role=='contractor': cc=R.choice(['IE','GB','AE','US',u.cc,u.cc])
        if cc==u.cc and rnd()<.7: continue
        u.trips.append(dict(a=d,b=d+(R.choice([1,2,2,3,4]) if not hol else R.choice([4,7,7,10,14])),cc=cc,city=rcity(cc),hol=hol,
            roam=wchoice([('home',60),('local',20),('esim',20)])[0],esim=R.choice(['PL','HK','SG','NL','GB','FR'])))
    if rnd()<.006: d=R.randrange(2,40); cc=R.choice(['PT','ES','GR','ZA','TH','IT','RO','UA']); u.trips.append(dict(a=d,b=d+R.randrange(15,45),cc=cc,city=rcity(cc),hol=False,roam='home',esim='PL',work=True))
bord=[u for u in EMP if u.cc in('IE','GB') and u.role in('remote','field','office')]
for u in R.sample(bord,26):     # border of Ireland: the two countries swap with the cell
    u.cc_b='GB' if u.cc=='IE' else 'IE'; u.border=mobnet(u.cc_b); u.city={'IE':'Letterkenny','GB':'Derry'}[u.cc]; u.home=Home(u.cc,u.city)
for _ in range(22):             # two colleagues in one flat
    a,b=R.sample([u for u in EMP if u.role in('office','remote','finance')],2)
    if a.cc==b.cc: b.home=a.home; b.city=a.city
SELFU=R.sample([u for u in EMP if u.role in('it','contractor','remote')],18)
TORU=R.sample([u for u in EMP if u.role in('it','remote','contractor','office')],7)
for u in TORU: u.tor=R.choice([.02,.05,.15])
for u in R.sample([u for u in EMP if u.role in('office','remote','it','exec','call')],16):
    d=R.randrange(0,50); cc=R.choice(['VN','NG','RU','BR','HK','CA','TR','UA','SE','BG']); u.trips.append(dict(a=d,b=d+R.randrange(5,16),cc=cc,city=rcity(cc),hol=rnd()<.6,roam=R.choice(['home','local']),esim='HK'))
execs=[u for u in USERS if u.role=='exec']; pas=[u for u in USERS if u.role=='office' and u.cc in('IE','GB')]
for e in execs:
    e.pa=R.choice(pas) if rnd()<.3 else None
hd=[u for u in USERS if u.role=='it' and u.office][:14]
def helpdesk(d):
    h=R.choice(hd); return (office_ip(h.office,d) if rnd()<.7 else h.home.ip(d)),h.dev[0].ua(d)
def active(u,d):
    if d<u.start or d>u.end: return False
    for a,b in u.leaves:
        if a<=d<=b: return False
    return True

# ---------------------------------------------------------------- one honest (or insider) login
def outage(t,mfa):
    for a,b,k in OUT_W:
        if a<=t<b and (k!='mfa' or mfa): return (a,b,k)
def do_login(u,t,dev,ip,app=False,private=False,mult=1.0,noflow=False):
    d=max(0,min(DAYS-1,int(t//DAYMS))); ua=dev.ua(d,app); pk=pkey(ip)
    did=dev.id if dev.managed and not private and d>=dev.enrol and rnd()<.985 else None
    newn=pk not in u.kp; newd=(dev not in u.kd) or private
    u.kp.add(pk); u.kd.add(dev)
    pw=True
    if u.passkey is not None and d>=u.passkey and rnd()<.6 and not app: meth='passkey'; pw=False
    elif (did and rnd()<u.sso) or (app and rnd()<.85): meth='sso'; pw=False
    else: meth='mfa' if u.mfa and rnd()<.94 else 'password'
    o=outage(t,meth=='mfa')
    if o and not noflow:
        for _ in range(R.choice([1,2,2,3,4,6])):
            if o[2]=='mfa':
                emit(u,t,'mfa_challenge',False,u.mfa or 'push',ip,ua,did)
            else: emit(u,t,'login',False,meth,ip,ua,did)
            t+=R.expovariate(1/120000.)+9000
        if rnd()<.3: return t
        t=max(t,o[1]+R.expovariate(1/(18*MIN)))
    if pw:
        recent=0<=t-u.pwchange*DAYMS<2.5*DAYMS
        p=min(.4,.028*u.clumsy+(.12 if recent else 0)+(.05 if dev.kind=='phone' else 0)+(.05 if WD[d]==0 else 0)*.6)
        k=0
        while rnd()<p and k<7:
            emit(u,t,'login',False,'password',ip,ua,did); t+=R.uniform(5,45)*1000; k+=1
            p=min(.62,p+.16)
        if k>=5:
            # locked
            x=rnd()
            if x<.45:
                t+=R.uniform(6,50)*MIN; hip,hua=helpdesk(d); emit(u,t,'password_reset',True,'helpdesk',hip,hua); t+=R.uniform(1,9)*MIN; u.pwchange=d
            elif x<.8:
                t+=R.uniform(1,6)*MIN; emit(u,t,'password_reset',rnd()<.9,R.choice(['sms','email']),ip,ua,did); t+=R.uniform(.5,3)*MIN; u.pwchange=d
            else: t+=R.uniform(16,45)*MIN
        elif k>=3 and rnd()<.35:
            emit(u,t,'password_reset',rnd()<.92,R.choice(['sms','email','sms']),ip,ua,did); t+=R.uniform(.5,3)*MIN; u.pwchange=d
    if meth=='mfa' or (meth=='sso' and (newn or newd) and u.mfa and rnd()<.2):
        if rnd()<(.75 if newn or newd else .34):
            k=u.mfa
            for _ in range(6):
                x=rnd(); bad=.022 if k=='totp' else .04 if k=='push' else .045
                if x>=bad*(3.2 if _ else 1): break
                emit(u,t,'mfa_challenge',False,k,ip,ua,did); t+=R.uniform(12,95)*1000
                if k=='push' and rnd()<.2: k='sms'
            emit(u,t,'mfa_challenge',True,k,ip,ua,did); t+=R.uniform(1.5,9)*1000
    emit(u,t,'login',True,meth,ip,ua,did,volume(u,dev.kind,mult))
    return t

def dev_at(u,d):
    x=None
    for a,v in getattr(u,'dl',[(-999,u.dev[0] if u.dev else None)]):
        if a<=d: x=v
    return x or u.hpc or VDIHOST[0]
def home_of(u,d):
    return u.home2 if u.home2 is not None and d>=u.move else u.home
def mobile_ip(u,d,trip=None):
    if trip and trip['cc']!=u.cc:
        if trip['roam']=='local': return mobnet(trip['cc']).ip(None)
        if trip['roam']=='esim': return mobnet(trip['esim']).ip(None)
    n=u.mob
    if getattr(u,'border',None) and rnd()<.35: n=u.border
    if n.v6 and rnd()<.35: return n.ip(None,v6=1)
    if n is u.mob and rnd()<.8: return "%s.%d"%(R.choice(u.mobp),R.choice(MOBH[:12]))
    return n.ip(None)
HOTELNET=[(3303,'CH'),(5607,'GB')]
def travel_ip(u,trip,d):
    k=(d-trip['a'])//3
    key=('h',k)
    if key not in trip:
        n=fixednet(trip['cc']); trip[key]="%s.%d"%(n.prefix(trip['city']),R.randrange(1,255))
    x=rnd()
    if x<.66: return trip[key]
    if x<.8: return fixednet(trip['cc']).ip(trip['city'])
    if x<.86: return R.choice([net(8075,'GB','host'),net(64294,'DE','biz'),net(40306,'US','biz'),net(10245,'US','biz')]).ip(None)
    return mobile_ip(u,d,trip)
SELF=[(16276,'FR'),(24940,'DE'),(51167,'DE'),(14061,'GB'),(14061,'US'),(63949,'US'),(63949,'GB'),(20473,'NL'),(16276,'PL'),(8100,'US'),(45102,'SG'),(62240,'GB'),(46562,'US'),(212238,'ES'),(136787,'FR')]
def lap_ip(u,d,place,app,trip,dev):
    if getattr(u,'selfip',None) and place!='office' and not app and rnd()<.3: return u.selfip
    if u.pvpn and not app and dev.kind in('laptop','homepc') and (place in('home','cafe','travel')) and rnd()<{'always':.8,'some':.22}[u.pvpn[2]] and not(u.swg and dev.managed and rnd()<.6):
        return vpnip(u.pvpn[0],u.pvpn[1] if rnd()<.8 else R.choice(VPNCC))
    if u.swg and dev.managed and not app:
        if place=='office': 
            if rnd()<.75: return swg_ip(u.cc,d,u)
        elif rnd()<.85: return swg_ip(trip['cc'] if trip else u.cc,d,u)
    if u.lvpn and place!='office' and dev.managed and rnd()<.33: return R.choice(VPNDC)
    if place=='office': return office_ip(u.office,d) if rnd()<.94 else office_ip(u.office,d,True)
    if place=='travel': return travel_ip(u,trip,d)
    if place=='cafe':
        if rnd()<.3: return mobile_ip(u,d)      # tethered
        return fixednet(u.cc).ip(u.city if rnd()<.6 else None)
    if dev.os=='mac' and dev.br=='safari' and u.relay and rnd()<.5: return relayip(u.cc,u.city)
    return home_of(u,d).ip(d)
def ph_ip(u,d,place,app,trip):
    if u.relay and not app and rnd()<.7: return relayip(trip['cc'] if trip and trip['roam']=='local' else u.cc,u.city if not trip else None)
    x=rnd()
    if trip: return travel_ip(u,trip,d) if x<.45 else mobile_ip(u,d,trip)
    if place=='office': return office_ip(u.office,d,True) if x<.35 else mobile_ip(u,d)
    return home_of(u,d).ip(d) if x<.55 else mobile_ip(u,d)

def stale_phone(u,d,place,trip):
    # old password kept in a mail client: failures for some hours or days
    dev=u.phone; n=R.choice([2,3,4,6,9,14]); t=lms(d,R.uniform(8,15),u.cc)
    old=rnd()<.3
    for i in range(n):
        emit(u,t,'login',False,'password',ph_ip(u,min(59,int(t//DAYMS)) if t>0 else 0,place,True,trip),'BAV2ROPC' if old else dev.ua(d,True),None)
        t+=R.expovariate(1/(70*MIN))+R.choice([30000,5*MIN,15*MIN])
def newcomer(u,d,ip,dev):
    t=lms(d,u.h0+R.uniform(.3,2),u.cc); ua=dev.ua(d)
    if rnd()<.6: hip,hua=helpdesk(d); emit(u,t-R.uniform(10,60)*MIN,'password_reset',True,'helpdesk',hip,hua)
    emit(u,t,'login',rnd()<.8,'password',ip,ua,None,None); t+=R.uniform(20,90)*1000
    emit(u,t,'password_reset',True,'password',ip,ua,None); t+=R.uniform(1,6)*MIN
    if u.mfa: emit(u,t,'mfa_challenge',rnd()<.85,u.mfa,ip,ua,None)
    u.pwchange=d; u.kp.add(pkey(ip))
    if dev.managed and rnd()<.5: dev.enrol=max(dev.enrol,d+1)

def live_emp(u):
    first=True
    u.dl=[(-999,u.dev[0] if u.dev else None)]
    for d in range(DAYS):
        if not active(u,d): continue
        if u.dev and u.dl[-1][1] is not u.dev[0]: u.dl.append((d,u.dev[0]))
        trip=None
        for tr in u.trips:
            if tr['a']<=d<=tr['b']: trip=tr
        wd=WD[d]; work=wd in u.days and d not in HOL.get(u.cc,())
        if trip and trip['hol']: work=work and rnd()<.12
        if work and rnd()<.045: work=False     # sick, day off
        cc_t=trip['cc'] if trip else u.cc
        vm=1.0
        if u.role=='finance' and d in MONTHEND: vm=R.choice([1.5,3,5])
        if not work:
            pw=(u.weekend if not(trip and trip['hol']) else .22)*(3 if d in MONTHEND and u.role=='finance' else 1)
            if rnd()<pw and (u.dev or u.phone):
                usep=u.phone and (rnd()<.65 or not u.dev)
                t=lms(d,min(23.4,max(6,R.gauss(14.5,4))),cc_t); place='travel' if trip else 'home'
                if usep: ap=bool(u.phone.native) and rnd()<.7; do_login(u,t,u.phone,ph_ip(u,d,place,ap,trip),ap)
                else: do_login(u,t,u.dev[0],lap_ip(u,d,place,False,trip,u.dev[0]),False,mult=vm)
            continue
        # hardware changes
        if u.newlap is not None and d>=u.newlap and u.dev:
            old=u.dev[0]; nd=laptop(True,u.role=='it'); nd.lag=R.randrange(0,10); nd.enrol=d+(R.choice([0,0,0,1,2])); u.dev=[nd]+([old] if rnd()<.3 else u.dev[1:]); u.newlap=None; u.dl.append((d,nd))
        if u.newphone is not None and d>=u.newphone:
            u.phone=phone(u.phone.managed); u.newphone=None
            if rnd()<.35 and u.mfa: hip,hua=helpdesk(d); t=lms(d,R.uniform(9,11),u.cc); emit(u,t,'mfa_challenge',False,u.mfa,home_of(u,d).ip(d),u.phone.ua(d)); 
        if u.move is not None and d>=u.move and u.home2 is None:
            u.city2=u.city if rnd()<.5 else rcity(u.cc); u.home2=Home(u.cc,u.city2)
        # where
        if trip: place='travel'
        elif u.office and wd in getattr(u,'od',()) and STORM.get(u.cc)!=d: place='office' if rnd()<.9 else 'home'
        else: place='home' if rnd()<.972 else ('office' if u.office and rnd()<.4 else 'cafe')
        # call centre
        if u.role=='call':
            h0=u.shift+R.gauss(-.1,.12); h1=u.shift+8
            atoff=not(u.wfh and rnd()<.55) and STORM.get(u.cc)!=d
            n=1+pois(.75)+(1 if rnd()<.3 else 0)
            seat=R.choice(THIN[u.shared])
            for i in range(n):
                t=lms(d,h0 if i==0 else R.uniform(h0+.5,h1-.3),u.cc)
                if u.vdi and rnd()<.75:
                    if i==0 and rnd()<.4:  # gateway first, then the virtual desktop
                        ldev=seat if atoff else (u.dev[0] if u.dev else seat)
                        do_login(u,t,ldev,office_ip(u.shared,d) if atoff else home_of(u,d).ip(d),mult=.2); t+=R.uniform(40,160)*1000
                    do_login(u,t,R.choice(VDIHOST),vdi_ip(d))
                elif atoff: do_login(u,t,seat,office_ip(u.shared,d))
                elif u.dev:
                    dv=u.dev[0] if rnd()<.85 or not u.hpc else u.hpc
                    do_login(u,t,dv,home_of(u,d).ip(d) if rnd()<.96 else mobile_ip(u,d))
                if i==0 and d==max(0,u.start) and u.start>0: newcomer(u,d,office_ip(u.shared,d),seat)
            if u.phone and rnd()<u.phrate: do_login(u,lms(d,R.uniform(7,22.5),u.cc),u.phone,ph_ip(u,d,'home',False,None))
        else:
            main=u.dev[0] if u.dev else u.hpc
            if d==u.start and u.start>0: newcomer(u,d,lap_ip(u,d,place,False,trip,main),main)
            # after long leave
            lg=[b for a,b in u.leaves if b-a>=14 and 0<=d-b<=5]
            if lg and not getattr(u,'ret',0):
                u.ret=1; ip=lap_ip(u,d,place,False,trip,main); t=lms(d,u.h0,u.cc)-20*MIN
                if rnd()<.5:
                    nd=laptop() if rnd()<.4 else main; u.dev=[nd]+u.dev[1:]; main=nd; u.dl.append((d,nd))
                for _ in range(R.choice([0,1,2,3,4,5])): emit(u,t,'login',False,'password',ip,main.ua(d),None); t+=R.uniform(8,60)*1000
                if rnd()<.7:
                    if rnd()<.5: hip,hua=helpdesk(d); emit(u,t,'password_reset',True,'helpdesk',hip,hua)
                    else: emit(u,t,'password_reset',True,'sms',ip,main.ua(d))
                    u.pwchange=d
            if u.lost is not None and d>=u.lost and u.phone:
                u.lost=None; t=lms(d,R.uniform(8,18),cc_t); hip,hua=helpdesk(d); emit(u,t,'password_reset',True,'helpdesk',hip,hua); u.pwchange=d
                u.phone=phone(False); t+=R.uniform(5,120)*MIN
                if u.mfa: emit(u,t,'mfa_challenge',True,'sms',ph_ip(u,d,place,False,trip),u.phone.ua(d))
                t=do_login(u,t+R.uniform(8,90)*1000,u.phone,ph_ip(u,d,place,False,trip))
            n=1+pois(u.rate)
            if d in MONTHEND and u.role=='finance': n+=pois(.8)
            for i in range(n):
                hh=R.gauss(u.h0,.35) if i==0 else R.uniform(u.h0+.6,u.h1)
                t=lms(d,hh,cc_t if (not trip or abs(C[trip['cc']]['tz']-C[u.cc]['tz'])<4 or rnd()<.8) else u.cc)
                pl=place
                if place=='office' and i and hh>16 and rnd()<.15: pl='home'
                dv=main; app=False; private=False
                x=rnd()
                if u.vdi and x<.72:
                    if rnd()<.3 and i==0: do_login(u,t,main if rnd()<.5 or not u.hpc else u.hpc,lap_ip(u,d,pl,True,trip,main),mult=.2); t+=R.uniform(40,160)*1000
                    do_login(u,t,R.choice(VDIHOST),vdi_ip(d),mult=vm); continue
                if len(u.dev)>1 and rnd()<.25: dv=u.dev[1]
                if dv.native and rnd()<.3: app=True
                elif rnd()<.018: private=True
                if u.hpc and pl in('home','cafe') and rnd()<.06: dv=u.hpc; app=False
                elif rnd()<.0022: dv=homepc(); app=False         # somebody else's computer
                mult=vm
                if rnd()<u.bulk: mult*=R.choice([8,15,30,60])
                if u.end-d<6 and rnd()<.03: mult*=12
                if getattr(u,'jump',False) and rnd()<.06:
                    do_login(u,t,Dev('jump','linux',R.choice(['firefox','curl/8.5.0','python-requests/2.32.3','okhttp/4.12.0']),False,lag=30),hostip(R.choice(['IE','NL','GB']))); continue
                ip=lap_ip(u,d,pl,app,trip,dv)
                if pl=='home' and rnd()<.012: ip=fixednet(u.cc).ip(None,v6=.1)     # parents, partner, co-working
                do_login(u,t,dv,ip,app,private,mult)
                # split tunnel: native client goes out directly a few minutes later
                if u.swg and not app and dv.native and rnd()<.07: do_login(u,t+R.uniform(1,35)*MIN,dv,travel_ip(u,trip,d) if trip else (office_ip(u.office,d) if pl=='office' and u.office else home_of(u,d).ip(d)),True)
            if u.phone:
                for _ in range(pois(u.phrate)):
                    ap=bool(u.phone.native) and rnd()<.6; hh=R.uniform(7,22.8)
                    pl=place if not(place=='office' and (hh<8.5 or hh>17.5)) else 'home'
                    do_login(u,lms(d,hh,cc_t),u.phone,ph_ip(u,d,pl if u.office else 'home',ap,trip),ap)
            if rnd()<u.evening:
                t=lms(d,R.uniform(19,23.7) if rnd()<.9 else R.uniform(4.5,6.7),cc_t); pl='travel' if trip else 'home'
                do_login(u,t,main,lap_ip(u,d,pl,False,trip,main),False,mult=vm*(1 if rnd()<.985 else 20))
            if u.role=='it' and rnd()<.012:  # on call
                t=lms(d,R.uniform(23.5,29),u.cc); do_login(u,t,main,lap_ip(u,d,'home',False,None,main)); 
            if u.role=='it' and u.pvpn and u.pvpn[0]=='mullvad' and rnd()<.004: do_login(u,lms(d,R.uniform(9,22),u.cc),u.hpc or main,torip(),private=True)
            if rnd()<getattr(u,'tor',0): do_login(u,lms(d,R.uniform(9,23),u.cc),u.hpc or main,torip(),private=True)
            if getattr(u,'pa',None) and rnd()<.12:
                p=u.pa; do_login(u,lms(d,R.uniform(9,17),p.cc),p.dev[0],office_ip(p.office,d) if rnd()<.6 else home_of(p,d).ip(d))
            if rnd()<.0012 and u.office:       # help desk works under the user's name on the bench
                h=R.choice(hd); do_login(u,lms(d,R.uniform(9,16.5),u.cc),h.dev[0],office_ip(h.office,d),private=True)
            if u.mfa=='push' and rnd()<.0011:  # client that re-authenticates by itself, denied again and again
                t=lms(d,R.uniform(7,23),u.cc); ip=home_of(u,d).ip(d) if not trip else travel_ip(u,trip,d); ua=main.ua(d,True)
                for _ in range(R.randrange(2,11)): emit(u,t,'mfa_challenge',False,'push',ip,ua,main.id); t+=R.uniform(.4,9)*MIN
                if rnd()<.7: emit(u,t,'mfa_challenge',True,'push',ip,ua,main.id); emit(u,t+R.uniform(1.5,9)*1000,'login',True,'mfa',ip,ua,main.id,volume(u,main.kind))
        # password expiry
        if u.expire is not None and d>=u.expire and u.passkey is None:
            u.expire=None; u.pwchange=d
            dv=(u.dev[0] if u.dev else u.hpc) or R.choice(THIN.get(u.shared,VDIHOST)); t=lms(d,u.h0 if u.role!='call' else u.shift,u.cc)-R.uniform(1,9)*MIN
            ip=office_ip(u.shared,d) if u.role=='call' else lap_ip(u,d,place,False,trip,dv)
            if rnd()<.6: emit(u,t,'login',False,'password',ip,dv.ua(d),dv.id)
            emit(u,t+R.uniform(20,120)*1000,'password_reset',True,'password',ip,dv.ua(d),dv.id)
            if u.phone and rnd()<.4: stale_phone(u,min(59,d+R.choice([0,0,1])),place,trip)
        if rnd()<.0012*u.clumsy:                # forgotten password, self service
            dv=(u.dev[0] if u.dev else u.hpc) or R.choice(VDIHOST); t=lms(d,R.uniform(8,20),cc_t); ip=lap_ip(u,d,place if place!='office' or u.office else 'home',True,trip,dv)
            for _ in range(R.choice([1,2,3,4,5,6])): emit(u,t,'login',False,'password',ip,dv.ua(d),None); t+=R.uniform(6,60)*1000
            emit(u,t,'password_reset',True,R.choice(['sms','email']),ip,dv.ua(d),None); u.pwchange=d
            do_login(u,t+R.uniform(.5,4)*MIN,dv,ip)
def live_broker(u):
    f=u.firm; others=[(Home(u.cc,rcity(u.cc)),homepc()) for _ in range(R.choice([2,3]))] if u.team else []
    gone=(R.randrange(4,24),R.choice([99,R.randrange(38,60)])) if rnd()<.1 else None
    if rnd()<.04: u.start=R.randrange(3,57)
    robot=hostip(R.choice(['IE','GB','NL'])) if u.robot else None
    newpc=R.randrange(0,60) if rnd()<.06 else None
    u.gone=gone
    for d in range(DAYS):
        if gone and gone[0]<=d<gone[1]: continue
        if d<u.start: continue
        if newpc is not None and d>=newpc: u.dev=[Dev('pc','win',R.choice(['chrome','edge']),False,lag=2)]; newpc=None
        if robot and rnd()<.9:
            do_login(u,lms(d,R.choice([2,5,6])+rnd()*.1,u.cc),Dev('rpa','linux','chrome',False,lag=40),robot,noflow=True)
        if WD[d]>=5 or d in HOL.get(u.cc,()):
            if rnd()>.04*u.brate*3: continue
        elif rnd()>u.brate*(1.4 if d in MONTHEND else 1): continue
        for _ in range(1+pois(.25)):
            hh=R.uniform(8.8,18) if rnd()<.92 else R.uniform(18,23); t=lms(d,hh,u.cc); x=rnd()
            if others and x<.5: h,dv=R.choice(others); do_login(u,t,dv,h.ip(d)); continue
            if x<.72: do_login(u,t,u.dev[0] if rnd()<.8 else R.choice(f[3]),f[2])
            elif x<.9: do_login(u,t,u.hpc if rnd()<.7 else u.dev[0],u.home.ip(d) if rnd()<.93 else fixednet(u.cc).ip(None))
            elif u.phone: do_login(u,t,u.phone,ph_ip(u,d,'home',False,None))
            else: do_login(u,t,u.dev[0],mobile_ip(u,d) if rnd()<.6 else resi(R.choice(['ES','PT','FR','US','GB']) if rnd()<.3 else u.cc))
        if rnd()<.01:
            t=lms(d,R.uniform(9,18),u.cc); emit(u,t,'password_reset',True,R.choice(['email','sms']),f[2],u.dev[0].ua(d)); u.pwchange=d
def live_svc(u):
    t=R.uniform(0,u.period*HMS); ph=0
    broken=(u.rot*DAYMS,u.rot*DAYMS+R.uniform(.4,5)*DAYMS) if u.kind!='synthetic' else (1e18,0)
    if u.kind=='synthetic': u.period=1.5
    while t<DAYS*DAYMS:
        d=int(t//DAYMS); ip=R.choice(u.ips)
        if u.kind=='cloud' and rnd()<.004: u.ips=[net(*R.choice([(16509,'IE'),(8075,'IE'),(8075,'NL')]),'host').ip(None)]
        ua=u.ua if u.kind!='synthetic' else ua_of('linux','chrome',d,15)
        if broken[0]<=t<broken[1]:
            for _ in range(R.choice([1,2,3,3])): emit(u,t+_*R.uniform(2000,60000),'login',False,'password',ip,ua)
        elif outage(t,False) and rnd()<.8: emit(u,t,'login',False,'password',ip,ua)
        else: emit(u,t,'login',rnd()<.996,'password' if u.kind!='cloud' or u.h%3 else 'certificate',ip,ua,None,volume(u,'srv'))
        t+=u.period*HMS*(1+R.gauss(0,.004 if u.kind!='legacy' else .05))+R.uniform(0,40000)
for i,u in enumerate(SELFU):
    a,c=SELF[i%len(SELF)]; u.selfip=net(a,c,'host').ip(rcity(c))
for u in USERS:
    if u.role=='svc': live_svc(u)
    elif u.role=='broker': live_broker(u)
    else: live_emp(u)
for u in USERS: u.hist.sort(key=lambda x:x[0])
NH=len(EV)

# ---------------------------------------------------------------- attacks
FAM=['credential_stuffing','password_spray','brute_force','stolen_credentials','anonymiser','mfa_fatigue','session_theft','insider','near_takeover','dormant_revival','reset_takeover','shared_device']
HUM=[u for u in USERS if u.role!='svc']
POOL=[]
def common_dev():
    x=rnd()
    d=laptop(False) if x<.6 else homepc() if x<.85 else phone(False)
    d.lag=int(R.expovariate(1/6.)); d.managed=False; d.id=None; return d
def victim(day,minhist=6,pred=None):
    for _ in range(4000):
        u=R.choice(HUM)
        if not(u.start+4<=day<u.end-1) or not active(u,day): continue
        g=getattr(u,'gone',None)
        if g and g[0]<=day<g[1]: continue
        if sum(1 for e in u.hist if e[0]<day*DAYMS)<minhist: continue
        if pred and not pred(u): continue
        return u
    return R.choice(HUM)
def hloc(u): return (u.cc,u.city)
def wday(d):
    d=int(max(14,min(59,d)))
    while WD[d]>=5 and d<59: d+=1
    if WD[d]>=5: d-=2
    return d
def wtime(u,d):
    d=wday(d); h0=getattr(u,'shift',u.h0) ; return lms(d,R.uniform(h0,h0+8.6),u.cc)
def atime(u,d,s):
    if s>=.6 or (s>=.3 and rnd()<.5): return wtime(u,d)
    return int((d+rnd())*DAYMS)
BADCC=['RU','NG','VN','US','NL','DE','RO','BR','FR','UA','TR','HK','BG']
class Infra:
    """source addresses: loud = hosting, middle = VPN or wrong country, careful = household in the victim's country"""
    def __init__(s,st,u=None,samecity=False):
        s.st=st; s.stick={}; s.same=samecity or (st>.82 and rnd()<.7); s.prov=R.choice(list(VPNP)); s.rot=rnd()<.5
        if st<.3: s.mode=wchoice([('host',5),('badresi',3),('tor',1),('vpn',2)])[0]
        elif st<.6: s.mode=wchoice([('vpn',3),('resi',4),('hostcc',3),('badresi',1)])[0]
        else: s.mode=wchoice([('resi',14),('mob',2),('vpncc',1)])[0]
        s.bad=R.choice(BADCC)
    def ip(s,u,new=False):
        k=u.id
        if k in s.stick and not new and not(s.rot and rnd()<.35): return s.stick[k]
        cc,city=hloc(u)
        m=s.mode
        if m=='host': x=hostip()
        elif m=='badresi': x=resi(s.bad)
        elif m=='tor': x=torip()
        elif m=='vpn': x=vpnip(s.prov,R.choice(VPNCC))
        elif m=='vpncc': x=vpnip(s.prov,cc if cc in VPNCC else 'GB')
        elif m=='hostcc': x=hostip(cc)
        elif m=='mob': x=mobnet(cc).ip(None)
        else: x=resi(cc,city if s.same or rnd()<.2 else None)
        s.stick[k]=x; return x
def agent(st,u=None):
    """a function day -> user agent"""
    if st<.3 and rnd()<.5: x=R.choice(TOOLS); return lambda d:x
    if st<.3 and rnd()<.3: return lambda d:ua_of('win','chrome109',d,0)
    if st>.8 and u is not None and u.hist and rnd()<.5:
        k=rnd(); memo=[]
        def past(d):
            if not memo:
                h=[e for e in u.hist if e[5] and e[0]<(d+.5)*DAYMS][-25:]
                memo.append(h[int(k*len(h))][2] if h else ua_of('win','edge',d,4))
            return memo[0]
        return past
    v=common_dev(); return lambda d:v.ua(d)
def avol(u,s,kind='laptop'):
    if s<.3: m=R.choice([3,15,40,90])
    elif s<.6: m=R.choice([.5,1,3,8])
    else: m=R.choice([.2,.5,.8,1,1.4])
    return volume(u,kind,m)
def atk_login(u,t,ip,ua,s,ok=True,meth=None,did=None,challenge=True):
    if meth is None:
        meth='mfa' if u.mfa and (rnd()<.75) else 'password'
    if ok and meth=='mfa' and challenge and rnd()<.55:
        if rnd()<.06: emit(u,t-R.uniform(20,70)*1000,'mfa_challenge',False,u.mfa or 'totp',ip,ua,did)
        emit(u,t-R.uniform(1.5,9)*1000,'mfa_challenge',True,u.mfa or 'totp',ip,ua,did)
    emit(u,t,'login',ok,meth if ok else 'password',ip,ua,did,avol(u,s) if ok else None)
REACT=[]
def react(u,t,p):
    if rnd()<p: REACT.append((u,t))
def follow(u,t,inf,ag,s,n=None,meth=None,did=None):
    n=n if n is not None else (R.randrange(3,9) if s<.3 else R.randrange(1,5) if s<.6 else R.choice([0,0,1,1,2,3]))
    dd=t/DAYMS
    for _ in range(n):
        if s<.6 and rnd()<.5: t2=t+R.expovariate(1/(3*HMS))
        else:
            dd+=R.uniform(.6,4); t2=wtime(u,int(dd)) if s>.5 else int(dd*DAYMS)
        if t2<=t or t2>=DAYS*DAYMS: continue
        m=meth or (R.choice(['sso','sso','mfa','password']) if u.mfa else R.choice(['password','sso']))
        d2=int(t2//DAYMS); atk_login(u,t2,inf.ip(u),ag(d2),s,True,m,did)
def a_stuff(s,d):
    n=R.randrange(110,250) if s<.3 else R.randrange(28,70) if s<.6 else R.randrange(6,20)
    inf=Infra(s); agents=[agent(s) for _ in range(1 if s<.3 else 3 if s<.6 else max(3,n//2))]; ips=None
    us=[victim(d) for _ in range(n)]; succ=set(R.sample(range(n),max(1,min(4,int(n*R.choice([.01,.015,.03,.1]))+(s>.6 and rnd()<.4)))))
    if s<.3: ips=[inf.ip(us[0],True) for _ in range(R.randrange(6,50))]
    t0=atime(us[0],d,s); span=R.uniform(.5,5)*HMS if s<.3 else R.uniform(6,32)*HMS if s<.6 else R.uniform(2,9)*DAYMS
    for i,u in enumerate(us):
        t=t0+span*rnd() if s<.6 else wtime(u,int((t0+span*rnd())//DAYMS))
        ip=R.choice(ips) if ips else inf.ip(u,True); ag=R.choice(agents); ua=ag(min(59,int(t//DAYMS)))
        if i in succ:
            if u.mfa and rnd()<.35:
                emit(u,t,'mfa_challenge',False,u.mfa,ip,ua); 
                if rnd()<.5: emit(u,t+R.uniform(20,90)*1000,'mfa_challenge',False,u.mfa,ip,ua)
            else: atk_login(u,t,ip,ua,s,True,'password' if rnd()<.75 or not u.mfa else 'mfa'); inf.stick[u.id]=ip; follow(u,t,inf,ag,s); react(u,t,.5)
        else:
            emit(u,t,'login',False,'password',ip,ua)
            if rnd()<.12: emit(u,t+R.uniform(2,40)*1000,'login',False,'password',ip,ua)
def a_spray(s,d):
    n=R.randrange(220,480) if s<.3 else R.randrange(55,110) if s<.6 else R.randrange(10,30)
    inf=Infra(s); ag=agent(s); ags=[ag]+([agent(s) for _ in range(n//3)] if s>=.6 else [])
    us=sorted({victim(d).id:1 for _ in range(n)}); by={u.id:u for u in HUM}; us=[by[x] for x in us]
    if rnd()<.4: R.shuffle(us)
    succ=set(R.sample(range(len(us)),R.choice([0,1,1,2,3]) if s<.6 else R.choice([1,1,2])))
    ips=[inf.ip(us[0],True) for _ in range(R.choice([1,1,3,12]) if s<.3 else R.randrange(5,25))] if s<.6 else None
    t=atime(us[0],d,s); gap=R.uniform(1,20)*1000 if s<.3 else R.uniform(3,14)*MIN if s<.6 else R.uniform(2,9)*HMS
    for i,u in enumerate(us):
        t+=gap*(R.expovariate(1) if s>.15 else R.uniform(.95,1.05))
        tt=t if s<.6 else wtime(u,int(t//DAYMS)); dd=min(59,int(tt//DAYMS))
        if tt>=DAYS*DAYMS: break
        ip=R.choice(ips) if ips else inf.ip(u,True); a=R.choice(ags); ua=a(dd)
        if i in succ:
            if u.mfa and rnd()<.3: emit(u,tt,'mfa_challenge',False,u.mfa,ip,ua)
            else: atk_login(u,tt,ip,ua,s,True,'password'); inf.stick[u.id]=ip; follow(u,tt,inf,a,s); react(u,tt,.4)
        else: emit(u,tt,'login',False,'password',ip,ua)
def a_brute(s,d):
    u=victim(d); n=R.randrange(80,210) if s<.3 else R.randrange(20,50) if s<.6 else R.randrange(4,13)
    inf=Infra(s,u); ag=agent(s,u); t=atime(u,d,s); gap=R.uniform(2,15)*1000 if s<.3 else R.uniform(6,30)*MIN if s<.6 else None
    days=R.uniform(1,9)
    ts=[]
    if gap:
        for _ in range(n): ts.append(t); t+=gap*(.4+R.expovariate(1/.6))
    else: ts=sorted(wtime(u,d+int(days*rnd())) for _ in range(n))
    pool=[inf.ip(u,True) for _ in range(1 if s<.15 else 4)]
    for x in ts:
        emit(u,x,'login',False,'password',R.choice(pool) if s<.6 else inf.ip(u),ag(min(59,int(x//DAYMS))))
    t=ts[-1]+(R.uniform(5,50)*1000 if s<.6 else R.uniform(.5,40)*MIN)
    if rnd()<.7 and t<DAYS*DAYMS:
        ip=pool[0] if s<.6 else inf.ip(u); atk_login(u,t,ip,ag(min(59,int(t//DAYMS))),s,True,'password' if rnd()<.7 else None); follow(u,t,inf,ag,s)
    react(u,t,.6 if s<.6 else .25)
def a_stolen(s,d):
    u=victim(d); inf=Infra(s,u); ag=agent(s,u); t=atime(u,d,s); dd=int(t//DAYMS); ip=inf.ip(u)
    if rnd()<.2: emit(u,t-R.uniform(15,90)*1000,'login',False,'password',ip,ag(dd))
    if s<.6 and u.mfa and rnd()<.25: emit(u,t-R.uniform(100,200)*1000,'mfa_challenge',False,u.mfa,ip,ag(dd))
    atk_login(u,t,ip,ag(dd),s); follow(u,t,inf,ag,s); react(u,t,.35)
def a_anon(s,d):
    u=victim(d); cc,city=hloc(u); prov=R.choice(list(VPNP)); mode='tor' if s<.3 else R.choice(['vpn','hosting','tor']) if s<.5 else R.choice(['vpncc','vpncc','relay','relay','warp'])
    def gip():
        if mode=='tor': return torip()
        if mode=='vpn': return vpnip(prov,R.choice(VPNCC))
        if mode=='hosting': return hostip()
        if mode=='vpncc': return vpnip(prov,cc if cc in VPNCC else 'GB')
        return relayip(cc,city)
    v=Dev('x','ios' if rnd()<.5 else 'mac','safari',False,lag=3) if mode=='relay' else common_dev()
    if mode=='tor' and rnd()<.6: v=Dev('x','win','firefox_esr',False,lag=0)
    ag=(lambda d_:v.ua(d_)) if s>.2 or rnd()<.6 else agent(s,u)
    n=R.randrange(5,14) if s<.3 else R.randrange(3,6) if s<.6 else R.choice([1,1,2,3]); dd=d
    for i in range(n):
        t=atime(u,dd,s)
        if t<DAYS*DAYMS:
            x=int(t//DAYMS); ip=gip(); ok=i>0 or rnd()<.8
            atk_login(u,t,ip,ag(x),s,ok,'sso' if i and rnd()<.3 else None)
        dd+=R.choice([0,0,1]) if s<.5 else R.choice([1,2,3])
        if dd>59: break
    react(u,t,.3)
def a_fatigue(s,d):
    u=victim(d,pred=lambda u:u.mfa=='push'); inf=Infra(s,u); ag=agent(s,u)
    if s<.3: n=R.randrange(14,42); t=lms(d,R.uniform(22,29),u.cc); gap=R.uniform(.4,2)
    elif s<.6: n=R.randrange(5,11); t=atime(u,d,s); gap=R.uniform(1,12)
    else: n=R.choice([1,1,2,2,3]); t=wtime(u,d); gap=R.uniform(.7,40)
    if s>.7 and rnd()<.6:
        h=[e for e in u.hist if e[5] and abs(e[0]-t)<DAYMS/2]
        if h: t=R.choice(h)[0]+R.uniform(-8,12)*MIN
    ip=inf.ip(u); dd=int(max(0,t)//DAYMS); ua=ag(min(59,dd)); fl=rnd()<.5
    for i in range(n):
        if fl and i==0 and rnd()<.4: emit(u,t-R.uniform(5,45)*1000,'login',False,'password',ip,ua)
        emit(u,t,'mfa_challenge',False,'push',ip,ua); t+=gap*MIN*(.4+R.expovariate(1/.6))
        if s>.85 and rnd()<.3: t=wtime(u,int(t//DAYMS)+1) if t//DAYMS<58 else t
    if rnd()<.8:
        emit(u,t,'mfa_challenge',True,'push',ip,ua); t+=R.uniform(2,8)*1000
        emit(u,t,'login',True,'mfa',ip,ua,None,avol(u,s)); follow(u,t,inf,ag,s)
    react(u,t,.5)
def a_session(s,d):
    u=victim(d,10); src=[e for e in u.hist if e[5] and e[6]=='login' and (d-2)*DAYMS<e[0]<(d+2)*DAYMS] or [e for e in u.hist if e[5]]
    e=R.choice(src); inf=Infra(s,u); ua=e[2]
    if s<.3 and rnd()<.5: ag=agent(s)
    elif rnd()<.2: v=common_dev(); ag=lambda x:v.ua(x)
    else: ag=lambda x:ua
    did=e[3] if rnd()<.45 else None
    t=max(14*DAYMS,e[0])
    if rnd()<.45:   # AiTM: the proxy itself signs in first
        pip=hostip(None if s<.6 else u.cc) if s<.75 and rnd()<.7 else inf.ip(u); t+=R.uniform(.2,20)*MIN
        if u.mfa: emit(u,t-R.uniform(1.5,9)*1000,'mfa_challenge',True,u.mfa,pip,ua)
        emit(u,t,'login',True,'mfa' if u.mfa else 'password',pip,ua,None,avol(u,.7)); did=None
    t+=R.uniform(2,60)*MIN if s<.3 else R.uniform(.2,9)*HMS if s<.6 else R.uniform(.3,50)*HMS
    if s>.6 and rnd()<.8: t=max(t,wtime(u,int(t//DAYMS))) if t<59*DAYMS else t
    n=R.randrange(6,18) if s<.3 else R.randrange(2,6) if s<.6 else R.choice([1,1,1,2,3])
    for _ in range(n):
        if t>=DAYS*DAYMS: break
        emit(u,t,'login',True,'sso',inf.ip(u),ag(int(t//DAYMS)),did,avol(u,s))
        t+=R.expovariate(1/(25*MIN)) if s<.6 else R.uniform(.4,26)*HMS
    react(u,t,.3)
def a_insider(s,d):
    u=victim(d,10,pred=lambda u:u.role in('office','remote','finance','it','exec','field','contractor') and u.dev)
    n=R.randrange(5,12) if s<.3 else R.randrange(3,6) if s<.6 else R.randrange(1,5); dd=d
    for _ in range(n):
        x=rnd()
        if s<.3: t=lms(dd,R.uniform(23,28.5),u.cc); m=R.uniform(25,120)
        elif s<.6: t=lms(dd,R.uniform(20,25),u.cc) if x<.7 else lms(dd,R.uniform(5,7),u.cc); m=R.uniform(6,30)
        else: t=wtime(u,dd) if x<.6 else lms(wday(dd),R.uniform(17.5,21.5),u.cc); m=R.uniform(2,9)
        day=int(t//DAYMS); dv=dev_at(u,day)
        if 0<=day<DAYS:
            # usual place that day where known
            near=[e for e in u.hist if abs(e[0]-t)<3*HMS and e[3]==dv.id]
            ip=R.choice(near)[1] if near and s>.6 else lap_ip(u,day,'home' if not u.office or x<.85 else 'office',False,None,dv)
            do_login(u,t,dv,ip,False,False,m,noflow=True)
        dd+=R.choice([1,1,2,3]) if s<.6 else R.choice([1,2,4,5])
        if dd>59: break
def a_near(s,d):
    u=victim(d,8); hm=home_of(u,d) if u.role!='broker' else u.home
    ag=agent(max(s,.45),u); t=atime(u,d,max(s,.4)); dd=int(t//DAYMS)
    hp=[e[1] for e in u.hist if t-9*DAYMS<e[0]<t and e[5] and GEO[pkey(e[1])][0]==hm.net.asn]
    if s>.8 and rnd()<.4 and hp: ip=hp[-1] if ':' not in hp[-1] else v6host(pkey(hp[-1]))                        # flatmate or relative behind the same router
    elif s>.45: ip="%s.%d"%(hm.net.prefix(hm.city),R.randrange(1,255))
    elif rnd()<.5: ip=hm.net.ip(rcity(u.cc))
    else: ip=fixednet(u.cc).ip(hm.city)
    class S: pass
    inf=S(); inf.ip=lambda u_,new=False:ip
    for _ in range(R.choice([0,0,1,2]) if s>.5 else R.choice([0,2,4,6])): emit(u,t-R.uniform(10,300)*1000,'login',False,'password',ip,ag(dd))
    atk_login(u,t,ip,ag(dd),max(s,.3)); follow(u,t,inf,ag,s); react(u,t,.2)
def a_dormant(s,d):
    c=[]
    for u in HUM:
        h=[e[0] for e in u.hist]; 
        bef=[x for x in h if x<d*DAYMS]
        aft=[x for x in h if x>=d*DAYMS]
        if not bef: continue
        gap=d-bef[-1]/DAYMS
        if gap>=12 and (not aft or aft[0]>(d+3)*DAYMS) and u not in USEDD and len(bef)>2: c.append(u)
    silent=[u for u in HUM if not u.hist and u not in USEDD]
    if silent and rnd()<.12: u=R.choice(silent)
    else: u=R.choice(c)
    USEDD.append(u)
    inf=Infra(s,u); ag=agent(s,u); t=atime(u,d,s); dd=int(t//DAYMS); ip=inf.ip(u)
    for _ in range(R.randrange(2,12) if s<.3 else R.choice([0,1,2]) if s<.6 else R.choice([0,0,0,1])): emit(u,t-R.uniform(10,900)*1000,'login',False,'password',ip,ag(dd))
    if rnd()<.25: emit(u,t-R.uniform(28,90)*1000,'password_reset',True,R.choice(['email','sms','password']),ip,ag(dd))
    atk_login(u,t,ip,ag(dd),s,True,'password' if rnd()<.5 else None); follow(u,t,inf,ag,s); react(u,t,.08)
USEDD=[]
def a_reset(s,d):
    u=victim(d); inf=Infra(s,u); ag=agent(s,u); t=atime(u,d,s)
    if rnd()<.6: t=wtime(u,d)
    dd=int(t//DAYMS); ip=inf.ip(u); ua=ag(dd)
    for _ in range(R.randrange(2,8) if s<.3 else R.choice([0,1,2]) if s<.6 else R.choice([0,0,1])):
        if rnd()<.6: emit(u,t-R.uniform(1,40)*MIN,'login',False,'password',ip,ua)
        else: emit(u,t-R.uniform(1,40)*MIN,'password_reset',False,R.choice(['sms','email']),ip,ua)
    if rnd()<.5: hip,hua=helpdesk(dd); emit(u,t,'password_reset',True,'helpdesk',hip,hua)
    else: emit(u,t,'password_reset',True,R.choice(['sms','email']),ip,ua)
    t+=R.uniform(.5,9)*MIN if s<.6 or rnd()<.5 else R.uniform(10,240)*MIN
    if u.mfa and rnd()<.6: emit(u,t,'mfa_challenge',True,R.choice([u.mfa,'sms','totp']),ip,ua); t+=R.uniform(3,60)*1000
    did=uid() if rnd()<.15 else None
    atk_login(u,t,ip,ua,s,True,None,None,False); follow(u,t,inf,ag,s,did=did)
    # the owner finds the password gone
    if rnd()<.75: REACT.append((u,-t))
def a_shared(s,d):
    n=R.randrange(8,16) if s<.3 else R.randrange(4,8) if s<.6 else R.choice([2,3,3,4]); first=victim(d); us=[first]
    while len(us)<n:
        x=victim(d,pred=(lambda v:v.cc==first.cc) if s>.5 else None)
        if x not in us: us.append(x)
    inf=Infra(s,first); ag=agent(max(s,.35)); did=uid() if rnd()<.55 else None; ip=inf.ip(first); dd=d
    for u in us:
        t=atime(u,dd,s)
        if t<DAYS*DAYMS:
            if s>.6 and rnd()<.5: ip=inf.ip(first,True)
            x=int(t//DAYMS); inf.stick[u.id]=ip
            if rnd()<.15: emit(u,t-R.uniform(10,60)*1000,'login',False,'password',ip,ag(x),did)
            atk_login(u,t,ip,ag(x),s,True,None,did); follow(u,t,inf,ag,s,n=R.choice([0,0,1]) if s>.5 else None,did=did)
            react(u,t,.15)
        dd+=R.choice([0,0,0,1]) if s<.5 else R.choice([0,1,1,2,3])
        if dd>59: break
FN=dict(zip(FAM,[a_stuff,a_spray,a_brute,a_stolen,a_anon,a_fatigue,a_session,a_insider,a_near,a_dormant,a_reset,a_shared]))
counts={f:R.choice([14,14,14,14,15,15,15,16,17,18]) for f in FAM}
plan=[]
for f in FAM:
    n=counts[f]; slot=R.sample(range(n),n); careful=math.ceil(n*R.uniform(.52,.64)); loud=max(2,round(n*.18))
    for i in range(n):
        s=R.uniform(.6,1) if i<careful else R.uniform(0,.3) if i<careful+loud else R.uniform(.3,.6)
        lo,hi=14,(58 if s<.6 else 55 if f not in('credential_stuffing','password_spray','brute_force') else 51)
        plan.append((f,s,min(hi,int(lo+(hi-lo+1)*(slot[i]+rnd())/n))))
R.shuffle(plan)
ids=set(); META=[]
for f,s,d in plan:
    while True:
        cid="c-%08x"%R.getrandbits(32)
        if cid not in ids: ids.add(cid); break
    CAMP=(f,cid); n0=len(EV); FN[f](s,d); CAMP=None
    k=len(EV)-n0
    tries=0
    while k==0 and tries<20: CAMP=(f,cid); FN[f](s,max(15,d-3)); CAMP=None; k=len(EV)-n0; tries+=1
    META.append((f,cid,round(s,2),d,k))
# owners and the response team after an incident: honest
CUT=[]
for u,t in REACT:
    t0=abs(t)
    if t<0:
        t=-t+R.uniform(.3,20)*HMS; d=wday(int(t//DAYMS))
        t=max(t,lms(d,u.h0,u.cc)); 
        for _ in range(R.choice([1,2,3,4,5])):
            d=min(59,int(t//DAYMS)); dv=dev_at(u,d); emit(u,t,'login',False,'password',home_of(u,d).ip(d) if u.role!='call' and u.role!='broker' else u.home.ip(d),dv.ua(d),dv.id); t+=R.uniform(8,90)*1000
    else: t=t+R.uniform(.4,40)*HMS
    d=min(59,int(t//DAYMS)); t=max(t,lms(d,R.uniform(8.5,17),u.cc)) if rnd()<.7 else t
    if t>=DAYS*DAYMS: continue
    d=int(t//DAYMS)
    hip,hua=helpdesk(d); emit(u,t,'password_reset',True,'helpdesk',hip,hua)
    if rnd()<.85: CUT.append((u.id,t,t0))
    if active(u,d):
        dv=dev_at(u,d); do_login(u,t+R.uniform(3,90)*MIN,dv,(getattr(u,'home2',None) or u.home).ip(d) if rnd()<.6 or not u.office else office_ip(u.office,d))

cut={}
for i,t,t0 in CUT: cut.setdefault(i,[]).append((t,t0))
keep=[]; first={}
for e in EV:
    if e[9]: first[(e[1],e[9])]=min(e[0],first.get((e[1],e[9]),9e18))
for e in EV:
    if e[9] and e[3] and any(e[0]>t and first[(e[1],e[9])]<=t0+60000 and e[0]-t<20*DAYMS for t,t0 in cut.get(e[1],())): continue
    keep.append(e)
EV=keep
# ---------------------------------------------------------------- write
order=sorted(range(len(EV)),key=lambda i:EV[i][0])
W=random.Random(SEED*31+5); w=W.random
def iso(t):
    x=EPOCH+dt.timedelta(milliseconds=t); return x.strftime('%Y-%m-%dT%H:%M:%S')+".%03dZ"%(t%1000)
with open(OUT,'w') as fo:
    for i in order:
        t,u,typ,ok,meth,ip,ua,did,vol,camp=EV[i]; d=t//DAYMS
        asn,g=geo_of(ip,d)
        e={'event_id':str(uuid.UUID(int=W.getrandbits(128),version=4)),'tenant':'skellig-mutual','user_id':u,'timestamp':iso(t),'success':bool(ok),'event_type':typ,'auth_method':meth,'ip_address':ip,'asn':asn,'geo_location':g[0]}
        if g[1]: e['city']=g[1]
        if g[2] is not None: e['latitude']=g[2]; e['longitude']=g[3]
        if did: e['device_id']=did
        if ua and w()>.003: e['user_agent']=ua
        if vol:
            if w()<.94: e['bytes_in'],e['bytes_out']=vol
        elif w()<.3: e['bytes_in']=int(350+W.expovariate(1/900.)); e['bytes_out']=int(600+W.expovariate(1/2400.))
        e['label']=1 if camp else 0
        if camp: e['attack'],e['campaign']=camp
        fo.write(json.dumps(e,separators=(',',':'))+'\n')
print(len(EV),'events',len(EV)-NH,'after honest',len(USERS),'users',START)
