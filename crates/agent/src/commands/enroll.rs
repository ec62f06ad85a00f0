//! `enroll`.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use channel::enrolment::{EnrolmentAnswer, EnrolmentRequest, EnrolmentToken, Machine, PATH};
use channel::key::AgentKey;
use channel::message::PROTOCOL;
use domain::Secret;

use super::Failure;
use crate::args::EnrollArgs;
use crate::portal::{Address, Trust, Way, post};
use crate::settings::{Keys, Proxy, Settings, SettingsError, proxy_address};
use crate::{VERSION, clock, system};

pub async fn enroll(path: &Path, args: EnrollArgs) -> Result<(), Failure> {
    match Settings::load(path) {
        Err(SettingsError::NotEnrolled { .. }) => {}
        _ => {
            return Err(Failure(format!(
                "this machine is an agent already ({}); leave first, or choose another file with --config",
                path.display()
            )));
        }
    }
    let token: EnrolmentToken = token(&args.token)?.trim().parse()?;
    let name = args
        .machine
        .or_else(system::machine)
        .ok_or_else(|| Failure("the machine has no name; give one with --machine".to_owned()))?;
    let proxy = match args.proxy {
        None => None,
        Some(address) => Some(Proxy {
            address: proxy_address(&address).map_err(Failure)?,
            user: args.proxy_user.map(|user| (user, Secret::new(args.proxy_password.unwrap_or_default()))),
        }),
    };
    // The configuration outlives the folder that this command was started in.
    let ca_file =
        match args.ca_file {
            None => None,
            Some(file) => Some(std::fs::canonicalize(&file).map_err(|error| {
                Failure(format!("the CA file {} cannot be read: {error}", file.display()))
            })?),
        };
    let trust = Arc::new(Trust::new(ca_file.as_deref(), token.fingerprint)?);
    let way = Way { address: Address::parse(&args.server)?, proxy, trust };

    let (key, stored) = AgentKey::generate()?;
    let machine = Machine {
        name: name.clone(),
        system: system::system(),
        version: VERSION.to_owned(),
        protocol: PROTOCOL,
    };
    let request = EnrolmentRequest::new(&key, &token, machine, clock::now().timestamp());
    let body = serde_json::to_vec(&request)?;
    let stream = way.connect().await?;
    let answer = post(stream, &way.address.authority(), PATH, &[], body).await?;
    if answer.status != 201 {
        return Err(Failure(format!("the portal did not take this machine: {}", answer.sentence())));
    }
    let answer: EnrolmentAnswer = serde_json::from_slice(&answer.body)?;

    let settings = Settings {
        path: path.to_owned(),
        server: args.server,
        agent: answer.agent_id,
        ca_file,
        // Where an authority vouches for the portal, a renewed certificate must not lock the agent out.
        pinned: token.fingerprint.filter(|_| !way.trust.vouched_for()),
        status: answer.status_port.map(|port| way.address.with_port(port)),
        proxy: way.proxy,
        keys: Keys::new(stored),
        domains: BTreeMap::new(),
    };
    settings.save()?;
    println!("{name} is an agent of {} now ({}).", settings.server, settings.agent);
    for domain in &answer.domains {
        println!(
            "Say next how {domain} is reached: skybridge-agent connect {domain} --bind-dn … (and --url ldaps://… where its \
             controllers have no service records)"
        );
    }
    let offset = (clock::now() - answer.server_time).num_seconds();
    if offset.abs() > 60 {
        println!("This machine's clock is {offset} s off the portal's; requests are refused from 300 s on.");
    }
    Ok(())
}

fn token(given: &str) -> Result<String, Failure> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let mut text = String::new();
    std::io::stdin().take(4_096).read_to_string(&mut text)?;
    Ok(text)
}
