/* tallyproof: the verifier in the browser, and under Node 20 or later:

     node verify.js [FOLDER] [--policy F] [--authority F] [--seen F]... [--receipt F]... [--json]      exit 0 in order, 1 problems, 2 unusable input

   Written from specs/entry-v1.md, specs/log-v1.md and specs/tabulation-v1.md alone; it shares no code with the Python programs. It uses nothing
   but the language and WebCrypto, and asks no other server for anything. Sections: 1 words, 2 bytes, 3 Ed25519, 4 keys and notes, 5 JSON,
   6 policy, authority, checkpoints, 7 the tree, 8 types of entries, 9 accepting entries, 10 records, 11 tabulation and declarations,
   12 a whole log, 13 receipts, 14 Node, 15 the page. */
"use strict";
(() => {

/* ---- 1 Words: English and Urdu. {x} is filled in. ---- */

const CODES = {
  "entry-too-long": ["An entry is longer than 65,535 bytes", "اندراج 65,535 بائٹ سے طویل ہے"],
  "note-malformed": ["An entry is not a signed note of three lines", "اندراج تین سطروں کا دستخط شدہ متن نہیں"],
  "origin-differs": ["An entry belongs to another log: its first line is not the origin", "اندراج کسی دوسرے لاگ کا ہے: پہلی سطر اس لاگ کا نام نہیں"],
  "type-unknown": ["The type of an entry is not known", "اندراج کی قسم نامعلوم ہے"],
  "json-malformed": ["The third line is not JSON within the limits", "تیسری سطر مقررہ حدود میں JSON نہیں"],
  "json-not-canonical": ["The JSON is not written in its one spelling", "JSON اپنی واحد مقررہ شکل میں نہیں لکھا گیا"],
  "field-wrong": ["A field is missing, not allowed, or not of its kind", "کوئی خانہ غائب، غیر مجاز یا غلط قسم کا ہے"],
  "definition-first": ["The first entry, and no other, must be the definition, signed by an authority that is known",
    "پہلا اندراج، اور صرف وہی، معلوم مجاز ادارے کی دستخط شدہ تعریفِ انتخاب ہونا چاہیے"],
  "definition-late": ["A contest or stations were defined after the freeze", "کلیدیں منجمد ہونے کے بعد حلقہ یا اسٹیشن درج کیے گئے"],
  "definition-twice": ["A contest, a station or the freeze is there twice", "حلقہ، اسٹیشن یا انجماد دوبارہ درج ہوا"],
  "place-unknown": ["A contest, station or candidate was not defined", "حلقہ، اسٹیشن یا امیدوار پہلے درج نہیں"],
  "key-twice": ["A key is not new, or the key to be ended is not there", "کلید نئی نہیں، یا جسے ختم کرنا ہے وہ موجود نہیں"],
  "role-wrong": ["A roster gives out a role that its maker may not give", "فہرست ایسا منصب دیتی ہے جو اسے بنانے والا نہیں دے سکتا"],
  "signature-bad": ["A signature of a known key is false: text or signature was changed", "معلوم کلید کا دستخط غلط ہے: متن یا دستخط بدلا گیا"],
  "key-revoked": ["It is signed with a key that had been revoked", "منسوخ شدہ کلید سے دستخط کیے گئے"],
  "signer-missing": ["Somebody who has to sign has not signed", "جس کے دستخط لازم ہیں اس نے دستخط نہیں کیے"],
  "reference-unknown": ["It refers to an entry that is not there, or does not fit", "جس اندراج کا حوالہ ہے وہ موجود یا موزوں نہیں"],
  "reference-elsewhere": ["It refers to an entry of another contest or station", "حوالہ کسی دوسرے حلقے یا اسٹیشن کا ہے"],
  "act-wrong": ["What it says and what it carries do not go together", "جو کہا گیا اور جو درج ہے آپس میں نہیں ملتے"],
  "prefix-differs": ["It names a beginning of the log that is not this one", "لاگ کا جو ابتدائی حصہ بتایا گیا وہ یہ نہیں"],
  "declaration-totals": ["Declared figures are not the sums of the records", "اعلان کردہ اعداد ریکارڈ کے مجموعے نہیں"],
  "declaration-missing": ["The declared list of missing stations is another one", "غیر موجود اسٹیشنوں کی اعلان کردہ فہرست مختلف ہے"],
  "declaration-excluded": ["The declared list of excluded stations is another one", "خارج شدہ اسٹیشنوں کی اعلان کردہ فہرست مختلف ہے"],
  "declaration-disputed": ["The declared list of disputed stations is another one, or names no record that stands",
    "متنازع اسٹیشنوں کی اعلان کردہ فہرست مختلف ہے، یا برقرار ریکارڈ نہیں بتاتی"],
  "declaration-winners": ["The declared winners do not follow from the declared totals", "اعلان کردہ فاتح اعلان کردہ مجموعوں سے نہیں نکلتے"],
  "declaration-rules": ["The declaration was made by other rules", "اعلان دوسرے قواعد سے کیا گیا"],
  "equivocation": ["One office signed two different statements for one act", "ایک ہی دفتر نے ایک کارروائی پر دو مختلف بیانوں پر دستخط کیے"],
  "definition-incomplete": ["A contest was not defined, or has another number of stations than it says", "حلقہ درج نہیں ہوا، یا اسٹیشنوں کی تعداد بتائی گئی تعداد سے مختلف ہے"],
  "entries-differ": ["Two operators typed one picture differently", "دو آپریٹروں نے ایک ہی تصویر مختلف نقل کی"],
  "one-entry": ["A picture was typed by one operator only: it makes no record", "تصویر صرف ایک آپریٹر نے نقل کی: اس سے ریکارڈ نہیں بنتا"],
  "key-late": ["A record rests on a key that was named after the freeze", "ریکارڈ ایسی کلید پر ہے جو انجماد کے بعد درج ہوئی"],
  "serial-unknown": ["A form serial was not issued to this station", "فارم کا سیریل نمبر اس اسٹیشن کو جاری نہیں ہوا"],
  "attested-against": ["An agent or observer disagrees, was refused or excluded", "ایجنٹ یا مبصر متفق نہیں، یا اسے روکا یا نکالا گیا"],
  "reason-missing": ["A later version of a declaration does not say why it replaces the one before", "اعلان کا نیا نسخہ نہیں بتاتا کہ پچھلے کو کیوں بدلا گیا"],
  "audit-plan": ["A plan of an audit cannot be carried out", "آڈٹ کا ایک منصوبہ پورا نہیں کیا جا سکتا"],
  "audit-draw": ["A round of an audit is not what the dice draw", "آڈٹ کا ایک مرحلہ وہ نہیں جو پانسوں سے نکلتا ہے"],
  "audit-count": ["A hand count has more votes than the station has papers", "ہاتھ کی گنتی میں اسٹیشن کے ووٹروں سے زیادہ ووٹ ہیں"],
  "audit-result": ["The result of an audit does not follow from its counts", "آڈٹ کا نتیجہ اس کی گنتیوں سے نہیں نکلتا"],
  "checkpoint-missing": ["There is no checkpoint", "چیک پوائنٹ موجود نہیں"],
  "checkpoint-malformed": ["The checkpoint is not as it should be", "چیک پوائنٹ درست شکل میں نہیں"],
  "checkpoint-origin": ["The policy knows no log of this origin", "پالیسی اس نام کا کوئی لاگ نہیں جانتی"],
  "checkpoint-signature": ["A signature of the log under the checkpoint is missing or false", "چیک پوائنٹ پر لاگ کا دستخط غائب یا غلط ہے"],
  "witness-signature": ["A signature of a witness is false", "گواہ کا دستخط غلط ہے"],
  "quorum-missing": ["Fewer witnesses than the policy asks for have cosigned", "پالیسی کے مطلوبہ گواہوں سے کم نے توثیق کی"],
  "policy-malformed": ["The policy is missing or not as it should be", "پالیسی غائب ہے یا درست شکل میں نہیں"],
  "authority-malformed": ["The list of authority keys is not as it should be", "مجاز ادارے کی کلیدوں کی فہرست درست نہیں"],
  "rollback": ["The log has become shorter than a checkpoint that was seen", "لاگ پہلے دیکھے گئے چیک پوائنٹ سے چھوٹا ہو گیا"],
  "fork": ["The log is not the one that was seen: two logs under one name", "یہ وہ لاگ نہیں جو پہلے دیکھا گیا: ایک نام کے دو لاگ"],
  "bundle-missing": ["Entries are not there", "اندراجات موجود نہیں"],
  "tile-missing": ["A tile is not there", "ٹائل موجود نہیں"],
  "bundle-malformed": ["A file of entries is damaged", "اندراجات کی فائل خراب ہے"],
  "tile-truncated": ["A tile has another length than it should", "ٹائل کی لمبائی درست نہیں"],
  "tile-differs": ["A tile is not the hashes of what lies below it", "ٹائل اپنے نیچے کے اندراجات کا ہیش نہیں"],
  "root-differs": ["The entries are not those that were signed: one was changed, left out, put in or moved",
    "اندراجات وہ نہیں جن پر دستخط ہوئے: کوئی بدلا، نکالا، ڈالا یا ہٹایا گیا"],
  "receipt-malformed": ["This is not a receipt with an entry", "یہ اندراج والی رسید نہیں"],
  "receipt-path": ["The entry of the receipt is not in the tree that was signed", "رسید کا اندراج دستخط شدہ لاگ میں نہیں"],
};
const NOTICES = new Set(["entries-differ", "one-entry", "key-late", "serial-unknown", "attested-against", "reason-missing"]);

const SAYINGS = {
  "log-signed": ["The log “{origin}” has signed that it has {size} entries and this root.", "لاگ ”{origin}“ نے دستخط کیے کہ اس میں {size} اندراجات اور یہی جڑ ہیش ہے۔"],
  "quorum": ["Enough witnesses have cosigned, by the policy: {names}.", "پالیسی کے مطابق کافی گواہوں نے توثیق کی: {names}۔"],
  "entries-fixed": ["All {size} entries are those under the signed root, in their order; all tiles agree.",
    "تمام {size} اندراجات، اسی ترتیب سے، دستخط شدہ جڑ ہیش کے ہیں؛ تمام ٹائل متفق ہیں۔"],
  "signers": ["Everybody whose signature an entry needs has signed it and had the right to. Signatures checked: {signatures}.",
    "ہر اندراج پر وہی دستخط ہیں جو لازم تھے اور دستخط کرنے والے مجاز تھے۔ جانچے گئے دستخط: {signatures}۔"],
  "declarations": ["Tabulations and declarations that are the sums of the records before them: {count}, all there are.", "شمار اور اعلانات جو اپنے سے پہلے کے ریکارڈ کے مجموعے ہیں: {count}، یعنی سب۔"],
  "seen": ["The log begins with what was seen before: {name}.", "لاگ اسی سے شروع ہوتا ہے جو پہلے دیکھا گیا تھا: {name}۔"],
  "receipt": ["Entry {index} of the receipt is in the tree of {size} entries that the log signed.", "رسید کا اندراج {index} اس لاگ میں ہے جس کے {size} اندراجات پر لاگ نے دستخط کیے۔"],
  "receipt-authority": ["The entry of the receipt is signed by the authority: {names}.", "رسید کے اندراج پر مجاز ادارے کے دستخط ہیں: {names}۔"],
  "policy-given": ["The keys of log and witnesses are those that you gave.", "لاگ اور گواہوں کی کلیدیں وہی ہیں جو آپ نے دیں۔"],
  "authority-given": ["The keys of the authority are those that you gave.", "مجاز ادارے کی کلیدیں وہی ہیں جو آپ نے دیں۔"],
  "policy-folder": ["Who the log is: its keys came with the log itself. Compare them with the gazette, or give your own.",
    "لاگ کس کا ہے: کلیدیں خود لاگ کے ساتھ آئیں۔ انہیں گزٹ سے ملائیں یا اپنی دیں۔"],
  "authority-folder": ["Who the authority is: its keys came with the log itself. Compare them with the gazette, or give your own.",
    "مجاز ادارہ کون ہے: کلیدیں خود لاگ کے ساتھ آئیں۔ انہیں گزٹ سے ملائیں یا اپنی دیں۔"],
  "authority-none": ["Who the authority is: no key of it was given.", "مجاز ادارہ کون ہے: اس کی کوئی کلید نہیں دی گئی۔"],
  "ml-dsa": ["Not checked here: ML-DSA-44 (signatures under {name}: {count}). Use tallyproof-verify.", "یہاں نہیں جانچا گیا: ML-DSA-44 ({name} پر دستخط: {count})۔ tallyproof-verify استعمال کریں۔"],
  "quorum-open": ["The quorum of witnesses: it would need signatures by ML-DSA-44, which are not checked here.",
    "گواہوں کا کورم: اس کے لیے ML-DSA-44 کے دستخط درکار ہیں جو یہاں نہیں جانچے جاتے۔"],
  "quorum-none": ["That all are shown the same log: the policy asks for no witnesses.", "کہ سب کو ایک ہی لاگ دکھایا جاتا ہے: پالیسی کوئی گواہ نہیں مانگتی۔"],
  "no-declaration": ["Any declared result: no tabulation or declaration in this log was accepted.", "کوئی اعلان کردہ نتیجہ: اس لاگ میں کوئی شمار یا اعلان منظور نہیں ہوا۔"],
  "seen-unsigned": ["That the log signed the remembered checkpoint {name}: it was compared, but proves nothing to others.",
    "کہ یاد رکھے گئے چیک پوائنٹ {name} پر لاگ نے دستخط کیے: موازنہ ہوا، مگر دوسروں کے لیے ثبوت نہیں۔"],
  "seen-unjudged": ["That the log begins with {name}: its entries could not all be read, or are not those that it signed.",
    "کہ لاگ {name} سے شروع ہوتا ہے: اندراجات سب پڑھے نہ جا سکے، یا وہ نہیں جن پر دستخط ہوئے۔"],
  "seen-elsewhere": ["Nothing by {name}: it is of another log.", "{name} سے کچھ نہیں: وہ کسی دوسرے لاگ کا ہے۔"],
  "entries-unread": ["The entries: not all could be read, so the rest was not judged.", "اندراجات: سب پڑھے نہ جا سکے، اس لیے باقی نہیں جانچے گئے۔"],
  "entries-unasked": ["The entries: none were fetched, because the log has not signed this checkpoint.",
    "اندراجات: کوئی نہیں منگوایا گیا کیونکہ لاگ نے اس چیک پوائنٹ پر دستخط نہیں کیے۔"],
  "empty": ["Anything about an election: the log is empty.", "انتخاب کے بارے میں کچھ نہیں: لاگ خالی ہے۔"],
  "receipt-rights": ["That its signers had the right to sign: that is seen with the whole log.", "کہ دستخط کرنے والے مجاز تھے: یہ پورے لاگ سے معلوم ہوتا ہے۔"],
  "always-true": ["That the figures are true, that nothing was kept out of the log, or who holds a key: no log can show that.",
    "کہ اعداد سچے ہیں، کچھ لاگ سے باہر نہیں رکھا گیا، یا کلید کس کے پاس ہے: یہ کوئی لاگ نہیں دکھا سکتا۔"],
  "audits": ["Audits: who signed what was checked; draws and risks are not computed here. Use tallyproof-verify.",
    "آڈٹ: یہ جانچا گیا کہ کس نے دستخط کیے؛ قرعہ اور خطرہ یہاں نہیں نکالا جاتا۔ tallyproof-verify استعمال کریں۔"],
  "always-time": ["Times, timestamps (RFC 3161), pictures and printed QR codes: not looked at here.", "اوقات، ٹائم اسٹیمپ (RFC 3161)، تصاویر اور چھپے QR کوڈ: یہاں نہیں دیکھے گئے۔"],
};

const fill = (pair, values, lang) => pair[lang === "ur" ? 1 : 0].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
const say = (saying, lang) => fill(SAYINGS[saying.key], saying.values, lang);
const tell = (problem, lang) => fill(CODES[problem.code], {}, lang) + (problem.detail ? ` (${problem.detail})` : "");

/** What is said in the end. Problems beyond LISTED are counted, not kept. */
const LISTED = 1000;
class Report {
  constructor() {
    Object.assign(this, { problems: [], left_out: 0, failed: new Set(), yes: [], no: [], election: null, origin: null, size: null, root: null, contests: [], receipts: [] });
  }
  problem(code, { index = null, where = "", detail = "" } = {}) {
    if (!NOTICES.has(code)) this.failed.add(code);
    if (this.problems.length >= LISTED) this.left_out += 1;
    else this.problems.push({ code, kind: NOTICES.has(code) ? "notice" : "problem", index, where: cut(where, 200), detail: cut(detail, 300) });
  }
  established(key, values = {}) { this.note(this.yes, key, values); }
  open(key, values = {}) { this.note(this.no, key, values); }
  note(list, key, values) {
    const said = (one) => JSON.stringify([one.key, one.values]);
    if (!list.some((one) => said(one) === said({ key, values }))) list.push({ key, values });
  }
  get ok() { return this.failed.size === 0; }
  /** The document that both programs print, in one language. */
  document(lang = "en") {
    const order = (one) => (one.index === null ? -1 : one.index);
    const problems = [...this.problems].sort((a, b) => order(a) - order(b)).map((one) =>
      ({ code: one.code, kind: one.kind, index: one.index, where: one.where, message: tell(one, lang) }));
    const found = {
      ok: this.ok, election: (lang === "ur" && this.election?.name_ur) || this.election?.name || null, origin: this.origin, size: this.size, root: this.root, established: this.yes.map((one) => say(one, lang)),
      not_established: this.no.map((one) => say(one, lang)), problems, contests: this.contests,
    };
    if (this.left_out) found.problems_left_out = this.left_out;
    if (this.receipts.length) found.receipts = this.receipts;
    return found;
  }
}
const cut = (text, limit) => (text.length > limit ? text.slice(0, limit) + "…" : text);

/** Input that cannot be judged at all: how the programs were called, not what the log says. */
class Unusable extends Error {}
class Malformed extends Error {}

/* ---- 2 Bytes ---- */

const LIMITS = { small: 1 << 20, bundle: 256 * (65535 + 2), tile: 8192, signatures: 64, path: 63 };
const encoder = new TextEncoder();
const encode = (text) => encoder.encode(text);
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const HEX = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, "0"));
const hex = (bytes) => { let out = ""; for (const byte of bytes) out += HEX[byte]; return out; };
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const characters = (text) => { let count = 0; for (const _ of text) count += 1; return count; };
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** Text of a small file: readers ask for one byte more than the limit, so that a longer one is known. */
function small(bytes) {
  if (bytes.length > LIMITS.small) throw new Malformed("more than 1 MiB");
  return utf8(bytes);
}

