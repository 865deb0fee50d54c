// Contracts in words: for the texts of bug checks and for `fltlab explain`.
import type { Contract } from './contracts.ts';

const levels: Readonly<Record<number, string>> = {
  0: 'PASSIVE_LEVEL', 1: 'APC_LEVEL', 2: 'DISPATCH_LEVEL', 31: 'any IRQL',
};

/** An IRQL by name. */
export function levelInWords(irql: number): string {
  return levels[irql] ?? `IRQL ${irql}`;
}

/** "the highest is APC_LEVEL for paged pool". */
export function limitInWords({ irql }: Contract, highest: number): string {
  const level = `the highest is ${levelInWords(highest)}`;
  if (typeof irql === 'number') return level;
  return `${level}${highest === irql.met ? ` ${irql.words}` : `, unless ${irql.words}`}`;
}

/** The whole limit: "<= DISPATCH_LEVEL; APC_LEVEL for paged pool". */
export function irqlInWords({ irql, lowest, inferred }: Contract): string {
  const low = lowest ?? 0;
  const one = (level: number): string => {
    if (level >= 31) return low > 0 ? `>= ${levelInWords(low)}` : 'any';
    if (level === low) return `exactly ${levelInWords(level)}`;
    return low > 0 ? `${levelInWords(low)} to ${levelInWords(level)}` : `<= ${levelInWords(level)}`;
  };
  const text = typeof irql === 'number' ? one(irql)
    : `${one(irql.otherwise)}; ${irql.words}: ${one(irql.met)}`;
  return inferred === true ? `${text} (concluded; the document does not say)` : text;
}

/** Rules and page: "POST-5, BUF-2; wdm/nf-wdm-rtlcompareunicodestring". */
export function sourceInWords({ rules, page, irql }: Contract): string {
  const parts = [rules?.split(' ').join(', ') ?? '', page];
  const said = parts.filter((part) => part !== '').join('; ');
  return said !== '' ? said : typeof irql === 'number' && irql >= 31 ? 'the headers' : '10.3';
}
