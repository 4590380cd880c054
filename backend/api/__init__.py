"""One router per noun; a route calls one service function."""
