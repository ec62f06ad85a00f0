use domain::record::ModifiedProperty;
use leptos::prelude::*;

use super::Table;

/// Changed attributes, old and new side by side.
#[component]
pub fn Diff(properties: Vec<ModifiedProperty>) -> impl IntoView {
    view! {
        <Table label="Modified properties" class="diff" inert=true>
            <thead>
                <tr>
                    <th scope="col">"Attribute"</th>
                    <th scope="col">"Old value"</th>
                    <th scope="col">"New value"</th>
                </tr>
            </thead>
            <tbody>
                {properties
                    .into_iter()
                    .map(|p| {
                        view! {
                            <tr>
                                <th scope="row">{p.display_name}</th>
                                <td class="old">{value(p.old_value, false)}</td>
                                <td class="new">{value(p.new_value, true)}</td>
                            </tr>
                        }
                    })
                    .collect_view()}
            </tbody>
        </Table>
    }
}

fn value(value: Option<String>, new: bool) -> AnyView {
    match value {
        Some(text) if new => view! { <ins>{text}</ins> }.into_any(),
        Some(text) => view! { <del>{text}</del> }.into_any(),
        None => view! { <span class="none">"(empty)"</span> }.into_any(),
    }
}
