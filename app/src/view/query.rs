//! Addresses that carry a page's state, so that it can be pasted into a chat.

/// Names and values in the order of the address.
pub type Pairs = Vec<(String, String)>;

/// Reads the query of an address. What cannot be understood is left out.
pub fn parse(query: &str) -> Pairs {
    serde_urlencoded::from_str(query).unwrap_or_default()
}

/// The first value of a name that is not empty.
pub fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
}

/// All values of a name that can be understood.
pub fn all<T: std::str::FromStr>(pairs: &[(String, String)], name: &str) -> Vec<T> {
    pairs.iter().filter(|(n, _)| n == name).filter_map(|(_, v)| v.parse().ok()).collect()
}

/// An address with its query.
pub fn href(path: &str, pairs: &[(&str, String)]) -> String {
    let filled: Vec<_> = pairs.iter().filter(|(_, value)| !value.is_empty()).collect();
    match serde_urlencoded::to_string(filled) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_its_way_through_a_chat() {
        let address = href("/logs", &[("q", "Böhm & Söhne".to_owned()), ("action", String::new())]);
        let pairs = parse(address.trim_start_matches("/logs?"));
        assert_eq!(first(&pairs, "q"), Some("Böhm & Söhne"));
        assert_eq!(first(&pairs, "action"), None);
    }

    #[test]
    fn a_value_nobody_knows_is_left_out() {
        let pairs = parse("n=1&n=x&n=3");
        assert_eq!(all::<u8>(&pairs, "n"), [1, 3]);
    }
}
