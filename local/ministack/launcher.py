"""MiniStack as local mode runs it: the pinned release plus Weir's corrections, in the foreground.

WEIR_UNPATCHED: comma-separated names of corrections to leave out; the tests use it to show that each is needed.
"""

import os
import socketserver
import sys

from correction import MiniStackChanged, replace
from corrections import ALL


def _apply_corrections(left_out: set[str]) -> None:
    unknown = left_out - {correction.name for correction in ALL}
    if unknown:
        sys.exit(f"WEIR_UNPATCHED names no correction: {', '.join(sorted(unknown))}")
    for correction in ALL:
        if correction.name in left_out:
            continue
        try:
            correction.apply()
        except MiniStackChanged as change:
            sys.exit(f"Correction {correction.name} does not fit this MiniStack: {change}. local/requirements.txt pins it.")


def _show_function_output() -> None:
    """What functions write goes to their log group, as on AWS, which ends with the run; our own log stays."""
    from ministack.services import lambda_svc

    def shown_by(emit):
        def shown(func, request_id, log_text, error, duration_ms, *, log_source=None):
            for line in filter(str.strip, (log_text or "").splitlines()):
                print(line, flush=True)
            emit(func, request_id, log_text, error, duration_ms, log_source=log_source)

        return shown

    parameters = ("func", "request_id", "log_text", "error", "duration_ms", "log_source")
    replace(lambda_svc, "_emit_lambda_logs", parameters, shown_by)


def main() -> None:
    """Apply the corrections, then hand over to MiniStack's own entry point."""
    _show_function_output()
    _apply_corrections(set(filter(None, os.environ.get("WEIR_UNPATCHED", "").split(","))))
    # The Runtime API answers in two small writes; with Nagle's algorithm the second waits 40 ms for a delayed ACK.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    from ministack.app import main as serve

    serve()


if __name__ == "__main__":
    main()
