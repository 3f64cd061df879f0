"""Access: organisations, tokens and the rules of who may do what with whose data."""

from paceline.keep.access.access import Access, Grant, Organisation, Token
from paceline.keep.access.rules import ACTIONS, ROLES, Role, allow, may

__all__ = ["ACTIONS", "ROLES", "Access", "Grant", "Organisation", "Role", "Token", "allow", "may"]
