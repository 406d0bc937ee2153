"""Pages name what is there, links lead somewhere, and what the README shows works."""

import re
import shutil
import tomllib
from urllib.parse import quote, unquote, urlsplit

import pytest

import twin
from tests.builders import grid_city
from tests.docs.pages import ROOT, blocks, pages
from twin.city.networks import NETWORKS
from twin.scenario import load_scenario

PATH = re.compile(r"[\w.-]+(?:/[\w.*-]+)+/?|\.?[\w-]+\.(?:md|toml|lock|py|yaml)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
TOP = {"twin", "gis", "scenarios", "benchmarks", "tests", "docs", ".ci"}
MADE_BY_COMMANDS = re.compile(r"cities/|runs/|docs/benchmarks|\.html$|\.parquet$|\.json$")
REGISTRIES = re.compile(
    r"https?://[^\s)>\"]*(?:pypi\.|pythonhosted|anaconda|conda\.|npmjs|jsdelivr|unpkg|simple/)",
    re.IGNORECASE,
)
FILE_STEP = re.compile(r"^```\w+ (?:create|append|change)=.*?^```$", re.MULTILINE | re.DOTALL)
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s\\;]+)(?: ; ([^\\]+?))? ?\\?$", re.MULTILINE)


def page_id(path):
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=pages(), ids=page_id)
def page(request):
    return request.param


def without_fences(text):
    return FILE_STEP.sub("", text)


def named_paths(text):
    """Paths in code spans and pictures that start in a folder of the project."""
    spans = re.findall(r"`([^`\n]+)`", text)
    spans += re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for span in spans:
        for path in PATH.findall(span):
            first = path.split("/")[0]
            if "/" in path and first in TOP and not MADE_BY_COMMANDS.search(path):
                yield path.rstrip("/.")
            elif re.search(r"\.(md|toml|lock)$", path) and "/" not in path:
                yield path


def test_every_path_it_names_exists(page):
    text = without_fences(page.read_text())
    added = {block.path for block in blocks(page_id(page)) if block.verb == "create"}
    missing = [
        path
        for path in named_paths(text)
        if not list(ROOT.glob(path)) and not (page.parent / path).exists() and path not in added
    ]
    assert missing == []


def test_architecture_names_every_room():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = {f"twin/{path.parent.name}" for path in (ROOT / "twin").glob("*/__init__.py")}
    for room in {*rooms, "gis", "scenarios", "benchmarks", "tests", "docs"}:
        assert f"`{room}`" in text, room


def test_every_link_has_form_and_every_relative_one_leads_to_something(page):
    for target in LINK.findall(page.read_text()):
        if target.startswith(("http://", "https://")):
            parts = urlsplit(target)
            assert "." in parts.netloc, target
            assert parts.path in ("", quote(unquote(parts.path), safe="/:@!$&'()*+,;=~")), target
        elif not target.startswith(("#", "mailto:")):
            assert (page.parent / target.split("#")[0]).exists(), target


def test_it_names_no_package_registry(page):
    assert REGISTRIES.findall(page.read_text()) == []


def test_settings_name_no_package_registry():
    for name in ("pyproject.toml", "requirements.lock", ".ci/run", ".ci/pin"):
        assert REGISTRIES.findall((ROOT / name).read_text()) == [], name


def readme(language):
    return [block.text for block in blocks("README.md") if block.language == language]


def test_the_readme_begins_and_ends_with_the_two_commands():
    commands = readme("sh")
    first, second = commands[0], commands[-1]
    assert first == "pip install uv && uv run twin run scenarios/emergency_spiral.yaml\n"
    assert second == "pip install uv && uv run --group dev pytest\n"


def test_commands_of_the_readme_name_files_and_options_that_exist():
    from typer.main import get_command

    from twin.cli.app import app

    group = get_command(app)
    lines = [line.split("#")[0] for text in readme("sh") for line in text.splitlines()]
    tried = 0
    for line in lines:
        _, found, rest = line.partition("uv run twin ")
        if not found:
            continue
        words, command = rest.split(), group
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= options, line
        assert all((ROOT / word).is_file() for word in words if word.startswith("scenarios/"))
        tried += 1
    assert tried >= 3


def test_python_of_a_solver_alone_runs(capsys):
    for block in blocks("docs/how-to/one-network.md"):
        exec(compile(block.text, "one-network.md", "exec"), {})  # noqa: S102 - that is the test
    assert "pressure_pa" in capsys.readouterr().out


@pytest.mark.parametrize("text", readme("python"))
def test_python_of_the_readme_runs(text, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    # the grid city in place of the town, which takes longer to build than to try
    monkeypatch.setattr("twin.scenario.city.resolve_city", lambda _: grid_city())
    space = {}
    exec(compile(text, "README.md", "exec"), space)  # noqa: S102 - that is the test
    if "model" in space:
        trust, n_agents = capsys.readouterr().out.split()
        assert 0.0 < float(trust) < 1.0
        assert int(n_agents) == len(NETWORKS) + 1  # a service each, and the municipality
        assert space["model"].day == 30


def test_the_readmes_own_town_asks_the_same_question(tmp_path):
    _, text = readme("yaml")
    (tmp_path / "my_town.yaml").write_text(text)
    mine = load_scenario(tmp_path / "my_town.yaml")
    shipped = load_scenario(ROOT / "scenarios" / "emergency_spiral.yaml")
    assert mine.question == shipped.question
    assert mine.city.bundle == "cities/town"
    assert list(mine.arms) == list(shipped.arms)


def test_yaml_of_the_readme_is_a_scenario(tmp_path):
    text, _ = readme("yaml")
    shutil.copytree(ROOT / "scenarios" / "_base", tmp_path / "_base")
    (tmp_path / "readme.yaml").write_text(text)
    shown, shipped = (
        load_scenario(tmp_path / "readme.yaml"),
        load_scenario(ROOT / "scenarios" / "emergency_spiral.yaml"),
    )
    assert shown.question == shipped.question
    for name, arm in shown.arms.items():
        assert arm.levers == shipped.arms[name].levers


def test_public_names_are_few_and_there():
    assert len(twin.__all__) <= 20
    for name in twin.__all__:
        assert getattr(twin, name) is not None


def test_a_user_gets_no_tool_of_a_developer():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert settings["tool"]["uv"]["default-groups"] == []


def test_the_lock_and_the_constraints_pin_the_same():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = dict(match[:2] for match in PIN.findall((ROOT / "requirements.lock").read_text()))
    constrained = {
        match[0]: match[1]
        for pin in project["tool"]["uv"]["constraint-dependencies"]
        for match in PIN.findall(pin)
    }
    assert len(constrained) == len(project["tool"]["uv"]["constraint-dependencies"])
    assert {name: constrained.get(name) for name in locked} == locked
    wanted = {re.split(r"[<>=\[ ;]", each)[0] for each in project["project"]["dependencies"]}
    wanted |= {re.split(r"[<>=\[ ;]", each)[0] for each in project["dependency-groups"]["dev"]}
    wanted |= {re.split(r"[<>=\[ ;]", each)[0] for each in project["dependency-groups"]["docs"]}
    names = {name.lower().replace("_", "-").replace(".", "-") for name in locked}
    assert {name.lower().replace("_", "-").replace(".", "-") for name in wanted} <= names
