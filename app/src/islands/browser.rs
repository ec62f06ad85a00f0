//! The few things that islands ask of the browser.

use std::{cell::Cell, rc::Rc, time::Duration};

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Document, DomParser, Element, EventSource, FormData, HtmlElement, HtmlFormElement,
    KeyboardEvent, MessageEvent, RequestInit, Response, SubmitEvent, SupportedType, UrlSearchParams,
};

/// What the server says to a page that missed hints.
const EVERYTHING: &str = "everything";

pub fn copy(text: &str) {
    drop(window().navigator().clipboard().write_text(text));
}

/// Listens for `/` outside of controls.
pub fn focus_on_slash(id: &'static str) {
    listen(&document(), "keydown", move |event: KeyboardEvent| {
        let modified = event.ctrl_key() || event.meta_key() || event.alt_key();
        let typing = document()
            .active_element()
            .is_some_and(|e| matches!(e.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"));
        if event.key() != "/" || modified || typing {
            return;
        }
        if let Some(element) = document().get_element_by_id(id).and_then(|e| e.dyn_into::<HtmlElement>().ok())
        {
            event.prevent_default();
            drop(element.focus());
        }
    });
}

/// Refreshes the page at hints, at most once a second, and not at all while nobody looks. Whenever the stream opens
/// or the reader comes back the page is refreshed as well: what happened meanwhile came without a hint.
pub fn follow_events(url: &str, about: String) {
    let Ok(source) = EventSource::new(url) else { return };
    let waiting = Rc::new(Cell::new(false));
    let at_open = Rc::clone(&waiting);
    listen(&source, "open", move |_: JsValue| refresh_soon(&at_open, Duration::ZERO));
    let at_return = Rc::clone(&waiting);
    listen(&document(), "visibilitychange", move |_: JsValue| refresh_soon(&at_return, Duration::ZERO));
    listen(&source, "message", move |hint: MessageEvent| {
        if hint.data().as_string().is_some_and(|text| text == EVERYTHING || text.contains(&about)) {
            refresh_soon(&waiting, Duration::from_secs(1));
        }
    });
    // An open stream would keep the page out of the browser's back-forward cache.
    let closing = source.clone();
    listen(&window(), "pagehide", move |_: JsValue| closing.close());
    listen(&window(), "pageshow", move |event: JsValue| {
        let restored = js_sys::Reflect::get(&event, &"persisted".into()).is_ok_and(|p| p.is_truthy());
        if restored {
            drop(window().location().reload());
        }
    });
}

/// Fetches the page again after a while, once for all hints until then.
fn refresh_soon(waiting: &Rc<Cell<bool>>, after: Duration) {
    if waiting.replace(true) {
        return;
    }
    let waiting = Rc::clone(waiting);
    let refresh = move || {
        waiting.set(false);
        if !document().hidden() {
            let here = window().location().href().unwrap_or_default();
            spawn_local(async move {
                refetch(&here, None).await;
            });
        }
    };
    set_timeout(refresh, after);
}

/// Sends a form a moment after its last change.
pub fn submit_while_typing(id: &str) {
    let Some(form) = document().get_element_by_id(id).and_then(|e| e.dyn_into::<HtmlFormElement>().ok())
    else {
        return;
    };
    let pending: Rc<Cell<Option<TimeoutHandle>>> = Rc::default();
    let running: Rc<Cell<Option<AbortController>>> = Rc::default();
    let target = form.clone();
    listen(&form, "input", move |_: JsValue| {
        if let Some(earlier) = pending.take() {
            earlier.clear();
        }
        let (form, running) = (target.clone(), Rc::clone(&running));
        let later = set_timeout_with_handle(
            move || {
                let url = address_of(&form);
                let controller = AbortController::new().ok();
                if let Some(earlier) = running.replace(controller.clone()) {
                    earlier.abort();
                }
                spawn_local(async move {
                    if refetch(&url, controller).await {
                        let history = window().history();
                        drop(history.map(|h| h.replace_state_with_url(&JsValue::NULL, "", Some(&url))));
                    }
                });
            },
            Duration::from_millis(250),
        );
        pending.set(later.ok());
    });
}

/// See `LiveForm`. Buttons that lead to another page are left to the browser.
pub fn edit_in_place(id: &str) {
    let Some(form) = document().get_element_by_id(id).and_then(|e| e.dyn_into::<HtmlFormElement>().ok())
    else {
        return;
    };
    let busy = Rc::new(Cell::new(false));
    let openly = Rc::new(Cell::new(false));
    let target = form.clone();
    listen(&form, "submit", move |event: SubmitEvent| {
        let Some(button) = event.submitter().filter(|button| button.has_attribute("formaction")) else {
            return;
        };
        if openly.take() {
            return;
        }
        event.prevent_default();
        if busy.replace(true) {
            return;
        }
        let (form, busy, openly) = (target.clone(), Rc::clone(&busy), Rc::clone(&openly));
        drop(form.set_attribute("aria-busy", "true"));
        spawn_local(async move {
            let replaced = replace_form(&form, &button).await;
            drop(form.remove_attribute("aria-busy"));
            busy.set(false);
            if !replaced {
                // What could not be done in the background is done in the open, with all that was typed.
                openly.set(true);
                drop(form.request_submit_with_submitter(Some(&button)));
            }
        });
    });
    let tree = form.clone();
    listen(&form, "keydown", move |event: KeyboardEvent| walk_tree(&tree, &event));
}

async fn replace_form(form: &HtmlFormElement, button: &HtmlElement) -> bool {
    let Some(body) = filled(form) else { return false };
    if let Some((name, value)) = button.get_attribute("name").zip(button.get_attribute("value")) {
        body.append(&name, &value);
    }
    let options = RequestInit::new();
    options.set_method("POST");
    options.set_body(&body);
    let Some(text) = fetch_with(&form.action(), &options).await else { return false };
    let Some(fresh) = parse(&text).and_then(|page| page.get_element_by_id(&form.id())) else {
        return false;
    };
    let html = fresh.inner_html();
    form.set_inner_html(&html);
    // The buttons that show and hide the tree go with what they did.
    let focus =
        document().get_element_by_id(&button.id()).or_else(|| document().get_element_by_id("directory"));
    if let Some(focus) = focus.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        drop(focus.focus());
    }
    true
}

/// Up and down go to the neighbouring branch, right opens it, left closes it.
fn walk_tree(form: &HtmlFormElement, event: &KeyboardEvent) {
    let Some(active) = document().active_element() else { return };
    if active.id() == "find" && event.key() == "Enter" {
        // Enter would press the form's first button, and its answer would be a page.
        event.prevent_default();
        let search = document().get_element_by_id("tree-search");
        if let Some(search) = search.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
            search.click();
        }
        return;
    }
    if !active.class_list().contains("toggle") {
        return;
    }
    let open = active.get_attribute("aria-expanded").is_some_and(|state| state == "true");
    let step = match event.key().as_str() {
        "ArrowRight" if !open => 0,
        "ArrowLeft" if open => 0,
        "ArrowDown" => 1,
        "ArrowUp" => -1,
        _ => return,
    };
    event.prevent_default();
    let Ok(branches) = form.query_selector_all("button.toggle") else { return };
    let at =
        (0..branches.length()).find(|at| branches.item(*at).is_some_and(|b| b.is_same_node(Some(&active))));
    let next = at.and_then(|at| at.checked_add_signed(step)).and_then(|at| branches.item(at));
    if let Some(next) = next.and_then(|n| n.dyn_into::<HtmlElement>().ok()) {
        if step == 0 {
            next.click();
        } else {
            drop(next.focus());
        }
    }
}

