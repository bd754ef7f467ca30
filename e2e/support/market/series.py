"""Figures of stored chains over time and by strike, computed apart from the platform.

Reads one JSON object: chains (ascending, each with `timestamp` in milliseconds, `atm`, strikes and both sides' columns,
null where not given), the opening of their session, the legs of a premium and the window of a change in milliseconds.
Writes one JSON object with what each route is expected to answer. Standard library only.
"""

import json
import math
import sys

given = json.load(sys.stdin)
chains = given["chains"]


def price(side, i, tick):
    bid, ask, last, mark = (side[name][i] for name in ("bid", "ask", "last", "mark"))
    if bid is not None and ask is not None and ask >= bid > 0:
        return (bid + ask) / 2
    if bid == 0 and ask is not None and tick is not None and 0 < ask <= tick * (1 + 1e-6):
        return ask / 2
    for value in (last, mark):
        if value is None or value < 0:
            continue
        if bid is not None and bid > 0:
            if (ask is not None and ask > 0) or value >= bid:
                return value
        elif not (ask is not None and ask > 0) or value <= ask:
            return value
    return None


def ratio(puts, calls):
    return None if calls in (None, 0) or puts is None else puts / calls


def total(values):
    values = [value for value in values if value is not None]
    return math.fsum(values) if values else None


def weighted(pairs):
    pairs = [(strike, oi) for strike, oi in pairs if oi is not None and oi > 0]
    weight = math.fsum(oi for _, oi in pairs)
    return math.fsum(strike * oi for strike, oi in pairs) / weight if weight > 0 else None


def ends(minutes):
    """The last chain of each interval, counted from the opening of the session."""
    last = {}
    for chain in chains:
        last[(chain["timestamp"] - given["opening"]) // (minutes * 60_000)] = chain
    return [last[interval] for interval in sorted(last)]


def profile(chain):
    strikes, calls, puts = chain["strikes"], chain["call"]["oi"], chain["put"]["oi"]
    at = strikes.index(chain["atm"])
    bands = []
    for width in (1, 5, 10):
        inside = range(max(0, at - width), min(len(strikes), at + width + 1))
        call, put = total(calls[i] for i in inside), total(puts[i] for i in inside)
        bands.append([call, put, ratio(put, call)])
    return {
        "weighted": [
            weighted(zip(strikes, calls)),
            weighted(zip(strikes, puts)),
            weighted(list(zip(strikes, calls)) + list(zip(strikes, puts))),
        ],
        "bands": bands,
        "strikes": [[k, c, p, ratio(p, c)] for k, c, p in zip(strikes, calls, puts)],
    }


def change(chain):
    before = max(
        (each for each in chains if each["timestamp"] <= chain["timestamp"] - given["window"]),
        key=lambda each: each["timestamp"],
    )
    place = {strike: i for i, strike in enumerate(before["strikes"])}
    rows = []
    for i, strike in enumerate(chain["strikes"]):
        for side in ("call", "put"):
            j = place.get(strike)
            now_oi, now = chain[side]["oi"][i], price(chain[side], i, chain["tick"])
            was_oi = None if j is None else before[side]["oi"][j]
            was = None if j is None else price(before[side], j, before["tick"])
            oi = None if now_oi is None or was_oi is None else now_oi - was_oi
            move = None if now is None or was is None else now - was
            kind = None
            if oi is not None and move is not None:
                kind = "neutral"
                if oi > 0 and move != 0:
                    kind = "long_buildup" if move > 0 else "short_buildup"
                if oi < 0 and move != 0:
                    kind = "short_covering" if move > 0 else "long_unwinding"
            rows.append((strike, side, oi, kind))
    calls = total(oi for _, side, oi, _ in rows if side == "call")
    puts = total(oi for _, side, oi, _ in rows if side == "put")
    sizes = {
        name: sorted((abs(oi) for _, _, oi, kind in rows if kind == name), reverse=True)[:5]
        for name in ("long_buildup", "short_buildup", "short_covering", "long_unwinding")
    }
    return {"totals": [calls, puts, ratio(puts, calls)], "movers": sizes, "baseline": before["timestamp"]}


def heatmap(minutes, width):
    columns = ends(minutes)
    newest = columns[-1]
    at = newest["strikes"].index(newest["atm"])
    strikes = newest["strikes"][max(0, at - width) : at + width + 1]
    cells = []
    for chain in columns:
        place = {strike: i for i, strike in enumerate(chain["strikes"])}
        row = [[None if k not in place else chain[side]["oi"][place[k]] for k in strikes] for side in ("call", "put")]
        cells.append([chain["timestamp"], *row])
    return {"strikes": strikes, "columns": cells}


def legs_of(chain, legs):
    sums = []
    for name in ("premium", "delta", "gamma", "theta", "vega", "rho"):
        parts = []
        for strike, side, quantity in legs:
            i = chain["strikes"].index(strike) if strike in chain["strikes"] else None
            value = None
            if i is not None:
                columns = chain[side]
                value = price(columns, i, chain["tick"]) if name == "premium" else columns[name][i]
            parts.append(None if value is None else quantity * value)
        sums.append(None if None in parts else math.fsum(parts))
    return sums


def straddles(minutes):
    rows, held = [], None
    for chain in ends(minutes):
        legs = [(chain["atm"], "call", 1), (chain["atm"], "put", 1)]
        rolled = held is not None and held[0][0] != chain["atm"]
        before = legs_of(chain, held)[0] if rolled else None
        rows.append([chain["timestamp"], chain["atm"], rolled, before, *legs_of(chain, legs)])
        held = legs
    return rows


newest = chains[-1]
json.dump(
    {
        "profile": profile(newest),
        "change": change(newest),
        "heatmap": heatmap(5, 10),
        "premium": [[chain["timestamp"], *legs_of(chain, given["legs"])] for chain in ends(5)],
        "rolling": straddles(15),
        "history": [[chain["timestamp"], chain["pcr_oi"]] for chain in ends(15)],
    },
    sys.stdout,
)
