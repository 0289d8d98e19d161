"""TimeoutSecondsPath and HeartbeatSecondsPath: MiniStack ignores both, so such a task waits for ever."""

from correction import Correction, replace
from ministack.services import stepfunctions

_PATHS = {"TimeoutSecondsPath": "TimeoutSeconds", "HeartbeatSecondsPath": "HeartbeatSeconds"}


def _seconds(field, path, state_input):
    value = stepfunctions._resolve_path(path, state_input)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise stepfunctions._ExecutionError(
            "States.Runtime", f"{field} {path} must select a positive integer, not {value!r}"
        )
    return value


def _resolved(state_def, raw_input, ctx):
    """`state_def` with every path field replaced by the seconds it selects from the state's effective input."""
    paths = {field: state_def[field] for field in _PATHS if field in state_def}
    if not paths:
        return state_def
    state_input = stepfunctions._apply_input_path(state_def, raw_input, ctx)
    seconds = {_PATHS[field]: _seconds(field, path, state_input) for field, path in paths.items()}
    return {**{key: value for key, value in state_def.items() if key not in paths}, **seconds}


def _resolve_first(execute_task):
    def corrected(state_def, raw_input, execution, ctx):
        return execute_task(_resolved(state_def, raw_input, ctx), raw_input, execution, ctx)

    return corrected


def _apply():
    replace(stepfunctions, "_execute_task", ("state_def", "raw_input", "execution", "ctx"), _resolve_first)


TASK_TIME_PATHS = Correction("time-paths", _apply)
