// The programs of the benchmark: which row of sctbench.json each is (`suite/name`; the ones whose
// row says nothing were written from what everybody knows of them), where it is, what its bug is.
import type { Play } from '#src/atomics-sync/schedule/scenario.ts';

export interface Program {
  /** The row's name. */
  readonly row: string;
  /** File URL of the module, and the export in it. */
  readonly module: string;
  readonly scenario: string;
  readonly play: Play;
  readonly bug: 'claim' | 'deadlock' | 'misuse';
  /** Groups of words that are mutexes, where a passing run shows that they can deadlock. */
  readonly locks?: readonly string[];
  /** Too rare for the limit of the benchmark: shown, and not counted. */
  readonly isRare?: true;
}

type Row = readonly [row: string, scenario: string, bug?: Program['bug'],
  more?: Pick<Program, 'locks' | 'isRare'>];

const families: Readonly<Record<string, readonly Row[]>> = {
  locks: [
    ['account_bad', 'account'],
    ['carter01_bad', 'carter01', 'deadlock', { locks: ['counts', 'room'] }],
    ['deadlock01_bad', 'deadlock01', 'deadlock', { locks: ['a', 'b'] }],
    ['din_phil2_sat', 'philosophers2'], ['din_phil3_sat', 'philosophers3'],
    ['din_phil4_sat', 'philosophers4'], ['din_phil5_sat', 'philosophers5'],
    ['din_phil6_sat', 'philosophers6'], ['din_phil7_sat', 'philosophers7', 'misuse'],
    ['fsbench_bad', 'fsbench'], ['lazy01_bad', 'lazy01'],
    ['phase01_bad', 'phase01', 'deadlock'], ['token_ring_bad', 'tokenRing'],
  ],
  turns: [
    ['arithmetic_prog_bad', 'arithmetic'], ['circular_buffer_bad', 'circularBuffer'],
    ['queue_bad', 'queue'], ['stack_bad', 'stack'], ['sync01_bad', 'sync01', 'deadlock'],
    ['sync02_bad', 'sync02', 'deadlock'],
  ],
  reorder: [
    ['reorder_3_bad', 'reorder3'], ['reorder_4_bad', 'reorder4'], ['reorder_5_bad', 'reorder5'],
    ['reorder_10_bad', 'reorder10'], ['reorder_20_bad', 'reorder20'], ['reorder_50', 'reorder50'],
    ['reorder_100', 'reorder100'],
  ],
  'two-locks': [
    ['twostage_bad', 'twoStage2'], ['twostage_20', 'twoStage20'], ['twostage_50', 'twoStage50'],
    ['twostage_100_bad', 'twoStage100'], ['wronglock_1', 'wrongLock1'],
    ['wronglock_3_bad', 'wrongLock3'], ['wronglock_bad', 'wrongLock7'],
  ],
  kernel: [
    ['bluetooth_driver_bad', 'bluetooth'], ['stringbuffer-jdk1.4', 'stringBuffer'],
    ['aget-bug2', 'aget'], ['pbzip2-0.9.4', 'pbzip2'], ['ctrace-test', 'ctrace'],
    ['fft', 'missingJoin'],
  ],
  'lock-free': [
    ['WorkStealQueue', 'workSteal'], ['InterlockedWorkStealQueue', 'interlockedSteal'],
    ['StateWorkStealQueue', 'countedSteal'],
    ['InterlockedWorkStealQueueWithState', 'countedInterlocked'],
    ['safestack/bug1', 'safeStack', 'claim', { isRare: true }],
  ],
  cve: [
    ['CVE-2009-3547', 'cve2009n3547'], ['CVE-2011-2183', 'cve2011n2183'],
    ['CVE-2013-1792', 'cve2013n1792'], ['CVE-2015-7550', 'cve2015n7550'],
    ['CVE-2016-7911', 'cve2016n7911'], ['CVE-2016-9806', 'cve2016n9806'],
    ['CVE-2017-6346', 'cve2017n6346'], ['CVE-2017-15265', 'cve2017n15265'],
  ],
};

/** Rows that are whole applications; barnes and lu have the pattern of fft. */
export const leftOut = 'streamcluster (3), ferret, qsort_mt, radbench bug1-6: whole applications; ' +
  'barnes, lu: as fft';

async function load(family: string, rows: readonly Row[]): Promise<Program[]> {
  const module = new URL(`./${family}.js`, import.meta.url).href;
  const exported = (await import(module)) as Record<string, Play>;
  return rows.map(([row, scenario, bug = 'claim', more = {}]) => {
    const play = exported[scenario];
    if (play === undefined) throw new Error(`${module} exports no ${scenario}`);
    return { row, module, scenario, play, bug, ...more };
  });
}

/** Every program, small ones first within a family. */
export async function allPrograms(): Promise<readonly Program[]> {
  const loaded = Object.entries(families).map(async ([family, rows]) => load(family, rows));
  return (await Promise.all(loaded)).flat();
}
