//! Reads every user and group and says what that cost.
//!
//! `cargo run --release -p directory --example read -- ldap://127.0.0.1:3389 cn=admin,dc=example,dc=org secret '*'`

use std::time::Instant;

use directory::{LdapSettings, LdapSource};
use domain::{ObjectKind, Secret};
use ports::{ReadRequest, Source};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().unwrap_or_default();
    let settings = LdapSettings { allow_plaintext: true, ..LdapSettings::new(next()) };
    let settings = LdapSettings { bind_dn: next(), bind_password: Secret::new(next()), ..settings };
    let attributes: Vec<String> = std::env::args().skip(4).collect();
    let source = LdapSource::new(settings)?;
    println!("{:?}", source.probe().await?);
    let (start, before) = (Instant::now(), cpu_seconds());
    for kind in [ObjectKind::User, ObjectKind::Group] {
        let request =
            ReadRequest { kind, bases: Vec::new(), attributes: attributes.clone(), page_size: 1000 };
        let mut pages = source.read(request).await?;
        let (mut entries, mut values) = (0, 0);
        while let Some(page) = pages.next_page().await? {
            for note in &page.notes {
                println!("note: {note}");
            }
            entries += page.entries.len();
            for entry in &page.entries {
                values +=
                    entry.entry.attributes.iter().map(|attribute| attribute.values.len()).sum::<usize>();
            }
        }
        println!("{entries} {} with {values} values", kind.plural());
    }
    println!("{:.2} s, {:.2} s of CPU", start.elapsed().as_secs_f64(), cpu_seconds() - before);
    Ok(())
}

/// Time on the processor so far, user and system, in steps of 10 ms.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
