"""The page around the report: head, style, body. Nothing on it comes from elsewhere."""

from linecontrol.report.markup import Markup, tag
from linecontrol.report.style import STYLE


def page(title: str, *body: Markup) -> str:
    """A whole HTML document."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(STYLE)),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', tag('main', *body)), lang='en-GB')}\n"
