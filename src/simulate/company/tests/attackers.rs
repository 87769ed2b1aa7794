//! Attackers do as the company says.

use super::*;

/// What is to be set for attackers of some families alone.
fn families_alone(names: &[&str]) -> String {
    let others = crate::simulate::family::FAMILIES.iter();
    let others = others.filter(|(_, name)| !names.contains(name));
    let none: String = others.map(|(_, name)| format!("{name} = 0.0\n")).collect();
    format!("[attackers.families]\n{none}")
}

/// Who hops comes from somewhere else each time, and near; who does not stays where he is.
#[test]
fn attackers_hop_where_the_company_says_so() {
    let of = |hops: &str| {
        let text = format!(
            "[attackers]\nshare = 0.05\nhops_share = {hops}\n{}",
            families_alone(&["stolen_credentials"])
        );
        let (_, attacks) = world(&text, 400, 40);
        let mut addresses: BTreeMap<_, (u32, BTreeSet<_>)> = BTreeMap::new();
        for event in &attacks {
            let (logins, of_campaign) = addresses.entry(event.truth.campaign.clone()).or_default();
            *logins += 1;
            of_campaign.insert(event.ip_address);
        }
        let several = addresses.values().filter(|(logins, _)| *logins > 3);
        let shares = several.map(|(logins, addresses)| addresses.len() as f64 / f64::from(*logins));
        let shares: Vec<f64> = shares.collect();
        assert!(shares.len() > 30, "{}", shares.len());
        shares.iter().sum::<f64>() / shares.len() as f64
    };
    let (stays, hops) = (of("0.0"), of("1.0"));
    // A challenge and its login are from one place.
    assert!(stays < 0.35 && hops > 0.6, "{stays} {hops}");
}

/// Insiders, and victims of session theft, have what they always have, where people share the
/// machines of an office too.
#[test]
fn whose_account_it_is_comes_with_what_is_usual_and_from_where_it_is() {
    let text = format!(
        "users_per_office = 40\n[attackers]\nshare = 0.05\n{}\n[[groups]]\nstations = {{ share = 0.9, people \
         = 20, machines = 5 }}",
        families_alone(&["insider", "session_theft"])
    );
    let (honest, attacks) = world(&text, 400, 40);
    let usual: BTreeSet<_> = honest
        .iter()
        .map(|event| (&event.user_id, event.device_id.as_deref()))
        .collect();
    let networks: BTreeSet<_> = honest
        .iter()
        .map(|event| (&event.user_id, event.asn))
        .collect();
    let of = |family: &str| {
        let of_family = |event: &&Event<'_>| event.truth.attack.as_deref() == Some(family);
        attacks.iter().filter(of_family).collect::<Vec<_>>()
    };
    let (insiders, thieves) = (of("insider"), of("session_theft"));
    assert!(insiders.len() > 50 && thieves.len() > 50);
    let share = |events: &[&Event<'_>], is: &dyn Fn(&Event<'_>) -> bool| {
        events.iter().filter(|event| is(event)).count() as f64 / events.len() as f64
    };
    let known_device =
        |event: &Event<'_>| usual.contains(&(&event.user_id, event.device_id.as_deref()));
    let known_network = |event: &Event<'_>| networks.contains(&(&event.user_id, event.asn));
    assert!(share(&insiders, &known_device) > 0.9);
    assert!(share(&insiders, &known_network) > 0.9);
    assert!(share(&thieves, &known_device) > 0.9);
    assert!(share(&thieves, &known_network) < 0.6);
}

/// Who is careful is near, has the victim's browser, and takes little.
#[test]
fn attackers_are_as_careful_as_the_company_says() {
    let of = |stealth: &str| {
        let text = format!(
            "[attackers]\nshare = 0.05\nstealth = {stealth}\n{}",
            families_alone(&["stolen_credentials", "session_theft", "insider"])
        );
        let (_, attacks) = world(&text, 400, 40);
        let mut bytes: Vec<u64> = attacks.iter().filter_map(|event| event.bytes_out).collect();
        bytes.sort_unstable();
        assert!(bytes.len() > 100, "{}", bytes.len());
        bytes[bytes.len() * 3 / 4]
    };
    let (careless, careful) = (of("[0.0, 0.0]"), of("[1.0, 1.0]"));
    assert!(careless > 4 * careful, "{careless} {careful}");
}
