"""Values that break simple readers, each within what the directories and the default mappings' targets accept."""

TEXTS = [
    " leading and trailing ", "two  blanks", "Ünïcödé Straße", "日本語のタイトル", "עברית", "العربية", "e\u0301 decomposed", "🙂 emoji",
    "a,b;c", 'quo"ted', "back\\slash", "<angle>", "#hash", "*star(paren)", "plus+equals=", "colon: value", ": colon first",
    "< less first", "-", "0", "TRUE", "null", "line\nbreak", "tab\there", "carriage\r\nreturn", "%DomainFQDN%", "[sn]", "$100",
    "'; DROP TABLE users; --", "\u00a0hard blank\u00a0", "\u202eright to left", "\ufeffmark", "ends with \\", "   ", "x" * 64,
]
# (attribute, longest value) in each dialect; cut before use.
SINGLE = {
    "ad": [("title", 64), ("department", 64), ("physicalDeliveryOfficeName", 64), ("l", 64), ("st", 64), ("company", 64),
           ("streetAddress", 64), ("givenName", 64), ("sn", 64), ("displayName", 64), ("postalCode", 40), ("co", 64),
           ("mobile", 64), ("facsimileTelephoneNumber", 64), ("employeeID", 16)],
    "ldap": [("title", 64), ("physicalDeliveryOfficeName", 64), ("l", 64), ("st", 64), ("o", 64), ("street", 64),
             ("givenName", 64), ("sn", 64), ("displayName", 64), ("postalCode", 40), ("employeeNumber", 16),
             ("departmentNumber", 64)],
}
REQUIRED = {"sn"}  # of inetOrgPerson
PHONES = ["+41 44 000 00 00", "0800-NAMES", " 12 ", "(030) 1", "+1-555-0100", "+49/30/12", "112"]


def awkward(rng, longest):
    return rng.choice(TEXTS)[:longest]


def name(rng, number):
    """A value for a common name: unique by its number, awkward inside a DN."""
    return rng.choice([f"Plain {number}", f"Komma, {number}", f"Plus + {number} = x", f'"{number}" quoted', f"#{number}",
                       f"back\\slash {number}", f"Ärger {number} ß", f"<{number}>; end", f"{number} 名前", f"J. {number}.",
                       f"  inner  {number}".strip(), f"sl/ash {number}", f"*{number}(x)"])
