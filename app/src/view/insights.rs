use chrono::{NaiveDate, NaiveTime, TimeDelta};
use domain::{
    ConfigurationId, Time, csv,
    record::{Action, Status},
};
use service::insights::Insights;

use super::{
    Span,
    query::{self, Pairs},
};

/// Which figures the address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InsightsQuery {
    /// Absent: the days below, which go before it, or a day.
    pub span: Option<Span>,
    /// Days as they were typed, `2026-11-26`, both of them part of the range.
    pub from: String,
    pub to: String,
    pub configuration: Option<ConfigurationId>,
}

impl InsightsQuery {
    /// The spans that are offered.
    pub const SPANS: [Span; 3] = [Span::Day, Span::Week, Span::Month];

    pub fn parse(pairs: &Pairs) -> Self {
        let text = |name| query::first(pairs, name).unwrap_or_default().trim().to_owned();
        let (from, to) = (text("from"), text("to"));
        let typed = !(from.is_empty() && to.is_empty());
        let span = text("range").parse().ok().filter(|span| !typed && Self::SPANS.contains(span));
        Self { span, from, to, configuration: text("configuration").parse().ok() }
    }

    pub fn address(&self, path: &str) -> String {
        let pairs = [
            ("range", self.span.map(|span| span.to_string()).unwrap_or_default()),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
            ("configuration", self.configuration.map(|id| id.to_string()).unwrap_or_default()),
        ];
        query::href(path, &pairs)
    }

    /// Whether days of one's own are typed.
    pub fn is_own(&self) -> bool {
        self.span.is_none() && !(self.from.is_empty() && self.to.is_empty())
    }

    /// The range, or what is wrong with the days.
    pub fn range(&self, now: Time) -> Result<(Time, Time), String> {
        if !self.is_own() {
            return Ok((self.span.unwrap_or(Span::Day).since(now), now));
        }
        let day = |text: &str| {
            // Years of more than four digits are no years of anybody's log, and end at the calendar's edge.
            let day = text.parse::<NaiveDate>().ok().filter(|_| text.len() == "2026-11-26".len());
            let day = day.ok_or_else(|| format!("“{text}” is no day: write 2026-11-26."))?;
            Ok::<Time, String>(day.and_time(NaiveTime::MIN).and_utc())
        };
        let until = if self.to.is_empty() { now } else { day(&self.to)? + TimeDelta::days(1) };
        let since = if self.from.is_empty() { until - TimeDelta::days(7) } else { day(&self.from)? };
        Ok((since, until))
    }
}

/// The insights page.
#[derive(Debug, Clone)]
pub struct InsightsView {
    pub query: InsightsQuery,
    /// Ids and names, for the choice.
    pub configurations: Vec<(ConfigurationId, String)>,
    /// The figures, or why there are none.
    pub insights: Result<Insights, String>,
}

domain::words!(
    /// A table of the page, by the name of its file.
    InsightTable {
        Actions = "actions",
        Outcomes = "outcomes",
        Cycles = "cycles",
        Agents = "agents",
        Errors = "errors",
        Objects = "objects",
    }
);

/// Sums of the operations by slot and by one of their sides, every slot with every value.
pub fn sums<T: PartialEq>(insights: &Insights, all: &[T], of: impl Fn(Action, Status) -> T) -> Vec<Vec<u64>> {
    let mut sums = vec![vec![0; all.len()]; insights.slots.len()];
    for slot in &insights.operations {
        let row = insights.slots.binary_search(&slot.at);
        let column = all.iter().position(|value| *value == of(slot.action, slot.status));
        if let (Ok(row), Some(column)) = (row, column) {
            sums[row][column] += slot.count;
        }
    }
    sums
}

impl InsightTable {
    /// The table as a file.
    pub fn csv(self, insights: &Insights) -> String {
        let mut text = String::new();
        let at = |time: Time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        match self {
            Self::Actions => {
                let names = Action::ALL.iter().map(|action| action.as_str());
                text += &csv::line(&std::iter::once("from").chain(names).collect::<Vec<_>>());
                rows(&mut text, insights, &sums(insights, Action::ALL, |action, _| action));
            }
            Self::Outcomes => {
                let names = Status::ALL.iter().map(|status| status.as_str());
                text += &csv::line(&std::iter::once("from").chain(names).collect::<Vec<_>>());
                rows(&mut text, insights, &sums(insights, Status::ALL, |_, status| status));
            }
            Self::Cycles => {
                text += &csv::line(&["from", "cycles", "failed", "meanMilliseconds", "longestMilliseconds"]);
                for slot in &insights.cycles {
                    let mean = slot.total_ms / slot.cycles.max(1);
                    let figures = [slot.cycles, slot.failed, mean, slot.longest_ms].map(|n| n.to_string());
                    text += &csv::line(&[&[at(slot.at)], &figures[..]].concat());
                }
            }
            Self::Agents => {
                text += &csv::line(&["from", "fewestInAnHour", "mostInAnHour"]);
                for slot in &insights.agents {
                    text += &csv::line(&[at(slot.at), slot.fewest.to_string(), slot.most.to_string()]);
                }
            }
            Self::Errors => {
                text += &csv::line(&["errorCode", "operations"]);
                for (code, count) in &insights.errors {
                    text += &csv::line(&[code.clone(), count.to_string()]);
                }
            }
            Self::Objects => {
                text += &csv::line(&["objectType", "state", "objects"]);
                for (kind, state, count) in &insights.states.links {
                    text += &csv::line(&[kind.to_string(), state.to_string(), count.to_string()]);
                }
                for (kind, count) in &insights.states.escrows {
                    text += &csv::line(&[kind.to_string(), "failing".to_owned(), count.to_string()]);
                }
            }
        }
        text
    }
}

fn rows(text: &mut String, insights: &Insights, sums: &[Vec<u64>]) {
    for (at, values) in insights.slots.iter().zip(sums) {
        let at = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let cells: Vec<String> = std::iter::once(at).chain(values.iter().map(u64::to_string)).collect();
        *text += &csv::line(&cells);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_survives_its_address_and_own_days_are_whole() {
        let parse = |text: &str| InsightsQuery::parse(&query::parse(text));
        let now = Time::from_timestamp(1_800_000_000, 0).expect("a time");
        let week = parse("range=7d");
        assert_eq!(week.range(now), Ok((now - TimeDelta::days(7), now)));
        assert_eq!(parse(week.address("/x").trim_start_matches("/x?")), week);
        let own = parse("from=2026-11-20&to=2026-11-21");
        let (since, until) = own.range(now).expect("a range");
        assert_eq!(
            (since.to_rfc3339(), (until - since).num_days()),
            ("2026-11-20T00:00:00+00:00".to_owned(), 2)
        );
        assert_eq!(
            parse("range=7d&from=2026-11-20&to=2026-11-21").range(now),
            own.range(now),
            "days are meant"
        );
        for wrong in ["yesterday", "%2B262142-12-31", "-262143-01-01"] {
            assert!(parse(&format!("from={wrong}")).range(now).is_err(), "{wrong}");
            assert!(parse(&format!("to={wrong}")).range(now).is_err(), "{wrong}");
        }
        assert_eq!(parse("range=1h").span, None, "an hour is no range here");
    }
}
