"""A reader of report pages, strict about balance."""

from html.parser import HTMLParser

from typing_extensions import override

from linecontrol.report.markup import VOID


class Page(HTMLParser):
    """The elements, attributes and words of one page; asserts that every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.by_class: dict[str, list[str]] = {}
        self.words = ""
        self.title = ""
        self._open: list[tuple[str, list[str]]] = []
        self.feed(html)
        self.close()
        assert not self._open, f"left open: {self._open}"

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(key, value or "") for key, value in attrs]
        classes = (dict(attrs).get("class") or "").split()
        for name in classes:
            self.by_class.setdefault(name, []).append("")
        if tag not in VOID:
            self._open.append((tag, classes))

    @override
    def handle_endtag(self, tag: str) -> None:
        assert tag not in VOID
        opened, _ = self._open.pop()
        assert opened == tag, f"{opened} closed by {tag}"

    @override
    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "style":
            return
        if [tag for tag, _ in self._open] == ["html", "head", "title"]:
            self.title += data
        self.words += data
        for _, classes in self._open:
            for name in classes:
                self.by_class[name][-1] += data

    @property
    def text(self) -> str:
        """All words, with plain spaces."""
        return self.words.replace("\N{NO-BREAK SPACE}", " ")
