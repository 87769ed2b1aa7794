//! What a user probably meant by a name that is none.

/// The most similar of some names, where it is more similar than `least`.
#[must_use]
pub fn most_alike(names: &[String], least: f64, similarity: impl Fn(&str) -> f64) -> Option<&str> {
    names
        .iter()
        .map(|name| (similarity(name), name.as_str()))
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .and_then(|(best, name)| (best > least).then_some(name))
}

/// A hint at the name that was meant; empty, where none is like it.
#[must_use]
pub fn did_you_mean(name: &str, names: impl Iterator<Item = impl Into<String>>) -> String {
    let names: Vec<String> = names.map(Into::into).collect();
    let near = most_alike(&names, 0.75, |other| strsim::jaro_winkler(name, other));
    near.map_or(String::new(), |near| format!("; did you mean `{near}`?"))
}