function utf8(bytes) {
  try { return decoder.decode(bytes); } catch { throw new Malformed("not UTF-8"); }
}

/** Standard base64 with padding and without spare bits; null if it is anything else. */
function unbase64(text) {
  if (text.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  let raw;
  try { raw = atob(text); } catch { return null; }
  if (text.endsWith("=") && btoa(raw) !== text) return null;
  return Uint8Array.from(raw, (char) => char.charCodeAt(0));
}
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

function join(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
}

/** A decimal number without leading zeros, at most 2^53 − 1; null if it is anything else. */
const decimal = (text) => (/^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null);

/* ---- 3 Strict Ed25519 (entry-v1 section 3) ---- */

const little = (bytes) => BigInt("0x" + hex(Uint8Array.from(bytes).reverse()));
const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const Y8 = little(Uint8Array.from("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".match(/../g), (pair) => parseInt(pair, 16)));
const SMALL = new Set([0n, 1n, P - 1n, Y8, P - Y8]);

function soundPoint(bytes) {
  const y = little(bytes) & (2n ** 255n - 1n);
  return y < P && !SMALL.has(y);
}

const imported = new Map();

/** Whether `signature` (64 bytes) of `message` is one of the public key (32 bytes), by the strict rule. Never rejects. */
async function verified(key, signature, message) {
  if (signature.length !== 64 || !soundPoint(key) || !soundPoint(signature.subarray(0, 32)) || little(signature.subarray(32)) >= L) return false;
  const name = hex(key);
  if (!imported.has(name)) imported.set(name, crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]).catch(() => null));
  const usable = await imported.get(name);
  return usable !== null && crypto.subtle.verify({ name: "Ed25519" }, usable, signature, message).catch(() => false);
}

/** RFC 8032 section 7.1, test 2. Without WebCrypto's Ed25519 every signature would look false; better to say why. */
async function requireCrypto() {
  if (!globalThis.crypto?.subtle) throw new Unusable("This page has no WebCrypto here. Open it from disk, from https: or from localhost.");
  const bytes = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  const good = await verified(bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
    bytes("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    Uint8Array.of(0x72));
  if (!good) throw new Unusable("This program's WebCrypto has no Ed25519. Use a newer one, or tallyproof-verify.");
}

/* ---- 4 Keys and notes ---- */

const ED25519 = 1, COSIGNATURE = 4, ML_DSA = 6;
const KEY_LENGTHS = { [ED25519]: 32, [COSIGNATURE]: 32, [ML_DSA]: 1312 };
const SPACE = /\p{White_Space}/u;
const soundName = (name) => name.length > 0 && !name.includes("+") && !SPACE.test(name) && characters(name) <= 200;

/** A C2SP vkey as {name, id, type, key, text}, or null if it is malformed. */
async function readVkey(text) {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(text);
  const raw = parts && soundName(parts[1]) ? unbase64(parts[3]) : null;
  if (!raw || raw.length < 2 || raw.length - 1 !== KEY_LENGTHS[raw[0]]) return null;
  const key = raw.subarray(1);
  if (raw[0] !== ML_DSA && !soundPoint(key)) return null;
  const id = hex((await sha256(join(encode(parts[1] + "\n"), raw))).subarray(0, 4));
  return id === parts[2] ? { name: parts[1], id, type: raw[0], key, text, handle: `${parts[1]} ${id}` } : null;
}

const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

/** A signed note of three lines: {lines, text, signatures [{handle, name, id, bytes}]}. Throws Malformed. */
function readNote(bytes) {
  const all = utf8(bytes);
  if (CONTROL.test(all)) throw new Malformed("control character");
  const end = all.lastIndexOf("\n\n");
  if (end < 0 || !all.endsWith("\n")) throw new Malformed("no empty line before signatures");
  const lines = all.slice(0, end).split("\n");
  const below = all.slice(end + 2, -1).split("\n");
  if (lines.length !== 3) throw new Malformed("not three lines");
  if (below.length > LIMITS.signatures) throw new Malformed("too many signatures");
  const signatures = below.map((line) => {
    const parts = /^— ([^ ]+) ([^ ]+)$/u.exec(line);
    const raw = parts && soundName(parts[1]) ? unbase64(parts[2]) : null;
    if (!raw || raw.length < 5) throw new Malformed("signature line");
    const id = hex(raw.subarray(0, 4));
    return { handle: `${parts[1]} ${id}`, name: parts[1], id, bytes: raw.subarray(4) };
  });
  return { lines, text: encode(all.slice(0, end + 1)), signatures };
}

/* ---- 5 JSON (entry-v1 section 2) ---- */

const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const DEPTH = 6;

/** The value of one line of JSON within the limits; objects have no prototype, so no key is special. Throws Malformed. */
function parseJson(text) {
  let at = 0;
  const fail = (what) => { throw new Malformed(`${what} at character ${at + 1}`); };
  const blank = () => { while (text[at] === " " || text[at] === "\t" || text[at] === "\r" || text[at] === "\n") at += 1; };
  const take = (char) => { if (text[at] !== char) fail(`${char} expected`); at += 1; };

  function string() {
    take('"');
    let out = "", from = at;
    for (;;) {
      const char = text[at];
      if (char === undefined) fail("text not ended");
      if (char === '"') break;
      if (char < " ") fail("control character");
      at += 1;
      if (char !== "\\") continue;
      out += text.slice(from, at - 1);
      const kind = text[at];
      if (kind === "u") {
        const code = text.slice(at + 1, at + 5);
        if (!/^[0-9a-fA-F]{4}$/.test(code)) fail("escape");
        out += String.fromCharCode(parseInt(code, 16));
        at += 5;
      } else if (kind !== undefined && Object.hasOwn(ESCAPES, kind)) {
        out += ESCAPES[kind];
        at += 1;
      } else fail("escape");
      from = at;
    }
    out += text.slice(from, at);
    at += 1;
    if (FORBIDDEN.test(out)) fail("character that is not allowed");
    if (out.normalize("NFC") !== out) fail("not in Unicode NFC");
    return out;
  }

  function number() {
    const digits = /^-?[0-9.eE+-]+/.exec(text.slice(at, at + 400));
    const value = digits ? decimal(digits[0]) : null;
    if (value === null) fail("not a whole number from 0 to 2^53 − 1");
    at += digits[0].length;
    return value;
  }

  function items(open, close, one) {
    take(open);
    blank();
    if (text[at] === close) { at += 1; return; }
    for (;;) {
      blank();
      one();
      blank();
      if (text[at] === close) { at += 1; return; }
      take(",");
    }
  }

  function value(depth) {
    const char = text[at];
    if ((char === "{" || char === "[") && depth > DEPTH) fail("nested too deep");
    if (char === "{") {
      const found = Object.create(null);
      items("{", "}", () => {
        const key = string();
        if (!/^[\x20-\x7e]*$/.test(key)) fail("key that is not ASCII");
        if (key in found) fail("key twice");
        blank();
        take(":");
        blank();
        found[key] = value(depth + 1);
      });
      return found;
    }
    if (char === "[") {
      const found = [];
      items("[", "]", () => found.push(value(depth + 1)));
      return found;
    }
    return char === '"' ? string() : number();
  }

  blank();
  if (text[at] !== "{") fail("object expected");
  const found = value(1);
  blank();
  if (at !== text.length) fail("end expected");
  return found;
}

/** The one spelling of a value: RFC 8785 within the limits. */
function writeJson(value) {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return `"${value.replace(/["\\]/g, "\\$&")}"`;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  return `{${Object.keys(value).sort().map((key) => `${writeJson(key)}:${writeJson(value[key])}`).join(",")}}`;
}

/* ---- 6 Policy, authority, checkpoints (log-v1 section 2) ---- */

/** tlog-policy: {logs [vkey], witnesses Map of name to vkey, groups Map of name to {k, members}, quorum}. Throws Malformed. */
async function readPolicy(bytes) {
  // Octets above 0x7F are opaque to the format; a name that is no UTF-8 cannot be a key's name and is refused with the rest.
  const text = small(bytes);
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) throw new Malformed("control character");
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: null };
  const known = new Set(["none"]), grouped = new Set(), keys = { log: new Set(), witness: new Set() };
  const key = async (word, text, types) => {
    const vkey = text === undefined ? null : await readVkey(text);
    if (!vkey || !types.includes(vkey.type)) throw new Malformed(`key of ${word}`);
    const pub = hex(vkey.key);
    if (keys[word].has(pub)) throw new Malformed(`key of ${word} twice`);
    keys[word].add(pub);
    return vkey;
  };
  const naming = (name) => {
    if (name === undefined || known.has(name)) throw new Malformed("name missing or twice");
    known.add(name);
  };
  for (const line of text.split("\n")) {
    const words = line.split(/[ \t]+/).filter(Boolean);
    if (!words.length || words[0].startsWith("#")) continue;
    const [what, ...rest] = words;
    if (what === "log" && rest.length >= 1 && rest.length <= 2) policy.logs.push(await key("log", rest[0], [ED25519, ML_DSA]));
    else if (what === "witness" && rest.length >= 2 && rest.length <= 3) {
      naming(rest[0]);
      policy.witnesses.set(rest[0], await key("witness", rest[1], [COSIGNATURE, ML_DSA]));
    } else if (what === "group" && rest.length >= 3) {
      const [name, number, ...members] = rest;
      for (const member of members) {
        if (member === "none" || !known.has(member) || grouped.has(member)) throw new Malformed("member of a group");
        grouped.add(member);
      }
      naming(name);
      const k = number === "all" ? members.length : number === "any" ? 1 : decimal(number);
      if (k === null || k < 1 || k > members.length) throw new Malformed("number of a group");
      policy.groups.set(name, { k, members });
    } else if (what === "quorum" && rest.length === 1) {
      if (policy.quorum !== null || !known.has(rest[0])) throw new Malformed("quorum");
      policy.quorum = rest[0];
    } else throw new Malformed(`line “${cut(line, 40)}”`);
  }
  if (policy.quorum === null) throw new Malformed("no quorum");
  if (Math.max(policy.logs.length, policy.witnesses.size, policy.groups.size) > 256) throw new Malformed("more than 256 logs, witnesses or groups");
  return policy;
}

