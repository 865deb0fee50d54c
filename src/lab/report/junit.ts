// A run as JUnit XML, for the CI servers that show it: one test case per filter and one for the run
// itself; a finding is a failure of the case that it is about, a suppressed or known one is said in
// its output.
import { counts, filterOf, ruleOf } from './findings.ts';
import { findingText } from './finding-text.ts';
import type { FailOn } from './findings.ts';
import type { Finding, RunReport } from './run-report.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;',
};

/** Text as XML may contain it: no markup, none of the characters that XML 1.0 forbids. */
export function escapeXml(text: string): string {
  return text
    // Control characters have no way to be written in XML 1.0, escaped or not.
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
    .replaceAll(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '?')
    .replaceAll(/[&<>"']/g, (c) => entities[c] ?? c);
}

const bodyOf = (finding: Finding): string =>
  (finding.details === undefined ? finding.text : findingText(finding.details));

function failure(finding: Finding): string {
  const message = finding.details?.cause ?? finding.text.split('\n')[0] ?? '';
  return `      <failure message="${escapeXml(message)}" type="${escapeXml(ruleOf(finding))}">` +
    `${escapeXml(bodyOf(finding))}</failure>`;
}

function output(finding: Finding): string {
  const why = finding.isSuppressed === true ? 'suppressed' : 'known';
  return `      <system-out>${escapeXml(`${why}: ${bodyOf(finding)}`)}</system-out>`;
}

/** The document, with a line feed at its end. */
export function junitReport(report: RunReport, failOn: FailOn): string {
  const suite = `fltlab run ${report.settings.workload}`;
  const names = ['run', ...report.filters.map(({ name }) => name)];
  const isOf = (finding: Finding, name: string): boolean => {
    const filter = filterOf(finding);
    return name === 'run' ? !names.includes(filter) || filter === '' : filter === name;
  };
  const time = report.seconds.toFixed(3);
  let failures = 0;
  const cases = names.map((name) => {
    const own = report.findings.filter((finding) => isOf(finding, name));
    const failing = own.filter((finding) => counts(finding, failOn));
    if (failing.length > 0) failures++;
    const rest = own.filter((finding) => !failing.includes(finding));
    const body = [...failing.map(failure), ...rest.map(output)];
    const head = `    <testcase classname="fltlab" name="${escapeXml(name)}" ` +
      `time="${name === 'run' ? time : '0.000'}"`;
    return body.length === 0 ? `${head}/>` : [`${head}>`, ...body, '    </testcase>'].join('\n');
  });
  const totals = `tests="${names.length}" failures="${failures}" errors="0" time="${time}"`;
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="fltlab" ${totals}>`,
    `  <testsuite name="${escapeXml(suite)}" ${totals}>`, ...cases, '  </testsuite>',
    '</testsuites>', ''].join('\n');
}
