"""Kinds of background work, one file each; a new one is a file and a line here."""

from backend.services.job_kinds.kind import JobKind
from models.registry import Registry

JOB_KINDS: Registry[JobKind] = Registry("kind of job")
