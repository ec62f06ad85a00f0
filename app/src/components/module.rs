use leptos::{nonce::use_nonce, prelude::*};

use crate::frame::frame;

/// Loads a wasm module beside the islands' and starts it, when the page is there: it helps, and nobody waits for it.
#[component]
pub fn Module(name: &'static str) -> impl IntoView {
    let assets = frame().assets;
    let (script, wasm) = (assets.url(&format!("{name}.js")), assets.url(&format!("{name}_bg.wasm")));
    let start = format!(
        "addEventListener(\"load\",()=>import(\"{script}\").then(it=>it.default({{module_or_path:\"{wasm}\"}})));"
    );
    view! { <script type="module" nonce=use_nonce() inner_html=start></script> }
}
