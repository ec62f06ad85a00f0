//! The directory's tree within the form of a scope. Its buttons send the form, which comes back with a branch more or less,
//! so that it needs no script; where there is one, it sends the form in the background.

use domain::Dn;
use leptos::prelude::*;
use service::browse::{Container, Listing, Place};

use crate::{
    components::{Icon, Notice, Pill, Tone},
    format::number,
    view::TreeView,
};

/// Levels that are drawn at most: deeper ones are pasted by name.
const DEEPEST: usize = 24;

/// The tree, or the button that fetches it.
pub(super) fn scope_tree(action: &str, view: &TreeView) -> AnyView {
    let back = format!("{action}#directory");
    if !view.draft.shown {
        return view! {
            <fieldset class="field" id="directory" tabindex="-1">
                <legend>"Choose from the directory"</legend>
                <div class="actions">
                    <button class="button" id="tree-show" name="edit" value="tree" formaction=back>
                        <Icon name="tree" />
                        "Browse the directory"
                    </button>
                </div>
            </fieldset>
        }
        .into_any();
    }
    let open = view
        .draft
        .open
        .iter()
        .map(|id| view! { <input type="hidden" name="open" value=id.clone() /> })
        .collect_view();
    let problem =
        view.problem.clone().map(|(title, text)| view! { <Notice tone=Tone::Bad title>{text}</Notice> });
    let tree = view.tree.root.as_ref().map(|root| {
        let top = row(&back, view, &root.at, None, "tree");
        view! {
            <div class="tree" role="group" aria-label="Containers of the directory">
                <ul>
                    <li>{top}{level(&back, view, Some(root), 1)}</li>
                </ul>
            </div>
        }
    });
    view! {
        <fieldset class="field" id="directory" tabindex="-1">
            <legend>"Choose from the directory"</legend>
            <span class="hint">"As the directory is now. Everything beneath a chosen container is taken."</span>
            <input type="hidden" name="tree" value="1" />
            <input type="hidden" name="searched" value=view.draft.searched.clone() />
            {open}
            {problem}
            {search(&back, view)}
            {tree}
            <div class="actions">
                <button class="button small quiet" id="tree-fold" name="edit" value="fold" formaction=back>
                    "Close the directory"
                </button>
            </div>
        </fieldset>
    }
    .into_any()
}

/// What lies in one container.
fn level(back: &str, view: &TreeView, listing: Option<&Listing>, depth: usize) -> AnyView {
    let Some(listing) = listing else {
        return view! { <p class="soft">"It is gone from the directory."</p> }.into_any();
    };
    if listing.places.is_empty() {
        return view! { <p class="soft">"No containers in it."</p> }.into_any();
    }
    let more = listing.more.then(|| {
        let text = format!(
            "The first {} are shown: search for the others by name.",
            number(listing.places.len() as u64)
        );
        view! { <p class="soft">{text}</p> }
    });
    let rows = listing
        .places
        .iter()
        .map(|place| {
            let id = &place.container.object_id;
            let opened = view.draft.open.contains(id) && depth < DEEPEST;
            let beneath = opened
                .then(|| view.level(id))
                .flatten()
                .map(|listing| level(back, view, listing.as_ref(), depth + 1));
            view! { <li>{row(back, view, &place.container, Some((place, opened)), "tree")}{beneath}</li> }
        })
        .collect_view();
    view! {
        <ul>{rows}</ul>
        {more}
    }
    .into_any()
}

