"""Errors planted on purpose, to learn which of our nets catch them and which get through.

``copy`` holds a spoilable copy of the data, ``figures``, ``codes`` and ``elsewhere`` the kinds of
error, ``nets`` what tries to catch them, ``run`` plants them all.
"""
