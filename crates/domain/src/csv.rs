//! Comma-separated values as RFC 4180 has them, for spreadsheets.

/// One line with its end.
pub fn line<S: AsRef<str>>(fields: &[S]) -> String {
    let mut text = fields.iter().map(|text| field(text.as_ref())).collect::<Vec<_>>().join(",");
    text.push_str("\r\n");
    text
}

/// A field that a spreadsheet takes as text: quoted where it must be, and never a formula.
fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_quoted_where_it_must_be_and_never_a_formula() {
        assert_eq!(line(&["plain", "CN=a,DC=\"b\"", "=1+1"]), "plain,\"CN=a,DC=\"\"b\"\"\",'=1+1\r\n");
        assert_eq!(line(&["", "\t=1"]), ",'\t=1\r\n");
    }
}
