"""The browser of the tests: which Chromium there is, and why there is none. Imports no Playwright: where that lacks, it still says so."""

import os
import shutil
from importlib.util import find_spec

from styrman.api.site import built_site

NAMES = ("chromium", "chromium-browser", "google-chrome")
NO_PLAYWRIGHT = "Playwright is not installed; rm .venv/.dev && make test"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


def executable() -> str | None:
    """Return the Chromium that STYRMAN_CHROMIUM names, else that of the machine; None where there is none."""
    return next((path for name in (os.environ.get("STYRMAN_CHROMIUM", ""), *NAMES) if name and (path := shutil.which(name))), None)


def missing() -> str | None:
    """Return what the browser tests lack, and what to do about it; None where they can run."""
    if find_spec("playwright") is None:
        return NO_PLAYWRIGHT
    if executable() is None:
        return "no Chromium; apt-get install chromium, or name one in STYRMAN_CHROMIUM"
    if built_site().index is None:
        return "the dashboard is not built; make up"
    return None


def is_required() -> bool:
    """Whether a missing browser is a failure: in CI the machine has what .ci/run installed."""
    return any(os.environ.get(name, "") not in ("", "0", "false") for name in ("CI", "STYRMAN_REQUIRE_BROWSER"))
