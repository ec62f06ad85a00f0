//! Readings through agents within the process: side by side, slowed down, cut off and gone on with.

mod listed;
mod lost;
mod side_by_side;
