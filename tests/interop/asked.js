// Asks verify.js: {"signatures": [[public key, signature, message]], "paths": [[leaf hash, index, size, [hash]]]} on standard input, bytes
// in hexadecimal; {"signatures": [true or false], "roots": [root or null]} out.
const { verified, rootOfPath } = require("../../src/tallyproof_verify/browser/verify.js");
const bytes = (text) => Uint8Array.from(Buffer.from(text, "hex"));
const { signatures = [], paths = [] } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const root = async ([leaf, index, size, path]) => {
  const found = await rootOfPath(bytes(leaf), index, size, path.map(bytes));
  return found && Buffer.from(found).toString("hex");
};
(async () => process.stdout.write(JSON.stringify({
  signatures: await Promise.all(signatures.map((one) => verified(...one.map(bytes)))),
  roots: await Promise.all(paths.map(root)),
})))();
