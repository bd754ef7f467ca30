"""Figures of a product by numpy, statsmodels and arch. Reads one product as JSON, writes its figures.

Input: {timestamp, closed: [dates without trade] or null where every day has a session, zone_minutes, year,
expiries: [{expiry, expiry_at, points: [[ms, {figure: value}]], chain: {rate, strikes, call, put}}],
bars: [[start ms, open, high, low, close]], garch: whether to fit it}.
"""

import json
import sys
from datetime import datetime, timedelta, timezone

import numpy as np
import statsmodels.api as sm

YEAR_MS = 365 * 86_400_000
# An expiry is no longer followed when its newest chain is further behind: the default of maxExpiryLagMs.
MAX_LAG_MS = 3_600_000
HORIZONS = (1, 5, 22)
data = json.load(sys.stdin)
zone = timezone(timedelta(minutes=data["zone_minutes"]))
closed = None if data["closed"] is None else set(data["closed"])
out = {}


def session_of(ms):
    day = datetime.fromtimestamp(ms / 1000, zone).date()
    while closed is not None and (day.weekday() > 4 or day.isoformat() in closed):
        day -= timedelta(days=1)
    return day.isoformat()


def days(count):
    return count / 365


def implied(points):
    """points: [(years, iv or None)] by ascending expiry."""
    usable = [(t, v) for t, v in points if v is not None and t > 0]
    found = {"iv_nearest": next((v for t, v in points if t > days(1)), None)}
    for d in (7, 14, 30, 60, 90, 180):
        t = days(d)
        times = np.array([each for each, _ in usable])
        inside = len(times) > 0 and times[0] <= t <= times[-1]
        total = [v * v * each for each, v in usable]
        found[f"iv_{d}d"] = float(np.sqrt(np.interp(t, times, total) / t)) if inside else None
    return found


def seen_by(before_ms):
    """The last point of each unexpired expiry that is still followed before an instant, and when the newest came."""
    last = []
    for each in data["expiries"]:
        past = [point for point in each["points"] if point[0] < before_ms]
        if past:
            last.append((each, *past[-1]))
    newest = max(ms for _, ms, _ in last)
    unexpired = [item for item in last if item[0]["expiry_at"] >= newest]
    return newest, [item for item in unexpired if newest - item[1] <= MAX_LAG_MS]


def volatilities(seen):
    return implied([(max(0, each["expiry_at"] - ms) / YEAR_MS, f["atm_iv"]) for each, ms, f in seen])


now_ms = data["timestamp"]
today = session_of(now_ms)
_, seen = seen_by(now_ms + 1)
iv = volatilities(seen)
out.update(iv)
out["term_slope"] = None if None in (iv["iv_60d"], iv["iv_30d"]) else iv["iv_60d"] - iv["iv_30d"]

# Closes: as of the last instant of each session in which a chain came.
times = sorted({point[0] for each in data["expiries"] for point in each["points"]})
sessions = sorted({session_of(ms) for ms in times} - {today})[-252:]
closes = {}
for session in sessions:
    end = max(ms for ms in times if session_of(ms) == session)
    closes[session] = volatilities(seen_by(end + 1)[1])
for name, figure in (("", "iv_30d"), ("nearest_", "iv_nearest")):
    history = np.array([v[figure] for v in closes.values() if v[figure] is not None])
    out[f"{name}observations"] = len(history)
    known = iv[figure] is not None and len(history) >= 20
    low, high = (history.min(), history.max()) if known else (None, None)
    out[f"{name}rank"] = float(100 * (iv[figure] - low) / (high - low)) if known else None
    out[f"{name}percentile"] = float(100 * np.mean(history < iv[figure])) if known else None


