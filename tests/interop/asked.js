// Asks verify.js what others are asked too. One JSON object on standard input, one out; bytes are in hexadecimal, lists keep their order.
//   signatures [[public key, signature, message]]  → [true or false]
//   paths      [[leaf hash, index, size, [hash]]]  → roots [root or null]
//   entries    [bytes], origin                     → [code of entry-v1.md section 5, or null]
//   vkeys      [text]                              → [whether it is an Ed25519 key that an entry may name]
const { verified, rootOfPath, readEntry, readVkey } = require("../../src/tallyproof_verify/browser/verify.js");
const bytes = (text) => Uint8Array.from(Buffer.from(text, "hex"));
const { signatures = [], paths = [], entries = [], origin = "", vkeys = [] } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const root = async ([leaf, index, size, path]) => {
  const found = await rootOfPath(bytes(leaf), index, size, path.map(bytes));
  return found && Buffer.from(found).toString("hex");
};
const all = (list, ask) => Promise.all(list.map(ask));
(async () => process.stdout.write(JSON.stringify({
  signatures: await all(signatures, (one) => verified(...one.map(bytes))),
  roots: await all(paths, root),
  entries: await all(entries, async (one) => (await readEntry(bytes(one), origin)).refused?.[0] ?? null),
  vkeys: await all(vkeys, async (one) => (await readVkey(one))?.type === 1),
})))();
