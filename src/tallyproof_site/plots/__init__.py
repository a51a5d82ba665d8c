"""Inline SVG without a script, a style attribute or a fixed width: percentages across, pixels down, classes for colour."""
