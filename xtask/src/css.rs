//! Joins the style sheets into one file.
//!
//! `style/main.css` holds `@import "x.css" layer(y);` lines and nothing nested deeper, so joining is a matter of
//! wrapping each file into its layer. Stripping comments and indentation gets within a few percent of a real
//! minifier once compressed, without compiling one.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

/// Joined and compacted text of `main`.
pub fn bundle(main: &Path) -> Result<String> {
    let folder = main.parent().unwrap_or(Path::new("."));
    let text = read(main)?;
    let mut out = String::new();
    for line in text.lines() {
        match line.trim().strip_prefix("@import ") {
            Some(rest) => out.push_str(&import(folder, rest)?),
            None => out.push_str(line),
        }
        out.push('\n');
    }
    Ok(compact(&out))
}

fn import(folder: &Path, rest: &str) -> Result<String> {
    let parts: Vec<&str> = rest.splitn(3, '"').collect();
    let ["", file, tail] = parts[..] else {
        bail!("@import {rest} is not of the form @import \"file.css\" layer(name);");
    };
    let text = read(&folder.join(file))?;
    match tail.trim().trim_end_matches(';').strip_prefix("layer(").and_then(|t| t.strip_suffix(')')) {
        Some(layer) => Ok(format!("@layer {layer} {{\n{text}\n}}")),
        None if tail.trim() == ";" => Ok(text),
        None => bail!("@import of {file}: only layer(name) may follow the file name"),
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Drops comments and the white space that carries no meaning. Strings are kept as they are.
fn compact(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut chars = css.chars().peekable();
    let mut quote = None;
    while let Some(c) = chars.next() {
        if let Some(open) = quote {
            out.push(c);
            if c == open {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '\'' => {
                quote = Some(c);
                out.push(c);
            }
            '/' if chars.peek() == Some(&'*') => {
                chars.next();
                let mut last = ' ';
                for c in chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
            }
            c if c.is_whitespace() => {
                if !out.ends_with([' ', '{', '}', ';', ',']) && !out.is_empty() {
                    out.push(' ');
                }
            }
            '{' | '}' | ';' | ',' => {
                while out.ends_with([' ', ';']) && (c == '}' || out.ends_with(' ')) {
                    out.pop();
                }
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_go_and_strings_stay() {
        let css = "/* why */\na > b {\n  content: \"/* a  b */\";\n  margin: 0 auto;\n}\n@media (width < 5px) {\n  c { d: e; }\n}";
        assert_eq!(
            compact(css),
            "a > b{content: \"/* a  b */\";margin: 0 auto}@media (width < 5px){c{d: e}}"
        );
    }

    #[test]
    fn calc_keeps_the_spaces_it_needs() {
        assert_eq!(compact("a { b: calc(1px + 2px) }"), "a{b: calc(1px + 2px)}");
    }

    #[test]
    fn an_import_without_a_layer_name_is_refused() {
        assert!(import(Path::new("."), "\"missing.css\" screen;").is_err());
    }
}
