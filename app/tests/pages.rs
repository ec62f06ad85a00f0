//! Every page, drawn over invented data: what a strict policy, a screen reader and a hostile name ask of all of them.

#![cfg(feature = "ssr")]

#[path = "../examples/preview/alerts.rs"]
mod alerts;
#[path = "../examples/preview/figures.rs"]
mod figures;
#[path = "../examples/preview/fleet.rs"]
mod fleet;
#[path = "../examples/preview/sample.rs"]
mod sample;
#[path = "../examples/preview/simulated.rs"]
mod simulated;

use std::collections::BTreeSet;

use app::{
    assets::Assets,
    components::Tone,
    frame::{Flash, Frame, Theme},
    page::render,
    pages::{self, ErrorView, SignIn, SignInProblem},
    view::{
        AlertGlance, AlertList, AlertRulesDraft, AlertsQuery, AuditDetail, AuditList, AuditQuery, Candidate,
        Candidates, ChartBy, Chosen, ClauseDraft, ConfigurationDetail, ConfigurationDraft, Errors,
        FailingList, InsightsView, LogFilter, LogTab, MailDraft, MailList, MappingDraft, MappingEditor,
        MappingTrial, MappingView, ObjectView, Overview, ProviderDraft, RestartDraft, ScopeDraft, ScopeView,
        SimulateView, StagedView, TestView, TreeDraft, TreeView, UnmatchedView,
    },
};
use axum::{
    body::to_bytes,
    http::{StatusCode as HttpStatus, header},
    response::Response,
};
use domain::{
    ObjectKind, Value,
    access::{Principal, Role, Via},
    audit::AuditDamage,
    scope::ScopeContainer,
    simulation::SimulationState,
    status::StatusCode,
};
use leptos::prelude::IntoView;
use service::{
    browse::{Container, Listing, Place, Tree},
    trial::{Given, Tried},
};

const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'&";

fn frame(role: Role) -> Frame {
    Frame {
        assets: Assets::missing(),
        title: HOSTILE.to_owned(),
        path: "/logs?q=%3Cb%3E".to_owned(),
        theme: Theme::Dark,
        principal: Some(Principal { name: HOSTILE.to_owned(), role, via: Via::Session, from: None }),
        now: sample::now(),
        flash: Some(Flash { good: true, text: HOSTILE.to_owned() }),
    }
}

fn draw<V: IntoView + 'static>(role: Role, body: impl FnOnce() -> V) -> Response {
    render(HttpStatus::OK, frame(role), body)
}

fn overview() -> Overview {
    Overview {
        configurations: sample::configurations(),
        directory: sample::figures(),
        by: ChartBy::Outcome,
        hours: sample::hours(),
        recent: sample::records(6),
        agents: fleet::summary(HOSTILE),
        alerts: alerts::glance(HOSTILE),
    }
}

