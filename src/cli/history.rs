//! `ingest --input`: a company's history out of files. Each is read as far as an earlier life has
//! not, in the order of its times.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use walkdir::WalkDir;

use super::exit::{Code, Failure};
use super::progress::Progress;
use super::{note, service};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::files::{FileError, RawRecords};
use crate::ingest::{
    Adapter, Enricher, IngestMetrics, MAX_RECORD_BYTES, Outcome, SourceConfig, SourceReader,
};
use crate::kafka::{self, FileLog, HistoryFile, Stop};
use crate::metrics::Registry;
use crate::moving::{Mover, SourceIntake};

/// Records of a file that tell in which order it is.
const SURVEYED: usize = 1_000;
/// The instance of whoever reads a file: a second process that reads the same puts the first out.
const INSTANCE: &str = "history";

/// Publishes what is in files, and says what became of it.
pub(super) fn run(config: &Config, name: &str, inputs: &[PathBuf]) -> Result<(), Failure> {
    let source = source_of(config, name)?;
    let surveys = surveyed(inputs, &source)?;
    kafka::topics::require(config)?;
    let enricher = Enricher::open(config.ingest.enrich.clone()).map_err(Failure::configuration)?;
    let registry = Registry::new().map_err(Failure::internal)?;
    let metrics = IngestMetrics::register(&registry).map_err(Failure::internal)?;
    let runtime = service::runtime()?;
    let stop = Stop::default();
    service::stop_on_signals(&runtime, stop.clone(), config.grace_ms);
    for survey in surveys {
        let own = survey.config(config, &source);
        let path = survey.file.path.clone();
        if survey.file.is_newest_first {
            note(format_args!(
                "{}: the newest record comes first; it is read from its end",
                path.display()
            ));
        }
        let log = FileLog::start(&own, survey.file, stop.clone())?;
        let intake = SourceIntake {
            reader: SourceReader::new(source.clone(), enricher.clone()),
            topic: own.topics.logins.clone(),
            metrics: metrics.clone(),
            remembers: config.ingest.remember_records,
        };
        let mut progress = Progress::new("logins written", 0);
        let mut mover = Mover::new(log, SystemClock, own.pipeline, intake);
        let written = mover.run(stop.flag(), true, |written| progress.set(written))?;
        progress.finish();
        let topic = &config.topics.logins;
        note(format_args!(
            "{}: {written} logins written to `{topic}`",
            path.display()
        ));
        if stop.is_requested() {
            note("stopped; the same command goes on from there");
            break;
        }
    }
    said(&metrics)
}

/// Says what became of all events; an error where each was rejected.
fn said(metrics: &IngestMetrics) -> Result<(), Failure> {
    let counts = metrics.counts();
    for (outcome, count) in &counts {
        note(format_args!("{count:>10}  {outcome}"));
    }
    let is_rejected = |outcome: &String| outcome.starts_with("rejected");
    if counts.keys().any(is_rejected) && counts.keys().all(is_rejected) {
        return Err(Failure::new(
            Code::BadData,
            "every record was rejected; is it another source's? `nightlatch source explain FILE` \
             says of which",
        ));
    }
    Ok(())
}

/// A configured source, or one of a format.
fn source_of(config: &Config, name: &str) -> Result<SourceConfig, Failure> {
    let configured = config.ingest.sources.iter();
    let mut configured = configured.filter(|source| source.name == name);
    if let Some(source) = configured.next() {
        return Ok(source.clone());
    }
    let adapter = Adapter::named(name).map_err(|unknown| {
        let text = format!("--source: no [[source]] is called `{name}`, and {unknown}");
        Failure::new(Code::Usage, text)
    })?;
    Ok(SourceConfig {
        name: name.to_owned(),
        topics: Vec::new(),
        adapter,
        tenant: "default".to_owned(),
    })
}

/// The files, the one with the earliest logins first.
fn surveyed(inputs: &[PathBuf], source: &SourceConfig) -> Result<Vec<Survey>, Failure> {
    let mut surveys = Vec::new();
    let mut named = Vec::new();
    for input in inputs {
        for path in files_of(input)? {
            named.push((name_of(&path, input), path));
        }
    }
    for (name, path) in &named {
        // Two folders may hold files of one name.
        let is_unique = named.iter().filter(|(other, _)| other == name).count() == 1;
        let name = match is_unique {
            true => name.clone(),
            false => path.display().to_string(),
        };
        surveys.push(Survey::new(name, path.clone(), source)?);
    }
    // Of files without a login the order does not matter; the sort keeps the user's otherwise.
    surveys.sort_by_key(|survey| survey.earliest_ms.unwrap_or(i64::MAX));
    Ok(surveys)
}

/// What a file is known by: in a folder its path there, else what it is called.
fn name_of(path: &Path, input: &Path) -> String {
    let within = path.strip_prefix(input).ok();
    let within = within.filter(|within| !within.as_os_str().is_empty());
    let name = within.map(Path::as_os_str).or(path.file_name());
    name.unwrap_or_default().to_string_lossy().into_owned()
}

