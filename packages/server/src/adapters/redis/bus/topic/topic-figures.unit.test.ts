import { expect, it } from 'vitest';
import { createTopicFigures } from './topic-figures.ts';
import type { TopicMeasure } from './topic-measure.ts';

const measureOf = (groups: TopicMeasure['groups']): TopicMeasure => ({
  ...{ length: 50, added: 50, last: '50-0', nowMs: 0, totals: new Map(), groups },
});

it('knows what a group had left that has gone, also when an acknowledgement comes after it', () => {
  const figures = createTopicFigures('t');
  figures.measured(measureOf([{ name: 'g', pending: 1, left: 49, oldest: null, lastDelivered: '1-0' }]));
  figures.measured(measureOf([]));
  figures.acknowledged('g', 0);
  expect(figures.leftOf('g')).toBe(50);
  figures.lost('g', 49);
  expect(figures.leftOf('g')).toBe(0);
});
