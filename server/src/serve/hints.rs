//! Waiting for something to happen, without looking anew for every word of it.

use std::time::Duration;

use service::Hint;
use tokio::sync::broadcast::{self, error::RecvError};

/// How long after a hint one looks: a cycle tells of itself several times, and the last word is the one that counts.
const MOMENT: Duration = Duration::from_secs(1);

/// Until something of concern happened, or too much to keep count, and a moment has passed since.
pub async fn settled(hints: &mut broadcast::Receiver<Hint>, concerns: fn(&Hint) -> bool) {
    loop {
        match hints.recv().await {
            Ok(hint) if !concerns(&hint) => {}
            Ok(_) | Err(RecvError::Lagged(_)) => break,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
    tokio::time::sleep(MOMENT).await;
    // What was told meanwhile is seen by the look that follows.
    *hints = hints.resubscribe();
}

#[cfg(test)]
mod tests {
    use domain::ConfigurationId;
    use uuid::Uuid;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn many_words_of_one_thing_are_one_look_and_the_last_is_not_lost() {
        let (sender, mut hints) = broadcast::channel(16);
        let changed = |hint: &Hint| matches!(hint, Hint::Configuration(_));
        let configuration = Hint::Configuration(ConfigurationId::new(Uuid::nil()));
        for hint in [Hint::Readiness, configuration, configuration, configuration] {
            sender.send(hint).expect("is listened to");
        }
        settled(&mut hints, changed).await;
        let again = tokio::time::timeout(MOMENT * 5, settled(&mut hints, changed)).await;
        assert!(again.is_err(), "all of them were seen by one look");
        sender.send(configuration).expect("is listened to");
        settled(&mut hints, changed).await;
    }
}
