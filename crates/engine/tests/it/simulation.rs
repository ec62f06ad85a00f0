//! A simulation is what the next cycle then really does, for every object.

use std::collections::{HashMap, HashSet};

use domain::configuration::Plan;
use domain::cycle::Trigger;
use domain::record::{Action, ErrorInfo, ModifiedProperty, Status, Step, StepKind};
use domain::simulation::{Movement, SimulatedObject, Simulation, SimulationState};
use domain::{Clock as _, Counts, Cycle, CycleId, LinkId, ObjectKind, SimulationId, catalogue};
use engine::simulate::{self, Rehearsed, Stop};
use lab::Change;
use storage::record::RecordFilter;
use storage::simulation::SimulatedFilter;
use storage::{ConfigurationStore as _, LinkStore as _, PageRequest, SimulationStore as _};

use crate::world::World;

/// What is compared of one record. Ids that the target gives are replaced by the source object's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    kind: ObjectKind,
    action: Action,
    status: Status,
    source: [String; 3],
    target: String,
    code: Option<String>,
    steps: Vec<(String, String)>,
    modified: Vec<(String, Option<String>, Option<String>)>,
}

struct Parts<'a> {
    kind: ObjectKind,
    action: Action,
    status: Status,
    source: &'a domain::record::Identity,
    target: &'a domain::record::Identity,
    error: Option<&'a ErrorInfo>,
    steps: &'a [Step],
    modified: &'a [ModifiedProperty],
}

