"""A small election as a log."""


def document() -> dict[str, object]:
    return {}
