//! Answers search requests: checks, controls, and entries in chunks as fast as the client reads.

use std::{io, sync::atomic::Ordering};

use ldap3_lber::structure::StructureTag;
use ldap3_proto::{
    control::{LdapControl, ServerSortResult},
    proto::{
        LdapMsg, LdapOp, LdapResult, LdapResultCode, LdapSearchRequest, LdapSearchResultReference,
        LdapSearchScope,
    },
};

use super::{
    answer,
    connection::{Connection, Next},
    dirsync::DirSync,
    filter::Filter,
    root::{self, DOMAIN_SCOPE, SHOW_RECYCLED},
    search::{Progress, Query, Walk},
    selection::Selection,
    write::{self, EntryWriter},
};
use crate::model::{Kind, ObjectId, Resolved, State};

/// What the controls of a request ask for.
#[derive(Debug, Default)]
struct Wishes {
    /// Page size and cookie.
    page: Option<(u32, Vec<u8>)>,
    /// Flags, most bytes, cookie.
    dirsync: Option<(i64, i64, Vec<u8>)>,
    show_deleted: bool,
    no_references: bool,
    sort: bool,
}

impl Wishes {
    fn read(controls: Vec<LdapControl>, flags: &[&str]) -> Result<Self, LdapResult> {
        let mut wishes = Self {
            show_deleted: flags.contains(&SHOW_RECYCLED),
            no_references: flags.contains(&DOMAIN_SCOPE),
            ..Self::default()
        };
        for control in controls {
            match control {
                LdapControl::SimplePagedResults { size, cookie } => {
                    let size = u32::try_from(size).map_err(|_| answer::bad_control())?;
                    wishes.page = Some((size, cookie));
                }
                LdapControl::AdDirsync { flags, max_bytes, cookie } => {
                    wishes.dirsync = Some((flags, max_bytes, cookie.unwrap_or_default()));
                }
                LdapControl::ShowDeleted { .. } => wishes.show_deleted = true,
                LdapControl::SearchOptions { flags, .. } => wishes.no_references |= flags & 1 != 0,
                LdapControl::ServerSort { .. } => wishes.sort = true,
                LdapControl::ExtendedDn { criticality: true, .. }
                | LdapControl::Unknown { criticality: true, .. } => {
                    return Err(answer::missing_critical_control());
                }
                // The read of a whole entry never includes its security descriptor here.
                _ => {}
            }
        }
        Ok(wishes)
    }
}

/// How a search goes on after it was prepared.
enum Plan {
    Done(LdapResult),
    Walk { query: Query, walk: Walk, left: u32, references: bool },
    DirSync { query: Query, dirsync: DirSync },
}

