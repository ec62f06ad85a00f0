//! The floor under a first cycle's writing: the objects, memberships and log rows that a finished cycle left in a
//! database, inserted once more into a bare one. Three secondary indexes, a trigram index over the log, five thousand
//! rows a transaction, the product's pragmas, and nothing of what makes a synchronisation of it.
//!
//! `cargo run --release -p storage-sqlite --example floor -- DATABASE_OF_THE_PRODUCT SCRATCH_FILE`

use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{ConnectOptions as _, Connection as _, QueryBuilder, Row as _, Sqlite};

const SCHEMA: &str = "
    CREATE TABLE objects (
        key INTEGER PRIMARY KEY, id TEXT, kind TEXT, anchor TEXT, name TEXT, principal TEXT, mail TEXT, attributes TEXT
    ) STRICT;
    CREATE INDEX objects_by_anchor ON objects (anchor);
    CREATE INDEX objects_by_principal ON objects (principal);
    CREATE INDEX objects_by_name ON objects (name);
    CREATE TABLE members (object INTEGER, member INTEGER, PRIMARY KEY (object, member)) STRICT, WITHOUT ROWID;
    CREATE TABLE log (
        id INTEGER PRIMARY KEY, change BLOB, cycle BLOB, configuration BLOB, at INTEGER, duration INTEGER, action TEXT,
        status TEXT, kind TEXT, source_id TEXT, source_display TEXT, source_name TEXT, target_id TEXT,
        target_display TEXT, target_name TEXT, source_system TEXT, target_system TEXT, details TEXT
    ) STRICT;
    CREATE VIRTUAL TABLE log_search USING fts5 (
        body, facets, tokenize = 'trigram', content = '', contentless_delete = 1, detail = none
    );";

/// Rows a transaction, and rows a statement.
const TRANSACTION: i64 = 5_000;
const STATEMENT: usize = 64;
const FACETS: &str = "\u{e000}\u{e100}\u{e101} \u{e001}\u{e100}\u{e100} \u{e002}\u{e100}\u{e100}";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let product = arguments.next().context("the product's database is missing")?;
    let scratch = arguments.next().context("the scratch file is missing")?;
    let mut from = open(&product, false).await?;
    let mut to = open(&scratch, true).await?;
    sqlx::raw_sql(SCHEMA).execute(&mut to).await?;
    let mut meter = Meter::default();
    let objects = objects(&mut from, &mut to, &mut meter).await?;
    let members = members(&mut from, &mut to, &mut meter).await?;
    let records = log(&mut from, &mut to, &mut meter).await?;
    println!("objects {objects}");
    println!("members {members}");
    println!("records {records}");
    println!("wall {:.3}", meter.wall.as_secs_f64());
    println!("cpu {:.3}", meter.processor.as_secs_f64());
    Ok(())
}

async fn open(path: &str, write: bool) -> anyhow::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(path).disable_statement_logging();
    let options = if write {
        options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("synchronous", "normal")
            .pragma("cache_size", "-65536")
            .pragma("wal_autocheckpoint", "8000")
            .pragma("temp_store", "memory")
    } else {
        options.read_only(true)
    };
    Ok(options.connect().await?)
}

type Object = (i64, String, String, String, String, Option<String>, Option<String>, String);

