//! What keeps a configuration from being well, and how its changes are followed.

use domain::{
    Time, Tracking,
    access::Role,
    configuration::QuarantineThresholds,
    record::Action,
    status::{Quarantine, QuarantineReason, StatusCode},
};
use leptos::prelude::*;
use service::Staged;

use crate::{
    components::{Fact, Facts, LinkButton, Notice, Pill, PostButton, Tone, When},
    format::{counted, number},
    frame::frame,
    view::{ConfigurationDetail, ConfigurationSummary, LogFilter, query},
};

/// Everything that a reader has to know first.
pub fn notices(detail: &ConfigurationDetail) -> impl IntoView + use<> {
    let summary = &detail.summary;
    view! {
        {quarantine(detail)} {failing_cycle(summary)} {paused(summary)} {deletes_allowed(detail)}
        {failing_objects(summary)}
    }
}

fn quarantine(detail: &ConfigurationDetail) -> Option<AnyView> {
    let held = detail.quarantine()?.clone();
    let advice = domain::catalogue::find(&held.error.code).map(|entry| entry.advice);
    let message = without_advice(&held.error.message, advice);
    let memory = &detail.state.memory;
    let series = memory.quarantine_series_began.unwrap_or(held.current_began);
    let count = counted(memory.quarantine_count.max(1).into(), "cycle", "cycles");
    let staged = detail.staged.map(|staged| staged_panel(staged, &detail.summary));
    let thresholds = detail.configuration.plan.quarantine;
    let ladder = ladder(&held, series, &thresholds);
    Some(
        view! {
            <Notice tone=Tone::Bad title=format!("In quarantine: {}", reason_text(held.reason))>
                <p>{message}</p>
                {advice.map(|text| view! { <p class="soft">{text}</p> })}
                <Facts>
                    <Fact label="Reason"><code>{held.reason.as_str()}</code></Fact>
                    <Fact label="Error"><code>{held.error.code}</code></Fact>
                    <Fact label="Since"><When at=held.current_began /></Fact>
                    <Fact label="Series">{count} ", the first at " <When at=series /></Fact>
                    <Fact label="Next attempt">
                        {match held.next_attempt {
                            Some(at) => view! { <When at /> }.into_any(),
                            None => view! { <span class="faint">"When somebody starts it"</span> }.into_any(),
                        }}
                    </Fact>
                </Facts>
                {ladder}
                {staged}
            </Notice>
        }
        .into_any(),
    )
}

/// The engine's sentence ends with the catalogue's advice; here it has a line of its own.
fn without_advice(message: &str, advice: Option<&str>) -> String {
    advice.and_then(|advice| message.strip_suffix(advice)).unwrap_or(message).trim_end().to_owned()
}

pub const fn reason_text(reason: QuarantineReason) -> &'static str {
    match reason {
        QuarantineReason::EncounteredBaseEscrowThreshold => "too many objects fail",
        QuarantineReason::EncounteredTotalEscrowThreshold => "too many objects and references fail",
        QuarantineReason::EncounteredEscrowProportionThreshold => "too large a share of the objects fails",
        QuarantineReason::EncounteredQuarantineException => "source or target refuses the work",
        QuarantineReason::Unknown => "the reason is not known",
        QuarantineReason::QuarantinedOnDemand => "somebody asked for it",
        QuarantineReason::TooManyDeletes => "a cycle would remove too much",
        QuarantineReason::IngestionInterrupted => "the source stopped in the middle",
    }
}

/// Where on the way of attempts the configuration stands.
fn ladder(
    held: &Quarantine,
    series: Time,
    thresholds: &QuarantineThresholds,
) -> Option<impl IntoView + use<>> {
    let now = held.step()?;
    let hours = Quarantine::LADDER.map(|hours| format!("After {hours} h"));
    let steps = hours.into_iter().chain(["Every 24 h".to_owned()]).enumerate().map(|(step, text)| {
        let class = match step.cmp(&now) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "",
        };
        let says = if step == now { " (next)" } else { "" };
        view! { <li class=class aria-current=(step == now).then_some("step")>{text} {says}</li> }
    });
    let steps = steps.collect_view();
    let days = i64::from(thresholds.disable_after_days);
    let end = series + chrono::TimeDelta::days(days);
    Some(view! {
        <ol class="ladder" aria-label="Attempts while in quarantine">
            {steps}
            <li>"Disabled after " {days} " days, " <When at=end /></li>
        </ol>
    })
}

fn staged_panel(staged: Staged, summary: &ConfigurationSummary) -> impl IntoView + use<> {
    let records = LogFilter {
        configuration: Some(summary.id),
        actions: vec![Action::StagedDelete],
        ..LogFilter::default()
    }
    .href();
    let review = frame().may(Role::Administrator).then(|| {
        let href = format!("{}/allow-deletes", summary.href());
        view! { <LinkButton href text="Review and allow deletes" class="danger" /> }
    });
    view! {
        <p>"Held back: " <strong>{staged_text(staged)}</strong> ". Nothing was removed."</p>
        <div class="actions">
            <LinkButton href=records text="Staged delete records" icon="logs" />
            {review}
        </div>
    }
}

/// `12 objects and 30 memberships`.
pub fn staged_text(staged: Staged) -> String {
    let objects = counted(staged.objects, "object", "objects");
    if staged.memberships == 0 {
        return objects;
    }
    format!("{objects} and {}", counted(staged.memberships, "membership", "memberships"))
}

