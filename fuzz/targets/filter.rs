//! Scope filters as a document brings them.
#![no_main]

use domain::Entry;
use domain::filter::Clause;
use expression::filter::Filters;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(filters) = serde_json::from_slice::<Vec<Vec<Clause>>>(bytes) else { return };
    let Ok(filters) = Filters::compile(&filters) else { return };
    let entry = Entry::new("CN=Ann,DC=x").with("a", ["1", "TRUE", "text"]).with("b", [vec![0_u8, 255]]);
    let first = filters.verdict(&entry).is_ok();
    assert_eq!(first, filters.verdict(&entry).is_ok());
});
