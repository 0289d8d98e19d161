"""What local mode corrects in the pinned MiniStack release, one module per concern.

Every correction makes MiniStack answer as AWS does; none adds a local-only behaviour to the product's code path.
Each has a test in test/local that fails without it (WEIR_UNPATCHED names corrections to leave out).
"""

from .alarms import ALARMS_LEFT_TO_WEIR
from .callback_permissions import CALLBACK_PERMISSIONS
from .event_conditions import EVENT_CONDITIONS
from .event_sources import PLATFORM_EVENT_SOURCES
from .policy_variables import POLICY_VARIABLES
from .secure_transport import SECURE_TRANSPORT
from .task_failures import CALLBACK_FAILS_WITH_ITS_LAMBDA
from .task_heartbeats import TASK_HEARTBEATS
from .task_time_paths import TASK_TIME_PATHS
from .worker_limit import WORKER_LIMIT

ALL = (
    PLATFORM_EVENT_SOURCES,
    EVENT_CONDITIONS,
    ALARMS_LEFT_TO_WEIR,
    POLICY_VARIABLES,
    SECURE_TRANSPORT,
    CALLBACK_FAILS_WITH_ITS_LAMBDA,
    CALLBACK_PERMISSIONS,
    TASK_HEARTBEATS,
    TASK_TIME_PATHS,
    WORKER_LIMIT,
)
