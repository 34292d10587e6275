"""A Vonage-compatible carrier for one machine.

It implements what the product sends today and refuses anything else by name. It knows nothing of
the product: both sides speak HTTP alone, exactly as with Vonage.

::

    settings      what the environment says
    app           puts the parts together and serves them
    phone_side    what a person holding a phone can do
    page          the softphone page and the live stream
    api           the Vonage side at /v1/, with credentials (application JWTs) and pace
    control       calls looked at and changed by the product; call_list finds them
    vonage_answers  its answers and errors, in Vonage's shapes
    create_call   what the product asks for when it places a call
    refusals      why a request of the product's is refused
    call          one phone connection and its exchange with the product; calls holds them all
    conversations  who is in which, whether it has started and is recorded
    recordings    the recordings and their files; wav writes one
    playback      talk and stream into a call
    line          a call's life: dial or place, answer, run, end
    script        runs an NCCO, action by action; keypad holds the digits
    ncco_check    what Vonage would refuse, and what this carrier does not do yet
    webhooks      one signed delivery: timeouts, one more attempt, fallback URL
    deliveries    a call's events in order, or as the switches spoil them
    events        the payloads, in Vonage's shapes
    switches      what is spoiled on purpose
    messages      SMS received by the phones, and their receipts; texts are those they send
    terminal      phones in the terminal: dial makes a call, answer waits for one, text sends an SMS
"""
