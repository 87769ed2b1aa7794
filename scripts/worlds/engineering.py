#!/usr/bin/env python3
"""Labelled logins of an engineering firm with three sites in two countries: field engineers, home offices, partners.

Usage: engineering.py SEED OUTPUT.ndjson"""
import sys, json, math, random, datetime as dt
SEED=int(sys.argv[1]); OUT=sys.argv[2]
R=random.Random(SEED*7919+13); rnd=R.random; ri=R.randint; ch=R.choice; U_=R.uniform
START=dt.datetime(2025,3,17,tzinfo=dt.timezone.utc); DAYS=60; END=DAYS*86400.0; DAY=86400.0
TENANT="brannvik-engineering"
def logn(med,s): return med*math.exp(R.gauss(0,s))
def pois(l):
    L=math.exp(-l);k=0;p=rnd()
    while p>L: k+=1;p*=rnd()
    return k
def wch(d):
    k=list(d); return R.choices(k,[d[x] for x in k])[0]
# ---------------------------------------------------------------- geography
C={ # city: cc, lat, lon
'Göteborg':('SE',57.7072,11.9668),'Mölndal':('SE',57.6554,12.0138),'Kungsbacka':('SE',57.4872,12.0761),'Borås':('SE',57.7210,12.9401),
'Alingsås':('SE',57.9303,12.5334),'Kungälv':('SE',57.8710,11.9805),'Trollhättan':('SE',58.2837,12.2886),'Linköping':('SE',58.4109,15.6216),
'Norrköping':('SE',58.5942,16.1826),'Motala':('SE',58.5371,15.0365),'Mjölby':('SE',58.3259,15.1236),'Stockholm':('SE',59.3294,18.0687),
'Malmö':('SE',55.6059,13.0007),'Luleå':('SE',65.5842,22.1547),'Kiruna':('SE',67.8558,20.2253),'Sundsvall':('SE',62.3913,17.3063),
'Gdańsk':('PL',54.3523,18.6491),'Gdynia':('PL',54.5189,18.5319),'Sopot':('PL',54.4418,18.5601),'Tczew':('PL',54.0924,18.7778),'Rumia':('PL',54.5709,18.3880),
'Warsaw':('PL',52.2298,21.0118),'Poznań':('PL',52.4069,16.9299),'Kraków':('PL',50.0614,19.9366),'Katowice':('PL',50.2584,19.0275),'Wrocław':('PL',51.1000,17.0333),'Szczecin':('PL',53.4289,14.5530),
'Oslo':('NO',59.9127,10.7461),'Bergen':('NO',60.3930,5.3242),'Stavanger':('NO',58.9700,5.7331),'Copenhagen':('DK',55.6759,12.5655),
'Hamburg':('DE',53.5507,9.9930),'Hanover':('DE',52.3705,9.7332),'Frankfurt am Main':('DE',50.1155,8.6842),'Berlin':('DE',52.5244,13.4105),'Munich':('DE',48.1374,11.5755),
'Rotterdam':('NL',51.9225,4.4792),'Amsterdam':('NL',52.3740,4.8897),'Helsinki':('FI',60.1695,24.9354),'Turku':('FI',60.4515,22.2687),'Tallinn':('EE',59.4370,24.7535),
'London':('GB',51.5085,-0.1257),'Aberdeen':('GB',57.1437,-2.0981),'Bilbao':('ES',43.2627,-2.9253),'Málaga':('ES',36.7202,-4.4203),'Palma':('ES',39.5694,2.6502),
'Paris':('FR',48.8534,2.3488),'Marseille':('FR',43.2970,5.3811),'Milan':('IT',45.4643,9.1895),'Zürich':('CH',47.3667,8.5500),'Bucharest':('RO',44.4323,26.1063),
'Houston':('US',29.7633,-95.3633),'New York':('US',40.7143,-74.0060),'Ashburn':('US',39.0437,-77.4875),'Los Angeles':('US',34.0522,-118.2437),
'Antofagasta':('CL',-23.6500,-70.4000),'Belo Horizonte':('BR',-19.9208,-43.9378),'São Paulo':('BR',-23.5475,-46.6361),'Perth':('AU',-31.9522,115.8614),
'Dubai':('AE',25.0657,55.1713),'Pune':('IN',18.5196,73.8554),'Mumbai':('IN',19.0728,72.8826),'Izmir':('TR',38.4127,27.1384),'Istanbul':('TR',41.0138,28.9497),
'Johannesburg':('ZA',-26.2023,28.0436),'Lagos':('NG',6.4541,3.3947),'Bangkok':('TH',13.7540,100.5014),'Phuket':('TH',7.8906,98.3981),'Hanoi':('VN',21.0245,105.8412),
'Jakarta':('ID',-6.2146,106.8451),'Moscow':('RU',55.7522,37.6156),'Kyiv':('UA',50.4547,30.5238),'Lviv':('UA',49.8383,24.0232),'Singapore':('SG',1.2897,103.8501),'Zagreb':('HR',45.8144,15.9780),'Split':('HR',43.5089,16.4392),'Athens':('GR',37.9838,23.7278)}
OFF={'SE':1,'PL':1,'NO':1,'DK':1,'DE':1,'NL':1,'FI':2,'EE':2,'GB':0,'ES':1,'FR':1,'IT':1,'CH':1,'RO':2,'US':-6,'CL':-4,'BR':-3,'AU':8,'AE':4,'IN':5.5,'TR':3,'ZA':2,'NG':1,'TH':7,'VN':7,'ID':7,'RU':3,'UA':2,'SG':8,'HR':1,'GR':2}
NODST={'CL','BR','AU','AE','IN','TR','ZA','NG','TH','VN','ID','RU','SG'}
def off(cc,day): return OFF.get(cc,1)+(1 if day>=13 and cc not in NODST else 0)
def T(day,h,cc='SE'): return day*DAY+(h-off(cc,day))*3600.0+rnd()*60
def wday(day): return (START.weekday()+day)%7
def d_of(m,d): return (dt.date(2025,m,d)-START.date()).days
HOL={'SE':{d_of(4,18),d_of(4,21),d_of(5,1)},'PL':{d_of(4,21),d_of(5,1),d_of(5,3)}}
BRIDGE={'SE':{d_of(5,2),d_of(4,17)},'PL':{d_of(5,2),d_of(4,18),d_of(4,22)}}
NEAR={}
for a,(cc,la,lo) in C.items():
    NEAR[a]=[b for b,(c2,l2,o2) in C.items() if c2==cc and b!=a and abs(la-l2)+abs(lo-o2)<2.5]
CENT={'SE':(59.3247,18.0560),'PL':(52.2394,21.0362),'NO':(59.9452,10.7559),'DE':(51.2993,9.491),'US':(37.751,-97.822),'NL':(52.3824,4.8995),'GB':(51.4964,-0.1224)}
# ---------------------------------------------------------------- networks
ISP={'SE':{3301:('78.70','81.226','90.228','217.209'),39651:('83.249','85.224','213.89'),8473:('46.59','81.170','155.4'),2119:('84.216','85.230'),1257:('83.176','90.129')},
'PL':{5617:('83.9','79.184','95.49'),12741:('77.253','87.205'),29314:('88.156','109.241'),21021:('89.228','178.235'),6830:('89.64','31.178')},
'NO':{2119:('84.208','88.88'),29695:('81.166','92.220')},'DK':{3292:('87.48','80.162')},'DE':{3320:('79.192','87.128','93.192'),3209:('88.64','178.0'),8881:('92.72','94.134')},
'NL':{1136:('77.160','86.80'),33915:('84.24','62.194')},'FI':{719:('91.152','88.112'),1759:('80.220','84.248')},'EE':{3249:('90.190','84.50')},'GB':{2856:('81.128','86.128'),5089:('82.0','86.0'),5607:('90.192','2.216')},
'ES':{3352:('80.24','83.32'),12479:('85.48','90.160')},'FR':{3215:('86.192','90.0'),12322:('82.64','88.160')},'IT':{3269:('79.0','87.0')},'CH':{3303:('83.76','85.0')},'RO':{8708:('79.112','86.120')},
'US':{7922:('73.16','98.192'),7018:('99.0','107.192'),701:('71.160','96.224'),20115:('66.168','97.80')},'CL':{7418:('190.20','186.104'),22047:('190.160','200.83')},'BR':{28573:('177.32','189.4'),26599:('177.94','187.74'),18881:('177.16','179.176')},
'AU':{1221:('58.160','101.160'),4804:('49.176','114.72')},'AE':{5384:('86.96','94.200'),15802:('87.200','91.72')},'IN':{24560:('122.160','182.64'),55836:('49.32','157.32'),17488:('202.83','175.100')},
'TR':{9121:('78.160','88.224'),34984:('176.88','46.196')},'ZA':{3741:('105.184','165.165'),37457:('102.248','41.144')},'NG':{29465:('105.112','197.210'),37148:('102.88','41.184')},
'TH':{7470:('58.8','171.96'),45758:('110.168','124.120')},'VN':{45899:('14.160','113.160'),7552:('27.64','171.224')},'ID':{7713:('36.64','125.160')},'RU':{12389:('46.61','95.24'),8402:('2.92','95.24')},
'UA':{15895:('46.118','94.244'),6849:('92.112','178.92')},'SG':{9506:('116.86','118.200')},'HR':{5391:('78.0','93.136')},'GR':{6799:('79.128','87.202')}}
MOB={'SE':{44034:('2.64','94.191'),3301:('95.192','95.193'),1257:('37.196','90.143')},'PL':{39603:('5.173','37.47'),12912:('5.60','46.112'),8374:('37.248','188.146')},
'NO':{2119:('46.212','46.66')},'DE':{3320:('80.187','37.80'),6805:('46.114','176.7')},'IN':{45609:('106.192','223.176'),55836:('152.56','157.48')},'GB':{12576:('31.94','92.40')},'FI':{16086:('62.78','109.240')},
'US':{21928:('172.56','172.58')},'ES':{12430:('77.208','31.4')},'TH':{131445:('49.228','184.22')},'AE':{5384:('5.192','5.193')},'NG':{29465:('197.211','102.89')},'BR':{26599:('191.240','200.163')},'NL':{50266:('188.207','89.205')},'DK':{3292:('2.104','188.178')}}
MHUB={'SE':['Stockholm','Stockholm','Göteborg','Malmö'],'PL':['Warsaw','Warsaw','Gdańsk','Poznań','Katowice'],'DE':['Frankfurt am Main','Berlin','Hamburg'],'IN':['Mumbai','Pune'],'US':['Houston','New York'],'ES':['Málaga','Bilbao'],'TH':['Bangkok']}
HOST={14061:('138.68','165.22','206.189'),16276:('51.38','51.75','145.239'),24940:('95.216','116.203','159.69'),16509:('13.48','18.184','52.28'),8075:('20.50','40.67','51.144'),20473:('45.76','95.179','108.61'),63949:('172.104','139.162'),51167:('5.189','173.212'),53667:('198.98','209.141')}
HCITY={14061:['Amsterdam','Frankfurt am Main','London','New York'],16276:['Paris','Warsaw','London'],24940:['Helsinki','Frankfurt am Main'],16509:['Stockholm','Frankfurt am Main','Ashburn'],8075:['Amsterdam','Stockholm','Warsaw'],20473:['Amsterdam','Paris','Stockholm','Warsaw','Los Angeles'],63949:['London','Frankfurt am Main','Singapore'],51167:['Munich','Frankfurt am Main'],53667:['New York','Los Angeles']}
VPN={9009:('37.120','146.70','185.236'),212238:('89.187','156.146','185.156'),39351:('185.213','193.138','45.83'),62240:('185.107','141.98'),136787:('185.253','45.87'),60068:('84.17','195.181')}
VCITY=['Stockholm','Stockholm','Malmö','Warsaw','Warsaw','Copenhagen','Oslo','Frankfurt am Main','Amsterdam','London','Paris','Zürich','New York','Los Angeles','Bucharest','Helsinki','Singapore','Milan']
GEO={}; POOL={}; USED=set()
def mkblk(asn,pref,city,kind):
    for _ in range(200):
        b=ch(pref)+'.%d'%ri(0,255)
        if b not in USED: break
    USED.add(b); GEO[b]=mkgeo(asn,city,kind); return b
