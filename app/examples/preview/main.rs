//! The portal's pages over invented data, for looking at them while they are drawn. Not part of the product.

mod alerts;
mod figures;
mod fleet;
mod sample;
mod simulated;

use std::{path::Path, sync::Arc};

use app::{
    assets::Assets,
    frame::{Flash, Frame, Theme},
    page::render,
    pages::{self, ErrorView, SignIn, SignInProblem},
    view::{
        AlertGlance, AlertRulesDraft, AuditQuery, ChartBy, ConfigurationDraft, DirectoryFigures, Errors,
        LogFilter, LogTab, MappingDraft, MappingEditor, MappingView, Overview, RestartDraft, ScopeDraft,
        ScopeView, query,
    },
};
use axum::{
    Router,
    extract::{Path as UrlPath, RawQuery, State},
    http::{StatusCode, Uri},
    response::Response,
    routing::get,
};
use domain::{
    ObjectKind,
    access::{Principal, Role, Via},
    simulation::SimulationState,
};

type Shared = State<Arc<Assets>>;

#[tokio::main]
async fn main() {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site");
    let assets = Assets::find(&site).unwrap_or_else(Assets::missing);
    let router = Router::new()
        .route("/", get(overview))
        .route("/empty", get(empty))
        .route("/sign-in", get(sign_in))
        .route("/configurations", get(configurations))
        .route("/configurations/new", get(new_configuration))
        .route("/configurations/{id}", get(configuration))
        .route("/configurations/{id}/{tab}", get(configuration_tab))
        .route("/agents", get(agents))
        .route("/agents/new", get(add_agent))
        .route("/agents/{id}", get(agent))
        .route("/logs", get(logs))
        .route("/logs/{id}", get(log_detail))
        .route("/users", get(users))
        .route("/users/{id}", get(user))
        .route("/groups", get(groups))
        .route("/groups/{id}", get(group))
        .route("/audit", get(audit))
        .route("/mail", get(mail))
        .route("/insights", get(insights))
        .route("/alerts", get(alert_list))
        .route("/alerts/rules", get(alert_rules))
        .route("/alerts/{id}", get(alert))
        .route("/error", get(error))
        .with_state(Arc::new(assets))
        .fallback_service(tower_http::services::ServeDir::new(site).precompressed_br());
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await.expect("a free address");
    println!("http://{}", listener.local_addr().expect("an address"));
    axum::serve(listener, router).await.expect("serving");
}

fn frame(assets: &Arc<Assets>, uri: &Uri, title: &str) -> Frame {
    Frame {
        assets: (**assets).clone(),
        title: title.to_owned(),
        path: uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        theme: Theme::System,
        principal: Some(Principal {
            name: "ada.lindqvist".to_owned(),
            role: Role::Administrator,
            via: Via::Session,
            from: None,
        }),
        now: sample::now(),
        flash: None,
    }
}

async fn overview(State(assets): Shared, uri: Uri, RawQuery(q): RawQuery) -> Response {
    let by = query::first(&query::parse(&q.unwrap_or_default()), "by").and_then(|b| b.parse().ok());
    let mut frame = frame(&assets, &uri, "Overview");
    frame.flash = Some(Flash { good: true, text: "“lab02 to directory” runs now.".to_owned() });
    let view = Overview {
        configurations: sample::configurations(),
        directory: sample::figures(),
        by: by.unwrap_or(ChartBy::Action),
        hours: sample::hours(),
        recent: sample::records(6),
        agents: fleet::summary("lab01.local"),
        alerts: alerts::glance("lab01.local"),
    };
    render(StatusCode::OK, frame, || pages::overview(view))
}

async fn mail(State(assets): Shared, uri: Uri) -> Response {
    render(StatusCode::OK, frame(&assets, &uri, "Mail"), || pages::mail(sample::mail("250 2.0.0 taken")))
}

async fn insights(State(assets): Shared, uri: Uri, RawQuery(q): RawQuery) -> Response {
    let view = if q.is_some() { figures::nothing() } else { figures::insights("AttributeTooLong") };
    render(StatusCode::OK, frame(&assets, &uri, "Insights"), || pages::insights(view))
}

