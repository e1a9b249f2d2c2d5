"""What the pages of recipes, symptoms and recordings tell people to type, and what they quote."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import launch_doubles
import pytest

from bridgenet_ros.camera_file import TOPICS, camera_topics, read_camera
from bridgenet_ros.cli import build_parser
from bridgenet_ros.config import NodeConfig, settings, with_values
from bridgenet_ros.interface import ENDPOINTS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
RECIPES = DOCS / "recipes.md"
TROUBLE = DOCS / "troubleshooting.md"
PAGES = (RECIPES, TROUBLE)
RECORDINGS = (DOCS / "bags.md", DOCS / "bags-peers.md")
NAMESPACE = "/bridgenet/"
RTABMAP_ARGUMENTS = {"rtabmap_args"}  # of rtabmap_launch 0.22
OURS = r"ros2 launch bridgenet_ros [^`\n]+"


def text_of(page: Path) -> str:
    """The page with continued command lines joined."""
    return re.sub(r"\\\n\s*", "", page.read_text("utf-8"))


def launch_lines() -> list[str]:
    return [line for page in PAGES for line in re.findall(OURS, text_of(page))]


def arguments_of(monkeypatch: pytest.MonkeyPatch, name: str) -> dict[str, list[str] | None]:
    """Argument to choices, of a launch file and of sr.launch.py, which it starts."""
    launch_doubles.install(monkeypatch, {})
    found: dict[str, list[str] | None] = {}
    for file in ("sr.launch.py", name):
        module = launch_doubles.load(ROOT / "launch" / file)
        for entity in module.generate_launch_description().entities:
            if isinstance(entity, launch_doubles.DeclareLaunchArgument):
                found.setdefault(entity.name, entity.choices)
    return found


def test_there_are_commands_to_check() -> None:
    assert len(launch_lines()) >= 9


@pytest.mark.parametrize("line", launch_lines())
def test_launch_line_can_be_typed(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _, _, _, file, *given = shlex.split(line)
    known = arguments_of(monkeypatch, file)
    others = RTABMAP_ARGUMENTS if file == "rtabmap.launch.py" else set()
    for argument in given:
        name, separator, value = argument.partition(":=")
        assert separator, argument
        assert name in known or name in others, argument
        choices = known.get(name)
        assert choices is None or value in choices, argument
        if name == "camera" and not value.endswith(".yaml"):
            read_camera(value, ROOT / "config" / "cameras")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_named_argument_and_parameter_exists(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = text_of(page)
    arguments: set[str] = set()
    for file in (ROOT / "launch").glob("*.launch.py"):
        arguments |= set(arguments_of(monkeypatch, file.name))
    named = set(re.findall(r"`(\w+):=[^`]*`", text))
    assert named
    assert named <= arguments
    groups = {s.name.split(".")[0] for s in settings() if "." in s.name}
    known = {s.name for s in settings()}
    quoted = set(re.findall(rf"`((?:{'|'.join(groups)})\.\w+(?:\.\w+)*)`", text))
    assert quoted <= known


@pytest.mark.parametrize("page", [*PAGES, *RECORDINGS], ids=lambda page: page.stem)
def test_commands_parse_and_their_parameters_are_valid(page: Path) -> None:
    lines = re.findall(
        r"^ *bridgenet .+$|(?<=`)bridgenet \w[^`\n]*(?=`)", text_of(page), re.MULTILINE
    )
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        build_parser().parse_args(words)
        given = dict(words[i + 1].split(":=", 1) for i, word in enumerate(words) if word == "-p")
        with_values(NodeConfig(), given)
    assert lines


def test_topics_in_the_recipes_are_ours_and_the_cameras() -> None:
    names = {e.name for e in ENDPOINTS}
    topics = camera_topics(read_camera("realsense", ROOT / "config" / "cameras"), {})
    text = text_of(RECIPES)
    ours = set(re.findall(r":=(/bridgenet/[\w/]+)", text))
    assert {topic.removeprefix(NAMESPACE) for topic in ours} <= names
    assert len(ours) >= 3
    theirs = set(re.findall(r":=(/camera/camera/[\w/]+)", text))
    assert theirs == set(topics.values()) - {topics["extrinsics_topic"]}


def test_node_started_by_hand_has_files_and_names_that_exist() -> None:
    (line,) = re.findall(r"^bridgenet_node .+$", text_of(RECIPES), re.MULTILINE)
    words = shlex.split(line)
    assert (ROOT / words[words.index("--params-file") + 1]).is_file()
    topics = camera_topics(read_camera("realsense", ROOT / "config" / "cameras"), {})
    expected = {TOPICS[argument]: topic for argument, topic in topics.items()}
    remapped = dict(word.split(":=") for word in words if ":=/" in word)
    assert remapped.pop("__ns") == NAMESPACE.rstrip("/")
    assert len(remapped) == 4
    assert remapped.items() <= expected.items()


def test_every_preset_and_camera_has_its_recipe() -> None:
    text = text_of(RECIPES)
    for file in (ROOT / "config" / "cameras").glob("*.yaml"):
        assert f"| `{file.stem}` |" in text
    for preset in ("nvblox", "octomap", "laserscan", "nav2"):
        assert f"preset:={preset}" in text
    for file in (ROOT / "launch").glob("*.launch.py"):
        assert file.name in text


def templates() -> list[list[str]]:
    """The literal parts of every string of the code, in order; values lie between them."""
    found = []
    for file in [*(ROOT / "bridgenet_ros").rglob("*.py"), *(ROOT / "launch").glob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [v.value for v in node.values if isinstance(v, ast.Constant)]
                found.append([str(part) for part in parts])
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append([node.value])
    return found


def is_said(quote: str, known: list[list[str]]) -> bool:
    """Whether one string of the code has the quote's parts in their order; … stands for values."""
    parts = [part.strip() for part in quote.split("…") if part.strip()]
    for template in known:
        rest = "\0".join(template)
        for part in parts:
            _, found, rest = rest.partition(part)
            if not found:
                break
        else:
            return True
    return False


def test_a_quote_is_recognised() -> None:
    known = [["nobody publishes ", "; start the camera"]]
    assert is_said("nobody publishes …; start the camera", known)
    assert not is_said("nobody publishes /depth; start the camera", known)
    assert not is_said("start the camera … nobody publishes", known)


def test_every_quoted_message_is_one_that_the_code_says() -> None:
    rows = re.findall(r"^\| .+ \|$", TROUBLE.read_text("utf-8"), re.MULTILINE)
    said = [row.strip("|").split("|")[1] for row in rows]
    quotes = [quote for cell in said for quote in re.findall(r"`([^`]+)`", cell)]
    assert len(quotes) >= 20
    known = templates()
    assert [quote for quote in quotes if not is_said(quote, known)] == []
