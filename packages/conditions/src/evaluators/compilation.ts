import type { ASTNode, ASTOperator } from '@marcbachmann/cel-js';
import type { Vocabulary } from '../vocabulary.ts';
import type { ConditionPart, Evaluator, TruthOf } from './evaluator.ts';

/** A node of these operators, with what it holds. */
export type NodeOf<Operator extends ASTOperator> = Extract<ASTNode, { op: Operator }>;

/** A change over a span that a condition asks for. */
export interface ChangeNeed {
  readonly figure: string;
  readonly spanMs: number;
}

/** What the nodes of a condition have in common, and what is found on the way. */
export interface Compilation {
  readonly text: string;
  readonly vocabulary: Vocabulary;
  readonly figures: Set<string>;
  readonly changes: Map<string, ChangeNeed>;
  readonly previousCloses: Set<string>;
  /** Of each crossing whether it is beyond its level now. */
  readonly crossings: TruthOf[];
  readonly parts: ConditionPart[];
  compile(node: ASTNode): Evaluator;
}
