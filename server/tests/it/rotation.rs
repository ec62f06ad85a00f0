//! Agents get other keys while they work, and none is locked out wherever the change breaks off.

use agent::Settings;
use channel::enrolment::KeyChange;
use channel::key::AgentKey;
use domain::access::Principal;
use domain::cycle::CycleState;
use storage::PageRequest;
use storage::audit::AuditFilter;

use crate::portal::{DOMAIN, HeldBack, Portal};

impl Portal {
    /// The agent's key as the portal has it.
    async fn known_key(&self, settings: &Settings) -> [u8; 32] {
        let detail = self.service.agent(&Principal::system(), settings.agent).await.expect("the agent");
        detail.view.agent.public_key
    }

    /// How often this is in the audit log.
    async fn audited(&self, activity: &str) -> usize {
        let page = PageRequest::first(100);
        let entries =
            self.service.audit(&Principal::system(), &AuditFilter::default(), page).await.expect("entries");
        entries.items.iter().filter(|entry| entry.entry.activity == activity).count()
    }
}

fn public(settings: &Settings) -> [u8; 32] {
    Settings::load(&settings.path).expect("settings").agent_key().expect("a key").public()
}

/// Waits until the agent has finished what was broken off.
async fn settled(settings: &Settings) {
    while Settings::load(&settings.path).expect("settings").keys.next.is_some() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_changes_in_the_middle_of_a_reading_which_goes_on() {
    let portal = Portal::start(2_000).await;
    let mut settings = portal.enrol("agent1").await;
    let reached = settings.domains.get_mut(DOMAIN).expect("the domain");
    let way = HeldBack::from(&reached.url, 1_500_000).await;
    reached.url.clone_from(&way.url);
    settings.save().expect("writes");
    let agent = Portal::run(settings.clone());
    portal.ready(1).await;
    let id = portal.begin().await;
    way.held.notified().await;

    let before = public(&settings);
    agent::rotate(&settings.path).await.expect("rotates");
    assert_ne!(public(&settings), before);
    assert_eq!(portal.known_key(&settings).await, public(&settings));
    assert_eq!(portal.audited("agent.keyChange").await, 1);

    way.let_go();
    let cycle = portal.when(id, |cycle| cycle.state.is_finished()).await;
    assert_eq!((cycle.state, cycle.notes.len()), (CycleState::Succeeded, 0), "{cycle:?}");

    // The running agent, whose key a command changed beside it, comes back after its connection broke.
    channel_is_cut(&portal, &settings).await;
    portal.ready(1).await;
    assert_eq!(portal.cycle().await.state, CycleState::Succeeded);
    assert_eq!(portal.audited("agent.alarm").await, 0);
    agent.abort();
}

/// Cuts the agent's connection as a change of its domains does.
async fn channel_is_cut(portal: &Portal, settings: &Settings) {
    let domains = [DOMAIN.to_owned()];
    portal.service.set_agent_domains(&Principal::system(), settings.agent, &domains).await.expect("is set");
    portal.ready(0).await;
}

/// The settings with a next key written down, as they are before the portal hears of it.
async fn with_next_key(portal: &Portal, name: &str) -> Settings {
    let settings = portal.enrol(name).await;
    let (_, next) = AgentKey::generate().expect("a key");
    Settings::change(&settings.path, |settings| settings.keys.next = Some(next)).expect("writes")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_before_the_portal_hears_of_the_next_key_locks_nobody_out() {
    let portal = Portal::start(110).await;
    let settings = with_next_key(&portal, "agent1").await;
    let next = settings.next_key().expect("settings").expect("a key").public();
    let agent = Portal::run(settings.clone());
    portal.ready(1).await;
    settled(&settings).await;
    assert_eq!((public(&settings), portal.known_key(&settings).await), (next, next));
    agent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_the_portal_was_offered_the_next_key_locks_nobody_out() {
    let portal = Portal::start(110).await;
    let settings = with_next_key(&portal, "agent1").await;
    let next = settings.next_key().expect("settings").expect("a key");
    let detail = portal.service.agent(&Principal::system(), settings.agent).await.expect("the agent");
    let change = KeyChange::new(settings.agent, &next);
    portal.service.change_agent_key(&detail.view.agent, settings.agent, &change).await.expect("is offered");
    let agent = Portal::run(settings.clone());
    portal.ready(1).await;
    settled(&settings).await;
    assert_eq!((public(&settings), portal.known_key(&settings).await), (next.public(), next.public()));
    agent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_the_portals_answer_and_the_file_locks_nobody_out() {
    let portal = Portal::start(110).await;
    let settings = with_next_key(&portal, "agent1").await;
    let before = std::fs::read(&settings.path).expect("a file");
    agent::rotate(&settings.path).await.expect("rotates");
    let next = public(&settings);
    // The portal has taken the next key, and the agent's last line was not written.
    std::fs::write(&settings.path, before).expect("writes");
    assert_ne!(public(&settings), next);
    let agent = Portal::run(Settings::load(&settings.path).expect("settings"));
    portal.ready(1).await;
    settled(&settings).await;
    assert_eq!((public(&settings), portal.known_key(&settings).await), (next, next));
    assert_eq!(portal.audited("agent.alarm").await, 0);
    agent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_agent_changes_an_old_key_by_itself_and_a_young_one_not() {
    let portal = Portal::start(110).await;
    let settings = portal.enrol("agent1").await;
    let before = public(&settings);
    let agent = Portal::run(settings.clone());
    portal.ready(1).await;
    agent.abort();
    let _aborted = agent.await;
    assert_eq!(public(&settings), before);
    let old = Settings::change(&settings.path, |settings| {
        settings.keys.since = settings.keys.since.map(|since| since - chrono::TimeDelta::days(91));
    });
    let agent = Portal::run(old.expect("writes"));
    while public(&settings) == before {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    while portal.known_key(&settings).await == before {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    agent.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_changes_its_key_when_the_portal_says_so() {
    let portal = Portal::start(110).await;
    let settings = portal.enrol("agent1").await;
    let before = public(&settings);
    let agent = Portal::run(settings.clone());
    portal.ready(1).await;
    portal.service.rotate_agent_key(&Principal::system(), settings.agent).await.expect("is told");
    while public(&settings) == before {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(portal.known_key(&settings).await, public(&settings));
    assert_eq!((portal.audited("agent.rotateKey").await, portal.audited("agent.keyChange").await), (1, 1));
    assert_eq!(portal.hub.count(), 1, "its connection stands");
    agent.abort();
}