def mkgeo(asn,city,kind):
    cc,la,lo=C[city]; x=rnd(); ci=city; g2=None
    if kind=='res':
        if x<.09 and NEAR[city]: ci=ch(NEAR[city])
        elif x<.13: ci=None
    if kind=='mob': ci=ch(MHUB.get(cc,[city])); ci=None if x<.1 else ci
    def rec(ci):
        if ci is None:
            a,b=CENT.get(cc,(round(la),round(lo))); return [asn,cc,None,a,b]
        _,a,b=C[ci]
        if kind!='hub' and rnd()<.12: a=round(a+U_(-.05,.05),4); b=round(b+U_(-.08,.08),4)
        return [asn,cc,ci,a,b]
    g=rec(ci)
    if rnd()<.02: g[3]=g[4]=None
    if rnd()<.006: g[0]=None
    g2=g; cut=1e18
    if kind in('res','mob') and rnd()<.04:
        g2=rec(ch(NEAR[city]) if NEAR[city] and kind=='res' else city); cut=ri(20,45)*DAY
    return (g,g2,cut)
def pool(asn,city,kind,n):
    k=(asn,city,kind)
    if k not in POOL:
        cc=C[city][0]
        pr={'res':ISP,'mob':MOB}[kind][cc][asn] if kind in('res','mob') else (HOST if kind=='host' else VPN)[asn]
        POOL[k]=[mkblk(asn,pr,city,kind) for _ in range(n)]
    return POOL[k]
V6={3301:'2001:2042',8473:'2001:470:27',39651:'2a02:aa1',5617:'2a01:11bf',6830:'2a02:a31',3320:'2003:c5',7922:'2601:2c0',55836:'2409:4042',12322:'2a01:e0a',44034:'2a02:aa7'}
def v6blk(asn,city):
    k='%s:%x'%(V6[asn],ri(0x1000,0xffff))
    if k.count(':')<3: k+=':%x'%ri(1,0xffff)
    if k not in GEO: GEO[k]=mkgeo(asn,city,'res')
    return k
def v6ip(b): return b+''.join(':%x'%ri(1,0xffff) for _ in range(8-(b.count(':')+1)))
IP6={}
def res_blk(cc,city,asn=None):
    asn=asn or ch(list(ISP[cc]))
    if asn in V6 and rnd()<.22: return ('6',v6blk(asn,city),asn)
    big=city in('Göteborg','Stockholm','Gdańsk','Linköping','Warsaw')
    return ('4',ch(pool(asn,city,'res',14 if big else 5)),asn)
def blk_ip(b):
    if b[0]=='6':
        ip=v6ip(b[1]); IP6[ip]=b[1]; return ip
    return b[1]+'.%d'%ri(1,254)
def res_ip(cc,city,asn=None): return blk_ip(res_blk(cc,city,asn))
def mob_ip(cc,asn=None):
    if cc not in MOB:
        city=ch([c for c in C if C[c][0]==cc]); return res_ip(cc,city)
    asn=asn if asn in MOB[cc] else ch(list(MOB[cc])); city=ch(MHUB.get(cc) or [c for c in C if C[c][0]==cc])
    return ch(pool(asn,city,'mob',4))+'.%d'%(1+int(rnd()**1.5*120))
def host_ip(asn=None,city=None):
    asn=asn or ch(list(HOST)); city=city or ch(HCITY[asn]); return ch(pool(asn,city,'host',6))+'.%d'%ri(1,254)
def vpn_ip(cc=None,asn=None):
    asn=asn or ch(list(VPN)); cs=[c for c in VCITY if cc is None or C[c][0]==cc] or VCITY
    return ch(pool(asn,ch(cs),'vpn',2))+'.%d'%(2+int(rnd()**2*60))
TORN=[(60729,('185.220',)),(208323,('109.70',)),(53667,('198.98','209.141')),(24940,('95.216','116.203')),(16276,('51.38','51.75')),(210558,('192.42',)),(39351,('193.138',))]
TOR=[]
for _ in range(45):
    a,p=ch(TORN); b=mkblk(a,p,ch(['Frankfurt am Main','Amsterdam','Berlin','Paris','New York','Bucharest','Zürich','Stockholm','London']),'host'); TOR+= [b+'.%d'%ri(1,254) for _ in range(ri(1,3))]
RELAYB=[mkblk(ch([36183,13335,54113]),('172.224','104.28','146.75'),ch(['Stockholm','Göteborg','Malmö','Warsaw','Gdańsk','Copenhagen']),'vpn') for _ in range(16)]
def relay_ip(cc): 
    o=[b for b in RELAYB if GEO[b][0][1]==cc] or RELAYB
    return ch(o)+'.%d'%ri(0,60)
def fixed(asn,pref,city,n,kind='hub'):
    b=mkblk(asn,(pref,),city,kind); h=ri(2,200); return [b+'.%d'%(h+i) for i in range(n)]
SITES={'GOT':dict(city='Göteborg',cc='SE',ips=fixed(3301,'194.236','Göteborg',5),guest=fixed(39651,'213.89','Göteborg',1),back=fixed(1257,'83.176','Göteborg',1)),
'LIN':dict(city='Linköping',cc='SE',ips=fixed(2119,'84.216','Linköping',3),guest=fixed(3301,'217.209','Linköping',1),back=fixed(44034,'94.191','Stockholm',1)),
'GDN':dict(city='Gdańsk',cc='PL',ips=fixed(12741,'87.205','Gdańsk',4),guest=fixed(29314,'88.156','Gdańsk',1),back=fixed(5617,'83.9','Gdańsk',1))}
VPNGW=fixed(3301,'194.236','Göteborg',3)
ZS={'SE':fixed(62044,'165.225','Stockholm',6),'PL':fixed(62044,'147.161','Warsaw',6),'DE':fixed(62044,'165.225','Frankfurt am Main',4)}
ZSDAY=ri(28,38)
FAILOVER={ch(['GOT','LIN']):ri(10,50),'GDN':ri(8,ZSDAY-3)}
TRAIN=fixed(3301,'78.70','Göteborg',3,'mob')+fixed(44034,'2.64','Stockholm',3,'mob')
SAT=[mkblk(14593,('98.97','145.224'),c,'mob') for c in('Frankfurt am Main','London','Warsaw','Oslo')]
CLIENT={}
def client_ip(city,i=None):
    if city not in CLIENT:
        cc=C[city][0]; CLIENT[city]=[fixed(a,ch(ISP[cc][a]),city,2) for a in R.choices(list(ISP[cc]),k=3)]
    l=CLIENT[city]; return ch(l[(i if i is not None else ri(0,9))%len(l)])
HOTEL={}
def hotel_ip(city):
    if city not in HOTEL:
        HOTEL[city]=[res_ip(C[city][0],city) for _ in range(3)]
    return ch(HOTEL[city])
# ---------------------------------------------------------------- devices
CR=[(d_of(2,4),133),(d_of(3,4),134),(d_of(4,1),135),(d_of(4,29),136)]
FF=[(d_of(2,4),135),(d_of(3,4),136),(d_of(4,1),137),(d_of(4,29),138)]
IOS=[(d_of(2,10),'18.3.1'),(d_of(3,11),'18.3.2'),(d_of(3,31),'18.4'),(d_of(4,16),'18.4.1'),(d_of(5,12),'18.5')]
def ver(tab,t,lag):
    d=t/DAY-lag; v=tab[0][1]
    for a,b in tab:
        if d>=a: v=b
    return v
