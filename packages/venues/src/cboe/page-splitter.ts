import { BadCell, type Json, parseJson } from '@deltastream/recordings/cells';

/** All but its contracts is a few hundred bytes. */
const MAX_HEADER_LENGTH = 65_536;
/** A contract is some 400 characters. */
const MAX_CONTRACT_LENGTH = 16_384;

const CONTRACTS_BEGIN = /"options"\s*:\s*\[/;
const [QUOTE, COMMA, BACKSLASH, OPEN, CLOSE, END] = [...'",\\{}]'].map((character) =>
  character.charCodeAt(0),
);
const SPACE = 32;

/** Takes a page apart while it comes, so that of 30,000 contracts one at a time is text. */
export interface PageSplitter {
  /** Throws BadCell. */
  push(text: string): void;
  /** All of the page but its contracts, whose list is empty. Throws BadCell where it was cut off. */
  end(): Json;
}

/** @param contract called with each element of the list of options as it is complete */
export function createPageSplitter(contract: (row: Json) => void): PageSplitter {
  let header = '';
  let part: 'before' | 'contracts' | 'behind' = 'before';
  /** The beginning of a contract whose end has not come. */
  let rest = '';
  /** Index in `rest` up to which it is read. */
  let read = 0;
  let depth = 0;
  let inString = false;

  function addHeader(text: string): void {
    header += text;
    if (header.length > MAX_HEADER_LENGTH) {
      throw new BadCell('too_large', `more than ${MAX_HEADER_LENGTH} characters that are no contracts`);
    }
  }

  function before(text: string): void {
    const joined = header + text;
    const begin = CONTRACTS_BEGIN.exec(joined);
    if (begin === null) {
      addHeader(text);
      return;
    }
    const end = begin.index + begin[0].length;
    header = '';
    part = 'contracts';
    addHeader(joined.slice(0, end));
    contracts(joined.slice(end));
  }

  function contracts(text: string): void {
    rest += text;
    let start = 0;
    for (; read < rest.length; read++) {
      const code = rest.charCodeAt(read);
      if (inString) {
        if (code === BACKSLASH) read++;
        else if (code === QUOTE) inString = false;
      } else if (code === QUOTE && depth > 0) inString = true;
      else if (code === OPEN) {
        if (depth === 0) start = read;
        depth++;
      } else if (code === CLOSE && depth > 0) {
        depth--;
        if (depth > 0) continue;
        contract(parseJson(rest.slice(start, read + 1)));
        start = read + 1;
      } else if (depth === 0 && code === END) {
        part = 'behind';
        addHeader(rest.slice(read));
        rest = '';
        return;
      } else if (depth === 0 && code !== COMMA && code > SPACE) {
        throw new BadCell('unreadable_member', 'the list of options holds something that is not an object');
      }
    }
    rest = rest.slice(start);
    read -= start;
    if (rest.length > MAX_CONTRACT_LENGTH) {
      throw new BadCell('too_large', `a contract of more than ${MAX_CONTRACT_LENGTH} characters`);
    }
  }

  return {
    push: (text) => {
      if (part === 'before') before(text);
      else if (part === 'contracts') contracts(text);
      else addHeader(text);
    },
    end: () => {
      if (part === 'contracts') throw new BadCell('truncated', 'the page ends within its list of options');
      return parseJson(header);
    },
  };
}
