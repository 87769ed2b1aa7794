#!/usr/bin/env python3
"""Labelled logins of a manufacturer with plants and offices abroad: shifts, terminals, suppliers, travelling engineers.

Usage: manufacturer.py SEED OUTPUT.ndjson"""
import sys, json, math, random, ipaddress
from datetime import datetime, timezone, timedelta
SEED=int(sys.argv[1]); OUT=sys.argv[2]
R=random.Random("genL-%d"%SEED)
T0=int(datetime(2025,9,1,tzinfo=timezone.utc).timestamp()); DAYS=60; END=T0+DAYS*86400
TENANT="kessler-vrana-group"
rnd=R.random; ri=R.randint; ch=R.choice; uni=R.uniform
def lognorm(m,s): return math.exp(R.gauss(math.log(m),s))
def poi(l):
    k=0;p=rnd();L=math.exp(-l)
    while p>L: k+=1;p*=rnd()
    return k
def hexid(n=16): return '%0*x'%(n,R.getrandbits(4*n))

# ---------------- geography ----------------
C={}
def city(n,cc,la,lo,tz,dst=0,sat=()): C[n]=dict(n=n,cc=cc,la=la,lo=lo,tz=tz,dst=dst,sat=sat)
city("Stuttgart","DE",48.78,9.18,1,1,[("Esslingen am Neckar",48.74,9.31),("Ludwigsburg",48.9,9.19),("Sindelfingen",48.71,9.0),("Waiblingen",48.83,9.32),("Fellbach",48.81,9.28)])
city("Brno","CZ",49.2,16.61,1,1,[("Blansko",49.36,16.64),("Kuřim",49.3,16.53),("Vyškov",49.28,17.0)])
city("Birmingham","GB",52.48,-1.9,0,1,[("Solihull",52.41,-1.78),("Wolverhampton",52.59,-2.13),("Walsall",52.59,-1.98)])
city("Greenville","US",34.85,-82.39,-4,0,[("Spartanburg",34.95,-81.93),("Greer",34.94,-82.23),("Simpsonville",34.74,-82.25)])
city("Querétaro","MX",20.59,-100.39,-6,0,[("San Juan del Río",20.39,-99.99),("El Marqués",20.62,-100.28)])
city("Pune","IN",18.52,73.86,5.5,0,[("Pimpri-Chinchwad",18.63,73.8),("Talegaon Dabhade",18.73,73.68)])
city("Singapore","SG",1.29,103.85,8)
for a in [("Munich","DE",48.14,11.58,1,1),("Frankfurt am Main","DE",50.11,8.68,1,1),("Berlin","DE",52.52,13.4,1,1),("Hamburg","DE",53.55,10.0,1,1),("Cologne","DE",50.94,6.96,1,1),("Nuremberg","DE",49.45,11.08,1,1),
 ("Prague","CZ",50.09,14.42,1,1),("Ostrava","CZ",49.83,18.28,1,1),("London","GB",51.51,-.13,0,1),("Manchester","GB",53.48,-2.24,0,1),("Leeds","GB",53.8,-1.55,0,1),
 ("Atlanta","US",33.75,-84.39,-4),("Charlotte","US",35.23,-80.84,-4),("Chicago","US",41.88,-87.63,-5),("Detroit","US",42.33,-83.05,-4),("Ashburn","US",39.04,-77.49,-4),("Los Angeles","US",34.05,-118.24,-7),("Dallas","US",32.78,-96.8,-5),("New York","US",40.71,-74.01,-4),
 ("Mexico City","MX",19.43,-99.13,-6),("Monterrey","MX",25.67,-100.31,-6),("Mumbai","IN",19.08,72.88,5.5),("Bengaluru","IN",12.97,77.59,5.5),("Delhi","IN",28.65,77.23,5.5),("Hyderabad","IN",17.38,78.47,5.5),
 ("Vienna","AT",48.21,16.37,1,1),("Zurich","CH",47.37,8.55,1,1),("Paris","FR",48.86,2.35,1,1),("Milan","IT",45.46,9.19,1,1),("Turin","IT",45.07,7.69,1,1),("Barcelona","ES",41.39,2.17,1,1),("Palma","ES",39.57,2.65,1,1),("Lisbon","PT",38.72,-9.14,0,1),
 ("Amsterdam","NL",52.37,4.9,1,1),("Stockholm","SE",59.33,18.07,1,1),("Warsaw","PL",52.23,21.01,1,1),("Bucharest","RO",44.43,26.1,2,1),("Bratislava","SK",48.15,17.11,1,1),("Istanbul","TR",41.01,28.95,3),("Kyiv","UA",50.45,30.52,2,1),("Moscow","RU",55.75,37.62,3),("Saint Petersburg","RU",59.94,30.31,3),
 ("Lagos","NG",6.45,3.39,1),("Accra","GH",5.56,-.2,0),("Johannesburg","ZA",-26.2,28.05,2),("Dubai","AE",25.2,55.27,4),("Karachi","PK",24.86,67.01,5),("Ho Chi Minh City","VN",10.82,106.63,7),("Hanoi","VN",21.03,105.85,7),("Jakarta","ID",-6.21,106.85,7),("Shanghai","CN",31.22,121.46,8),("Suzhou","CN",31.3,120.6,8),("Tokyo","JP",35.69,139.69,9),("Seoul","KR",37.57,126.98,9),("São Paulo","BR",-23.55,-46.64,-3),("Bogotá","CO",4.61,-74.08,-5),("Toronto","CA",43.7,-79.42,-4),("Chisinau","MD",47.01,28.86,2,1),("Casablanca","MA",33.59,-7.62,1)]: city(*a)
