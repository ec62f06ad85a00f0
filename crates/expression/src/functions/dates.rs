//! Dates. A text is read in any of the usual spellings (ISO 8601, M/d/yyyy, LDAP's generalised time, RFC 1123); a time
//! zone is converted to UTC, and no zone means UTC.

use super::{Arity, Complaint, Family, Function, Outcome, one_of};
use crate::dates::{self, Interval};
use crate::evaluate::Arguments;
use crate::tree::Node;
use crate::{Datum, EvalError};

const fn date(signature: &'static str, arity: Arity, run: super::Run, summary: &'static str) -> Function {
    Function::new(Family::Dates, signature, arity, run, summary)
}

pub(super) const TABLE: &[Function] = &[
    date(
        "CDate(text)",
        Arity::exactly(1),
        to_date,
        "The date that a text spells, in UTC. As a result it is written M/d/yyyy h:mm:ss tt.",
    ),
    date(
        "DateAdd(interval, count, date)",
        Arity::exactly(3),
        add,
        "The date so many intervals later, or earlier for a negative count: yyyy years, m months, ww weeks, d days, h \
         hours, n minutes, s seconds. A day that the month does not have becomes its last.",
    )
    .checked(check_interval),
    date(
        "DateDiff(interval, from, to)",
        Arity::exactly(3),
        difference,
        "How many intervals lie between two dates, negative when the second is earlier. Years, months and weeks (from \
         Sunday) count by the calendar; days, hours, minutes and seconds count what has passed in full.",
    )
    .checked(check_interval),
    date(
        "DateFromNum(number)",
        Arity::exactly(1),
        from_number,
        "The date of a Windows file time, as in pwdLastSet. 0 is 1601-01-01. No value for \"never\" (beyond the year \
         9999).",
    ),
    date(
        "FormatDateTime(source, [styles], [inputFormat], outputFormat)",
        Arity::between(3, 4),
        format,
        "A date in another form, in .NET's custom (or one-letter standard) formats of the invariant culture. With three \
         arguments there are no styles: FormatDateTime(source, inputFormat, outputFormat). Without an input format the \
         source is read in any usual spelling. Styles are accepted and change nothing: white space around is always \
         allowed and the result is always in UTC.",
    )
    .checked(check_format),
    date("Now()", Arity::exactly(0), now, "The time of the run in UTC."),
    date(
        "NumFromDate(date)",
        Arity::exactly(1),
        to_number,
        "The Windows file time of a date, as for accountExpires.",
    ),
];

fn to_date<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    Ok(args.date(0)?.map_or(Datum::Null, Datum::Date))
}

fn check_interval(nodes: &mut [Node]) -> Result<(), Complaint> {
    one_of(nodes, 0, Interval::WORDS)
}

fn interval(args: &Arguments) -> Result<Interval, EvalError> {
    let word = args.text_or_empty(0)?;
    Interval::parse(&word).ok_or_else(|| {
        args.fail(format!("`{}` is no interval: use one of {}", word, Interval::WORDS.join(", ")))
    })
}

fn add<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let (interval, count) = (interval(args)?, args.required_integer(1, "the count")?);
    let Some(date) = args.date(2)? else { return Ok(Datum::Null) };
    dates::add(date, count, interval)
        .map(Datum::Date)
        .ok_or_else(|| args.fail("the result is outside the years 1 to 9999"))
}

fn difference<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let interval = interval(args)?;
    Ok(match (args.date(1)?, args.date(2)?) {
        (Some(from), Some(to)) => Datum::Integer(dates::difference(from, to, interval)),
        _ => Datum::Null,
    })
}

fn from_number<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    match args.integer(0)? {
        None => Ok(Datum::Null),
        Some(number) if number < 0 => Err(args.fail("a file time is not negative")),
        Some(number) => Ok(dates::from_file_time(number).map_or(Datum::Null, Datum::Date)),
    }
}

fn check_format(nodes: &mut [Node]) -> Result<(), Complaint> {
    let last = nodes.len() - 1;
    let empty = |node: &Node| matches!(node, Node::Missing) || node.constant() == Some("");
    if empty(&nodes[last]) {
        return Err(Complaint::about(last, "the output format is missing").hint("\"yyyy-MM-dd\""));
    }
    for index in [last - 1, last] {
        if let Some(pattern) = nodes[index].constant() {
            dates::check(pattern).map_err(|fault| Complaint::about(index, fault))?;
        }
    }
    Ok(())
}

fn format<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let output = args.len() - 1;
    let source = args.get(0)?;
    if source.is_empty() {
        return Ok(Datum::Null);
    }
    let date = match source {
        Datum::Date(date) => date,
        source => {
            let text = source.into_text().map_err(|fault| args.fail(fault))?.unwrap_or_default();
            match args.text_or_empty(output - 1)?.as_ref() {
                "" => dates::parse_any(&text).ok_or_else(|| {
                    format!("`{}` is not a date that can be read", crate::evaluate::short(&text))
                }),
                pattern => dates::parse(&text, pattern),
            }
            .map_err(|fault| args.fail(fault))?
        }
    };
    let pattern = args.text_or_empty(output)?;
    dates::print(date, &pattern).map(Datum::text).map_err(|fault| args.fail(fault))
}

fn now<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let now = args.parameters().now().ok_or_else(|| args.fail("the time is not known here"))?;
    Ok(Datum::Date(now.naive_utc()))
}

fn to_number<'a>(args: &Arguments<'a, '_>) -> Outcome<'a> {
    let Some(date) = args.date(0)? else { return Ok(Datum::Null) };
    dates::to_file_time(date).map(Datum::Integer).ok_or_else(|| args.fail("file times begin in 1601"))
}
