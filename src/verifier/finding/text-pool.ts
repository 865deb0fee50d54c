// Texts that every thread must be able to read later: stacks, sites of locks. Each distinct text is
// stored once in the machine's memory and known by a small number; 0 is no text. When the room is
// used up, later texts become 0.
import { i32, u8 } from '../../mem/memory.ts';
import { epochWord, verifierArea } from '../area.ts';
import { underJudge } from '../lock/judge-lock.ts';

const index = verifierArea('textIndex');
const pool = verifierArea('text');
/** The index: a head (texts, bytes used), then per text its hash and where it begins. */
const HEAD = 16;
const ENTRY = 8;
const CAPACITY = Math.floor((index.end - index.start - HEAD) / ENTRY);
const countAt = index.start >> 2;
const usedAt = countAt + 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What this thread interned or read; belongs to one epoch. */
const ids = new Map<string, number>();
const texts: string[] = [];
let epoch = -1;

function refresh(): void {
  const now = i32[epochWord >> 2]!;
  if (now === epoch) return;
  epoch = now;
  ids.clear();
  texts.length = 0;
}

export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}

const entryAt = (id: number): number => (index.start + HEAD + (id - 1) * ENTRY) >> 2;

function find(text: string, hash: number): number {
  const count = i32[countAt]!;
  for (let id = 1; id <= count; id++) {
    if (i32[entryAt(id)] === hash && readText(id) === text) return id;
  }
  return 0;
}

function add(text: string, hash: number): number {
  const bytes = encoder.encode(text);
  const id = i32[countAt]! + 1;
  const at = pool.start + i32[usedAt]!;
  if (id > CAPACITY || at + 4 + bytes.length > pool.end) return 0;
  i32[at >> 2] = bytes.length;
  u8.set(bytes, at + 4);
  i32[usedAt]! += (4 + bytes.length + 3) & ~3;
  i32[entryAt(id)] = hash;
  i32[entryAt(id) + 1] = at;
  i32[countAt] = id;
  return id;
}

/** The number of a text; 0 when there is no room for it. Any IRQL. */
export function internText(text: string): number {
  refresh();
  const known = ids.get(text);
  if (known !== undefined) return known;
  const hash = hashText(text);
  const id = underJudge(() => find(text, hash) || add(text, hash));
  ids.set(text, id);
  return id;
}

/** The text of a number; empty for 0. */
export function textOf(id: number): string {
  refresh();
  let text = texts[id];
  if (text === undefined) {
    text = readText(id);
    if (text !== '') texts[id] = text;
  }
  return text;
}

function readText(id: number): string {
  if (id <= 0 || id > i32[countAt]!) return '';
  const at = i32[entryAt(id) + 1]!;
  return decoder.decode(u8.slice(at + 4, at + 4 + i32[at >> 2]!));
}
