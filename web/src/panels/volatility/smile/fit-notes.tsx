import '../volatility.css';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { arbitrageOf, fitText, type SmileLine, strikesOf } from './smile-data.ts';

interface FitNotesProps {
  readonly lines: readonly SmileLine[];
  readonly previousClose: string | null;
}

/** What is to be known of each curve: how well it fits, its arbitrage, and of when the ghost is. */
export function FitNotes({ lines, previousClose }: FitNotesProps) {
  const format = useFormat();
  return (
    <ul className="fits" aria-label="Fit of the curves">
      {lines.map(({ smile, ghost }) => {
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
            ; {ghost ? `dashed: ${format.instant(ghost.timestamp)}` : noGhost(previousClose)}
          </li>
        );
      })}
    </ul>
  );
}

const noGhost = (previousClose: string | null): string =>
  previousClose === null ? 'no earlier session is stored' : 'not listed at the previous close';
