//! What the flagged logins of one attacker share. What honest people share links nothing: an office,
//! a VPN exit or a common browser is known by the successes that it has had.

use smallvec::SmallVec;

use crate::login::Id;
use crate::profile::{LoginContext, SourceCell, TenantCell};

const HOUR_S: u32 = 3_600;
const DAY_S: u32 = 24 * HOUR_S;

/// What kind of thing is shared, the most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum LinkKind {
    Device,
    Address,
    /// A user agent that hardly anybody has.
    Tool,
    /// A user agent that few have, with its network.
    AgentOnNetwork,
    Block,
    User,
    /// Everybody, while failures are far above what is usual at the hour.
    Company,
}

impl LinkKind {
    pub const ALL: [Self; 7] = [
        Self::Device,
        Self::Address,
        Self::Tool,
        Self::AgentOnNetwork,
        Self::Block,
        Self::User,
        Self::Company,
    ];

    /// How long after the last flagged login the next one still belongs to it, seconds.
    #[must_use]
    pub fn patience_s(self) -> u32 {
        match self {
            Self::Device => 7 * DAY_S,
            Self::Address | Self::User => DAY_S,
            Self::Tool => 12 * HOUR_S,
            Self::AgentOnNetwork | Self::Block => 6 * HOUR_S,
            Self::Company => HOUR_S,
        }
    }

    /// Whether it says where the login came from: these make two incidents one.
    #[must_use]
    pub fn is_source(self) -> bool {
        !matches!(self, Self::User | Self::Company)
    }

    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == code)
    }
}

/// One thing that a flagged login may share with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    pub kind: LinkKind,
    pub id: Id,
}

impl Link {
    #[must_use]
    pub fn of_user(id: Id) -> Self {
        let kind = LinkKind::User;
        Self { kind, id }
    }
}

/// Of one login, the most telling first.
pub type Links = SmallVec<[Link; 7]>;

/// So many successes that raised no doubt make a thing one of honest people.
const HONEST_SUCCESSES: u32 = 3;
/// An agent is a tool below this share of the half year's successes of everyone, and telling
/// together with its network below the other.
const TOOL_SHARE: f64 = 0.0005;
const FEW_SHARE: f64 = 0.01;
/// So many failures in an hour, and so many times the usual share of them, are the company's affair.
const COMPANY_FAILURES: u32 = 200;
const COMPANY_LEVEL: f64 = 5.0;

/// What a login may be linked by.
#[must_use]
pub fn links_of(context: &LoginContext<'_>) -> Links {
    let login = context.login;
    let mut links = Links::new();
    let mut add = |kind, id: Option<Id>| links.extend(id.map(|id| Link { kind, id }));
    let is_honest =
        |cell: Option<&SourceCell>| cell.is_some_and(|cell| cell.successes >= HONEST_SUCCESSES);
    add(
        LinkKind::Device,
        login.device.filter(|_| !is_honest(context.device)),
    );
    add(
        LinkKind::Address,
        login.address.filter(|_| !is_honest(context.address)),
    );
    let agent = login.agent.map(|agent| agent.text);
    let successes = context
        .tenant
        .map_or(0, |tenant| tenant.successes(context.now_s));
    let of_agent = f64::from(context.prevalences.agent.successes);
    // Where few have come yet, every agent is one that few have.
    let is_below = |share: f64| {
        let usual = share * f64::from(successes);
        usual >= 1.0 && of_agent < usual
    };
    add(LinkKind::Tool, agent.filter(|_| is_below(TOOL_SHARE)));
    let on_network = agent
        .zip(login.network())
        .map(|(agent, network)| agent.with(network));
    add(
        LinkKind::AgentOnNetwork,
        on_network.filter(|_| is_below(FEW_SHARE)),
    );
    add(
        LinkKind::Block,
        login.block.filter(|_| !is_honest(context.block)),
    );
    add(LinkKind::User, login.known_user());
    let is_surge = |tenant: &TenantCell| {
        tenant.failures(context.now_s) >= COMPANY_FAILURES
            && tenant.failure_level(context.now_s) >= COMPANY_LEVEL
    };
    let in_surge = !login.success && context.tenant.is_some_and(is_surge);
    add(LinkKind::Company, in_surge.then_some(login.tenant));
    links
}
