//! How common trigrams are in the log, and which come together, from a sample of it. A search asks the index for a few
//! trigrams of its words only: going through the list of one that every other record has costs more than looking at the
//! few rows that the others let pass, and one that comes with another anyway lets all of them pass.

use std::collections::{HashMap, HashSet};

use sqlx::sqlite::SqlitePool;
use storage::Result;

use super::{to_record, tokens};
use crate::error::database;

/// The sample: so many stretches of the log, evenly spread, of so many rows.
const STRETCHES: i64 = 64;
const ROWS: i64 = 64;
/// A smaller sample says nothing.
const FEWEST: usize = 500;
/// A trigram is rare when one record in so many has it.
const RARE: usize = 32;
/// Trigrams that a search asks for at most.
const ASKED: usize = 6;
/// What looking at a row costs, in steps along a list of the index (10,000: 26 us and 2.5 ns, measured; twice that, since
/// the rows may be more than the sample tells).
const ROW: f64 = 20_000.0;
/// What spares fewer of the rows than this share is not asked for: the sample may not show that it spares none.
const LEAST: f64 = 0.1;
/// So much of one row more than the sample's may have both of two trigrams: in a word they are neighbours.
const DOUBT: f64 = 0.3;

/// The rows of the sample that a trigram is in, in their order.
#[derive(Debug, Default)]
pub struct Frequencies {
    rows: usize,
    places: HashMap<Trigram, Vec<u16>>,
}

type Trigram = [char; 3];

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
        let Ok(place) = u16::try_from(self.rows) else { return };
        self.rows += 1;
        let characters: Vec<char> = body.chars().collect();
        let trigrams: HashSet<Trigram> =
            characters.windows(3).filter_map(|three| three.try_into().ok()).collect();
        for trigram in trigrams {
            self.places.entry(trigram).or_default().push(place);
        }
    }

    /// The trigrams to ask the index for: the rarest, then those that spare more rows than their lists cost.
    pub fn asked(&self, mut trigrams: Vec<String>) -> Vec<String> {
        if self.rows < FEWEST || trigrams.is_empty() {
            return trigrams;
        }
        trigrams.sort_by_cached_key(|trigram| self.places(trigram).len());
        let mut rest: Vec<&[u16]> = trigrams.iter().map(|trigram| self.places(trigram)).collect();
        let first = rest.remove(0);
        let mut asked = vec![trigrams.remove(0)];
        let mut chosen = vec![first];
        let mut passed = self.share(first);
        while asked.len() < ASKED {
            let worth = |places: &&[u16]| {
                let spared = 1.0 - chosen.iter().map(|known| given(places, known)).fold(0.0, f64::max);
                (ROW * passed * spared - self.share(places), spared)
            };
            let best =
                rest.iter().map(worth).enumerate().max_by(|(_, one), (_, other)| one.0.total_cmp(&other.0));
            let Some((place, (worth, spared))) = best else { break };
            if worth <= 0.0 || spared < LEAST {
                break;
            }
            passed *= 1.0 - spared;
            chosen.push(rest.remove(place));
            asked.push(trigrams.remove(place));
        }
        asked
    }

    /// Whether one record in so many, or fewer, has a trigram.
    pub fn is_rare(&self, trigram: &str) -> bool {
        self.rows >= FEWEST && self.places(trigram).len() * RARE <= self.rows
    }

    fn places(&self, trigram: &str) -> &[u16] {
        let mut characters = trigram.chars();
        let key = (|| Some([characters.next()?, characters.next()?, characters.next()?]))();
        key.and_then(|key| self.places.get(&key)).map_or(&[], Vec::as_slice)
    }

    /// The share of all records. What the sample does not have is half a row of it.
    fn share(&self, places: &[u16]) -> f64 {
        (places.len() as f64).max(0.5) / self.rows as f64
    }

    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

/// The share of the records with one trigram that have another as well.
fn given(places: &[u16], known: &[u16]) -> f64 {
    let both = places.iter().filter(|place| known.binary_search(place).is_ok()).count() as f64;
    (both + DOUBT) / (known.len() as f64 + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_small_sample_changes_nothing() {
        let mut sample = Frequencies::default();
        sample.add("berg771 of example.com");
        let all = words(&["com", "ber", "erg", "rg7", "g77", "771", "712", "xyz"]);
        assert_eq!(sample.asked(all.clone()), all);
    }

    #[test]
    fn what_is_in_no_row_is_asked_for_first_and_what_every_row_has_not_at_all() {
        let mut sample = Frequencies::default();
        for number in 0..1000 {
            let name = if number % 10 == 0 { "berg771" } else { "other" };
            sample.add(&format!("{name} of example.com"));
        }
        let asked = sample.asked(words(&["com", "ber", "771", "712", "xyz"]));
        assert_eq!(asked[..2], words(&["712", "xyz"]));
        assert!(!asked.contains(&"com".to_owned()), "{asked:?}");
        assert_eq!(sample.asked(words(&["com"])), words(&["com"]), "something has to be asked");
    }

    #[test]
    fn what_comes_with_another_anyway_is_not_asked_for() {
        let mut sample = Frequencies::default();
        for number in 0..1000 {
            let family = if number % 8 == 0 { "nakamura" } else { "berg" };
            let given = if number % 7 == 0 { "chiara" } else { "wei" };
            sample.add(&format!("{given} {family}"));
        }
        let asked = sample.asked(words(&["nak", "aka", "kam", "amu", "mur", "ara"]));
        assert_eq!(
            asked,
            words(&["nak", "ara"]),
            "the family name's other trigrams let all of its rows pass"
        );
    }
}
