use domain::Time;
use leptos::prelude::*;

use crate::{
    components::{Card, LinkButton, PageHead, When},
    view::{Capped, LogFilter},
};

/// The files in which a search of the log can be taken away. The filter ends at a moment: every file tells the same.
pub fn log_download(filter: LogFilter, until: Time, found: Capped) -> impl IntoView {
    let back = LogFilter { until: None, ..filter.clone() }.href();
    let [records, steps, properties, whole] = ["records.csv", "steps.csv", "properties.csv", "records.jsonl"]
        .map(|name| filter.address(&format!("/logs/download/{name}")));
    let all = if filter.is_only_until() { "Every record" } else { "Every record of this search" };
    view! {
        <PageHead
            title="Download provisioning logs"
            crumbs=vec![(back, "Provisioning logs".to_owned())]
            lead=view! { {all} " up to " <When at=until /> ": " {found.to_string()} "." }.into_any()
        />
        <div class="stack">
            <Card title="CSV, for spreadsheets">
                <div class="card-body">
                    <p>"Three files. The column changeId joins them: a record has several steps and several modified properties."</p>
                    <div class="actions">
                        <LinkButton href=records text="Records" icon="export" />
                        <LinkButton href=steps text="Steps" icon="export" />
                        <LinkButton href=properties text="Modified properties" icon="export" />
                    </div>
                </div>
            </Card>
            <Card title="JSON lines, for programs">
                <div class="card-body">
                    <p>"One file: a line for each record, with its steps and modified properties, in the form of the REST API."</p>
                    <div class="actions">
                        <LinkButton href=whole text="Records with everything" icon="export" />
                    </div>
                </div>
            </Card>
        </div>
    }
}
