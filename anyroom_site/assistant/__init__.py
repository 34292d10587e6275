"""The assistant: tools of the Model Context Protocol, over the API and with the caller's own key.

`python -m anyroom_site.assistant` is a local program for one person's assistant; `hosted` serves
the same tools at `/mcp`. Neither knows anything that the API does not tell the key it was given,
so nothing here needs a guard of its own.
"""