def strip(chain, years):
    """Variance strip of the VIX paper (2009)."""
    strikes, rate = np.array(chain["strikes"], dtype=float), chain["rate"]
    sides = {}
    for side in ("call", "put"):
        bid, ask = (np.array([np.nan if x is None else x for x in chain[side][k]], dtype=float) for k in ("bid", "ask"))
        bid = np.where(ask >= bid, bid, 0.0)
        sides[side] = (bid, (bid + ask) / 2)
    (cb, cm), (pb, pm) = sides["call"], sides["put"]
    both = (cb > 0) & (pb > 0) & np.isfinite(cm + pm)
    if not both.any():
        return None
    gap = np.where(both, np.abs(cm - pm), np.inf)
    at = int(np.argmin(gap))
    grow = np.exp(rate * years)
    forward = strikes[at] + grow * (cm[at] - pm[at])
    below = np.nonzero(strikes <= forward)[0]
    if len(below) == 0:
        return None
    k0 = int(below[-1])

    def outward(bid, rows):
        taken, zeros = [], 0
        for row in rows:
            if bid[row] > 0:
                taken.append(row)
                zeros = 0
            else:
                zeros += 1
                if zeros == 2:
                    break
        return taken

    rows = outward(pb, range(k0 - 1, -1, -1))[::-1] + [k0] + outward(cb, range(k0 + 1, len(strikes)))
    if len(rows) < 3:
        return None
    price = np.array([pm[r] if r < k0 else cm[r] if r > k0 else (pm[r] + cm[r]) / 2 for r in rows])
    k = strikes[rows]
    width = np.gradient(np.arange(len(k)), edge_order=1) * 0
    width[1:-1] = (k[2:] - k[:-2]) / 2
    width[0], width[-1] = k[1] - k[0], k[-1] - k[-2]
    variance = (2 * np.sum(width / k**2 * grow * price) - (forward / strikes[k0] - 1) ** 2) / years
    return float(variance) if np.isfinite(variance) and variance > 0 else None


terms = []
for each, ms, _ in seen:
    years = (each["expiry_at"] - ms) / YEAR_MS
    if years > 0:
        terms.append((years, each))
for d in (30, 9):
    t = days(d)
    near = next((x for x in ((y, strip(e["chain"], y)) for y, e in reversed([p for p in terms if p[0] <= t])) if x[1]), None)
    far = next((x for x in ((y, strip(e["chain"], y)) for y, e in [p for p in terms if p[0] > t]) if x[1]), None)
    index = None
    if near and far:
        total = np.interp(t, [near[0], far[0]], [near[0] * near[1], far[0] * far[1]])
        index = float(100 * np.sqrt(total / t))
    out[f"volatility_index_{d}d"] = index

# Prices by session.
grouped = {}
for bar in data["bars"]:
    grouped.setdefault(session_of(bar[0]), []).append(bar)
names = sorted(set(grouped) - {today})[-253:]
prices = []
for name in names:
    part = np.array(grouped[name], dtype=float)
    path = np.concatenate([[part[0, 1]], part[:, 4]])
    prices.append((part[0, 1], part[:, 2].max(), part[:, 3].min(), part[-1, 4], np.sum(np.diff(np.log(path)) ** 2)))
O, H, L, C, within = np.array(prices, dtype=float).T if prices else np.zeros((5, 0))
returns = np.diff(np.log(C))
gap = np.log(O[1:] / C[:-1])
variances = gap**2 + within[1:]
ln = np.log
for n in (5, 10, 20, 60):
    enough = len(C) >= n
    previous = len(C) >= n + 1

    def year(variance):
        return float(np.sqrt(variance * data["year"]))

    o, h, l, c = O[-n:], H[-n:], L[-n:], C[-n:]
    rs = np.mean(ln(h / c) * ln(h / o) + ln(l / c) * ln(l / o)) if enough else None
    k = 0.34 / (1.34 + (n + 1) / (n - 1))
    out[f"rv_close_to_close_{n}"] = year(np.var(returns[-n:], ddof=1)) if previous else None
    out[f"rv_parkinson_{n}"] = year(np.mean(ln(h / l) ** 2) / (4 * np.log(2))) if enough else None
    out[f"rv_garman_klass_{n}"] = year(np.mean(0.5 * ln(h / l) ** 2 - (2 * np.log(2) - 1) * ln(c / o) ** 2)) if enough else None
    out[f"rv_rogers_satchell_{n}"] = year(rs) if enough else None
    out[f"rv_yang_zhang_{n}"] = (
        year(np.var(gap[-n:], ddof=1) + k * np.var(ln(c / o), ddof=1) + (1 - k) * rs) if previous else None
    )
    out[f"rv_intraday_{n}"] = year(np.mean(variances[-n:])) if previous else None
