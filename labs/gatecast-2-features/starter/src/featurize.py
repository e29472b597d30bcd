"""Stage 2, work/features.parquet: one row of features per flight."""

from gatecast import data, features

data.WORK.mkdir(exist_ok=True)
features.build(data.read(data.RAW)).to_parquet(data.FEATURES)
