import type { ASTNode } from '@marcbachmann/cel-js';
import { ConditionError } from '../language/problem.ts';
import { compileArithmetic } from './arithmetic.ts';
import { compileCall } from './calls.ts';
import { compileComparison } from './comparisons.ts';
import type { Compilation } from './compilation.ts';
import type { Evaluator } from './evaluator.ts';
import { compileChoice, compileLogic, compileNegation } from './logic.ts';
import { compileMembership } from './membership.ts';
import { compileLiteral, compileWord } from './values.ts';

/** The evaluator of a node that the type checker let pass. Throws ConditionError for what conditions have not. */
export function compileNode(node: ASTNode, compilation: Compilation): Evaluator {
  switch (node.op) {
    case 'value':
      return compileLiteral(node, compilation);
    case 'id':
      return compileWord(node, compilation);
    case '&&':
    case '||':
      return compileLogic(node, compilation);
    case '!_':
      return compileNegation(node, compilation);
    case '?:':
      return compileChoice(node, compilation);
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '==':
    case '!=':
      return compileComparison(node, compilation);
    case 'in':
      return compileMembership(node, compilation);
    case '+':
    case '-':
    case '*':
    case '/':
    case '-_':
      return compileArithmetic(node, compilation);
    case 'call':
      return compileCall(node, compilation);
    default:
      throw new ConditionError(
        `${compilation.text.slice(node.start, node.end)} is not part of conditions: they compare numbers and names, ` +
          'join comparisons with && and ||, look into lists with `in` and call the functions of the documentation',
        node,
      );
  }
}
