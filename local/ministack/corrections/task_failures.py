"""A `.waitForTaskToken` task whose Lambda fails, fails at once with that error; MiniStack waits for its timeout."""

import contextvars

from correction import Correction, replace
from ministack.services import stepfunctions

_waiting_token = contextvars.ContextVar("weir_waiting_token", default=None)


def _remember_token(invoke_with_callback):
    def corrected(resource, input_data, token, state_def):
        reset = _waiting_token.set(token)
        try:
            return invoke_with_callback(resource, input_data, token, state_def)
        finally:
            _waiting_token.reset(reset)

    return corrected


def _settle_token_on_failure(call_lambda):
    def corrected(func_ref, event):
        try:
            return call_lambda(func_ref, event)
        except stepfunctions._ExecutionError as failure:
            pending = stepfunctions._task_tokens.get(_waiting_token.get())
            if pending is not None:
                pending["error"] = {"Error": failure.error, "Cause": failure.cause}
                pending["event"].set()
            raise

    return corrected


def _apply():
    replace(
        stepfunctions,
        "_invoke_with_callback",
        ("resource", "input_data", "token", "state_def"),
        _remember_token,
    )
    replace(stepfunctions, "_call_lambda", ("func_ref", "event"), _settle_token_on_failure)


CALLBACK_FAILS_WITH_ITS_LAMBDA = Correction("callback-failures", _apply)
