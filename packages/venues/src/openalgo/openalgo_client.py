"""Reads OpenAlgo's simulator with OpenAlgo's own client and prints what it understood as JSON.

Arguments: address of the simulator, API key, and as JSON the instruments of each mode, then underlying, segment and expiry
of a chain.
"""

import json
import sys
import time

from openalgo import api

PATIENCE_SECONDS = 30


def main() -> None:
    url, key = sys.argv[1:3]
    ltp, quote, depth, (underlying, segment, derivatives, code) = json.loads(sys.argv[3])
    client = api(api_key=key, host=url, ws_url=url.replace("http", "ws", 1) + "/ws")
    ticks = {}

    def received(message) -> None:
        ticks[f"{message['exchange']}:{message['symbol']} {message['mode']}"] = message["data"]

    if not client.connect():
        print(json.dumps({"connected": False}))
        return
    client.subscribe_ltp(ltp, on_data_received=received)
    client.subscribe_quote(quote, on_data_received=received)
    client.subscribe_depth(depth, on_data_received=received)
    until = time.monotonic() + PATIENCE_SECONDS
    while len(ticks) < len(ltp) + len(quote) + len(depth) and time.monotonic() < until:
        time.sleep(0.05)
    book = client.get_depth()
    for unsubscribe, instruments in (
        (client.unsubscribe_ltp, ltp),
        (client.unsubscribe_quote, quote),
        (client.unsubscribe_depth, depth),
    ):
        unsubscribe(instruments)
    client.disconnect()
    listed = client.instruments(exchange=derivatives)
    print(
        json.dumps(
            {
                "connected": True,
                "ticks": ticks,
                "book": book,
                "expiry": client.expiry(symbol=underlying, exchange=derivatives, instrumenttype="options"),
                "chain": client.optionchain(
                    underlying=underlying, exchange=segment, expiry_date=code, strike_count=1
                ),
                "listed": json.loads(listed.to_json(orient="records")),
            }
        )
    )


main()
