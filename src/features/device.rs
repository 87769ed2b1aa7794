//! With what: the device and the user agent, for this user and for everyone.

use super::facts::Facts;
use super::place::{everyone_share, is_new, likelihood_ratio, novelty, rarity, user_share};
use super::{DAY_S, flag, log, or_missing};
use crate::login::{Agent, Id};
use crate::profile::{LoginContext, SourceCell, UserCell};

const DAY: u32 = 86_400;
const WEEK: u32 = 7 * DAY;

/// Weights of the whole string, the browser, the system and the type of device (Freeman et al.
/// 2016).
const AGENT_WEIGHTS: [f64; 4] = [0.54, 0.27, 0.18, 0.005];

/// New for the user by our own history; the provider's word counts only where there is no device
/// id.
pub(super) fn new_device(facts: &Facts<'_>) -> f64 {
    if facts.login.device.is_none() {
        return or_missing(facts.login.claimed_new_device.map(flag));
    }
    is_new(facts, facts.login.device, |user| &user.devices)
}

/// As the provider says: one more witness, whatever our own history knows.
pub(super) fn claimed_new_device(facts: &Facts<'_>) -> f64 {
    or_missing(facts.login.claimed_new_device.map(flag))
}

pub(super) fn new_browser(facts: &Facts<'_>) -> f64 {
    is_new(
        facts,
        facts.login.agent.map(|agent| agent.browser),
        |user| &user.browsers,
    )
}

pub(super) fn new_operating_system(facts: &Facts<'_>) -> f64 {
    is_new(
        facts,
        facts.login.agent.map(|agent| agent.operating_system),
        |user| &user.operating_systems,
    )
}

pub(super) fn device_changed_system(facts: &Facts<'_>) -> f64 {
    or_missing(has_changed_system(facts).map(flag))
}

pub(super) fn device_changed_browser(facts: &Facts<'_>) -> f64 {
    let changed = changed(facts, |user, device, agent| {
        let pair = device.with(agent.browser);
        user.device_browsers.get(pair).is_none()
    });
    or_missing(changed.map(flag))
}

/// Whether a device that the user has used says that it runs another system: a stolen session
/// brings its cookie along, and not the machine.
pub(crate) fn has_changed_system(context: &LoginContext<'_>) -> Option<bool> {
    changed(context, |user, device, agent| {
        let pair = device.with(agent.operating_system);
        user.device_systems.get(pair).is_none()
    })
}

/// Whether a device of the user's has not been seen with a part of this agent; `None` of a device
/// that is not the user's.
fn changed(
    context: &LoginContext<'_>,
    is_new: impl Fn(&UserCell, Id, &Agent) -> bool,
) -> Option<bool> {
    let (user, device, agent) = (context.user?, context.login.device?, context.login.agent?);
    user.devices.get(device)?;
    Some(is_new(user, device, &agent))
}

pub(super) fn device_share(facts: &Facts<'_>) -> f64 {
    or_missing(
        facts
            .user
            .and_then(|user| user.devices.share(facts.login.device?)),
    )
}

/// Days since anybody first got in with this device, unsuspected.
pub(super) fn device_age(facts: &Facts<'_>) -> f64 {
    if facts.login.device.is_none() {
        return f64::NAN;
    }
    let familiar = |device: &SourceCell| device.familiar_for_s(facts.now_s);
    log(f64::from(facts.device.map_or(0, familiar)) / DAY_S)
}

pub(super) fn devices_known(facts: &Facts<'_>) -> f64 {
    or_missing(facts.user.map(|user| log(user.devices.len() as f64)))
}

fn users(facts: &Facts<'_>, window_s: u32) -> f64 {
    if facts.login.device.is_none() {
        return f64::NAN;
    }
    facts
        .device
        .map_or(0.0, |device| device.users.count(facts.now_s, window_s))
}

pub(super) fn device_users_day(facts: &Facts<'_>) -> f64 {
    users(facts, DAY)
}

pub(super) fn device_users_week(facts: &Facts<'_>) -> f64 {
    users(facts, WEEK)
}

pub(super) fn agent_likelihood_ratio(facts: &Facts<'_>) -> f64 {
    let (Some(agent), Some(user)) = (facts.login.agent, facts.user) else {
        return f64::NAN;
    };
    let prevalences = &facts.prevalences;
    let everyone = [
        prevalences.agent,
        prevalences.browser,
        prevalences.operating_system,
        prevalences.device_type,
    ]
    .map(|of| everyone_share(facts, of));
    let logins = Some(user.successes);
    let own = [
        user_share(Some(&user.agents), Some(agent.text), everyone[0], logins),
        user_share(
            Some(&user.browsers),
            Some(agent.browser),
            everyone[1],
            logins,
        ),
        user_share(
            Some(&user.operating_systems),
            Some(agent.operating_system),
            everyone[2],
            logins,
        ),
        user_share(
            Some(&user.device_types),
            Some(agent.device_type),
            everyone[3],
            logins,
        ),
    ];
    likelihood_ratio((0..4).map(|part| (AGENT_WEIGHTS[part], everyone[part], own[part])))
}

/// The whole string, version and all.
pub(super) fn agent_share(facts: &Facts<'_>) -> f64 {
    or_missing(
        facts
            .user
            .and_then(|user| user.agents.share(facts.login.agent?.text)),
    )
}

pub(super) fn device_novelty(facts: &Facts<'_>) -> f64 {
    novelty(facts, |novelty| novelty.devices)
}

/// Successes of everyone on this device.
pub(super) fn device_successes(facts: &Facts<'_>) -> f64 {
    if facts.login.device.is_none() {
        return f64::NAN;
    }
    log(facts
        .device
        .map_or(0.0, |device| f64::from(device.successes)))
}

pub(super) fn agent_rarity(facts: &Facts<'_>) -> f64 {
    or_missing(
        facts
            .login
            .agent
            .and_then(|_| rarity(facts, facts.prevalences.agent)),
    )
}
