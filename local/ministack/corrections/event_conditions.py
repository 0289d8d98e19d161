"""Condition keys of PutEvents: MiniStack knows no `events:source`, so a policy that names one allows nothing."""

import json

from correction import Correction, replace
from ministack.core import iam_actions

_KEYS = {"Source": "events:source", "DetailType": "events:detail-type"}


def _entries(body):
    try:
        return json.loads(body or b"{}").get("Entries") or []
    except (ValueError, AttributeError):
        return []


def _of_all_entries(field, entries):
    """The field's one value, or every value where entries differ: a single-valued condition then does not match."""
    values = sorted({str(entry.get(field)) for entry in entries if isinstance(entry, dict)})
    return values[0] if len(values) == 1 else values


def _with_event_keys(request_tag_context):
    def corrected(service, iam_action, body, params):
        context = request_tag_context(service, iam_action, body, params)
        if iam_action != "events:PutEvents":
            return context
        entries = _entries(body)
        return {**context, **{key: _of_all_entries(field, entries) for field, key in _KEYS.items()}}

    return corrected


EVENT_CONDITIONS = Correction(
    "event-conditions",
    lambda: replace(
        iam_actions, "request_tag_context", ("service", "iam_action", "body", "params"), _with_event_keys
    ),
)
