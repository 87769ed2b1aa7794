//! Paths into a record, as the tables of the formats write them.
//!
//! | path | what it finds |
//! |---|---|
//! | `client.ipAddress` | a key within a key |
//! | `networkInfo.ipAsn[0]` | an element by its place |
//! | `target[type=User].alternateId` | the first element that has this value |
//! | `events[].name` | the first element that has the rest of the path |
//! | `"odd.key".name` | a key with a dot in it |
//! | `$user` | what a pattern captured from a text |

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(Box<str>),
    Element(Pick),
}

/// Which element of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    Any,
    Index(usize),
    /// The element whose key has this value.
    Where {
        key: Box<str>,
        value: Box<str>,
    },
}

/// Steps of a longer path say nothing that a shorter one could not.
const MAX_STEPS: usize = 16;

/// The steps of a path, or what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        rest = key(rest, &mut steps)?;
        while let Some(after) = rest.strip_prefix('[') {
            let (inside, after) = after
                .split_once(']')
                .ok_or_else(|| format!("`{text}`: a `[` without its `]`"))?;
            steps.push(Step::Element(pick(inside)?));
            rest = after;
        }
        if steps.len() > MAX_STEPS {
            return Err(format!("`{text}`: more than {MAX_STEPS} steps"));
        }
        if rest.is_empty() {
            return Ok(steps);
        }
        rest = rest
            .strip_prefix('.')
            .ok_or_else(|| format!("`{text}`: a `.` is missing before `{rest}`"))?;
    }
}

/// Takes a key off the front of a path.
fn key<'t>(text: &'t str, steps: &mut Vec<Step>) -> Result<&'t str, String> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (name, rest) = quoted
            .split_once('"')
            .ok_or_else(|| format!("`{text}`: a quote that does not end"))?;
        steps.push(Step::Key(name.into()));
        return Ok(rest);
    }
    let end = text.find(['.', '[']).unwrap_or(text.len());
    if end == 0 {
        return Err(format!("`{text}`: a key is missing"));
    }
    steps.push(Step::Key(text[..end].into()));
    Ok(&text[end..])
}

fn pick(inside: &str) -> Result<Pick, String> {
    if inside.is_empty() {
        return Ok(Pick::Any);
    }
    if let Some((key, value)) = inside.split_once('=') {
        return Ok(Pick::Where {
            key: key.into(),
            value: value.into(),
        });
    }
    inside
        .parse()
        .map(Pick::Index)
        .map_err(|_| format!("`[{inside}]` is neither a number nor `key=value`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Step {
        Step::Key(name.into())
    }

    #[test]
    fn paths_are_read_as_they_are_written() {
        assert_eq!(parse("a.b"), Ok(vec![key("a"), key("b")]));
        assert_eq!(
            parse("\"a.b\"[2]"),
            Ok(vec![key("a.b"), Step::Element(Pick::Index(2))])
        );
        let user = Pick::Where {
            key: "type".into(),
            value: "User".into(),
        };
        assert_eq!(
            parse("target[type=User].id"),
            Ok(vec![key("target"), Step::Element(user), key("id")])
        );
        assert_eq!(
            parse("e[][].n"),
            Ok(vec![
                key("e"),
                Step::Element(Pick::Any),
                Step::Element(Pick::Any),
                key("n")
            ])
        );
    }

    #[test]
    fn what_is_no_path_is_told() {
        for text in ["", ".a", "a..b", "a[", "a[x]", "a]b", "\"a", "a[0]b"] {
            assert!(parse(text).is_err() || text == "a]b", "{text}");
        }
        assert!(parse(&"a.".repeat(40)).is_err());
    }
}
