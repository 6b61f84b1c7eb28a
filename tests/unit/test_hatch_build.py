"""The build hook: what counts as a source, when a build is needed, what is published. Node itself runs in `make`, not here."""

import gzip
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source folder with a small dashboard, as a clone has it."""
    files = {
        "openapi.json": "{}",
        "ui/package.json": "{}",
        "ui/package-lock.json": "{}",
        "ui/src/main.ts": "start()\n",
        "ui/node_modules/a/index.js": "",
        "ui/dist/index.html": "<html>",
        "ui/dist/assets/app.js": "x" * 5000,
        "ui/dist/assets/small.js": "x",
        "ui/dist/assets/font.woff2": "w" * 5000,
        "ui/dist/.vite/manifest.json": "{}",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def built(hook: ModuleType, source: Path) -> Any:  # Any: the module is no package's
    """Return the dashboard of the folder, published as if npm had run."""
    dashboard = hook.Dashboard(source)
    dashboard._publish(dashboard.fingerprint())
    return dashboard


def append(name: str, text: str = "x") -> Change:
    return lambda source: (source / name).write_text((source / name).read_text() + text if (source / name).exists() else text)


@pytest.mark.parametrize("name", ["ui/src/main.ts", "ui/src/new.ts", "ui/package-lock.json", "ui/.npmrc", "openapi.json"])
def test_a_changed_or_new_source_makes_the_build_stale(hook: ModuleType, source: Path, name: str) -> None:
    dashboard = built(hook, source)
    fresh_before = dashboard.is_fresh
    append(name)(source)

    assert fresh_before
    assert not dashboard.is_fresh


def test_a_renamed_source_makes_the_build_stale(hook: ModuleType, source: Path) -> None:
    dashboard = built(hook, source)
    (source / "ui/src/main.ts").rename(source / "ui/src/other.ts")

    assert not dashboard.is_fresh


@pytest.mark.parametrize(
    "change",
    [
        append("ui/node_modules/a/index.js"),
        append("ui/dist/assets/app.js"),
        lambda source: (source / "ui/src/main.ts").write_bytes(b"start()\r\n"),
        lambda source: os.utime(source / "ui/src/main.ts", (0, 0)),
    ],
    ids=["modules", "dist", "line ends", "times"],
)
def test_what_is_no_source_leaves_the_build_fresh(hook: ModuleType, source: Path, change: Change) -> None:
    dashboard = built(hook, source)
    change(source)

    assert dashboard.is_fresh


def test_a_page_taken_away_makes_the_build_stale(hook: ModuleType, source: Path) -> None:
    dashboard = built(hook, source)
    (dashboard.web / "index.html").unlink()

    assert not dashboard.is_fresh


def test_what_is_published_is_the_build_alone_with_large_texts_compressed(hook: ModuleType, source: Path) -> None:
    (source / "src/styrman/api/web").mkdir(parents=True)
    (source / "src/styrman/api/web/of-yesterday.js").write_text("x")
    web = built(hook, source).web
    published = {path.relative_to(web).as_posix() for path in web.rglob("*") if path.is_file()}

    assert published == {
        "index.html", ".fingerprint", "assets/app.js", "assets/app.js.gz", "assets/small.js", "assets/font.woff2",
    }  # fmt: skip
    assert gzip.decompress((web / "assets/app.js.gz").read_bytes()) == (web / "assets/app.js").read_bytes()
    assert sorted(path.name for path in web.parent.iterdir()) == ["web"]


def test_a_fresh_build_asks_for_no_node_and_a_stale_one_does(hook: ModuleType, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STYRMAN_SKIP_UI", raising=False)
    made = hook.DashboardHook(str(source), {}, None, None, "", "wheel")
    stale = made.dependencies()
    built(hook, source)
    fresh = made.dependencies()
    append("ui/src/main.ts")(source)
    monkeypatch.setenv("STYRMAN_SKIP_UI", "1")
    skipped = made.dependencies()

    assert (stale, fresh, skipped) == ([hook.NODE], [], [])


def test_a_failing_npm_is_told_with_its_last_lines_and_the_way_around(
    hook: ModuleType, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = source / "npm.py"
    program.write_text("for n in range(100): print('line', n)\nraise SystemExit(3)\n")
    monkeypatch.setattr(hook, "_node", lambda: (Path(sys.executable), program))
    with pytest.raises(hook.BuildFailed) as failed:
        hook.Dashboard(source).build()
    lines = str(failed.value).splitlines()

    assert lines[0] == "line 70"
    assert lines[-1] == "npm ci --ignore-scripts failed with exit code 3. STYRMAN_SKIP_UI=1 installs styrman without its dashboard."
    assert not (source / "src").exists()


def test_modules_are_installed_once_for_a_lock_file(hook: ModuleType, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, told = source / "npm.py", source / "told"
    program.write_text(f"import sys\nopen({str(told)!r}, 'a').write(' '.join(sys.argv[1:]) + '\\n')\n")
    monkeypatch.setattr(hook, "_node", lambda: (Path(sys.executable), program))
    dashboard = hook.Dashboard(source)
    dashboard.build()
    dashboard.build()
    append("ui/src/main.ts")(source)
    dashboard.build()
    append("ui/package-lock.json")(source)
    dashboard.build()

    assert told.read_text().splitlines() == ["ci --ignore-scripts", "run build", "run build", "ci --ignore-scripts", "run build"]


@pytest.mark.parametrize(("skip", "code"), [("", 1), ("1", 0)])
def test_a_folder_without_sources_and_without_a_build_makes_no_wheel_unless_told_to(tmp_path: Path, skip: str, code: int) -> None:
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "src/styrman").mkdir(parents=True)
    (tmp_path / "src/styrman/__init__.py").write_text("")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    made = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "STYRMAN_SKIP_UI": skip})

    assert made.returncode == code, made.stderr
    assert ("STYRMAN_SKIP_UI=1" in made.stderr + made.stdout) == bool(code)


def test_the_hook_and_the_lock_ask_for_the_same_node(hook: ModuleType) -> None:
    assert f'ui = ["{hook.NODE}"]' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
