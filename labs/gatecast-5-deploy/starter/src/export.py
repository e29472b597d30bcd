"""The one stage of the pipeline: put into models/ what the service loads.

For now that is a card alone, since the service reads the champion and the raw tables where they are.
"""

import json

from gatecast import data

data.MODELS.mkdir(exist_ok=True)
card = {"model": "champion", "trees": 200}
(data.MODELS / "card.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
