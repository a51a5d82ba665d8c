// Audits a log folder with golang.org/x/mod/sumdb (note, tlog): code that nobody of this project wrote.
//
//	audit FOLDER REQUEST.json
//
// REQUEST names the log's vkey, the witnesses' vkeys (0x04), the vkeys of the entries' signers, which entries to open as notes
// (every Nth; 0: none), and proofs made by others. The answer is JSON on standard output; exit 1 and a reason on standard error
// if anything does not hold.
//
// The root is computed again from all entries. tlog.TileHashReader is not used: in version 0.7.0, which Debian 12 has, it believes
// forged tiles (CVE-2026-56865).
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type request struct {
	Log         string
	Witnesses   []string
	Signers     []string
	Every       int64
	Inclusion   []inclusion
	Consistency []consistency
}

type inclusion struct {
	Index, Size int64
	Proof       []tlog.Hash
}

type consistency struct {
	Old, New int64
	Proof    []tlog.Hash
}

type answer struct {
	Origin      string           `json:"origin"`
	Size        int64            `json:"size"`
	Root        string           `json:"root"`
	Signed      []string         `json:"signed"`
	Opened      int64            `json:"opened"`
	Signatures  int64            `json:"signatures"`
	Inclusion   int              `json:"inclusion"`
	Consistency int              `json:"consistency"`
	Tiles       int              `json:"tiles"`
	Votes       map[string]int64 `json:"votes"`
}

// cosigner is a witness: the note package knows the plain 0x01 signature only.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }

func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not a vkey: " + vkey)
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 33 || raw[0] != 4 {
		return nil, errors.New("not the vkey of a witness: " + vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	if fmt.Sprintf("%x", sum[:4]) != parts[1] {
		return nil, errors.New("the key id is not that of the key: " + vkey)
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), ed25519.PublicKey(raw[1:])}, nil
}

// signers finds keys by name and hash; note.VerifierList would do, but is slow to make for many keys.
type signers map[string]note.Verifier

func (s signers) Verifier(name string, hash uint32) (note.Verifier, error) {
	if v, ok := s[fmt.Sprintf("%s+%08x", name, hash)]; ok {
		return v, nil
	}
	return nil, &note.UnknownVerifierError{Name: name, KeyHash: hash}
}

// stored keeps all hashes of the tree in the order of tlog.StoredHashIndex.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(s)) {
			return nil, fmt.Errorf("hash %d is not stored", x)
		}
		out[i] = s[x]
	}
	return out, nil
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func must(good bool, format string, args ...interface{}) {
	if !good {
		check(fmt.Errorf(format, args...))
	}
}

func number(n int64) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		s = fmt.Sprintf("x%03d/", n%1000) + s
	}
	return s
}

func readTile(folder, kind string, n, width int64) []byte {
	path := filepath.Join(folder, "tile", kind, filepath.FromSlash(number(n)))
	if width < 256 {
		path += ".p/" + strconv.FormatInt(width, 10)
	}
	data, err := os.ReadFile(path)
	check(err)
	return data
}

