//! What every page knows about its surroundings: who looks, when, and from where.

use domain::{Time, access::Principal};
use leptos::prelude::*;

use crate::assets::Assets;

domain::words!(
    /// The reader's choice of colours.
    Theme { System = "system", Light = "light", Dark = "dark" }
);

/// A sentence about what was just done, shown once on the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    pub good: bool,
    pub text: String,
}

/// The frame around a page.
#[derive(Debug, Clone)]
pub struct Frame {
    pub assets: Assets,
    /// Of the page, without the product's name.
    pub title: String,
    /// Address of the page with its query, for the navigation and for forms that come back.
    pub path: String,
    pub theme: Theme,
    pub principal: Option<Principal>,
    pub now: Time,
    pub flash: Option<Flash>,
}

impl Frame {
    /// A frame of the same reader around another title.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Whether the reader has this role, to leave out what would be refused anyway.
    pub fn may(&self, role: domain::access::Role) -> bool {
        self.principal.as_ref().is_some_and(|p| p.may(role))
    }
}

/// The frame of the page being drawn.
pub fn frame() -> Frame {
    expect_context::<Frame>()
}
