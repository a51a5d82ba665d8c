"""The pen: a few shapes with percent abscissae, so that text keeps its size while the plot takes the width it gets.

Positions are integers in hundredths of a percent of the width (0 … 10,000): exact, and the same bytes everywhere.
For a right-to-left page ``mirror`` turns the plot around; callers think from start to end.
"""

from __future__ import annotations

from markupsafe import Markup, escape

FULL = 10_000


def percent(value: int) -> str:
    whole, rest = divmod(value, 100)
    return f"{whole}.{rest:02d}%" if rest else f"{whole}%"


class Svg:
    """Collects shapes; ``render`` gives the element. All text is escaped here."""

    def __init__(self, *, key: str, mirror: bool) -> None:
        self.key = key
        self._mirror = mirror
        self._parts: list[str] = []

    def _at(self, x: int, width: int = 0) -> str:
        return percent(FULL - x - width if self._mirror else x)

    def rect(self, x: int, y: int, width: int, height: int, css: str, fill: str = "") -> None:
        paint = f' fill="url(#{self.key}-{fill})"' if fill else ""
        self._parts.append(
            f'<rect x="{self._at(x, width)}" y="{y}" width="{percent(max(width, 1))}" height="{height}" class="{css}"{paint}/>'
        )

    def line(self, x1: int, y1: int, x2: int, y2: int, css: str) -> None:
        self._parts.append(f'<line x1="{self._at(x1)}" y1="{y1}" x2="{self._at(x2)}" y2="{y2}" class="{css}"/>')

    def text(self, x: int, y: int, words: str, css: str, *, end: bool = False) -> None:
        # The direction turns "start" and "end" around by itself.
        anchor, direction = ("end" if end else "start"), ("rtl" if self._mirror else "ltr")
        self._parts.append(
            f'<text x="{self._at(x)}" y="{y}" class="{css}" text-anchor="{anchor}" direction="{direction}">{escape(words)}</text>'
        )

    def raw(self, markup: str) -> None:
        """Markup made of numbers and class names alone."""
        self._parts.append(markup)

    def hatch(self, name: str, css: str) -> None:
        """Diagonal lines, so that no meaning hangs on colour alone."""
        self._parts.append(
            f'<defs><pattern id="{self.key}-{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            f'<rect width="6" height="6" class="paper"/><rect width="3" height="6" class="{css}"/></pattern></defs>'
        )

    def render(self, *, height: int | None, title: str, desc: str, css: str = "plot") -> Markup:
        size = f' height="{height}"' if height is not None else ""
        return Markup(  # noqa: S704  every text above and here is escaped
            f'<svg class="{css}" width="100%"{size} role="img" aria-labelledby="{self.key}-t" aria-describedby="{self.key}-d"'
            f' focusable="false"><title id="{self.key}-t">{escape(title)}</title><desc id="{self.key}-d">{escape(desc)}</desc>'
            f"{''.join(self._parts)}</svg>"
        )


def scaled(value: int, span: int) -> int:
    """``value`` of ``span`` in hundredths of a percent."""
    return value * FULL // span if span > 0 else 0


def clipped(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
