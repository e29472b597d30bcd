"""Stage 1, work/labels.parquet: for each flight, was it late, and may it teach the model?"""

import pandas as pd
from gatecast import data, split

flights = data.read(data.RAW)["flights"]
labels = pd.DataFrame({"flight_id": flights["flight_id"], "late": data.late(flights)})
labels["train"] = split.time_split(flights, **data.params()["split"])
data.WORK.mkdir(exist_ok=True)
labels.to_parquet(data.LABELS, index=False)