/// Every page as somebody with this role sees it.
fn pages_of(role: Role) -> Vec<(&'static str, Response)> {
    let mut hostile = overview();
    HOSTILE.clone_into(&mut hostile.configurations[0].name);
    hostile.configurations[0].reason = Some(HOSTILE.to_owned());
    let mut detail = sample::detail("");
    HOSTILE.clone_into(&mut detail.summary.name);
    let mut log = sample::log_detail(4_196, LogTab::Troubleshooting);
    HOSTILE.clone_into(&mut log.record.source.display_name);
    let mapping = MappingView {
        kind: ObjectKind::User,
        mappings: sample::mappings(),
        defaults: false,
        editing: Some(MappingEditor {
            draft: MappingDraft { origin: format!("</textarea>{HOSTILE}"), ..MappingDraft::fresh() },
            errors: Errors::one("origin", HOSTILE),
            trial: MappingTrial {
                typed: HOSTILE.to_owned(),
                candidates: Some(Candidates {
                    found: vec![Candidate {
                        kind: ObjectKind::User,
                        object_id: HOSTILE.to_owned(),
                        display_name: HOSTILE.to_owned(),
                        dn: HOSTILE.to_owned(),
                    }],
                    unasked: Some(HOSTILE.to_owned()),
                }),
                tried: Some(Tried {
                    dn: HOSTILE.to_owned(),
                    object_id: HOSTILE.to_owned(),
                    known: [HOSTILE.to_owned()].into(),
                    attributes: [(HOSTILE.to_owned(), Value::text(HOSTILE))].into(),
                    parameters: vec![("DomainFQDN", HOSTILE.to_owned())],
                    given: Given::Value(Value::text(HOSTILE)),
                }),
            },
            attributes: vec![HOSTILE.to_owned()],
        }),
    };
    let clause = ClauseDraft {
        attribute: HOSTILE.to_owned(),
        operator: "EQUALS".to_owned(),
        value: HOSTILE.to_owned(),
    };
    let scope = ScopeView {
        draft: ScopeDraft {
            everything: false,
            organizational_units: HOSTILE.to_owned(),
            groups: HOSTILE.to_owned(),
            nested_groups: "off".to_owned(),
            filters: vec![vec![clause.clone(), clause], vec![ClauseDraft::default()]],
        },
        errors: Errors(
            ["organizationalUnits", "groups", "filters.0.0", "filters.0.1", "elsewhere"]
                .map(|field| (field.to_owned(), HOSTILE.to_owned()))
                .into(),
        ),
        tree: TreeView::default(),
    };
    let mut held = sample::detail(&sample::configurations()[2].id.to_string());
    if let Some(quarantine) = &mut held.state.quarantine {
        HOSTILE.clone_into(&mut quarantine.error.message);
    }
    held.state.deletes_allowed = true;
    held.state.memory.full_requested = Some(HOSTILE.to_owned());
    held.following = None;
    let mut failing = sample::failing();
    HOSTILE.clone_into(&mut failing.rows[0].display_name);
    HOSTILE.clone_into(&mut failing.rows[0].reason);
    let none = FailingList { rows: Vec::new(), next: None, later: true };
    let mut staged = sample::staged();
    HOSTILE.clone_into(&mut staged.objects[0].display_name);
    staged.errors = Errors(["confirm", "figures"].map(|field| (field.to_owned(), HOSTILE.to_owned())).into());
    let nothing = StagedView {
        staged: service::Staged::default(),
        objects: Vec::new(),
        reason: String::new(),
        errors: Errors::default(),
    };
    let mut tested = sample::test(false);
    HOSTILE.clone_into(&mut tested.typed);
    tested.errors = Errors(["", "object"].map(|field| (field.to_owned(), HOSTILE.to_owned())).into());
    if let Some(result) = &mut tested.result {
        HOSTILE.clone_into(&mut result.record.source.display_name);
        result.notes.push(HOSTILE.to_owned());
    }
    let restart = RestartDraft {
        level: "Full".to_owned(),
        reason: HOSTILE.to_owned(),
        errors: Errors(["confirm", "level"].map(|field| (field.to_owned(), HOSTILE.to_owned())).into()),
    };
    let draft = ConfigurationDraft { name: HOSTILE.to_owned(), ..ConfigurationDraft::fresh() };
    let choices =
        || pages::FormChoices { domains: vec![HOSTILE.to_owned()], targets: vec!["directory".to_owned()] };
    let search = || LogFilter { text: HOSTILE.to_owned(), ..LogFilter::default() };
    let plain = sample::detail("");
    let calm = Overview { alerts: AlertGlance::default(), ..overview() };
    let alert_errors = Errors(
        ["note", "threshold-fewAgents", "reopenWithinHours"]
            .map(|f| (f.to_owned(), HOSTILE.to_owned()))
            .into(),
    );
    let mail_errors =
        Errors(["smtpUrl", "recipients", "elsewhere"].map(|f| (f.to_owned(), HOSTILE.to_owned())).into());
    vec![
        ("overview", draw(role, || pages::overview(hostile))),
        ("configurations", draw(role, || pages::configurations(sample::configurations()))),
        ("no configurations", draw(role, || pages::configurations(Vec::new()))),
        ("configuration", draw(role, || pages::configuration_overview(&detail, sample::cycles()))),
        ("quarantine", draw(role, || pages::configuration_overview(&held, sample::cycles()))),
        ("failing", draw(role, || pages::failing(&plain, failing))),
        ("failing, none", draw(role, || pages::failing(&plain, none))),
        ("test, fresh", draw(role, || pages::test(&plain, TestView::default()))),
        ("test", draw(role, || pages::test(&plain, tested))),
        ("test, written", draw(role, || pages::test(&plain, sample::test(true)))),
        ("simulate", draw(role, || pages::simulate(&plain, hostile_simulation()))),
        (
            "simulation running",
            draw(role, || pages::simulate(&plain, simulated::simulate(SimulationState::Running))),
        ),
        ("scope preview", draw(role, || preview_page(&plain, SimulationState::Succeeded))),
        ("scope preview running", draw(role, || preview_page(&plain, SimulationState::Running))),
        ("scope tree", draw(role, || pages::scope(&plain, hostile_tree()))),
        ("no simulation", draw(role, || pages::simulate(&plain, SimulateView::default()))),
        ("simulated object", draw(role, || pages::simulated_object(&plain, simulated::object(1)))),
        ("unmatched", draw(role, || pages::unmatched(&plain, hostile_unmatched()))),
        ("no search", draw(role, || pages::unmatched(&plain, UnmatchedView::default()))),
        ("restart", draw(role, || pages::restart(&plain, restart))),
        ("allow deletes", draw(role, || pages::allow_deletes(&held, staged))),
        ("allow deletes, none", draw(role, || pages::allow_deletes(&held, nothing))),
        ("scope", draw(role, || pages::scope(&plain, scope))),
        ("mapping", draw(role, || pages::mapping(&plain, mapping))),
        (
            "properties",
            draw(role, || pages::properties(&plain, draft.clone(), &Errors::one("name", HOSTILE))),
        ),
        ("new", draw(role, || pages::new_configuration(draft.clone(), Errors::default(), choices()))),
        ("logs", draw(role, || pages::logs(sample::log_list(LogFilter::default())))),
        ("logs, none", draw(role, || pages::logs(sample::log_list(search())))),
        ("troubleshooting", draw(role, || pages::log_detail(log))),
        ("steps", draw(role, || pages::log_detail(sample::log_detail(4_200, LogTab::Steps)))),
        ("modified", draw(role, || pages::log_detail(sample::log_detail(4_200, LogTab::Modified)))),
        ("insights", draw(role, || pages::insights(figures::insights(HOSTILE)))),
        ("insights, none", draw(role, || pages::insights(figures::nothing()))),
        ("insights, refused", draw(role, || pages::insights(refused_insights()))),
        ("alerts", draw(role, || pages::alerts(alerts::list(HOSTILE)))),
        ("alerts, none", draw(role, || pages::alerts(no_alerts()))),
        ("alert", draw(role, || pages::alert(alerts::history(HOSTILE), HOSTILE.to_owned(), &alert_errors))),
        ("alert rules", draw(role, || pages::alert_rules(hostile_rules(), &alert_errors))),
        ("overview, no alert", draw(role, || pages::overview(calm))),
        ("agents", draw(role, || pages::agents(fleet::list(HOSTILE)))),
        ("agent", draw(role, || pages::agent(fleet::detail(HOSTILE)))),
        ("add agent", draw(role, || pages::add_agent(fleet::adding(HOSTILE, false)))),
        ("agent token", draw(role, || pages::add_agent(fleet::adding(HOSTILE, true)))),
        ("object", draw(role, || pages::object(hostile_object()))),
        ("users", draw(role, || pages::directory_list(sample::directory(ObjectKind::User)))),
        ("groups", draw(role, || pages::directory_list(sample::directory(ObjectKind::Group)))),
        ("user", draw(role, || pages::directory_detail(sample::directory_detail(ObjectKind::User)))),
        ("group", draw(role, || pages::directory_detail(sample::directory_detail(ObjectKind::Group)))),
        ("audit", draw(role, || pages::audit(sample::audit(AuditQuery::default())))),
        ("audit, damaged", draw(role, || pages::audit(hostile_audit()))),
        ("audit entry", draw(role, || pages::audit_detail(hostile_audit_entry()))),
        ("mail", draw(role, || pages::mail(sample::mail(HOSTILE)))),
        ("mail, none", draw(role, || pages::mail(MailList::default()))),
        (
            "mail server",
            draw(role, || {
                pages::mail_server(MailDraft::of(sample::mail(HOSTILE).server.as_ref()), &mail_errors)
            }),
        ),
        ("error", draw(role, || pages::error_page(ErrorView::not_found()))),
        (
            "sign-in",
            draw(role, || {
                pages::sign_in(SignIn {
                    username: HOSTILE.to_owned(),
                    problem: Some(SignInProblem::Refused),
                    next: HOSTILE.to_owned(),
                    provider: Some(HOSTILE.to_owned()),
                })
            }),
        ),
        ("sign-in, no role", draw(role, || pages::sign_in(hostile_sign_in(no_role())))),
        ("sign-in, provider", draw(role, || pages::sign_in(hostile_sign_in(provider_said())))),
        ("provider", draw(role, || pages::provider(hostile_provider(), &Errors::one("issuer", HOSTILE)))),
    ]
}

