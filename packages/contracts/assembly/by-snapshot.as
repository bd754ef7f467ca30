// The cells of groups of strikes of one segment, laid out by snapshot, then column, then strike.
import { cellsOf, count, counts, filled, output, starts, strikes, times, wanted } from './group';

/** The strikes of all groups are to be counted anew. */
export function clearCounts(): void {
  memory.fill(counts, 0, <usize>times << 2);
  memory.fill(filled, 0, <usize>times << 2);
}

/** Strikes of the group that a snapshot has. */
function listedAt(time: i32): i32 {
  const ladder = cellsOf(0);
  let listed = 0;
  for (let i = time; i < count; i += times) {
    const strike = load<f64>(ladder + (<usize>i << 3));
    listed += i32(strike === strike);
  }
  return listed;
}

/** Counts the strikes that each snapshot has of the group; of one where it alone is wanted. */
export function countStrikes(only: i32): void {
  const until = only < 0 ? times : only + 1;
  for (let time = max(only, 0); time < until; time++) {
    const total = counts + (<usize>time << 2);
    store<i32>(total, load<i32>(total) + listedAt(time));
  }
}

/** Every group is counted; returns how many cells they have. */
export function closeCounts(): i32 {
  let total = 0;
  for (let time: usize = 0; time < <usize>times << 2; time += 4) {
    store<i32>(starts + time, total);
    total += load<i32>(counts + time);
  }
  return total * wanted;
}

/** Where a column of the group goes in a snapshot. */
@inline
function placeOf(column: i32, time: i32): usize {
  const place = <usize>time << 2;
  const begin = wanted * load<i32>(starts + place) + column * load<i32>(counts + place) + load<i32>(filled + place);
  return output + (<usize>begin << 3);
}

/** Lays out a column of which every snapshot has all strikes: of two snapshots two strikes at a time. */
function layFull(column: i32, step: usize): void {
  const own = cellsOf(column);
  const end = <usize>(strikes & ~1) << 3;
  for (let time = 0; time < times; time += 2) {
    const one = placeOf(column, time);
    const isLast = time + 1 === times;
    const other = isLast ? one : placeOf(column, time + 1);
    let from = own + (<usize>time << 3);
    for (let row: usize = 0; row < end; row += 16, from += step << 1) {
      // Behind the last snapshot lies the first of the next strike, or room.
      const upper = v128.load(from);
      const lower = v128.load(from + step);
      if (!isLast) v128.store(other + row, v128.shuffle<i64>(upper, lower, 1, 3));
      v128.store(one + row, v128.shuffle<i64>(upper, lower, 0, 2));
    }
    if ((strikes & 1) === 0) continue;
    store<u64>(one + end, load<u64>(from));
    if (!isLast) store<u64>(other + end, load<u64>(from + 8));
  }
}

/** Lays the group out behind those before, without strikes that a snapshot has not. */
export function layBySnapshot(only: i32): void {
  const ladder = cellsOf(0);
  const step = <usize>times << 3;
  const first = max(only, 0);
  const until = only < 0 ? times : only + 1;
  let isFull = true;
  for (let time = first; time < until && isFull; time++) isFull = listedAt(time) === strikes;
  for (let column = 0; column < wanted; column++) {
    if (isFull && only < 0) {
      layFull(column, step);
      continue;
    }
    for (let time = first; time < until; time++) {
      let to = placeOf(column, time);
      let from = cellsOf(column) + (<usize>time << 3);
      let own = ladder + (<usize>time << 3);
      for (const last = own + <usize>strikes * step; own < last; own += step, from += step) {
        const strike = load<f64>(own);
        if (strike !== strike) continue;
        store<u64>(to, load<u64>(from));
        to += 8;
      }
    }
  }
  for (let time = first; time < until; time++) {
    const place = filled + (<usize>time << 2);
    store<i32>(place, load<i32>(place) + listedAt(time));
  }
}
