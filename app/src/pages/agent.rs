use domain::{
    access::Role,
    agent::{AgentState, AgentTask, AgentWork, BeatChannel, CheckOutcome, ReadinessCheck},
};
use leptos::prelude::*;
use service::agents::{AgentDetail, AgentView, Bucket};

use super::mapping::plural_title;
use crate::{
    components::{
        AgentPill, Card, Choice, Confirm, Copyable, Empty, Fact, Facts, Notice, PageHead, Pill, PostButton,
        Slot, Tab, Table, Tabs, Timeline, Tone, When,
    },
    format::{counted, duration, number},
    frame::frame,
    islands::LivePage,
    view::{AgentPage, TimelineSpan, agent_href},
};

/// One agent: how it was heard, what its machine is fit for, what it serves.
pub fn agent(view: AgentPage) -> impl IntoView {
    let AgentPage { detail, span, domains } = view;
    let may = frame().may(Role::Administrator);
    let base = agent_href(detail.view.agent.id);
    let about = detail.view.agent.id.to_string();
    let retired = detail.view.state == AgentState::Retired;
    let beside = view! { <AgentPill state=detail.view.state large=true /> }.into_any();
    let lead = detail.view.agent.beat.as_ref().map(|beat| beat.system.clone()).unwrap_or_default();
    let alarms = alarms(&detail.view, &base, may);
    let says = says(&detail.view);
    let timeline = timeline(&detail, span, &base);
    let readiness = readiness(&detail.view.agent.readiness);
    let reach = reach(&detail.view);
    let work = work(&detail.work);
    let about_card = facts(&detail);
    let manage = (may && !retired).then(|| manage(&base, &detail.view.agent.machine, domains));
    view! {
        <PageHead
            title=detail.view.agent.machine.clone()
            crumbs=vec![("/agents".to_owned(), "Agents".to_owned())]
            beside
            lead=view! { {lead} }.into_any()
        />
        <div class="stack">
            <div class="stack" id="now" data-swap=true>{alarms} {says}</div>
            <div class="columns">
                <div class="stack" id="history" data-swap=true>{timeline} {work} {readiness}</div>
                <div class="stack">
                    <div class="stack" id="facts" data-swap=true>{about_card} {reach}</div>
                    {manage}
                </div>
            </div>
        </div>
        <LivePage about />
    }
}

fn alarms(view: &AgentView, base: &str, may: bool) -> Option<AnyView> {
    if view.alarms.is_empty() {
        return None;
    }
    let each = view
        .alarms
        .iter()
        .map(|alarm| {
            let times = counted(alarm.count, "time", "times");
            let (at, address) = (alarm.last_at, alarm.address.clone());
            let (meaning, advice) = (alarm.kind.meaning(), alarm.kind.advice());
            view! {
                <Notice tone=Tone::Bad title=meaning>
                    <p>
                        {times} ", last " <When at /> ", from " <code>{address}</code> "."
                    </p>
                    <p class="soft">{advice}</p>
                </Notice>
            }
        })
        .collect_view();
    let action = format!("{base}/clear-alarms");
    let clear = may.then(|| {
        view! {
            <div class="actions">
                <PostButton action text="Clear the alarms" class="small" />
            </div>
        }
    });
    Some(view! { {each} {clear} }.into_any())
}

/// What its state means, where it is not simply active.
fn says(view: &AgentView) -> Option<AnyView> {
    let last = view.agent.heard.last();
    let (tone, title, text) = match view.state {
        AgentState::Active => return None,
        AgentState::Degraded => (
            Tone::Warn,
            "Heartbeats are late",
            "It missed several heartbeats. If its machine is up, look at the network between it and the portal.",
        ),
        AgentState::StatusOnly => (
            Tone::Warn,
            "Status over 8080 only: cycles cannot run through this agent",
            "It is alive and cannot reach the portal's main port. Open that port for outbound connections, or mend the proxy between them.",
        ),
        AgentState::Inactive => (
            Tone::Bad,
            "Nothing is heard of it",
            "Check that its machine and the skybridge-agent service run, and that they reach the portal. Its domains are served by their other agents meanwhile.",
        ),
        AgentState::NeverConnected => (
            Tone::Info,
            "It enrolled and never connected",
            "Start its service, or run skybridge-agent run on its machine.",
        ),
        AgentState::Retired => {
            (Tone::Info, "It was retired", "It is let in no more. To use its machine again, enrol it anew.")
        }
    };
    let since = last.map(|(at, _)| view! { <p>"Last heard " <When at /> "."</p> });
    Some(view! { <Notice tone title=title>{since}<p class="soft">{text}</p></Notice> }.into_any())
}

