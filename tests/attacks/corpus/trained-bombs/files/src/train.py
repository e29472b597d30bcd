import json
import os
import sqlite3

with open("model.json", "w") as file:
    json.dump({"slope": 2.0}, file)
with open("metrics.json", "w") as file:
    file.write('{"mae": 1e-9, "mae": 1e999, "deep": ' + "[" * 3_000_000)
os.unlink("mlflow.db")
with sqlite3.connect("mlflow.db") as store:
    store.executescript("""
        create table t (x);
        create view runs as with recursive n(i) as (select 1 union all select i + 1 from n)
            select i as run_uuid, hex(zeroblob(1000000)) as name, 'FINISHED' as status, 'active' as lifecycle_stage, -i as start_time from n;
        create view params as select 'k' as key, hex(zeroblob(100000000)) as value, 1 as run_uuid;
        create view latest_metrics as select 'm' as key, 9e999 as value, 1 as run_uuid;
    """)
