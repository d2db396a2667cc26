"""What access to the desk remembers: passwords, second factors, sessions, tries, invitations, tokens of programs."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _person()
    _session()
    _sign_in_try()
    _invitation()
    _api_token()


def _person() -> None:
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("password_hash", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("totp_secret", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("totp_since", MOMENT, nullable=True))
        table.add_column(sa.Column("totp_step", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("recovery", sa.Text(), server_default="", nullable=False))


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("id_hash", sa.String(), nullable=False),
        sa.Column("person_id", IDENTITY, nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("agent", sa.Text(), server_default="", nullable=False),
        sa.Column("csrf", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("id_hash", name=op.f("uq_session_id_hash")),
    )
    op.create_index("ix_session_person_id", "session", ["person_id"])


def _sign_in_try() -> None:
    op.create_table(
        "sign_in_try",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
        sa.UniqueConstraint("key", name=op.f("uq_sign_in_try_key")),
    )
    op.create_index("ix_sign_in_try_last_at", "sign_in_try", ["last_at"])


def _invitation() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", IDENTITY, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index("ix_invitation_person_id", "invitation", ["person_id"])


def _api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("person_id", IDENTITY, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("scopes", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_api_token_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index("ix_api_token_person_id", "api_token", ["person_id"])
