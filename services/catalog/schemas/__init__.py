"""Shapes of the catalog's arguments and replies, by subject.

The ranges here let one reply name every wrong field; why they are what they are is said with the rules in `domain`.
"""
