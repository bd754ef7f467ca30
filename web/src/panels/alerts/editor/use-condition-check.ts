import type { ResponseOf, Routes } from '@deltastream/client';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useServer } from '../../../platform/platform.tsx';
import type { Rule } from '../alert-types.ts';

export type ConditionCheck = ResponseOf<Routes['checkAlertCondition']>;

/** A pause of who types: short enough to be seen as at once, and no request for each letter. */
const PAUSE_MS = 250;

/** What the server says of a condition while it is typed; null for what is not checked yet, and for nothing. */
export function useConditionCheck(
  condition: string,
  subject: Rule['subject'],
): { readonly check: ConditionCheck | null; readonly error: Error | null } {
  const { client } = useServer();
  const settled = useSettled(condition);
  const { data, error } = useQuery({
    queryKey: ['checkAlertCondition', settled, subject],
    queryFn: ({ signal }) => client.checkAlertCondition({ condition: settled, subject }, { signal }),
    enabled: settled.trim() !== '',
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0, // Each state of a text while it is typed is another one.
  });
  return { check: settled === condition ? (data ?? null) : null, error };
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
