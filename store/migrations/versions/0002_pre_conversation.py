"""What the conversation and the clock remember: repeats, twins, requests and reminders, actions, people, notices, hooks."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _person()
    _registered()
    _reply()
    _thread()
    _ticket()
    _turn()
    _ticket_key()
    _ticket_link()
    _note()
    _action()
    _hook()


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )


def _registered() -> None:
    op.create_table(
        "registered",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("short_name", sa.String(), nullable=False),
        sa.Column("settlement", sa.Text(), server_default="", nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registered")),
        sa.UniqueConstraint("place", "full_name", "short_name", name=op.f("uq_registered_place_full_name_short_name")),
    )


def _reply() -> None:
    with op.batch_alter_table("reply") as table:
        table.add_column(sa.Column("once", sa.String(), nullable=True))
        table.add_column(sa.Column("recipient_domain", sa.String(), server_default="", nullable=False))
        table.add_column(sa.Column("resent_of", IDENTITY, nullable=True))
        table.alter_column("thread_id", existing_type=IDENTITY, nullable=True)
        table.create_index("ix_reply_recipient_domain_created_at", ["recipient_domain", "created_at"])
        table.create_index("ix_reply_resent_of", ["resent_of"])
        table.create_unique_constraint(op.f("uq_reply_once"), ["once"])
        table.create_foreign_key(op.f("fk_reply_resent_of_reply"), "reply", ["resent_of"], ["id"])


def _thread() -> None:
    with op.batch_alter_table("thread") as table:
        table.add_column(sa.Column("proved", sa.Boolean(), server_default=sa.true(), nullable=False))


def _ticket() -> None:
    with op.batch_alter_table("ticket") as table:
        table.add_column(sa.Column("assignee", sa.String(), server_default="", nullable=False))
        table.add_column(sa.Column("repeats", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("asked_at", MOMENT, nullable=True))
        table.add_column(sa.Column("nudged", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("task", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("task_since", MOMENT, nullable=True))
        table.add_column(sa.Column("decided_at", MOMENT, nullable=True))
        table.create_index("ix_ticket_decided_at", ["decided_at"])
        table.create_index("ix_ticket_state_asked_at", ["state", "asked_at"])
    with_task = sa.text("task_since IS NOT NULL")
    op.create_index("ix_ticket_task", "ticket", ["task_since"], sqlite_where=with_task, postgresql_where=with_task)


def _turn() -> None:
    with op.batch_alter_table("turn") as table:
        table.add_column(sa.Column("warned_at", MOMENT, nullable=True))
        table.add_column(sa.Column("breached_at", MOMENT, nullable=True))


def _ticket_key() -> None:
    op.create_table(
        "ticket_key",
        sa.Column("ticket_id", IDENTITY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_key_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "kind", "value", name=op.f("pk_ticket_key")),
    )
    op.create_index("ix_ticket_key_value_kind", "ticket_key", ["value", "kind"])


def _ticket_link() -> None:
    op.create_table(
        "ticket_link",
        sa.Column("ticket_id", IDENTITY, nullable=False),
        sa.Column("other_id", IDENTITY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["other_id"], ["ticket.id"], name=op.f("fk_ticket_link_other_id_ticket")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_link_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "other_id", "kind", name=op.f("pk_ticket_link")),
    )
    op.create_index("ix_ticket_link_other_id", "ticket_link", ["other_id"])


def _note() -> None:
    op.create_table(
        "note",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("ticket_id", IDENTITY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_note_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index("ix_note_ticket_id", "note", ["ticket_id"])


def _action() -> None:
    op.create_table(
        "action",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ticket_id", IDENTITY, nullable=True),
        sa.Column("batch", sa.String(), server_default="", nullable=False),
        sa.Column("details", sa.Text(), server_default="", nullable=False),
        sa.Column("before", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("reply_id", IDENTITY, nullable=True),
        sa.Column("undo_until", MOMENT, nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("undone_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_action_reply_id_reply")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_action_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
    )
    op.create_index("ix_action_at", "action", ["at"])
    op.create_index("ix_action_batch", "action", ["batch"])
    op.create_index("ix_action_ticket_id", "action", ["ticket_id"])


def _hook() -> None:
    op.create_table(
        "hook",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("ticket_id", IDENTITY, nullable=False),
        sa.Column("action_id", IDENTITY, nullable=False),
        sa.Column("payload", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_hook_action_id_action")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_hook_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook")),
        sa.UniqueConstraint("event_id", name=op.f("uq_hook_event_id")),
    )
    op.create_index("ix_hook_state_not_before", "hook", ["state", "not_before"])
