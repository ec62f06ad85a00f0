//! The same reading through the general client crate, to measure against `read`.

use std::time::Instant;

use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};
use ldap3::{LdapConnAsync, Scope, SearchEntry};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, bind_dn, password, base] = arguments.as_slice() else {
        return Err("give: URL BIND-DN PASSWORD BASE".into());
    };
    let (connection, mut ldap) = LdapConnAsync::new(url).await?;
    ldap3::drive!(connection);
    ldap.simple_bind(bind_dn, password).await?.success()?;
    let start = Instant::now();
    let adapters: Vec<Box<dyn Adapter<_, _>>> =
        vec![Box::new(EntriesOnly::new()), Box::new(PagedResults::new(1000))];
    let filter = "(|(objectClass=inetOrgPerson)(objectClass=groupOfNames))";
    let mut stream =
        ldap.streaming_search_with(adapters, base, Scope::Subtree, filter, vec!["*", "entryUUID"]).await?;
    let (mut entries, mut values) = (0, 0);
    while let Some(entry) = stream.next().await? {
        let entry = SearchEntry::construct(entry);
        entries += 1;
        values += entry.attrs.values().map(Vec::len).sum::<usize>();
    }
    println!("{entries} entries with {values} values in {:.2} s", start.elapsed().as_secs_f64());
    Ok(())
}
