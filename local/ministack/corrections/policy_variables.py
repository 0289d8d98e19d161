"""IAM policy variables: MiniStack compares `${aws:userid}` and `${aws:PrincipalTag/...}` as plain text."""

import dataclasses
import re

from correction import Correction, replace
from ministack.core import iam_evaluator

# ${key} or ${key, 'default'}; ${*}, ${?} and ${$} are escapes, not variables, and have no colon.
_VARIABLE = re.compile(r"\$\{([^},:]+:[^},]+)(?:,\s*'([^']*)')?\}")


def _expand(text, ctx):
    """`text` with its variables replaced, or None when one has no value: such an element matches nothing on AWS."""
    unresolved = False

    def value_of(match):
        nonlocal unresolved
        value = iam_evaluator._resolve_condition_key(match.group(1).strip(), ctx)
        if value is None:
            value = match.group(2)
        if not isinstance(value, str) or "*" in value or "?" in value:
            unresolved = True
            return ""
        return value

    expanded = _VARIABLE.sub(value_of, text)
    return None if unresolved else expanded


def _expand_all(patterns, ctx):
    return [expanded for expanded in (_expand(pattern, ctx) for pattern in patterns) if expanded is not None]


def _expand_conditions(conditions, ctx):
    def values(expected):
        listed = expected if isinstance(expected, list) else [expected]
        return [_expand(value, ctx) if isinstance(value, str) else value for value in listed]

    return {
        operator: {key: [v for v in values(expected) if v is not None] for key, expected in block.items()}
        if isinstance(block, dict)
        else block
        for operator, block in conditions.items()
    }


def _expanded(statement, ctx):
    resources = _expand_all(statement.resources, ctx)
    if statement.resources and not resources:
        return None
    return dataclasses.replace(
        statement,
        resources=resources,
        not_resources=_expand_all(statement.not_resources, ctx),
        conditions=_expand_conditions(statement.conditions, ctx),
    )


def _expand_before_matching(first_match):
    def corrected(ctx, stmts, effect):
        of_effect = (_expanded(statement, ctx) for statement in stmts if statement.effect == effect)
        return first_match(ctx, [statement for statement in of_effect if statement is not None], effect)

    return corrected


POLICY_VARIABLES = Correction(
    "policy-variables",
    lambda: replace(iam_evaluator, "_first_match", ("ctx", "stmts", "effect"), _expand_before_matching),
)
