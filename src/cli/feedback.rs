//! `feedback`: publishes what somebody says of an incident, an alert or a user's device.

use super::exit::{Code, Failure};
use super::{FeedbackArgs, VerdictArg, configured, result};
use crate::clock::{Clock, SystemClock};
use crate::incident::VerdictKind;
use crate::incident::feedback::NewVerdict;
use crate::kafka::{self, Publisher};
use crate::login::timestamp;

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