async fn alert_list(State(assets): Shared, uri: Uri) -> Response {
    render(StatusCode::OK, frame(&assets, &uri, "Alerts"), || pages::alerts(alerts::list("lab01.local")))
}

async fn alert(State(assets): Shared, uri: Uri) -> Response {
    let history = alerts::history("lab01.local");
    render(StatusCode::OK, frame(&assets, &uri, "Alert"), || {
        pages::alert(history, String::new(), &Errors::default())
    })
}

async fn alert_rules(State(assets): Shared, uri: Uri) -> Response {
    let draft = AlertRulesDraft::of(&domain::alert::AlertRules::default());
    render(StatusCode::OK, frame(&assets, &uri, "Alert rules"), || {
        pages::alert_rules(draft, &Errors::default())
    })
}

async fn audit(State(assets): Shared, uri: Uri) -> Response {
    render(StatusCode::OK, frame(&assets, &uri, "Audit log"), || {
        pages::audit(sample::audit(AuditQuery::default()))
    })
}

async fn empty(State(assets): Shared, uri: Uri) -> Response {
    let view = Overview {
        configurations: Vec::new(),
        directory: DirectoryFigures::default(),
        by: ChartBy::Action,
        hours: Vec::new(),
        recent: Vec::new(),
        agents: service::agents::AgentSummary { states: Vec::new(), domains: Vec::new(), alarmed: 0 },
        alerts: AlertGlance::default(),
    };
    render(StatusCode::OK, frame(&assets, &uri, "Overview"), || pages::overview(view))
}

async fn sign_in(State(assets): Shared, uri: Uri, RawQuery(q): RawQuery) -> Response {
    let mut frame = frame(&assets, &uri, "Sign in");
    frame.principal = None;
    let problem = match q.as_deref() {
        Some("throttled") => Some(SignInProblem::Throttled { seconds: 42 }),
        Some("refused") => Some(SignInProblem::Refused),
        _ => None,
    };
    let view = SignIn { username: String::new(), problem, next: "/".to_owned(), provider: None };
    render(StatusCode::OK, frame, || pages::sign_in(view))
}

async fn configurations(State(assets): Shared, uri: Uri) -> Response {
    render(StatusCode::OK, frame(&assets, &uri, "Configurations"), || {
        pages::configurations(sample::configurations())
    })
}

async fn new_configuration(State(assets): Shared, uri: Uri, RawQuery(q): RawQuery) -> Response {
    let errors = if q.is_some() {
        Errors(
            [
                ("name".to_owned(), "Another configuration already has this name.".to_owned()),
                ("schedule".to_owned(), "`2 minutes` is not an interval: write PT2M.".to_owned()),
            ]
            .into(),
        )
    } else {
        Errors::default()
    };
    let choices = pages::FormChoices {
        domains: vec!["lab01.local".to_owned(), "lab02.local".to_owned()],
        targets: vec!["directory".to_owned(), "hr-app".to_owned()],
    };
    render(StatusCode::OK, frame(&assets, &uri, "New configuration"), || {
        pages::new_configuration(ConfigurationDraft::fresh(), errors, choices)
    })
}

async fn configuration(State(assets): Shared, uri: Uri, UrlPath(id): UrlPath<String>) -> Response {
    let detail = sample::detail(&id);
    render(StatusCode::OK, frame(&assets, &uri, &detail.summary.name), || {
        pages::configuration_overview(&detail, sample::cycles())
    })
}

