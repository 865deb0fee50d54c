// The bytes of a log as text: gzip undone, the encoding found, lines cut.
// Guarantees: works as a stream, holding a few chunks at a time. A gzip stream that breaks off
// yields everything that came before the break and then reports it to the tally, which throws
// unless it is lenient. UTF-8 with or without a byte-order mark, and UTF-16 with one (or with the
// zero bytes that give it away), are read; bytes that are no UTF-8 become U+FFFD.
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { TraceError, type TraceTally } from './tally.ts';

/** Decompressed chunks that may wait for the reader before reading pauses. */
const WAITING_CHUNKS = 16;

/**
 * Opens a log file as text; gzip is recognised by content, not by name.
 * @throws TraceError when the file cannot be opened or read.
 */
export async function* textOfFile(path: string, tally: TraceTally): AsyncGenerator<string> {
  yield* textOfBytes(bytesOfFile(path, tally), tally);
}

async function* bytesOfFile(path: string, tally: TraceTally): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
  } catch (error) {
    throw new TraceError(tally.summary.source, {
      line: 0, column: 'file', message: `cannot be read: ${(error as Error).message}.`,
      advice: 'Check the path of the trace and that you may read it.',
    });
  }
}

/** Text of a byte stream, gzip or not. */
export async function* textOfBytes(
  bytes: AsyncIterable<Uint8Array>, tally: TraceTally,
): AsyncGenerator<string> {
  const { first, all } = await peek(bytes);
  const isGzip = first[0] === 0x1f && first[1] === 0x8b;
  yield* decode(isGzip ? gunzip(all, tally) : all);
}

/** Lines without their ends (LF or CRLF); the last one even when it has no end. */
export async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  if (rest !== '') yield rest;
}

async function peek(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ first: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  let first = new Uint8Array(0);
  let ended = false;
  for (;;) {
    const next = await iterator.next();
    ended = next.done === true;
    if (next.done === true) break;
    first = Uint8Array.from([...first, ...next.value]);
    if (first.length >= 4) break;
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    if (first.length > 0) yield first;
    for (;;) {
      if (ended) return;
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  }
  return { first, all: all() };
}

async function* decode(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const { first, all } = await peek(bytes);
  const decoder = new TextDecoder(encodingOf(first));
  for await (const chunk of all) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield text;
  }
  const tail = decoder.decode();
  if (tail !== '') yield tail;
}

function encodingOf(first: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [one, two] = [first[0] ?? 1, first[1] ?? 1];
  if ((one === 0xff && two === 0xfe) || (one !== 0 && two === 0)) return 'utf-16le';
  if ((one === 0xfe && two === 0xff) || (one === 0 && two !== 0)) return 'utf-16be';
  return 'utf-8';
}

/** What the decompressor has said so far, and how to wait for more. */
interface Inflated {
  readonly chunks: Uint8Array[];
  ended: boolean;
  failure: Error | undefined;
  wake: () => void;
}

/**
 * Decompresses. An async iteration over the zlib stream would drop what it still holds when the
 * stream fails, so its chunks are collected by hand and handed out before the failure is.
 */
async function* gunzip(
  bytes: AsyncIterable<Uint8Array>, tally: TraceTally,
): AsyncGenerator<Uint8Array> {
  const stream = createGunzip();
  const state: Inflated = { chunks: [], ended: false, failure: undefined, wake: () => undefined };
  const settled = (failure?: Error): void => {
    state.ended = true;
    state.failure ??= failure;
    state.wake();
  };
  stream.on('data', (chunk: Uint8Array) => {
    state.chunks.push(chunk);
    if (state.chunks.length >= WAITING_CHUNKS) stream.pause();
    state.wake();
  });
  stream.on('end', () => settled());
  stream.on('error', settled);
  const feeding = feed(bytes, stream, state).catch(settled);
  for (;;) {
    const chunk = state.chunks.shift();
    if (chunk !== undefined) yield chunk;
    else if (state.ended) break;
    else {
      stream.resume();
      await new Promise<void>((resolve) => { state.wake = resolve; });
    }
  }
  stream.destroy();
  await feeding;
  if (state.failure !== undefined) report(state.failure, tally);
}

async function feed(
  bytes: AsyncIterable<Uint8Array>, stream: ReturnType<typeof createGunzip>, state: Inflated,
): Promise<void> {
  for await (const chunk of bytes) {
    if (state.ended) return;
    if (!stream.write(chunk)) {
      await new Promise<void>((resolve) => {
        stream.once('drain', resolve);
        stream.once('close', resolve);
      });
    }
  }
  stream.end();
}

function report(failure: Error, tally: TraceTally): void {
  if (failure instanceof TraceError) throw failure;
  tally.problem({
    line: 0, column: 'gzip', message: `the compressed data breaks off or is damaged `
      + `(${failure.message}).`,
    advice: 'Copy the file again, or replay what is left of it with --lenient.',
  });
}
