// Strategies by name: what the command line, a campaign's settings and a schedule's file say.
//
//   round-robin  random  pct:3  pos  surw  rff  delay:0-4  preemption:0-2  dfs  dpor  portfolio
//   replay
import { Bounded } from './bounded.ts';
import { Dpor } from './dpor.ts';
import { Keyed } from './keyed.ts';
import { Pct } from './pct.ts';
import { Near } from './near.ts';
import { PORTFOLIO_WORDS, Portfolio } from './portfolio.ts';
import { Pos } from './pos.ts';
import { RandomWalk } from './random.ts';
import { Replay } from './replay.ts';
import { Rff } from './rff.ts';
import { RoundRobin } from './round-robin.ts';
import { Surw } from './surw.ts';
import { Board } from '../board.ts';
import type { Strategy, StrategyRoom } from '../strategy.ts';

/** What a campaign searches with; plain data. */
export interface StrategySpec {
  /** A name as above, or several with `+` between. */
  readonly name: string;
  /** Replay: pairs of step and choice. */
  readonly decisions?: readonly number[];
  /** Keyed: departures, as packDepartures gives them. */
  readonly keyed?: readonly number[];
  /** Replay: take the default where a decision does not fit. */
  readonly lenient?: boolean;
}

/** What is used when nothing is said: sure and quick ones in turn. */
const PORTFOLIO = 'pct:3+pos+rff+surw+pct:2+delay:1-3+random+dpor';
/** The same without what is limited to 32 threads or to short schedules. */
const LARGE_PORTFOLIO = 'pct:3+pos+rff+surw+pct:2+delay:1-2+random';

export const strategyNames: readonly string[] = ['round-robin', 'random', 'pct:DEPTH', 'pos',
  'surw', 'rff', 'delay:BOUND', 'preemption:BOUND', 'dfs', 'dpor', 'near:ORDER',
  'portfolio', 'replay'];

function unknown(name: string): never {
  const all = strategyNames.join(', ');
  throw new RangeError(
    `no strategy is called ${name}; there are ${all}, and several of them with + between`);
}

function wholeNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 64) {
    throw new RangeError(`${name}: ${text} is not a whole number up to 64`);
  }
  return value;
}

/** The threads of an order, with dots between. */
function orderOf(text: string): number[] {
  if (!/^\d+(\.\d+)*$/.test(text)) {
    throw new RangeError(`near: an order is numbers of threads with dots between, not "${text}"`);
  }
  return text.split('.').map(Number);
}

function bounded(kind: 'preemption' | 'delay', argument: string, room: StrategyRoom): Strategy {
  if (argument === '') return new Bounded(room, kind);
  const [from = '', to = from] = argument.split('-');
  return new Bounded(room, kind, wholeNumber(from, kind), wholeNumber(to, kind));
}

function single(spec: StrategySpec, room: StrategyRoom): Strategy {
  const [name = '', argument = ''] = spec.name.split(':');
  switch (name) {
    case 'round-robin': return new RoundRobin(room);
    case 'random': return new RandomWalk(room);
    case 'pct': {
      const depth = argument === '' ? 3 : wholeNumber(argument, name);
      if (depth < 1) throw new RangeError('pct: the depth is at least 1');
      return new Pct(room, depth);
    }
    case 'pos': return new Pos(room);
    case 'surw': return new Surw(room);
    case 'near': return new Near(room, orderOf(argument));
    case 'rff': return new Rff(room);
    case 'delay':
    case 'preemption': return bounded(name, argument, room);
    case 'dfs': return new Bounded(room, 'dfs');
    case 'dpor': return new Dpor(room);
    case 'replay': return new Replay(room, spec.decisions ?? [], spec.lenient);
    case 'keyed': return new Keyed(room, spec.keyed ?? []);
    default: return unknown(spec.name);
  }
}

/**
 * Fails as makeStrategy does where a name is wrong or the strategy is not for so many threads,
 * before any thread is started.
 */
export function checkStrategy(name: string, threads = 2): void {
  makeStrategy({ name }, Board.create({ threads, maxSteps: 64, strategyWords: 1 << 16 }));
}

/** Makes a strategy over the board's words. Throws a RangeError that lists the names there are. */
export function makeStrategy(spec: StrategySpec, board: Board): Strategy {
  const small = board.threads <= 32;
  const name = spec.name === 'portfolio' ? (small ? PORTFOLIO : LARGE_PORTFOLIO) : spec.name;
  const members = name.split('+');
  const at = board.strategyAt;
  const length = board.strategyWords;
  if (members.length === 1) return single({ ...spec, name }, { board, at, length });
  const share = Math.floor((length - PORTFOLIO_WORDS) / members.length);
  const made = members.map((member, i) => {
    const room = { board, at: at + PORTFOLIO_WORDS + i * share, length: share };
    return single({ ...spec, name: member }, room);
  });
  return new Portfolio(board.words, at, made);
}
