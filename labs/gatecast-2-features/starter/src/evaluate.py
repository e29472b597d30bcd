"""Stage 4, metrics.json: the numbers that this repository claims."""

import json

import joblib
from gatecast import data, evaluate, predict

claims = evaluate.score(joblib.load(predict.SAVED), data.read(data.RAW), *data.examples())
text = json.dumps(claims, indent=2) + "\n"
data.METRICS.write_text(text, encoding="utf-8")
print(text)