ISP={ # country: home (asn,weight), mobile
"DE":([(3320,40),(3209,22),(6805,12),(8881,14),(31334,8),(29562,6)],[(3320,40),(3209,30),(6805,30)]),
"CZ":([(5610,35),(6830,25),(16019,15),(197019,5),(44489,6)],[(13036,40),(5610,35),(16019,25)]),
"GB":([(2856,35),(5089,27),(5607,22),(13285,9),(206067,4)],[(12576,40),(206067,30),(25135,20),(60339,15)]),
"US":([(7922,32),(7018,24),(20115,28),(701,8),(22773,5)],[(21928,35),(6167,40),(20057,25)]),
"MX":([(8151,50),(13999,20),(17072,18),(28509,8)],[(28403,55),(22884,15),(8151,15)]),
"IN":([(24560,30),(55836,32),(9829,12),(17762,8),(45769,8)],[(45609,40),(55836,45),(38266,15)]),
"SG":([(3758,10),(4773,8),(9506,8)],[(9506,10),(4773,8)]),"AT":([(8447,5),(8412,3)],[(8447,3),(25255,3)]),"CH":([(3303,6),(6730,3)],[(3303,5)]),"FR":([(3215,5),(12322,5),(15557,3)],[(3215,4),(51207,3)]),"IT":([(3269,5),(30722,4),(1267,3)],[(30722,4),(16232,3)]),"ES":([(3352,5),(12479,4)],[(3352,5),(12430,3)]),"PT":([(3243,4),(2860,4)],[(12353,3)]),"NL":([(1136,5),(33915,4)],[(1136,4),(31615,3)]),"SE":([(3301,4),(1257,3)],[(3301,3)]),"PL":([(5617,5),(12741,3)],[(8374,3),(5617,3)]),"RO":([(8708,6),(9050,3)],[(8953,3),(8708,3)]),"SK":([(6855,3)],[(15962,3)]),"TR":([(9121,6),(47331,5),(34984,3)],[(16135,4),(15897,3)]),"UA":([(15895,3),(13188,3),(6849,3)],[(15895,3)]),"RU":([(12389,6),(8402,3),(25513,3)],[(8359,3),(31133,3)]),"NG":([(29465,5),(37282,2)],[(29465,5),(37148,3),(36873,3)]),"GH":([(29614,3)],[(30986,3)]),"ZA":([(37457,3),(5713,3)],[(29975,3),(16637,3)]),"AE":([(5384,4),(15802,3)],[(5384,4)]),"PK":([(17557,4),(9541,2)],[(45669,3)]),"VN":([(45899,5),(7552,4),(18403,3)],[(7552,4)]),"ID":([(7713,5),(23693,2)],[(23693,5)]),"CN":([(4134,5),(4837,4)],[(9808,5)]),"JP":([(4713,3),(2516,3)],[(9605,3)]),"KR":([(4766,3),(9318,3)],[(17858,3)]),"BR":([(28573,4),(27699,4),(18881,2)],[(26599,4),(26615,3)]),"CO":([(10620,3),(3816,3)],[(26611,3)]),"CA":([(577,3),(812,3)],[(852,3)]),"MD":([(8926,3),(1547,3)],[(31252,2)]),"MA":([(6713,3)],[(36903,3)])}
HOST={"Frankfurt am Main":[24940,14061,16509,51167,9009,20473,8075],"Nuremberg":[24940,51167],"Amsterdam":[14061,60781,49981,9009,202425,60404],"London":[9009,14061,20473,16276,16509],"Paris":[16276,12876],"Ashburn":[16509,14618,8075],"New York":[14061,20473,62240],"Los Angeles":[8100,40676,20473],"Dallas":[63949,8100,46844],"Chicago":[9009,23352],"Atlanta":[63949,62240,20473],"Bucharest":[9009,39743],"Warsaw":[16276,201814],"Moscow":[49505,9123],"Saint Petersburg":[44050,49505],"Singapore":[14061,16509,63949],"Mumbai":[14061,16509],"Stockholm":[39351,42675],"Zurich":[51852,9009],"Chisinau":[200019],"Prague":[9009,60068],"Toronto":[62240],"Tokyo":[20473],"Mexico City":[9009],"Milan":[9009]}
VPNC={c:[a for a in [9009,60068,212238,39351,62240,136787] if (hash_:=random.Random("v%s%d"%(c,a)).random())<.6] or [9009] for c in ["Frankfurt am Main","Berlin","Amsterdam","London","Manchester","Prague","Zurich","New York","Atlanta","Chicago","Dallas","Los Angeles","Singapore","Mumbai","Mexico City","Stockholm","Bucharest","Milan","Toronto","Warsaw","Vienna"]}
GEO={}; P24={}
def p16(asn,k): 
    r=random.Random("p16-%d-%d"%(asn,k))
    while 1:
        a=r.randint(2,217)
        if a not in(10,127,169,172,192,198,203,100): return a,r.randint(0,255)
MOB={a for c in ISP for a,_ in ISP[c][1]}
def prefgeo(key,asn,cn,mob):
    if key in P24: return P24[key]
    r=random.Random("pg"+key); c=C[cn]; q=r.random()
    la,lo,nm=c["la"]+r.gauss(0,.015),c["lo"]+r.gauss(0,.02),cn
    if c["sat"] and r.random()<.25:
        nm,la,lo=r.choice(c["sat"])
    if mob and q<.35: # carrier gateway elsewhere / country centroid
        if q<.18: nm=None; la,lo={"DE":(51.3,9.49),"US":(37.75,-97.82),"GB":(51.5,-.12),"IN":(21.99,79.0),"MX":(19.43,-99.13),"CZ":(49.75,15.5)}.get(c["cc"],(c["la"],c["lo"]))
        else:
            o=[x for x in C if C[x]["cc"]==c["cc"]]; nm=r.choice(o); la,lo=C[nm]["la"],C[nm]["lo"]
    elif q<.05: nm=None
    elif q<.065: nm=la=lo=None
    P24[key]=(asn,c["cc"],nm,None if la is None else round(la,4),None if lo is None else round(lo,4)); return P24[key]
def v4(asn,cn,mob=False,n=24,who=None):
    """an address of a provider in a city, from its /24s"""
    r=who or R
    k=r.randrange(n); q=random.Random("z%d%s%d"%(asn,cn,k)); a,b=p16(asn,q.randint(0,5)); c=q.randint(0,255)
    ip="%d.%d.%d.%d"%(a,b,c,r.randint(1,254)); GEO[ip]=prefgeo("%d.%d.%d/%d/%s"%(a,b,c,asn,cn),asn,cn,mob); return ip
def v6(asn,cn,mob=False):
    q=random.Random("6%d%s"%(asn,cn)); h="2a0%x:%x:%x"%(q.randint(0,14),q.randint(256,65535),q.randint(256,65535))
    k=ri(0,400); ip=str(ipaddress.ip_address("%s:%x:%x:%x:%x:%x"%(h,k+4096,ri(256,65535),ri(256,65535),ri(256,65535),ri(1,65535))))
    GEO[ip]=prefgeo("%s:%x/%d/%s"%(h,k,asn,cn),asn,cn,mob); return ip
def wch(l):
    s=sum(w for _,w in l); x=rnd()*s
    for v,w in l:
        x-=w
        if x<0: return v
    return l[-1][0]
def resi(cn,asn=None):
    asn=asn or wch(ISP[C[cn]["cc"]][0]); return v6(asn,cn) if rnd()<.15 else v4(asn,cn)
def mobi(cn,asn=None):
    asn=asn or wch(ISP[C[cn]["cc"]][1]); return v6(asn,cn,True) if rnd()<.3 else v4(asn,cn,True,14)
def hosting(cn=None):
    cn=cn or ch(list(HOST)); return v4(ch(HOST[cn]),cn,False,30)
def vpnip(cn): return v4(ch(VPNC[cn]),cn,False,3)
TR=random.Random("tor"); TOR=[]
for _ in range(90):
    cn=TR.choice(["Frankfurt am Main","Amsterdam","Nuremberg","Bucharest","Stockholm","Zurich","Paris","New York","Dallas","Warsaw","Chisinau","Los Angeles","Prague"]); TOR.append(v4(TR.choice(HOST[cn]),cn,False,30,TR))
def bycountry(cc): return [x for x in C if C[x]["cc"]==cc]
BAD=["Lagos","Moscow","Saint Petersburg","Bucharest","Istanbul","Ho Chi Minh City","Jakarta","São Paulo","Karachi","Accra","Kyiv","Chisinau","Casablanca","Bogotá","Hanoi","Johannesburg"]
WORLD=BAD+["Delhi","Warsaw","Mumbai","Mexico City","Paris","Milan","Los Angeles","Seoul","Shanghai","Hyderabad","Toronto"]
def off(cn,t):
    c=C[cn]; o=c["tz"]
    if c["dst"] and t<1761440400: o+=1
    return o*3600

# ---------------- clients ----------------
CHR=[(-27,139),(1,140),(29,141),(57,142)]; FFX=[(-14,142),(15,143),(43,144)]
def ver(tab,day,lag,pin):
    if pin: return pin
    v=tab[0][1]-1
    for d,x in tab:
        if day>=d+lag: v=x
    return v
