// What is known about a name: a routine, a callback, one of its answers, a status, a bug check, a
// fact, a rule of the verifier. One shape for all of them, so that the command line prints text or
// JSON from the same value. Data only: nothing of a machine is needed.
import { bugCheckName } from '../ntos/ke/bug-check-codes.ts';
import * as statusCodes from '../ntos/status-codes.ts';
import { NT_ERROR, NT_INFORMATION, NT_WARNING, statusName, statusOfName } from '../ntos/status.ts';
import { answers } from './answers.ts';
import { bugChecks } from './finding/bug-checks.ts';
import { contracts } from './contracts.ts';
import { areas, facts, idsOf } from './facts.ts';
import { nearest } from './near.ts';
import { ruleBook, ruleNames } from './rule-book.ts';
import { sections } from './sections.ts';
import { irqlInWords } from './words.ts';
import type { Contract, Parameter } from './contracts.ts';
import type { RuleRow } from './rule-book.ts';

/** A rule with its source. */
export interface ExplainedRule {
  readonly id: string;
  readonly text: string;
  readonly source: string;
}

/** One line of a list: a parameter, a return value, a kind of bug check. */
export interface Line {
  readonly name: string;
  readonly text: string;
}

export interface Entry {
  readonly kind: 'routine' | 'macro' | 'callback' | 'answer' | 'status' | 'bug check' | 'fact' |
    'area' | 'rule';
  readonly name: string;
  readonly text: string;
  /** Short facts: IRQL, context, value, page. */
  readonly properties: readonly Line[];
  readonly parameters: readonly Line[];
  readonly returns: readonly Line[];
  readonly kinds: readonly Line[];
  readonly rules: readonly ExplainedRule[];
  readonly related: readonly string[];
}

const empty = { properties: [], parameters: [], returns: [], kinds: [], rules: [], related: [] };

/** The facts and sections that a list of rules names. */
function rulesOf(text: string): ExplainedRule[] {
  const tables = text.split(' ').filter((word) => sections[word] !== undefined);
  return [
    ...idsOf(text).map((id) => {
      const fact = facts.get(id);
      return { id, text: fact?.text ?? '', source: fact?.area.pages ?? '' };
    }),
    ...tables.map((id) => ({ id, text: `${sections[id]}.`, source: '' })),
  ];
}

function parameterLine({ name, mark }: Parameter): Line {
  const words = { '': 'a value', '*': 'a pointer that must not be NULL', '?': 'may be NULL',
    '>': 'where the result goes; must not be NULL', '>?': 'where a result goes; NULL: not wanted' };
  return { name, text: name === '...' ? 'any number of values' : words[mark] };
}

function hex(value: number, digits = 0): string {
  return `0x${(value >>> 0).toString(16).toUpperCase().padStart(digits, '0')}`;
}

/** What is done with what a routine takes: the partner routines. */
function partners({ took, gave }: Contract, name: string): string[] {
  const back = took.flatMap((x) => x.until ?? []);
  const from = gave.length === 0 ? []
    : [...contracts].filter(([, c]) => c.took.some((x) => x.until?.includes(name)))
      .map(([other]) => other);
  return [...back, ...from];
}

const factsOfContracts = new Map<Contract, readonly string[]>();

/** The ids of the facts that a contract rests on. */
function factsOf(contract: Contract): readonly string[] {
  let ids = factsOfContracts.get(contract);
  if (ids === undefined) {
    ids = idsOf(contract.rules ?? '');
    factsOfContracts.set(contract, ids);
  }
  return ids;
}

/** Routines and callbacks that share a rule with this one, the closest first. */
function sharing(contract: Contract, name: string): string[] {
  const own = new Set(factsOf(contract));
  return [...contracts].filter(([other]) => other !== name)
    .map(([other, c]) => [other, factsOf(c).filter((id) => own.has(id)).length])
    .filter((x): x is [string, number] => Number(x[1]) > 0)
    .toSorted(([, x], [, y]) => y - x).slice(0, 6).map(([other]) => other);
}

