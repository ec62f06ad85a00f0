//! A sample forest that changes when it is told to, for benchmarks: one command a line on standard input, answered
//! with `done`.
//!
//! `title NUMBER TEXT` sets a person's title, `titles COUNT TEXT` those of so many people spread over all,
//! `leave NUMBER` and `join NUMBER` take a person out of the large group and put it back.
//!
//! `cargo run --release -p lab --example forest -- PEOPLE GROUPS LARGE_GROUP`

use anyhow::{Context as _, Result, bail};
use lab::{Change, Forest, ForestOptions};
use tokio::io::{AsyncBufReadExt as _, BufReader};

#[tokio::main]
async fn main() -> Result<()> {
    let numbers: Vec<u32> = std::env::args()
        .skip(1)
        .map(|text| text.parse())
        .collect::<Result<_, _>>()
        .context("not a number")?;
    let [people, groups, large] = numbers[..] else { bail!("usage: forest PEOPLE GROUPS LARGE_GROUP") };
    #[expect(clippy::disallowed_methods, reason = "this program is its own composition root")]
    let epoch = chrono::Utc::now();
    let options = ForestOptions {
        people,
        groups,
        large_group: Some(large),
        ..ForestOptions::new("bench.local", epoch)
    };
    let forest = Forest::start(options).await?;
    println!("{} {} {}", forest.url(), forest.bind_dn().replace(' ', "\\20"), forest.bind_password());
    // The large group is the last one.
    let group = forest.group_dn(groups).context("there is no large group")?;
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let mut words = line.splitn(3, ' ');
        let (Some(command), Some(number)) = (words.next(), words.next()) else {
            bail!("a command and a number")
        };
        let (number, text) = (number.parse::<u32>()?, words.next().unwrap_or_default());
        let person = |number: u32| forest.person_dn(number).context("there is no such person");
        match command {
            "title" => drop(forest.apply(&Change::set(person(number)?, "title", text))?),
            "titles" => {
                let step = (people / number.max(1)).max(1);
                for place in (0..people).step_by(step as usize).take(number as usize) {
                    forest.apply(&Change::set(person(place)?, "title", format!("{text} {place}")))?;
                }
            }
            "leave" => {
                drop(forest.apply(&Change::RemoveMember { group: group.clone(), member: person(number)? })?);
            }
            "join" => {
                drop(forest.apply(&Change::AddMember { group: group.clone(), member: person(number)? })?);
            }
            other => bail!("unknown command {other}"),
        }
        println!("done");
    }
    forest.stop().await;
    Ok(())
}