fn hostile_sign_in(problem: SignInProblem) -> SignIn {
    SignIn { problem: Some(problem), ..SignIn::default() }
}

fn no_role() -> SignInProblem {
    SignInProblem::NoRole { username: HOSTILE.to_owned(), claim: HOSTILE.to_owned() }
}

fn provider_said() -> SignInProblem {
    SignInProblem::Declined { said: HOSTILE.to_owned() }
}

fn hostile_provider() -> ProviderDraft {
    let text = HOSTILE.to_owned();
    ProviderDraft {
        issuer: text.clone(),
        label: text.clone(),
        administrators: text.clone(),
        comes_back_to: text,
        ..ProviderDraft::default()
    }
}

fn refused_insights() -> InsightsView {
    InsightsView { insights: Err(HOSTILE.to_owned()), ..figures::nothing() }
}

fn no_alerts() -> AlertList {
    AlertList { filter: AlertsQuery::default(), rows: Vec::new(), next: None, counts: Vec::new() }
}

fn hostile_rules() -> AlertRulesDraft {
    let mut draft = AlertRulesDraft::of(&domain::alert::AlertRules::default());
    HOSTILE.clone_into(&mut draft.reopen_within);
    HOSTILE.clone_into(&mut draft.rules[0].open_after);
    draft
}

