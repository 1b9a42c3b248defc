"""The fine-tune of a shot: better weights for this hair and this background, or the start's."""
