//! Makes what the pieces are measured on: logins of a simulated company, as messages and decoded.

use std::sync::Arc;

use super::BenchError;
use crate::features::{self, Values};
use crate::login::{Event, IdHasher, Login, Partition};
use crate::model::Model;
use crate::profile::{
    ChunkLogin, DisplayFields, Disposition, OpenedProfiles, ProfileLimits, Profiles, go_through,
};
use crate::simulate::{DAYS, Options, World};

const LEAST_USERS: u64 = 20;
/// Logins whose profiles are held open together: few enough to stay in the cache.
const MOST_OPENED: usize = 512;

/// A login with the texts shown of it.
pub(super) type Decoded = (Login, DisplayFields);

/// Logins in the forms that the pieces take.
pub(super) struct Material {
    pub hasher: IdHasher,
    pub model: Arc<Model>,
    pub messages: Vec<Vec<u8>>,
    pub decoded: Vec<Decoded>,
    /// The features of each login when it came.
    pub values: Vec<Values>,
    /// The last logins by their places, with the profiles as the others left them.
    pub opened: Vec<(usize, OpenedProfiles)>,
}

/// A company of about so many logins.
pub(super) fn messages(logins: usize) -> impl Iterator<Item = Result<Vec<u8>, serde_json::Error>> {
    World::new(Options::of_about(logins as u64, DAYS, LEAST_USERS))
        .take(logins)
        .map(|event| serde_json::to_vec(&event))
}

/// Reads a message as the stream does.
pub(super) fn parse(message: &[u8]) -> Result<Event<'_>, BenchError> {
    Event::from_json(message).map_err(|rejected| BenchError::Rejected(rejected.reason.code()))
}

/// Logins as the profiles take them.
pub(super) fn on_their_way(decoded: &[Decoded]) -> Vec<ChunkLogin<'_>> {
    let on_their_way = decoded
        .iter()
        .map(|decoded| ChunkLogin::new(Partition(0), decoded));
    on_their_way.collect()
}

/// Profiles of a replay.
pub(super) fn one_way() -> Profiles {
    Profiles::without_undo(&ProfileLimits::default())
}

impl Material {
    pub fn new(logins: usize) -> Result<Self, BenchError> {
        let hasher = IdHasher::default();
        let messages: Vec<Vec<u8>> = messages(logins).collect::<Result<_, _>>()?;
        let decode = |message: &Vec<u8>| {
            let event = parse(message)?;
            Ok(DisplayFields::with_login(&event, &hasher))
        };
        let decoded: Vec<Decoded> = messages
            .iter()
            .map(decode)
            .collect::<Result<_, BenchError>>()?;
        let mut profiles = one_way();
        let on_their_way = on_their_way(&decoded);
        let values = go_through(&mut profiles, on_their_way.into_iter(), |_, context| {
            (Disposition::Clear, features::extract(context))
        })?;
        let reader = profiles.reader();
        let last = decoded.len().saturating_sub(MOST_OPENED)..decoded.len();
        let opened = last
            .map(|place| Ok((place, reader.open(&decoded[place].0)?)))
            .collect::<Result<_, BenchError>>()?;
        Ok(Self {
            model: Arc::new(Model::shipped()?),
            hasher,
            messages,
            decoded,
            values,
            opened,
        })
    }
}