def ua_of(D,t):
    k=D['k']; lag=D['lag']
    if k=='fixed': return D['ua']
    if k in('edge','chrome'):
        v=D.get('pin') or ver(CR,t,lag); b='Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36'%v
        return b+(' Edg/%d.0.0.0'%v if k=='edge' else '')
    if k=='macchrome': return 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36'%(D.get('pin') or ver(CR,t,lag))
    if k=='ff': v=D.get('pin') or ver(FF,t,lag); return 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0'%(v,v)
    if k=='fflinux': v=ver(FF,t,lag); return 'Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/%d.0'%(v,v)
    if k=='torb': return 'Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0'
    if k=='safari': return 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Safari/605.1.15'%('18.3' if t/DAY-lag<14 else '18.4')
    if k=='ios':
        v=ver(IOS,t,lag); m='_'.join(v.split('.'))
        return 'Mozilla/5.0 (iPhone; CPU iPhone OS %s like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Mobile/15E148 Safari/604.1'%(m,'.'.join(v.split('.')[:2]))
    if k=='iosapp': return 'Outlook-iOS/2.0 (iPhone; iOS %s)'%ver(IOS,t,lag)
    if k=='android': return 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36'%ver(CR,t,lag)
    if k=='andapp': return 'Outlook-Android/2.0 (%s)'%D['mod']
TOOLS=['python-requests/2.31.0','python-requests/2.32.3','Go-http-client/1.1','okhttp/4.12.0','curl/8.5.0','axios/1.7.9']
LEG=['BAV2ROPC','CBAInPROD','Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)','Apple-iPhone14C5/2204.102']
def hx(n): return '%0*x'%(n,R.getrandbits(4*n))
def uid4(): s=hx(32); return '-'.join([s[:8],s[8:12],'4'+s[13:16],ch('89ab')+s[17:20],s[20:]])
def mkdev(k,style=None):
    D={'k':k,'lag':abs(R.gauss(0,5)) if rnd()<.9 else U_(15,60)}
    if k in('edge','chrome','macchrome','ff') and rnd()<.07: D['pin']=ch([115,122,124,128,128,131])
    if k=='andapp': D['mod']=ch(['SM-A546B','SM-S911B','SM-S921B','Pixel 8','SM-A346B','SM-G525F','23090RA98G','moto g54'])
    style=style or ('u' if k in('edge',) and rnd()<.8 else 'U' if k in('iosapp','andapp') else 'c')
    D['id']={'u':uid4,'U':lambda:uid4().upper(),'c':lambda:hx(32)}[style](); D['st']=style
    return D
# ---------------------------------------------------------------- emit
EV=[]
def geo(ip,t):
    b=IP6.get(ip) or ip.rsplit('.',1)[0]; g=GEO[b]; return g[0] if t<g[2] else g[1]
def emit(t,u,ok,et,auth,ip,dev,ua,bi=None,bo=None,lab=None):
    if t<0 or t>=END: return
    a,cc,ci,la,lo=geo(ip,t)
    e={'tenant':TENANT,'user_id':u,'timestamp':None,'success':ok,'event_type':et,'auth_method':auth,'ip_address':ip}
    if a is not None: e['asn']=a
    e['geo_location']=cc
    if ci is not None: e['city']=ci
    if la is not None: e['latitude']=la; e['longitude']=lo
    if dev is not None and rnd()>.012: e['device_id']=dev
    if ua is not None and rnd()>.004: e['user_agent']=ua
    if et!='login' or not ok:
        if rnd()<.4: bi=ri(350,2600); bo=ri(500,6500)
        else: bi=bo=None
    elif rnd()<.02: bi=bo=None
    if bi is not None: e['bytes_in']=int(bi); e['bytes_out']=int(bo)
    e['label']=1 if lab else 0
    if lab: e['attack'],e['campaign']=lab
    EV.append((t,e))
# ---------------------------------------------------------------- people
FS=['anna','erik','karin','lars','maria','johan','emma','anders','sara','per','eva','nils','linnea','oskar','ida','gustav','hanna','fredrik','elin','mikael','sofia','jonas','amir','leila','dragan']
LS=['lindqvist','berg','johansson','nilsson','svensson','ek','holm','sjoberg','lund','dahl','wallin','nyman','strand','hedlund','fors','akesson','bjork','malm','haddad','petrovic','norling','blom','sundin','falk','engstrom']
FP=['piotr','anna','krzysztof','magda','tomasz','ewa','pawel','kasia','marcin','ola','michal','zofia','jakub','monika','adam','beata','lukasz','iga','wojtek','natalia','oleksandr']
LP=['nowak','kowalski','wisniewski','wojcik','kaminski','lewandowski','zielinski','szymanski','dabrowski','kozlowski','mazur','krawczyk','piotrowski','grabowski','pawlak','michalski','krol','wrobel','wieczorek','sikora','bondarenko']
NAMES=set()
def name(cc):
    f,l=(ch(FS),ch(LS)) if cc=='SE' else (ch(FP),ch(LP)); b=f+'.'+l; n=b;i=1
    while n in NAMES: i+=1; n=b+str(i)
    NAMES.add(n); return n
HOMEC={'GOT':{'Göteborg':55,'Mölndal':13,'Kungsbacka':9,'Borås':7,'Alingsås':5,'Kungälv':6,'Trollhättan':3,'Stockholm':2},'LIN':{'Linköping':62,'Norrköping':18,'Motala':8,'Mjölby':8,'Stockholm':4},'GDN':{'Gdańsk':52,'Gdynia':22,'Sopot':6,'Tczew':7,'Rumia':8,'Warsaw':3,'Poznań':1,'Kraków':1}}
class P: pass
PEOPLE=[]
PARTN=[('Hamburg','DE'),('Pune','IN'),('Oslo','NO'),('Kraków','PL'),('Malmö','SE'),('Milan','IT')]
PARTIP={c:fixed(ch(list(ISP[cc])),ch(ISP[cc][list(ISP[cc])[0]]),c,2) for c,cc in PARTN}
KIOSK={s:[mkdev('edge','u') for _ in range(n)] for s,n in(('GOT',12),('LIN',5),('GDN',14))}
MEET={s:[mkdev('edge','u') for _ in range(6)] for s in SITES}
LOAN=[mkdev('edge','u') for _ in range(12)]
FIELDC=['Oslo','Bergen','Stavanger','Hamburg','Rotterdam','Kiruna','Luleå','Sundsvall','Helsinki','Turku','Tallinn','Katowice','Wrocław','Szczecin','Aberdeen','Bilbao','Houston','Antofagasta','Belo Horizonte','Perth','Dubai','Pune','Izmir','Johannesburg','Copenhagen','Gdynia','Stockholm','Lagos','Singapore']
VACC=['Málaga','Palma','Phuket','Split','Athens','Milan','London','Dubai','Paris','Istanbul','New York','Berlin','Kraków','Bangkok','Zagreb','Hanoi','Jakarta','Lviv','Bucharest']
def newhome(p,city=None):
    p.hcity=city or p.hcity; cc=C[p.hcity][0]; p.hblk=res_blk(cc,p.hcity); p.hip=blk_ip(p.hblk); p.hasn=p.hblk[2]
    p.churn=.75 if p.hasn==5617 and rnd()<.6 else ch([0,0,.01,.03,.07])
def mkperson(role,site,cc=None):
    p=P(); p.role=role; p.site=site; p.cc=cc or (SITES[site]['cc'] if site else 'SE'); p.id=name('SE' if p.cc in('SE','NO','DE') else 'PL')
    p.hcity=wch(HOMEC[site]) if site else None
    if site: newhome(p)
    p.masn=ch(list(MOB.get(p.cc,MOB['SE'])))
    p.start=R.gauss(8,.7); p.sd=U_(.15,.9); p.end=p.start+R.gauss(8.7,.4); p.rate=max(.2,logn(.75,.5)); p.typo=min(.25,logn(.025,.8))
    p.vol=logn(6e6,.9); p.vs=U_(.6,1.3); p.mfa=True; p.meth=R.choices(['mfa','totp','sms'],[80,14,6])[0]
    p.homep=[0]*7; p.phone=None; p.trips=[]; p.absent=set(); p.first=0; p.last=DAYS; p.relay=False; p.vpn=None; p.legacy=None; p.dorm=False; p.dcache={}
    p.pk=rnd()<.13; p.wk=.02; p.night=.0; p.clear=rnd()<.03; p.known=set(); p.burst={}; p.night_days=set(); p.viavpn=.3 if rnd()<.5 else 0
    k=R.choices(['edge','chrome','macchrome','safari','ff','fflinux'],[60,22,7,3,5,3])[0]
    p.lap=mkdev(k,'u' if k in('edge','chrome') and rnd()<.85 else None); p.lap2=None
    if rnd()<.25: p.lap2=mkdev(ch(['chrome','ff','edge','macchrome','safari']),'c')
    if rnd()<.78:
        p.phone=mkdev(ch(['iosapp','iosapp','andapp','andapp','ios','android']));  p.prate=max(.05,logn(.35,.7)); p.relay=p.phone['k']=='ios' and rnd()<.35
    if rnd()<.025: p.vpn=(ch(list(VPN)),rnd()<.5)
    elif rnd()<.008: p.vpn=(None,host_ip())      # own VPS tunnel
    if rnd()<.03: p.legacy=ch(LEG)
    p.lasthome=None; PEOPLE.append(p); return p