/// Makes records comparable. Objects that are not `there` were referred to before they were refused.
fn told(records: &[Parts<'_>], there: &HashSet<String>) -> Vec<Told> {
    let made: HashMap<&str, &str> = records
        .iter()
        .filter(|record| record.action == Action::Create && record.status == Status::Success)
        .map(|record| (record.target.id.as_str(), record.source.id.as_str()))
        .collect();
    let named = |text: &str| {
        made.iter()
            .filter(|(id, _)| text.contains(**id))
            .fold(text.to_owned(), |text, (id, source)| text.replace(*id, &format!("<{source}>")))
    };
    let mut told: Vec<Told> = records
        .iter()
        .map(|record| Told {
            kind: record.kind,
            action: record.action,
            status: record.status,
            source: [&record.source.id, &record.source.display_name, &record.source.name].map(Clone::clone),
            target: named(&record.target.id),
            code: record.error.map(|error| error.error_code.clone()),
            steps: record
                .steps
                .iter()
                .map(|step| {
                    // The words of the target's answer are its own.
                    let words = if step.kind == StepKind::Export { "" } else { &step.description };
                    (format!("{} {}", step.name, step.status), named(words))
                })
                .collect(),
            modified: record
                .modified
                .iter()
                .map(|property| {
                    let [old, new] = [&property.old_value, &property.new_value].map(|value| {
                        let is_refused = |text: &&str| {
                            text.parse::<uuid::Uuid>().is_ok()
                                && !there.contains(*text)
                                && !made.contains_key(*text)
                        };
                        let reference = property.display_name == "manager";
                        let refused = value.as_deref().filter(is_refused).filter(|_| reference);
                        refused.map_or_else(|| value.as_deref().map(named), |_| Some("<refused>".to_owned()))
                    });
                    (property.display_name.clone(), old, new)
                })
                .collect(),
        })
        .collect();
    told.sort_unstable();
    told
}

impl World {
    async fn simulate(
        &self,
        trigger: Trigger,
        full: bool,
        plan: Option<Plan>,
    ) -> (Simulation, Vec<SimulatedObject>) {
        let mut configuration =
            self.storage.configuration(self.configuration).await.expect("answers").expect("configured");
        let draft = plan.is_some();
        if let Some(plan) = plan {
            configuration.plan = plan;
        }
        let simulation = Simulation {
            id: SimulationId::new(self.clock.uuid()),
            configuration_id: self.configuration,
            state: SimulationState::Running,
            requested_by: "ann".to_owned(),
            draft,
            scope: None,
            full,
            started_at: self.clock.now(),
            ended_at: None,
            phase: domain::cycle::Phase::Starting,
            done: 0,
            expected: None,
            counts: Counts::default(),
            tallies: Vec::new(),
            problem: None,
            notes: Vec::new(),
        };
        let id = simulation.id;
        self.storage.begin_simulation(&simulation).await.expect("begins");
        let rehearsed = Rehearsed { simulation, configuration, trigger };
        simulate::run(&self.surroundings(), rehearsed, Stop::new()).await;
        let simulation = self.storage.simulation(id).await.expect("answers").expect("is there");
        (simulation, self.simulated(id).await)
    }

    async fn simulated(&self, id: SimulationId) -> Vec<SimulatedObject> {
        let mut objects = Vec::new();
        let mut request = PageRequest::first(100);
        loop {
            let filter = SimulatedFilter::default();
            let page = self.storage.simulated_objects(id, &filter, request).await.expect("a page");
            for object in page.items {
                let whole = self.storage.simulated_object(id, object.number).await.expect("answers");
                objects.push(whole.expect("is there"));
            }
            match page.next {
                Some(next) => request = PageRequest { limit: 100, after: Some(next) },
                None => return objects,
            }
        }
    }

    /// Everything that a simulation must not touch.
    async fn untouched(&self) -> impl PartialEq + std::fmt::Debug + use<> {
        let links = self.storage.links_after(self.configuration, LinkId(0), 10_000).await.expect("links");
        let ids: Vec<LinkId> = links.iter().map(|link| link.id).collect();
        let mut exported = self.storage.exported(&ids).await.expect("exports");
        exported.sort_by_key(|(id, _)| *id);
        (
            links,
            exported,
            self.storage.memberships_of(&ids).await.expect("memberships"),
            self.storage.escrows(self.configuration).await.expect("escrows"),
            self.storage.cursor(self.configuration).await.expect("a cursor"),
            self.storage.configuration_state(self.configuration).await.expect("a state"),
            self.records(&RecordFilter::default()).await.len(),
            self.everything().await,
        )
    }

    async fn ids_there(&self) -> HashSet<String> {
        self.everything().await.into_iter().map(|(id, ..)| id).collect()
    }

    async fn told_of(&self, cycle: CycleId, there: &HashSet<String>) -> Vec<Told> {
        let filter = RecordFilter { cycle: Some(cycle), ..RecordFilter::default() };
        let mut records = Vec::new();
        for record in self.records(&filter).await {
            records.push(self.record(record.id).await);
        }
        let parts = |record: &'_ domain::ProvisioningRecord| record.clone();
        let records: Vec<_> = records.iter().map(parts).collect();
        told(
            &records
                .iter()
                .map(|record| Parts {
                    kind: record.kind,
                    action: record.action,
                    status: record.status,
                    source: &record.source,
                    target: &record.target,
                    error: record.error.as_ref(),
                    steps: &record.steps,
                    modified: &record.modified,
                })
                .collect::<Vec<_>>(),
            there,
        )
    }

    /// Simulates, checks that nothing was touched, runs, and compares every object.
    async fn foretells(&self, trigger: Trigger, full: bool) -> (Simulation, Cycle) {
        self.foretells_plan(trigger, full, None).await
    }

    async fn foretells_plan(&self, trigger: Trigger, full: bool, plan: Option<Plan>) -> (Simulation, Cycle) {
        let before = self.untouched().await;
        let (simulation, objects) = self.simulate(trigger, full, plan.clone()).await;
        assert!(before == self.untouched().await, "the simulation left traces");
        assert_eq!(simulation.state, SimulationState::Succeeded, "{:?}", simulation.problem);
        if let Some(plan) = plan {
            self.reconfigure(|stored| *stored = plan).await;
        }
        let mut there = self.ids_there().await;
        let cycle = if full { self.run_full().await } else { self.run_triggered(trigger).await };
        there.extend(self.ids_there().await);
        let foretold = told(
            &objects
                .iter()
                .map(|object| Parts {
                    kind: object.kind,
                    action: object.action,
                    status: object.status,
                    source: &object.source,
                    target: &object.target,
                    error: object.error.as_ref(),
                    steps: &object.steps,
                    modified: &object.modified,
                })
                .collect::<Vec<_>>(),
            &there,
        );
        let done = self.told_of(cycle.id, &there).await;
        for (foretold, done) in foretold.iter().zip(&done) {
            assert_eq!(foretold, done);
        }
        assert_eq!(foretold.len(), done.len());
        assert_eq!(simulation.counts, cycle.counts);
        assert_eq!(simulation.problem, cycle.problem);
        let tallied: u64 = simulation.tallies.iter().map(|tally| tally.count).sum();
        assert_eq!(tallied, objects.len() as u64);
        (simulation, cycle)
    }

    fn dn(&self, number: u32) -> String {
        self.forest.person_dn(number).expect("a person")
    }

    /// Some sixty random events in a company's life: promotions, moves, weddings, memberships, people who come and go.
    fn live(&self) {
        for _ in 0..25 {
            self.forest.tick(std::time::Duration::from_mins(5));
        }
    }
}

#[tokio::test]
async fn the_first_cycle_is_foretold_object_by_object() {
    let world = World::new(120, 20, |_| {}).await;
    let (simulation, cycle) = world.foretells(Trigger::Manual, false).await;
    assert!(cycle.counts.created > 120, "{:?}", cycle.counts);
    assert!(simulation.done >= cycle.counts.created);
}

#[tokio::test]
async fn a_delta_after_random_changes_is_foretold_object_by_object() {
    let world = World::new(120, 20, |_| {}).await;
    world.run().await;
    for round in 0..4 {
        world.live();
        let (_, cycle) = world.foretells(Trigger::Schedule, false).await;
        assert!(cycle.counts.changes() > 0, "round {round}: {:?}", cycle.counts);
    }
}

#[tokio::test]
async fn a_full_cycle_after_random_changes_and_drift_is_foretold_object_by_object() {
    let world = World::new(120, 20, |_| {}).await;
    world.run().await;
    for number in [3, 4] {
        let mut object = world.object_of(&world.dn(number)).await.expect("is there");
        object.attributes.insert("jobTitle".to_owned(), domain::value::Value::text("Usurper"));
        let write = storage::directory::DirectoryWrite::Update {
            object,
            add_members: Vec::new(),
            remove_members: Vec::new(),
        };
        world.write_target(vec![write]).await;
    }
    let gone = world.object_of(&world.dn(9)).await.expect("is there").id;
    world.write_target(vec![storage::directory::DirectoryWrite::Delete { id: gone }]).await;
    world.live();
    let (_, cycle) = world.foretells(Trigger::Manual, true).await;
    assert!(cycle.counts.created >= 1 && cycle.counts.updated >= 2, "{:?}", cycle.counts);
}

#[tokio::test]
async fn a_narrower_scope_that_is_not_stored_yet_says_who_leaves_and_who_stays() {
    let world = World::new(120, 20, |plan| plan.accidental_deletes.percent = Some(100)).await;
    world.run().await;
    let configuration = world.storage.configuration(world.configuration).await.expect("answers");
    let mut plan = configuration.expect("configured").plan;
    plan.scope.organizational_units = vec![
        domain::Dn::parse(&world.dn(5)).expect("a name").parent().expect("a parent").as_str().to_owned(),
    ];
    let (simulation, cycle) = world.foretells_plan(Trigger::Manual, false, Some(plan.clone())).await;
    assert!(simulation.draft);
    assert!(cycle.counts.disabled > 50, "{:?}", cycle.counts);
    assert_eq!(moving(&simulation, Movement::Leaves), cycle.counts.disabled + cycle.counts.deleted);
    assert_eq!(moving(&simulation, Movement::Enters), 0);

    plan.scope = domain::scope::Scope::default();
    let (wider, objects) = world.simulate(Trigger::Manual, true, Some(plan)).await;
    assert_eq!(moving(&wider, Movement::Enters), moving(&simulation, Movement::Leaves), "they come back");
    assert_eq!(moving(&wider, Movement::Leaves), 0);
    let entering: HashSet<&str> = objects
        .iter()
        .filter(|object| object.movement == Some(Movement::Enters))
        .map(|object| object.source.id.as_str())
        .collect();
    assert_eq!(entering.len() as u64, moving(&wider, Movement::Enters), "each is told once");
}

#[tokio::test]
async fn who_is_held_back_or_left_alone_leaves_all_the_same() {
    let world = World::new(60, 8, |plan| plan.accidental_deletes.threshold = 10).await;
    world.run().await;
    let configuration = world.storage.configuration(world.configuration).await.expect("answers");
    let mut plan = configuration.expect("configured").plan;
    let unit =
        domain::Dn::parse(&world.dn(5)).expect("a name").parent().expect("a parent").as_str().to_owned();
    plan.scope.organizational_units = vec![unit];
    let (held, _) = world.simulate(Trigger::Manual, true, Some(plan.clone())).await;
    assert_eq!(held.problem.as_ref().map(|problem| problem.code.as_str()), Some("TooManyDeletes"));
    let leaving = moving(&held, Movement::Leaves);
    assert!(leaving > 10, "{:?}", held.tallies);

    plan.out_of_scope = domain::configuration::OutOfScope::Ignore;
    let (left, _) = world.simulate(Trigger::Manual, true, Some(plan)).await;
    assert_eq!((moving(&left, Movement::Leaves), left.counts.deleted, left.problem), (leaving, 0, None));
}

fn moving(simulation: &Simulation, movement: Movement) -> u64 {
    let tallies = simulation.tallies.iter().filter(|tally| tally.movement == Some(movement));
    tallies.map(|tally| tally.count).sum()
}

#[tokio::test]
async fn a_mapping_that_is_not_stored_yet_shows_what_it_would_change() {
    let world = World::new(40, 6, |_| {}).await;
    world.run().await;
    let configuration = world.storage.configuration(world.configuration).await.expect("answers");
    let mut plan = configuration.expect("configured").plan;
    let mut mappings = domain::defaults::mappings(
        domain::DirectoryKind::ActiveDirectory,
        domain::TargetKind::BuiltIn,
        ObjectKind::User,
    );
    mappings.retain(|mapping| mapping.target != "department");
    mappings.push(domain::mapping::Mapping::expression("department", "ToUpper([department], \"\")"));
    plan.mappings.insert(ObjectKind::User, mappings);
    let (_, cycle) = world.foretells_plan(Trigger::Manual, false, Some(plan)).await;
    assert!(cycle.counts.updated > 30, "{:?}", cycle.counts);
}

#[tokio::test]
async fn failing_objects_are_foretold_with_their_codes_in_delta_and_in_full_cycles() {
    let world = World::new(60, 8, |_| {}).await;
    world.run().await;
    let taken = world.object_of(&world.dn(7)).await.expect("is there").user_principal_name.expect("a name");
    let spoil = |number: u32, attribute: &str, value: &str| {
        world.change(&Change::set(world.dn(number), attribute, value));
    };
    // A name that another one has, a name that is too long, one that the target does not accept.
    spoil(8, "userPrincipalName", &taken);
    spoil(9, "displayName", &"x".repeat(300));
    spoil(10, "userPrincipalName", "a b@lab01.local");
    let (simulation, cycle) = world.foretells(Trigger::Schedule, false).await;
    assert_eq!(cycle.counts.failed, 3, "{:?}", cycle.counts);
    let failed = simulation.tallies.iter().find(|tally| tally.status == Status::Failure).expect("failures");
    assert_eq!(failed.count, 3);
    // Waiting ones are left waiting by the schedule and tried by a person.
    spoil(11, "title", "Baker");
    let (_, cycle) = world.foretells(Trigger::Schedule, false).await;
    assert!(cycle.counts.escrowed > 0, "{:?}", cycle.counts);
    let (_, cycle) = world.foretells(Trigger::Manual, true).await;
    assert_eq!(cycle.counts.failed, 3, "{:?}", cycle.counts);
    // The name comes free and is taken over in the same cycle.
    spoil(7, "userPrincipalName", "another@lab01.local");
    let (_, cycle) = world.foretells(Trigger::Manual, false).await;
    assert!(cycle.counts.updated >= 2, "{:?}", cycle.counts);
}

#[tokio::test]
async fn two_people_who_want_one_name_are_foretold_when_neither_is_there_yet() {
    let world = World::new(40, 6, |_| {}).await;
    for number in [5, 6, 7] {
        world.change(&Change::set(world.dn(number), "userPrincipalName", "same@lab01.local"));
    }
    let (_, cycle) = world.foretells(Trigger::Manual, false).await;
    assert_eq!(cycle.counts.failed, 2, "{:?}", cycle.counts);
}

#[tokio::test]
async fn pain_15_removals_that_the_guard_would_hold_back_are_foretold_as_staged() {
    for full in [false, true] {
        let world = World::new(60, 8, |plan| plan.accidental_deletes.threshold = 2).await;
        world.run().await;
        for dn in [5, 6, 7, 8].map(|number| world.dn(number)) {
            world.change(&Change::Delete { dn });
        }
        let (simulation, cycle) = world.foretells(Trigger::Manual, full).await;
        assert_eq!(simulation.problem.expect("a problem").code, catalogue::TOO_MANY_DELETES.code);
        assert!(cycle.counts.staged >= 4, "{:?}", cycle.counts);
        world.allow_deletes().await;
        let (_, cycle) = world.foretells(Trigger::Manual, full).await;
        assert_eq!(cycle.counts.disabled, 4, "{:?}", cycle.counts);
    }
}

#[tokio::test]
async fn only_the_newest_results_are_kept_and_a_cancelled_simulation_says_so() {
    let world = World::new(40, 6, |_| {}).await;
    let (first, objects) = world.simulate(Trigger::Manual, false, None).await;
    assert!(!objects.is_empty());
    let (second, _) = world.simulate(Trigger::Manual, false, None).await;
    assert_eq!(world.storage.simulation(first.id).await.expect("answers"), None);
    assert!(world.storage.simulation(second.id).await.expect("answers").is_some());
    let files: Vec<_> = world.files();
    assert!(files.iter().all(|name| !name.contains("scratch")), "{files:?}");
}