async fn objects(
    from: &mut SqliteConnection,
    to: &mut SqliteConnection,
    meter: &mut Meter,
) -> anyhow::Result<usize> {
    let (mut after, mut count) = (0, 0);
    loop {
        let rows: Vec<Object> = sqlx::query_as(
            "SELECT key, id, kind, anchor, display_name, user_principal_name, mail, attributes FROM directory_objects
             WHERE key > ? ORDER BY key LIMIT ?",
        )
        .bind(after)
        .bind(TRANSACTION)
        .fetch_all(&mut *from)
        .await?;
        let Some(last) = rows.last() else { return Ok(count) };
        (after, count) = (last.0, count + rows.len());
        meter.begin()?;
        let mut tx = to.begin().await?;
        for chunk in rows.chunks(STATEMENT) {
            insert("INSERT INTO objects ", chunk, |row, object| {
                row.push_bind(object.0).push_bind(&object.1).push_bind(&object.2).push_bind(&object.3);
                row.push_bind(&object.4).push_bind(&object.5).push_bind(&object.6).push_bind(&object.7);
            })
            .build()
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        meter.end()?;
    }
}

async fn members(
    from: &mut SqliteConnection,
    to: &mut SqliteConnection,
    meter: &mut Meter,
) -> anyhow::Result<usize> {
    let (mut after, mut count) = ((0, 0), 0);
    loop {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT group_key, member_key FROM directory_members WHERE (group_key, member_key) > (?, ?)
             ORDER BY group_key, member_key LIMIT ?",
        )
        .bind(after.0)
        .bind(after.1)
        .bind(TRANSACTION)
        .fetch_all(&mut *from)
        .await?;
        let Some(last) = rows.last() else { return Ok(count) };
        (after, count) = (*last, count + rows.len());
        meter.begin()?;
        let mut tx = to.begin().await?;
        for chunk in rows.chunks(STATEMENT) {
            insert("INSERT INTO members ", chunk, |row, (group, member)| {
                row.push_bind(*group).push_bind(*member);
            })
            .build()
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        meter.end()?;
    }
}

/// A log row: its id, its bytes, its times, its texts.
struct Record {
    id: i64,
    ids: [Vec<u8>; 3],
    times: [i64; 2],
    texts: Vec<String>,
    body: String,
}

async fn log(
    from: &mut SqliteConnection,
    to: &mut SqliteConnection,
    meter: &mut Meter,
) -> anyhow::Result<usize> {
    let (mut after, mut count) = (0, 0);
    loop {
        let rows = sqlx::query(
            "SELECT r.id, change_id, cycle_id, configuration_id, at, duration_ms, action, status, kind, source_id,
                    source_display_name, source_name, target_id, target_display_name, target_name, source_system,
                    target_system, coalesce(CAST(details AS TEXT), '')
             FROM records r LEFT JOIN record_details d ON d.record = r.id WHERE r.id > ? ORDER BY r.id LIMIT ?",
        )
        .bind(after)
        .bind(TRANSACTION)
        .fetch_all(&mut *from)
        .await?;
        let records: Vec<Record> = rows
            .iter()
            .map(|row| {
                let texts: Vec<String> = (6..18).map(|column| row.get(column)).collect();
                let change: Vec<u8> = row.get(1);
                let hex = change.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
                let mut words: Vec<&str> = texts[3..9].iter().map(String::as_str).collect();
                let change_text = format!("chg_{hex}");
                words.push(&change_text);
                words.dedup();
                let body = words.join("\n").to_lowercase();
                let ids = [change, row.get(2), row.get(3)];
                Record { id: row.get(0), ids, times: [row.get(4), row.get(5)], body, texts }
            })
            .collect();
        let Some(last) = records.last() else { return Ok(count) };
        (after, count) = (last.id, count + records.len());
        meter.begin()?;
        let mut tx = to.begin().await?;
        for chunk in records.chunks(STATEMENT) {
            insert("INSERT INTO log ", chunk, |row, record| {
                row.push_bind(record.id);
                for id in &record.ids {
                    row.push_bind(id.as_slice());
                }
                row.push_bind(record.times[0]).push_bind(record.times[1]);
                for text in &record.texts {
                    row.push_bind(text.as_str());
                }
            })
            .build()
            .execute(&mut *tx)
            .await?;
        }
        // All at once: between two statements the index would write out what it gathered.
        insert("INSERT INTO log_search (rowid, body, facets) ", &records, |row, record| {
            row.push_bind(record.id).push_bind(record.body.as_str()).push_bind(FACETS);
        })
        .build()
        .persistent(false)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        meter.end()?;
    }
}

fn insert<'r, T>(
    head: &str,
    rows: &'r [T],
    mut bind: impl FnMut(&mut sqlx::query_builder::Separated<'_, Sqlite, &'static str>, &'r T),
) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new(head);
    query.push_values(rows, |mut tuple, row| bind(&mut tuple, row));
    query
}

/// Time of the inserts alone; reading the rows back is no part of it.
#[derive(Default)]
struct Meter {
    begun: Option<(Instant, Duration)>,
    wall: Duration,
    processor: Duration,
}

impl Meter {
    fn begin(&mut self) -> anyhow::Result<()> {
        self.begun = Some((Instant::now(), processor_time()?));
        Ok(())
    }

    fn end(&mut self) -> anyhow::Result<()> {
        let (begun, spent) = self.begun.take().context("not begun")?;
        self.wall += begun.elapsed();
        self.processor += processor_time()?.saturating_sub(spent);
        Ok(())
    }
}

/// Linux only: nanoseconds of all threads.
fn processor_time() -> anyhow::Result<Duration> {
    let nanoseconds = std::fs::read_dir("/proc/self/task")?
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
        .sum();
    Ok(Duration::from_nanos(nanoseconds))
}