func main() {
	must(len(os.Args) == 3, "usage: audit FOLDER REQUEST.json")
	folder := os.Args[1]
	var req request
	data, err := os.ReadFile(os.Args[2])
	check(err)
	check(json.Unmarshal(data, &req))

	var known []note.Verifier
	logKey, err := note.NewVerifier(req.Log)
	check(err)
	known = append(known, logKey)
	for _, w := range req.Witnesses {
		v, err := newCosigner(w)
		check(err)
		known = append(known, v)
	}
	data, err = os.ReadFile(filepath.Join(folder, "checkpoint"))
	check(err)
	opened, err := note.Open(data, note.VerifierList(known...))
	check(err)
	ans := answer{Votes: map[string]int64{}}
	for _, s := range opened.Sigs {
		ans.Signed = append(ans.Signed, s.Name)
	}
	must(strings.Contains(" "+strings.Join(ans.Signed, " ")+" ", " "+logKey.Name()+" "), "the log did not sign")
	lines := strings.Split(opened.Text, "\n")
	must(len(lines) == 4 && lines[3] == "" && lines[0] == logKey.Name(), "not a checkpoint of %s", logKey.Name())
	ans.Origin = lines[0]
	ans.Size, err = strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)

	people := signers{}
	for _, s := range req.Signers {
		v, err := note.NewVerifier(s)
		check(err)
		people[fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash())] = v
	}

	var hashes stored
	for n := int64(0); n*256 < ans.Size; n++ {
		width := ans.Size - n*256
		if width > 256 {
			width = 256
		}
		bundle := readTile(folder, "entries", n, width)
		for i := int64(0); i < width; i++ {
			must(len(bundle) >= 2, "bundle %d is cut short", n)
			length := int(binary.BigEndian.Uint16(bundle))
			must(len(bundle) >= 2+length, "bundle %d is cut short", n)
			entry := bundle[2 : 2+length]
			bundle = bundle[2+length:]
			more, err := tlog.StoredHashes(n*256+i, entry, hashes)
			check(err)
			hashes = append(hashes, more...)
			if req.Every > 0 && (n*256+i)%req.Every == 0 {
				open(entry, people, &ans)
			}
		}
		must(len(bundle) == 0, "bundle %d has more than %d entries", n, width)
	}
	again, err := tlog.TreeHash(ans.Size, hashes)
	check(err)
	must(again == root, "the root of the entries is %s, the checkpoint says %s", again, root)
	ans.Root = root.String()

	for level, count := 0, ans.Size; count > 0; level, count = level+1, count/256 {
		for n := int64(0); n*256 < count; n++ {
			width := count - n*256
			if width > 256 {
				width = 256
			}
			want, err := tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: n, W: int(width)}, hashes)
			check(err)
			must(bytes.Equal(want, readTile(folder, strconv.Itoa(level), n, width)), "tile %d/%d differs", level, n)
			ans.Tiles++
		}
	}

	for _, p := range req.Inclusion {
		th, err := tlog.TreeHash(p.Size, hashes)
		check(err)
		leaf := hashes[tlog.StoredHashIndex(0, p.Index)]
		check(tlog.CheckRecord(p.Proof, p.Size, th, p.Index, leaf))
		own, err := tlog.ProveRecord(p.Size, p.Index, hashes)
		check(err)
		must(same(own, p.Proof), "another inclusion proof of %d in %d", p.Index, p.Size)
		ans.Inclusion++
	}
	for _, p := range req.Consistency {
		newer, err := tlog.TreeHash(p.New, hashes)
		check(err)
		older, err := tlog.TreeHash(p.Old, hashes)
		check(err)
		check(tlog.CheckTree(p.Proof, p.New, newer, p.Old, older))
		own, err := tlog.ProveTree(p.New, p.Old, hashes)
		check(err)
		must(same(own, p.Proof), "another consistency proof of %d in %d", p.Old, p.New)
		ans.Consistency++
	}
	check(json.NewEncoder(os.Stdout).Encode(ans))
}

func same(a, b []tlog.Hash) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// open verifies the signatures of one entry, and adds up its votes if it is a station's record.
func open(entry []byte, people signers, ans *answer) {
	n, err := note.Open(entry, people)
	check(err)
	ans.Opened++
	ans.Signatures += int64(len(n.Sigs))
	must(len(n.UnverifiedSigs) == 0, "a signature of an unknown key: %v", n.UnverifiedSigs)
	lines := strings.Split(n.Text, "\n")
	must(len(lines) == 4 && lines[3] == "" && lines[0] == ans.Origin, "not an entry of %s", ans.Origin)
	if lines[1] != "station-record/v1" {
		return
	}
	var record struct {
		Contest string
		Votes   map[string]json.RawMessage
	}
	check(json.Unmarshal([]byte(lines[2]), &record))
	for candidate, raw := range record.Votes {
		if v, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			ans.Votes[record.Contest+"/"+candidate] += v
		}
	}
}
