// Joins the kernel's modules, as tsc emitted them, into one module per room of the debugger's
// (nt, fltmgr, ...). Every thread of a machine loads the whole kernel, and Node takes about a
// millisecond for each file: joined, a machine starts in half the time. Each module stays importable
// at its own path, where it only passes on what the joined one holds; so nothing exists twice.
//
// Beside each joined module lies `NAME.rows.json`: where each of its rows came from, for stacks.
import { readFileSync, readdirSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

const dist = join(import.meta.dirname, 'dist');

/** Rooms in the order in which they claim a module: prefixes of paths below dist. */
const rooms = {
  // What a thread settles before it loads anything that binds its memory or its schedule.
  birth: ['src/mem/birth.js'],
  schedule: ['src/atomics-sync/schedule/policy.js'],
  nt: ['src/mem/', 'src/trace/', 'src/atomics-sync/', 'src/ntos/'],
  fs: ['src/fs/'],
  fltmgr: ['src/fltmgr/', 'src/fltuser/'],
  verifier: ['src/verifier/'],
  image: ['src/image/'],
  machine: ['src/machine/', 'workers/'],
};

/** A module that asks where it is stays there. */
const staysThere = (name) => readFileSync(join(dist, name), 'utf8').includes('import.meta');
/** A module that begins a thread must not load what it is joined with before it has settled it. */
const beginsThread = (name) => /^workers\/(entry|cell|play)\./.test(name);

const names = readdirSync(dist, { recursive: true })
  .filter((name) => name.endsWith('.js'))
  .filter((name) => name === 'src/fltKernel.js' ||
    Object.values(rooms).flat().some((prefix) => name.startsWith(prefix)))
  .filter((name) => !staysThere(name));
const paths = new Set(names.map((name) => join(dist, name)));
const joined = names.filter((name) => !beginsThread(name));

function holds(prefixes) {
  const mine = joined.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  const held = new Set(mine.map((name) => join(dist, name)));
  return (id) => held.has(id);
}

/** Where each row of a joined module came from: [file, row] by turns; -1 when from nowhere. */
function rowsOf({ code, map }) {
  const found = new SourceMap(map);
  const at = code.split('\n').flatMap((text, row) => {
    const { originalSource, originalLine } = found.findEntry(row, Math.max(0, text.length - 1));
    return originalSource === undefined ? [-1, 0]
      : [map.sources.indexOf(originalSource), originalLine + 1];
  });
  return { files: map.sources.map((name) => name.replace(/^(\.\.\/)+(src\/)?/, '')), at };
}

const joining = await rolldown({
  input: Object.fromEntries(names.map((name) => [name.replace(/\.js$/, ''), join(dist, name)])),
  platform: 'node',
  treeshake: false,
  preserveEntrySignatures: 'strict',
  logLevel: 'warn',
  plugins: [{
    name: 'joined',
    resolveId(id, from) {
      if (from === undefined) return null;
      const path = join(dirname(from), id);
      if (paths.has(path)) return path;
      return id.startsWith('.') ? { id: path, external: 'relative' } : { id, external: true };
    },
    load: (id) => paths.has(id)
      ? { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') } : null,
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk' || !chunk.fileName.startsWith('rooms/') || !chunk.map) continue;
        this.emitFile({ type: 'asset', fileName: chunk.fileName.replace(/js$/, 'rows.json'),
          source: JSON.stringify(rowsOf(chunk)) });
      }
    },
  }],
});
await joining.write({
  dir: dist,
  entryFileNames: '[name].js',
  chunkFileNames: 'rooms/[name].js',
  sourcemap: true,
  codeSplitting: {
    groups: Object.entries(rooms).map(([name, prefixes], index) =>
      ({ name, test: holds(prefixes), priority: 100 - index })),
  },
});
