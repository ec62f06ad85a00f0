//! Who is connected, and how they stand to their directories.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::channel::link::Link;
use ::channel::message::CHANGES_KEY;
use ::channel::remote::Route;
use domain::AgentId;
use domain::agent::{Agent, AgentWork, Reach};
use ports::SourceError;
use service::agents::Connections;
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

/// The connections of all agents. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Hub {
    inner: Arc<Inner>,
}

/// Agents that are let in at once. When all of them come back together, the others wait at the door instead of in front of
/// everything that pages need.
const NEWCOMERS: usize = 4;

#[derive(Debug)]
struct Inner {
    /// The last connections of agents that have none now, for what they did over them.
    past: Mutex<HashMap<AgentId, Link>>,
    connected: Mutex<HashMap<AgentId, Connected>>,
    newcomers: Semaphore,
    /// Told whenever somebody came or found their directory again.
    better: Notify,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            past: Mutex::default(),
            connected: Mutex::default(),
            newcomers: Semaphore::new(NEWCOMERS),
            better: Notify::new(),
        }
    }
}

#[derive(Debug)]
struct Connected {
    route: Route,
    domains: Vec<String>,
    /// What the last beat said of each directory, by the domain's name in lower case.
    reach: HashMap<String, Reached>,
    cut: CancellationToken,
    changes_key: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reached {
    Yes,
    No(String),
}

/// What the agents of a domain come to.
#[derive(Debug)]
pub enum Choice {
    Route(Route),
    /// Some are connected and none reaches the directory: a name and a reason each.
    OutOfReach(Vec<(String, String)>),
    /// None is connected that was not tried.
    Nobody,
}

impl Hub {
    /// A place among those who are let in at once; it is given up when dropped.
    pub async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.inner.newcomers.acquire().await.ok()
    }

    /// Somebody connected, with the protocol that the agent has here. An older connection of the same agent is cut. The token is cancelled to cut this one.
    pub fn add(&self, agent: &Agent, link: Link) -> CancellationToken {
        let cut = CancellationToken::new();
        if let Some(before) = self.past().remove(&agent.id) {
            link.remember(before.work());
        }
        let standing = link.clone();
        let route = Route { agent: agent.id, name: agent.machine.clone(), link };
        let domains = agent.domains.clone();
        let changes_key = agent.protocol.is_some_and(|protocol| protocol >= CHANGES_KEY);
        let connected = Connected { route, domains, reach: HashMap::new(), cut: cut.clone(), changes_key };
        let before = self.connected().insert(agent.id, connected);
        if let Some(before) = before {
            before.cut.cancel();
            standing.remember(before.route.link.work());
        }
        cut
    }

    /// A connection ended. Says whether it was the agent's last: a newer one may have taken its place.
    pub fn remove(&self, agent: AgentId, link: &Link) -> bool {
        let mut connected = self.connected();
        let is_last = connected.get(&agent).is_some_and(|one| one.route.link.is(link));
        if is_last {
            connected.remove(&agent);
            self.past().insert(agent, link.clone());
        }
        is_last
    }

    /// A beat told how the agent stands to its directories.
    pub fn heard(&self, agent: AgentId, reach: &[Reach]) {
        if let Some(one) = self.connected().get_mut(&agent) {
            one.reach = reach.iter().map(|reach| (reach.domain.to_lowercase(), reached(reach))).collect();
        }
        self.inner.better.notify_waiters();
    }

    /// A reading found that an agent does not reach the directory. Its next beat may say otherwise.
    pub fn out_of_reach(&self, agent: AgentId, domain: &str, error: &SourceError) {
        if let Some(one) = self.connected().get_mut(&agent) {
            one.reach.insert(domain.to_lowercase(), Reached::No(error.to_string()));
        }
    }

    /// The agent with the least to do among those that reach the domain's directory. One that has not said yet whether
    /// it does is not asked: its first beat comes as soon as it knows.
    pub fn choose(&self, domain: &str, tried: &[AgentId]) -> Choice {
        let connected = self.connected();
        let serving = connected.values().filter(|one| {
            one.domains.iter().any(|name| name.eq_ignore_ascii_case(domain))
                && !tried.contains(&one.route.agent)
                && !one.route.link.is_over()
        });
        let key = domain.to_lowercase();
        let (mut best, mut away) = (None::<(usize, &Connected)>, Vec::new());
        for one in serving {
            match one.reach.get(&key) {
                Some(Reached::Yes) => {
                    let load = one.route.link.running();
                    if best.is_none_or(|(least, _)| load < least) {
                        best = Some((load, one));
                    }
                }
                Some(Reached::No(reason)) => away.push((one.route.name.clone(), reason.clone())),
                None => {}
            }
        }
        match best {
            Some((_, one)) => Choice::Route(one.route.clone()),
            None if away.is_empty() => Choice::Nobody,
            None => {
                away.sort();
                Choice::OutOfReach(away)
            }
        }
    }

