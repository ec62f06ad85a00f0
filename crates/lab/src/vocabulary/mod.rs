//! The words that sample people, groups and places are made of.

pub(crate) mod departments;
pub(crate) mod groups;
pub(crate) mod names;
pub(crate) mod places;

/// Plain-letter form of a name, as directories use it in logon names and mail addresses.
pub(crate) fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len() + 2);
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'ä' => folded.push_str("ae"),
            'ö' | 'ø' => folded.push_str("oe"),
            'ü' => folded.push_str("ue"),
            'ß' => folded.push_str("ss"),
            'á' | 'à' | 'â' | 'ã' | 'å' | 'ą' => folded.push('a'),
            'é' | 'è' | 'ê' | 'ë' | 'ę' | 'ě' => folded.push('e'),
            'í' | 'ì' | 'î' | 'ï' | 'ı' => folded.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' => folded.push('o'),
            'ú' | 'ù' | 'û' | 'ů' => folded.push('u'),
            'ç' | 'ć' | 'č' => folded.push('c'),
            'ł' => folded.push('l'),
            'ñ' | 'ń' | 'ň' => folded.push('n'),
            'ř' => folded.push('r'),
            'ś' | 'š' | 'ş' => folded.push('s'),
            'ý' => folded.push('y'),
            'ź' | 'ż' | 'ž' => folded.push('z'),
            'ğ' => folded.push('g'),
            'a'..='z' | '0'..='9' => folded.push(letter),
            _ => {}
        }
    }
    folded
}
