/* Runs specs/vectors/entry through verify.js: node verify_vectors.js VERIFY_JS FOLDER. Prints {cases: {file: count}, wrong: [what, expected, found]}. */
"use strict";
const fs = require("node:fs"), path = require("node:path");
const v = require(path.resolve(process.argv[2]));
const read = (name) => JSON.parse(fs.readFileSync(path.join(process.argv[3], name), "utf8"));
const bytesOf = (one) => (typeof one === "string" ? new TextEncoder().encode(one) : one.entry_base64 === undefined ? new TextEncoder().encode(one.entry)
  : new Uint8Array(Buffer.from(one.entry_base64, "base64")));
const unhex = (text) => new Uint8Array(Buffer.from(text, "hex"));
const cases = {}, wrong = [];
const check = (file, name, expected, found) => {
  cases[file] = (cases[file] ?? 0) + 1;
  if (JSON.stringify(expected) !== JSON.stringify(found)) wrong.push([`${file}: ${name}`, expected, found]);
};

function jsonCode(line) {
  let value;
  try { value = v.parseJson(line); } catch (error) { if (error instanceof v.Malformed) return "json-malformed"; throw error; }
  return v.writeJson(value) === line ? null : "json-not-canonical";
}

async function replayed(origin, known, entries) {
  const report = new v.Report(), tree = new v.Tree();
  const vkeys = known && await Promise.all(known.map(v.readVkey));
  const replay = new v.Replay({ origin, known: vkeys, foreign: new Set(), tree, report });
  const all = entries.map(bytesOf);
  await tree.append(await Promise.all(all.map(v.leafHash)));
  await replay.take(await Promise.all(all.map((one) => v.readEntry(one, origin))), 0);
  return { report, replay, tree };
}
// What follows from dice and counts of an audit is not computed in the browser, and it says so.
const told = (problems) => problems.filter((one) => !one.code.startsWith("audit-")).map((one) => `${one.index === null ? "–" : one.index} ${one.code}`).sort();

(async () => {
  for (const one of read("json.json").cases) check("json", one.name, one.code, jsonCode(one.line));
  const note = read("note.json");
  for (const one of note.cases) {
    const entry = await v.readEntry(bytesOf(one), note.origin);
    check("note", one.name, one.code, entry.refused?.[0] === "field-wrong" ? null : entry.refused?.[0] ?? null);
  }
  for (const one of read("vkey.json").cases) {
    const vkey = await v.readVkey(one.vkey);
    check("vkey", one.name, one.good, vkey !== null && vkey.type === 1);
  }
  for (const one of read("ed25519.json").cases) check("ed25519", one.name, one.valid, await v.verified(unhex(one.public), unhex(one.signature), unhex(one.message)));
  for (const one of read("entry.json").cases) {
    const entry = await v.readEntry(new TextEncoder().encode(`o\n${one.type}\n${v.writeJson(one.value)}\n\n— k AAAAAAA=\n`), "o");
    check("entry", one.name, one.code, entry.refused?.[0] ?? null);
    if (one.field) check("entry", `${one.name} (field)`, one.field, /^[^.[]*/.exec(entry.refused?.[1] ?? "")[0]);
  }
  const log = read("log.json");
  if (log.entries) {
    const { report, replay, tree } = await replayed(log.origin, log.authority_known, log.entries);
    await replay.finish(async () => {});
    check("log", "problems", told(log.problems), told(report.problems));
    const records = [...replay.contests].flatMap(([contest, one]) => one.records.filter((record) => !one.excluded.has(record.station)).map((record) => ({ record: record.id,
      contest, station: record.station, source: record.source, act: record.act, version: record.version, supersedes: record.supersedes?.id ?? null, made: record.index })));
    records.sort((a, b) => (a.record < b.record ? -1 : 1));
    for (const [i, one] of log.entries.entries()) {
      check("log", `root before ${i}`, one.root, v.base64(await tree.root(i)));
      check("log", `record id of ${i}`, one.record_id, (await v.readEntry(bytesOf(one), log.origin)).id);
    }
    check("log", "records", log.records.map(({ votes, boxes, ...rest }) => rest), records);
    for (const one of log.refused) {
      const found = await replayed(one.origin ?? log.origin, one.authority_known === undefined ? log.authority_known : one.authority_known, [...log.entries.slice(0, one.after), one]);
      check("log", one.name, one.code, found.report.problems.find((said) => said.index === one.after && said.kind === "problem")?.code ?? null);
    }
    for (const one of log.said) {
      const found = await replayed(log.origin, log.authority_known, [...log.entries.slice(0, one.after), ...one.entries]);
      await found.replay.finish(async () => {});
      check("log", one.name, told(one.problems), told(found.report.problems));
    }
  }
  process.stdout.write(JSON.stringify({ cases, wrong }));
})();
