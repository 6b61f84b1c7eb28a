"""The examples that the documentation shows: where they lie, and that they are shown as they are run."""

import re
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[2]
EXAMPLES = _REPOSITORY / "docs" / "examples"


def assert_readme_shows(name: str) -> None:
    """Assert that one of the README's blocks of Python is this file, to the letter."""
    shown = re.findall(r"```python\n(.*?)```", (_REPOSITORY / "README.md").read_text(), re.DOTALL)

    assert (EXAMPLES / name).read_text() in shown
