"""What HTTP servers need whatever they serve: limits, headers, origins; knows Starlette, nothing of Regulens."""
