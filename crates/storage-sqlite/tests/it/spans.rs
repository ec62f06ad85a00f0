//! Between which ids the records of each hour lie.

use domain::ProvisioningRecord;
use storage::RecordStore as _;
use storage::contract::sample;

use crate::{empty, raw};

#[tokio::test]
async fn an_hour_is_known_as_long_as_a_record_of_it_is_there() {
    let (storage, folder) = empty().await;
    sample::configure(&storage, 1).await;
    let at =
        |number: u128, seconds| ProvisioningRecord { at: sample::time(seconds), ..sample::record(number) };
    sample::put_records(&storage, vec![at(1, 10), at(2, 3_610), at(3, 20)]).await;
    sample::put_records(&storage, vec![at(4, 30)]).await;
    let mut connection = raw(&folder).await;
    let mut spans = async || -> Vec<(i64, i64)> {
        sqlx::query_as("SELECT first_id, last_id FROM record_spans ORDER BY hour")
            .fetch_all(&mut connection)
            .await
            .expect("are there")
    };
    assert_eq!(spans().await, [(1, 4), (2, 2)]);
    storage.expire_records(sample::time(25), 10).await.expect("some go");
    assert_eq!(spans().await, [(1, 4), (2, 2)], "one of the first hour is left");
    storage.expire_records(sample::time(3_600), 10).await.expect("the rest of the hour goes");
    assert_eq!(spans().await, [(2, 2)]);
}
