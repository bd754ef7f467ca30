import {
  type CompiledCondition,
  compileCondition,
  createVocabulary,
  type Vocabulary,
} from '@deltastream/conditions';
import { CONDITION_FIGURES, type RuleSubject } from '@deltastream/contracts';

const made = new Map<RuleSubject, Vocabulary>();

/** What conditions of rules of this subject may name. */
export function vocabularyOf(subject: RuleSubject): Vocabulary {
  let vocabulary = made.get(subject);
  if (vocabulary === undefined) {
    vocabulary = createVocabulary(CONDITION_FIGURES[subject]);
    made.set(subject, vocabulary);
  }
  return vocabulary;
}

export const compiledFor = (subject: RuleSubject, condition: string): CompiledCondition =>
  compileCondition(condition, vocabularyOf(subject));
