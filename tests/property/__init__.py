"""The whole life of conversations under chance: rules act, and after each step all invariants hold.

`invariants.py` says what always holds, `world.py` is the service with a clock that the test holds,
`test_conversation.py` acts, and `python -m tests.property.run` acts longer.
"""
