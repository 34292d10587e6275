"""A small Stripe for an embedded run without a key: the real SDK talks to it, and no money moves.

What it keeps is in tables that nothing else reads; the product reaches it by the SDK alone
(`client.py` stands where the network would be), and it reaches the product by signed events to the
real webhook URL. One thing alone it does behind the product's back: when it lets time pass, the
account's trial gets older too.
"""
