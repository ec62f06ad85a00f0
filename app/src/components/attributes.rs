use leptos::prelude::*;

use super::Table;

/// The attributes of an object, each with its values.
#[component]
pub fn AttributeTable(#[prop(into)] label: String, attributes: Vec<(String, Vec<String>)>) -> impl IntoView {
    let rows = attributes
        .into_iter()
        .map(|(name, values)| {
            let values =
                values.into_iter().map(|value| view! { <span class="value">{value}</span> }).collect_view();
            view! { <tr><th scope="row" class="mono full">{name}</th><td class="full">{values}</td></tr> }
        })
        .collect_view();
    view! {
        <Table label stacked=true inert=true>
            <thead>
                <tr>
                    <th scope="col">"Attribute"</th>
                    <th scope="col">"Value"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}