impl Connection {
    pub(super) async fn search(
        &mut self,
        id: i32,
        request: LdapSearchRequest,
        filter: Option<StructureTag>,
        (controls, flags): (Vec<LdapControl>, Vec<&'static str>),
    ) -> io::Result<Next> {
        let wishes = match Wishes::read(controls, &flags) {
            Ok(wishes) => wishes,
            Err(res) => return self.done(id, res, Vec::new()).await,
        };
        let mut controls = Vec::new();
        if wishes.sort {
            let sort_result =
                ServerSortResult { result_code: LdapResultCode::UnwillingToPerform, attribute_type: None };
            controls.push(LdapControl::ServerSortResult { sort_result });
        }
        let paged = wishes.page.is_some();
        match self.plan(id, request, filter, wishes) {
            Plan::Done(res) => {
                if paged {
                    controls.push(LdapControl::SimplePagedResults { size: 0, cookie: Vec::new() });
                }
                self.done(id, res, controls).await
            }
            Plan::DirSync { query, mut dirsync } => {
                loop {
                    let progress = dirsync.fill(&query, &self.shared.read(), &mut self.output);
                    if progress == Progress::End {
                        break;
                    }
                    self.flush().await?;
                    if self.is_given_up(id).await? {
                        return Ok(Next::Message);
                    }
                }
                controls.push(dirsync.control(&self.shared.read()));
                self.done(id, answer::success(), controls).await
            }
            Plan::Walk { query, mut walk, mut left, references } => {
                let breaks = self.shared.break_after.load(Ordering::Relaxed);
                if breaks > 0 {
                    left = left.min(breaks.saturating_sub(self.entries));
                }
                let allowed = left;
                let progress = loop {
                    let progress = {
                        let shared = self.shared.clone();
                        let state = shared.read();
                        query.fill(&state, &mut walk, &mut left, &mut self.output)
                    };
                    if progress != Progress::More {
                        break progress;
                    }
                    self.flush().await?;
                    if self.is_given_up(id).await? {
                        return Ok(Next::Message);
                    }
                };
                self.entries = self.entries.saturating_add(allowed - left);
                if progress == Progress::Limit && breaks > 0 && self.entries >= breaks {
                    self.flush().await?;
                    return Ok(Next::Close);
                }
                if progress == Progress::End && references {
                    let uris = references_of(&self.shared.read());
                    for uri in uris {
                        self.say(
                            id,
                            LdapOp::SearchResultReference(LdapSearchResultReference { uris: vec![uri] }),
                        );
                    }
                }
                let mut res = answer::success();
                if paged {
                    let cookie = if progress == Progress::Limit { self.pages.keep(walk) } else { Vec::new() };
                    controls.push(LdapControl::SimplePagedResults { size: 0, cookie });
                } else if progress == Progress::Limit {
                    res = answer::size_limit();
                }
                self.done(id, res, controls).await
            }
        }
    }

    fn plan(
        &mut self,
        id: i32,
        request: LdapSearchRequest,
        filter: Option<StructureTag>,
        wishes: Wishes,
    ) -> Plan {
        let shared = self.shared.clone();
        let state = shared.read();
        let filter = filter.ok_or(super::filter::Malformed).and_then(|filter| Filter::read(filter, &state));
        let Ok(filter) = filter else { return Plan::Done(answer::malformed()) };
        if request.base.is_empty() && request.scope == LdapSearchScope::Base {
            let entry = EntryWriter::new(&mut self.output, id, "");
            root::write(&shared, &state, &request.attrs, request.typesonly, entry);
            return Plan::Done(answer::success());
        }
        if !self.bound {
            return Plan::Done(answer::bind_first());
        }
        if request.base.is_empty() {
            return Plan::Done(answer::no_such_object(String::new()));
        }
        let show_deleted = wishes.show_deleted && shared.sees_deleted;
        let base = match base(&state, &request.base, show_deleted) {
            Ok(base) => base,
            Err(res) => return Plan::Done(res),
        };
        let mut query = Query {
            base,
            scope: request.scope,
            filter,
            selection: Selection::new(&request.attrs, request.typesonly),
            show_deleted,
            message: id,
            most_values: shared.max_val_range as usize,
        };
        if let Some((flags, most_bytes, cookie)) = wishes.dirsync {
            let partition = base.kind() == Kind::Fixed && state.parent(base).is_none();
            if !partition {
                return Plan::Done(answer::bad_control());
            }
            if !shared.may_replicate {
                return Plan::Done(answer::may_not_replicate());
            }
            query.scope = LdapSearchScope::Subtree;
            query.show_deleted = true;
            query.most_values = usize::MAX;
            let dirsync = DirSync::new(flags, most_bytes, &cookie, &state);
            return dirsync.map_or_else(
                || Plan::Done(answer::bad_control()),
                |dirsync| Plan::DirSync { query, dirsync },
            );
        }
        let limit = |wish: u32| if wish == 0 { u32::MAX } else { wish };
        let client = limit(u32::try_from(request.sizelimit).unwrap_or(0));
        let mut left = shared.page_size_max.min(client);
        let mut resumed = None;
        if let Some((size, cookie)) = wishes.page {
            left = left.min(limit(size));
            if !cookie.is_empty() {
                resumed = self.pages.take(&cookie);
                match (&resumed, size) {
                    (None, _) => return Plan::Done(answer::bad_control()),
                    (Some(_), 0) => return Plan::Done(answer::success()),
                    (Some(_), _) => {}
                }
            }
        }
        let walk = resumed.unwrap_or_else(|| query.walk(&state));
        let root = ObjectId::new(Kind::Fixed, 0);
        let references = base == root && query.scope == LdapSearchScope::Subtree && !wishes.no_references;
        Plan::Walk { query, walk, left, references }
    }

    async fn done(&mut self, id: i32, res: LdapResult, controls: Vec<LdapControl>) -> io::Result<Next> {
        let message = LdapMsg { msgid: id, op: LdapOp::SearchResultDone(res), ctrl: controls };
        write::message(&mut self.output, message);
        self.flush().await?;
        Ok(Next::Message)
    }
}

fn base(state: &State, dn: &str, show_deleted: bool) -> Result<ObjectId, LdapResult> {
    let nearest = |id| answer::no_such_object(state.dn(id));
    match state.resolve(dn) {
        Resolved::Object(id) => {
            let hidden = crate::model::View::new(state, id).is_hidden() && !show_deleted;
            if hidden { Err(nearest(ObjectId::new(Kind::Fixed, 0))) } else { Ok(id) }
        }
        Resolved::Missing(above) => Err(nearest(above)),
        Resolved::Malformed => Err(answer::invalid_dn(dn)),
        Resolved::Elsewhere => {
            let labels = crate::model::parse_dn(dn).unwrap_or_default();
            let domain: Vec<String> =
                labels.into_iter().filter(|name| name.kind == "dc").map(|name| name.value).collect();
            if domain.is_empty() {
                return Err(answer::no_such_object(String::new()));
            }
            Err(answer::referral(&domain.join("."), dn))
        }
    }
}

/// The partitions below the domain's name that a search of the domain does not enter.
fn references_of(state: &State) -> Vec<String> {
    let (name, base) = (&state.blueprint.name, &state.blueprint.base_dn);
    let zone = |zone| format!("ldap://{zone}.{name}/DC={zone},{base}");
    vec![zone("ForestDnsZones"), zone("DomainDnsZones"), format!("ldap://{name}/CN=Configuration,{base}")]
}