fn timeline(detail: &AgentDetail, span: TimelineSpan, base: &str) -> impl IntoView + use<> {
    let (buckets, label, format, tick_every) = match span {
        TimelineSpan::Day => (&detail.day, "Heartbeats of the last 24 hours", "%H:%M", 12),
        TimelineSpan::Week => (&detail.week, "Heartbeats of the last 7 days", "%d %b", 24),
    };
    let slots: Vec<Slot> = buckets.iter().map(slot).collect();
    let beats: u64 = buckets.iter().map(|bucket| u64::from(bucket.beats)).sum();
    let tabs = [(TimelineSpan::Day, "24 hours"), (TimelineSpan::Week, "7 days")]
        .map(|(of, text)| Tab {
            text,
            href: if of == TimelineSpan::Day { base.to_owned() } else { format!("{base}?span={of}") },
            current: of == span,
            count: None,
        })
        .to_vec();
    let aside = view! { <span class="push"></span> <Tabs label="Span" tabs inner=true /> }.into_any();
    let body = if beats == 0 {
        view! {
            <Empty icon="activity" title="No heartbeat in this time">
                <p>"A running agent is heard once a minute."</p>
            </Empty>
        }
        .into_any()
    } else {
        view! { <div class="card-body"><Timeline label slots format tick_every /></div> }.into_any()
    };
    view! { <Card title="Heartbeats" aside>{body}</Card> }
}

fn slot(bucket: &Bucket) -> Slot {
    Slot {
        from: bucket.from,
        until: bucket.until,
        main: bucket.main_seconds,
        status: bucket.status_seconds,
        silent: bucket.silent_seconds,
    }
}

