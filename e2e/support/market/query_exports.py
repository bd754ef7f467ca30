"""Runs the statements of standard input over exported files, in the folder of the first argument, and prints their rows.

Input and output are JSON: {"sql": [text, ...], "python": text, "arrow": [path, ...]} gives
{"sql": [[row, ...], ...], "python": [row, ...], "arrow": [{"rows": n, "types": {...}}, ...]}, each row an object by column.
"""

import json
import math
import os
import sys
from datetime import date, datetime, timezone

import duckdb
import pandas
import pyarrow


def shown(value):
    if isinstance(value, (pandas.Timestamp, datetime)):
        # Without a zone: of UTC, as everything that is exported.
        known = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return known.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def rows_of(columns, rows):
    return [dict(zip(columns, map(shown, row))) for row in rows]


os.chdir(sys.argv[1])
asked = json.load(sys.stdin)
connection = duckdb.connect()
results = []
for statement in asked["sql"]:
    found = connection.execute(statement)
    results.append(rows_of([column[0] for column in found.description], found.fetchall()))
names = {}
exec(asked["python"], names)
day = names["day"]
streams = []
for path in asked["arrow"]:
    table = pyarrow.ipc.open_stream(path).read_all()
    streams.append({"rows": table.num_rows, "types": {field.name: str(field.type) for field in table.schema}})
print(
    json.dumps(
        {
            "sql": results,
            "python": rows_of(list(day.columns), day.itertuples(index=False, name=None)),
            "types": {name: str(kind) for name, kind in day.dtypes.items()},
            "arrow": streams,
        }
    )
)
