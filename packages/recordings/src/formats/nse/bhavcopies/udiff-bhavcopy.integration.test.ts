import { readFileSync } from 'node:fs';
import { column } from '@deltastream/contracts';
import { expect, test } from 'vitest';
import { openRecording } from '../../../recording-source.ts';
import { collect, recording, withFile } from '../../../testing/recordings.fixture.ts';

const HEADER =
  'TradDt,BizDt,Sgmt,Src,FinInstrmTp,FinInstrmId,ISIN,TckrSymb,SctySrs,XpryDt,FininstrmActlXpryDt,StrkPric,OptnTp,FinInstrmNm,OpnPric,HghPric,LwPric,ClsPric,LastPric,PrvsClsgPric,UndrlygPric,SttlmPric,OpnIntrst,ChngInOpnIntrst,TtlTradgVol,TtlTrfVal,TtlNbOfTxsExctd,SsnId,NewBrdLotQty,Rmks,Rsvd1,Rsvd2,Rsvd3,Rsvd4';

function row(over: Partial<Record<string, string>> = {}): string {
  const cells: Record<string, string> = {
    TradDt: '2026-08-20',
    Src: 'NSE',
    FinInstrmTp: 'STO',
    TckrSymb: 'M&M',
    XpryDt: '2026-08-25',
    FininstrmActlXpryDt: '2026-08-25',
    StrkPric: '3000.00',
    OptnTp: 'CE',
    ClsPric: '40.00',
    PrvsClsgPric: '44.50',
    UndrlygPric: '2990.00',
    SttlmPric: '41.25',
    OpnIntrst: '5000',
    ChngInOpnIntrst: '-400',
    TtlTradgVol: '6',
    NewBrdLotQty: '200',
    ...over,
  };
  return HEADER.split(',')
    .map((name) => cells[name] ?? '')
    .join(',');
}

const FUTURE = row({ FinInstrmTp: 'STF', StrkPric: '', OptnTp: '', SttlmPric: '3004.50' });

const read = (...rows: string[]) =>
  withFile('bhavcopy.csv', `${HEADER}\n${rows.join('\n')}\n`, async (path) =>
    collect(await openRecording(path)),
  );

test('open interest comes in units, volume in contracts, the lot from the row', async () => {
  const { chains, ticks, rejected } = await read(row(), row({ OptnTp: 'PE', TtlTradgVol: '0' }), FUTURE);
  expect(rejected).toEqual([]);
  expect(ticks).toEqual([expect.objectContaining({ product: 'M&M', price: 2990, currency: 'INR' })]);
  const [{ columns, ...header }] = chains;
  expect(header).toMatchObject({
    product: 'M&M',
    expiry: '2026-08-25',
    timestamp: Date.parse('2026-08-20T10:10:00Z'),
    expiry_at: Date.parse('2026-08-25T10:10:00Z'),
    future: 3004.5,
    spot: 2990,
    lot_size: 200,
    price_tick: null,
    quality: [],
  });
  const cell = (name: Parameters<typeof column>[1]) => column(columns, name)[0];
  expect(cell('call_open_interest')).toBe(25);
  expect(cell('call_open_interest_change')).toBe(-2);
  expect(cell('call_volume')).toBe(6);
  expect(cell('call_last')).toBe(40);
  expect(cell('call_mark')).toBe(41.25);
  expect(cell('call_previous_close')).toBe(44.5);
  expect(cell('put_last'), 'an untraded contract repeats an older close').toBeNaN();
  expect(cell('put_mark')).toBe(41.25);
  expect(cell('call_bid')).toBeNaN();
});

test('a holiday moves the expiry, and without a lot it is looked up', async () => {
  const moved = {
    TckrSymb: 'NIFTY',
    FinInstrmTp: 'IDO',
    FininstrmActlXpryDt: '2026-08-24',
    NewBrdLotQty: '',
  };
  const { chains } = await read(row({ ...moved, OpnIntrst: '650' }));
  expect(chains[0]).toMatchObject({ expiry: '2026-08-24', lot_size: 65, quality: [] });
  expect(column(chains[0].columns, 'call_open_interest')[0]).toBe(10);
});

test.each([
  ['bad_value', { FinInstrmTp: 'XXX' }],
  ['bad_value', { Src: 'MCX' }],
  ['bad_value', { OpnIntrst: '-1' }],
  ['bad_value', { StrkPric: '' }],
  ['bad_timestamp', { TradDt: '20-08-2026' }],
  ['bad_expiry', { FininstrmActlXpryDt: '2026-08-32' }],
  ['expired', { FininstrmActlXpryDt: '2026-08-19' }],
  ['unknown_option_type', { OptnTp: 'XX' }],
  ['duplicate', {}],
])('%s costs its row only: %o', async (rejection, over) => {
  const { chains, rejected } = await read(row(), row(over), row({ StrkPric: '3100' }));
  expect(rejected).toEqual([
    expect.objectContaining({ rejection, where: { file: 'bhavcopy.csv', line: 3 } }),
  ]);
  expect(chains.map(({ columns }) => columns.count)).toEqual([2]);
});

const real = recording('bhavcopy/BhavCopy_NSE_FO_0_0_0_20240708_F_0000_excerpt4.csv');

test.skipIf(real.absent)(
  'the excerpt: two options, and futures of other expiries that are not a forward of theirs',
  async () => {
    const options = readFileSync(real.path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(','))
      .filter(([, , , , kind]) => kind === 'IDO' || kind === 'STO');
    const { chains, rejected } = await collect(await openRecording(real.path));
    expect(rejected).toEqual([]);
    expect(chains.length).toBe(options.length);
    for (const cells of options) {
      const chain = chains.find(({ product }) => product === cells[7]);
      expect(chain).toMatchObject({
        expiry: cells[10],
        lot_size: Number(cells[28]),
        spot: Number(cells[20]),
        future: null,
      });
      const { columns } = chain as (typeof chains)[number];
      expect(column(columns, 'put_mark')[0]).toBe(Number(cells[21]));
      expect(column(columns, 'put_open_interest')[0] * Number(cells[28])).toBe(Number(cells[22]));
      expect(column(columns, 'put_volume')[0]).toBe(Number(cells[24]));
    }
  },
);

test('a malformed first row costs itself only', async () => {
  const { chains, rejected } = await read('broken', row());
  expect(rejected.map(({ rejection, where }) => [rejection, where.line])).toEqual([
    ['wrong_column_count', 2],
  ]);
  expect(chains.length).toBe(1);
});
