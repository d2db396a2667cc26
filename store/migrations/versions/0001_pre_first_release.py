"""Everything the first release remembers."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _bookmark()
    _counter()
    _mailbox_state()
    _raw_message()
    _thread()
    _message()
    _raw_body()
    _reply()
    _ticket()
    _field()
    _field_change()
    _reply_ticket()
    _state_change()
    _ticket_message()
    _turn()


def _bookmark() -> None:
    op.create_table(
        "bookmark",
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("mailbox", "folder", name=op.f("pk_bookmark")),
    )


def _counter() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )


def _mailbox_state() -> None:
    op.create_table(
        "mailbox_state",
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("last_good_look", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("error_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_mailbox_state")),
    )


def _raw_message() -> None:
    op.create_table(
        "raw_message",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("oversized", sa.Boolean(), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("duplicate_of", IDENTITY, nullable=True),
        sa.CheckConstraint("state IN ('kept', 'done', 'failed', 'duplicate')", name=op.f("ck_raw_message_state")),
        sa.ForeignKeyConstraint(
            ["duplicate_of"], ["raw_message.id"], name=op.f("fk_raw_message_duplicate_of_raw_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_message")),
        sa.UniqueConstraint(
            "mailbox", "folder", "uid_validity", "uid", name=op.f("uq_raw_message_mailbox_folder_uid_validity_uid")
        ),
    )
    op.create_index("ix_raw_message_fingerprint", "raw_message", ["fingerprint"], unique=False)
    op.create_index("ix_raw_message_message_id", "raw_message", ["message_id"], unique=False)
    op.create_index("ix_raw_message_state_id", "raw_message", ["state", "id"], unique=False)
    op.create_index(
        "ix_raw_message_unmarked",
        "raw_message",
        ["mailbox", "folder", "uid_validity", "uid"],
        unique=False,
        sqlite_where=sa.text("marked = 0"),
        postgresql_where=sa.text("NOT marked"),
    )


def _thread() -> None:
    op.create_table(
        "thread",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        sa.UniqueConstraint("key", name=op.f("uq_thread_key")),
    )


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("raw_id", IDENTITY, nullable=False),
        sa.Column("thread_id", IDENTITY, nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("from_address", sa.Text(), server_default="", nullable=False),
        sa.Column("from_name", sa.Text(), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("because", sa.Text(), server_default="", nullable=False),
        sa.Column("silence", sa.Text(), server_default="", nullable=False),
        sa.Column("defects", sa.Text(), server_default="", nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reading", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_message.id"], name=op.f("fk_message_raw_id_raw_message")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_message_thread_id_thread")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("raw_id", name=op.f("uq_message_raw_id")),
    )
    op.create_index("ix_message_kind_id", "message", ["kind", "id"], unique=False)
    op.create_index("ix_message_message_id", "message", ["message_id"], unique=False)
    op.create_index("ix_message_thread_id", "message", ["thread_id"], unique=False)


def _raw_body() -> None:
    op.create_table(
        "raw_body",
        sa.Column("raw_id", IDENTITY, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["raw_id"], ["raw_message.id"], name=op.f("fk_raw_body_raw_id_raw_message")),
        sa.PrimaryKeyConstraint("raw_id", name=op.f("pk_raw_body")),
    )


def _reply() -> None:
    op.create_table(
        "reply",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("thread_id", IDENTITY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("recipient", sa.Text(), server_default="", nullable=False),
        sa.Column("recipient_key", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("html", sa.Text(), server_default="", nullable=False),
        sa.Column("in_reply_to", sa.Text(), server_default="", nullable=False),
        sa.Column("references", sa.Text(), server_default="", nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("held_because", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.Column("last_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("copied", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('held', 'queued', 'sending', 'sent', 'refused', 'undelivered', 'dropped')",
            name=op.f("ck_reply_state"),
        ),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_reply_thread_id_thread")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
        sa.UniqueConstraint("message_id", name=op.f("uq_reply_message_id")),
        sa.UniqueConstraint("thread_id", "kind", "round", name=op.f("uq_reply_thread_id_kind_round")),
    )
    op.create_index("ix_reply_recipient_key_created_at", "reply", ["recipient_key", "created_at"], unique=False)
    op.create_index("ix_reply_sent_at", "reply", ["sent_at"], unique=False)
    op.create_index("ix_reply_state_not_before", "reply", ["state", "not_before"], unique=False)


def _ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("thread_id", IDENTITY, nullable=False),
        sa.Column("first_message_id", IDENTITY, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("flags", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("applicant_address", sa.Text(), server_default="", nullable=False),
        sa.Column("region_code", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('review', 'waiting', 'approved', 'rejected', 'answered', 'closed')", name=op.f("ck_ticket_state")
        ),
        sa.ForeignKeyConstraint(["first_message_id"], ["message.id"], name=op.f("fk_ticket_first_message_id_message")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_ticket_thread_id_thread")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
    )
    op.create_index("ix_ticket_opened_at", "ticket", ["opened_at"], unique=False)
    op.create_index("ix_ticket_state_kind", "ticket", ["state", "kind"], unique=False)
    op.create_index("ix_ticket_thread_id", "ticket", ["thread_id"], unique=False)


def _field() -> None:
    op.create_table(
        "field",
        sa.Column("ticket_id", IDENTITY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("written", sa.Text(), server_default="", nullable=False),
        sa.Column("source_part", sa.Text(), nullable=True),
        sa.Column("source_start", sa.Integer(), nullable=True),
        sa.Column("source_end", sa.Integer(), nullable=True),
        sa.Column("source_zone", sa.String(), nullable=True),
        sa.Column("candidates", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", IDENTITY, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_field_message_id_message")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_field_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "name", name=op.f("pk_field")),
    )


def _field_change() -> None:
    op.create_table(
        "field_change",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("ticket_id", IDENTITY, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", IDENTITY, nullable=True),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("before", sa.Text(), server_default="", nullable=False),
        sa.Column("after", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_field_change_message_id_message")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_field_change_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_change")),
    )
    op.create_index("ix_field_change_ticket_id", "field_change", ["ticket_id"], unique=False)


def _reply_ticket() -> None:
    op.create_table(
        "reply_ticket",
        sa.Column("reply_id", IDENTITY, nullable=False),
        sa.Column("ticket_id", IDENTITY, nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_reply_ticket_reply_id_reply")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_reply_ticket_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("reply_id", "ticket_id", name=op.f("pk_reply_ticket")),
    )
    op.create_index("ix_reply_ticket_ticket_id", "reply_ticket", ["ticket_id"], unique=False)


def _state_change() -> None:
    op.create_table(
        "state_change",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("ticket_id", IDENTITY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", IDENTITY, nullable=True),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_state_change_message_id_message")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_state_change_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_change")),
    )
    op.create_index("ix_state_change_ticket_id", "state_change", ["ticket_id"], unique=False)


def _ticket_message() -> None:
    op.create_table(
        "ticket_message",
        sa.Column("ticket_id", IDENTITY, nullable=False),
        sa.Column("message_id", IDENTITY, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_ticket_message_message_id_message")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_message_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "message_id", name=op.f("pk_ticket_message")),
    )
    op.create_index("ix_ticket_message_message_id", "ticket_message", ["message_id"], unique=False)


def _turn() -> None:
    op.create_table(
        "turn",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("ticket_id", IDENTITY, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_reply", IDENTITY, nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["ended_by_reply"], ["reply.id"], name=op.f("fk_turn_ended_by_reply_reply")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_turn_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn")),
    )
    op.create_index("ix_turn_ticket_id", "turn", ["ticket_id"], unique=False)
    op.create_index(
        "uq_turn_open",
        "turn",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
