//! What the service holds of linked objects, whole, for a comparison with what was exported to it.

use std::collections::HashMap;

use domain::ObjectKind;
use ports::{TargetError, TargetObject};

use super::failure::Failure;
use super::listing::{Walk, Want};
use super::named;
use super::target::ScimTarget;

/// Users asked for at a time from which on the list is read instead of one after the other.
const MANY: usize = 50;
/// Users of the list that are kept until they are asked for, some 1 KiB each. The list comes in another order than the
/// questions: of a larger service the rest is read one by one.
const MOST: usize = 20_000;

/// The users as far as the list has been read and nobody has asked for them.
#[derive(Debug, Default)]
pub(super) struct Copies {
    walk: Option<Walk>,
    users: HashMap<String, TargetObject>,
}

impl ScimTarget {
    /// Reads on in the list of users until those with these ids are there, or there is no room for more.
    pub(super) async fn copy(
        &self,
        kind: ObjectKind,
        ids: impl ExactSizeIterator<Item = &String> + Clone + Send,
    ) -> Result<(), Failure> {
        if kind != ObjectKind::User || ids.len() < MANY {
            return Ok(());
        }
        let paging = self.capabilities().await?.paging;
        let mut copies = self.copies.lock().await;
        let Copies { walk, users } = &mut *copies;
        let walk = walk.get_or_insert_with(|| Walk::new("Users", Want::Everything, paging));
        while !walk.is_done() && users.len() < MOST && ids.clone().any(|id| !users.contains_key(id)) {
            let resources = walk.step(&self.client).await?;
            let read = resources.iter().filter_map(|resource| named::whole_object(kind, resource));
            users.extend(read.map(|user| (user.id.clone(), user)));
        }
        Ok(())
    }

    /// One linked object; what the list told of it is believed once.
    pub(super) async fn held_object(
        &self,
        kind: ObjectKind,
        anchor: &str,
        id: &str,
    ) -> Result<Option<TargetObject>, TargetError> {
        let Some(index) = self.index(kind) else { return Ok(None) };
        if let Some(user) = self.copies.lock().await.users.remove(id) {
            return Ok(Some(TargetObject { anchor: anchor.to_owned(), ..user }));
        }
        let url = self.client.url(&[index.endpoint, id], &[]);
        let Some(resource) = self.client.read(url).await.map_err(Failure::of_system)? else {
            index.forget(anchor, id);
            return Ok(None);
        };
        let found = named::whole_object(kind, &resource);
        Ok(found.map(|found| TargetObject { id: id.to_owned(), anchor: anchor.to_owned(), ..found }))
    }
}
