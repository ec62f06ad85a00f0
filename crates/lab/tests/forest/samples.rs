//! The three sample forests and their faults.

use std::collections::BTreeSet;

use chrono::DateTime;
use lab::{Churn, Lab, Tls};

use crate::client::{PEOPLE, all, find, sign_in};

#[tokio::test]
async fn three_forests_have_people_groups_and_the_faults_of_real_directories() {
    let epoch = DateTime::from_timestamp(1_750_000_000, 0).expect("a time");
    let lab = Lab::sample(epoch, Some(Churn::default()), Tls::None).await.expect("the lab starts");
    let mut mails = Vec::new();
    let (mut disabled, mut long, mut foreign, mut broken, mut renamed, mut nested) = (0, 0, 0, 0, 0, 0);
    for forest in &lab.forests {
        assert_eq!((forest.people(), forest.groups()), (300, 40));
        let mut ldap = sign_in(forest).await;
        let suffix = format!("@{}.example.org", forest.name().split('.').next().unwrap_or_default());
        for person in all(&mut ldap, &format!("OU=People,{}", forest.base_dn()), PEOPLE, &["*"]).await {
            let first =
                |name: &str| person.attrs.get(name).map(|values| values[0].clone()).unwrap_or_default();
            mails.push(first("mail"));
            disabled += u32::from(first("userAccountControl") == "514");
            long += u32::from(first("displayName").len() > 256 || first("department").len() > 64);
            foreign += u32::from(!first("userPrincipalName").ends_with(&suffix));
            broken += u32::from(person.attrs["proxyAddresses"].iter().any(|it| !it.contains('@')));
        }
        for unit in all(&mut ldap, forest.base_dn(), "(objectClass=organizationalUnit)", &["*"]).await {
            renamed += u32::from(unit.attrs["uSNChanged"] > unit.attrs["uSNCreated"]);
        }
        nested += find(&mut ldap, forest.base_dn(), "(&(objectClass=group)(memberOf=*))").await.len();
        assert!(find(&mut ldap, forest.base_dn(), "(objectClass=contact)").await.len() >= 5);
    }
    assert_eq!(mails.len(), 900);
    assert_eq!(mails.iter().collect::<BTreeSet<_>>().len(), 899, "one address is in two forests");
    assert!(disabled >= 15, "{disabled} disabled accounts");
    assert!(long >= 2 && foreign >= 3 && broken >= 2 && renamed >= 2 && nested > 20);
    lab.stop().await;
}
