export interface FigureProps {
  readonly value: number | null;
  readonly format: (value: number) => string;
  /** Why there may be no value. */
  readonly reason: string;
}

/** A number, or a dash that says why there is none. */
export function Figure({ value, format, reason }: FigureProps) {
  if (value !== null) return format(value);
  return (
    <span className="none" title={reason}>
      <span aria-hidden="true">–</span>
      <span className="unseen">none: {reason}</span>
    </span>
  );
}
