//! From the text of a condition (the Common Expression Language) to comparisons: names, types and
//! words are checked, and "not" is turned inward, so that what is missing meets nothing.
//!
//! Of the language there are `&&`, `||`, `!`, comparisons of a name with a number or a word, `in`
//! with a list of words, `known(name)`, and sums and products of numbers. The specification is at
//! <https://github.com/google/cel-spec>.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};
use cel::parser::Parser;

use super::condition::{Condition, Test};
use super::field::{Field, Named, Word, fields, find};
use crate::detector::reasons;
use crate::features::natural::NATURAL;
use crate::spelling::did_you_mean;

/// The longest condition, bytes.
const MAX_BYTES: usize = 4_096;

/// Brackets, and signs before a name, that may stand within one another: reading them takes stack.
const MOST_NESTED: usize = 32;

/// Why a text is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at column {column}: {message}")]
pub struct ConditionError {
    /// From 1 on.
    pub column: u32,
    pub message: String,
}

/// Reads a condition.
pub fn compile(text: &str) -> Result<Condition, ConditionError> {
    if text.len() > MAX_BYTES {
        return Err(ConditionError {
            column: 1,
            message: format!("it is longer than {MAX_BYTES} bytes"),
        });
    }
    if is_too_nested(text) {
        return Err(ConditionError {
            column: 1,
            message: format!("more than {MOST_NESTED} brackets or signs are within one another"),
        });
    }
    let parsed = Parser::new().parse_with_source_info(text);
    let (root, source) = parsed.map_err(|errors| {
        let first = errors.errors.first();
        foreign(text).unwrap_or_else(|| ConditionError {
            column: first.map_or(1, |error| error.pos.1.try_into().unwrap_or(1)),
            message: first.map_or("it cannot be read".to_owned(), |error| readable(&error.msg)),
        })
    })?;
    let compiler = Compiler { source };
    Ok(compiler.condition(&root, true)?.in_order())
}

/// What the parser says, without the names of everything that could have stood there.
fn readable(said: &str) -> String {
    let (found, _) = said.split_once(" expecting ").unwrap_or((said, ""));
    match found.contains("<EOF>") {
        true => "it ends in the middle: something is missing after this".to_owned(),
        false => found.to_owned(),
    }
}

