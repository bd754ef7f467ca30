"""A feed in Python: sends a price and a chain of NIFTY every second. Standard library only.

python3 feed.py http://localhost:8000 [seconds]     (DELTASTREAM_KEY: an API key, where tokens are required)
"""
import json
import math
import os
import sys
import time
import urllib.request
from datetime import date, timedelta

url, seconds = (sys.argv[1:] + ["60"])[:2]
key = os.environ.get("DELTASTREAM_KEY")
expiry = (date.today() + timedelta(days=14)).isoformat()


def send(kind, lines):
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {key}"} if key else {})}
    request = urllib.request.Request(f"{url}/api/ingest/{kind}?source=python", json.dumps(lines).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


for second in range(int(seconds)):
    now, spot = int(time.time() * 1000), 24200 + 20 * math.sin(second / 10)
    rows = []
    for strike in range(23800, 24601, 100):
        call = max(spot - strike, 0) + 120 - abs(spot - strike) / 8
        rows.append({"strike": strike, "call": {"bid": call, "ask": call + 1, "open_interest": 1000},
                     "put": {"bid": call - spot + strike, "ask": call - spot + strike + 1, "open_interest": 900}})
    chain = {"product": "NIFTY", "expiry": expiry, "timestamp": now, "spot_price": spot, "rows": rows}
    print(send("ticks", [{"product": "NIFTY", "timestamp": now, "price": spot}]), send("chains", [chain]), flush=True)
    time.sleep(1)