N=ri(2820,3020)
for site,fr in(('GOT',.46),('LIN',.18),('GDN',.36)):
    for _ in range(int(N*fr)):
        role=R.choices(['office','hybrid','field','shop','exec','dev'],[36,26,10,18,2,8])[0]; p=mkperson(role,site)
        if role=='hybrid' or role=='dev':
            d=R.sample(range(5),ri(1,3)); p.homep=[.85 if i in d else .12 for i in range(7)]; p.wk=.05
        elif role=='office': p.homep=[.06]*5+[.8]*2
        elif role=='exec': p.homep=[.2]*5+[1,1]; p.wk=.25
        if role=='shop':
            p.shift=ch([0,0,1,2]) if site=='GDN' else ch([0,0,1]); p.kiosk=R.sample(KIOSK[site],2); p.mfa=rnd()<.45; p.rate=.25; p.vol=logn(8e5,.7); p.phone=p.phone if rnd()<.35 else None; p.lap2=None; p.vpn=None; p.typo*=2
        if role=='dev': p.vol*=3; p.night=.05; p.cloud=rnd()<.25
        if role in('office','hybrid') and rnd()<.2: p.vol=logn(7e7,.8); p.vs=1.4      # CAD
        if role not in('shop',) and rnd()<.06: p.mfa=False
for c,cc in PARTN:
    for _ in range(ri(18,34)):
        p=mkperson('partner',None,cc); p.hcity=c; newhome(p); p.mfa=rnd()<.6; p.rate=.15; p.act=ch([.05,.15,.4,.7]); p.phone=p.phone if rnd()<.2 else None; p.lap=mkdev(ch(['chrome','edge','ff','macchrome'])); p.homep=[.3]*5+[1]*2; p.meth=ch(['mfa','totp','sms'])
def dr(p): return [d for d in range(DAYS)]
cal_leave=[]
for p in PEOPLE:
    if p.role=='field' :
        d=ri(-4,6)
        while d<DAYS:
            L=ri(2,11); c=ch(FIELDC if rnd()<.6 else FIELDC[:8]); p.trips.append((d,d+L,c,ch(['client','client','client','sat']) if c in('Stavanger','Kiruna','Aberdeen','Perth') else 'client')); d+=L+ri(2,14)
    elif p.role in('exec',) or rnd()<.07:
        d=ri(0,25)
        while d<DAYS and len(p.trips)<(4 if p.role=='exec' else 1):
            L=ri(1,4); p.trips.append((d,d+L,ch(['Göteborg','Gdańsk','Linköping','Stockholm','Hamburg','London','Oslo','Houston','Dubai','Munich','Paris','Warsaw']),'biz')); d+=L+ri(5,20)
    if p.role!='shop' and rnd()<.018: p.trips.append((d_of(3,30),d_of(4,4),'Hanover','biz'))
    r=rnd()
    if r<.42:
        s=ch([d_of(4,14),d_of(4,14),d_of(4,22),d_of(4,28),ri(0,55)]); L=ch([3,5,5,8,12]); v=set(range(s,s+L)); p.absent|=v
        if rnd()<.3: p.trips.append((s,s+L-1,ch(VACC),'vac'))
    for _ in range(pois(.5)):
        s=ri(0,59); p.absent|=set(range(s,s+ri(1,3)))
    if rnd()<.012: p.last=ri(8,58)                                 # leaver
    elif rnd()<.02: p.first=ch([d_of(4,1),d_of(4,1),d_of(5,5),d_of(3,24),ri(2,55)]) # starter
    if rnd()<.12: p.burst={ri(0,59):U_(5,60) for _ in range(ri(1,4))}
    if rnd()<.03 and p.role!='shop':
        s=ri(3,52); p.night_days=set(range(s,s+ri(2,6)))
    p.onc=p.role in('dev','field','office') and rnd()<.03
regs=[p for p in PEOPLE if p.role!='partner']
# long-absent: some stay silent (targets of revival), some honestly return
R.shuffle(regs)
SILENT=[p for p in regs if p.first==0 and p.last==DAYS][:110]
for p in SILENT:
    p.dorm=True; p.last=ch([0,0,1,2,3,4,5,6,7,9,11]); p.back=None; p.trips=[]
