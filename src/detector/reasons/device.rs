//! With what somebody comes.

use super::{Case, DAY_S};
use crate::features::device;
use crate::words::count;

pub(super) fn is_unknown_device(case: &Case<'_>) -> bool {
    let (Some(user), Some(device)) = (case.context.user, case.context.login.device) else {
        return false;
    };
    user.devices.lacks(device)
}

pub(super) fn device_changed_system(case: &Case<'_>) -> Option<String> {
    (device::has_changed_system(case.context)?).then(|| {
        let device = case.display.device.as_deref().unwrap_or("a known device");
        format!(
            "{device} reports an operating system that this user never had on it; a stolen session \
             brings the device's id along, not the machine"
        )
    })
}

pub(super) fn new_device(case: &Case<'_>) -> Option<String> {
    let user = case.context.user?;
    is_unknown_device(case).then(|| {
        let known_browser = case
            .context
            .login
            .agent
            .is_none_or(|agent| user.browsers.get(agent.browser).is_some());
        let agent = case.context.login.agent;
        let agent = agent.map_or_else(String::new, |agent| {
            let new = if known_browser {
                ""
            } else {
                ", a browser never seen"
            };
            format!(" ({}{new})", agent.families.title())
        });
        format!(
            "a device never seen for this user{agent}; usual for this user: {}",
            count(user.devices.len() as f64, "known device")
        )
    })
}

pub(super) fn shared_device(case: &Case<'_>) -> Option<String> {
    let users = case.context.device?.users.count(case.context.now_s, DAY_S);
    (users >= case.limits.shared_device_users)
        .then(|| format!("this device was used for {users:.0} users within a day"))
}

/// Where this user never comes with one.
pub(super) fn script(case: &Case<'_>) -> Option<String> {
    let agent = case.context.login.agent?;
    let is_known = case
        .context
        .user
        .is_some_and(|user| user.browsers.get(agent.browser).is_some());
    (agent.families.is_script() && !is_known).then(|| {
        let has_history = case.context.user.is_some_and(|user| user.successes > 0);
        let never = if has_history {
            ", which this user never came with"
        } else {
            ""
        };
        format!(
            "a program ({}) and no browser{never}",
            agent.families.title()
        )
    })
}