    /// Returns when a choice may have become better since this was called.
    pub fn better(&self) -> Notified<'_> {
        self.inner.better.notified()
    }

    /// How many agents of a domain can be given work.
    pub fn ready(&self, domain: &str) -> usize {
        let key = domain.to_lowercase();
        let connected = self.connected();
        connected.values().filter(|one| one.reach.get(&key) == Some(&Reached::Yes)).count()
    }

    /// How many are connected.
    pub fn count(&self) -> usize {
        self.connected().len()
    }

    fn past(&self) -> MutexGuard<'_, HashMap<AgentId, Link>> {
        self.inner.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connected(&self) -> MutexGuard<'_, HashMap<AgentId, Connected>> {
        self.inner.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reached(reach: &Reach) -> Reached {
    if reach.reachable {
        return Reached::Yes;
    }
    Reached::No(reach.error.clone().unwrap_or_else(|| "it did not say why".to_owned()))
}

impl Connections for Hub {
    fn cut(&self, agent: AgentId) {
        if let Some(one) = self.connected().remove(&agent) {
            self.past().insert(agent, one.route.link);
            one.cut.cancel();
        }
    }

    fn work(&self, agent: AgentId) -> Vec<AgentWork> {
        let now = self.connected().get(&agent).map(|one| one.route.link.clone());
        now.or_else(|| self.past().get(&agent).cloned()).map(|link| link.work()).unwrap_or_default()
    }

    fn connected(&self, agent: AgentId) -> bool {
        self.connected().contains_key(&agent)
    }

