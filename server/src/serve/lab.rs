//! The sample forests of `--lab`: started with the server, the same ones after a restart, synchronised into the
//! built-in directory by three configurations that are made once.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use domain::access::Principal;
use domain::document::{
    ConfigurationEntry, ConnectionEntry, Document, DomainEntry, SecretSource, TargetEntry,
};
use domain::{Clock, DirectoryKind, SealedSecret, Secret, TargetKind, Time};
use lab::{Churn, Forest, Lab, LabError};
use serde::{Deserialize, Serialize};
use service::{Sealer, Service};
use storage::Storage;
use tokio_util::sync::CancellationToken;

use super::lab_agents::Reached;
use crate::cli::CliError;

/// Where the forests' parameters are kept between runs.
const SETTING: &str = "lab";
const PURPOSE: &str = "lab/bindPassword";
const TARGET: &str = "directory";

/// What makes a forest the same one after a restart.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Kept {
    epoch: Time,
    forests: Vec<KeptForest>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptForest {
    name: String,
    port: u16,
    ticks: u64,
    bind_password: SealedSecret,
}

/// The forests while the server runs.
#[derive(Debug)]
pub struct SampleForests {
    forests: Vec<Forest>,
}

impl SampleForests {
    /// Starts the forests and makes what synchronises them. `through_agents`: their domains have no connection.
    pub async fn start(
        storage: &Arc<dyn Storage>,
        sealer: &Sealer,
        clock: &Arc<dyn Clock>,
        service: &Service,
        stop: &CancellationToken,
        through_agents: bool,
    ) -> Result<Self, CliError> {
        let kept = load(storage).await?;
        let first = kept.is_none();
        let epoch = kept.as_ref().map_or_else(|| clock.now(), |kept| kept.epoch);
        let mut forests = Vec::new();
        for name in Lab::NAMES {
            let known = kept.as_ref().and_then(|kept| kept.forests.iter().find(|forest| forest.name == name));
            forests.push(forest(name, epoch, known, sealer).await?);
        }
        let kept = keep(epoch, &forests, sealer)?;
        save(storage, &kept).await?;
        service.apply(&Principal::system(), &document(&forests, first, through_agents), false).await?;
        tokio::spawn(follow_ticks(Arc::clone(storage), kept, watches(&forests), stop.clone()));
        Ok(Self { forests })
    }

    /// How each forest is reached.
    pub fn reached(&self) -> Vec<Reached> {
        let forests = self.forests.iter();
        forests
            .map(|forest| Reached {
                domain: forest.name().to_owned(),
                url: forest.url(),
                bind_dn: forest.bind_dn().to_owned(),
                bind_password: forest.bind_password().to_owned(),
            })
            .collect()
    }

    pub async fn stop(self) {
        for forest in self.forests {
            forest.stop().await;
        }
    }
}

async fn forest(
    name: &str,
    epoch: Time,
    known: Option<&KeptForest>,
    sealer: &Sealer,
) -> Result<Forest, CliError> {
    let mut options = Lab::options(name, epoch);
    options.churn = Some(Churn { ticks_done: known.map_or(0, |known| known.ticks), ..Churn::default() });
    if let Some(known) = known {
        // With another key file the old password is lost, and a new one does as well.
        options.bind_password =
            sealer.unseal(PURPOSE, &known.bind_password).ok().map(|secret| secret.expose().to_owned());
        options.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, known.port));
    }
    let again = options.clone();
    let started = match Forest::start(options).await {
        Err(LabError::Listen { .. }) => {
            let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            Forest::start(lab::ForestOptions { listen, ..again }).await
        }
        other => other,
    };
    started.map_err(|error| CliError::failed(format!("the sample forest {name} did not start: {error}")))
}

