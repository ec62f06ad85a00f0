use std::collections::HashMap;

use domain::{Dn, scope::ScopeContainer};
use service::browse::{Container, Listing, MOST_OPEN, Tree};

use super::query::{self, Pairs};

/// How somebody looks through the directory while they edit a scope: it travels with the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TreeDraft {
    /// The tree is shown at all.
    pub shown: bool,
    /// Ids of the containers that are open, in the order in which they were opened.
    pub open: Vec<String>,
    /// What is typed into the search, and what was searched for.
    pub text: String,
    pub searched: String,
}

/// What a button of the tree asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeEdit {
    /// The tree itself looks different.
    Look,
    /// The container or group with this id joins the scope, or goes from it.
    Take {
        id: String,
        is_group: bool,
    },
    Drop {
        id: String,
    },
}

impl TreeDraft {
    pub fn from_form(form: &Pairs) -> Self {
        let text = |name| query::first(form, name).unwrap_or_default().trim().to_owned();
        let open: Vec<String> = query::all(form, "open");
        Self {
            shown: query::first(form, "tree").is_some(),
            open: open.into_iter().filter(|id| !id.is_empty()).collect(),
            text: text("find"),
            searched: text("searched"),
        }
    }

    /// Whether the Enter key was pressed in the search field rather than to save.
    pub fn is_searching(&self) -> bool {
        self.shown && !self.text.is_empty() && self.text != self.searched
    }

    /// Takes in what a button asks for; `None` when it is no button of the tree.
    pub fn edit(&mut self, what: &str) -> Option<TreeEdit> {
        let (verb, id) = what.split_once('.').unwrap_or((what, ""));
        let id = id.to_owned();
        match verb {
            "tree" => self.shown = true,
            "fold" => *self = Self::default(),
            "search" => self.searched = self.text.clone(),
            "open" if !id.is_empty() => {
                self.open.retain(|known| *known != id);
                self.open.push(id);
                let surplus = self.open.len().saturating_sub(MOST_OPEN);
                self.open.drain(..surplus);
            }
            "close" => self.open.retain(|known| *known != id),
            "unit" => return Some(TreeEdit::Take { id, is_group: false }),
            "group" => return Some(TreeEdit::Take { id, is_group: true }),
            "drop" => return Some(TreeEdit::Drop { id }),
            _ => return None,
        }
        Some(TreeEdit::Look)
    }
}

/// The tree as the directory shows it.
#[derive(Debug, Clone, Default)]
pub struct TreeView {
    pub draft: TreeDraft,
    pub tree: Tree,
    /// Why there is none, or no results: a title, and a sentence.
    pub problem: Option<(&'static str, String)>,
    /// What is chosen, for marking it.
    pub chosen: Chosen,
}

/// What a scope takes, by name and by id.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// The lines by the keys of the names that their objects have now.
    names: HashMap<String, String>,
    /// The line that chose an object, by its id.
    ids: HashMap<String, String>,
}

impl Chosen {
    /// `known`: what the last cycle found of the stored scope.
    pub fn of<'a>(
        lines: impl Iterator<Item = &'a str>,
        known: impl Iterator<Item = &'a ScopeContainer>,
    ) -> Self {
        let mut names: HashMap<String, String> =
            lines.map(|line| (domain::dn::key(line), line.to_owned())).collect();
        let mut ids = HashMap::new();
        let (mut freed, mut taken) = (Vec::new(), Vec::new());
        for part in known {
            let chosen = domain::dn::key(&part.chosen_dn);
            let Some(line) = names.get(&chosen) else { continue };
            ids.insert(part.object_id.clone(), line.clone());
            if !part.current_dn.is_empty() {
                // It is followed by its id: its old name is free for another, which was not chosen.
                taken.push((domain::dn::key(&part.current_dn), line.clone()));
                freed.push(chosen);
            }
        }
        for name in &freed {
            names.remove(name);
        }
        names.extend(taken);
        Self { names, ids }
    }

    /// The line that chose a container or group, under its present name or an earlier one.
    pub fn line_of(&self, container: &Container) -> Option<&str> {
        let line = self.ids.get(&container.object_id);
        line.or_else(|| self.names.get(&domain::dn::key(&container.dn))).map(String::as_str)
    }

    /// The chosen container that holds this one.
    pub fn above(&self, container: &Container) -> Option<&str> {
        let mut above = Dn::parse(&container.dn).ok()?.parent();
        while let Some(dn) = above {
            if let Some(line) = self.names.get(&dn.key()) {
                return Some(line);
            }
            above = dn.parent();
        }
        None
    }
}

impl TreeView {
    pub fn level(&self, id: &str) -> Option<&Option<Listing>> {
        self.tree.open.iter().find(|(known, _)| known == id).map(|(_, listing)| listing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_open_and_close_and_the_oldest_goes_when_there_are_too_many() {
        let mut draft = TreeDraft::default();
        assert_eq!(draft.edit("tree"), Some(TreeEdit::Look));
        for number in 0..=MOST_OPEN {
            draft.edit(&format!("open.{number}"));
        }
        assert_eq!((draft.open.len(), draft.open[0].as_str()), (MOST_OPEN, "1"));
        draft.edit("close.5");
        assert!(!draft.open.contains(&"5".to_owned()));
        assert_eq!(draft.edit("clause.0"), None);
        assert_eq!(draft.edit("group.x"), Some(TreeEdit::Take { id: "x".into(), is_group: true }));
        draft.edit("fold");
        assert_eq!(draft, TreeDraft::default());
    }

    #[test]
    fn enter_searches_only_for_what_was_not_searched_for_yet() {
        let typed = |rows: &[(&str, &str)]| {
            let pairs = rows.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            TreeDraft::from_form(&pairs.collect())
        };
        assert!(typed(&[("tree", "1"), ("find", "sales")]).is_searching());
        assert!(!typed(&[("tree", "1"), ("find", "sales"), ("searched", "sales")]).is_searching());
        assert!(!typed(&[("find", "sales")]).is_searching());
    }

    #[test]
    fn a_renamed_container_is_still_the_chosen_one_and_knows_who_is_within_it() {
        let known = ScopeContainer {
            chosen_dn: "OU=Sales,DC=x".into(),
            object_id: "7".into(),
            current_dn: "OU=Markets,DC=x".into(),
        };
        let chosen = Chosen::of(["ou=sales,dc=X", "OU=IT,DC=x"].into_iter(), std::iter::once(&known));
        let at = |dn: &str, id: &str| Container { dn: dn.into(), object_id: id.into() };
        assert_eq!(chosen.line_of(&at("OU=Markets,DC=x", "7")), Some("ou=sales,dc=X"));
        assert_eq!(chosen.above(&at("OU=Desk,OU=Markets,DC=x", "2")), Some("ou=sales,dc=X"));
        assert_eq!(chosen.line_of(&at("OU=Sales,DC=x", "10")), None, "another one took its old name");
        assert_eq!(chosen.line_of(&at("OU=it, DC=x", "8")), Some("OU=IT,DC=x"));
        assert_eq!(chosen.line_of(&at("OU=HR,DC=x", "9")), None);
        assert_eq!(chosen.above(&at("OU=Desk,OU=IT,DC=x", "1")), Some("OU=IT,DC=x"));
        assert_eq!(chosen.above(&at("OU=IT,DC=x", "8")), None);
    }
}