async fn configuration_tab(
    State(assets): Shared,
    uri: Uri,
    UrlPath((id, tab)): UrlPath<(String, String)>,
    RawQuery(q): RawQuery,
) -> Response {
    let detail = sample::detail(&id);
    let frame = frame(&assets, &uri, &detail.summary.name);
    match tab.as_str() {
        "scope" => {
            let draft = ScopeDraft::of(&detail.configuration.plan.scope);
            let view = ScopeView { draft, ..ScopeView::default() };
            render(StatusCode::OK, frame, || pages::scope(&detail, view))
        }
        "scope-preview" => {
            let state = if q.is_some() { SimulationState::Running } else { SimulationState::Succeeded };
            let (simulation, view) = simulated::preview(state);
            render(StatusCode::OK, frame, || pages::scope_preview(&detail, simulation, view))
        }
        "failing" => render(StatusCode::OK, frame, || pages::failing(&detail, sample::failing())),
        "test" => render(StatusCode::OK, frame, || pages::test(&detail, sample::test(q.is_some()))),
        "simulate" => {
            let state = if q.is_some() { SimulationState::Running } else { SimulationState::Succeeded };
            render(StatusCode::OK, frame, || pages::simulate(&detail, simulated::simulate(state)))
        }
        "unmatched" => render(StatusCode::OK, frame, || pages::unmatched(&detail, simulated::unmatched())),
        "restart" => {
            let draft = RestartDraft { level: "usual".to_owned(), ..RestartDraft::default() };
            render(StatusCode::OK, frame, || pages::restart(&detail, draft))
        }
        "allow-deletes" => render(StatusCode::OK, frame, || pages::allow_deletes(&detail, sample::staged())),
        "mapping" => {
            let mappings = sample::mappings();
            let editing = q.filter(|q| q.contains("edit")).map(|_| MappingEditor {
                draft: MappingDraft::of(&mappings[1]),
                errors: Errors::one("origin", "Unknown function `IFF`; did you mean IIF?"),
                ..MappingEditor::default()
            });
            let view = MappingView { kind: ObjectKind::User, mappings, defaults: false, editing };
            render(StatusCode::OK, frame, || pages::mapping(&detail, view))
        }
        _ => {
            let draft = ConfigurationDraft::of(&detail.configuration, "lab01.local", "directory");
            render(StatusCode::OK, frame, || pages::properties(&detail, draft, &Errors::default()))
        }
    }
}

async fn agents(State(assets): Shared, uri: Uri) -> Response {
    let list = fleet::list("agent-01.lab01.local");
    render(StatusCode::OK, frame(&assets, &uri, "Agents"), || pages::agents(list))
}

async fn agent(State(assets): Shared, uri: Uri) -> Response {
    let page = fleet::detail("agent-01.lab01.local");
    render(StatusCode::OK, frame(&assets, &uri, "Agent"), || pages::agent(page))
}

async fn add_agent(State(assets): Shared, uri: Uri) -> Response {
    let made = uri.query().is_some();
    let page = fleet::adding("lab01.local", made);
    render(StatusCode::OK, frame(&assets, &uri, "Add agent"), || pages::add_agent(page))
}

async fn logs(State(assets): Shared, uri: Uri, RawQuery(q): RawQuery) -> Response {
    let filter = LogFilter::parse(&query::parse(&q.unwrap_or_default()));
    let view = sample::log_list(filter);
    render(StatusCode::OK, frame(&assets, &uri, "Provisioning logs"), || pages::logs(view))
}

async fn log_detail(
    State(assets): Shared,
    uri: Uri,
    UrlPath(id): UrlPath<i64>,
    RawQuery(q): RawQuery,
) -> Response {
    let tab = query::first(&query::parse(&q.unwrap_or_default()), "tab").and_then(|t| t.parse().ok());
    let view = sample::log_detail(id, tab.unwrap_or(LogTab::Steps));
    render(StatusCode::OK, frame(&assets, &uri, "Record"), || pages::log_detail(view))
}

async fn users(State(assets): Shared, uri: Uri) -> Response {
    render(StatusCode::OK, frame(&assets, &uri, "Users"), || {
        pages::directory_list(sample::directory(ObjectKind::User))
    })
}

async fn groups(State(assets): Shared, uri: Uri) -> Response {
    render(StatusCode::OK, frame(&assets, &uri, "Groups"), || {
        pages::directory_list(sample::directory(ObjectKind::Group))
    })
}

async fn user(State(assets): Shared, uri: Uri) -> Response {
    render(StatusCode::OK, frame(&assets, &uri, "User"), || {
        pages::directory_detail(sample::directory_detail(ObjectKind::User))
    })
}

async fn group(State(assets): Shared, uri: Uri) -> Response {
    render(StatusCode::OK, frame(&assets, &uri, "Group"), || {
        pages::directory_detail(sample::directory_detail(ObjectKind::Group))
    })
}

async fn error(State(assets): Shared, uri: Uri) -> Response {
    render(StatusCode::NOT_FOUND, frame(&assets, &uri, "Not found"), || {
        pages::error_page(ErrorView::not_found())
    })
}
