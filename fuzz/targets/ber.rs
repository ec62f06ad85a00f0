//! What a directory sends: framing, BER and LDAP messages.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| directory::fuzzing::message(bytes));
