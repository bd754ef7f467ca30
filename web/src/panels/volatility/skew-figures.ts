/** The figures of a skew that are drawn, with their colour on every chart. */
export const SKEW_FIGURES = {
  rr25: { title: '25-delta risk reversal', colour: 'series-1' },
  bf25: { title: '25-delta butterfly', colour: 'series-2' },
  rr10: { title: '10-delta risk reversal', colour: 'series-3' },
} as const;

export const SKEW_NAMES = Object.keys(SKEW_FIGURES) as (keyof typeof SKEW_FIGURES)[];
