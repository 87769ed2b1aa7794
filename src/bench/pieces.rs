//! The way of a login up to its risk: parsed, named, found in the profiles, seen in features.

use super::material::{self, Material, on_their_way};
use super::meter::Meter;
use super::{BenchError, YARDSTICK};
use crate::config::Config;
use crate::detector::rule::{Rules, Subject};
use crate::features;
use crate::profile::{DisplayFields, Disposition, go_through};

/// Each of the last logins is looked at so many times, or there would be too little to measure.
const LOOKS: usize = 40;

pub(super) fn measure(
    meter: &mut Meter<impl FnMut(&str)>,
    material: &Material,
) -> Result<(), BenchError> {
    let a_login = (material.messages.len(), "login");
    meter.measure(YARDSTICK, a_login, || {
        for message in &material.messages {
            let value: serde_json::Value = serde_json::from_slice(message)?;
            std::hint::black_box(value);
        }
        Ok(())
    })?;
    meter.measure("JSON to an event", a_login, || {
        for message in &material.messages {
            std::hint::black_box(material::parse(message)?);
        }
        Ok(())
    })?;
    ids(meter, material)?;
    meter.prepared(
        "profiles opened and applied",
        a_login,
        || Ok((material::one_way(), on_their_way(&material.decoded))),
        |(mut profiles, logins)| {
            let logins = logins.into_iter();
            go_through(&mut profiles, logins, |_, _| (Disposition::Clear, ()))?;
            Ok(profiles)
        },
    )?;
    let contexts = || {
        let opened = material.opened.iter();
        opened.map(|(place, opened)| opened.context(&material.decoded[*place].0))
    };
    let looks = (LOOKS * material.opened.len(), "login");
    meter.measure("features", looks, || {
        for _ in 0..LOOKS {
            for context in contexts() {
                std::hint::black_box(features::extract(&context));
            }
        }
        Ok(())
    })?;
    let rules = twenty_rules()?;
    let values: Vec<_> = contexts()
        .map(|context| features::extract(&context))
        .collect();
    meter.measure("twenty rules", looks, || {
        for _ in 0..LOOKS {
            for (context, values) in contexts().zip(&values) {
                let subject = Subject::new(&context, values, 0.0, &Vec::new);
                std::hint::black_box(rules.matching(&subject));
            }
        }
        Ok(())
    })
}

/// The rules that are built in, again and again.
fn twenty_rules() -> Result<Rules, BenchError> {
    let config = Config::from_layers(&[], &[], &[]);
    let built_in = config
        .map_err(|error| BenchError::Rules(error.to_string()))?
        .rules;
    Ok(Rules::new(
        built_in.iter().cycle().take(20).cloned().collect(),
    ))
}

/// Hashes ids and looks places up, of events that have been read.
fn ids(meter: &mut Meter<impl FnMut(&str)>, material: &Material) -> Result<(), BenchError> {
    let events = material
        .messages
        .iter()
        .map(|message| material::parse(message))
        .collect::<Result<Vec<_>, _>>()?;
    meter.measure("ids and places", (events.len(), "login"), || {
        for event in &events {
            std::hint::black_box(DisplayFields::with_login(event, &material.hasher));
        }
        Ok(())
    })
}
