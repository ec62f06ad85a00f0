//! The frame around every page: navigation, search, who is signed in.

use leptos::prelude::*;

use crate::{
    components::{Icon, Notice, Tone},
    format::{capitalised, escape},
    frame::{Frame, Theme},
    islands::SearchShortcut,
};

/// The whole document.
#[component]
pub fn Shell(frame: Frame, body: AnyView) -> impl IntoView {
    let assets = frame.assets.clone();
    let options = LeptosOptions::builder().output_name("app").site_pkg_dir(assets.folder()).build();
    let theme = (frame.theme != Theme::System).then(|| frame.theme.as_str());
    let title = format!("{} · Skybridge", escape(&frame.title));
    let inside = if frame.principal.is_some() {
        view! { <Inside frame body /> }.into_any()
    } else {
        view! { <Outside frame body /> }.into_any()
    };
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title inner_html=title></title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="preload" href=assets.url("fonts/inter-latin.woff2") r#as="font" type="font/woff2" crossorigin="" />
                <link rel="stylesheet" href=assets.url("app.css") />
                <HydrationScripts options islands=true />
            </head>
            <body>
                <a class="skip" href="#main">"Skip to the content"</a>
                {inside}
            </body>
        </html>
    }
}

/// Around pages for people who are signed in.
#[component]
fn Inside(frame: Frame, body: AnyView) -> impl IntoView {
    let flash = frame.flash.clone();
    let name = frame.principal.as_ref().map(|p| p.name.clone());
    let account = format!("{}: account and colours", name.as_deref().unwrap_or_default());
    let navigation = || view! { <Navigation path=frame.path.clone() /> };
    view! {
        <div class="app">
            <aside class="rail" aria-label="Navigation">
                <div>
                    <Brand />
                    <nav class="nav" aria-label="Main">{navigation()}</nav>
                    <p class="rail-foot">"Skybridge " {env!("CARGO_PKG_VERSION")}</p>
                </div>
            </aside>
            <header class="topbar">
                <button type="button" class="button quiet square narrow-only" popovertarget="drawer" aria-label="Menu">
                    <Icon name="menu" />
                </button>
                <form class="search" action="/logs" role="search">
                    <Icon name="search" />
                    <input
                        id="search"
                        type="search"
                        name="q"
                        aria-label="Search the provisioning logs"
                        placeholder="Search names, DNs, ids, errors"
                        autocomplete="off"
                    />
                    <kbd class="needs-script" aria-hidden="true">"/"</kbd>
                    <SearchShortcut />
                </form>
                <div class="end">
                    <button type="button" class="button quiet" popovertarget="account" aria-label=account>
                        <Icon name="user" />
                        {name.map(|name| view! { <span class="beside-icon">{name}</span> })}
                    </button>
                </div>
            </header>
            <main class="content" id="main" tabindex="-1">
                {flash
                    .map(|flash| {
                        let tone = if flash.good { Tone::Ok } else { Tone::Bad };
                        view! { <Notice tone title=flash.text class="flash" /> }
                    })}
                {body}
            </main>
        </div>
        <div class="drawer" id="drawer" popover="auto">
            <Brand />
            <nav class="nav" aria-label="Main, narrow screens">{navigation()}</nav>
        </div>
        <Account frame />
    }
}

/// Around sign-in.
#[component]
fn Outside(frame: Frame, body: AnyView) -> impl IntoView {
    view! {
        <div class="plain">
            <header><Brand /></header>
            <main id="main" tabindex="-1">{body}</main>
            <footer><Colours frame /></footer>
        </div>
    }
}

#[component]
fn Brand() -> impl IntoView {
    let logo = crate::frame::frame().assets.url("logo.svg");
    view! {
        <a class="brand" href="/">
            <img class="logo" src=logo alt="" width="28" height="28" />
            "Skybridge"
        </a>
    }
}

/// A place in the navigation: its address, icon and name.
struct Place(&'static str, &'static str, &'static str);

const PLACES: &[(&str, &[Place])] = &[
    (
        "",
        &[
            Place("/", "overview", "Overview"),
            Place("/configurations", "configurations", "Configurations"),
            Place("/agents", "server", "Agents"),
            Place("/logs", "logs", "Provisioning logs"),
        ],
    ),
    (
        "Directory",
        &[
            Place("/users", "users", "Users"),
            Place("/groups", "groups", "Groups"),
            Place("/readiness", "check", "Readiness"),
        ],
    ),
    (
        "Watch",
        &[
            Place("/insights", "activity", "Insights"),
            Place("/alerts", "bell", "Alerts"),
            Place("/mail", "mail", "Mail"),
            Place("/audit", "history", "Audit log"),
            Place("/settings", "settings", "Settings"),
        ],
    ),
];

#[component]
fn Navigation(path: String) -> impl IntoView {
    let here = path.split('?').next().unwrap_or_default().to_owned();
    PLACES
        .iter()
        .map(|(heading, places)| {
            let links = places
                .iter()
                .map(|Place(href, icon, text)| {
                    let inside = if *href == "/" { here == "/" } else { here.starts_with(href) };
                    view! {
                        <a href=*href aria-current=inside.then_some("page")>
                            <Icon name=icon />
                            {*text}
                        </a>
                    }
                })
                .collect_view();
            view! {
                {(!heading.is_empty()).then(|| view! { <h2>{*heading}</h2> })}
                {links}
            }
        })
        .collect_view()
}

/// Who is signed in, colours, sign-out.
#[component]
fn Account(frame: Frame) -> impl IntoView {
    let who = frame.principal.clone();
    view! {
        <div class="menu" id="account" popover="auto">
            {who
                .map(|p| {
                    view! {
                        <p class="who">
                            <strong>{p.name}</strong>
                            <span>{capitalised(p.role.as_str())}</span>
                        </p>
                        <hr />
                    }
                })}
            <Colours frame />
            <hr />
            <form method="post" action="/sign-out">
                <button class="button quiet">
                    <Icon name="leave" />
                    "Sign out"
                </button>
            </form>
        </div>
    }
}

/// The choice of colours: a plain form, kept in a cookie.
#[component]
fn Colours(frame: Frame) -> impl IntoView {
    let buttons = Theme::ALL
        .iter()
        .map(|theme| {
            let pressed = if *theme == frame.theme { "true" } else { "false" };
            view! {
                <button name="theme" value=theme.as_str() aria-pressed=pressed>
                    {capitalised(theme.as_str())}
                </button>
            }
        })
        .collect_view();
    view! {
        <form method="post" action="/preferences/theme" class="colours">
            <input type="hidden" name="return" value=frame.path />
            <span class="faint" id="colours">"Colours"</span>
            <span class="segments" role="group" aria-labelledby="colours">{buttons}</span>
        </form>
    }
}
