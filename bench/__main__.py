"""All measurements, each in a process of its own, in one table. A missed bar is told, not failed; a measurement that breaks is a failure.

python -m bench [--quick]
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.row import Row, heading, line

MEASUREMENTS = ("memory", "hertz", "service", "start", "crash", "api", "indicators", "orders", "limiter", "feeds", "stream", "dashboard")
LIMIT_S = 240.0  # of one of them


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few bots and repeats: whether it runs, not how fast")
    flags = ["--quick"] if parser.parse_args().quick else []
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}\n\n{heading()}", flush=True)
    broken = [name for name in MEASUREMENTS if not show(name, flags)]
    if broken:
        print("broken: " + ", ".join(f"python -m bench.{name}" for name in broken), file=sys.stderr)
    return len(broken)


def show(name: str, flags: Sequence[str]) -> bool:
    """Print one measurement's rows; return whether it ran."""
    command = [sys.executable, "-m", f"bench.{name}", "--json", *flags]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, timeout=LIMIT_S, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(error, file=sys.stderr)
        return False
    for row in json.loads(done.stdout):
        print(line(Row(**row)), flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
