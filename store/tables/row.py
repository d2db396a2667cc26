"""What all tables share: their base class and the kinds of column. States are plain text with a CHECK."""

from enum import StrEnum
from typing import Any, ClassVar, cast

from sqlalchemy import CheckConstraint, MetaData, Table
from sqlmodel import Field, SQLModel

from store.columns import AnyText, Identity, KeyText, UtcDateTime

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
EMPTY = {"server_default": ""}


class Row(SQLModel):
    """What all tables share."""

    metadata: ClassVar[MetaData] = METADATA


def one_of(column: str, states: type[StrEnum]) -> CheckConstraint:
    """A CHECK that the column holds one of these names."""
    names = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} IN ({names})", name=column)


def any_text(**options: Any) -> Any:  # noqa: ANN401 - a column, as the library types it
    """Text of any content."""
    return Field(sa_type=AnyText, sa_column_kwargs=EMPTY, **options)


def key_text(**options: Any) -> Any:  # noqa: ANN401 - a column, as the library types it
    """Text that is looked up."""
    return Field(sa_type=KeyText, **options)


def later_key() -> Any:  # noqa: ANN401 - a column, as the library types it
    """Text that is looked up, "" in rows from before the column was there."""
    return Field(default="", sa_type=KeyText, sa_column_kwargs=EMPTY)


def moment(**options: Any) -> Any:  # noqa: ANN401 - a column, as the library types it
    """An aware moment."""
    return Field(sa_type=UtcDateTime, **options)


def identity(**options: Any) -> Any:  # noqa: ANN401 - a column, as the library types it
    """A row's number."""
    return Field(sa_type=cast("Any", Identity), **options)


def table_of(row: type[Row]) -> Table:
    """The table behind a class."""
    return METADATA.tables[str(row.__tablename__)]