rv20 = out["rv_close_to_close_20"]
known = iv["iv_30d"] is not None and rv20 is not None
out["variance_risk_premium"] = iv["iv_30d"] ** 2 - rv20**2 if known else None
out["volatility_risk_premium"] = iv["iv_30d"] - rv20 if known else None

# Exposures over expiries.
counted = [(each, f) for each, _, f in seen if f["gex_gross"] is not None]
for kind in ("gex", "dex", "vex", "vanna_exposure", "charm_exposure"):
    for total in ("net", "gross"):
        values = [f[f"{kind}_{total}"] for _, f in counted]
        out[f"total_{kind}_{total}"] = float(np.sum(values)) if values else None
date_of = lambda ms: datetime.fromtimestamp(ms / 1000, zone).date().isoformat()
gross = out["total_gex_gross"]
zero = sum(f["gex_gross"] for each, f in counted if date_of(each["expiry_at"]) == today)
out["zero_dte_share"] = zero / gross if gross else None

# Forecasts.
moved = variances > 0
V, R = variances[moved][-252:], returns[moved][-252:]
count = len(V)
first = {h: 22 + h + 18 for h in HORIZONS}


def har(v, h):
    rows = range(21, len(v) - h)
    x = lambda t: [1, ln(v[t]), ln(v[t - 4 : t + 1].mean()), ln(v[t - 21 : t + 1].mean())]
    fit = sm.OLS([ln(v[t + 1 : t + 1 + h].mean()) for t in rows], [x(t) for t in rows]).fit()
    return float(np.exp(fit.params @ x(len(v) - 1) + fit.mse_resid / 2))


def garch(r):
    from arch import arch_model

    model = arch_model(r * 100, mean="Zero", vol="GARCH", p=1, q=1, rescale=False)
    options = {"ftol": 1e-13, "maxiter": 2000}
    square = float(np.mean((r * 100) ** 2))
    # A likelihood can have two maxima, and its own start leads arch to either.
    starts = [None, np.array([0.02 * square, 0.05, 0.93]), np.array([1e-6 * square, 1e-4, 0.99])]
    fits = [model.fit(disp="off", show_warning=False, options=options, starting_values=each) for each in starts]
    fit = max(fits, key=lambda each: each.loglikelihood)
    return fit.forecast(horizon=22).variance.values[0] / 1e4


ewma = np.zeros(count)
level = R[0] ** 2 if count else 0
for i, r in enumerate(R):
    level = 0.94 * level + 0.06 * r * r
    ewma[i] = level
models = ("har", "ewma", "garch") if data["garch"] else ("har", "ewma")
scores = {(m, h): [] for m in models for h in HORIZONS}
latest = {}
if count >= 60:
    for t in range(min(first.values()), count):
        path = garch(R[: t + 1]) if "garch" in models else None
        for h in HORIZONS:
            if t < first[h] or (t + h >= count and t < count - 1):
                continue
            forecasts = {"har": har(V[: t + 1], h), "ewma": ewma[t]}
            if path is not None:
                forecasts["garch"] = float(np.mean(path[:h]))
            for m in models:
                if t + h >= count:
                    latest[m, h] = forecasts[m]
                else:
                    actual = V[t + 1 : t + 1 + h].mean()
                    scores[m, h].append((forecasts[m], actual, V[t + 1 - h : t + 1].mean()))
for (m, h), judged in scores.items():
    name = f"forecast_{m}_{h}"
    if not judged or (m, h) not in latest:
        out[name] = out[f"{name}_qlike"] = out[f"{name}_r2"] = None
        continue
    f, a, last = np.array(judged).T
    out[name] = float(np.sqrt(latest[m, h] * data["year"]))
    out[f"{name}_qlike"] = float(np.mean(a / f - ln(a / f) - 1))
    errors = np.sum((np.sqrt(a) - np.sqrt(f)) ** 2) / np.sum((np.sqrt(a) - np.sqrt(last)) ** 2)
    out[f"{name}_r2"] = float(1 - errors)

json.dump(out, sys.stdout)
