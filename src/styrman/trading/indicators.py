"""TA-Lib, imported alone: it would import polars and pandas, where installed, to wrap its functions for their series, which costs
70 MB and half a second. Shipped strategies give it numpy columns. Import this module where indicators are used: nowhere else.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Final

_DATA_FRAMES = ("polars", "pandas")


def _talib() -> ModuleType:
    hidden = [name for name in _DATA_FRAMES if name not in sys.modules]
    # None makes an import fail as if the package weren't there.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None is what the import system takes for "not there"
    try:
        return import_module("talib")
    finally:
        for name in hidden:
            sys.modules.pop(name, None)


ta: Final = _talib()
