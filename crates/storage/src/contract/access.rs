//! Accounts, tokens and sign-in links.

use domain::AccountId;
use domain::access::{Account, Identity, Role};

use super::sample::{account, audit, time, token, uuid};
use crate::audit::AuditFilter;
use crate::{PageRequest, Storage, StorageError};

pub async fn user_names_are_unique_without_regard_to_case(storage: &dyn Storage) {
    storage.add_account(&account(1, "Änne"), audit(1)).await.expect("is added");
    let refused = storage.add_account(&account(2, "äNNE"), audit(2)).await;
    assert!(matches!(refused, Err(StorageError::Duplicate { what: "user name" })), "{refused:?}");
    let found = storage.account_by_name("ÄNNE").await.expect("is read");
    assert_eq!(found, Some(account(1, "Änne")));
    assert_eq!(storage.account(account(1, "").id).await.expect("is read"), found);
    assert_eq!(storage.accounts().await.expect("are read"), [account(1, "Änne")]);
}

pub async fn a_password_is_set_for_an_account_that_exists(storage: &dyn Storage) {
    storage.add_account(&account(1, "anna"), audit(1)).await.expect("is added");
    storage.set_password(account(1, "").id, "$argon2id$…", audit(2)).await.expect("is set");
    let found = storage.account_by_name("anna").await.expect("is read").expect("is there");
    assert_eq!(found.password_hash.as_deref(), Some("$argon2id$…"));
    let missing = storage.set_password(AccountId::new(uuid(9)), "x", audit(3)).await;
    assert!(matches!(missing, Err(StorageError::Stale { .. })), "{missing:?}");
}

pub async fn a_role_is_set_for_an_account_that_exists(storage: &dyn Storage) {
    storage.add_account(&account(1, "anna"), audit(1)).await.expect("is added");
    storage.set_role(account(1, "").id, Role::Reader, audit(2)).await.expect("is set");
    let found = storage.account_by_name("anna").await.expect("is read").expect("is there");
    assert_eq!(found.role, Role::Reader);
    let missing = storage.set_role(AccountId::new(uuid(9)), Role::Reader, audit(3)).await;
    assert!(matches!(missing, Err(StorageError::Stale { .. })), "{missing:?}");
}

pub async fn who_is_known_at_a_provider_is_found_there_only(storage: &dyn Storage) {
    let at =
        |issuer: &str, subject: &str| Identity { issuer: issuer.to_owned(), subject: subject.to_owned() };
    let anna = Account { identity: Some(at("https://id.example", "1")), ..account(1, "anna") };
    storage.add_account(&anna, audit(1)).await.expect("is added");
    storage.add_account(&account(2, "local"), audit(2)).await.expect("is added");
    let found = storage.account_by_identity(&at("https://id.example", "1")).await.expect("is read");
    assert_eq!(found, Some(anna.clone()));
    for other in [at("https://id.example", "2"), at("https://other.example", "1"), at("", "")] {
        assert_eq!(storage.account_by_identity(&other).await.expect("is read"), None, "{other:?}");
    }
    let again = Account { identity: anna.identity, ..account(3, "berta") };
    let refused = storage.add_account(&again, audit(3)).await;
    assert!(matches!(refused, Err(StorageError::Duplicate { what: "identity" })), "{refused:?}");
}

pub async fn an_account_is_deleted_with_its_links(storage: &dyn Storage) {
    storage.add_account(&account(1, "anna"), audit(1)).await.expect("is added");
    storage.add_account(&account(2, "berta"), audit(2)).await.expect("is added");
    storage.add_sign_in_link(b"hash", account(1, "").id, time(100)).await.expect("is added");
    storage.delete_account(account(1, "").id, audit(3)).await.expect("is deleted");
    assert_eq!(storage.take_sign_in_link(b"hash", time(1)).await.expect("is asked"), None);
    assert_eq!(storage.accounts().await.expect("are read"), [account(2, "berta")]);
    let again = storage.delete_account(account(1, "").id, audit(4)).await;
    assert!(matches!(again, Err(StorageError::Stale { .. })), "{again:?}");
    let entries = storage.audit(&AuditFilter::default(), PageRequest::first(10)).await.expect("is read");
    assert_eq!(entries.items.len(), 3, "what was refused is not noted");
}