/** The authority's vkeys, a line each; the last line may lack its end. Throws Malformed. */
async function readAuthority(bytes) {
  const lines = small(bytes).replace(/\n$/, "").split("\n");
  const keys = await Promise.all(lines.map(readVkey));
  if (keys.some((key) => key === null || key.type !== ED25519)) throw new Malformed("not a vkey of Ed25519 a line");
  if (new Set(keys.map((key) => hex(key.key))).size !== keys.length) throw new Malformed("key twice");
  return keys;
}

/** {origin, size, root, note}. Throws Malformed. */
function readCheckpoint(bytes) {
  if (bytes.length > LIMITS.small) throw new Malformed("more than 1 MiB");
  const note = readNote(bytes);
  const [origin, digits, hash] = note.lines;
  const size = decimal(digits), root = unbase64(hash);
  if (!origin || SPACE.test(origin) || origin.includes("+") || encode(origin).length > 200) throw new Malformed("origin");
  if (size === null) throw new Malformed("size");
  if (!root || root.length !== 32) throw new Malformed("root");
  return { origin, size, root, note };
}

/** One signature line of a key of the policy: true, false, or null if it is of a kind that is not checked here. */
async function checkpointSigned(vkey, bytes, text) {
  if (vkey.type === ED25519) return verified(vkey.key, bytes, text);
  if (bytes.length !== 8 + (vkey.type === ML_DSA ? 2420 : 64)) return false;
  const time = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  if (time >= 2n ** 63n) return false;
  return vkey.type === ML_DSA ? null : verified(vkey.key, bytes.subarray(8), join(encode(`cosignature/v1\ntime ${time}\n`), text));
}

/** Judges the signatures of a checkpoint by the policy (null: there is none to judge by). True if the log has signed. */
async function judgeCheckpoint(checkpoint, policy, report, where) {
  if (!policy) return false;
  const logs = policy.logs.filter((vkey) => vkey.name === checkpoint.origin);
  if (!logs.length) {
    report.problem("checkpoint-origin", { where, detail: checkpoint.origin });
    return false;
  }
  const first = new Map();
  for (const one of checkpoint.note.signatures) if (!first.has(one.handle)) first.set(one.handle, one.bytes);
  const ask = (vkey) => (first.has(vkey.handle) ? checkpointSigned(vkey, first.get(vkey.handle), checkpoint.note.text) : undefined);
  let signed = false, unchecked = 0, sound = true;
  for (const vkey of logs) {
    const answer = await ask(vkey);
    if (answer === true) signed = true;
    if (answer === null) unchecked += 1;
    if (answer === false || (answer === undefined && vkey.type === ML_DSA)) {
      sound = false;
      report.problem("checkpoint-signature", { where, detail: `${vkey.name}+${vkey.id}` });
    }
  }
  if (sound && !signed) { sound = false; report.problem("checkpoint-signature", { where, detail: checkpoint.origin }); }
  // A witness whose signature cannot be checked here counts for the upper answer only.
  const surely = new Set(), perhaps = new Set();
  for (const [name, vkey] of policy.witnesses) {
    const answer = await ask(vkey);
    if (answer === true) surely.add(name);
    if (answer === true || answer === null) perhaps.add(name);
    if (answer === null) unchecked += 1;
    if (answer === false) report.problem("witness-signature", { where, detail: vkey.name });
  }
  const reached = (name, who) => {
    const group = policy.groups.get(name);
    return group ? group.members.filter((member) => reached(member, who)).length >= group.k : who.has(name);
  };
  if (unchecked) report.open("ml-dsa", { count: unchecked, name: where });
  if (policy.quorum === "none") report.open("quorum-none");
  else if (reached(policy.quorum, surely)) report.established("quorum", { names: [...surely].join(", ") });
  else if (reached(policy.quorum, perhaps)) report.open("quorum-open", { name: where });
  else report.problem("quorum-missing", { where, detail: `${surely.size} / ${policy.witnesses.size}` });
  return sound && signed;
}

/* ---- 7 The tree (RFC 6962 section 2.1) ---- */

const leafHash = (entry) => sha256(join(Uint8Array.of(0), entry));
const nodeHash = (left, right) => sha256(join(Uint8Array.of(1), left, right));

class Tree {
  constructor() { this.levels = [[]]; this.roots = new Map(); }
  get size() { return this.levels[0].length; }
  async append(leaves) {
    this.levels[0].push(...leaves);
    for (let k = 0; this.levels[k].length > 1; k += 1) {
      const below = this.levels[k], above = (this.levels[k + 1] ??= []), wanted = [];
      for (let i = above.length; 2 * i + 1 < below.length; i += 1) wanted.push(nodeHash(below[2 * i], below[2 * i + 1]));
      if (!wanted.length) break;
      above.push(...await Promise.all(wanted));
    }
  }
  /** The root of the first `size` leaves, which must be there. */
  async root(size) {
    if (!this.roots.has(size)) {
      const peaks = [];
      for (let k = this.levels.length - 1, from = 0; k >= 0; k -= 1) {
        if (size - from < 2 ** k) continue;
        peaks.push(this.levels[k][from / 2 ** k]);
        from += 2 ** k;
      }
      let root = peaks.length ? peaks.pop() : await sha256(new Uint8Array(0));
      while (peaks.length) root = await nodeHash(peaks.pop(), root);
      this.roots.set(size, root);
    }
    return this.roots.get(size);
  }
}

