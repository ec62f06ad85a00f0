//! Every way to change the stored audit log past Skybridge, and that the check finds it: by somebody who can write
//! into the database, calculate the whole chain anew and put everything where it belongs, but has not got the key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::access::{Principal, Role, Via};
use domain::audit::{AuditDamage, AuditIntegrity};
use domain::{Clock, Time};
use engine::EngineHandle;
use service::{AuditFilter, PageRequest, Parts, Sealer, Service, ServiceError};
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use storage_sqlite::{OpenOptions, SqliteStorage};

use crate::support::{Nowhere, TestClock};

struct Log {
    folder: tempfile::TempDir,
    service: Service,
    sqlite: SqliteStorage,
}

impl Log {
    fn database(&self) -> PathBuf {
        self.folder.path().join("skybridge.db")
    }

    fn checkpoints(&self) -> PathBuf {
        self.folder.path().join("audit.checkpoints")
    }

    /// Five entries with a checkpoint after the third, then a last one after the fifth if wanted.
    async fn written(last_checkpoint: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (service, sqlite) = open(folder.path()).await;
        let log = Self { folder, service, sqlite };
        log.service.checkpoint_audit().await.expect("seals");
        for number in 1..=5 {
            log.add(number).await;
            if number == 3 || (number == 5 && last_checkpoint) {
                log.service.checkpoint_audit().await.expect("is whole").expect("writes");
            }
        }
        let found = log.check().await;
        assert_eq!((found.damage, found.entries), (None, 5));
        log
    }

    async fn add(&self, number: u32) {
        let who = Principal::system().coming_from("192.0.2.7");
        self.service
            .create_token(&who, &format!("token {number}"), Role::Reader)
            .await
            .expect("adds an entry");
    }

    async fn check(&self) -> AuditIntegrity {
        self.service.check_audit(&Principal::system()).await.expect("is checked")
    }

    async fn raw(&self) -> SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.database());
        SqliteConnection::connect_with(&options).await.expect("connects")
    }

    /// Does something to the database behind the service's back.
    async fn tamper(&self, sql: &str) {
        let mut connection = self.raw().await;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect(sql);
    }

    /// Calculates every hash anew and puts the end of the chain where it is now, as an intruder would who has read
    /// this program.
    async fn calculate_anew(&self) {
        let mut connection = self.raw().await;
        let rows = sqlx::query("SELECT * FROM audit_entries ORDER BY sequence")
            .fetch_all(&mut connection)
            .await
            .expect("reads");
        let mut last = (0_i64, vec![0_u8; 32]);
        for row in rows {
            let sequence: i64 = row.get("sequence");
            let mut digest = Sha256::new();
            digest.update(&last.1);
            digest.update(sequence.to_be_bytes());
            digest.update(row.get::<i64, _>("at").to_be_bytes());
            for column in ["actor", "via", "activity", "subject", "details"] {
                let text: String = row.get(column);
                digest.update((text.len() as u64).to_be_bytes());
                digest.update(text.as_bytes());
            }
            for (sign, column) in [(b'o', "origin"), (b'r', "reason")] {
                if let Some(text) = row.get::<Option<String>, _>(column) {
                    digest.update([sign]);
                    digest.update((text.len() as u64).to_be_bytes());
                    digest.update(text.as_bytes());
                }
            }
            last = (sequence, digest.finalize().to_vec());
            sqlx::query("UPDATE audit_entries SET hash = ? WHERE sequence = ?")
                .bind(&last.1)
                .bind(sequence)
                .execute(&mut connection)
                .await
                .expect("writes");
        }
        sqlx::query("UPDATE audit_head SET sequence = ?, hash = ? WHERE id = 1")
            .bind(last.0)
            .bind(&last.1)
            .execute(&mut connection)
            .await
            .expect("writes");
    }

    async fn damage(&self) -> Option<(AuditDamage, i64)> {
        self.check().await.damage
    }
}

async fn open(folder: &Path) -> (Service, SqliteStorage) {
    let sealer = Sealer::with_key(&[7; 32]);
    let options = OpenOptions { audit_key: Some(sealer.audit_key().clone()), ..OpenOptions::default() };
    let sqlite = SqliteStorage::open(folder.join("skybridge.db"), options).await.expect("opens");
    let began = Time::from_timestamp(1_800_000_000, 0).expect("time");
    let service = Service::new(Parts {
        storage: Arc::new(sqlite.clone()),
        connectors: Arc::new(Nowhere),
        engine: EngineHandle::default(),
        clock: Arc::new(TestClock::at(began)) as Arc<dyn Clock>,
        sealer,
        checkpoints: Some(folder.join("audit.checkpoints")),
    });
    (service.expect("service"), sqlite)
}

