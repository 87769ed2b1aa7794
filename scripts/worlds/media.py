#!/usr/bin/env python3
"""Labelled logins of a regional media group: newsrooms, reporters on the road, printing at night, correspondents abroad.

Usage: media.py SEED OUTPUT.ndjson"""
import sys, json, random, math, zlib, hashlib
from datetime import datetime, timezone, timedelta
SEED=int(sys.argv[1]); OUT=sys.argv[2]
R=random.Random(SEED*7919+17)
T0=datetime(2025,3,3,tzinfo=timezone.utc); DAYS=60; D=86400.0
DST=(datetime(2025,3,30,1,tzinfo=timezone.utc)-T0).total_seconds()
HOL={49,59}; BRIDGE={46,47,48,50}          # Easter Monday, 1 May; around Easter
EASTER=range(40,51)
TENANT="alpenrand-medien"
def loc2utc(day,hour):                     # Vienna wall clock -> seconds since T0
    t=day*D+hour*3600-3600
    return t-3600 if t>=DST else t
def lognorm(med,s): return med*math.exp(R.gauss(0,s))
def pois(l):
    L=math.exp(-l);k=0;p=1.0
    while True:
        p*=R.random()
        if p<L: return k
        k+=1
def hx(n): return '%0*x'%(n,R.getrandbits(4*n))
def wch(pairs): return R.choices([a for a,_ in pairs],[b for _,b in pairs])[0]

# ---------------------------------------------------------------- networks
C={}
def c(n,cc,la,lo,*asns): C[n]=(n,cc,la,lo,asns)
AT=dict(A1=8447,MAG=8412,DREI=25255,LIW=12605,SBG=8445,TIR=12793,KAB=30971)
c('Innsbruck','AT',47.2627,11.3945,8447,8412,12793); c('Salzburg','AT',47.7994,13.044,8447,8445,8412)
c('Linz','AT',48.3064,14.2861,8447,12605,8412); c('Vienna','AT',48.2085,16.3721,8447,8412,25255)
c('Graz','AT',47.0667,15.45,8447,8412,25255); c('Klagenfurt','AT',46.6247,14.3053,8447,8412)
c('Bregenz','AT',47.5031,9.7471,8447,30971); c('Kufstein','AT',47.5833,12.1667,8447,12793)
c('Wels','AT',48.1575,14.0289,8447,12605); c('Villach','AT',46.6111,13.8558,8447,8412)
c('Bolzano','IT',46.4927,11.3336,3269,12874,30722); c('Rosenheim','DE',47.8564,12.1225,3320,3209)
c('Munich','DE',48.1374,11.5755,3320,3209,6805,8767); c('Milan','IT',45.4643,9.1895,3269,12874,30722)
c('Rome','IT',41.8919,12.5113,3269,12874,30722); c('Berlin','DE',52.5244,13.4105,3320,3209,6805)
c('Frankfurt am Main','DE',50.1155,8.6842,3320,3209,6805); c('Zurich','CH',47.3667,8.55,3303,6730,15600)
c('London','GB',51.5085,-.1257,2856,5089,5607); c('Paris','FR',48.8534,2.3488,3215,12322,15557)
c('Brussels','BE',50.8505,4.3488,5432,6848); c('Amsterdam','NL',52.374,4.8897,1136,33915)
c('Zagreb','HR',45.8144,15.978,5391,31012); c('Split','HR',43.5089,16.4392,5391,12810)
c('Ljubljana','SI',46.0511,14.5051,5603,34779); c('Budapest','HU',47.4984,19.0404,5483,20845)
c('Prague','CZ',50.088,14.4208,5610,16019); c('Bratislava','SK',48.1482,17.1067,6855,15962)
c('Belgrade','RS',44.804,20.4651,8400,31042); c('Sarajevo','BA',43.8486,18.3564,9146,42560)
c('Bucharest','RO',44.4323,26.1063,8708,9050); c('Sofia','BG',42.6975,23.3242,8866,13124)
c('Warsaw','PL',52.2298,21.0118,5617,12741); c('Kyiv','UA',50.4547,30.5238,15895,13188)
c('Istanbul','TR',41.0138,28.9497,9121,34984); c('Antalya','TR',36.9081,30.6956,9121,16135)
c('Athens','GR',37.9838,23.7278,6799,1241); c('Palma','ES',39.5694,2.6502,3352,12479)
c('Madrid','ES',40.4165,-3.7026,3352,12479,12715); c('Lisbon','PT',38.7167,-9.1333,3243,12353)
c('Cairo','EG',30.0626,31.2497,8452,24863); c('Dubai','AE',25.0772,55.3093,5384,15802)
c('Tel Aviv','IL',32.0809,34.7806,8551,12400); c('Moscow','RU',55.7522,37.6156,12389,8402)
c('New York','US',40.7143,-74.006,701,7922,12271); c('Washington','US',38.8951,-77.0364,7922,701)
c('Los Angeles','US',34.0522,-118.2437,20001,7018); c('Bangkok','TH',13.754,100.5014,45758,17552)
c('Phuket','TH',7.8906,98.3981,45758,17552); c('Delhi','IN',28.6519,77.2315,24560,55836)
c('Ho Chi Minh City','VN',10.823,106.6296,45899,7552); c('Jakarta','ID',-6.2146,106.8451,7713,23700)
c('Lagos','NG',6.4541,3.3947,29465,36873); c('Sao Paulo','BR',-23.5475,-46.6361,28573,27699)
c('Beijing','CN',39.9075,116.3972,4134,4837); c('Tunis','TN',36.819,10.1658,2609,37705)
c('Stockholm','SE',59.3326,18.0649,3301,39651); c('Copenhagen','DK',55.6759,12.5655,3292,9158)
HOMEW=[('Innsbruck',26),('Salzburg',19),('Linz',14),('Vienna',9),('Graz',5),('Klagenfurt',5),('Bregenz',6),('Kufstein',4),('Wels',3),('Villach',2),('Bolzano',5),('Rosenheim',2)]
MOBILE={'AT':[8447,8412,25255],'IT':[3269,30722,16232],'DE':[3320,3209,6805]}
HUB={'AT':'Vienna','IT':'Milan','DE':'Munich'}
TRIPW=[('Vienna',14),('Munich',14),('Berlin',7),('Frankfurt am Main',4),('Zurich',7),('London',4),('Paris',4),('Brussels',5),('Milan',6),('Rome',4),('Amsterdam',3),('Prague',3),('Budapest',3),('Ljubljana',2),('New York',2),('Washington',1),('Stockholm',1),('Copenhagen',1),('Madrid',2),('Warsaw',1),('Kyiv',1),('Belgrade',1),('Istanbul',1),('Tel Aviv',1),('Lisbon',1)]
VACW=[('Split',9),('Zagreb',3),('Rome',5),('Bolzano',6),('Palma',7),('Madrid',3),('Lisbon',3),('Athens',5),('Antalya',7),('Istanbul',4),('Cairo',3),('Dubai',4),('Bangkok',2),('Phuket',4),('New York',3),('Los Angeles',2),('London',3),('Paris',3),('Belgrade',6),('Sarajevo',6),('Bucharest',2),('Sofia',1),('Delhi',1),('Ho Chi Minh City',2),('Jakarta',2),('Sao Paulo',1),('Lagos',1),('Beijing',1),('Tunis',2),('Warsaw',2),('Moscow',1),('Kyiv',1),('Budapest',3),('Salzburg',2),('Graz',3)]
HOST=[(16276,'Paris'),(24940,'Frankfurt am Main'),(14061,'Frankfurt am Main'),(14061,'Amsterdam'),(14061,'New York'),(16509,'Frankfurt am Main'),(16509,'Milan'),(8075,'Vienna'),(8075,'Amsterdam'),(20473,'Amsterdam'),(20473,'London'),(63949,'Frankfurt am Main'),(60781,'Amsterdam'),(53667,'New York'),(51167,'Munich'),(202425,'Amsterdam')]
VPN=[(9009,'Vienna'),(9009,'Frankfurt am Main'),(9009,'Zurich'),(9009,'London'),(60068,'Vienna'),(60068,'Frankfurt am Main'),(60068,'Milan'),(212238,'Zurich'),(212238,'Vienna'),(212238,'Prague'),(39351,'Stockholm'),(39351,'Amsterdam'),(62371,'Zurich'),(209103,'Zurich'),(9009,'Bucharest'),(60068,'New York'),(136787,'New York'),(51167,'Munich'),(20473,'Amsterdam')]
TOR=[(208323,'Vienna'),(60729,'Frankfurt am Main'),(210558,'Bucharest'),(53667,'New York'),(24940,'Frankfurt am Main'),(16276,'Paris'),(39351,'Stockholm'),(202425,'Amsterdam'),(62744,'Stockholm'),(1101,'Amsterdam')]
RELAY=[(13335,'Vienna'),(36183,'Vienna'),(54113,'Vienna'),(13335,'Munich'),(36183,'Munich'),(13335,'Milan')]
OCT=[2,5,31,37,46,62,77,78,79,80,81,83,84,85,86,87,88,89,90,91,92,93,94,95,109,128,130,141,144,149,151,176,178,185,188,193,194,195,212,213,217]
V6ISP={8447,8412,3320,12874,3303,12322,3209}
def h(*a): return zlib.crc32('|'.join(map(str,a)).encode())
def block(asn,city,k): 
    x=h('b',asn,city,k); return OCT[h('o',asn,k%2)%len(OCT)],x>>8&255,(x>>16&255)&~3
