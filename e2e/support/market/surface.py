"""Curves of fitted surfaces by Black's formula and its derivatives. Reads one expiry a line as JSON, writes a line each."""

import json
import math
import sys

import numpy as np

NORMAL = np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2)))


def phi(x):
    return np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)


def svi(p, k):
    y = k - p["m"]
    root = np.sqrt(y * y + p["sigma"] ** 2)
    w = p["a"] + p["b"] * (p["rho"] * y + root)
    return w, p["b"] * (p["rho"] + y / root), p["b"] * p["sigma"] ** 2 / root**3


def curve(expiry):
    """Density by the chain rule on the call price C(K, sigma(K)), not by the function g of SVI."""
    forward, years = expiry["forward"], expiry["years"]
    strike = np.array(expiry["strikes"])
    w, slope, bend = svi(expiry["svi"], np.log(strike / forward))
    iv = np.sqrt(w / years)
    total = iv * np.sqrt(years)
    d1 = np.log(forward / strike) / total + total / 2
    d2 = d1 - total
    first = slope / (2 * iv * years * strike)
    second = (bend / (2 * iv * years) - slope**2 / (4 * iv**3 * years**2)) / strike**2 - first / strike
    vega = strike * phi(d2) * np.sqrt(years)
    density = (
        phi(d2) / (strike * total)
        + 2 * phi(d2) * d1 / iv * first
        + vega * d1 * d2 / iv * first**2
        + vega * second
    )
    below = NORMAL(-d2) + vega * first
    touch = np.minimum(1, 2 * np.where(strike < forward, below, 1 - below))
    return {"iv": iv, "total_variance": w, "density": density, "probability_below": below, "probability_touch": touch}


def inside(expiry):
    quotes = expiry["quotes"]
    if not quotes["strikes"]:
        return 0
    forward, years = expiry["forward"], expiry["years"]
    strike, side = np.array(quotes["strikes"]), np.array(quotes["sides"])
    total = np.sqrt(svi(expiry["svi"], np.log(strike / forward))[0])
    d1 = np.log(forward / strike) / total + total / 2
    price = expiry["discount"] * side * (forward * NORMAL(side * d1) - strike * NORMAL(side * (d1 - total)))
    return int(np.sum((price >= np.array(quotes["bids"])) & (price <= np.array(quotes["asks"]))))


for line in sys.stdin:
    given = json.loads(line)
    found = {name: cells.tolist() for name, cells in curve(given).items()}
    print(json.dumps({**found, "inside": inside(given)}))