/** The root that an inclusion path leads to (RFC 9162 section 2.1.3.2), or null if its length does not fit. */
async function rootOfPath(leaf, index, size, path) {
  let fn = BigInt(index), sn = BigInt(size) - 1n, found = leaf;
  for (const hash of path) {
    if (sn === 0n) return null;
    if (fn & 1n || fn === sn) {
      found = await nodeHash(hash, found);
      while (!(fn & 1n) && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
    } else found = await nodeHash(found, hash);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n ? found : null;
}

/* ---- 8 Types of entries (entry-v1 section 4) ---- */

const BOXES = ["registered", "registered_male", "registered_female", "received", "issued", "unused", "spoilt", "admitted", "admitted_male", "admitted_female",
  "in_box", "valid", "rejected", "blank", "challenged", "tendered", "serial_first", "serial_last"];
const REASONS = "lost|stolen|damaged|ended";
const ORDERS = "dismissed|recount|re-poll|exclude|include|correct|declare|void";
const GROUNDS = "figures-changed|copies-contradict|declaration-contradicts|station-left-out|count-faulty|recount-due|agents-excluded|poll-disrupted|women-turnout|"
  + "not-qualified";
/** Steps of a case: a court signs the first kind, a court or the authority the second, a side the third. */
const STEPS = new Map(Object.entries({ admitted: "court", rejected: "court", hearing: "court", stay: "court", order: "court", closed: "court", notice: "either",
  "no-reply": "either", reply: "side", "time-asked": "side", appeal: "side", withdrawn: "side" }));
const TOTALS = { "boxes?": "{tallied:count}", contest: "id", "disputed?": "{id:hash}", "excluded?": ["id"], "missing?": ["id"], root: "root", rules: "hash", size: "size",
  totals: "{candidate:count}" };
const TYPES = new Map(Object.entries({
  "election-definition/v1": { authority: ["vkey"], threshold: "count", contests: ["id"], "courts?": "{office:vkey}", day: "day", election: "id", name: "text",
    "name_ur?": "text", "observers?": "{office:vkey}", "parties?": "{office:vkey}", rules: { name: "id", sha256: "hash" } },
  "contest/v1": { "boxes?": ["box"], candidates: [{ candidate: "candidate", "name?": "text", "name_ur?": "text", "party?": "id" }], contest: "id", "name?": "text",
    "name_ur?": "text", "rule?": "plurality|none", "seats?": "number", stations: "count" },
  "stations/v1": { contest: "id", stations: [{ "registered?": "count", station: "id" }] },
  "roster/v1": { by: "by", contest: "id", keys: [{ role: "officer|returning-officer|operator|agent|observer", "stations?": ["id"], vkey: "vkey" }] },
  "roster-freeze/v1": { root: "root", size: "size" },
  "key-revoke/v1": { key: "vkey", reason: REASONS },
  "key-replace/v1": { new: "vkey", old: "vkey", reason: REASONS },
  "form-issue/v1": { contest: "id", serials: ["id"], station: "id" },
  "station-record/v1": { act: "count|repoll", "boxes?": "{box:figure}", "closed?": "time", contest: "id", "order?": "hash", "serial?": "id", source: "source", station: "id",
    "supersedes?": "hash", votes: "{candidate:figure}" },
  "attestation/v1": { "boxes?": "{box:figure}", contest: "id", "record?": "hash", says: "agree|disagree|refused|excluded", station: "id", "votes?": "{candidate:figure}" },
  "image/v1": { contest: "id", mime: "id", sha256: "hash", size: "size", station: "id" },
  "transcription/v1": { "boxes?": "{box:figure}", contest: "id", image: "hash", station: "id", votes: "{candidate:figure}" },
  "correction/v1": { act: "canvass|ruling", "boxes?": "{box:figure}", contest: "id", "order?": "hash", reason: "text", station: "id", supersedes: "hash",
    votes: "{candidate:figure}" },
  "recount-order/v1": { contest: "id", "order?": "hash", reason: "text", stations: ["id"] },
  "recount-result/v1": { "boxes?": "{box:figure}", contest: "id", order: "hash", station: "id", supersedes: "hash", votes: "{candidate:figure}" },
  "exclusion/v1": { contest: "id", ground: "text", "order?": "hash", station: "id" },
  "inclusion/v1": { contest: "id", ground: "text", "order?": "hash", station: "id" },
  "tabulation/v1": TOTALS,
  "declaration/v1": { ...TOTALS, "override?": "text", "reason?": "text", stage: "provisional|final", version: "number", "winners?": ["candidate"] },
  "complaint/v1": { "asks?": ORDERS, "candidate?": "candidate", complaint: "id", contest: "id", "documents?": ["hash"], "evidence?": ["hash"], "findings?": ["id"],
    "grounds?": [GROUNDS], "respondents?": ["by"], "stations?": ["id"], summary: "text", "when?": "time" },
  "case-step/v1": { complaint: "hash", contest: "id", "due?": "time", "order?": { "candidate?": "candidate", kind: ORDERS, "record?": "hash", "stations?": ["id"] },
    step: [...STEPS.keys()].join("|"), summary: "text", "to?": ["by"], when: "time" },
  "ruling/v1": { complaint: "hash", contest: "id", outcome: "granted|part|refused", summary: "text" },
  "seat-status/v1": { contest: "id", "ground?": "hash", "holder?": "candidate", "when?": "time",
    status: "declared|notified|taken|relinquished|disqualified|died|optioned|stayed|vacated|re-poll|recount|by-election|filled" },
  "statement/v1": { "about?": "records|declared", contest: "id", day: "day", "figures?": "{candidate:count}",
    "rounding?": "{candidate:exact|10|100|1000|10000|100000|1000000|10000000|100000000|about|at-least|at-most}", source: "text", summary: "text", who: "id" },
  "timestamp/v1": { authority: "id", root: "root", sha256: "hash", size: "size" },
  "audit-plan/v1": { audit: "id", contests: "{id:hash}", dice: "dice", limit: "share", method: "ppeb-wor", root: "root", size: "size", stake: "share" },
  "audit-seed/v1": { dice: "digits", plan: "hash" },
  "audit-round/v1": { number: "number", plan: "hash", stations: ["id"] },
  "audit-count/v1": { "boxes?": "{box:figure}", contest: "id", found: "counted|absent", plan: "hash", station: "id", "votes?": "{candidate:figure}" },
  "audit-result/v1": { plan: "hash", results: [{ contest: "id", outcome: "confirmed|escalate|full-count", risk: "count" }], round: "number" },
}));

const isText = (value, limit) => typeof value === "string" && value.length > 0 && characters(value) <= limit;
const isId = (value) => typeof value === "string" && /^(?! )[ -~]{1,200}$(?<! )/.test(value);
const OFFICE = "[!-9;-~]{1,100}";
const ISSUER = new RegExp(`^(authority|(party|observers):${OFFICE})$`), SOURCE = new RegExp(`^(officer|commission|(agent|observer):${OFFICE})$`);
const isCount = (value) => typeof value === "number" && value <= 999999999;
function isShare(value) {
  const parts = typeof value === "string" && /^([1-9][0-9]{0,8})\/([1-9][0-9]{0,8})$/.exec(value);
  return Boolean(parts) && Number(parts[1]) < Number(parts[2]);
}
function isDay(value) {
  const parts = typeof value === "string" && /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!parts) return false;
  const [year, month, day] = parts.slice(1).map(Number);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}
const KINDS = {
  id: isId,
  text: (value) => isText(value, 500),
  count: isCount,
  number: (value) => isCount(value) && value >= 1,
  size: (value) => typeof value === "number",
  figure: (value) => isCount(value) || ["illegible", "blank", "not-on-form"].includes(value),
  hash: (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value),
  root: (value) => typeof value === "string" && value.length === 44 && unbase64(value)?.length === 32,
  vkey: (value, vkeys) => typeof value === "string" && vkeys.get(value)?.type === ED25519,
  share: isShare,
  digits: (value) => typeof value === "string" && /^[0-9]{20,100}$/.test(value),
  dice: (value) => typeof value === "number" && value >= 20 && value <= 100,
  day: isDay,
  time: (value) => typeof value === "string" && /^.{10}T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/.test(value) && isDay(value.slice(0, 10)),
  box: (value) => BOXES.includes(value),
  candidate: (value) => isId(value) && !BOXES.includes(value),
  tallied: (value) => DISPUTABLE.includes(value),
  office: (value) => ISSUER.test(`party:${value}`),
  source: (value) => typeof value === "string" && SOURCE.test(value),
  by: (value) => typeof value === "string" && ISSUER.test(value),
};
const isObject = (value) => typeof value === "object" && !Array.isArray(value);
const LIST = 5000;

/** Where a value is not of its kind ("" at the top), or null. `vkeys` has every vkey of the entry, read. */
function fault(kind, value, vkeys, at = "") {
  if (Array.isArray(kind)) {
    if (!Array.isArray(value) || value.length > LIST) return at;
    for (const [i, one] of value.entries()) {
      const found = fault(kind[0], one, vkeys, `${at}[${i}]`);
      if (found !== null) return found;
    }
    const names = value.map((one) => (typeof one === "string" ? one : one.candidate ?? one.station ?? one.contest ?? writeJson(one)));
    return new Set(names).size === names.length ? null : at;
  }
  if (typeof kind === "object") {
    if (!isObject(value)) return at;
    const fields = new Map(Object.entries(kind).map(([name, inner]) => [name.replace(/\?$/, ""), { inner, needed: !name.endsWith("?") }]));
    for (const name of Object.keys(value)) if (!fields.has(name)) return `${at}.${name}`;
    for (const [name, { inner, needed }] of fields) {
      const found = name in value ? fault(inner, value[name], vkeys, `${at}.${name}`) : needed ? `${at}.${name}` : null;
      if (found !== null) return found;
    }
    return null;
  }
  if (kind.startsWith("{")) {
    const [key, inner] = kind.slice(1, -1).split(":");
    if (!isObject(value)) return at;
    for (const name of Object.keys(value)) if (!KINDS[key](name) || fault(inner, value[name], vkeys) !== null) return `${at}.${name}`;
    return null;
  }
  const right = Object.hasOwn(KINDS, kind) ? KINDS[kind](value, vkeys) : kind.split("|").includes(value);
  return right ? null : at;
}

/* ---- 9 Accepting entries (entry-v1 section 5) ---- */

const PREFIXED = new Set(["roster-freeze/v1", "tabulation/v1", "declaration/v1", "timestamp/v1", "audit-plan/v1"]);
const AUDIT = /^audit-/;
const NAMES_KEYS = new Set(["election-definition/v1", "roster/v1", "key-revoke/v1", "key-replace/v1"]);

async function vkeysIn(value, found = new Map()) {
  if (typeof value === "string") {
    if (value.includes("+") && !found.has(value)) found.set(value, await readVkey(value));
  } else if (typeof value === "object") for (const one of Object.values(value)) await vkeysIn(one, found);
  return found;
}

/** One entry as far as it can be judged alone: the rules up to `field-wrong`. `refused` is [code, detail] or null. */
async function readEntry(bytes, origin) {
  const entry = { refused: null, id: null, type: null, value: null, text: "", sigs: [], vkeys: new Map(), message: null };
  const refuse = (code, detail = "") => { entry.refused = [code, detail]; return entry; };
  if (bytes.length > 65535) return refuse("entry-too-long", `${bytes.length}`);
  let note;
  try { note = readNote(bytes); } catch (error) { if (error instanceof Malformed) return refuse("note-malformed", error.message); throw error; }
  const [first, type, line] = note.lines;
  entry.text = note.lines.join("\n");
  entry.message = note.text;
  entry.id = hex(await sha256(note.text));
  const handles = new Set();
  for (const one of note.signatures) {
    if (!handles.has(one.handle) && one.bytes.length === 64) entry.sigs.push({ ...one, answers: new Map() });
    handles.add(one.handle);
  }
  if (first !== origin) return refuse("origin-differs", first);
  if (!TYPES.has(type)) return refuse("type-unknown", type);
  entry.type = type;
  let value;
  try { value = parseJson(line); } catch (error) { if (error instanceof Malformed) return refuse("json-malformed", error.message); throw error; }
  if (writeJson(value) !== line) return refuse("json-not-canonical");
  if (NAMES_KEYS.has(type)) entry.vkeys = await vkeysIn(value);
  const wrong = fault(TYPES.get(type), value, entry.vkeys);
  if (wrong !== null) return refuse("field-wrong", wrong.replace(/^\./, ""));
  if (type === "contest/v1" && value.rule !== "none" && (value.seats ?? 1) > value.candidates.length) return refuse("field-wrong", "seats");
  entry.value = value;
  return entry;
}

/** Whether a signature is one of a public key; asked once for each pair, so that it can be asked for many in advance. */
function signedBy(entry, sig, key) {
  const name = hex(key);
  if (!sig.answers.has(name)) sig.answers.set(name, verified(key, sig.bytes, entry.message));
  return sig.answers.get(name);
}

const placeOf = (value) => (value ? [value.contest, typeof value.station === "string" ? value.station : null].filter(Boolean).join("/") : "");
const nonEmpty = (list) => (list.length ? list : null);

/** The state of a log after the entries that were given to it. `known`: authority vkeys from outside, or null. `foreign`: keys of log and witnesses. */
class Replay {
  constructor({ origin, known, foreign, tree, report }) {
    Object.assign(this, { origin, known, foreign, tree, report, definition: null, threshold: Infinity, frozen: null, accepted: 0, signatures: 0 });
    this.keys = new Map();          // handle -> {handle, key, pub, role, contest, stations, issuer, group, late, revoked}
    this.pubs = new Set();
    this.contests = new Map();
    this.texts = new Map();         // record id of each accepted text -> {index, type, contest, station, stations, made, operators, ...}
    this.declared = [];
    this.equivocal = [];
    this.offices = new Map();
  }

  /** Judges and takes in the next entries, whose leaves are in the tree already. */
  async take(entries, index) {
    const named = new Map();
    for (const entry of entries) for (const vkey of entry.vkeys.values()) if (vkey) named.set(vkey.handle, vkey);
    const asked = [];
    for (const entry of entries) {
      for (const sig of entry.sigs) {
        for (const one of [this.keys.get(sig.handle), named.get(sig.handle)]) if (one) asked.push(signedBy(entry, sig, one.key));
      }
    }
    await Promise.all(asked);
    for (const [i, entry] of entries.entries()) {
      const refused = entry.refused ?? await this.judge(entry, index + i);
      if (!refused) continue;
      const place = placeOf(entry.value) || (entry.type ?? "");
      this.report.problem(refused[0], { index: index + i, where: place, detail: refused[1] });
    }
  }

  /** [code, detail] of the first rule that is broken, or null after the entry had its effect. */
  async judge(entry, index) {
    const { type, value } = entry;
    const before = this.texts.get(entry.id);
    const defining = type === "election-definition/v1";
    if (!before && (defining !== (index === 0) || (index > 0 && !this.definition))) return ["definition-first", type];
    if (defining && !before) {
      if (value.threshold < 1 || value.threshold > value.authority.length) return ["definition-first", "threshold"];
      if (this.known && !await this.knownSigned(entry)) return ["definition-first", "authority"];
    }
    // A second copy of an accepted text brings signatures, and nothing else happens again.
    if (!before) {
      const wrong = this.places(type, value) ?? this.keyRules(type, entry);
      if (wrong) return wrong;
    }
    const good = [], revoked = [];
    for (const sig of entry.sigs) {
      const key = index ? this.keys.get(sig.handle) : this.ownKey(entry, sig);
      if (!key) continue;
      const true_ = await signedBy(entry, sig, key.key);
      if (key.revoked) { if (true_) revoked.push(key); continue; }
      if (!true_) return ["signature-bad", sig.name];
      good.push(key);
    }
    const used = before ? good : this.signers(type, value, good);
    if (!used) return [this.signers(type, value, [...good, ...revoked]) ? "key-revoked" : "signer-missing", revoked.map((key) => key.name).join(", ")];
    if (!before) {
      const wrong = this.references(type, value) ?? actRule(type, value) ?? await this.prefix(type, value, index);
      if (wrong) return wrong;
    }
    this.accepted += 1;
    this.signatures += good.length;
    this.effect(entry, index, used, good, before);
    return null;
  }

  ownKey(entry, sig) {
    const naming = namings(entry.type, entry.value).find((one) => handleOf(one.text) === sig.handle);
    return naming && { ...entry.vkeys.get(naming.text), ...naming };
  }

  async knownSigned(entry) {
    for (const sig of entry.sigs) {
      const own = this.ownKey(entry, sig);
      if (own?.role === "authority" && this.known.some((one) => same(one.key, own.key)) && await signedBy(entry, sig, own.key)) return true;
    }
    return false;
  }

  /** `definition-late`, `definition-twice`, `place-unknown`. */
  places(type, value) {
    const contest = "contest" in value ? this.contests.get(value.contest) : undefined;
    if (["contest/v1", "stations/v1"].includes(type) && this.frozen !== null) return ["definition-late", ""];
    if (type === "contest/v1") {
      if (contest) return ["definition-twice", value.contest];
      return this.definition?.contests.includes(value.contest) ? null : ["place-unknown", value.contest];
    }
    if (type === "roster-freeze/v1") return this.frozen === null ? null : ["definition-twice", ""];
    if (type === "audit-plan/v1") {
      const odd = Object.keys(value.contests).find((name) => !this.contests.has(name));
      return odd === undefined ? null : ["place-unknown", odd];
    }
    if (!("contest" in value)) return null;
    if (type === "stations/v1") {
      const twice = value.stations.map((one) => one.station).find((name) => contest?.stations.has(name));
      if (twice !== undefined) return ["definition-twice", twice];
      return contest ? null : ["place-unknown", value.contest];
    }
    if (!contest) return ["place-unknown", value.contest];
    const stations = [value.station ?? [], value.stations ?? [], value.missing ?? [], value.excluded ?? [], Object.keys(value.disputed ?? {})].flat();
    const candidates = [Object.keys(value.votes ?? {}), Object.keys(value.totals ?? {}), Object.keys(value.figures ?? {}), Object.keys(value.rounding ?? {}), value.winners ?? [],
      value.holder ?? [], value.candidate ?? []].flat();
    if (type === "case-step/v1" && value.order) {
      stations.push(...value.order.stations ?? []);
      candidates.push(...[value.order.candidate ?? []].flat());
    }
    if (type === "roster/v1") {
      for (const { role, stations: listed } of value.keys) {
        if (["officer", "agent", "observer"].includes(role) ? !listed?.length : listed) return ["place-unknown", role];
        stations.push(...listed ?? []);
      }
    }
    const unknown = stations.find((name) => !contest.stations.has(name)) ?? candidates.find((name) => !contest.candidates.has(name));
    const sides = [value.respondents ?? [], value.to ?? []].flat();
    const odd = unknown ?? sides.find((side) => !this.hasOffice(side));
    return odd === undefined ? null : ["place-unknown", odd];
  }

  /** `key-twice`, `role-wrong`. */
  keyRules(type, entry) {
    if (!NAMES_KEYS.has(type)) return null;
    const { value, vkeys } = entry;
    const ending = type === "key-revoke/v1" ? value.key : type === "key-replace/v1" ? value.old : null;
    if (ending !== null && !this.liveKey(vkeys.get(ending))) return ["key-twice", ending];
    const pubs = new Set(), handles = new Set();
    for (const { text } of namings(type, value)) {
      const vkey = vkeys.get(text), pub = hex(vkey.key);
      if (pubs.has(pub) || this.pubs.has(pub) || this.foreign.has(pub) || handles.has(vkey.handle) || this.keys.has(vkey.handle)) return ["key-twice", text];
      pubs.add(pub);
      handles.add(vkey.handle);
    }
    if (type !== "roster/v1") return null;
    const [kind] = value.by.split(":");
    const roles = { authority: ["officer", "returning-officer", "operator"], party: ["agent"], observers: ["observer"] }[kind];
    if (!this.hasOffice(value.by)) return ["role-wrong", value.by];
    const odd = value.keys.find((one) => !roles.includes(one.role));
    return odd ? ["role-wrong", odd.role] : null;
  }

  /** Is `authority`, `party:…` or `observers:…` in the definition? */
  hasOffice(side) {
    const [kind, name] = side.split(":");
    return kind === "authority" || Object.hasOwn(this.definition[kind === "party" ? "parties" : "observers"] ?? {}, name);
  }

  liveKey(vkey) {
    const key = this.keys.get(vkey.handle);
    return key && key.pub === hex(vkey.key) && !key.revoked ? key : null;
  }

  /** The keys by which the signers of section 4 are there, in the order of signature lines; null if they are not. */
  signers(type, value, keys) {
    const of = (...roles) => keys.filter((key) => roles.includes(key.role));
    const here = (...roles) => of(...roles).filter((key) => key.contest === value.contest && (!key.stations || key.stations.has(value.station)));
    const threshold = type === "election-definition/v1" ? value.threshold : this.threshold;
    const authority = () => (of("authority").length >= threshold ? of("authority") : null);
    const court = () => nonEmpty(of("court"));
    const both = (one, other) => (one && other ? [...one, ...other] : null);
    const officer = (contest) => {
      const found = of("returning-officer").filter((key) => key.contest === contest);
      return nonEmpty(found) ?? (this.contests.get(contest).returning > 0 ? null : authority());
    };
    const issuer = (key) => (key.issuer === "authority" ? authority() : nonEmpty(keys.filter((one) => one.group === key.issuer)));
    switch (type) {
      case "roster/v1": return issuer({ issuer: value.by });
      case "key-revoke/v1": return issuer(this.keys.get(handleOf(value.key)));
      case "key-replace/v1": {
        const old = this.keys.get(handleOf(value.old));
        return old.role === "officer" ? both(issuer(old), officer(old.contest)) : issuer(old);
      }
      case "station-record/v1": {
        if (value.source === "commission") return authority();
        if (value.source === "officer") return nonEmpty(here("officer"));
        return nonEmpty(here("agent", "observer").filter((key) => sourceOf(key) === value.source));
      }
      case "attestation/v1": return nonEmpty(here("agent", "observer"));
      case "image/v1": return nonEmpty(here("officer", "agent", "observer", "operator")) ?? authority();
      case "transcription/v1": return nonEmpty(here("operator"));
      case "correction/v1": return value.act === "ruling" ? court() : both(nonEmpty(here("officer")), officer(value.contest));
      case "recount-order/v1": return court() ?? officer(value.contest);
      case "recount-result/v1": case "tabulation/v1": case "declaration/v1": return officer(value.contest);
      case "exclusion/v1": case "inclusion/v1": return court() ?? authority();
      case "complaint/v1": return nonEmpty(of("court", "party", "observers")) ?? authority();
      case "statement/v1": return nonEmpty(of("court", "party", "observers")) ?? authority();
      case "case-step/v1": {
        const who = STEPS.get(value.step);
        if (who === "side") return nonEmpty(of("party", "observers")) ?? authority();
        return court() ?? (who === "either" ? authority() : null);
      }
      case "ruling/v1": return court();
      case "audit-seed/v1": return both(nonEmpty(of("party", "observers")), authority());
      case "audit-count/v1": return nonEmpty([...here("operator"), ...here("agent", "observer")]);
      case "timestamp/v1": return nonEmpty(of("operator")) ?? authority();
      default: return authority();
    }
  }

  /** `reference-unknown`, `reference-elsewhere`. */
  references(type, value) {
    const ordered = type === "case-step/v1" ? value.order : undefined;
    const named = [["record", ordered ? ordered.record : value.record], ["supersedes", value.supersedes], ["order", type === "case-step/v1" ? undefined : value.order],
      ["ground", type === "seat-status/v1" ? value.ground : undefined], ["complaint", type === "complaint/v1" ? undefined : value.complaint], ["plan", value.plan],
      ...(value.evidence ?? []).map((id) => ["evidence", id])].filter(([, id]) => id !== undefined);
    const fits = { record: (text) => text.made, supersedes: (text) => text.made, complaint: (text) => text.type === "complaint/v1", plan: (text) => text.type === "audit-plan/v1", ground: () => true,
      evidence: () => true, order: (text) => ["recount-order/v1", "ruling/v1"].includes(text.type) || (text.type === "case-step/v1" && text.orders) };
    for (const [field, id] of named) if (!this.texts.has(id) || !fits[field](this.texts.get(id))) return ["reference-unknown", field];
    if (AUDIT.test(type)) return this.auditRules(type, value);
    for (const [field, id] of named) {
      const text = this.texts.get(id), here = value.stations ?? [value.station];
      const right = text.contest === value.contest
        && (!["record", "supersedes"].includes(field) || value.station === undefined || text.station === value.station)
        && (field !== "order" || !text.stations || here.every((station) => text.stations.has(station)));
      if (!right) return ["reference-elsewhere", field];
    }
    return null;
  }

  /** `reference-unknown` of what a plan audits, `reference-elsewhere`, `act-wrong`. */
  auditRules(type, value) {
    if (type === "audit-plan/v1") {
      const found = Object.entries(value.contests).map(([contest, id]) => [contest, this.texts.get(id)]);
      if (!found.every(([, text]) => ["declaration/v1", "tabulation/v1"].includes(text?.type))) return ["reference-unknown", "contests"];
      if (!found.every(([contest, text]) => text.contest === contest)) return ["reference-elsewhere", "contests"];
      return found.length ? null : ["act-wrong", "contests"];
    }
    const plan = this.texts.get(value.plan).audit;
    const contests = "contest" in value ? [value.contest] : (value.results ?? []).map((one) => one.contest);
    const odd = contests.find((name) => !plan.contests.has(name));
    if (odd !== undefined) return ["reference-elsewhere", odd];
    if (type === "audit-seed/v1" ? value.dice.length !== plan.dice : plan.seed === null) return ["act-wrong", "dice"];
    if (type !== "audit-count/v1") return null;
    const right = value.found === "absent" ? !("votes" in value || "boxes" in value) : "votes" in value;
    return right ? null : ["act-wrong", value.found];
  }

  async prefix(type, value, index) {
    if (!PREFIXED.has(type)) return null;
    return value.size <= index && base64(await this.tree.root(value.size)) === value.root ? null : ["prefix-differs", `${value.size}`];
  }

  effect(entry, index, used, good, before) {
    const { type, value, id } = entry;
    const contest = "contest" in value ? this.contests.get(value.contest) : null;
    const text = before ?? { index, type, contest: value.contest, station: typeof value.station === "string" ? value.station : undefined, made: null };
    if (type === "transcription/v1") this.transcribe(entry, index, good, text);
    if (type === "audit-count/v1") this.counted(entry, index, good, text);
    if (before) return;
    this.texts.set(id, text);
    for (const naming of namings(type, value)) this.name(entry, naming, type === "key-replace/v1" ? this.keys.get(handleOf(value.old)) : null);
    const late = used.some((key) => key.late);
    switch (type) {
      case "election-definition/v1": this.definition = value; this.threshold = value.threshold; break;
      case "contest/v1":
        this.contests.set(value.contest, { ...value, count: value.stations, candidates: new Set(value.candidates.map((one) => one.candidate)), stations: new Map(),
          excluded: new Map(), records: [], returning: 0, serials: new Map() });
        break;
      case "stations/v1": for (const one of value.stations) contest.stations.set(one.station, { index, roll: one.registered ?? null }); break;
      case "roster-freeze/v1": this.frozen = index; break;
      case "key-revoke/v1": this.revoke(value.key); break;
      case "key-replace/v1": this.revoke(value.old); break;
      case "form-issue/v1": 
        if (!contest.serials.has(value.station)) contest.serials.set(value.station, new Set());
        for (const serial of value.serials) contest.serials.get(value.station).add(serial);
        break;
      case "station-record/v1":
        this.make(entry, index, text, { source: value.source, act: value.act, late });
        if ("serial" in value && contest.serials.size && !contest.serials.get(value.station)?.has(value.serial)) {
          this.report.problem("serial-unknown", { index, where: placeOf(value), detail: value.serial });
        }
        break;
      case "attestation/v1":
        if (value.says !== "agree") this.report.problem("attested-against", { index, where: placeOf(value), detail: value.says });
        if (value.says === "disagree") this.make(entry, index, text, { source: sourceOf(used[0]), beside: this.texts.get(value.record).made, late });
        break;
      case "correction/v1": this.make(entry, index, text, { source: value.act === "canvass" ? "officer" : "commission", act: value.act, late }); break;
      case "recount-result/v1": this.make(entry, index, text, { source: "officer", act: "recount", late }); break;
      case "recount-order/v1": text.stations = new Set(value.stations); break;
      case "case-step/v1":
        text.orders = "order" in value;
        if (value.order?.stations) text.stations = new Set(value.order.stations);
        break;
      case "exclusion/v1": case "inclusion/v1": {
        const changes = contest.excluded.get(value.station) ?? [];
        if (isOut(changes, Infinity) === (type === "inclusion/v1")) contest.excluded.set(value.station, [...changes, index]);
        break;
      }
      case "declaration/v1":
        this.office(value, index, value.contest, [type, value.contest, value.stage, value.version]);
        if (value.version > 1 && !("reason" in value)) this.report.problem("reason-missing", { index, where: `${value.contest}/${value.stage}/${value.version}` });
        // falls through
      case "tabulation/v1": this.declared.push({ index, value }); break;
      case "audit-plan/v1":
        text.audit = { contests: new Map(Object.entries(value.contests)), dice: value.dice, seed: null, value, rounds: new Map(), counts: [], results: [] };
        break;
      case "audit-seed/v1": case "audit-round/v1": case "audit-result/v1": {
        const { audit } = this.texts.get(value.plan);
        if (type === "audit-seed/v1") audit.seed ??= { index, dice: value.dice };
        else if (type === "audit-round/v1") { if (!audit.rounds.has(value.number)) audit.rounds.set(value.number, { index, stations: value.stations }); }
        else audit.results.push({ index, value });
        this.office(value, index, placeOf(value), [type, value.plan, value.number ?? value.round ?? ""]);
        break;
      }
    }
  }

  /** A key counts from the next entry on. One that replaces another has its place, is the same operator, and is as late as that one. */
  name(entry, { text, role, contest = null, stations = null, issuer, group = null }, old) {
    const vkey = entry.vkeys.get(text);
    const key = { handle: vkey.handle, name: vkey.name, key: vkey.key, pub: hex(vkey.key), role, contest, stations: stations && new Set(stations), issuer, group,
      late: this.frozen !== null, revoked: false, office: vkey.handle };
    if (old) Object.assign(key, { office: old.office, role: old.role, contest: old.contest, stations: old.stations, issuer: old.issuer, group: old.group, late: old.late });
    this.keys.set(key.handle, key);
    this.pubs.add(key.pub);
    if (key.role === "returning-officer") this.contests.get(key.contest).returning += 1;
  }

  revoke(text) {
    const key = this.keys.get(handleOf(text));
    key.revoked = true;
    if (key.role === "returning-officer") this.contests.get(key.contest).returning -= 1;
  }

  /* ---- 10 Records (entry-v1 section 6) ---- */

  transcribe(entry, index, good, text) {
    text.operators ??= new Map();
    Object.assign(text, { image: entry.value.image });
    for (const key of good) if (key.role === "operator" && key.contest === entry.value.contest) text.operators.set(key.office, key);
    if (text.made || text.operators.size < 2) return;
    this.make(entry, index, text, { source: "scan", act: "count", late: [...text.operators.values()].some((key) => key.late) });
  }

  /** A count by hand counts once two have signed its text, one of them an operator; a party, or observers, is one voice. */
  counted(entry, index, good, text) {
    const { value } = entry;
    text.voices ??= new Set();
    text.place = [value.plan, value.contest, value.station];
    for (const key of good) {
      if (key.contest !== value.contest) continue;
      if (key.role === "operator") text.voices.add(`operator ${key.office}`);
      else if (["agent", "observer"].includes(key.role) && key.stations.has(value.station)) text.voices.add(`office ${key.issuer}`);
    }
    if (text.counted !== undefined || text.voices.size < 2 || ![...text.voices].some((voice) => voice.startsWith("operator "))) return;
    text.counted = index;
    this.texts.get(value.plan).audit.counts.push({ index, value });
    this.office(value, index, placeOf(value), ["audit-count/v1", ...text.place]);
  }

  make(entry, index, text, { source, act, beside = null, late }) {
    const { value, id, type } = entry;
    const contest = this.contests.get(value.contest);
    const over = beside ? beside.supersedes : value.supersedes ? this.texts.get(value.supersedes).made : null;
    // `acts` counts the records of each act on the chain, this one included.
    const acts = beside ? beside.acts : { ...over?.acts, [act]: (over?.acts[act] ?? 0) + 1 };
    const record = { id, index, type, station: value.station, source, act: beside ? beside.act : act, acts, version: acts[beside ? beside.act : act], supersedes: over,
      votes: value.votes ?? {}, boxes: value.boxes ?? {} };
    text.made = record;
    contest.records.push(record);
    const where = placeOf(value);
    if (late) this.report.problem("key-late", { index, where });
    if (type === "station-record/v1") {
      const follows = (last) => { for (let one = over; one && one.index >= last.index; one = one.supersedes) if (one === last) return true; return false; };
      this.office(record, index, where, ["station", value.contest, value.station, source, act], follows);
    } else if (["correction/v1", "recount-result/v1"].includes(type)) this.office(record, index, where, [type, act, value.supersedes]);
  }

  /**
   * Remembers what one office said of one thing; two things of which neither follows the other are equivocation, which the end tells.
   * As long as there is none, all that was said is one chain, so it is enough to look at the last; once it is split, whatever is said contradicts a part.
   */
  office(said, index, where, parts, follows = () => false) {
    const name = JSON.stringify(parts);
    const before = this.offices.get(name);
    if (before && (before.split || !follows(before.said))) {
      before.split = true;
      this.equivocal.push({ index, where, detail: `${before.index}, ${index}` });
    } else this.offices.set(name, { said, index, split: false });
  }

  /** What can only be said at the end (entry-v1 sections 6 to 8), and the contests as they stand. */
  async finish(pause) {
    const { report } = this;
    for (const { index, where, detail } of this.equivocal) report.problem("equivocation", { index, where, detail });
    for (const name of this.definition?.contests ?? []) {
      const contest = this.contests.get(name);
      if (!contest) report.problem("definition-incomplete", { where: name });
      else if (contest.stations.size !== contest.count) report.problem("definition-incomplete", { where: name, detail: `${contest.stations.size} ≠ ${contest.count}` });
    }
    const tallies = new Map();
    for (const text of this.texts.values()) {
      if (text.type !== "audit-count/v1") continue;
      const place = JSON.stringify(text.place), where = `${text.contest}/${text.station}`;
      if (!tallies.has(place)) tallies.set(place, []);
      tallies.get(place).push(text);
      if (text.counted === undefined) report.problem("one-entry", { index: text.index, where });
    }
    for (const texts of tallies.values()) {
      const voices = new Set(texts.flatMap((text) => [...text.voices])), last = texts[texts.length - 1];
      if (texts.length > 1 && voices.size > 1 && texts.every((text) => text.counted === undefined)) {
        report.problem("entries-differ", { index: last.index, where: `${last.contest}/${last.station}` });
      }
    }
    const images = new Map();
    for (const text of this.texts.values()) {
      if (text.type !== "transcription/v1") continue;
      const place = JSON.stringify([text.contest, text.station, text.image]);
      if (!images.has(place)) images.set(place, []);
      images.get(place).push(text);
    }
    for (const texts of images.values()) {
      const operators = new Set(texts.flatMap((text) => [...text.operators.keys()]));
      const where = `${texts[0].contest}/${texts[0].station}`;
      if (operators.size > 1 && !texts.some((text) => text.made)) report.problem("entries-differ", { index: texts[texts.length - 1].index, where });
      for (const text of texts) if (!text.made) report.problem("one-entry", { index: text.index, where });
    }
    report.election = this.definition ?? null;
    let agreed = 0;
    for (const { index, value } of this.declared) {
      if (!this.compare(index, value)) agreed += 1;
      await pause();
    }
    for (const [name, contest] of this.contests) {
      const found = tabulate(contest, Infinity);
      const totals = {};
      for (const one of contest.candidates) Object.defineProperty(totals, one, { value: found.totals.get(one), enumerable: true });
      report.contests.push({ contest: name, stations: found.counts, totals });
      await pause();
    }
    if ([...this.texts.values()].some((text) => text.audit)) report.open("audits");
    if (!this.declared.length) report.open("no-declaration");
    else if (agreed === this.declared.length) report.established("declarations", { count: agreed });
  }

  /** Compares a tabulation or declaration with the records before it; true if something differs (entry-v1 section 7). */
  compare(index, value) {
    const contest = this.contests.get(value.contest);
    const found = tabulate(contest, value.size);
    const where = [value.contest, value.stage, value.version].filter((part) => part !== undefined).join("/");
    const codes = new Set();
    const problem = (code, detail) => { codes.add(code); this.report.problem(code, { index, where, detail }); };
    const lists = (code, said, real) => {
      const inSaid = new Set(said), inReal = new Set(real);
      const odd = [...said.filter((one) => !inReal.has(one)).map((one) => `+${one}`), ...real.filter((one) => !inSaid.has(one)).map((one) => `−${one}`)];
      if (odd.length) problem(code, odd.slice(0, 10).join(", "));
    };
    lists("declaration-missing", value.missing ?? [], found.missing);
    lists("declaration-excluded", value.excluded ?? [], found.excluded);
    const disputed = value.disputed ?? {};
    const taken = new Map();
    for (const name of Object.keys(disputed)) taken.set(name, found.standing.get(name)?.find((record) => record.id === disputed[name] && hasFigure(record)));
    lists("declaration-disputed", Object.keys(disputed).map((name) => (taken.get(name) ? name : `${name}?`)), found.disputed);
    // Where a figure is unread, the sum of the others is only the least that the total can be.
    const total = (item, field) => {
      const figures = [...found.standing].filter(([, records]) => records.some(hasFigure)).map(([name, records]) =>
        (taken.has(name) ? [taken.get(name)] : records).map((record) => record[field][item]).find(isRead));
      return { least: sum(figures.map((figure) => figure ?? 0)), open: figures.includes(undefined) };
    };
    const differs = (told, { least, open }) => told === undefined || told < least || (told > least && !open);
    const odd = (said, items, field) => [...items].map((item) => [item, total(item, field)]).filter(([item, real]) => differs(said[item], real))
      .map(([item, { least, open }]) => `${item}: ${said[item] ?? "–"} ≠ ${open ? "≥ " : ""}${least}`);
    if (!codes.has("declaration-disputed")) {
      const wrong = [...odd(value.totals, contest.candidates, "votes"), ...odd(value.boxes ?? {}, Object.keys(value.boxes ?? {}), "boxes")];
      if (wrong.length) problem("declaration-totals", wrong.slice(0, 10).join(", "));
    }
    if (value.rules !== this.definition.rules.sha256) problem("declaration-rules", "");
    if (value.winners && !this.canWin(contest, value)) problem("declaration-winners", value.winners.join(", "));
    return codes.size > 0;
  }

  canWin(contest, { winners, totals }) {
    const least = smallest(winners.map((name) => totals[name] ?? 0)), won = new Set(winners);
    const others = [...contest.candidates].filter((name) => !won.has(name)).map((name) => totals[name] ?? 0);
    return contest.rule !== "none" && winners.length === (contest.seats ?? 1) && others.every((votes) => votes <= least);
  }
}

const handleOf = (text) => text.split("+").slice(0, 2).join(" ");
const sourceOf = (key) => (key.role === "agent" ? key.issuer.replace(/^party:/, "agent:") : key.issuer.replace(/^observers:/, "observer:"));

/** The keys that an entry names, with what they are for. */
function namings(type, value) {
  if (type === "election-definition/v1") {
    const under = (field, role) => Object.entries(value[field] ?? {}).map(([name, text]) =>
      ({ text, role, issuer: `${role}:${name}`, group: `${role}:${name}` }));
    return [...value.authority.map((text) => ({ text, role: "authority", issuer: "authority" })), ...under("courts", "court"), ...under("parties", "party"),
      ...under("observers", "observers")];
  }
  if (type === "roster/v1") return value.keys.map((one) => ({ text: one.vkey, role: one.role, contest: value.contest, stations: one.stations, issuer: value.by }));
  return type === "key-replace/v1" ? [{ text: value.new }] : [];
}

function actRule(type, value) {
  if (type === "station-record/v1" && ((value.act === "repoll") !== ("supersedes" in value) || (value.act !== "repoll" && "order" in value))) return ["act-wrong", value.act];
  if (type === "case-step/v1" && (value.step === "order") !== ("order" in value)) return ["act-wrong", value.step];
  if (type !== "attestation/v1") return null;
  const figures = "votes" in value || "boxes" in value;
  const right = { disagree: "votes" in value && "record" in value, agree: "record" in value && !figures }[value.says] ?? !figures;
  return right ? null : ["act-wrong", value.says];
}

/* ---- 11 Tabulation (tabulation-v1 sections 1 to 3) ---- */

const READ = ["in_box", "valid", "rejected"];
const DISPUTABLE = [...READ, "blank"];
const isRead = (figure) => typeof figure === "number";
const hasFigure = (record) => Object.values(record.votes).some(isRead) || READ.some((box) => isRead(record.boxes[box]));
const instance = (record) => `${record.act}/${record.version}`;
// Not Math.min(...figures): there may be more records than a call has room for arguments.
const smallest = (figures) => figures.reduce((least, one) => (one < least ? one : least), Infinity);
const largest = (figures) => figures.reduce((most, one) => (one > most ? one : most), 0);
const sum = (figures) => figures.reduce((all, one) => all + one, 0);

function standing(records) {
  const all = new Set(), own = new Set();
  for (const record of records) {
    const over = record.supersedes;
    if (!over || instance(over) === instance(record)) continue;
    if (["officer", "commission"].includes(record.source)) all.add(instance(over));
    else own.add(`${record.source} ${instance(over)}`);
  }
  return records.filter((record) => !all.has(instance(record)) && !own.has(`${record.source} ${instance(record)}`));
}

function isDisputed(records) {
  if (records.length < 2) return false;
  if (new Set(records.filter(hasFigure).map(instance)).size > 1) return true;
  const seen = new Map();
  for (const record of records) {
    for (const [item, figure] of [...Object.entries(record.votes).map(([name, one]) => [`v${name}`, one]), ...DISPUTABLE.map((box) => [`b${box}`, record.boxes[box]])]) {
      if (!isRead(figure)) continue;
      if (seen.has(item) && seen.get(item) !== figure) return true;
      seen.set(item, figure);
    }
  }
  return false;
}

/** The most votes that a figure which was not read can stand for; null if that is unknown. */
function room(record, roll) {
  const { valid, in_box: inBox } = record.boxes;
  const bound = isRead(valid) ? valid : isRead(inBox) ? inBox : roll;
  return bound === null ? null : Math.max(0, bound - sum(Object.values(record.votes).filter(isRead)));
}

/** Whether a station that these entries left out, put back, left out again … is out after the first `size`. */
const isOut = (changes, size) => changes.filter((index) => index < size).length % 2 === 1;

/** The contest by its records among the first `size` entries: {standing Map (stations that are not missing), missing, disputed, excluded, counts, totals}. */
function tabulate(contest, size) {
  const excluded = [...contest.excluded].filter(([, changes]) => isOut(changes, size)).map(([name]) => name);
  const out = new Set(excluded), places = new Map();
  let named = 0;
  for (const [name, { index }] of contest.stations) {
    if (index >= size) continue;
    named += 1;
    if (!out.has(name)) places.set(name, []);
  }
  for (const record of contest.records) if (record.index < size && !out.has(record.station)) places.get(record.station).push(record);
  const found = { standing: new Map(), missing: [], disputed: [], excluded, totals: new Map() };
  for (const [name, records] of places) {
    const stand = standing(records);
    if (!stand.some(hasFigure)) { found.missing.push(name); continue; }
    found.standing.set(name, stand);
    if (isDisputed(stand)) found.disputed.push(name);
  }
  const nameless = Math.max(0, contest.count - named);  // excluded ones lessen both
  const expected = places.size + nameless;
  found.counts = { expected, recorded: found.standing.size, missing: expected - found.standing.size, disputed: found.disputed.length, excluded: excluded.length };
  for (const candidate of contest.candidates) {
    let min = 0, max = 0;
    for (const [name, records] of found.standing) {
      const read = records.map((record) => record.votes[candidate]).filter(isRead);
      let low = 0, high;
      if (read.length) { low = smallest(read); high = largest(read); } else {
        const registered = records.map((record) => record.boxes.registered).filter(isRead);
        const roll = contest.stations.get(name).roll ?? (registered.length ? largest(registered) : null);
        const rooms = records.filter(hasFigure).map((record) => room(record, roll));
        high = rooms.includes(null) ? null : largest(rooms);
      }
      min += low;
      max = max === null || high === null ? null : max + high;
    }
    found.totals.set(candidate, [min, max]);
  }
  return found;
}

/* ---- 12 A whole log (log-v1 sections 2 and 3) ---- */

const NOWAIT = async () => {};
const READ_AHEAD = 8;
const DAMAGED = 20;

const tileName = (kind, n, width) => {
  const groups = String(n).padStart(Math.ceil(String(n).length / 3) * 3, "0").match(/.../g);
  return `tile/${kind}/${groups.map((group, i) => (i < groups.length - 1 ? `x${group}` : group)).join("/")}${width < 256 ? `.p/${width}` : ""}`;
};

/** {bytes, width, path} of a tile or bundle: the partial one, or the full one in its place. bytes are null if neither is there. */
async function readTile(source, kind, n, width, limit) {
  const path = tileName(kind, n, width);
  const bytes = await source.read(path, limit);
  if (bytes || width === 256) return { bytes, width, path };
  return { bytes: await source.read(tileName(kind, n, 256), limit), width: 256, path };
}

/** The entries of a bundle, exactly `width` of them; null if lengths do not fit. */
function splitBundle(bytes, width) {
  const entries = [];
  let at = 0;
  while (at + 2 <= bytes.length && entries.length < width) {
    const length = bytes[at] * 256 + bytes[at + 1];
    if (at + 2 + length > bytes.length) return null;
    entries.push(bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return at === bytes.length && entries.length === width ? entries : null;
}

async function orProblem(report, code, where, make) {
  try { return await make(); } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    report.problem(code, { where, detail: error.message });
    return null;
  }
}

/** Keys of policy and authority: those that were given, or those beside the log. Says which of the two was done. */
async function readKeys(source, given, report) {
  const find = async (name) => given[name] ?? (source ? await source.read(name, LIMITS.small) : null);
  const policyBytes = await find("policy"), authorityBytes = await find("authority");
  const policy = await orProblem(report, "policy-malformed", "policy", () => { if (!policyBytes) throw new Malformed("–"); return readPolicy(policyBytes); });
  const authority = authorityBytes ? await orProblem(report, "authority-malformed", "authority", () => readAuthority(authorityBytes)) : null;
  if (policy) given.policy ? report.established("policy-given") : report.open("policy-folder");
  if (authority) given.authority ? report.established("authority-given") : report.open("authority-folder");
  else if (!authorityBytes) report.open("authority-none");
  return { policy, authority };
}

/** Judges a log that `source` reads: {read(path, limit) -> at most limit + 1 bytes, or null}. Returns {checkpoint, tree} for receipts, or null. */
async function auditLog(source, { policy, authority }, report, { progress = () => {}, pause = NOWAIT }) {
  const bytes = await source.read("checkpoint", LIMITS.small);
  if (!bytes) { report.problem("checkpoint-missing", { where: "checkpoint" }); return null; }
  const checkpoint = await orProblem(report, "checkpoint-malformed", "checkpoint", () => readCheckpoint(bytes));
  if (!checkpoint) return null;
  const { origin, size, root } = checkpoint;
  Object.assign(report, { origin, size, root: base64(root) });
  const signed = await judgeCheckpoint(checkpoint, policy, report, "checkpoint"), tree = new Tree();
  if (signed) report.established("log-signed", { origin, size });
  else if (source.remote) { report.open("entries-unasked"); return { checkpoint, tree }; }
  const foreign = new Set([...policy?.logs ?? [], ...policy?.witnesses.values() ?? []].map((vkey) => hex(vkey.key)));
  const replay = new Replay({ origin, known: authority, foreign, tree, report });
  const before = new Set(report.failed);
  const bundles = Math.ceil(size / 256);
  const widthOf = (count, n) => Math.min(256, count - n * 256);
  const ahead = new Map();
  const ask = (n) => {
    if (n >= bundles || ahead.has(n)) return;
    const both = Promise.all([readTile(source, "entries", n, widthOf(size, n), LIMITS.bundle), readTile(source, "0", n, widthOf(size, n), LIMITS.tile)]);
    both.catch(() => {});
    ahead.set(n, both);
  };
  const compareTile = async (level, n, tile, hashes) => {
    const where = tile.path;
    if (!tile.bytes) report.problem("tile-missing", { where });
    else if (tile.bytes.length !== tile.width * 32) report.problem("tile-truncated", { where, detail: `${tile.bytes.length} ≠ ${tile.width * 32}` });
    else if (!same(tile.bytes.subarray(0, hashes.length * 32), join(...hashes))) report.problem("tile-differs", { where });
  };
  let damaged = 0;
  for (let n = 0; n < bundles && damaged < DAMAGED; n += 1) {
    for (let next = n; next <= n + READ_AHEAD; next += 1) ask(next);
    const [bundle, tile] = await ahead.get(n);
    ahead.delete(n);
    const where = bundle.path;
    const found = bundle.bytes && splitBundle(bundle.bytes, bundle.width)?.slice(0, widthOf(size, n));
    if (!bundle.bytes) report.problem("bundle-missing", { where });
    else if (!found) report.problem("bundle-malformed", { where });
    if (!found) damaged += 1;
    if (damaged) continue;
    const [leaves, entries] = await Promise.all([Promise.all(found.map(leafHash)), Promise.all(found.map((entry) => readEntry(entry, origin)))]);
    await tree.append(leaves);
    await compareTile(0, n, tile, leaves);
    await replay.take(entries, n * 256);
    progress(tree.size, size);
    await pause();
  }
  if (damaged) { report.open("entries-unread"); return { checkpoint, tree }; }
  for (let level = 1; size >= 256 ** level; level += 1) {
    const hashes = tree.levels[8 * level];
    for (let n = 0; n * 256 < hashes.length; n += 1) {
      const tile = await readTile(source, String(level), n, widthOf(hashes.length, n), LIMITS.tile);
      await compareTile(level, n, tile, hashes.slice(n * 256, n * 256 + 256));
      await pause();
    }
  }
  if (!same(await tree.root(size), root)) report.problem("root-differs", { where: "checkpoint" });
  const mine = (codes) => [...report.failed].some((code) => codes.test(code) && !before.has(code));
  if (!mine(/^(tile|bundle|root)-/)) report.established("entries-fixed", { size });
  if (!size) { report.open("empty"); return { checkpoint, tree }; }
  if (replay.accepted === size) report.established("signers", { signatures: replay.signatures });
  await replay.finish(pause);
  return { checkpoint, tree };
}

/** Compares the log with a checkpoint that was seen before. */
async function compareSeen(log, seen, name, policy, report) {
  const { checkpoint, tree } = log;
  if (seen.origin !== checkpoint.origin) { report.open("seen-elsewhere", { name }); return; }
  const quiet = new Report();
  if (!await judgeCheckpoint(seen, policy, quiet, name) || quiet.failed.has("checkpoint-signature")) report.open("seen-unsigned", { name });
  if (seen.size > checkpoint.size) report.problem("rollback", { where: name, detail: `${seen.size} > ${checkpoint.size}` });
  else if (seen.size === checkpoint.size && !same(seen.root, checkpoint.root)) report.problem("fork", { where: name, detail: `${seen.size}` });
  // Entries that are not those of the checkpoint say nothing about what the log signed before.
  else if (tree.size < seen.size || report.failed.has("root-differs")) report.open("seen-unjudged", { name });
  else if (!same(await tree.root(seen.size), seen.root)) report.problem("fork", { where: name, detail: `${seen.size}` });
  else report.established("seen", { name });
}

/* ---- 13 Receipts (log-v1 section 4) ---- */

/** {entry, index, path, checkpoint (bytes)} of a tlog-proof. Throws Malformed. */
function readReceipt(bytes) {
  if (bytes.length > LIMITS.small) throw new Malformed("more than 1 MiB");
  const end = bytes.findIndex((byte, i) => byte === 10 && bytes[i + 1] === 10);
  if (end < 0) throw new Malformed("no checkpoint");
  const lines = utf8(bytes.subarray(0, end)).split("\n");
  if (lines.shift() !== "c2sp.org/tlog-proof@v1") throw new Malformed("first line");
  const extra = /^extra (.+)$/.exec(lines.shift() ?? "");
  const entry = extra && unbase64(extra[1]);
  if (!entry || !entry.length) throw new Malformed("extra");
  const digits = /^index (.+)$/.exec(lines.shift() ?? "");
  const index = digits && decimal(digits[1]);
  if (index === null) throw new Malformed("index");
  const path = lines.map(unbase64);
  if (path.length > LIMITS.path || path.some((hash) => !hash || hash.length !== 32)) throw new Malformed("path");
  return { entry, index, path, checkpoint: bytes.subarray(end + 2) };
}

async function judgeReceipt(name, bytes, { policy, authority }, report) {
  const receipt = await orProblem(report, "receipt-malformed", name, () => readReceipt(bytes));
  if (!receipt) return null;
  const checkpoint = await orProblem(report, "checkpoint-malformed", name, () => readCheckpoint(receipt.checkpoint));
  if (!checkpoint) return null;
  const { origin, size, root } = checkpoint, { index } = receipt;
  const entry = await readEntry(receipt.entry, origin);
  if (["entry-too-long", "note-malformed"].includes(entry.refused?.[0])) report.problem("receipt-malformed", { index, where: name, detail: entry.refused[1] });
  else if (entry.refused) report.problem(entry.refused[0], { index, where: name, detail: entry.refused[1] });
  if (report.origin === null) Object.assign(report, { origin, size, root: base64(root) });
  report.receipts.push({ name, index, size, type: entry.type, record: entry.id, entry: entry.text });
  const found = index < size ? await rootOfPath(await leafHash(receipt.entry), index, size, receipt.path) : null;
  const inside = found !== null && same(found, root);
  if (!inside) report.problem("receipt-path", { index, where: name });
  const signed = await judgeCheckpoint(checkpoint, policy, report, name);
  if (inside && signed) report.established("receipt", { index, size });
  const names = [];
  for (const sig of entry.sigs) {
    const key = authority?.find((one) => one.handle === sig.handle);
    if (!key) continue;
    if (await signedBy(entry, sig, key.key)) names.push(key.name);
    else report.problem("signature-bad", { index, where: name, detail: key.name });
  }
  if (names.length) report.established("receipt-authority", { names: names.join(", ") });
  return checkpoint;
}

/** Everything that was asked for. `given`: {policy?, authority?} bytes; `seen`, `receipts`: [{name, bytes}]; `source`: the log, or null. */
async function verify({ source = null, given = {}, seen = [], receipts = [], ...how }) {
  await requireCrypto();
  const report = new Report();
  const keys = await readKeys(source, given, report);
  const log = source ? await auditLog(source, keys, report, how) : null;
  for (const { name, bytes } of log ? seen : []) {
    const checkpoint = await orProblem(report, "checkpoint-malformed", name, () => readCheckpoint(bytes));
    if (checkpoint) await compareSeen(log, checkpoint, name, keys.policy, report);
  }
  for (const { name, bytes } of receipts) {
    const checkpoint = await judgeReceipt(name, bytes, keys, report);
    if (checkpoint && log) await compareSeen(log, checkpoint, name, keys.policy, report);
  }
  if (!source) report.open("receipt-rights");
  report.open("always-time");
  report.open("always-true");
  return report;
}

/* ---- 14 Node ---- */

const USAGE = "node verify.js [FOLDER] [--policy F] [--authority F] [--seen F]... [--receipt F]... [--json]";

async function inNode(args) {
  const fs = require("node:fs/promises"), { join: joinPath } = require("node:path");
  const read = async (path, limit) => {
    let file;
    try {
      if (!(await fs.stat(path)).isFile()) return null;
      file = await fs.open(path);
      const { size } = await file.stat();
      const room = Buffer.alloc(Math.min(size, limit) + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(room, length, room.length - length);
        if (!bytesRead) return new Uint8Array(room.buffer, room.byteOffset, length);
        length += bytesRead;
      }
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(error.code)) return null;
      throw new Unusable(`${path} cannot be read (${error.code}). Check who may read it.`);
    } finally {
      await file?.close();
    }
  };
  const must = async (path, limit) => {
    const bytes = await read(path, limit);
    if (!bytes) throw new Unusable(`There is no file ${path}. Check the path.`);
    return { name: path, bytes };
  };
  const asked = { given: {}, seen: [], receipts: [] };
  let folder = null, json = false;
  for (let i = 0; i < args.length; i += 1) {
    const word = args[i];
    if (word === "--json") json = true;
    else if (["--policy", "--authority", "--seen", "--receipt"].includes(word)) {
      i += 1;
      if (args[i] === undefined) throw new Unusable(`${word} needs a file. Usage: ${USAGE}`);
      const file = await must(args[i], LIMITS.small);
      if (word === "--seen") asked.seen.push(file);
      else if (word === "--receipt") asked.receipts.push(file);
      else asked.given[word.slice(2)] = file.bytes;
    } else if (word.startsWith("-") || folder !== null) throw new Unusable(`Usage: ${USAGE}`);
    else folder = word;
  }
  if (folder === null && !asked.receipts.length) throw new Unusable(`Usage: ${USAGE}`);
  if (folder !== null && !await fs.stat(folder).then((one) => one.isDirectory(), () => false)) throw new Unusable(`There is no folder ${folder}. Check the path.`);
  const source = folder === null ? null : { read: (path, limit) => read(joinPath(folder, ...path.split("/")), limit) };
  const report = await verify({ ...asked, source });
  const found = report.document("en");
  if (json) process.stdout.write(JSON.stringify(found, null, 1) + "\n");
  else process.stdout.write(asText(found));
  return found.ok ? 0 : 1;
}

/** Characters that would steer a terminal are shown as escapes. */
const printable = (text) => text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
  (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

function asText(found) {
  const lines = [found.ok ? "In order" : "NOT in order", ...found.election ? [found.election] : [], `log ${found.origin ?? "–"}, ${found.size ?? "–"} entries, root ${found.root ?? "–"}`];
  const list = (title, items) => { if (items.length) lines.push("", title, ...items.map((item) => `  ${item}`)); };
  list("Problems", found.problems.map((one) => `${one.kind} ${one.code}${one.index === null ? "" : ` entry ${one.index}`}${one.where ? ` ${one.where}` : ""}: ${one.message}`));
  if (found.problems_left_out) lines.push(`  and ${found.problems_left_out} more`);
  list("Established", found.established);
  list("Not established", found.not_established);
  list("Contests", found.contests.map((one) => `${one.contest}: ${one.stations.recorded} of ${one.stations.expected} stations, ${one.stations.disputed} disputed, `
    + `${one.stations.excluded} excluded; ${Object.entries(one.totals).map(([name, [low, high]]) => `${name} ${low === high ? low : `${low}–${high ?? "?"}`}`).join(", ")}`));
  return printable(lines.join("\n")) + "\n";
}

if (typeof process === "object" && process.versions?.node && typeof document === "undefined") {
  if (require.main === module) {
    inNode(process.argv.slice(2)).catch((error) => {
      process.stderr.write(printable(error instanceof Unusable ? error.message : `Unexpected: ${error.stack}`) + "\n");
      return 2;
    }).then((code) => { process.exitCode = code; });
  } else module.exports = { parseJson, writeJson, readNote, readVkey, readEntry, verified, requireCrypto, leafHash, rootOfPath, base64, placeOf, Tree, Replay, Report, Malformed };
  return;
}

/* ---- 15 The page ---- */

const UI = {
  good: ["In order: what was checked agrees", "درست: جو جانچا گیا وہ متفق ہے"],
  bad: ["Not in order. Problems: {count}", "درست نہیں۔ مسئلے: {count}"],
  working: ["Verifying …", "جانچ جاری ہے …"],
  reading: ["{done} of {all} entries", "{all} میں سے {done} اندراجات"],
  nothing: ["Choose a folder, an address or a receipt first.", "پہلے فولڈر، پتہ یا رسید منتخب کریں۔"],
  unusable: ["This could not be verified: {what}", "جانچ نہ ہو سکی: {what}"],
  established: ["What was established", "کیا ثابت ہوا"],
  open: ["What was not established", "کیا ثابت نہیں ہوا"],
  problems: ["Problems", "مسئلے"],
  notices: ["Notices", "اطلاعات"],
  more: ["and {count} more", "اور {count} مزید"],
  election: ["Election", "انتخاب"], log: ["Log", "لاگ"], size: ["Entries", "اندراجات"], root: ["Root", "جڑ ہیش"],
  contests: ["The sums of the records", "ریکارڈ کے مجموعے"],
  contestsNote: ["From the accepted records alone. Two figures: the records allow anything between them.", "صرف منظور شدہ ریکارڈ سے۔ دو عدد ہوں تو ریکارڈ ان کے درمیان ہر عدد ممکن رکھتے ہیں۔"],
  contest: ["Contest", "حلقہ"], candidate: ["Candidate", "امیدوار"], votes: ["Votes", "ووٹ"], unknown: ["unknown", "نامعلوم"],
  stations: ["{recorded} of {expected} stations recorded, {missing} missing, {disputed} disputed; {excluded} excluded",
    "{expected} میں سے {recorded} اسٹیشن درج، {missing} غیر موجود، {disputed} متنازع؛ {excluded} خارج"],
  receipt: ["The entry of the receipt", "رسید کا اندراج"],
  entry: ["entry {index}", "اندراج {index}"],
  json: ["The same as JSON", "یہی JSON میں"],
  dropped: ["Folder chosen: {count} files", "فولڈر منتخب ہوا: {count} فائلیں"],
  title: ["Verify an election log", "انتخابی لاگ کی جانچ"],
};
const SHOWN = { problems: 200, contests: 100 };
const page = { lang: "en", last: null, dropped: null };
const at = (id) => document.getElementById(id);
const ui = (key, values = {}) => fill(UI[key], values, page.lang);

/** An element; every text goes through textContent, so nothing that a log says becomes markup. */
function element(name, options = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (key === "text") made.textContent = value;
    else made.setAttribute(key, value);
  }
  made.append(...inside);
  return made;
}
const data = (text) => element("bdi", { text });

/** The files of a folder by their path below the one that holds `checkpoint`. */
function fileSource(files) {
  const roots = [...files.keys()].filter((path) => path === "checkpoint" || path.endsWith("/checkpoint")).sort((a, b) => a.length - b.length);
  const root = roots.length ? roots[0].slice(0, -"checkpoint".length) : "";
  return { read: async (path, limit) => {
    const file = files.get(root + path);
    if (!file) return null;
    try { return new Uint8Array(await file.slice(0, limit + 1).arrayBuffer()); } catch { throw new Unusable(`${path} cannot be read.`); }
  } };
}

/** Files below an address of the same origin; nothing else may be asked for. */
function webSource(address) {
  let base;
  try { base = new URL(address.endsWith("/") ? address : `${address}/`, location.href); } catch { throw new Unusable(`${address} is no address.`); }
  if (!/^https?:$/.test(location.protocol)) throw new Unusable("A page that was opened from disk may not read addresses. Choose the folder.");
  if (base.origin !== location.origin) throw new Unusable(`${base.origin} is another site than this page. Copy the log to a folder.`);
  return { remote: true, read: async (path, limit) => {
    let answer;
    try {
      answer = await fetch(new URL(path, base), { credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" });
      if ([403, 404, 410].includes(answer.status)) return null;
      if (!answer.ok) throw new Error(String(answer.status));
      const reader = answer.body.getReader(), parts = [];
      for (let length = 0; length <= limit;) {
        const { done, value } = await reader.read();
        if (done) return join(...parts);
        parts.push(value);
        length += value.length;
      }
      await reader.cancel();
      return join(...parts).slice(0, limit + 1);
    } catch (error) { throw new Unusable(`${path} could not be fetched (${error.message}).`); }
  } };
}

async function droppedFiles(items, found = new Map(), before = "", depth = 0) {
  for (const item of items) {
    if (found.size > 1000000 || depth > 12) throw new Unusable("Too many files.");
    if (item.isFile) found.set(before + item.name, await new Promise((yes, no) => item.file(yes, no)));
    else {
      const reader = item.createReader();
      for (;;) {
        const some = await new Promise((yes, no) => reader.readEntries(yes, no));
        if (!some.length) break;
        await droppedFiles(some, found, `${before}${item.name}/`, depth + 1);
      }
    }
  }
  return found;
}

function show(report) {
  page.last = report;
  const found = report.document(page.lang);
  const results = at("results"), failures = found.problems.filter((one) => one.kind === "problem");
  const headline = found.ok ? ui("good") : ui("bad", { count: failures.length + report.left_out });
  const parts = [element("h2", { id: "verdict", tabindex: "-1", class: found.ok ? "good" : "bad", text: headline })];
  const list = (title, items, make) => {
    if (!items.length) return;
    parts.push(element("h3", { text: title }), element("ul", {}, ...items.slice(0, SHOWN.problems).map((item) => element("li", {}, ...make(item)))));
    const more = items.length - SHOWN.problems;
    if (more > 0) parts.push(element("p", { text: ui("more", { count: more }) }));
  };
  const problem = (one) => [element("code", { text: one.code }), " ", ...one.index === null ? [] : [element("span", { text: ui("entry", { index: one.index }) }), " "],
    ...one.where ? [data(one.where), ": "] : [], data(one.message)];
  if (found.origin !== null) {
    const name = found.election ? [["election", found.election]] : [];
    parts.push(element("dl", {}, ...[...name, ["log", found.origin], ["size", String(found.size)], ["root", found.root]].flatMap(([key, text]) =>
      [element("dt", { text: ui(key) }), element("dd", {}, data(text))])));
  }
  list(ui("problems"), failures, problem);
  if (report.left_out) parts.push(element("p", { text: ui("more", { count: report.left_out }) }));
  list(ui("established"), found.established, (text) => [text]);
  list(ui("open"), found.not_established, (text) => [text]);
  list(ui("notices"), found.problems.filter((one) => one.kind === "notice"), problem);
  for (const one of report.receipts) {
    parts.push(element("h3", { text: ui("receipt") }), element("p", {}, data(one.name), " · ", ui("entry", { index: one.index })),
      element("pre", { dir: "ltr", tabindex: "0", "aria-label": ui("receipt"), text: one.entry }));
  }
  if (found.contests.length) {
    parts.push(element("h3", { text: ui("contests") }), element("p", { text: ui("contestsNote") }));
    for (const one of found.contests.slice(0, SHOWN.contests)) {
      const rows = Object.entries(one.totals).map(([name, [low, high]]) => element("tr", {}, element("th", { scope: "row" }, data(name)),
        element("td", {}, data(low === high ? `${low}` : `${low} – ${high ?? ui("unknown")}`))));
      const head = element("tr", {}, element("th", { scope: "col", text: ui("candidate") }), element("th", { scope: "col", text: ui("votes") }));
      parts.push(element("table", {}, element("caption", {}, `${ui("contest")} `, data(one.contest), element("span", { class: "quiet", text: ui("stations", one.stations) })),
        element("thead", {}, head), element("tbody", {}, ...rows)));
    }
    if (found.contests.length > SHOWN.contests) parts.push(element("p", { text: ui("more", { count: found.contests.length - SHOWN.contests }) }));
  }
  parts.push(element("details", {}, element("summary", { text: ui("json") }),
    element("pre", { dir: "ltr", tabindex: "0", "aria-label": ui("json"), text: JSON.stringify(report.document("en"), null, 1) })));
  results.replaceChildren(...parts);
  at("status").textContent = headline;
}

async function chosen() {
  const bytes = async (file) => {
    if (file.size > LIMITS.small) throw new Unusable(`${file.name} is larger than a million bytes.`);
    return new Uint8Array(await file.arrayBuffer());
  };
  const asked = { given: {}, seen: [], receipts: [] };
  for (const name of ["policy", "authority"]) {
    const file = at(`${name}-file`).files[0], text = at(`${name}-text`).value.trim();
    if (file) asked.given[name] = await bytes(file);
    // What was pasted may have been indented or spread by a mail or a web page.
    else if (text) asked.given[name] = encode(text.split("\n").map((line) => line.trim()).filter(Boolean).join("\n") + "\n");
  }
  for (const file of at("seen-file").files) asked.seen.push({ name: file.name, bytes: await bytes(file) });
  for (const file of at("receipt-file").files) asked.receipts.push({ name: file.name, bytes: await bytes(file) });
  const folder = at("folder").files, address = at("address").value.trim();
  const files = folder.length ? new Map([...folder].map((file) => [file.webkitRelativePath || file.name, file])) : page.dropped;
  if (files) asked.source = fileSource(files);
  else if (address) asked.source = webSource(address);
  if (!asked.source && !asked.receipts.length) throw new Unusable(ui("nothing"));
  return asked;
}

async function run(event) {
  event.preventDefault();
  const button = at("verify"), bar = at("progress"), status = at("status");
  if (button.disabled) return;
  button.disabled = true;
  at("results").replaceChildren();
  status.textContent = ui("working");
  bar.hidden = false;
  bar.removeAttribute("value");
  let last = performance.now(), told = last;
  const pause = async () => {
    if (performance.now() - last < 40) return;
    await new Promise((go) => setTimeout(go));
    last = performance.now();
  };
  const progress = (done, all) => {
    bar.max = all;
    bar.value = done;
    if (performance.now() - told < 2000) return;
    told = performance.now();
    status.textContent = ui("reading", { done, all });
  };
  try {
    show(await verify({ ...await chosen(), pause, progress }));
    at("verdict").focus();
  } catch (error) {
    page.last = null;
    status.textContent = ui("unusable", { what: error.message });
  } finally {
    bar.hidden = true;
    button.disabled = false;
  }
}

function speak() {
  page.lang = location.hash === "#ur" || (location.hash !== "#en" && page.lang === "ur") ? "ur" : "en";
  Object.assign(document.documentElement, { lang: page.lang, dir: page.lang === "ur" ? "rtl" : "ltr" });
  document.title = `${ui("title")} · tallyproof`;
  for (const link of document.querySelectorAll(".languages a")) {
    if (link.lang === page.lang) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  at("status").textContent = "";
  if (page.last) show(page.last);
}

function start() {
  page.lang = /^ur\b/.test(navigator.language) ? "ur" : "en";
  speak();
  at("address").value = new URLSearchParams(location.search).get("log") ?? "";
  at("form").hidden = false;
  at("alone").remove();
  at("form").addEventListener("submit", run);
  addEventListener("hashchange", () => { if (["#en", "#ur"].includes(location.hash)) speak(); });
  const zone = at("drop");
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
  at("folder").addEventListener("change", () => { page.dropped = null; at("dropped").textContent = ""; });
  zone.addEventListener("drop", async (event) => {
    try {
      page.dropped = await droppedFiles([...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean));
      at("folder").value = "";
      at("dropped").textContent = ui("dropped", { count: page.dropped.size });
    } catch (error) { at("status").textContent = ui("unusable", { what: error.message }); }
  });
}

start();
})();
