//! Users as their profiles and what is held say, and sources by the alerts that came from them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::super::answer::{Problem, error, internal};
use super::super::caller::{Caller, Reads};
use super::super::{Shared, turn};
use super::{Asked, bad_query, tenant_of};
use crate::profile::{KnownTexts, Portrait};
use crate::recent::{AlertDocument, AlertQuery, IncidentQuery, RecentAlert, RecentIncident};

/// How long a question to peers waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// Alerts and incidents that are given with a user or a source.
const MOST: usize = 20;
/// Alerts that are looked through for texts that name what a user is known to use.
const MOST_READ: usize = 200;

/// Whose.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Whose {
    /// The only one of the token, or `default`.
    pub tenant: Option<String>,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct UserView {
    pub tenant: String,
    pub user_id: String,
    /// Null where neither this process nor a peer knows the user.
    pub known: Option<Portrait>,
    pub incidents: Vec<Arc<RecentIncident>>,
    /// As they were published, the newest first.
    #[schema(value_type = Vec<AlertDocument>)]
    pub alerts: Vec<Box<RawValue>>,
}

/// One user: what is known of him, and what happened lately.
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users",
    params(("id" = String, Path), Whose),
    responses((status = 200, body = UserView), (status = 404, body = Problem)))]
pub(super) async fn one(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Path(user): Path<String>,
    Asked(whose): Asked<Whose>,
) -> Result<Json<UserView>, Response> {
    user_of(&shared, &caller, whose.tenant, user)
        .await
        .map(Json)
}

/// A user, for somebody; an answer that says why not, where nothing is known.
pub(in crate::http) async fn user_of(
    shared: &Arc<Shared>,
    caller: &Caller,
    tenant: Option<String>,
    name: String,
) -> Result<UserView, Response> {
    let (here, asking) = (Arc::clone(shared), caller.clone());
    // Naming what is known hashes lists: not on a thread that serves others.
    let found =
        tokio::task::spawn_blocking(move || find_user(&here, &asking, tenant.as_deref(), &name));
    let mut user = found.await.map_err(|_| internal())??;
    let mut silent = Vec::new();
    if user.known.is_none() && !shared.peers.is_empty() && !caller.is_peer {
        let busy = "too many ask for users of other processes; ask again in a moment";
        let _turn = turn(&shared.peers.turns, PATIENCE, busy).await?;
        let (peers, tenant, name) = (
            shared.peers.clone(),
            user.tenant.clone(),
            user.user_id.clone(),
        );
        let asked = tokio::task::spawn_blocking(move || peers.ask(&tenant, &name));
        let elsewhere = asked.await.map_err(|_| internal())?;
        user.known = elsewhere.portrait;
        silent = elsewhere.silent;
    }
    if user.known.is_none() && user.alerts.is_empty() && user.incidents.is_empty() {
        return Err(nobody(&user, &silent, shared.peers.is_empty()));
    }
    Ok(user)
}

/// The answer where nothing is known of a user.
fn nobody(user: &UserView, silent: &[String], is_alone: bool) -> Response {
    let why = match (silent, is_alone) {
        ([], true) => {
            "no login came, or its partition is another process's (http.peers)".to_owned()
        }
        ([], false) => "no login came, to no process of the group".to_owned(),
        (silent, _) => format!("and {} did not answer", silent.join(", ")),
    };
    let (name, tenant) = (&user.user_id, &user.tenant);
    let message = format!("of `{name}` of the tenant `{tenant}` nothing is known: {why}");
    error(StatusCode::NOT_FOUND, "not_found", message)
}

/// What this process has of a user.
fn find_user(
    shared: &Shared,
    caller: &Caller,
    tenant: Option<&str>,
    user: &str,
) -> Result<UserView, Response> {
    let tenant = tenant_of(caller, tenant)?;
    let alerts_of = AlertQuery {
        tenant: Some(tenant.clone()),
        user: Some(user.to_owned()),
        ..AlertQuery::default()
    };
    let incidents_of = IncidentQuery {
        tenant: Some(tenant.clone()),
        user: Some(user.to_owned()),
        ..IncidentQuery::default()
    };
    let (alerts, incidents) = shared.recent.read(|store| {
        let alerts = store.find_alerts(&alerts_of, None, MOST_READ).items;
        (
            alerts,
            store.find_incidents(&incidents_of, None, MOST).items,
        )
    });
    let texts = texts_of(&alerts);
    let known = shared
        .profiles
        .portrait(&shared.hasher, (&tenant, user), &texts)
        .map_err(|damaged| {
            tracing::error!(%damaged, "a user's profile cannot be read");
            internal()
        })?;
    Ok(UserView {
        tenant,
        user_id: user.to_owned(),
        known,
        incidents,
        alerts: raw(&alerts),
    })
}

