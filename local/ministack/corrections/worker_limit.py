"""Environments of one function: on AWS each has a machine of its own; here they share this one's cores and memory."""

import time

from correction import Correction, replace
from ministack.services import lambda_svc

WORKERS = 2
"""A burst of events waits for one of so many processes; one process an event would start dozens of Node at once."""

POLL_SECONDS = 0.005


def _wait_for_a_free_one(acquire_worker):
    def corrected(func_name, config, code_zip, qualifier="$LATEST", max_concurrency=None):
        while True:
            worker, reason = acquire_worker(func_name, config, code_zip, qualifier, max_concurrency or WORKERS)
            if worker is not None:
                return worker, reason
            time.sleep(POLL_SECONDS)

    return corrected


WORKER_LIMIT = Correction(
    "worker-limit",
    lambda: replace(
        lambda_svc,
        "acquire_worker",
        ("func_name", "config", "code_zip", "qualifier", "max_concurrency"),
        _wait_for_a_free_one,
    ),
)