const EDITS: &[(&str, &str)] = &[
    ("the actor changed", "UPDATE audit_entries SET actor = 'nobody' WHERE sequence = 2"),
    ("the time changed", "UPDATE audit_entries SET at = at + 1 WHERE sequence = 2"),
    ("the address changed", "UPDATE audit_entries SET origin = '192.0.2.8' WHERE sequence = 2"),
    ("the address taken away", "UPDATE audit_entries SET origin = NULL WHERE sequence = 2"),
    ("a reason put in", "UPDATE audit_entries SET reason = 'because' WHERE sequence = 2"),
    ("the address made the reason", "UPDATE audit_entries SET reason = origin, origin = NULL WHERE sequence = 2"),
    ("the details changed", "UPDATE audit_entries SET details = '{}' WHERE sequence = 2"),
    ("details that cannot be read", "UPDATE audit_entries SET details = CAST(x'ff' AS TEXT) WHERE sequence = 2"),
    ("letters moved to the next field", "UPDATE audit_entries SET actor = actor || 's', via = substr(via, 2) WHERE sequence = 2"),
    ("the activity changed", "UPDATE audit_entries SET activity = 'token.delete' WHERE sequence = 2"),
    ("removed", "DELETE FROM audit_entries WHERE sequence = 2"),
    ("the first one removed", "DELETE FROM audit_entries WHERE sequence = 1"),
    (
        "removed, and the others moved up",
        "DELETE FROM audit_entries WHERE sequence = 2;
         UPDATE audit_entries SET sequence = sequence - 1 WHERE sequence > 2",
    ),
    (
        "one inserted",
        "UPDATE audit_entries SET sequence = -sequence WHERE sequence > 2;
         UPDATE audit_entries SET sequence = 1 - sequence WHERE sequence < 0;
         INSERT INTO audit_entries SELECT 3, at, actor, via, activity, 'forged', details, hash, origin, reason
         FROM audit_entries WHERE sequence = 2",
    ),
    (
        "one before the first",
        "INSERT INTO audit_entries SELECT -1, at, actor, via, activity, 'forged', details, hash, origin, reason
         FROM audit_entries WHERE sequence = 2",
    ),
    (
        "two exchanged",
        "UPDATE audit_entries SET sequence = 99 WHERE sequence = 2;
         UPDATE audit_entries SET sequence = 2 WHERE sequence = 4;
         UPDATE audit_entries SET sequence = 4 WHERE sequence = 99",
    ),
    ("the last one removed", "DELETE FROM audit_entries WHERE sequence = 5"),
    ("all removed", "DELETE FROM audit_entries"),
    (
        "one appended",
        "INSERT INTO audit_entries SELECT 6, at, actor, via, activity, 'forged', details, hash, origin, reason
         FROM audit_entries WHERE sequence = 5",
    ),
    ("the end removed", "DELETE FROM audit_head"),
    ("the number of checkpoints changed", "UPDATE audit_head SET checkpoints = 0"),
    ("the seal removed", "UPDATE audit_head SET seal = NULL"),
    ("the seal removed, nothing counted", "UPDATE audit_head SET seal = NULL, checkpoints = 0"),
];

