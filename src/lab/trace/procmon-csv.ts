// Process Monitor's CSV export as a stream of events.
// Guarantees: columns are found by header name, in any order and any choice that holds Operation,
// Path and Result; rows of other event classes are skipped and counted; an operation that Process
// Monitor does not have arrives as kind `unknown` and is counted by name; a broken row is a problem
// with its line and column, and a lenient tally lets the rest be read.
// Simplification: without the TID column (the default has none) a process is one thread.
import { Readable, pipeline } from 'node:stream';
import { parse, type CsvError } from 'csv-parse';
import type { TraceEvent, TraceOptions } from './event.ts';
import type { TraceTally } from './tally.ts';
import { RowReader } from './procmon/row.ts';

/** No row of Process Monitor comes near; a quote that never closes must not swallow a file. */
const MAX_ROW_BYTES = 1 << 20;

interface ParsedRow {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/**
 * Parses the text of an export.
 * @param text the file's text, in chunks of any size, without a byte-order mark.
 * @param options the tally that counts, and throws at the first problem unless it is lenient.
 * @throws TraceError for a header without the columns that nothing works without, and for the
 *   first broken row when the tally is strict.
 */
export async function* parseProcmonCsv(
  text: AsyncIterable<string>, options: TraceOptions,
): AsyncGenerator<TraceEvent> {
  const { tally } = options;
  tally.summary.format = 'procmon-csv';
  let reader: RowReader | undefined;
  for await (const { record, info } of csvRows(text, tally)) {
    if (reader === undefined) {
      reader = RowReader.fromHeader(record, tally);
      continue;
    }
    tally.summary.rows++;
    const event = reader.read(record, info.lines);
    if (event !== undefined) yield event;
  }
  if (reader === undefined) RowReader.fromHeader([], tally);
}

async function* csvRows(
  text: AsyncIterable<string>, tally: TraceTally,
): AsyncGenerator<ParsedRow> {
  const header: string[] = [];
  const parser = parse({
    info: true, relax_column_count: true, skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES, skip_records_with_error: tally.lenient,
    // With `info`, what is handed out is a ParsedRow, though the types say string[].
    on_record: (row: unknown) => {
      if (header.length === 0) header.push(...(row as ParsedRow).record);
      return row as string[];
    },
    on_skip: (error) => {
      if (error !== undefined) brokenCsv(error, header, tally);
      return undefined;
    },
  });
  pipeline(Readable.from(text), parser, () => undefined);
  try {
    for await (const row of parser) yield row as ParsedRow;
  } catch (error) {
    if (!isCsvError(error)) throw error;
    brokenCsv(error, header, tally);
  }
}

const isCsvError = (error: unknown): error is CsvError =>
  error instanceof Error && 'code' in error && String(error['code']).startsWith('CSV_');

function brokenCsv(error: CsvError, header: readonly string[], tally: TraceTally): void {
  const index = Number(error['index'] ?? error['column'] ?? 0);
  const truncated = error.code === 'CSV_QUOTE_NOT_CLOSED';
  tally.problem({
    line: Number(error['lines'] ?? 0),
    column: header[index] ?? `column ${index + 1}`,
    message: truncated ? 'the file ends inside a quoted field: it was cut off.'
      : 'the quotes of this row do not match.',
    advice: 'Export the log again from Process Monitor, or replay the rest with --lenient.',
  });
}
