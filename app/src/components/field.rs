use leptos::prelude::*;

use super::Icon;
use crate::format::escape;

/// A label, its control, a hint and, when something is wrong, the sentence that says what.
#[component]
pub fn Field(
    id: &'static str,
    #[prop(into)] label: String,
    hint: Option<String>,
    error: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {children()}
            {hint.map(|text| view! { <span class="hint" id=format!("{id}-hint")>{text}</span> })}
            {error.map(|text| error_text(id, text))}
        </div>
    }
}

pub(crate) fn error_text(id: &str, text: String) -> impl IntoView + use<> {
    view! {
        <span class="error" id=format!("{id}-error")>
            <Icon name="stop" />
            <span>{text}</span>
        </span>
    }
}

fn described(id: &str, hint: bool, error: bool) -> Option<String> {
    let parts: Vec<String> = [(error, "error"), (hint, "hint")]
        .iter()
        .filter(|(there, _)| *there)
        .map(|(_, name)| format!("{id}-{name}"))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// One line of text.
#[component]
pub fn TextInput(
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(default = None)] error: Option<String>,
    #[prop(optional)] required: bool,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let describedby = described(id, hint.is_some(), error.is_some());
    view! {
        <Field id label hint=hint error=error.clone()>
            <input
                class=format!("input {class}")
                id=id
                name=id
                type=kind
                value=value
                autocomplete=autocomplete
                required=required
                autofocus=autofocus
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=describedby
            />
        </Field>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    #[prop(default = 4)] rows: u32,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(default = None)] error: Option<String>,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let describedby = described(id, hint.is_some(), error.is_some());
    view! {
        <Field id label hint=hint error=error.clone()>
            <textarea
                class=format!("input {class}")
                id=id
                name=id
                rows=rows.to_string()
                spellcheck="false"
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=describedby
                // The newline is the one that a browser drops after the opening tag.
                inner_html=format!("\n{}", escape(&value))
            ></textarea>
        </Field>
    }
}

/// Values and texts of a list to choose from.
pub type Options = Vec<(String, String)>;

/// One of several.
#[component]
pub fn Select(
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    options: Options,
    #[prop(optional, into)] hint: Option<String>,
    #[prop(default = None)] error: Option<String>,
) -> impl IntoView {
    let describedby = described(id, hint.is_some(), error.is_some());
    let options = options
        .into_iter()
        .map(|(option, text)| {
            let selected = option == value;
            view! { <option value=option selected=selected inner_html=escape(&text)></option> }
        })
        .collect_view();
    view! {
        <Field id label hint=hint error=error.clone()>
            <select
                class="input"
                id=id
                name=id
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=describedby
            >
                {options}
            </select>
        </Field>
    }
}

/// A box to tick, or one of a group of round ones.
#[component]
pub fn Choice(
    #[prop(into)] id: String,
    name: &'static str,
    #[prop(into)] value: String,
    #[prop(into)] label: String,
    checked: bool,
    #[prop(default = "checkbox")] kind: &'static str,
    #[prop(optional, into)] hint: Option<String>,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    let describedby = hint.is_some().then(|| hint_id.clone());
    view! {
        <div class="choice">
            <input
                type=kind
                id=id.clone()
                name=name
                value=value
                checked=checked
                aria-describedby=describedby
            />
            <label for=id>{label}</label>
            {hint.map(|text| view! { <span class="hint" id=hint_id>{text}</span> })}
        </div>
    }
}