GEO={}
def geo(asn,city,k,mob=False,day=0):
    """what the GeoIP base says about a block: faults are a property of the block"""
    if asn==25255 and k==1 and 27<=day<=33: city='London'       # a wrong GeoIP release, withdrawn later
    key=(asn,city,k,mob)
    g=GEO.get(key)
    if g is None:
        n,cc,la,lo,_=C[city]; x=h('g',*key)
        g={'geo_location':cc}
        q=x%100
        if q>=(14 if mob else 5): g['city']=n
        if q>=(6 if mob else 3):
            s=0 if x>>7&1 else .06
            g['latitude']=round(la+s*((x>>8&255)/255-.5),4); g['longitude']=round(lo+s*((x>>16&255)/255-.5),4)
        if x>>20&63==0 : g.pop('geo_location')
        if (x>>9)%90: g['asn']=asn
        GEO[key]=g
    return g
def ep(asn,city,k=None,v6=False,mob=False,host=None,day=0,narrow=False):
    if k is None: k=R.randrange(2 if narrow else 6)
    if v6:
        x=h('6',asn,city,k); net='2a0%x:%x:%x:%x'%(x&3,x>>4&0xffff or 1,x>>12&0xfff or 1,host if host is not None else R.randrange(1,65000))
        ip=net+':%x:%x:%x:%x'%tuple(R.randrange(1,65536) for _ in range(4))
    else:
        a,b,cc=block(asn,city,k); y=host if host is not None else R.randrange(4,1020 if not narrow else 60)
        ip='%d.%d.%d.%d'%(a,b,cc+(y>>8&3),y&255)
    return dict(ip=ip,g=geo(asn,city,k,mob,day),asn=asn,city=city)
def resi(city,day=0): 
    asn=R.choice(C[city][4]); return ep(asn,city,v6=asn in V6ISP and R.random()<.15,day=day)
def mobile(cc,home=None,day=0):
    asn=R.choice(MOBILE[cc]) if home is None else home
    city=HUB[cc] if R.random()<.7 else R.choice([n for n,v in C.items() if v[1]==cc][:6])
    return ep(asn,city,k=R.randrange(3),mob=True,host=R.randrange(4,70),v6=asn in V6ISP and R.random()<.3,day=day)
def host_ep(): a,b=R.choice(HOST); return ep(a,b,narrow=R.random()<.5)
def vpn_ep(pred=None):
    l=[x for x in VPN if pred is None or pred(C[x[1]][1])]; a,b=R.choice(l); return ep(a,b,narrow=True)
def tor_ep(): a,b=R.choice(TOR); return ep(a,b,k=h('t',a)%2,host=4+R.randrange(12))
def relay_ep(near='Vienna'):
    l=[x for x in RELAY if x[1]==near] or RELAY; a,b=R.choice(l); return ep(a,b,narrow=True,v6=R.random()<.4)
OFFICE={'Innsbruck':[ep(8447,'Innsbruck',0,host=40+i) for i in range(3)],'Salzburg':[ep(8445,'Salzburg',0,host=22)],'Linz':[ep(12605,'Linz',0,host=9),ep(8447,'Linz',0,host=77)],
 'Vienna':[ep(8412,'Vienna',0,host=130)],'Klagenfurt':[ep(8447,'Klagenfurt',0,host=14)],'Bregenz':[ep(30971,'Bregenz',0,host=61)],'Bolzano':[ep(3269,'Bolzano',0,host=33)],'Graz':[ep(8447,'Graz',0,host=18)]}
for l in OFFICE.values():
    for e in l: e['office']=True
NEAROFF={'Kufstein':'Innsbruck','Wels':'Linz','Villach':'Klagenfurt','Rosenheim':'Innsbruck'}
ZT=lambda: ep(62044,R.choice(['Vienna','Frankfurt am Main','Frankfurt am Main']),k=0,host=100+R.randrange(14))
CVPN=lambda: ep(8447,'Innsbruck',0,host=50+R.randrange(3))      # the old client VPN comes out at head office

# ---------------------------------------------------------------- browsers
def relv(days,first,day): return first+sum(day>=d for d in days)
def ua_of(d,day):
    k=d['kind']; day2=day-d['lag']
    if d.get('stuck') is not None: day2=d['stuck']
    ch=relv((1,29,57),133,day2); fx=relv((1,29,57),135,day2)
    if k=='wchrome': return f'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{ch}.0.0.0 Safari/537.36'
    if k=='wedge': return f'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{ch}.0.0.0 Safari/537.36 Edg/{ch}.0.0.0'
    if k=='wff': return f'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{fx}.0) Gecko/20100101 Firefox/{fx}.0'
    if k=='tor': return 'Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0'
    if k=='lff': return f'Mozilla/5.0 (X11; Linux x86_64; rv:{fx}.0) Gecko/20100101 Firefox/{fx}.0'
    if k=='lchrome': return f'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{ch}.0.0.0 Safari/537.36'
    if k=='msafari': return 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Safari/605.1.15'%('18.3','18.3.1','18.4')[min(2,relv((8,29),0,day2))]
    if k=='mchrome': return f'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{ch}.0.0.0 Safari/537.36'
    if k=='iphone': return 'Mozilla/5.0 (iPhone; CPU iPhone OS %s like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1'%('18_3_1','18_3_2','18_4','18_4_1')[relv((8,29,44),0,day2)]
    if k=='android': return f'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{ch}.0.0.0 Mobile Safari/537.36'
    if k=='iapp': return 'AlpenrandDesk/%s (iPhone; iOS %s)'%(('5.2.0','5.2.1','5.3.0')[relv((12,38),0,day2)],('18.3.1','18.3.2','18.4','18.4.1')[relv((8,29,44),0,day2)])
    if k=='aapp': return 'AlpenrandDesk/%s okhttp/4.12.0'%('5.2.0','5.2.1','5.3.0')[relv((12,38),0,day2)]
    return k
def newdev(kind,**kw):
    d=dict(id=hx(16),kind=kind,lag=R.expovariate(1/4.0)); 
    if R.random()<.06: d['stuck']=R.choice([-10,0,3])
    d.update(kw); return d
SCRIPT=['python-requests/2.32.3','Go-http-client/1.1','okhttp/4.9.3','curl/8.5.0','python-requests/2.31.0','axios/1.7.9']

