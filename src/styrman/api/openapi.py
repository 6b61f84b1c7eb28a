"""`python -m styrman.api.openapi > openapi.json` remakes the committed document; a test compares the two."""

import json
import sys

from styrman.api.document import document

if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
