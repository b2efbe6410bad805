"""What well-kept Python libraries do for Sparkwatch: vendors' files in, other programs' files out, studies to tables and figures."""

__version__ = "0.1.0"


class ToolsError(Exception):
    """Something that the user can mend; the message names the value and says what to do."""