# ---------------------------------------------------------------- events
EV=[]
def add(t,uid,ok,et,am,e,dev,ua,bi=None,bo=None,label=0,atk=None):
    if t<0 or t>=DAYS*D: return False
    o={'tenant':TENANT,'user_id':uid,'success':ok,'event_type':et,'ip_address':e['ip']}
    if am: o['auth_method']=am
    o.update(e['g'])
    if dev and (ok or label or R.random()>.38): o['device_id']=dev     # the cookie is often not read on a failure
    if ua: o['user_agent']=ua
    if ok and et=='login':
        if bi is not None and R.random()>.03: o['bytes_in']=int(bi)+1; o['bytes_out']=int(bo)+1
    elif R.random()<.3: o['bytes_in']=R.randrange(300,2400); o['bytes_out']=R.randrange(400,5200)
    o['label']=label
    if atk: o['attack'],o['campaign']=atk
    EV.append((t,o)); return True

# ---------------------------------------------------------------- people
FN='anna lukas maria david julia thomas sarah michael lisa stefan katharina andreas laura markus eva florian nina christian lena martin sophie daniel petra wolfgang sabine peter claudia franz monika josef elena marco giulia mehmet ayse goran ivana dragan milica emir amra piotr zsofia'.split()
LN='gruber huber bauer wagner mueller pichler steiner moser mayer hofer leitner berger fuchs eder fischer schmid winkler weber schwarz maier schneider reiter mayr schmidt wimmer egger brunner lang baumgartner auer binder lechner wolf wallner aigner ebner koller lehner haas schuster heilig kofler oberhofer rossi ferrari yilmaz kaya jovanovic petrovic hodzic nagy novak kovac hinterholzer thaler plattner tschurtschenthaler'.split()
used=set()
def uname():
    a,b=R.choice(FN),R.choice(LN); u=f'{a[0]}.{b}'; i=1
    while u in used: i+=1; u=f'{a[0]}.{b}{i}'
    used.add(u); return u
DEPT=[('news',30),('sales',15),('print',12),('video',7),('radio',6),('admin',11),('it',5),('logistics',6),('freelance',8)]
RATE=dict(news=3.4,sales=2.6,print=1.4,video=2.6,radio=2.4,admin=2.3,it=3.6,logistics=1.5,freelance=1.5)
BO=dict(news=5e6,sales=2.5e6,print=7e5,video=9e7,radio=1.4e7,admin=3e6,it=4e6,logistics=4e5,freelance=2e6)
BI=dict(news=9e5,sales=3e5,print=6e4,video=6e7,radio=5e6,admin=3e5,it=4e5,logistics=5e4,freelance=1.6e6)
P=[]
NP=R.randrange(2850,3150)
KIOSK={}
def kiosks(site,dept):
    return KIOSK.setdefault((site,dept),[newdev(R.choice(['wchrome','wedge','wedge']),stuck=R.choice([-30,0,3])) for _ in range(R.randrange(3,7))])
for i in range(NP):
    dept=wch(DEPT); home=wch(HOMEW); cc=C[home][1]; p=dict(uid=uname(),dept=dept,home=home,cc=cc)
    p['isp']=R.choice(C[home][4]); p['v6']=p['isp'] in V6ISP and R.random()<.45; p['h6']=R.randrange(1,65000)
    p['iplease']=wch([(999,35),(1,18),(7,17),(20,30)]); p['ipc']={}
    p['mob']=R.choice(MOBILE[cc]); o=NEAROFF.get(home,home)
    p['office']=o if o in OFFICE else 'Innsbruck'
    if dept=='freelance' or R.random()<.03: p['office']=None
    p['wfh']={'news':.35,'sales':.4,'print':.02,'video':.25,'radio':.1,'admin':.4,'it':.5,'logistics':.03,'freelance':1}[dept]*R.uniform(.2,1.7)
    p['rate']=.76*RATE[dept]*math.exp(R.gauss(0,.35))
    p['shift']=wch({'news':[('day',62),('late',22),('early',12),('night',4)],'print':[('night',45),('late',30),('day',25)],'radio':[('early',40),('day',40),('late',20)],'video':[('day',70),('late',30)],'logistics':[('earliest',60),('day',40)]}.get(dept,[('day',100)]))
    p['rot']=dept in('print','radio','news') and R.random()<.2
    p['h0']=R.gauss({'day':8.4,'late':13.5,'early':5.4,'night':20.5,'earliest':2.6}[p['shift']],.6)
    p['weekend']={'news':.32,'print':.4,'radio':.35,'logistics':.5,'video':.25,'freelance':.3}.get(dept,.06)*R.uniform(.3,1.6)
    p['auth']=wch([('password',75 if dept in('freelance','print','logistics') else 12),('mfa',60),('sso',38 if dept not in('freelance',) else 5),('passkey',9)])
    p['typo']=min(.3,lognorm(.022,.8)); p['bo']=lognorm(BO[dept],.6); p['bi']=lognorm(BI[dept],.6)
    kinds=[('wchrome',34),('wedge',34),('wff',9),('mchrome',8),('msafari',8),('lff',2),('lchrome',1)]
    if dept in('video','freelance'): kinds=[('msafari',35),('mchrome',30),('wchrome',25),('wff',6),('lff',4)]
    p['lap']=newdev(wch(kinds)); p['pho']=newdev(wch([('iphone',32),('iapp',24),('android',24),('aapp',20)]))
    p['pc']=newdev(wch(kinds)) if R.random()<.28 else None
    p['usepho']=R.choice([0,0,.05,.1,.15,.25,.45])
    p['kiosk']=dept in('print','radio','logistics') and R.random()<.6
    p['wipe']=R.random()<.035; p['nodev']=R.random()<.015
    p['vpn']=R.random()<(.06 if dept in('news','it','freelance') else .02); p['vpnhab']=R.choice([.1,.4,.9]); p['vpnsite']=R.choice(VPN)
    p['relay']=p['pho']['kind']=='iphone' and R.random()<.12
    p['tor']=dept in('news','freelance','it') and R.random()<.018
    p['wd']=R.random()<(.12 if dept=='it' else .02)   # cloud desktop
    p['script']=R.random()<(.12 if dept=='it' else .006)
    p['commute']=R.random()<.12
    p['start'],p['end']=0,DAYS
    r=R.random()
    if r<.035: p['start']=R.randrange(2,58)
    elif r<.06: p['end']=R.randrange(5,58)
    p['away']=[]      # (from,to,city or None when silent)
    if R.random()<.42:
        a=R.choice(list(EASTER)) - R.randrange(4) if R.random()<.55 else R.randrange(60); n=R.choice([3,5,7,7,9,14])
        p['away'].append((a,a+n,wch(VACW) if R.random()<.55 else p['home'],'vac'))
    for _ in range(pois(.28 if dept in('news','sales','video','it','radio') else .06)):
        a=R.randrange(60); p['away'].append((a,a+R.choice([1,2,2,3,5]),wch(TRIPW),'biz'))
    if R.random()<.05: a=R.randrange(60); p['away'].append((a,a+R.randrange(2,20),None,'sick'))
    p['newpho']=R.randrange(60) if R.random()<.07 else None
    p['newlap']=R.randrange(60) if R.random()<.05 else (R.randrange(34,41) if dept=='admin' and R.random()<.55 else None)
    p['expire']=R.randrange(-30,60) if p['auth'] in('password','mfa') else -1
    p['log']=[]; p['pend']=0; P.append(p)
# correspondents live abroad, some of them in places nobody else goes to
for p in R.sample([p for p in P if p['dept'] in('news','freelance')],48):
    p['home']=wch(TRIPW+[('Moscow',1),('Beijing',1),('Cairo',1),('Lagos',.7),('Delhi',.7),('Sao Paulo',.7),('Jakarta',.5)]); p['cc']=C[p['home']][1]
    p['isp']=R.choice(C[p['home']][4]); p['office']=None; p['mob']=R.choice(C[p['home']][4])
