import type { ColumnName } from '@deltastream/contracts';
import { chainOf } from '../../analytics/stored-chain.fixture.ts';

/** A contract as a report has it: open interest in units of a lot of 65, volume in contracts. */
export interface ReportedOption {
  readonly product?: string;
  readonly expiry?: string;
  readonly strike: number;
  readonly type: 'CE' | 'PE';
  readonly units: number;
  readonly volume: number;
  readonly settlement: number;
}

const UDIFF =
  'TradDt,BizDt,Sgmt,Src,FinInstrmTp,FinInstrmId,ISIN,TckrSymb,SctySrs,XpryDt,FininstrmActlXpryDt,StrkPric,OptnTp,FinInstrmNm,OpnPric,HghPric,LwPric,ClsPric,LastPric,PrvsClsgPric,UndrlygPric,SttlmPric,OpnIntrst,ChngInOpnIntrst,TtlTradgVol,TtlTrfVal,TtlNbOfTxsExctd,SsnId,NewBrdLotQty,Rmks,Rsvd1,Rsvd2,Rsvd3,Rsvd4';
const LEGACY =
  'INSTRUMENT,SYMBOL,EXPIRY_DT,STRIKE_PR,OPTION_TYP,OPEN,HIGH,LOW,CLOSE,SETTLE_PR,CONTRACTS,VAL_INLAKH,OPEN_INT,CHG_IN_OI,TIMESTAMP';

/** A report in the format of since July 2024. */
export function udiffReport(date: string, options: readonly ReportedOption[]): string {
  const rows = options.map(({ product = 'NIFTY', expiry = '2026-08-25', ...option }) => {
    const { strike, type, units, volume, settlement } = option;
    const prices = `0,0,0,${settlement},${settlement},${settlement},24000,${settlement}`;
    return `${date},${date},FO,NSE,IDO,1,,${product},,${expiry},${expiry},${strike},${type},X,${prices},${units},0,${volume},0,0,F1,65,,,,,`;
  });
  return `${[UDIFF, ...rows].join('\n')}\n`;
}

/** A report in the older format; `date` and expiry as '19-AUG-2026'. */
export function legacyReport(date: string, options: readonly ReportedOption[]): string {
  const rows = options.map(({ product = 'NIFTY', expiry = '25-AUG-2026', ...option }) => {
    const { strike, type, units, volume, settlement } = option;
    return `OPTIDX,${product},${expiry},${strike},${type},0,0,0,${settlement},${settlement},${volume},0,${units},0,${date}`;
  });
  return `${[LEGACY, ...rows].join('\n')}\n`;
}

/** A stored chain of NIFTY's expiry of 25 August 2026. */
export const storedChain = (at: string, cells: Partial<Record<ColumnName, number[]>>) =>
  chainOf('NIFTY', '2026-08-25', Date.parse(at), cells);
