// `fltlab explain NAME`: what a routine promises and asks, what a status, a bug check or a fact
// means, from the same tables as the checks.
import { Command } from 'commander';
import { coloursFor } from '../lab/report/table.ts';
import { explain, perhaps } from '../verifier/explain.ts';
import { UsageError } from './options.ts';
import type { Colours } from '../lab/report/table.ts';
import type { Entry, Line } from '../verifier/explain.ts';
import type { About } from './about.ts';

const WIDTH = 100;

/** Words in lines of the terminal's width, further lines indented. */
function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}

function list(title: string, lines: readonly Line[], colours: Colours): string[] {
  if (lines.length === 0) return [];
  const width = Math.min(38, Math.max(...lines.map(({ name }) => name.length)));
  return ['', colours.bold(title), ...lines.map(({ name, text }) =>
    `  ${name.padEnd(width)}  ${wrapped(text, width + 4)}`)];
}

/** The entry as text. */
export function entryText(entry: Entry, colours: Colours): string {
  const { kind, name, text, properties, parameters, returns, kinds, rules, related } = entry;
  const sources = [...new Set(rules.map(({ source }) => source).filter((s) => s !== ''))];
  return [
    `${colours.bold(name)}  ${colours.dim(kind)}`,
    `  ${wrapped(text, 2)}`,
    ...properties.map((line) => `  ${colours.dim(line.name.padEnd(12))}${wrapped(line.text, 14)}`),
    ...list('Parameters', parameters, colours),
    ...list('Returns', returns, colours),
    ...list('First parameter', kinds, colours),
    ...list('Rules', rules.map(({ id, text: said }) => ({ name: id, text: said })), colours),
    ...list('Sources', sources.map((source) => ({ name: '', text: source })), colours),
    ...list('Related', related.length === 0 ? [] : [{ name: '', text: related.join(', ') }],
      colours),
  ].join('\n');
}

/** The command. */
export function explainCommand(about: About): Command {
  return new Command('explain')
    .description('Say what a routine, callback, status, bug check or fact means, and its rules.')
    .argument('<name>', 'FltCheckOplockEx, PFLT_PRE_OPERATION_CALLBACK, STATUS_PENDING, 0xF5, ' +
      '0xC4/0x37, POST-5 …')
    .option('--json', 'print one JSON document', false)
    .action((name: string, options: { json: boolean }) => {
      const entry = explain(name);
      if (entry === undefined) {
        const others = perhaps(name);
        throw new UsageError(`explain: nothing is known about ${name}` + (others.length === 0
          ? '; give a routine, callback, status, bug check or fact, such as FltReadFile or POST-5'
          : `; perhaps ${others.join(', ')}?`));
      }
      process.stdout.write(options.json ? `${JSON.stringify(entry, undefined, 2)}\n`
        : `${entryText(entry, coloursFor(process.stdout))}\n`);
      about.finish(0);
    });
}
