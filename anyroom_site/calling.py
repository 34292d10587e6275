"""Where invited people are called unless CALL_COUNTRIES says otherwise.

Countries whose ordinary numbers cost a carrier cents a minute, by ISO code. Fraud lives on dear
destinations, so whoever needs another one names it.
"""

COUNTRIES = ",".join(
    (
        # North America, without the islands that share +1
        *("US", "CA", "MX"),
        # Europe
        *("AD", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR"),
        *("HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO"),
        *("RU", "SE", "SI", "SK", "UA"),
        # elsewhere
        *("AR", "AU", "BR", "CL", "CO", "HK", "IL", "IN", "JP", "KR", "KZ", "NZ", "SG", "ZA"),
    )
)
