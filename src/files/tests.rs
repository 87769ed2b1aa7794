use super::*;

static COLUMNS: &[Column] = &[
    Column {
        name: "user_id",
        kind: ColumnKind::Text,
    },
    Column {
        name: "timestamp",
        kind: ColumnKind::Text,
    },
    Column {
        name: "success",
        kind: ColumnKind::Bool,
    },
    Column {
        name: "asn",
        kind: ColumnKind::Integer,
    },
    Column {
        name: "latitude",
        kind: ColumnKind::Float,
    },
    Column {
        name: "longitude",
        kind: ColumnKind::Float,
    },
    Column {
        name: "city",
        kind: ColumnKind::Text,
    },
];

fn row(index: i64) -> Vec<Value> {
    vec![
        Value::Text(format!("user, \"{index}\"")),
        Value::Text("2025-06-12 12:46:42".to_owned()),
        Value::Bool(index % 2 == 0),
        if index % 3 == 0 {
            Value::Null
        } else {
            Value::Integer(64_500 + index)
        },
        Value::Float(46.95),
        Value::Float(7.45),
        Value::Text("Zürich".to_owned()),
    ]
}

#[test]
fn every_kind_of_file_gives_back_the_same_logins() {
    let folder = tempfile::tempdir().unwrap();
    let mut all: Vec<Vec<String>> = Vec::new();
    for name in [
        "a.ndjson",
        "a.ndjson.gz",
        "a.jsonl.zst",
        "a.csv",
        "a.csv.gz",
        "a.csv.zst",
        "a.parquet",
    ] {
        let path = folder.path().join(name);
        let mut writer = Writer::create(&path, COLUMNS).unwrap();
        for index in 0..1000 {
            writer.write(row(index)).unwrap();
        }
        assert!(!path.exists(), "{name} has its name before it is whole");
        writer.finish().unwrap();
        let rows: Vec<Row> = open(&path).unwrap().map(Result::unwrap).collect();
        all.push(
            rows.iter()
                .map(|row| serde_json::to_string(&row.event().unwrap()).unwrap())
                .collect(),
        );
    }
    assert_eq!(all[0].len(), 1000);
    assert!(
        all[0][1].contains("Zürich") && all[0][1].contains("64501"),
        "{}",
        all[0][1]
    );
    assert!(all.iter().all(|rows| *rows == all[0]));
}

#[test]
fn a_file_that_is_not_what_it_says_is_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let first = open(&path).map(|mut rows| rows.next());
        match first {
            Err(error) | Ok(Some(Err(error))) => error.to_string(),
            Ok(_) => panic!("{name} was read"),
        }
    };
    assert!(write("a.csv", b"name,when\nx,y\n").contains("no column `user_id`"));
    assert!(write("b.parquet", b"not parquet at all").contains("b.parquet"));
    assert!(write("c.ndjson.gz", b"not gzip").contains("c.ndjson.gz"));
    assert!(write("d.txt", b"x").contains("unknown kind of file"));
    assert!(open(std::path::Path::new("/nowhere/x.csv")).is_err());
}

#[test]
fn a_huge_line_is_one_rejected_row_and_the_next_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ndjson");
    let good = r#"{"user_id":"u","timestamp":"2025-06-12 12:46:42","success":1}"#;
    std::fs::write(&path, format!("{good}\n{}\n\n{good}", "x".repeat(3 << 20))).unwrap();
    let rows: Vec<bool> = open(&path)
        .unwrap()
        .map(|row| row.unwrap().event().is_ok())
        .collect();
    assert_eq!(rows, [true, false, true]);
}
