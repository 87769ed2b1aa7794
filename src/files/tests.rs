use std::fs;
use std::path::Path;

use super::*;
use crate::login::{Presence, RejectReason, Rejected};

/// What a row may be, bytes.
const MOST: usize = 64 * 1024;

/// The logins of a file, as JSON, and why rows are none.
fn read(path: &Path) -> Result<Vec<Result<String, Rejected>>, FileError> {
    let mut reader = Reader::open(path, MOST)?;
    let (mut chunk, mut all) = (reader.chunk(), Vec::new());
    while reader.read(&mut chunk)? {
        let text = |event| serde_json::to_string(&event).map_err(|_| unreachable!());
        all.extend(chunk.parse(&mut Presence::default(), text));
    }
    Ok(all)
}

/// Reads bytes under a name.
fn read_as(name: &str, bytes: &[u8]) -> Result<Vec<Result<String, Rejected>>, FileError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    read(&path)
}

const LOGIN: &str = r#"{"user_id":"u","timestamp":"2025-06-12 12:46:42","success":1}"#;

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
        all.push(
            read(&path)
                .unwrap()
                .into_iter()
                .map(Result::unwrap)
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
fn rows_written_together_are_the_rows_written_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.ndjson", "a.csv", "a.parquet"] {
        let (one, all) = (
            folder.path().join(name),
            folder.path().join(format!("b{name}")),
        );
        let mut writer = Writer::create(&one, COLUMNS).unwrap();
        (0..1000).for_each(|index| writer.write(row(index)).unwrap());
        writer.finish().unwrap();
        let mut writer = Writer::create(&all, COLUMNS).unwrap();
        writer.write_all((0..1000).map(row).collect()).unwrap();
        writer.finish().unwrap();
        assert!(fs::read(one).unwrap() == fs::read(all).unwrap(), "{name}");
    }
}

#[test]
fn a_file_that_is_not_what_it_says_is_named_in_the_error() {
    let refused = |name: &str, bytes: &[u8]| match read_as(name, bytes) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("{name} was read"),
    };
    assert!(refused("a.csv", b"name,when\nx,y\n").contains("no column `user_id`"));
    assert!(refused("b.parquet", b"not parquet at all").contains("b.parquet"));
    assert!(refused("c.ndjson.gz", b"not gzip").contains("c.ndjson.gz"));
    assert!(refused("d.txt", b"x").contains("unknown kind of file"));
    assert!(refused("e.csv", b"").contains("empty"));
    let alike = refused("f.csv", b"User_ID,timestamp,success\n");
    assert!(alike.contains("rename `User_ID`"), "{alike}");
    let twice = refused("g.csv", b"user_id,timestamp,success,user_id\n");
    assert!(twice.contains("`user_id` stands twice"), "{twice}");
    assert!(read(Path::new("/nowhere/x.csv")).is_err());
}

#[test]
fn what_is_compressed_is_read_whatever_its_name() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, LOGIN.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::encode_all(LOGIN.as_bytes(), 3).unwrap();
    let plain = read_as("a.ndjson", LOGIN.as_bytes()).unwrap();
    for name in ["a.ndjson", "a.ndjson.gz", "a.ndjson.zst", "a", "a.log"] {
        assert_eq!(read_as(name, &gzip).unwrap(), plain, "{name}");
        assert_eq!(read_as(name, &zstd).unwrap(), plain, "{name}");
    }
}

#[test]
fn a_table_is_read_with_any_usual_separator_and_byte_order_mark() {
    let comma = "user_id,timestamp,success\nu,2025-06-12 12:46:42,1\n";
    let expected = read_as("a.csv", comma.as_bytes()).unwrap();
    assert!(expected[0].is_ok());
    for separator in [";", "\t", "|"] {
        let text = comma.replace(',', separator);
        assert_eq!(read_as("a.csv", text.as_bytes()).unwrap(), expected);
        let marked = format!("\u{feff}{text}");
        assert_eq!(read_as("a.txt", marked.as_bytes()).unwrap(), expected);
    }
}

