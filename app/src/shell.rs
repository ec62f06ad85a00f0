//! The frame.
use leptos::prelude::*;

use crate::assets::Assets;

#[derive(Debug, Clone)]
pub struct Frame {
    pub assets: Assets,
    pub title: String,
}

#[component]
pub fn Shell(frame: Frame, body: AnyView) -> impl IntoView {
    let options = LeptosOptions::builder().output_name("app").site_pkg_dir(frame.assets.folder()).build();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <title>{frame.title.clone()}</title>
                <link rel="stylesheet" href=frame.assets.url("app.css") />
                <HydrationScripts options islands=true />
            </head>
            <body>
                <main>{body}</main>
            </body>
        </html>
    }
}
