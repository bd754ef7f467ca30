import '../volatility.css';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { arbitrageOf, fitText, type SmileLine, strikesOf } from './smile-data.ts';

interface FitNotesProps {
  readonly lines: readonly SmileLine[];
  /** Said of a smile without that of the previous close. */
  readonly noPreviousClose: string;
}

/** What is to be known of each curve: how well it fits, its arbitrage, and when the previous close was. */
export function FitNotes({ lines, noPreviousClose }: FitNotesProps) {
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
            ; {previousClose ? `dashed: ${format.instant(previousClose.timestamp)}` : noPreviousClose}
          </li>
        );
      })}
    </ul>
  );
}
