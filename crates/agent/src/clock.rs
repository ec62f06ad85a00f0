//! The machine's clock.

use chrono::{SubsecRound as _, Utc};
use domain::Time;

#[expect(clippy::disallowed_methods, reason = "this is where the time enters the process")]
pub fn now() -> Time {
    Utc::now().trunc_subsecs(6)
}