fn hostile_audit() -> AuditList {
    let filter = AuditQuery { text: HOSTILE.to_owned(), ..AuditQuery::default() };
    let mut view = AuditList { rows: Vec::new(), ..sample::audit(filter) };
    if let Some(integrity) = &mut view.integrity {
        integrity.damage = Some((AuditDamage::Rewritten, 7));
    }
    view
}

fn hostile_audit_entry() -> AuditDetail {
    let mut stored = sample::audit(AuditQuery::default()).rows.remove(0);
    for text in [&mut stored.entry.actor, &mut stored.entry.activity, &mut stored.entry.subject] {
        HOSTILE.clone_into(text);
    }
    stored.entry.from = Some(HOSTILE.to_owned());
    stored.entry.reason = Some(HOSTILE.to_owned());
    stored.entry.details = serde_json::json!({ "before": { HOSTILE: 1 }, "after": { HOSTILE: HOSTILE } });
    AuditDetail::new(stored)
}

fn hostile_simulation() -> SimulateView {
    let mut view = simulated::simulate(SimulationState::Succeeded);
    HOSTILE.clone_into(&mut view.filter.text);
    HOSTILE.clone_into(&mut view.rows[0].source.display_name);
    if let Some(simulation) = &mut view.newest {
        HOSTILE.clone_into(&mut simulation.requested_by);
        simulation.notes.push(HOSTILE.to_owned());
    }
    view
}

fn preview_page(detail: &ConfigurationDetail, state: SimulationState) -> impl IntoView + use<> {
    let (mut simulation, mut view) = simulated::preview(state);
    if let Some(scope) = &mut simulation.scope {
        scope.groups.push(HOSTILE.to_owned());
    }
    HOSTILE.clone_into(&mut view.rows[0].source.display_name);
    pages::scope_preview(detail, simulation, view)
}

