"""Subscribes with python-socketio and prints, as JSON lines, every answer and event it gets."""

import json
import sys
import threading
import time

import socketio

url, transport, requests, seconds = sys.argv[1:]
printing = threading.Lock()
client = socketio.Client(reconnection=False)


def say(kind, payload):
    # Handlers run in threads of their own.
    with printing:
        print(json.dumps({"kind": kind, "payload": payload}), flush=True)


for event in ["connected", "price_update", "chain_update", "market_status", "market_summary", "error"]:
    client.on(event, lambda payload, event=event: say(event, payload))

client.connect(url, transports=[transport])
for request in json.loads(requests):
    say("answer", client.call("subscribe", request, timeout=60))
say("products", client.call("get_products", timeout=60))
time.sleep(float(seconds))
client.disconnect()
