//! Templates of what is sent. What they show came from outside: in JSON each value is written as
//! JSON, and filters take the meaning from what a chat program would read as its own.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use super::Notice;

/// As many bytes may a rendered text have.
const MOST_BYTES: usize = 256 * 1024;

/// A template could not be read, or gave no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("{0}")]
    Template(String),
    #[error("it gives more than {MOST_BYTES} bytes")]
    TooLong,
    #[error("what it gives is no JSON: {0}")]
    NotJson(String),
}

/// Checked when it is made.
#[derive(Clone)]
pub struct Template {
    environment: Environment<'static>,
    is_json: bool,
}

const NAME: &str = "template";

impl Template {
    pub fn new(text: &str, is_json: bool) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_auto_escape_callback(move |_| match is_json {
            true => AutoEscape::Json,
            false => AutoEscape::None,
        });
        environment.add_filter("slack", slack);
        environment.add_filter("markdown", markdown);
        environment.add_filter("cut", cut);
        environment
            .add_template_owned(NAME, text.to_owned())
            .map_err(|error| TemplateError::Template(told(&error)))?;
        Ok(Self {
            environment,
            is_json,
        })
    }

    pub fn render(&self, values: &Value) -> Result<String, TemplateError> {
        let template = self.environment.get_template(NAME);
        let rendered = template.and_then(|template| template.render(values));
        let text = rendered.map_err(|error| TemplateError::Template(told(&error)))?;
        if text.len() > MOST_BYTES {
            return Err(TemplateError::TooLong);
        }
        if self.is_json
            && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&text)
        {
            return Err(TemplateError::NotJson(error.to_string()));
        }
        Ok(text)
    }
}

/// An error in one line, with the line of the template where it is.
fn told(error: &minijinja::Error) -> String {
    let what = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.line() {
        Some(line) => format!("line {line}: {what}"),
        None => what,
    }
}

/// What templates may name.
#[must_use]
pub fn values(notice: &Notice, page_url: Option<&str>, secret: Option<&str>) -> Value {
    let incidents: Vec<Value> = notice
        .incidents()
        .map(|incident| Value::from(Serde(incident)))
        .collect();
    context! {
        key => notice.key(),
        title => notice.title(),
        // Whatever shows it puts the link beside it.
        text => notice.text(None),
        link => notice.link(page_url),
        severity => notice.severity().name(),
        told => notice.first().told.clone(),
        count => notice.count(),
        is_trial => notice.is_trial(),
        is_digest => notice.is_digest(),
        is_closed => notice.incidents().all(|incident| !incident.is_open()),
        incident => incidents.first(),
        incidents,
        secret,
    }
}

/// Slack reads `<`, `>` and `&` as links and mentions.
fn slack(text: String) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    without_links(&escaped.replace('>', "&gt;"))
}

/// An address that somebody put into a name is none that can be followed by accident.
fn without_links(text: &str) -> String {
    text.replace("://", ":\u{200b}//")
}

/// A backslash before each sign that Markdown reads.
fn markdown(text: String) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in without_links(&text).chars() {
        if "\\`*_{}[]()<>#|~@".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// At most so many letters.
fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text,
        Some(_) => {
            let kept = text.chars().take(most.saturating_sub(1));
            kept.chain(['\u{2026}']).collect()
        }
    }
}