fn hostile_tree() -> ScopeView {
    let place = |dn: String, id: &str, is_group| Place {
        container: Container { dn, object_id: id.to_owned() },
        is_group,
        subordinates: Some(3),
    };
    let listing = |places| Listing {
        at: Container { dn: "DC=lab01,DC=local".to_owned(), object_id: "base".to_owned() },
        places,
        more: true,
    };
    let hostile = format!("OU={HOSTILE},DC=lab01,DC=local");
    let chosen = "OU=Staff,DC=lab01,DC=local";
    let tree = Tree {
        root: Some(listing(vec![
            place(hostile.clone(), "1", false),
            place(chosen.to_owned(), "2", false),
            place("OU=Gone,DC=lab01,DC=local".to_owned(), "3", false),
        ])),
        open: vec![
            ("1".to_owned(), Some(listing(vec![place(format!("OU=Below,{hostile}"), "4", false)]))),
            ("2".to_owned(), Some(listing(vec![place(format!("OU=Desk,{chosen}"), "5", false)]))),
            ("3".to_owned(), None),
        ],
        found: Some(listing(vec![place(format!("CN=G,{hostile}"), "6", true)])),
    };
    let draft = TreeDraft {
        shown: true,
        open: ["1", "2", "3"].map(str::to_owned).to_vec(),
        text: HOSTILE.to_owned(),
        searched: HOSTILE.to_owned(),
    };
    let chosen = Chosen::of(std::iter::once(chosen), std::iter::empty());
    let tree = TreeView {
        draft,
        tree,
        problem: Some(("The directory does not answer", HOSTILE.to_owned())),
        chosen,
    };
    ScopeView { tree, ..ScopeView::default() }
}

fn hostile_object() -> ObjectView {
    let mut told = sample::test(false).result.expect("a result");
    HOSTILE.clone_into(&mut told.record.steps[0].description);
    told.notes.push(HOSTILE.to_owned());
    let mut record = sample::record(1);
    HOSTILE.clone_into(&mut record.source_system);
    let place = service::history::Place {
        configuration_id: record.configuration_id,
        configuration: HOSTILE.to_owned(),
        domain: HOSTILE.to_owned(),
        target: HOSTILE.to_owned(),
        target_kind: domain::TargetKind::Scim,
        enabled: true,
        link: None,
        escrow: None,
        exported: Some([(HOSTILE.to_owned(), Value::text(HOSTILE))].into()),
        held: None,
    };
    ObjectView {
        history: service::history::ObjectHistory {
            object_id: record.source.id.clone(),
            kind: record.kind,
            display_name: HOSTILE.to_owned(),
            dn: HOSTILE.to_owned(),
            places: vec![place.clone(), place],
            records: service::Page { items: vec![record], next: Some("7".to_owned()) },
        },
        explanations: vec![
            Some(service::history::Explanation::Told(Box::new(told))),
            Some(service::history::Explanation::Unknown {
                code: domain::catalogue::SOURCE_TIMEOUT.code.to_owned(),
                message: HOSTILE.to_owned(),
            }),
        ],
        later: false,
    }
}

