"""Reads Dhan's simulator with Dhan's own client, dhanhq, and prints what it understood as JSON.

Arguments: address of the simulator, client id, token, and as JSON the instruments [segment number, security id, request
code], the underlying [security id, segment], the expiry, and how many packets to read.
"""

import contextlib
import json
import os
import sys
import tempfile

from dhanhq import DhanContext, MarketFeed, dhanhq
from dhanhq._security import Security
from dhanhq.dhan_http import DhanHTTP


def main() -> None:
    url, client_id, token = sys.argv[1:4]
    instruments, underlying, expiry, count = json.loads(sys.argv[4])
    MarketFeed.market_feed_wss = url.replace("http", "ws", 1)
    DhanHTTP.API_BASE_URL = url + "/v2"
    Security.DETAILED_CSV_URL = url + "/api-data/api-scrip-master-detailed.csv"

    context = DhanContext(client_id, token)
    packets = []
    # The client tells about its connection on stdout.
    with contextlib.redirect_stdout(sys.stderr):
        feed = MarketFeed(context, [tuple(each) for each in instruments], "v2")
        feed.run_forever()
        while len(packets) < count:
            packet = feed.get_data()
            packets.append(packet)
            if packet is None:
                break
        feed.close_connection()
        client = dhanhq(context)
        chain = client.option_chain(underlying[0], underlying[1], expiry)
        with tempfile.TemporaryDirectory() as folder:
            table = client.fetch_security_list("detailed", os.path.join(folder, "list.csv"))
        options = table[table["INSTRUMENT"] == "OPTIDX"]
    print(
        json.dumps(
            {
                "packets": packets,
                "chain": chain,
                "options": json.loads(options.to_json(orient="records")),
            }
        )
    )


main()
