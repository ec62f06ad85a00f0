//! Attribute filters as rows of a form. Its buttons send the form, which comes back with a row more or less, so that
//! the editor needs no script.

use domain::filter::Operator;
use leptos::prelude::*;

use crate::{
    components::field_error,
    view::{ClauseDraft, Errors},
};

/// The rows; a filter that is being added has a blank one.
pub fn filter_editor(action: &str, filters: &[Vec<ClauseDraft>], errors: &Errors) -> impl IntoView + use<> {
    let back = format!("{action}#filters");
    let groups = filters
        .iter()
        .enumerate()
        .map(|(index, clauses)| {
            let legend = if index == 0 { "Only people for whom" } else { "or for whom" };
            let error = errors.of(&format!("filters.{index}")).map(|text| field_error("filters", text));
            let rows = clauses
                .iter()
                .enumerate()
                .map(|(number, clause)| row(&back, index, number, clause, errors))
                .collect_view();
            view! {
                <fieldset class="filter-group">
                    <legend>{legend}</legend>
                    {error}
                    {rows}
                    <div class="actions">
                        <button
                            class="button small"
                            name="edit"
                            value=format!("clause.{index}")
                            formaction=back.clone()
                        >
                            "Add a condition"
                        </button>
                    </div>
                </fieldset>
            }
        })
        .collect_view();
    let another = if filters.is_empty() { "Add a filter" } else { "Add another filter" };
    view! {
        <fieldset class="field" id="filters">
            <legend>"Attribute filters"</legend>
            <span class="hint">
                "People must pass one of the filters; of a filter, every condition. Comparisons mind case. An attribute without a value passes IS NULL only. Groups and contacts are not filtered."
            </span>
            {groups}
            <div class="actions">
                <button class="button small" name="edit" value="filter" formaction=back>
                    {another}
                </button>
            </div>
        </fieldset>
    }
}

fn row(
    back: &str,
    index: usize,
    number: usize,
    clause: &ClauseDraft,
    errors: &Errors,
) -> impl IntoView + use<> {
    let name = |part: &str| format!("clause.{index}.{number}.{part}");
    let label = |part: &str| format!("{part} of condition {} in filter {}", number + 1, index + 1);
    let id = format!("clause-{index}-{number}");
    let error = errors.of(&format!("filters.{index}.{number}"));
    let invalid = error.is_some().then_some("true");
    let describedby = error.is_some().then(|| format!("{id}-error"));
    let operators = Operator::ALL
        .iter()
        .map(|operator| {
            let chosen = clause.operator == operator.as_str();
            view! { <option value=operator.as_str() selected=chosen inner_html=crate::format::escape(operator.as_str())></option> }
        })
        .collect_view();
    let join = (number > 0).then(|| view! { <span class="faint join">"and"</span> });
    let error = error.map(|text| field_error(&id, text));
    view! {
        {join}
        <div class="clause">
            <input
                class="input mono"
                name=name("attribute")
                value=clause.attribute.clone()
                aria-label=label("Attribute")
                aria-invalid=invalid
                aria-describedby=describedby
                placeholder="Attribute, such as employeeType"
                autocomplete="off"
                spellcheck="false"
            />
            <select class="input" name=name("operator") aria-label=label("Comparison")>
                {operators}
            </select>
            <input
                class="input"
                name=name("value")
                value=clause.value.clone()
                aria-label=label("Value")
                placeholder="Value"
                autocomplete="off"
            />
            <button
                class="button quiet small"
                name="edit"
                value=format!("remove.{index}.{number}")
                formaction=back.to_owned()
                aria-label=format!("Remove condition {} of filter {}", number + 1, index + 1)
            >
                "Remove"
            </button>
        </div>
        {error}
    }
}
