// The host's side of fuzzing: shares the sequences among cells, tells progress, and puts together
// what they found and reached. The first finding ends it.
import { Cell } from './cell.ts';
import { addReached, nothingReached } from './reached.ts';
import type { CellAnswer, CellOptions } from './cell.ts';
import type { FuzzFinding } from './campaign.ts';
import type { Reached } from './reached.ts';

export interface FuzzOptions extends Omit<CellOptions, 'first'> {
  /** Machines side by side. */
  readonly cells: number;
  /** Told now and then how many sequences were played. */
  readonly progress: (played: number) => void;
}

export interface FuzzResult {
  readonly played: number;
  readonly seconds: number;
  /** Processor time of the whole process meanwhile: what other programs do does not count. */
  readonly cpuSeconds: number;
  /** Sequences of which nothing is known: the machine's one thread would have waited for ever. */
  readonly stuck: number;
  readonly reached: Reached;
  readonly finding?: FuzzFinding;
  /** False when the finding did not come again in a thread of its own. */
  readonly isConfirmed: boolean;
}

const PROGRESS_MS = 500;

/** Fuzzes filters; rejects when a cell's thread itself fails. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { sequences, replay, progress } = options;
  const count = replay === undefined ? Math.min(options.cells, sequences) : 1;
  const shareAt = (n: number): number => Math.floor(sequences * n / count);
  const started = performance.now();
  const cpu = process.cpuUsage();
  const cells = Array.from({ length: count }, (_, n) => new Cell({ ...told(options),
    first: shareAt(n), sequences: shareAt(n + 1) - shareAt(n) }));
  const begun = (): number => cells.reduce((sum, cell) => sum + cell.begun, 0);
  const timer = setInterval(() => progress(begun()), PROGRESS_MS);
  try {
    const answers = await firstFinding(cells);
    const reached = nothingReached();
    for (const answer of answers) if (answer.reached) addReached(reached, answer.reached);
    const first = answers.find((answer) => answer.finding !== undefined)?.finding;
    const finding = first === undefined || replay !== undefined ? first
      : await confirmed(options, first);
    const { user, system } = process.cpuUsage(cpu);
    return { played: first === undefined ? replay?.length ?? sequences : begun(),
      seconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6,
      stuck: answers.reduce((sum, { stuck }) => sum + stuck, 0), reached,
      isConfirmed: finding !== undefined, ...(first && { finding: finding ?? first }) };
  } finally {
    clearInterval(timer);
    await Promise.all(cells.map(async (cell) => cell.end()));
  }
}

/** What a thread can be told: no functions. */
function told({ images, compares, seed, sequences, replay, watchdogSeconds }: FuzzOptions):
    Omit<CellOptions, 'first'> {
  return { images, compares, seed, sequences, watchdogSeconds, ...(replay && { replay }) };
}

/**
 * The finding as it comes again in a thread that has played nothing before: made small if it does,
 * larger if it takes more than it seemed to, because a filter keeps something in variables of
 * JavaScript that outlive its unload. Undefined when it never comes again.
 */
async function confirmed(options: FuzzOptions, finding: FuzzFinding):
    Promise<FuzzFinding | undefined> {
  const { kind } = finding.fault;
  if (kind === 'hang') return finding;
  for (const sequences of [finding.sequences, ...finding.larger]) {
    const cell = new Cell({ ...told(options), replay: sequences, first: 0 });
    const answer = await cell.answer.finally(async () => cell.end());
    if (answer.finding?.fault.kind === kind) {
      return { ...finding, sequences, fault: answer.finding.fault };
    }
  }
  return undefined;
}

/** The answers of all cells, or those up to the first that found something. */
async function firstFinding(cells: readonly Cell[]): Promise<CellAnswer[]> {
  const answers: CellAnswer[] = [];
  const found = new Promise<void>((resolve, reject) => {
    for (const cell of cells) {
      cell.answer.then((answer) => {
        answers.push(answer);
        if (answer.finding !== undefined || answers.length === cells.length) resolve();
      }, reject);
    }
  });
  await found;
  return answers;
}