/// The address that sending the form would lead to, without its empty fields.
fn address_of(form: &HtmlFormElement) -> String {
    let path = window().location().pathname().unwrap_or_default();
    let query = filled(form).map(|f| String::from(f.to_string())).unwrap_or_default();
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

/// The fields of a form that are not empty.
fn filled(form: &HtmlFormElement) -> Option<UrlSearchParams> {
    let filled = UrlSearchParams::new().ok()?;
    let data = FormData::new_with_form(form).ok()?;
    for field in js_sys::try_iter(&data).ok().flatten()?.flatten() {
        let pair = js_sys::Array::from(&field);
        if let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string())
            && !value.is_empty()
        {
            filled.append(&name, &value);
        }
    }
    Some(filled)
}

/// Fetches a page and puts its marked parts in place. Whether it could.
async fn refetch(url: &str, abort: Option<AbortController>) -> bool {
    let Some(text) = fetch(url, abort).await else { return false };
    let Some(fresh) = parse(&text) else { return false };
    swap(&document(), &fresh);
    true
}

async fn fetch(url: &str, abort: Option<AbortController>) -> Option<String> {
    let options = RequestInit::new();
    if let Some(abort) = &abort {
        options.set_signal(Some(&abort.signal()));
    }
    fetch_with(url, &options).await
}

fn parse(html: &str) -> Option<Document> {
    DomParser::new().ok()?.parse_from_string(html, SupportedType::TextHtml).ok()
}

async fn fetch_with(url: &str, options: &RequestInit) -> Option<String> {
    let response = JsFuture::from(window().fetch_with_str_and_init(url, options)).await.ok()?;
    let response: Response = response.dyn_into().ok()?;
    if response.redirected() {
        // Only sign-in sends elsewhere: let the reader see it.
        drop(window().location().assign(&response.url()));
        return None;
    }
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

fn swap(old: &Document, fresh: &Document) {
    let Ok(parts) = fresh.query_selector_all("[data-swap]") else { return };
    for index in 0..parts.length() {
        let Some(part) = parts.item(index).and_then(|n| n.dyn_into::<Element>().ok()) else { continue };
        let Some(present) = old.get_element_by_id(&part.id()) else { continue };
        let html = part.inner_html();
        // Someone who is in the middle of it with the keyboard keeps what is there.
        let busy = old.active_element().is_some_and(|e| present.contains(Some(&e)));
        if !busy && present.inner_html() != html {
            present.set_inner_html(&html);
        }
    }
}

/// Adds a listener that lives as long as the page.
fn listen<E: wasm_bindgen::convert::FromWasmAbi + 'static>(
    target: &web_sys::EventTarget,
    name: &str,
    handler: impl FnMut(E) + 'static,
) {
    let closure = Closure::<dyn FnMut(E)>::new(handler);
    drop(target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref()));
    closure.forget();
}
