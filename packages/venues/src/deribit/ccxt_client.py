"""Reads a simulated Deribit with ccxt's clients for HTTP and WebSocket; prints what they understood as JSON."""

import asyncio
import json
import sys

import ccxt
import ccxt.pro


def over_http(url, instrument):
    client = ccxt.deribit({'enableRateLimit': True, 'rateLimit': 1100})
    client.urls['api'] = {'rest': url}
    client.load_markets()
    market = client.markets_by_id[instrument][0]
    symbol = market['symbol']
    return {
        'market': {name: market[name] for name in ('symbol', 'base', 'settle', 'strike', 'optionType', 'expiry', 'contractSize', 'inverse', 'linear', 'option', 'active')},
        'markets': len(client.markets),
        'ticker': client.fetch_ticker(symbol),
        'tickers': client.fetch_tickers([symbol])[symbol],
        'book': client.fetch_order_book(symbol),
        'greeks': client.fetch_greeks(symbol),
    }


async def over_websocket(url, symbol):
    client = ccxt.pro.deribit({'enableRateLimit': True, 'rateLimit': 1100})
    client.urls['api'] = {'rest': url, 'ws': url.replace('http', 'ws') + '/ws/api/v2'}
    try:
        return [await client.watch_ticker(symbol), await client.watch_ticker(symbol)]
    finally:
        await client.close()


url, instrument = sys.argv[1:]
http = over_http(url, instrument)
tickers = asyncio.run(over_websocket(url, http['market']['symbol']))
print(json.dumps({'http': http, 'tickers': tickers}))