fn raw(alerts: &[Arc<RecentAlert>]) -> Vec<Box<RawValue>> {
    let newest = alerts.iter().take(MOST);
    newest
        .filter_map(|alert| RawValue::from_string(alert.json.to_string()).ok())
        .collect()
}

/// Texts that name what a user is known to use.
fn texts_of(alerts: &[Arc<RecentAlert>]) -> KnownTexts {
    let documents = alerts.iter().filter_map(|alert| alert.document().ok());
    let mut texts = KnownTexts::default();
    for document in documents {
        let before = document.previous_login;
        let of = |name: &str| document.login.get(name);
        let device = of("device_id").and_then(|device| device.as_str());
        texts.devices.extend(device.map(str::to_owned));
        let asn = of("asn").and_then(serde_json::Value::as_u64);
        texts
            .systems
            .extend(asn.and_then(|asn| u32::try_from(asn).ok()));
        let address = of("ip_address").and_then(|address| address.as_str()?.parse::<IpAddr>().ok());
        texts.addresses.extend(address);
        if let Some(before) = before {
            texts.devices.extend(before.device_id);
            let address = before
                .ip_address
                .and_then(|address| address.parse::<IpAddr>().ok());
            texts.addresses.extend(address);
        }
    }
    texts
}

/// A source of attempts: what alerts that are held say of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct SourceView {
    pub tenant: String,
    pub kind: String,
    pub value: String,
    pub alerts: usize,
    pub first_seen: Option<String>,
    pub last_seen: Option<String>,
    /// With how many alerts each, most first.
    pub users: Vec<SourceUser>,
    pub incidents: Vec<Arc<RecentIncident>>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct SourceUser {
    pub user_id: String,
    pub alerts: usize,
}

/// Users of a source that are named.
const MOST_USERS: usize = 100;

/// One source: an `address`, a `network` or a `device`.
#[utoipa::path(get, path = "/api/v1/sources/{kind}/{value}", tag = "users",
    params(("kind" = String, Path), ("value" = String, Path), Whose),
    responses((status = 200, body = SourceView), (status = 404, body = Problem)))]
pub(super) async fn source_route(
    Reads(caller): Reads,
    State(shared): State<Arc<Shared>>,
    Path((kind, value)): Path<(String, String)>,
    Asked(whose): Asked<Whose>,
) -> Result<Json<SourceView>, Response> {
    source(&shared, &caller, whose.tenant.as_deref(), &kind, &value).map(Json)
}

/// What is held of a source.
pub(in crate::http) fn source(
    shared: &Shared,
    caller: &Caller,
    tenant: Option<&str>,
    kind: &str,
    value: &str,
) -> Result<SourceView, Response> {
    let tenant = tenant_of(caller, tenant)?;
    let is_from: Box<dyn Fn(&RecentAlert) -> bool> = match kind {
        "address" => {
            let address: IpAddr = value
                .parse()
                .map_err(|_| bad_query(format!("`{value}` is no address")))?;
            Box::new(move |alert| alert.address == Some(address))
        }
        "network" | "block" => {
            let network: ipnet::IpNet = value.parse().map_err(|_| {
                bad_query(format!("`{value}` is no network such as 203.0.113.0/24"))
            })?;
            Box::new(move |alert| alert.address.is_some_and(|one| network.contains(&one)))
        }
        "device" => Box::new(move |alert| alert.device.as_deref() == Some(value)),
        other => {
            let message =
                format!("a source is an address, a network or a device, and no `{other}`");
            return Err(bad_query(message));
        }
    };
    let of_incident = IncidentQuery {
        tenant: Some(tenant.clone()),
        source: Some(value.to_owned()),
        ..IncidentQuery::default()
    };
    Ok(shared.recent.read(|store| {
        let own = |alert: &&Arc<RecentAlert>| alert.tenant == tenant && is_from(alert);
        let alerts: Vec<&Arc<RecentAlert>> = store.alerts().filter(own).collect();
        let mut by_user: BTreeMap<&str, usize> = BTreeMap::new();
        for alert in &alerts {
            *by_user.entry(&alert.user_id).or_default() += 1;
        }
        let mut users: Vec<SourceUser> = by_user
            .into_iter()
            .map(|(user, alerts)| SourceUser {
                user_id: user.to_owned(),
                alerts,
            })
            .collect();
        users.sort_by_key(|user| std::cmp::Reverse(user.alerts));
        users.truncate(MOST_USERS);
        let times = || alerts.iter().map(|alert| &alert.timestamp);
        SourceView {
            tenant: tenant.clone(),
            kind: kind.to_owned(),
            value: value.to_owned(),
            alerts: alerts.len(),
            first_seen: times().min().cloned(),
            last_seen: times().max().cloned(),
            users,
            incidents: store.find_incidents(&of_incident, None, MOST).items,
        }
    }))
}
