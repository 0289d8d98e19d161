"""Whose token it is decides who may send it back: MiniStack asks for permission on `*`, AWS on the state machine."""

import contextvars
import json

from correction import Correction, replace
from ministack.core import iam_actions
from ministack.services import stepfunctions

_machine = contextvars.ContextVar("weir_state_machine", default=None)

# Tokens stay after their use: a late answer is refused because it is late, not because nobody may give it.
_machine_of_token = {}


def _know_the_machine(execute_task):
    def corrected(state_def, raw_input, execution, ctx):
        reset = _machine.set(execution.get("stateMachineArn"))
        try:
            return execute_task(state_def, raw_input, execution, ctx)
        finally:
            _machine.reset(reset)

    return corrected


def _remember_its_tokens(invoke_with_callback):
    def corrected(resource, input_data, token, state_def):
        _machine_of_token[token] = _machine.get()
        return invoke_with_callback(resource, input_data, token, state_def)

    return corrected


def _token_of(body):
    try:
        return json.loads(body or b"{}").get("taskToken")
    except (ValueError, AttributeError):
        return None


def _authorize_on_the_machine(extract_resource_arn):
    def corrected(service, method, path, headers, body, query_params, region, account_id):
        machine = _machine_of_token.get(_token_of(body)) if service == "states" else None
        return machine or extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)

    return corrected


def _apply():
    replace(stepfunctions, "_execute_task", ("state_def", "raw_input", "execution", "ctx"), _know_the_machine)
    replace(
        stepfunctions,
        "_invoke_with_callback",
        ("resource", "input_data", "token", "state_def"),
        _remember_its_tokens,
    )
    replace(
        iam_actions,
        "extract_resource_arn",
        ("service", "method", "path", "headers", "body", "query_params", "region", "account_id"),
        _authorize_on_the_machine,
    )


CALLBACK_PERMISSIONS = Correction("callback-permissions", _apply)
