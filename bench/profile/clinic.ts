// `npm run profile:flame`, `profile:doctor`, `profile:bubbleprof`: clinic on the inline target. It is
// fetched on demand at a pinned version, since it is not maintained any more and brings 694 packages
// that no normal install should carry: npx keeps it in npm's own cache, so a second run needs no
// network. Its telemetry is switched off. What it writes goes to prof/clinic.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CLINIC = 'clinic@13.0.0';
const FOLDER = 'prof/clinic';
const tools = ['flame', 'doctor', 'bubbleprof'];
const [tool = '', seconds = '8'] = process.argv.slice(2);

if (!tools.includes(tool)) {
  process.stderr.write(`there is no profiler ${tool}; there are ${tools.join(', ')}\n`);
  process.exit(2);
}
if (!(Number(seconds) > 0)) {
  process.stderr.write(`${seconds} is no number of seconds\n`);
  process.exit(2);
}
process.stdout.write(`clinic does not see worker threads, so this runs inline in one thread; for
threads: npm run profile:threads
${CLINIC} is not maintained any more; the first run fetches it and its 694 packages.
`);
const target = fileURLToPath(new URL('./target.js', import.meta.url));
const { status, error } = spawnSync('npx',
  ['--yes', CLINIC, tool, '--open=false', `--dest=${FOLDER}`, '--', process.execPath, target,
    seconds],
  { stdio: 'inherit', env: { ...process.env, NO_INSIGHT: '1' } });
if (error !== undefined) process.stderr.write(`npx did not start: ${error.message}\n`);
if (status !== 0) {
  process.stderr.write(`${CLINIC} ${tool} failed; it needs the registry the first time\n`);
  process.exit(3);
}
process.stdout.write(`open the newest .html in ${FOLDER}\n`);