/// A file, or those within a folder; hidden ones, and markers like `_SUCCESS`, are not meant.
fn files_of(input: &Path) -> Result<Vec<PathBuf>, Failure> {
    let metadata = std::fs::metadata(input).map_err(|source| FileError::Open {
        path: input.to_owned(),
        source,
    })?;
    if metadata.is_file() {
        return Ok(vec![input.to_owned()]);
    }
    if !metadata.is_dir() {
        let text = "this is no file; how far a pipe was read cannot be kept. Write it to a file \
                    first";
        return Err(unreadable(input, text));
    }
    let is_meant = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with(['.', '_'])
    };
    let walk = WalkDir::new(input).follow_links(true).sort_by_file_name();
    let mut files = Vec::new();
    for entry in walk.into_iter().filter_entry(is_meant) {
        let entry = entry.map_err(|error| unreadable(input, &error.to_string()))?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    match files.is_empty() {
        true => Err(unreadable(input, "there are no files in it")),
        false => Ok(files),
    }
}

fn unreadable(input: &Path, why: &str) -> Failure {
    let text = format!("--input {}: {why}", input.display());
    Failure::new(Code::Usage, text)
}

/// What the first records of a file say.
struct Survey {
    name: String,
    file: HistoryFile,
    bytes: u64,
    first_record: Vec<u8>,
    earliest_ms: Option<i64>,
}

impl Survey {
    fn new(name: String, path: PathBuf, source: &SourceConfig) -> Result<Self, Failure> {
        let metadata = std::fs::metadata(&path).ok();
        let bytes = metadata.as_ref().map_or(0, std::fs::Metadata::len);
        let written = metadata.and_then(|metadata| metadata.modified().ok());
        let since = written.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        let received_ms = since.and_then(|since| i64::try_from(since.as_millis()).ok());
        let mut records = RawRecords::open(&path, MAX_RECORD_BYTES)?;
        let (mut first_record, mut record) = (Vec::new(), Vec::new());
        let mut times_ms = Vec::new();
        while times_ms.len() < SURVEYED
            && let Some(number) = records.next_into(&mut record)?
            && number <= 10 * SURVEYED as u64
        {
            if first_record.is_empty() {
                first_record.clone_from(&record);
            }
            let received_ms = received_ms.unwrap_or_default();
            source.adapter.convert(&record, received_ms, |_, outcome| {
                if let Outcome::Login { login, .. } = outcome {
                    times_ms.push(login.time_ms);
                }
            });
        }
        Ok(Self {
            name,
            bytes,
            file: HistoryFile {
                path,
                max_record_bytes: MAX_RECORD_BYTES,
                is_newest_first: is_newest_first(&times_ms),
                received_ms,
            },
            first_record,
            earliest_ms: times_ms.into_iter().min(),
        })
    }

    /// What reads the file alone. Its group is named by what it is called, how it begins, and what
    /// reads it.
    fn config(&self, config: &Config, source: &SourceConfig) -> Config {
        let reader = [
            self.name.as_str(),
            source.name.as_str(),
            source.adapter.identity(),
            &source.tenant,
        ];
        let mut hasher = blake3::Hasher::new();
        for text in reader {
            hasher.update(text.as_bytes()).update(&[0]);
        }
        if self.file.is_newest_first {
            // Counted from its end: one that has grown is another one.
            hasher
                .update(b"newest first")
                .update(&self.bytes.to_le_bytes());
        }
        let digest = hasher.update(&self.first_record).finalize().to_hex();
        let mut own = config.clone();
        own.instance = INSTANCE.to_owned();
        own.kafka.group = format!("{}-history-{}", config.kafka.group, &digest[..16]);
        own.topics.moved.clone_from(&config.topics.logins);
        own.topics.logins.clone_from(&self.name);
        own
    }
}

/// Falls that are enough to say that they are no accident.
const LEAST_FALLS: usize = 4;

/// Whether times mostly fall. A few out of order are no sign, as providers deliver late.
fn is_newest_first(times_ms: &[i64]) -> bool {
    let steps = times_ms.windows(2).map(|pair| pair[1].cmp(&pair[0]));
    let (mut rises, mut falls) = (0, 0);
    for step in steps {
        rises += usize::from(step.is_gt());
        falls += usize::from(step.is_lt());
    }
    falls >= LEAST_FALLS && falls > 3 * rises
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_newest_first_where_its_times_mostly_fall() {
        assert!(!is_newest_first(&[]));
        assert!(!is_newest_first(&[5, 5, 5]));
        assert!(!is_newest_first(&[1, 2, 3, 2, 4, 5]));
        assert!(!is_newest_first(&[5, 1, 4, 2, 6, 3]));
        assert!(!is_newest_first(&[9, 8, 7]), "too few to say");
        assert!(is_newest_first(&[9, 8, 8, 7, 6, 3]));
        assert!(is_newest_first(&[9, 8, 7, 6, 7, 5, 4]));
    }

    #[test]
    fn a_folder_is_its_files_without_the_hidden_ones() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(of("b/deep")).unwrap();
        std::fs::create_dir_all(of(".hidden")).unwrap();
        assert!(
            files_of(folder.path())
                .unwrap_err()
                .message
                .contains("no files")
        );
        for name in [
            "b/deep/2.json",
            "b/1.json",
            "c.json",
            ".hidden/x",
            "_SUCCESS",
        ] {
            std::fs::write(of(name), "{}").unwrap();
        }
        let expected = [of("b/1.json"), of("b/deep/2.json"), of("c.json")];
        assert_eq!(files_of(folder.path()).unwrap(), expected);
        assert_eq!(files_of(&of("c.json")).unwrap(), [of("c.json")]);
        assert_eq!(name_of(&of("b/1.json"), folder.path()), "b/1.json");
        assert_eq!(name_of(&of("c.json"), &of("c.json")), "c.json");
        let missing = files_of(&of("nothing")).unwrap_err();
        assert!(missing.message.contains("nothing"), "{}", missing.message);
    }
}