/// Whether brackets and signs nest deeper than a condition needs.
fn is_too_nested(text: &str) -> bool {
    let (mut brackets, mut signs) = (0usize, 0usize);
    text.chars().any(|letter| {
        match letter {
            '(' | '[' | '{' => brackets += 1,
            ')' | ']' | '}' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        signs = match letter {
            '!' | '-' => signs + 1,
            letter if letter.is_whitespace() || letter == '(' => signs,
            _ => 0,
        };
        brackets + signs > MOST_NESTED
    })
}

/// Signs and words of other languages that people write first, and what stands for them here.
const FOREIGN: [(&str, &str); 11] = [
    ("and", "&&"),
    ("or", "||"),
    ("not", "!(...), such as !(country in [\"CH\"])"),
    ("is", "=="),
    ("=", "=="),
    ("=>", ">="),
    ("=<", "<="),
    (">>", ">"),
    ("<>", "!="),
    ("===", "=="),
    ("like", "== or in: there are no patterns"),
];

/// The first sign of another language in a text that cannot be read.
fn foreign(text: &str) -> Option<ConditionError> {
    let mut rest = text;
    let mut quote = None;
    while let Some(letter) = rest.chars().next() {
        let kind = |letter: char| match letter {
            '=' | '<' | '>' | '!' => 1,
            letter if letter.is_alphanumeric() || letter == '_' => 2,
            _ => 0,
        };
        let end = match kind(letter) {
            0 => letter.len_utf8(),
            same => rest.find(|other| kind(other) != same).unwrap_or(rest.len()),
        };
        let token = &rest[..end];
        match quote {
            Some(open) if letter == open => quote = None,
            Some(_) => {}
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            None => {
                let found = FOREIGN
                    .iter()
                    .find(|(sign, _)| sign.eq_ignore_ascii_case(token));
                if let Some((_, ours)) = found {
                    let before = text[..text.len() - rest.len()].chars().count();
                    return Some(ConditionError {
                        column: u32::try_from(before + 1).unwrap_or(1),
                        message: format!("`{token}` is not read here; write {ours}"),
                    });
                }
            }
        }
        rest = &rest[end..];
    }
    None
}

/// Who a login is of, or where it came from by name: no condition asks for one of them.
const IDENTITIES: [&str; 8] = [
    "user_id",
    "user",
    "ip_address",
    "ip",
    "asn",
    "device_id",
    "device",
    "tenant",
];

struct Compiler {
    source: SourceInfo,
}

impl Compiler {
    fn error<T>(&self, at: &IdedExpr, message: impl Into<String>) -> Result<T, ConditionError> {
        let offset = self.source.offset_for(at.id).map_or(0, |(start, _)| start);
        Err(ConditionError {
            column: offset + 1,
            message: message.into(),
        })
    }

    /// The condition, or its opposite where `is` is not so.
    fn condition(&self, expr: &IdedExpr, is: bool) -> Result<Condition, ConditionError> {
        match &expr.expr {
            Expr::Call(call) => self.call(expr, call, is),
            Expr::Ident(name) => self.flag(expr, name, is),
            Expr::Literal(LiteralValue::Boolean(value)) => {
                Ok(Condition::Constant(*value.inner() == is))
            }
            _ => self.error(expr, NO_CONDITION),
        }
    }

    fn call(
        &self,
        expr: &IdedExpr,
        call: &CallExpr,
        is: bool,
    ) -> Result<Condition, ConditionError> {
        let both = |all: bool| {
            let parts = call.args.iter().map(|part| self.condition(part, is));
            let parts = parts.collect::<Result<Vec<_>, _>>()?;
            // The opposite of "both" is "one of the opposites".
            Ok(match all == is {
                true => Condition::All(parts),
                false => Condition::Any(parts),
            })
        };
        match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::LOGICAL_AND, _) => both(true),
            (operators::LOGICAL_OR, _) => both(false),
            (operators::LOGICAL_NOT, [part]) => self.condition(part, !is),
            (operators::IN, [what, list]) => self.is_in(what, list, is),
            ("known", [what]) if call.target.is_none() => self.known(what, is),
            (name, [left, right]) => match test_of(name) {
                Some(test) => self.comparison(expr, test, (left, right), is),
                None => self.error(expr, NO_CONDITION),
            },
            ("known", _) => self.error(expr, "known() takes one name: known(speed_kmh)"),
            _ => self.error(expr, NO_CONDITION),
        }
    }

    fn field(&self, at: &IdedExpr, name: &str) -> Result<&'static Field, ConditionError> {
        match find(name) {
            Some(field) => Ok(field),
            None if IDENTITIES.contains(&name) => {
                let message = format!(
                    "`{name}` cannot be asked for: a rule is for everybody. Leave some out by an \
                     exception ([[rule.except]] with users, networks or devices); name networks \
                     by a list (`network_class`)"
                );
                self.error(at, message)
            }
            None => {
                let names = fields().iter().map(|field| field.name.as_str());
                let hint = did_you_mean(name, names);
                self.error(at, format!("there is no `{name}`{hint}"))
            }
        }
    }

    fn flag(&self, at: &IdedExpr, name: &str, is: bool) -> Result<Condition, ConditionError> {
        let field = self.field(at, name)?;
        match field.named {
            Named::Flag(feature) => Ok(Condition::Flag { feature, is }),
            Named::Success => Ok(Condition::Success(is)),
            Named::FirstLogins => Ok(Condition::FirstLogins(is)),
            _ => self.error(
                at,
                format!(
                    "`{name}` ({}) is neither true nor false: compare it",
                    field.unit
                ),
            ),
        }
    }

    fn known(&self, at: &IdedExpr, is: bool) -> Result<Condition, ConditionError> {
        let Expr::Ident(name) = &at.expr else {
            return self.error(at, "known() takes one name: known(speed_kmh)");
        };
        match self.field(at, name)?.named {
            Named::Number(feature) | Named::Flag(feature) => Ok(Condition::Known { feature, is }),
            _ => self.error(
                at,
                format!("`{name}` is no feature: it is always known, or compared"),
            ),
        }
    }

    fn comparison(
        &self,
        expr: &IdedExpr,
        test: Test,
        (left, right): (&IdedExpr, &IdedExpr),
        is: bool,
    ) -> Result<Condition, ConditionError> {
        let (name, at, value, test) = match (&left.expr, &right.expr) {
            (Expr::Ident(name), _) => (name, left, right, test),
            (_, Expr::Ident(name)) => (name, right, left, test.mirrored()),
            _ => return self.error(expr, "one side of a comparison must be a name by itself: features are not calculated with"),
        };
        let test = if is { test } else { test.opposite() };
        let field = self.field(at, name)?;
        match field.named {
            Named::Number(feature) => {
                let number = self.number(value, field)?;
                let bound = NATURAL[feature].as_ref().map(|one| one.to_feature(number));
                match bound.filter(|bound| bound.is_finite()) {
                    Some(bound) => Ok(Condition::Number {
                        feature,
                        test,
                        bound,
                    }),
                    None => self.error(
                        value,
                        format!("`{name}` ({}) is never near {number}", field.unit),
                    ),
                }
            }
            Named::Risk => Ok(Condition::Risk {
                test,
                bound: self.number(value, field)?,
            }),
            Named::AsnSuccesses => Ok(Condition::AsnSuccesses {
                test,
                bound: self.number(value, field)?,
            }),
            Named::Flag(_) | Named::Success | Named::FirstLogins => match (&value.expr, test) {
                (Expr::Literal(LiteralValue::Boolean(wanted)), Test::Equal) => {
                    self.flag(at, name, *wanted.inner())
                }
                (Expr::Literal(LiteralValue::Boolean(wanted)), Test::NotEqual) => {
                    self.flag(at, name, !*wanted.inner())
                }
                _ => self.error(value, format!("`{name}` is true or false")),
            },
            Named::Word(word) => self.one_of(word, name, &[value], self.equals(expr, test)?),
            Named::Country => self.countries(&[value], self.equals(expr, test)?),
            Named::Reasons => self.error(expr, "write \"code\" in reasons"),
        }
    }

    /// Whether a test asks for the same, or for another.
    fn equals(&self, at: &IdedExpr, test: Test) -> Result<bool, ConditionError> {
        match test {
            Test::Equal => Ok(true),
            Test::NotEqual => Ok(false),
            _ => self.error(at, "words are the same or not, and neither more nor less"),
        }
    }

    fn is_in(
        &self,
        what: &IdedExpr,
        list: &IdedExpr,
        is: bool,
    ) -> Result<Condition, ConditionError> {
        match (&what.expr, &list.expr) {
            (_, Expr::Ident(name)) if name == "reasons" => self.reason(what, is),
            (Expr::Ident(name), Expr::List(list)) => {
                let values: Vec<&IdedExpr> = list.elements.iter().collect();
                match self.field(what, name)?.named {
                    Named::Word(word) => self.one_of(word, name, &values, is),
                    Named::Country => self.countries(&values, is),
                    _ => self.error(what, format!("`{name}` is no word")),
                }
            }
            _ => self.error(
                what,
                "write \"code\" in reasons, or field in [\"a\", \"b\"]",
            ),
        }
    }

    fn reason(&self, at: &IdedExpr, is: bool) -> Result<Condition, ConditionError> {
        let wanted = self.text(at)?;
        match reasons::codes().find(|code| *code == wanted) {
            Some(code) => Ok(Condition::Reason { code, is }),
            None => {
                let hint = did_you_mean(wanted, reasons::codes());
                self.error(at, format!("there is no reason `{wanted}`{hint}"))
            }
        }
    }

    fn one_of(
        &self,
        field: Word,
        name: &str,
        values: &[&IdedExpr],
        is: bool,
    ) -> Result<Condition, ConditionError> {
        let all = field.all();
        let mut words = 0;
        for value in values {
            let wanted = self.text(value)?;
            match all.iter().position(|word| *word == wanted) {
                Some(place) => words |= 1 << place,
                None => {
                    let hint = did_you_mean(wanted, all.iter().copied());
                    let all = all.join(", ");
                    let message = format!("{name} is one of {all}, and never `{wanted}`{hint}");
                    return self.error(value, message);
                }
            }
        }
        Ok(Condition::Word { field, words, is })
    }

    fn countries(&self, values: &[&IdedExpr], is: bool) -> Result<Condition, ConditionError> {
        let mut codes = Vec::with_capacity(values.len());
        for value in values {
            let wanted = self.text(value)?;
            let known = crate::enrich::geo::country(wanted);
            match known.and_then(|known| known.iso.as_bytes().try_into().ok()) {
                Some(code) => codes.push(code),
                None => return self.error(value, format!("there is no country `{wanted}`")),
            }
        }
        Ok(Condition::Country { codes, is })
    }

    fn text<'a>(&self, at: &'a IdedExpr) -> Result<&'a str, ConditionError> {
        match &at.expr {
            Expr::Literal(LiteralValue::String(text)) => Ok(text.inner()),
            _ => self.error(at, "a word in quotes is needed here"),
        }
    }

    fn number(&self, at: &IdedExpr, field: &Field) -> Result<f64, ConditionError> {
        match constant(at) {
            Some(number) => Ok(number),
            None => self.error(
                at,
                format!(
                    "`{}` is compared with a number ({})",
                    field.name, field.unit
                ),
            ),
        }
    }
}