pub async fn a_token_is_found_by_its_hash_until_it_is_deleted(storage: &dyn Storage) {
    storage.add_token(&token(1), audit(1)).await.expect("is added");
    storage.add_token(&token(2), audit(2)).await.expect("is added");
    assert_eq!(storage.token_by_hash(&token(1).hash).await.expect("is read"), Some(token(1)));
    assert_eq!(storage.token_by_hash(b"other").await.expect("is read"), None);
    storage.touch_token(token(1).id, time(50)).await.expect("is touched");
    let touched = storage.token_by_hash(&token(1).hash).await.expect("is read").expect("is there");
    assert_eq!(touched.last_used_at, Some(time(50)));
    storage.delete_token(token(1).id, audit(3)).await.expect("is deleted");
    assert_eq!(storage.token_by_hash(&token(1).hash).await.expect("is read"), None);
    assert_eq!(storage.tokens().await.expect("are read"), [token(2)]);
    assert!(matches!(storage.delete_token(token(1).id, audit(4)).await, Err(StorageError::Stale { .. })));
}

pub async fn a_refused_change_writes_no_audit_entry(storage: &dyn Storage) {
    storage.add_account(&account(1, "anna"), audit(1)).await.expect("is added");
    assert!(storage.add_account(&account(2, "Anna"), audit(2)).await.is_err());
    assert!(storage.set_password(AccountId::new(uuid(9)), "x", audit(3)).await.is_err());
    let entries =
        storage.audit(&AuditFilter::default(), PageRequest::first(10)).await.expect("is read").items;
    assert_eq!(entries.len(), 1);
    // The database goes on after a refusal.
    storage.add_account(&account(3, "berta"), audit(4)).await.expect("is added");
}

pub async fn a_sign_in_link_works_once(storage: &dyn Storage) {
    storage.add_account(&account(1, "anna"), audit(1)).await.expect("is added");
    storage.add_sign_in_link(b"hash", account(1, "").id, time(100)).await.expect("is added");
    assert_eq!(storage.take_sign_in_link(b"other", time(1)).await.expect("is asked"), None);
    assert_eq!(
        storage.take_sign_in_link(b"hash", time(1)).await.expect("is asked"),
        Some(account(1, "anna"))
    );
    assert_eq!(storage.take_sign_in_link(b"hash", time(1)).await.expect("is asked"), None);
    let unknown = storage.add_sign_in_link(b"x", AccountId::new(uuid(9)), time(100)).await;
    assert!(matches!(unknown, Err(StorageError::Stale { .. })), "{unknown:?}");
}

pub async fn a_sign_in_link_does_not_work_after_its_end(storage: &dyn Storage) {
    storage.add_account(&account(1, "anna"), audit(1)).await.expect("is added");
    storage.add_sign_in_link(b"hash", account(1, "").id, time(100)).await.expect("is added");
    assert_eq!(storage.take_sign_in_link(b"hash", time(100)).await.expect("is asked"), None);
    assert_eq!(storage.take_sign_in_link(b"hash", time(1)).await.expect("is asked"), None);
}

pub async fn of_two_users_of_a_link_one_gets_in(storage: &dyn Storage) {
    storage.add_account(&account(1, "anna"), audit(1)).await.expect("is added");
    storage.add_sign_in_link(b"hash", account(1, "").id, time(100)).await.expect("is added");
    let (one, other) = futures::join!(
        storage.take_sign_in_link(b"hash", time(1)),
        storage.take_sign_in_link(b"hash", time(1)),
    );
    let taken = [one.expect("is asked"), other.expect("is asked")];
    assert_eq!(taken.iter().flatten().count(), 1);
}
