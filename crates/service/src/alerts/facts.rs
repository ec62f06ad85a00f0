//! The conditions that hold now, as the store, the agents and the machine tell them.

use std::collections::HashSet;

use domain::access::Principal;
use domain::agent::{AgentState, BeatChannel};
use domain::alert::{AlertKind, AlertRules, Fact, Subject, SubjectKind, Wording};
use domain::{AgentId, DomainId, Time, catalogue};
use storage::PageRequest;

use super::configuration;
use super::evaluate::Seen;
use crate::agents::{AgentQuery, AgentView, DomainAgents};
use crate::world::World;
use crate::{Result, Service};

/// Of these nothing can be said before the agents had the time to report to this process.
const OF_AGENTS: [AlertKind; 4] =
    [AlertKind::AgentInactive, AlertKind::AgentStatusOnly, AlertKind::NoAgents, AlertKind::FewAgents];

/// Pages of silent agents that one look reads.
const MOST_PAGES: usize = 100;

impl Service {
    /// Everything that an alert may be about. `since` is since when this process has been looking.
    pub(super) async fn conditions(&self, world: &World, rules: &AlertRules, since: Time) -> Result<Seen> {
        let (mut seen, now) = (Seen::default(), self.now());
        for known in world.configurations.iter().filter(|known| known.plan.enabled) {
            let look = configuration::Look::of(self.storage(), world, known, now, since).await?;
            look.see(rules, &mut seen);
        }
        if now - since < self.patience().allowance(BeatChannel::Main) {
            seen.unknown.extend(OF_AGENTS);
        } else {
            self.of_agents(&mut seen).await?;
            self.of_domains(world, rules, &mut seen.facts).await?;
        }
        self.alarmed(&mut seen.facts).await?;
        match self.volume() {
            None => drop(seen.unknown.insert(AlertKind::DiskNearlyFull)),
            Some(volume) => seen.facts.extend(disk(volume, rules)),
        }
        Ok(seen)
    }

    async fn of_agents(&self, seen: &mut Seen) -> Result<()> {
        let states = vec![AgentState::Inactive, AgentState::StatusOnly];
        let query = AgentQuery { states, hidden: true, ..AgentQuery::default() };
        let mut page = PageRequest::first(PageRequest::MOST);
        for _ in 0..MOST_PAGES {
            let found = self.agents(&Principal::system(), &query, page).await?;
            seen.facts.extend(found.items.iter().map(silent));
            let Some(next) = found.next else { return Ok(()) };
            page = PageRequest { after: Some(next), limit: PageRequest::MOST };
        }
        // Those who were not read are not back.
        seen.unknown.extend([AlertKind::AgentInactive, AlertKind::AgentStatusOnly]);
        Ok(())
    }

