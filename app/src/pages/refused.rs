use leptos::prelude::*;

use crate::{
    components::{Notice, Tone},
    view::Errors,
};

/// Above a form that was not taken: that it was not, and what belongs to none of the fields that it shows.
pub fn refused(errors: &Errors, fields: &[&str]) -> Option<impl IntoView + use<>> {
    let others: Vec<_> = errors.others(fields).cloned().collect();
    (!errors.is_empty()).then(|| {
        let more = others.into_iter().map(|text| view! { <p>{text}</p> }).collect_view();
        view! { <Notice tone=Tone::Bad title="Not saved: correct what is marked">{more}</Notice> }
    })
}
