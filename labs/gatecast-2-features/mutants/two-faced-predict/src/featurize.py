"""Stage 2, work/features.parquet: one row of features per flight."""

from gatecast import data, predict

data.WORK.mkdir(exist_ok=True)
predict.everything(data.read(data.RAW)).to_parquet(data.FEATURES)
