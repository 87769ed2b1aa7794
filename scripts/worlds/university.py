#!/usr/bin/env python3
"""Labelled logins of a university at the beginning of a term: students from abroad, dormitories, shared machines, old programs.

Usage: university.py SEED OUTPUT.ndjson"""
import sys, json, math, random, datetime as dt
SEED=int(sys.argv[1]); OUT=sys.argv[2]
R=random.Random(SEED*7919+13); rnd=R.random; ch=R.choice; ri=R.randint
DAYS=60; DAY=86400.0; T0=dt.datetime(2025,8,25,tzinfo=dt.timezone.utc); END=DAYS*DAY
TENANT="seabright-university"
def ln(med,s): return med*math.exp(R.gauss(0,s))
def wch(items,ws): return R.choices(items,weights=ws)[0]
def expo(m): return R.expovariate(1.0/m)
def poisson(l):
    if l<=0: return 0
    L=math.exp(-l);k=0;p=rnd()
    while p>L: k+=1;p*=rnd()
    return k
# ------------------------------------------------------------------ geography
CITY={ # cc lat lon tz
'Halifax':('CA',44.65,-63.58,-3),'Dartmouth':('CA',44.67,-63.57,-3),'Bedford':('CA',44.73,-63.66,-3),'Lower Sackville':('CA',44.77,-63.68,-3),
'Truro':('CA',45.36,-63.28,-3),'Sydney':('CA',46.14,-60.19,-3),'Moncton':('CA',46.09,-64.78,-3),'Fredericton':('CA',45.96,-66.64,-3),
'Charlottetown':('CA',46.24,-63.13,-3),"St. John's":('CA',47.56,-52.71,-2.5),'Toronto':('CA',43.65,-79.38,-4),'Ottawa':('CA',45.42,-75.70,-4),
'Montreal':('CA',45.50,-73.57,-4),'Calgary':('CA',51.05,-114.07,-6),'Vancouver':('CA',49.28,-123.12,-7),'Mississauga':('CA',43.59,-79.64,-4),
'Boston':('US',42.36,-71.06,-4),'New York':('US',40.71,-74.01,-4),'Ashburn':('US',39.04,-77.49,-4),'Chicago':('US',41.88,-87.63,-5),'San Francisco':('US',37.77,-122.42,-7),'Dallas':('US',32.78,-96.80,-5),'Miami':('US',25.76,-80.19,-4),
'London':('GB',51.51,-0.13,1),'Manchester':('GB',53.48,-2.24,1),'Oxford':('GB',51.75,-1.26,1),'Dublin':('IE',53.35,-6.26,1),
'Paris':('FR',48.86,2.35,2),'Lyon':('FR',45.76,4.84,2),'Roubaix':('FR',50.69,3.17,2),'Berlin':('DE',52.52,13.40,2),'Frankfurt':('DE',50.11,8.68,2),'Falkenstein':('DE',50.48,12.37,2),
'Amsterdam':('NL',52.37,4.90,2),'Zurich':('CH',47.38,8.54,2),'Stockholm':('SE',59.33,18.07,2),'Bucharest':('RO',44.43,26.10,3),'Warsaw':('PL',52.23,21.01,2),'Madrid':('ES',40.42,-3.70,2),
'Istanbul':('TR',41.01,28.98,3),'Moscow':('RU',55.76,37.62,3),'Kyiv':('UA',50.45,30.52,3),'Tehran':('IR',35.69,51.39,3.5),
'Lagos':('NG',6.52,3.38,1),'Abuja':('NG',9.06,7.49,1),'Accra':('GH',5.60,-0.19,0),'Nairobi':('KE',-1.29,36.82,3),
'Riyadh':('SA',24.71,46.68,3),'Jeddah':('SA',21.49,39.19,3),'Dubai':('AE',25.20,55.27,4),
'Mumbai':('IN',19.08,72.88,5.5),'Delhi':('IN',28.61,77.21,5.5),'Ahmedabad':('IN',23.02,72.57,5.5),'Chandigarh':('IN',30.73,76.78,5.5),'Dhaka':('BD',23.81,90.41,6),
'Beijing':('CN',39.90,116.41,8),'Shanghai':('CN',31.23,121.47,8),'Guangzhou':('CN',23.13,113.26,8),'Hanoi':('VN',21.03,105.85,7),'Ho Chi Minh City':('VN',10.82,106.63,7),
'Tokyo':('JP',35.68,139.65,9),'Seoul':('KR',37.57,126.98,9),'Singapore':('SG',1.35,103.82,8),'Jakarta':('ID',-6.21,106.85,7),
'Sao Paulo':('BR',-23.55,-46.63,-3),'Nassau':('BS',25.04,-77.35,-4),'Kingston':('JM',18.02,-76.80,-5),'Port of Spain':('TT',10.65,-61.50,-4),'Mexico City':('MX',19.43,-99.13,-6)}
HFX=['Halifax','Dartmouth','Bedford','Lower Sackville']
class Block:
    __slots__=('asn','isp','city','pre','v6','g1','g2','chg')
BLK_USED=set()
class ISP:
    def __init__(s,name,asn,kind,pre,cities,v6=None,nblk=5,churn=.04):
        s.name,s.asn,s.kind,s.pre,s.cities,s.v6,s.nblk,s.churn=name,asn,kind,pre,cities,v6,nblk,churn
        s.b={};s.b6={};s.pool={}
    def blocks(s,city,six=False):
        d=s.b6 if six else s.b
        if city not in d: d[city]=[s.mk(city,six) for _ in range(s.nblk if not six else 2)]
        return d[city]
    def mk(s,city,six):
        b=Block();b.asn=s.asn;b.isp=s;b.city=city;b.v6=six
        while 1:
            b.pre=('%s:%x:'%(s.v6,ri(0x100,0xffff))) if six else '%s.%d.'%(ch(s.pre),ri(0,255))
            if b.pre not in BLK_USED: break
        BLK_USED.add(b.pre)
        def geo(c):
            cc,la,lo,_=CITY[c];r=rnd()
            if s.kind in('campus','hosp'): return (cc,'Halifax',round(la,4),round(lo,4))
            if r<.045: return (cc,None,None,None)
            if r<.05: return (None,None,None,None)
            if r<.095: c=ch(s.cities);cc,la,lo,_=CITY[c]
            j=.03 if s.kind!='host' else .004
            return (cc,c,round(la+R.gauss(0,j),4),round(lo+R.gauss(0,j),4))
        b.g1=geo(city);b.g2=b.g1;b.chg=99
        if rnd()<.06 and s.kind in('res','mob','host'): b.g2=geo(ch(s.cities) if rnd()<.5 else city);b.chg=ch([9,23,37,51])
        return b
    def ip(s,city=None):
        if city is None or city not in s.cities: city=ch(s.cities)
        b=ch(s.blocks(city)); return (b.pre+str(ri(2,253)),b)
    def shared(s,city=None,n=30):   # CGNAT / exit pools
        if city is None or city not in s.cities: city=ch(s.cities)
        if city not in s.pool: s.pool[city]=[s.ip(city) for _ in range(n)]
        return ch(s.pool[city])
