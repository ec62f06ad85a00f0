//! Sessions, settings and the check of the database.

use serde_json::json;

use super::sample::time;
use crate::Storage;

pub async fn an_id_is_taken_once(storage: &dyn Storage) {
    assert!(storage.add_session("one", "first", time(10)).await.expect("is added"));
    assert!(!storage.add_session("one", "second", time(10)).await.expect("is asked"));
    assert_eq!(storage.session("one", time(1)).await.expect("is read").as_deref(), Some("first"));
}

pub async fn a_session_ends_with_its_time(storage: &dyn Storage) {
    storage.add_session("short", "a", time(10)).await.expect("is added");
    storage.add_session("long", "b", time(100)).await.expect("is added");
    assert!(storage.session("short", time(9)).await.expect("is read").is_some());
    assert!(storage.session("short", time(10)).await.expect("is read").is_none());
    assert_eq!(storage.expire_sessions(time(10)).await.expect("expires"), 1);
    assert!(storage.session("short", time(9)).await.expect("is read").is_none());
    assert!(storage.session("long", time(10)).await.expect("is read").is_some());
}

pub async fn a_session_is_replaced_and_deleted(storage: &dyn Storage) {
    storage.put_session("one", "first", time(10)).await.expect("is put");
    storage.put_session("one", "second", time(20)).await.expect("is put");
    assert_eq!(storage.session("one", time(15)).await.expect("is read").as_deref(), Some("second"));
    storage.delete_session("one").await.expect("is deleted");
    storage.delete_session("one").await.expect("is deleted twice");
    assert!(storage.session("one", time(15)).await.expect("is read").is_none());
}

pub async fn settings_come_back(storage: &dyn Storage) {
    assert!(storage.setting("mail").await.expect("is read").is_none());
    storage.put_setting("mail", &json!({ "from": "a@b.c", "port": 25 })).await.expect("is put");
    storage.put_setting("mail", &json!({ "from": "x@y.z" })).await.expect("is put");
    assert_eq!(storage.setting("mail").await.expect("is read"), Some(json!({ "from": "x@y.z" })));
    assert!(storage.setting("other").await.expect("is read").is_none());
}

pub async fn the_storage_is_alive(storage: &dyn Storage) {
    storage.check_storage().await.expect("is alive");
    storage.check_storage().await.expect("is still alive");
}
