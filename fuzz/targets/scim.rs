//! What a SCIM service answers: any status, any body.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| targets::scim::fuzzing::answer(bytes));
