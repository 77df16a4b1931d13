"""Where facts are kept: SQLAlchemy on SQLite, durable at every commit."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, select
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
        self._engine = create_engine(f"sqlite:///{path}")
        event.listen(self._engine, "connect", _make_durable)
        try:
            with self._engine.connect() as connection:
                _migrate(connection)
            self._pooled = self._engine.raw_connection()
        except DatabaseError as error:
            raise StoreUnusable(f"{path}: {error.orig}") from error
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
        query = select(*_COLUMNS).where(FACT.c.seq > after).order_by(FACT.c.seq)
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=1000).execute(query):
                yield Record(*row)

    def close(self) -> None:
        """Let go of the file."""
        self._pooled.close()
        self._engine.dispose()


def open_store(data: Path) -> Store:
    """Open the journal in a data directory, making both if they are not there."""
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnusable(f"{data}: {error.strerror}") from error
    return Store(data / FILE_NAME)


def open_existing(data: Path) -> Store:
    """Open the journal in a data directory; refuse where there is none."""
    if not (data / FILE_NAME).is_file():
        raise StoreUnusable(f"{data / FILE_NAME}: no journal here")
    return Store(data / FILE_NAME)


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
