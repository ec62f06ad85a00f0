//! What messages look like: plain text and HTML that say the same, with links into the portal.

use std::fmt::Write as _;

use domain::mail::{MailEvent, Notice};

/// Notices that a message spells out; of more it gives the titles.
const SPELLED_OUT: usize = 10;

/// A message ready for the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub event: MailEvent,
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// One message about some notices. `portal` is the address that people open, without a slash at its end.
pub fn render(notices: &[Notice], portal: &str) -> Rendered {
    let (event, title) = match notices {
        [only] => (only.event, only.title.clone()),
        several if several.iter().all(|notice| notice.event == MailEvent::Digest) => {
            (MailEvent::Digest, format!("objects fail in {} configurations", several.len()))
        }
        several => (MailEvent::Several, format!("{} things happened", several.len())),
    };
    let subject = format!("Skybridge: {title}");
    Rendered { event, text: text(notices, portal), html: html(&subject, notices, portal), subject }
}

fn text(notices: &[Notice], portal: &str) -> String {
    let mut out = String::new();
    for (index, notice) in notices.iter().take(SPELLED_OUT).enumerate() {
        if index > 0 {
            out.push_str("\n----\n\n");
        }
        let _ = writeln!(out, "{}\n{}", notice.title, notice.at.format("%Y-%m-%d %H:%M UTC"));
        for sentence in &notice.text {
            let _ = writeln!(out, "\n{sentence}");
        }
        if !notice.facts.is_empty() {
            out.push('\n');
        }
        for (name, value) in &notice.facts {
            let _ = writeln!(out, "{name}: {value}");
        }
        if !notice.advice.is_empty() {
            let _ = writeln!(out, "\nWhat to do: {}", notice.advice);
        }
        let _ = writeln!(out, "\n{portal}{}", notice.path);
    }
    if notices.len() > SPELLED_OUT {
        let _ = writeln!(out, "\n----\n\nAnd {} more:", notices.len() - SPELLED_OUT);
        for notice in &notices[SPELLED_OUT..] {
            let _ = writeln!(out, "* {}", notice.title);
        }
    }
    let _ = writeln!(out, "\n-- \nSkybridge, {portal}");
    out
}

fn html(subject: &str, notices: &[Notice], portal: &str) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"><title>{}</title></head>\n\
         <body style=\"margin:0;padding:24px 16px;font:16px/1.5 system-ui,'Segoe UI',Roboto,Arial,sans-serif\">\n\
         <div style=\"max-width:600px;margin:0 auto\">\n",
        escape(subject)
    );
    for notice in notices.iter().take(SPELLED_OUT) {
        let _ = writeln!(
            out,
            "<h1 style=\"font-size:20px;line-height:1.3;margin:0 0 4px\">{}</h1>\n\
             <p style=\"margin:0 0 16px;font-size:14px\">{}</p>",
            escape(&notice.title),
            notice.at.format("%Y-%m-%d %H:%M UTC")
        );
        for sentence in &notice.text {
            let _ = writeln!(out, "<p style=\"margin:0 0 12px\">{}</p>", escape(sentence));
        }
        if !notice.facts.is_empty() {
            out.push_str(
                "<table role=\"presentation\" style=\"border-collapse:collapse;margin:0 0 12px\">\n",
            );
        }
        for (name, value) in &notice.facts {
            let _ = writeln!(
                out,
                "<tr><td style=\"padding:2px 16px 2px 0;vertical-align:top\">{}</td>\
                 <td style=\"padding:2px 0\">{}</td></tr>",
                escape(name),
                escape(value)
            );
        }
        if !notice.facts.is_empty() {
            out.push_str("</table>\n");
        }
        if !notice.advice.is_empty() {
            let _ = writeln!(
                out,
                "<p style=\"margin:0 0 12px\"><strong>What to do:</strong> {}</p>",
                escape(&notice.advice)
            );
        }
        let _ = writeln!(
            out,
            "<p style=\"margin:0 0 32px\"><a href=\"{}{}\">Open in Skybridge</a></p>",
            escape(portal),
            escape(&notice.path)
        );
    }
    if notices.len() > SPELLED_OUT {
        let _ = writeln!(out, "<p>And {} more:</p>\n<ul>", notices.len() - SPELLED_OUT);
        for notice in &notices[SPELLED_OUT..] {
            let _ = writeln!(out, "<li>{}</li>", escape(&notice.title));
        }
        out.push_str("</ul>\n");
    }
    let _ = writeln!(
        out,
        "<p style=\"font-size:13px;margin:0\">Skybridge, <a href=\"{0}\">{0}</a></p>\n</div></body></html>",
        escape(portal)
    );
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(title: &str) -> Notice {
        Notice {
            event: MailEvent::QuarantineStarted,
            configuration: None,
            at: domain::Time::from_timestamp(1_800_000_000, 0).expect("a time"),
            title: title.to_owned(),
            text: vec!["The directory refused <cn=sync>.".to_owned()],
            advice: "Set the right password.".to_owned(),
            facts: vec![("Next attempt".to_owned(), "in 6 h".to_owned())],
            path: "/configurations/x".to_owned(),
        }
    }

    #[test]
    fn both_forms_say_the_same_and_link_into_the_portal() {
        let made = render(&[notice("“a <b>” is in quarantine")], "https://sky.example");
        assert_eq!(made.subject, "Skybridge: “a <b>” is in quarantine");
        assert_eq!(made.event, MailEvent::QuarantineStarted);
        for part in ["in quarantine", "2027-01-15 08:00 UTC", "Set the right password.", "in 6 h"] {
            assert!(made.text.contains(part) && made.html.contains(part), "{part}");
        }
        assert!(made.text.contains("https://sky.example/configurations/x"));
        assert!(made.html.contains("href=\"https://sky.example/configurations/x\""));
        assert!(made.text.contains("<cn=sync>") && made.html.contains("&lt;cn=sync&gt;"));
        assert!(!made.html.contains("<b>") && !made.html.contains("<cn"));
    }

    #[test]
    fn many_notices_are_one_message() {
        let notices: Vec<_> = (0..14).map(|n| notice(&format!("event {n}"))).collect();
        let made = render(&notices, "https://sky.example");
        assert_eq!(
            (made.event, made.subject.as_str()),
            (MailEvent::Several, "Skybridge: 14 things happened")
        );
        for n in 0..14 {
            let title = format!("event {n}");
            assert!(made.text.contains(&title) && made.html.contains(&title), "{title}");
        }
        assert!(made.text.contains("And 4 more:"));
        assert_eq!(made.text.matches("What to do:").count(), 10);
    }
}
