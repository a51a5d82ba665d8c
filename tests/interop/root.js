// The log's signature and the root over all entries, with what Node brings along: node root.js FOLDER VKEY
// Nothing of this project is used here: it shows how little a stranger needs to write.
const { createHash, createPublicKey, verify } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const [folder, vkey] = process.argv.slice(2);
const fail = (why) => { console.error(why); process.exit(1); };
const sha = (...parts) => { const h = createHash("sha256"); for (const p of parts) h.update(p); return h.digest(); };

const [, name, id, key] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? fail("not a vkey");
const raw = Buffer.from(key, "base64");
if (raw.length !== 33 || raw[0] !== 1) fail("not an Ed25519 vkey");
if (sha(name, "\n", raw).subarray(0, 4).toString("hex") !== id) fail("the key id is not that of the key");
const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), raw.subarray(1)]);
const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });

const checkpoint = readFileSync(join(folder, "checkpoint"), "utf8");
const [, text, origin, digits, hash] = /^((.+)\n(0|[1-9][0-9]*)\n(.+)\n)\n/.exec(checkpoint) ?? fail("not a checkpoint");
if (origin !== name) fail("another log's checkpoint");
const signed = checkpoint.split("\n").some((line) => {
  const [dash, signer, blob] = line.split(" ");
  const bytes = Buffer.from(blob ?? "", "base64");
  return dash === "—" && signer === name && bytes.subarray(0, 4).toString("hex") === id && verify(null, Buffer.from(text), publicKey, bytes.subarray(4));
});
if (!signed) fail("the log did not sign this checkpoint");

const size = Number(digits);
const full = []; // roots of complete subtrees, largest first, each with the number of its leaves
for (let n = 0; n * 256 < size; n++) {
  const width = Math.min(256, size - n * 256);
  let path = String(n % 1000).padStart(3, "0");
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) path = "x" + String(rest % 1000).padStart(3, "0") + "/" + path;
  const bundle = readFileSync(join(folder, "tile/entries", width < 256 ? `${path}.p/${width}` : path));
  let at = 0;
  for (let i = 0; i < width; i++) {
    const end = at + 2 + bundle.readUInt16BE(at);
    if (end > bundle.length) fail(`bundle ${n} is cut short`);
    let node = { leaves: 1, hash: sha("\0", bundle.subarray(at + 2, end)) };
    while (full.length && full[full.length - 1].leaves === node.leaves)
      node = { leaves: 2 * node.leaves, hash: sha("\x01", full.pop().hash, node.hash) };
    full.push(node);
    at = end;
  }
  if (at !== bundle.length) fail(`bundle ${n} has more than it should`);
}
const root = full.length ? full.map((one) => one.hash).reduceRight((right, left) => sha("\x01", left, right)) : sha("");
if (root.toString("base64") !== hash) fail(`the root of the entries is ${root.toString("base64")}, the checkpoint says ${hash}`);
console.log(JSON.stringify({ origin, size, root: hash }));
