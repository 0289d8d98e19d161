"""Events of AWS services: on AWS, ECS and CloudWatch publish `aws.ecs` and `aws.cloudwatch`; MiniStack's do not."""

from correction import Correction, replace
from ministack.core import iam_evaluator
from ministack.services import eventbridge


def _platform_may_publish(put_events):
    def corrected(data, allow_aws_source=False):
        """Local mode's ECS engine and alarm evaluator sign as root; a function's role is still refused, as on AWS."""
        platform = iam_evaluator.caller_arn().endswith(":root")
        return put_events(data, allow_aws_source=allow_aws_source or platform)

    return corrected


PLATFORM_EVENT_SOURCES = Correction(
    "event-sources",
    lambda: replace(eventbridge, "_put_events", ("data", "allow_aws_source"), _platform_may_publish),
)
