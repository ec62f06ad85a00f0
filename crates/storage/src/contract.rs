//! The contract tests that every backend runs. Filled together with the first backend.
