import { useState } from 'react';

interface DayFieldProps {
  /** `2026-11-27`; empty until it is known. */
  readonly date: string;
  readonly onDay: (date: string) => void;
}

/** Goes to a day once it is typed completely, by Enter or by leaving the field: a year half typed is another year. */
export function DayField({ date, onDay }: DayFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const commit = () => {
    if (typed && typed !== date) onDay(typed);
    setTyped(null);
  };
  return (
    <input
      type="date"
      aria-label="Day"
      value={typed ?? date}
      onChange={({ target }) => setTyped(target.value)}
      onBlur={commit}
      onKeyDown={({ key }) => key === 'Enter' && commit()}
    />
  );
}