I={}
def isp(*a,**k): x=ISP(*a,**k);I[x.name]=x;return x
NS=HFX+['Truro','Sydney']; ATL=NS+['Moncton','Fredericton','Charlottetown',"St. John's"]
isp('campus',8111,'campus',['129.173'],['Halifax'],nblk=40)
isp('hosp',54189,'hosp',['198.166'],['Halifax'],nblk=2)
isp('bellal',855,'res',['142.68','142.177','156.34','47.54'],ATL,nblk=7,churn=.12)
isp('eastlink',11260,'res',['24.222','173.212','24.138'],ATL[:9],v6='2607:f0c8',nblk=7,churn=.02)
isp('rogers',812,'res',['99.224','174.112','99.250'],['Toronto','Ottawa','Moncton','Fredericton',"St. John's",'Mississauga'],v6='2607:fea8',churn=.02)
isp('bell',577,'res',['70.48','76.64','174.88'],['Toronto','Ottawa','Montreal','Mississauga'],churn=.2)
isp('videotron',5769,'res',['24.200','70.80'],['Montreal','Ottawa'],churn=.05)
isp('telus',852,'res',['75.152','108.180','207.81'],['Vancouver','Calgary'],v6='2001:56a',churn=.05)
isp('shaw',6327,'res',['24.64','70.64','184.64'],['Vancouver','Calgary'],churn=.03)
isp('purple',53616,'res',['23.91'],['Halifax','Truro','Sydney','Dartmouth'],churn=.03,nblk=3)
isp('bellmob',36522,'mob',['184.151'],['Toronto','Montreal','Halifax','Moncton'],nblk=3)
isp('rogmob',812,'mob',['72.136','209.29'],['Toronto','Montreal','Halifax'],v6='2605:8d80',nblk=3)
isp('telmob',852,'mob',['209.52','205.250'],['Toronto','Calgary','Montreal','Halifax'],v6='2605:b100',nblk=3)
FOREIGN={ # cc: (res isps, mob isps)
'US':([('comcast',7922,['73.16','98.216','24.60'],['Boston','Chicago','San Francisco','Miami'],'2601:180'),('charter',20115,['66.66','97.87'],['New York','Dallas'],None),('att',7018,['99.8','107.192'],['Chicago','Dallas','San Francisco','Miami'],'2600:1700'),('verizon',701,['71.174','100.0'],['Boston','New York'],None)],[('tmobile',21928,['172.56','172.58'],['New York','Chicago','Dallas'],'2607:fb90')]),
'GB':([('bt',2856,['86.128','81.152'],['London','Manchester','Oxford'],'2a00:23c4'),('virgin',5089,['82.0','81.96'],['London','Manchester'],None)],[('ee',12576,['31.94','213.205'],['London'],None)]),
'IE':([('eir',5466,['86.40'],['Dublin'],None)],[('3ie',13280,['92.251'],['Dublin'],None)]),
'FR':([('orange',3215,['90.0','86.192'],['Paris','Lyon'],'2a01:cb00'),('free',12322,['82.64','78.192'],['Paris','Lyon'],'2a01:e0a')],[('sfr',15557,['77.136'],['Paris'],None)]),
'DE':([('dt',3320,['87.128','93.192'],['Berlin','Frankfurt'],'2003:c0'),('vodade',3209,['88.64'],['Berlin','Frankfurt'],None)],[('o2de',6805,['89.204'],['Berlin','Frankfurt'],None)]),
'NL':([('ziggo',33915,['84.24'],['Amsterdam'],None)],[]),'CH':([('swisscom',3303,['85.0'],['Zurich'],None)],[]),
'SE':([('telia',3301,['81.224'],['Stockholm'],None)],[]),'RO':([('digi',8708,['79.112','86.120'],['Bucharest'],None)],[]),
'PL':([('orangepl',5617,['83.0'],['Warsaw'],None)],[]),'ES':([('telefonica',3352,['80.24'],['Madrid'],None)],[]),
'TR':([('ttnet',9121,['78.160','85.96'],['Istanbul'],None)],[('turkcell',16135,['46.104'],['Istanbul'],None)]),
'RU':([('rostel',12389,['90.150','178.64'],['Moscow'],None)],[('mts',8359,['213.87'],['Moscow'],None)]),
'UA':([('kyivstar',15895,['37.73'],['Kyiv'],None)],[]),
'IR':([('tci',58224,['2.176','5.232'],['Tehran'],None)],[('mci',197207,['5.112'],['Tehran'],None)]),
'NG':([('spectranet',37340,['41.184'],['Lagos','Abuja'],None)],[('mtnng',29465,['197.210','102.89'],['Lagos','Abuja'],None),('airtelng',36873,['105.112'],['Lagos'],None)]),
'GH':([('vodagh',29614,['154.160'],['Accra'],None)],[('mtngh',30986,['154.161'],['Accra'],None)]),
'KE':([('safhome',37061,['197.136'],['Nairobi'],None)],[('safmob',33771,['105.160'],['Nairobi'],None)]),
'SA':([('stc',25019,['94.96','188.48'],['Riyadh','Jeddah'],None)],[('mobily',35819,['37.104'],['Riyadh','Jeddah'],None)]),
'AE':([('etisalat',5384,['94.200','86.96'],['Dubai'],None)],[('du',15802,['94.204'],['Dubai'],None)]),
'IN':([('airtel',24560,['122.160','106.192'],['Delhi','Mumbai','Ahmedabad','Chandigarh'],'2401:4900'),('bsnl',9829,['117.192','59.88'],['Chandigarh','Ahmedabad','Delhi'],None)],[('jio',55836,['157.32','49.36'],['Mumbai','Delhi','Ahmedabad'],'2409:4040')]),
'BD':([('link3',23688,['103.4'],['Dhaka'],None)],[('gp',24389,['37.111'],['Dhaka'],None)]),
'CN':([('chinanet',4134,['113.64','116.224','222.64'],['Beijing','Shanghai','Guangzhou'],'240e:380'),('unicom',4837,['123.112','61.135'],['Beijing','Shanghai'],None)],[('cmcc',9808,['223.104','117.136'],['Beijing','Shanghai','Guangzhou'],None)]),
'VN':([('viettel',7552,['27.64','171.224'],['Hanoi','Ho Chi Minh City'],None),('vnpt',45899,['14.160'],['Hanoi','Ho Chi Minh City'],None)],[]),
'JP':([('ntt',4713,['114.144'],['Tokyo'],None)],[]),'KR':([('kt',4766,['121.128'],['Seoul'],None)],[]),
'SG':([('singtel',9506,['116.14'],['Singapore'],None)],[]),'ID':([('telkom',7713,['36.64','180.240'],['Jakarta'],None)],[]),
'BR':([('claro',28573,['177.32','189.4'],['Sao Paulo'],None)],[('vivo',26599,['177.24'],['Sao Paulo'],None)]),
'BS':([('btc',8014,['24.244'],['Nassau'],None)],[]),'JM':([('flow',10292,['72.252'],['Kingston'],None)],[]),'TT':([('tstt',5639,['190.58'],['Port of Spain'],None)],[]),
'MX':([('telmex',8151,['187.128','201.96'],['Mexico City'],None)],[])}
RES={'CA':[I[x] for x in('bellal','eastlink','rogers','bell','videotron','telus','shaw','purple')]}
MOB={'CA':[I['bellmob'],I['rogmob'],I['telmob']]}
for cc,(rs,ms) in FOREIGN.items():
    RES[cc]=[isp(n,a,'res',p,c,v6=v,nblk=4,churn=ch([.02,.1,.4])) for n,a,p,c,v in rs]
    MOB[cc]=[isp(n,a,'mob',p,c,v6=v,nblk=2) for n,a,p,c,v in ms] or RES[cc]
HOST=[isp('aws',16509,'host',['3.96','52.60'],['Montreal','Ashburn','Dublin','Frankfurt'],nblk=3),isp('do',14061,'host',['159.203','167.99'],['Toronto','New York','Frankfurt','Amsterdam','Singapore'],nblk=3),
 isp('ovh',16276,'host',['51.79','54.39','51.68'],['Montreal','Roubaix','London'],nblk=3),isp('hetzner',24940,'host',['95.216','65.108'],['Falkenstein'],nblk=3),
 isp('azure',8075,'host',['20.48','40.85'],['Toronto','Ashburn','Amsterdam'],nblk=3),isp('vultr',20473,'host',['149.28','45.76'],['Toronto','Chicago','Tokyo','London'],nblk=3),
 isp('contabo',51167,'host',['161.97'],['Frankfurt'],nblk=2)]
VPN=[isp('m247',9009,'host',['89.46','185.216'],['Toronto','Montreal','New York','London','Bucharest','Frankfurt','Tokyo','Paris'],nblk=2),isp('datacamp',212238,'host',['84.17','138.199'],['Toronto','Vancouver','New York','London','Amsterdam','Singapore','Chicago'],nblk=2),
 isp('mullvad',39351,'host',['193.138','185.213'],['Stockholm','Zurich','Toronto','Amsterdam'],nblk=2),isp('tzulo',11878,'host',['198.54'],['Chicago','Toronto','New York'],nblk=2),isp('pkthub',147049,'host',['45.248'],['London','Toronto','Miami','Seoul'],nblk=2)]
RELAY=[isp('cfrelay',13335,'host',['104.28','172.225'],['Halifax','Toronto','Montreal','Boston'],nblk=4),isp('akrelay',36183,'host',['172.226'],['Halifax','Toronto','Moncton','New York'],nblk=3)]
TOR=[x.ip() for x in [ch([I['hetzner'],I['ovh'],I['m247'],I['contabo'],isp('tor1',60729,'host',['185.220'],['Frankfurt','Amsterdam'],nblk=2) if 'tor1' not in I else I['tor1'],I['tor1'],I['tor1']]) if 'tor1' in I else isp('tor1',60729,'host',['185.220'],['Frankfurt','Amsterdam'],nblk=2) for _ in range(60)]]
UNI=[isp('utor',239,'uni',['142.150'],['Toronto'],nblk=2),isp('mcgill',15318,'uni',['132.206'],['Montreal'],nblk=2),isp('mit',3,'uni',['18.29'],['Boston'],nblk=2),isp('janet',786,'uni',['163.1','129.31'],['Oxford','London','Manchester'],nblk=2),
 isp('renater',2200,'uni',['134.157'],['Paris','Lyon'],nblk=2),isp('dfn',680,'uni',['141.20'],['Berlin','Frankfurt'],nblk=2),isp('mun',10905,'uni',['134.153'],["St. John's"],nblk=2),isp('cernet',4538,'uni',['166.111'],['Beijing','Shanghai'],nblk=2),isp('ubc',393249,'uni',['142.103'],['Vancouver'],nblk=2)]
UNIC={}
for x in UNI:
    for c in x.cities: UNIC[c]=x
