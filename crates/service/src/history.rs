//! One object of a source, across all configurations: what became of it, what holds it now, and why.

mod sentences;

use std::time::Duration;

use domain::access::{Principal, Role};
use domain::value::Attributes;
use domain::{Configuration, ConfigurationId, ObjectKind, ProvisioningRecord, TargetKind, TargetSystem};
use engine::on_demand::{Demand, Demanded, Wanted, provision};
use storage::directory::DirectoryObject;
use storage::link::{Escrow, Link};
use storage::record::RecordFilter;
use storage::{Page, PageRequest};
use uuid::Uuid;

pub use sentences::{Sentence, Weight, sentences};

use crate::on_demand::refusal;
use crate::world::World;
use crate::{Result, Service, ServiceError};

/// How long a directory may take to explain an object before the page goes without it.
const PATIENCE: Duration = Duration::from_secs(5);

/// An object of a source as Skybridge knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectHistory {
    /// objectGUID or entryUUID as lower-case UUID text.
    pub object_id: String,
    pub kind: ObjectKind,
    pub display_name: String,
    /// Its distinguished name when it was last seen.
    pub dn: String,
    /// Where it is, was, or could be: the configurations that know it and those that read the same domain.
    pub places: Vec<Place>,
    /// What was done to it, newest first, with steps and modified properties.
    pub records: Page<ProvisioningRecord>,
}

/// An object in one configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub configuration_id: ConfigurationId,
    pub configuration: String,
    pub domain: String,
    pub target: String,
    pub target_kind: TargetKind,
    pub enabled: bool,
    pub link: Option<Link>,
    pub escrow: Option<Escrow>,
    /// What was last exported.
    pub exported: Option<Attributes>,
    /// What the built-in directory holds, where that is the target.
    pub held: Option<DirectoryObject>,
}

/// What the source, the scope and the mapping say of an object at this moment.
#[derive(Debug, Clone, PartialEq)]
pub enum Explanation {
    /// What the next cycle would do, found out by a dry run.
    Told(Box<Demanded>),
    /// The directory or the target could not be asked. The code is one of the catalogue.
    Unknown { code: String, message: String },
}

impl Service {
    /// Everything that is known of an object of a source. Asks the store alone; [`Self::explain_object`] asks the
    /// directory.
    pub async fn object_history(
        &self,
        principal: &Principal,
        object_id: &str,
        page: PageRequest,
    ) -> Result<ObjectHistory> {
        Self::require(principal, Role::Reader)?;
        let id = Uuid::parse_str(object_id.trim()).map_err(|_| not_known())?.to_string();
        let first = page.after.is_none();
        let filter = RecordFilter { object_id: Some(id.clone()), ..RecordFilter::default() };
        let mut records = self.storage().records(&filter, page).await?;
        for record in &mut records.items {
            if let Some(whole) = self.storage().record(record.id).await? {
                *record = whole;
            }
        }
        let world = World::load(self.storage()).await?;
        let mut places = Vec::new();
        for configuration in &world.configurations {
            places.push((configuration.domain_id, self.place(&world, configuration, &id).await?));
        }
        let mut known: Vec<ConfigurationId> = places
            .iter()
            .filter(|(_, place)| place.knows())
            .map(|(_, place)| place.configuration_id)
            .collect();
        known.extend(records.items.iter().map(|record| record.configuration_id));
        if known.is_empty() && first {
            return Err(not_known());
        }
        let domains: Vec<_> = places
            .iter()
            .filter(|(_, place)| known.contains(&place.configuration_id))
            .map(|(domain, _)| *domain)
            .collect();
        let mut places: Vec<Place> = places
            .into_iter()
            .filter(|(domain, _)| domains.contains(domain))
            .map(|(_, place)| place)
            .collect();
        places.sort_by_key(|place| (!place.knows(), place.configuration.clone()));
        let named = places.iter().find_map(Place::named);
        let last = records.items.iter().find(|record| !record.source.name.is_empty());
        let (kind, display_name, dn) = named
            .or_else(|| last.map(|r| (r.kind, r.source.display_name.clone(), r.source.name.clone())))
            .unwrap_or((ObjectKind::User, String::new(), String::new()));
        Ok(ObjectHistory { object_id: id, kind, display_name, dn, places, records })
    }

    async fn place(&self, world: &World, configuration: &Configuration, id: &str) -> Result<Place> {
        let (store, ids) = (self.storage(), [id.to_owned()]);
        let (mut link, mut escrow) = (None, None);
        for kind in ObjectKind::ALL.iter().copied() {
            if link.is_none() {
                link = store.links_of(configuration.id, kind, &ids).await?.pop();
            }
            if escrow.is_none() {
                escrow = store.escrows_of(configuration.id, kind, &ids).await?.pop();
            }
        }
        let target = world.target(configuration.target_id);
        let target_kind = target.map_or(TargetKind::BuiltIn, TargetSystem::kind);
        let held = match &link {
            Some(link) if target_kind == TargetKind::BuiltIn => {
                store.directory_object(&link.target_id).await?
            }
            _ => None,
        };
        let exported = match &link {
            Some(link) => store.exported(&[link.id]).await?.pop().map(|(_, exported)| exported),
            None => None,
        };
        Ok(Place {
            configuration_id: configuration.id,
            configuration: configuration.name.clone(),
            domain: world.domain_name(configuration.domain_id),
            target: target.map(|target| target.name.clone()).unwrap_or_default(),
            target_kind,
            enabled: configuration.plan.enabled,
            link,
            escrow,
            exported,
            held,
        })
    }

    /// Why an object is as it is in a configuration, and what the next cycle would do: a dry run, which writes nothing.
    /// A directory that does not answer within five seconds leaves it unknown.
    pub async fn explain_object(
        &self,
        principal: &Principal,
        reference: &str,
        object_id: &str,
    ) -> Result<Explanation> {
        Self::require(principal, Role::Reader)?;
        let id = Uuid::parse_str(object_id.trim()).map_err(|_| not_known())?.to_string();
        let configuration = World::load(self.storage()).await?.find_configuration(reference)?.clone();
        let name = configuration.name.clone();
        let demand = Demand {
            configuration,
            wanted: Wanted::ObjectId(id),
            dry_run: true,
            by: principal.name.clone(),
            patience: Duration::ZERO,
        };
        let asked = async {
            let _place = self.demands().acquire().await.map_err(ServiceError::internal)?;
            provision(&self.surroundings(), demand).await.map_err(|error| refusal(error, &name))
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(told)) => Ok(Explanation::Told(Box::new(told))),
            Ok(Err(ServiceError::Unavailable { code, message })) => {
                Ok(Explanation::Unknown { code, message })
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Ok(Explanation::Unknown {
                code: domain::catalogue::SOURCE_TIMEOUT.code.to_owned(),
                message: format!("The directory took longer than {} seconds.", PATIENCE.as_secs()),
            }),
        }
    }
}

impl Place {
    /// Whether the configuration ever did, or tried to do, something with the object and remembers it.
    pub fn knows(&self) -> bool {
        self.link.is_some() || self.escrow.is_some()
    }

    fn named(&self) -> Option<(ObjectKind, String, String)> {
        let link = self.link.as_ref()?;
        Some((link.kind, link.display_name.clone(), link.source_dn.clone()))
    }
}

fn not_known() -> ServiceError {
    ServiceError::not_found("object with this id in the log or in any configuration")
}
