"""Stage 3, models/model.joblib, and an MLflow run that says how it was made."""

import joblib
from gatecast import data, predict, train

table, late, is_train = data.examples()
params = data.params()
model = train.fit(table, late, is_train, params["model"])
predict.SAVED.parent.mkdir(exist_ok=True)
joblib.dump(model, predict.SAVED)
train.log_run(model, table, late, is_train, params)
