//! The page's side: what is typed, what is proposed, what is chosen.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use domain::mapping::MappingKind;
use expression::{Parameters, Random};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::convert::FromWasmAbi;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Document, Element, EventTarget, HtmlElement, HtmlSelectElement, HtmlTextAreaElement, KeyboardEvent,
    MouseEvent, UrlSearchParams,
};

use crate::Looked;
use crate::complete::{Completion, Completions, completions};
use crate::evaluate::evaluate;

struct Help {
    text: HtmlTextAreaElement,
    kind: HtmlSelectElement,
    output: Element,
    list: HtmlElement,
    object: Option<Looked>,
    attributes: Vec<String>,
    proposed: RefCell<Completions>,
    active: Cell<Option<usize>>,
}

/// Listens to the mapping's form for as long as the page stands. The element `expression-help` tells the object that the
/// mapping is tried on, and the attributes that there are.
#[wasm_bindgen(start)]
pub fn follow() {
    let (Some(text), Some(kind), Some(output), Some(list), Some(told)) = (
        find("origin"),
        find("kind"),
        find("given"),
        find::<HtmlElement>("completions"),
        find::<Element>("expression-help"),
    ) else {
        return;
    };
    let text: HtmlTextAreaElement = text;
    let object = told.get_attribute("data-object").map(|object| Looked::of_pairs(pairs(&object)));
    let attributes = told.get_attribute("data-attributes").unwrap_or_default();
    let attributes = attributes.split_whitespace().map(str::to_owned).collect();
    let mark = |name, value| drop(text.set_attribute(name, value));
    mark("aria-autocomplete", "list");
    mark("aria-controls", "completions");
    mark("autocomplete", "off");
    let (proposed, active) = (RefCell::default(), Cell::new(None));
    let help = Rc::new(Help { text, kind, output, list, object, attributes, proposed, active });
    let at = Rc::clone(&help);
    listen(&help.text, "input", move |_: JsValue| {
        at.evaluate();
        at.propose();
    });
    let at = Rc::clone(&help);
    listen(&help.kind, "change", move |_: JsValue| {
        at.evaluate();
        at.close();
    });
    let at = Rc::clone(&help);
    listen(&help.text, "keydown", move |event: KeyboardEvent| at.press(&event));
    let at = Rc::clone(&help);
    listen(&help.text, "blur", move |_: JsValue| at.close());
    let at = Rc::clone(&help);
    // Before the field would lose the focus.
    listen(&help.list, "mousedown", move |event: MouseEvent| {
        event.prevent_default();
        let option = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let option = option.and_then(|element| element.closest("[role=option]").ok().flatten());
        if let Some(number) = option.and_then(|option| option.id().rsplit('-').next()?.parse().ok()) {
            at.choose(number);
        }
    });
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

fn find<E: JsCast>(id: &str) -> Option<E> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// The pairs of a text in the form of a query.
fn pairs(text: &str) -> impl Iterator<Item = (String, String)> + use<> {
    let pairs = UrlSearchParams::new_with_str(text).ok();
    let pairs = pairs.and_then(|pairs| js_sys::try_iter(&pairs).ok().flatten());
    pairs.into_iter().flatten().flatten().filter_map(|pair| {
        let pair = js_sys::Array::from(&pair);
        pair.get(0).as_string().zip(pair.get(1).as_string())
    })
}

/// Adds a listener that lives as long as the page.
fn listen<E: FromWasmAbi + 'static>(target: &EventTarget, name: &str, handler: impl FnMut(E) + 'static) {
    let closure = Closure::<dyn FnMut(E)>::new(handler);
    drop(target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref()));
    closure.forget();
}

impl Help {
    fn kind(&self) -> MappingKind {
        self.kind.value().parse().unwrap_or(MappingKind::Expression)
    }

    fn evaluate(&self) {
        let gives = evaluate(self.kind(), &self.text.value(), self.object.as_ref(), parameters());
        self.output.set_class_name(&gives.class());
        if self.output.text_content().as_deref() != Some(gives.text.as_str()) {
            self.output.set_text_content(Some(&gives.text));
        }
    }