# accounts that fall quiet: a minority comes back honestly, the rest sleep on
DORM=[]
for p in R.sample([p for p in P if p['start']==0 and p['end']==DAYS],230):
    q=R.random(); p['dorm']=True; DORM.append(p)
    last=R.choice([-1,-1,1,3,5,8,10,12]) if q<.7 else R.randrange(4,16)
    p['quiet']=(last,R.randrange(22,60) if R.random()<.42 else 999); p['retnew']=R.random()<.5; p['retforgot']=R.random()<.5
def couples():
    for _ in range(14):
        a,b=R.sample(P,2); b['home'],b['isp'],b['ipc'],b['cc'],b['v6']=a['home'],a['isp'],a['ipc'],a['cc'],a['v6']; b['iplease']=a['iplease']
        if a['pc'] is None: a['pc']=newdev('wchrome')
        b['pc']=a['pc']
couples()
PB={p['uid']:p for p in P}
def home_ep(p,day):
    k=day//p['iplease']; e=p['ipc'].get(k)
    if e is None:
        city=p['home']
        if R.random()<.1 and p['cc'] in HUB: city=HUB[p['cc']]
        e=p['ipc'][k]=ep(p['isp'],city,day=day)
    if p['isp']==25255: e=dict(e,g=e['g'])
    if p['v6'] and R.random()<.6: return ep(p['isp'],p['home'],k=p['h6']%6,v6=True,host=p['h6'])
    return e
