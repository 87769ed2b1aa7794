//! How a tool wants to be told over HTTP: an address, headers and a body, as a file of templates.

use std::collections::BTreeMap;

use serde::Deserialize;
use ureq::http::{HeaderName, HeaderValue};

use super::template::{Template, TemplateError, values};
use super::{Notice, Read, TELLINGS, notice};
use crate::login::{Offset, Partition};

/// The recipes that are built in: name and text.
pub const RECIPES: [(&str, &str); 7] = [
    ("json", include_str!("../../config/recipes/json.toml")),
    ("slack", include_str!("../../config/recipes/slack.toml")),
    ("teams", include_str!("../../config/recipes/teams.toml")),
    ("discord", include_str!("../../config/recipes/discord.toml")),
    (
        "pagerduty",
        include_str!("../../config/recipes/pagerduty.toml"),
    ),
    (
        "opsgenie",
        include_str!("../../config/recipes/opsgenie.toml"),
    ),
    ("ntfy", include_str!("../../config/recipes/ntfy.toml")),
];

/// As it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    about: String,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    path: String,
    #[serde(default)]
    needs_secret: bool,
    #[serde(default)]
    one_by_one: bool,
    #[serde(default)]
    told: Vec<String>,
    #[serde(default = "json")]
    content_type: String,
    body: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

fn json() -> String {
    "application/json".to_owned()
}

/// What is wrong with a recipe.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    #[error("{0}")]
    Form(String),
    #[error("{part}: {error}")]
    Template {
        part: String,
        #[source]
        error: TemplateError,
    },
}

/// A checked recipe.
#[derive(Clone)]
pub struct Recipe {
    pub about: String,
    /// Where to, where the receiver does not say.
    pub url: Option<String>,
    pub needs_secret: bool,
    /// Several incidents are never one notice.
    pub one_by_one: bool,
    /// Which tellings it is for; empty for all.
    pub told: Vec<String>,
    path: Template,
    content_type: String,
    body: Template,
    headers: Vec<(String, Template)>,
}

/// Headers that are not a recipe's to set.
const OURS: [&str; 9] = [
    "content-length",
    "content-type",
    "host",
    "idempotency-key",
    "transfer-encoding",
    "user-agent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

/// That what cannot be tried out is as it has to be.
fn check(written: &Written) -> Result<(), String> {
    let unknown = |told: &&String| !TELLINGS.contains(&told.as_str());
    if let Some(told) = written.told.iter().find(unknown) {
        return Err(format!("told: `{told}` is none of {}", TELLINGS.join(", ")));
    }
    for name in written.headers.keys() {
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            return Err(format!("headers: `{name}` is no name of a header"));
        }
        if OURS.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(format!("headers: {name} is set by the program"));
        }
    }
    match HeaderValue::from_str(&written.content_type) {
        Ok(_) => Ok(()),
        Err(_) => Err("content_type is no value of a header".to_owned()),
    }
}

/// A request that is ready to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What comes after the address.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Recipe {
    /// Reads a recipe, and tries it with a made-up notice, so that what cannot work is told at once.
    pub fn read(text: &str) -> Result<Self, RecipeError> {
        let written: Written =
            toml::from_str(text).map_err(|error| RecipeError::Form(error.to_string()))?;
        check(&written).map_err(RecipeError::Form)?;
        let template = |part: &str, text: &str, is_json: bool| {
            Template::new(text, is_json).map_err(|error| RecipeError::Template {
                part: part.to_owned(),
                error,
            })
        };
        let is_json = written.content_type.contains("json");
        let headers = written.headers.iter().map(|(name, value)| {
            let value = template(&format!("headers.{name}"), value, false)?;
            Ok((name.clone(), value))
        });
        let recipe = Self {
            about: written.about,
            url: written.url,
            needs_secret: written.needs_secret,
            one_by_one: written.one_by_one,
            told: written.told,
            path: template("path", &written.path, false)?,
            headers: headers.collect::<Result<_, RecipeError>>()?,
            content_type: written.content_type,
            body: template("body", &written.body, is_json)?,
        };
        recipe.try_out()?;
        Ok(recipe)
    }

    fn try_out(&self) -> Result<(), RecipeError> {
        let read = |offset: i64| Read {
            partition: Partition(0),
            offset: Offset(offset),
            at_ms: 0,
            incident: notice::made_up(offset),
        };
        let mut notices = vec![Notice::one(read(0))];
        if !self.one_by_one {
            notices.extend(Notice::of(vec![read(1), read(2)]));
        }
        for notice in notices {
            self.request(&notice, Some("https://nightlatch.example"), Some("secret"))?;
            self.request(&notice, None, None)?;
        }
        Ok(())
    }

    /// What to send.
    pub fn request(
        &self,
        notice: &Notice,
        page_url: Option<&str>,
        secret: Option<&str>,
    ) -> Result<Request, RecipeError> {
        let values = values(notice, page_url, secret);
        let render = |part: &str, template: &Template| {
            template
                .render(&values)
                .map_err(|error| RecipeError::Template {
                    part: part.to_owned(),
                    error,
                })
        };
        let mut headers = vec![("content-type".to_owned(), self.content_type.clone())];
        for (name, template) in &self.headers {
            let value = render(&format!("headers.{name}"), template)?;
            // A header that says nothing is left out; one line cannot become two.
            let value = value.replace(|letter: char| letter.is_control(), " ");
            if !value.trim().is_empty() {
                headers.push((name.clone(), value.trim().to_owned()));
            }
        }
        Ok(Request {
            path: render("path", &self.path)?,
            headers,
            body: render("body", &self.body)?.trim().to_owned(),
        })
    }
}
