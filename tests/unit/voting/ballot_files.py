"""Small files of votes for tests."""

META = {
    "description": "a vote",
    "country": "Kazakhstan",
    "unit": "Town",
    "instance": "2025",
    "num_projects": "3",
    "num_votes": "4",
    "budget": "100",
    "vote_type": "approval",
    "rule": "greedy",
}
PROJECTS = ("project_id;cost;votes;name", "park;60;2;Park", "lights;40;3;Lights", "7;20.50;1;Bench")
VOTES = ("voter_id;age;vote", "1;34;park,lights", "2;51;lights", "3;23;7,park", "4;19;lights")


def pb_text(*, meta=None, projects=PROJECTS, votes=VOTES, end="\n"):
    """A .pb file; `meta` changes META, None as a value takes a key away."""
    facts = {**META, **(meta or {})}
    rows = [f"{key};{value}" for key, value in facts.items() if value is not None]
    lines = ["META", "key;value", *rows, "PROJECTS", *projects, "VOTES", *votes, ""]
    return end.join(lines)


def write(folder, text, name="vote.pb"):
    path = folder / name
    path.write_bytes(text.encode("utf-8"))
    return path
