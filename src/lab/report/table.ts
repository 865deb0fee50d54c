// Tables of a report: columns with a name and a side, rows of text, no frames but a line under the
// head, so that they survive being pasted into a mail.
import Table from 'cli-table3';
import pc from 'picocolors';

/** How text is coloured; a plain set where the output is no terminal. */
export type Colours = ReturnType<typeof pc.createColors>;

export const plainColours: Colours = pc.createColors(false);

/** Colours for a stream, unless the user asked for none (NO_COLOR). */
export function coloursFor(stream: { readonly isTTY?: boolean }): Colours {
  return pc.createColors(stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '');
}

export interface Column {
  readonly name: string;
  readonly align?: 'left' | 'right';
}

const noFrame = {
  'top': '', 'top-mid': '', 'top-left': '', 'top-right': '',
  'bottom': '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
  'left': '', 'left-mid': '', 'mid': '', 'mid-mid': '', 'right': '', 'right-mid': '',
  'middle': '  ',
};

/** The rows under their heads, indented by two. */
export function table(
  columns: readonly Column[], rows: readonly (readonly string[])[], colours: Colours,
): string {
  const made = new Table({
    chars: noFrame,
    head: columns.map(({ name }) => colours.dim(name)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { 'head': [], 'border': [], 'padding-left': 0, 'padding-right': 0, 'compact': true },
  });
  for (const row of rows) made.push([...row]);
  return made.toString().split('\n').map((line) => `  ${line}`.trimEnd()).join('\n');
}