    fn change_key(&self, agent: AgentId) -> bool {
        let connected = self.connected();
        let found = connected.get(&agent).filter(|one| one.changes_key);
        if let Some(one) = found {
            one.route.link.change_key();
        }
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use ::channel::link::{LinkFrames, Reception};
    use ::channel::message::Ask;
    use domain::Time;
    use domain::agent::Heard;
    use uuid::Uuid;

    use super::*;

    const DOMAIN: &str = "lab01.local";

    fn agent(number: u128) -> Agent {
        Agent {
            id: AgentId::new(Uuid::from_u128(number)),
            machine: format!("agent{number}"),
            public_key: [0; 32],
            domains: vec![DOMAIN.to_owned()],
            enrolled_at: Time::UNIX_EPOCH,
            heard: Heard::default(),
            external_address: None,
            beat: None,
            readiness: Vec::new(),
            protocol: None,
        }
    }

    #[tokio::test]
    async fn only_so_many_are_let_in_at_once() {
        let hub = Hub::default();
        let mut places = Vec::new();
        for _ in 0..NEWCOMERS {
            places.push(hub.place().await);
        }
        assert!(hub.inner.newcomers.try_acquire().is_err(), "the next one waits");
        places.pop();
        assert!(hub.place().await.is_some(), "until somebody is in");
    }

    fn reach(reachable: bool) -> [Reach; 1] {
        let error = (!reachable).then(|| "refused".to_owned());
        [Reach { domain: "LAB01.local".into(), reachable, latency_ms: None, error }]
    }

    /// An agent that connected and said how it stands to its directory.
    fn connect(hub: &Hub, number: u128, reachable: Option<bool>) -> (Link, Reception, LinkFrames) {
        let (link, reception, frames) = Link::new();
        hub.add(&agent(number), link.clone());
        if let Some(reachable) = reachable {
            hub.heard(agent(number).id, &reach(reachable));
        }
        (link, reception, frames)
    }

    fn chosen(hub: &Hub, tried: &[AgentId]) -> String {
        match hub.choose(DOMAIN, tried) {
            Choice::Route(route) => route.name,
            Choice::OutOfReach(away) => format!("{away:?}"),
            Choice::Nobody => "nobody".to_owned(),
        }
    }

    #[test]
    fn work_goes_to_whoever_has_the_least_of_it() {
        let hub = Hub::default();
        let (first, _kept_1, _) = connect(&hub, 1, Some(true));
        let (second, _kept_2, _) = connect(&hub, 2, Some(true));
        let _busy = first.start(DOMAIN, &Ask::Mark).expect("connected");
        assert_eq!(chosen(&hub, &[]), "agent2");
        let _busier = (second.start(DOMAIN, &Ask::Mark), second.start(DOMAIN, &Ask::Mark));
        assert_eq!(chosen(&hub, &[]), "agent1");
        assert_eq!(chosen(&hub, &[agent(1).id]), "agent2");
        assert_eq!(chosen(&hub, &[agent(1).id, agent(2).id]), "nobody");
    }

    #[test]
    fn whoever_does_not_reach_the_directory_gets_no_work_until_it_says_that_it_does() {
        let hub = Hub::default();
        let _one = connect(&hub, 1, None);
        assert_eq!(chosen(&hub, &[]), "nobody", "it has not said yet");
        hub.heard(agent(1).id, &reach(false));
        assert_eq!(chosen(&hub, &[]), r#"[("agent1", "refused")]"#);
        let _two = connect(&hub, 2, Some(true));
        assert_eq!(chosen(&hub, &[]), "agent2");
        let error = SourceError::Unreachable { address: "dc1".into(), reason: "gone".into() };
        hub.out_of_reach(agent(2).id, DOMAIN, &error);
        hub.heard(agent(1).id, &reach(true));
        assert_eq!(chosen(&hub, &[]), "agent1");
    }

    #[test]
    fn other_domains_agents_are_not_asked() {
        let hub = Hub::default();
        let _one = connect(&hub, 1, Some(true));
        assert!(matches!(hub.choose("lab02.local", &[]), Choice::Nobody));
    }

    #[test]
    fn a_new_connection_takes_the_place_of_the_old_one_whose_end_changes_nothing() {
        let hub = Hub::default();
        let (old, _kept, _) = Link::new();
        let cut = hub.add(&agent(1), old.clone());
        let (new, _kept_too, _) = connect(&hub, 1, Some(true));
        assert!(cut.is_cancelled());
        assert!(!hub.remove(agent(1).id, &old));
        assert_eq!((chosen(&hub, &[]), hub.count()), ("agent1".to_owned(), 1));
        assert!(hub.remove(agent(1).id, &new));
        assert!(!Connections::connected(&hub, agent(1).id));
    }

    #[test]
    fn what_an_agent_did_is_known_after_it_came_back() {
        let hub = Hub::default();
        let id = agent(1).id;
        let reading = || {
            let (kind, bases, attributes) = (domain::ObjectKind::User, Vec::new(), Vec::new());
            Ask::Read { request: ports::ReadRequest { kind, bases, attributes, page_size: 1 } }
        };
        let (first, kept, _) = connect(&hub, 1, Some(true));
        drop(first.start(DOMAIN, &reading()));
        let broken = first.start(DOMAIN, &reading());
        assert!(hub.remove(id, &first));
        // Whoever reads sees the end a moment later.
        drop((kept, broken));
        assert_eq!(Connections::work(&hub, id).len(), 2);
        let (second, _kept, _) = connect(&hub, 1, Some(true));
        drop(second.start(DOMAIN, &reading()));
        assert_eq!(Connections::work(&hub, id).iter().filter(|work| !work.whole).count(), 3);
        assert_eq!(Connections::work(&hub, agent(2).id), Vec::new());
    }

    #[test]
    fn only_an_agent_that_understands_is_told_to_change_its_key() {
        let hub = Hub::default();
        let told = |number: u128, protocol| {
            let (link, _kept, mut frames) = Link::new();
            hub.add(&Agent { protocol, ..agent(number) }, link);
            (Connections::change_key(&hub, agent(number).id), frames.try_recv().is_ok())
        };
        assert_eq!(told(1, Some(CHANGES_KEY)), (true, true));
        assert_eq!(told(2, Some(CHANGES_KEY - 1)), (false, false));
        assert!(!Connections::change_key(&hub, agent(3).id), "it is not connected");
    }

    #[test]
    fn a_retired_agent_is_cut_at_once() {
        let hub = Hub::default();
        let (link, _kept, _) = Link::new();
        let cut = hub.add(&agent(1), link);
        Connections::cut(&hub, agent(1).id);
        assert!(cut.is_cancelled());
        assert_eq!(hub.count(), 0);
    }
}