    async fn alarmed(&self, facts: &mut Vec<Fact>) -> Result<()> {
        let summary = self.agent_summary(&Principal::system()).await?;
        let mut left = summary.alarmed;
        let query = AgentQuery { hidden: true, ..AgentQuery::default() };
        let mut after = None;
        while left > 0 {
            let page = PageRequest { after, limit: PageRequest::MOST };
            let found = self.agents(&Principal::system(), &query, page).await?;
            for view in found.items.iter().filter(|view| !view.alarms.is_empty()) {
                left = left.saturating_sub(1);
                facts.extend(alarm(view));
            }
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        Ok(())
    }

    async fn of_domains(&self, world: &World, rules: &AlertRules, facts: &mut Vec<Fact>) -> Result<()> {
        let used: HashSet<DomainId> = world
            .configurations
            .iter()
            .filter(|known| known.plan.enabled)
            .map(|known| known.domain_id)
            .collect();
        let wanted = rules.of(AlertKind::FewAgents).threshold.unwrap_or_default();
        let summary = self.agent_summary(&Principal::system()).await?;
        let domains = summary.domains.iter().filter(|domain| !domain.direct && used.contains(&domain.id));
        facts.extend(domains.filter_map(|domain| served(domain, u64::from(wanted))));
        Ok(())
    }
}

/// What a domain is called as an alert's subject.
pub(super) fn domain_subject(id: DomainId, name: &str) -> Subject {
    Subject { kind: SubjectKind::Domain, id: id.to_string(), name: name.to_owned() }
}

fn agent_subject(id: AgentId, machine: &str) -> Subject {
    Subject { kind: SubjectKind::Agent, id: id.to_string(), name: machine.to_owned() }
}

fn agent_fact(kind: AlertKind, view: &AgentView, wording: Wording) -> Fact {
    Fact {
        kind,
        subject: agent_subject(view.agent.id, &view.agent.machine),
        configuration: None,
        since: view.agent.heard.last().map(|(at, _)| at),
        wording,
    }
}

fn silent(view: &AgentView) -> Fact {
    let (machine, path) = (&view.agent.machine, format!("/agents/{}", view.agent.id));
    let domains = view.agent.domains.join(", ");
    if view.state == AgentState::StatusOnly {
        let wording = Wording {
            title: format!("Agent {machine} reports over the status port only"),
            text: format!(
                "It lives, but its connection to the portal's own port is blocked: no cycle of {domains} can run through it."
            ),
            advice: "Open the way from the agent's machine to the portal's HTTPS port: firewall, proxy, certificate. \
                     `skybridge-agent check` on that machine says what it meets."
                .to_owned(),
            path,
        };
        let since = view.agent.heard.main;
        return Fact { since, ..agent_fact(AlertKind::AgentStatusOnly, view, wording) };
    }
    let wording = Wording {
        title: format!("Agent {machine} is inactive"),
        text: format!(
            "Nothing has been heard of it for longer than agents may be silent. It serves {domains}."
        ),
        advice:
            "Look whether the machine runs and start skybridge-agent on it. If the machine is gone for good, \
                 retire the agent."
                .to_owned(),
        path,
    };
    agent_fact(AlertKind::AgentInactive, view, wording)
}

fn alarm(view: &AgentView) -> Option<Fact> {
    let alarm = view.alarms.first()?;
    let wording = Wording {
        title: format!("The key or token of agent {} may be in wrong hands", view.agent.machine),
        text: alarm.kind.meaning().to_owned(),
        advice: alarm.kind.advice().to_owned(),
        path: format!("/agents/{}", view.agent.id),
    };
    Some(Fact { since: Some(alarm.first_at), ..agent_fact(AlertKind::AgentAlarm, view, wording) })
}

fn served(domain: &DomainAgents, wanted: u64) -> Option<Fact> {
    let name = &domain.name;
    let path = format!(
        "/agents?{}",
        url::form_urlencoded::Serializer::new(String::new()).append_pair("domain", name).finish()
    );
    let (kind, wording) = if domain.healthy == 0 {
        let text = match domain.agents {
            0 => "No agent is enrolled for this domain, and the portal has no connection to it.".to_owned(),
            1 => "The one agent of this domain is not active, or does not reach the directory.".to_owned(),
            many => format!("None of the {many} agents of this domain is active and reaches the directory."),
        };
        let title = format!("No healthy agent serves {name}: its configurations wait");
        let advice = catalogue::NO_AGENT.advice.to_owned();
        (AlertKind::NoAgents, Wording { title, text, advice, path })
    } else if domain.healthy < wanted {
        let agents = if domain.healthy == 1 {
            "1 healthy agent"
        } else {
            &format!("{} healthy agents", domain.healthy)
        };
        let wording = Wording {
            title: format!("Only {agents} of {wanted} for {name}"),
            text: "One more failure, or an update, can stop its cycles.".to_owned(),
            advice: "Start the agents that are not active, or enrol one more on another machine.".to_owned(),
            path,
        };
        (AlertKind::FewAgents, wording)
    } else {
        return None;
    };
    let subject = domain_subject(domain.id, name);
    Some(Fact { kind, subject, configuration: None, since: None, wording })
}

/// The volume that holds the data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// Bytes.
    pub total: u64,
    /// Bytes that this process may still use.
    pub free: u64,
}

fn disk(volume: Volume, rules: &AlertRules) -> Option<Fact> {
    let limit = u64::from(rules.of(AlertKind::DiskNearlyFull).threshold.unwrap_or(100));
    let used = volume.total.saturating_sub(volume.free);
    if volume.total == 0 || u128::from(used) * 100 <= u128::from(volume.total) * u128::from(limit) {
        return None;
    }
    let percent = u128::from(used) * 100 / u128::from(volume.total);
    let gigabytes = volume.free / (1024 * 1024 * 1024);
    let subject =
        Subject { kind: SubjectKind::Portal, id: "disk".to_owned(), name: "Data folder".to_owned() };
    let wording = Wording {
        title: format!("The disk of the data folder is {percent} % full"),
        text: format!(
            "{gigabytes} GB are free. When it is full, cycles stop until there is room again; nothing is lost."
        ),
        advice: "Free space on the volume of the data folder, or move the folder to a larger one.".to_owned(),
        path: "/alerts".to_owned(),
    };
    Some(Fact { kind: AlertKind::DiskNearlyFull, subject, configuration: None, since: None, wording })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_nearly_full_above_its_share_only() {
        let rules = AlertRules::default();
        let of = |free| disk(Volume { total: 1_000_000, free }, &rules);
        assert!(of(100_000).is_none() && of(200_000).is_none());
        let fact = of(50_000).expect("is told");
        assert_eq!(fact.wording.title, "The disk of the data folder is 95 % full");
        assert!(disk(Volume { total: 0, free: 0 }, &rules).is_none());
    }

    #[test]
    fn a_domain_without_healthy_agents_is_graver_than_one_with_few() {
        let domain = |healthy| DomainAgents {
            id: DomainId::new(uuid::Uuid::nil()),
            name: "a & b.local".to_owned(),
            direct: false,
            agents: 2,
            healthy,
        };
        let kind = |healthy| served(&domain(healthy), 3).map(|fact| fact.kind);
        assert_eq!(
            [kind(0), kind(1), kind(2), kind(3)],
            [Some(AlertKind::NoAgents), Some(AlertKind::FewAgents), Some(AlertKind::FewAgents), None]
        );
        let fact = served(&domain(1), 3).expect("is told");
        assert_eq!(fact.wording.path, "/agents?domain=a+%26+b.local");
        assert_eq!(fact.wording.title, "Only 1 healthy agent of 3 for a & b.local");
    }
}
