"""LDIF and DN text: escaping, writing and reading, as RFC 4514 and RFC 2849 say, with nothing taken from the product."""
import base64
from functools import lru_cache

SPECIAL = set(',+"\\<>;=')


def dn_value(text):
    """One attribute value of a DN, escaped."""
    out = []
    for position, char in enumerate(text):
        first, last = position == 0, position == len(text) - 1
        if char in SPECIAL or (first and char in "# ") or (last and char == " "):
            out.append("\\" + char)
        else:
            out.append(char)
    return "".join(out)


def split_dn(dn):
    """First RDN and the parent, both as they are written."""
    escaped = False
    for position, char in enumerate(dn):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == ",":
            return dn[:position], dn[position + 1:]
    return dn, ""


@lru_cache(maxsize=100_000)
def normal_dn(dn):
    """One spelling of a DN, for comparing two of them: no case, one way of escaping."""
    out, raw, position = [], bytearray(), 0
    while position < len(dn):
        char, pair = dn[position], dn[position + 1:position + 3]
        if char == "\\" and len(pair) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in pair):
            raw.append(int(pair, 16))
            position += 3
            continue
        out.append(escape_all(raw.decode()))
        raw.clear()
        if char == "\\":
            out.append(escape_all(pair[:1]))
            position += 2
        else:
            out.append(char)
            position += 1
    return ("".join(out) + escape_all(raw.decode())).casefold()


def escape_all(text):
    return "".join("\\" + char if char in SPECIAL or char in "# " else char for char in text)


def same_dn(one, other):
    return normal_dn(one) == normal_dn(other)


def line(name, value):
    """One attribute line; base64 wherever plain text would not survive."""
    raw = value if isinstance(value, bytes) else value.encode()
    safe = raw and all(31 < byte < 127 for byte in raw) and raw[:1] not in b" :<" and raw[-1:] != b" "
    if safe:
        return f"{name}: {raw.decode()}\n"
    return f"{name}:: {base64.b64encode(raw).decode()}\n"


def entry(dn, attributes):
    """A whole entry; values are text, bytes or lists of them, None and empty are left out."""
    lines = [line("dn", dn)]
    for name, values in attributes.items():
        for value in values if isinstance(values, list) else [values]:
            if value not in (None, "", b""):
                lines.append(line(name, value))
    return "".join(lines) + "\n"


def parse(text):
    """(dn, {attribute in lower case: [bytes]}) for each entry of ldapsearch -o ldif-wrap=no output."""
    dn, attributes = None, {}
    for row in text.split("\n"):
        if not row:
            if dn is not None:
                yield dn, attributes
            dn, attributes = None, {}
            continue
        if row.startswith("#"):
            continue
        name, colon, rest = row.partition(":")
        if not colon:
            continue
        raw = base64.b64decode(rest[2:]) if rest.startswith(": ") else rest.removeprefix(" ").encode()
        if rest == ":":
            raw = b""
        if name == "dn":
            dn = raw.decode()
        elif name not in ("ref", "search reference"):
            attributes.setdefault(name.lower(), []).append(raw)
    if dn is not None:
        yield dn, attributes