fn failing_cycle(summary: &ConfigurationSummary) -> Option<AnyView> {
    if summary.status == StatusCode::Quarantine {
        return None;
    }
    let cycle = summary.last.as_ref().filter(|_| summary.is_failing())?;
    let problem = cycle.problem.clone()?;
    let advice = domain::catalogue::find(&problem.code).map(|entry| entry.advice);
    let message = without_advice(&problem.message, advice);
    Some(
        view! {
            <Notice tone=Tone::Bad title=format!("The last cycle failed: {}", problem.code)>
                <p>{message}</p>
                {advice.map(|text| view! { <p class="soft">{text}</p> })}
            </Notice>
        }
        .into_any(),
    )
}

fn paused(summary: &ConfigurationSummary) -> Option<impl IntoView + use<>> {
    (summary.status == StatusCode::Paused).then(|| {
        let who = query::href("/audit", &[("q", summary.name.clone())]);
        view! {
            <Notice tone=Tone::Warn title="Paused">
                <p>
                    "Nothing runs until somebody resumes it. It goes on where it stopped: changes made meanwhile are taken then. "
                    <a href=who>"Who paused it"</a>
                </p>
            </Notice>
        }
    })
}

fn deletes_allowed(detail: &ConfigurationDetail) -> Option<impl IntoView + use<>> {
    detail.state.deletes_allowed.then(|| {
        view! {
            <Notice tone=Tone::Warn title="Deletes are allowed for the next complete cycle">
                "The accidental-delete guard does not stop it, however much it removes."
            </Notice>
        }
    })
}

fn failing_objects(summary: &ConfigurationSummary) -> Option<impl IntoView + use<>> {
    if summary.failing == 0 {
        return None;
    }
    let title = format!(
        "{} and {} for the next attempt",
        counted(summary.failing, "object fails", "objects fail"),
        if summary.failing == 1 { "waits" } else { "wait" }
    );
    let href = format!("{}/failing", summary.href());
    let retry = frame().may(Role::Operator).then(|| {
        let action = format!("{href}/retry");
        view! { <PostButton action text="Retry all now" icon="restart" /> }
    });
    Some(view! {
        <Notice tone=Tone::Warn title=title>
            "Each is tried again by itself, with growing intervals, and at once when it changes."
            <div class="actions">
                <LinkButton href text="Objects that fail" icon="alert" />
                {retry}
            </div>
        </Notice>
    })
}

/// How changes are followed, and when everything was and will be read.
pub fn following(detail: &ConfigurationDetail) -> impl IntoView + use<> {
    let memory = &detail.state.memory;
    let (last, next, asked) = (memory.last_full_at, detail.next_full_at, memory.full_requested.clone());
    let how = match (&detail.following, last) {
        (Some(following), _) => {
            let server = following.server.clone();
            view! {
                {tracking_text(following.tracking)}
                {server.map(|server| view! { <span class="faint">" from "</span> <span class="mono">{server}</span> })}
            }
            .into_any()
        }
        (None, Some(_)) => view! { <Pill tone=Tone::Warn text="Everything is read each time" /> }.into_any(),
        (None, None) => view! { <span class="faint">"Known after the first cycle"</span> }.into_any(),
    };
    let never = || view! { <span class="faint">"Not yet"</span> }.into_any();
    let next = match (asked, next) {
        (Some(reason), _) => view! { "With the next cycle: " {reason} "." }.into_any(),
        (None, Some(at)) if at <= frame().now => view! { "With the next cycle: it is due." }.into_any(),
        (None, Some(at)) => view! { <When at /> }.into_any(),
        (None, None) => view! { "With the next cycle: it is the first." }.into_any(),
    };
    view! {
        <Fact label="Changes">{how}</Fact>
        <Fact label="Last full reading">
            {last.map_or_else(never, |at| view! { <When at /> }.into_any())}
        </Fact>
        <Fact label="Next full reading">{next}</Fact>
    }
}

const fn tracking_text(tracking: Tracking) -> &'static str {
    match tracking {
        Tracking::DirSync => "Followed with DirSync",
        Tracking::UsnChanged => "Followed by uSNChanged",
        Tracking::ContentSync => "Followed by content synchronisation",
        Tracking::Timestamp => "Followed by modifyTimestamp, ids compared",
    }
}

/// `Failing objects`, linked where there are any.
pub fn failing_fact(summary: &ConfigurationSummary) -> impl IntoView + use<> {
    let value = if summary.failing == 0 {
        view! { "0" }.into_any()
    } else {
        let href = format!("{}/failing", summary.href());
        view! { <a href=href>{number(summary.failing)}</a> }.into_any()
    };
    view! { <Fact label="Failing objects">{value}</Fact> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_back_is_told_in_words() {
        assert_eq!(staged_text(Staged { objects: 1, memberships: 0 }), "1 object");
        assert_eq!(staged_text(Staged { objects: 1_200, memberships: 1 }), "1,200 objects and 1 membership");
    }

    #[test]
    fn advice_is_said_once() {
        assert_eq!(without_advice("It is down. Start it.", Some("Start it.")), "It is down.");
        assert_eq!(without_advice("It is down.", None), "It is down.");
    }
}
