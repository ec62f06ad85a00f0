//! What moves in the browser. Every page is complete without these: an island takes over what a link or a form does,
//! or fetches the page again and puts its parts in place of the old ones. Data never has a second way to the browser.

#[cfg(feature = "hydrate")]
mod browser;
mod copy;
mod filter;
mod form;
mod live;
mod shortcut;

pub use copy::CopyButton;
pub use filter::LiveFilter;
pub use form::LiveForm;
pub use live::LivePage;
pub use shortcut::SearchShortcut;