function exchangeLines({ took, gave }: Contract): Line[] {
  const about = (of: string): string => (of === 'result' ? '' : ` (${of})`);
  return [
    ...took.map(({ what, of, until }) => ({ name: 'takes',
      text: `${what}${about(of)}, given back with ${until?.join(' or ') ?? 'nothing'}` })),
    ...gave.map(({ what, of }) => ({ name: 'gives back', text: `${what}${about(of)}` })),
  ];
}

function statusMeaning(value: number): string {
  if (NT_ERROR(value)) return 'error';
  if (NT_WARNING(value)) return 'warning: not NT_SUCCESS';
  return NT_INFORMATION(value) ? 'informational: NT_SUCCESS' : 'success';
}

function returnLines({ returns, statuses, kind }: Contract): Line[] {
  const listed = (statuses ?? '').split(' ').filter((name) => name !== '').map((name) => {
    const value = statusOfName(name) ?? 0;
    return { name, text: `${hex(value, 8)}, ${statusMeaning(value)}` };
  });
  const said = returns === undefined ? [] : [{ name: '', text: returns }];
  const answerLines = kind !== 'callback' ? [] : answers
    .filter(({ name }) => returns?.includes(name) === true)
    .map(({ name, value, text }) => ({ name, text: `${value}: ${text}` }));
  return answerLines.length > 0 ? answerLines : [...said, ...listed];
}

function explainContract(name: string, contract: Contract): Entry {
  const called = contract.kind === 'callback' ? 'called at' : 'IRQL';
  const properties: Line[] = [
    { name: called, text: irqlInWords(contract) },
    { name: 'context', text: contract.thread ?? 'any thread' },
    ...(contract.needsApcs === true
      ? [{ name: 'APCs', text: 'special kernel APCs enabled, TopLevelIrp NULL' }] : []),
    ...exchangeLines(contract),
    { name: 'page', text: contract.page === '' ? 'none; the headers have it' : contract.page },
  ];
  return {
    ...empty, kind: contract.kind, name, text: contract.does, properties,
    parameters: contract.params.map(parameterLine), returns: returnLines(contract),
    rules: rulesOf(contract.rules ?? ''),
    related: [...new Set([...partners(contract, name), ...sharing(contract, name)])],
  };
}

function explainStatus(name: string): Entry | undefined {
  const value = statusOfName(name);
  if (value === undefined) return undefined;
  const full = name.startsWith('STATUS_') ? name : `STATUS_${name}`;
  const by = [...contracts].filter(([, c]) => c.statuses?.split(' ').includes(full) === true);
  const said = [...facts.values()].filter(({ text }) => new RegExp(`\\b${full}\\b`).test(text));
  return {
    ...empty, kind: 'status', name: full,
    text: `An NTSTATUS of severity ${statusMeaning(value)}.`,
    properties: [{ name: 'value', text: hex(value, 8) },
      { name: 'first name', text: statusName(value) }],
    rules: said.map(({ id, text, area }) => ({ id, text, source: area.pages })),
    related: by.map(([routine]) => routine),
  };
}

function explainBugCheck(code: number, parameter?: number): Entry | undefined {
  const row = bugChecks.find((r) => r.code === code);
  if (row === undefined) return undefined;
  const kinds = (row.kinds ?? []).filter(([p]) => parameter === undefined || p === parameter);
  if (parameter !== undefined && kinds.length === 0) return undefined;
  const [one] = parameter === undefined ? [] : kinds;
  const by = [...contracts].filter(([, { breach }]) => breach?.[0] === code
    && (parameter === undefined ? row.kinds === undefined : breach[1] === parameter));
  return {
    ...empty, kind: 'bug check', name: `${hex(code)} ${bugCheckName(code)}`,
    text: one === undefined ? `${row.text}.` : `${row.text}: ${one[1]}.`,
    properties: [{ name: 'parameters', text: row.parameters }],
    kinds: one === undefined ? kinds.map(([p, text]) => ({ name: hex(p), text })) : [],
    rules: rulesOf(one?.[2] ?? row.rules), related: by.map(([routine]) => routine),
  };
}

