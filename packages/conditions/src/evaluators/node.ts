import type { ASTNode, ASTOperator } from '@marcbachmann/cel-js';

/** A node of these operators, with what it holds. */
export type NodeOf<Operator extends ASTOperator> = Extract<ASTNode, { op: Operator }>;
