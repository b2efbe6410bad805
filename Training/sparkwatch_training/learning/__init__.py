"""From reviewed movies to a better model, with proof."""