function explainFact(id: string): Entry | undefined {
  const fact = facts.get(id);
  if (fact === undefined) return undefined;
  const { area } = fact;
  const by = [...contracts].filter(([, contract]) => factsOf(contract).includes(id));
  return {
    ...empty, kind: 'fact', name: id, text: fact.text,
    properties: [{ name: 'area', text: area.title }, { name: 'pages', text: area.pages }],
    related: by.map(([routine]) => routine),
  };
}

function explainArea(name: string): Entry | undefined {
  const area = areas.find(({ id }) => id === name);
  if (area === undefined) return undefined;
  const all = [...facts.values()].filter((fact) => fact.area === area);
  return {
    ...empty, kind: 'area', name, text: `${area.title}.`,
    properties: [{ name: 'pages', text: area.pages }],
    rules: all.map(({ id, text }) => ({ id, text, source: '' })),
  };
}

function explainAnswer(name: string): Entry | undefined {
  const found = answers.find((answer) => answer.name === name);
  if (found === undefined) return undefined;
  return {
    ...empty, kind: 'answer', name, text: found.text,
    properties: [{ name: 'value', text: String(found.value) },
      { name: 'legal for', text: `${found.legal} operations` }],
    rules: rulesOf(found.rules),
    related: [name.startsWith('FLT_PREOP') ? 'PFLT_PRE_OPERATION_CALLBACK'
      : 'PFLT_POST_OPERATION_CALLBACK'],
  };
}

function explainRule(name: string): Entry | undefined {
  const row = (ruleBook as Readonly<Record<string, RuleRow>>)[name];
  if (row === undefined) return undefined;
  return {
    ...empty, kind: 'rule', name, text: `${row.title}.`,
    properties: [{ name: 'reaction', text: row.reaction }, { name: 'advice', text: row.advice },
      { name: 'bug check', text: `${hex(row.code)} ${bugCheckName(row.code)}` },
      { name: 'source', text: row.source }],
    rules: rulesOf(row.source),
  };
}

/** `0xC4`, `0xC4/0x37`, `C4/37`: code and first parameter. */
function bugCheckOf(text: string): Entry | undefined {
  const found = /^(?:0x)?([0-9a-f]{1,8})(?:\/(?:0x)?([0-9a-f]{1,8}))?$/i.exec(text);
  if (found !== null) {
    const [, code = '', parameter] = found;
    return explainBugCheck(parseInt(code, 16),
      parameter === undefined ? undefined : parseInt(parameter, 16));
  }
  const named = bugChecks.find(({ code }) => bugCheckName(code) === text);
  return named && explainBugCheck(named.code);
}

/** Every name that can be explained, but not numbers. */
export function explainable(): string[] {
  return [...contracts.keys(), ...answers.map(({ name }) => name), ...Object.keys(statusCodes),
    ...bugChecks.map(({ code }) => bugCheckName(code)), ...facts.keys(),
    ...areas.map(({ id }) => id), ...ruleNames];
}

/** What is known about a name, whatever the case of its letters; undefined: nothing. */
export function explain(name: string): Entry | undefined {
  const lower = name.toLowerCase();
  const exact = explainable().find((known) => known === name)
    ?? explainable().find((known) => known.toLowerCase() === lower)
    ?? explainable().find((known) => known.toLowerCase() === `status_${lower}`) ?? name;
  const contract = contracts.get(exact);
  if (contract !== undefined) return explainContract(exact, contract);
  return explainFact(exact) ?? explainArea(exact) ?? explainAnswer(exact) ?? explainRule(exact)
    ?? (/^[A-Z][A-Z_0-9]*$/.test(exact) ? explainStatus(exact) : undefined) ?? bugCheckOf(exact);
}

/** Names that were perhaps meant. */
export function perhaps(name: string): string[] {
  return nearest(name, explainable());
}
