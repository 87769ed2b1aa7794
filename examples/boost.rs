use nightlatch::forest::boosted::{self,BoostedOptions};
use nightlatch::forest::random::{self,RandomOptions};
use std::io::Write;
fn main(){ let a:Vec<String>=std::env::args().collect(); let nf:usize=a[2].parse().unwrap();
 let rd=|p:&str|->Vec<f32>{std::fs::read(p).unwrap().chunks(4).map(|c|f32::from_le_bytes(c.try_into().unwrap())).collect()};
 let x=rd(&format!("{}.x",a[1])); let y=rd(&format!("{}.y",a[1])); let w=rd(&format!("{}.w",a[1])); let xt=rd(&format!("{}.xt",a[1]));
 let rows:Vec<&[f32]>=x.chunks(nf).collect(); let lab:Vec<bool>=y.iter().map(|v|*v>0.5).collect(); let wt:Vec<f64>=w.iter().map(|v|f64::from(*v)).collect();
 let t=std::time::Instant::now();
 let o=BoostedOptions{trees:a[3].parse().unwrap(),feature_share:a[4].parse().unwrap(),learning_rate:a[5].parse().unwrap(),min_rows_leaf:a[6].parse().unwrap(),leaves:a[7].parse().unwrap(),..Default::default()};
 let trees=boosted::train(&rows,&lab,&wt,o);
 eprintln!("{:?}",t.elapsed());
 let mut f=std::io::BufWriter::new(std::fs::File::create(format!("{}.s",a[1])).unwrap());
 for r in xt.chunks(nf){ let s:f32=trees.iter().map(|t|t.nodes[t.leaf(r)].value).sum(); f.write_all(&s.to_le_bytes()).unwrap(); }
 let t=std::time::Instant::now();
 if a.len()>8 { let rf=random::train(&rows,&lab,Some(&wt),RandomOptions{trees:100,max_depth:14,min_samples_leaf:3,features_per_split:Some(12),seed:1}).unwrap(); eprintln!("rf {:?}",t.elapsed());
 let mut f=std::io::BufWriter::new(std::fs::File::create(format!("{}.r",a[1])).unwrap());
 for r in xt.chunks(nf){ let s:f32=rf.iter().map(|t|t.nodes[t.leaf(r)].value).sum(); f.write_all(&s.to_le_bytes()).unwrap(); } }
}
