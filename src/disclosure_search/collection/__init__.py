"""The originals below `data/` and what is said of them. Nothing here ever writes there.

scan        which originals there are
patterns    what their folders mean            catalogue   what 目录 and sidecars say
recognise   what the file itself says          reading     its text, read once and kept
assemble    all of it, by strength, into one Document
"""
