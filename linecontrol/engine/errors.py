"""Why a wish was not granted; the web layer turns each into its status."""


class EngineError(Exception):
    """The wish changed nothing; the sentence says why."""


class NotFound(EngineError):
    """What was named does not exist."""


class Conflict(EngineError):
    """It exists, but not in a state in which this is possible."""


class Unacceptable(EngineError):
    """The wish itself is wrong."""
