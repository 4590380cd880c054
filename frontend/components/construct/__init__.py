"""The page on which a sequence is edited, from schemas to Dash components."""
