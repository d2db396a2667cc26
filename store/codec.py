"""Frozen values of the rules ⇄ JSON text and rows. No SQL here.

JSON is written without what is empty: most fields of most readings are. What an older version wrote stays readable:
a key that is absent means the value's default.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rules.application import MISSING, Application, FieldName, FieldValue, Reading, Source, Status
from rules.judgement import Flag
from rules.message import Zone

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def words_to_json(words: Iterable[str]) -> str:
    """A list of texts as JSON; "" for none."""
    some = list(words)
    return _encode(some) if some else ""


def words_from_json(text: str) -> tuple[str, ...]:
    """A list of texts from JSON."""
    return tuple(json.loads(text)) if text else ()


def flags_to_text(flags: Iterable[Flag]) -> str:
    """Flags as one text, sorted."""
    return " ".join(sorted(flag.value for flag in flags))


def flags_from_text(text: str) -> frozenset[Flag]:
    """Flags from their text."""
    return frozenset(Flag(name) for name in text.split())


def field_to_json(value: FieldValue) -> str:
    """One field value as JSON."""
    return _encode(_field(value))


def field_from_json(text: str) -> FieldValue:
    """One field value from JSON."""
    return _value(json.loads(text))


def reading_to_json(reading: Reading) -> str:
    """What was read in a message as JSON; "" when nothing was."""
    known = {
        "applications": [_application(one) for one in reading.applications],
        "evidence": reading.evidence,
        "announced": reading.announced,
        "asks": reading.asks,
        "correction": reading.correction,
        "strength": reading.strength,
    }
    kept = {name: value for name, value in known.items() if value}
    return _encode(kept) if kept else ""


def reading_from_json(text: str) -> Reading:
    """What was read in a message, from JSON."""
    if not text:
        return Reading()
    known = json.loads(text)
    return Reading(
        applications=tuple(
            Application(**{name: _value(value) for name, value in one.items()}) for one in known.get("applications", ())
        ),
        evidence=tuple(known.get("evidence", ())),
        announced=known.get("announced", False),
        asks=known.get("asks", False),
        correction=known.get("correction", False),
        strength=known.get("strength", 0),
    )


def field_to_row(value: FieldValue) -> dict[str, Any]:
    """One field value as columns of the table `field`."""
    source = value.source
    return {
        "value": value.value,
        "code": value.code,
        "status": value.status.value,
        "reason": value.reason,
        "written": value.written,
        "source_part": source.part if source else None,
        "source_start": source.start if source else None,
        "source_end": source.end if source else None,
        "source_zone": source.zone.value if source else None,
        "candidates": words_to_json(value.candidates),
        "evidence": value.evidence,
    }


def field_from_row(row: Mapping[Any, Any]) -> FieldValue:
    """One field value from columns of the table `field`."""
    source = None
    if row["source_part"] is not None:
        source = Source(row["source_part"], row["source_start"], row["source_end"], Zone(row["source_zone"]))
    return FieldValue(
        value=row["value"],
        status=Status(row["status"]),
        reason=row["reason"],
        written=row["written"],
        code=row["code"],
        source=source,
        candidates=words_from_json(row["candidates"]),
        evidence=row["evidence"],
    )


def application_of(fields: Mapping[FieldName, FieldValue]) -> Application | None:
    """An application from its fields; None when there is none."""
    return Application(**{name.value: value for name, value in fields.items()}) if fields else None


def _application(application: Application) -> dict[str, Any]:
    return {name.value: _field(value) for name, value in application.items() if value != MISSING}


def _field(value: FieldValue) -> dict[str, Any]:
    known: dict[str, Any] = {"status": value.status.value}
    if value.value is not None:
        known["value"] = value.value
    for name in ("reason", "written", "code", "evidence"):
        text = getattr(value, name)
        if text:
            known[name] = text
    if value.source is not None:
        known["source"] = [value.source.part, value.source.start, value.source.end, value.source.zone.value]
    if value.candidates:
        known["candidates"] = value.candidates
    return known


def _value(known: Mapping[str, Any]) -> FieldValue:
    source = known.get("source")
    return FieldValue(
        value=known.get("value"),
        status=Status(known["status"]),
        reason=known.get("reason", ""),
        written=known.get("written", ""),
        code=known.get("code", ""),
        source=Source(source[0], source[1], source[2], Zone(source[3])) if source else None,
        candidates=tuple(known.get("candidates", ())),
        evidence=known.get("evidence", ""),
    )