#[tokio::test]
async fn every_edit_removal_insertion_and_truncation_is_found() {
    for (name, sql) in EDITS {
        let log = Log::written(true).await;
        log.tamper(sql).await;
        assert!(log.damage().await.is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_chain_that_was_calculated_anew_is_found_too() {
    for last_checkpoint in [true, false] {
        for (name, sql) in
            EDITS.iter().filter(|(_, sql)| !sql.contains("audit_head") && !sql.contains("x'ff'"))
        {
            let log = Log::written(last_checkpoint).await;
            log.tamper(sql).await;
            log.calculate_anew().await;
            assert!(log.damage().await.is_some(), "{name}, checkpoint at the end: {last_checkpoint}");
        }
    }
}

#[tokio::test]
async fn an_end_and_a_seal_of_before_do_not_hide_what_came_after() {
    let log = Log::written(false).await;
    let mut connection = log.raw().await;
    let old = sqlx::query("SELECT * FROM audit_head").fetch_one(&mut connection).await.expect("reads");
    log.add(6).await;
    log.service.checkpoint_audit().await.expect("is whole").expect("writes");
    log.tamper("DELETE FROM audit_entries WHERE sequence > 5").await;
    sqlx::query("UPDATE audit_head SET sequence = ?, hash = ?, checkpoints = ?, seal = ?")
        .bind(old.get::<i64, _>("sequence"))
        .bind(old.get::<Vec<u8>, _>("hash"))
        .bind(old.get::<i64, _>("checkpoints"))
        .bind(old.get::<Vec<u8>, _>("seal"))
        .execute(&mut connection)
        .await
        .expect("puts the old end back");
    assert_eq!(log.damage().await, Some((AuditDamage::Truncated, 6)));
}

#[tokio::test]
async fn what_is_done_to_the_file_of_checkpoints_is_found() {
    let log = Log::written(true).await;
    let text = std::fs::read_to_string(log.checkpoints()).expect("reads");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    let line = |number| Some((AuditDamage::Checkpoints, number));
    for (name, kept, expected) in [
        ("the last one cut off", &lines[..2], line(3)),
        ("the first one cut off", &lines[1..], line(1)),
        ("emptied", &[], line(1)),
    ] {
        let cut: String = kept.iter().flat_map(|line| [*line, "\n"]).collect();
        std::fs::write(log.checkpoints(), cut).expect("writes");
        assert_eq!(log.damage().await, expected, "{name}");
    }
    std::fs::remove_file(log.checkpoints()).expect("removes");
    assert_eq!(log.damage().await, line(1));
    std::fs::write(log.checkpoints(), &text).expect("writes");
    assert_eq!(log.damage().await, None, "as it was");
}

#[tokio::test]
async fn damage_is_not_healed_by_what_comes_later() {
    for sql in [
        "DELETE FROM audit_entries WHERE sequence = 5;
         UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit_entries WHERE sequence = 4)",
        "UPDATE audit_entries SET actor = 'nobody' WHERE sequence = 5",
        "UPDATE audit_head SET seal = NULL, checkpoints = 0",
    ] {
        let log = Log::written(false).await;
        log.tamper(sql).await;
        log.calculate_anew().await;
        log.add(7).await;
        let refused = log.service.checkpoint_audit().await;
        assert!(
            matches!(&refused, Err(ServiceError::Unavailable { code, .. }) if code == ServiceError::AUDIT_DAMAGED),
            "{refused:?}"
        );
        log.add(8).await;
        assert!(log.damage().await.is_some(), "{sql}");
        // Nor by a start.
        log.sqlite.close().await;
        let (service, _) = open(log.folder.path()).await;
        assert!(service.checkpoint_audit().await.is_err(), "{sql}");
        let found = service.check_audit(&Principal::system()).await.expect("is checked");
        assert!(found.damage.is_some(), "{sql}");
    }
}

#[tokio::test]
async fn a_log_of_before_the_seals_is_sealed_once_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (service, sqlite) = open(folder.path()).await;
    service.create_token(&Principal::system(), "old", Role::Reader).await.expect("adds an entry");
    service.checkpoint_audit().await.expect("seals").expect("writes");
    let all = service
        .audit(&Principal::system(), &AuditFilter::default(), PageRequest::first(9))
        .await
        .expect("reads");
    let activities: Vec<_> = all.items.iter().map(|stored| stored.entry.activity.as_str()).collect();
    assert_eq!(activities, ["auditLog.seal", "token.create"]);
    assert_eq!(service.checkpoint_audit().await.expect("is whole"), None, "nothing came since");
    sqlite.close().await;
    let (service, _) = open(folder.path()).await;
    assert_eq!(service.checkpoint_audit().await.expect("is whole"), None);
    assert_eq!(service.check_audit(&Principal::system()).await.expect("is checked").damage, None);
}

#[tokio::test]
async fn readers_see_what_was_changed_but_neither_sign_ins_nor_addresses() {
    let log = Log::written(false).await;
    let who = |role| Principal { name: "eve".to_owned(), role, via: Via::Session, from: None };
    let administrator = who(Role::Administrator).coming_from("192.0.2.9");
    let settings = domain::document::SettingsEntry {
        verified_domains: Some(vec!["example.org".to_owned()]),
        ..domain::document::SettingsEntry::default()
    };
    log.service.update_settings(&administrator, settings).await.expect("changes");
    let seen = async |role, text: Option<&str>| {
        let filter = AuditFilter { text: text.map(str::to_owned), ..AuditFilter::default() };
        log.service.audit(&who(role), &filter, PageRequest::first(20)).await.expect("reads").items
    };
    assert_eq!(seen(Role::Administrator, None).await.len(), 6);
    for role in [Role::Reader, Role::Operator] {
        let entries = seen(role, None).await;
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].entry.activity.as_str(), &entries[0].entry.from), ("settings.update", &None));
        assert!(seen(role, Some("192.0.2.9")).await.is_empty(), "an address cannot be guessed by searching");
        let token = log.service.audit_entry_with(&who(role), 2).await;
        assert!(matches!(token, Err(ServiceError::NotFound { .. })), "{token:?}");
        assert_eq!(log.service.check_audit(&who(role)).await.expect("may check").damage, None);
    }
    let entry = log.service.audit_entry_with(&administrator, 6).await.expect("reads").entry;
    assert_eq!(entry.from.as_deref(), Some("192.0.2.9"));
}
