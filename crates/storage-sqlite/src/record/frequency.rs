//! How common trigrams are in the log, from a sample of it. A search asks the index for the rarest trigrams of its words only:
//! going through the list of one that every other record has costs more than looking at the few rows that the others let pass.

use std::collections::{HashMap, HashSet};

use sqlx::sqlite::SqlitePool;
use storage::Result;

use super::{to_record, tokens};
use crate::error::database;

/// The sample: so many stretches of the log, evenly spread, of so many rows.
const STRETCHES: i64 = 64;
const ROWS: i64 = 32;
/// A smaller sample says nothing.
const FEWEST: usize = 500;
/// A trigram is rare when one record in so many has it.
const RARE: usize = 32;
/// Trigrams that a search asks for: with four, few rows have them all and not the words.
const ASKED: usize = 4;

/// In how many rows of the sample a trigram is.
#[derive(Debug, Default)]
pub struct Frequencies {
    rows: usize,
    counts: HashMap<[char; 3], u32>,
}

impl Frequencies {
    pub async fn sample(readers: &SqlitePool) -> Result<Self> {
        let (first, last): (Option<i64>, Option<i64>) =
            sqlx::query_as("SELECT min(id), max(id) FROM records")
                .fetch_one(readers)
                .await
                .map_err(database)?;
        let Some((first, last)) = first.zip(last) else { return Ok(Self::default()) };
        let mut sample = Self::default();
        let mut from = first;
        for stretch in 1..=STRETCHES {
            let rows = sqlx::query("SELECT * FROM records WHERE id >= ? ORDER BY id LIMIT ?")
                .bind(from)
                .bind(ROWS)
                .fetch_all(readers)
                .await
                .map_err(database)?;
            let mut reached = from;
            for row in &rows {
                let record = to_record(row)?;
                reached = record.id.0;
                sample.add(&tokens::body(&record));
            }
            from = (reached + 1).max(first + (last - first) / STRETCHES * stretch);
        }
        Ok(sample)
    }

    fn add(&mut self, body: &str) {
        self.rows += 1;
        let characters: Vec<char> = body.chars().collect();
        let trigrams: HashSet<[char; 3]> =
            characters.windows(3).filter_map(|three| three.try_into().ok()).collect();
        for trigram in trigrams {
            *self.counts.entry(trigram).or_default() += 1;
        }
    }

    /// The trigrams to ask the index for, rarest first.
    pub fn rarest(&self, mut trigrams: Vec<String>) -> Vec<String> {
        if self.rows >= FEWEST {
            trigrams.sort_by_cached_key(|trigram| self.count(trigram));
            trigrams.truncate(ASKED);
        }
        trigrams
    }

    /// Whether one record in so many, or fewer, has a trigram.
    pub fn is_rare(&self, trigram: &str) -> bool {
        self.rows >= FEWEST && self.count(trigram) as usize * RARE <= self.rows
    }

    fn count(&self, trigram: &str) -> u32 {
        let characters: Vec<char> = trigram.chars().collect();
        let key: Option<[char; 3]> = characters.as_slice().try_into().ok();
        key.and_then(|key| self.counts.get(&key).copied()).unwrap_or(0)
    }

    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarest_are_asked_for_first_and_a_small_sample_changes_nothing() {
        let mut sample = Frequencies::default();
        let asked: Vec<String> =
            ["com", "ber", "erg", "rg7", "g77", "771", "712", "xyz"].map(str::to_owned).to_vec();
        assert_eq!(sample.rarest(asked.clone()), asked);
        for number in 0..1000 {
            let name = if number % 10 == 0 { "berg771" } else { "other" };
            sample.add(&format!("{name} of example.com"));
        }
        let rarest = sample.rarest(asked);
        assert_eq!(rarest.len(), ASKED);
        assert_eq!(rarest[..2], ["712".to_owned(), "xyz".to_owned()], "in no row of the sample");
        assert!(!rarest.contains(&"com".to_owned()), "{rarest:?}");
    }
}