class Line:
    def __init__(s,cc=None,city=None,p=None):
        if p is None:
            c=[x for x in RES[cc] if city is None or city in x.cities]
            w=[(3 if x.name in('bellal','eastlink') else 1) for x in c]
            p=wch(c,w)
        s.isp=p;s.city=city if city in p.cities else ch(p.cities)
        a=p.ip(s.city);s.h=[(-1,a)];d=0
        while d<DAYS:
            d+=expo(1/p.churn)
            if d<DAYS: s.h.append((d,p.ip(s.city)))
        s.six=None
        if p.v6 and rnd()<.55:
            b=ch(p.blocks(s.city,True)); s.six=('%s%x:'%(b.pre,ri(0,255)),b)
    def at(s,d):
        if s.six and rnd()<.45: return (s.six[0]+':'.join('%x'%ri(1,65535) for _ in range(4)),s.six[1])
        r=s.h[0][1]
        for x,a in s.h:
            if x<=d: r=a
            else: break
        return r
def mobile(p,city):
    c=city if city in p.cities and rnd()<.55 else ch(p.cities)
    if p.v6 and rnd()<.4:
        b=ch(p.blocks(c,True)); return ('%s%x:'%(b.pre,ri(0,65535))+':'.join('%x'%ri(1,65535) for _ in range(4)),b)
    return p.shared(c,40)
# ------------------------------------------------------------------ devices
CV=[(-60,138),(-19,139),(8,140),(36,141)];FV=[(-60,141),(-6,142),(22,143),(50,144)]
def ver(tab,d):
    v=tab[0][1]
    for x,y in tab:
        if x<=d: v=y
    return v
def hexs(n): return '%0*x'%(n,R.getrandbits(4*n))
OLD=['Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36','Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:115.0) Gecko/20100101 Firefox/115.0','Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36','Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36','Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Safari/605.1.15','Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko']
SCRIPT=['python-requests/2.31.0','python-requests/2.32.3','curl/8.5.0','Go-http-client/2.0','okhttp/4.12.0','rclone/v1.70.3','BAV2ROPC','python-requests/2.28.1']
class Dev:
    def __init__(s,k,managed=False):
        s.k=k;s.id=hexs(24);s.lag=expo(5) if not managed else 10+expo(8);s.rem={};s.last={};s.nocookie=False;s.persist=rnd()<.93
        s.os26=21+expo(18);s.fx=ch(OLD) if k=='old' else None;s.andv=ch(['10; K']*6+['14; SM-A546E','13; Pixel 6'])
        if k=='script': s.fx=ch(SCRIPT);s.nocookie=True
        if k=='imap': s.fx=ch(['Thunderbird/128.13.0','BAV2ROPC','iOS/18.6 (22G86) dataaccessd/1.0','Android-Mail/2025.08','okhttp/4.12.0']);s.nocookie=True
        s.out=None
    def ua(s,d):
        if s.fx: return s.fx
        c=ver(CV,d-s.lag);f=ver(FV,d-s.lag);k=s.k
        W='Mozilla/5.0 (Windows NT 10.0; Win64; x64) ';A='AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 '%c
        if k=='wc': return W+A+'Safari/537.36'
        if k=='we': return W+A+'Safari/537.36 Edg/%d.0.0.0'%c
        if k=='wf': return 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0'%(f,f)
        if k=='mc': return 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) '+A+'Safari/537.36'
        if k=='ms': return 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Safari/605.1.15'%('26.0' if d>s.os26 else '18.6')
        if k=='lf': return 'Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0'%(f,f)
        if k=='lc': return 'Mozilla/5.0 (X11; Linux x86_64) '+A+'Safari/537.36'
        if k=='ip': return 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Mobile/15E148 Safari/604.1'%('26.0' if d>s.os26 else '18.6')
        if k=='ipad': return 'Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Mobile/15E148 Safari/604.1'%('26.0' if d>s.os26 else '18.6')
        if k=='an': return 'Mozilla/5.0 (Linux; Android %s) '%s.andv+A+'Mobile Safari/537.36'
        if k=='wx': return 'Mozilla/5.0 (Linux; Android 14; 23127PN0CC) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.60'
        return 'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) '+A+'Safari/537.36'
    def did(s):
        if s.nocookie: return None
        return s.id if s.persist or rnd()<.6 else hexs(24)
LAP=(['wc','we','wf','mc','ms','lf','lc','cr','old'],[30,12,5,14,24,2,2,4,3]);PH=(['ip','an'],[66,34])
ATKUA=(['wc','we','wf','mc','ms','lc','an','ip','old','lf'],[38,9,8,10,5,6,8,5,9,2])
# ------------------------------------------------------------------ events
EV=[]
def emit(t,uid,ok,et,am,net,dev_id,ua,bi,bo,lab=None):
    if 0<=t<END: EV.append((t,uid,ok,et,am,net,dev_id,ua,bi,bo,lab))
# ------------------------------------------------------------------ people
H_STU=[3,2,1,.5,.2,.2,.4,1,3,5,6,6,6,6,6,6,5,4,4,5,6,6,5.5,4.5]
H_STAFF=[.1,.05,.03,.02,.02,.1,.5,2.5,9,9,7,6,5,7,6.5,6,4,2,.8,.9,1.1,1,.6,.3]
H_ACAD=[.4,.2,.1,.05,.05,.2,.7,2,5,7,7,6,5,6,6,6,5,3,2,2.5,3,3,2,1]
H_DAYS=[.2,.2,.2,.2,.3,.8,4,7,5,4,4,4,5,4,4,4,4,4,6,3,1,.6,.5,.3]
H_NIGHT=[4,4,4,3,3,4,5,5,1,.2,.1,.1,.2,.2,.4,.6,.8,1,3,7,6,4,4,4]
DORM=[[(I['campus'].ip()) for _ in range(ri(2,3))] for _ in range(6)]
WIFI=[I['campus'].ip() for _ in range(14)];VPNC=[I['campus'].ip() for _ in range(3)];HOSPIP=[I['hosp'].ip() for _ in range(3)]
HELP=I['campus'].ip()
def shared_pcs(n,kind,net=None,freeze=.25):
    o=[]
    for _ in range(n):
        d=Dev(kind,True);d.shared=True
        if rnd()<freeze: d.persist=False
        o.append((d,net or I['campus'].ip()))
    return o
LIB=shared_pcs(46,'wc');LABS=[shared_pcs(30,ch(['we','wc','mc']),I['campus'].ip() if i%2 else None,.1) for i in range(7)]
POD=shared_pcs(70,'we',None,.1);CLIN=[shared_pcs(ri(6,12),'we',ch(HOSPIP),.2) for _ in range(9)];KIOSK=shared_pcs(8,'wc',None,.5)
USERS=[];UIDS=set()
def mkuid():
    while 1:
        u=ch('abcdefghjklmnprstvwyz')+ch('abcdefghjklmnprstvwyz')+'%06d'%ri(100000,899999)
        if u not in UIDS: UIDS.add(u);return u
class U: pass
def region_home():
    r=rnd()
    if r<.45: return 'CA',ch(ATL)
    if r<.68: return 'CA',ch(['Toronto','Ottawa','Montreal','Mississauga','Toronto','Calgary','Vancouver'])
    cc=wch(['US','IN','CN','NG','SA','BS','JM','TT','GB','BD','VN','IR','TR','BR','AE','GH','KE','FR','DE','KR','MX','PL','ES','ID','RU','UA','RO'],[16,22,20,9,5,3,2,2,4,4,4,4,2,2,3,3,2,3,2,1,3,2,1,2,2,3,2])
    return cc,ch(RES[cc][0].cities)