def mkdev(kind):
    d=dict(id=hexid(),k=kind,lag=max(0,R.gauss(5,4)),pin=0,since=0)
    if kind=="pc":
        d["os"]=wch([("Windows NT 10.0; Win64; x64",80),("Macintosh; Intel Mac OS X 10_15_7",16),("X11; Linux x86_64",4)])
        d["br"]=wch([("edge",50),("chrome",36),("firefox",9),("safari",8 if "Mac" in d["os"] else 0)])
        if rnd()<(.3 if d["br"]=="firefox" else .06): d["pin"]=ch([109,120,128,131,134]) if d["br"]!="firefox" else ch([115,128,140,140])
    elif kind=="phone":
        d["os"]=wch([("ios",55),("android",45)]); d["m"]=ch(["K","SM-S921B","SM-A546B","Pixel 8","SM-G991B","M2101K6G"]); d["br"]=wch([("web",55),("outlook",35),("teams",10)])
        d["lag"]=max(0,R.gauss(15,14)); d["iv"]=ch(["17_6_1","18_5","18_6"])
    elif kind=="tab": d["os"]="ipad";d["br"]="web";d["m"]="";d["iv"]=ch(["17_7","18_6"])
    elif kind=="app": d["br"]=ch(["Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)","BAV2ROPC","Thunderbird/140.2.0","Mozilla/5.0 (compatible; MSAL 1.0)"]); d["id"]=None if rnd()<.8 else d["id"]
    else: d["br"]=ch(["python-requests/2.32.3","python-requests/2.31.0","okhttp/4.12.0","curl/8.5.0","Go-http-client/2.0","axios/1.7.7","PostmanRuntime/7.43.0"]); d["id"]=None if rnd()<.75 else d["id"]
    return d
def ua(d,t):
    day=(t-T0)/86400; k=d["k"]; b=d["br"]
    if k in("app","tool"): return b
    if k=="pc":
        if b=="firefox":
            v=ver(FFX,day,d["lag"],d["pin"]); return "Mozilla/5.0 (%s; rv:%d.0) Gecko/20100101 Firefox/%d.0"%(d["os"].replace("10_15_7","10.15"),v,v)
        if b=="safari": return "Mozilla/5.0 (%s) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Safari/605.1.15"%(d["os"],"26.0" if day>15+d["lag"]*4 else "18.6")
        v=ver(CHR,day,d["lag"],d["pin"]); s="Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36"%(d["os"],v)
        return s+(" Edg/%d.0.0.0"%v if b=="edge" else "")
    if d["os"]=="android":
        if b=="outlook": return "Outlook-Android/2.0"
        if b=="teams": return "okhttp/4.12.0"
        return "Mozilla/5.0 (Linux; Android 10; %s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Mobile Safari/537.36"%(d["m"],ver(CHR,day,d["lag"],0))
    iv="18_6_2" if day>2+d["lag"] and d["iv"]!="17_6_1" else d["iv"]
    if day>16+d["lag"]*2: iv="18_7" if d["lag"]>9 else "26_0"
    if b=="outlook": return "Outlook-iOS/2.0"
    if b=="teams": return "TeamsMobile-iOS"
    return "Mozilla/5.0 (%s; CPU %sOS %s like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%s Mobile/15E148 Safari/604.1"%("iPad" if d["os"]=="ipad" else "iPhone","" if d["os"]=="ipad" else "iPhone ",iv,iv.split("_")[0]+"."+iv.split("_")[1])

# ---------------- events ----------------
EV=[]
def emit(u,t,ok,et,am,ip,dev,bi=None,bo=None,att=None,uas=None,did=0):
    if not T0<=t<END: return
    e=dict(user_id=u,t=t,success=ok,event_type=et,auth_method=am,ip_address=ip)
    if ip in GEO:
        a,cc,cn,la,lo=GEO[ip]; e["asn"]=a; e["geo_location"]=cc
        if cn: e["city"]=cn
        if la is not None: e["latitude"]=la; e["longitude"]=lo
    d=dev["id"] if did==0 else did
    if d and rnd()>.012: e["device_id"]=d
    s=uas or ua(dev,t)
    if rnd()>.008: e["user_agent"]=s
    if ok and et=="login":
        if bi is not None and rnd()>.03: e["bytes_in"]=int(bi)+180; e["bytes_out"]=int(bo)+420
    elif rnd()<.45: e["bytes_in"]=ri(380,2600); e["bytes_out"]=ri(300,4200)
    e["label"]=1 if att else 0
    if att: e["attack"],e["campaign"]=att
    EV.append(e)

FN={"DE":"anna lukas felix jonas lena marie julia stefan andreas thomas michael sabine petra klaus jan tobias nina katrin florian markus sandra ute holger mehmet ayse ralf birgit simon david lara".split(),"CZ":"jan petr jiri pavel martin tomas jana eva lucie hana katerina ondrej vojtech marek lenka veronika radek zdenek milan alena".split(),"GB":"james oliver emily sophie jack harry amelia george charlotte thomas daniel imran aisha gareth fiona keith sarah liam niamh paul".split(),"US":"john mary chris ashley tyler brandon megan jessica robert linda kevin denise marcus tanya luis dwayne kayla scott amy brian".split(),"MX":"jose maria juan carlos luis ana sofia miguel alejandra jorge ricardo fernanda daniela raul gabriela hector paola".split(),"IN":"amit priya rahul sneha vikram pooja sanjay neha rohan anjali suresh kavita nikhil deepa ajay swati manoj ishaan".split(),"SG":"wei jun hui mei kelvin jasmine siti ravi daniel grace".split()}
LN={"DE":"mueller schmidt schneider fischer weber meyer wagner becker schulz hoffmann koch bauer richter klein wolf schroeder neumann schwarz braun hofmann zimmermann krueger hartmann lange werner krause lehmann maier yilmaz kaya haeberle pfister".split(),"CZ":"novak svoboda novotny dvorak cerny prochazka kucera vesely horak nemec marek pokorny hajek kral jelinek ruzicka benes fiala sedlak dolezal vrana".split(),"GB":"smith jones taylor brown williams wilson johnson davies patel wright walker white edwards hughes green hall khan clarke begum turner".split(),"US":"smith johnson williams brown jones garcia miller davis martinez hernandez wilson anderson thomas taylor moore jackson martin lee harris lewis greene".split(),"MX":"garcia hernandez martinez lopez gonzalez perez rodriguez sanchez ramirez flores gomez torres vazquez reyes morales ortiz".split(),"IN":"sharma patil kulkarni joshi deshmukh singh kumar gupta shinde jadhav more pawar desai iyer nair reddy khan bhosale".split(),"SG":"tan lim lee ng wong goh chua koh teo rahman".split()}
SITES=[("Stuttgart",980,[3320,3209]),("Brno",520,[5610,16019]),("Birmingham",300,[2856,5089]),("Greenville",420,[7018,20115]),("Querétaro",290,[8151,17072]),("Pune",340,[9498,4755]),("Singapore",70,[3758,4773])]
HOL={"DE":[32],"CZ":[27,57],"GB":[],"US":[0,42],"MX":[15],"IN":[31,49,50,51],"SG":[49]}
SEG={}
for s,n,a in SITES:
    SEG[s]=[v4(a[0],s,False,1) for _ in range(3)]; SEG[s+"/bk"]=[v4(a[1],s,False,1)]
