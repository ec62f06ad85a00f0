//! What readiness checks read: security descriptors and certificates.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    directory::fuzzing::descriptor(bytes);
    if let Some(read) = channel::certificate::Certificate::read(bytes) {
        assert!(read.revocation_lists.len() <= 8);
    }
});