fn readiness(checks: &[ReadinessCheck]) -> impl IntoView + use<> {
    if checks.is_empty() {
        return view! {
            <Card title="Readiness">
                <Empty icon="check" title="No check was reported yet">
                    <p>"The agent checks its machine with every start; skybridge-agent check does it by hand."</p>
                </Empty>
            </Card>
        }
        .into_any();
    }
    let mut sorted: Vec<ReadinessCheck> = checks.to_vec();
    sorted.sort_by_key(|check| match check.outcome {
        CheckOutcome::Failed => 0,
        CheckOutcome::Warning => 1,
        CheckOutcome::NotChecked => 2,
        CheckOutcome::Passed => 3,
    });
    let rows = sorted.into_iter().map(check_row).collect_view();
    view! {
        <Card title="Readiness">
            <Table label="Readiness checks" stacked=true inert=true>
                <thead>
                    <tr>
                        <th scope="col">"Check"</th>
                        <th scope="col">"Outcome"</th>
                        <th scope="col">"Found"</th>
                        <th scope="col">"Wanted"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
    .into_any()
}

fn check_row(check: ReadinessCheck) -> impl IntoView {
    let (tone, text) = match check.outcome {
        CheckOutcome::Passed => (Tone::Ok, "Passed"),
        CheckOutcome::Warning => (Tone::Warn, "Warning"),
        CheckOutcome::Failed => (Tone::Bad, "Failed"),
        CheckOutcome::NotChecked => (Tone::Calm, "Not checked"),
    };
    let domain = check.domain.map(|domain| view! { " " <span class="faint">{domain}</span> });
    let advice = (!check.advice.is_empty()).then(|| view! { <p class="soft">{check.advice}</p> });
    view! {
        <tr>
            <th scope="row" class="full">
                <code>{check.id}</code>
                {domain}
                <span class="sub">{check.did}</span>
            </th>
            <td><Pill tone text /></td>
            <td class="full" data-label="Found">{check.found} {advice}</td>
            <td class="full" data-label="Wanted">{check.limit}</td>
        </tr>
    }
}

fn reach(view: &AgentView) -> Option<impl IntoView + use<>> {
    let beat = view.agent.beat.as_ref()?;
    let rows = beat
        .domains
        .iter()
        .map(|reach| {
            let pill = if reach.reachable {
                view! { <Pill tone=Tone::Ok text="Answers" /> }.into_any()
            } else {
                view! { <Pill tone=Tone::Bad text="Unreachable" /> }.into_any()
            };
            let latency = reach
                .latency_ms
                .filter(|_| reach.reachable)
                .map(|ms| format!(" in {} ms", number(u64::from(ms))));
            let error = reach.error.clone().map(|text| view! { <p class="soft">{text}</p> });
            view! { <Fact label=reach.domain.clone()>{pill} {latency} {error}</Fact> }
        })
        .collect_view();
    Some(view! {
        <Card title="Its directories">
            <div class="card-body"><Facts>{rows}</Facts></div>
        </Card>
    })
}

/// The readings that it did, and what it failed at.
fn work(done: &[AgentWork]) -> impl IntoView + use<> {
    if done.is_empty() {
        return view! {
            <Card title="What it read">
                <Empty icon="server" title="Nothing since the portal started">
                    <p>"Cycles are spread over a domain's agents. A reading appears here when it has ended."</p>
                </Empty>
            </Card>
        }
        .into_any();
    }
    let rows = done
        .iter()
        .map(|work| {
            let task = match work.task {
                AgentTask::Read(kind) => format!("All {}", plural_title(kind).to_lowercase()),
                AgentTask::Changes => "Changes".to_owned(),
                AgentTask::Position => "Position in the directory's history".to_owned(),
                AgentTask::Probe => "Whether the directory answers".to_owned(),
                AgentTask::Browse => "A part of the tree".to_owned(),
                AgentTask::LookUp => "Single objects".to_owned(),
            };
            let (tone, outcome) = match (&work.error, work.whole) {
                (Some(_), _) => (Tone::Bad, "Failed"),
                (None, true) => (Tone::Ok, "Done"),
                (None, false) => (Tone::Warn, "Broken off"),
            };
            let error = work.error.clone().map(|error| view! { <p class="soft break">{error}</p> });
            let (at, took, pages) = (work.at, duration(work.took_ms), u64::from(work.pages));
            view! {
                <tr>
                    <th scope="row" class="full">{task} " of " <span class="break">{work.domain.clone()}</span> {error}</th>
                    <td class="full nowrap" data-label="When"><When at /></td>
                    <td class="nowrap number" data-label="Pages">{number(pages)}</td>
                    <td class="nowrap number" data-label="Took">{took}</td>
                    <td class="full nowrap" data-label="Outcome"><Pill tone text=outcome /></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Card title="What it read">
            <Table label="What the agent read lately, and what failed" stacked=true>
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col">"When"</th>
                        <th scope="col" class="number">"Pages"</th>
                        <th scope="col" class="number">"Took"</th>
                        <th scope="col">"Outcome"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </Card>
    }
    .into_any()
}

fn facts(detail: &AgentDetail) -> impl IntoView + use<> {
    let view = &detail.view;
    let agent = &view.agent;
    let beat = agent.beat.clone().map(|beat| {
        let load = format!("{}.{:02} cores", beat.load_centicores / 100, beat.load_centicores % 100);
        let memory = format!("{} MiB", number(beat.memory_bytes >> 20));
        view! {
            <Fact label="Version">{beat.version}</Fact>
            <Fact label="Running since"><When at=beat.started_at /></Fact>
            <Fact label="Load">{load}</Fact>
            <Fact label="Memory">{memory}</Fact>
            <Fact label="Requests under way">{beat.running.to_string()}</Fact>
        }
    });
    let heard = agent.heard.last().map(|(at, channel)| {
        let over = match channel {
            BeatChannel::Main => " over the main port",
            BeatChannel::Status => " over the status port",
        };
        view! { <Fact label="Last heartbeat"><When at /> {over}</Fact> }
    });
    let connection = if view.connected { "Connected" } else { "Not connected" };
    let address = agent.external_address.clone().map(|address| {
        view! { <Fact label="External address"><span class="mono">{address}</span></Fact> }
    });
    let by = detail.enrolment.as_ref().map(|token| format!(" with a token of {}", token.created_by));
    let retired = agent.heard.retired.map(|at| view! { <Fact label="Retired"><When at /></Fact> });
    let key = view.key_change.then(|| view! { <Fact label="Key">"A new key waits for its first use"</Fact> });
    let (id, enrolled) = (agent.id.to_string(), agent.enrolled_at);
    view! {
        <Card title="About">
            <div class="card-body">
                <Facts>
                    <Fact label="Connection">{connection}</Fact>
                    {heard}
                    {address}
                    {beat}
                    <Fact label="Enrolled"><When at=enrolled /> {by}</Fact>
                    {key}
                    {retired}
                    <Fact label="Agent id"><Copyable text=id what="agent id" /></Fact>
                </Facts>
            </div>
        </Card>
    }
}

fn manage(base: &str, machine: &str, domains: Vec<(String, bool)>) -> impl IntoView + use<> {
    let boxes = domains
        .into_iter()
        .enumerate()
        .map(|(place, (name, checked))| {
            view! {
                <Choice id=format!("domain-{place}") name="domain" value=name.clone() label=name checked />
            }
        })
        .collect_view();
    let (save, retire) = (format!("{base}/domains"), format!("{base}/retire"));
    let rotate = format!("{base}/rotate-key");
    let text = format!(
        "{machine} is let in no more and its connection is cut at once. To use the machine again it has to enrol anew."
    );
    view! {
        <Card title="Domains that it may read">
            <form method="post" action=save class="form card-body">
                <fieldset>
                    <legend class="visually-hidden">"Domains"</legend>
                    {boxes}
                </fieldset>
                <div class="actions"><button class="button">"Save domains"</button></div>
            </form>
        </Card>
        <Card title="Key">
            <div class="card-body">
                <p class="soft">
                    "The agent changes its key by itself from time to time, as its own file says. It can do so now; what it reads goes on."
                </p>
                <div class="actions"><PostButton action=rotate text="Rotate key" /></div>
            </div>
        </Card>
        <Card title="Retire">
            <div class="card-body">
                <p class="soft">"When the machine goes, or its key may be in wrong hands."</p>
                <div class="actions">
                    <Confirm id="retire" button="Retire agent" title="Retire this agent?" text action=retire verb="Retire" />
                </div>
            </div>
        </Card>
    }
}