fn keep(epoch: Time, forests: &[Forest], sealer: &Sealer) -> Result<Kept, CliError> {
    let mut kept = Vec::new();
    for forest in forests {
        let port = url::Url::parse(&forest.url()).ok().and_then(|url| url.port()).unwrap_or_default();
        let bind_password = sealer
            .seal(PURPOSE, &Secret::new(forest.bind_password()))
            .map_err(|error| CliError::failed(error.to_string()))?;
        kept.push(KeptForest { name: forest.name().to_owned(), port, ticks: forest.ticks(), bind_password });
    }
    Ok(Kept { epoch, forests: kept })
}

fn document(forests: &[Forest], first: bool, through_agents: bool) -> Document {
    let domains = forests.iter().map(|forest| DomainEntry {
        name: forest.name().to_owned(),
        kind: DirectoryKind::ActiveDirectory,
        connection: (!through_agents).then(|| ConnectionEntry {
            url: forest.url(),
            start_tls: false,
            allow_plaintext: false,
            bind_dn: forest.bind_dn().to_owned(),
            bind_password: Some(SecretSource::Value(Secret::new(forest.bind_password()))),
            ca_file: None,
            ca_pem: None,
            base_dn: None,
        }),
    });
    let mut document = Document { domains: domains.collect(), ..Document::default() };
    // Later starts leave alone what people did with the target and the configurations.
    if first {
        document.targets.push(TargetEntry {
            name: TARGET.to_owned(),
            kind: TargetKind::BuiltIn,
            url: None,
            token: None,
            ca_file: None,
            ca_pem: None,
            scim: None,
        });
        document.configurations = forests.iter().map(configuration).collect();
    }
    document
}

fn configuration(forest: &Forest) -> ConfigurationEntry {
    let plan = domain::configuration::Plan::default();
    let label = forest.name().split('.').next().unwrap_or_default();
    ConfigurationEntry {
        name: format!("{label} to {TARGET}"),
        domain: forest.name().to_owned(),
        target: TARGET.to_owned(),
        enabled: true,
        scope: plan.scope,
        objects: plan.objects,
        mappings: plan.mappings,
        matching: plan.matching,
        accidental_deletes: plan.accidental_deletes,
        out_of_scope: plan.out_of_scope,
        schedule: plan.schedule,
        full_schedule: domain::interval::Interval::daily(),
        quarantine: domain::configuration::QuarantineThresholds::default(),
        notification: plan.notification,
        password_hash_sync: false,
    }
}

async fn load(storage: &Arc<dyn Storage>) -> Result<Option<Kept>, CliError> {
    let value = storage.setting(SETTING).await.map_err(service::ServiceError::from)?;
    Ok(value.and_then(|value| serde_json::from_value(value).ok()))
}

async fn save(storage: &Arc<dyn Storage>, kept: &Kept) -> Result<(), CliError> {
    let value = serde_json::to_value(kept).map_err(|error| CliError::failed(error.to_string()))?;
    Ok(storage.put_setting(SETTING, &value).await.map_err(service::ServiceError::from)?)
}

type Watches = Vec<tokio::sync::watch::Receiver<u64>>;

fn watches(forests: &[Forest]) -> Watches {
    forests.iter().map(Forest::watch_ticks).collect()
}

/// Writes down how far the forests' days have gone.
async fn follow_ticks(
    storage: Arc<dyn Storage>,
    mut kept: Kept,
    mut watches: Watches,
    stop: CancellationToken,
) {
    loop {
        {
            let changes = watches.iter_mut().map(|watch| Box::pin(watch.changed()));
            tokio::select! {
                () = stop.cancelled() => return,
                (changed, _, _) = futures::future::select_all(changes) => if changed.is_err() { return },
            }
        }
        for (forest, watch) in kept.forests.iter_mut().zip(&mut watches) {
            forest.ticks = *watch.borrow_and_update();
        }
        if let Err(error) = save(&storage, &kept).await {
            tracing::warn!(error = %error, "the sample forests' day could not be written down");
        }
    }
}