const NO_CONDITION: &str =
    "a condition is a comparison such as speed_kmh > 900, or several with && and ||";

fn test_of(operator: &str) -> Option<Test> {
    Some(match operator {
        operators::LESS => Test::Below,
        operators::LESS_EQUALS => Test::AtMost,
        operators::EQUALS => Test::Equal,
        operators::NOT_EQUALS => Test::NotEqual,
        operators::GREATER_EQUALS => Test::AtLeast,
        operators::GREATER => Test::Above,
        _ => return None,
    })
}

/// The value of a number, or of sums and products of numbers.
fn constant(at: &IdedExpr) -> Option<f64> {
    match &at.expr {
        Expr::Literal(LiteralValue::Int(number)) => Some(*number.inner() as f64),
        Expr::Literal(LiteralValue::Double(number)) => Some(*number.inner()),
        Expr::Literal(LiteralValue::UInt(number)) => Some(*number.inner() as f64),
        Expr::Call(call) => match (call.func_name.as_str(), call.args.as_slice()) {
            (operators::NEGATE, [one]) => Some(-constant(one)?),
            (operators::ADD, [one, other]) => Some(constant(one)? + constant(other)?),
            (operators::SUBSTRACT, [one, other]) => Some(constant(one)? - constant(other)?),
            (operators::MULTIPLY, [one, other]) => Some(constant(one)? * constant(other)?),
            (operators::DIVIDE, [one, other]) => Some(constant(one)? / constant(other)?),
            _ => None,
        },
        _ => None,
    }
}
