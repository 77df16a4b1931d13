"""Where facts are kept: SQLAlchemy on SQLite, durable at every commit."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry

from linecontrol.journal.chain import Record
from linecontrol.journal.schema import FACT

FILE_NAME = "journal.sqlite"
_COLUMNS = (FACT.c.seq, FACT.c.at, FACT.c.kind, FACT.c.tool, FACT.c.body, FACT.c.hash)
_INSERT = "INSERT INTO fact (seq, at, kind, tool, body, hash) VALUES (?, ?, ?, ?, ?, ?)"


class StoreUnusable(Exception):
    """The journal cannot be opened; the sentence names the file and why."""


class Store:
    """One journal file. Used from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists() and path.stat().st_size:
            Reader(path).close()  # whatever else it is stays as it is
        self._engine = create_engine(f"sqlite:///{path}")
        event.listen(self._engine, "connect", _make_durable)
        try:
            with self._engine.connect() as connection:
                _migrate(connection)
            self._pooled = self._engine.raw_connection()
        except DatabaseError as error:
            self._engine.dispose()
            raise StoreUnusable(f"{path}: {error.orig}") from error
        except CommandError as error:
            self._engine.dispose()
            raise StoreUnusable(f"{path}: {error}; allowed: a journal of this version") from error
        # Beside the disk, half of what a commit of one fact costs would be SQLAlchemy's.
        driver = self._pooled.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - the address above says so
        driver.isolation_level = None  # transactions begin and end where `append` says so
        self._driver, self._cursor = driver, driver.cursor()

    def append(self, records: Sequence[Record]) -> None:
        """Write all of them or none; when this returns they are on the disk."""
        try:
            self._cursor.execute("BEGIN")
            self._cursor.executemany(_INSERT, records)
            self._cursor.execute("COMMIT")
        except BaseException:
            self._driver.rollback()
            raise

    def read(self, after: int = 0) -> Iterator[Record]:
        """Return the records after number `after`, in order."""
        return _records(self._engine, after)

    def close(self) -> None:
        """Let go of the file."""
        self._pooled.close()
        self._engine.dispose()


class Reader:
    """A journal that is only looked at: nothing is written, whoever else has it open."""

    def __init__(self, path: Path) -> None:
        self.path = path
        # Without a write-ahead file nobody writes, and reading need not leave one behind.
        lonely = not path.with_name(f"{path.name}-wal").exists()
        query = {"uri": "true", "mode": "ro", **({"immutable": "1"} if lonely else {})}
        self._engine = create_engine(
            URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}", query=query)
        )
        try:
            tables = inspect(self._engine).get_table_names()
        except DatabaseError as error:
            self.close()
            raise StoreUnusable(f"{path}: {error.orig}; allowed: a journal") from error
        if tables and FACT.name not in tables:
            self.close()
            raise StoreUnusable(f"{path}: found a database without facts; allowed: a journal")

    def read(self) -> Iterator[Record]:
        """Return the records in order. StoreUnusable where the file is damaged."""
        try:
            yield from _records(self._engine, 0)
        except DatabaseError as error:
            raise StoreUnusable(f"{self.path}: {error.orig}; allowed: a journal") from error

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


def open_store(data: Path) -> Store:
    """Open the journal in a data directory, making both if they are not there."""
    made = make_folder(data)
    try:
        return Store(data / FILE_NAME)
    except StoreUnusable:
        if made:
            with suppress(OSError):
                data.rmdir()
        raise


def make_folder(data: Path) -> bool:
    """Make the data directory; return whether it was not there. StoreUnusable if it can't be."""
    try:
        made = not data.is_dir()
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        words = error.strerror or "an error"
        raise StoreUnusable(f"{data}: {words}; allowed: a directory to write in") from error
    return made


def open_existing(data: Path) -> Reader:
    """Open the journal in a data directory to look at it; refuse where there is none."""
    path = data / FILE_NAME
    try:
        there = path.is_file()
    except OSError as error:
        raise StoreUnusable(f"{data}: {error.strerror}; allowed: a data directory") from error
    if not there:
        raise StoreUnusable(f"{path}: no journal here; allowed: the data directory of a daemon")
    return Reader(path)


def _records(engine: Engine, after: int) -> Iterator[Record]:
    query = select(*_COLUMNS).where(FACT.c.seq > after).order_by(FACT.c.seq)
    with engine.connect() as connection:
        for row in connection.execution_options(yield_per=1000).execute(query):
            yield Record(*row)


def _make_durable(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    # The driver begins nothing by itself before a table is made: half a schema could be left.
    connection.exec_driver_sql("BEGIN")
    command.upgrade(config, "head")
    connection.commit()