HOUSE=[]
def mkuser(typ):
    u=U();u.id=mkuid();u.typ=typ;u.cc,u.hc=('CA','Halifax')
    u.mult=ln(1,.5);u.bi=ln(50e3,.7);u.bo=ln(7e5,.8);u.vpn=None;u.relay=False;u.cvpn=0;u.devs=[];u.extra=[]
    u.pushy=rnd()<.75;u.typo=ln(.05,.7);u.wired=None;u.pod=False;u.clin=None;u.incog=.12 if rnd()<.06 else .004
    stu=typ in('dorm','ug','grad','dist','exch')
    if stu:
        u.cc,u.hc=region_home()
        if typ=='grad' and rnd()<.6:
            u.cc=wch(['IN','CN','NG','IR','BD','GH','US','BR','FR','UA','RU','MX','RO'],[25,18,12,10,8,5,8,4,3,3,3,2,2]);u.hc=ch(RES[u.cc][0].cities)
        if typ=='dist':
            if rnd()<.45: u.cc=ch(['US','BS','JM','TT','AE','SA','NG','GB','CN','IN','DE','MX','UA','RO','VN','PL']);u.hc=ch(RES[u.cc][0].cities)
            else: u.cc='CA';u.hc=ch(list(CITY)[4:16])
    u.homeline=Line(u.cc,u.hc) if stu else None
    u.laptop=Dev(wch(*LAP));u.phone=Dev(wch(*PH))
    if stu and u.cc=='CN' and rnd()<.35: u.phone.k='wx'
    u.tab=Dev('ipad') if rnd()<.2 else None
    u.fav=R.betavariate(2,2)
    u.mfa=rnd()<{'dorm':.7,'ug':.8,'grad':.9,'dist':.75,'exch':.6,'rare':.35,'fac':.5}.get(typ,.99)
    u.passkey=rnd()<({'it':.6,'acad':.07,'admin':.1}.get(typ,.05))
    u.hours={'admin':H_STAFF,'lib':H_STAFF,'it':H_STAFF,'acad':H_ACAD,'fac':H_DAYS,'clin':H_DAYS}.get(typ,H_STU)
    sh=R.gauss(0,1.5) if stu else R.gauss(0,.6);u.shift=sh
    u.rate={'dorm':1.5,'ug':1.35,'grad':1.8,'dist':1.0,'exch':.5,'acad':1.8,'admin':1.9,'lib':2.2,'it':3.2,'clin':1.7,'fac':.22,'rare':.03}[typ]*u.mult*.87
    u.wknd={'admin':.08,'lib':.35,'it':.2,'acad':.35,'clin':.65,'fac':.3}.get(typ,.7)
    # where one lives through the term: (d0,d1,kind,obj,city)
    u.arr=-1
    if typ=='dorm':
        u.arr=(5+rnd()*1.6) if u.cc=='CA' else (2+rnd()*6 if rnd()<.9 else 8+rnd()*16)
        u.dorm=ch(DORM);u.term=('dorm',u.dorm,'Halifax')
    elif typ in('ug','grad','acad','admin','lib','it','clin','fac'):
        if HOUSE and typ in('ug','grad') and rnd()<.5: ln_=ch(HOUSE[-25:])
        else:
            ln_=Line('CA',wch(HFX+['Truro'],[60,20,8,8,3])); HOUSE.append(ln_) if typ in('ug','grad') else 0
        u.term=('line',ln_,ln_.city)
        if typ in('ug','grad') and rnd()<.6: u.arr=rnd()*9 if u.cc=='CA' else (rnd()*10 if rnd()<.85 else 10+rnd()*20)
        if typ in('ug',) and rnd()<.07: u.move=True
    elif typ=='rare':
        l=Line('CA',ch(ATL+['Toronto','Calgary'])) if rnd()<.8 else Line(*(lambda c:(c,ch(RES[c][0].cities)))(ch(list(RES))))
        u.term=('line',l,l.city)
    else: u.term=('line',u.homeline,u.homeline.city)
    if typ=='exch':   # our students abroad this term
        c=ch(['Paris','Lyon','Berlin','London','Manchester','Dublin','Seoul','Tokyo','Madrid','Stockholm','Singapore']);cc=CITY[c][0]
        l=Line(cc,c if any(c in x.cities for x in RES[cc]) else None);u.term=('line',l,l.city);u.arr=rnd()*14
    u.ccm=CITY[u.term[2]][0]
    u.mob=ch(MOB[u.ccm]);u.homemob=ch(MOB.get(u.cc,MOB['CA']));u.simday=u.arr+expo(4) if u.cc!=u.ccm else -9
    if typ in('acad','admin','lib','it','clin'):
        u.pc=Dev(wch(['we','wc','wf','mc'],[50,25,8,17]),True);u.wired=I['campus'].ip()
        if typ=='acad': u.pod=rnd()<.7
        u.cvpn=.25 if rnd()<.3 else 0;u.wfh=ch([0,0,.2,.4])
    else: u.pc=None
    if typ=='clin' or (typ in('ug','grad') and rnd()<.07): u.clin=ch(CLIN)
    if typ=='clin': u.block=ri(3,6);u.off=ri(0,9)
    if rnd()<(.07 if u.cc!='CN' else .3) and typ!='fac': u.vpn=(ch(VPN),rnd()*.6,ch([None,'Toronto','fix']));
    if u.vpn and u.vpn[2]=='fix': u.vpn=(u.vpn[0],u.vpn[1],ch(u.vpn[0].cities))
    if u.phone.k=='ip' and rnd()<.13: u.relay=True
    u.tor=False
    u.trips=[]
    if typ in('acad','grad') and rnd()<.4 or typ in('admin','it') and rnd()<.12:
        d=ri(3,56);c=ch(['Toronto','Montreal','Boston','London','Paris','Berlin','Vancouver','San Francisco','Zurich','Chicago','Tokyo','Amsterdam','Ottawa']);u.trips.append((d+rnd(),d+2+ri(0,6)+rnd(),c))
    if stu and typ!='dist' and u.ccm=='CA':
        if u.cc=='CA' and u.hc not in HFX and rnd()<.45: u.trips.append((46.6+rnd(),49.5+rnd(),'HOME'))
        for _ in range(poisson(.25)):
            d=ri(10,55);u.trips.append((d+.6,d+2.5+rnd(),'HOME' if u.cc=='CA' else ch(['Moncton','Montreal','Toronto','Charlottetown','Boston'])))
    u.tripl={}
    # device changes
    u.sw=[]
    if rnd()<.05: u.sw.append((ri(2,58)+rnd(),'laptop'))
    if u.phone.k=='ip' and rnd()<.09: u.sw.append((25+expo(7),'phone'))
    if stu and rnd()<.08: u.sw.append((u.arr+rnd()*8,'laptop'))
    u.laptops=[(0,u.laptop)];u.phones=[(0,u.phone)]
    for d,w in sorted(u.sw):
        n=Dev(wch(*LAP) if w=='laptop' else wch(['ip','an'],[9,1]))
        (u.laptops if w=='laptop' else u.phones).append((max(d,.1),n))
    u.imap=None
    if typ in('acad','grad','rare','admin') and rnd()<.13: u.imap=Dev('imap')
    u.dorm_silent=None;u.n=0
    if typ=='rare':
        r=rnd();u.rate=ln(.03,.7)
        if r<.55: u.dorm_silent=(ch([0,0,2,5,9,13]),99)
        elif r<.75: u.dorm_silent=(ri(0,8),ri(18,57))   # honest revival
        if u.dorm_silent: u.rate=ln(.3,.5)
    elif rnd()<.012: u.dorm_silent=(ri(4,20),ri(35,70))  # leave, sick, dropped out, sabbatical
    USERS.append(u);return u
