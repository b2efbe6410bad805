"""What well-kept Python libraries do for Sparkwatch: vendors' files in, other programs' files out."""

__version__ = "0.1.0"


class ToolsError(Exception):
    """Something that the user can mend; the message names the value and says what to do."""
