"""aws:SecureTransport: loopback is local mode's TLS, so that a bucket policy that demands TLS lets its own side in."""

from correction import Correction, replace
from ministack.core import iam_evaluator


def _loopback_is_secure(pin_request_origin):
    def corrected(source_ip, secure_transport):
        return pin_request_origin(source_ip, secure_transport or source_ip.startswith("127."))

    return corrected


SECURE_TRANSPORT = Correction(
    "secure-transport",
    lambda: replace(
        iam_evaluator, "pin_request_origin", ("source_ip", "secure_transport"), _loopback_is_secure
    ),
)
