// A crash dump as text: why the machine stopped, who waits for whom, then every thread with its
// locks and last events, the queues, the operations that had not ended.
import { describeSettings } from '../report/text.ts';
import { findingText } from '../report/finding-text.ts';
import { count, counted } from '../report/format.ts';
import type { CrashDump, DumpThread, MachineLook } from './crash-dump.ts';

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const nameOf = ({ role, processor }: DumpThread): string => `${role || 'thread'} ${processor}`;

/** Who waits for whom: a line per thread that waits, and each circle once. */
export function waitLines({ threads }: Pick<MachineLook, 'threads'>): string[] {
  const byProcessor = new Map(threads.map((thread) => [thread.processor, thread]));
  return threads.filter(({ waitsFor }) => waitsFor !== undefined).map((thread) => {
    const blockers = thread.blockedBy.map((processor) => {
      const blocker = byProcessor.get(processor);
      return blocker === undefined ? `processor ${processor}` : nameOf(blocker);
    });
    const who = blockers.length === 0 ? '' : `; kept waiting by ${blockers.join(', ')}`;
    return `${nameOf(thread)} waits for ${thread.waitsFor}${who}`;
  });
}

function threadLines(thread: DumpThread, eventsShown: number): string[] {
  const { state, irql, where, issued, completed, waitsFor, stack, locks, events } = thread;
  const tail = events.slice(Math.max(0, events.length - eventsShown));
  return [
    `${nameOf(thread)}: ${state} at IRQL ${irql}${where === '' ? '' : ` in ${where}`}, ` +
      `${count(issued)} issued, ${count(completed)} completed`,
    ...(waitsFor === undefined ? [] : [`  waits for ${waitsFor}`,
      ...stack.map((frame) => `    ${frame}`)]),
    ...locks.flatMap(({ kind, address, shared, stack: taken }) => [
      `  holds ${kind} ${hex(address)}${shared ? ' shared' : ''}`,
      ...taken.slice(0, 4).map((frame) => `    ${frame}`)]),
    ...(tail.length === 0 ? [] : ['  last events:', ...tail.map((line) => `    ${line}`)]),
  ];
}

const section = (title: string, lines: readonly string[]): string[] =>
  (lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]);

/** The dump as lines of text. */
export function dumpText(dump: CrashDump, eventsShown: number): string {
  const { settings, filters, findings, crash, threads, queues, operations, storage } = dump;
  const found = findings.flatMap(({ kind, text, details }) =>
    (details === undefined ? `${kind}: ${text}` : findingText(details)).split('\n'));
  return `${[
    `${settings.workload}; filters ${filters.join(', ') || 'none'}; fltlab ${dump.version}`,
    `  ${describeSettings(settings)}`,
    ...section('Why', found),
    ...section('Crash', crash === '' ? [] : crash.split('\n')),
    ...section('Who waits for whom', waitLines(dump)),
    ...section('Threads', threads.flatMap((thread) => threadLines(thread, eventsShown))),
    ...section('Work queues', queues.map((q) => `${q.name}: ${count(q.waiting)} waiting, ` +
      `${count(q.run)} run, longest wait ${q.longestWaitMs} ms`)),
    ...section(`${counted(operations.length, 'operation')} under way`,
      operations.flatMap(({ address, what, owner, journey }) => [
        `${what} ${hex(address)}${owner === '' ? '' : `, ${owner}`}`,
        ...journey.map((step) => `  ${step}`)])),
    ...section('Disk', [`${count(storage.taken)} requests taken, ` +
      `${count(storage.completed)} completed`]),
    ...section('Printed last', dump.printed),
  ].join('\n')}\n`;
}
