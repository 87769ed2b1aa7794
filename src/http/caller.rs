//! Who asks, and that he may: a handler that needs a right takes its extractor, so that none is
//! forgotten.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::answer::error;
use crate::access::{Person, Right, Role, Token};

/// Who asks.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// As the audit names him, where he does not name himself.
    pub name: String,
    pub role: Role,
    /// `None` for all.
    pub tenants: Option<Vec<String>>,
    /// Whether it is another process of the group that asks.
    pub is_peer: bool,
    /// Whether he showed who he is: else he is whoever sits at this machine.
    pub is_known: bool,
}

impl Caller {
    /// Whoever sits at this machine.
    pub fn local() -> Self {
        Self {
            name: "local".to_owned(),
            role: Role::Admin,
            tenants: None,
            is_peer: false,
            is_known: false,
        }
    }

    pub fn of_token(token: &Token) -> Self {
        Self {
            name: token.name.clone(),
            role: token.role,
            tenants: token.tenants.clone(),
            is_peer: false,
            is_known: true,
        }
    }

    pub fn of_person(person: Person) -> Self {
        Self {
            name: person.name,
            role: person.role,
            tenants: person.tenants,
            is_peer: false,
            is_known: true,
        }
    }

    /// Whether he may see what the process does for everybody.
    pub fn sees_the_process(&self) -> bool {
        self.role.may(Right::Read) && self.tenants.is_none()
    }

    pub fn sees(&self, tenant: &str) -> bool {
        let tenants = self.tenants.as_ref();
        tenants.is_none_or(|tenants| tenants.iter().any(|one| one == tenant))
    }
}

fn allowed(parts: &Parts, right: Right) -> Result<Caller, Response> {
    // Only where a route was added outside of what admits.
    let Some(caller) = parts.extensions.get::<Caller>() else {
        return Err(super::answer::internal());
    };
    if caller.role.may(right) {
        return Ok(caller.clone());
    }
    let message = format!(
        "`{}` has the role `{}`, which may not do this; ask for another role, or a token of one",
        caller.name,
        caller.role.name()
    );
    Err(error(StatusCode::FORBIDDEN, "forbidden", message))
}

macro_rules! extractor {
    ($name:ident, $right:expr, $doc:literal) => {
        #[doc = $doc]
        pub(super) struct $name(pub Caller);

        impl<S: Send + Sync> FromRequestParts<S> for $name {
            type Rejection = Response;
            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
                allowed(parts, $right).map(Self)
            }
        }
    };
}

extractor!(
    Predicts,
    Right::Predict,
    "Somebody who may ask for the risk of a login."
);
extractor!(Reads, Right::Read, "Somebody who may look.");
extractor!(Judges, Right::Judge, "Somebody who may give verdicts.");
extractor!(
    Administers,
    Right::Administer,
    "Somebody who may see the process."
);