CORPV={"EU":[v4(62044,"Frankfurt am Main",False,2) for _ in range(6)],"AM":[v4(22616,"Ashburn",False,2) for _ in range(4)]+[v4(22616,"Dallas",False,2) for _ in range(2)],"AS":[v4(53813,"Mumbai",False,2) for _ in range(3)]+[v4(53813,"Singapore",False,2) for _ in range(3)]}
REG={"DE":"EU","CZ":"EU","GB":"EU","US":"AM","MX":"AM","IN":"AS","SG":"AS"}
OLDV={"EU":SEG["Stuttgart"][2:],"AM":SEG["Greenville"][2:],"AS":SEG["Pune"][2:]}
VMIG=ri(20,40)  # day of migration from old VPN to cloud gateway
BKDAY={s:ri(8,55) for s in("Brno","Greenville","Pune","Querétaro")}
KIOSK={s:[mkdev("pc") for _ in range(max(4,n//28))] for s,n,_ in SITES}
for s in KIOSK:
    for d in KIOSK[s]: d["os"]="Windows NT 10.0; Win64; x64"; d["br"]="edge"; d["lag"]=20
MEET={s:[mkdev("pc") for _ in range(5)] for s,_,_ in SITES}
SETUP={s:[mkdev("pc") for _ in range(2)] for s,_,_ in SITES}
ROLES=[("office",44),("engineer",18),("floor",20),("sales",7),("field",4),("it",3.5),("exec",1.5),("contract",4)]
names=set()
def uid(cc,style):
    while 1:
        f,l=ch(FN[cc]),ch(LN[cc]); x={0:f+"."+l,1:f[0]+l,2:f+"_"+l}[style]
        k=0; y=x
        while y in names: k+=1; y=x+str(k+1)
        if k<12: names.add(y); return y
U=[]
def mkuser(site,role,style,start=0):
    c=C[site]; cc=c["cc"]; u=dict(id=uid(cc,style),site=site,cc=cc,role=role,start=start,end=999,leave=[],trips=[],dorm=False,city=site)
    if rnd()<.07 and role in("office","engineer","sales","exec"): u["city"]=ch(bycountry(cc)) # remote hire
    u["hisp"]=wch(ISP[cc][0]); u["misp"]=wch(ISP[cc][1]); u["v6"]=rnd()<.22
    u["rot"]={"DE":.12,"CZ":.05,"GB":.03,"US":.01,"MX":.12,"IN":.18}.get(cc,.05)*uni(.2,2); u["hip"]=resi(u["city"],u["hisp"])
    u["pc"]=mkdev("pc"); u["ph"]=mkdev("phone") if rnd()<(.3 if role=="floor" else .78) else None; u["tab"]=mkdev("tab") if rnd()<.06 else None; u["hpc"]=mkdev("pc") if rnd()<.12 else None; u["app"]=mkdev("app") if rnd()<.13 else None
    if role=="floor" and rnd()<.8: u["pc"]=None
    u["kio"]=R.sample(KIOSK[site],min(3,len(KIOSK[site])))
    u["wfh"]={"office":.38,"engineer":.25,"floor":.0,"sales":.45,"field":.15,"it":.35,"exec":.3,"contract":.55}[role]*uni(.2,1.7)
    u["st"]=R.gauss(8.2,.8) if role!="floor" else 0; u["shift"]=ri(0,2) if role=="floor" else -1
    if role=="contract" and rnd()<.4: u["st"]=uni(12,20)
    u["ssd"]=uni(.2,1.1); u["rate"]=lognorm({"office":1.25,"engineer":1.1,"floor":.45,"sales":1.5,"field":1.2,"it":2.2,"exec":1.7,"contract":.9}[role],.45)
    u["act"]=min(.99,uni(.82,1)) if role!="floor" else uni(.45,.9)
    if rnd()<.06: u["act"]=uni(.08,.45) # part-timers, board, rarely online
    u["we"]={"it":.2,"exec":.35,"sales":.2,"field":.35,"floor":.3}.get(role,.08)*uni(0,1.8)
    u["auth"]=wch([("sso",52),("password",24),("passkey",8),("mfa",16)]); u["mfa"]=rnd()<(.55 if role=="floor" else .86)
    u["vol"]=lognorm({"engineer":9e6,"exec":3.5e6,"it":5e6,"floor":2.5e5,"field":3e6}.get(role,2.6e6),.7); u["vs"]=uni(.6,1.3); u["up"]=uni(.03,.5)
    u["typo"]=lognorm(.03,.7); u["cookie"]=uni(.1,.7) if rnd()<.04 else 0 # cleared cookies / private windows
    u["cvpn"]=rnd()<.1; u["pvpn"]=ch(list(VPNC)) if rnd()<.018 else None; u["relay"]=rnd()<.035
    if u["pvpn"] and rnd()<.65: u["pvpn"]=ch([x for x in VPNC if C[x]["cc"]==cc] or list(VPNC))
    u["cloud"]=(ch(list(HOST)) if rnd()<.3 else ch([x for x in HOST if C[x]["cc"]==cc] or ["Frankfurt am Main"])) if rnd()<.022 else None; u["cip"]=hosting(u["cloud"]) if u["cloud"] else None; u["nightowl"]=rnd()<.07; u["seen"]=set()
    U.append(u); return u
for s,n,a in SITES:
    for _ in range(n):
        r=wch(ROLES)
        if s in("Singapore",) and r=="floor": r="sales"
        mkuser(s,r,1 if rnd()<.18 else 0)
ACQ=ri(24,38)
for _ in range(110): mkuser("Birmingham" if rnd()<.25 else "Brno",wch(ROLES),2,ACQ+ri(0,6))
for u in R.sample(U,70): u["start"]=max(u["start"],ri(2,55))        # joiners
for u in R.sample([u for u in U if u["start"]==0],75): u["end"]=ri(10,58) # leavers, deprovisioned
dp=R.sample([u for u in U if u["start"]==0 and u["end"]==999],85)
for u in dp: u["end"]=ri(1,8); u["dorm"]=True                        # left, account never closed
lv=R.sample([u for u in U if u["start"]==0 and u["end"]==999],75)
for u in lv:
    a=ri(2,14); u["leave"].append((a,a+ri(20,46)))
    if rnd()<.35: u["newback"]=True
for u in U:
    if rnd()<.55: a=ri(0,59); u["leave"].append((a,a+ch([1,2,4,5,7,11,14])))
TDEST={"sales":["Milan","Paris","Vienna","Zurich","Warsaw","Istanbul","Dubai","Shanghai","Tokyo","Seoul","Chicago","Detroit","Mexico City","São Paulo","London","Munich","Berlin","Singapore","Toronto","Johannesburg","Delhi"],"field":["Istanbul","Ho Chi Minh City","Jakarta","São Paulo","Bucharest","Lagos","Suzhou","Monterrey","Turin","Bratislava","Karachi","Casablanca","Bogotá","Moscow" if 0 else "Kyiv","Johannesburg","Ostrava","Hamburg"]}
for u in U:
    k={"sales":2.6,"field":2.8,"exec":2.4,"engineer":.35,"it":.3,"office":.2,"contract":.15,"floor":.03}[u["role"]]
    for _ in range(poi(k)):
        a=ri(0,59); d=ch(TDEST.get(u["role"],TDEST["sales"]+[s for s,_,_ in SITES]))
        if rnd()<.35: d=ch([s for s,_,_ in SITES])
        u["trips"].append((a,a+ch([0,1,1,2,2,3,4,9]),d,ch(["hotel","hotel","mob","site"])))
    if rnd()<.02: a=ri(0,50); u["trips"].append((a,a+ri(6,25),ch(["Palma","Lisbon","Barcelona","Milan","Casablanca","Istanbul","Mumbai","Bucharest","Mexico City","Warsaw","Hanoi"]),"hotel")) # working from family / abroad
    if rnd()<.006: a=ri(10,50); u["trips"].append((a,99,ch(["Munich","London","Charlotte","Bengaluru","Prague","Greenville","Brno"]),"hotel")) # relocation
KO=ri(12,45)  # kick-off meeting in one city
KOC=ch(["Barcelona","Vienna","Milan","Lisbon"]); KOIP=[resi(KOC) for _ in range(3)]
for u in R.sample([u for u in U if u["role"] in("sales","exec","engineer","it")],95): u["trips"].insert(0,(KO,KO+2,KOC,"ko"))
for u in R.sample([u for u in U if u["pc"]],230): u["swap"]=ri(1,59)
WAVE=ri(10,45)
for u in R.sample([u for u in U if u["site"]=="Stuttgart" and u["pc"]],170): u["swap"]=WAVE+ri(0,6)
for u in R.sample([u for u in U if u["ph"]],210): u["pswap"]=ri(1,59) if rnd()<.5 else ri(18,35)
for u in R.sample(U,600): u["pwchg"]=ri(1,59)
for u in U:
    if u["site"]=="Querétaro" and rnd()<.55: u["pwchg"]=28+ri(0,3)   # forced rotation at one plant
cp=R.sample([u for u in U if u["role"]!="floor"],36)
for i in range(0,36,2):  # couples and households
    a,b=cp[i],cp[i+1]
    if a["site"]==b["site"]: b["hip"]=a["hip"]; b["hisp"]=a["hisp"]; b["hpc"]=a["hpc"]=a["hpc"] or mkdev("pc")
IT=[u for u in U if u["role"]=="it"]
OUT_D=ri(16,52); OUT_H=ri(7,12)

def stay(dest): # shared hotel addresses
    q=random.Random("hot%s%d"%(dest,ri(0,7))); cc=C[dest]["cc"]; return v4(q.choice(ISP[cc][0])[0],dest,False,24,q)
def where(u,t,loc,dev):
    k,x=loc
    if k=="kiosk": return ch(x)
    if dev["k"] in("phone",) and rnd()<.5:
        if u["relay"] and dev["os"]=="ios" and rnd()<.6:
            cn=ch([y for y in VPNC if C[y]["cc"]==u["cc"]] or [u["site"]]); return v4(ch([36183,13335]),cn,False,3)
        cn=x if k in("hotel","mob","ko") else u["city"]
        if C[cn]["cc"]!=u["cc"] and rnd()<.55: return mobi(ch(bycountry(u["cc"])[:3]),u["misp"]) # roaming exits at home
        return mobi(cn,u["misp"] if C[cn]["cc"]==u["cc"] else None)
    if u["pvpn"] and k!="office" and rnd()<.6: return vpnip(u["pvpn"] if rnd()<.8 else ch(list(VPNC)))
    if u["cloud"] and dev["k"] in("pc","tool") and rnd()<.35: return u["cip"] if rnd()<.7 else hosting(u["cloud"]) # cloud desktops, own tunnels, other VPN vendors
    if k=="office":
        if BKDAY.get(x)==int((t-T0)/86400): return SEG[x+"/bk"][0]
        return ch(SEG[x][:2])
    if u["cvpn"] and rnd()<.5:
        v=(OLDV if (t-T0)/86400<VMIG else CORPV)[REG[u["cc"]]]; return ch(v)
    if k=="home":
        if u["relay"] and dev["k"]!="app" and "Mac" in str(dev.get("os")) and rnd()<.5: return v4(36183,ch([y for y in VPNC if C[y]["cc"]==u["cc"]] or [u["site"]]),False,3)
        return u["hip"]
    if k=="ko": return ch(KOIP)
    if k=="mob": return mobi(x)
    if k=="site": return ch(SEG.get(x,[stay(x)])[:2])
    if rnd()<.03: return v4(ch([40306,22351,60890]),ch(["London","Frankfurt am Main","Ashburn"]),False,2) # in-flight / satellite
    return stay(x)
def vol(u,f=1.):
    o=lognorm(u["vol"]*f,u["vs"]); o=o if o<2e9 else 2e9*(1+math.log(o/2e9)*.4); return o*u["up"]*uni(.4,1.8),o
LAST={}
def login(u,t,dev,ip,f=1.):
    day=(t-T0)/86400; did=0
    if u["cookie"] and dev["k"] in("pc","phone") and rnd()<u["cookie"]: did=hexid()
    p=u["typo"]
    if "pwchg" in u and 0<=day-u["pwchg"]<3: p+=.15
    am=u["auth"] if rnd()<.82 else ch(["sso","sso","password","mfa"])
    if dev["k"] in("app",): am="password"
    if am=="passkey" and dev["k"]=="tool": am="password"
    if rnd()<p*(1 if am in("password","mfa") else .5):
        for _ in range(min(9,1+int(R.expovariate(1.1)))):
            emit(u["id"],t,False,"login",am if am!="mfa" else "password",ip,dev,did=did); t+=uni(4,70)
            if rnd()<.02: # mistyped name
                emit((u["id"][:-1] if rnd()<.5 else u["id"].replace(".","",1)+"1"),t,False,"login","password",ip,dev,did=did); t+=uni(4,20)
        if rnd()<.10:
            emit(u["id"],t,True if rnd()<.93 else False,"password_reset",ch(["email_link","email_link","helpdesk","sms_otp"]),ip,dev,did=did); t+=uni(20,400)
        elif rnd()<.12: return
    key=(dev["id"],ip.rsplit(".",1)[0][:12]); new=key not in u["seen"]
    if u["mfa"] and dev["k"]!="app" and am!="passkey" and (am=="mfa" or rnd()<(.45 if new else .05)):
        k=0
        while rnd()<.07 and k<7: emit(u["id"],t,False,"mfa_challenge","mfa",ip,dev,did=did); t+=uni(25,90); k+=1
        if k and rnd()<.12: return
        emit(u["id"],t,True,"mfa_challenge","mfa",ip,dev,did=did); t+=uni(.6,6)
    u["seen"].add(key)
    b=vol(u,f); emit(u["id"],t,True,"login",am,ip,dev,*b,did=did); LAST.setdefault(u["id"],[]).append((t,dev,ip))

def hourfail(t): 
    d=(t-T0)/86400; return int(d)==OUT_D and OUT_H<=(d%1)*24<OUT_H+1.6
def userday(u,day):
    if day<u["start"] or day>u["end"]: return
    cc=u["cc"]; wd=day%7; loc=None
    onl=any(a<=day<=b for a,b in u["leave"])
    for a,b in u["leave"]:
        if day==b+1 and u.get("newback"): u["pc"]=mkdev("pc"); u["typo"]=max(u["typo"],.3); u["newback"]=False
    if u.get("swap")==day:
        u["pc"]=mkdev("pc")
        if rnd()<.4 and IT: # technician stages the new laptop
            it=ch(IT); t=T0+day*86400+3600*uni(7,15)-off(u["site"],T0); login(it,t-600,u["pc"],ch(SEG[u["site"]][:2]),.05)
    if u.get("pswap")==day and u["ph"]: u["ph"]=mkdev("phone")
    if rnd()<u["rot"]: u["hip"]=v6(u["hisp"],u["city"]) if u["v6"] else v4(u["hisp"],u["city"])
    if rnd()<.0012: u["hisp"]=wch(ISP[cc][0]); u["hip"]=v4(u["hisp"],u["city"])
    trip=next((x for x in u["trips"] if x[0]<=day<=x[1]),None)
    work=wd<5 and day not in HOL[cc]
    tzc=trip[2] if trip else u["city"]
    base=T0+day*86400-off(tzc,T0+day*86400)
    if onl:
        if rnd()<.12 and u["ph"]: login(u,base+3600*uni(8,22),u["ph"],mobi(ch(list(C)) if rnd()<.15 else u["city"],None),.2)
        return
    if rnd()>(u["act"] if work else (u["we"] if u["shift"]<0 or wd==6 else u["we"])): return
    if u["shift"]>=0:
        st=[6,14,22][(u["shift"]+day//7)%3]-.2; hrs=8
    else: st=u["st"]; hrs=8.6 if work else 10
    s=st+R.gauss(0,u["ssd"]) if work or u["shift"]>=0 else uni(8,20)
    if trip: loc=("office",trip[2]) if trip[3]=="site" and trip[2] in SEG else (trip[3] if trip[3]!="site" else "hotel",trip[2])
    elif u["city"]!=u["site"] and u["city"] not in SEG: loc=("home",0)
    elif rnd()<u["wfh"] or not work and u["shift"]<0: loc=("home",0)
    else: loc=("office",u["site"])
    n=1+poi(u["rate"])
    if not work: n=1+poi(.3)
    if u["role"]=="floor" and u["pc"] is None: n=1+(rnd()<.25)
    for i in range(n):
        h=s if i==0 else s+hrs*rnd()**.85
        if i and u["nightowl"] and rnd()<.25: h=uni(20,26.5)
        if i and rnd()<.07: h=uni(18,23)
        t=base+h*3600+uni(0,60); l=loc
        if h>s+hrs+.7 and loc[0]=="office" and not trip: l=("home",0)
        dev=u["pc"]
        if dev is None:
            if l[0]=="office" and rnd()<.85: dev=ch(u["kio"]); l=("office",u["site"]) if rnd()<.6 else ("kiosk",["10.%d.%d.%d"%(20+[q[0] for q in SITES].index(u["site"]),ri(1,4),ri(10,60))])
            elif u["ph"]: dev=u["ph"]; l=("home",0)
            else: continue
        else:
            q=rnd()
            if i and q<.22 and u["ph"]: dev=u["ph"]
            elif q<.26 and u["app"]: dev=u["app"]
            elif u["tab"] and q<.34: dev=u["tab"]
            elif u["hpc"] and l[0]=="home" and q<.5: dev=u["hpc"]
            elif l[0]=="office" and q>.985: dev=ch(MEET[u["site"]])
            elif u["role"]=="it" and q>.965: dev=mkdev("tool")
            elif l[0]=="hotel" and q>.97: dev=mkdev("pc") # business-centre machine
        ip=where(u,t,l,dev); f=1.
        if rnd()<.012: f=uni(5,40)   # big legitimate pull: CAD set, quarter close, mailbox export
        if hourfail(t) and rnd()<.7:
            for _ in range(ri(1,6)): emit(u["id"],t,False,"login","sso",ip,dev); t+=uni(20,400)
            if rnd()<.6: continue
        login(u,t,dev,ip,f)
    if u.get("pwchg")==day:
        t=base+3600*(s+uni(0,6)); dev=u["pc"] or ch(u["kio"]); ip=where(u,t,loc,dev)
        emit(u["id"],t,True,"password_reset",ch(["email_link","email_link","sms_otp","helpdesk"]),ip,dev)
        if u["ph"] and rnd()<.3: # phone keeps the old password
            for _ in range(ri(4,45)): t+=R.expovariate(1/900); emit(u["id"],t,False,"login","password",where(u,t,loc,u["ph"]),u["ph"])
    if u["end"]==day and not u["dorm"] and rnd()<.3: login(u,base+3600*(s+5),u["pc"] or ch(u["kio"]),u["hip"],uni(4,20))
for day in range(DAYS):
    for u in U: userday(u,day)
# delegates using an executive's account
for e in [u for u in U if u["role"]=="exec"]:
    if rnd()<.5:
        a=ch([u for u in U if u["role"]=="office" and u["site"]==e["site"] and u["pc"]])
        for d in range(DAYS):
            if d%7<5 and rnd()<.3: login(e,T0+d*86400+uni(8,16)*3600-off(e["site"],T0),a["pc"],ch(SEG[e["site"]][:2]),.4)
# service accounts, monitoring, broken jobs
SVC=[]
for i in range(16):
    n="svc-"+["backup","erp-sync","mes","scan","print","hr-feed","bi","plm","edi","monitor","badge","mailrelay","ci","helpdesk-bot","rpa01","rpa02"][i]
    u=dict(id=n,site=ch(SITES)[0],vol=lognorm(8e5,1),vs=.3,up=.5,seen=set()); d=mkdev("tool"); ip=ch(SEG[u["site"]]) if rnd()<.55 else v4(ch([16509,8075]),"Frankfurt am Main",False,3)
    per=ch([3600*4,3600*6,86400,86400,3600*3]); t=T0+uni(0,per); bad=(ri(5,50),ri(1,3)) if rnd()<.4 else None
    u.update(pc=d,ip=ip); SVC.append(u)
    while t<END:
        dd=(t-T0)/86400
        if bad and bad[0]<=dd<bad[0]+bad[1]:
            for k in range(ri(2,9)): emit(n,t+k*30+uni(0,4),False,"login","password",ip,d)
        else: emit(n,t,True,"login","password",ip,d,*vol(u))
        t+=per+R.gauss(0,20)

# ---------------- attacks ----------------
CAMP=0; USED={}
ACT=[u for u in U if u["id"] in LAST and len(LAST[u["id"]])>=8 and not u["dorm"]]
def hist(u,t): return [x for x in LAST.get(u["id"],[]) if x[0]<t]
def pick(t,cond=lambda u:True,n=1,reuse=2):
    o=[]; tries=0
    while len(o)<n and tries<4000:
        tries+=1; u=ch(ACT)
        if u["start"]+9>(t-T0)/86400 or u["end"]<(t-T0)/86400+1 or u in o or USED.get(u["id"],0)>=reuse or not cond(u): continue
        o.append(u); USED[u["id"]]=USED.get(u["id"],0)+1
    return o
def anyone(n): return R.sample(U,min(n,len(U)))
def when(u,t,mode):
    """move t to a plausible hour: victim's hours, the attacker's office hours, or night"""
    d=int((t-T0)//86400)
    if mode=="vict":
        while d%7>4: d+=1
        b=T0+d*86400-off(u["city"],t); return b+3600*((u["st"] if u.get("shift",-1)<0 else 8)+uni(-.3,9))
    if mode=="night": return T0+d*86400-off(u["city"],t)+3600*uni(0,5.2)
    if mode=="eve": return T0+d*86400-off(u["city"],t)+3600*uni(18,24)
    return T0+d*86400+3600*uni(5,18)
def own(u,t):
    """machine and home address the person had at that time"""
    h=[y for y in hist(u,t) if y[1]["k"]=="pc"][-12:]; d=h[-1][1] if h else u["pc"]
    hm=[y[2] for y in h if GEO.get(y[2],(0,))[0]==u["hisp"] and y[2] not in SEG[u["site"]]]
    return d,(hm[-1] if hm else u["hip"])
def clone(dev): # a client imitating another
    d=dict(dev); d["id"]=hexid(); 
    return d
def like(u):
    for _ in range(3):
        x=ch(LAST[u["id"]])[1]
        if x["k"]=="pc": break
    else: x=mkdev("pc")
    return clone(x)
def hostcc(cc):
    l=[x for x in HOST if C[x]["cc"]==cc]; return hosting(ch(l) if l else None)
def src(u,sty,cc=None):
    cc=u.get("cc") or C[u["site"]]["cc"]
    if sty=="loud": return ch([lambda:hosting(),lambda:resi(ch(BAD)),lambda:mobi(ch(BAD))])()
    if sty=="ord": return ch([lambda:resi(ch(WORLD)),lambda:vpnip(ch(list(VPNC))),lambda:hostcc(cc),lambda:resi(ch(bycountry(cc)))])()
    return resi(ch(bycountry(cc))) if rnd()<.8 else mobi(ch(bycountry(cc)))
def enter(u,t,dev,ip,att,f=1.,am=None,did=0,mfa=None):
    if am is None: am="password" if not u.get("mfa") or rnd()<.45 else ch(["mfa","mfa","sso"])
    if am=="mfa" or mfa: emit(u["id"],t,True,"mfa_challenge","mfa",ip,dev,att=att,did=did); t+=uni(1,9)
    b=vol(u,f); emit(u["id"],t,True,"login",am,ip,dev,*b,att=att,did=did)
def fail(uid,t,dev,ip,att,did=0,am="password"): emit(uid,t,False,"login",am,ip,dev,att=att,did=did)
def F(sty): return {"loud":lognorm(4,.8),"ord":lognorm(1.6,.7),"careful":lognorm(.7,.5)}[sty]
def cdev(sty): return mkdev(wch([("tool",6 if sty=="loud" else 2 if sty=="ord" else 0),("pc",4),("app",1.2),("phone",.5)]))
def follow(u,t,sty,att,dev=None,ip=None,n=None):
    """work in a conquered account"""
    dev=dev or (like(u) if sty=="careful" else mkdev("pc")); ip=ip or src(u,sty)
    for k in range(n if n is not None else ri(1,4)):
        enter(u,t,dev,ip if rnd()<.7 else src(u,sty),att,F(sty)); t+={"loud":uni(300,14000),"ord":uni(3000,100000),"careful":uni(40000,260000)}[sty]
        if sty=="careful": t=when(u,t,"vict")
def cleanup(u,t,p=.4): # honest answer of the help desk
    if rnd()<p and u.get("pc") and u.get("cc"):
        t=t+uni(3600,70000); x=when(u,t,"vict"); 
        if x<t: x+=86400
        if (x-T0)//86400%7<5: emit(u["id"],x,True,"password_reset","helpdesk",ch(SEG[u["site"]][:2]),own(u,x)[0])
def junk(u): return u["id"].split(".")[0]+"."+ch(LN["DE"]) if rnd()<.7 else u["id"][0]+ch(LN["US"])
def many(sty,t,att,N,span,per,spray):
    us=anyone(N); pool={"loud":[hosting() for _ in range(ri(1,4))],"ord":[ch([hosting,lambda:vpnip(ch(list(VPNC))),lambda:resi(ch(WORLD))])() for _ in range(ri(6,30))]}.get(sty)
    devs=[cdev(sty) for _ in range(ri(1,4))]; hits=poi({"loud":1.2,"ord":1.2,"careful":1.3}[sty]); hs=set(R.sample(range(N),min(hits,N)))
    rounds=per if spray else 1
    for r in range(rounds):
        R.shuffle(us); tt=t+r*span*1.15
        for i,u in enumerate(us):
            x=tt+span*(i+rnd())/N
            if sty=="careful" and rnd()<.85: x=when(u,x,"vict")
            ip=ch(pool) if pool else (src(u,"careful") if rnd()<.75 else v4(16509,ch(["Frankfurt am Main","Ashburn","London","Mumbai"]),False,30))
            d=ch(devs) if sty!="careful" else (mkdev("pc") if rnd()<.8 else mkdev("app"))
            did=0 if d["id"] is None or rnd()<.4 else hexid()
            name=u["id"] if rnd()>(.1 if sty!="careful" else .03) else junk(u)
            for k in range(1 if spray else (1 if rnd()<.75 else ri(2,per))): fail(name,x,d,ip,att,did); x+=uni(.8,25) if sty!="careful" else uni(30,400)
            if r==rounds-1 and i in hs and name==u["id"] and u["end"]>59 and u["id"] in LAST and LAST[u["id"]][0][0]<x:
                if rnd()<.5: emit(u["id"],x,True,"login","password",ip,d,*[v*.02 for v in vol(u)],att=att,did=did)
                else: emit(u["id"],x,False,"mfa_challenge","mfa",ip,d,att=att,did=did)
                if rnd()<.75: follow(u,x+uni(600,60000),sty,att); cleanup(u,x,.5)
def a_stuff(sty,t,att): many(sty,t,att,{"loud":ri(90,260),"ord":ri(35,95),"careful":ri(10,34)}[sty],{"loud":uni(1200,9000),"ord":uni(20000,90000),"careful":uni(2,7)*86400}[sty],3,False)
def a_spray(sty,t,att):
    many(sty,t,att,{"loud":ri(150,420),"ord":ri(50,130),"careful":ri(14,45)}[sty],{"loud":uni(900,5400),"ord":uni(7000,50000),"careful":uni(2,5)*86400}[sty],{"loud":1,"ord":ri(1,3),"careful":ri(1,2)}[sty],True)
def a_brute(sty,t,att):
    us=pick(t,n=1 if rnd()<.7 else ri(2,3))
    if rnd()<.15: us=[ch(SVC)]
    for u in us:
        n={"loud":ri(90,380),"ord":ri(25,90),"careful":ri(8,28)}[sty]//(1 if len(us)==1 else 2); d=cdev(sty) if sty!="careful" else (like(u) if u in ACT else mkdev("tool"))
        pool=[src(u,sty) for _ in range({"loud":ri(1,3),"ord":ri(2,9),"careful":ri(3,12)}[sty])]; x=t
        for i in range(n):
            fail(u["id"],x,d,ch(pool),att,0 if rnd()<.7 or not d["id"] else hexid())
            x+={"loud":R.expovariate(1/8.),"ord":R.expovariate(1/1100.),"careful":R.expovariate(1/22000.)}[sty]
            if sty=="careful" and rnd()<.8 and u in ACT: x=max(x,min(when(u,x,"vict"),x+43200))
        if rnd()<.55:
            enter(u,x,d,ch(pool),att,.1,"password")
            if u in ACT: follow(u,x+uni(600,30000),sty,att); cleanup(u,x)
def a_stolen(sty,t,att):
    u=pick(t)[0]; d=like(u) if sty=="careful" else mkdev("pc"); ip=src(u,sty); x=when(u,t,{"loud":ch(["night","op"]),"ord":ch(["op","eve","vict"]),"careful":"vict"}[sty])
    if rnd()<.3: fail(u["id"],x,d,ip,att); x+=uni(10,90)
    follow(u,x,sty,att,d,ip,{"loud":ri(3,9),"ord":ri(2,5),"careful":ri(1,4)}[sty]); cleanup(u,x+3e5,.3)
def a_anon(sty,t,att):
    for u in pick(t,n=ch([1,1,2,3]) if sty!="careful" else 1):
        d=mkdev("pc") if sty!="careful" else like(u); x=when(u,t,{"loud":"night","ord":"op","careful":"vict"}[sty])
        if sty=="loud" and rnd()<.7: d["os"]="Windows NT 10.0; Win64; x64"; d["br"]="firefox"; d["pin"]=140
        near=[c for c in VPNC if C[c]["cc"]==u["cc"]] or list(VPNC)
        for k in range({"loud":ri(4,12),"ord":ri(2,6),"careful":ri(1,4)}[sty]):
            ip=ch(TOR) if sty=="loud" else (ch(TOR) if rnd()<.25 else vpnip(ch(list(VPNC)))) if sty=="ord" else vpnip(ch(near))
            if rnd()<{"loud":.35,"ord":.2,"careful":.08}[sty]: fail(u["id"],x-uni(10,80),d,ip,att)
            enter(u,x,d,ip,att,F(sty),did=0 if rnd()<.7 else hexid()); x+={"loud":uni(300,9000),"ord":uni(4000,90000),"careful":uni(50000,250000)}[sty]
            if sty=="careful": x=when(u,x,"vict")
def a_fatigue(sty,t,att):
    u=pick(t,lambda u:u["mfa"])[0]; d=mkdev("pc") if sty!="careful" else like(u); ip=src(u,sty); n={"loud":ri(14,48),"ord":ri(5,13),"careful":ri(2,4)}[sty]
    x=when(u,t,{"loud":"night","ord":ch(["eve","night","vict"]),"careful":"vict"}[sty])
    if sty=="careful":
        h=[y for y in LAST[u["id"]] if t<=y[0]<t+5*86400]
        if h: x=ch(h)[0]+uni(20,500) # prompt rides on the victim's own sign-in
    for i in range(n):
        if rnd()<.35: emit(u["id"],x-uni(1,4),False,"login","password",ip,d,att=att)
        emit(u["id"],x,False,"mfa_challenge","mfa",ip,d,att=att); x+={"loud":uni(20,120),"ord":uni(60,1500),"careful":uni(300,30000)}[sty]
        if rnd()<.06: ip=src(u,sty)
    if rnd()<.62: enter(u,x,d,ip,att,F(sty),"mfa"); follow(u,x+uni(900,40000),sty,att,d,ip,ri(0,3)); cleanup(u,x)
def a_session(sty,t,att):
    u=pick(t)[0]; h=[y for y in LAST[u["id"]] if t<=y[0]<t+6*86400 and y[1]["k"] in("pc","phone")] or LAST[u["id"]][-1:]; y=ch(h)
    x=y[0]+{"loud":uni(120,3000),"ord":uni(600,20000),"careful":uni(3000,90000)}[sty]; d=dict(y[1])
    if sty=="loud" and rnd()<.7: e=mkdev(ch(["pc","tool"])); e["id"]=d["id"]; d=e
    elif sty=="ord" and rnd()<.4: e=mkdev("pc"); e["id"]=d["id"]; d=e
    if rnd()<.2: d["id"]=hexid()
    ip=src(u,sty)
    for k in range({"loud":ri(3,10),"ord":ri(2,5),"careful":ri(1,3)}[sty]):
        b=vol(u,F(sty)); emit(u["id"],x,True,"login","sso" if rnd()<.85 else "passkey" if u["auth"]=="passkey" else "mfa",ip,d,*b,att=att)
        x+={"loud":uni(100,3000),"ord":uni(1500,40000),"careful":uni(20000,120000)}[sty]
        if rnd()<.3: ip=src(u,sty)
def a_insider(sty,t,att):
    u=pick(t,lambda u:u["pc"] and u["role"] not in("floor",))[0]; x=t
    for k in range({"loud":ri(4,10),"ord":ri(3,7),"careful":ri(3,8)}[sty]):
        m={"loud":ch(["night","night","eve"]),"ord":ch(["eve","night","vict"]),"careful":ch(["vict","vict","eve"])}[sty]
        x=max(when(u,x,m),t); f={"loud":lognorm(22,.5),"ord":lognorm(7,.4),"careful":lognorm(2.6,.35)}[sty]
        h=[y for y in hist(u,x) if y[1]["k"]=="pc"][-6:]; dev,ip=(ch(h)[1:] if h else (u["pc"],u["hip"]))
        if m!="vict": ip=own(u,x)[1] if rnd()<.75 else ip
        b=vol(u,f); am=u["auth"] if rnd()<.8 else "sso"
        if u["mfa"] and am=="mfa": emit(u["id"],x-uni(1,5),True,"mfa_challenge","mfa",ip,dev,att=att)
        emit(u["id"],x,True,"login",am,ip,dev,b[0]*(1 if rnd()<.7 else 6),b[1],att=att); x+=86400*uni(.1,1.6) if sty!="loud" else uni(1500,50000)
def a_near(sty,t,att):
    u=pick(t)[0]; d=mkdev("pc" if rnd()<.7 else "phone") if sty!="careful" or rnd()<.3 else like(u); x=when(u,t,{"loud":"night","ord":ch(["eve","vict"]),"careful":"vict"}[sty])
    def net():
        if sty=="careful": return own(u,x)[1] if rnd()<.2 else (v6 if u["v6"] and rnd()<.5 else v4)(u["hisp"],u["city"])
        if rnd()<.2: return v4(u["hisp"],ch(bycountry(u["cc"])))
        return resi(u["city"]) if rnd()<.7 else mobi(u["city"])
    ip=net()
    for k in range({"loud":ri(3,9),"ord":ri(2,5),"careful":ri(1,4)}[sty]):
        for _ in range({"loud":ri(0,7),"ord":ri(0,2) if k==0 else 0,"careful":int(rnd()<.12)}[sty]): fail(u["id"],x,d,ip,att); x+=uni(6,60)
        enter(u,x,d,ip,att,F(sty)); x+={"loud":uni(900,30000),"ord":uni(9000,120000),"careful":uni(50000,260000)}[sty]
        if sty=="careful": x=when(u,x,"vict")
        if rnd()<.3: ip=net()
DORM=[u for u in dp if LAST.get(u["id"])]; R.shuffle(DORM)
def a_dorm(sty,t,att):
    t=max(t,T0+uni(26,50)*86400)
    for _ in range({"loud":ri(1,4),"ord":ch([1,1,2]),"careful":1}[sty]):
        if not DORM: return
        u=DORM.pop(); d=mkdev("pc") if sty!="careful" else like(u); ip=src(u,sty); x=when(u,t+uni(0,9000),{"loud":"night","ord":"op","careful":"vict"}[sty])
        for _ in range({"loud":ri(0,8),"ord":ri(0,3),"careful":int(rnd()<.25)}[sty]): fail(u["id"],x,d,ip,att); x+=uni(5,200)
        follow(u,x,sty,att,d,ip,{"loud":ri(2,6),"ord":ri(1,4),"careful":ri(1,3)}[sty])
def a_reset(sty,t,att):
    u=pick(t)[0]; d=mkdev("pc") if sty!="careful" or rnd()<.4 else like(u); ip=src(u,sty); x=when(u,t,{"loud":ch(["night","op"]),"ord":ch(["op","eve"]),"careful":"vict"}[sty])
    for _ in range({"loud":ri(1,8),"ord":ri(0,3),"careful":int(rnd()<.2)}[sty]):
        if rnd()<.5: fail(u["id"],x,d,ip,att)
        else: emit(u["id"],x,False,"password_reset",ch(["email_link","sms_otp","helpdesk"]),ip,d,att=att)
        x+=uni(20,300)
    emit(u["id"],x,True,"password_reset",ch(["helpdesk","helpdesk","email_link","sms_otp"]),ip,d,att=att); x+={"loud":uni(20,200),"ord":uni(60,2500),"careful":uni(300,30000)}[sty]
    enter(u,x,d,ip,att,F(sty)); follow(u,x+uni(1500,60000),sty,att,d,ip,{"loud":ri(2,5),"ord":ri(1,3),"careful":ri(0,2)}[sty])
    if u["pc"] and rnd()<.5: # the locked-out owner
        y=max(when(u,x+4000,"vict"),x+4000); od,oi=own(u,x)
        for _ in range(ri(1,5)): emit(u["id"],y,False,"login","password",oi,od); y+=uni(8,90)
        emit(u["id"],y+900,True,"password_reset","helpdesk",oi,od)
def a_shared(sty,t,att):
    us=pick(t,n={"loud":ri(8,18),"ord":ri(4,8),"careful":ri(2,4)}[sty]); d=mkdev("pc") if sty!="careful" else like(us[0]); d["id"]=hexid(); x=t; ip=src(us[0],sty)
    for u in us:
        if sty!="loud" or rnd()<.25: ip=src(u,sty) if rnd()<(.9 if sty=="careful" else .5) else ip
        if sty=="careful": x=max(when(u,x,"vict"),x)
        if rnd()<{"loud":.4,"ord":.25,"careful":.1}[sty]: fail(u["id"],x,d,ip,att); x+=uni(8,60)
        for k in range(1 if rnd()<.65 else 2): enter(u,x+k*uni(300,4000),d,ip,att,F(sty)*.6)
        x+={"loud":uni(60,1500),"ord":uni(1500,40000),"careful":uni(20000,230000)}[sty]
FAM=[("credential_stuffing",a_stuff),("password_spray",a_spray),("brute_force",a_brute),("stolen_credentials",a_stolen),("anonymiser",a_anon),("mfa_fatigue",a_fatigue),("session_theft",a_session),("insider",a_insider),("near_takeover",a_near),("dormant_revival",a_dorm),("reset_takeover",a_reset),("shared_device",a_shared)]
plan=[(f,["loud","ord","careful"][i%3]) for f in FAM for i in range(ri(14,17))]; R.shuffle(plan)
for i,((n,fn),sty) in enumerate(plan):
    d=15+43.5*(i+rnd())/len(plan)
    if sty=="careful" and n in("credential_stuffing","password_spray","brute_force","shared_device"): d=min(d,53)
    before=len(EV); k=0
    while len(EV)==before and k<6:
        dd=min(d,56) if k else d
        fn(sty,T0+dd*86400,(n,"c-%s"%hexid(10))); k+=1
        if len(EV)==before: d=uni(16,54)
EV.sort(key=lambda e:e["t"])
with open(OUT,"w") as f:
    for e in EV:
        t=e.pop("t"); o={"event_id":hexid(20),"tenant":TENANT,"user_id":e.pop("user_id"),"timestamp":(datetime.fromtimestamp(int(t),timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")+".%03dZ"%int((t%1)*1000))}
        o.update(e); f.write(json.dumps(o,ensure_ascii=False)+"\n")
