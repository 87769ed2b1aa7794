//! `feedback`: publishes what somebody says of an incident, an alert or a user's device.

use std::net::IpAddr;

use clap::{Args, ValueEnum};

use super::exit::{Code, Failure};
use super::values::date;
use super::{ConfigArgs, configured, result};
use crate::clock::{Clock, SystemClock};
use crate::incident::VerdictKind;
use crate::incident::feedback::NewVerdict;
use crate::kafka::{self, Publisher};
use crate::login::timestamp;

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("about").required(true))]
pub(super) struct FeedbackArgs {
    /// The incident that it is about
    #[arg(long, value_name = "ID", group = "about")]
    incident: Option<String>,
    /// The alert that it is about: its incident is meant
    #[arg(long, value_name = "ID", group = "about")]
    alert: Option<String>,
    /// The user whose device or address it is about
    #[arg(long, value_name = "ID", group = "about")]
    user: Option<String>,
    #[arg(long, value_name = "ID", requires = "user")]
    device: Option<String>,
    #[arg(long, value_name = "ADDRESS", requires = "user")]
    ip: Option<IpAddr>,
    #[arg(long, value_name = "NAME", requires = "user")]
    tenant: Option<String>,
    #[arg(long, value_enum)]
    verdict: VerdictArg,
    /// Who says so; the name that you are logged in by without
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Until when what is expected is not told of
    #[arg(long, value_name = "TIME", value_parser = date)]
    until: Option<i64>,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum VerdictArg {
    /// It is an attack
    Confirmed,
    /// It is none: what came with it is the users' own
    Benign,
    /// It is what it looks like, and harmless until a time
    Expected,
    Unsure,
    /// What was said before is taken back
    Withdrawn,
}

impl From<VerdictArg> for VerdictKind {
    fn from(verdict: VerdictArg) -> Self {
        match verdict {
            VerdictArg::Confirmed => Self::Confirmed,
            VerdictArg::Benign => Self::Benign,
            VerdictArg::Expected => Self::Expected,
            VerdictArg::Unsure => Self::Unsure,
            VerdictArg::Withdrawn => Self::Withdrawn,
        }
    }
}

pub(super) fn run(args: &FeedbackArgs) -> Result<(), Failure> {
    let config = configured(&args.config)?;
    let refused = |text: String| Failure::new(Code::Usage, text);
    let verdict = VerdictKind::from(args.verdict);
    if verdict == VerdictKind::Expected && args.until.is_none() {
        let text = "what is expected needs an end: --until 2026-02-01";
        return Err(refused(text.to_owned()));
    }
    let logged_in = std::env::var("USER").ok();
    let by = args.by.as_deref().or(logged_in.as_deref());
    let about = args.incident.as_ref().or(args.alert.as_ref());
    let about = about.or(args.user.as_ref()).cloned().unwrap_or_default();
    let at = timestamp::to_text(SystemClock.now_ms());
    let by = by.unwrap_or_default();
    let sent = NewVerdict {
        verdict,
        incident_id: args.incident.as_deref(),
        alert_id: args.alert.as_deref(),
        user_id: args.user.as_deref(),
        tenant: args.tenant.as_deref(),
        device_id: args.device.as_deref(),
        ip_address: args.ip,
        by,
        at,
        comment: args.comment.as_deref(),
        until: args.until.map(timestamp::to_text),
    };
    let (verdict_id, json) = sent.to_json().map_err(|refusal| match by {
        "" => refused("who says so? give --by NAME".to_owned()),
        _ => refused(refusal.to_string()),
    })?;
    kafka::topics::require(&config)?;
    let publisher = Publisher::start(&config)?;
    publisher.send_to(&config.topics.feedback, &about, &json)?;
    publisher.finish()?;
    result(format_args!(
        "said of {about}: {} (verdict {}); what becomes of it stands in `{}`, or in `{}` with a reason",
        verdict.name(),
        verdict_id,
        config.topics.verdicts,
        config.topics.rejected
    ))
}
