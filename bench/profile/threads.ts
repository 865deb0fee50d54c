// `npm run profile:threads [-- case]`: a case with threads under V8's profiler, which writes a
// profile per worker, and all of them merged for speedscope (https://www.speedscope.app).
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allCases, chooseCases } from '../catalogue.ts';
import { mergeProfiles } from './merge.ts';
import type { CpuProfile } from './merge.ts';

const [name = 'throughput/distinct-files'] = process.argv.slice(2);
const chosen = chooseCases(allCases(), [name]);
if (chosen.problem !== undefined) {
  process.stderr.write(`${chosen.problem}\n`);
  process.exit(2);
}
const folder = resolve('prof', name.replaceAll('/', '-'));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const runner = fileURLToPath(new URL('../run-case.js', import.meta.url));
const { status } = spawnSync(process.execPath,
  ['--cpu-prof', `--cpu-prof-dir=${folder}`, runner, name], { stdio: 'inherit' });
if (status !== 0) process.exit(3);
const files = readdirSync(folder).filter((file) => file.endsWith('.cpuprofile')).toSorted();
const profiles = Object.fromEntries(files.map((file) => {
  // CPU.date.time.process.thread.sequence.cpuprofile
  const thread = file.split('.')[4] ?? file;
  const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile;
  return [`thread ${thread}`, profile];
}));
const merged = join(folder, 'threads.speedscope.json');
writeFileSync(merged, JSON.stringify(mergeProfiles(profiles)));
process.stdout.write(`${files.length} threads in ${merged}; open it in speedscope\n`);
