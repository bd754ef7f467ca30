/** A query as it is read. What is in it has been checked: it can be run as it stands. */
export type Expression = LogQuery | Metric;

export interface LogQuery {
  readonly kind: 'logs';
  readonly matchers: readonly Matcher[];
  readonly stages: readonly Stage[];
}

export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** What the value of a label must be; a label that is not there has the value ''. */
export interface Matcher {
  readonly label: string;
  readonly operator: MatchOperator;
  readonly value: string;
  readonly fits: (value: string) => boolean;
}

export type Stage =
  | LineFilter
  | { readonly kind: 'json' | 'logfmt'; readonly names: readonly ExtractedName[] }
  | { readonly kind: 'filter'; readonly condition: Condition }
  | { readonly kind: 'drop' | 'keep'; readonly names: readonly string[] };

export interface LineFilter {
  readonly kind: 'line';
  readonly operator: '|=' | '!=' | '|~' | '!~';
  /** Any of them is enough. */
  readonly values: readonly string[];
  readonly fits: (line: string) => boolean;
}

/** A label of what is found at a path; without any name a parser makes labels of all that it finds. */
export interface ExtractedName {
  readonly label: string;
  readonly path: readonly (string | number)[];
}

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | ({ readonly kind: 'match' } & Matcher)
  | NumberCondition;

export interface NumberCondition {
  readonly kind: 'number';
  readonly label: string;
  readonly operator: '=' | '!=' | '>' | '>=' | '<' | '<=';
  /** What the value of the label is read as. */
  readonly unit: 'number' | 'duration' | 'bytes';
  readonly value: number;
}

export type Metric = RangeCount | Aggregation | Binary | Constant;

export interface RangeCount {
  readonly kind: 'range';
  readonly of: 'count_over_time' | 'rate';
  readonly query: LogQuery;
  readonly rangeMs: number;
  readonly offsetMs: number;
}

export interface Aggregation {
  readonly kind: 'aggregation';
  readonly by: Grouping;
  readonly of: 'sum' | 'avg' | 'min' | 'max' | 'count';
  readonly inner: Metric;
}

export interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

export interface Binary {
  readonly kind: 'binary';
  readonly operator: '+' | '-' | '*' | '/' | '%';
  readonly left: Metric;
  readonly right: Metric;
}

/** A number, or the vector of one sample without labels. */
export interface Constant {
  readonly kind: 'scalar' | 'vector';
  readonly value: number;
}
