"""Answers kept ready: each follows the facts and can be made anew from them at any time."""