/// One container or group: the way into it, its name, whether it is in scope, and the button that changes that.
fn row(
    back: &str,
    view: &TreeView,
    container: &Container,
    place: Option<(&Place, bool)>,
    list: &'static str,
) -> impl IntoView + use<> {
    let name = Dn::parse(&container.dn).map_or_else(|_| container.dn.clone(), |dn| dn.leaf());
    let is_group = place.is_some_and(|(place, _)| place.is_group);
    let toggle = match place {
        Some((place, opened)) if !place.is_group && place.subordinates != Some(0) => {
            let (verb, icon) = if opened { ("close", "down") } else { ("open", "right") };
            view! {
                <button
                    class="button quiet small toggle"
                    id=format!("tree-{}", container.object_id)
                    name="edit"
                    value=format!("{verb}.{}", container.object_id)
                    formaction=back.to_owned()
                    aria-expanded=if opened { "true" } else { "false" }
                    aria-label=format!("What lies in {name}")
                >
                    <Icon name=icon />
                </button>
            }
            .into_any()
        }
        _ => view! { <span class="toggle"></span> }.into_any(),
    };
    let count = place.and_then(|(place, _)| place.subordinates).filter(|count| *count > 0).map(|count| {
        view! { <span class="faint">{format!("{} directly in it", number(count))}</span> }
    });
    view! {
        <div class="branch">
            {toggle}
            <Icon name=if is_group { "groups" } else { "tree" } />
            <span class="branch-name">{name.clone()}</span>
            {count}
            {choose(back, view, container, &name, is_group, list)}
        </div>
    }
}

/// Whether it is in scope, and the button that changes that.
fn choose(
    back: &str,
    view: &TreeView,
    container: &Container,
    name: &str,
    is_group: bool,
    list: &'static str,
) -> AnyView {
    let back = back.to_owned();
    let id = container.object_id.clone();
    if let Some(line) = view.chosen.line_of(container) {
        let renamed = (!line.eq_ignore_ascii_case(&container.dn)).then(|| {
            view! { <span class="soft dn">{format!("chosen as {line}")}</span> }
        });
        return view! {
            <Pill tone=Tone::Ok text="In scope" />
            {renamed}
            <button
                class="button small"
                id=format!("{list}-choose-{id}")
                name="edit"
                value=format!("drop.{id}")
                formaction=back
                aria-label=format!("Remove {name} from the scope")
            >
                "Remove"
            </button>
        }
        .into_any();
    }
    if let Some(above) = view.chosen.above(container).filter(|_| !is_group) {
        let above = Dn::parse(above).map_or_else(|_| above.to_owned(), |dn| dn.leaf());
        return view! { <span class="soft">{format!("in scope within {above}")}</span> }.into_any();
    }
    let verb = if is_group { "group" } else { "unit" };
    view! {
        <button
            class="button small"
            id=format!("{list}-choose-{id}")
            name="edit"
            value=format!("{verb}.{id}")
            formaction=back
            aria-label=format!("Add {name} to the scope")
        >
            "Add"
        </button>
    }
    .into_any()
}

fn search(back: &str, view: &TreeView) -> impl IntoView + use<> {
    let found = view.tree.found.as_ref().map(|listing| {
        let rows = listing
            .places
            .iter()
            .map(|place| {
                let beneath = Dn::parse(&place.container.dn).ok().and_then(|dn| dn.parent());
                let beneath = beneath.map(|dn| view! { <p class="soft dn">{dn.as_str().to_owned()}</p> });
                // A result is no branch: what lies in it is looked at in the tree.
                let shown = Place { subordinates: Some(0), ..place.clone() };
                view! { <li>{row(back, view, &place.container, Some((&shown, false)), "found")}{beneath}</li> }
            })
            .collect_view();
        let text = match (listing.places.len() as u64, listing.more) {
            (0, true) => "Too many have this in their name: type more of it.".to_owned(),
            (0, false) => format!("No group or container has “{}” in its name.", view.draft.searched),
            (count, true) => format!("The first {} with “{}” in their name.", number(count), view.draft.searched),
            (count, false) => format!("{} with “{}” in their name.", number(count), view.draft.searched),
        };
        view! {
            <p role="status" class="soft">{text}</p>
            <ul class="tree found">{rows}</ul>
        }
    });
    view! {
        <div class="search-row">
            <input
                type="search"
                class="input"
                id="find"
                name="find"
                value=view.draft.text.clone()
                aria-label="Groups and containers by name"
                placeholder="Group or container by name"
                autocomplete="off"
            />
            <button class="button" id="tree-search" name="edit" value="search" formaction=back.to_owned()>
                "Search"
            </button>
        </div>
        {found}
    }
}
