"""An input file as rows of words by section, one row per element; a rule is one row."""

ENDLESS = ("RULES",)


def parse(text):
    """Return {section: [row, ...]}; a row of RULES has a newline word between its lines."""
    net, section = {}, None
    for raw in text.splitlines():
        words = raw.split(";")[0].split()
        if not words:
            continue
        if words[0].startswith("["):
            section = words[0].strip("[]").upper()
            continue
        rows = net.setdefault(section, [])
        if section == "TITLE":
            continue
        if section == "RULES" and words[0].upper() != "RULE" and rows:
            rows[-1] += ["\n", *words]
        else:
            rows.append(words)
    return net


def write(net, title=""):
    """Return the text of a network."""
    lines = ["[TITLE]", title] if title else []
    for section, rows in net.items():
        if section in {"TITLE", "END"} or not rows:
            continue
        lines.append(f"[{section}]")
        lines += [" ".join(row).replace(" \n ", "\n") for row in rows]
    return "\n".join([*lines, "[END]", ""])


def option(net, *words, default=None):
    """Return the last word of the row of OPTIONS or TIMES that begins with some words."""
    found = default
    for row in [*net.get("OPTIONS", []), *net.get("TIMES", [])]:
        if [word.upper() for word in row[: len(words)]] == list(words) and len(row) > len(words):
            found = " ".join(row[len(words) :])
    return found


def seconds(words):
    """Return the seconds of a time: hours as a number, or h:mm, or h:mm:ss, or with AM, PM."""
    clock, *half = words.upper().split()
    parts = [float(part) for part in clock.split(":")]
    value = round(sum(part * scale for part, scale in zip(parts, (3600, 60, 1), strict=False)))
    if half == ["PM"]:
        value = value % 43200 + 43200
    elif half == ["AM"]:
        value %= 43200
    return value