    /// The text before and after the caret; nothing while something is selected.
    fn around(&self) -> Option<(String, String)> {
        let (start, end) = (self.text.selection_start().ok()??, self.text.selection_end().ok()??);
        let units: Vec<u16> = self.text.value().encode_utf16().collect();
        let (before, after) = units.split_at_checked(start as usize)?;
        (start == end).then(|| (String::from_utf16_lossy(before), String::from_utf16_lossy(after)))
    }

    fn propose(&self) {
        let Some((before, after)) = self.around() else { return self.close() };
        let found = completions(self.kind(), &before, &after, &self.attributes);
        if found.proposals.is_empty() {
            return self.close();
        }
        self.list.set_inner_html("");
        for (number, proposal) in found.proposals.iter().enumerate() {
            if let Some(option) = option(number, proposal) {
                drop(self.list.append_child(&option));
            }
        }
        self.proposed.replace(found);
        self.activate(None);
        drop(self.list.remove_attribute("hidden"));
    }

    fn close(&self) {
        drop(self.list.set_attribute("hidden", ""));
        self.proposed.take();
        self.activate(None);
    }

    fn activate(&self, number: Option<usize>) {
        for (at, option) in (0..self.list.children().length()).zip(0_usize..) {
            let chosen = if number == Some(option) { "true" } else { "false" };
            if let Some(option) = self.list.children().item(at) {
                drop(option.set_attribute("aria-selected", chosen));
            }
        }
        match number {
            Some(number) => drop(self.text.set_attribute("aria-activedescendant", &id(number))),
            None => drop(self.text.remove_attribute("aria-activedescendant")),
        }
        self.active.set(number);
    }

    fn press(&self, event: &KeyboardEvent) {
        let many = self.proposed.borrow().proposals.len();
        if many == 0 {
            return;
        }
        let active = self.active.get();
        match event.key().as_str() {
            "ArrowDown" => self.activate(Some(active.map_or(0, |at| (at + 1) % many))),
            "ArrowUp" => self.activate(Some(active.map_or(many - 1, |at| (at + many - 1) % many))),
            "Enter" | "Tab" if active.is_some() => self.choose(active.unwrap_or_default()),
            "Escape" => self.close(),
            _ => return,
        }
        event.prevent_default();
    }

    fn choose(&self, number: usize) {
        let Completions { word, proposals } = self.proposed.take();
        if let (Some(proposal), Some((before, _))) = (proposals.get(number), self.around()) {
            let end = before.encode_utf16().count();
            let kept = before.chars().count().saturating_sub(word);
            let start = before.chars().take(kept).map(char::len_utf16).sum::<usize>();
            let range = u32::try_from(start).ok().zip(u32::try_from(end).ok());
            if let Some((start, end)) = range {
                drop(self.text.set_range_text_with_start_and_end_and_mode(
                    &proposal.insert,
                    start,
                    end,
                    "end",
                ));
            }
        }
        self.evaluate();
        self.close();
    }
}

fn id(number: usize) -> String {
    format!("completion-{number}")
}

fn option(number: usize, proposal: &Completion) -> Option<Element> {
    let option = document()?.create_element("li").ok()?;
    option.set_id(&id(number));
    option.set_attribute("role", "option").ok()?;
    for (tag, text) in [("code", proposal.shown.as_str()), ("small", proposal.note)] {
        if !text.is_empty() {
            let part = document()?.create_element(tag).ok()?;
            part.set_text_content(Some(text));
            option.append_child(&part).ok()?;
        }
    }
    Some(option)
}

#[derive(Debug)]
struct OfBrowser;

impl Random for OfBrowser {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 256 and not negative")]
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds of our time fit")]
fn parameters() -> Parameters {
    let parameters = Parameters::new().with_random(Arc::new(OfBrowser));
    match chrono::DateTime::from_timestamp_millis(js_sys::Date::now() as i64) {
        Some(now) => parameters.with_now(now),
        None => parameters,
    }
}