for p in SILENT[:62]: p.back=ri(22,57)
# ---------------------------------------------------------------- honest flow
def sess_bytes(p,t,phone=False,mult=1.0):
    day=int(t//DAY); m=mult*p.burst.get(day,1)
    if rnd()<.008: m*=U_(8,90)
    bo=logn(p.vol*(.12 if phone else 1),p.vs)*m; bi=bo*logn(.14,.9)
    if rnd()<.05: bi,bo=bo*.8,bi*1.2
    return min(bi,4e10),min(bo,6e10)
def challenge(p,t,ip,D,ua,lab=None):
    n=0
    if rnd()<.035: n=1+pois(.6)
    for i in range(n):
        emit(t,p.id,False,'mfa_challenge',p.meth,ip,D,ua,lab=lab)
        if rnd()<.12: emit(t+U_(1,4),p.id,False,'login','mfa',ip,D,ua,lab=lab)
        t+=U_(15,70)
    emit(t,p.id,True,'mfa_challenge',p.meth,ip,D,ua,lab=lab); return t+U_(1,9)
def hlogin(p,t,D,ip,remote,mult=1.0,phone=False,force=None):
    ua=ua_of(D,t); did=D['id']; x=p.typo*(2.2 if wday(int(t//DAY))==0 else 1)
    if phone: x*=.5
    sso=D['st']=='u' and not remote
    if sso: x*=.6
    if rnd()<x:
        n=1+pois(.55)
        for i in range(n): emit(t,p.id,False,'login','password',ip,did,ua); t+=U_(4,45)
        if n>=3 and rnd()<.35:
            t+=U_(60,900); emit(t,p.id,rnd()<.93,'password_reset','password',ip,did,ua); t+=U_(20,200)
    new=did not in p.known
    if force: auth=force
    elif p.pk and D['st']!='c' and rnd()<.85: auth='passkey'
    elif sso: auth='sso' if rnd()<.93 else 'password'
    elif p.mfa and (new or rnd()<(.3 if remote else .08)) : auth='mfa'
    else: auth=R.choices(['sso','password'],[55,45] if p.mfa else [15,85])[0]
    if new and p.mfa and auth!='mfa' and auth!='passkey': auth='mfa'
    if auth=='mfa': t=challenge(p,t,ip,did,ua)
    p.known.add(did)
    bi,bo=sess_bytes(p,t,phone,mult); emit(t,p.id,True,'login',auth,ip,did,ua,bi,bo)
    return t
def pvpn(p): return p.vpn[1] if p.vpn[0] is None else vpn_ip(p.cc if p.vpn[1] else None,p.vpn[0])
def dayhome(p,day):
    if day not in p.dcache:
        if rnd()<p.churn: p.hip=blk_ip(p.hblk)
        elif p.hblk[0]=='6': p.hip=blk_ip(p.hblk) if rnd()<.6 else p.hip
        p.dcache={day:p.hip}
    return p.hip
def site_ip(s,day):
    S=SITES[s]
    if FAILOVER.get(s)==day and rnd()<.7: return S['back'][0]
    if s=='GDN' and day>=ZSDAY and rnd()<.9: return ch(ZS['PL'])
    x=rnd(); return S['guest'][0] if x<.015 else S['ips'][min(int(R.expovariate(1.1)),len(S['ips'])-1)]
def trip_of(p,day):
    for tr in p.trips:
        if tr[0]<=day<=tr[1]: return tr
def remote_ip(p,day,D):
    """at home with laptop"""
    if D['st']=='u' and rnd()<p.viavpn: return ch(VPNGW) if rnd()<.75 else ch(ZS.get(p.cc,ZS['SE']))
    if p.vpn and D['st']=='c' and rnd()<.7: return pvpn(p)
    if rnd()<.05: return mob_ip(p.cc,p.masn)       # tethering
    return dayhome(p,day)
def phone_ip(p,day,where,tr):
    if tr and tr[2] in C:
        cc=C[tr[2]][0]; x=rnd()
        if cc!=p.cc: return mob_ip(p.cc,p.masn) if x<.4 else (mob_ip(cc) if x<.65 else hotel_ip(tr[2]))
        return mob_ip(p.cc,p.masn) if x<.6 else hotel_ip(tr[2])
    if p.relay and rnd()<.8: return relay_ip(p.cc)
    if p.vpn and rnd()<.4: return pvpn(p)
    x=rnd()
    if where=='office' and x<.35 and p.site: return SITES[p.site]['guest'][0] if rnd()<.5 else site_ip(p.site,day)
    return dayhome(p,day) if x>.62 or where=='home' and x>.3 else mob_ip(p.cc,p.masn)
def workday(p,day):
    wd=wday(day); hol=day in HOL.get(p.cc,()) or wd>=5
    tr=trip_of(p,day); cc=C[tr[2]][0] if tr else p.cc
    if p.role=='shop':
        if wd==6 or hol and rnd()>.12 or day in p.absent: return
        sh=(p.shift+day//7)%(3 if p.site=='GDN' and p.shift==2 else 2) if p.shift else 0
        s=[6,14,22][sh]; ip=site_ip(p.site,day)
        for _ in range(1+pois(.35)):
            hlogin(p,T(day,s+abs(R.gauss(.1,.2)) if _==0 else s+U_(.5,7.5),p.cc),ch(p.kiosk) if rnd()<.95 else ch(KIOSK[p.site]),ip,False)
        if p.phone and rnd()<.2: hlogin(p,T(day,U_(s-3,s+12)%24,p.cc),p.phone,phone_ip(p,day,'home',None),True,phone=True)
        return
    off_=(day in p.absent) or hol or (day in BRIDGE.get(p.cc,()) and rnd()<.5)
    if p.role=='partner':
        if off_ or rnd()>p.act: return
    if p.role=='field' and tr and wd<6 and day not in p.absent: off_=False
    if off_:
        if p.phone and rnd()<p.prate*.45: hlogin(p,T(day,min(23.5,max(6,R.gauss(14,4))),cc),p.phone,phone_ip(p,day,'home',tr),True,phone=True)
        if rnd()<p.wk and not tr: hlogin(p,T(day,U_(9,22),p.cc),p.lap,remote_ip(p,day,p.lap),True)
        if tr and tr[3]=='vac' and rnd()<.05: hlogin(p,T(day,U_(8,22),cc),p.lap2 or p.lap,hotel_ip(tr[2]),True)
        return
    where='home' if rnd()<p.homep[wd] else 'office'
    if rnd()<.03: where='home' if where=='office' else 'office'
    D=p.lap
    if p.clear and D['st']=='c': D['id']=hx(32)
    if rnd()<.004: D=ch(LOAN) if rnd()<.5 else (ch(MEET[p.site]) if p.site else D)
    n=1+pois(p.rate); st=R.gauss(p.start,p.sd)
    for i in range(n):
        h=st if i==0 else U_(st+.3,p.end+(1.2 if rnd()<.15 else 0)); t=T(day,h,cc)
        if tr:
            x=rnd(); rem=True
            if tr[2] in('Göteborg','Gdańsk','Linköping') and tr[3]=='biz': s={'Göteborg':'GOT','Gdańsk':'GDN','Linköping':'LIN'}[tr[2]]; ip=site_ip(s,day) if x<.75 else hotel_ip(tr[2]); rem=x>=.75
            elif tr[3]=='sat': ip=ch(SAT)+'.%d'%ri(1,90)
            elif tr[3]=='client': ip=client_ip(tr[2],hash_id(p,tr)) if x<.5 else (hotel_ip(tr[2]) if x<.68 else (mob_ip(C[tr[2]][0]) if x<.8 else (mob_ip(p.cc,p.masn) if x<.9 else ch(VPNGW))))
            else: ip=hotel_ip(tr[2]) if x<.6 else (mob_ip(p.cc,p.masn) if x<.8 else (client_ip(tr[2]) if x<.9 else ch(VPNGW)))
        elif p.role=='partner': rem=True; ip=ch(PARTIP[p.hcity]) if where=='office' else dayhome(p,day)
        elif where=='office':
            rem=False; ip=site_ip(p.site,day)
            if p.role=='field' and rnd()<.35: rem=True; ip=mob_ip(p.cc,p.masn)
            elif h>p.end+.2: rem=True; ip=remote_ip(p,day,D)
            elif i==0 and rnd()<.012: rem=True; ip=ch(TRAIN)
        else:
            rem=True; ip=remote_ip(p,day,D)
        DD=p.lap2 if p.lap2 and rnd()<.1 else (ch(MEET[p.site]) if p.site and where=='office' and rnd()<.008 else D)
        if p.clear and DD['st']=='c' and rnd()<.4: DD['id']=hx(32)
        hlogin(p,t,DD,ip,rem)
    if getattr(p,'cloud',False) and rnd()<.12:
        if not hasattr(p,'vm'): p.vm=(host_ip(ch([16509,8075])),mkdev(ch(['fflinux','edge','chrome'])))
        hlogin(p,T(day,U_(9,18),cc),p.vm[1],p.vm[0],True)
    if p.role=='dev' and rnd()<.03: emit(T(day,U_(9,18),cc),p.id,rnd()<.85,'login','password',p.hip if where=='home' else site_ip(p.site,day),None,ch(TOOLS),ri(2000,90000),logn(2e5,1.5))
    if p.phone:
        for _ in range(pois(p.prate)):
            h=R.choices([U_(6,8),U_(8,17),U_(17,21),U_(21,24)],[30,30,25,15])[0]; hlogin(p,T(day,h-.01,cc),p.phone,phone_ip(p,day,where,tr),True,phone=True)
    if p.legacy and rnd()<.35: emit(T(day,U_(6,22),cc),p.id,rnd()<.93,'login','password',phone_ip(p,day,where,tr),None,p.legacy,logn(4e4,1),logn(5e5,1.2))
    if rnd()<p.night or day in p.night_days or rnd()<.018:
        for _ in range(ri(1,2)): hlogin(p,T(day,U_(20.5,25.5),cc),p.lap,remote_ip(p,day,p.lap) if not tr else hotel_ip(tr[2]),True,mult=U_(2,15) if day in p.night_days else 1)
    if p.onc and rnd()<.12: hlogin(p,T(day,U_(0,5),cc),ch([p.lap,p.phone or p.lap]),remote_ip(p,day,p.lap),True)
def hash_id(p,tr): return (len(p.id)*31+ord(p.id[0])+tr[0])%7
MOVE={id(p):ri(5,55) for p in PEOPLE if rnd()<.015}
NEWL={id(p):(ri(2,58) if p.site!='LIN' or rnd()<.5 else d_of(4,8)+ri(0,4)) for p in PEOPLE if rnd()<(.06 if p.site!='LIN' else .16)}
NEWP={id(p):ri(2,58) for p in PEOPLE if p.phone and rnd()<.06}
PWCH={id(p):ri(0,59) for p in PEOPLE if rnd()<.35}
for p in PEOPLE:
    for D in(p.lap,p.lap2,p.phone)+tuple(getattr(p,'kiosk',())):
        if D and p.first==0: p.known.add(D['id'])
    if getattr(p,'dorm',False) and p.back and rnd()<.5: NEWL[id(p)]=p.back-1
for day in range(DAYS):
    for p in PEOPLE:
        if p.dorm:
            if day>p.last and not(p.back is not None and day>=p.back): 
                if NEWL.get(id(p))==day: p.lap=mkdev(p.lap['k'],p.lap['st'])
                continue
            if p.back==day:      # honest return: forgot it all
                t=T(day,U_(7.5,15),p.cc); ip=dayhome(p,day) if rnd()<.6 or not p.site else site_ip(p.site,day); D=ch([p.lap,p.lap,p.phone or p.lap,mkdev(ch(['chrome','ios','android']))]); ua=ua_of(D,t)
                for _ in range(pois(1.6)): emit(t,p.id,False,'login','password',ip,D['id'],ua); t+=U_(10,120)
                if rnd()<.55: emit(t,p.id,True,'password_reset','password',ip,D['id'],ua); t+=U_(30,600)
                hlogin(p,t,D,ip,True,mult=U_(1,6)); continue
            if p.back is None and p.last==0 and rnd()<.4: continue
        elif day<p.first: continue
        elif day>p.last:
            if rnd()<.02 and day<p.last+12: t=T(day,U_(7,22),p.cc); D=p.phone or p.lap; emit(t,p.id,False,'login','password',dayhome(p,day),D['id'],ua_of(D,t))
            continue
        if MOVE.get(id(p))==day and p.site: newhome(p,p.hcity if rnd()<.5 else wch(HOMEC[p.site]))
        if NEWL.get(id(p))==day: p.lap=mkdev(p.lap['k'] if rnd()<.8 else ch(['edge','macchrome']),'u' if p.role!='partner' else 'c')
        if NEWP.get(id(p))==day: p.phone=mkdev(ch(['iosapp','andapp','ios','android']))
        workday(p,day)
        if PWCH.get(id(p))==day and wday(day)<5 and day not in p.absent:
            t=T(day,U_(8,16),p.cc); ip=dayhome(p,day) if rnd()<.35 or not p.site else site_ip(p.site,day)
            emit(t,p.id,True,'password_reset','password',ip,p.lap['id'],ua_of(p.lap,t))
            if rnd()<.09:        # stale password keeps knocking
                D=p.phone or p.lap; lg=rnd()<.4; tt=t; ipm=mob_ip(p.cc,p.masn); step=logn(500,1)
                for _ in range(int(logn(22,.8))):
                    tt+=step*U_(.9,1.1)
                    if rnd()<.1: ipm=ch([mob_ip(p.cc,p.masn),dayhome(p,day)])
                    emit(tt,p.id,False,'login','password',ipm,None if lg else D['id'],ch(LEG[:1]) if lg else ua_of(D,tt))
                if rnd()<.7: hlogin(p,tt+U_(60,4000),D,ipm,True,phone=True)
ACT=[p for p in PEOPLE if not p.dorm and p.first==0 and p.last==DAYS and p.role!='partner']
# -- honest oddities
def wkd(a=0,b=59):
    while True:
        d=ri(a,b)
        if wday(d)<5 and d not in HOL['SE']: return d
for _ in range(75):                       # push trouble
    p=ch([q for q in R.sample(ACT,20) if q.mfa] or ACT); d=wkd(); t=T(d,min(23,max(5,R.gauss(10,5))),p.cc); D=ch([p.lap,p.lap2 or p.lap,p.phone or p.lap]); ip=dayhome(p,d) if rnd()<.6 else mob_ip(p.cc,p.masn); ua=ua_of(D,t)
    for _ in range(2+int(R.expovariate(.3))): emit(t,p.id,False,'mfa_challenge','mfa',ip,D['id'],ua); t+=U_(8,90)
    if rnd()<.75: t=challenge(p,t,ip,D['id'],ua); bi,bo=sess_bytes(p,t); emit(t,p.id,True,'login','mfa',ip,D['id'],ua,bi,bo)
for _ in range(190):                      # forgotten password, self-service or helpdesk
    p=ch(ACT); d=wkd(); t=T(d,min(22,max(6,R.gauss(10.5,3.5))),p.cc); D=ch([p.lap,p.lap2 or p.lap,p.phone or p.lap,mkdev(ch(['chrome','ios','android','edge','ff']))])
    tr=trip_of(p,d); ip=hotel_ip(tr[2]) if tr else ch([dayhome(p,d),site_ip(p.site,d),mob_ip(p.cc,p.masn)]); ua=ua_of(D,t)
    for _ in range(pois(2.5)): emit(t,p.id,False,'login','password',ip,D['id'],ua); t+=U_(6,90)
    for _ in range(1+pois(.25)): emit(t,p.id,rnd()<.88,'password_reset','password',site_ip('GOT',d) if rnd()<.3 else ip,None if rnd()<.3 else D['id'],ua); t+=U_(30,900)
    hlogin(p,t,D,ip,True)
for _ in range(260):                      # new browser / family PC / borrowed machine, from home or elsewhere
    p=ch(ACT); d=ri(0,59); t=T(d,U_(7,23),p.cc); D=mkdev(ch(['chrome','chrome','edge','ff','macchrome','safari','android','ios'])); x=rnd()
    ip=dayhome(p,d) if x<.5 else (res_ip(p.cc,p.hcity) if x<.72 else (mob_ip(p.cc,p.masn) if x<.84 else (vpn_ip(p.cc) if x<.9 else hotel_ip(ch(VACC+FIELDC)))))
    for _ in range(1+pois(1.2)): hlogin(p,t,D,ip,True); t+=U_(600,2.5*DAY)
for _ in range(120):                      # mistyped username: someone else's account fails
    p=ch(ACT); q=ch([x for x in R.sample(ACT,60) if x.id.split('.')[0]==p.id.split('.')[0]] or [ch(ACT)]); d=wkd(); t=T(d,U_(7,17),p.cc); ip=ch([site_ip(p.site,d),dayhome(p,d)])
    for _ in range(ri(1,3)): emit(t,q.id,False,'login','password',ip,p.lap['id'],ua_of(p.lap,t)); t+=U_(5,30)
for _ in range(16):                       # assistants on the boss's account
    a=ch([p for p in ACT if p.role=='office']); b=ch([p for p in ACT if p.role in('exec','office')])
    for d in range(DAYS):
        if wday(d)<5 and d not in a.absent and rnd()<.3: hlogin(b,T(d,U_(8,16.5),a.cc),a.lap,site_ip(a.site,d),False)
for _ in range(24):                       # IT sets up machines / couple sharing a PC
    p=ch(ACT); D=p.lap2 or mkdev(ch(['chrome','edge'])); d=wkd(); vs=R.sample(ACT,ri(2,7)); t=T(d,U_(8,13),p.cc)
    for v in vs: hlogin(v,t,D,site_ip(p.site,d),False); t+=U_(200,4000)
for _ in range(14):
    a=ch(ACT); b=ch([x for x in ACT if x.site==a.site]); D=mkdev('chrome')
    for _ in range(ri(4,14)): d=ri(0,59); hlogin(ch([a,b]),T(d,U_(7,23),a.cc),D,a.hip,True)
for _ in range(2):                        # IdP trouble: a site fails at once
    s=ch(list(SITES)); d=wkd(5,55); t0=T(d,U_(7.5,14),SITES[s]['cc'])
    for p in R.sample([q for q in ACT if q.site==s],ri(90,190)):
        t=t0+U_(0,1500)
        for _ in range(ri(1,4)): emit(t,p.id,False,'login',ch(['sso','sso','password']),site_ip(s,d),p.lap['id'],ua_of(p.lap,t)); t+=U_(5,200)
SVC=[]
for i in range(22):                       # service accounts
    n='svc-'+ch(['plm','erp','scan','backup','ci','bi','mes','hr','crm','gis'])+'%02d'%i; ip=ch([host_ip(ch([16509,8075,24940])),SITES[ch(list(SITES))]['ips'][0]]); ua=ch(TOOLS+LEG[:1]) if i%3 else ch(TOOLS); step=ch([3600*2,3600*6,3600*8,86400,86400,86400]); t=U_(0,step); bad=U_(5,55)*DAY if rnd()<.3 else 1e18; mv=U_(10,50)*DAY if rnd()<.2 else 1e18; v=logn(2e6,1.5)
    while t<END:
        if t>mv: ip=host_ip(ch([16509,8075])); mv=1e18
        f=bad<t<bad+U_(.5,3)*DAY; emit(t,n,not f,'login',ch(['password']) if i%3 else 'certificate',ip,None,ua,logn(v*.3,.3),logn(v,.3)); t+=step+R.gauss(0,4)
for p in R.sample([q for q in ACT if q.role=='dev'],28):   # admin twins
    n='adm-'+p.id
    for d in range(DAYS):
        if wday(d)<5 and d not in p.absent and rnd()<.45:
            q=P(); q.__dict__.update(p.__dict__); q.id=n; q.vol=5e5; hlogin(q,T(d,U_(8,18) if rnd()<.93 else U_(19,26),p.cc),p.lap,site_ip(p.site,d) if rnd()<.7 else ch(VPNGW),False)
for p in R.sample([q for q in ACT if q.role=='dev'],2):    # privacy enthusiast
    for _ in range(ri(6,15)): hlogin(p,T(ri(0,59),U_(9,23),p.cc),{'k':'torb','lag':0,'id':hx(32),'st':'c'},ch(TOR),True)
NH=len(EV)
# ---------------------------------------------------------------- attacks
FOREIGN=['Lagos','Moscow','Hanoi','Jakarta','São Paulo','Istanbul','Kyiv','Bucharest','Mumbai','New York','London','Johannesburg','Frankfurt am Main','Amsterdam']
taken=set()
def victim(f=None,pool_=None,free=True):
    for _ in range(4000):
        p=ch(pool_ or ACTP)
        if (not free or p.id not in taken) and (f is None or f(p)):
            if free: taken.add(p.id)
            return p
    raise SystemExit('no victim')
ACTP=[p for p in PEOPLE if not p.dorm and p.first<10 and p.last==DAYS]
def hood(v): return [c for c in C if C[c][0]==v.cc]
class Infra:
    """a supply of addresses; sticky keeps one for a while"""
    def __init__(s,kind,v=None,cc=None,city=None,asn=None): s.k=kind; s.v=v; s.cc=cc or(v.cc if v else 'SE'); s.city=city; s.asn=asn; s.cur=None
    def new(s):
        k=s.k
        if k=='host':
            s.asn=s.asn or ch([14061,16276,24940,20473,63949,51167,53667,16509,8075]); s.city=s.city or ch(HCITY[s.asn]); s.cur=host_ip(s.asn,s.city)
        elif k=='vpn': s.asn=s.asn or ch(list(VPN)); s.cur=vpn_ip(s.cc,s.asn)
        elif k=='vpnany': s.cur=vpn_ip(None,s.asn)
        elif k=='tor': s.cur=ch(TOR)
        elif k=='res':
            c=s.city or ch([c for c in C if C[c][0]==s.cc]); s.cur=res_ip(C[c][0],c,s.asn)
        elif k=='world':
            c=ch(list(C)); s.cur=res_ip(C[c][0],c)
        elif k=='mob': s.cur=mob_ip(s.cc,s.asn)
        elif k=='relay': s.cur=relay_ip(s.cc)
        return s.cur
    def ip(s,stick=1.0): return s.cur if s.cur and rnd()<stick else s.new()
def abrow(lv,v=None):
    if lv==0:
        if rnd()<.4: return {'k':'fixed','ua':ch(TOOLS),'lag':0,'id':None,'st':'c'}
        D=mkdev(ch(['chrome','chrome','ff','fflinux','macchrome'])); 
        if rnd()<.4 and D['k']!='fflinux': D['pin']=ch([115,122,124,128,128,131])
        return D
    if lv==1 or v is None: return mkdev(ch(['chrome','chrome','edge','macchrome','ff','android','ios','safari']))
    k=v.lap['k'] if rnd()<.7 or not v.phone else v.phone['k']
    D=mkdev(k); D['lag']=v.lap['lag']; D.pop('pin',None)
    if 'pin' in v.lap: D['pin']=v.lap['pin']
    return D
def vol(v,goal):
    if goal=='check': o=logn(25e3,.8); return logn(4e3,.6),o
    if goal=='look': o=logn(1.5e6,.9); return o*logn(.12,.6),o
    if goal=='like': return sess_bytes(v,20*DAY)
    if goal=='sync': o=logn(1.2e8,.9); return o*logn(.03,.6),o
    o=logn(3e9,.8); return o*logn(.02,.6),o
def A(c,t,v,ok,et,auth,ip,D,goal='look'):
    b=vol(v,goal) if isinstance(v,P) else (2e4,2e5)
    emit(t,v.id if isinstance(v,P) else v,ok,et,auth,ip,D['id'] if D else None,ua_of(D,t) if D else ch(LEG),b[0],b[1],lab=c)
def pwauth(v,D): 
    return 'password' if not v.mfa or rnd()<.55 else 'sso'
def enter(c,t,v,ip,D,goal,how):
    """how: 'pw' no 2nd factor asked, 'mfa' passes it, 'stop' stopped there"""
    if how=='stop':
        for _ in range(ri(1,2)): A(c,t,v,False,'mfa_challenge',v.meth,ip,D); t+=U_(20,80)
        return t,False
    if how=='mfa': A(c,t,v,True,'mfa_challenge',v.meth,ip,D); t+=U_(1,12); A(c,t,v,True,'login','mfa',ip,D,goal); return t,True
    A(c,t,v,True,'login',pwauth(v,D),ip,D,goal); return t,True
def how(v,lv):
    if not v.mfa: return 'pw'
    return R.choices(['pw','mfa','stop'],[35,40,25] if lv<2 else [45,50,5])[0]
def clamp(t): return min(max(t,15*DAY+60),END-7200)
def worktime(v,d,lv):
    d=min(max(int(d),15),59)
    if lv==2:
        for _ in range(9):
            if wday(d)<5 and d not in HOL['SE']: break
            d=d+1 if d<59 else d-3
        return T(d,min(19,max(7,R.gauss(12.5,3))),v.cc)
    if lv==1: return T(d,U_(6,23.5),v.cc)
    return T(d,U_(0,24),v.cc)
def goalof(lv): return R.choices(['check','look','like','sync','exfil'],[[20,15,0,40,25],[10,40,15,32,3],[2,43,50,5,0]][lv])[0]
def follow(c,t,v,inf,D,lv,n,stick=.8,hw='pw'):
    for _ in range(n):
        t+= [U_(300,5*3600),logn(9*3600,.8),logn(26*3600,.6)][lv]
        if lv==2: t=max(t,worktime(v,t//DAY,2))
        if t>=END-100: break
        if rnd()<.12 : A(c,t,v,False,'login','password',inf.ip(stick),D); t+=U_(5,60)
        A(c,t,v,True,'login',pwauth(v,D) if rnd()<.75 or not v.mfa else 'sso',inf.ip(stick),D,goalof(lv))
    return t
def react(v,t,lv,pr):
    """victim or helpdesk notices"""
    if rnd()<pr:
        d=int(t//DAY)+ri(0,2); tt=max(T(d,U_(8,16),v.cc),t+1800)
        if tt>=END or not v.site: return
        ip=site_ip(v.site,d) if rnd()<.6 else dayhome(v,d); D=v.lap; ua=ua_of(D,tt)
        for _ in range(pois(1.3)): emit(tt,v.id,False,'login','password',ip,D['id'],ua); tt+=U_(10,90)
        emit(tt,v.id,True,'password_reset','password',ip,D['id'],ua); hlogin(v,tt+U_(60,900),D,ip,True,force='mfa' if v.mfa else None)
def mass_infra(lv):
    if lv==0: return Infra(ch(['host','host','vpnany']))
    if lv==1: return Infra(ch(['world','host','vpnany','res']),cc=ch(['SE','PL','DE','US','BR','VN']))
    return Infra(ch(['res','res','mob']),cc=ch(['SE','PL','SE','PL','DE']))
EXP=[p for p in PEOPLE if p.last<DAYS]
def targets(n):
    pl=R.sample(PEOPLE,min(n,len(PEOPLE))); return pl
def f_stuff(c,lv):
    n=[ri(110,260),ri(35,80),ri(10,24)][lv]; dur=[U_(.4,3)*3600,U_(6,30)*3600,U_(4,12)*DAY][lv]; t0=worktime(ch(ACTP),U_(15,58-dur/DAY),0); inf=mass_infra(lv); D0=abrow(lv)
    stick=[.9,.35,.0][lv]; hits=0; want=R.choices([0,1,2,3],[15,40,30,15])[0]; vs=targets(n); hit=set(R.sample(range(n),want))
    for i,v in enumerate(vs):
        t=t0+U_(0,dur); 
        D=D0 if D0['id'] is None else (D0 if rnd()<[.5,.2,0][lv] else abrow(max(1,lv)))
        for _ in range(R.choices([1,2,3],[75,20,5])[0]): A(c,t,v,False,'login','password',inf.ip(stick),D); t+=U_(1,[6,60,7200][lv])
        if i in hit:
            ip=inf.ip(1); hw=how(v,lv); t,ok=enter(c,t,v,ip,D,'check',hw)
            if ok and rnd()<.75:
                D2=abrow(max(lv,1),v); i2=Infra(ch(['vpn','res','host'] if lv<2 else ['res','vpn','mob']),v); t=follow(c,t,v,i2,D2,max(lv,1),ri(1,5)); react(v,t,lv,.3)
def f_spray(c,lv):
    n=[ri(150,330),ri(50,110),ri(18,40)][lv]; dur=[U_(.3,2)*3600,U_(10,40)*3600,U_(6,16)*DAY][lv]; t0=15*DAY+U_(0,44*DAY-dur); inf=mass_infra(lv) if lv else Infra(ch(['host','host','tor'])); leg=rnd()<.45; D0=None if leg else abrow(lv); L=ch(LEG[:2])
    if leg: D0={'k':'fixed','ua':L,'lag':0,'id':None,'st':'c'}
    vs=targets(n); rounds=[ri(1,2),ri(1,3),1][lv]; hit=set(R.sample(range(n),R.choices([0,1,2],[25,50,25])[0]))
    for r in range(rounds):
        for i,v in enumerate(vs):
            t=t0+(r*dur+dur*i/n+U_(0,dur/n))/rounds
            D=D0 if leg or rnd()<[1,.5,.0][lv] else abrow(max(1,lv))
            if i in hit and r==rounds-1:
                t,ok=enter(c,t,v,inf.ip([.95,.4,0][lv]),D,'check',how(v,lv))
                if ok: D2=abrow(max(lv,1),v); t=follow(c,t,v,Infra(ch(['vpn','res','host','mob']),v),D2,max(1,lv),ri(1,6)); react(v,t,lv,.3)
            else: A(c,t,v,False,'login','password',inf.ip([.95,.4,0][lv]),D)
def f_brute(c,lv):
    for v in [victim() for _ in range(ch([1,1,1,2]) if lv else ch([1,2,3]))]:
        n=[ri(90,320),ri(25,70),ri(9,26)][lv]; dur=[U_(.3,4)*3600,U_(5,40)*3600,U_(5,14)*DAY][lv]; t=15*DAY+U_(0,43.5*DAY-dur); inf=Infra(ch([['host','host','vpnany'],['host','world','vpn'],['res','mob','res','vpn']][lv]),v); D=abrow(lv,v)
        for i in range(n):
            if lv==2 and rnd()<.4: t+=U_(4,60)
            else: t+=R.expovariate(1)*dur/n
            A(c,t,v,False,'login','password',inf.ip([.95,.6,.5][lv]),D)
            if lv==1 and rnd()<.1: D=abrow(1,v)
        if rnd()<.6:
            t+=U_(2,dur/n+5); t,ok=enter(c,t,v,inf.ip(1),D,goalof(lv),how(v,lv))
            if ok: t=follow(c,t,v,inf,D,lv,ri(0,4)); 
        react(v,min(t,END-1),lv,[.7,.35,.1][lv])
def f_stolen(c,lv):
    v=victim(); t=worktime(v,U_(15,57 if lv<2 else 48),lv); D=abrow(lv,v)
    inf=Infra(*[(ch(['host','res','vpnany']),v,C[ch(FOREIGN)][0]),(ch(['vpnany','host','res','vpn']),v,ch(['DE','NL','GB','US',v.cc])),(ch(['res','vpn','mob','host']),v)][lv])
    if lv==2 and inf.k=='host': inf.asn=ch([8075,16509,20473]); inf.city={'SE':'Stockholm','PL':'Warsaw'}.get(v.cc) if inf.asn!=16509 else 'Stockholm'; inf.city=inf.city or ch(HCITY[inf.asn])
    for _ in range([ri(0,4),pois(.7),0][lv]): A(c,t,v,False,'login','password',inf.ip(.9),D); t+=U_(8,60)
    h=how(v,lv); t,ok=enter(c,t,v,inf.ip(.95),D,goalof(lv),h)
    if ok: t=follow(c,t,v,inf,D,lv,[ri(2,7),ri(1,6),ri(2,9)][lv],[.8,.8,.7][lv]); react(v,t,lv,[.6,.3,.08][lv])
    else:
        for _ in range(ri(1,3)):
            t+=U_(600,20*3600); 
            if t<END-300: enter(c,t,v,inf.ip(.8),D,'look','stop')
def f_anon(c,lv):
    v=victim(); t=worktime(v,U_(15,57 if lv<2 else 50),lv); inf=Infra(['tor','vpnany',ch(['vpn','relay','vpn'])][lv],v); D=abrow(lv,v)
    if lv==0: D={'k':'torb','lag':0,'id':hx(32),'st':'c'}
    if inf.k=='relay': D=mkdev('ios')
    n=[ri(5,16),ri(3,8),ri(2,6)][lv]; ok=True
    for i in range(n):
        if lv==0: D['id']=hx(32)
        ip=inf.ip([.1,.35,.6][lv])
        if i<[3,1,0][lv] and rnd()<.7: A(c,t,v,False,'login','password',ip,D); t+=U_(10,300); continue
        if i<3 or rnd()<.3: t,_=enter(c,t,v,ip,D,goalof(lv),'mfa' if v.mfa and rnd()<.5 else 'pw')
        else: A(c,t,v,True,'login',pwauth(v,D),ip,D,goalof(lv))
        t+=[U_(60,4000),logn(5*3600,1),logn(28*3600,.5)][lv]
        if t>END-300: break
    react(v,min(t,END-1),lv,[.5,.25,.05][lv])
def f_fatigue(c,lv):
    v=victim(lambda p:p.mfa and p.role!='shop'); t=worktime(v,U_(15,57),lv)
    if lv==0: t=clamp(T(ri(15,57),U_(0,5),v.cc))
    if lv==2: t=clamp(T(wkd(15,57),ch([U_(7,9),U_(12,13),U_(16.5,18)]),v.cc))
    D=abrow(lv,v); inf=Infra(ch([['host','res','vpnany'],['vpn','vpnany','host','res'],['res','mob','vpn']][lv]),v,ch(['NG','RU','US','VN','DE']) if lv==0 else None)
    n=[ri(18,55),ri(6,14),ri(2,4)][lv]; succ=rnd()<[.6,.65,.85][lv]; rounds=[1,ri(1,2),ri(1,3)][lv]
    for r in range(rounds):
        for i in range(n):
            A(c,t,v,False,'mfa_challenge','mfa',inf.ip(.95),D)
            if lv==0 and rnd()<.15: A(c,t+U_(1,4),v,False,'login','mfa',inf.ip(1),D)
            t+=[U_(6,60),U_(20,240),U_(25,1500)][lv]
        if r<rounds-1: t+=DAY*ri(1,2)+U_(-3600,3600)
        if t>END-7200: return
    if succ:
        A(c,t,v,True,'mfa_challenge','mfa',inf.ip(1),D); A(c,t+U_(1,6),v,True,'login','mfa',inf.ip(1),D,goalof(lv)); t=follow(c,t+10,v,inf,D,lv,ri(1,5),.85)
    react(v,min(t,END-1),lv,[.7,.35,.1][lv])
HT={}
for t,e in EV[:NH]:
    if t>15*DAY and e['success'] and e['event_type']=='login' and e.get('device_id'): HT.setdefault(e['user_id'],[]).append((t,e['device_id'],e.get('user_agent')))
def f_session(c,lv):
    v=victim(lambda p:p.role!='shop' and len(HT.get(p.id,()))>12); H=[x for x in sorted(HT[v.id]) if x[0]<(57 if lv<2 else 50)*DAY] or HT[v.id]
    t,did,ua=ch(H); ua=ua or ua_of(v.lap,t); D={'k':'fixed','ua':ua,'lag':0,'id':did,'st':'c'}
    if lv==0 and rnd()<.5: D['ua']=ua_of(abrow(0),t)
    elif lv==1 and rnd()<.25: D['ua']=ua_of(abrow(1),t)
    t+=[U_(60,3000),U_(600,5*3600),U_(1800,8*3600)][lv]
    inf=[Infra(ch(['host','res','vpnany']),v,C[ch(FOREIGN)][0]),Infra(ch(['vpn','host','vpnany','res']),v),Infra('res',v,city=v.hcity if rnd()<.7 else None) if rnd()<.8 else Infra('mob',v)][lv]
    if rnd()<.35 and lv<2: A(c,t,v,True,'mfa_challenge',v.meth,inf.ip(),D); A(c,t+4,v,True,'login','mfa',inf.ip(),D,'check'); t+=U_(60,900)   # AiTM
    for _ in range([ri(3,9),ri(2,6),ri(2,6)][lv]):
        if t>END-100: break
        A(c,t,v,True,'login','sso' if rnd()<.85 else 'password',inf.ip(.85),D,goalof(lv)); t+=[U_(300,9000),logn(6*3600,.8),logn(20*3600,.5)][lv]
        if lv==2: t=max(t,worktime(v,t//DAY,2)) if t<END else t
    react(v,min(t,END-1),lv,[.4,.2,.04][lv])
def f_insider(c,lv):
    v=victim(lambda p:p.role in('office','hybrid','dev','field','exec')); d=int(U_(15,[57,52,44][lv])); n=[ri(2,5),ri(4,8),ri(6,12)][lv]; D=v.lap; base=max(v.vol,3e6)
    own=sorted(x[1:] for x in HT.get(v.id,()) if d*DAY<=x[0]<(d+3)*DAY)
    if own and lv<2 or not own: D=v.lap
    if own: did=max(sorted(set(x[0] for x in own)),key=[x[0] for x in own].count); u=[x[1] for x in own if x[0]==did and x[1]]; D={'k':'fixed','ua':u[0] if u else ua_of(v.lap,d*DAY),'lag':0,'id':did,'st':'u'}
    for i in range(n):
        if d>59: break
        if lv==0: t=T(d,U_(23,28.5),v.cc); m=U_(80,900)
        elif lv==1: t=T(d,ch([U_(18.5,23),U_(5,6.8)]) if wday(d)<5 else U_(8,22),v.cc); m=U_(12,90)
        else: t=T(d,U_(7,18.5),v.cc); m=U_(4,16)
        atoffice=v.site and (lv==2 and wday(d)<5 and rnd()<.7 or rnd()<.15); ip=site_ip(v.site,d) if atoffice else (remote_ip(v,d,v.lap) if rnd()<.9 else dayhome(v,d)); bo=base*m*logn(1,.4); bi=bo*logn(.03,.7)
        if rnd()<.2: bi,bo=bo,bi*3
        if t<END: emit(t,v.id,True,'login','sso' if atoffice or rnd()<.5 else ('mfa' if v.mfa else 'password'),ip,D['id'],ua_of(D,t),min(bi,5e10),min(bo,9e10),lab=c)
        d+=[ch([0,1,1]),ch([1,1,2]),ch([1,1,2,3])][lv]
def f_near(c,lv):
    v=victim(lambda p:p.site); t=worktime(v,U_(15,57 if lv<2 else 49),lv); D=abrow([1,1,2][lv],v); x=rnd()
    inf=Infra('res',v,city=v.hcity,asn=v.hasn if rnd()<.6 else None)
    if lv==1 and x<.3: inf=Infra('mob',v,asn=v.masn)
    if lv==2 and x<.25: inf=Infra('res',v,city=v.hcity); inf.cur=v.hip
    elif lv==2 and x<.5: inf=Infra('res',v,city=v.hcity); inf.cur=SITES[v.site]['guest'][0] if rnd()<.5 else SITES[v.site]['ips'][0]
    for _ in range([ri(3,12),pois(1.3),int(rnd()<.2)][lv]): A(c,t,v,False,'login','password',inf.ip(.95),D); t+=U_(8,120)
    t,ok=enter(c,t,v,inf.ip(.95),D,goalof(lv),how(v,2)); 
    t=follow(c,t,v,inf,D,lv,[ri(3,8),ri(2,6),ri(2,7)][lv],.9) if ok else t
    react(v,t,lv,[.5,.2,.05][lv])
DORM=[p for p in SILENT if p.back is None]+[p for p in PEOPLE if p.role=='partner' and p.act==.05]
def f_dorm(c,lv):
    vs=[victim(pool_=DORM) for _ in range(R.choices([1,2],[3,1])[0] if lv==0 and len([p for p in DORM if p.id not in taken])>24 else 1)]
    for v in vs:
        t=worktime(v,U_(18,57 if lv<2 else 52),lv); D=abrow(lv,v); inf=[Infra(ch(['host','res','tor','vpnany']),v,C[ch(FOREIGN)][0]),Infra(ch(['vpn','vpnany','res','host']),v),Infra(ch(['res','res','mob','vpn']),v,city=v.hcity)][lv]
        if inf.k not in('res',): inf.city=None
        for _ in range([ri(2,9),pois(1.5),pois(.5)][lv]): A(c,t,v,False,'login','password',inf.ip(.9),D); t+=U_(6,120)
        if rnd()<[.2,.3,.35][lv]: A(c,t,v,True,'password_reset','password',inf.ip(1),D); t+=U_(60,1200)
        t,ok=enter(c,t,v,inf.ip(.95),D,goalof(lv),'pw' if rnd()<.5 else 'mfa'); follow(c,t,v,inf,D,lv,[ri(2,8),ri(1,5),ri(1,5)][lv])
def f_reset(c,lv):
    v=victim(lambda p:p.role!='shop'); t=worktime(v,U_(15,57 if lv<2 else 52),lv); D=abrow(lv,v); inf=[Infra(ch(['host','res','vpnany']),v,C[ch(FOREIGN)][0]),Infra(ch(['vpn','vpnany','res','host']),v),Infra(ch(['res','mob','vpn']),v)][lv]
    for _ in range([ri(1,6),pois(1.5),pois(.4)][lv]): A(c,t,v,False,'login','password',inf.ip(.9),D); t+=U_(8,90)
    for _ in range([ri(2,6),pois(.7),0][lv]): A(c,t,v,False,'password_reset','password',inf.ip(.9),D); t+=U_(30,900)
    if lv==2 and rnd()<.5: emit(t,v.id,True,'password_reset','password',site_ip('GOT',int(t//DAY)),None,ua_of(mkdev('edge'),t),lab=c)      # helpdesk talked round
    else: A(c,t,v,True,'password_reset','password',inf.ip(1),D)
    t+=[U_(10,200),U_(40,1800),U_(120,5*3600)][lv]; t,ok=enter(c,t,v,inf.ip(.95),D,goalof(lv),'mfa' if v.mfa and rnd()<.65 else 'pw'); t=follow(c,t,v,inf,D,lv,[ri(2,6),ri(1,5),ri(1,6)][lv])
    react(v,t,lv,[.8,.6,.4][lv])
def f_shared(c,lv):
    n=[ri(10,24),ri(4,8),ri(2,4)][lv]; D=abrow(max(lv,1)); 
    if lv==2: D=mkdev(ch(['chrome','edge','ios','android']))
    vs=[victim(lambda p:p.site and (lv<2 or p.role!='shop')) for _ in range(n)]; dur=[U_(.6,4)*3600,U_(.5,3)*DAY,U_(4,13)*DAY][lv]; t0=15*DAY+U_(0,43.8*DAY-dur)
    inf=[Infra(ch(['host','vpnany','res']),None,ch(['SE','DE','US','RO'])),Infra(ch(['vpn','res','vpnany','mob']),vs[0]),None][lv]
    for i,v in enumerate(vs):
        t=t0+dur*(i+rnd()*.8)/n; I=inf or Infra(ch(['res','res','mob','vpn']),v,city=None)
        if lv==2: t=worktime(v,t//DAY,2)
        if rnd()<[.5,.35,.12][lv]:
            for _ in range(ri(1,2)): A(c,t,v,False,'login','password',I.ip(.9),D); t+=U_(8,60)
        t,ok=enter(c,t,v,I.ip(.8),D,goalof(lv),how(v,lv))
        if ok and rnd()<.6: follow(c,t,v,I,D,lv,ri(1,2+(lv==2)*2)) if lv else A(c,t+U_(60,2000),v,True,'login','password',I.ip(.9),D,goalof(0))
        react(v,t,lv,[.15,.15,.05][lv])
FAM={'credential_stuffing':f_stuff,'password_spray':f_spray,'brute_force':f_brute,'stolen_credentials':f_stolen,'anonymiser':f_anon,'mfa_fatigue':f_fatigue,'session_theft':f_session,'insider':f_insider,'near_takeover':f_near,'dormant_revival':f_dorm,'reset_takeover':f_reset,'shared_device':f_shared}
def main():
    cids=set()
    for fam,f in FAM.items():
        n=R.choices([14,15,16,17,18],[35,30,20,10,5])[0] if fam!='dormant_revival' else ri(14,16)
        for i in range(n):
            c='cmp-'+hx(10)
            while c in cids: c='cmp-'+hx(10)
            cids.add(c); k=len(EV); f((fam,c),i%3)
            if not any(e.get('campaign')==c for _,e in EV[k:]): print('empty',fam,i%3,file=sys.stderr)
    EV.sort(key=lambda x:x[0])
    with open(OUT,'w',encoding='utf-8') as o:
        for t,e in EV:
            ms=int(t*1000); d=START+dt.timedelta(milliseconds=ms); e['timestamp']=d.strftime('%Y-%m-%dT%H:%M:%S.')+'%03dZ'%(d.microsecond//1000)
            o.write(json.dumps({'event_id':uid4(),**e},ensure_ascii=False)+'\n')
main()
