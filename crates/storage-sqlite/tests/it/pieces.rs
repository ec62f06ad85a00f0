//! The pieces of the search index.

use storage::RecordStore as _;
use storage::contract::sample;

use crate::{empty, raw};

#[tokio::test]
async fn tidying_up_leaves_few_pieces() {
    let (storage, folder) = empty().await;
    sample::configure(&storage, 1).await;
    for number in 1..=60 {
        sample::put_records(&storage, vec![sample::record(number)]).await;
    }
    let mut connection = raw(&folder).await;
    let mut pieces = async || -> i64 {
        sqlx::query_scalar("SELECT count(DISTINCT segid) FROM record_search_idx")
            .fetch_one(&mut connection)
            .await
            .expect("are counted")
    };
    assert!(pieces().await > 8, "else this shows nothing");
    while storage.tidy_search().await.expect("is tidied up") {}
    let left = pieces().await;
    assert!((1..=4).contains(&left), "{left}");
}