fn hostile_unmatched() -> UnmatchedView {
    let mut view = simulated::unmatched();
    HOSTILE.clone_into(&mut view.filter.text);
    HOSTILE.clone_into(&mut view.rows[0].display_name);
    view
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// The values of an attribute within tags. Good enough for markup that leptos wrote: it escapes `<` and quotes.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let lead = format!(" {name}=\"");
    html.split('<')
        .filter_map(|tag| tag.split_once('>').map(|(inside, _)| inside))
        .flat_map(|inside| inside.split(lead.as_str()).skip(1).collect::<Vec<_>>())
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[tokio::test]
async fn a_name_is_never_markup() {
    for (name, page) in pages_of(Role::Administrator) {
        let html = text(page).await;
        assert!(!html.contains("<img src=x"), "{name}: a name became an element");
        assert!(!html.contains("</textarea><img"), "{name}: a text left its field");
    }
}

#[tokio::test]
async fn nothing_inline_that_the_policy_would_refuse() {
    for (name, page) in pages_of(Role::Administrator) {
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned();
        let html = text(page).await;
        assert!(attributes(&html, "style").is_empty(), "{name}: a style attribute");
        for handler in ["onclick", "onload", "onerror", "onsubmit", "onchange"] {
            assert!(attributes(&html, handler).is_empty(), "{name}: {handler}");
        }
        let nonces = attributes(&html, "nonce");
        assert!(!nonces.is_empty(), "{name}: no script");
        assert!(nonces.iter().all(|n| policy.contains(&format!("'nonce-{n}'"))), "{name}: a foreign nonce");
        assert_eq!(nonces.len(), html.matches("<script").count(), "{name}: a script without a nonce");
    }
}

#[tokio::test]
async fn every_page_has_one_main_heading_and_no_id_twice() {
    for role in [Role::Reader, Role::Administrator] {
        for (name, page) in pages_of(role) {
            let html = text(page).await;
            assert_eq!(html.matches("<h1").count(), 1, "{name} for a {role}");
            let ids = attributes(&html, "id");
            let different: BTreeSet<_> = ids.iter().collect();
            assert_eq!(ids.len(), different.len(), "{name} for a {role}: {ids:?}");
        }
    }
}

#[tokio::test]
async fn every_reference_to_an_id_leads_somewhere() {
    for (name, page) in pages_of(Role::Administrator) {
        let html = text(page).await;
        let ids: BTreeSet<_> = attributes(&html, "id").into_iter().collect();
        for attribute in ["for", "aria-describedby", "aria-labelledby", "popovertarget"] {
            for id in attributes(&html, attribute).iter().flat_map(|list| list.split(' ')) {
                assert!(ids.contains(id), "{name}: {attribute} names {id}");
            }
        }
    }
}

#[tokio::test]
async fn a_reader_is_not_offered_what_would_be_refused() {
    for (name, page) in pages_of(Role::Reader) {
        // These are refused as a whole: their routes ask for the role first.
        if matches!(name, "new" | "sign-in" | "mapping" | "restart" | "allow deletes")
            || name.starts_with("test")
        {
            continue;
        }
        let html = text(page).await;
        let forms: Vec<_> = attributes(&html, "action")
            .into_iter()
            .filter(|to| to.starts_with("/configurations") && !to.ends_with("/properties"))
            .collect();
        assert!(forms.is_empty(), "{name}: {forms:?}");
    }
}

#[tokio::test]
async fn a_scope_of_a_thousand_containers_stays_a_small_page() {
    let mut detail = sample::detail("");
    let names: Vec<String> = (0..1_000).map(|n| format!("OU=Team {n},DC=lab01,DC=local")).collect();
    let draft = ScopeDraft { organizational_units: names.join("\n"), ..ScopeDraft::default() };
    let container = |dn: &String| ScopeContainer {
        chosen_dn: dn.clone(),
        current_dn: dn.clone(),
        object_id: "3f2a91c4-8b7d-4e10-9c55-6f1d1a2b3c4d".to_owned(),
    };
    detail.state.containers = names.iter().map(container).collect();
    detail.state.containers[997].current_dn.clear();
    detail.configuration.plan.scope.organizational_units = names;
    let view = ScopeView { draft, ..ScopeView::default() };
    let html = text(draw(Role::Administrator, || pages::scope(&detail, view))).await;
    assert!(html.contains("1,000 organisational units"));
    assert!(html.contains("OU=Team 999,"), "the field holds all of them");
    let table =
        html.split_once("<tbody>").and_then(|(_, rest)| rest.split_once("</tbody>")).expect("a table").0;
    assert_eq!(table.matches("<tr").count(), 50);
    assert!(
        table.find("OU=Team 997,").expect("the missing one") < table.find("OU=Team 0,").expect("the first")
    );
    assert!(html.len() < 200_000, "{} bytes", html.len());
}

#[tokio::test]
async fn every_moment_is_told_to_machines_as_well() {
    let html = text(draw(Role::Reader, || pages::overview(overview()))).await;
    let moments = attributes(&html, "datetime");
    assert!(moments.len() > 6);
    assert!(moments.iter().all(|m| m.parse::<domain::Time>().is_ok()), "{moments:?}");
}

#[test]
fn the_line_of_truth_counts_every_configuration_once() {
    let now = sample::now();
    let mut view = overview();
    assert_eq!(
        view.truth(now),
        (Tone::Bad, "2 configurations healthy, 1 in quarantine since 09:12:00 UTC".to_owned())
    );
    view.configurations[2].status = StatusCode::Paused;
    assert_eq!(view.truth(now), (Tone::Warn, "2 configurations healthy, 1 paused".to_owned()));
    view.configurations.truncate(2);
    assert_eq!(view.truth(now), (Tone::Ok, "2 configurations healthy".to_owned()));
    view.configurations.truncate(1);
    view.configurations[0].status = StatusCode::Disabled;
    assert_eq!(view.truth(now), (Tone::Calm, "1 configuration: 1 disabled".to_owned()));
    view.configurations.clear();
    assert_eq!(view.truth(now).0, Tone::Calm);
}
