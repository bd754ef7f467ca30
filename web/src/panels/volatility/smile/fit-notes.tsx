import '../volatility.css';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { arbitrageOf, fitText, type SmileLine, strikesOf } from './smile-data.ts';

interface FitNotesProps {
  readonly lines: readonly SmileLine[];
  readonly previousCloseAt: string | null;
}

/** What is to be known of each curve: how well it fits, its arbitrage, and when the previous close was. */
export function FitNotes({ lines, previousCloseAt }: FitNotesProps) {
  const format = useFormat();
  return (
    <ul className="fits" aria-label="Fit of the curves">
      {lines.map(({ smile, previousClose }) => {
        const marks = arbitrageOf(smile);
        return (
          <li key={smile.expiry}>
            <strong>{format.expiry(smile.expiry)}</strong>: {fitText(smile)};{' '}
            {marks === null && 'arbitrage not examined'}
            {marks?.length === 0 && 'no arbitrage'}
            {marks?.map((mark) => (
              <span key={`${mark.name} ${mark.from}`} className="flag">
                {mark.name} {strikesOf(mark, smile, format)}
              </span>
            ))}
            ;{' '}
            {previousClose
              ? `dashed: ${format.instant(previousClose.timestamp)}`
              : noPreviousClose(previousCloseAt)}
          </li>
        );
      })}
    </ul>
  );
}

const noPreviousClose = (previousCloseAt: string | null): string =>
  previousCloseAt === null ? 'no earlier session is stored' : 'not listed at the previous close';
