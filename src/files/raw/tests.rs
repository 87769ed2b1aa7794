use std::io::Write as _;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// The records of a file of that name and content.
fn read(name: &str, content: &[u8]) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::File::create(&path)
        .unwrap()
        .write_all(content)
        .unwrap();
    records_of(&path)
}

fn records_of(path: &Path) -> Vec<Vec<u8>> {
    let mut records = RawRecords::open(path, 1_000).unwrap();
    let (mut all, mut record) = (Vec::new(), Vec::new());
    while records.next_into(&mut record).unwrap().is_some() {
        all.push(record.clone());
    }
    all
}

fn texts(name: &str, content: &str) -> Vec<String> {
    let records = read(name, content.as_bytes()).into_iter();
    records
        .map(|record| String::from_utf8(record).unwrap())
        .collect()
}

#[test]
fn json_over_several_lines_is_told_from_lines() {
    let lines = "{\"a\":1}\n{\"a\":\n";
    assert_eq!(texts("x.json", lines), ["{\"a\":1}", "{\"a\":"]);
    for content in [
        "[\n  {\"a\": \"x, ]\\\" y\"},\n  {\"a\": [1, 2]}\n]\n",
        "\u{feff}[{\"a\": \"x, ]\\\" y\"}, {\"a\": [1, 2]}]",
        "{\n\"a\": \"x, ]\\\" y\"\n}\n{\n\"a\": [1, 2]\n}",
        "{\n\"a\": \"x, ]\\\" y\"\n},\n{\n\"a\": [1, 2]\n}",
    ] {
        let expected = ["{\"a\":\"x, ]\\\" y\"}", "{\"a\":[1,2]}"];
        assert_eq!(texts("x.json", content), expected, "{content}");
    }
    assert_eq!(
        texts("x.json", "[\n1,\n\"b\", null]\n"),
        ["1", "\"b\"", "null"]
    );
    assert_eq!(
        texts("x.log", "[1] sshd\nno json\n"),
        ["[1] sshd", "no json"]
    );
    assert_eq!(texts("x.log", "[1] sshd"), ["[1] sshd"]);
    let long = format!("[\n\"{}\",\n{{}}]", "x".repeat(5_000));
    assert_eq!(read("x.json", long.as_bytes())[0].len(), 1_000);
    assert_eq!(texts("x.json", &long)[1], "{}");
}

#[test]
fn a_document_that_is_cut_off_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    std::fs::write(&path, "[\n{\"a\":1},\n{\"a\":").unwrap();
    let mut records = RawRecords::open(&path, 1_000).unwrap();
    let mut record = Vec::new();
    assert_eq!(records.next_into(&mut record).unwrap(), Some(1));
    assert!(!records.is_open());
    assert_eq!(records.next_into(&mut record).unwrap(), Some(2));
    assert!(records.is_open());
    assert_eq!(records.next_into(&mut record).unwrap(), None);
}

#[test]
fn reversed_the_last_record_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.ndjson");
    for lines in [vec![], vec!["a"], vec!["a", "bb", "ccc"]] {
        std::fs::write(&path, lines.join("\n")).unwrap();
        let mut records = RawRecords::open(&path, 1_000).unwrap().reversed().unwrap();
        let mut record = Vec::new();
        for (number, line) in lines.iter().rev().enumerate() {
            let expected = Some(number as u64 + 1);
            assert_eq!(records.next_into(&mut record).unwrap(), expected);
            assert_eq!(record, line.as_bytes());
        }
        assert_eq!(records.next_into(&mut record).unwrap(), None);
    }
}

#[test]
fn the_rows_of_parquet_are_objects_with_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    write_parquet(&path);
    let rows: Vec<Value> = records_of(&path)
        .iter()
        .map(|row| serde_json::from_slice(row).unwrap())
        .collect();
    assert_eq!(
        rows,
        [
            json!({"user": "ann", "at": "2025-06-12T12:26:42Z", "from": {"ip": "198.51.100.7"}, "tags": ["a", "b"]}),
            json!({"user": "ben", "at": "2025-06-12T12:26:43Z", "from": {}, "tags": []}),
        ]
    );
}

/// Two rows with a time, a group and a list, as a query engine would write them.
fn write_parquet(path: &Path) {
    use parquet::data_type::{ByteArrayType, Int64Type};
    use parquet::file::writer::SerializedFileWriter;
    let schema = "message rows {
        required binary user (utf8);
        required int64 at (timestamp_millis);
        required group from { optional binary ip (utf8); }
        required group tags (list) { repeated group list { required binary element (utf8); } }
    }";
    let schema = parquet::schema::parser::parse_message_type(schema).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema.into(), Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).into()).collect::<Vec<_>>();
    let mut column = group.next_column().unwrap().unwrap();
    let users = texts(&["ann", "ben"]);
    column
        .typed::<ByteArrayType>()
        .write_batch(&users, None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<Int64Type>()
        .write_batch(&[1_749_731_202_000, 1_749_731_203_000], None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let addresses = texts(&["198.51.100.7"]);
    column
        .typed::<ByteArrayType>()
        .write_batch(&addresses, Some(&[1, 0]), None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let tags = texts(&["a", "b"]);
    column
        .typed::<ByteArrayType>()
        .write_batch(&tags, Some(&[1, 1, 0]), Some(&[0, 1, 0]))
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

proptest! {
    /// Whatever is in a file, reading it ends, and gives no longer record than there may be.
    #[test]
    fn any_bytes_are_read_to_their_end(content in "[\\[\\]{}\",\\\\ \na1]{0,60}") {
        for record in read("x.json", content.as_bytes()) {
            prop_assert!(!record.is_empty() && record.len() <= 1_000);
        }
    }

    /// An array of records has the records of the same as lines.
    #[test]
    fn an_array_has_the_records_of_lines(values in prop::collection::vec("[a-z\"\\\\{}\\[\\], ]{0,8}", 1..8)) {
        let rows: Vec<Value> = values.iter().map(|text| json!({"a": text, "b": [text]})).collect();
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        let array = serde_json::to_string_pretty(&rows).unwrap();
        prop_assert_eq!(texts("x.json", &array), lines);
    }
}
