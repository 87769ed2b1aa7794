//! What happened, in one sentence.

use super::RecentIncident;

/// Users that are named.
const MOST_NAMED: usize = 3;

impl RecentIncident {
    /// Who was tried, from where, and whether somebody got in.
    #[must_use]
    pub fn sentence(&self) -> String {
        let from = match self.origin() {
            Some(source) => format!(" from {source}"),
            None => String::new(),
        };
        let what = match (self.kind.as_str(), self.users_entered) {
            ("account", 0) => match self.attempts {
                1 => format!("Somebody tried once to get in as {}{from}", self.named(1)),
                attempts => format!(
                    "Somebody tried {attempts} times to get in as {}{from}",
                    self.named(1)
                ),
            },
            ("account", _) => return format!("Somebody got in as {}{from}", self.named(1)),
            ("company", _) => format!(
                "Logins fail all over the company: {} users tried{from}",
                self.users_tried
            ),
            _ => format!("{} users tried{from}", self.users_tried),
        };
        match self.users_entered {
            0 => format!("{what}; nobody got in"),
            entered => format!("{what}; {entered} got in: {}", self.named(entered as usize)),
        }
    }

    /// Where most of it came from: an address, else what there is.
    fn origin(&self) -> Option<&str> {
        let mut of_kind = ["address", "network", "device"].into_iter().map(|kind| {
            let own = self.sources.iter().filter(|source| source.kind == kind);
            own.max_by_key(|source| source.attempts)
        });
        of_kind.find_map(|source| Some(source?.value.as_str()))
    }

    fn named(&self, most: usize) -> String {
        let named = self.users.iter().take(most.min(MOST_NAMED));
        let named: Vec<&str> = named.map(String::as_str).collect();
        match (named.is_empty(), most.saturating_sub(named.len())) {
            (true, _) => "somebody".to_owned(),
            (false, 0) => named.join(", "),
            (false, others) => format!("{} and {others} more", named.join(", ")),
        }
    }

    /// The family in words.
    #[must_use]
    pub fn family_words(&self) -> String {
        self.family.replace('_', " ")
    }
}
