"""HeartbeatSeconds of a `.waitForTaskToken` task: MiniStack records heartbeats but never misses one."""

import contextvars
import threading
import time

from correction import Correction, replace
from ministack.services import stepfunctions

_POLL_SECONDS = 0.05
# Long enough for the task to register its token; after that a missing token means the task has ended.
_REGISTRATION_SECONDS = 5


def _watch(token, allowed_seconds):
    """Fail the task when `allowed_seconds` pass without a heartbeat, counted from the start or the last one."""
    last_seen, since, registered = None, time.monotonic(), False
    while True:
        time.sleep(_POLL_SECONDS)
        silent_for = time.monotonic() - since
        pending = stepfunctions._task_tokens.get(token)
        if pending is None:
            if registered or silent_for > _REGISTRATION_SECONDS:
                return
            continue
        registered = True
        if pending["event"].is_set():
            return
        if pending.get("heartbeat") != last_seen:
            last_seen, since = pending.get("heartbeat"), time.monotonic()
        elif silent_for > allowed_seconds:
            pending["error"] = {
                "Error": "States.HeartbeatTimeout",
                "Cause": f"no heartbeat within {allowed_seconds} s",
            }
            pending["event"].set()
            return


def _watched(invoke_with_callback):
    def corrected(resource, input_data, token, state_def):
        seconds = state_def.get("HeartbeatSeconds")
        if seconds:
            run = contextvars.copy_context().run
            threading.Thread(target=run, args=(_watch, token, seconds), daemon=True).start()
        return invoke_with_callback(resource, input_data, token, state_def)

    return corrected


TASK_HEARTBEATS = Correction(
    "heartbeats",
    lambda: replace(
        stepfunctions, "_invoke_with_callback", ("resource", "input_data", "token", "state_def"), _watched
    ),
)
