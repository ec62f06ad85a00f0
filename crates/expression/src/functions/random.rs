//! Random values. The randomness is passed in: whoever evaluates decides whether a second run may give another value.

use super::{Arity, Family, Function, Outcome};
use crate::evaluate::Arguments;
use crate::parameters::Random;
use crate::{Datum, EvalError};

const fn random(signature: &'static str, arity: Arity, run: super::Run, summary: &'static str) -> Function {
    Function::new(Family::Random, signature, arity, run, summary)
}

pub(super) const TABLE: &[Function] = &[
    random(
        "Guid()",
        Arity::exactly(0),
        guid,
        "A random identifier in lower case with hyphens. Apply such a mapping on create only: every evaluation gives \
         another one.",
    ),
    random(
        "RandomString(length, digits, specials, capitals, lowercase, [avoid])",
        Arity::between(5, 6),
        random_string,
        "A random text with at least so many characters of each class, up to 256. The rest comes from the classes that \
         were asked for, or from all when none was. Characters to avoid never occur.",
    ),
];

const LONGEST: usize = 256;
const CLASSES: [&str; 4] = [
    "0123456789",
    "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "abcdefghijklmnopqrstuvwxyz",
];

fn source<'a>(args: &Arguments<'a, '_>) -> Result<&'a dyn Random, EvalError> {
    args.parameters().random().ok_or_else(|| args.fail("random values are not available here"))
}

fn guid<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let mut bytes = [0; 16];
    source(args)?.fill(&mut bytes);
    Ok(Datum::text(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()))
}

fn random_string<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let random = source(args)?;
    let number = |index, what| {
        let value = args.required_integer(index, what)?;
        usize::try_from(value)
            .ok()
            .filter(|value| *value <= LONGEST)
            .ok_or_else(|| args.fail(format!("{what} is {value}, it must be between 0 and {LONGEST}")))
    };
    let length = number(0, "the length")?;
    let least = [
        number(1, "the number of digits")?,
        number(2, "the number of special characters")?,
        number(3, "the number of capitals")?,
        number(4, "the number of lower-case letters")?,
    ];
    if least.iter().sum::<usize>() > length {
        return Err(args.fail("the parts asked for are longer than the whole"));
    }
    let avoid = args.text_or_empty(5)?;
    let classes =
        CLASSES.map(|class| class.bytes().filter(|c| !avoid.contains(char::from(*c))).collect::<Vec<_>>());
    let mut characters = Vec::with_capacity(length);
    for (class, count) in classes.iter().zip(least) {
        for _ in 0..count {
            characters
                .push(pick(random, class).ok_or_else(|| args.fail("a class has no character left to use"))?);
        }
    }
    let all = least.iter().all(|count| *count == 0);
    let rest: Vec<u8> = classes
        .iter()
        .zip(least)
        .filter(|(_, count)| all || *count > 0)
        .flat_map(|(class, _)| class.clone())
        .collect();
    while characters.len() < length {
        characters.push(pick(random, &rest).ok_or_else(|| args.fail("no character is left to use"))?);
    }
    for last in (1..characters.len()).rev() {
        characters.swap(last, below(random, last + 1));
    }
    Ok(Datum::text(characters.into_iter().map(char::from).collect::<String>()))
}

fn pick(random: &dyn Random, from: &[u8]) -> Option<u8> {
    (!from.is_empty()).then(|| from[below(random, from.len())])
}

/// A number below a bound. 64 bits over at most 256 values: the bias is beyond measuring, and a source that always
/// gives the same bytes cannot make this loop.
fn below(random: &dyn Random, bound: usize) -> usize {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    (u64::from_le_bytes(bytes) % bound as u64) as usize
}