HOTEL={}
def away_ep(p,city,day):
    r=R.random()
    if r<.6:
        key=(city,day//3,R.randrange(2)); 
        if key not in HOTEL: HOTEL[key]=resi(city,day)
        return HOTEL[key]
    if r<.72 and C[city][1]!='AT': return mobile(p['cc'],p['mob'],day) if p['cc'] in MOBILE else resi(city,day)   # roaming goes out at home
    return resi(city,day)
def bytes_of(p,e=None,mob=False):
    m=R.random(); f=1.0
    if m<.010: f=lognorm(14,.8)              # archive pull, photo series, year-end export
    elif m<.03: f=lognorm(5,.6)
    if mob: f*=.12
    return lognorm(p['bi'],1.05)*(f**.5),lognorm(p['bo'],1.05)*f
def method(p,fresh):
    a=p['auth']
    if a=='mfa': return 'password' if fresh else ('sso' if R.random()<.55 else 'password')
    if a=='sso': return 'sso' if R.random()<.96 else 'password'
    if a=='passkey': return 'passkey' if R.random()<.85 else 'sso'
    return 'password'
OUT_DAY,OUT_H=22,(7.3,9.2)
def session(p,t,e,dev,day,fresh=False,forgot=False):
    d=dev; ua=ua_of(d,day); uid=p['uid']; did=d['id']; mob=d['kind'] in('iphone','android','iapp','aapp')
    if p['wipe'] and not mob: did=hx(16); fresh=fresh or R.random()<.5
    if p['nodev'] or d['kind'] in SCRIPT or (d['kind']=='tor' and R.random()<.5): did=None
    if R.random()<.004: did=None
    if R.random()<.002: ua=None
    am=method(p,fresh)
    if p['script'] and R.random()<.12: ua=R.choice(SCRIPT); did=None
    n=0
    if am in('password','sso'):
        ty=p['typo']*(2.2 if fresh else 1)*(1 if am=='password' else .35)*(1.6 if mob else 1)
        while R.random()<ty and n<9: n+=1; ty=max(ty,.33)
    if forgot: n=R.randrange(2,7)
    lh=(t/D-int(t/D))*24
    if day==OUT_DAY and OUT_H[0]<lh<OUT_H[1] and am=='sso': n+=R.randrange(1,6)
    for _ in range(n):
        add(t,uid,False,'login','password' if am=='sso' and R.random()<.3 else am,e,did if not fresh or R.random()<.5 else None,ua); t+=lognorm(11,.8)
    if forgot or (n>=3 and R.random()<.45 and am=='password'):
        for _ in range(R.choice([0,0,0,1,1,2])): add(t,uid,False,'password_reset',R.choice(['email','email','sms']),e,did,ua); t+=lognorm(50,.6)
        add(t,uid,True,'password_reset',R.choice(['email','email','sms']),e,did,ua); t+=lognorm(45,.6)
        am='password'
    bi,bo=bytes_of(p,e,mob)
    need=p['auth']=='mfa' and am=='password' and (fresh or R.random()<.3) or p['auth']=='sso' and R.random()<(.5 if fresh else .03)
    if need and R.random()<.35:          # some flows log the challenge before the login
        t=challenge(p,t,e,did,ua); add(t+R.uniform(.4,3),uid,True,'login','mfa',e,did,ua,bi,bo)
    elif need and R.random()<.45:        # the first step is logged as a login of its own; a few people then give up
        add(t,uid,True,'login',am,e,did,ua,R.uniform(500,4000),R.uniform(2e3,2e4)); t+=R.uniform(2,25)
        if R.random()<.04: 
            for _ in range(R.choice([1,1,2,3])): add(t,uid,False,'mfa_challenge','mfa',e,did,ua); t+=lognorm(35,.5)
        else: t=challenge(p,t,e,did,ua); add(t,uid,True,'login','mfa',e,did,ua,bi,bo)
    else:
        add(t,uid,True,'login',am,e,did,ua,bi,bo)
        if need: challenge(p,t+R.uniform(2,25),e,did,ua)
    p['log'].append((t,e,dict(d,id=did),ua,am))
def challenge(p,t,e,did,ua):
    k=0
    r=R.random()
    if r<.06: k=1
    elif r<.075: k=R.randrange(2,5)
    elif r<.0765: k=R.randrange(5,14)    # telephone without signal, app broken after update
    for _ in range(k): add(t,p['uid'],False,'mfa_challenge','mfa',e,did,ua); t+=lognorm(35,.5)
    add(t,p['uid'],True,'mfa_challenge','mfa',e,did,ua); return t+lognorm(6,.4)
BREAK={R.randrange(5,58) for _ in range(3)}      # nights of breaking news
TZ=lambda city: round(C[city][3]/15)-1
for p in P:
    first=True; back=False
    for day in range(p['start'],p['end']):
        dow=day%7
        if 'quiet' in p:
            a,b=p['quiet']
            if a<day<b: continue
            if day>=b and not back:
                back=True
                if p['retnew']: p['lap']=newdev(p['lap']['kind'],); p['pho']=newdev(p['pho']['kind'])
                fr,fg=p['retnew'] or R.random()<.5,p['retforgot']; p['retday']=day
                session(p,loc2utc(day,R.gauss(p['h0']+.3,1)),home_ep(p,day) if R.random()<.7 else (R.choice(OFFICE[p['office']]) if p['office'] else away_ep(p,wch(TRIPW),day)),p['lap'],day,fr,fg); continue
        city=None; mode=None
        for a,b,cty,m in p['away']:
            if a<=day<b: city,mode=cty,m
        if mode=='sick': continue
        if mode=='vac' and R.random()<.82: continue
        off=dow>=5 or day in HOL
        pw=(p['weekend'] if off else .9)*(.6 if day in BRIDGE and p['dept'] not in('news','radio','print') else 1)
        if p['dept']=='freelance': pw*=.55
        if mode=='biz': pw=.9
        if mode!='vac' and R.random()>pw:
            if R.random()<.05: session(p,loc2utc(day,R.gauss(17,4)),home_ep(p,day) if R.random()<.6 or p['cc'] not in MOBILE else mobile(p['cc'],p['mob'],day),p['pho'] if R.random()<.7 else p['lap'],day)
            continue
        fresh=False
        if p['newpho']==day: p['pho']=newdev(p['pho']['kind'] if R.random()<.85 else R.choice(['iphone','android'])); fresh='p'
        if p['newlap']==day: p['lap']=newdev(R.choice(['wedge','wchrome',p['lap']['kind']])); fresh='l'
        wfh=p['office'] is None or R.random()<p['wfh']
        h0=p['h0']
        if p['rot']: h0=[5.5,13.5,8.5,20.5][(day//7+h(p['uid']))%4]
        n=max(1,pois(p['rate'])) if mode!='vac' else 1
        dur=8.8 if p['dept']!='logistics' else 5
        for s in range(n):
            hh=h0+R.gauss(0,.35) if s==0 else h0+R.uniform(.3,dur)
            if R.random()<.035: hh=R.gauss(21.3,1.6)
            if R.random()<.004: hh=R.uniform(0,24)
            if day in BREAK and p['dept'] in('news','video','radio') and R.random()<.3: hh=R.uniform(18,27.5)
            if city and mode: hh-=TZ(city)*.9
            t=loc2utc(day,hh); inwork=h0-1<hh<h0+dur+1
            dev=p['lap']; f=False
            if R.random()<p['usepho'] or (mode=='vac' and R.random()<.6): dev=p['pho']
            elif p['pc'] and wfh and R.random()<.3: dev=p['pc']
            if city and mode: e=away_ep(p,city,day)
            elif inwork and not wfh:
                e=R.choice(OFFICE[p['office']]) if h(p['uid'],day)%9 else OFFICE[R.choice(list(OFFICE)) if h(p['uid'],day)%27==0 else p['office']][0]
                if p['kiosk'] and R.random()<.7: dev=R.choice(kiosks(p['office'],p['dept']))
                if dev is p['pho'] and R.random()<.5 and p['cc'] in MOBILE: e=mobile(p['cc'],p['mob'],day)
            else:
                e=home_ep(p,day)
                if dev is p['pho'] and R.random()<.45 and p['cc'] in MOBILE: e=mobile(p['cc'],p['mob'],day)
                elif dev is p['lap'] and inwork:
                    if p['dept']=='sales' and day>=30: e=ZT() if R.random()<.9 else e
                    elif h(p['uid'],'cv')%3==0: e=CVPN() if R.random()<.6 else e
                if p['commute'] and R.random()<.08 and p['cc'] in MOBILE: e=mobile(p['cc'],p['mob'],day)
                elif R.random()<.008: e=resi(wch(HOMEW),day)      # cafe, parents, court press room
            if e.get('office') is None or R.random()<.1:
                if p['vpn'] and R.random()<p['vpnhab']*.6:
                    a,b=p['vpnsite'] if R.random()<.75 else R.choice(VPN); e=ep(a,b,narrow=True)
                elif p['relay'] and dev is p['pho'] and R.random()<.8: e=relay_ep('Milan' if p['cc']=='IT' else 'Munich' if p['cc']=='DE' else 'Vienna')
                elif p['tor'] and R.random()<.25: e=tor_ep(); dev=newdev('tor') if R.random()<.6 else dev
                elif p['wd'] and R.random()<.3: e=ep(*R.choice([(16509,'Frankfurt am Main'),(8075,'Amsterdam'),(8075,'Vienna')]),narrow=True) if p['dept']!='it' else host_ep(); 
            if fresh=='p' and dev is p['pho'] or fresh=='l' and dev is p['lap']: f=True; fresh=False
            if first: f=True; first=False
            if R.random()<.0022: dev=newdev(R.choice(['wchrome','android','iphone','wedge','msafari'])); f=True  # somebody else's machine, private window
            session(p,t,e,dev,day,f,forgot=R.random()<.0011)
        if p['expire']==day:                       # forced change; the telephone goes on with the old one
            t=loc2utc(day,h0+R.uniform(0,2)); e=home_ep(p,day) if wfh else R.choice(OFFICE[p['office']])
            add(t,p['uid'],True,'password_reset','password',e,p['lap']['id'],ua_of(p['lap'],day))
            if p['usepho']>0 and R.random()<.5:
                k=R.choice([2,3,4,6,10,20,35]); ua=ua_of(p['pho'],day) if R.random()<.7 else None
                for _ in range(k): 
                    t+=lognorm(240,1); add(t,p['uid'],False,'login','password',mobile(p['cc'],p['mob'],day) if p['cc'] in MOBILE and R.random()<.5 else e,p['pho']['id'] if ua else None,ua)
        if R.random()<.0012:                       # wrong name typed
            u=p['uid']; i=R.randrange(len(u)); u=u[:i]+u[i+1:]
            add(loc2utc(day,h0+R.uniform(-.2,4)),u,False,'login','password',home_ep(p,day),None if R.random()<.5 else p['lap']['id'],ua_of(p['lap'],day))
# onboarding and repairs at the help desk: many accounts on one machine
HD=[newdev('wedge') for _ in range(4)]
for p in P:
    if p['start']>0 and R.random()<.6: session(p,loc2utc(p['start'],R.uniform(8,11)),OFFICE['Innsbruck'][0],R.choice(HD),p['start'],True)
    elif R.random()<.05: d=R.randrange(p['start'],p['end']); d-=max(0,d%7-4); session(p,loc2utc(d,R.uniform(8,16)),OFFICE['Innsbruck'][0],R.choice(HD),max(0,d),True) if d>=0 and 'quiet' not in p else None
# press events: a handful of people at one hotel, one of them lends a laptop
for _ in range(9):
    d=R.randrange(3,58); cty=wch(TRIPW); e=resi(cty); dv=newdev('wchrome')
    for p in R.sample([p for p in P if p['dept'] in('news','video') and 'quiet' not in p and p['end']==DAYS and p['start']<d],R.randrange(3,9)):
        session(p,loc2utc(d,R.uniform(9,22)),e,dv if R.random()<.4 else p['lap'],d,R.random()<.3)
# shared desks and machines
SH=[]
for nme in 'desk.sport desk.lokal social.team chronik.dienst cvd.online bild.eingang anzeigen.annahme studio.eins studio.zwei druck.leitstand leserbriefe wetter.redaktion'.split():
    p=dict(random_=0,**{k:v for k,v in R.choice([q for q in P if q['dept']=='news' and q['cc']=='AT' and q['office']]).items()}); mem=R.sample([q for q in P if q['cc']=='AT' and q['office'] and 'quiet' not in q],R.randrange(4,10))
    p.update(uid=nme,auth='password',log=[],wipe=False,nodev=False,typo=.03); SH.append(p)
    for day in range(DAYS):
        for _ in range(pois(3.5)):
            q=R.choice(mem); r=R.random()
            session(p,loc2utc(day,R.uniform(5,24)),R.choice(OFFICE[q['office']]) if r<.6 else home_ep(q,day) if r<.85 else mobile('AT',None,day),q['lap'] if R.random()<.7 else q['pho'],day)
# jobs and partners
for nme,per in zip('svc.agenturfeed svc.backup svc.cms-sync svc.monitor svc.archiv svc.epaper'.split(),(48,4,30,24,10,16)):
    a,b=R.choice(HOST); e=ep(a,b,narrow=True); ua=R.choice(SCRIPT); t=R.uniform(0,4000); bad=R.uniform(10,58)*D
    while t<DAYS*D:
        broke=bad<t<bad+R.uniform(.2,.8)*D
        add(t,nme,not broke,'login','password' if h(nme)%2 else 'api_key',e if R.random()<.97 else ep(a,b,narrow=True),None,ua,lognorm(2e5,.4),lognorm(3e6,.5)); t+=D/per*R.uniform(.9,1.1)
# the yearly test by a contractor is not here; the inner scanner is: tries a few names from head office every week
for w in range(8):
    t=loc2utc(w*7+2,22)
    for p in R.sample(P,R.randrange(5,14)): add(t,p['uid'],False,'login','password',OFFICE['Innsbruck'][2],None,R.choice(SCRIPT)); t+=R.uniform(1,30)
honest_n=len(EV)

# ---------------------------------------------------------------- attacks
FAM='credential_stuffing password_spray brute_force stolen_credentials anonymiser mfa_fatigue session_theft insider near_takeover dormant_revival reset_takeover shared_device'.split()
for p in P: p['log'].sort(key=lambda x:x[0])
act=[p for p in P if 'quiet' not in p and len(p['log'])>25 and p['start']==0 and p['end']==DAYS]
R.shuffle(act); pool=iter(act)
def victim(f=lambda p:True):
    for p in pool:
        if f(p): return p
    return R.choice([p for p in act if f(p)])
PWD=lambda p:p['auth']!='passkey'
BADC=['Lagos','Moscow','Ho Chi Minh City','Jakarta','Sao Paulo','Bucharest','Beijing','Kyiv','Istanbul','Delhi','Sofia','Warsaw','New York','London','Amsterdam','Tunis','Belgrade','Cairo','Bangkok','Paris','Madrid']
NEARC=['Munich','Zurich','Milan','Berlin','Frankfurt am Main','Prague','Budapest','Bratislava','Ljubljana','Rosenheim','Zagreb','Rome']
ATC=[n for n,v in C.items() if v[1]=='AT']
def bad_ep(): return resi(R.choice(BADC))
def at_ep(): return resi(R.choice(ATC)) if R.random()<.75 else mobile('AT')
def rday(lo=15,hi=58): return R.randrange(lo,hi)
def whours(day): 
    while day%7>=5: day=day+1 if day<57 else day-3
    return loc2utc(day,R.uniform(7.5,18))
def when(tier,day,p=None):
    if tier==0: return loc2utc(day,R.uniform(0,24) if R.random()<.5 else R.uniform(0,5.5))
    if tier==1: return loc2utc(day,R.uniform(6,24))
    if p and p['log']:
        hs=(R.choice(p['log'])[0]%D); x=day*D+hs+R.gauss(0,1500)
        return x if day%7<5 or p['weekend']>.2 else x-2*D*(day%7>4)
    return whours(day)
def adev(kind=None): return newdev(kind or wch([('wchrome',50),('wedge',14),('wff',14),('mchrome',8),('lchrome',5),('android',6),('iphone',3)]))
def clone(p):                                     # a browser that looks like the victim's, other cookie
    d=dict(R.choice([p['lap'],p['lap'],p['pho']])); d['id']=hx(16); return d
class Camp:
    def __init__(s,f,tier,i): s.tag=(f,'%s-s%d-%02d-%s'%(f,SEED,i,('loud','ordinary','careful')[tier])); s.n=0
    def add(s,t,uid,ok,et,am,e,dev,ua,bi=None,bo=None): 
        t=max(15*D+R.uniform(0,500),t)
        if add(t,uid,ok,et,am,e,dev,ua,bi,bo,1,s.tag): s.n+=1
def vol(p,tier):
    bi,bo=bytes_of(p)
    if R.random()<(.4,.55,0)[tier]: return bi*R.uniform(.1,1),bo*R.uniform(.1,1.5)   # looking round
    if tier==0: return bi*R.uniform(.3,1.5),max(bo,lognorm(2e7,.8))*R.uniform(1.5,12)
    if tier==1: return bi*R.uniform(.2,1),max(bo*.6,lognorm(4e6,.9))*R.uniform(.5,3)
    return bi*R.uniform(.4,1.1),bo*R.uniform(.4,1.5)
def enter(cp,p,t,e,dev,tier,day,pmfa=.8,method_=None):
    """attacker with the right password; returns whether in"""
    ua=ua_of(dev,day) if isinstance(dev,dict) else dev; did=dev['id'] if isinstance(dev,dict) else None
    if did and R.random()<.12: did=None
    bi,bo=vol(p,tier); am=method_ or ('sso' if p['auth']=='sso' and R.random()<.6 else 'password')
    if p['auth']=='mfa' and am=='password':
        if R.random()>pmfa:
            cp.add(t,p['uid'],True,'login','password',e,did,ua,R.uniform(500,4000),R.uniform(2e3,2e4))
            for _ in range(R.choice([1,1,2])): t+=lognorm(30,.4); cp.add(t,p['uid'],False,'mfa_challenge','mfa',e,did,ua)
            return False
        if R.random()<.35: cp.add(t,p['uid'],True,'mfa_challenge','mfa',e,did,ua); cp.add(t+R.uniform(.5,5),p['uid'],True,'login','mfa',e,did,ua,bi,bo); return True
        cp.add(t,p['uid'],True,'login',am,e,did,ua,bi,bo)
        if R.random()<.6: cp.add(t+lognorm(12,.5),p['uid'],True,'mfa_challenge','mfa',e,did,ua)
        return True
    cp.add(t,p['uid'],True,'login',am,e,did,ua,bi,bo); return True
def react(p,t):
    """what the victim or the help desk does afterwards (honest)"""
    if R.random()<.3:
        t2=t+R.uniform(.1,2.2)*D; day=int(t2//D)
        if t2<DAYS*D: session(p,int(t2//D)*D+(R.choice(p['log'])[0]%D if p['log'] else 3e4),home_ep(p,day),p['lap'],min(59,day),False,True)
def stay(cp,p,t,epf,dev,tier,n,step):
    for _ in range(n):
        t+=step*R.uniform(.4,1.8)
        if t>=DAYS*D-600: break
        if tier==2: t=int(t//D)*D+(R.choice(p['log'])[0]%D if p['log'] else R.uniform(7,17)*3600)
        if tier==2 and R.random()<.15: cp.add(t-R.uniform(6,40),p['uid'],False,'login','password',epf(),dev['id'],ua_of(dev,int(t//D)))
        enter(cp,p,t,epf(),dev,tier,int(t//D),.97)
def sameep(e,cp=.6):
    return lambda: e if R.random()<cp else ep(e['asn'],e['city'])
dorm_pool=[p for p in DORM if p['quiet'][1]==999 and p['auth']!='passkey']; R.shuffle(dorm_pool)
listpool=[p for p in P if p['auth']!='passkey']
counts={}
for fam in FAM:
    N=R.randrange(14,18); off=R.randrange(3)
    for i in range(N):
        tier=(i+off)%3; cp=Camp(fam,tier,i+1); day=15+int((i+R.random())*43/N) if R.random()<.6 else rday()
        t=when(tier,day)
        if fam=='credential_stuffing':
            n=R.randrange(110,300) if tier==0 else R.randrange(45,110) if tier==1 else R.randrange(12,40)
            span=(R.uniform(.5,3)*3600,R.uniform(3,14)*3600,R.uniform(1,4.5)*D)[tier]
            ips=[host_ep() if R.random()<.7 else vpn_ep() for _ in range((R.randrange(1,5),R.randrange(8,40),1)[tier])]
            ua0=R.choice(SCRIPT) if R.random()<.5 else adev(); hits=0
            tgt=R.sample(listpool,n); want=max(1,round(n*R.uniform(.008,.03))) if tier<2 else R.randrange(1,4)
            hit=set(R.sample(range(n),want)); 
            for j,p in enumerate(tgt):
                tt=t+span*(j+R.random())/n; dd=int(tt//D); 
                e=R.choice(ips) if tier==0 else (R.choice(ips) if R.random()<.6 else bad_ep()) if tier==1 else (at_ep() if R.random()<.75 else resi(R.choice(NEARC)))
                dv=ua0 if tier==0 else adev(); uid=p['uid']
                ua=dv if isinstance(dv,str) else ua_of(dv,dd); did=None if isinstance(dv,str) or R.random()<.4 else dv['id']
                if j in hit:
                    if R.random()<.3: cp.add(tt-R.uniform(2,30),uid,False,'login','password',e,did,ua)
                    d2=adev() if isinstance(dv,str) else dv; enter(cp,p,tt,e,d2 if tier else dv,tier,dd,.35)
                    if p['auth']!='mfa' or R.random()<.3: stay(cp,p,tt+R.uniform(600,9000),sameep(bad_ep() if tier<2 else at_ep()),d2,tier,R.randrange(0,4),(3e3,2e4,7e4)[tier]); react(p,tt)
                else:
                    if R.random()<.05: uid=uid[:-1]
                    for _ in range(R.choice([1,1,1,2,3]) if tier<2 else R.choice([1,1,2])): cp.add(tt,uid,False,'login','password',e,did,ua); tt+=R.uniform(.5,6) if tier==0 else lognorm(20,.6)
        elif fam=='password_spray':
            n=R.randrange(150,380) if tier==0 else R.randrange(60,130) if tier==1 else R.randrange(18,55)
            span=(R.uniform(.3,1.6)*3600,R.uniform(6,30)*3600,R.uniform(2,7)*D)[tier]; span=min(span,(59.5*D-t)*.95)
            ips=[host_ep() if tier<2 and R.random()<.6 else vpn_ep() if R.random()<.5 else bad_ep() for _ in range((R.randrange(1,3),R.randrange(3,12),1)[tier])]
            dv=R.choice(SCRIPT) if R.random()<.45 else adev(); tgt=R.sample(listpool,n); tgt.sort(key=lambda p:p['uid'] if R.random()<.9 else 'm')
            hit=set(R.sample(range(n),R.choice([0,1,1,2,3]))); rounds=R.choice([1,1,2])
            for j,p in enumerate(tgt):
                if tier==2 and R.random()<.2: dv=adev()
                tt=t+span*(j+R.random()*.9)/n; dd=int(tt//D); e=R.choice(ips) if tier<2 else (at_ep() if R.random()<.6 else resi(R.choice(NEARC)) if R.random()<.6 else vpn_ep())
                ua=dv if isinstance(dv,str) else ua_of(dv,dd); did=None if isinstance(dv,str) or R.random()<.5 else dv['id'] if tier<2 else hx(16)
                if j in hit:
                    d2=adev(); enter(cp,p,tt,e,d2,tier,dd,.3)
                    if p['auth']!='mfa': stay(cp,p,tt+R.uniform(900,2e4),sameep(e),d2,tier,R.randrange(1,4),(4e3,3e4,8e4)[tier]); react(p,tt)
                else: cp.add(tt,p['uid'],False,'login','password',e,did,ua)
        elif fam=='brute_force':
            vs=[victim(PWD) for _ in range(R.choice([1,1,1,2]))]
            for p in vs:
                n=(R.randrange(90,320),R.randrange(25,80),R.randrange(8,24))[tier]; gap=(lognorm(4,.5),lognorm(150,.5),lognorm(5200,.5))[tier]
                base=host_ep() if tier==0 and R.random()<.7 else bad_ep() if tier<2 else (ep(p['isp'],p['home']) if R.random()<.4 else at_ep())
                dv=(R.choice(SCRIPT) if R.random()<.6 else adev()) if tier<2 else clone(p); tt=t
                f=sameep(base,(.98,.8,.45)[tier])
                for _ in range(n):
                    cp.add(tt,p['uid'],False,'login','password',f(),None if isinstance(dv,str) or R.random()<.4 else dv['id'],dv if isinstance(dv,str) else ua_of(dv,int(tt//D))); tt+=gap*R.expovariate(1)+.2
                    if tt>59.8*D: break
                if R.random()<.65 and tt<59.5*D:
                    d2=adev() if isinstance(dv,str) else dv; enter(cp,p,tt,f(),d2,tier,int(tt//D),.4); stay(cp,p,tt+600,f,d2,tier,R.randrange(1,4),(4e3,2e4,8e4)[tier]); react(p,tt)
                elif tier==0: react(p,tt)
        elif fam in('stolen_credentials','anonymiser','near_takeover'):
            p=victim(PWD); t=when(tier,day,p); dv=adev() if tier<2 else clone(p)
            if fam=='stolen_credentials':
                if tier==0:
                    s=[x for x in p['log'] if day*D<=x[0]<(day+2)*D]; t=s[0][0]+R.uniform(200,5000) if s else t
                    f=sameep(bad_ep(),.7)
                elif tier==1: f=sameep(bad_ep() if R.random()<.4 else resi(R.choice(NEARC)) if R.random()<.7 else host_ep(),.7)
                else: f=sameep(resi(R.choice([x for x in ATC])) if R.random()<.75 else resi(R.choice(NEARC)),.75)
            elif fam=='anonymiser':
                if tier==0: f=tor_ep; dv=newdev('tor') if R.random()<.7 else dv
                elif tier==1: x=vpn_ep(); f=(lambda:vpn_ep()) if R.random()<.4 else sameep(x,.6) if R.random()<.7 else host_ep
                else: f=(lambda:vpn_ep(lambda c:c=='AT')) if R.random()<.6 else (lambda:relay_ep('Vienna'))
            else:
                same=R.random(); 
                e0=ep(p['isp'],p['home']) if same<.5 or tier==2 and same<.75 else resi(p['home']) if same<.85 or p['cc'] not in MOBILE else mobile(p['cc'],p['mob'])
                f=sameep(e0,.8)
            nf=(R.choice([0,2,4,6]),R.choice([0,0,1,2]),R.choice([0,0,0,1]))[tier]
            for _ in range(nf): cp.add(t,p['uid'],False,'login','password',f(),dv['id'] if R.random()<.6 else None,ua_of(dv,day)); t+=lognorm(15,.6)
            ok=enter(cp,p,t,f(),dv,tier,day,.8)
            if ok: stay(cp,p,t+300,f,dv,tier,(R.randrange(4,14),R.randrange(2,6),R.randrange(0,4))[tier],(2500,3e4,1e5)[tier])
            else: 
                t+=R.uniform(1e3,6e4); enter(cp,p,t,f(),dv,tier,min(59,int(t//D)),.4)
            react(p,t)
        elif fam=='mfa_fatigue':
            p=victim(lambda q:q['auth']=='mfa'); t=loc2utc(day,R.uniform(0,5.2)) if tier==0 else loc2utc(day,R.uniform(17,23.5)) if tier==1 else when(2,day,p)
            dv=adev() if tier<2 else clone(p); e=(host_ep() if R.random()<.4 else bad_ep()) if tier==0 else (resi(R.choice(NEARC)) if R.random()<.6 else vpn_ep()) if tier==1 else at_ep()
            waves=(1,R.choice([1,2]),R.choice([1,2,3]))[tier]; won=R.random()<.75; ua=ua_of(dv,day)
            for w in range(waves):
                k=(R.randrange(14,50),R.randrange(4,13),R.randrange(1,4))[tier]
                cp.add(t,p['uid'],True,'login','password',e,dv['id'],ua,R.uniform(500,4000),R.uniform(2e3,2e4)); t+=R.uniform(2,20)
                for _ in range(k):
                    cp.add(t,p['uid'],False,'mfa_challenge','mfa',e,dv['id'],ua); t+=lognorm((25,70,160)[tier],.5)
                    if R.random()<.15: cp.add(t,p['uid'],True,'login','password',e,dv['id'],ua,R.uniform(500,4000),R.uniform(2e3,2e4)); t+=R.uniform(2,9)
                if w==waves-1 and won:
                    cp.add(t,p['uid'],True,'mfa_challenge','mfa',e,dv['id'],ua); bi,bo=vol(p,tier); cp.add(t+R.uniform(1,9),p['uid'],True,'login','mfa',e,dv['id'],ua,bi,bo)
                    stay(cp,p,t,sameep(e,.8),dv,tier,R.randrange(1,4),(3e3,2e4,7e4)[tier])
                t+=R.uniform(.3,1.2)*D*(tier>0)
            react(p,t)
        elif fam=='session_theft':
            p=victim(lambda q:not q['wipe'] and not q['nodev']); 
            s=[x for x in p['log'] if x[0]>day*D and x[2]['id'] and x[0]<58.5*D] or [x for x in p['log'] if x[2]['id'] and x[0]>15*D] or [x for x in p['log'] if x[2]['id']]
            x=s[0]; t=x[0]+(R.uniform(60,3000),R.uniform(1200,4e4),R.uniform(3e3,1.2e5))[tier]; did=x[2]['id']
            f=sameep(host_ep() if tier==0 and R.random()<.5 else bad_ep() if tier==0 else resi(R.choice(NEARC)) if tier==1 and R.random()<.6 else vpn_ep() if tier==1 else ep(p['isp'],p['home']) if R.random()<.3 else at_ep(),.8)
            other=ua_of(adev(),day); 
            for _ in range((R.randrange(4,14),R.randrange(2,7),R.randrange(1,5))[tier]):
                if tier==2: t=max(t,x[0]+600); 
                d=int(t//D)
                if t>59.9*D: break
                ua=other if tier==0 and R.random()<.8 or tier==1 and other and R.random()<.4 else ua_of(x[2],d)
                bi,bo=vol(p,tier); cp.add(t,p['uid'],True,'login',R.choice(['sso','sso',x[4]]) if x[4]!='passkey' else 'sso',f(),did,ua,bi,bo); t+=(1500,1.3e4,5e4)[tier]*R.uniform(.3,2)
        elif fam=='insider':
            p=victim(lambda q:q['cc'] in MOBILE); nd=(R.randrange(1,3),R.randrange(2,5),R.randrange(4,10))[tier]; d=min(day,58)
            for _ in range(nd):
                if d>59: break
                for _ in range((R.randrange(3,9),R.randrange(1,4),R.choice([1,1,2]))[tier]):
                    hh=R.uniform(0,5) if tier==0 else R.uniform(20,25.5) if tier==1 else (p['h0']+R.uniform(-1.5,10.5))
                    mul=(lognorm(60,.5),lognorm(14,.5),lognorm(4.5,.4))[tier]; wfh=R.random()<.7
                    e=home_ep(p,d) if wfh or not p['office'] else R.choice(OFFICE[p['office']])
                    own=[x[2] for x in p['log'] if x[0]<d*D and x[2]['kind'] not in('iphone','android','iapp','aapp')][-12:]; dv=max(own,key=lambda q:sum(z['id']==q['id'] for z in own)) if own else p['lap']; bi=lognorm(p['bi'],.8); bo=lognorm(p['bo'],.6)*mul; am=method(p,False)
                    if R.random()<.06: cp.add(loc2utc(d,hh)-20,p['uid'],False,'login',am,e,dv['id'],ua_of(dv,d))
                    cp.add(loc2utc(d,hh),p['uid'],True,'login',am,e,dv['id'],ua_of(dv,d),bi,bo)
                d+=R.choice([1,1,2,3])
        elif fam=='dormant_revival':
            p=dorm_pool.pop(); day=max(day,p['quiet'][0]+21,22); day=min(day,57); t=when(tier,day,p if p['log'] else None); t=max(t,(p['quiet'][0]+18)*D)
            dv=adev() if tier<2 else clone(p); e=(bad_ep() if R.random()<.6 else host_ep()) if tier==0 else (resi(R.choice(NEARC+BADC)) if R.random()<.7 else vpn_ep()) if tier==1 else (resi(p['home']) if R.random()<.6 else at_ep())
            for _ in range((R.randrange(2,9),R.randrange(0,4),R.choice([0,0,1]))[tier]): cp.add(t,p['uid'],False,'login','password',e,dv['id'] if R.random()<.6 else None,ua_of(dv,day)); t+=lognorm(25,.7)
            enter(cp,p,t,e,dv,tier,day,.85); stay(cp,p,t+200,sameep(e,.8),dv,tier,(R.randrange(5,14),R.randrange(2,6),R.randrange(1,4))[tier],(3e3,3e4,9e4)[tier])
        elif fam=='reset_takeover':
            p=victim(PWD); t=when(tier,day,p); dv=adev() if tier<2 else clone(p)
            e=(bad_ep() if R.random()<.6 else host_ep()) if tier==0 else (resi(R.choice(NEARC)) if R.random()<.6 else vpn_ep()) if tier==1 else (at_ep() if R.random()<.6 else resi(p['home']))
            ua=ua_of(dv,day); did=dv['id']
            for _ in range((R.randrange(1,6),R.randrange(0,3),R.choice([0,0,1]))[tier]): cp.add(t,p['uid'],False,'login','password',e,did if R.random()<.6 else None,ua); t+=lognorm(18,.6)
            for _ in range((R.randrange(2,7),R.randrange(0,3),R.choice([0,0,1]))[tier]): cp.add(t,p['uid'],False,'password_reset',R.choice(['email','sms','sms']),e,did,ua); t+=lognorm(60,.6)
            cp.add(t,p['uid'],True,'password_reset',R.choice(['email','sms','sms']),e,did,ua); t+=lognorm(60,.7) if tier<2 else lognorm(1500,1)
            enter(cp,p,t,e,dv,tier,min(59,int(t//D)),.9,'password'); stay(cp,p,t+100,sameep(e,.8),dv,tier,(R.randrange(3,10),R.randrange(1,5),R.randrange(0,3))[tier],(2500,2.5e4,8e4)[tier]); react(p,t)
        else:
            n=(R.randrange(7,16),R.randrange(4,8),R.randrange(2,6))[tier]; dv=adev(); 
            base=(bad_ep() if R.random()<.5 else host_ep()) if tier==0 else (resi(R.choice(NEARC)) if R.random()<.5 else vpn_ep()) if tier==1 else at_ep()
            f=sameep(base,.85) if tier==0 else sameep(base,.5) if tier==1 else at_ep
            for j in range(n):
                p=victim(PWD) if tier==2 or R.random()<.4 else R.choice([q for q in act if PWD(q)])
                if t>59.6*D: break
                d=int(t//D)
                if R.random()<(.4,.25,.12)[tier]: cp.add(t-R.uniform(8,40),p['uid'],False,'login','password',f(),dv['id'],ua_of(dv,d))
                ua=ua_of(dv,d); bi,bo=vol(p,tier)
                cp.add(t,p['uid'],True,'login','password',f(),dv['id'],ua,bi,bo)
                if p['auth']=='mfa': cp.add(t+lognorm(14,.5),p['uid'],R.random()<.7,'mfa_challenge','mfa',f() if tier==1 else EV[-1][1] and base if tier==0 else f(),dv['id'],ua)
                if R.random()<.35: cp.add(min(59.9*D,t+R.uniform(900,3e4)),p['uid'],True,'login','password',f(),dv['id'],ua,*vol(p,tier))
                t+=(R.uniform(60,900),R.uniform(1e3,1.8e4),R.uniform(1.2e4,1e5))[tier]
                if tier==2: t=whours(min(58,int(t//D)))if R.random()<.7 and whours(min(58,int(t//D)))>t else t
        if not cp.n: print('empty',cp.tag,file=sys.stderr)
EV.sort(key=lambda x:x[0])
ORDER='event_id tenant user_id timestamp success event_type auth_method ip_address asn geo_location city latitude longitude device_id user_agent bytes_in bytes_out label attack campaign'.split()
with open(OUT,'w') as f:
    for t,o in EV:
        ms=int(t*1000); d=T0+timedelta(milliseconds=ms)
        o['timestamp']=d.strftime('%Y-%m-%dT%H:%M:%S.')+'%03dZ'%(ms%1000)
        x=hx(32); o['event_id']=f'{x[:8]}-{x[8:12]}-4{x[13:16]}-a{x[17:20]}-{x[20:]}'
        f.write(json.dumps({k:o[k] for k in ORDER if k in o},separators=(',',':'))+'\n')
