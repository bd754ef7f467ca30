"""A consumer in Python: prints what changes of NIFTY. pip install "python-socketio[client]"

python3 consumer.py http://localhost:8000 [seconds]     (DELTASTREAM_KEY: an API key, where tokens are required)
"""
import os
import sys

import socketio

url, seconds = (sys.argv[1:] + ["60"])[:2]
key = os.environ.get("DELTASTREAM_KEY")
client = socketio.Client()


@client.on("price_update")
def price(update):
    print("price", update["product"], update["price"], update["source"], flush=True)


@client.on("chain_summary")
def summary(update):
    print("summary", update["product"], update["expiry"], "pcr", update["pcr_oi"], flush=True)


client.connect(url, transports=["websocket"], auth={"token": key} if key else None)
for kind in ("product", "summary"):
    print("subscribed", client.call("subscribe", {"type": kind, "symbol": "NIFTY"})["ok"], flush=True)
client.sleep(float(seconds))
client.disconnect()
