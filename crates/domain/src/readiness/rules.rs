//! The rules, attribute by attribute, in IdFix's order. A suggestion is what all fixes together make of the value.

use super::{Check, Finding, address};
use crate::{Entry, ObjectKind};

/// What the rules look at.
pub const ATTRIBUTES: &[&str] = &[
    "cn",
    "displayName",
    "givenName",
    "mail",
    "mailNickname",
    "proxyAddresses",
    "sAMAccountName",
    "targetAddress",
    "userPrincipalName",
    "isCriticalSystemObject",
    "msExchHideFromAddressLists",
    "msExchRecipientTypeDetails",
    "groupType",
    "homeMDB",
];

/// What the rules have to know beside the entry.
#[expect(missing_debug_implementations, reason = "a question has nothing to show")]
pub struct Context<'c> {
    /// Domains that the targets accept; empty: nobody told.
    pub verified: &'c [String],
    /// Whether a value of [`unique_values`] has more than one owner, by its key.
    pub is_duplicate: &'c dyn Fn(&str) -> bool,
}

/// The keys of an entry's values that must be unique across all forests.
pub fn unique_values(kind: ObjectKind, entry: &Entry) -> Vec<String> {
    let mut keys = Vec::new();
    for attribute in ["mail", "mailNickname", "sAMAccountName", "targetAddress", "userPrincipalName"] {
        keys.extend(entry.text(attribute).and_then(|value| duplicate_key(kind, entry, attribute, value)));
    }
    for value in entry.texts("proxyAddresses") {
        keys.extend(duplicate_key(kind, entry, "proxyAddresses", value));
    }
    // One object that says the same twice is no duplicate of another.
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What makes a value of an attribute the same as another's; `None` where it need not be unique. Addresses share one
/// name space, whichever attribute holds them.
pub fn duplicate_key(kind: ObjectKind, entry: &Entry, attribute: &str, value: &str) -> Option<String> {
    let space = match attribute {
        "proxyAddresses" | "targetAddress" => {
            let (scheme, address) = value.split_once(':').unwrap_or(("", value));
            let scheme = if scheme.is_empty() { "smtp" } else { scheme };
            return Some(format!("{scheme}:{address}").to_lowercase());
        }
        "mail" => "smtp",
        "mailNickname" => "nickname",
        "userPrincipalName" => "upn",
        // It is a user name only for those without one.
        "sAMAccountName" if kind == ObjectKind::User && entry.text("userPrincipalName").is_none() => {
            "account"
        }
        _ => return None,
    };
    (!value.is_empty()).then(|| format!("{space}:{value}").to_lowercase())
}

/// Everything that is wrong with an entry.
pub fn examine(kind: ObjectKind, entry: &Entry, context: &Context<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let common = entry.text("cn").unwrap_or_default();
    match entry.text("displayName").unwrap_or_default() {
        blank if blank.trim().is_empty() => found.push(Finding {
            attribute: "displayName".to_owned(),
            checks: vec![Check::Blank],
            value: blank.to_owned(),
            suggestion: (!common.trim().is_empty()).then(|| common.to_owned()),
        }),
        name => found.extend(Examined::of("displayName", name).length(255).finding()),
    }
    if let Some(value) = entry.text("givenName") {
        found.extend(Examined::of("givenName", value).length(63).finding());
    }
    if let Some(value) = entry.text("mail") {
        found.extend(unique(kind, entry, context, Examined::of("mail", value).length(256)));
    }
    if let Some(value) = entry.text("mailNickname") {
        let examined = Examined::of("mailNickname", value).length(64).leading_periods();
        found.extend(unique(kind, entry, context, examined));
    }
    if let Some(value) = entry.text("sAMAccountName") {
        let most = if kind == ObjectKind::User { 20 } else { 256 };
        let examined = Examined::of("sAMAccountName", value)
            .length(most)
            .characters(|c| "\\\"|,/[]:<>+=;?*".contains(c));
        found.extend(unique(kind, entry, context, examined));
    }
    for value in entry.texts("proxyAddresses") {
        found.extend(unique(kind, entry, context, proxy(value)));
    }
    if let Some(value) = entry.text("targetAddress") {
        let examined = Examined::of("targetAddress", value)
            .length(255)
            .second_colon()
            .characters(|c| c.is_whitespace() || "\\<>();,[]\"".contains(c))
            .smtp_form();
        found.extend(unique(kind, entry, context, examined));
    }
    if kind == ObjectKind::User
        && let Some(value) = entry.text("userPrincipalName")
    {
        let examined = Examined::of("userPrincipalName", value)
            .length(113)
            .characters(|c| c.is_whitespace() || "\\%&*+/=?'{}|<>();:,[]\"äëïöüÿÄËÏÖÜŸ".contains(c))
            .form()
            .suffix(context.verified);
        found.extend(unique(kind, entry, context, examined));
    }
    found
}

fn proxy(value: &str) -> Examined {
    let scheme = value.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    let examined = Examined::of("proxyAddresses", value).length(256).second_colon();
    match scheme.as_str() {
        "smtp" => examined.characters(|c| c.is_whitespace() || "<>();,[]\"".contains(c)).smtp_form(),
        "x400" | "x500" => examined.characters(|c| "\u{c}\n\r\t\u{b}[]\"'".contains(c)),
        _ => examined.characters(|c| c.is_whitespace() || "<>(),[]\"".contains(c)),
    }
}

/// Adds the check for other owners, which comes last.
fn unique(kind: ObjectKind, entry: &Entry, context: &Context<'_>, mut examined: Examined) -> Option<Finding> {
    let key = duplicate_key(kind, entry, &examined.attribute, &examined.value);
    if key.is_some_and(|key| (context.is_duplicate)(&key)) {
        examined.checks.push(Check::Duplicate);
        // Who keeps it is for a person to decide.
        examined.open = true;
    }
    examined.finding()
}

/// The letter below a diaeresis, which IdFix takes out with it.
const fn plain(refused: char) -> Option<char> {
    Some(match refused {
        'ä' => 'a',
        'ë' => 'e',
        'ï' => 'i',
        'ö' => 'o',
        'ü' => 'u',
        'ÿ' | 'Ÿ' => 'y',
        'Ä' => 'A',
        'Ë' => 'E',
        'Ï' => 'I',
        'Ö' => 'O',
        'Ü' => 'U',
        _ => return None,
    })
}

/// A value on its way through the checks.
struct Examined {
    attribute: String,
    value: String,
    fixed: String,
    checks: Vec<Check>,
    /// No fix is known for something that is wrong.
    open: bool,
}

impl Examined {
    fn of(attribute: &str, value: &str) -> Self {
        let (value, fixed) = (value.to_owned(), value.to_owned());
        Self { attribute: attribute.to_owned(), value, fixed, checks: Vec::new(), open: false }
    }

    fn length(mut self, most: usize) -> Self {
        if self.value.chars().count() > most {
            self.checks.push(Check::Length);
            // A shortened address is another one.
            if matches!(
                self.attribute.as_str(),
                "displayName" | "givenName" | "mailNickname" | "sAMAccountName"
            ) {
                let short: String = self.fixed.chars().take(most).collect();
                short.trim_end().clone_into(&mut self.fixed);
            } else {
                self.open = true;
            }
        }
        self
    }

    fn characters(mut self, refused: impl Fn(char) -> bool) -> Self {
        // The scheme's own colon is no part of the address.
        let (scheme, rest) = self.split();
        let kept: String = rest.chars().filter_map(|c| if refused(c) { plain(c) } else { Some(c) }).collect();
        if kept != rest {
            self.fixed = format!("{scheme}{kept}");
            self.checks.push(Check::Character);
        }
        self
    }

    fn leading_periods(mut self) -> Self {
        if self.fixed.starts_with('.') {
            self.fixed = self.fixed.trim_start_matches('.').to_owned();
            self.checks.push(Check::Character);
        }
        self
    }

    /// A colon after the scheme's.
    fn second_colon(mut self) -> Self {
        let (scheme, rest) = self.split();
        if rest.contains(':') && !scheme.eq_ignore_ascii_case("x400:") {
            self.fixed = format!("{scheme}{}", rest.replace(':', ""));
            self.checks.push(Check::Format);
        }
        self
    }

    fn smtp_form(self) -> Self {
        let (scheme, _) = self.split();
        if scheme.is_empty() || scheme.eq_ignore_ascii_case("smtp:") { self.form() } else { self }
    }

    /// The form of an address, of what the other fixes left.
    fn form(mut self) -> Self {
        let (_, address) = self.split();
        let problems = address::problems(&address);
        self.open |= !problems.is_empty();
        for problem in problems {
            if !self.checks.contains(&problem) {
                self.checks.push(problem);
            }
        }
        self
    }

    fn suffix(mut self, verified: &[String]) -> Self {
        let suffix = self.fixed.rsplit_once('@').map(|(_, suffix)| suffix.to_owned());
        if let Some(suffix) = suffix
            && !verified.is_empty()
            && !verified.iter().any(|known| known.eq_ignore_ascii_case(&suffix))
        {
            self.checks.push(Check::Suffix);
            self.open = true;
        }
        self
    }

    /// The scheme with its colon, where the attribute has one, and the rest.
    fn split(&self) -> (String, String) {
        let schemed = matches!(self.attribute.as_str(), "proxyAddresses" | "targetAddress");
        match self.fixed.split_once(':') {
            Some((scheme, rest)) if schemed => (format!("{scheme}:"), rest.to_owned()),
            _ => (String::new(), self.fixed.clone()),
        }
    }

    fn finding(self) -> Option<Finding> {
        if self.checks.is_empty() {
            return None;
        }
        let settled = !self.open && self.fixed != self.value && !self.fixed.is_empty();
        let suggestion = settled.then_some(self.fixed);
        Some(Finding { attribute: self.attribute, checks: self.checks, value: self.value, suggestion })
    }
}

#[cfg(test)]
mod tests;
