"""Our own people: who works here, in which role, where warnings reach them."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from rules.people import Role
from store import tables
from store.records import Person
from store.upsert import insert_new

_person = tables.person.c


class People:
    """The repository of people, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, email: str, name: str, role: Role, now: datetime) -> bool:
        """Take somebody on. False if the address is known already."""
        values = {
            "email": email.strip().casefold(),
            "name": name,
            "role": role.value,
            "active": True,
            "created_at": now,
        }
        statement = insert_new(self._connection.dialect.name, tables.person, "id")
        return self._connection.execute(statement, values).scalar() is not None

    def change(self, email: str, *, role: Role | None = None, active: bool | None = None) -> bool:
        """Give somebody another role, or let them go (their history stays). False if nobody has that address."""
        values = {"role": role.value} if role else {}
        extra = {} if active is None else {"active": active}
        done = self._connection.execute(
            update(tables.person).where(_person.email == email.strip().casefold()).values(values | extra)
        )
        return done.rowcount == 1

    def get(self, email: str) -> Person | None:
        """Somebody by the address."""
        row = self._connection.execute(select(tables.person).where(_person.email == email.strip().casefold())).first()
        return None if row is None else Person(row.email, row.name, Role(row.role), row.active)

    def all(self, *roles: Role, active: bool = True) -> tuple[Person, ...]:
        """Everybody (of these roles) who is active, by name."""
        statement = select(tables.person).order_by(_person.name, _person.email)
        if active:
            statement = statement.where(_person.active)
        if roles:
            statement = statement.where(_person.role.in_([role.value for role in roles]))
        return tuple(
            Person(row.email, row.name, Role(row.role), row.active) for row in self._connection.execute(statement)
        )
