//! Statuses as anybody may send them to the status port: four header lines, then the body.
#![no_main]

use channel::signature::{CONTENT_DIGEST, COUNTER, Request, SIGNATURE, SIGNATURE_INPUT};
use channel::{enrolment, status};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(5, |byte| *byte == b'\n');
    let mut header = || parts.next().and_then(|part| std::str::from_utf8(part).ok());
    let headers =
        [(CONTENT_DIGEST, header()), (COUNTER, header()), (SIGNATURE_INPUT, header()), (SIGNATURE, header())];
    let body = parts.next().unwrap_or_default();
    let find = |name: &str| headers.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value);
    if let Ok((claim, beat)) = status::read(find, body) {
        // Nobody here has a key: nothing may ever be believed.
        let request = Request { method: status::METHOD, path: status::PATH, body };
        assert!(claim.verify(&[7; 32], &request).is_err());
        let text = serde_json::to_vec(&beat).expect("a beat is JSON");
        assert_eq!(serde_json::from_slice::<domain::agent::Beat>(&text).expect("a beat"), beat);
    }
    if let Ok(request) = serde_json::from_slice::<enrolment::EnrolmentRequest>(bytes) {
        drop(request.check());
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(token) = text.parse::<enrolment::EnrolmentToken>()
    {
        assert_eq!(token.reveal().expose(), text);
    }
});
