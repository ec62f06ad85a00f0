//! What a directory sends: framing, BER and LDAP messages, and the positions that are made of it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    directory::fuzzing::message(bytes);
    directory::fuzzing::position(bytes);
});