#[test]
fn a_row_is_too_large_where_a_message_would_be_and_the_next_is_read() {
    let padded = |bytes: usize| format!("{LOGIN}{}", " ".repeat(bytes - LOGIN.len() - 1) + "x");
    let fits = LOGIN.replace(
        '}',
        &format!(r#","x":"{}"}}"#, "x".repeat(MOST - LOGIN.len() - 7)),
    );
    assert_eq!(fits.len(), MOST);
    let text = format!(
        "{LOGIN}\n{}\n\n{fits}\n{}\r\n{LOGIN}",
        "x".repeat(3 << 20),
        padded(MOST + 1)
    );
    let reason = |row: Result<String, Rejected>| row.err().map(|rejected| rejected.reason);
    let reasons: Vec<_> = read_as("a.ndjson", text.as_bytes())
        .unwrap()
        .into_iter()
        .map(reason)
        .collect();
    let large = Some(RejectReason::TooLarge);
    assert_eq!(reasons, [None, large, None, large, None]);
    let table = format!(
        "user_id,timestamp,success,city\nu,2025-06-12 12:46:42,1,{}\nu,2025-06-12 12:46:42,1,\n",
        "x".repeat(MOST)
    );
    let rows = read_as("a.csv", table.as_bytes()).unwrap();
    assert_eq!(
        rows.into_iter().map(reason).collect::<Vec<_>>(),
        [large, None]
    );
}

#[test]
fn a_file_without_line_breaks_or_with_an_open_quote_does_not_fill_the_memory() {
    let endless = vec![b'x'; 40 << 20];
    let rows = read_as("a.ndjson", &endless).unwrap();
    assert_eq!(rows, [Err(Rejected::new(RejectReason::TooLarge))]);
    let quoted = [b"user_id,timestamp,success\n\"", endless.as_slice()].concat();
    let error = read_as("a.csv", &quoted).unwrap_err().to_string();
    assert!(error.contains("quote"), "{error}");
}

#[test]
fn a_refused_row_is_told_with_its_value_cut_and_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let told = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let mut reader = Reader::open(&path, MOST).unwrap();
        let mut chunk = reader.chunk();
        assert!(reader.read(&mut chunk).unwrap());
        let mut rows = chunk
            .parse(&mut Presence::default(), |_| Ok(()))
            .enumerate();
        let (index, rejected) = rows
            .find_map(|(index, row)| Some((index, row.err()?)))
            .unwrap();
        chunk.refusal(index, rejected).to_string()
    };
    let bad = LOGIN.replace("2025-06-12 12:46:42", "\\u001b[31myesterday");
    assert_eq!(
        told("a.ndjson", &format!("{LOGIN}\n{bad}\n")),
        r#"row 2: bad_timestamp (timestamp): "\u{1b}[31myesterday""#
    );
    assert_eq!(
        told("a.csv", "user_id,timestamp,success\nu,yesterday,1\n"),
        r#"row 1: bad_timestamp (timestamp): "yesterday""#
    );
    let long = told("a.ndjson", &"long ".repeat(100));
    assert_eq!(long.matches("long").count(), 8, "{long}");
    assert!(
        long.starts_with("row 1: not_json: ") && long.ends_with("\"..."),
        "{long}"
    );
}

#[test]
fn an_unfinished_output_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ndjson");
    fs::write(&path, "before").unwrap();
    let mut writer = Writer::create(&path, COLUMNS).unwrap();
    writer.write_all((0..10_000).map(row).collect()).unwrap();
    drop(writer);
    assert_eq!(fs::read_to_string(&path).unwrap(), "before");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_output_keeps_links_and_permissions() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real"), folder.path().join("link"));
    fs::write(&real, "before").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&real, &link).unwrap();
    Output::create(&link)
        .unwrap()
        .write_whole(b"after")
        .unwrap();
    assert!(link.is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "after");
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn an_input_is_known_by_any_name() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a"), "").unwrap();
    fs::write(path("other"), "").unwrap();
    symlink(path("a"), path("link")).unwrap();
    fs::hard_link(path("a"), path("twin")).unwrap();
    let input = path("a");
    for name in ["a", "link", "twin", "./a"] {
        assert!(
            refuse_overwrite([input.as_path()], &path(name)).is_err(),
            "{name}"
        );
    }
    for name in ["other", "new"] {
        assert!(
            refuse_overwrite([input.as_path()], &path(name)).is_ok(),
            "{name}"
        );
    }
    let null = Path::new("/dev/null");
    assert!(refuse_overwrite([null], null).is_ok());
}

#[test]
fn a_device_takes_any_format_and_a_name_that_says_nothing_needs_one() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join("scores");
    for format in [Format::Ndjson, Format::Csv, Format::Parquet] {
        for path in [Path::new("/dev/null"), &named] {
            let mut writer = Writer::create_as(path, COLUMNS, Some(format)).unwrap();
            writer.write(row(1)).unwrap();
            writer.finish().unwrap();
        }
    }
    Writer::create(Path::new("/dev/null"), COLUMNS)
        .unwrap()
        .finish()
        .unwrap();
    let unknown = Writer::create(&folder.path().join("new"), COLUMNS);
    assert!(matches!(unknown, Err(FileError::UnknownOutput { .. })));
}
