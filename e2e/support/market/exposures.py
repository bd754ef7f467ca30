"""Exposures and skew of chains by brute force. Reads one chain a line as JSON, writes its figures a line."""

import json
import sys

import numpy as np


def numbers(cells):
    return np.array([np.nan if cell is None else cell for cell in cells], dtype=float)


def density(x):
    return np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)


def deviates(forward, strikes, iv, years):
    total = iv * np.sqrt(years)
    d1 = np.log(forward / strikes) / total + total / 2
    return d1, d1 - total


def gamma_at(forward, chain, strikes, iv):
    d1, _ = deviates(forward, strikes, iv, chain["years"])
    return chain["discount"] * density(d1) / (forward * iv * np.sqrt(chain["years"]))


def iv_at_delta(deltas, ivs, target):
    known = np.isfinite(deltas) & np.isfinite(ivs) & (ivs > 0)
    order = np.argsort(deltas[known], kind="stable")
    deltas, ivs = deltas[known][order], ivs[known][order]
    if len(deltas) == 0 or target < deltas[0] or target > deltas[-1]:
        return None
    return float(np.interp(target, deltas, ivs))


def figures(chain):
    strikes = numbers(chain["strikes"])
    forward, level, years = chain["forward"], chain["level"], chain["years"]
    out = {}
    net_gamma = np.zeros(len(strikes))
    totals = {name: [0.0, 0.0] for name in ("gex", "dex", "vex", "vanna_exposure", "charm_exposure")}
    grid = np.exp(np.linspace(-np.log1p(0.15), np.log1p(0.15), 61))
    profile = np.zeros(len(grid))
    for side, sign in (("call", 1), ("put", -1)):
        oi, iv, delta, gamma, vega = (numbers(chain[side][name]) for name in ("oi", "iv", "delta", "gamma", "vega"))
        d1, d2 = deviates(forward, strikes, iv, years)
        shade = chain["discount"] * density(d1)
        vanna = -shade * d2 / iv
        charm = (chain["rate"] * delta + shade * d2 / (2 * years)) / 365
        size = sign * oi * chain["lot"]
        cells = {
            "gex": size * gamma * level**2 * 0.01,
            "dex": size * delta * level,
            "vex": size * vega * 0.01,
            "vanna_exposure": size * vanna * level * 0.01,
            "charm_exposure": size * charm * level,
        }
        for name, cell in cells.items():
            cell = np.where(np.isfinite(cell), cell, 0)
            totals[name][0] += cell.sum()
            totals[name][1] += np.abs(cell).sum()
            if name == "gex":
                net_gamma += cell
        for j, shift in enumerate(grid):
            moved = forward * shift
            each = size * gamma_at(moved, chain, strikes, iv) * moved**2 * 0.01
            profile[j] += np.nansum(each)
    for name, (net, gross) in totals.items():
        out[name + "_net"], out[name + "_gross"] = net, gross
    out["call_wall_strike"] = float(strikes[np.argmax(net_gamma)]) if net_gamma.max() > 0 else None
    out["put_wall_strike"] = float(strikes[np.argmin(net_gamma)]) if net_gamma.min() < 0 else None
    crossings = []
    levels = level * grid
    for j in range(len(grid) - 1):
        a, b = profile[j], profile[j + 1]
        if a * b < 0:
            crossings.append(levels[j] + (levels[j + 1] - levels[j]) * a / (a - b))
    out["gamma_flip"] = min(crossings, key=lambda at: abs(at - level)) if crossings else None

    call, put = chain["call"], chain["put"]
    atm = chain["atm_iv"]
    for delta in (25, 10):
        c = iv_at_delta(numbers(call["delta"]), numbers(call["iv"]), delta / 100)
        p = iv_at_delta(numbers(put["delta"]), numbers(put["iv"]), -delta / 100)
        known = atm is not None and c is not None and p is not None
        out[f"rr{delta}"] = c - p if known else None
        out[f"bf{delta}"] = (c + p) / 2 - atm if known else None
    otm = np.where(strikes < forward, numbers(put["iv"]), numbers(call["iv"]))
    known = np.isfinite(otm)
    below, above = strikes[known & (strikes < forward)], strikes[known & (strikes > forward)]
    out["skew_slope"] = None
    if len(below) and len(above):
        low, high = below.max(), above.min()
        slope = otm[strikes == high][0] - otm[strikes == low][0]
        out["skew_slope"] = float(slope / np.log(high / low))
    return out


with np.errstate(all="ignore"):
    for line in sys.stdin:
        print(json.dumps(figures(json.loads(line))))