for typ,n in (('dorm',620),('ug',880),('grad',270),('dist',190),('exch',55),('acad',300),('admin',290),('clin',170),('it',24),('lib',30),('fac',85),('rare',260)):
    for _ in range(n+ri(-n//25,n//25)): mkuser(typ)
for u in R.sample([u for u in USERS if u.typ in('grad','acad','ug')],5): u.tor=True
def dev_at(l,d):
    r=l[0][1]
    for x,v in l:
        if x<=d: r=v
    return r
def where(u,d):
    """-> kind,obj,city  at day d (float, UTC-ish)"""
    for a,b,c in u.trips:
        if a<=d<b:
            if c=='HOME': return 'line',u.homeline,u.homeline.city
            return 'trip',c,c
    if d<u.arr and u.homeline: 
        if u.cc!='CA' and u.arr-d<.7 : return 'trip',ch(['Toronto','Montreal','Frankfurt','London']),'Toronto'
        return 'line',u.homeline,u.homeline.city
    return u.term
STORM=(44.0,45.4)
def net_for(u,d,kind,obj,city,on):
    """on: laptop/phone"""
    day=d
    if u.tor and rnd()<.25: return ch(TOR)
    if u.vpn and rnd()<u.vpn[1]: return u.vpn[0].shared(u.vpn[2],8)
    if on=='phone' and u.relay and rnd()<.6: return RELAY[rnd()<.3].shared('Halifax' if city in HFX and rnd()<.7 else None,40)
    if STORM[0]<d<STORM[1] and city in ATL and rnd()<.6: on='phone';mobp=.97
    else: mobp=.45
    if on=='phone' and rnd()<mobp or on!='phone' and rnd()<.03:
        if city in CITY and CITY[city][0]!=u.ccm and kind=='trip' and rnd()<.6: return mobile(u.mob,None)     # home-routed roaming
        if d<u.simday or d<u.arr: return mobile(u.homemob,None)
        return mobile(u.mob,city)
    if kind=='dorm': return ch(obj)
    if kind=='line': return obj.at(day)
    cc=CITY[city][0]
    if city in UNIC and rnd()<.4: return UNIC[city].shared(city,6)
    k=(city,int(d)//3)
    if k not in u.tripl:
        c=[x for x in RES[cc] if city in x.cities]; u.tripl[k]=Line(cc,city if c else None)
    return u.tripl[k].at(day)
def vol(u,mul=1):
    h=1
    r=rnd()
    if r<.015: h=ln(25,1.0)
    elif r<.06: h=ln(6,.6)
    return int(ln(u.bi,.8)*(h if rnd()<.4 else 1))+200,int(ln(u.bo,.9)*h*mul)+900
def fb(): return (ri(300,1500),ri(400,3000)) if rnd()<.35 else (None,None)
TYPOIDS=[]
def typoid(u):
    if rnd()<.2: return ch(USERS).id
    s=list(u.id);i=ri(2,7);s[i]=str(ri(0,9));x=''.join(s);TYPOIDS.append(x);return x
OUT_MFA=(23.55,23.585);OUT_LDAP=(41.52,41.545)
def session(u,t,net,dev,lab=None,force=None,managed=False,shared=False,mul=1):
    d=t/DAY;ua=dev.ua(d);di=dev.did()
    if not shared and not dev.nocookie and rnd()<u.incog: di=hexs(24)
    if dev.k in('imap','script'):
        ok=rnd()>.015;bi,bo=vol(u) if ok else fb();emit(t,u.id,ok,'login','password',net,None,ua,bi,bo,lab);return
    if OUT_LDAP[0]<d<OUT_LDAP[1] and rnd()<.85:
        for i in range(ri(1,5)): emit(t,u.id,False,'login','password',net,di,ua,*fb(),lab);t+=ri(5,90)
        return
    last=dev.last.get(u.id,-1e9);dev.last[u.id]=t
    known=dev.rem.get(u.id,-1)>t
    if not shared and t-last<9*3600 and rnd()<.75 or managed and rnd()<.45 or (known and rnd()<.25):
        emit(t,u.id,True,'login','sso',net,di,ua,*vol(u,mul),lab)
        if rnd()<.01: emit(t+.05+rnd()*.5,u.id,True,'login','sso',net,di,ua,*vol(u,.05),lab)
        return
    if u.passkey and not shared and rnd()<.85:
        if rnd()<.02: emit(t-6,u.id,False,'login','passkey',net,di,ua,None,None,lab)
        emit(t,u.id,True,'login','passkey',net,di,ua,*vol(u,mul),lab);dev.rem[u.id]=t+14*DAY;return
    if managed and rnd()<.25:
        emit(t,u.id,True,'login','certificate',net,di,ua,*vol(u,mul),lab);return
    p=u.typo*(2.2 if shared or dev.k in('ip','an') else 1)*(2 if d<16 else 1)
    k=0
    while rnd()<p and k<9:
        emit(t,u.id if rnd()>.02 else typoid(u),False,'login','password',net,di,ua,*fb(),lab);t+=4+expo(14);k+=1;p=.38
    if k>=3 and rnd()<.45:
        if rnd()<.2: emit(t,u.id,False,'password_reset','password',net,di,ua,None,None,lab);t+=expo(60)
        t+=expo(80);emit(t,u.id,True,'password_reset','password',net,di,ua,None,None,lab);t+=5+expo(40)
    elif k>=4 and rnd()<.5: return
    if u.mfa and (not known or rnd()<.06) and not(shared and rnd()<.3):
        out=OUT_MFA[0]<d<OUT_MFA[1];pd=.9 if out else (.035 if u.pushy else .05);j=0
        while rnd()<pd and j<12:
            emit(t,u.id,False,'mfa_challenge','mfa',net,di,ua,None,None,lab);t+=12+expo(35);j+=1;pd=.8 if out else .5
        if j>3 and rnd()<.5: emit(t,u.id,False,'login','mfa',net,di,ua,*fb(),lab);return
        emit(t,u.id,True,'mfa_challenge','mfa',net,di,ua,None,None,lab);t+=1+expo(4)
        emit(t,u.id,True,'login','mfa',net,di,ua,*vol(u,mul),lab)
        if not shared and rnd()<.85: dev.rem[u.id]=t+ch([7,14,30])*DAY
    else: emit(t,u.id,True,'login','password',net,di,ua,*vol(u,mul),lab)
CW={}
def hour(u,wk,night=False):
    h=H_NIGHT if night else u.hours
    if wk and u.typ in('acad','admin','it'): h=H_STU
    k=id(h)
    if k not in CW:
        c=[];s=0
        for x in h: s+=x;c.append(s)
        CW[k]=c
    x=R.choices(range(24),cum_weights=CW[k])[0]+ (rnd() if rnd()<.7 else abs(R.gauss(0,.07)))
    return (x+u.shift)
def when(u,d,hr=None):
    wk=(d%7)>=5
    if hr is None: hr=hour(u,wk,u.typ=='clin' and ((d+u.off)//10)%3==1)
    city=where(u,d+.6)[2];return d*DAY+(hr-CITY[city][3])*3600
def one(u,t):
    d=t/DAY
    kind,obj,city=where(u,d);loc=CITY[city][3];lh=(t/3600+loc)%24;ld=int((t/3600+loc)//24);wk=(ld%7)>=5;hol=ld in(7,36,49) or STORM[0]<d<STORM[1]
    lap=dev_at(u.laptops,d);ph=dev_at(u.phones,d);u.n+=1
    if u.imap and rnd()<.3:
        session(u,t,u.extra_net.at(d) if hasattr(u,'extra_net') else (u.wired or net_for(u,d,kind,obj,city,'laptop')),u.imap);return
    onc=city in HFX+['Truro'] and u.typ not in('dist','exch','rare')
    if onc and not hol and not(wk and rnd()<.7) and 7.5<lh<22:
        r=rnd()
        if u.typ=='clin' or (u.clin and r<.3):
            if rnd()<.75: dv,n=ch(u.clin);session(u,t,n,dv,shared=True);return
        if u.pc and 7<lh<19 and rnd()>u.wfh:
            if u.pod and rnd()<.15: dv,n=ch(POD);session(u,t,n,dv,shared=True);return
            if r<.72: session(u,t,u.wired,u.pc,managed=True);return
            session(u,t,ch(WIFI) if rnd()<.7 else mobile(u.mob,city),ph if rnd()<.5 else lap);return
        if u.typ=='fac': 
            if r<.6: dv,n=ch(KIOSK);session(u,t,n,dv,shared=True);return
        elif not u.pc and 8<lh<22 and rnd()<.62:
            if r<.06: dv,n=ch(LIB);session(u,t,n,dv,shared=True);return
            if r<.115: dv,n=ch(ch(LABS));session(u,t,n,dv,shared=True);return
            if r<.122: dv,n=ch(KIOSK);session(u,t,n,dv,shared=True);return
            dv=lap if rnd()<.65 else ph
            n=ch(WIFI) if dv is lap or rnd()<.6 else (mobile(u.mob,city) if d>u.simday else mobile(u.homemob,None))
            session(u,t,n,dv);return
    if hasattr(u,'friend') and rnd()<.05: session(u,t,net_for(u,d,kind,obj,city,'laptop'),u.friend,shared=rnd()<.5);return
    r=rnd()
    if u.tab and r<.12: dv,on=u.tab,'tab'
    elif r<.25+.5*u.fav: dv,on=ph,'phone'
    else: dv,on=lap,'laptop'
    if u.cvpn and on=='laptop' and rnd()<u.cvpn: session(u,t,ch(VPNC),u.pc if rnd()<.5 else lap,managed=rnd()<.5);return
    session(u,t,net_for(u,d,kind,obj,city,on),dv)
studs=[u for u in USERS if u.typ in('dorm','ug','grad')]
for u in R.sample(studs,90): u.friend=ch(studs).laptop
for a in R.sample(studs+[u for u in USERS if u.typ in('admin','acad')],50):   # couples with a common tablet
    b=ch(studs);a.tab=b.tab=Dev('ipad')
CAL={8:1.5,9:1.3,10:1.2,21:1.3,22:1.6,7:.6,36:.5,44:.6,47:.8,48:.6,49:.45}
ICC=[]
for u in USERS:
    for d in range(DAYS):
        if u.dorm_silent and u.dorm_silent[0]<=d<u.dorm_silent[1]: continue
        wk=(d%7)>=5;r=u.rate*CAL.get(d,1)
        if wk or (d in(7,36,49) and u.typ in('admin','acad','lib','it')): r*=u.wknd
        if d<8: r*= .55 if u.typ in('dorm','ug','exch') else .85
        if u.typ=='clin' and ((d+u.off)%7)>=u.block: r*=.12
        if 42<=d<=57 and u.typ in('dorm','ug'): r*=1.15
        for _ in range(poisson(r)): one(u,when(u,d))
BYID={u.id:u for u in USERS}
staff=[u for u in USERS if u.typ in('acad','admin','clin','lib','it')]
# ---- honest oddities
for u in R.sample([u for u in USERS if u.typ=='dorm'],75):        # parents paying fees
    dv=Dev(wch(*LAP));
    for _ in range(ri(1,3)): t=ch([4,8,14,22,36,51])*DAY+ln(20,.2)*3600;session(u,t,u.homeline.at(t/DAY),dv)
acads=[u for u in staff if u.typ=='acad'];adm=[u for u in staff if u.typ=='admin']
for _ in range(28):                                              # secretaries signing in as the boss
    b,s=ch(acads),ch(adm)
    for _ in range(ri(2,14)): t=when(s,ch([d for d in range(60) if d%7<5]));session(b,t,s.wired,s.pc,shared=rnd()<.3)
for _ in range(85):                                              # stale stored passwords after a change
    u=ch(staff if rnd()<.6 else studs);d0=ri(1,57);t=when(u,d0);kind,obj,city=where(u,d0)
    dv0=dev_at(u.laptops,d0);emit(t,u.id,True,'password_reset','password',net_for(u,d0,kind,obj,city,'laptop'),dv0.id,dv0.ua(d0),None,None)
    dv=u.imap or (Dev('imap') if rnd()<.7 else dev_at(u.phones,d0));n=min(160,int(ln(18,.9)));gap=ch([30,300,900,900,1800])
    for i in range(n):
        t+=gap*(.9+.2*rnd());d=t/DAY;k,o,c=where(u,d);net=ch(WIFI) if 11<(t/3600%24)<20 and d%7<5 and rnd()<.5 and c in HFX else net_for(u,d,k,o,c,'phone' if rnd()<.5 else 'laptop')
        emit(t,u.id,False,'login','password',net,dv.did(),dv.ua(d),*fb())
for _ in range(14):                                              # lab inductions: many new accounts, one address
    lab=ch(LABS);t0=ch([8,9,10,11,14,15,16,17,21,22])*DAY+(ri(9,16)+3)*3600
    for i,u in enumerate(R.sample([x for x in USERS if x.typ in('dorm','ug')],ri(18,30))):
        o=u.typo;u.typo=.45;dv,n=lab[i%len(lab)];session(u,t0+expo(200),n,dv,shared=True);u.typo=o
ith=[u for u in USERS if u.typ=='it']
hd=[Dev('we',True) for _ in range(4)]
for _ in range(420):                                             # help-desk resets
    d=min(59,int(expo(16)));
    if d%7>=5: continue
    u=ch(USERS);t=d*DAY+(R.uniform(8.5,17)+3)*3600;dv=ch(hd);emit(t,u.id,True,'password_reset','password',HELP,dv.id,dv.ua(d),None,None)
    t+=60+expo(1500);k,o,c=where(u,d);session(u,t,net_for(u,d,k,o,c,'laptop') if rnd()<.6 else ch(WIFI),dev_at(u.laptops,d) if rnd()<.7 else Dev(wch(*LAP)))
for u in R.sample(USERS,330):                                    # self-service resets from any place, often a new device
    d=min(58,int(expo(20)));t=when(u,d);k,o,c=where(u,d);net=net_for(u,t/DAY,k,o,c,ch(['phone','laptop']));dv=dev_at(u.laptops,d) if rnd()<.65 else Dev(wch(*ch([LAP,PH])))
    for _ in range(poisson(.8)): emit(t,u.id,False,'login','password',net,dv.id,dv.ua(d),*fb());t+=6+expo(20)
    if rnd()<.15: emit(t,u.id,False,'password_reset','password',net,dv.id,dv.ua(d),None,None);t+=expo(90)
    emit(t,u.id,True,'password_reset','password',net,dv.id,dv.ua(d),None,None);session(u,t+10+expo(60),net,dv)
for u in R.sample(studs+acads,34):                               # phone lost or stolen on the road
    d=ri(6,55);c=ch(['Boston','New York','Montreal','London','Paris','Madrid','Mexico City','Toronto','Istanbul','Dubai','Lagos','Delhi']);cc=CITY[c][0]
    l=Line(cc,c if any(c in x.cities for x in RES[cc]) else None);dv=Dev(wch(*PH));t=d*DAY+rnd()*DAY
    for _ in range(ri(0,5)): emit(t,u.id,False,ch(['login','mfa_challenge']),'mfa',l.at(d),dv.id,dv.ua(d),None,None);t+=20+expo(50)
    if rnd()<.6: emit(t,u.id,True,'password_reset','password',l.at(d),dv.id,dv.ua(d),None,None)
    for i in range(ri(1,5)): t+=60+expo(20000);session(u,t,l.at(t/DAY),dv)
for u in R.sample([x for x in USERS if x.typ in('acad','grad','it')],85):   # scripts on clusters and cloud machines
    dv=Dev('script');net=ch(HOST).ip() if rnd()<.65 else I['campus'].ip();hr=rnd()*24;a=ri(0,50);b=min(60,a+ri(5,60));per=ch([1,1,1,.25,.5,7,1/24]);bad=ri(a,b) if rnd()<.35 else 99
    d=a;mul=ln(4,1.5)
    while d<b:
        t=d*DAY+hr*3600+rnd()*5;ok=not(bad<=d<bad+3)
        bi,bo=vol(u,mul) if ok else fb();emit(t,u.id,ok,'login','password',net,None,dv.ua(d),bi,bo);d+=per
for u in R.sample([x for x in USERS if x.typ in('acad','grad','ug','admin','it')],80):   # honest bulk work: backups, imaging, film
    d0=ri(3,54);big=ln(30,1.0)
    for _ in range(ri(1,7)):
        t=when(u,min(59,d0+ri(0,6)),None if rnd()<.5 else R.uniform(20,28));d=t/DAY;k,o,c=where(u,d)
        if u.pc and rnd()<.5: session(u,t,u.wired,u.pc,managed=True,mul=big)
        else: session(u,t,net_for(u,d,k,o,c,'laptop'),dev_at(u.laptops,d),mul=big)
for u in R.sample(USERS,60):                                     # pushes ignored: dead phone, in class, no signal
    d=ri(0,58);t=when(u,d);k,o,c=where(u,d);net=net_for(u,d,k,o,c,'laptop');dv=dev_at(u.laptops,d)
    if not u.mfa: continue
    for _ in range(min(25,int(ln(5,.7)))): emit(t,u.id,False,'mfa_challenge','mfa',net,dv.id,dv.ua(d),None,None);t+=15+expo(70)
    if rnd()<.6: emit(t,u.id,True,'mfa_challenge','mfa',net,dv.id,dv.ua(d),None,None);emit(t+3,u.id,True,'login','mfa',net,dv.id,dv.ua(d),*vol(u))
for u in R.sample([x for x in USERS if x.typ=='rare'],45):       # alumni: transcript, from a new place and new machine
    d=ri(0,58);cc=ch(['CA','CA','CA','CA','US','GB','AE','IN','CN']);l=Line(cc);dv=Dev(wch(*ch([LAP,PH])));t=d*DAY+(R.uniform(8,23)-CITY[l.city][3])*3600
    for _ in range(poisson(1.3)): emit(t,u.id,False,'login','password',l.at(d),dv.id,dv.ua(d),*fb());t+=8+expo(30)
    if rnd()<.5: emit(t,u.id,True,'password_reset','password',l.at(d),dv.id,dv.ua(d),None,None);t+=30
    for _ in range(ri(1,3)): session(u,t,l.at(t/DAY),dv);t+=expo(30000)
# ------------------------------------------------------------------ attacks
taken=set();CID=set()
ACT=[u for u in USERS if u.n>=25];HON={}
for e in EV: HON[e[1]]=max(e[0],HON.get(e[1],0))
DORMANT=[u for u in USERS if HON.get(u.id,0)<14*DAY and u.dorm_silent and u.dorm_silent[0]<12 and u.dorm_silent[1]==99]
def victim(pool=None,f=None):
    pool=pool or ACT
    for _ in range(500):
        u=ch(pool)
        if u.id not in taken and (f is None or f(u)): break
    taken.add(u.id);return u
GH=[I[x] for x in('spectranet','mtnng','rostel','viettel','digi','claro','telkom','ttnet','kyivstar','tci','chinanet','bsnl','airtel','telmex','orangepl')]
def sticky(n): return lambda t:n
def n_host(): return sticky(ch(HOST).ip())
def n_vpn(city=None): p=ch([x for x in VPN if city is None or city in x.cities]);return lambda t:p.shared(city,8)
def n_tor(): return lambda t:ch(TOR)
def n_foreign():
    p=ch(GH);l=Line(p=p)
    return (lambda t:l.at(t/DAY)) if p.kind=='res' else (lambda t:mobile(p,None))
def n_line(cc,city=None):
    if city and not any(city in x.cities for x in RES[cc]): city=None
    l=Line(cc,city);return lambda t:l.at(t/DAY)
def n_pool(f,n):
    a=[f() for _ in range(n)];return lambda t:ch(a)(t)
def n_reg(u):
    c=where(u,40)[2];cc=CITY[c][0]
    r=rnd()
    if r<.5: return n_line(cc,c)
    if r<.8: return n_line(cc,None)
    p=ch(MOB[cc]);return lambda t:mobile(p,c)
def Tool():
    x=Dev('script')
    while x.fx.startswith('rclone'): x.fx=ch(SCRIPT)
    return x
def infra(tier,u=None):
    if tier==0: return ch([n_host,n_foreign,n_foreign,n_tor,n_vpn])()
    if tier==1: return ch([n_vpn,n_foreign,lambda:n_line(ch(['US','GB','NL','DE','FR','RO','CA'])),lambda:n_line('CA',ch(['Toronto','Montreal','Vancouver','Calgary'])),n_host])()
    return n_reg(u) if u is not None else n_line('CA',ch(ATL+['Toronto','Montreal']))
def adev(tier,u=None,d=30):
    if tier==2 and u is not None and rnd()<.75:
        m=main_dev(u,d);x=Dev(m.k if m.k not in('imap','script') else 'wc');x.lag=m.lag;x.os26=m.os26;x.andv=m.andv;x.fx=m.fx;return x
    x=Dev(wch(*ATKUA))
    if tier==0 and rnd()<.3: x.persist=False
    return x
def main_dev(u,d): return dev_at(u.laptops,d) if u.fav<.5 or rnd()<.5 else dev_at(u.phones,d)
class C: pass
def camp(fam,tier):
    c=C();c.fam=fam;c.tier=tier
    while 1:
        c.id='cmp-'+hexs(8)
        if c.id not in CID: break
    CID.add(c.id);c.lab=(fam,c.id);return c
def ae(c,t,uid,ok,et='login',am='password',net=None,dev=None,mul=1,di=None):
    u=BYID.get(uid);t=min(t,END-rnd()*900)
    if et=='login' and ok: bi,bo=vol(u,mul)
    elif et=='login': bi,bo=fb()
    else: bi=bo=None
    emit(t,uid,ok,et,am,net,di if di else dev.did(),dev.ua(t/DAY),bi,bo,c.lab)
def enter(c,u,t,net,dev,mul=1,mfa_ok=.8):
    """one attacker sign-in with a right password; returns (t, in?)"""
    n=net(t)
    if u.mfa and not dev.nocookie:
        if rnd()<.12: ae(c,t,u.id,True,'login','password',n,dev,mul);return t,True     # policy gap
        if rnd()<mfa_ok:
            if rnd()<.25: ae(c,t,u.id,False,'mfa_challenge','mfa',n,dev);t+=20+expo(40)
            ae(c,t,u.id,True,'mfa_challenge','mfa',n,dev);t+=2+expo(6);ae(c,t,u.id,True,'login','mfa',n,dev,mul);dev.rem[u.id]=t+14*DAY;return t,True
        for _ in range(ri(1,2)): ae(c,t,u.id,False,'mfa_challenge','mfa',n,dev);t+=20+expo(50)
        return t,False
    ae(c,t,u.id,True,'login','password',n,dev,mul);return t,True
def follow(c,u,t,net,dev,k,gap,mul=1):
    for _ in range(k):
        t+=120+expo(gap)
        if t>END-60: break
        if dev.last.get(u.id,-1e9)>t-9*3600 or rnd()<.5: ae(c,t,u.id,True,'login','sso',net(t),dev,mul)
        else: ae(c,t,u.id,True,'login','password' if not u.mfa or dev.rem.get(u.id,-1)>t else 'mfa',net(t),dev,mul)
        dev.last[u.id]=t
    return t
def aware(u,t,tier):
    if rnd()<(.5,.25,.06)[tier]:
        t+=1800+expo(50000)
        if t>END: return
        d=t/DAY;t=when(u,min(59,int(d)+1));k,o,cc=where(u,t/DAY);dv=dev_at(u.laptops,d);n=net_for(u,t/DAY,k,o,cc,'laptop')
        for _ in range(poisson(1)): emit(t-60*rnd()-9,u.id,False,'login','password',n,dv.id,dv.ua(d),*fb())
        emit(t,u.id,True,'password_reset','password',n,dv.id,dv.ua(d),None,None);session(u,t+15+expo(30),n,dv)
def start(tier,u=None,span=0):
    d=R.uniform(15,max(16,58.6-span))
    if tier>=1 and u is not None and rnd()<(.5 if tier==1 else .85):
        t=when(u,int(d));return min(max(t,15*DAY+60),END-DAY)
    return d*DAY
VM=lambda tier:(ln(5,.9),ln(1.8,.8),ln(1,.5))[tier]
UNKNOWN=[mkuid() for _ in range(260)]
def f_stuff(c):
    T=c.tier;n=(int(ln(320,.35)),int(ln(85,.3)),int(ln(30,.3)))[T];dur=(ri(1200,14400),ri(6,30)*3600,ri(3,10)*86400)[T];t0=start(T,span=dur/DAY)
    pool=[n_pool(ch([n_host,n_vpn,n_foreign]),ri(2,12)),n_pool(lambda:ch([n_foreign,n_vpn,n_foreign,lambda:n_line(ch(list(RES)))])(),25),n_pool(lambda:n_line(ch(['CA','CA','US'])),30)][T]
    tool=Tool() if T==0 and rnd()<.6 or T==1 and rnd()<.3 else None;unk=R.sample(UNKNOWN,60)
    hits=(ri(2,6),ri(1,3),ri(0,2))[T];hs=set(R.sample(range(n),hits));devs=[Dev(wch(*ATKUA)) for _ in range(ri(3,9))]
    for i in range(n):
        t=t0+dur*rnd();u=ch(USERS);dv=tool or ch(devs)
        for x in devs: x.persist=False if T<2 else x.persist
        if i in hs:
            u=victim();u2,ok=enter(c,u,t,pool,dv,mfa_ok=.45)
            if ok and rnd()<.7: dv2=adev(T,u);net=infra(T,u);tt=follow(c,u,t,net,dv2,ri(1,4),9000,VM(T));aware(u,tt,T)
        else:
            uid=u.id if rnd()<.75 else ch(unk)
            for _ in range(1+(rnd()<.2)): ae(c,t,uid,False,'login','password',pool(t),dv,di=hexs(24) if tool is None and T<2 and rnd()<.7 else None);t+=1+expo(8)
def f_spray(c):
    T=c.tier;n=(int(ln(300,.35)),int(ln(95,.3)),int(ln(32,.25)))[T];dur=(ri(900,7200),ri(5,24)*3600,ri(2,9)*86400)[T];t0=start(T,span=dur/DAY)
    net=[n_pool(ch([n_host,n_foreign,n_vpn]),ri(1,4)),n_pool(ch([n_vpn,n_foreign,lambda:n_line('US')]),10),n_pool(lambda:n_line('CA'),16)][T]
    dv=Tool() if rnd()<(.6,.35,.15)[T] else Dev(wch(*ATKUA));tg=R.sample(USERS,n);hits=(ri(1,5),ri(0,3),ri(0,2))[T];rot=rnd()<.5
    for i,u in enumerate(tg):
        t=t0+dur*(i+rnd())/n
        if i<n-hits or u.id in taken or u.n<10: ae(c,t,u.id,False,'login','password',net(t),dv,di=hexs(24) if rot and not dv.nocookie else None)
        else:
            taken.add(u.id);t,ok=enter(c,u,t,net,dv,mfa_ok=.45)
            if ok: n2=infra(T,u);tt=follow(c,u,t,n2,adev(T,u),ri(1,4),9000,VM(T));aware(u,tt,T)
def f_brute(c):
    T=c.tier;u=victim();n=(int(ln(130,.4)),int(ln(38,.3)),int(ln(13,.25)))[T];dur=(ri(600,7200),ri(3,20)*3600,ri(2,7)*86400)[T];t=start(T,u,dur/DAY);net=infra(T,u) if rnd()<.6 else n_pool(lambda:infra(T,u),ri(3,8));dv=adev(T,u)
    if T==0 and rnd()<.5: dv=Tool()
    t0=t
    for x in sorted(rnd() for _ in range(n)):
        t=t0+x*dur;ae(c,t,u.id,False,'login','password',net(t),dv)
    if rnd()<.3:
        for _ in range(ri(1,4)):                         # victim locked out, honest failures
            th=t0+dur*rnd();k,o,cc=where(u,th/DAY);l=dev_at(u.laptops,th/DAY);emit(th,u.id,False,'login','password',net_for(u,th/DAY,k,o,cc,'laptop'),l.id,l.ua(th/DAY),*fb())
    if rnd()<.75:
        d2=dv if not dv.nocookie else adev(1);t,ok=enter(c,u,t+5+expo(30),net,d2,VM(T))
        if ok: t=follow(c,u,t,net,d2,ri(1,5),7000,VM(T))
    aware(u,t,T)
def f_stolen(c):
    T=c.tier;u=victim();t=start(T,u,3);net=infra(T,u);dv=adev(T,u,t/DAY)
    for _ in range((poisson(2),poisson(.7),poisson(.2))[T]): ae(c,t,u.id,False,'login','password',net(t),dv);t+=6+expo(20)
    t,ok=enter(c,u,t,net,dv,VM(T),.9)
    if not ok and rnd()<.8: t,ok=enter(c,u,t+expo(9000),net,dv,VM(T),.9)
    if ok: t=follow(c,u,t,net,dv,(ri(4,12),ri(2,6),ri(1,3))[T],(4000,20000,60000)[T],VM(T))
    aware(u,t,T)
def f_anon(c):
    T=c.tier;u=victim();t=start(T,u,3)
    net=(n_tor() if rnd()<.7 else n_pool(n_vpn,4)) if T==0 else (ch([n_vpn,n_vpn,n_host])() if T==1 else (n_vpn(ch(['Toronto','Montreal'])) if rnd()<.6 else (lambda p:(lambda t:p.shared('Halifax' if rnd()<.4 else None,40)))(ch(RELAY))))
    dv=adev(T,u,t/DAY)
    if T==0: dv.k=ch(['wf','lf','wc'])
    for _ in range((poisson(3),poisson(1),poisson(.2))[T]): ae(c,t,u.id,False,'login','password',net(t),dv);t+=6+expo(25)
    t,ok=enter(c,u,t,net,dv,VM(T),.92)
    if ok or rnd()<.5: t=follow(c,u,t,net,dv,(ri(4,12),ri(2,6),ri(1,3))[T],(5000,25000,70000)[T],VM(T))
    aware(u,t,T)
def f_fatigue(c):
    T=c.tier;u=victim(None,lambda x:x.mfa and x.pushy);n=(ri(25,70),ri(8,18),ri(3,6))[T];t=start(T,u,3);net=infra(T,u);dv=adev(T,u,t/DAY)
    if T==0 or (T==1 and rnd()<.5): t=int(t/DAY)*DAY+R.uniform(3.5,9.5)*3600
    for _ in range(n):
        ae(c,t,u.id,False,'mfa_challenge','mfa',net(t),dv)
        if rnd()<.15: ae(c,t+40,u.id,False,'login','mfa',net(t),dv)
        t+=(15+expo(60),40+expo(500),600+expo(30000))[T]
        if t>END-9000: break
    if rnd()<.75:
        ae(c,t,u.id,True,'mfa_challenge','mfa',net(t),dv);t+=3;ae(c,t,u.id,True,'login','mfa',net(t),dv,VM(T));dev_r=dv.rem;dev_r[u.id]=t+14*DAY;dv.last[u.id]=t
        t=follow(c,u,t,net,dv,(ri(3,8),ri(1,5),ri(1,3))[T],(4000,15000,40000)[T],VM(T))
    aware(u,t,T)
def f_session(c):
    T=c.tier;u=victim();t=start(T,u,3);d=t/DAY;vd=main_dev(u,d);vd.persist or None;net=infra(T,u);dv=adev(T,u,d)
    if T==1 and rnd()<.6 or T==2: dv=vd
    for _ in range((ri(6,20),ri(3,8),ri(2,4))[T]):
        ae(c,t,u.id,rnd()<.97,'login','sso',net(t),dv,VM(T),di=vd.id);t+=60+expo((1800,9000,40000)[T])
        if t>END-60: break
    if T==0 and rnd()<.4: ae(c,t,u.id,False,'login','sso',net(t),dv,di=vd.id)
    aware(u,t,T)
def f_insider(c):
    T=c.tier;u=victim([x for x in ACT if x.typ in('acad','admin','it','clin','lib','grad','ug')]);n=(ri(8,16),ri(4,8),ri(3,6))[T];d0=int(R.uniform(15,51-0));ds=sorted(d0+ri(0,(4,6,8)[T]) for _ in range(n));big=(ln(80,.5),ln(18,.4),ln(5,.25))[T]
    for d in ds:
        hr=R.uniform(25,29) if T==0 else (R.uniform(20.5,27) if T==1 else (R.uniform(17.5,22.5) if rnd()<.6 else None));t=when(u,d,hr);t=min(max(t,15*DAY+5),END-60);x=t/DAY;k,o,cc=where(u,x)
        if u.pc and rnd()<.55: net,dv=(u.wired if rnd()<.6 else ch(VPNC)),u.pc
        else: dv=dev_at(u.laptops,x);net=net_for(u,x,k,o,cc,'laptop')
        am='sso' if dv.last.get(u.id) and rnd()<.5 else('mfa' if u.mfa and rnd()<.25 else 'password')
        if u.passkey and rnd()<.5: am='passkey'
        if am=='mfa': ae(c,t-4,u.id,True,'mfa_challenge','mfa',net,dv,di=dv.id if not dv.nocookie else None)
        ae(c,t,u.id,True,'login',am,net,dv,big,di=dv.id)
def f_near(c):
    T=c.tier;u=victim(None,lambda x:x.term[0] in('line','dorm'));t=start(T,u,4);k,o,city=u.term;cc=CITY[city][0];dv=adev(T,u,t/DAY)
    own=(lambda t:ch(o)) if k=='dorm' else (lambda t:o.at(t/DAY))
    if T==0: net=n_line(cc,city)
    elif T==1:
        if k=='line': l=Line(p=o.isp,city=city);net=lambda t:l.at(t/DAY)
        else: net=lambda t:ch(WIFI)
        if rnd()<.3: p=u.mob;net=lambda t:mobile(p,city)
    else: net=own if rnd()<.7 else (lambda t:ch(WIFI))
    for _ in range((ri(3,12),poisson(2),poisson(.6))[T]): ae(c,t,u.id,False,'login','password',net(t),dv);t+=6+expo(30)
    t,ok=enter(c,u,t,net,dv,VM(T),.95)
    if ok: t=follow(c,u,t,net,dv,(ri(4,10),ri(2,6),ri(1,3))[T],(9000,30000,80000)[T],VM(T))
    aware(u,t,T)
def f_dormant(c):
    T=c.tier;u=victim(DORMANT);t=(R.uniform(max(16,HON.get(u.id,0)/DAY+10),57))*DAY
    net=infra(T,u);dv=adev(T,u,t/DAY)
    for _ in range((ri(2,15),poisson(1.5),poisson(.5))[T]): ae(c,t,u.id,False,'login','password',net(t),dv);t+=5+expo(20)
    if rnd()<.3: ae(c,t,u.id,True,'password_reset','password',net(t),dv);t+=20+expo(60)
    t,ok=enter(c,u,t,net,dv,VM(T),1)
    follow(c,u,t,net,dv,(ri(4,14),ri(2,6),ri(1,3))[T],(5000,20000,60000)[T],VM(T))
def f_reset(c):
    T=c.tier;u=victim();t=start(T,u,3);net=infra(T,u);dv=adev(T,u,t/DAY)
    for _ in range((poisson(3),poisson(1),0)[T]): ae(c,t,u.id,False,'login','password',net(t),dv);t+=6+expo(20)
    for _ in range((ri(1,6),poisson(.7),poisson(.15))[T]): ae(c,t,u.id,False,'password_reset','password',net(t),dv);t+=30+expo(120)
    ae(c,t,u.id,True,'password_reset','password',net(t),dv);t+=8+expo(60 if T<2 else 1500)
    t,ok=enter(c,u,t,net,dv,VM(T),.95)
    if ok: t=follow(c,u,t,net,dv,(ri(3,10),ri(1,5),ri(1,3))[T],(4000,15000,60000)[T],VM(T))
    for _ in range(ri(0,2)):                               # the owner finds the password changed
        th=t+expo(30000);k,o,cc=where(u,min(th/DAY,59));l=dev_at(u.laptops,th/DAY);emit(th,u.id,False,'login','password',net_for(u,min(th/DAY,59),k,o,cc,'laptop'),l.id,l.ua(th/DAY),*fb())
    aware(u,t,T)
def f_shared(c):
    T=c.tier;n=(ri(8,15),ri(4,7),ri(2,3))[T];dur=(ri(2400,9000),ri(8,40)*3600,ri(5,13)*86400)[T];t0=start(T,None,dur/DAY);net=infra(T);dv=adev(1);dv.persist=True
    if T==2 and rnd()<.45: net=lambda t:ch(WIFI)
    for i in range(n):
        u=victim();t=t0+dur*(i+rnd())/n
        if T==2: t=int(t/DAY)*DAY+(when(u,int(t/DAY))%DAY)
        t=max(t,15*DAY)
        for _ in range(poisson((.7,.4,.1)[T])): ae(c,t,u.id,False,'login','password',net(t),dv);t+=6+expo(15)
        t,ok=enter(c,u,t,net,dv,VM(T),.85)
        if ok: t=follow(c,u,t,net,dv,(ri(0,2),ri(0,3),ri(0,2))[T],(1500,9000,50000)[T],VM(T))
        aware(u,t,T)
FAM=[('credential_stuffing',f_stuff),('password_spray',f_spray),('brute_force',f_brute),('stolen_credentials',f_stolen),('anonymiser',f_anon),('mfa_fatigue',f_fatigue),('session_theft',f_session),('insider',f_insider),('near_takeover',f_near),('dormant_revival',f_dormant),('reset_takeover',f_reset),('shared_device',f_shared)]
for name,f in FAM:
    n=ri(14,17);tiers=[i%3 for i in range(n)];R.shuffle(tiers)
    for T in tiers: f(camp(name,T))
# ------------------------------------------------------------------ write
EV.sort(key=lambda e:e[0])
with open(OUT,'w') as fo:
    for t,uid,ok,et,am,net,di,ua,bi,bo,lab in EV:
        ip,b=net;g=b.g1 if t/DAY<b.chg else b.g2
        e={'event_id':'%s-%s-4%s-a%s-%s'%(hexs(8),hexs(4),hexs(3),hexs(3),hexs(12)),'tenant':TENANT,'user_id':uid,'timestamp':(T0+dt.timedelta(milliseconds=int(t*1000))).isoformat(timespec='milliseconds').replace('+00:00','Z'),'success':ok,'event_type':et}
        if et!='password_reset' or rnd()<.5: e['auth_method']=am
        if rnd()>.002:
            e['ip_address']=ip;e['asn']=b.asn
            if g[0]: e['geo_location']=g[0]
            if g[1]: e['city']=g[1];e['latitude']=g[2];e['longitude']=g[3]
        if di and (rnd()<.985 if ok else rnd()<.88): e['device_id']=di
        if rnd()<.994: e['user_agent']=ua
        if bi is not None and rnd()<.95: e['bytes_in']=bi;e['bytes_out']=bo
        e['label']=1 if lab else 0
        if lab: e['attack'],e['campaign']=lab
        fo.write(json.dumps(e,ensure_ascii=False)+'\n')
