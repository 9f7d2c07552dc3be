"""Days and times as machines read them (RFC 3339). What a record says is the time of China, eight hours east."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


def moment(day: date) -> str:
    """A day begins at midnight in China."""
    return _aware(day).isoformat(timespec="seconds")


def utc(day: date) -> str:
    return _aware(day).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def built_at(text: str) -> datetime:
    """The time of an index, as its condition tells it, in China."""
    return datetime.fromisoformat(text).astimezone(CHINA)


def _aware(day: date) -> datetime:
    if not isinstance(day, datetime):
        return datetime.combine(day, time(), CHINA)
    return day if day.tzinfo else day.replace(tzinfo=CHINA)
