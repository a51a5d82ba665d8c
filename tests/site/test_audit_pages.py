"""The pages of an audit: hostile names stay text, both languages say the same figures, the same document gives the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import html5lib
import pytest

from tallyproof_site.audits import build, pages, percent

HOSTILE = "<script>alert(1)</script>\u202e&\"'"


def document(**changed: Any) -> dict[str, Any]:
    steps = [
        {"draw": 1, "station": HOSTILE, "round": 1, "found": "counted", "error": 0, "differs": False, "risk": 612_345},
        {"draw": 2, "station": "2", "round": 1, "found": "absent", "error": 250, "differs": True, "risk": 612_345},
    ]
    contest = {
        "contest": HOSTILE,
        "name": HOSTILE,
        "candidates": [{"candidate": "ali", "name": HOSTILE}, {"candidate": "bano"}],
        "declaration": {"record_id": "0" * 64, "index": 7, "type": "declaration"},
        "winners": ["ali"],
        "stations": 12,
        "missing": 1,
        "disputed": 0,
        "margin": 1_234,
        "drawn": 2,
        "counted": 2,
        "absent": 1,
        "differ": 1,
        "risk": 612_345,
        "reached": False,
        "steps": steps,
        "advice": [{"code": "expected", "figures": {"expected": 6, "nine_of_ten": 7, "stations": 12}}],
        "result": None,
        "answer": "going",
        "state": "nothing",
        **changed,
    }
    audit = {
        "plan": "1" * 64,
        "index": 8,
        "name": HOSTILE,
        "limit": "1/20",
        "stake": "99/100",
        "method": "ppeb-wor",
        "dice": 20,
        "seed": {"index": 9, "dice": "31415926535897932384", "signers": ["authority.example", HOSTILE]},
        "rounds": [{"number": 1, "index": 10, "stations": [HOSTILE, "2"]}],
        "contests": [contest],
    }
    problems = [{"code": "audit-draw", "index": 10, "where": "entry 10", "message": HOSTILE}]
    return {
        "version": 1,
        "origin": "o",
        "size": 12,
        "root": "r=",
        "election": {"name": HOSTILE},
        "audit": audit,
        "problems": problems,
        "ok": False,
    }


def test_the_same_bytes_and_no_markup_from_outside(tmp_path: Path) -> None:
    for name in ("a", "b"):
        build(document(), tmp_path / name)
    for page in ("index.html", "en/index.html", "ur/index.html", "audit.json"):
        assert (tmp_path / "a" / page).read_bytes() == (tmp_path / "b" / page).read_bytes()
    for name, text in pages(document()):
        assert "<script" not in text, name
        assert "\u202e" not in text, name
        html5lib.HTMLParser(strict=True).parse(text)


@pytest.mark.parametrize("answer", ["confirmed", "reached", "going", "not-begun", "full-count", "contradicted"])
def test_every_answer_has_words(answer: str) -> None:
    result = {"outcome": "escalate", "risk": 612_345, "round": 1, "index": 11} if answer in ("going", "contradicted") else None
    for name, text in pages(
        document(answer=answer, result=result, steps=[] if answer == "not-begun" else document()["audit"]["contests"][0]["steps"])
    ):
        assert "61.24%" in text or answer == "not-begun", name


def test_a_risk_is_never_shown_smaller_than_it_is() -> None:
    assert [percent(one) for one in (0, 1, 49_999, 50_000, 50_001, 1_000_000)] == ["0.00%", "0.01%", "5.00%", "5.00%", "5.01%", "100.00%"]
