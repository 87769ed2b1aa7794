use std::io::Write;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let out = &args[1];
    let paths: Vec<std::path::PathBuf> = args[2..].iter().map(Into::into).collect();
    let data = nightlatch::offline::Dataset::load(&paths, &nightlatch::login::IdHasher::default(), i64::MAX, |_| ()).unwrap();
    let rows = data.replay_by_labels(&Default::default(), |_| ());
    let mut f = std::io::BufWriter::new(std::fs::File::create(format!("{out}.f32")).unwrap());
    for r in &rows { for v in r { f.write_all(&v.to_le_bytes()).unwrap(); } }
    let mut m = std::io::BufWriter::new(std::fs::File::create(format!("{out}.meta")).unwrap());
    for l in &data.logins {
        writeln!(m, "{},{},{},{},{},{}", l.login.time_ms, u8::from(l.attack), l.campaign.map_or(-1, |c| i64::from(c)), l.family.map_or("-", |c| &data.families[c as usize]), u8::from(l.login.success), l.login.user.short()).unwrap();
    }
    let names: Vec<_> = nightlatch::features::FEATURES.iter().map(|f| f.name).collect();
    std::fs::write(format!("{out}.names"), names.join("\n")).unwrap();
}
